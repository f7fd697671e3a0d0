// SPDX-License-Identifier: BSL-1.0
// A kernel that does not trust its own counter: KVM then leaves the page's sequence at 0, for good.
#include "reference_vm.hpp"

#include <algorithm>

namespace guestclock::vm {
namespace {

TEST(UnstableCounter, TheSequenceStaysZero) {
  reference_vm guest;
  ASSERT_TRUE(guest.is_good()) << "that the page is not usable is no reason to refuse it";
  for (int turn = 0; turn < 100; ++turn) {
    ASSERT_TRUE(guest.machine().set_clock(instant{u64(turn + 1) * 1'000'000'000}));
    ASSERT_EQ(static_cast<clock_error>(guest.told(work::reference_read).error), clock_error::sequence_invalid);
  }
  const hv_reference_tsc_page page = guest.reference_bytes();
  EXPECT_EQ(page.tsc_sequence, 0u);
  dump("unstable", &page, sizeof page, guest.work_of());
}

TEST(UnstableCounter, TheReferenceCounterTellsTheTime) {
  reference_vm guest;
  ASSERT_TRUE(guest.is_good());
  u64 worst = 0;
  table_line line{"C sequence 0, the counter MSR"};
  u64 asked = 0;
  for (int turn = 0; turn < 100; ++turn) {
    const auto before = guest.machine().clock();
    const task& told = guest.told(work::reference_read_or, 50);
    const auto after = guest.machine().clock();
    ASSERT_TRUE(before && after);
    ASSERT_EQ(told.refused, 0u) << name_of(static_cast<clock_error>(told.error));
    ASSERT_EQ(told.steps_back, 0u);
    ASSERT_EQ(told.version, 0u);
    line.pages_read += told.readings;
    asked += told.asked;
    const u64 earliest = before->time.nanoseconds - before->time.nanoseconds % 100;
    worst = std::max(worst, beyond(told.time, earliest, after->time.nanoseconds));
  }
  EXPECT_EQ(asked, line.pages_read) << "a page whose sequence is 0 told the time";
  line.worst_difference_ns = worst;
  line.of_what = "(MSR beyond two KVM_GET_CLOCK)";
  print(line);
  std::printf("hyperv-table | fallback asked %llu | of %llu readings\n", static_cast<unsigned long long>(asked),
              static_cast<unsigned long long>(line.pages_read));
  EXPECT_EQ(worst, 0u);
}

TEST(UnstableCounter, TheClockPageSaysSoAndDerivesNone) {
  reference_vm guest;
  ASSERT_TRUE(guest.is_good());
  const task& told = guest.told(work::read_once);
  ASSERT_EQ(told.error, 0u);
  EXPECT_EQ(told.flags & pvclock_tsc_stable, 0u);
  const auto clock = pvclock_reader<x86::ordered_counter>(guest.page()).snapshot();
  ASSERT_TRUE(clock);
  EXPECT_EQ(derive_reference_tsc(clock->fields).error(), clock_error::unstable);
  std::printf("hyperv-table | derivation refused %s\n", name_of(derive_reference_tsc(clock->fields).error()));
}

}  // namespace
}  // namespace guestclock::vm
