// SPDX-License-Identifier: BSL-1.0
/// \file tests/cosim/native.cpp
/// The operations on machine words, and where they are defined: in 128 bits, in which nothing here overflows but
/// products, and those the compiler judges.
#include <limits>
#include <type_traits>
#include <utility>

#include "operands.hpp"
#include "operation.hpp"

namespace guestclock::cosim {
namespace {

static_assert(std::same_as<u64, std::uint64_t>);
__extension__ using whole = __int128;

template <class Word> inline constexpr std::uint32_t width = sizeof(Word) * 8;
template <class Word> constexpr bool fits(whole value) {
  return whole(std::numeric_limits<Word>::min()) <= value && value <= whole(std::numeric_limits<Word>::max());
}
template <class Word> constexpr bool fits(const integer& value) { return value.fits<Word>(); }
template <class Word> constexpr bool product_fits(Word a, Word b) {
  Word product{};
  return !__builtin_mul_overflow(a, b, &product);
}
template <class Word> constexpr bool shifted_left_fits(Word a, u32 k) {
  return k < width<Word> && fits<Word>(whole(a) * (whole(1) << k));
}

template <class Type> struct taken;
template <std::integral Word> struct taken<Word> {
  static constexpr int bits = static_cast<int>(width<Word>);
  static constexpr bool is_signed = std::is_signed_v<Word>;
  static constexpr const char* name = bits == 8    ? (is_signed ? "i8" : "u8")
                                      : bits == 16 ? (is_signed ? "i16" : "u16")
                                      : bits == 32 ? (is_signed ? "i32" : "u32")
                                                   : (is_signed ? "i64" : "u64");
  static constexpr parameter about{role::word, bits, is_signed, name};
  static constexpr Word from(std::uint64_t bits_of_value) { return static_cast<Word>(bits_of_value); }
};
template <> struct taken<bool> {
  static constexpr parameter about{role::flag, 1, false, "flag"};
  static constexpr bool from(std::uint64_t bits) { return bits != 0; }
};
template <> struct taken<ordering> {
  static constexpr parameter about{role::ordering, 2, false, "ordering"};
  static constexpr ordering from(std::uint64_t bits) { return bits <=> std::uint64_t{1}; }
};
template <> struct taken<integer> {
  static constexpr parameter about{role::integer, 64, true, "integer"};
  static constexpr integer from(std::uint64_t bits) { return static_cast<std::int64_t>(bits); }
};
template <class Word> struct taken<mask<Word>> {
  static constexpr parameter about{role::mask, taken<Word>::bits, false, taken<Word>::name};
  static constexpr mask<Word> from(std::uint64_t bits) { return {static_cast<Word>(bits)}; }
};
template <> struct taken<places> {
  static constexpr parameter about{role::places, 32, false, "u32"};
  static constexpr places from(std::uint64_t bits) { return {static_cast<u32>(bits)}; }
};
template <> struct taken<exponent> {
  static constexpr parameter about{role::exponent, 32, false, "u32"};
  static constexpr exponent from(std::uint64_t bits) { return {static_cast<u32>(bits)}; }
};
template <> struct taken<steps> {
  static constexpr parameter about{role::steps, 32, true, "i32"};
  static constexpr steps from(std::uint64_t bits) { return {static_cast<i32>(bits)}; }
};

template <std::integral Word> void put(native_results& out, Word value) { out.put(exact(value)); }
void put(native_results& out, const exact& value) { out.put(value); }
void put(native_results& out, ordering value) {
  put(out, value < 0);
  put(out, value <= 0);
  put(out, value > 0);
  put(out, value >= 0);
}
template <class Word> void put(native_results& out, checked<Word> value) {
  put(out, value.value);
  put(out, value.fits);
}
void put(native_results& out, wide value) {
  put(out, value.high);
  put(out, value.low);
}
void put(native_results& out, division value) {
  put(out, value.quotient);
  put(out, value.remainder);
}

template <class Compute, class Defined, class Result, class... Types>
native_operation make(const char* name, const char* text, Result (Compute::*)(Types...) const) {
  return {name,
          text,
          {taken<Types>::about...},
          [](const arguments& in) {
            return [&]<std::size_t... I>(std::index_sequence<I...>) {
              return static_cast<bool>(Defined{}(taken<Types>::from(in[I])...));
            }
            (std::index_sequence_for<Types...>{});
          },
          [](const arguments& in, native_results& out) {
            [&]<std::size_t... I>(std::index_sequence<I...>) { put(out, Compute{}(taken<Types>::from(in[I])...)); }
            (std::index_sequence_for<Types...>{});
          }};
}
template <class Compute, class Defined> native_operation make(const char* name, const char* text, Compute, Defined) {
  return make<Compute, Defined>(name, text, &Compute::operator());
}

}  // namespace

#pragma GCC diagnostic ignored "-Wunused-parameter"

const std::vector<native_operation>& native_operations() {
#define OPERATION(NAME, PARAMETERS, EXPRESSION, DEFINED) \
  make(                                                  \
      #NAME, #EXPRESSION, [] PARAMETERS { return EXPRESSION; }, [] PARAMETERS { return DEFINED; }),
#define OPERATION_OF_KNOWN OPERATION
  static const std::vector<native_operation> all = {
#include "operations.inc"
  };
  return all;
}

}  // namespace guestclock::cosim
