// SPDX-License-Identifier: BSL-1.0
#include "pages.hpp"

#include <guestclock/linux/paired_reading.hpp>
#include <guestclock/x86/counter.hpp>

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
  for (const auto clock : {os_clock::monotonic_raw, os_clock::boottime}) {
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

}  // namespace
