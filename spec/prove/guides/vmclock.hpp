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

/// A product that is known to be small.
template <> struct guide<laws::vmclock_nanoseconds_skew> {
  static void run(guide_inputs& guide) {
    const integer product = integer(guide.drawn<u64>("ticks")) * integer(guide.drawn<u64>("rate"));
    guide.lemma(product < power_of_two(96));
  }
};

/// A difference in units is one in whole numbers: with ticks · rate = floor · unit + rest, moved · unit − ticks · rate is
/// (moved − floor) · unit − rest.
inline void close_in_units(guide_inputs& guide, const laws::vmclock_update& update, u64 rate, const integer& unit,
                           const integer& allowed) {
  const integer product = integer(update.ticks()) * integer(rate);
  const integer floor = floor_div(product, unit);
  const integer rest = floor_mod(product, unit);
  const integer spare = allowed - update.moved() + floor;
  const integer room = allowed + update.moved() - floor;
  guide.lemma(spare * unit == allowed * unit - update.moved() * unit + floor * unit);
  guide.lemma(room * unit == allowed * unit + update.moved() * unit - floor * unit);
  guide.lemma(integer(-1) * unit == -unit);
  guide.lemma((0 <= spare) == (0 <= spare * unit + rest));
  guide.lemma(((0 < room) | ((room == 0) & (rest == 0))) == (0 <= room * unit - rest));
}

inline laws::vmclock_update drawn_update(guide_inputs& guide) {
  laws::vmclock_update update;
  update.old.counter_period_shift = guide.drawn<u8>("old_shift");
  update.old.counter_value = guide.drawn<u64>("old_counter_value");
  update.old.counter_period_frac_sec = guide.drawn<u64>("old_period");
  update.old.counter_period_maxerror_rate_frac_sec = guide.drawn<u64>("period_maxerror");
  update.old.time_sec = guide.drawn<u64>("old_sec");
  update.old.time_frac_sec = guide.drawn<u64>("old_frac_sec");
  update.old.time_maxerror_nanosec = guide.drawn<u64>("time_maxerror");
  update.next.counter_period_shift = guide.drawn<u8>("next_shift");
  update.next.counter_value = laws::counter_at(update.old, guide.drawn<i64>("ticks"));
  update.next.counter_period_frac_sec = guide.drawn<u64>("next_period");
  update.next.time_sec = guide.drawn<u64>("next_sec");
  update.next.time_frac_sec = guide.drawn<u64>("next_frac_sec");
  update.by = {guide.drawn<u64>("unit"), guide.drawn<u64>("other_unit"), update.old.counter_period_shift};
  return update;
}

template <> struct guide<laws::vmclock_update_accepts> {
  static void run(guide_inputs& guide) {
    const laws::vmclock_update update = drawn_update(guide);
    const integer grown = update.by.floor(update.ticks(), update.old.counter_period_maxerror_rate_frac_sec,
                                          u32(update.old.counter_period_shift));
    close_in_units(guide, update, update.next.counter_period_frac_sec, update.unit_of(update.next), update.at_old());
    close_in_units(guide, update, update.old.counter_period_frac_sec, update.unit_of(update.old), update.at_old() + grown);
  }
};

}  // namespace guestclock::inline symbolic
