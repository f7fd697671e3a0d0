// SPDX-License-Identifier: BSL-1.0
/// \file fuzz/calendar_peers.cpp
/// The calendar against the C library's: any int in any field of a struct tm is carried over as timegm does it, any
/// seconds are shown as gmtime_r shows them, and both ways lead back. Where they differ, they do as
/// docs/calendar-differences.md says: the calendar has years before those of a struct tm, and timegm refuses what leaves
/// them but for its seconds.
///
/// Input: a byte that says what is tried; then six fields, or seconds.
///
///     bit 0     seconds to a civil time, else fields to seconds
///     bits 1–2  the fields as they are, or with a year at the least, at the greatest, or an ordinary time's
#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstddef>
#include <cstdint>
#include <ctime>

#include <guestclock/calendar/date_time.hpp>

#include "amounts.hpp"
#include "bytes.hpp"
#include "refute.hpp"

namespace guestclock::fuzz {

const char* const target_name = "fuzz_calendar_peers";
const std::size_t useful_size_max = 40;

namespace {

/// Of the years that a struct tm can hold.
constexpr std::int64_t tm_seconds_min = -67'768'040'609'740'800;
constexpr std::int64_t tm_seconds_max = 67'768'036'191'676'799;

int next_int(bytes& input) { return static_cast<int>(static_cast<std::uint32_t>(next_word(input))); }

civil_fields fields_of(const std::tm& time) {
  return {std::int64_t{time.tm_year} + 1900,
          std::int64_t{time.tm_mon} + 1,
          time.tm_mday,
          time.tm_hour,
          time.tm_min,
          time.tm_sec};
}
/// The seconds that fields are, by the day's; of those that carry_over refuses, INT64_MIN, which no day has.
std::int64_t carried_seconds(const std::tm& time) {
  const result<carried_time> carried = carry_over(fields_of(time));
  return carried ? carried->day * 86'400 + carried->second : INT64_MIN;
}
bool fits_a_tm(std::int64_t seconds) { return tm_seconds_min <= seconds && seconds <= tm_seconds_max; }

void refute_unless_same(const date_time& ours, const std::tm& theirs, const char* claim) {
  const civil_date date{ours.year, ours.month, ours.day};
  if (ours.year != std::int64_t{theirs.tm_year} + 1900 || ours.month != static_cast<unsigned>(theirs.tm_mon) + 1 ||
      ours.day != static_cast<unsigned>(theirs.tm_mday) || ours.hour != static_cast<unsigned>(theirs.tm_hour) ||
      ours.minute != static_cast<unsigned>(theirs.tm_min) || ours.second != static_cast<unsigned>(theirs.tm_sec))
    refute(claim, "a civil time is the C library's");
  if (day_of_year(date) != static_cast<unsigned>(theirs.tm_yday) + 1 ||
      (weekday_number(days_of_valid(date)) + 1) % 7 != static_cast<unsigned>(theirs.tm_wday))
    refute(claim, "its weekday and its day of the year are the C library's");
}

void to_seconds(bytes input, unsigned mode) {
  std::tm time{};
  for (int* const field : {&time.tm_year, &time.tm_mon, &time.tm_mday, &time.tm_hour, &time.tm_min, &time.tm_sec})
    *field = next_int(input);
  switch (mode >> 1 & 3) {
    case 1: time.tm_year = INT_MIN + (time.tm_year & 3); break;
    case 2: time.tm_year = INT_MAX - (time.tm_year & 3); break;
    case 3:
      time.tm_year %= 1'000;
      time.tm_mon %= 12;
      time.tm_mday %= 32;
      time.tm_hour %= 24;
      time.tm_min %= 60;
      time.tm_sec %= 61;
      break;
    default: break;
  }
  const result<date_time> ours = normalise(fields_of(time));
  const std::int64_t seconds = carried_seconds(time);
  std::tm theirs = time;
  errno = 0;
  const std::time_t answer = timegm(&theirs);
  if (answer == -1 && errno == EOVERFLOW) {
    std::tm without_seconds = time;
    without_seconds.tm_sec = std::clamp(time.tm_sec, 0, 59);
    if (ours && fits_a_tm(seconds) && fits_a_tm(carried_seconds(without_seconds)))
      refute("timegm", "what timegm refuses is no time that a struct tm can hold");
    return;
  }
  if (!ours || seconds != answer) refute("timegm", "fields are carried over as timegm does it");
  refute_unless_same(*ours, theirs, "timegm");
  const result<unix_time> point = unix_time_of(*ours);
  if (!point || point->seconds() != answer) refute("timegm", "the time that fields are has the seconds that they are");
}

void from_seconds(bytes input) {
  const auto seconds = static_cast<std::int64_t>(next_word(input));
  const result<date_time> ours = date_time_from(*unix_time::from_parts(seconds, 0));
  const std::time_t point = seconds;
  std::tm theirs{};
  const bool shows = gmtime_r(&point, &theirs) != nullptr;
  if (shows != fits_a_tm(seconds)) refute("gmtime", "gmtime_r shows the years that a struct tm can hold");
  if (ours.has_value() != (civil_seconds_min <= seconds && seconds <= civil_seconds_max))
    refute("gmtime", "seconds are shown exactly in the calendar's range");
  if (!ours) return;
  if (shows) refute_unless_same(*ours, theirs, "gmtime");
  const result<unix_time> back = unix_time_of(*ours);
  if (!back || back->seconds() != seconds) refute("gmtime", "a civil time leads back to its seconds");
}

}  // namespace
}  // namespace guestclock::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace guestclock::fuzz;
  bytes input(data, size);
  const unsigned mode = input.byte();
  if ((mode & 1) != 0) {
    from_seconds(input);
  } else {
    to_seconds(input, mode);
  }
  return 0;
}
