// SPDX-License-Identifier: BSL-1.0
// A guest that is paused, saved, and goes on in another machine; and hosts that set the clock, the counter, the date.
#include "small_vm.hpp"

#include <guestclock/kvm/snapshot.hpp>

#include <array>
#include <thread>

namespace guestclock::vm {
namespace {

constexpr std::chrono::milliseconds pause_length{100};

/// What a guest showed before it was saved, and first after it was restored, and the host's clock around it.
struct across {
  u64 before{};
  u64 after{};
  u64 passed_max{};  ///< on CLOCK_MONOTONIC
  kvm::restored report;
};

void save_and_restore(kvm::pause_is pause, across& seen, bool is_user = true) {
  const auto machine_of = [](const std::unique_ptr<small_vm>& vm) -> small_vm& { return *vm; };
  auto old = std::make_unique<small_vm>(vm_options{.is_user = is_user});
  ASSERT_TRUE(old->is_good());
  for (int turn = 0; turn < 9; ++turn) ASSERT_TRUE(machine_of(old).turn());
  const auto began = std::chrono::steady_clock::now();
  ASSERT_TRUE(machine_of(old).turn());
  seen.before = old->work_of().time;
  const auto saved = kvm::save(old->machine(), old->processors());
  ASSERT_TRUE(saved) << saved.why_none();
  old.reset();
  std::this_thread::sleep_for(pause_length);
  auto again = std::make_unique<small_vm>(vm_options{.is_user = is_user, .is_enabled = false});
  ASSERT_TRUE(again->is_good());
  auto restored = kvm::restore(again->machine(), again->processors(), *saved, pause);
  ASSERT_TRUE(restored) << restored.why_none();
  seen.report = *restored;
  ASSERT_TRUE(again->turn());
  seen.passed_max = static_cast<u64>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now() - began).count());
  ASSERT_EQ(again->work_of().error, 0u) << name_of(static_cast<clock_error>(again->work_of().error));
  seen.after = again->work_of().time;
  EXPECT_EQ(again->work_of().turns, 11u) << "the out was done again, or lost";
  u64 last = seen.after;
  for (int turn = 0; turn < 10; ++turn) {
    ASSERT_TRUE(again->turn());
    ASSERT_GE(again->work_of().time, last);
    last = again->work_of().time;
  }
  if (!seen.report.counter.empty()) std::printf("counter: %s\n", seen.report.counter.c_str());
  if (!seen.report.frequency.empty()) std::printf("frequency: %s\n", seen.report.frequency.c_str());
}

TEST_F(Vm, ARestoredClockGoesOnWhereItWas) {
  across seen;
  save_and_restore(kvm::pause_is::left_out, seen);
  if (HasFatalFailure()) return;
  EXPECT_GE(seen.after, seen.before);
  EXPECT_LT(seen.after - seen.before,
            seen.passed_max - static_cast<u64>(std::chrono::nanoseconds(pause_length).count()) + 1);
  print({"B restored, the pause left out", 21, 2, 0, seen.after - seen.before, "(passed for the guest)"});
}

/// Where ring 0 is emulated, a port access is completed on the way back in: it must be, before the registers are saved.
TEST_F(Vm, AGuestInRingZeroIsRestored) {
  across seen;
  save_and_restore(kvm::pause_is::left_out, seen, false);
  if (HasFatalFailure()) return;
  EXPECT_GE(seen.after, seen.before);
}

TEST_F(Vm, ARestoredClockCountsThePause) {
  {
    small_vm probe;
    ASSERT_TRUE(probe.is_good() && probe.turn());
    if (!probe.machine().clock()->realtime)
      GTEST_SKIP() << "this KVM does not pair its clock with the wall clock (Linux 5.16)";
  }
  across seen;
  save_and_restore(kvm::pause_is::counted, seen);
  if (HasFatalFailure()) return;
  EXPECT_GE(seen.after - seen.before, static_cast<u64>(std::chrono::nanoseconds(pause_length).count()));
  EXPECT_LE(seen.after - seen.before, seen.passed_max + 1'000'000);
  print({"B restored, the pause counted", 21, 2, 0, apart(seen.after - seen.before, seen.passed_max),
         "(passed for guest - for host)"});
}

/// A host whose counter stood still while the guest was out, as where only the counter is kept: the time is lost, and
/// the page puts it right.
TEST_F(Vm, LostTimeIsPutRightByThePage) {
  small_vm guest;
  ASSERT_TRUE(guest.is_good() && guest.turn());
  const auto host_ns = [] {
    return static_cast<u64>(
        std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
            .count());
  };
  const u64 began = host_ns();
  const auto paused = guest.machine().clock();
  ASSERT_TRUE(paused);
  std::this_thread::sleep_for(pause_length);
  ASSERT_TRUE(guest.machine().set_clock(paused->time));
  ASSERT_TRUE(guest.turn());
  const u64 lost = guest.work_of().time;
  ASSERT_LT(lost - paused->time.nanoseconds, host_ns() - began) << "nothing was lost";
  const u64 put_right = host_ns();
  ASSERT_TRUE(guest.machine().set_clock(instant{paused->time.nanoseconds + (put_right - began)}));
  ASSERT_TRUE(guest.turn());
  const u64 ended = host_ns();
  EXPECT_GE(guest.work_of().time, lost);
  const u64 told = guest.work_of().time - paused->time.nanoseconds;
  const u64 least = put_right - began;
  const u64 most = ended - began;
  const u64 beyond = told < least ? least - told : told > most ? told - most : 0;
  print({"B lost time put right", 3, 3, 0, beyond, "(beyond a bracket of the host's clock)"});
  EXPECT_LE(beyond, 100'000u);  // both clocks' rates differ, and the host's is steered
}

/// What the machine really makes of a counter that is moved: set, read back, and seen in the guest; or why not.
TEST_F(Vm, TheCounterIsMovedWhereTheMachineMovesIt) {
  small_vm guest;
  ASSERT_TRUE(guest.is_good() && guest.turn());
  const auto before = guest.machine().clock();
  const u64 counter_before = guest.work_of().counter;
  const auto moved = guest.processor().set_counter_offset(u64{0} - (u64{1} << 50));
  if (!moved) std::printf("offset: %s\n", moved.why_none().c_str());
  ASSERT_TRUE(guest.turn());
  ASSERT_TRUE(guest.turn());
  ASSERT_EQ(guest.work_of().error, 0u) << name_of(static_cast<clock_error>(guest.work_of().error));
  if (moved) {
    EXPECT_GT(wrapping_sub(counter_before, guest.work_of().counter), u64{1} << 49);
  }
  // Whatever became of the counter, the clock goes on.
  EXPECT_GE(guest.work_of().time + 2, before->time.nanoseconds);
  EXPECT_LE(guest.work_of().time, guest.machine().clock()->time.nanoseconds + 2);
  print({moved ? "B counter moved by 2^50" : "B counter not moved here", 3, 2, 0, 0, ""});
}

TEST_F(Vm, EveryFrequencyThatTheMachineMakesHasOurParameters) {
  int made = 0;
  std::string why;
  for (const u64 khz :
       std::initializer_list<u64>{1'000'000, 1'500'001, 2'000'001, 2'400'000, 2'599'998, 3'400'001, 4'000'001}) {
    small_vm guest({.is_enabled = false});
    ASSERT_TRUE(guest.is_good());
    const auto set = guest.processor().set_counter_frequency_hz(khz * 1000);
    if (!set) {
      why = set.why_none();
      continue;
    }
    ASSERT_EQ(kvm::enable(guest.processor().msrs(), kvm::new_msrs, page_address), kvm::answer::done);
    ASSERT_TRUE(guest.turn());
    ++made;
    const auto ours = tick_rate_for(khz * 1000, rounding::kvm);
    EXPECT_EQ(guest.bytes().tsc_to_system_mul, ours->mul) << khz;
    EXPECT_EQ(guest.bytes().tsc_shift, ours->shift) << khz;
    EXPECT_EQ(guest.work_of().error, 0u);
  }
  if (made == 0) GTEST_SKIP() << why;
  print({"B scaled counters", u64(made), u64(made), 0, 0, "(mul and shift, bit for bit)"});
}

/// The host's date is set by hand: the guest's monotonic clock does not notice, and the region is stamped anew.
TEST_F(Vm, ADateSetByHandMovesTheWallClockOnly) {
  small_vm guest;
  ASSERT_TRUE(guest.is_good());
  const auto boot = kvm::boot_time_now(guest.machine());
  ASSERT_TRUE(boot && kvm::publish_region(guest.machine(), {region_address, page_address, 0}, *boot));
  guest.work_of().what = work::region;
  guest.work_of().argument = region_address;
  ASSERT_TRUE(guest.turn());
  const task first = guest.work_of();
  guest_clock_region region{};
  std::memcpy(&region, guest.machine().at(region_address, sizeof region), sizeof region);
  region.boot_time_ns -=
      u64{3600} * nanoseconds_per_second;  // what the host would stamp, had its date gone back by an hour
  std::memcpy(guest.machine().at(region_address, sizeof region), &region, sizeof region);
  ASSERT_TRUE(guest.turn());
  const task second = guest.work_of();
  EXPECT_GE(second.time, first.time);
  EXPECT_NEAR(static_cast<double>(first.wall_seconds - second.wall_seconds), 3600, 2);
}

}  // namespace
}  // namespace guestclock::vm
