// SPDX-License-Identifier: BSL-1.0
/// \file tests/core/instant_test.cpp
#include <guestclock/instant.hpp>

#include <gtest/gtest.h>

namespace {

using namespace guestclock;

constexpr i64 least_seconds = min_of<i64>;
constexpr i64 most_seconds = max_of<i64>;
constexpr u32 most_nanoseconds = 999'999'999;

constexpr duration span(i64 seconds, u32 nanoseconds) { return *duration::from_parts(seconds, nanoseconds); }

TEST(Duration, HasOneFormForEverySpan) {
  const duration half_back = duration::from_nanoseconds(i64{-500'000'000});
  EXPECT_EQ(half_back.seconds(), -1);
  EXPECT_EQ(half_back.nanoseconds(), 500'000'000U);
  EXPECT_EQ(half_back, span(-1, 500'000'000));
  EXPECT_EQ(duration::from_nanoseconds(i64{-1'000'000'000}), span(-1, 0));
  EXPECT_EQ(duration::minus_nanoseconds(0), duration{});
  EXPECT_EQ(duration::from_parts(0, 1'000'000'000).error(), clock_error::out_of_range);
  EXPECT_TRUE(duration::from_parts(least_seconds, most_nanoseconds).has_value());
}

TEST(Duration, HoldsEveryCountOfNanoseconds) {
  EXPECT_EQ(duration::from_nanoseconds(max_of<u64>), span(18'446'744'073, 709'551'615));
  EXPECT_EQ(duration::minus_nanoseconds(max_of<u64>), span(-18'446'744'074, 290'448'385));
  EXPECT_EQ(*duration::from_nanoseconds(min_of<i64>).to_nanoseconds(), min_of<i64>);
  EXPECT_EQ(*duration::from_nanoseconds(max_of<i64>).to_nanoseconds(), max_of<i64>);
}

TEST(Duration, CountsNanosecondsExactlyWhereTheyFit) {
  EXPECT_EQ(*span(9'223'372'036, 854'775'807).to_nanoseconds(), max_of<i64>);
  EXPECT_EQ(span(9'223'372'036, 854'775'808).to_nanoseconds().error(), clock_error::out_of_range);
  EXPECT_EQ(*span(-9'223'372'037, 145'224'192).to_nanoseconds(), min_of<i64>);
  EXPECT_EQ(span(-9'223'372'037, 145'224'191).to_nanoseconds().error(), clock_error::out_of_range);
  EXPECT_EQ(span(least_seconds, 0).to_nanoseconds().error(), clock_error::out_of_range);
  EXPECT_EQ(span(most_seconds, 0).to_nanoseconds().error(), clock_error::out_of_range);
}

TEST(Duration, AddsAndSubtractsAtItsEdges) {
  const duration most = span(most_seconds, most_nanoseconds);
  const duration least = span(least_seconds, 0);
  const duration one = duration::from_nanoseconds(u64{1});
  EXPECT_EQ(checked_add(most, one).error(), clock_error::out_of_range);
  EXPECT_EQ(checked_sub(least, one).error(), clock_error::out_of_range);
  EXPECT_EQ(*checked_sub(most, one), span(most_seconds, most_nanoseconds - 1));
  EXPECT_EQ(*checked_add(least, one), span(least_seconds, 1));
  EXPECT_EQ(*checked_add(most, least), span(-1, most_nanoseconds));
  EXPECT_EQ(*checked_add(least, most), span(-1, most_nanoseconds));
  EXPECT_EQ(checked_sub(most, least).error(), clock_error::out_of_range);
  EXPECT_EQ(checked_sub(least, most).error(), clock_error::out_of_range);
  EXPECT_EQ(*checked_sub(least, least), duration{});
  EXPECT_EQ(*checked_sub(span(0, 0), most), span(least_seconds, 1));
}

TEST(Duration, CarriesIntoTheOperandThatHasRoom) {
  EXPECT_EQ(*checked_add(span(least_seconds, most_nanoseconds), span(0, 1)), span(least_seconds + 1, 0));
  EXPECT_EQ(*checked_add(span(most_seconds - 1, most_nanoseconds), span(0, 1)), span(most_seconds, 0));
  EXPECT_EQ(*checked_add(span(most_seconds, most_nanoseconds), span(-1, 1)), span(most_seconds, 0));
  EXPECT_EQ(*checked_sub(span(0, 0), span(most_seconds, 1)), span(least_seconds, most_nanoseconds));
}

TEST(Duration, IsOrderedByItsLength) {
  EXPECT_LT(span(-1, most_nanoseconds), duration{});
  EXPECT_LT(span(-2, most_nanoseconds), span(-1, 0));
  EXPECT_GT(span(0, 2), span(0, 1));
  EXPECT_NE(span(0, 2), span(0, 1));
  EXPECT_GE(span(1, 0), span(0, most_nanoseconds));
}

TEST(Instant, DiffersFromAnyOtherByADuration) {
  const instant first{0};
  const instant last{max_of<u64>};
  EXPECT_EQ(last - first, span(18'446'744'073, 709'551'615));
  EXPECT_EQ(first - last, span(-18'446'744'074, 290'448'385));
  EXPECT_EQ(first - first, duration{});
  EXPECT_LT(first, last);
  EXPECT_NE(first, last);
}

TEST(Instant, MovesWithinItsClockOnly) {
  const instant first{0};
  const instant last{max_of<u64>};
  const duration one = duration::from_nanoseconds(u64{1});
  EXPECT_EQ(*checked_add(first, last - first), last);
  EXPECT_EQ(*checked_add(last, first - last), first);
  EXPECT_EQ(checked_add(last, one).error(), clock_error::out_of_range);
  EXPECT_EQ(checked_add(first, duration::minus_nanoseconds(1)).error(), clock_error::out_of_range);
  EXPECT_EQ(*checked_add(last, duration::minus_nanoseconds(1)), instant{max_of<u64> - 1});
  EXPECT_EQ(checked_add(last, span(least_seconds, 0)).error(), clock_error::out_of_range);
  EXPECT_EQ(checked_add(first, span(most_seconds, 0)).error(), clock_error::out_of_range);
  EXPECT_EQ(checked_add(last, *checked_sub(first - last, one)).error(), clock_error::out_of_range);
  EXPECT_EQ(*checked_add(first, span(18'446'744'073, 709'551'615)), last);  // 2^64 − 1 ns
  EXPECT_EQ(checked_add(first, span(18'446'744'073, 709'551'616)).error(), clock_error::out_of_range);
}

static_assert(*checked_add(instant{5}, instant{7} - instant{5}) == instant{7});

}  // namespace
