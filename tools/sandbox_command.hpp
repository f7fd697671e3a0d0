// SPDX-License-Identifier: BSL-1.0
/// \file sandbox_command.hpp
/// `guestclock sandbox`: a tiny VM on /dev/kvm whose freestanding guest tells the time, is paused, saved and restored;
/// what it says, what that cost, and whether it kept its promises.
#pragma once

#include "output.hpp"

#include <guestclock/word.hpp>

namespace guestclock::tools {

struct sandbox_options {
  u32 processors = 1;
  u64 readings = 1'000'000;
  u32 gap_ms = 100;
  i32 utc_offset_seconds = 0;
  bool is_without_clock = false;
  bool json = false;
};

/// Runs the subcommand.
[[nodiscard]] exit_status run_sandbox(const sandbox_options& options);

}  // namespace guestclock::tools
