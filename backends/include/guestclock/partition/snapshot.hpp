// SPDX-License-Identifier: BSL-1.0
/// \file guestclock/partition/snapshot.hpp
/// The clock of a partition saved and restored, in the order that it needs.
///
///     pause     stop every processor ─ freeze                                             resume   thaw ─ run
///     save      stop every processor ─ freeze ─ save ─ (registers, memory) ─ thaw, or not
///     restore   (memory, registers) ─ restore ─ (timers; the host stamps its regions) ─ thaw ─ run
///
/// `restore` itself freezes; then counters, reference time, the guest's id, and last the page's address: the hypervisor
/// makes the page from what it then finds. Timers come after, since they are due at a reference time.
///
/// Both leave the time frozen, whether they succeed or not: nobody has seen anything of a restore that failed, and a
/// machine whose save failed goes on by `thaw` as if nothing had been.
#pragma once

#include <guestclock/partition/clock.hpp>
#include <guestclock/result.hpp>
#include <guestclock/unix_time.hpp>

#include <optional>
#include <string>
#include <vector>

namespace guestclock::partition {

/// A host's wall clock.
using wall_source = result<unix_time> (*)();

/// This machine's.
[[nodiscard]] result<unix_time> wall_now();

struct saved_time {
  reference_time time;
  std::vector<u64> counters;      ///< of each processor, in the order asked for
  u64 counter_frequency_hz{};     ///< 0 where the hypervisor does not say
  u64 guest_os_id{};              ///< the register
  u64 reference_tsc{};            ///< the register
  std::optional<unix_time> wall;  ///< the host's wall clock then, where it has one
};

/// Reads everything, as of the moment when it was frozen.
///   requires that the time is frozen, and at least one processor's number
///   ensures  counters that stood still are as they were. Where they go on although the time is frozen, those that
///            differ by no more than reading them took are one and the same: restored, they must not differ
///   errors   a call fails; the time is not frozen
[[nodiscard]] outcome<saved_time> save(const clock_controls& from, const std::vector<u32>& processors,
                                       wall_source wall = wall_now);

/// What a guest finds its monotonic clock to have done while it was not there.
enum class pause_is : std::uint8_t {
  left_out,  ///< the clock goes on where it was: what the interface promises
  counted,   ///< reference time and counters have gone on by what the wall clock did, never back
};

/// What could not be had, and why: the guest's page says the truth all the same.
struct restored {
  std::string counter;    ///< empty: every counter is where it should be
  std::string frequency;  ///< empty: the counters have the frequency that they had
};

/// Writes everything into a partition with as many processors.
///   requires that no processor runs
///   ensures  the time is frozen, and stays so until `thaw`. Neither reference time nor counters are less than saved
///   errors   a call fails; numbers differ; a value was taken and is not there; `counted` without wall clocks, or beyond
///            what a counter can hold
[[nodiscard]] outcome<restored> restore(clock_controls& into, const std::vector<u32>& processors,
                                        const saved_time& from, pause_is pause, wall_source wall = wall_now);

/// The UTC at which the reference time was 0, as of now: what a clock region says (`describe` of guestclock/region.hpp,
/// with page_kind::reference_tsc). To be told anew after every restore.
///   ensures  the reference time is read first
[[nodiscard]] outcome<unix_time> boot_time_now(const clock_controls& of, wall_source wall = wall_now);

}  // namespace guestclock::partition
