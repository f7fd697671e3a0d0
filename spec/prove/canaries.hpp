// SPDX-License-Identifier: BSL-1.0
/// \file spec/prove/canaries.hpp
/// False laws. A prover that does not refute every one of them cannot be believed about the true ones.
#pragma once

#include "../laws/scale.hpp"

namespace guestclock::inline GUESTCLOCK_WORDS::laws {

/// A false statement about the shipped code.
struct canary_one_rounding {
  static constexpr law_info info{"canary.one-rounding", "FALSE: ticks are rounded once, not twice"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const auto rate = valid_rate<u32>(in);
    const u64 ticks = in.template any<u64>("ticks");
    const auto time = ticks_to_time(ticks, rate);
    if (!in.assume(time.has_value())) return;
    const fraction rational = rational_time(ticks, rate);
    in.require(integer(*time) == floor_div(rational.numerator, rational.denominator));
  }
};

/// A true statement over code that overflows: only the obligation of the operator can see it.
struct canary_hidden_overflow {
  static constexpr law_info info{"canary.hidden-overflow", "FALSE: a plain sum of any two words does not overflow"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const u64 a = in.template any<u64>("a");
    const u64 b = in.template any<u64>("b");
    const u64 sum = a + b;
    in.require(wrapping_sub(sum, b) == a);
  }
};

/// One value in 2^64 breaks it.
struct canary_needle {
  static constexpr law_info info{"canary.needle", "FALSE: no word has this one value"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const u64 a = in.template any<u64>("a");
    in.require(a != 0x1234'5678'9ABC'DEF1);
  }
};

/// A step that does not keep the invariant.
struct canary_broken_step {
  static constexpr law_info info{"canary.broken-step", "FALSE: a counter that steps by two stays below 100", law_kind::trace};
  struct state {
    u32 count;
  };
  static constexpr flag invariant(const state& s) { return s.count < 100; }
  template <class Inputs> static constexpr state any(Inputs& in) { return {in.template any<u32>("count")}; }
  template <class Inputs> static constexpr state initial(Inputs&) { return {0}; }
  template <class Inputs> static constexpr void step(Inputs&, state& s) { s.count = s.count + 2; }
};

/// A law whose premise nothing satisfies says nothing: it must be called vacuous, not proved.
struct canary_vacuous {
  static constexpr law_info info{"canary.vacuous", "FALSE: says nothing, since no word is less than itself"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const u64 a = in.template any<u64>("a");
    const u64 b = in.template any<u64>("b");
    if (!in.assume((a < b) & (b < a))) return;
    in.require(a == b);
  }
};

/// Finitely many schedules, one of which breaks it.
struct canary_one_schedule {
  static constexpr law_info info{"canary.one-schedule", "FALSE: two choices of ten never add up to eighteen", law_kind::protocol};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const u32 a = in.template between<u32>("a", 0, 9);
    in.require(a + in.template between<u32>("b", 0, 9) != 18);
  }
};

using canaries = law_list<canary_one_rounding, canary_hidden_overflow, canary_needle, canary_broken_step, canary_vacuous,
                          canary_one_schedule>;

}  // namespace guestclock::inline GUESTCLOCK_WORDS::laws
