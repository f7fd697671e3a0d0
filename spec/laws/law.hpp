// SPDX-License-Identifier: BSL-1.0
/// \file spec/laws/law.hpp
/// What a law is. A law is written once, over an `Inputs`, and four engines run it:
///
///   prove   (spec/prove)  Inputs draws symbolic words: the law and the shipped code run over all inputs at once
///   sample  (props)       RapidCheck draws, and shrinks what fails
///   fuzz    (fuzz)        libFuzzer's bytes are the draws
///   replay  (tests)       recorded points: edges, and every counterexample ever found
///
/// Inputs offers
///
///   in.template any<u64>("name")                 any value of the word
///   in.template between<u64>("name", low, high)  any value from low to high; needs low <= high
///   in.assume(flag)                              a premise; where it returns false the law ends, in every engine
///   in.require(flag)                             what the law claims
///
/// Three kinds:
///
///   value     `static void check(in)`: for all inputs, every `require` holds
///   trace     a state machine: `state`, `state initial(in)`, `state any(in)`, `flag invariant(state)`, and
///             `void step(in, state&)`. Claimed for every sequence of steps from every initial state. Proved by
///             induction: initial states satisfy the invariant, and a step from any state that does keeps it
///   protocol  `static void check(in)` whose inputs are the choices of a scheduler, few enough to try all of them
#pragma once

#include <guestclock/word.hpp>

#ifndef GUESTCLOCK_SYMBOLIC_WORDS
#include "exact.hpp"

namespace guestclock::inline native {
using integer = exact;  ///< whole numbers that do not wrap, in which laws say what a result ought to be
constexpr integer power_of_two(u32 exponent) { return exact::power_of_two(exponent); }
/// The word of that value; the value must fit.
template <class Word> constexpr Word word_of(const integer& value) { return value.to<Word>(); }
}  // namespace guestclock::inline native
#endif

namespace guestclock {

enum class law_kind { value, trace, protocol };

struct law_info {
  const char* id;        ///< header.subject.property
  const char* sentence;  ///< what always holds
  law_kind kind = law_kind::value;
  const char* sampled = nullptr;  ///< for a law that is not proved: why not
};

}  // namespace guestclock

namespace guestclock::inline GUESTCLOCK_WORDS {

/// x · 2^places, rounded down where places is negative.
constexpr integer scaled_by_power_of_two(const integer& x, i32 places) {
  if (places < 0) return floor_div(x, power_of_two(u32(-places)));
  return x * power_of_two(u32(places));
}

/// The two halves of a trace law's induction.
template <class Law, class Inputs> constexpr void check_initial(Inputs& in) {
  in.require(Law::invariant(Law::initial(in)));
}
template <class Law, class Inputs> constexpr void check_step(Inputs& in) {
  typename Law::state state = Law::any(in);
  if (!in.assume(Law::invariant(state))) return;
  Law::step(in, state);
  in.require(Law::invariant(state));
}

template <class... Laws> struct law_list {
  template <class Visit> static constexpr void for_each(Visit visit) { (visit.template operator()<Laws>(), ...); }
};

template <class... Lists> struct joined {
  template <class Visit> static constexpr void for_each(Visit visit) { (Lists::for_each(visit), ...); }
};

}  // namespace guestclock::inline GUESTCLOCK_WORDS
