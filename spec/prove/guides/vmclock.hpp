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

/// A product that is known to be small stays so, step by step.
template <> struct guide<laws::vmclock_nanoseconds_skew> {
  static void run(guide_inputs& guide) {
    const u64 ticks = guide.drawn<u64>("ticks");
    const u64 rate = guide.drawn<u64>("rate");
    const u64 second = u64(nanoseconds_per_second);
    guide.lemma(integer(ticks) * integer(rate) <= power_of_two(32) * integer(rate));
    const wide product = full_product(ticks, rate);
    guide.lemma(integer(product.high) <= power_of_two(32));
    const wide high = sum_of(full_product(product.high, second), full_product(product.low, second).high);
    guide.lemma(high.high == 0);
    guide.lemma(integer(high.low) < power_of_two(63));
  }
};

inline laws::vmclock_update drawn_update(guide_inputs& guide) {
  laws::vmclock_update update;
  update.old.flags = vmclock_time_maxerror_valid + vmclock_period_maxerror_valid;
  update.old.clock_status = update.next.clock_status = vmclock_status_synchronized;
  update.old.counter_period_shift = 0;
  update.next.counter_period_shift = 1;
  update.old.counter_period_frac_sec = guide.drawn<u64>("old_period");
  update.old.counter_period_maxerror_rate_frac_sec = guide.drawn<u64>("period_maxerror");
  update.old.time_sec = guide.drawn<u64>("old_sec");
  update.old.time_frac_sec = guide.drawn<u64>("old_frac_sec");
  update.old.time_maxerror_nanosec = guide.drawn<u64>("time_maxerror");
  update.next.counter_value = guide.drawn<u64>("ticks");
  update.next.counter_period_frac_sec = guide.drawn<u64>("next_period");
  update.next.time_sec = guide.drawn<u64>("next_sec");
  update.next.time_frac_sec = guide.drawn<u64>("next_frac_sec");
  update.by = {guide.drawn<u64>("unit"), guide.drawn<u64>("other_unit"), update.old.counter_period_shift};
  return update;
}

/// A number under a name of its own: products of it stay short.
inline integer named(guide_inputs& guide, const integer& value) {
  const integer name = floor_div(2 * value, 2);
  guide.lemma(name == value);
  return name;
}

/// A product of two numbers that are known not to be negative: it grows with the second from 0, which is −1 + 1.
inline void not_negative(guide_inputs& guide, const integer& a, const integer& b) {
  guide.lemma(integer(-1) * a == -a);
  guide.lemma(0 <= a * b);
}

/// a · x for a name `a` of `value`.
inline void product_of_named(guide_inputs& guide, const integer& name, const integer& value, const integer& x) {
  guide.lemma(name * x == value * x);
}

/// |moved · unit − ticks · rate| <= allowed · unit, from the same of moved − ⌊ticks · rate / unit⌋.
inline integer close_in_units(guide_inputs& guide, const integer& moved, const integer& ticks, const integer& rate,
                              const integer& product, const integer& unit, const integer& allowed) {
  const integer floor = floor_div(product, unit);
  const integer rest = floor_mod(product, unit);
  guide.lemma(ticks * rate == product);
  guide.lemma(product == floor * unit + rest);
  const integer spare = named(guide, allowed - moved + floor);
  const integer room = named(guide, allowed + moved - floor);
  guide.lemma(0 <= spare);
  guide.lemma(((rest == 0) & (0 <= room)) | (1 <= room));
  not_negative(guide, unit, spare);
  not_negative(guide, unit, room);
  guide.lemma((unit <= room * unit) | (room < 1));
  guide.lemma(rest <= room * unit);
  product_of_named(guide, spare, allowed - moved + floor, unit);
  product_of_named(guide, room, allowed + moved - floor, unit);
  const integer apart = named(guide, moved * unit - ticks * rate);
  guide.lemma(apart <= allowed * unit);
  guide.lemma(-(allowed * unit) <= apart);
  return apart;
}

template <> struct guide<laws::vmclock_update_sound> {
  static void run(guide_inputs& guide) {
    const laws::vmclock_update update = drawn_update(guide);
    if (!consistent_update_by(update.by, update.old, update.next)) return;
    const integer old_unit = update.unit_of(update.old);
    const integer next_unit = update.unit_of(update.next);
    const integer old_rate = update.old.counter_period_frac_sec;
    const integer next_rate = update.next.counter_period_frac_sec;
    const integer error_rate = update.old.counter_period_maxerror_rate_frac_sec;
    const integer exact_ticks = update.ticks();
    const u64 passed = guide.drawn<u64>("passed");
    const integer e = passed;
    const integer f = named(guide, integer(update.ticks() - passed));
    const integer ticks = f + e;
    guide.lemma(exact_ticks == ticks);
    const integer moved = named(guide, update.moved());
    const integer at_old = named(guide, update.at_old());
    const integer grown = floor_div(exact_ticks * error_rate, old_unit);
    const integer allowed = named(guide, at_old + grown);
    const integer at_old_apart = close_in_units(guide, moved, ticks, next_rate, exact_ticks * next_rate, next_unit, at_old);
    const integer at_next_apart = close_in_units(guide, moved, ticks, old_rate, exact_ticks * old_rate, old_unit, allowed);
    guide.lemma(ticks * error_rate == exact_ticks * error_rate);
    guide.lemma(grown * old_unit <= ticks * error_rate);
    product_of_named(guide, allowed, at_old + grown, old_unit);
    // Weighed by how near each end is.
    const integer back_weight = named(guide, f * old_unit);
    const integer forth_weight = named(guide, e * next_unit);
    guide.lemma((0 <= back_weight) & (0 <= forth_weight));
    const auto weigh = [&](const integer& weight, const integer& weight_value, const integer& room, const integer& value) {
      const integer slack = named(guide, room);
      guide.lemma(0 <= slack);
      not_negative(guide, weight, slack);
      product_of_named(guide, slack, room, weight);
      guide.lemma(room == value);
      guide.lemma(weight * room == weight * value);
      guide.lemma(weight * value == weight_value * value);
    };
    const integer at_old_value = moved * next_unit - ticks * next_rate;
    const integer at_next_value = moved * old_unit - ticks * old_rate;
    const integer most_at_old = at_old * next_unit;
    const integer most_at_next = at_old * old_unit + ticks * error_rate;
    weigh(back_weight, f * old_unit, most_at_old - at_old_apart, most_at_old - at_old_value);
    weigh(back_weight, f * old_unit, most_at_old + at_old_apart, most_at_old + at_old_value);
    weigh(forth_weight, e * next_unit, most_at_next - at_next_apart, most_at_next - at_next_value);
    weigh(forth_weight, e * next_unit, most_at_next + at_next_apart, most_at_next + at_next_value);
    // The law's own terms.
    guide.lemma(integer(update.ticks() - passed) * next_rate == f * next_rate);
    guide.lemma(integer(update.ticks() - passed) * next_rate * old_unit == f * next_rate * old_unit);
    guide.lemma(update.moved() * old_unit == moved * old_unit);
    guide.lemma(update.moved() * old_unit * next_unit == moved * old_unit * next_unit);
    guide.lemma(update.at_old() * old_unit == at_old * old_unit);
    guide.lemma(update.at_old() * old_unit * next_unit == at_old * old_unit * next_unit);
    const integer difference_value = moved * old_unit * next_unit - f * next_rate * old_unit - e * old_rate * next_unit;
    const integer bound_value = at_old * old_unit * next_unit + e * error_rate * next_unit;
    const integer less = named(guide, bound_value - difference_value);
    const integer more = named(guide, bound_value + difference_value);
    product_of_named(guide, less, bound_value - difference_value, ticks);
    product_of_named(guide, more, bound_value + difference_value, ticks);
    guide.lemma((bound_value - difference_value) * ticks ==
                f * old_unit * (most_at_old - at_old_value) + e * next_unit * (most_at_next - at_next_value));
    guide.lemma((bound_value + difference_value) * ticks ==
                f * old_unit * (most_at_old + at_old_value) + e * next_unit * (most_at_next + at_next_value));
    guide.lemma((0 <= less * ticks) & (0 <= more * ticks));
    const integer law_difference = update.moved() * old_unit * next_unit -
                                   integer(update.ticks() - passed) * next_rate * old_unit - e * old_rate * next_unit;
    const integer law_bound = update.at_old() * old_unit * next_unit + e * error_rate * next_unit;
    guide.lemma(law_difference == difference_value);
    guide.lemma(law_bound == bound_value);
    if (exact_ticks == 0) {
      guide.lemma((e == 0) & (f == 0));
      for (const integer& room_value : {at_old - moved, at_old + moved}) {
        const integer room = named(guide, room_value);
        guide.lemma(0 <= room);
        not_negative(guide, old_unit, room);
        product_of_named(guide, room, room_value, old_unit);
        const integer scaled = named(guide, room_value * old_unit);
        guide.lemma(0 <= scaled);
        not_negative(guide, next_unit, scaled);
        product_of_named(guide, scaled, room_value * old_unit, next_unit);
      }
      guide.lemma(f * next_rate == 0);
      guide.lemma(f * next_rate * old_unit == 0);
      guide.lemma((difference_value <= bound_value) & (-bound_value <= difference_value));
      return;
    }
    guide.lemma((0 <= less) & (0 <= more));
    guide.lemma((-law_bound <= law_difference) & (law_difference <= law_bound));
  }
};

}  // namespace guestclock::inline symbolic
