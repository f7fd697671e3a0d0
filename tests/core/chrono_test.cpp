// SPDX-License-Identifier: BSL-1.0
/// \file tests/core/chrono_test.cpp
#include <guestclock/calendar/chrono.hpp>

#include <chrono>
#include <limits>

#include <gtest/gtest.h>

namespace {

using namespace guestclock;
using namespace std::chrono_literals;

static_assert(*from_chrono(2024y / 2 / 29) == civil_date{2024, 2, 29});
static_assert(from_chrono(-1ns) == *duration::from_parts(-1, 999'999'999));

TEST(Chrono, ConvertsSpans) {
  EXPECT_EQ(*to_chrono(*duration::from_parts(-2, 500'000'000)), -1500ms);
  EXPECT_EQ(from_chrono(-1500ms), *duration::from_parts(-2, 500'000'000));
  EXPECT_EQ(to_chrono(*duration::from_parts(10'000'000'000, 0)).error(), clock_error::out_of_range);
}

TEST(Chrono, ConvertsPoints) {
  const auto point = std::chrono::sys_days(2024y / 2 / 29) + 12h + 5ns;
  EXPECT_EQ(from_chrono(point), *unix_time::from_parts(1'709'208'000, 5));
  EXPECT_EQ(*to_chrono(*unix_time::from_parts(1'709'208'000, 5)), point);
  EXPECT_EQ(to_chrono(*unix_time::from_parts(10'000'000'000, 0)).error(), clock_error::out_of_range);
  EXPECT_EQ(to_chrono_seconds(*unix_time::from_parts(-1, 999'999'999)).time_since_epoch(), -1s);
  EXPECT_EQ(from_chrono(std::chrono::sys_seconds(-1s)), *unix_time::from_parts(-1, 0));
}

TEST(Chrono, ConvertsDates) {
  EXPECT_EQ(*to_chrono(civil_date{2024, 2, 29}), 2024y / 2 / 29);
  EXPECT_EQ(to_chrono(civil_date{2023, 2, 29}).error(), clock_error::out_of_range);
  EXPECT_EQ(to_chrono(civil_date{32'768, 1, 1}).error(), clock_error::out_of_range);
  EXPECT_EQ(to_chrono(civil_date{-32'768, 1, 1}).error(), clock_error::out_of_range);
  EXPECT_EQ(*from_chrono(2024y / 2 / 29), (civil_date{2024, 2, 29}));
  EXPECT_EQ(from_chrono(2023y / 2 / 29).error(), clock_error::out_of_range);
}

TEST(Chrono, ConvertsDays) {
  EXPECT_EQ(*to_chrono_days({2024, 2, 29}), std::chrono::sys_days(2024y / 2 / 29));
  EXPECT_EQ(*from_chrono(std::chrono::sys_days(2024y / 2 / 29)), (civil_date{2024, 2, 29}));
  EXPECT_EQ(to_chrono_days({2024, 2, 30}).error(), clock_error::out_of_range);
  EXPECT_EQ(to_chrono_days<std::int64_t>({civil_year_max, 12, 31})->time_since_epoch().count(), civil_days_max);
}

TEST(Chrono, RefusesDaysThatALibraryOf32BitsCannotCount) {
  EXPECT_EQ(to_chrono_days<std::int32_t>({2024, 2, 29})->time_since_epoch().count(), 19'782);
  EXPECT_EQ(to_chrono_days<std::int32_t>({civil_year_max, 12, 31}).error(), clock_error::out_of_range);
  EXPECT_EQ(to_chrono_days<std::int32_t>({civil_year_min, 1, 1}).error(), clock_error::out_of_range);
  for (const int last : {-32'767, 32'767}) EXPECT_EQ(*to_chrono({last, 12, 31}), std::chrono::year(last) / 12 / 31);
  for (const std::int32_t last : {std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int32_t>::max()})
    EXPECT_EQ(to_chrono_days<std::int32_t>(*civil_from_days(last))->time_since_epoch().count(), last);
}

}  // namespace
