// SPDX-License-Identifier: BSL-1.0
/// \file tests/core/unix_time_test.cpp
#include <guestclock/unix_time.hpp>

#include <gtest/gtest.h>

namespace {

using namespace guestclock;

constexpr unix_time at(i64 seconds, u32 nanoseconds = 0) { return *unix_time::from_parts(seconds, nanoseconds); }

static_assert(at(1, 5) == unix_time::from_nanoseconds(u64(1'000'000'005)));
static_assert(unix_time{} == at(0) && unix_time{} != at(0, 1) && unix_time{} < at(0, 1));

TEST(UnixTime, KeepsItsParts) {
  EXPECT_EQ(at(-2, 999'999'999).seconds(), -2);
  EXPECT_EQ(at(-2, 999'999'999).nanoseconds(), 999'999'999U);
  EXPECT_EQ(at(3, 4).since_epoch(), *duration::from_parts(3, 4));
  EXPECT_EQ(unix_time::from_parts(0, 1'000'000'000).error(), clock_error::out_of_range);
}

TEST(UnixTime, CountsNanosecondsBefore1970Downwards) {
  const unix_time before = unix_time::from_nanoseconds(i64(-1));
  EXPECT_EQ(before.seconds(), -1);
  EXPECT_EQ(before.nanoseconds(), 999'999'999U);
  EXPECT_EQ(before.to_nanoseconds().error(), clock_error::out_of_range);
}

TEST(UnixTime, HasACountOfNanosecondsUntil2554) {
  EXPECT_EQ(*unix_time::from_nanoseconds(max_of<u64>).to_nanoseconds(), max_of<u64>);
  EXPECT_EQ(unix_time::from_nanoseconds(max_of<u64>), at(18'446'744'073, 709'551'615));
  EXPECT_EQ(at(18'446'744'073, 709'551'616).to_nanoseconds().error(), clock_error::out_of_range);
}

TEST(UnixTime, IsAPointThatDurationsLeadTo) {
  EXPECT_EQ(*checked_add(at(1, 999'999'999), duration::from_nanoseconds(u64(2))), at(2, 1));
  EXPECT_EQ(*checked_add(at(0), duration::minus_nanoseconds(1)), at(-1, 999'999'999));
  EXPECT_EQ(checked_add(at(max_of<i64>), duration::from_nanoseconds(u64(1'000'000'000))).error(), clock_error::out_of_range);
  EXPECT_EQ(*checked_sub(at(-1), at(1)), *duration::from_parts(-2, 0));
  EXPECT_EQ(checked_sub(at(max_of<i64>), at(-1)).error(), clock_error::out_of_range);
}

}  // namespace
