// SPDX-License-Identifier: BSL-1.0
/// \file tests/core/publisher_test.cpp
/// Frequencies of real counters, and the ends of what a page can say.
#include <guestclock/publisher.hpp>

#include "frequency_table.hpp"

#include <gtest/gtest.h>

namespace {

using namespace guestclock;
using tests::frequency_table;

constexpr u64 second_ns = nanoseconds_per_second;
constexpr u64 exact_greatest = second_ns << 32;
constexpr u64 kvm_greatest = ((second_ns + 1) << 32) - 1;

void expect_rate(u64 frequency_hz, rounding how, tick_rate expected) {
  const result<tick_rate> rate = tick_rate_for(frequency_hz, how);
  ASSERT_TRUE(rate) << frequency_hz << ": " << name_of(rate.error());
  EXPECT_EQ(rate->mul, expected.mul) << frequency_hz;
  EXPECT_EQ(rate->shift, expected.shift) << frequency_hz;
}

TEST(Publisher, RoundsAsKvmDoes) {
  for (const auto& row : frequency_table) expect_rate(row.frequency_hz, rounding::kvm, row.kvm);
}

TEST(Publisher, RoundsExactly) {
  for (const auto& row : frequency_table) expect_rate(row.frequency_hz, rounding::exact, row.exact);
}

TEST(Publisher, IsAConstant) {
  static_assert(tick_rate_for(2'400'000'000, rounding::exact)->mul == 0xD555'5555);
  static_assert(tick_rate_for(2'000'000'001, rounding::kvm)->shift == 0);
  static_assert(!tick_rate_for(0, rounding::exact));
}

TEST(Publisher, RefusesWhatNoPageCanSay) {
  for (const rounding how : {rounding::exact, rounding::kvm})
    for (const u64 frequency_hz : {u64(0), kvm_greatest + 1, u64(1) << 63, max_of<u64>})
      EXPECT_EQ(tick_rate_for(frequency_hz, how).error(), clock_error::bad_frequency) << frequency_hz;
  EXPECT_EQ(tick_rate_for(exact_greatest + 1, rounding::exact).error(), clock_error::bad_frequency);
  expect_rate(exact_greatest, rounding::exact, {0x8000'0000, -31});
  expect_rate(exact_greatest + 1, rounding::kvm, {0x8000'0000, -31});
  expect_rate(kvm_greatest, rounding::kvm, {0x8000'0000, -31});
}

TEST(Publisher, IsFastByKvmAndNeverExactly) {
  constexpr u64 frequency_hz = 8'000'000'001;  // KVM takes it for 8 GHz
  constexpr u64 seconds = 1'000'000'000;       // in 31 years that is more than an eighth of a second
  const u64 expected_ns = seconds * second_ns;
  const u64 kvm_ns = *ticks_to_time(frequency_hz * seconds, *tick_rate_for(frequency_hz, rounding::kvm));
  const u64 exact_ns = *ticks_to_time(frequency_hz * seconds, *tick_rate_for(frequency_hz, rounding::exact));
  EXPECT_EQ(kvm_ns, expected_ns + 125'000'000);
  EXPECT_LE(exact_ns, expected_ns);
  EXPECT_LT(expected_ns - exact_ns, (expected_ns >> 31) + 2);
}

TEST(Publisher, GivesTheFrequencyBack) {
  for (const auto& row : frequency_table) {
    const u64 back = *frequency_hz(*tick_rate_for(row.frequency_hz, rounding::exact), nanoseconds_per_second);
    EXPECT_LE(row.frequency_hz, back) << row.frequency_hz;  // never fast
    EXPECT_LE(back - row.frequency_hz, (row.frequency_hz >> 31) + 1) << row.frequency_hz;
  }
}

}  // namespace
