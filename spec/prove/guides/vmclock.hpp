// SPDX-License-Identifier: BSL-1.0
/// \file spec/prove/guides/vmclock.hpp
/// Guides for the laws of spec/laws/vmclock.hpp.
#pragma once

#include "../prover_inputs.hpp"

#include "../../laws/all.hpp"

namespace guestclock::inline symbolic {

/// The word of the states, half by half.
template <> struct guide<laws::vmclock_layout_decodes> {
  static void run(guide_inputs& guide) {
    const u64 states = guide.drawn<u64>("word#3");
    const integer low = low32(states);
    const integer high = high32(states);
    const auto byte = [](const integer& of, u32 places) { return floor_mod(floor_div(of, power_of_two(places)), 256); };
    const auto top = [](const integer& of) { return floor_div(of, power_of_two(24)); };
    guide.lemma(integer(states) == high * power_of_two(32) + low);
    guide.lemma(floor_mod(integer(states), power_of_two(16)) == floor_mod(low, power_of_two(16)));
    guide.lemma(low == floor_mod(low, power_of_two(16)) + byte(low, 16) * power_of_two(16) + top(low) * power_of_two(24));
    guide.lemma(high == floor_mod(high, power_of_two(16)) + byte(high, 16) * power_of_two(16) + top(high) * power_of_two(24));
  }
};

/// With K the whole units that `to` is ahead: K · unit − part <= A · unit is K <= A, and so on the other side.
template <> struct guide<laws::vmclock_update_within> {
  static void run(guide_inputs& guide) {
    const auto time = [&](const char* seconds, const char* fraction) {
      return laws::exact_of(vmclock_time{guide.drawn<u64>(seconds), guide.drawn<u64>(fraction)});
    };
    const integer unit = guide.drawn<u64>("unit");
    const integer part = guide.drawn<u64>("part");
    const integer sum = time("from_seconds", "from_fraction") + time("span_high", "span_low");
    const integer ahead = time("to_seconds", "to_fraction") - sum;
    const integer most = time("allowed_high", "allowed_low");
    const integer spare = most - ahead;
    const integer room = most + ahead;
    guide.lemma(spare * unit == most * unit - ahead * unit);
    guide.lemma(room * unit == most * unit + ahead * unit);
    guide.lemma((0 <= spare) == (0 <= spare * unit + part));
    guide.lemma(((0 < room) | ((room == 0) & (part == 0))) == (0 <= room * unit - part));
  }
};

}  // namespace guestclock::inline symbolic
