// SPDX-License-Identifier: BSL-1.0
// The reference TSC page that a real kernel writes: the guest enables it itself, and reads it and KVM's clock page by the
// same reader.
#include "reference_vm.hpp"

#include <algorithm>

namespace guestclock::vm {
namespace {

/// KVM derives its Hyper-V page from its clock page: behind that by less than 300 ns, or ahead by less than 100, and
/// both round.
constexpr u64 behind_max_ns = 400;
constexpr u64 ahead_max_ns = 102;

TEST(StableCounter, TheGuestEnablesThePageItself) {
  reference_vm guest;
  ASSERT_TRUE(guest.is_good());
  EXPECT_EQ(guest.enabled().offered, 0xFu) << "identity, counter, page, frequencies";
  EXPECT_STREQ(name_of(static_cast<hyperv::answer>(guest.enabled().flags >> 8)), "unidentified")
      << "before it had said who it is";
  EXPECT_EQ(*hyperv::enabled_at(guest.processor().msrs()), reference_address);
  const auto frequency = guest.processor().counter_frequency_hz();
  ASSERT_TRUE(frequency) << frequency.why_none();
  EXPECT_EQ(guest.enabled().tsc_hz, *frequency);
  EXPECT_EQ(guest.enabled().apic_hz, 1'000'000'000u);

  u64 worst = 0;
  u64 last = 0;
  table_line line{"C guest, between two KVM_GET_CLOCK"};
  for (int turn = 0; turn < 200; ++turn) {
    const auto before = guest.machine().clock();
    const task& told = guest.told(work::reference_read);
    const auto after = guest.machine().clock();
    ASSERT_TRUE(before && after);
    ASSERT_EQ(told.error, 0u) << name_of(static_cast<clock_error>(told.error));
    ASSERT_NE(told.version, 0u);
    const u64 earliest = before->time.nanoseconds - behind_max_ns;
    worst = std::max(worst, beyond(told.time, earliest, after->time.nanoseconds + ahead_max_ns));
    ASSERT_GE(told.time, last);
    last = told.time;
    ++line.pages_read;
    // The host's mapping of the same bytes, at the guest's own counter, tells the very same.
    const auto there = guest.seen();
    ASSERT_TRUE(there);
    ASSERT_EQ(there->version, told.version);
    ASSERT_EQ(convert(there->fields, told.counter)->time.nanoseconds, told.time);
  }
  line.updates_seen = guest.work_of().version;
  line.worst_difference_ns = worst;
  line.of_what = "(beyond a bracket)";
  print(line);
  EXPECT_EQ(worst, 0u);
}

TEST(StableCounter, TheHostEnablesThePageForAGuestWithoutTheInterface) {
  small_vm guest({.is_user = false});
  ASSERT_TRUE(guest.is_good());
  kvm::host_msrs msrs = guest.processor().msrs();
  EXPECT_EQ(hyperv::enable(msrs, reference_address), hyperv::answer::unidentified);
  ASSERT_EQ(hyperv::identify(msrs, hyperv::guest_os_id({.version = 1})), hyperv::answer::done);
  ASSERT_EQ(hyperv::enable(msrs, reference_address), hyperv::answer::done);
  guest.work_of().what = work::reference_read;
  ASSERT_TRUE(guest.turn());
  ASSERT_EQ(guest.work_of().error, 0u) << name_of(static_cast<clock_error>(guest.work_of().error));
  EXPECT_NE(guest.work_of().version, 0u);
  guest.work_of().what = work::reference_enable;
  ASSERT_TRUE(guest.turn());
  EXPECT_EQ(static_cast<clock_error>(guest.work_of().error), clock_error::no_clock) << "it looks for the interface";
}

TEST(StableCounter, ReservedBitsStayAsTheHostHadThem) {
  reference_vm guest({.reserved_bits = 0xA80});
  ASSERT_TRUE(guest.is_good());
  EXPECT_EQ(*guest.processor().msrs().read(hyperv::msr_reference_tsc), reference_address + 0xA81);
  EXPECT_EQ(guest.told(work::reference_read).error, 0u);
  EXPECT_EQ(hyperv::disable(guest.processor().msrs()), hyperv::answer::done);
  EXPECT_EQ(*guest.processor().msrs().read(hyperv::msr_reference_tsc), 0xA80u);
}

TEST(StableCounter, TheCounterLiesBetweenTwoReadingsOfThePage) {
  reference_vm guest;
  ASSERT_TRUE(guest.is_good());
  constexpr u64 brackets = 5'000;
  const task told = guest.told(work::reference_between, brackets);
  EXPECT_EQ(told.readings, 2 * brackets);
  EXPECT_EQ(told.refused, 0u);
  EXPECT_EQ(told.outside, 0u);
  print({"C counter MSR, between two of the page", told.readings, 1, 0, told.worst_ns, "(MSR beyond a bracket)"});
  std::printf("hyperv-table | brackets %llu | the narrowest %llu ns\n", static_cast<unsigned long long>(brackets),
              static_cast<unsigned long long>(told.narrowest_ns));
}

TEST(StableCounter, BothPagesTellTheSameTime) {
  reference_vm guest;
  ASSERT_TRUE(guest.is_good());
  constexpr u64 brackets = 100'000;
  const task told = guest.told(work::reference_beside, brackets);
  // KVM writes its clock page once more some 100 ms after it was enabled: that bracket is left out.
  EXPECT_LE(told.refused, 5u);
  EXPECT_EQ(told.readings, 3 * (brackets - told.refused));
  EXPECT_EQ(told.outside, 0u);
  print({"C the page, between two of pvclock", told.readings, 1, 0, told.worst_ns, "(beyond what deriving costs)"});
}

TEST(StableCounter, OurDerivationIsTheKernelsBitForBit) {
  reference_vm guest;
  ASSERT_TRUE(guest.is_good());
  const u64 offset = *guest.processor().counter_offset();
  u64 time = 0x0123'4567'89ab'cdef;
  u64 equal = 0;
  constexpr u64 comparisons = 500;
  for (u64 turn = 0; turn < comparisons; ++turn) {
    if (turn % 5 == 4) {
      const auto set = guest.processor().set_counter_offset(offset + (time >> 24));
      ASSERT_TRUE(set) << set.why_none();
    }
    time = ~time * 0x5851'f42d'4c95'7f2d + 1;
    ASSERT_TRUE(guest.machine().set_clock(instant{time >> (2 + turn % 40)}));
    ASSERT_EQ(guest.told(work::reference_read).error, 0u);
    const auto clock = pvclock_reader<x86::ordered_counter>(guest.page()).snapshot();
    const auto there = guest.seen();
    ASSERT_TRUE(clock && there);
    const auto ours = derive_reference_tsc(clock->fields);
    ASSERT_TRUE(ours) << name_of(ours.error());
    EXPECT_EQ(ours->tsc_scale, there->fields.tsc_scale);
    EXPECT_EQ(ours->tsc_offset, there->fields.tsc_offset);
    equal += *ours == there->fields ? 1 : 0;
  }
  const auto frequency = guest.processor().counter_frequency_hz();
  std::printf("hyperv-table | derivation compared %llu | equal %llu | at %llu Hz scale 0x%016llx\n",
              static_cast<unsigned long long>(comparisons), static_cast<unsigned long long>(equal),
              static_cast<unsigned long long>(frequency ? *frequency : 0),
              static_cast<unsigned long long>(guest.reference_bytes().tsc_scale));
}

TEST(StableCounter, ACounterOffsetMovesTheCounterAndNotTheTime) {
  reference_vm guest;
  ASSERT_TRUE(guest.is_good());
  x86::strict_counter host;
  u64 worst = 0;
  u64 last = 0;
  table_line line{"C guest, its counter's offset changed"};
  const u64 first = *guest.processor().counter_offset();
  for (const u64 offset :
       {first, first + 1, first + (u64{1} << 40), first - 1'000'000, u64{0}, first + (u64{1} << 33)}) {
    const auto set = guest.processor().set_counter_offset(offset);
    ASSERT_TRUE(set) << set.why_none();
    for (int turn = 0; turn < 20; ++turn) {
      const auto before = guest.machine().clock();
      const u64 counter_before = host.sample().value + offset;
      const task& told = guest.told(work::reference_read);
      const u64 counter_after = host.sample().value + offset;
      const auto after = guest.machine().clock();
      ASSERT_EQ(told.error, 0u);
      EXPECT_LE(counter_before, told.counter);
      EXPECT_LE(told.counter, counter_after);
      const u64 earliest = before->time.nanoseconds - behind_max_ns;
      worst = std::max(worst, beyond(told.time, earliest, after->time.nanoseconds + ahead_max_ns));
      EXPECT_GE(told.time, last);
      last = told.time;
      ++line.pages_read;
      line.updates_seen = told.version;
    }
  }
  line.worst_difference_ns = worst;
  line.of_what = "(beyond a bracket)";
  print(line);
  EXPECT_EQ(worst, 0u);
}

TEST(StableCounter, APageThatWasTakenBackIsNotWritten) {
  reference_vm guest;
  ASSERT_TRUE(guest.is_good());
  const u64 first = guest.told(work::reference_read).version;
  ASSERT_TRUE(guest.machine().set_clock(instant{1'000'000'000'000}));
  const u64 second = guest.told(work::reference_read).version;
  EXPECT_GT(second, first);
  ASSERT_EQ(hyperv::disable(guest.processor().msrs()), hyperv::answer::done);
  ASSERT_TRUE(guest.machine().set_clock(instant{2'000'000'000'000}));
  ASSERT_TRUE(guest.turn());
  EXPECT_EQ(guest.reference_bytes().tsc_sequence, second) << "the host still writes a page that was taken back";
}

TEST(StableCounter, ShowsItsPages) {
  reference_vm guest;
  ASSERT_TRUE(guest.is_good());
  ASSERT_TRUE(guest.machine().set_clock(instant{123'456'789'012'345}));
  const task reference = guest.told(work::reference_read);
  const hv_reference_tsc_page page = guest.reference_bytes();
  ASSERT_EQ(page.tsc_sequence, reference.version);
  dump("reference", &page, sizeof page, reference);
  for (int turn = 0;; ++turn) {  // KVM writes its clock page once more some 100 ms after it was enabled
    ASSERT_LT(turn, 5);
    const task pvclock = guest.told(work::read_once);
    const pvclock_vcpu_time_info clock = guest.bytes();
    if (clock.version != pvclock.version) continue;
    dump("pvclock", &clock, sizeof clock, pvclock);
    return;
  }
}

}  // namespace
}  // namespace guestclock::vm
