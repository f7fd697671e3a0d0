// SPDX-License-Identifier: BSL-1.0
/// \file guestclock/scale.hpp
/// Counter ticks to time, and back, by a fixed-point rate with a binary shift.
///
/// A hypervisor publishes how long a tick lasts as a multiplier `mul` and a shift. The time of `ticks` is
///
///     ⌊ shifted(ticks) · mul / 2^F ⌋      shifted(ticks) = ticks · 2^shift, rounded down to a whole number
///
/// with F = 32 for KVM and Xen (0.32 fixed point), F = 64 for Hyper-V (0.64). Both roundings are part of the
/// definition: at 2.4 GHz (mul 0xD5555555, shift −1) three ticks last 0 ns, not 1. The result is therefore behind
/// the exact product by less than `error_bound`: one unit, or two where the shift is negative.
///
/// Units: the time is in whatever unit the multiplier is in: ns for KVM and Xen, 100 ns for Hyper-V.
/// Source: Linux `pvclock-abi.h`, Xen `public/xen.h` (vcpu_time_info); Hyper-V TLFS, reference TSC page.
#pragma once

#include <guestclock/result.hpp>
#include <guestclock/word.hpp>

namespace guestclock::inline GUESTCLOCK_WORDS {

/// Shifts of valid publishers lie in [−tick_shift_max, tick_shift_max].
inline constexpr int tick_shift_max = 31;

/// How long a tick lasts: mul / 2^F units per shifted tick.
template <class Multiplier> struct basic_tick_rate {
  Multiplier mul;  ///< units per shifted tick, a fraction of 2^F
  i8 shift;        ///< binary places: left where positive, right where negative
};
using tick_rate = basic_tick_rate<u32>;       ///< 0.32 fixed point: F = 32
using wide_tick_rate = basic_tick_rate<u64>;  ///< 0.64 fixed point: F = 64

/// F: how many bits of the multiplier stand behind the binary point.
[[nodiscard]] constexpr u32 fraction_bits(const tick_rate&) noexcept { return 32; }
[[nodiscard]] constexpr u32 fraction_bits(const wide_tick_rate&) noexcept { return 64; }

/// The rate itself if it can be one.
///   ensures  accepts exactly mul ≠ 0 and shift in [−31, 31]   [scale.rate.accepts]
///   errors   bad_multiplier (looked at first), bad_shift
template <class Multiplier>
[[nodiscard]] constexpr result<basic_tick_rate<Multiplier>> check(basic_tick_rate<Multiplier> rate) noexcept {
  if (rate.mul == 0) return clock_error::bad_multiplier;
  if (i32(rate.shift) < -tick_shift_max) return clock_error::bad_shift;
  if (i32(rate.shift) > tick_shift_max) return clock_error::bad_shift;
  return rate;
}

/// ⌊ticks · mul / 2^32⌋ and ⌊ticks · mul / 2^64⌋: either fits 64 bits, whatever the arguments.
///   requires nothing
///   ensures  exactly that quotient                            [scale.product.exact]
[[nodiscard]] constexpr u64 scale_product(u64 ticks, u32 mul) noexcept {
  const wide product = full_product(ticks, u64(mul));           // high < 2^32
  return (product.high << 32) + (product.low >> 32);
}
[[nodiscard]] constexpr u64 scale_product(u64 ticks, u64 mul) noexcept { return full_product(ticks, mul).high; }

/// ticks · 2^shift, rounded down; the first of the two roundings.
///   ensures  accepts exactly when no high bit is lost         [scale.shift.exact]
///   errors   out_of_range, bad_shift
[[nodiscard]] constexpr result<u64> shift_ticks(u64 ticks, i8 shift) noexcept {
  const i32 places = i32(shift);
  if (places < -tick_shift_max) return clock_error::bad_shift;
  if (places > tick_shift_max) return clock_error::bad_shift;
  if (places < 0) return ticks >> u32(-places);
  const checked<u64> shifted = checked_shift_left(ticks, u32(places));
  if (!shifted.fits) return clock_error::out_of_range;
  return shifted.value;
}

/// The time of `ticks`.
///   requires nothing: every rate and every count have an answer or an error
///   ensures  accepts exactly when the rate passes `check` and no bit is lost, and then gives the two-step quotient
///            [scale.ticks.exact]; less than error_bound behind the rational product, never ahead of it
///            [scale.ticks.error]; a later count never gives an earlier time [scale.ticks.monotone]; sums differ by
///            no more than the bound [scale.ticks.additive]
///   errors   bad_multiplier, bad_shift, out_of_range
///   units    ticks in, units of the multiplier out
template <class Multiplier>
[[nodiscard]] constexpr result<u64> ticks_to_time(u64 ticks, basic_tick_rate<Multiplier> rate) noexcept {
  if (rate.mul == 0) return clock_error::bad_multiplier;
  const result<u64> shifted = shift_ticks(ticks, rate.shift);
  if (!shifted) return shifted.error();
  return scale_product(*shifted, rate.mul);
}

/// The time of `ticks` as deployed readers compute it: high bits that the shift pushes out are lost without a word.
/// Use it to predict what such a reader shows; never to tell the time.
///   ensures  ticks · 2^shift modulo 2^64, then the quotient [scale.wrapping.definition]; equal to ticks_to_time
///            wherever that accepts [scale.wrapping.agrees]
///   errors   bad_shift only: a multiplier of 0 gives 0
///   source   Linux `pvclock_scale_delta`
template <class Multiplier>
[[nodiscard]] constexpr result<u64> ticks_to_time_wrapping(u64 ticks, basic_tick_rate<Multiplier> rate) noexcept {
  const i32 places = i32(rate.shift);
  if (places < -tick_shift_max) return clock_error::bad_shift;
  if (places > tick_shift_max) return clock_error::bad_shift;
  if (places < 0) return scale_product(ticks >> u32(-places), rate.mul);
  return scale_product(wrapping_shift_left(ticks, u32(places)), rate.mul);
}

/// The time of `ticks` rounded up once, for bounds that must not be too small: ⌈ticks · 2^shift · mul / 2^F⌉.
///   ensures  accepts exactly when ticks_to_time accepts, and then gives it [scale.ceiling.exact]
///   errors   bad_multiplier, bad_shift, out_of_range
template <class Multiplier>
[[nodiscard]] constexpr result<u64> ticks_to_time_ceiling(u64 ticks, basic_tick_rate<Multiplier> rate) noexcept {
  const result<u64> floor = ticks_to_time(ticks, rate);
  if (!floor) return floor.error();
  const i32 places = i32(rate.shift);
  const u32 dropped = places < 0 ? u32(-places) : u32(0);                  // ticks below one shifted tick
  const u64 counted = places < 0 ? ticks : ticks << u32(places);           // fits: ticks_to_time accepted
  const wide product = full_product(counted, u64(rate.mul));               // exact, in units of 2^−(F + dropped)
  // Low bits of the product are below one unit; the rest is the exact floor, which one step may be ahead of `floor`.
  const u64 fraction = fraction_bits(rate) == 32 ? product.low & 0xFFFF'FFFF : product.low;
  const u64 whole = fraction_bits(rate) == 32 ? (product.high << 32) + (product.low >> 32) : product.high;
  const u64 exact = whole >> dropped;
  const flag inexact = ((exact << dropped) != whole) | (fraction != 0);
  return exact + one_if(inexact);                                          // exact <= 2^64 − 2, as is any scale_product
}

/// How far ticks_to_time may be behind the rational product, exclusive: each rounding loses less than one unit.
///   ensures  rational − result < error_bound                  [scale.ticks.error]
///   units    units of the multiplier: 1, or 2 where the shift is negative
template <class Multiplier> [[nodiscard]] constexpr u64 error_bound(basic_tick_rate<Multiplier> rate) noexcept {
  return i32(rate.shift) < 0 ? u64(2) : u64(1);
}

/// The least count of ticks at which ticks_to_time reaches `time`: what to wait for, never early.
///   requires nothing
///   ensures  that count's time is not before `time`, and every smaller count's is [scale.inverse.least]; refuses exactly
///            the times that no count reaches                  [scale.inverse.accepts]
///   errors   bad_multiplier, bad_shift, out_of_range (no count reaches it)
///   units    units of the multiplier in, ticks out
template <class Multiplier>
[[nodiscard]] constexpr result<u64> time_to_ticks(u64 time, basic_tick_rate<Multiplier> rate) noexcept {
  const result<basic_tick_rate<Multiplier>> valid = check(rate);
  if (!valid) return valid.error();
  const u64 mul = u64(rate.mul);
  // The least number of shifted ticks: ⌈time · 2^F / mul⌉.
  const wide scaled = fraction_bits(rate) == 32 ? wide{u64(high32(time)), u64(low32(time)) << 32} : wide{time, 0};
  if (scaled.high >= mul) return clock_error::out_of_range;                // the quotient would not fit
  const division exact = full_quotient(scaled, mul);
  const u64 shifted = exact.quotient + one_if(exact.remainder != 0);       // fits: time <= mul · 2^(64 − F) − 1
  // The least number of ticks with at least so many shifted ticks.
  const i32 places = i32(rate.shift);
  if (places < 0) {
    const checked<u64> ticks = checked_shift_left(shifted, u32(-places));
    if (!ticks.fits) return clock_error::out_of_range;
    return ticks.value;
  }
  const u64 whole = shifted >> u32(places);
  const u64 ticks = whole + one_if((whole << u32(places)) != shifted);
  if (!checked_shift_left(ticks, u32(places)).fits) return clock_error::out_of_range;
  return ticks;
}

/// The counter frequency that a rate stands for: the integer nearest to units_per_second · 2^(F − shift) / mul, the
/// larger one in the middle. A frequency that went through a page comes back within ½ Hz and the page's own rounding.
///   ensures  exactly that integer, or out_of_range where it does not fit 64 bits [scale.frequency.nearest]
///   errors   bad_multiplier, bad_shift, out_of_range
///   units    units_per_second: 10^9 where the multiplier counts ns, 10^7 where it counts 100 ns; Hz out
template <class Multiplier>
[[nodiscard]] constexpr result<u64> frequency_hz(basic_tick_rate<Multiplier> rate, u32 units_per_second) noexcept {
  const result<basic_tick_rate<Multiplier>> valid = check(rate);
  if (!valid) return valid.error();
  const u64 mul = u64(rate.mul);
  const u32 places = u32(i32(fraction_bits(rate)) - i32(rate.shift));      // [1, 95]
  const u64 units = u64(units_per_second);
  const wide scaled = places >= 64 ? wide{units << (places - 64), 0}       // units · 2^places < 2^127
                                   : wide{units >> (64 - places), wrapping_shift_left(units, places)};
  if (scaled.high >= mul) return clock_error::out_of_range;
  const division exact = full_quotient(scaled, mul);
  const flag round_up = exact.remainder >= mul - exact.remainder;
  return exact.quotient + one_if(round_up);                                // fits: scaled is a multiple of 2^places
}

}  // namespace guestclock::inline GUESTCLOCK_WORDS
