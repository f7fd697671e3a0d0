// SPDX-License-Identifier: BSL-1.0
/// \file tests/core/migration_test.cpp
/// Clocks that are saved, restored and moved.
#include <guestclock/migration.hpp>
#include <guestclock/rebase.hpp>

#include "frequency_table.hpp"

#include <gtest/gtest.h>

namespace {

using namespace guestclock;

constexpr u64 second_ns = nanoseconds_per_second;
constexpr pvclock_snapshot page{100, 1001, 0x8000'0000, 1, 0};  // 1 GHz

TEST(Migration, SavesATimeThatIsNotBeforeAnyRead) {
  const auto saved = save(page, {150, second_ns, {77}});
  EXPECT_EQ(saved->time.count, 11U);  // 1051 ns, up to 100 ns
  EXPECT_EQ(saved->at.counter, 150U);
  EXPECT_EQ(saved->at.frequency_hz, second_ns);
  EXPECT_EQ(saved->at.wall.nanoseconds, 77U);
  EXPECT_EQ(save(page, {199, second_ns, {77}})->time.count, 11U);
  EXPECT_EQ(save({}, {150, second_ns, {77}}).error(), clock_error::bad_multiplier);
}

TEST(Migration, AddsTheTimeElapsedOnceOrNotAtAll) {
  const saved_clock saved{{11}, {150, second_ns, {1000}}};
  const host_moment now{7, 2'400'000'000, {5000}};
  const auto added = restore(saved, now, elapsed::added, rounding::exact, pvclock_tsc_stable);
  EXPECT_EQ(added->system_time, 1100U + 4000U);
  EXPECT_EQ(added->tsc_timestamp, 7U);
  EXPECT_EQ(added->tsc_to_system_mul, 0xD555'5555U);
  EXPECT_EQ(added->tsc_shift, -1);
  EXPECT_EQ(added->flags, pvclock_tsc_stable);
  EXPECT_EQ(restore(saved, now, elapsed::left_out, rounding::exact, 0)->system_time, 1100U);
}

TEST(Migration, TakesAWallClockThatWasSetBackForNoTimeAtAll) {
  const saved_clock saved{{11}, {150, second_ns, {5000}}};
  EXPECT_EQ(restore(saved, {7, second_ns, {4999}}, elapsed::added, rounding::exact, 0)->system_time, 1100U);
  EXPECT_EQ(elapsed_between({5000}, {5000}), 0U);
  EXPECT_EQ(elapsed_between({5000}, {5001}), 1U);
}

TEST(Migration, RefusesWhatDoesNotFit) {
  const saved_clock late{{max_of<u64> / 100}, {150, second_ns, {0}}};
  EXPECT_EQ(restore(late, {7, 0, {0}}, elapsed::added, rounding::exact, 0).error(), clock_error::bad_frequency);
  EXPECT_TRUE(restore(late, {7, second_ns, {15}}, elapsed::added, rounding::kvm, 0));
  EXPECT_EQ(restore(late, {7, second_ns, {16}}, elapsed::added, rounding::exact, 0).error(), clock_error::out_of_range);
  EXPECT_EQ(restore({{max_of<u64>}, {}}, {7, second_ns, {0}}, elapsed::left_out, rounding::exact, 0).error(),
            clock_error::out_of_range);
}

TEST(Migration, MovesACounterOnByTheTicksOfItsGap) {
  for (const auto& row : tests::frequency_table) EXPECT_EQ(*tsc_offset_after(second_ns, row.frequency_hz), row.frequency_hz);
  EXPECT_EQ(*tsc_offset_after(1, 2'400'000'000), 2U);
  EXPECT_EQ(*tsc_offset_after(max_of<u64>, second_ns), max_of<u64>);
  EXPECT_EQ(tsc_offset_after(max_of<u64>, second_ns + 1).error(), clock_error::out_of_range);
  EXPECT_EQ(*tsc_after({{}, {max_of<u64>, 2'400'000'000, {}}}, 1), 1U);  // counters wrap
  EXPECT_EQ(tsc_after({{}, {0, max_of<u64>, {}}}, max_of<u64>).error(), clock_error::out_of_range);
}

TEST(Migration, LosesNoTimeWhileTheCounterStandsStill) {
  const u64 frequency_hz = 2'494'140'000;
  const tick_rate rate = *tick_rate_for(frequency_hz, rounding::exact);
  pvclock_snapshot now{0, 0, rate.mul, rate.shift, 0};
  u64 guest = 0, host_ticks = 0;
  for (int hop = 0; hop < 1000; ++hop) {
    guest += 24'941'400;                      // 10 ms in the guest
    host_ticks += 24'941'400 + 249'414'000;   // and 100 ms away, in which its counter stands still
    now = *rebased(now, guest, {host_ticks / 249'414 * 100'000}, rate, 0);
  }
  EXPECT_EQ(now.system_time, 110 * second_ns);
}

}  // namespace
