// SPDX-License-Identifier: BSL-1.0
#include "pages.hpp"
#include "reading_loop.hpp"

#include <guestclock/linux/paired_reading.hpp>
#include <guestclock/simulated/host.hpp>
#include <guestclock/x86/counter.hpp>

#include <algorithm>
#include <chrono>
#include <filesystem>

namespace {

using namespace guestclock;
using on_linux::os_clock;
using simulated::frequency_hz_max;
using simulated::host;

template <class Counter> void never_goes_back() {
  const auto started = host::start({.update_interval = std::chrono::microseconds(20)});
  ASSERT_TRUE(started) << started.why_none();
  tests::never_goes_back<Counter>((*started)->page(), {.readings = 2'000'000, .updates = 200});
}

TEST(SimulatedHost, NeverGoesBackUnderAReaderWithTheOrderedCounter) { never_goes_back<x86::ordered_counter>(); }

TEST(SimulatedHost, NeverGoesBackUnderAReaderWithTheStrictCounter) { never_goes_back<x86::strict_counter>(); }

TEST(SimulatedHost, RunsAtTheRateOfTheOs) {
  const auto started = host::start();
  ASSERT_TRUE(started) << started.why_none();
  const auto rate = on_linux::believe_by_rate((*started)->page());
  ASSERT_TRUE(rate) << rate.why_none();
  EXPECT_LE(std::abs(*rate), 1000 * 1000);
}

TEST(SimulatedHost, IsNeverAheadOfTheOsAndLittleBehind) {
  const auto started = host::start({.update_interval = std::chrono::microseconds(200)});
  ASSERT_TRUE(started) << started.why_none();
  pvclock_reader<x86::strict_counter> clock((*started)->page());
  u64 least_behind_ns = max_of<u64>;
  for (int count = 0; count < 200'000; ++count) {
    const auto page = tests::patiently(clock);
    const auto os_ns = on_linux::read_os_clock(os_clock::monotonic_raw);
    ASSERT_TRUE(page && os_ns);
    ASSERT_LE(page->time.nanoseconds, *os_ns + 2) << "at reading " << count;
    least_behind_ns = std::min(least_behind_ns, *os_ns - page->time.nanoseconds);
  }
  EXPECT_LT(least_behind_ns, 10'000U);
}

TEST(SimulatedHost, PublishesAValidPageBeforeItReturns) {
  const auto started = host::start({.update_interval = std::chrono::hours(1)});
  ASSERT_TRUE(started) << started.why_none();
  const auto snapshot = pvclock_reader<x86::ordered_counter>((*started)->page()).snapshot();
  ASSERT_TRUE(snapshot);
  EXPECT_EQ(snapshot->version, 2U);
  EXPECT_TRUE(check(snapshot->fields));
  EXPECT_EQ(u32(snapshot->fields.flags), pvclock_tsc_stable);
  EXPECT_GE(snapshot->fields.tsc_to_system_mul, u32(1) << 31);
}

TEST(SimulatedHost, StopsAtOnceAndLeavesNoThread) {
  const auto threads = [] {
    const std::filesystem::directory_iterator all("/proc/self/task");
    return std::distance(begin(all), end(all));
  };
  static_cast<void>(host::start());  // whatever a first thread starts beside itself is there from now on
  const auto threads_before = threads();
  const auto start = std::chrono::steady_clock::now();
  for (int count = 0; count < 5; ++count) {
    const auto started = host::start({.update_interval = std::chrono::hours(1)});
    ASSERT_TRUE(started) << started.why_none();
    EXPECT_EQ(threads(), threads_before + 1);
  }
  EXPECT_EQ(threads(), threads_before);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(30));
}

constexpr tick_rate one_ns_each{0x8000'0000, 1};
constexpr tick_rate two_ns_each{0x8000'0000, 2};
const on_linux::bracket at_1000{500, 1000, 540};  // the OS clock showed 1000 ns while the counter was in [500, 540]

TEST(NextUpdate, IsTheOsClocksTimeAtTheEndOfItsBracket) {
  const auto next = simulated::next_update({}, at_1000, one_ns_each, 600);
  EXPECT_EQ(next.tsc_timestamp, 600U);
  EXPECT_EQ(next.system_time, 1000U + (600 - 540));
  EXPECT_EQ(next.tsc_to_system_mul, one_ns_each.mul);
  EXPECT_EQ(next.tsc_shift, one_ns_each.shift);
  EXPECT_EQ(next.flags, pvclock_tsc_stable);
}

TEST(NextUpdate, IsNotBeforeWhatTheOldPageShowed) {
  const pvclock_snapshot ahead{400, 3000, two_ns_each.mul, two_ns_each.shift, 1};
  EXPECT_EQ(simulated::next_update(ahead, at_1000, one_ns_each, 600).system_time, 3000U + 2 * 200);
}

TEST(NextUpdate, CatchesUpWhereTheOldPageFellBehind) {
  const pvclock_snapshot behind{400, 30, two_ns_each.mul, two_ns_each.shift, 1};
  EXPECT_EQ(simulated::next_update(behind, at_1000, one_ns_each, 600).system_time, 1060U);
}

TEST(FrequencyBound, IsNotBelowAnyFrequencyThatTheBracketsAllow) {
  // From 100 ns to 1100 ns, of which either is rounded down: at least 999 ns; at most 2620 ticks.
  EXPECT_EQ(*frequency_hz_max({1000, 100, 1010}, {3600, 1100, 3620}), (2'620'000'000'000 + 998) / 999);
  EXPECT_EQ(frequency_hz_max({0, 5, 0}, {9, 5, 9}).error(), clock_error::out_of_range);
  EXPECT_EQ(frequency_hz_max({0, 5, 0}, {9, 6, 9}).error(), clock_error::out_of_range);
  EXPECT_EQ(frequency_hz_max({0, 5, 0}, {9, 4, 9}).error(), clock_error::out_of_range);
  EXPECT_EQ(frequency_hz_max({0, 0, 0}, {0, 2, max_of<u64>}).error(), clock_error::out_of_range);
}

}  // namespace
