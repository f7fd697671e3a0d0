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

TEST(Publisher, ScalesForHyperV) {
  for (const auto& row : frequency_table) {
    const result<u64> scale = reference_tsc_scale_for(row.frequency_hz);
    if (row.tsc_scale == 0) EXPECT_EQ(scale.error(), clock_error::out_of_range) << row.frequency_hz;
    else EXPECT_EQ(*scale, row.tsc_scale) << row.frequency_hz;
  }
  EXPECT_EQ(reference_tsc_scale_for(0).error(), clock_error::bad_frequency);
  EXPECT_EQ(*reference_tsc_scale_for(max_of<u64>), 10'000'000);
}

/// 32 bytes as words.
struct page_words {
  u32 version = 0;
  u64 words[4] = {};
  u32 load_version(read_order, after_nothing) const { return version; }
  u64 load(std::size_t offset) const { return words[offset / 8]; }
  void acquire_fence() const {}
  void store_version(u32 value, write_order) { version = value; }
  void store(std::size_t offset, u64 value) { words[offset / 8] = value; }
  void release_fence() {}
};

TEST(Publisher, KeepsGuestStoppedUntilTheGuestHasSeenIt) {
  page_words page;
  publish_pvclock(page, {1, 2, 3, -1, pvclock_tsc_stable + pvclock_guest_stopped});
  EXPECT_EQ(publish_pvclock(page, {4, 5, 6, 7, pvclock_tsc_stable}), 4U);
  EXPECT_EQ(pvclock_page::load(page).flags, 3);          // not yet acknowledged
  page.words[3] = page.words[3] & ~(u64{2} << 40);       // the guest acknowledges
  publish_pvclock(page, {4, 5, 6, 7, pvclock_tsc_stable});
  EXPECT_EQ(pvclock_page::load(page).flags, 1);
  publish_pvclock(page, {4, 5, 6, 7, 0xFF});             // what the host sets stays, known or not
  EXPECT_EQ(pvclock_page::load(page).flags, 0xFF);
  EXPECT_EQ(pvclock_page::load(page).tsc_shift, 7);
}

TEST(Publisher, FinishesAnUpdateThatWasCutShort) {
  page_words page;
  page.version = 0xFFFF'FFFF;                            // odd: a host died in an update
  EXPECT_EQ(publish_pvclock(page, {1, 2, 3, 4, 0}), 2U);
  page.version = 0xFFFF'FFFE;
  EXPECT_EQ(publish_pvclock(page, {1, 2, 3, 4, 0}), 0U);
}

TEST(Publisher, CountsReferenceSequencesOnThroughAWithdrawal) {
  page_words page;
  EXPECT_EQ(publish_reference_tsc(page, 0, {5, -6}), 1U);
  EXPECT_EQ(page.words[1], 5U);
  EXPECT_EQ(page.words[2], max_of<u64> - 5);
  withdraw_reference_tsc(page);
  EXPECT_EQ(page.version, 0U);
  EXPECT_EQ(publish_reference_tsc(page, 1, {5, -6}), 2U);
  EXPECT_EQ(publish_reference_tsc(page, 0xFFFF'FFFE, {5, -6}), 1U);
}

TEST(Publisher, WithdrawsAReferencePageThatCannotSayItsFrequency) {
  page_words page;
  EXPECT_EQ(*publish_reference_tsc_at(page, 7, 2'400'000'000, 9), 8U);
  EXPECT_EQ(page.words[1], 0x0111'1111'1111'1111U);
  EXPECT_EQ(publish_reference_tsc_at(page, 8, 10'000'000, 9).error(), clock_error::out_of_range);
  EXPECT_EQ(page.version, 0U);
  EXPECT_EQ(publish_reference_tsc_at(page, 8, 0, 9).error(), clock_error::bad_frequency);
}

}  // namespace
