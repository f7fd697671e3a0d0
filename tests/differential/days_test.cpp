// SPDX-License-Identifier: BSL-1.0
/// Days and dates against std::chrono, date, Abseil and cctz, over the range that each supports.
#include <chrono>

#include <gtest/gtest.h>

#include <guestclock/calendar/civil.hpp>

#include "inputs.hpp"

#ifdef GUESTCLOCK_HAS_DATE
#include <date/date.h>
#include <date/iso_week.h>
#endif
#ifdef GUESTCLOCK_HAS_ABSL
#include <absl/time/civil_time.h>
#endif
#ifdef GUESTCLOCK_HAS_CCTZ
#include <cctz/civil_time.h>
#endif

namespace {

using namespace guestclock;
using namespace guestclock::differential;

constexpr int rounds = 300'000;
/// Of the years of std::chrono and date, −32 767 to 32 767.
constexpr i64 chrono_days_low = -12'687'428;
constexpr i64 chrono_days_high = 11'248'737;

TEST(DaysDifferential, AsStdChronoEveryDayOfItsYears) {
  int wrong = 0;
  for (i64 day = chrono_days_low; day <= chrono_days_high; ++day) {
    const std::chrono::sys_days point(std::chrono::days(static_cast<int>(day)));
    const std::chrono::year_month_day theirs(point);
    const auto ours = civil_from_days(day);
    const bool same = ours->year == static_cast<int>(theirs.year()) &&
                      ours->month == static_cast<unsigned>(theirs.month()) &&
                      ours->day == static_cast<unsigned>(theirs.day()) &&
                      *days_from_civil(*ours) == std::chrono::sys_days(theirs).time_since_epoch().count() &&
                      weekday_number(day) + 1 == std::chrono::weekday(point).iso_encoding() &&
                      is_leap_year(ours->year) == theirs.year().is_leap();
    if (!same && ++wrong < 5) ADD_FAILURE() << "day " << day;
  }
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(civil_from_days(chrono_days_low)->year, -32'767);
  EXPECT_EQ(civil_from_days(chrono_days_high)->year, 32'767);
}

TEST(DaysDifferential, AcceptsTheDatesThatStdChronoDoes) {
  inputs in;
  for (int round = 0; round < rounds; ++round) {
    const civil_date date{in.between(-32'767, 32'767), static_cast<u32>(in.between(0, 14)),
                          static_cast<u32>(in.between(0, 33))};
    const std::chrono::year_month_day theirs(std::chrono::year(static_cast<int>(date.year)),
                                             std::chrono::month(date.month), std::chrono::day(date.day));
    ASSERT_EQ(check(date).has_value(), theirs.ok()) << date.year << '-' << date.month << '-' << date.day;
  }
}

#ifdef GUESTCLOCK_HAS_DATE
TEST(DaysDifferential, AsHowardHinnantsDateAndItsIsoWeeks) {
  inputs in;
  for (int round = 0; round < rounds; ++round) {
    const i64 day = in.between(chrono_days_low + 400, chrono_days_high - 400);
    const date::sys_days point(date::days(static_cast<int>(day)));
    const date::year_month_day theirs(point);
    const auto ours = civil_from_days(day);
    ASSERT_EQ(ours->year, static_cast<int>(theirs.year())) << day;
    ASSERT_EQ(ours->month, static_cast<unsigned>(theirs.month())) << day;
    ASSERT_EQ(ours->day, static_cast<unsigned>(theirs.day())) << day;
    ASSERT_EQ(*days_from_civil(*ours), date::sys_days(theirs).time_since_epoch().count());
    const iso_week::year_weeknum_weekday their_week(point);
    const auto our_week = iso_week_of(*ours);
    ASSERT_EQ(our_week.year, static_cast<int>(their_week.year())) << day;
    ASSERT_EQ(our_week.week, static_cast<unsigned>(their_week.weeknum())) << day;
    ASSERT_EQ(our_week.day, static_cast<unsigned>(their_week.weekday())) << day;
  }
}
#endif

/// Abseil's civil time is cctz's: years of 64 bits, so all of ours.
template <class Day, class Second> void expect_civil_days(const Day& epoch) {
  inputs in;
  for (int round = 0; round < rounds; ++round) {
    const i64 day = in.between(civil_days_min, civil_days_max);
    const Day theirs = epoch + day;
    const auto ours = civil_from_days(day);
    ASSERT_EQ(ours->year, theirs.year()) << day;
    ASSERT_EQ(ours->month, static_cast<u32>(theirs.month())) << day;
    ASSERT_EQ(ours->day, static_cast<u32>(theirs.day())) << day;
    ASSERT_EQ(*days_from_civil(*ours), theirs - epoch) << day;
    ASSERT_EQ(weekday_number(day), static_cast<u32>(get_weekday(theirs))) << day;
    ASSERT_EQ(day_of_year(*ours), static_cast<u32>(get_yearday(theirs))) << day;
  }
  // Any numbers in the fields, carried over.
  for (int round = 0; round < rounds; ++round) {
    const civil_fields fields{in.between(-5'000'000, 5'000'000), in.any_int(1, 12),  in.any_int(1, 31),
                              in.any_int(0, 23),                 in.any_int(0, 59), in.any_int(0, 59)};
    const Second theirs(fields.year, fields.month, fields.day, fields.hour, fields.minute, fields.second);
    const auto ours = normalise(fields);
    ASSERT_TRUE(ours.has_value());
    ASSERT_EQ(ours->year, theirs.year());
    ASSERT_EQ(ours->month, static_cast<u32>(theirs.month()));
    ASSERT_EQ(ours->day, static_cast<u32>(theirs.day()));
    ASSERT_EQ(ours->hour, static_cast<u32>(theirs.hour()));
    ASSERT_EQ(ours->minute, static_cast<u32>(theirs.minute()));
    ASSERT_EQ(ours->second, static_cast<u32>(theirs.second()));
  }
}

#ifdef GUESTCLOCK_HAS_ABSL
TEST(DaysDifferential, AsAbseilOverTheWholeRange) {
  expect_civil_days<absl::CivilDay, absl::CivilSecond>(absl::CivilDay(1970, 1, 1));
}
#endif
#ifdef GUESTCLOCK_HAS_CCTZ
TEST(DaysDifferential, AsCctzOverTheWholeRange) {
  expect_civil_days<cctz::civil_day, cctz::civil_second>(cctz::civil_day(1970, 1, 1));
}
#endif

}  // namespace
