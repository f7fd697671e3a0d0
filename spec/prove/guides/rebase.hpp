// SPDX-License-Identifier: BSL-1.0
/// \file spec/prove/guides/rebase.hpp
/// Guides for the laws of spec/laws/rebase.hpp.
#pragma once

#include "../prover_inputs.hpp"

#include "../../laws/all.hpp"
#include "scale.hpp"

namespace guestclock::inline symbolic {

/// The time of ticks against the product of ticks and multiplier, in units of 2^(shift - 32) ns.
inline void time_is_close(guide_inputs& guide, u64 ticks, tick_rate rate) {
  const auto shifted = shift_ticks(ticks, rate.shift);
  if (!shifted.has_value()) return;
  product_is_exact(guide, *shifted, rate.mul);
  const integer time = integer(scale_product(*shifted, rate.mul));
  const integer one = laws::one_ns(rate);
  const integer product = integer(ticks) * integer(rate.mul);
  guide.lemma(time * one <= product);
  guide.lemma(product < (time + integer(error_bound(rate))) * one);
}

inline tick_rate drawn_page_rate(guide_inputs& guide) {
  return {guide.drawn<u32>("tsc_to_system_mul"), guide.drawn<i8>("tsc_shift")};
}

/// The bytes of shift and flags come out of their word as they went in.
inline pvclock_snapshot stored_and_loaded(guide_inputs& guide, u32 mul, i8 shift, u8 flags) {
  laws::constant_page bytes;
  pvclock_page::store(bytes, {0, 0, mul, shift, flags});
  const integer upper = floor_div(integer(bytes.load(24)), power_of_two(32));
  const integer byte = integer(shift) + (i32(shift) < 0 ? 256 : 0);
  guide.lemma(upper == 256 * integer(flags) + byte);
  guide.lemma(floor_mod(upper, 256) == byte);
  const pvclock_snapshot loaded = pvclock_page::load(bytes);
  guide.lemma((loaded.tsc_shift == shift) & (loaded.flags == flags) & (loaded.tsc_to_system_mul == mul));
  return loaded;
}
template <> struct guide<laws::rebase_order_published> {
  static void run(guide_inputs& guide) {
    const pvclock_snapshot old = stored_and_loaded(guide, guide.drawn<u32>("tsc_to_system_mul"), 0, guide.drawn<u8>("flags"));
    stored_and_loaded(guide, old.tsc_to_system_mul, old.tsc_shift, old.flags);
    stored_and_loaded(guide, guide.drawn<u32>("mul"), guide.drawn<i8>("shift"),
                      keeping_guest_stopped(guide.drawn<u8>("new_flags"), old.flags));
  }
};

template <> struct guide<laws::rebase_overlap_bounded> {
  static void run(guide_inputs& guide) {
    const tick_rate rate = drawn_page_rate(guide);
    const u64 counter = guide.drawn<u64>("counter");
    const u64 overlap = guide.drawn<u64>("overlap");
    time_is_close(guide, counter, rate);
    time_is_close(guide, counter + overlap, rate);
    time_is_close(guide, overlap, {guide.drawn<u32>("new_mul"), rate.shift});
  }
};

template <> struct guide<laws::rebase_overlap_same_rate> {
  static void run(guide_inputs& guide) {
    const tick_rate rate = drawn_page_rate(guide);
    times_add_up(guide, guide.drawn<u64>("counter"), guide.drawn<u64>("overlap"), rate);
  }
};

/// The course, as `slewed` computes it: ticks · change <= difference · 2^(32 − shift) < ticks · change + change.
inline void division_of_slew(guide_inputs& guide, const disagreement& at, const course& slew, tick_rate rate) {
  const bool ahead = at.page > at.host ? true : false;
  const u64 mul = u64(rate.mul);
  u64 change = mul * u64(guide.drawn<u32>("ppm")) / u64(1'000'000);
  if (!ahead) {
    const u64 faster = mul + change;
    if (faster > 0xFFFF'FFFF) change = ((faster >> 1) << 1) - mul;
  }
  const u64 difference = ahead ? at.page.nanoseconds - at.host.nanoseconds : at.host.nanoseconds - at.page.nanoseconds;
  const u32 places = u32(32 - i32(rate.shift));
  const wide scaled{difference >> (64 - places), wrapping_shift_left(difference, places)};
  const integer whole = integer(difference) * laws::one_ns(rate);
  guide.lemma(integer(scaled.high) * power_of_two(64) + integer(scaled.low) == whole);
  const division exact_division = full_quotient(scaled, change);
  const integer product = integer(exact_division.quotient) * integer(change);
  guide.lemma(product + integer(exact_division.remainder) == whole);
  guide.lemma(exact_division.remainder < change);
  const integer gained = laws::gained_by(slew, rate);
  guide.lemma((ahead ? -gained : gained) == integer(change));
  guide.lemma(integer(slew.ticks) * (ahead ? -gained : gained) == product);
}

template <> struct guide<laws::rebase_slew_absorbs> {
  static void run(guide_inputs& guide) {
    const tick_rate rate{guide.drawn<u32>("mul"), guide.drawn<i8>("shift")};
    const disagreement at{{guide.drawn<u64>("page_time")}, {guide.drawn<u64>("host_time")}};
    const auto slew = slewed(at, rate, guide.drawn<u32>("ppm"));
    if (slew.has_value()) division_of_slew(guide, at, *slew, rate);
  }
};

}  // namespace guestclock::inline symbolic
