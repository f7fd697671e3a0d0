// SPDX-License-Identifier: BSL-1.0
/// \file tests/core/parse_exhaustive_test.cpp
/// Every minute of a leap year through format and parse, of RFC 3339 and of strftime and strptime; every day of both ends.
#include <guestclock/calendar/format.hpp>
#include <guestclock/calendar/parse.hpp>

#include <array>
#include <string_view>

#include <gtest/gtest.h>

namespace {

using namespace guestclock;

bool returns(unix_time point, i32 offset = 0) {
  std::array<char, rfc3339_size_max> text;
  const date_time time = *date_time_from(point, offset);
  const written out = format_rfc3339(text.data(), text.size(), time);
  const auto in = parse_rfc3339(text.data(), out.count);
  const auto in_seconds = parse_unix_time(text.data(), out.count);
  return out && in && *in == time && in_seconds && *in_seconds == point;
}

bool returns_by_fields(unix_time point) {
  constexpr std::string_view format = "%a %b %e %Y %H:%M:%S %j %w %z";
  std::array<char, 64> text;
  const tm_fields fields = *tm_of(*date_time_from(point));
  const written out = strftime(text.data(), text.size(), format.data(), format.size(), fields);
  const auto in = strptime(text.data(), out.count, format.data(), format.size());
  return out && in && in->end == out.count && in->fields.tm_year == fields.tm_year &&
         in->fields.tm_mon == fields.tm_mon && in->fields.tm_mday == fields.tm_mday &&
         in->fields.tm_hour == fields.tm_hour && in->fields.tm_min == fields.tm_min &&
         in->fields.tm_sec == fields.tm_sec && in->fields.tm_wday == fields.tm_wday &&
         in->fields.tm_yday == fields.tm_yday && in->fields.tm_gmtoff == 0;
}

TEST(ParseExhaustive, EveryMinuteOfALeapYear) {
  int wrong = 0;
  for (i64 seconds = 1'704'067'200; seconds < 1'735'689'600; seconds += 60) {  // 2024
    const unix_time point = *unix_time::from_parts(seconds, 0);
    const i32 offset = static_cast<i32>(seconds / 60 % 2'879 - 1'439) * 60;
    const bool right = returns(point) && returns(point, offset) && returns_by_fields(point);
    if (!right && ++wrong < 5) ADD_FAILURE() << seconds;
  }
  EXPECT_EQ(wrong, 0);
}

TEST(ParseExhaustive, EveryDayOfAnEraAboutTheYearZeroAndAtBothEnds) {
  int wrong = 0;
  for (const i64 first : {i64{-719'528 - 73'000}, civil_days_min, civil_days_max - 146'096})
    for (i64 day = first; day < first + 146'097; ++day)
      if (!returns(*unix_time::from_parts(day * seconds_per_day + 86'399, 1)) && ++wrong < 5) ADD_FAILURE() << day;
  EXPECT_EQ(wrong, 0);
}

}  // namespace
