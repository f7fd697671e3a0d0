// SPDX-License-Identifier: BSL-1.0
/// \file guestclock/reading.hpp
/// What every clock page gives: a time, and what it is worth.
#pragma once

#include <guestclock/instant.hpp>
#include <guestclock/result.hpp>
#include <guestclock/word.hpp>

namespace guestclock::inline GUESTCLOCK_WORDS {

/// Which life of a machine a time belongs to. A restored, cloned or migrated machine is another generation: times of two
/// generations are not of one clock. Both numbers are the host's, and mean nothing but being equal or not.
///   source   UAPI.13 (vmclock): disruption_marker, vm_generation_counter
struct generation {
  u64 disruption_marker{};      ///< changes when the counter was disturbed (migration)
  u64 vm_generation_counter{};  ///< changes when the machine was restored from a snapshot, or cloned

  [[nodiscard]] friend constexpr flag operator==(const generation& a, const generation& b) noexcept {
    return (a.disruption_marker == b.disruption_marker) & (a.vm_generation_counter == b.vm_generation_counter);
  }
  [[nodiscard]] friend constexpr flag operator!=(const generation& a, const generation& b) noexcept { return !(a == b); }
};

/// A time and what it is worth.
struct reading {
  instant time;                ///< since the clock's zero
  u64 counter{};               ///< the counter value that this is the time of
  u32 version{};               ///< of the page that it was read from; 0 where a Hyper-V page sent the reader elsewhere
  u64 error_bound_ns{};        ///< how far off the time may be, where `bounded`; each page's `convert` says off what
  u64 flags{};                 ///< the page's flags as they are, unknown bits too
  guestclock::generation generation;  ///< of the page; all zero where its kind does not tell
  flag bounded{};              ///< error_bound_ns is a bound; where not, the page declares none
  flag stable{};               ///< other processors' readings agree with this one
  flag guest_stopped{};        ///< the host paused this guest since the guest last cleared the flag
  flag clamped{};              ///< the counter lay before the snapshot, and the snapshot's own time is given
  flag repeated{};             ///< an earlier reading, given again because there is none now (`clock::last_or_error`)
};

/// The reading, if every processor would agree with it.
///   ensures  refuses exactly where the page is not stable                      [reading.stable.demanded]
///   errors   unstable
[[nodiscard]] constexpr result<reading> demand_stable(const reading& seen) noexcept {
  if (!seen.stable) return clock_error::unstable;
  return seen;
}

/// How far a counter may lie before a page's snapshot, in ticks, and still be skew between processors.
inline constexpr std::int64_t skew_ticks_max = std::int64_t(1) << 32;

}  // namespace guestclock::inline GUESTCLOCK_WORDS
