// SPDX-License-Identifier: BSL-1.0
/// \file tests/core/calendar_exhaustive_test.cpp
/// Every day of whole eras, and every minute of a leap year, against a calendar that only knows how to step.
#include <guestclock/calendar/date_time.hpp>

#include <array>

#include <gtest/gtest.h>

namespace {

using namespace guestclock;

/// The plainest calendar: the next day, by the lengths of months.
struct stepping_calendar {
  i64 year;
  u32 month = 1;
  u32 day = 1;
  u32 number = 1;  // in the year
  u32 weekday;     // Monday is 0

  bool is_leap() const { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }
  u32 length() const {
    constexpr std::array<u32, 12> lengths{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && is_leap() ? 29 : lengths[month - 1];
  }
  void step() {
    weekday = weekday == 6 ? 0 : weekday + 1;
    ++number;
    if (++day <= length()) return;
    day = 1;
    if (++month <= 12) return;
    month = 1;
    number = 1;
    ++year;
  }
};

/// An era of 400 years repeats, weekdays and all: years that are a multiple of 400 begin on a Saturday.
void expect_era(i64 year, i64 first_day) {
  stepping_calendar calendar{.year = year, .weekday = 5};
  i64 day = first_day;
  int wrong = 0;
  for (; calendar.year < year + 400 && calendar.year <= civil_year_max; ++day, calendar.step()) {
    if (calendar.year < civil_year_min) continue;
    const civil_date date{calendar.year, calendar.month, calendar.day};
    const auto week = iso_week_of(date);
    const bool right = *civil_from_days(day) == date && *days_from_civil(date) == day &&
                       weekday_number(day) == calendar.weekday && day_of_year(date) == calendar.number &&
                       *date_from_day_of_year(date.year, calendar.number) == date && *days_from_iso_week(week) == day &&
                       week.day == calendar.weekday + 1;
    if (!right && ++wrong < 5) ADD_FAILURE() << date.year << '-' << date.month << '-' << date.day << ", day " << day;
  }
  EXPECT_EQ(wrong, 0);
}

TEST(CalendarExhaustive, EveryDayOfTheErasAboutTheYearZero) {
  expect_era(-400, -719'528 - 146'097);
  expect_era(0, -719'528);
}
TEST(CalendarExhaustive, EveryDayOfTheErasAbout1970And2000) {
  expect_era(1600, -719'528 + 4 * 146'097);
  expect_era(2000, 10'957);
}
TEST(CalendarExhaustive, EveryDayOfTheErasAtBothEnds) {
  constexpr i64 first_era = -5'368'710;  // −2 147 484 000
  constexpr i64 last_era = 5'368'713;    // 2 147 485 200
  expect_era(400 * first_era, -719'528 + 146'097 * first_era);
  expect_era(400 * (first_era + 1), -719'528 + 146'097 * (first_era + 1));
  expect_era(400 * (last_era - 1), -719'528 + 146'097 * (last_era - 1));
  expect_era(400 * last_era, -719'528 + 146'097 * last_era);
}

TEST(CalendarExhaustive, EveryMinuteOfALeapYear) {
  stepping_calendar calendar{.year = 2024, .weekday = 0};
  i64 seconds = 1'704'067'200;  // 2024-01-01T00:00:00Z
  int wrong = 0;
  for (; calendar.year == 2024; calendar.step())
    for (u32 minute = 0; minute < 1'440; ++minute, seconds += 60) {
      const date_time expected{2024, calendar.month, calendar.day, minute / 60, minute % 60, 0, 0, 0};
      const auto shown = date_time_from(*unix_time::from_parts(seconds, 0));
      const bool right = *shown == expected && unix_time_of(expected)->seconds() == seconds;
      if (!right && ++wrong < 5) ADD_FAILURE() << seconds;
    }
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(seconds, 1'735'689'600);  // 2025-01-01T00:00:00Z
}

}  // namespace
