// SPDX-License-Identifier: BSL-1.0
/// \file tests/core/rebase_test.cpp
/// Pages in the place of others: which time they begin with, in which order it comes about, and what a slew takes.
#include <guestclock/rebase.hpp>

#include <gtest/gtest.h>

#include <string>

namespace {

using namespace guestclock;

constexpr tick_rate rate_of_2400_mhz{0xD555'5555, -1};
constexpr tick_rate rate_of_1_ghz{0x8000'0000, 1};
constexpr pvclock_snapshot at_1_ghz(u64 counter, u64 time) {
  return {counter, time, rate_of_1_ghz.mul, rate_of_1_ghz.shift, 0};
}

TEST(Rebase, BeginsWithTheHostsTimeWhereThePageIsBehind) {
  const auto page = rebased(at_1_ghz(100, 1000), 200, {5000}, rate_of_2400_mhz, 1);
  EXPECT_EQ(page->tsc_timestamp, 200U);
  EXPECT_EQ(page->system_time, 5000U);
  EXPECT_EQ(page->tsc_to_system_mul, 0xD555'5555U);
  EXPECT_EQ(page->tsc_shift, -1);
  EXPECT_EQ(page->flags, 1);
}

TEST(Rebase, BeginsWithThePagesTimeWhereItIsAhead) {
  EXPECT_EQ(rebased(at_1_ghz(100, 1000), 200, {1099}, rate_of_1_ghz, 0)->system_time, 1100U);
  EXPECT_EQ(rebased(at_1_ghz(100, 1000), 90, {7}, rate_of_1_ghz, 0)->system_time, 1000U);  // skew: clamped
}

TEST(Rebase, LosesNothingInAChain) {
  pvclock_snapshot page{0, 0, rate_of_2400_mhz.mul, rate_of_2400_mhz.shift, 0};
  pvclock_snapshot chained = page;
  u64 counter = 0;
  for (int i = 0; i < 100'000; ++i) {
    counter += 2'399'999;
    page = *rebased(page, counter, {counter * 5 / 12}, rate_of_2400_mhz, 0);
    chained = *rebased(chained, counter, {0}, rate_of_2400_mhz, 0);  // of the page alone
  }
  EXPECT_EQ(page.system_time, counter * 5 / 12);
  EXPECT_GT(page.system_time, chained.system_time + 50'000);
}

TEST(Rebase, TakesAPageThatWasNeverPublishedForNone) {
  EXPECT_EQ(rebased({}, 200, {7}, rate_of_1_ghz, 0)->system_time, 7U);
  EXPECT_EQ(rebased({0, 9, 1, 32, 0}, 200, {7}, rate_of_1_ghz, 0)->system_time, 7U);
}

TEST(Rebase, RefusesWhatItCannotFollow) {
  EXPECT_EQ(rebased(at_1_ghz(0, max_of<u64>), 1, {7}, rate_of_1_ghz, 0).error(), clock_error::out_of_range);
  EXPECT_EQ(rebased(at_1_ghz(u64(1) << 40, 0), 1, {7}, rate_of_1_ghz, 0).error(), clock_error::counter_before_snapshot);
  EXPECT_EQ(rebased(at_1_ghz(0, 0), 1, {7}, {0, 0}, 0).error(), clock_error::bad_multiplier);
  EXPECT_EQ(rebased(at_1_ghz(0, 0), 1, {7}, {1, 32}, 0).error(), clock_error::bad_shift);
}

TEST(Rebase, GivesAllPagesOfAMachineOneTime) {
  instant time{1050};
  for (const u64 snapshot : {u64(0), u64(10), u64(5)}) time = *not_behind(at_1_ghz(snapshot, 1000), 100, time);
  EXPECT_EQ(time.nanoseconds, 1100U);
}

constexpr reference_tsc_snapshot one_unit_each_16_ticks{u64(1) << 60, 0};

TEST(Rebase, ChoosesAReferenceOffsetThatGivesTheLaterTime) {
  EXPECT_EQ(rebased(one_unit_each_16_ticks, 160, {5}, u64(1) << 61)->tsc_offset, -10);  // 10, ahead of 5; 20 by the scale
  EXPECT_EQ(rebased(one_unit_each_16_ticks, 160, {50}, u64(1) << 61)->tsc_offset, 30);
  EXPECT_EQ(rebased(reference_tsc_snapshot{0, 90}, 160, {5}, u64(1) << 61)->tsc_offset, -15);  // never published
}

TEST(Rebase, RefusesReferencePagesItCannotFollow) {
  EXPECT_EQ(rebased(one_unit_each_16_ticks, 160, {5}, 0).error(), clock_error::bad_multiplier);
  EXPECT_EQ(rebased(reference_tsc_snapshot{1, -1}, 160, {5}, 1).error(), clock_error::out_of_range);
  EXPECT_EQ(rebased(reference_tsc_snapshot{}, 0, {u64(1) << 63}, 1).error(), clock_error::out_of_range);
  EXPECT_EQ(rebased(reference_tsc_snapshot{}, max_of<u64>, {0}, max_of<u64>).error(), clock_error::out_of_range);
}

/// A page that writes down what is done to it.
struct diary {
  std::string text;
  u32 version = 6;
  u64 words[4] = {};
  u32 load_version(read_order, after_nothing) const { return version; }
  u64 load(std::size_t offset) const { return words[offset / 8]; }
  void acquire_fence() const {}
  void store_version(u32 value, write_order) {
    version = value;
    text += "version " + std::to_string(value) + ", ";
  }
  void store(std::size_t offset, u64 value) {
    words[offset / 8] = value;
    text += "field, ";
  }
  void release_fence() { text += "release, "; }
  void full_fence() { text += "fence, "; }
};
struct noting_counter {
  std::string& text;
  u64 value;
  struct sampled {
    u64 value;
    after_nothing after;
  };
  sampled sample() {
    text += "counter, ";
    return {value, {}};
  }
};

TEST(Rebase, SamplesTheCounterWhileThePageIsBusy) {
  diary page;
  pvclock_page::store(page, {100, 1000, rate_of_1_ghz.mul, rate_of_1_ghz.shift, pvclock_guest_stopped});
  page.text.clear();
  noting_counter counter{page.text, 200};
  const auto host = [&](u64 at) {
    page.text += "host's time at " + std::to_string(at) + ", ";
    return instant{5000};
  };
  const auto next = rebase_pvclock(page, counter, host, rate_of_2400_mhz, pvclock_tsc_stable);
  EXPECT_EQ(page.text, "version 7, release, fence, counter, host's time at 200, field, field, field, version 8, ");
  EXPECT_EQ(next->system_time, 5000U);
  EXPECT_EQ(pvclock_page::load(page).system_time, 5000U);
  EXPECT_EQ(pvclock_page::load(page).flags, pvclock_tsc_stable + pvclock_guest_stopped);
}

TEST(Rebase, LeavesThePageAsItWasWhereItRefuses) {
  diary page;
  pvclock_page::store(page, {100, 1000, rate_of_1_ghz.mul, rate_of_1_ghz.shift, 0});
  noting_counter counter{page.text, 200};
  const auto next = rebase_pvclock(page, counter, [](u64) { return instant{5000}; }, {0, 0}, 0);
  EXPECT_EQ(next.error(), clock_error::bad_multiplier);
  EXPECT_EQ(page.version, 8U);
  EXPECT_EQ(pvclock_page::load(page).tsc_timestamp, 100U);
  EXPECT_EQ(pvclock_page::load(page).system_time, 1000U);
}

TEST(Rebase, SamplesTheCounterWhileTheReferencePageIsNotUsable) {
  diary page;
  reference_tsc_page::store(page, one_unit_each_16_ticks);
  page.text.clear();
  noting_counter counter{page.text, 160};
  const auto host = [](u64 at) { return reference_time{at}; };
  EXPECT_EQ(rebase_reference_tsc(page, 6, counter, host, u64(1) << 60)->tsc_offset, 150);
  EXPECT_EQ(page.text, "version 0, release, fence, counter, field, field, version 7, ");
  EXPECT_EQ(rebase_reference_tsc(page, 7, counter, host, 0).error(), clock_error::bad_multiplier);
  EXPECT_EQ(page.version, 8U);
  EXPECT_EQ(reference_tsc_page::load(page).tsc_offset, 150);
}

TEST(Rebase, SlewsAMillisecondAwayInTwoSecondsAt500Ppm) {
  const u64 two_seconds = 2'000'000'000;
  const auto slower = slewed({{1'000'000}, {0}}, rate_of_1_ghz, 500);
  EXPECT_EQ(slower->start.nanoseconds, 1'000'000U);
  EXPECT_EQ(slower->rate.mul, 0x8000'0000U - 1'073'741);
  EXPECT_EQ(slower->rate.shift, 1);
  EXPECT_NEAR(double(slower->ticks), double(two_seconds), 2000);
  EXPECT_EQ(1'000'000 + *ticks_to_time(slower->ticks, slower->rate), slower->ticks);
  const auto faster = slewed({{0}, {1'000'000}}, rate_of_1_ghz, 500);
  EXPECT_EQ(faster->rate.mul, 0x8000'0000U + 1'073'741);
  EXPECT_EQ(faster->ticks, slower->ticks);
  EXPECT_EQ(slewed({{7}, {7}}, rate_of_1_ghz, 1)->ticks, 0U);
}

TEST(Rebase, HalvesAFasterMultiplierThatDoesNotFit) {
  const auto course = slewed({{0}, {1000}}, {0xFFFF'FFFD, -1}, 500);  // 2 000 000 001 Hz
  EXPECT_EQ(course->rate.shift, 0);
  EXPECT_EQ(course->rate.mul, (0xFFFF'FFFDU + u64{2'147'483}) / 2);
  EXPECT_EQ(slewed({{0}, {1000}}, {0xFFFF'FFFD, 31}, 500).error(), clock_error::out_of_range);
}

TEST(Rebase, RefusesSlewsThatDoNotEnd) {
  EXPECT_EQ(slewed({{0}, {1}}, rate_of_1_ghz, 0).error(), clock_error::out_of_range);
  EXPECT_EQ(slewed({{0}, {1}}, rate_of_1_ghz, 501).error(), clock_error::out_of_range);
  EXPECT_EQ(slewed({{0}, {1}}, {1999, 0}, 500).error(), clock_error::out_of_range);
  EXPECT_EQ(slewed({{0}, {max_of<u64>}}, {2000, -31}, 500).error(), clock_error::out_of_range);
  EXPECT_EQ(slewed({{0}, {1}}, {0, 0}, 500).error(), clock_error::bad_multiplier);
}

TEST(Rebase, StepsForwardOnly) {
  EXPECT_EQ(course_for({{5}, {9}}, rate_of_1_ghz, correction::step, 500)->start.nanoseconds, 9U);
  EXPECT_EQ(course_for({{9}, {5}}, rate_of_1_ghz, correction::step, 500)->start.nanoseconds, 9U);
  EXPECT_EQ(course_for({{9}, {5}}, rate_of_1_ghz, correction::step, 500)->ticks, 0U);
  EXPECT_LT(course_for({{9}, {5}}, rate_of_1_ghz, correction::slew, 500)->rate.mul, rate_of_1_ghz.mul);
}

}  // namespace
