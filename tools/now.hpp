// SPDX-License-Identifier: BSL-1.0
/// \file now.hpp
/// `guestclock now`: this machine's time from the best page it finds, and how the OS clock runs against it.
#pragma once

#include "output.hpp"

#include <guestclock/vmclock.hpp>
#include <guestclock/word.hpp>

#include <optional>
#include <string>

namespace guestclock::tools {

struct now_options {
  std::string source = "auto";  ///< auto, pvclock, hyperv, vmclock or simulated
  bool json = false;
};

/// What there is to tell; nothing where it is unknown.
struct now_report {
  std::string source;          ///< pvclock, hyperv, vmclock or simulated
  std::optional<u64> time_ns;  ///< since the clock's zero
  std::optional<bool> stable;
  std::optional<bool> guest_stopped;
  std::optional<u64> frequency_hz;
  std::optional<u64> error_bound_ns;
  std::optional<u32> version;
  std::optional<i64> os_difference_ns;   ///< page minus CLOCK_MONOTONIC_RAW, for each second
  std::optional<i64> os_offset_ns;       ///< page minus CLOCK_BOOTTIME
  std::optional<std::string> wall;       ///< RFC 3339, UTC: of a vmclock page that claims it, out of leap seconds
  std::optional<vmclock_reading> exact;  ///< what else a vmclock page says, for a person
};

/// The report as one JSON object, every key present, and as lines for a person.
[[nodiscard]] std::string to_json(const now_report& report);
[[nodiscard]] std::string to_lines(const now_report& report);

/// Runs the subcommand: measures for a little more than 100 ms, and prints.
[[nodiscard]] exit_status run_now(const now_options& options);

}  // namespace guestclock::tools
