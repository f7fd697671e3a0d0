// SPDX-License-Identifier: BSL-1.0
/// \file tests/cosim/operation.hpp
/// What the two builds of the words have in common here: operations over plain std::uint64_t. No word is named, so the
/// driver sees neither build.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "../../spec/laws/exact.hpp"
#include "../../spec/prove/term.hpp"

namespace guestclock::cosim {

/// What a parameter stands for, and thereby which values are worth trying.
enum class role : std::uint8_t {
  word,      // any value of the word
  integer,   // a whole number; of 64 bits, signed
  flag,      // 0 or 1
  ordering,  // less, equal, greater: 0, 1, 2
  mask,      // a word, 2^k − 1 or 2^k, always a known value
  places,    // how far to shift, too far as well
  exponent,  // 0 to 255
  steps,     // −64 to 63
};
struct parameter {
  role stands_for;
  int bits;
  bool is_signed;
  const char* type;
};

/// The arguments' bits, sign-extended where the parameter is signed.
using arguments = std::array<std::uint64_t, 3>;

template <class Value> struct results_of {
  int count = 0;
  std::array<Value, 4> values{};
  void put(const Value& value) { values[static_cast<std::size_t>(count++)] = value; }
};
using native_results = results_of<exact>;

/// On machine words. `is_defined` says, by arithmetic of its own, whether the machine's result is the operation's: no
/// overflow, no division by zero, no shift too far, no bit lost. Only then may `compute` be called.
struct native_operation {
  const char* name;
  const char* text;
  std::vector<parameter> parameters;
  bool (*is_defined)(const arguments&);
  void (*compute)(const arguments&, native_results&);

  /// name(type, type)
  [[nodiscard]] std::string signature() const {
    std::string types;
    for (const parameter& p : parameters) types += (types.empty() ? "" : ", ") + std::string(p.type);
    return name + ("(" + types + ")");
  }
};

/// An argument of symbolic words: a machine value, or a variable.
struct operand {
  bool is_known;
  std::uint64_t bits;
  prove::term variable;
};
using operands = std::array<operand, 3>;

/// A result of symbolic words: a machine value, or a term.
struct symbolic_value {
  bool is_known;
  exact value;
  prove::term t;
};
using symbolic_results = results_of<symbolic_value>;

struct symbolic_operation {
  const char* name;
  const char* text;
  bool known_only;  // symbolic words refuse terms here
  void (*compute)(const operands&, symbolic_results&);
};

/// The same operations in the same order: operations.inc, over either build of the words.
const std::vector<native_operation>& native_operations();
const std::vector<symbolic_operation>& symbolic_operations();

}  // namespace guestclock::cosim
