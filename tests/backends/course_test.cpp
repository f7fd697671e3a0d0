// SPDX-License-Identifier: BSL-1.0
// How `guestclock watch` judges one reading after the other: on readings made by hand.
#include <course.hpp>

#include <gtest/gtest.h>

namespace {

using namespace guestclock;
using guestclock::on_linux::comparison;
using guestclock::on_linux::paired_reading;
using guestclock::tools::course;
using guestclock::tools::course_reading;

constexpr u64 second = 1'000'000'000;

/// A page that is 5 s ahead of CLOCK_MONOTONIC_RAW at the beginning, and runs at the rate that it is told to.
struct scripted_clock {
  u64 os_ns = 1'000 * second;
  u64 page_ns = 1'005 * second;
  u32 version = 2;
  u64 frequency_hz = 2'600'000'000;
  u64 width_ticks = 80;  // 31 ns
  bool guest_stopped = false;
  guestclock::generation generation{};

  void pass(u64 os_passed_ns, i64 gained_ns = 0) {
    os_ns += os_passed_ns;
    page_ns = page_ns + os_passed_ns + static_cast<u64>(gained_ns);
  }
  [[nodiscard]] comparison now() const {
    paired_reading pair;
    pair.page.time = {page_ns};
    pair.page.version = version;
    pair.page.guest_stopped = guest_stopped;
    pair.page.generation = generation;
    pair.os = {0, os_ns, width_ticks};
    pair.frequency_hz = frequency_hz;
    return {pair, pair, pair};
  }
};

/// `seconds` readings, one each second, at that rate; the last of them.
course_reading run(course& of, scripted_clock& clock, int seconds, i64 gained_ns_per_second) {
  course_reading latest;
  for (int passed = 0; passed < seconds; ++passed) {
    clock.pass(second, gained_ns_per_second);
    latest = of.add(clock.os_ns, 0, clock.now());
  }
  return latest;
}

TEST(Course, BeginsWithoutADriftAndWithoutARate) {
  course watched;
  const course_reading first = watched.add(7, 3, scripted_clock{}.now());
  EXPECT_EQ(first.number, 1U);
  EXPECT_EQ(first.elapsed_ns, 7U);
  EXPECT_EQ(first.late_ns, 3U);
  EXPECT_EQ(first.drift_ns, 0);
  EXPECT_EQ(first.uncertainty_ns, 16U + 2U);
  EXPECT_FALSE(first.rate_ns_per_second);
  EXPECT_FALSE(first.step_ns);
  EXPECT_FALSE(first.why);
  EXPECT_TRUE(names_of(first.events).empty());
  EXPECT_EQ(first.totals.readings, 1U);
}

TEST(Course, MeasuresTheRateAndTheDrift) {
  for (const i64 rate : {0, 325, -325, 900'000, -900'000}) {
    course watched;
    scripted_clock clock;
    static_cast<void>(watched.add(0, 0, clock.now()));
    const course_reading last = run(watched, clock, 100, rate);
    EXPECT_EQ(last.rate_ns_per_second, rate);
    EXPECT_EQ(last.drift_ns, 100 * rate);
    EXPECT_EQ(last.step_ns, 0);
    EXPECT_EQ(last.totals.steps, 0U) << rate;
    EXPECT_EQ(last.totals.readings, 101U);
  }
}

TEST(Course, SeesAStepOfAMicrosecondAndMoreEitherWay) {
  for (const i64 size : {3'000, -3'000, 1'000'000'000}) {
    course watched;
    scripted_clock clock;
    static_cast<void>(watched.add(0, 0, clock.now()));
    run(watched, clock, 20, -325);
    clock.pass(second, -325 + size);
    const course_reading stepped = watched.add(clock.os_ns, 0, clock.now());
    EXPECT_TRUE(stepped.events.step) << size;
    EXPECT_FALSE(stepped.events.back);
    EXPECT_EQ(stepped.step_ns, size);
    EXPECT_FALSE(stepped.rate_ns_per_second) << "it is measured anew";
    const course_reading later = run(watched, clock, 5, -325);
    EXPECT_EQ(later.totals.steps, 1U);
    EXPECT_EQ(later.totals.steps_back, 0U);
    EXPECT_EQ(later.totals.largest_step_ns, size);
    EXPECT_EQ(later.rate_ns_per_second, -325);
    EXPECT_EQ(later.drift_ns, 26 * -325 + size);
  }
}

TEST(Course, RemembersTheLargestStepOfEitherSign) {
  course watched;
  scripted_clock clock;
  static_cast<void>(watched.add(0, 0, clock.now()));
  run(watched, clock, 5, 0);
  for (const i64 size : {5'000, -9'000, 8'000}) {
    clock.pass(second, size);
    static_cast<void>(watched.add(clock.os_ns, 0, clock.now()));
    run(watched, clock, 2, 0);
  }
  const course_reading last = run(watched, clock, 1, 0);
  EXPECT_EQ(last.totals.steps, 3U);
  EXPECT_EQ(last.totals.largest_step_ns, -9'000);
}

TEST(Course, TakesNoiseForNoStep) {
  course watched;
  scripted_clock clock;
  static_cast<void>(watched.add(0, 0, clock.now()));
  for (int count = 0; count < 1000; ++count) {
    clock.pass(1'000'000, count % 2 == 0 ? 30 : -30);
    EXPECT_FALSE(watched.add(clock.os_ns, 0, clock.now()).events.step) << count;
  }
  clock.width_ticks = 26'000;  // 10 µs: an interrupt hit every bracket
  clock.pass(1'000'000, 4'000);
  EXPECT_FALSE(watched.add(clock.os_ns, 0, clock.now()).events.step);
  clock.width_ticks = 80;
  clock.pass(1'000'000, -4'000);
  EXPECT_FALSE(watched.add(clock.os_ns, 0, clock.now()).events.step);
}

TEST(Course, BelievesAFirstRateUpToAThousandPpmAndNoMore) {
  for (const auto& [rate, is_step] : {std::pair<i64, bool>(1'000'000, false), {-1'000'000, false}, {1'010'000, true}}) {
    course watched;
    scripted_clock clock;
    static_cast<void>(watched.add(0, 0, clock.now()));
    EXPECT_EQ(run(watched, clock, 1, rate).events.step, is_step) << rate;
  }
}

TEST(Course, TakesANewFrequencyForANewRateAndNotForSteps) {
  course watched;
  scripted_clock clock;
  static_cast<void>(watched.add(0, 0, clock.now()));
  run(watched, clock, 20, 0);
  clock.frequency_hz = 2'599'870'000;  // its seconds are now 50 ppm shorter, and it gains as much
  const course_reading changed = run(watched, clock, 1, 25'000);
  EXPECT_FALSE(changed.events.step) << "it changed somewhere in between";
  const course_reading later = run(watched, clock, 20, 50'000);
  EXPECT_EQ(later.totals.steps, 0U);
  EXPECT_EQ(later.rate_ns_per_second, 50'000);
}

TEST(Course, TakesAChangedRateOfTheSameFrequencyForSteps) {
  course watched;
  scripted_clock clock;
  static_cast<void>(watched.add(0, 0, clock.now()));
  run(watched, clock, 20, 0);
  EXPECT_TRUE(run(watched, clock, 1, 5'000).events.step);
}

TEST(Course, SaysWhenTimeWentBack) {
  course watched;
  scripted_clock clock;
  static_cast<void>(watched.add(0, 0, clock.now()));
  run(watched, clock, 3, 0);
  clock.pass(second, -i64(second) - 1);
  const course_reading back = watched.add(clock.os_ns, 0, clock.now());
  EXPECT_TRUE(back.events.back);
  EXPECT_TRUE(back.events.step);
  EXPECT_EQ(back.step_ns, -i64(second) - 1);
  EXPECT_EQ(run(watched, clock, 3, 0).totals.steps_back, 1U);
}

TEST(Course, SaysEveryStepBackHoweverSmall) {
  course watched;
  scripted_clock clock;
  static_cast<void>(watched.add(0, 0, clock.now()));
  clock.pass(20, -21);
  const course_reading back = watched.add(20, 0, clock.now());
  EXPECT_TRUE(back.events.back);
  EXPECT_EQ(back.totals.steps, 1U);
}

TEST(Course, CountsAStandstillOnce) {
  course watched;
  scripted_clock clock;
  static_cast<void>(watched.add(0, 0, clock.now()));
  run(watched, clock, 3, -325);
  const course_reading still = run(watched, clock, 4, -i64(second));
  EXPECT_TRUE(still.events.stood_still);
  EXPECT_FALSE(still.events.step);
  EXPECT_EQ(still.totals.stops, 1U);
  EXPECT_EQ(still.totals.steps, 0U);
  const course_reading later = run(watched, clock, 3, -325);
  EXPECT_FALSE(later.events.stood_still);
  EXPECT_EQ(later.totals.steps, 0U);
  EXPECT_EQ(later.rate_ns_per_second, -325);
  EXPECT_EQ(run(watched, clock, 1, -i64(second)).totals.stops, 2U);
}

TEST(Course, DoesNotTakeAReadingTooSoonForAStandstill) {
  course watched;
  scripted_clock clock;
  static_cast<void>(watched.add(0, 0, clock.now()));
  clock.pass(100, -100);  // a page that counts in units of 100 ns
  EXPECT_FALSE(watched.add(100, 0, clock.now()).events.stood_still);
}

TEST(Course, SaysWhenTheHostPausedTheGuest) {
  course watched;
  scripted_clock clock;
  static_cast<void>(watched.add(0, 0, clock.now()));
  clock.guest_stopped = true;
  EXPECT_TRUE(run(watched, clock, 1, 0).events.guest_stopped);
  EXPECT_FALSE(run(watched, clock, 1, 0).events.guest_stopped) << "it still says so";
  clock.guest_stopped = false;
  run(watched, clock, 1, 0);
  clock.guest_stopped = true;
  EXPECT_EQ(run(watched, clock, 1, 0).totals.stops, 2U);
}

TEST(Course, CountsUpdatesAndDisruptions) {
  course watched;
  scripted_clock clock;
  static_cast<void>(watched.add(0, 0, clock.now()));
  EXPECT_FALSE(run(watched, clock, 1, 0).events.version);
  clock.version = 18;
  EXPECT_TRUE(run(watched, clock, 1, 0).events.version);
  clock.generation = {1, 0};
  const course_reading disrupted = run(watched, clock, 1, 0);
  EXPECT_TRUE(disrupted.events.disrupted);
  EXPECT_EQ(disrupted.totals.version_changes, 1U);
  EXPECT_EQ(disrupted.totals.disruptions, 1U);
}

TEST(Course, GoesOnBehindAReadingThatWasRefused) {
  course watched;
  scripted_clock clock;
  static_cast<void>(watched.add(0, 0, clock.now()));
  run(watched, clock, 10, 325);
  const course_reading refused = watched.add(clock.os_ns, 0, clock_error::update_in_progress);
  EXPECT_EQ(refused.why, clock_error::update_in_progress);
  EXPECT_TRUE(refused.events.refused);
  EXPECT_FALSE(refused.seen || refused.drift_ns || refused.rate_ns_per_second || refused.step_ns);
  const course_reading next = run(watched, clock, 1, 325);
  EXPECT_EQ(next.rate_ns_per_second, 325);
  EXPECT_EQ(next.totals.refused, 1U);
  EXPECT_EQ(next.totals.readings, 12U);
  EXPECT_EQ(next.number, 13U);
}

TEST(Course, BeginsWithARefusedReadingToo) {
  course watched;
  EXPECT_EQ(watched.add(0, 0, clock_error::sequence_invalid).totals.readings, 0U);
  EXPECT_EQ(watched.add(1, 0, scripted_clock{}.now()).drift_ns, 0);
}

TEST(Course, SaysWhenItWasNotRun) {
  course watched;
  EXPECT_FALSE(watched.add(0, 99'999'999, scripted_clock{}.now()).events.late);
  const course_reading late = watched.add(0, 100'000'000, scripted_clock{}.now());
  EXPECT_TRUE(late.events.late);
  EXPECT_EQ(late.totals.late, 1U);
}

TEST(Course, EndsOnAnyFigures) {
  course watched;
  scripted_clock clock;
  for (const u64 page_ns : {u64(0), max_of<u64>, u64(1) << 63, u64(1)})
    for (const u64 os_ns : {max_of<u64>, u64(0), u64(5), u64(1) << 63})
      for (const u64 frequency : {u64(0), u64(1), max_of<u64>}) {
        clock.page_ns = page_ns;
        clock.os_ns = os_ns;
        clock.frequency_hz = frequency;
        clock.width_ticks = frequency;
        static_cast<void>(watched.add(0, 0, clock.now()));
      }
}

TEST(Residual, IsWhatTheRateDoesNotExplain) {
  EXPECT_EQ(tools::residual_ns(500, 325, second), 175);
  EXPECT_EQ(tools::residual_ns(-500, -325, 2 * second), 150);
  EXPECT_EQ(tools::residual_ns(max_of<i64>, -i64(second), second), max_of<i64>);
  EXPECT_EQ(tools::residual_ns(min_of<i64>, max_of<i64>, max_of<u64>), min_of<i64>);
}

TEST(Events, HaveNames) {
  const std::vector<std::string_view> all{"version",       "step",      "back", "stood_still",
                                          "guest_stopped", "disrupted", "late", "refused"};
  EXPECT_EQ(tools::names_of({true, true, true, true, true, true, true, true}), all);
}

}  // namespace
