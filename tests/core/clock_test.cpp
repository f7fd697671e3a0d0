// SPDX-License-Identifier: BSL-1.0
/// \file tests/core/clock_test.cpp
#include <guestclock/clock.hpp>

#include <cstring>

#include <gtest/gtest.h>

#include "pages.hpp"

namespace {

using namespace guestclock;
using namespace guestclock::tests;

template <class Counter> using any_clock = guestclock::clock<Counter>;

/// A counter that goes on by `stride` at each sample.
struct striding_counter {
  u64 value = 0;
  u64 stride = 1;
  struct sampled {
    u64 value;
    after_nothing after;
  };
  sampled sample() noexcept { return {value += stride, {}}; }
};

struct pvclock_memory {
  alignas(8) unsigned char bytes[32]{};
  void write(u32 version, u32 mul = 0x8000'0000) {  // a tick lasts one nanosecond
    const pvclock_vcpu_time_info layout{version, 0, 0, 1'000, mul, 1, 1, {}};
    std::memcpy(bytes, &layout, sizeof layout);
  }
};
struct reference_memory {
  alignas(8) unsigned char bytes[32]{};
  void write(u32 sequence) {
    const std::uint64_t words[]{sequence, std::uint64_t{1} << 62, 10};  // a unit every four ticks
    std::memcpy(bytes, words, sizeof words);
  }
};

TEST(Clock, ReadsEitherKindOfPage) {
  pvclock_memory pvclock;
  pvclock.write(2);
  EXPECT_EQ(any_clock<fixed_counter>(page_kind::pvclock, pvclock.bytes, {7}).now()->time, instant{1'007});
  reference_memory reference;
  reference.write(5);
  any_clock<fixed_counter> hyperv(page_kind::reference_tsc, reference.bytes, {8});
  EXPECT_EQ(hyperv.now()->time, instant{1'200});
  EXPECT_EQ(hyperv.now()->version, 5U);
  EXPECT_EQ(hyperv.kind(), page_kind::reference_tsc);
}

TEST(Clock, HasNoClockWithoutAPageOfAKnownKind) {
  pvclock_memory memory;
  memory.write(2);
  EXPECT_EQ(any_clock<fixed_counter>().now().error(), clock_error::no_clock);
  for (const page_kind kind : {page_kind::none, static_cast<page_kind>(200)})
    EXPECT_EQ(any_clock<fixed_counter>(kind, memory.bytes).now().error(), clock_error::no_clock);
  for (const page_kind kind : {page_kind::pvclock, page_kind::reference_tsc}) {
    EXPECT_EQ(any_clock<fixed_counter>(kind, nullptr).now().error(), clock_error::no_clock);
    EXPECT_EQ(any_clock<fixed_counter>(kind, memory.bytes + 2).now().error(), clock_error::no_clock);
  }
}

TEST(Clock, ReadsAVmclockPageOfWhichItKnowsTheSize) {
  alignas(8) vmclock_abi page{};
  page.magic = vmclock_magic;
  page.size = 112;
  page.version = 1;
  page.counter_id = vmclock_counter_x86_tsc;
  page.seq_count = 2;
  page.time_type = 2;     // monotonic
  page.clock_status = 2;  // synchronised
  page.counter_period_shift = 30;
  page.counter_period_frac_sec = 0xD6BF'94D5'E57A'42BC;  // 1e-9 * 2^(64 + 29): a tick lasts half a nanosecond
  page.time_sec = 5;
  auto known = any_clock<fixed_counter>::of_vmclock(&page, 4096, vmclock_counter_x86_tsc, {2'000});
  vmclock_reader<fixed_counter> reader(&page, 4096, vmclock_counter_x86_tsc, {2'000});
  EXPECT_EQ(known.now().error(), reader.now().error());
  ASSERT_TRUE(known.now().has_value());
  EXPECT_EQ(known.now()->time, reader.now()->time);
  EXPECT_EQ(known.now()->version, 2U);
  any_clock<fixed_counter> unsized(page_kind::vmclock, &page, {2'000});
  EXPECT_EQ(unsized.now().error(), clock_error::no_clock);
}

TEST(Clock, AsksTheFallbackWhereAHyperVPageIsNotUsable) {
  reference_memory memory;
  memory.write(0);
  any_clock<fixed_counter> hyperv(page_kind::reference_tsc, memory.bytes, {8});
  const auto fallback = []() -> result<reference_time> { return reference_time{77}; };
  EXPECT_EQ(hyperv.now().error(), clock_error::sequence_invalid);
  EXPECT_EQ(hyperv.last_or_error().error(), clock_error::sequence_invalid) << "a state, not an update";
  EXPECT_EQ(hyperv.now_or(fallback)->time, instant{7'700});
  pvclock_memory pvclock;
  pvclock.write(2);
  EXPECT_EQ(any_clock<fixed_counter>(page_kind::pvclock, pvclock.bytes, {7}).now_or(fallback)->time, instant{1'007});
}

TEST(Clock, WaitsForAnUpdateToEnd) {
  pvclock_memory memory;
  memory.write(3);
  int pauses = 0;
  any_clock<striding_counter> clock(page_kind::pvclock, memory.bytes, {});
  const auto seen = clock.read_within(1'000'000, [&] {
    if (++pauses == 5) memory.write(4);
  });
  ASSERT_TRUE(seen.has_value());
  EXPECT_EQ(pauses, 5);
  EXPECT_EQ(seen->version, 4U);
}

TEST(Clock, GivesUpWhenTheBudgetIsSpent) {
  pvclock_memory memory;
  memory.write(3);
  int pauses = 0;
  any_clock<striding_counter> clock(page_kind::pvclock, memory.bytes, {});
  EXPECT_EQ(clock.read_within(1'000, [&] { ++pauses; }).error(), clock_error::update_in_progress);
  EXPECT_EQ(pauses, 1'000 / (retry_count_max + 1)) << "each try samples the counter a hundred times, and once more";
}

TEST(Clock, DoesNotHangOnACounterThatStandsStill) {
  pvclock_memory memory;
  memory.write(3);
  int pauses = 0;
  any_clock<fixed_counter> clock(page_kind::pvclock, memory.bytes, {7});
  EXPECT_EQ(clock.read_within(1, [&] { ++pauses; }).error(), clock_error::update_in_progress);
  EXPECT_EQ(pauses, read_within_tries_max - 1);
}

TEST(Clock, MakesDoWithItsLatestReading) {
  pvclock_memory memory;
  memory.write(3);
  any_clock<striding_counter> clock(page_kind::pvclock, memory.bytes, {});
  EXPECT_EQ(clock.last_or_error().error(), clock_error::update_in_progress) << "there is none yet";
  memory.write(4);
  const reading given = *clock.last_or_error();
  EXPECT_FALSE(given.repeated);
  memory.write(5);
  EXPECT_EQ(clock.last_or_error()->time, given.time);
  EXPECT_TRUE(clock.last_or_error()->repeated);
  memory.write(6, 0);
  EXPECT_EQ(clock.last_or_error().error(), clock_error::bad_multiplier) << "a page that is no clock is not hidden";
}

}  // namespace
