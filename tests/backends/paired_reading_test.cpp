// SPDX-License-Identifier: BSL-1.0
#include "pages.hpp"

#include <guestclock/linux/paired_reading.hpp>
#include <guestclock/x86/counter.hpp>

#include <ctime>
#include <utility>

namespace {

using namespace guestclock;
using on_linux::bracket;
using on_linux::difference_ns_per_second;
using on_linux::os_clock;
using on_linux::paired_reading;

paired_reading pair_of(u64 page_ns, u64 os_ns) {
  paired_reading pair;
  pair.page.time = {page_ns};
  pair.os.os_ns = os_ns;
  return pair;
}

TEST(Bracket, HoldsTheOsClockBetweenTwoCounters) {
  for (const auto clock : on_linux::os_clocks) {
    const u64 counter = x86::strict_counter{}.sample().value;
    const auto before = on_linux::read_os_clock(clock);
    const auto seen = on_linux::tightest_bracket(clock);
    const auto after = on_linux::read_os_clock(clock);
    ASSERT_TRUE(before && seen && after);
    EXPECT_GE(seen->counter_before, counter);
    EXPECT_GE(seen->counter_after, seen->counter_before);
    EXPECT_GE(seen->os_ns, *before);
    EXPECT_LE(seen->os_ns, *after);
    EXPECT_LT(seen->width(), 1'000'000U) << "none of the brackets escaped interruption";
  }
}

TEST(Bracket, HasItsMiddleBetweenItsEnds) {
  EXPECT_EQ((bracket{10, 0, 20}).counter_middle(), 15U);
  EXPECT_EQ((bracket{max_of<u64> - 9, 0, 10}).width(), 20U);
  EXPECT_EQ((bracket{max_of<u64> - 9, 0, 10}).counter_middle(), 0U) << "counters wrap";
}

TEST(Sleep, IsNeverShort) {
  const auto start = on_linux::read_os_clock(os_clock::monotonic_raw);
  ASSERT_TRUE(start);
  const auto end = on_linux::sleep_until(os_clock::monotonic_raw, *start + 3'000'000);
  ASSERT_TRUE(end);
  EXPECT_GE(*end, *start + 3'000'000);
  EXPECT_GE(*on_linux::sleep_until(os_clock::monotonic_raw, 0), *end) << "a deadline in the past is no sleep";
}

TEST(PairedReading, IsThePagesTimeAtTheBracketsMiddle) {
  auto page = tests::plain_page();
  page.tsc_timestamp = 0;
  const auto pair = on_linux::read_pair(&page, os_clock::monotonic_raw);
  ASSERT_TRUE(pair) << name_of(pair.error());
  EXPECT_EQ(pair->page.counter, pair->os.counter_middle());
  EXPECT_EQ(pair->page.time.nanoseconds, tests::predicted(page, pair->os.counter_middle()));
  EXPECT_EQ(pair->page.version, page.version);
  EXPECT_EQ(pair->frequency_hz, 2'600'000'001U);
}

TEST(PairedReading, NeedsAPage) {
  EXPECT_EQ(on_linux::read_pair(nullptr, os_clock::boottime).error(), clock_error::no_clock);
}

TEST(Difference, IsPerSecondOfTheOsClock) {
  const auto difference = [](u64 page_ns, u64 os_ns) {
    return difference_ns_per_second(pair_of(1000, 5000), pair_of(1000 + page_ns, 5000 + os_ns));
  };
  EXPECT_EQ(*difference(100'000'000, 100'000'000), 0);
  EXPECT_EQ(*difference(100'000'033, 100'000'000), 330);
  EXPECT_EQ(*difference(99'999'967, 100'000'000), -330);
  EXPECT_EQ(*difference(0, 100'000'000), -1'000'000'000);
  EXPECT_EQ(*difference(4'000'000'001, 4'000'000'000), 0);
  EXPECT_EQ(*difference(2'000'000'001, 2'000'000'000), 1) << "a half rounds away from zero";
  EXPECT_EQ(*difference(1'999'999'999, 2'000'000'000), -1);
}

TEST(Difference, RefusesWhatHasNoAnswer) {
  EXPECT_EQ(difference_ns_per_second(pair_of(0, 7), pair_of(9, 7)).error(), clock_error::out_of_range);
  EXPECT_EQ(difference_ns_per_second(pair_of(0, 7), pair_of(9, 6)).error(), clock_error::out_of_range);
  EXPECT_EQ(difference_ns_per_second(pair_of(0, 0), pair_of(max_of<u64>, 1)).error(), clock_error::out_of_range);
  EXPECT_EQ(difference_ns_per_second(pair_of(max_of<u64>, 0), pair_of(0, 1)).error(), clock_error::out_of_range);
}

TEST(OsClock, HasTheNameOfTheInterface) {
  EXPECT_STREQ(name_of(os_clock::monotonic_raw), "CLOCK_MONOTONIC_RAW");
  EXPECT_STREQ(name_of(os_clock::boottime), "CLOCK_BOOTTIME");
  EXPECT_STREQ(name_of(os_clock::monotonic), "CLOCK_MONOTONIC");
}

u64 kernels(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return u64(now.tv_sec) * nanoseconds_per_second + u64(now.tv_nsec);
}

TEST(OsClock, IsTheOneOfThatName) {
  const std::pair<os_clock, clockid_t> clocks[] = {{os_clock::monotonic_raw, CLOCK_MONOTONIC_RAW},
                                                   {os_clock::boottime, CLOCK_BOOTTIME},
                                                   {os_clock::monotonic, CLOCK_MONOTONIC}};
  for (const auto& [clock, id] : clocks) {
    const u64 before = kernels(id);
    const auto seen = on_linux::read_os_clock(clock);
    const u64 after = kernels(id);
    ASSERT_TRUE(seen);
    EXPECT_GE(*seen, before) << name_of(clock);
    EXPECT_LE(*seen, after) << name_of(clock);
  }
}

TEST(Offset, IsThePageMinusTheOsClock) {
  EXPECT_EQ(*on_linux::offset_ns(pair_of(1000, 400)), 600);
  EXPECT_EQ(*on_linux::offset_ns(pair_of(400, 1000)), -600);
  EXPECT_EQ(*on_linux::offset_ns(pair_of(0, u64(1) << 63)), min_of<i64>);
  EXPECT_EQ(on_linux::offset_ns(pair_of(0, (u64(1) << 63) + 1)).error(), clock_error::out_of_range);
  EXPECT_EQ(on_linux::offset_ns(pair_of(max_of<u64>, 0)).error(), clock_error::out_of_range);
}

TEST(Uncertainty, IsHalfTheBracketAndTwoRoundings) {
  const auto uncertainty = [](u64 ticks, u64 frequency_hz) {
    paired_reading pair = pair_of(0, 0);
    pair.os = bracket{max_of<u64> - 5, 0, wrapping_add(max_of<u64> - 5, ticks)};
    pair.frequency_hz = frequency_hz;
    return on_linux::uncertainty_ns(pair);
  };
  EXPECT_EQ(*uncertainty(0, 1'000'000'000), 2U);
  EXPECT_EQ(*uncertainty(200, 1'000'000'000), 102U);
  EXPECT_EQ(*uncertainty(201, 1'000'000'000), 103U);
  EXPECT_EQ(*uncertainty(100, 2'600'000'000), 20U + 2U) << "19.2, rounded up";
  EXPECT_EQ(uncertainty(100, 0).error(), clock_error::bad_frequency);
  EXPECT_EQ(uncertainty(u64(1) << 63, 1'000).error(), clock_error::out_of_range);
  EXPECT_EQ(uncertainty(max_of<u64>, 500'000'000).error(), clock_error::out_of_range);
}

TEST(Comparison, PairsThePageWithEachClockAtItsBracketsMiddle) {
  auto page = tests::plain_page();
  page.tsc_timestamp = 0;
  const u64 raw_before = kernels(CLOCK_MONOTONIC_RAW);
  const auto seen = on_linux::compare(pvclock_at(&page));
  const u64 monotonic_after = kernels(CLOCK_MONOTONIC);
  ASSERT_TRUE(seen) << name_of(seen.error());
  for (const paired_reading& pair : {seen->monotonic_raw, seen->boottime, seen->monotonic}) {
    EXPECT_EQ(pair.page.counter, pair.os.counter_middle());
    EXPECT_EQ(pair.page.time.nanoseconds, tests::predicted(page, pair.os.counter_middle()));
  }
  EXPECT_LT(seen->monotonic_raw.page.counter, seen->boottime.page.counter);
  EXPECT_LT(seen->boottime.page.counter, seen->monotonic.page.counter);
  EXPECT_GE(seen->monotonic_raw.os.os_ns, raw_before);
  EXPECT_LE(seen->monotonic.os.os_ns, monotonic_after);
}

TEST(Comparison, OfTheLivePageAgreesWithTheClocksThemselves) {
  REQUIRE_LIVE_PAGE(page);
  const auto seen = on_linux::compare(pvclock_at(page));
  ASSERT_TRUE(seen) << name_of(seen.error());
  // Either clock's bracket is a moment, so what the page says between the two moments is what passed on either.
  const i64 suspended = *on_linux::offset_ns(seen->monotonic) - *on_linux::offset_ns(seen->boottime);
  const u64 monotonic = kernels(CLOCK_MONOTONIC);
  const u64 boottime = kernels(CLOCK_BOOTTIME);
  EXPECT_LT(std::abs(suspended - static_cast<i64>(boottime - monotonic)), 1'000'000) << "BOOTTIME counts suspensions";
  for (const paired_reading& pair : {seen->monotonic_raw, seen->boottime, seen->monotonic})
    EXPECT_LT(*on_linux::uncertainty_ns(pair), 100'000U);
}

TEST(Comparison, NeedsAPage) {
  EXPECT_EQ(on_linux::compare(pvclock_at(nullptr)).error(), clock_error::no_clock);
}

}  // namespace
