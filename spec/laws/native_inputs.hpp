// SPDX-License-Identifier: BSL-1.0
/// \file spec/laws/native_inputs.hpp
/// The Inputs of the engines that run laws on machine words: where the values come from is an engine's `source`.
#pragma once

#include <concepts>
#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <type_traits>
#include <vector>

#include "law.hpp"

namespace guestclock::spec {

/// One value that a law asks for. Bounds and value are 64-bit two's complement, sign-extended where the word is signed:
/// high − low modulo 2^64 is how many values there are, less one, and low + offset is one of them.
struct draw_request {
  const std::string& name;
  std::uint64_t low;
  std::uint64_t high;
  bool is_signed;
  unsigned bits;
};

/// Where values come from. `draw` gives the bits of a value in [low, high].
class source {
 public:
  virtual ~source() = default;
  virtual std::uint64_t draw(const draw_request& request) = 0;
};

/// A value that was drawn, for replay.
struct drawn {
  std::string name;
  exact value;
};

/// How one run of a law ended.
struct outcome {
  std::vector<drawn> inputs;
  std::vector<int> required_lines;  ///< the lines of the requirements that were reached
  int failed_line = 0;              ///< the line of the first requirement that did not hold, or 0
  int assumed_line = 0;             ///< the line of the premise that did not hold, or 0: the law says nothing here

  [[nodiscard]] bool failed() const { return failed_line != 0; }

  /// name=value name=value …, as `--replay` takes it.
  [[nodiscard]] std::string replay_arguments() const {
    std::string text;
    for (const drawn& input : inputs) text += (text.empty() ? "" : " ") + input.name + "=" + input.value.to_string();
    return text;
  }
};

class native_inputs {
 public:
  explicit native_inputs(source& from) : from_(from) {}

  template <std::integral Word> Word any(const char* name) {
    return between<Word>(name, std::numeric_limits<Word>::min(), std::numeric_limits<Word>::max());
  }
  template <std::integral Word>
  Word between(const char* name, std::type_identity_t<Word> low, std::type_identity_t<Word> high) {
    const std::string unique = unique_name(name);
    const auto value = static_cast<Word>(
        from_.draw({unique, static_cast<std::uint64_t>(low), static_cast<std::uint64_t>(high),
                    std::signed_integral<Word>, std::numeric_limits<std::make_unsigned_t<Word>>::digits}));
    result.inputs.push_back({unique, exact(value)});
    return value;
  }

  [[nodiscard]] bool assume(bool premise, int line = __builtin_LINE()) {
    if (!premise && result.assumed_line == 0) result.assumed_line = line;
    return premise;
  }
  void require(bool claim, int line = __builtin_LINE()) {
    result.required_lines.push_back(line);
    if (!claim && result.failed_line == 0) result.failed_line = line;
  }

  outcome result;

 private:
  // A trace draws the same name at every step: name, name#2, name#3 …
  std::string unique_name(const std::string& name) {
    const int count = ++counts_[name];
    return count == 1 ? name : name + "#" + std::to_string(count);
  }

  source& from_;
  std::map<std::string, int> counts_;
};

/// How a law is run: a value or protocol law whole; a trace law's two halves of the induction, or a whole sequence.
enum class law_part { whole, initial, step, sequence };

inline constexpr std::uint32_t sequence_length_max = 200;

template <class Law, class Inputs> constexpr void run_law_part(Inputs& in, law_part part, std::uint32_t length_max) {
  if constexpr (Law::info.kind == law_kind::trace) {
    if (part == law_part::step) return check_step<Law>(in);
    if (part == law_part::initial) return check_initial<Law>(in);
    typename Law::state state = Law::initial(in);
    in.require(Law::invariant(state));
    const std::uint32_t length = in.template between<std::uint32_t>("steps", 0, length_max);
    for (std::uint32_t i = 0; i < length; ++i) {
      Law::step(in, state);
      if (in.result.assumed_line != 0 || in.result.failed_line != 0) return;
      in.require(Law::invariant(state));
    }
  } else {
    Law::check(in);
  }
}

/// A law as the native engines see it.
struct native_law {
  law_info info;
  outcome (*run)(source&, law_part, std::uint32_t length_max);
};

template <class Law> native_law make_native_law() {
  return {Law::info, [](source& from, law_part part, std::uint32_t length_max) {
            native_inputs in(from);
            run_law_part<Law>(in, part, length_max);
            return std::move(in.result);
          }};
}

/// Every law of a list, in its order.
template <class List> std::vector<native_law> native_laws_of() {
  std::vector<native_law> laws;
  List::for_each([&]<class Law>() { laws.push_back(make_native_law<Law>()); });
  return laws;
}

}  // namespace guestclock::spec
