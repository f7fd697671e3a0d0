// SPDX-License-Identifier: BSL-1.0
/// \file watch.hpp
/// `guestclock watch`: readings of a clock page against the OS clocks, one after the other, until it is told to end: by
/// --count, --duration, SIGINT or SIGTERM, or because nobody reads stdout any more.
///
/// Status 0: every reading gave a time, and none was before an earlier one. 1: not so, or there is no live page. 2:
/// usage, or stdout cannot be written. Steps, stops and updates are shown, and change no status: they are the host's to
/// make. What ends it changes no status either.
#pragma once

#include "clock_source.hpp"
#include "course.hpp"
#include "output.hpp"

#include <guestclock/word.hpp>

#include <string>

namespace guestclock::tools {

struct watch_options {
  std::string source = "auto";  ///< auto, pvclock, hyperv, vmclock or simulated
  u64 interval_ns = 1'000'000'000;
  u64 count = 0;        ///< how many readings; 0 for any number
  u64 duration_ns = 0;  ///< for how long; 0 for ever. The last reading is at its end
  bool json = false;
};

/// One reading as one JSON object in one line, every key present, with the totals so far: the last line is the summary.
///
///     number                     from 1; 0 where there is no clock to read
///     elapsed_ns                 since the first reading was due, on CLOCK_MONOTONIC
///     late_ns                    after this one was due
///     source, time_ns, stable, guest_stopped, frequency_hz, error_bound_ns, version    as `guestclock now` has them
///     why                        clock_error that there is in place of a time, or null
///     os_offset_ns               page − CLOCK_BOOTTIME
///     os_monotonic_offset_ns     page − CLOCK_MONOTONIC
///     os_raw_offset_ns           page − CLOCK_MONOTONIC_RAW
///     os_uncertainty_ns          of the latter: half the time that reading the OS clock took
///     drift_ns                   what the latter has changed since the first reading
///     os_difference_ns           page minus CLOCK_MONOTONIC_RAW for each second, since the first or a stepped reading
///     step_ns                    how far the page jumped since the reading before; 0 if not
///     events                     of version, step, back, stood_still, guest_stopped, disrupted, late, refused
///     readings, refused, steps, largest_step_ns, steps_back, stops, disruptions, version_changes, times_late
///                                so far, this one included
[[nodiscard]] std::string to_json_line(const course_reading& seen, const std::string& source);

/// The same for a person: what is watched; each reading as a line; what came of it.
[[nodiscard]] std::string watch_header(const clock_source& from);
[[nodiscard]] std::string to_line(const course_reading& seen);
/// `known` is the last reading that gave a time.
[[nodiscard]] std::string watch_summary(const course_reading& last, const course_reading& known,
                                        const std::string& source);

/// The state of things as a few lines, to stand below a chart.
[[nodiscard]] std::string watch_panel(const course_reading& seen);

/// What happened, in words; empty where nothing did but an update.
[[nodiscard]] std::string event_text(const course_reading& seen);

[[nodiscard]] exit_status run_watch(const watch_options& options);

}  // namespace guestclock::tools
