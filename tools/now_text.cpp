// SPDX-License-Identifier: BSL-1.0
#include "now.hpp"
#include "text.hpp"
#include "vmclock_text.hpp"

namespace guestclock::tools {
namespace {

std::string source_text(std::string_view source) {
  return fmt::format("{}: {}", source,
                     source == "simulated" ? "a host in this process, not this machine's clock"
                                           : "the page that the host keeps for this machine");
}

std::string difference_text(i64 difference_ns) {
  const bool plausible = difference_ns > -100'000 && difference_ns < 100'000;
  return fmt::format("{} ns per second against CLOCK_MONOTONIC_RAW{}", signed_grouped(difference_ns),
                     plausible ? "" : ": MORE THAN 100 PPM, one of the two is wrong");
}

std::string offset_text(i64 offset_ns) {
  return fmt::format("{} ns to CLOCK_BOOTTIME (any value: the zeros differ)", signed_grouped(offset_ns));
}

}  // namespace

std::string to_json(const now_report& report) {
  json object;
  object["source"] = report.source;
  object["time_ns"] = or_null(report.time_ns);
  object["stable"] = or_null(report.stable);
  object["guest_stopped"] = or_null(report.guest_stopped);
  object["frequency_hz"] = or_null(report.frequency_hz);
  object["error_bound_ns"] = or_null(report.error_bound_ns);
  object["version"] = or_null(report.version);
  object["os_difference_ns"] = or_null(report.os_difference_ns);
  object["os_offset_ns"] = or_null(report.os_offset_ns);
  object["wall"] = or_null(report.wall);
  return object.dump(2) + "\n";
}

std::string to_lines(const now_report& report) {
  const bool is_declared = report.exact && report.time_ns;
  return line("source", std::optional(report.source), source_text) +
         (is_declared ? vmclock_time_lines(*report.exact, *report.time_ns)
                      : line("time", report.time_ns, clock_time_text)) +
         line("stable", report.stable, stable_text) + line("guest stopped", report.guest_stopped, stopped_text) +
         line("frequency", report.frequency_hz, frequency_text) +
         (is_declared ? declared_bound_line(report.error_bound_ns)
                      : line("error bound", report.error_bound_ns, error_bound_text)) +
         line("page version", report.version, [](u32 version) { return std::to_string(version); }) +
         line("rate", report.os_difference_ns, difference_text) + line("offset", report.os_offset_ns, offset_text);
}

}  // namespace guestclock::tools
