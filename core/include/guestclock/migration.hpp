// SPDX-License-Identifier: BSL-1.0
/// \file guestclock/migration.hpp
/// Saving, restoring and migrating a guest's clock: to another counter, another frequency, after any pause.
///
/// At restore, in this order: the counter (`tsc_after`, the same offset for every processor), then the clock's page
/// (`restore`), then the timers, which the clock's time arms, and then the processors run. At save the reverse: nothing is
/// read after the processors were stopped.
///
/// A saved time is kept in 100 ns, as saved states of virtual machines have it, and **rounded up**: rounded down, a clock
/// would go back by up to 99 ns. Whether the time that the guest was away counts is a choice of `elapsed`. The only clock
/// that both sides share is the wall clock, which may be set back in between: then nothing was elapsed. Time that is added
/// is added once, to the page; a host that also moves the guest's counter on by it re-bases at the moved counter.
///
/// **A counter that stood still.** A host that resumes a guest's counter where it stopped loses the time in between. There
/// are two repairs. Either the page is re-based at the resumed counter to the host's clock: the guest's time is then
/// monotone and of a constant rate over any sequence of pauses and of moves to other hosts, never ahead of the host's
/// exact clock, and behind it by less than 3 ns and 2^−31 of the time since the last re-base
/// [migration.trace.constant-rate]. Or the counter is moved on by the ticks of the gap, `tsc_offset_after`, and is then
/// less than a tick behind where it would have been.
///
/// Units: ns, 100 ns where the type is reference_time; counter ticks; Hz.
/// Source: Linux Documentation/virt/kvm/devices/vcpu.rst (KVM_VCPU_TSC_OFFSET: a migration of the guest's clock) and
/// KVM_GET_CLOCK, KVM_SET_CLOCK in api.rst; NetBSD nvmm(4).
#pragma once

#include <guestclock/instant.hpp>
#include <guestclock/publisher.hpp>
#include <guestclock/pvclock.hpp>
#include <guestclock/reading.hpp>
#include <guestclock/reference_tsc.hpp>
#include <guestclock/result.hpp>
#include <guestclock/scale.hpp>
#include <guestclock/word.hpp>

namespace guestclock::inline GUESTCLOCK_WORDS {

/// What a host knows at the moment at which it stops a guest's clock, or lets it go on.
struct host_moment {
  u64 counter{};       ///< the guest's, as it stops, or as it will go on
  u64 frequency_hz{};  ///< of that counter
  instant wall;        ///< the host's wall clock: ns since any epoch that both hosts share
};

/// A clock that does not run.
struct saved_clock {
  reference_time time;  ///< not before any that was read
  host_moment at;       ///< when it was saved
};

/// What a page tells at the moment's counter, for another machine.
///   requires no reading of the page used a later counter
///   ensures  accepts exactly when `convert` does, and gives its time, rounded up to 100 ns [migration.save.exact]
///   errors   those of convert
[[nodiscard]] constexpr result<saved_clock> save(const pvclock_snapshot& page, const host_moment& at) noexcept {
  const result<reading> seen = convert(page, at.counter);
  if (!seen) return seen.error();
  return saved_clock{reference_time::not_before(seen->time), at};
}

/// Whether the time that a guest was away counts.
enum class elapsed : std::uint8_t {
  left_out,  ///< the clock goes on where it stopped
  added,     ///< the clock goes on where it would be, as far as the wall clock tells
};

/// How long a guest was away, by the wall clock; 0 where that was set back, never less.
///   ensures  the difference where it is positive, else 0           [migration.elapsed.never-negative]
[[nodiscard]] constexpr u64 elapsed_between(instant saved, instant now) noexcept {
  if (now <= saved) return 0;
  return now.nanoseconds - saved.nanoseconds;
}

/// The page of a restored clock.
///   requires nothing
///   ensures  accepts exactly when the frequency has a rate and the time fits; then the page begins at the new counter,
///            with the new frequency's rate, and with the saved time and, where it counts, the time elapsed, once
///            [migration.restore.exact]; over any sequence of saves and restores no reading goes back
///            [migration.trace.never-back]
///   errors   bad_frequency (looked at first), out_of_range
[[nodiscard]] constexpr result<pvclock_snapshot> restore(const saved_clock& saved, const host_moment& at, elapsed what,
                                                         rounding how, u8 flags) noexcept {
  const result<tick_rate> rate = tick_rate_for(at.frequency_hz, how);
  if (!rate) return rate.error();
  const result<instant> stopped = saved.time.to_instant();
  if (!stopped) return stopped.error();
  const u64 away = what == elapsed::added ? elapsed_between(saved.at.wall, at.wall) : u64(0);
  const checked<u64> time = checked_add(stopped->nanoseconds, away);
  if (!time.fits) return clock_error::out_of_range;
  return pvclock_snapshot{at.counter, time.value, rate->mul, rate->shift, flags};
}

/// How many ticks a counter of that frequency makes in `gap_ns`: ⌊gap_ns · f / 10^9⌋. A guest's counter that stood still
/// for so long is moved on by it, and is then less than a tick behind where it would be.
///   ensures  accepts exactly when that quotient fits, and gives it  [migration.offset.exact]
///   errors   out_of_range
///   units    ns and Hz in, ticks out
[[nodiscard]] constexpr result<u64> tsc_offset_after(u64 gap_ns, u64 frequency_hz) noexcept {
  const wide product = full_product(gap_ns, frequency_hz);
  const u64 second = u64(nanoseconds_per_second);
  if (product.high >= second) return clock_error::out_of_range;
  return full_quotient(product, second).quotient;
}

/// The guest's counter when it goes on after `gap_ns`, at its own frequency, for a host that moves it on. Counters wrap.
///   ensures  the saved counter and tsc_offset_after, modulo 2^64   [migration.offset.counter]
///   errors   out_of_range
[[nodiscard]] constexpr result<u64> tsc_after(const saved_clock& saved, u64 gap_ns) noexcept {
  const result<u64> ticks = tsc_offset_after(gap_ns, saved.at.frequency_hz);
  if (!ticks) return ticks.error();
  return wrapping_add(saved.at.counter, *ticks);
}

}  // namespace guestclock::inline GUESTCLOCK_WORDS
