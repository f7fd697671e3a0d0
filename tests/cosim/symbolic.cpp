// SPDX-License-Identifier: BSL-1.0
/// \file tests/cosim/symbolic.cpp
/// The same operations on the prover's words; compiled with GUESTCLOCK_SYMBOLIC_WORDS.
#include <type_traits>
#include <utility>

#include "operands.hpp"
#include "operation.hpp"

namespace guestclock::cosim {
namespace {

static_assert(sizeof(u64) > sizeof(std::uint64_t));  // not the machine's

template <class Type> struct taken {  // words
  static Type from(const operand& given) {
    if (!given.is_known) return Type::of(given.variable);
    return static_cast<decltype(Type{}.known())>(given.bits);
  }
};
template <> struct taken<flag> {
  static flag from(const operand& given) {
    if (!given.is_known) return flag::of(prove::less(prove::constant(0), given.variable));
    return given.bits != 0;
  }
};
template <> struct taken<ordering> {
  static ordering from(const operand& given) {
    if (given.is_known) return {given.bits == 0, given.bits == 1};
    return {flag::of(prove::less(given.variable, prove::constant(1))),
            flag::of(prove::equal(given.variable, prove::constant(1)))};
  }
};
template <> struct taken<integer> {
  static integer from(const operand& given) {
    if (!given.is_known) return integer::of(given.variable);
    return static_cast<std::int64_t>(given.bits);
  }
};
template <class Word> struct taken<mask<Word>> {
  static mask<Word> from(const operand& given) { return {taken<Word>::from(given)}; }
};
template <> struct taken<places> {
  static places from(const operand& given) { return {taken<u32>::from(given)}; }
};
template <> struct taken<exponent> {
  static exponent from(const operand& given) { return {taken<u32>::from(given)}; }
};
template <> struct taken<steps> {
  static steps from(const operand& given) { return {taken<i32>::from(given)}; }
};

void put_term(symbolic_results& out, prove::term t) { out.put({false, {}, t}); }
template <int Bits, bool Signed> void put(symbolic_results& out, word<Bits, Signed> value) {
  if (!value.is_known()) return put_term(out, value.as_term());
  out.put({true, exact(value.known()), prove::no_term});
}
void put(symbolic_results& out, flag value) {
  if (!value.is_known()) return put_term(out, value.as_term());
  out.put({true, exact(value.known()), prove::no_term});
}
void put(symbolic_results& out, const integer& value) { put_term(out, value.as_term()); }
void put(symbolic_results& out, std::uint32_t value) { out.put({true, exact(value), prove::no_term}); }
void put(symbolic_results& out, std::uint64_t value) { out.put({true, exact(value), prove::no_term}); }
void put(symbolic_results& out, bool value) { out.put({true, exact(value), prove::no_term}); }
void put(symbolic_results& out, ordering value) {
  put(out, value < 0);
  put(out, value <= 0);
  put(out, value > 0);
  put(out, value >= 0);
}
template <class Word> void put(symbolic_results& out, checked<Word> value) {
  put(out, value.value);
  put(out, value.fits);
}
void put(symbolic_results& out, wide value) {
  put(out, value.high);
  put(out, value.low);
}
void put(symbolic_results& out, division value) {
  put(out, value.quotient);
  put(out, value.remainder);
}

template <class Compute, class Result, class... Types>
symbolic_operation make(const char* name, const char* text, bool known_only, Result (Compute::*)(Types...) const) {
  return {name, text, known_only, [](const operands& in, symbolic_results& out) {
            [&]<std::size_t... I>(std::index_sequence<I...>) { put(out, Compute{}(taken<Types>::from(in[I])...)); }
            (std::index_sequence_for<Types...>{});
          }};
}
template <class Compute> symbolic_operation make(const char* name, const char* text, bool known_only, Compute) {
  return make<Compute>(name, text, known_only, &Compute::operator());
}

}  // namespace

const std::vector<symbolic_operation>& symbolic_operations() {
#define MAKE(NAME, PARAMETERS, EXPRESSION, KNOWN_ONLY) \
  make(#NAME, #EXPRESSION, KNOWN_ONLY, [] PARAMETERS { return EXPRESSION; }),
#define OPERATION(NAME, PARAMETERS, EXPRESSION, DEFINED) MAKE(NAME, PARAMETERS, EXPRESSION, false)
#define OPERATION_OF_KNOWN(NAME, PARAMETERS, EXPRESSION, DEFINED) MAKE(NAME, PARAMETERS, EXPRESSION, true)
  static const std::vector<symbolic_operation> all = {
#include "operations.inc"
  };
  return all;
}

}  // namespace guestclock::cosim
