// SPDX-License-Identifier: BSL-1.0
/// \file tests/core/wall_clock_test.cpp
#include <guestclock/wall_clock.hpp>

#include <cstring>

#include <gtest/gtest.h>

namespace {

using namespace guestclock;

constexpr unix_time at(i64 seconds, u32 nanoseconds = 0) { return *unix_time::from_parts(seconds, nanoseconds); }
constexpr i64 noon_of_2026_01_15 = 1'768'478'400;

template <class Layout> result<unix_time> told_by(const Layout& layout) {
  if constexpr (sizeof(Layout) == 16) return wall_clock_at<xen_wall_clock_page>(&layout);
  else return wall_clock_at(&layout);
}

TEST(WallClock, TellsTheBootTime) {
  EXPECT_EQ(*told_by(pvclock_wall_clock{2, 1'768'478'400, 123}), at(noon_of_2026_01_15, 123));
  EXPECT_EQ(*told_by(pvclock_wall_clock{0, 0, 999'999'999}), at(0, 999'999'999)) << "version 0 is legal";
}

TEST(WallClock, RefusesNanosecondsOfASecondAndMore) {
  EXPECT_EQ(told_by(pvclock_wall_clock{2, 1, 1'000'000'000}).error(), clock_error::out_of_range);
}

TEST(WallClock, IsNotReadDuringAnUpdate) {
  EXPECT_EQ(told_by(pvclock_wall_clock{3, 1, 1}).error(), clock_error::update_in_progress);
}

TEST(WallClock, NeedsAStructureAtAnAlignedAddress) {
  alignas(8) const unsigned char bytes[24]{};
  EXPECT_EQ(wall_clock_at(nullptr).error(), clock_error::no_clock);
  EXPECT_EQ(wall_clock_at(bytes + 2).error(), clock_error::no_clock);
  EXPECT_EQ(*wall_clock_at(bytes), at(0));
  EXPECT_EQ(*wall_clock_at(bytes + 4), at(0));
}

TEST(WallClock, EndsIn2106ButForXen) {
  EXPECT_EQ(*told_by(pvclock_wall_clock{2, 0xFFFF'FFFF, 0}), at(4'294'967'295));  // 2106-02-07T06:28:15Z
  EXPECT_EQ(*told_by(pvclock_wall_clock{2, 0, 0}), at(0)) << "a second later, a host that wraps says 1970";
  EXPECT_EQ(*told_by(xen_wall_clock{2, 0, 0, 1}), at(4'294'967'296));  // 2106-02-07T06:28:16Z
  EXPECT_EQ(*told_by(xen_wall_clock{2, 0xFFFF'FFFF, 0, 0x7FFF'FFFF}), at(max_of<i64>));
  EXPECT_EQ(told_by(xen_wall_clock{2, 0, 0, 0x8000'0000}).error(), clock_error::out_of_range);
}

TEST(WallClock, IsWrittenAsItIsRead) {
  pvclock_wall_clock layout{};
  writable_atomic_page<4> memory(&layout);
  EXPECT_EQ(publish_section<wall_clock_page>(memory, *wall_clock_for(at(noon_of_2026_01_15, 7))), 2U);
  EXPECT_EQ(layout.version, 2U);
  EXPECT_EQ(layout.sec, 1'768'478'400U);
  EXPECT_EQ(layout.nsec, 7U);
  xen_wall_clock xen{};
  writable_atomic_page<4> xen_memory(&xen);
  publish_section<xen_wall_clock_page>(xen_memory, *wall_clock_for<xen_wall_clock_page>(at(4'294'967'297, 7)));
  EXPECT_EQ(xen.wc_sec, 1U);
  EXPECT_EQ(xen.wc_sec_hi, 1U);
  EXPECT_EQ(*told_by(xen), at(4'294'967'297, 7));
}

TEST(WallClock, IsNotWrittenWhereItDoesNotFit) {
  EXPECT_TRUE(wall_clock_for(at(4'294'967'295, 999'999'999)).has_value());
  EXPECT_EQ(wall_clock_for(at(4'294'967'296)).error(), clock_error::out_of_range);
  EXPECT_EQ(wall_clock_for(at(-1)).error(), clock_error::out_of_range);
  EXPECT_TRUE(wall_clock_for<xen_wall_clock_page>(at(max_of<i64>)).has_value());
}

TEST(BootTime, IsTheWallClockLessTheMonotonicTime) {
  EXPECT_EQ(*boot_time(at(noon_of_2026_01_15), {1'500'000'000}), at(noon_of_2026_01_15 - 2, 500'000'000));
  EXPECT_EQ(*wall_time(at(noon_of_2026_01_15 - 2, 500'000'000), {1'500'000'000}), at(noon_of_2026_01_15));
  EXPECT_EQ(boot_time(at(min_of<i64>), {1}).error(), clock_error::out_of_range);
  EXPECT_EQ(wall_time(at(max_of<i64>), {1'000'000'000}).error(), clock_error::out_of_range);
}

TEST(BootTime, SamplesTheMonotonicClockFirst) {
  u64 now = 1'000;
  const auto monotonic = [&]() -> result<instant> { return instant{now += 10}; };
  const auto wall = [&]() -> result<unix_time> { return wall_time(at(5), {now += 10}); };
  EXPECT_EQ(*sample_boot_time(monotonic, wall), at(5, 10)) << "late by what passed, never early";
  const auto none = []() -> result<instant> { return clock_error::no_clock; };
  const auto no_wall = []() -> result<unix_time> { return clock_error::unstable; };
  EXPECT_EQ(sample_boot_time(none, wall).error(), clock_error::no_clock);
  EXPECT_EQ(sample_boot_time(monotonic, no_wall).error(), clock_error::unstable);
}

TEST(FollowedWall, StepsAtOnce) {
  const followed_wall wall = *followed_wall::step(at(1'000));
  EXPECT_EQ(*wall.wall_at({5}), at(1'000, 5));
  EXPECT_EQ(*followed_wall::step(at(900))->wall_at({6}), at(900, 6));
  EXPECT_EQ(followed_wall::step(at(-1)).error(), clock_error::out_of_range);
  EXPECT_EQ(*followed_wall().wall_at({7}), at(0, 7));
}

TEST(FollowedWall, SlewsByTheStatedPartOfTheTimeThatPasses) {
  // 1 ms by 500 ppm: 2 s.
  const followed_wall ahead = *followed_wall::step(at(1'000))->slew(at(1'000, 1'000'000), {100}, 500);
  EXPECT_EQ(ahead.boot_ns_at({100}), 1'000'000'000'000U);
  EXPECT_EQ(ahead.boot_ns_at({100 + 2'000}), 1'000'000'000'001U);
  EXPECT_EQ(ahead.boot_ns_at({100 + 1'999'999'999}), 1'000'000'999'999U);
  EXPECT_EQ(ahead.boot_ns_at({100 + 2'000'000'000}), 1'000'001'000'000U);
  EXPECT_EQ(ahead.boot_ns_at({max_of<u64>}), 1'000'001'000'000U);
  EXPECT_EQ(ahead.boot_ns_at({99}), 1'000'000'000'000U) << "before it began";
  const followed_wall back = *ahead.slew(at(1'000), {100 + 2'000'000'000}, 500);
  EXPECT_EQ(back.boot_ns_at({100 + 2'000'002'000}), 1'000'000'999'999U);
  EXPECT_EQ(back.boot_ns_at({100 + 4'000'000'000}), 1'000'000'000'000U);
}

TEST(FollowedWall, ChangesItsMindWithoutAJump) {
  const followed_wall first = *followed_wall::step(at(1'000))->slew(at(2'000), {0}, 999'999);
  const followed_wall second = *first.slew(at(500), {1'000'000}, 1);
  EXPECT_EQ(second.boot_ns_at({1'000'000}), first.boot_ns_at({1'000'000}));
  EXPECT_EQ(second.boot_ns_at({2'000'000}), first.boot_ns_at({1'000'000}) - 1);
}

TEST(FollowedWall, RefusesRatesThatWouldStandStillOrGoBack) {
  const followed_wall wall;
  EXPECT_EQ(wall.slew(at(1), {0}, 0).error(), clock_error::out_of_range);
  EXPECT_EQ(wall.slew(at(1), {0}, 1'000'000).error(), clock_error::out_of_range);
  EXPECT_EQ(wall.slew(at(-1), {0}, 1).error(), clock_error::out_of_range);
  EXPECT_TRUE(wall.slew(at(1), {0}, 999'999).has_value());
}

}  // namespace
