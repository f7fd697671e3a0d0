// SPDX-License-Identifier: BSL-1.0
/// \file tests/core/monotonic_test.cpp
#include <guestclock/monotonic.hpp>
#include <guestclock/pvclock.hpp>

#include <cstring>

#include <gtest/gtest.h>

#include "pages.hpp"

namespace {

using namespace guestclock;
using namespace guestclock::tests;

reading reading_at(u64 time, bool stable = false) {
  reading seen;
  seen.time = {time};
  seen.stable = stable;
  seen.counter = 42;
  return seen;
}

TEST(LastValue, KeepsUnstableReadersFromGoingBack) {
  shared_last_value last;
  EXPECT_EQ(not_before_last(last, reading_at(100)).time, instant{100});
  EXPECT_EQ(not_before_last(last, reading_at(99)).time, instant{100});
  EXPECT_EQ(not_before_last(last, reading_at(100)).time, instant{100});
  EXPECT_EQ(not_before_last(last, reading_at(101)).time, instant{101});
  EXPECT_EQ(last.load(), 101U);
  EXPECT_EQ(not_before_last(last, reading_at(50)).counter, 42U);
}

TEST(LastValue, LeavesStableReadingsAlone) {
  shared_last_value last;
  EXPECT_EQ(not_before_last(last, reading_at(100)).time, instant{100});
  EXPECT_EQ(not_before_last(last, reading_at(7, true)).time, instant{7});
  EXPECT_EQ(not_before_last(last, reading_at(900, true)).time, instant{900});
  EXPECT_EQ(last.load(), 100U);
}

TEST(LastValue, IsSharedByReadersOfOnePage) {
  alignas(8) unsigned char memory[32]{};
  const pvclock_vcpu_time_info layout{8, 0, 5'000'000, 7'000'000'000, 0xD555'5555, -1, 0, {}};  // not stable
  std::memcpy(memory, &layout, sizeof layout);
  shared_last_value last;
  pvclock_reader<fixed_counter> ahead(memory, fixed_counter{5'000'000 + 2'400'000'000});
  pvclock_reader<fixed_counter> behind(memory, fixed_counter{5'000'000});
  EXPECT_EQ(not_before_last(last, ahead.now())->time, instant{7'999'999'999});
  EXPECT_EQ(not_before_last(last, behind.now())->time, instant{7'999'999'999});
  EXPECT_EQ(behind.now()->time, instant{7'000'000'000});
}

TEST(LastValue, PassesErrorsOn) {
  shared_last_value last;
  pvclock_reader<fixed_counter> clock(nullptr);
  EXPECT_EQ(not_before_last(last, clock.now()).error(), clock_error::no_clock);
  EXPECT_EQ(last.load(), 0U);
}

TEST(LastValue, OfOneReaderIsAPlainWord) {
  local_last_value last;
  EXPECT_EQ(not_before_last(last, reading_at(100)).time, instant{100});
  EXPECT_EQ(not_before_last(last, reading_at(99)).time, instant{100});
  EXPECT_EQ(not_before_last(last, reading_at(101)).time, instant{101});
  EXPECT_EQ(not_before_last(last, reading_at(7, true)).time, instant{7});
  EXPECT_EQ(last.load(), 101U);
}

/// Other readers win the race so many times, and store a time that is later by `step` each time.
struct raced_last {
  u64 value = 0;
  u64 step = 1;
  int losses = 0;
  int attempts = 0;
  u64 load() const { return value; }
  bool replace(u64& expected, u64 desired) {
    ++attempts;
    if (losses-- > 0) {
      expected = value += step;
      return false;
    }
    EXPECT_EQ(expected, value);
    value = desired;
    return true;
  }
};

TEST(LastValue, TriesAgainAfterALostRace) {
  raced_last last{.losses = 5};
  EXPECT_EQ(not_before_last(last, reading_at(1'000)).time, instant{1'000});
  EXPECT_EQ(last.attempts, 6);
  EXPECT_EQ(last.value, 1'000U);
}

TEST(LastValue, GivesTheLaterTimeThatWonTheRace) {
  raced_last last{.step = 600, .losses = 2};
  EXPECT_EQ(not_before_last(last, reading_at(1'000)).time, instant{1'200});
  EXPECT_EQ(last.value, 1'200U);
}

TEST(LastValue, GivesTheLatestTimeAfterItsBound) {
  raced_last last{.losses = 1'000'000};
  EXPECT_EQ(not_before_last(last, reading_at(max_of<u64>)).time, instant{static_cast<u64>(retry_count_max)});
  EXPECT_EQ(last.attempts, retry_count_max);
}

TEST(Stamped, HasADifferenceWithinOneGeneration) {
  const stamped early{{1'000}, {1, 2}};
  const stamped late{{3'000}, {1, 2}};
  EXPECT_EQ(*checked_sub(late, early), duration::from_nanoseconds(u64(2'000)));
  EXPECT_EQ(*checked_sub(early, late), duration::minus_nanoseconds(2'000));
  EXPECT_EQ(*compare(early, late), -1);
  EXPECT_EQ(*compare(late, early), 1);
  EXPECT_EQ(*compare(late, late), 0);
}

TEST(Stamped, HasNoneAcrossGenerations) {
  reading seen;
  seen.time = {3'000};
  seen.generation = {1, 2};
  const stamped here = stamped::of(seen);
  for (const generation& other : {generation{0, 2}, generation{1, 3}}) {
    EXPECT_EQ(checked_sub(here, {{1'000}, other}).error(), clock_error::generation_changed);
    EXPECT_EQ(compare(here, {{1'000}, other}).error(), clock_error::generation_changed);
  }
}

TEST(TimeAccount, TellsThreeTimes) {
  // The page tells 1 000 when the machine begins; runs through a pause; begins anew after a snapshot.
  time_account account({1'000});
  account = *account.pause({{1'500}, {1'600}, 100});
  account = *account.restore({{1'700}, {5}, 1'000});
  EXPECT_EQ(*account.time({25}, time_passed::executed), instant{500 + 100 + 20});
  EXPECT_EQ(*account.time({25}, time_passed::with_pauses), instant{620 + 100});
  EXPECT_EQ(*account.time({25}, time_passed::with_snapshots), instant{720 + 1'000});
}

TEST(TimeAccount, RefusesReadingsOfBeforeTheLatestGap) {
  const time_account account = *time_account().pause({{1'500}, {1'600}, 100});
  EXPECT_EQ(account.time({1'599}, time_passed::executed).error(), clock_error::out_of_range);
  EXPECT_EQ(*account.time({1'600}, time_passed::executed), instant{1'500});
  EXPECT_EQ(account.pause({{1'599}, {2'000}, 1}).error(), clock_error::out_of_range);
}

TEST(TimeAccount, RefusesSumsThatDoNotFit) {
  const time_account paused = *time_account().pause({{0}, {0}, max_of<u64>});
  EXPECT_EQ(paused.pause({{0}, {0}, 1}).error(), clock_error::out_of_range);
  EXPECT_EQ(*paused.time({1}, time_passed::executed), instant{1});
  EXPECT_EQ(paused.time({1}, time_passed::with_pauses).error(), clock_error::out_of_range);
  const time_account saved = *time_account().restore({{0}, {0}, max_of<u64>});
  EXPECT_EQ(saved.restore({{0}, {0}, 1}).error(), clock_error::out_of_range);
  EXPECT_EQ(*saved.time({1}, time_passed::with_pauses), instant{1});
  EXPECT_EQ(saved.time({1}, time_passed::with_snapshots).error(), clock_error::out_of_range);
  const time_account ran = *time_account().pause({{max_of<u64>}, {0}, 0});
  EXPECT_EQ(ran.time({1}, time_passed::executed).error(), clock_error::out_of_range);
}

}  // namespace
