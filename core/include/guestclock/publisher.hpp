// SPDX-License-Identifier: BSL-1.0
/// \file guestclock/publisher.hpp
/// The host's side: from a counter's frequency to the rate that a clock page publishes, and the pages' publication.
///
/// **Rates.** A tick lasts 10^9 / f ns, and the page can say mul · 2^(shift − 32) ns. A rate is *normalised* where mul is in
/// [2^31, 2^32): all its bits count, and no shift but one is right,
///
///     2^(shift − 1) <= 10^9 / f < 2^shift       mul = ⌊10^9 · 2^(32 − shift) / f⌋
///
/// KVM does the same with a frequency that it has first cut to 31 bits, or to 30 where those are more than 2 · 10^9.
/// What it cuts off makes a clock fast, by less than 10^−9; a page that was rounded exactly is never fast.
///
/// Hyper-V's scale has no shift: ⌊10^7 · 2^64 / f⌋ units of 100 ns, which fits for frequencies above 10 MHz.
///
/// **Publication.** Readers see all of an update or none of it. A pvclock page has one flag that is the guest's to clear,
/// GUEST_STOPPED: an update keeps it. The sequence of a Hyper-V page cannot be counted on from the page itself, where it
/// may stand at 0, "not usable": the host remembers the last one that it published.
///
/// Units: Hz in; a rate of ns, or of 100 ns, per tick out.
#pragma once

#include <guestclock/instant.hpp>
#include <guestclock/pvclock.hpp>
#include <guestclock/reference_tsc.hpp>
#include <guestclock/result.hpp>
#include <guestclock/scale.hpp>
#include <guestclock/version_retry.hpp>
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

/// The scale by which a Hyper-V page's readers count the ticks of a counter of that frequency: ⌊10^7 · 2^64 / f⌋.
///   requires nothing: every frequency has a scale or an error
///   ensures  accepts exactly f > 10^7, and then gives exactly that quotient, which is never fast
///            [publisher.scale.exact]
///   errors   bad_frequency (0), out_of_range (10 MHz and below: a tick lasts a unit or longer)
///   units    Hz in, units of 100 ns per tick out, 0.64 fixed point
///   source   Hyper-V TLFS, 12.7
[[nodiscard]] constexpr result<u64> reference_tsc_scale_for(u64 frequency_hz) noexcept {
  if (frequency_hz == 0) return clock_error::bad_frequency;
  const u64 second = u64(reference_units_per_second);
  if (frequency_hz <= second) return clock_error::out_of_range;
  return full_quotient(wide{second, 0}, frequency_hz).quotient;
}

/// The host's flags, with GUEST_STOPPED where the page has it: a stop that the guest has not yet acknowledged is not lost.
///   ensures  the host's bits as they are, and GUEST_STOPPED where either has it  [publisher.pvclock.flags]
[[nodiscard]] constexpr u8 keeping_guest_stopped(u8 host_flags, u8 page_flags) noexcept {
  const u32 host = u32(host_flags);
  const flag already = ((host & pvclock_guest_stopped) != 0) | ((u32(page_flags) & pvclock_guest_stopped) == 0);
  return already ? host_flags : u8(host + pvclock_guest_stopped);
}

/// Publishes a pvclock page as KVM does; whether its version is odd, because a host died in an update, or about to wrap
/// does not matter. An acknowledgement that falls between this load of the flags and the store is overwritten: the guest
/// is shown that stop once more.
///   requires one writer at a time, but for the guest's clearing of GUEST_STOPPED
///   ensures  the page is at rest, under another version than before, and its readers get exactly the fields, with
///            GUEST_STOPPED kept                                [publisher.pvclock.published]
///   returns  the version that the page now has
///   source   Linux arch/x86/kvm/x86.c, `kvm_setup_guest_pvclock`
template <class Memory> constexpr u32 publish_pvclock(Memory& memory, const pvclock_snapshot& fields) noexcept {
  return publish_section_made<pvclock_page>(memory, [&memory, &fields] {
    pvclock_snapshot kept = fields;
    kept.flags = keeping_guest_stopped(fields.flags, pvclock_page::load(memory).flags);
    return kept;
  });
}

/// Publishes a Hyper-V page. `last_sequence` is the last one that this returned for this page, or 0 for a new page: so
/// sequences do not return when the page was withdrawn in between.
///   requires one writer at a time
///   ensures  the page's readers get exactly the fields, under a sequence that is neither 0 nor 0xFFFFFFFF nor
///            `last_sequence`                                   [publisher.reference.published]
///   returns  the sequence that the page now has
template <class Memory>
constexpr u32 publish_reference_tsc(Memory& memory, u32 last_sequence, const reference_tsc_snapshot& fields) noexcept {
  return publish_section_after<reference_tsc_page>(memory, last_sequence, [&fields] { return fields; });
}

/// Says "not usable now": readers turn to the reference counter until the next publication.
///   ensures  every reader gets sequence_invalid                [publisher.reference.withdrawn]
template <class Memory> constexpr void withdraw_reference_tsc(Memory& memory) noexcept {
  memory.store_version(u32(0), write_order::relaxed);  // nothing else changes, so nothing is to be ordered
}

/// Publishes a Hyper-V page for a counter of that frequency, or withdraws it where no scale can say the frequency.
///   ensures  as publish_reference_tsc exactly where reference_tsc_scale_for accepts; else the page is withdrawn
///            [publisher.reference.frequency]
///   errors   bad_frequency, out_of_range
///   returns  the sequence that the page now has
template <class Memory>
constexpr result<u32> publish_reference_tsc_at(Memory& memory, u32 last_sequence, u64 frequency_hz,
                                               i64 tsc_offset) noexcept {
  const result<u64> tsc_scale = reference_tsc_scale_for(frequency_hz);
  if (!tsc_scale) {
    withdraw_reference_tsc(memory);
    return tsc_scale.error();
  }
  return publish_reference_tsc(memory, last_sequence, {*tsc_scale, tsc_offset});
}

}  // namespace guestclock::inline GUESTCLOCK_WORDS
