// SPDX-License-Identifier: BSL-1.0
/// \file sandbox.hpp
/// A small VMM over guestclock's KVM backend: its guest tells the time, is paused, is saved, and goes on in another
/// machine; and what it told is held against the host's clocks.
#pragma once

#include <guestclock/outcome.hpp>
#include <guestclock/word.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace guestclock::sandbox {

struct options {
  u32 processors = 1;                  ///< 1 to 8
  u64 readings = 1'000'000;            ///< in each part, by each processor
  std::chrono::milliseconds gap{100};  ///< of the pause, and of the time in the snapshot
  i32 utc_offset_seconds = 0;
  bool has_clock = true;  ///< whether the host enables the guest's clock
};

/// What one processor's guest wrote.
struct words {
  const char* part{};  ///< "run", "after a pause", "restored"
  u32 processor{};
  std::string text;  ///< lines
};

struct report {
  std::vector<words> told;
  std::string no_time;              ///< why the guest has no time, as it says; empty: it has
  std::vector<std::string> broken;  ///< promises that were not kept
  std::vector<std::string> notes;   ///< what this machine cannot do
  u64 readings{};
  u64 refused{};
  u64 steps_back{};
  u64 worst_step_ns{};
  u64 run_returns{};         ///< of KVM_RUN, while it read
  std::optional<u64> exits;  ///< by KVM's own count, while it read
  u64 wall_bound_ns{};       ///< how far the guest's wall clock is off the host's at most
  u64 monotonic_bound_ns{};  ///< and its monotonic clock off KVM's
  u64 stops_seen{};
  u64 monotonic_ns{};  ///< the last that was told
  u64 wall_ns{};
  u64 local_ns{};
  u64 executed_ns{};
  u64 with_pauses_ns{};
  u64 with_snapshots_ns{};
};

/// Runs the guest through all of it. Bounded: a guest that does not come back in a minute is given up.
///   errors   no KVM, or a call that failed
[[nodiscard]] outcome<report> run(const options& wanted);

}  // namespace guestclock::sandbox
