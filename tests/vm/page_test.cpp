// SPDX-License-Identifier: BSL-1.0
// The page that the kernel wrote for a guest, read in that guest and through the host's mapping of the same memory.
#include "small_vm.hpp"

#include <guestclock/kvm/snapshot.hpp>
#include <guestclock/linux/live_page.hpp>

#include <algorithm>
#include <ctime>

namespace guestclock::vm {
namespace {

u64 wall_ns() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  return u64(now.tv_sec) * nanoseconds_per_second + u64(now.tv_nsec);
}

/// How far a time lies outside a bracket.
u64 beyond(u64 time, u64 before, u64 after) { return time < before ? before - time : time > after ? time - after : 0; }

TEST_F(Vm, GuestAndHostReadTheSamePage) {
  small_vm guest;
  ASSERT_TRUE(guest.is_good());
  constexpr int turns = 200;
  u64 worst = 0;
  u64 narrowest = ~u64{0};
  u64 updates = 0;
  u64 updated_since = 0;
  u64 last_version = 0;
  u64 last_time = 0;
  for (int turn = 0; turn < turns; ++turn) {
    const auto before = guest.machine().clock();
    ASSERT_TRUE(guest.turn());
    const auto after = guest.machine().clock();
    ASSERT_TRUE(before && after);
    const task& told = guest.work_of();
    ASSERT_EQ(told.error, 0u) << name_of(static_cast<clock_error>(told.error));
    // The host's mapping of the same bytes, at the guest's own counter, tells the very same.
    const auto there = pvclock_reader<x86::ordered_counter>(guest.page()).snapshot();
    ASSERT_TRUE(there);
    if (there->version == told.version)
      ASSERT_EQ(convert(there->fields, told.counter)->time.nanoseconds, told.time);
    else
      ++updated_since;
    // And it lies between what KVM says before and after.
    worst = std::max(worst, beyond(told.time, before->time.nanoseconds, after->time.nanoseconds));
    narrowest = std::min(narrowest, after->time.nanoseconds - before->time.nanoseconds);
    ASSERT_GE(told.time, last_time);
    updates += told.version != last_version ? 1 : 0;
    last_version = told.version;
    last_time = told.time;
  }
  EXPECT_EQ(guest.work_of().turns, u64{turns});
  print({"B guest, between two KVM_GET_CLOCK", turns, updates, 0, worst, "(beyond a bracket)"});
  std::printf("the narrowest bracket was %llu ns\n", static_cast<unsigned long long>(narrowest));
  EXPECT_LE(worst, 2u);
  EXPECT_LE(updated_since, 10u) << "the page was updated between the guest's reading and its exit";
}

TEST_F(Vm, TheClockPairedWithTheCounterIsThePagesOwn) {
  small_vm guest;
  ASSERT_TRUE(guest.is_good() && guest.turn());
  const auto offset = guest.processor().counter_offset();
  const auto probe = guest.machine().clock();
  ASSERT_TRUE(probe);
  if (!probe->host_counter) GTEST_SKIP() << "this KVM pairs no counter with its clock (Linux 5.16)";
  const auto fields = pvclock_reader<x86::ordered_counter>(guest.page()).snapshot();
  ASSERT_TRUE(fields);
  u64 worst = 0;
  constexpr int readings = 1000;
  for (int turn = 0; turn < readings; ++turn) {
    const auto paired = guest.machine().clock();
    ASSERT_TRUE(paired && paired->host_counter);
    const auto by_page = convert(fields->fields, *paired->host_counter + (offset ? *offset : 0));
    ASSERT_TRUE(by_page) << name_of(by_page.error());
    worst = std::max(worst, apart(by_page->time.nanoseconds, paired->time.nanoseconds));
  }
  print({"B host mapping, KVM_GET_CLOCK's TSC", readings, 1, 0, worst, "(page - KVM_GET_CLOCK at one counter)"});
  EXPECT_LE(worst, 1000u) << "the guest's counter is not the host's and its offset ("
                          << (offset ? "known" : offset.why_none()) << ")";
}

TEST_F(Vm, OurParametersAreTheKernelsBitForBit) {
  small_vm guest;
  ASSERT_TRUE(guest.is_good() && guest.turn());
  const auto frequency = guest.processor().counter_frequency_hz();
  ASSERT_TRUE(frequency) << frequency.why_none();
  const auto ours = tick_rate_for(*frequency, rounding::kvm);
  ASSERT_TRUE(ours);
  const pvclock_vcpu_time_info page = guest.bytes();
  std::printf("%llu Hz: the kernel's mul 0x%08x, shift %d; ours 0x%08x, %d; rounded exactly 0x%08x\n",
              static_cast<unsigned long long>(*frequency), page.tsc_to_system_mul, page.tsc_shift, ours->mul,
              ours->shift, tick_rate_for(*frequency, rounding::exact)->mul);
  EXPECT_EQ(page.tsc_to_system_mul, ours->mul);
  EXPECT_EQ(page.tsc_shift, ours->shift);
}

TEST_F(Vm, AGuestReadsAtNativeSpeed) {
  small_vm guest;
  ASSERT_TRUE(guest.is_good());
  guest.work_of().what = work::read_many;
  guest.work_of().count = 1'000'000;
  const auto exits_before = guest.processor().statistic("exits");
  const u64 began = guest.machine().clock()->time.nanoseconds;
  ASSERT_TRUE(guest.turn());
  const u64 ended = guest.machine().clock()->time.nanoseconds;
  const auto exits_after = guest.processor().statistic("exits");
  const task& told = guest.work_of();
  EXPECT_EQ(told.readings, 1'000'000u);
  EXPECT_EQ(told.refused, 0u);
  EXPECT_EQ(told.steps_back, 0u);
  EXPECT_GE(told.time, began);
  EXPECT_LE(told.time, ended + 2);
  if (exits_before && exits_after)
    std::printf("1000000 readings, %llu ns each; returns of KVM_RUN %llu, KVM's own count of exits %llu\n",
                static_cast<unsigned long long>((ended - began) / 1'000'000),
                static_cast<unsigned long long>(guest.processor().run_count()),
                static_cast<unsigned long long>(*exits_after - *exits_before));
  print({"B guest, alone, native speed", told.readings, told.updates, 0, ended - told.time, "(end of run)"});
}

TEST_F(Vm, RingZeroEnablesItsClockItself) {
  small_vm guest({.is_user = false, .is_enabled = false, .has_cpuid = true});
  ASSERT_TRUE(guest.is_good());
  guest.work_of().what = work::enable_itself;
  guest.work_of().argument = page_address + 1;
  ASSERT_TRUE(guest.turn());
  for (int turn = 0; turn < 20; ++turn) {
    const auto before = guest.machine().clock();
    ASSERT_TRUE(guest.turn());
    ASSERT_EQ(guest.work_of().error, 0u) << name_of(static_cast<clock_error>(guest.work_of().error));
    ASSERT_LE(before->time.nanoseconds, guest.work_of().time + 2);
    ASSERT_LE(guest.work_of().time, guest.machine().clock()->time.nanoseconds + 2);
  }
  EXPECT_EQ(*kvm::enabled_at(guest.processor().msrs(), kvm::new_msrs), page_address);
  EXPECT_EQ(kvm::disable(guest.processor().msrs(), kvm::new_msrs), kvm::answer::done);
  const u32 version = guest.bytes().version;
  ASSERT_TRUE(guest.machine().set_clock(instant{1'000'000'000'000}));
  ASSERT_TRUE(guest.turn());
  EXPECT_EQ(guest.bytes().version, version) << "the host still writes a page that was taken back";
}

TEST_F(Vm, APageMayBeginAtAnyMultipleOfFour) {
  small_vm guest({.is_enabled = false});
  ASSERT_TRUE(guest.is_good());
  for (const u64 address : {page_address + 4, page_address + 12, u64{0x5fe0}}) {
    ASSERT_EQ(kvm::enable(guest.processor().msrs(), kvm::new_msrs, address), kvm::answer::done);
    guest.work_of().page = address;
    const auto before = guest.machine().clock();
    ASSERT_TRUE(guest.turn());
    ASSERT_EQ(guest.work_of().error, 0u);
    EXPECT_LE(before->time.nanoseconds, guest.work_of().time + 2);
  }
}

TEST_F(Vm, WallClockOfTheHost) {
  small_vm guest;
  ASSERT_TRUE(guest.is_good());
  ASSERT_EQ(kvm::request_wall_clock(guest.processor().msrs(), kvm::new_msrs, wall_address), kvm::answer::done);
  const auto boot = wall_clock_at(guest.machine().at(wall_address, 12));
  ASSERT_TRUE(boot) << name_of(boot.error());
  const auto now = guest.machine().clock();
  const u64 host = now->realtime ? *now->realtime->to_nanoseconds() : wall_ns();
  const u64 told = *wall_time(*boot, now->time)->to_nanoseconds();
  print({"B wall clock structure", 1, 1, 0, apart(host, told), "(boot + KVM_GET_CLOCK - REALTIME)"});
  EXPECT_LE(apart(host, told), 1'000'000u);
}

TEST_F(Vm, WallClockAndCounterOfOneMoment) {
  small_vm guest({.is_user = false, .has_cpuid = true});
  ASSERT_TRUE(guest.is_good() && guest.turn());
  auto* const filled = static_cast<kvm::clock_pairing*>(guest.machine().at(wall_address, sizeof(kvm::clock_pairing)));
  guest.work_of().what = work::pair;
  guest.work_of().argument = wall_address;
  const u64 before = wall_ns();
  const auto left = guest.processor().run(std::chrono::seconds(1));  // where ring 0 is emulated, this never ends
  const u64 after = wall_ns();
  ASSERT_TRUE(left) << left.why_none();
  if (left->kind != kvm::exit_kind::out) GTEST_SKIP() << "no hypercall from this guest's ring 0: " << left->text();
  const i64 answer = as_signed(u64{guest.work_of().error});
  const auto paired = kvm::pair_wall_clock([answer](u64, u64, u64) { return answer; }, *filled, wall_address);
  if (!paired) GTEST_SKIP() << "the host answers " << answer << ": " << name_of(paired.error());
  const u64 told = *paired->wall.to_nanoseconds();
  print({"B clock-pairing hypercall", 1, 1, 0, beyond(told, before, after), "(beyond a bracket of the host's clock)"});
  EXPECT_LE(beyond(told, before, after), 1000u);
  const auto fields = pvclock_reader<x86::ordered_counter>(guest.page()).snapshot();
  ASSERT_TRUE(fields && convert(fields->fields, paired->counter));
}

TEST_F(Vm, TimeInTheGuestIsTheHosts) {
  small_vm guest;
  ASSERT_TRUE(guest.is_good());
  const auto boot = kvm::boot_time_now(guest.machine());
  ASSERT_TRUE(boot && kvm::publish_region(guest.machine(), {region_address, page_address, 2 * 3600}, *boot));
  guest.work_of().what = work::region;
  guest.work_of().argument = region_address;
  u64 worst = 0;
  u64 least = ~u64{0};
  constexpr int turns = 100;
  for (int turn = 0; turn < turns; ++turn) {
    const u64 before = wall_ns();
    ASSERT_TRUE(guest.turn());
    const u64 after = wall_ns();
    const task& told = guest.work_of();
    ASSERT_EQ(told.error, 0u);
    const u64 wall = told.wall_seconds * nanoseconds_per_second + told.wall_nanoseconds;
    EXPECT_EQ(told.local_seconds - told.wall_seconds, u64{2 * 3600});
    worst = std::max(worst, beyond(wall, before, after));
    least = std::min(least, after - before);
  }
  print({"B region: wall time in the guest", turns, 0, 0, worst, "(beyond a bracket of the host's clock)"});
  std::printf("the narrowest bracket was %llu ns\n", static_cast<unsigned long long>(least));
  EXPECT_LE(worst, 1'000'000u);
}

TEST_F(Vm, AGuestWithoutAClockIsToldSo) {
  small_vm guest({.is_enabled = false});
  ASSERT_TRUE(guest.is_good());
  ASSERT_TRUE(guest.turn());
  EXPECT_EQ(static_cast<clock_error>(guest.work_of().error), clock_error::bad_multiplier)
      << "of a page that nobody filled";
  std::memset(guest.machine().at(region_address, 32), 0, 32);
  guest.work_of().what = work::region;
  guest.work_of().argument = region_address;
  ASSERT_TRUE(guest.turn());
  EXPECT_EQ(static_cast<clock_error>(guest.work_of().error), clock_error::no_clock) << "of a region without a page";
}

TEST_F(Vm, AStopIsShownUntilTheGuestHasSeenIt) {
  small_vm guest;
  ASSERT_TRUE(guest.is_good() && guest.turn());
  const auto is_stopped = [&guest] { return (guest.bytes().flags & pvclock_guest_stopped) != 0; };
  EXPECT_FALSE(is_stopped());
  ASSERT_TRUE(guest.processor().tell_stopped());
  ASSERT_TRUE(guest.turn());
  EXPECT_EQ(guest.work_of().flags & pvclock_guest_stopped, pvclock_guest_stopped);
  ASSERT_TRUE(guest.machine().set_clock(instant{1'000'000'000'000}));
  ASSERT_TRUE(guest.turn());
  EXPECT_TRUE(is_stopped()) << "an update loses a stop";
  guest.work_of().what = work::acknowledge;
  ASSERT_TRUE(guest.turn());
  EXPECT_EQ(guest.work_of().flags, 1u);
  guest.work_of().what = work::read_once;
  ASSERT_TRUE(guest.turn());
  EXPECT_FALSE(is_stopped());
}

TEST(LivePage, OfThisMachineNeverGoesBack) {
  const auto page = on_linux::find_live_page();
  if (!page) GTEST_SKIP() << page.why_none();
  pvclock_reader<x86::ordered_counter> clock(page->address);
  table_line line{"A live page of this machine"};
  u64 last = 0;
  u32 version = 0;
  for (int turn = 0; turn < 10'000'000; ++turn) {
    const auto seen = clock.now();
    if (!seen) {
      ASSERT_EQ(seen.error(), clock_error::update_in_progress);
      continue;
    }
    ++line.pages_read;
    line.torn_accepted += seen->time.nanoseconds < last ? 1 : 0;
    line.updates_seen += seen->version != version ? 1 : 0;
    last = seen->time.nanoseconds;
    version = seen->version;
  }
  const i64 rate = page->difference_ns_per_second;
  line.worst_difference_ns = static_cast<u64>(rate < 0 ? -rate : rate);
  line.of_what = "per s, to CLOCK_MONOTONIC_RAW, over 10 ms";
  print(line);
  EXPECT_EQ(line.torn_accepted, 0u);
}

}  // namespace
}  // namespace guestclock::vm
