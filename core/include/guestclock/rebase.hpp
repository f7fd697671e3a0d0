// SPDX-License-Identifier: BSL-1.0
/// \file guestclock/rebase.hpp
/// A new page in the place of an old one, at a new counter value, without a reader seeing time go back.
///
/// A host re-bases a page to bring it back to its own clock, to change its rate, or to let the counter go on from
/// another value. What it must keep to, in this order:
///
///     1  mark the page busy, or keep all its readers from running
///     2  then sample the counter: no accepted reading of the old page used a later one
///     3  new time = the later of the host's clock at that counter value and the old page's time there
///     4  publish
///
/// Sampled before the page is marked, a reader may still use the old page with a later counter, and then the new page
/// with an earlier time. Based on the old page's time alone, each re-base loses what two roundings lose, and a chain of
/// a hundred thousand of them some 79 µs: the host's clock must be its own exact clock, and never a chain of pages. Based
/// on the host's clock alone, a page that was ahead goes back.
///
/// Readers that are not held out, because pages are re-based one processor at a time, may see a time go back by less than
/// the sum of both pages' error bounds and of what the old rate gains on the new one while both are in use; with an
/// unchanged rate by no more than one error bound. All pages of a machine therefore share one counter value and one time,
/// `not_behind` folded over all of them, published while no processor runs; or they do without TSC_STABLE, and readers
/// share their last value.
///
/// **Step or slew.** A page that is behind its host's clock may step forward; one that is ahead must not step back. A
/// slew does either by a rate that is a little faster or slower, by no more than some parts per million, for a certain
/// count of ticks; then the page is re-based once more, to the old rate.
///
/// Units: ns, or 100 ns for Hyper-V's page; counter ticks.
/// Source: Linux arch/x86/kvm/x86.c (kvm_guest_time_update: "the VCPU will never see time go backwards"); Hyper-V TLFS, 12.7;
/// for the slew's 500 ppm, RFC 5905 (NTP), 11.3.
#pragma once

#include <guestclock/instant.hpp>
#include <guestclock/publisher.hpp>
#include <guestclock/pvclock.hpp>
#include <guestclock/reading.hpp>
#include <guestclock/reference_tsc.hpp>
#include <guestclock/result.hpp>
#include <guestclock/scale.hpp>
#include <guestclock/version_retry.hpp>
#include <guestclock/word.hpp>

namespace guestclock::inline GUESTCLOCK_WORDS {

/// The later of `time` and the old page's time at `counter`. A page whose rate is none (one that was never published) has
/// told nobody a time, and does not count. Fold it over all pages of a machine.
///   requires no accepted reading of the old page used a later counter
///   ensures  accepts exactly when the old page is not valid, or has a time at `counter`, and then gives the later one
///            [rebase.time.exact]; folded over any number of pages, not before any reading of any of them
///            [rebase.machine.never-back]
///   errors   counter_before_snapshot, out_of_range: the old page may have told times after any that it could follow with.
///            A host that gives up on it passes a page of zeros
///   units    ticks in; ns in and out
[[nodiscard]] constexpr result<instant> not_behind(const pvclock_snapshot& old, u64 counter, instant time) noexcept {
  if (!check(old)) return time;
  const result<reading> told = convert(old, counter);
  if (!told) return told.error();
  return told->time > time ? told->time : time;
}

/// The page that follows `old` from `counter` on.
///   requires no accepted reading of the old page used a later counter; `host_time` is the host's own exact clock there
///   ensures  accepts exactly when the rate is valid and not_behind accepts; then the page begins at `counter` with the
///            later time [rebase.page.exact]; over any sequence of such pages no reading goes back
///            [rebase.trace.never-back], and no time is lost to the host's clock [rebase.chain.loses-nothing]. Where a
///            reading of the old page did use a later counter, one of the new page goes back by less than
///            [rebase.overlap.bounded] says, and with an unchanged rate by [rebase.overlap.same-rate]
///   errors   bad_multiplier, bad_shift (of the new rate), and those of not_behind
[[nodiscard]] constexpr result<pvclock_snapshot> rebased(const pvclock_snapshot& old, u64 counter, instant host_time,
                                                         tick_rate rate, u8 flags) noexcept {
  const result<tick_rate> valid = check(rate);
  if (!valid) return valid.error();
  const result<instant> time = not_behind(old, counter, host_time);
  if (!time) return time.error();
  return pvclock_snapshot{counter, time->nanoseconds, rate.mul, rate.shift, flags};
}

/// The same for Hyper-V's page, whose offset is chosen so that its time at `counter` is the later of the two. A page whose
/// scale is 0 was never published, and does not count.
///   requires no accepted reading of the old page used a later counter; `host_time` is the host's own exact clock there
///   ensures  accepts exactly when the scale is not 0, the old page was never published or has a time at `counter`, and
///            the offset fits; then the page's time at `counter` is the later one [rebase.reference.exact]; over any
///            sequence of such pages no reading goes back [rebase.reference.never-back]
///   errors   bad_multiplier (of the new scale), out_of_range
[[nodiscard]] constexpr result<reference_tsc_snapshot> rebased(const reference_tsc_snapshot& old, u64 counter,
                                                               reference_time host_time, u64 tsc_scale) noexcept {
  if (tsc_scale == 0) return clock_error::bad_multiplier;
  u64 now = host_time.count;
  if (old.tsc_scale != 0) {
    const result<reference_time> told = reference_time_at(old, counter);
    if (!told) return told.error();
    if (told->count > now) now = told->count;
  }
  const u64 then = scale_product(counter, tsc_scale);
  // now − then, in (−2^64, 2^64): a two's complement difference whose sign says which is the greater, or it does not fit.
  const i64 tsc_offset = as_signed(wrapping_sub(now, then));
  if ((tsc_offset < 0) != (now < then)) return clock_error::out_of_range;
  return reference_tsc_snapshot{tsc_scale, tsc_offset};
}

/// Re-bases the page in memory. The counter is sampled while the page is marked busy, after every reader can see that it
/// is, and the host's clock is asked for its time at that very counter value. GUEST_STOPPED is kept.
///   Memory     as version_retry.hpp says, with `full_fence`
///   Counter    `sample()`, which is not begun before the fence is done (on x86: `lfence; rdtsc`)
///   HostClock  `instant operator()(u64 counter)`: the host's own exact clock; never a page
///   requires one writer at a time. The page is memory of the guest: what a guest writes there is its own time, at worst
///            an error here
///   ensures  that order [rebase.order.sampled-while-busy]; then the page is as `rebased` says of what stood there; where
///            it refuses, the page says what it said before        [rebase.order.published]
///   errors   those of rebased
///   returns  the new page
template <class Memory, class Counter, class HostClock>
constexpr result<pvclock_snapshot> rebase_pvclock(Memory& memory, Counter& counter, HostClock host_clock, tick_rate rate,
                                                  u8 flags) noexcept {
  result<pvclock_snapshot> next = clock_error::no_clock;
  publish_section_made<pvclock_page>(memory, [&] {
    const pvclock_snapshot old = pvclock_page::load(memory);
    memory.full_fence();
    const u64 now = counter.sample().value;
    next = rebased(old, now, host_clock(now), rate, keeping_guest_stopped(flags, old.flags));
    return next ? *next : old;
  });
  return next;
}

/// The same for Hyper-V's page. While it is marked, readers ask the reference counter: this must not be behind the page.
///   HostClock  `reference_time operator()(u64 counter)`
///   ensures  as for rebase_pvclock                                [rebase.reference.order]
///   errors   those of rebased
///   returns  the new page; its sequence follows `last_sequence` as that of publish_reference_tsc does
template <class Memory, class Counter, class HostClock>
constexpr result<reference_tsc_snapshot> rebase_reference_tsc(Memory& memory, u32 last_sequence, Counter& counter,
                                                              HostClock host_clock, u64 tsc_scale) noexcept {
  result<reference_tsc_snapshot> next = clock_error::no_clock;
  publish_section_after<reference_tsc_page>(memory, last_sequence, [&] {
    const reference_tsc_snapshot old = reference_tsc_page::load(memory);
    memory.full_fence();
    const u64 now = counter.sample().value;
    next = rebased(old, now, host_clock(now), tsc_scale);
    return next ? *next : old;
  });
  return next;
}

/// How a page is brought to its host's clock.
enum class correction : std::uint8_t {
  step,  ///< at once, where the page is behind; a page that is ahead stays so
  slew,  ///< by a slightly different rate, for a while
};

/// The most that a slew changes a rate by, in parts per million: 43 s in a day.
inline constexpr std::uint32_t slew_ppm_max = 500;

/// The two times at the counter value of a re-base.
struct disagreement {
  instant page;  ///< what the old page tells there
  instant host;  ///< the host's own exact clock
};

/// Where a page begins and how it goes on: hand `start` to `rebased` in the place of the host's time, and `rate`; after
/// `ticks` re-base once more, to the plain rate.
struct course {
  instant start;   ///< the page's time at the counter value of the re-base
  tick_rate rate;  ///< from there on
  u64 ticks{};     ///< until the page has come to the host's clock, as far as it will
};

/// The course of a page that makes up for the disagreement by a faster or slower rate. A faster multiplier that does not
/// fit is halved, and its shift is one more.
///   requires nothing
///   ensures  a valid rate, on the right side of the old one, and no further from it than `ppm`  [rebase.slew.rate]; in
///            that many ticks it makes up for all of the disagreement but less than one tick's worth of the change, and
///            never for more than all [rebase.slew.absorbs]: then its time is less than that and the rates' error bounds
///            [scale.ticks.error] from that of a page that had stepped; refuses exactly what [rebase.slew.accepts] says
///   errors   bad_multiplier, bad_shift; out_of_range: `ppm` is more than slew_ppm_max, or it would take 2^64 ticks or more
///            (for ever where `ppm` is 0, or of a small multiplier less than one), or no shift is left for a faster rate
[[nodiscard]] constexpr result<course> slewed(const disagreement& at, tick_rate rate, u32 ppm) noexcept {
  const result<tick_rate> valid = check(rate);
  if (!valid) return valid.error();
  if (ppm > slew_ppm_max) return clock_error::out_of_range;
  const u64 mul = u64(rate.mul);
  u64 change = mul * u64(ppm) / u64(1'000'000);        // below mul: the slower rate is not 0
  u64 difference{};
  tick_rate changed = rate;
  if (at.page > at.host) {
    difference = at.page.nanoseconds - at.host.nanoseconds;
    changed.mul = u32(mul - change);
  } else {
    difference = at.host.nanoseconds - at.page.nanoseconds;
    const u64 faster = mul + change;                   // below 2^33
    if (faster <= 0xFFFF'FFFF) {
      changed.mul = u32(faster);
    } else {
      if (i32(rate.shift) == tick_shift_max) return clock_error::out_of_range;
      changed = {u32(faster >> 1), i8(i32(rate.shift) + 1)};
      change = ((faster >> 1) << 1) - mul;
    }
  }
  // ticks = ⌊difference · 2^(32 − shift) / change⌋
  const u32 places = u32(32 - i32(rate.shift));        // [1, 63]
  const wide scaled{difference >> (64 - places), wrapping_shift_left(difference, places)};
  if (scaled.high >= change) return clock_error::out_of_range;
  return course{at.page, changed, full_quotient(scaled, change).quotient};
}

/// The course by either correction.
///   ensures  a step begins at the later of the two times and keeps the rate [rebase.step.later]; a slew is `slewed`
///   errors   those of slewed; a step has none
[[nodiscard]] constexpr result<course> course_for(const disagreement& at, tick_rate rate, correction how,
                                                  u32 ppm) noexcept {
  if (how == correction::slew) return slewed(at, rate, ppm);
  return course{at.page > at.host ? at.page : at.host, rate, 0};
}

}  // namespace guestclock::inline GUESTCLOCK_WORDS
