// SPDX-License-Identifier: BSL-1.0
// The host's side of KVM against a kernel of our own: what is asked in which order, what is said when a call fails, and
// that nothing stays open.
#include "says.hpp"
#include "scripted_kernel.hpp"

#include <guestclock/guestclock.hpp>
#include <guestclock/kvm/guest.hpp>
#include <guestclock/kvm/host.hpp>
#include <guestclock/kvm/snapshot.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <string>
#include <thread>

namespace {

using namespace guestclock;
using namespace std::chrono_literals;
using tests::says;
using tests::scripted_kernel;

constexpr std::size_t memory_bytes = 0x20000;

/// A machine with a processor, on a kernel of its own.
struct scene {
  scripted_kernel kernel;
  std::optional<kvm::machine> machine;
  std::optional<kvm::processor> processor;
  explicit scene(scripted_kernel scripted = {}) : kernel(std::move(scripted)) {
    auto made = kvm::machine::create({memory_bytes}, kernel);
    if (!made) return;
    machine.emplace(std::move(*made));
    if (auto added = machine->add_processor(0)) processor.emplace(std::move(*added));
  }
};

/// Everything that a VMM does; the first sentence of why not, or nothing.
std::string whole_life(scripted_kernel& kernel) {
  auto machine = kvm::machine::create({memory_bytes}, kernel);
  if (!machine) return machine.why_none();
  auto processor = machine->add_processor(0);
  if (!processor) return processor.why_none();
  const auto steps = std::vector<std::function<outcome<kvm::done>()>>{
      [&] { return machine->offer_cpuid(*processor); },
      [&] { return machine->offer_hyperv_cpuid(*processor); },
      [&] {
        return processor->start({0x10000, 0x9ff8, true}, machine->memory());
      },
      [&] { return machine->set_clock(instant{1}); },
      [&] { return machine->set_clock(instant{1}, unix_time::from_nanoseconds(u64{1})); },
      [&] { return processor->set_counter_frequency_hz(1'000'000'000); },
      [&] { return processor->set_counter_offset(7); },
      [&]() -> outcome<kvm::done> {
        if (kvm::enable(processor->msrs(), kvm::new_msrs, 0x5000) == kvm::answer::done) return kvm::done{};
        return sentence{"failed: refused (errno 5)"};
      },
      [&] { return processor->tell_stopped(); },
  };
  for (const auto& step : steps) {
    if (const auto given = step(); !given) return given.why_none();
  }
  if (const auto left = processor->run(1s); !left) return left.why_none();
  if (const auto exits = processor->statistic("exits"); !exits) return exits.why_none();
  const auto saved = kvm::save(*machine, {&*processor});
  if (!saved) return saved.why_none();
  const auto restored = kvm::restore(*machine, {&*processor}, *saved, kvm::pause_is::counted);
  if (!restored) return restored.why_none();
  const auto boot = kvm::boot_time_now(*machine);
  if (!boot) return boot.why_none();
  if (const auto region = kvm::publish_region(*machine, {0x6000, 0x5000, 3600}, *boot); !region)
    return region.why_none();
  return {};
}

TEST(KvmHost, DoesItAllAndLeavesNothingOpen) {
  scripted_kernel kernel;
  EXPECT_EQ(whole_life(kernel), "");
  EXPECT_TRUE(kernel.is_clean());
}

TEST(KvmHost, LeavesNothingOpenAndSaysWhyWhicheverCallFails) {
  scripted_kernel untroubled;
  ASSERT_EQ(whole_life(untroubled), "");
  int told = 0;
  for (int call = 0; call < untroubled.calls; ++call) {
    scripted_kernel kernel;
    kernel.fail_at = call;
    const std::string why = whole_life(kernel);
    EXPECT_TRUE(kernel.is_clean()) << "after call " << call << ", " << untroubled.log[static_cast<std::size_t>(call)];
    if (why.empty()) continue;  // what can be done without: a capability, the counter's frequency
    ++told;
    EXPECT_EQ(why.find('\n'), std::string::npos);
    const bool is_clear = says(why, {"failed", "(errno 5)"}) || says(why, {"KVM_GET_MSRS did not give"}) ||
                          says(why, {"KVM_SET_MSRS refused"}) || says(why, {"have no counter 'exits'"}) ||
                          says(why, {"cannot scale"}) || says(why, {"no KVM_CAP_HYPERV_CPUID"}) ||
                          says(why, {"does not know the wall clock"});
    EXPECT_TRUE(is_clear) << "after call " << call << ": " << why;
  }
  EXPECT_GT(told, 30) << "of " << untroubled.calls;
}

TEST(KvmHost, OffersItsOwnInterfaceAndSaysThatItIsThere) {
  scene on;
  ASSERT_TRUE(on.machine->offer_cpuid(*on.processor));
  ASSERT_EQ(on.kernel.leaves_set.size(), 3u);
  EXPECT_EQ(on.kernel.leaves_set[0].ecx, u32{1} << 31);
  EXPECT_EQ(on.kernel.leaves_set[1].ecx, 0u);
  EXPECT_EQ(on.kernel.leaves_set[2].eax, 9u);
}

TEST(KvmHost, OffersHypervsInterfaceBeforeItsOwn) {
  scene on;
  ASSERT_TRUE(on.machine->offer_hyperv_cpuid(*on.processor));
  const std::vector<kvm_cpuid_entry2>& set = on.kernel.leaves_set;
  ASSERT_EQ(set.size(), 5u);
  const auto cpuid = [&set](u32 leaf, u32) -> x86::cpuid_leaf {
    for (const kvm_cpuid_entry2& entry : set)
      if (entry.function == leaf) return {entry.eax, entry.ebx, entry.ecx, entry.edx};
    return {};
  };
  EXPECT_EQ(x86::vendor_of(cpuid(0x40000000, 0)), x86::hypervisor::hyperv);
  EXPECT_EQ(cpuid(0x40000000, 0).eax, 0x40000005u);
  EXPECT_EQ(cpuid(0x40000001, 0).eax, 0x31237648u);
  EXPECT_EQ(cpuid(1, 0).eax, 5u);
  EXPECT_TRUE(x86::is_virtual(cpuid));
  EXPECT_EQ(cpuid(0x40000100, 0).eax, 0x40000101u);
  EXPECT_EQ(cpuid(0x40000101, 0).eax, 9u);
}

TEST(KvmHost, OffersHypervsInterfaceWhereItHasIt) {
  scene without;
  without.kernel.capabilities[KVM_CAP_HYPERV_CPUID] = 0;
  const auto offered = without.machine->offer_hyperv_cpuid(*without.processor);
  ASSERT_FALSE(offered);
  EXPECT_TRUE(says(offered.why_none(), {"no Hyper-V interface", "KVM_CAP_HYPERV_CPUID"}));

  scene crowded;
  crowded.kernel.own_leaves.resize(255);
  const auto many = crowded.machine->offer_hyperv_cpuid(*crowded.processor);
  ASSERT_FALSE(many);
  EXPECT_TRUE(says(many.why_none(), {"more than 256"}));
  crowded.kernel.own_leaves.resize(254);
  EXPECT_TRUE(crowded.machine->offer_hyperv_cpuid(*crowded.processor));
}

TEST(KvmHost, SaysWhatToDoWhereItMayNotOpenTheDevice) {
  scripted_kernel kernel;
  kernel.fail_at = 0;
  for (const auto& [error, advice] : std::map<int, std::string>{{EACCES, "run as root"},
                                                                {EPERM, "run as root"},
                                                                {ENOENT, "load kvm_intel or kvm_amd"},
                                                                {ENXIO, "nothing serves it"}}) {
    kernel.calls = 0;
    kernel.error = error;
    const auto machine = kvm::machine::create({memory_bytes}, kernel);
    ASSERT_FALSE(machine);
    EXPECT_TRUE(says(machine.why_none(), {"opening /dev/kvm failed", "(errno " + std::to_string(error) + ")", advice}));
  }
}

TEST(KvmHost, RefusesAnotherInterfaceAndAStructureThatIsTooSmall) {
  scripted_kernel other;
  other.version = 13;
  EXPECT_TRUE(says(kvm::machine::create({memory_bytes}, other).why_none(), {"KVM_GET_API_VERSION says 13"}));
  scripted_kernel small;
  small.run_size = 16;
  EXPECT_TRUE(says(kvm::machine::create({memory_bytes}, small).why_none(), {"KVM_GET_VCPU_MMAP_SIZE says 16 bytes"}));
  EXPECT_TRUE(other.is_clean() && small.is_clean());
}

TEST(KvmHost, RefusesMemoryThatIsNoWholePages) {
  scripted_kernel kernel;
  for (const std::size_t size : {std::size_t{0}, std::size_t{4097}, (std::size_t{1} << 30) + 4096})
    EXPECT_TRUE(says(kvm::machine::create({size}, kernel).why_none(), {"whole pages", std::to_string(size)}));
  EXPECT_EQ(kernel.calls, 0);
}

TEST(KvmHost, GivesMemoryOnlyWhereAllOfItIs) {
  scene made;
  EXPECT_EQ(made.machine->at(0, memory_bytes), made.machine->memory().address());
  EXPECT_NE(made.machine->at(memory_bytes - 32, 32), nullptr);
  EXPECT_EQ(made.machine->at(memory_bytes - 31, 32), nullptr);
  EXPECT_EQ(made.machine->at(~u64{0}, 32), nullptr);
  EXPECT_EQ(made.machine->at(0, memory_bytes + 1), nullptr);
}

TEST(KvmHost, StartsInLongModeInEitherRing) {
  scene made;
  ASSERT_TRUE(made.processor->start({0x10000, 0x9ff8, false, 5, 6}, made.machine->memory()));
  EXPECT_EQ(made.kernel.registers.rip, 0x10000u);
  EXPECT_EQ(made.kernel.registers.rdi, 5u);
  EXPECT_EQ(made.kernel.registers.rflags, 2u);
  EXPECT_EQ(made.kernel.system.efer, 0x500u);
  EXPECT_EQ(made.kernel.system.cs.dpl, 0);
  std::uint64_t entry{};
  std::memcpy(&entry, made.machine->at(0x3008, 8), 8);
  EXPECT_EQ(entry, 0x200083u);
  ASSERT_TRUE(made.processor->start({0x10000, 0x9ff8, true}, made.machine->memory()));
  EXPECT_EQ(made.kernel.registers.rflags, 0x3202u);
  EXPECT_EQ(made.kernel.system.cs.selector, 0x1b);
  std::memcpy(&entry, made.machine->at(0x3008, 8), 8);
  EXPECT_EQ(entry, 0x200087u);
  EXPECT_FALSE(made.processor->start({0, 0, true, 0, 0, memory_bytes - 8192}, made.machine->memory()));
  EXPECT_FALSE(made.processor->start({0, 0, true, 0, 0, 8}, made.machine->memory()));
}

TEST(KvmHost, ReadsTheClockWithWhatIsPairedWithIt) {
  scene made;
  const auto paired = made.machine->clock();
  ASSERT_TRUE(paired);
  EXPECT_EQ(paired->time.nanoseconds, 5'000'000'000u);
  EXPECT_EQ(paired->realtime->seconds(), 1'768'491'296);
  EXPECT_EQ(*paired->host_counter, 77u);
  EXPECT_TRUE(paired->is_stable);
  made.kernel.pairs_clocks = false;
  const auto alone = made.machine->clock();
  EXPECT_FALSE(alone->realtime || alone->host_counter);
}

TEST(KvmHost, SetsTheClockWithAWallClockOnlyWhereThatIsKnown) {
  scene made;
  ASSERT_TRUE(made.machine->set_clock(instant{9}));
  EXPECT_EQ(made.kernel.clock_set.clock, 9u);
  EXPECT_EQ(made.kernel.clock_set.flags, 0u);
  ASSERT_TRUE(made.machine->set_clock(instant{9}, unix_time::from_nanoseconds(u64{8})));
  EXPECT_EQ(made.kernel.clock_set.realtime, 8u);
  EXPECT_EQ(made.kernel.clock_set.flags, unsigned{KVM_CLOCK_REALTIME});
  made.kernel.capabilities[KVM_CAP_ADJUST_CLOCK] = 2;
  EXPECT_TRUE(says(made.machine->set_clock(instant{9}, unix_time::from_nanoseconds(u64{8})).why_none(), {"5.16"}));
  made.kernel.capabilities[KVM_CAP_ADJUST_CLOCK] = 0xe;
  EXPECT_FALSE(made.machine->set_clock(instant{9}, *unix_time::from_parts(-1, 0)));
}

TEST(KvmHost, SaysThatACounterWasSetAndIsNot) {
  scripted_kernel kernel;
  kernel.keeps_offset = false;
  kernel.keeps_frequency = false;
  scene made(kernel);
  EXPECT_TRUE(says(made.processor->set_counter_offset(5).why_none(), {"answered 0 and did nothing", "still 0"}));
  EXPECT_TRUE(says(made.processor->set_counter_frequency_hz(1'000'000'000).why_none(),
                   {"answered 0 and did nothing", "still 2600000000 Hz"}));
  EXPECT_TRUE(made.processor->set_counter_frequency_hz(2'600'000'000));
  EXPECT_TRUE(says(made.processor->set_counter_frequency_hz(1'000'000'001).why_none(), {"whole kHz"}));
}

TEST(KvmHost, DoesNotBelieveAMachineThatCannotScale) {
  scripted_kernel kernel;
  kernel.capabilities.erase(KVM_CAP_TSC_CONTROL);
  scene made(kernel);
  EXPECT_TRUE(says(made.processor->set_counter_frequency_hz(1'000'000'000).why_none(),
                   {"KVM_CAP_TSC_CONTROL", "2600000000 Hz"}));
  EXPECT_EQ(std::count(made.kernel.log.begin(), made.kernel.log.end(), "KVM_SET_TSC_KHZ"), 0);
}

TEST(KvmHost, SaysWhyNobodyIsToldOfAStop) {
  scene made;
  EXPECT_TRUE(says(made.processor->tell_stopped().why_none(),
                   {"KVM_KVMCLOCK_CTRL failed", "(errno 22)", "not enabled its clock"}));
  ASSERT_EQ(kvm::enable(made.processor->msrs(), kvm::new_msrs, 0x5000), kvm::answer::done);
  EXPECT_TRUE(made.processor->tell_stopped());
}

TEST(KvmHost, SaysThatARegisterIsRefused) {
  scripted_kernel kernel;
  kernel.refused_msrs = {0x4b564d01};
  scene made(kernel);
  EXPECT_EQ(kvm::enable(made.processor->msrs(), kvm::new_msrs, 0x5000), kvm::answer::refused);
  EXPECT_EQ(kvm::enabled_at(made.processor->msrs(), kvm::new_msrs).error(), clock_error::no_clock);
}

TEST(KvmHost, ReadsStatisticsByName) {
  scene made;
  EXPECT_EQ(*made.processor->statistic("exits"), 42u);
  EXPECT_EQ(*made.processor->statistic("guest_mode"), 3u);
  EXPECT_TRUE(says(made.processor->statistic("exit").why_none(), {"no counter 'exit'"}));
}

TEST(KvmHost, TellsWhyAGuestLeft) {
  scene made;
  const auto leaves = [&made](u32 reason, auto fill) {
    made.kernel.guest = [reason, fill](kvm_run& run) {
      run.exit_reason = reason;
      fill(run);
      return i64{0};
    };
    return *made.processor->run(1s);
  };
  const auto nothing = [](kvm_run&) {};
  const auto out = leaves(KVM_EXIT_IO, [](kvm_run& run) {
    run.io.direction = KVM_EXIT_IO_OUT;
    run.io.port = 0xf4;
    run.io.size = 1;
    run.io.count = 1;
    run.io.data_offset = 3000;
    reinterpret_cast<unsigned char*>(&run)[3000] = 0x2a;
  });
  EXPECT_EQ(out.kind, kvm::exit_kind::out);
  EXPECT_TRUE(says(out.text(), {"0x2a", "0xf4"}));
  const auto string = leaves(KVM_EXIT_IO, [](kvm_run& run) {
    run.io.direction = KVM_EXIT_IO_OUT;
    run.io.port = 0xf4;
    run.io.size = 1;
    run.io.count = 3;
    run.io.data_offset = 3000;
  });
  EXPECT_EQ(string.kind, kvm::exit_kind::other) << "two of three bytes are lost";
  EXPECT_TRUE(says(string.text(), {"3 values", "0xf4", "not handled"}));
  EXPECT_EQ(leaves(KVM_EXIT_HLT, nothing).kind, kvm::exit_kind::halted);
  EXPECT_TRUE(says(leaves(KVM_EXIT_SHUTDOWN, nothing).text(), {"triple fault"}));
  const auto unmapped = leaves(KVM_EXIT_MMIO, [](kvm_run& run) { run.mmio.phys_addr = 0x200000; });
  EXPECT_TRUE(says(unmapped.text(), {"0x200000"}));
  EXPECT_TRUE(says(leaves(KVM_EXIT_INTERNAL_ERROR, [](kvm_run& run) { run.internal.suberror = 1; }).text(),
                   {"emulate", "suberror 1"}));
  EXPECT_TRUE(
      says(leaves(KVM_EXIT_FAIL_ENTRY, [](kvm_run& run) { run.fail_entry.hardware_entry_failure_reason = 0x80000021; })
               .text(),
           {"0x80000021"}));
  EXPECT_TRUE(says(leaves(KVM_EXIT_IO, [](kvm_run& run) { run.io.direction = KVM_EXIT_IO_IN; }).text(), {"reason 2"}));
  EXPECT_TRUE(says(leaves(999, nothing).text(), {"reason 999"}));
}

TEST(KvmHost, GoesOnAfterASignalThatIsNotItsOwnUntilTheLimit) {
  scene made;
  int turns = 0;
  made.kernel.guest = [&turns](kvm_run& run) -> i64 {
    if (++turns < 5) return -EINTR;
    run.exit_reason = KVM_EXIT_HLT;
    return 0;
  };
  EXPECT_EQ(made.processor->run(10s)->kind, kvm::exit_kind::halted);
  EXPECT_EQ(turns, 5);
  made.kernel.guest = [](kvm_run&) -> i64 { return -EINTR; };
  EXPECT_EQ(made.processor->run(20ms)->kind, kvm::exit_kind::time_over);
}

TEST(KvmHost, StopsOnceForEachStop) {
  scene made;
  made.processor->stop();
  EXPECT_EQ(made.processor->run(10s)->kind, kvm::exit_kind::stopped);
  EXPECT_EQ(made.processor->run(10s)->kind, kvm::exit_kind::halted);
}

TEST(KvmHost, KeepsAStopThatCameBeforeItSettled) {
  scene made;
  made.processor->stop();
  ASSERT_TRUE(made.processor->settle());
  EXPECT_EQ(made.processor->run(10s)->kind, kvm::exit_kind::stopped);
  EXPECT_EQ(made.processor->run(10s)->kind, kvm::exit_kind::halted);
}

TEST(KvmHost, KeepsAStopThatComesWhileItSettles) {
  scene made;
  made.kernel.at_each_run = [&made] { made.processor->stop(); };
  ASSERT_TRUE(made.processor->settle());
  made.kernel.at_each_run = [] {};
  EXPECT_EQ(made.processor->run(10s)->kind, kvm::exit_kind::stopped);
  ASSERT_TRUE(made.processor->settle());
  EXPECT_EQ(made.processor->run(10s)->kind, kvm::exit_kind::halted);
}

constexpr u64 bit_of(int signal) { return u64{1} << (signal - 1); }

TEST(KvmHost, LetsNoSignalThroughThatTheRunningThreadBlocks) {
  scene made;
  ASSERT_TRUE(made.processor->run(10s));
  ASSERT_TRUE(made.processor->run(10s));
  const std::vector<u64>& masks = made.kernel.signal_masks;
  ASSERT_EQ(masks.size(), 1u) << "the mask is told once, while it stays";
  EXPECT_EQ(masks[0] & (bit_of(SIGURG) | bit_of(SIGUSR1)), 0u);
  std::thread other([&made] {
    sigset_t blocked{};
    sigaddset(&blocked, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &blocked, nullptr);
    EXPECT_TRUE(made.processor->run(10s));
  });
  other.join();
  ASSERT_EQ(masks.size(), 2u) << "the other thread's mask was not told";
  EXPECT_EQ(masks[1], masks[0] | bit_of(SIGUSR1));
  ASSERT_TRUE(made.processor->run(10s));
  ASSERT_EQ(masks.size(), 3u) << "the first thread's mask was not told again";
  EXPECT_EQ(masks[2], masks[0]);
}

TEST(KvmHost, SaysThatARunFailed) {
  scene made;
  made.kernel.guest = [](kvm_run&) -> i64 { return -EFAULT; };
  EXPECT_TRUE(says(made.processor->run(1s).why_none(), {"KVM_RUN failed", "(errno 14)"}));
}

TEST(KvmHost, RestoresTheCounterBeforeTheClockAndTheClockBeforeItsPages) {
  scene made;
  const auto saved = kvm::save(*made.machine, {&*made.processor});
  ASSERT_TRUE(saved);
  scene again;
  again.kernel.khz = 2'000'000;
  again.kernel.log.clear();
  const auto restored = kvm::restore(*again.machine, {&*again.processor}, *saved, kvm::pause_is::left_out);
  ASSERT_TRUE(restored);
  EXPECT_EQ(restored->counter + restored->frequency, "");
  std::vector<std::string> order;
  for (const std::string& name : again.kernel.log)
    if (name.rfind("KVM_SET_", 0) == 0) order.push_back(name);
  EXPECT_EQ(order, (std::vector<std::string>{"KVM_SET_REGS", "KVM_SET_TSC_KHZ", "KVM_SET_MSRS", "KVM_SET_CLOCK",
                                             "KVM_SET_MSRS"}));
  EXPECT_EQ(again.kernel.khz, 2'600'000u);
}

TEST(KvmHost, SettlesBeforeItSaves) {
  scene made;
  made.kernel.log.clear();
  ASSERT_TRUE(kvm::save(*made.machine, {&*made.processor}));
  EXPECT_EQ(made.kernel.log.front(), "KVM_RUN");
  EXPECT_EQ(made.kernel.log[1], "KVM_GET_CLOCK");
}

TEST(KvmHost, ReportsWhatItCouldNotRestore) {
  scene made;
  auto saved = kvm::save(*made.machine, {&*made.processor});
  ASSERT_TRUE(saved);
  saved->processors[0].counter = u64{1} << 60;
  scripted_kernel deaf;
  deaf.keeps_counter = false;
  deaf.capabilities.erase(KVM_CAP_TSC_CONTROL);
  deaf.khz = 2'000'000;
  scene again(deaf);
  const auto restored = kvm::restore(*again.machine, {&*again.processor}, *saved, kvm::pause_is::counted);
  ASSERT_TRUE(restored);
  EXPECT_TRUE(says(restored->counter, {"0x10", "did nothing"}));
  EXPECT_TRUE(says(restored->frequency, {"cannot scale"}));
  EXPECT_EQ(again.kernel.clock_set.realtime, 1'768'491'296'000'000'000u);
}

/// A guest with two processors, saved, with these counters in the snapshot; what a restore reports of them.
std::string counter_report(u64 first, u64 second, bool keeps_counter = true) {
  scripted_kernel kernel;
  kernel.keeps_counter = keeps_counter;
  scene made(kernel);
  auto other = made.machine->add_processor(1);
  if (!other) return other.why_none();
  const std::vector<kvm::processor*> both{&*made.processor, &*other};
  auto saved = kvm::save(*made.machine, both);
  if (!saved) return saved.why_none();
  saved->processors[0].counter = first;
  saved->processors[1].counter = second;
  const auto restored = kvm::restore(*made.machine, both, *saved, kvm::pause_is::left_out);
  return restored ? restored->counter : restored.why_none();
}

TEST(KvmHost, TakesASecondCounterThatKvmSetToTheFirstOnes) {
  constexpr u64 second_of_ticks = 2'600'000'000;
  constexpr u64 first = 100 * second_of_ticks;
  EXPECT_EQ(counter_report(first, first), "");
  EXPECT_EQ(counter_report(first, first + 70'000), "") << "KVM takes it for the first one's, which is a little less";
  EXPECT_EQ(counter_report(first, first - 70'000), "");
  EXPECT_EQ(counter_report(first, first + second_of_ticks - 1), "");
  EXPECT_EQ(counter_report(first, first + second_of_ticks), "") << "KVM takes it as it is";
  EXPECT_EQ(counter_report(3, 1), "");
  EXPECT_EQ(counter_report(1000, 1000 + second_of_ticks - 1, false), "") << "of a counter that is 1000 whatever is set";
  EXPECT_TRUE(says(counter_report(1000, 1000 + second_of_ticks, false), {"did nothing"}));
  EXPECT_TRUE(says(counter_report(1000 - 60 * u64{10'000'000'000}, 1000, false), {"did nothing"}));
}

TEST(KvmHost, RestoresNoMachineOfAnotherSize) {
  scene made;
  const auto saved = kvm::save(*made.machine, {&*made.processor});
  EXPECT_TRUE(
      says(kvm::restore(*made.machine, {}, *saved, kvm::pause_is::left_out).why_none(), {"1 processors", "and 0"}));
  auto unpaired = *saved;
  unpaired.clock.realtime.reset();
  EXPECT_TRUE(says(kvm::restore(*made.machine, {&*made.processor}, unpaired, kvm::pause_is::counted).why_none(),
                   {"cannot be counted"}));
}

TEST(KvmHost, StampsARegionWithTheBootTime) {
  scene made;
  const auto boot = kvm::boot_time_now(*made.machine);
  ASSERT_TRUE(boot);
  const auto region = kvm::publish_region(*made.machine, {0x6000, 0x5000, -3600}, *boot);
  ASSERT_TRUE(region);
  EXPECT_EQ(region->boot_time_ns, 1'768'491'291'000'000'000u);
  guest_clock_region there{};
  std::memcpy(&there, made.machine->at(0x6000, 32), 32);
  EXPECT_EQ(there.clock_page, 0x5000u);
  EXPECT_EQ(there.clock_type, 1u);
  EXPECT_EQ(there.utc_offset_seconds, -3600);
  EXPECT_TRUE(says(kvm::publish_region(*made.machine, {0x6004, 0x5000, 0}, *boot).why_none(), {"multiple of 8"}));
  EXPECT_TRUE(says(kvm::publish_region(*made.machine, {memory_bytes - 8, 0x5000, 0}, *boot).why_none(), {"32 bytes"}));
  EXPECT_TRUE(says(kvm::publish_region(*made.machine, {0x6000, 0x5000, 0}, *unix_time::from_parts(-1, 0)).why_none(),
                   {"out_of_range"}));
}

TEST(KvmHost, SamplesTheBootTimeWhereTheClocksAreNotPaired) {
  scene made;
  made.kernel.pairs_clocks = false;
  timespec before{};
  timespec after{};
  clock_gettime(CLOCK_REALTIME, &before);
  const auto boot = kvm::boot_time_now(*made.machine);
  clock_gettime(CLOCK_REALTIME, &after);
  ASSERT_TRUE(boot);
  EXPECT_GE(boot->seconds(), before.tv_sec - 5);
  EXPECT_LE(boot->seconds(), after.tv_sec - 5);
}

}  // namespace
