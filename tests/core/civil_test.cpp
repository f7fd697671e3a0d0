// SPDX-License-Identifier: BSL-1.0
/// \file tests/core/civil_test.cpp
#include <guestclock/calendar/civil.hpp>

#include <array>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace {

using namespace guestclock;

static_assert(*civil_from_days(0) == civil_date{1970, 1, 1});
static_assert(*days_from_civil({2000, 3, 1}) == 11'017);
static_assert(*civil_from_days(civil_days_min) == civil_date{civil_year_min, 1, 1});
static_assert(*civil_from_days(civil_days_max) == civil_date{civil_year_max, 12, 31});
static_assert(civil_year_max == 2'147'483'647LL + 1900, "tm_year counts from 1900");
static_assert(civil_year_shift % 400 == 0 && civil_year_shift == civil_years_shift_back + 1);

TEST(Civil, KnowsLeapYears) {
  for (const i64 year : {2000, 2024, 0, -4, -400}) EXPECT_TRUE(is_leap_year(year)) << year;
  for (const i64 year : {1900, 2023, 2100, -1, -100}) EXPECT_FALSE(is_leap_year(year)) << year;
  EXPECT_FALSE(is_leap_year(max_of<i64>));
  EXPECT_TRUE(is_leap_year(min_of<i64>));  // −2^63 is a multiple of 16, and of no 25
  EXPECT_EQ(days_in_year(2024), 366U);
  EXPECT_EQ(days_in_year(2023), 365U);
}

TEST(Civil, KnowsHowLongMonthsAre) {
  constexpr std::array<u32, 12> lengths{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  for (u32 month = 1; month <= 12; ++month) EXPECT_EQ(days_in_month(2023, month), lengths[month - 1]) << month;
  EXPECT_EQ(days_in_month(2024, 2), 29U);
}

TEST(Civil, RefusesWhatIsNoDate) {
  for (const civil_date wrong : {civil_date{2023, 2, 29},
                                 {2024, 2, 30},
                                 {2024, 4, 31},
                                 {2024, 0, 1},
                                 {2024, 13, 1},
                                 {2024, 1, 0},
                                 {2024, 1, 32},
                                 {civil_year_min - 1, 12, 31},
                                 {civil_year_max + 1, 1, 1}}) {
    EXPECT_EQ(check(wrong).error(), clock_error::out_of_range) << wrong.year << '-' << wrong.month << '-' << wrong.day;
    EXPECT_EQ(days_from_civil(wrong).error(), clock_error::out_of_range);
  }
  EXPECT_EQ(*check({2024, 2, 29}), (civil_date{2024, 2, 29}));
}

TEST(Civil, CountsDaysFrom1970) {
  EXPECT_EQ(*days_from_civil({1970, 1, 1}), 0);
  EXPECT_EQ(*days_from_civil({1969, 12, 31}), -1);
  EXPECT_EQ(*days_from_civil({1970, 2, 28}), 58);
  EXPECT_EQ(*days_from_civil({0, 3, 1}), -719'468);
  EXPECT_EQ(*days_from_civil({civil_year_min, 1, 1}), civil_days_min);
  EXPECT_EQ(*days_from_civil({civil_year_max, 12, 31}), civil_days_max);
  EXPECT_EQ(*civil_from_days(19'782), (civil_date{2024, 2, 29}));
}

TEST(Civil, HasNoDateBeyondItsRange) {
  EXPECT_EQ(civil_from_days(civil_days_min - 1).error(), clock_error::out_of_range);
  EXPECT_EQ(civil_from_days(civil_days_max + 1).error(), clock_error::out_of_range);
  EXPECT_EQ(civil_from_days(max_of<i64>).error(), clock_error::out_of_range);
}

TEST(Civil, OrdersDatesByYearMonthAndDay) {
  constexpr civil_date date{2024, 6, 15};
  EXPECT_LT(date, (civil_date{2025, 1, 1}));
  EXPECT_LT(date, (civil_date{2024, 7, 1}));
  EXPECT_LT(date, (civil_date{2024, 6, 16}));
  EXPECT_NE(date, (civil_date{2024, 6, 16}));
  EXPECT_EQ(date, date);
}

TEST(Civil, NamesWeekdaysAndMonths) {
  using namespace std::string_view_literals;
  EXPECT_EQ(weekday_of(0), weekday::thursday);
  EXPECT_EQ(weekday_of(-1), weekday::wednesday);
  constexpr std::array names{"Monday"sv, "Tuesday"sv,  "Wednesday"sv, "Thursday"sv,
                             "Friday"sv, "Saturday"sv, "Sunday"sv};
  for (u32 number = 0; number < 7; ++number) {
    EXPECT_EQ(name_of(*weekday_from(number)), names[number]);
    EXPECT_EQ(short_name_of(*weekday_from(number)), names[number].substr(0, 3));
  }
  constexpr std::array months{"January"sv, "February"sv, "March"sv,     "April"sv,   "May"sv,      "June"sv,
                              "July"sv,    "August"sv,   "September"sv, "October"sv, "November"sv, "December"sv};
  for (u32 number = 1; number <= 12; ++number) {
    EXPECT_EQ(name_of(*month_from(number)), months[number - 1]);
    EXPECT_EQ(short_name_of(*month_from(number)), months[number - 1].substr(0, 3));
  }
  EXPECT_EQ(weekday_from(7).error(), clock_error::out_of_range);
  EXPECT_EQ(month_from(0).error(), clock_error::out_of_range);
  EXPECT_EQ(name_of(static_cast<weekday>(7)), "unknown"sv);
  EXPECT_EQ(name_of(static_cast<month>(13)), "unknown"sv);
  EXPECT_EQ(short_name_of(static_cast<weekday>(7)), "???"sv);
  EXPECT_EQ(short_name_of(static_cast<month>(0)), "???"sv);
}

TEST(Civil, HasAWeekdayForEveryDayThatAWordHolds) {
  EXPECT_EQ(weekday_number(max_of<i64>), 3U);  // 2^63 − 1 is a multiple of 7, and 1970-01-01 was a Thursday
  EXPECT_EQ(weekday_number(min_of<i64>), 2U);
}

TEST(Civil, NumbersTheDaysOfAYear) {
  EXPECT_EQ(day_of_year({2024, 1, 1}), 1U);
  EXPECT_EQ(day_of_year({2024, 2, 29}), 60U);
  EXPECT_EQ(day_of_year({2024, 3, 1}), 61U);
  EXPECT_EQ(day_of_year({2024, 12, 31}), 366U);
  EXPECT_EQ(day_of_year({2023, 3, 1}), 60U);
  EXPECT_EQ(day_of_year({2023, 12, 31}), 365U);
  EXPECT_EQ(*date_from_day_of_year(2024, 60), (civil_date{2024, 2, 29}));
  EXPECT_EQ(*date_from_day_of_year(2023, 60), (civil_date{2023, 3, 1}));
  EXPECT_EQ(*date_from_day_of_year(2023, 31), (civil_date{2023, 1, 31}));
  EXPECT_EQ(date_from_day_of_year(2023, 366).error(), clock_error::out_of_range);
  EXPECT_EQ(date_from_day_of_year(2023, 0).error(), clock_error::out_of_range);
  EXPECT_EQ(date_from_day_of_year(civil_year_max + 1, 1).error(), clock_error::out_of_range);
}

TEST(Civil, HasFourQuarters) {
  for (u32 month = 1; month <= 12; ++month) EXPECT_EQ(quarter_of(month), (month - 1) / 3 + 1);
}

// The examples of ISO 8601's tables, and years of 53 weeks.
TEST(Civil, KnowsTheWeeksOfIso8601) {
  EXPECT_EQ(iso_week_of({2005, 1, 1}), (iso_week_date{2004, 53, 6}));
  EXPECT_EQ(iso_week_of({2005, 12, 31}), (iso_week_date{2005, 52, 6}));
  EXPECT_EQ(iso_week_of({2007, 1, 1}), (iso_week_date{2007, 1, 1}));
  EXPECT_EQ(iso_week_of({2008, 12, 29}), (iso_week_date{2009, 1, 1}));
  EXPECT_EQ(iso_week_of({2010, 1, 3}), (iso_week_date{2009, 53, 7}));
  EXPECT_EQ(iso_week_of({2026, 1, 4}), (iso_week_date{2026, 1, 7}));  // a Sunday, and the Monday after it
  EXPECT_EQ(iso_week_of({2026, 1, 5}), (iso_week_date{2026, 2, 1}));
  EXPECT_EQ(iso_weeks_in_year(2020), 53U);  // a leap year from a Wednesday
  EXPECT_EQ(iso_weeks_in_year(2026), 53U);  // from a Thursday
  EXPECT_EQ(iso_weeks_in_year(2014), 52U);  // from a Wednesday
  EXPECT_EQ(iso_weeks_in_year(2024), 52U);
}

TEST(Civil, FindsTheDayOfAWeekDate) {
  EXPECT_EQ(*days_from_iso_week({2009, 53, 7}), *days_from_civil({2010, 1, 3}));
  EXPECT_EQ(*days_from_iso_week({2009, 1, 1}), *days_from_civil({2008, 12, 29}));
  for (const iso_week_date wrong : {iso_week_date{2024, 53, 1},
                                    {2024, 0, 1},
                                    {2024, 1, 0},
                                    {2024, 1, 8},
                                    {civil_year_max + 2, 1, 1},
                                    {civil_year_min - 2, 52, 7}})
    EXPECT_EQ(days_from_iso_week(wrong).error(), clock_error::out_of_range);
  const iso_week_date first = iso_week_of({civil_year_min, 1, 1});
  const iso_week_date last = iso_week_of({civil_year_max, 12, 31});
  EXPECT_EQ(*days_from_iso_week(first), civil_days_min);
  EXPECT_EQ(*days_from_iso_week(last), civil_days_max);
  EXPECT_EQ(days_from_iso_week({civil_year_min - 1, 1, 1}).error(), clock_error::out_of_range);
  EXPECT_EQ(days_from_iso_week({civil_year_max + 1, 2, 1}).error(), clock_error::out_of_range);
  EXPECT_NE(first, last);
}

TEST(Civil, SplitsSecondsDownwards) {
  const auto parts = [](i64 seconds) { return split_seconds(seconds); };
  EXPECT_EQ(parts(0).day, 0);
  EXPECT_EQ(parts(86'399).second, 86'399U);
  EXPECT_EQ(parts(-1).day, -1);
  EXPECT_EQ(parts(-1).second, 86'399U);
  EXPECT_EQ(parts(-86'400).day, -1);
  EXPECT_EQ(parts(-86'400).second, 0U);
  EXPECT_EQ(parts(min_of<i64>).day, -106'751'991'167'301);
}

TEST(Civil, SplitsSecondsOfItsRangeAlone) {
  for (const i64 seconds : {civil_seconds_min, i64{-1}, i64{0}, i64{86'399}, civil_seconds_max}) {
    const auto parts = split_seconds_in_range(seconds);
    EXPECT_EQ(parts->day, split_seconds(seconds).day) << seconds;
    EXPECT_EQ(parts->second, split_seconds(seconds).second) << seconds;
  }
  EXPECT_EQ(split_seconds_in_range(civil_seconds_min)->day, civil_days_min);
  EXPECT_EQ(split_seconds_in_range(civil_seconds_max)->day, civil_days_max);
  EXPECT_EQ(split_seconds_in_range(civil_seconds_max)->second, 86'399U);
  EXPECT_EQ(split_seconds_in_range(civil_seconds_min - 1).error(), clock_error::out_of_range);
  EXPECT_EQ(split_seconds_in_range(civil_seconds_max + 1).error(), clock_error::out_of_range);
}

TEST(Civil, JoinsWhatFits) {
  for (const i64 seconds : {i64(0), i64(-1), min_of<i64>, max_of<i64>})
    EXPECT_EQ(*join_seconds(split_seconds(seconds)), seconds);
  EXPECT_EQ(join_seconds({0, 86'400}).error(), clock_error::out_of_range);
  for (const day_and_second beyond : {day_and_second{106'751'991'167'300, 55'808},
                                      {106'751'991'167'301, 0},
                                      {max_of<i64>, 0},
                                      {-106'751'991'167'301, 30'591},
                                      {-106'751'991'167'302, 86'399},
                                      {min_of<i64>, 0}})
    EXPECT_EQ(join_seconds(beyond).error(), clock_error::out_of_range) << beyond.day;
}

TEST(Civil, ConvertsBatches) {
  std::vector<i32> days;
  for (i32 day = batch_days_min; day < batch_days_max - 999'983; day += 999'983) days.push_back(day);
  for (i32 day = -1'000; day < 1'000; ++day) days.push_back(day);
  days.push_back(batch_days_max);
  std::vector<i32> years(days.size());
  std::vector<u8> months(days.size());
  std::vector<u8> days_of_month(days.size());
  EXPECT_EQ(*dates_from_days(days.data(), days.size(), years.data(), months.data(), days_of_month.data()), days.size());
  for (std::size_t i = 0; i < days.size(); ++i)
    EXPECT_EQ((civil_date{years[i], months[i], days_of_month[i]}), *civil_from_days(days[i])) << days[i];
}

TEST(Civil, ConvertsTheFirstAndTheLastDayOfEachCenturyInABatch) {
  for (i64 year = -1'400'000; year < 1'400'000; year = year + 100)
    for (const i64 day : {days_of_valid({year, 3, 1}) - 1, days_of_valid({year, 3, 1})}) {
      const auto narrow = narrow_date_of(static_cast<i32>(day));
      ASSERT_EQ((civil_date{narrow.year, narrow.month, narrow.day}), date_of_valid(day)) << day;
    }
}

TEST(Civil, RefusesBatchesWithADayOutOfRange) {
  for (const i32 beyond : {batch_days_min - 1, batch_days_max + 1}) {
    const std::array<i32, 3> days{0, beyond, 1};
    std::array<i32, 3> years{7, 7, 7};
    std::array<u8, 3> months{};
    std::array<u8, 3> days_of_month{};
    EXPECT_EQ(dates_from_days(days.data(), 3, years.data(), months.data(), days_of_month.data()).error(),
              clock_error::out_of_range);
    EXPECT_EQ(years, (std::array<i32, 3>{7, 7, 7}));
  }
}

}  // namespace
