// SPDX-License-Identifier: BSL-1.0
/// \file tests/core/pvclock_test.cpp
#include <guestclock/pvclock.hpp>

#include <cstring>
#include <random>

#include <gtest/gtest.h>

#include "pages.hpp"

namespace {

using namespace guestclock;
using namespace guestclock::tests;

constexpr pvclock_snapshot page_of_2400_mhz{5'000'000, 7'000'000'000, 0xD555'5555, -1, 1};
constexpr pvclock_snapshot page_of_1_ns{1'000, 5'000, 0x8000'0000, 1, 0};  // a tick lasts one nanosecond

constexpr result<reading> read_at(const pvclock_snapshot& fields, u64 counter_value, u32 version = 2) {
  fixed_counter counter{counter_value};
  return read_pvclock(constant_page{version, fields}, counter);
}

// The whole path in constant expressions.
static_assert(read_at(page_of_2400_mhz, 5'000'003)->time.nanoseconds == 7'000'000'000);
static_assert(read_at(page_of_2400_mhz, 5'000'000 + 2'400'000'001)->time.nanoseconds == 7'999'999'999);
static_assert(read_at(page_of_2400_mhz, 5'000'000)->stable && !read_at(page_of_1_ns, 1'000)->stable);
static_assert(read_at(page_of_2400_mhz, 4'999'999)->clamped);
static_assert(read_at({}, 0).error() == clock_error::bad_multiplier);
static_assert(read_at(page_of_1_ns, 0, 3).error() == clock_error::update_in_progress);
static_assert(demand_stable(*read_at(page_of_1_ns, 1'000)).error() == clock_error::unstable);
static_assert(*convert_wrapping(page_of_2400_mhz, 5'000'003) == 7'000'000'000);

TEST(Pvclock, RefusesAPageThatWasNeverPublished) {
  alignas(8) const unsigned char zeros[32]{};
  pvclock_reader<fixed_counter> clock(zeros, fixed_counter{12345});
  EXPECT_EQ(clock.now().error(), clock_error::bad_multiplier);
  EXPECT_TRUE(clock.snapshot().has_value());
}

TEST(Pvclock, ReadsVersionZero) {
  const result<reading> seen = read_at(page_of_1_ns, 1'001, 0);
  ASSERT_TRUE(seen.has_value());
  EXPECT_EQ(seen->version, 0U);
  EXPECT_EQ(seen->time.nanoseconds, 5'001U);
}

TEST(Pvclock, ChecksTheMultiplierFirst) {
  for (int shift = -128; shift <= 127; ++shift) {
    pvclock_snapshot page = page_of_1_ns;
    page.tsc_shift = static_cast<i8>(shift);
    const bool valid = -31 <= shift && shift <= 31;
    EXPECT_EQ(check(page).has_value(), valid) << shift;
    EXPECT_EQ(convert(page, 1'000).error(), valid ? clock_error{} : clock_error::bad_shift);
    page.tsc_to_system_mul = 0;
    EXPECT_EQ(convert(page, 1'000).error(), clock_error::bad_multiplier);
  }
}

TEST(Pvclock, ClampsACounterJustBeforeTheSnapshot) {
  const auto clamped_by = [](u64 ticks) { return *convert(page_of_1_ns, page_of_1_ns.tsc_timestamp - ticks); };
  for (const u64 ticks : {u64{1}, u64{2}, u64{999}, u64{1} << 32}) {
    const reading seen = clamped_by(ticks);
    EXPECT_TRUE(seen.clamped);
    EXPECT_EQ(seen.time.nanoseconds, page_of_1_ns.system_time);
    EXPECT_EQ(seen.error_bound_ns, 1 + ticks);
    EXPECT_EQ(seen.counter, page_of_1_ns.tsc_timestamp - ticks);
  }
  EXPECT_FALSE(clamped_by(0).clamped);
  EXPECT_EQ(convert(page_of_2400_mhz, 5'000'000 - 3)->error_bound_ns, 2U + 2U);  // 1.25 ns, rounded up
}

TEST(Pvclock, RefusesACounterLongBeforeTheSnapshot) {
  EXPECT_EQ(skew_ticks_max, i64{1} << 32);
  for (const u64 ticks : {(u64{1} << 32) + 1, u64{1} << 33, (u64{1} << 63) - 1, u64{1} << 63})
    EXPECT_EQ(convert(page_of_1_ns, page_of_1_ns.tsc_timestamp - ticks).error(), clock_error::counter_before_snapshot);
}

TEST(Pvclock, OrdersCountersThroughTheirWrap) {
  pvclock_snapshot page = page_of_1_ns;
  page.tsc_timestamp = max_of<u64> - 9;
  EXPECT_EQ(convert(page, 5)->time.nanoseconds, 5'015U);
  page.tsc_timestamp = 5;
  EXPECT_TRUE(convert(page, max_of<u64>)->clamped);
  EXPECT_EQ(ticks_since(page, max_of<u64>), -6);
}

TEST(Pvclock, RefusesATimeThatDoesNotFit) {
  pvclock_snapshot page = page_of_1_ns;
  page.tsc_timestamp = 0;
  page.system_time = max_of<u64> - 100;
  EXPECT_EQ(convert(page, 100)->time.nanoseconds, max_of<u64>);
  EXPECT_EQ(convert(page, 101).error(), clock_error::out_of_range);
  page = {0, 0, 1, 31, 0};
  EXPECT_EQ(convert(page, 0x1'FFFF'FFFF)->time.nanoseconds, 0xFFFF'FFFF'8000'0000 >> 32);
  EXPECT_EQ(convert(page, 0x2'0000'0000).error(), clock_error::out_of_range);  // a bit would be lost
  page = {0, 0, 0xFFFF'FFFF, 0, 0};
  EXPECT_TRUE(convert(page, max_of<u64> >> 1).has_value());
  EXPECT_EQ(convert(page, u64{1} << 63).error(), clock_error::counter_before_snapshot);
}

TEST(Pvclock, ReportsFlagsAsTheyAre) {
  for (unsigned flags = 0; flags < 256; ++flags) {
    pvclock_snapshot page = page_of_1_ns;
    page.flags = static_cast<u8>(flags);
    const reading seen = *read_at(page, 1'234);
    EXPECT_EQ(seen.flags, flags);
    EXPECT_EQ(seen.stable, (flags & 1) != 0);
    EXPECT_EQ(seen.guest_stopped, (flags & 2) != 0);
    EXPECT_EQ(seen.time.nanoseconds, 5'234U);  // unknown bits change nothing
    EXPECT_EQ(demand_stable(seen).has_value(), (flags & 1) != 0);
  }
}

/// The deployed readers' own text, in machine words.
u64 deployed_time(const pvclock_snapshot& page, u64 counter) {
  __extension__ using u128 = unsigned __int128;
  u64 delta = counter - page.tsc_timestamp;
  if (page.tsc_shift < 0)
    delta >>= -page.tsc_shift;
  else
    delta <<= page.tsc_shift;
  return page.system_time + static_cast<u64>(u128{delta} * page.tsc_to_system_mul >> 32);
}

TEST(Pvclock, PredictsDeployedReadersBitForBit) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 100'000; ++i) {
    const auto word = [&] { return random() >> random() % 64; };
    const pvclock_snapshot page{word(), word(), static_cast<u32>(word()), static_cast<i8>(random() % 63 - 31), 0};
    const u64 counter = word();
    ASSERT_EQ(*convert_wrapping(page, counter), deployed_time(page, counter));
  }
  EXPECT_EQ(convert_wrapping({0, 0, 1, 32, 0}, 1).error(), clock_error::bad_shift);
  EXPECT_EQ(*convert_wrapping({0, 9, 0, 0, 0}, 1), 9U);
}

/// The page of page_of_2400_mhz, `offset` bytes into memory.
struct page_at {
  explicit page_at(std::size_t offset) : page(memory + offset) {
    const pvclock_vcpu_time_info layout{8,
                                        0,
                                        page_of_2400_mhz.tsc_timestamp,
                                        page_of_2400_mhz.system_time,
                                        page_of_2400_mhz.tsc_to_system_mul,
                                        page_of_2400_mhz.tsc_shift,
                                        page_of_2400_mhz.flags,
                                        {}};
    std::memcpy(page, &layout, sizeof layout);
  }
  alignas(8) unsigned char memory[48]{};
  unsigned char* page;
};

TEST(PvclockReader, ReadsWhateverTheAbiLetsAGuestChoose) {
  for (std::size_t offset = 0; offset < 16; ++offset) {
    const page_at placed(offset);
    pvclock_reader<fixed_counter> clock(placed.page, fixed_counter{5'000'000 + 2'400'000'001});
    if (offset % pvclock_page::alignment_min != 0) {
      EXPECT_EQ(clock.now().error(), clock_error::no_clock) << offset;
      EXPECT_EQ(clock.snapshot().error(), clock_error::no_clock);
      EXPECT_EQ(clock.now_stable().error(), clock_error::no_clock);
      continue;
    }
    const result<reading> seen = clock.now();
    ASSERT_TRUE(seen.has_value()) << offset;
    EXPECT_EQ(seen->time.nanoseconds, 7'999'999'999U);
    EXPECT_EQ(seen->version, 8U);
    EXPECT_EQ(seen->error_bound_ns, 2U);
    EXPECT_EQ(clock.snapshot()->fields.tsc_to_system_mul, 0xD555'5555U);
    EXPECT_EQ(clock.now_stable()->time, seen->time);
  }
}

TEST(PvclockReader, HasNoClockWithoutAPage) {
  pvclock_reader<fixed_counter> clock(nullptr);
  EXPECT_EQ(clock.now().error(), clock_error::no_clock);
}

TEST(PvclockReader, DemandsStabilityWhereAsked) {
  page_at placed(0);
  placed.page[29] = 0;
  pvclock_reader<fixed_counter> clock(placed.page, fixed_counter{5'000'000});
  EXPECT_FALSE(clock.now()->stable);
  EXPECT_EQ(clock.now_stable().error(), clock_error::unstable);
}

TEST(PvclockReader, AcknowledgesAStop) {
  const page_at placed(4);
  placed.page[29] = 0xFF;
  EXPECT_TRUE(pvclock_reader<fixed_counter>(placed.page, fixed_counter{5'000'000}).now()->guest_stopped);
  EXPECT_TRUE(*acknowledge_stop(placed.page));
  EXPECT_EQ(placed.page[29], 0xFD);
  EXPECT_FALSE(*acknowledge_stop(placed.page));
  EXPECT_EQ(placed.page[29], 0xFD);
  EXPECT_FALSE(pvclock_reader<fixed_counter>(placed.page, fixed_counter{5'000'000}).now()->guest_stopped);
  EXPECT_EQ(acknowledge_stop(placed.page + 1).error(), clock_error::no_clock);
  EXPECT_EQ(acknowledge_stop(nullptr).error(), clock_error::no_clock);
}

TEST(Pvclock, MayLieWhereItDoesNotCrossAPage) {
  for (const u64 page : {u64(0), u64(0x12'3456'7000), u64(0xFFFF'FFFF'FFFF'F000)}) {
    EXPECT_TRUE(pvclock_may_lie_at(page));
    EXPECT_TRUE(pvclock_may_lie_at(page + 4));
    EXPECT_TRUE(pvclock_may_lie_at(page + 4064));
    EXPECT_FALSE(pvclock_may_lie_at(page + 2));
    EXPECT_FALSE(pvclock_may_lie_at(page + 4068));
    EXPECT_FALSE(pvclock_may_lie_at(page + 4092));
  }
}

}  // namespace
