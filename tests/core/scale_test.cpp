// SPDX-License-Identifier: BSL-1.0
/// \file tests/core/scale_test.cpp
/// The figures that the interfaces' own documents and implementations give.
#include <guestclock/scale.hpp>

#include <array>

#include <gtest/gtest.h>

namespace {

using namespace guestclock;

constexpr tick_rate rate_of_2400_mhz{0xD555'5555, -1};

TEST(Scale, RoundsTwiceAsPublishersDo) {
  EXPECT_EQ(*ticks_to_time(3, rate_of_2400_mhz), 0U);  // not 1: the shift drops a tick before the product is taken
  EXPECT_EQ(*ticks_to_time(2'400'000'001, rate_of_2400_mhz), 999'999'999U);
  static_assert(*ticks_to_time(2'400'000'001, rate_of_2400_mhz) == 999'999'999);
}

TEST(Scale, HasTheLimitsOfTheInterface) {
  EXPECT_EQ(tick_shift_max, 31);
  for (int shift = -128; shift <= 127; ++shift) {
    const tick_rate rate{1, static_cast<i8>(shift)};
    EXPECT_EQ(check(rate).has_value(), -31 <= shift && shift <= 31) << shift;
    EXPECT_EQ(check(rate).error(), check(rate) ? clock_error{} : clock_error::bad_shift);
    EXPECT_EQ(check(tick_rate{0, rate.shift}).error(), clock_error::bad_multiplier);
  }
}

struct published_rate {
  u64 frequency_hz;
  tick_rate kvm;
  tick_rate exact;   // mul 0: not in the table
  u64 hyperv_scale;  // 0: does not fit
};
constexpr std::array<published_rate, 14> published{{
    {1'000'000, {0xFA00'0000, 10}, {0, 0}, 0},
    {10'000'000, {0xC800'0000, 7}, {0, 0}, 0},
    {10'000'001, {0xC7FF'FEB0, 7}, {0, 0}, 0xFFFF'FE52'80D9'24C8},
    {14'318'180, {0x8BAE'BC15, 7}, {0, 0}, 0xB2CB'2E2F'B3EF'1BE7},
    {24'000'000, {0xA6AA'AAAA, 6}, {0, 0}, 0x6AAA'AAAA'AAAA'AAAA},
    {1'000'000'000, {0x8000'0000, 1}, {0x8000'0000, 1}, 0x028F'5C28'F5C2'8F5C},
    {2'000'000'001, {0x8000'0000, 0}, {0xFFFF'FFFD, -1}, 0x0147'AE14'7821'97B1},
    {2'400'000'000, {0xD555'5555, -1}, {0xD555'5555, -1}, 0x0111'1111'1111'1111},
    {2'494'140'000, {0xCD47'FB5A, -1}, {0xCD47'FB5A, -1}, 0x0106'C289'693E'E025},
    {2'599'998'123, {0xC4EC'5817, -1}, {0xC4EC'5816, -1}, 0x00FC'0FCC'E8FF'665C},
    {3'400'000'001, {0x9696'9696, -1}, {0x9696'9695, -1}, 0x00C0'C0C0'BFCD'4331},
    {4'000'000'001, {0x8000'0000, -1}, {0xFFFF'FFFE, -2}, 0x00A3'D70A'3CC0'B7D7},
    {4'294'967'295, {0xEE6B'2803, -2}, {0xEE6B'2800, -2}, 0x0098'9680'0098'9680},
    {8'000'000'001, {0x8000'0000, -2}, {0xFFFF'FFFF, -3}, 0x0051'EB85'1E8C'56EB},
}};

constexpr u32 ns_per_second = 1'000'000'000;
constexpr u32 hundreds_of_ns_per_second = 10'000'000;

/// Whether |a − b| <= ½ + b / divisor.
__extension__ using u128 = unsigned __int128;
bool within_half_and(u64 a, u64 b, u64 divisor) {
  const u64 difference = a < b ? b - a : a - b;
  return u128{2} * difference * divisor <= u128{divisor} + u128{2} * b;
}

TEST(Scale, GivesBackTheFrequencyOfAPageThatKvmWrote) {
  for (const published_rate& row : published) {
    const result<u64> frequency = frequency_hz(row.kvm, ns_per_second);
    ASSERT_TRUE(frequency.has_value());
    EXPECT_TRUE(within_half_and(*frequency, row.frequency_hz, 1'000'000'000))
        << row.frequency_hz << " is " << *frequency;
  }
}

TEST(Scale, GivesBackTheFrequencyOfAPageThatWasRoundedExactly) {
  for (const published_rate& row : published) {
    if (row.exact.mul == 0) continue;
    const result<u64> frequency = frequency_hz(row.exact, ns_per_second);
    ASSERT_TRUE(frequency.has_value());
    EXPECT_TRUE(within_half_and(*frequency, row.frequency_hz, u64{1} << 31))
        << row.frequency_hz << " is " << *frequency;
  }
}

TEST(Scale, GivesBackTheFrequencyOfAHyperVScale) {
  for (const published_rate& row : published) {
    if (row.hyperv_scale == 0) continue;
    const result<u64> frequency = frequency_hz(wide_tick_rate{row.hyperv_scale, 0}, hundreds_of_ns_per_second);
    ASSERT_TRUE(frequency.has_value());
    EXPECT_TRUE(within_half_and(*frequency, row.frequency_hz, row.hyperv_scale)) << row.frequency_hz;
  }
}

TEST(Scale, RefusesFrequenciesThatDoNotFit) {
  EXPECT_EQ(frequency_hz(tick_rate{1, -31}, 0xFFFF'FFFF).error(), clock_error::out_of_range);
  EXPECT_EQ(*frequency_hz(tick_rate{1, 0}, 0xFFFF'FFFF), 0xFFFF'FFFF'0000'0000);
  EXPECT_EQ(*frequency_hz(tick_rate{2, 31}, 1), 1U);  // 2^1 / 2
  EXPECT_EQ(*frequency_hz(tick_rate{4, 31}, 1), 1U);  // one half: the larger one
  EXPECT_EQ(*frequency_hz(tick_rate{5, 31}, 1), 0U);
}

TEST(Scale, LosesNoBitSilently) {
  EXPECT_EQ(*ticks_to_time(u64{0x1'FFFF'FFFF}, tick_rate{1, 31}), 0xFFFF'FFFF'8000'0000 >> 32);
  EXPECT_EQ(ticks_to_time(u64{0x2'0000'0000}, tick_rate{1, 31}).error(), clock_error::out_of_range);
  EXPECT_EQ(*ticks_to_time_wrapping(u64{0x2'0000'0000}, tick_rate{1, 31}), 0U);  // as deployed readers do
  EXPECT_EQ(*ticks_to_time_wrapping(5, tick_rate{0, 0}), 0U);
  EXPECT_EQ(ticks_to_time_wrapping(5, tick_rate{1, 32}).error(), clock_error::bad_shift);
}

TEST(Scale, RoundsUpOnceForBounds) {
  EXPECT_EQ(*ticks_to_time_ceiling(0, rate_of_2400_mhz), 0U);
  EXPECT_EQ(*ticks_to_time_ceiling(1, rate_of_2400_mhz), 1U);
  EXPECT_EQ(*ticks_to_time_ceiling(3, rate_of_2400_mhz), 2U);  // 1.25 ns
  EXPECT_EQ(*ticks_to_time_ceiling(8, tick_rate{0x8000'0000, -2}), 1U);
}

TEST(Scale, WaitsForTheLeastCount) {
  const u64 ticks = *time_to_ticks(1'000'000'000, rate_of_2400_mhz);
  EXPECT_GE(*ticks_to_time(ticks, rate_of_2400_mhz), 1'000'000'000U);
  EXPECT_LT(*ticks_to_time(ticks - 1, rate_of_2400_mhz), 1'000'000'000U);
  EXPECT_EQ(*time_to_ticks(0, rate_of_2400_mhz), 0U);
  EXPECT_EQ(time_to_ticks(max_of<u64>, tick_rate{1, 0}).error(), clock_error::out_of_range);
  EXPECT_EQ(*time_to_ticks(u64{1} << 30, tick_rate{1, -1}), u64{1} << 63);
  EXPECT_EQ(time_to_ticks(u64{1} << 31, tick_rate{1, -1}).error(), clock_error::out_of_range);  // 2^63 shifted ticks
}

}  // namespace
