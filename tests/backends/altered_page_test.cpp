// SPDX-License-Identifier: BSL-1.0
// A page altered by a known amount alters the answer by exactly the amount that arithmetic predicts: what is read is
// the page, and nothing else.
#include "pages.hpp"

#include <guestclock/simulated/host.hpp>
#include <guestclock/x86/counter.hpp>

namespace {

using namespace guestclock;
using tests::fixed_counter;
using tests::predicted;

constexpr u64 ticks_later[] = {0, 1, 2, 3, 1'000, 2'596'130'001, 1'000'000'000'000};

u64 time_at(const pvclock_vcpu_time_info& page, u64 counter) {
  const auto now = pvclock_reader<fixed_counter>(&page, {counter}).now();
  EXPECT_TRUE(now) << name_of(now.error());
  return now ? now->time.nanoseconds : 0;
}

void expect_exact_shifts(const pvclock_vcpu_time_info& original) {
  for (const u64 ticks : ticks_later) {
    const u64 counter = original.tsc_timestamp + ticks;
    const u64 time = time_at(original, counter);
    EXPECT_EQ(time, predicted(original, counter));

    auto later = original;
    later.system_time += 12'345'678'901;
    EXPECT_EQ(time_at(later, counter), time + 12'345'678'901);

    auto earlier_snapshot = original;
    earlier_snapshot.tsc_timestamp -= 987'654'321;
    EXPECT_EQ(time_at(earlier_snapshot, counter), predicted(earlier_snapshot, counter));

    auto faster = original;
    faster.tsc_to_system_mul += 0x1234;
    EXPECT_EQ(time_at(faster, counter), predicted(faster, counter));

    auto doubled = original;
    doubled.tsc_shift = static_cast<std::int8_t>(doubled.tsc_shift + 1);
    EXPECT_EQ(time_at(doubled, counter), predicted(doubled, counter));
  }
}

TEST(AlteredPage, ShiftsTheAnswerOfTheLivePageExactly) {
  REQUIRE_LIVE_PAGE(page);
  expect_exact_shifts(tests::copy_of(page));
}

TEST(AlteredPage, ShiftsTheAnswerOfTheSimulatedPageExactly) {
  const auto host = simulated::host::start();
  ASSERT_TRUE(host) << host.why_none();
  expect_exact_shifts(tests::copy_of((*host)->page()));
}

TEST(AlteredPage, ShiftsTheAnswerOfAMadeUpPageExactly) { expect_exact_shifts(tests::plain_page()); }

TEST(AlteredPage, IsAheadOfTheLivePageByWhatWasAdded) {
  REQUIRE_LIVE_PAGE(page);
  auto altered = tests::copy_of(page);
  altered.system_time += 3'600'000'000'000;
  pvclock_reader<x86::ordered_counter> live(page);
  pvclock_reader<x86::ordered_counter> copy(&altered);
  const auto before = live.now();
  const auto ahead = copy.now();
  const auto after = live.now();
  ASSERT_TRUE(before && ahead && after);
  if (before->version != altered.version || after->version != altered.version)
    GTEST_SKIP() << "the host updated the page in between";
  EXPECT_GE(ahead->time.nanoseconds, before->time.nanoseconds + 3'600'000'000'000);
  EXPECT_LE(ahead->time.nanoseconds, after->time.nanoseconds + 3'600'000'000'000);
}

TEST(AlteredPage, ReportsTheFlagsThatItHas) {
  auto page = tests::plain_page();
  for (const unsigned flags : {0x00U, 0x01U, 0x02U, 0x03U, 0xFCU, 0xFFU}) {
    page.flags = static_cast<std::uint8_t>(flags);
    const auto now = pvclock_reader<fixed_counter>(&page, {page.tsc_timestamp}).now();
    ASSERT_TRUE(now);
    EXPECT_EQ(now->flags, flags);
    EXPECT_EQ(now->stable, (flags & 1) != 0);
    EXPECT_EQ(now->guest_stopped, (flags & 2) != 0);
  }
}

}  // namespace
