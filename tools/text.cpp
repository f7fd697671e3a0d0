// SPDX-License-Identifier: BSL-1.0
#include "text.hpp"

namespace guestclock::tools {

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

std::string seconds_text(u64 time_ns, std::string_view since) {
  const u64 seconds = time_ns / 1'000'000'000;
  return fmt::format("{}.{:09} s{} ({} d {:02}:{:02}:{:02})", seconds, time_ns % 1'000'000'000, since, seconds / 86400,
                     seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
}

std::string clock_time_text(u64 time_ns) { return seconds_text(time_ns, " since this clock's zero"); }

std::string frequency_text(u64 frequency_hz) { return grouped(frequency_hz) + " Hz"; }

std::string stable_text(bool stable) {
  return stable ? "yes: every processor's reading agrees"
                : "NO: processors may disagree; keep the latest time that any of them was given";
}

std::string stopped_text(bool stopped) {
  return stopped ? "YES: the host paused this guest; do not let watchdogs fire" : "no";
}

std::string error_bound_text(u64 error_bound_ns) {
  return grouped(error_bound_ns) + " ns of conversion; the host's own accuracy is not in it";
}

std::string declared_bound_line(std::optional<u64> error_bound_ns) {
  return fmt::format("{:<14} {}\n", "error bound",
                     error_bound_ns
                         ? grouped(*error_bound_ns) + " ns, as the page declares it, and less than 1 ns of rounding"
                         : "none: the page declares no bound");
}

}  // namespace guestclock::tools
