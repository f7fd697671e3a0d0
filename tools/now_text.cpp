// SPDX-License-Identifier: BSL-1.0
#include "now.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cstdlib>
#include <string_view>

namespace guestclock::tools {
namespace {

using json = nlohmann::ordered_json;

template <class Value> json or_null(const std::optional<Value>& value) { return value ? json(*value) : json(nullptr); }

/// 1234567 as 1 234 567.
std::string grouped(u64 value) {
  std::string digits = std::to_string(value);
  for (std::size_t from_end = 3; from_end < digits.size(); from_end += 4)
    digits.insert(digits.size() - from_end, 1, ' ');
  return digits;
}

std::string signed_grouped(i64 value) {
  const u64 size = value < 0 ? wrapping_sub(u64(0), as_unsigned(value)) : u64(value);
  return fmt::format("{}{}", value < 0 ? '-' : '+', grouped(size));
}

std::string source_text(std::string_view source) {
  return fmt::format("{}: {}", source,
                     source == "simulated" ? "a host in this process, not this machine's clock"
                                           : "the page that the host keeps for this machine");
}

std::string time_text(u64 time_ns) {
  const u64 seconds = time_ns / 1'000'000'000;
  return fmt::format("{}.{:09} s since this clock's zero ({} d {:02}:{:02}:{:02})", seconds, time_ns % 1'000'000'000,
                     seconds / 86400, seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
}

std::string stable_text(bool stable) {
  return stable ? "yes: every processor's reading agrees"
                : "NO: processors may disagree; keep the latest time that any of them was given";
}

std::string stopped_text(bool stopped) {
  return stopped ? "YES: the host paused this guest; do not let watchdogs fire" : "no";
}

std::string difference_text(i64 difference_ns) {
  const bool plausible = difference_ns > -100'000 && difference_ns < 100'000;
  return fmt::format("{} ns per second against CLOCK_MONOTONIC_RAW{}", signed_grouped(difference_ns),
                     plausible ? "" : ": MORE THAN 100 PPM, one of the two is wrong");
}

std::string offset_text(i64 offset_ns) {
  return fmt::format("{} ns to CLOCK_BOOTTIME (any value: the zeros differ)", signed_grouped(offset_ns));
}

template <class Value, class Text>
std::string line(std::string_view label, const std::optional<Value>& value, Text text) {
  return fmt::format("{:<14} {}\n", label, value ? std::string(text(*value)) : std::string("unknown"));
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
  return line("source", std::optional(report.source), source_text) + line("time", report.time_ns, time_text) +
         line("stable", report.stable, stable_text) + line("guest stopped", report.guest_stopped, stopped_text) +
         line("frequency", report.frequency_hz, [](u64 hz) { return grouped(hz) + " Hz"; }) +
         line("error bound", report.error_bound_ns,
              [](u64 ns) { return grouped(ns) + " ns of conversion; the host's own accuracy is not in it"; }) +
         line("page version", report.version, [](u32 version) { return std::to_string(version); }) +
         line("rate", report.os_difference_ns, difference_text) + line("offset", report.os_offset_ns, offset_text);
}

}  // namespace guestclock::tools
