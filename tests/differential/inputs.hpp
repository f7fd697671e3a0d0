// SPDX-License-Identifier: BSL-1.0
/// \file tests/differential/inputs.hpp
/// Inputs for comparisons with other calendars: edges, and random ones that are the same in every run.
#pragma once

#include <algorithm>
#include <array>
#include <climits>
#include <cstdint>
#include <ctime>
#include <random>
#include <string>

#include <guestclock/calendar/date_time.hpp>
#include <guestclock/calendar/tm.hpp>

namespace guestclock::differential {

class inputs {
 public:
  /// A number in [low, high], often at an edge.
  std::int64_t between(std::int64_t low, std::int64_t high) {
    switch (random_() % 16) {
      case 0: return low;
      case 1: return high;
      case 2: return std::min(high, low + static_cast<std::int64_t>(random_() % 4));
      case 3: return std::max(low, high - static_cast<std::int64_t>(random_() % 4));
      default: return std::uniform_int_distribution<std::int64_t>(low, high)(random_);
    }
  }
  bool one_in(unsigned count) { return random_() % count == 0; }
  /// Any int: an ordinary one of [low, high], an end of the range, or anything.
  int any_int(int low, int high) {
    if (one_in(8)) return static_cast<int>(between(INT_MIN, INT_MAX));
    if (one_in(8)) return static_cast<int>(between(-1'000, 1'000));
    return static_cast<int>(between(low, high));
  }
  /// A struct tm with any int in any field.
  std::tm any_tm() {
    std::tm time{};
    time.tm_sec = any_int(0, 60);
    time.tm_min = any_int(0, 59);
    time.tm_hour = any_int(0, 23);
    time.tm_mday = any_int(1, 31);
    time.tm_mon = any_int(0, 11);
    time.tm_year = any_int(-3'000, 3'000);
    time.tm_wday = any_int(0, 6);
    time.tm_yday = any_int(0, 365);
    time.tm_isdst = any_int(-1, 1);
    time.tm_gmtoff = any_int(-86'399, 86'399);
    time.tm_zone = "UTC";
    return time;
  }
  char one_of(const std::string& characters) { return characters[random_() % characters.size()]; }

 private:
  std::mt19937_64 random_{2'026};
};

/// Seconds whose year a struct tm can hold.
inline constexpr std::int64_t tm_seconds_low = -67'768'040'609'740'800;
inline constexpr std::int64_t tm_seconds_high = 67'768'036'191'676'799;

inline tm_fields fields_of(const std::tm& time) {
  return {time.tm_sec,  time.tm_min,  time.tm_hour, time.tm_mday,  time.tm_mon,
          time.tm_year, time.tm_wday, time.tm_yday, time.tm_isdst, static_cast<i32>(time.tm_gmtoff),
          time.tm_zone};
}

}  // namespace guestclock::differential
