// SPDX-License-Identifier: BSL-1.0
/// Seconds and civil times against the C library's timegm and gmtime_r, any int in any field.
#include <cerrno>

#include <gtest/gtest.h>

#include <guestclock/calendar/date_time.hpp>

#include "inputs.hpp"

namespace {

using namespace guestclock;
using namespace guestclock::differential;

constexpr int rounds = 1'000'000;

void expect_gmtime(std::int64_t seconds) {
  const std::time_t point = seconds;
  std::tm theirs{};
  ASSERT_NE(gmtime_r(&point, &theirs), nullptr) << seconds;
  const auto ours = date_time_from(*unix_time::from_parts(seconds, 0));
  ASSERT_TRUE(ours.has_value()) << seconds;
  ASSERT_EQ(ours->year, i64{theirs.tm_year} + 1900) << seconds;
  ASSERT_EQ(ours->month, static_cast<u32>(theirs.tm_mon) + 1) << seconds;
  ASSERT_EQ(ours->day, static_cast<u32>(theirs.tm_mday)) << seconds;
  ASSERT_EQ(ours->hour, static_cast<u32>(theirs.tm_hour)) << seconds;
  ASSERT_EQ(ours->minute, static_cast<u32>(theirs.tm_min)) << seconds;
  ASSERT_EQ(ours->second, static_cast<u32>(theirs.tm_sec)) << seconds;
  const civil_date date{ours->year, ours->month, ours->day};
  ASSERT_EQ(day_of_year(date), static_cast<u32>(theirs.tm_yday) + 1) << seconds;
  ASSERT_EQ((weekday_number(days_of_valid(date)) + 1) % 7, static_cast<u32>(theirs.tm_wday)) << seconds;
  ASSERT_EQ(unix_time_of(*ours)->seconds(), timegm(&theirs)) << seconds;
}

TEST(SecondsDifferential, AsGmtimeOverTheRangeOfAStructTm) {
  inputs in;
  for (int round = 0; round < rounds; ++round) {
    expect_gmtime(in.between(tm_seconds_low, tm_seconds_high));
    expect_gmtime(in.between(-200'000'000'000, 300'000'000'000));
    if (HasFatalFailure()) return;
  }
}

/// Whether a struct tm can hold the time, carried over, with the nearest second in [0, 59].
bool fits_but_for_its_seconds(const std::tm& time) {
  const auto carried = carry_over(civil_fields{i64{time.tm_year} + 1900, i64{time.tm_mon} + 1, time.tm_mday,
                                               time.tm_hour, time.tm_min, std::clamp(time.tm_sec, 0, 59)});
  if (!carried) return false;
  const i64 seconds = carried->day * seconds_per_day + carried->second;
  return tm_seconds_low <= seconds && seconds <= tm_seconds_high;
}

/// Two differences: years before those that a struct tm can hold, of which the calendar has 1900 more; and times that
/// leave that range, to come back by their seconds.
TEST(SecondsDifferential, AsTimegmWithAnyIntInAnyField) {
  inputs in;
  int accepted = 0, refused = 0, beyond = 0;
  for (int round = 0; round < rounds; ++round) {
    std::tm time = in.any_tm();
    if (in.one_in(4)) {  // about the ends of the range
      time.tm_year = static_cast<int>(in.one_in(2) ? INT_MAX - in.between(0, 3) : INT_MIN + in.between(0, 3));
      time.tm_mon = in.any_int(-30, 30);
    }
    const auto ours = carry_over(
        civil_fields{i64{time.tm_year} + 1900, i64{time.tm_mon} + 1, time.tm_mday, time.tm_hour, time.tm_min, time.tm_sec});
    errno = 0;
    std::tm carried = time;
    const std::int64_t theirs = timegm(&carried);
    if (theirs == -1 && errno == EOVERFLOW) {
      if (ours) {
        const i64 seconds = ours->day * seconds_per_day + ours->second;
        ASSERT_TRUE(seconds < tm_seconds_low || !fits_but_for_its_seconds(time))
            << time.tm_year << ' ' << time.tm_mon << ' ' << time.tm_mday;
        ++beyond;
      }
      ++refused;
      continue;
    }
    ASSERT_TRUE(ours.has_value()) << time.tm_year << ' ' << time.tm_mon << ' ' << time.tm_mday;
    ASSERT_EQ(ours->day * seconds_per_day + ours->second, theirs);
    const auto shown = date_time_on(date_of_valid(ours->day), ours->second, 0, 0);
    ASSERT_EQ(shown.year, i64{carried.tm_year} + 1900);
    ASSERT_EQ(shown.month, static_cast<u32>(carried.tm_mon) + 1);
    ASSERT_EQ(shown.day, static_cast<u32>(carried.tm_mday));
    ++accepted;
  }
  EXPECT_GT(accepted, rounds / 2);
  EXPECT_GT(refused, 1'000);
  EXPECT_GT(beyond, 100);
}

}  // namespace
