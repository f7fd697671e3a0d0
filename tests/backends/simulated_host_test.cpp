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

/// Whatever the page's update does to a reader, it lets it begin anew.
template <class Read> result<reading> patiently_by(Read read) {
  const auto deadline = std::chrono::steady_clock::now() + tests::patience;
  for (;;) {
    const result<reading> now = read();
    const bool busy = now.error() == clock_error::update_in_progress || now.error() == clock_error::sequence_invalid;
    if (!busy || std::chrono::steady_clock::now() > deadline) return now;
    sched_yield();
  }
}

void never_goes_back_on(page_kind kind) {
  const auto started = host::start({.kind = kind, .update_interval = std::chrono::microseconds(200)});
  ASSERT_TRUE(started) << started.why_none();
  ASSERT_EQ((*started)->mapped().kind, kind);
  with_reader((*started)->mapped(), x86::ordered_counter{}, [](auto clock) {
    reading latest;
    int updates = 0;
    for (int count = 0; count < 200'000 || updates < 20; ++count) {
      const result<reading> now = patiently_by([&] { return clock.now(); });
      ASSERT_TRUE(now) << name_of(now.error());
      ASSERT_GE(now->time.nanoseconds, latest.time.nanoseconds) << "at reading " << count;
      updates += now->version != latest.version ? 1 : 0;
      latest = *now;
    }
  });
}

TEST(SimulatedHost, NeverGoesBackOnAHypervPage) { never_goes_back_on(page_kind::reference_tsc); }

TEST(SimulatedHost, NeverGoesBackOnAVmclockPage) { never_goes_back_on(page_kind::vmclock); }

TEST(SimulatedHost, IsNotAheadOfTheOsOnAnyKindOfPage) {
  for (const page_kind kind : page_kinds) {
    const auto started = host::start({.kind = kind, .update_interval = std::chrono::microseconds(200)});
    ASSERT_TRUE(started) << started.why_none();
    with_reader((*started)->mapped(), x86::strict_counter{}, [kind](auto clock) {
      u64 least_behind_ns = max_of<u64>;
      for (int count = 0; count < 50'000; ++count) {
        const result<reading> page = patiently_by([&] { return clock.now(); });
        const auto os_ns = on_linux::read_os_clock(os_clock::monotonic_raw);
        ASSERT_TRUE(page && os_ns) << name_of(kind);
        ASSERT_LE(page->time.nanoseconds, *os_ns + 2) << name_of(kind) << " at reading " << count;
        least_behind_ns = std::min(least_behind_ns, *os_ns - page->time.nanoseconds);
      }
      EXPECT_LT(least_behind_ns, 10'000U) << name_of(kind);
    });
  }
}

TEST(SimulatedHost, PublishesTheFirstPageOfEveryKind) {
  for (const auto& [kind, version] :
       {std::pair(page_kind::pvclock, u32(2)), {page_kind::reference_tsc, u32(1)}, {page_kind::vmclock, u32(2)}}) {
    const auto started = host::start({.kind = kind, .update_interval = std::chrono::hours(1)});
    ASSERT_TRUE(started) << started.why_none();
    with_reader((*started)->mapped(), x86::ordered_counter{}, [version = version](auto clock) {
      const result<reading> now = clock.now();
      ASSERT_TRUE(now) << name_of(now.error());
      EXPECT_EQ(now->version, version);
      EXPECT_TRUE(now->stable);
    });
  }
}

TEST(SimulatedHost, ClaimsNeitherUtcNorABoundOnItsVmclockPage) {
  const auto started = host::start({.kind = page_kind::vmclock, .update_interval = std::chrono::hours(1)});
  ASSERT_TRUE(started) << started.why_none();
  vmclock_reader<x86::ordered_counter> clock((*started)->page(), 4096, vmclock_counter_x86_tsc);
  const auto now = clock.now_exact();
  ASSERT_TRUE(now) << name_of(now.error());
  EXPECT_EQ(utc(*now).error(), clock_error::no_clock);
  EXPECT_EQ(tai(*now).error(), clock_error::no_clock);
  EXPECT_FALSE(now->max_error.declared);
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

TEST(NextUpdate, OfAVmclockPageIsNotBeforeWhatTheOldPageShowed) {
  const vmclock_period one_ns = *vmclock_period_for(1'000'000'000);
  const auto first = simulated::next_update(vmclock_snapshot{}, at_1000, one_ns_each, one_ns, 600);
  EXPECT_EQ(first.counter_value, 600U);
  EXPECT_EQ(first.time_sec, 0U);
  EXPECT_EQ(to_reading(*vmclock_reading_at(first, 600))->time.nanoseconds,
            1059U);  // 1060, in whole 2^-64 s, rounded down
  auto ahead = first;
  ahead.time_sec = 7;
  const auto after = simulated::next_update(ahead, at_1000, one_ns_each, one_ns, 1'600);
  EXPECT_EQ(after.time_sec, 7U);
  EXPECT_GE(after.time_frac_sec, ahead.time_frac_sec);
  EXPECT_EQ(check(after, 4096, vmclock_counter_x86_tsc).error(), clock_error{});
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
