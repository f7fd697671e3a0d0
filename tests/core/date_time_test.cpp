// SPDX-License-Identifier: BSL-1.0
/// \file tests/core/date_time_test.cpp
#include <guestclock/calendar/date_time.hpp>

#include <string_view>

#include <gtest/gtest.h>

namespace {

using namespace guestclock;

constexpr unix_time at(i64 seconds, u32 nanoseconds = 0) { return *unix_time::from_parts(seconds, nanoseconds); }
constexpr date_time noon{.year = 2024, .month = 2, .day = 29, .hour = 12, .minute = 30, .second = 15, .nanosecond = 5};

static_assert(unix_time_of(noon)->seconds() == 1'709'209'815);
static_assert(*date_time_from(at(1'709'209'815, 5)) == noon);

void expect_error(date_time time, date_field field, i64 value, i64 low, i64 high) {
  const field_error error = first_error(time);
  EXPECT_EQ(error.field, field);
  EXPECT_EQ(error.value, value);
  EXPECT_EQ(error.low, low);
  EXPECT_EQ(error.high, high);
  EXPECT_EQ(check(time).error(), clock_error::out_of_range);
  EXPECT_EQ(unix_time_of(time).error(), clock_error::out_of_range);
}

TEST(DateTime, NamesTheFieldThatIsWrong) {
  const auto with = [](auto change) {
    date_time time = noon;
    change(time);
    return time;
  };
  expect_error(with([](date_time& t) { t.year = civil_year_max + 1; }), date_field::year, civil_year_max + 1,
               civil_year_min, civil_year_max);
  expect_error(with([](date_time& t) { t.year = civil_year_min - 1; }), date_field::year, civil_year_min - 1,
               civil_year_min, civil_year_max);
  expect_error(with([](date_time& t) { t.month = 13; }), date_field::month, 13, 1, 12);
  expect_error(with([](date_time& t) { t.month = 4, t.day = 31; }), date_field::day, 31, 1, 30);
  expect_error(with([](date_time& t) { t.day = 0; }), date_field::day, 0, 1, 29);
  expect_error(with([](date_time& t) { t.hour = 24; }), date_field::hour, 24, 0, 23);
  expect_error(with([](date_time& t) { t.minute = 60; }), date_field::minute, 60, 0, 59);
  expect_error(with([](date_time& t) { t.second = 60; }), date_field::second, 60, 0, 59);
  expect_error(with([](date_time& t) { t.nanosecond = 1'000'000'000; }), date_field::nanosecond, 1'000'000'000, 0,
               999'999'999);
  expect_error(with([](date_time& t) { t.utc_offset_seconds = 86'400; }), date_field::utc_offset, 86'400, -86'399,
               86'399);
  expect_error(with([](date_time& t) { t.utc_offset_seconds = -86'400; }), date_field::utc_offset, -86'400, -86'399,
               86'399);
  EXPECT_EQ(first_error(noon).field, date_field::none);
  EXPECT_EQ(*check(noon), noon);
}

TEST(DateTime, HasNamesForItsFields) {
  using namespace std::string_view_literals;
  EXPECT_EQ(name_of(date_field::none), "none"sv);
  EXPECT_EQ(name_of(date_field::year), "year"sv);
  EXPECT_EQ(name_of(date_field::month), "month"sv);
  EXPECT_EQ(name_of(date_field::day), "day"sv);
  EXPECT_EQ(name_of(date_field::hour), "hour"sv);
  EXPECT_EQ(name_of(date_field::minute), "minute"sv);
  EXPECT_EQ(name_of(date_field::second), "second"sv);
  EXPECT_EQ(name_of(date_field::nanosecond), "nanosecond"sv);
  EXPECT_EQ(name_of(date_field::utc_offset), "utc_offset"sv);
  EXPECT_EQ(name_of(static_cast<date_field>(99)), "none"sv);
}

TEST(DateTime, ShowsPointsBefore1970) {
  EXPECT_EQ(*date_time_from(at(-1, 999'999'999)), (date_time{1969, 12, 31, 23, 59, 59, 999'999'999}));
  EXPECT_EQ(unix_time_of({0, 1, 1})->seconds(), -62'167'219'200);
}

TEST(DateTime, ShowsPointsAtAnOffset) {
  const date_time india = *date_time_from(at(1'709'209'815, 5), 19'800);
  EXPECT_EQ(india, (date_time{2024, 2, 29, 18, 0, 15, 5, 19'800}));
  EXPECT_EQ(*unix_time_of(india), *unix_time_of(noon));
  EXPECT_NE(india, noon);
  EXPECT_EQ(date_time_from(at(0), -1)->second, 59U);
  EXPECT_EQ(date_time_from(at(0), 86'400).error(), clock_error::out_of_range);
  EXPECT_EQ(date_time_from(at(0), -86'400).error(), clock_error::out_of_range);
}

TEST(DateTime, CoversTheCalendarsRangeAndNoMore) {
  const i64 first = civil_days_min * seconds_per_day;
  const i64 last = civil_days_max * seconds_per_day + 86'399;
  for (const i64 seconds : {first, last}) EXPECT_EQ(unix_time_of(*date_time_from(at(seconds)))->seconds(), seconds);
  EXPECT_EQ(date_time_from(at(first - 1)).error(), clock_error::out_of_range);
  EXPECT_EQ(date_time_from(at(last + 1)).error(), clock_error::out_of_range);
  EXPECT_EQ(date_time_from(at(first - 1), 1)->year, civil_year_min);
  EXPECT_EQ(date_time_from(at(max_of<i64>), 1).error(), clock_error::out_of_range);
  EXPECT_EQ(date_time_from(at(min_of<i64>), -1).error(), clock_error::out_of_range);
}

TEST(DateTime, ShowsAnInstantOfAClock) {
  EXPECT_EQ(*date_time_from(instant{1'500'000'000}, at(0, 600'000'000)), (date_time{1970, 1, 1, 0, 0, 2, 100'000'000}));
  EXPECT_EQ(date_time_from(instant{1'000'000'000}, at(max_of<i64>)).error(), clock_error::out_of_range);
}

TEST(DateTime, OrdersPointsWhateverTheirOffsets) {
  const date_time earlier{2024, 3, 1, 1, 0, 0, 0, 7'200};
  const date_time later{2024, 2, 29, 23, 0, 0, 1, 0};
  EXPECT_TRUE(order_of_points(earlier, later) < 0);
  EXPECT_TRUE(order_of_points(later, {2024, 3, 1, 1, 0, 0, 1, 7'200}) == 0);
  EXPECT_TRUE(order_of_points({2024, 3, 1, 0, 0, 0, 0, 0}, later) > 0);
}

TEST(DateTime, HasADialOfTwelve) {
  EXPECT_EQ(hour_12(0), 12U);
  EXPECT_EQ(hour_12(1), 1U);
  EXPECT_EQ(hour_12(12), 12U);
  EXPECT_EQ(hour_12(23), 11U);
  EXPECT_FALSE(is_pm(11));
  EXPECT_TRUE(is_pm(12));
}

TEST(DateTime, EndsOrdinalsAsEnglishDoes) {
  using namespace std::string_view_literals;
  for (const u64 number : {1U, 21U, 101U}) EXPECT_EQ(ordinal_suffix(number), "st"sv);
  for (const u64 number : {2U, 22U}) EXPECT_EQ(ordinal_suffix(number), "nd"sv);
  for (const u64 number : {3U, 23U}) EXPECT_EQ(ordinal_suffix(number), "rd"sv);
  for (const u64 number : {0U, 4U, 11U, 12U, 13U, 111U, 20U}) EXPECT_EQ(ordinal_suffix(number), "th"sv);
}

TEST(DateTime, AddsMonthsByPolicy) {
  constexpr civil_date january{2023, 1, 31};
  EXPECT_EQ(*add_months(january, 1, end_of_month::clamp), (civil_date{2023, 2, 28}));
  EXPECT_EQ(*add_months(january, 1, end_of_month::overflow), (civil_date{2023, 3, 3}));
  EXPECT_EQ(add_months(january, 1, end_of_month::refuse).error(), clock_error::out_of_range);
  EXPECT_EQ(*add_months(january, 2, end_of_month::refuse), (civil_date{2023, 3, 31}));
  EXPECT_EQ(*add_months(january, -1, end_of_month::refuse), (civil_date{2022, 12, 31}));
  EXPECT_EQ(*add_years(civil_date{2024, 2, 29}, 1, end_of_month::clamp), (civil_date{2025, 2, 28}));
  EXPECT_EQ(*add_years(civil_date{2024, 2, 29}, -4, end_of_month::refuse), (civil_date{2020, 2, 29}));
  EXPECT_EQ(*add_months(noon, 12, end_of_month::overflow), (date_time{2025, 3, 1, 12, 30, 15, 5}));
  EXPECT_EQ(add_years(noon, 1, end_of_month::clamp)->day, 28U);
}

TEST(DateTime, AddsNoMonthsBeyondTheRange) {
  constexpr civil_date last{civil_year_max, 12, 31};
  EXPECT_EQ(add_months(last, 1, end_of_month::clamp).error(), clock_error::out_of_range);
  EXPECT_EQ(add_months(last, max_of<i64>, end_of_month::clamp).error(), clock_error::out_of_range);
  EXPECT_EQ(add_months(civil_date{civil_year_min, 1, 1}, -1, end_of_month::clamp).error(), clock_error::out_of_range);
  EXPECT_EQ(add_years(last, max_of<i64>, end_of_month::clamp).error(), clock_error::out_of_range);
  EXPECT_EQ(add_years(noon, min_of<i64>, end_of_month::clamp).error(), clock_error::out_of_range);
  EXPECT_EQ(add_months(noon, min_of<i64>, end_of_month::clamp).error(), clock_error::out_of_range);
}

TEST(DateTime, CarriesAnyFieldsOver) {
  EXPECT_EQ(
      *normalise({.year = 2024, .month = 14, .day = 31, .hour = -1, .minute = 75, .second = -5, .nanosecond = -1}),
      (date_time{2025, 3, 3, 0, 14, 54, 999'999'999}));
  EXPECT_EQ(*normalise({.year = 2024, .month = 3, .day = 0}), (date_time{2024, 2, 29}));
  EXPECT_EQ(*normalise({.year = 1970, .second = -1}), (date_time{1969, 12, 31, 23, 59, 59}));
  EXPECT_EQ(*normalise({.year = 2024, .month = 0}), (date_time{2023, 12, 1}));
}

TEST(DateTime, CarriesFieldsThatOnlyTogetherAreInRange) {
  // 12 · 2^59 months are 2^59 years; and so many hours are as many days.
  EXPECT_EQ(*normalise({.year = (i64(1) << 59) + 2000, .month = 1 - 12 * (i64(1) << 59)}), (date_time{2000, 1, 1}));
  EXPECT_EQ(*normalise({.year = 1970, .day = 1 - (i64(1) << 58), .hour = 24 * (i64(1) << 58)}),
            (date_time{1970, 1, 1}));
  EXPECT_EQ(normalise({.year = max_of<i64>}).error(), clock_error::out_of_range);
  EXPECT_EQ(normalise({.year = min_of<i64>}).error(), clock_error::out_of_range);
  EXPECT_EQ(normalise({.year = civil_year_max, .month = 13}).error(), clock_error::out_of_range);
  EXPECT_EQ(normalise({.year = civil_year_min, .nanosecond = -1}).error(), clock_error::out_of_range);
}

TEST(SystemTime, SaysByHowMuchATimeIsBeforeAnother) {
  const system_time earlier(at(10));
  const system_time later(at(12, 5));
  EXPECT_TRUE(later.duration_since(earlier)->has_value());
  EXPECT_EQ(**later.duration_since(earlier), *duration::from_parts(2, 5));
  EXPECT_FALSE(earlier.duration_since(later)->has_value());
  EXPECT_EQ(earlier.duration_since(later)->signed_span(), *duration::from_parts(-3, 999'999'995));
  EXPECT_EQ(**earlier.elapsed(later), *duration::from_parts(2, 5));
  EXPECT_EQ(system_time(at(max_of<i64>)).duration_since(system_time(at(-1))).error(), clock_error::out_of_range);
  EXPECT_LT(earlier, later);
  EXPECT_NE(earlier, later);
}

TEST(SystemTime, AddsAndSubtractsSpans) {
  const system_time start(at(10));
  EXPECT_EQ(*checked_add(start, *duration::from_parts(1, 5)), system_time(at(11, 5)));
  EXPECT_EQ(*checked_sub(start, *duration::from_parts(1, 5)), system_time(at(8, 999'999'995)));
  EXPECT_EQ(checked_sub(start, *duration::from_parts(min_of<i64>, 0)).error(), clock_error::out_of_range);
  EXPECT_EQ(checked_add(start, *duration::from_parts(max_of<i64>, 0)).error(), clock_error::out_of_range);
}

}  // namespace
