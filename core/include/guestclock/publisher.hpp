// SPDX-License-Identifier: BSL-1.0
/// \file guestclock/publisher.hpp
/// The host's side: from a counter's frequency to the rate that a clock page publishes.
///
/// A tick lasts 10^9 / f ns, and the page can say mul · 2^(shift − 32) ns. A rate is *normalised* where mul is in
/// [2^31, 2^32): all its bits count, and no shift but one is right,
///
///     2^(shift − 1) <= 10^9 / f < 2^shift       mul = ⌊10^9 · 2^(32 − shift) / f⌋
///
/// KVM does the same with a frequency that it has first cut to 31 bits, or to 30 where those are more than 2 · 10^9.
/// What it cuts off makes a clock fast, by less than 10^−9; a page that was rounded exactly is never fast.
///
/// Units: Hz in; a rate of ns per tick out.
#pragma once

#include <guestclock/instant.hpp>
#include <guestclock/result.hpp>
#include <guestclock/scale.hpp>
#include <guestclock/word.hpp>

namespace guestclock::inline GUESTCLOCK_WORDS {

/// How a frequency becomes a rate.
enum class rounding : std::uint8_t {
  exact,  ///< rounded down, once: never fast, and slow by less than 2^−31
  kvm,    ///< as KVM publishes it, bit for bit: fast by less than 10^−9, or slow by less than 2^−31
};

/// A frequency · 2^k, in [2^63, 2^64), without the bits that KVM shifts out of that frequency: what stays is the
/// highest 31 bits, or the highest 30 where 31 are more than 2 · 10^9.
///   ensures  what KVM divides by, but for a power of two         [publisher.kvm.formula]
[[nodiscard]] constexpr u64 kept_by_kvm(u64 normalised) noexcept {
  const u64 highest = normalised >> 33;  // [2^30, 2^31)
  const u32 dropped = highest > 2 * u64(nanoseconds_per_second) ? u32(34) : u32(33);
  return (normalised >> dropped) << dropped;
}

/// The rate at which a page's readers count the ticks of a counter of that frequency.
///   requires nothing: every frequency has a rate or an error
///   ensures  accepts exactly f in [1, 10^9 · 2^32] for `exact`, where it refuses no frequency that a normalised rate
///            could have without being fast, and f in [1, (10^9 + 1) · 2^32) for `kvm` [publisher.rate.accepts]; a
///            multiplier in [2^31, 2^32) and a shift that every reader accepts [publisher.rate.normalised].
///            `exact`: never fast [publisher.rate.never-fast], slow by less than 2^−31 [publisher.rate.error]. `kvm`:
///            what KVM's algorithm gives [publisher.kvm.formula], fast by less than 10^−9 or slow by less than 2^−31
///            [publisher.kvm.error]
///   errors   bad_frequency
///   units    Hz in, ns per tick out
///   source   Linux arch/x86/kvm/x86.c, `kvm_get_time_scale`
[[nodiscard]] constexpr result<tick_rate> tick_rate_for(u64 frequency_hz, rounding how) noexcept {
  if (frequency_hz == 0) return clock_error::bad_frequency;  // KVM's own search would not end
  const u32 zeros = leading_zeros(frequency_hz);
  const u64 whole = frequency_hz << zeros;  // [2^63, 2^64)
  const u64 counted = how == rounding::kvm ? kept_by_kvm(whole) : whole;
  // mul = ⌊10^9 · 2^places · 2^32 / counted⌋ with the one number of places that brings it into [2^31, 2^32).
  const u64 second = u64(nanoseconds_per_second);
  const u32 places = counted > second << 34 ? u32(34) : u32(33);
  const i32 shift = i32(zeros) - i32(places);  // [−34, 30]
  if (shift < -tick_shift_max) return clock_error::bad_frequency;
  const division mul = full_quotient(wide{second << (places - 32), 0}, counted);
  return tick_rate{u32(mul.quotient), i8(shift)};
}

}  // namespace guestclock::inline GUESTCLOCK_WORDS
