// SPDX-License-Identifier: BSL-1.0
// MSHV's host side against a kernel of our own: what is asked, what is said when a call fails, that nothing stays open and
// that a clock is left as it should be.
#include "partition_life.hpp"
#include "says.hpp"
#include "scripted_mshv.hpp"

#include <guestclock/guestclock.hpp>
#include <guestclock/mshv/host.hpp>
#include <guestclock/partition/snapshot.hpp>

#include <gtest/gtest.h>

#include <functional>
#include <string>

namespace {

using namespace guestclock;
using partition::partition_register;
using tests::says;
using tests::scripted_mshv;

constexpr u64 page_register = 0x7000 + 0xabe + 1;  // enabled, with reserved bits

/// A partition with two processors and a guest that has enabled its page, running.
struct scene {
  scripted_mshv kernel;
  std::optional<mshv::machine> machine;
  std::vector<mshv::file> processors;
  scene() {
    auto made = mshv::machine::create({}, kernel);
    if (!made) return;
    machine.emplace(std::move(*made));
    for (const u32 index : {0U, 1U})
      if (auto added = machine->add_processor(index)) processors.push_back(std::move(*added));
    kernel.partition.guest_os_id = 0x8100'0000'0000'0001;
    kernel.partition.reference_tsc = page_register;
    static_cast<void>(machine->thaw());
    kernel.partition.pass(123'456);
    kernel.log.clear();
    kernel.partition.written.clear();
    kernel.calls = 0;
  }
};

/// Everything that a VMM does; the first sentence of why not, or nothing.
std::string whole_life(scripted_mshv& kernel) {
  auto machine = mshv::machine::create({}, kernel);
  if (!machine) return machine.why_none();
  auto processor = machine->add_processor(0);
  if (!processor) return processor.why_none();
  kernel.partition.guest_os_id = 1;
  return tests::life_of(*machine, page_register);
}

TEST(MshvHost, DoesItAllAndLeavesNothingOpen) {
  scripted_mshv kernel;
  EXPECT_EQ(whole_life(kernel), "");
  EXPECT_TRUE(kernel.is_clean());
}

TEST(MshvHost, LeavesNothingOpenAndSaysWhyWhicheverCallFails) {
  scripted_mshv untroubled;
  ASSERT_EQ(whole_life(untroubled), "");
  for (int call = 0; call < untroubled.calls; ++call) {
    for (const int error : {EACCES, ENODEV, ENOTTY, EIO}) {
      scripted_mshv kernel;
      kernel.fail_at = call;
      kernel.error = error;
      const std::string why = whole_life(kernel);
      EXPECT_TRUE(kernel.is_clean()) << "after call " << call << ", " << untroubled.log[static_cast<std::size_t>(call)];
      EXPECT_EQ(why.find('\n'), std::string::npos);
      // The counters' frequency can be done without, but not for a pause that counts.
      EXPECT_TRUE(says(why, {"failed: ", "(errno " + std::to_string(error) + ")"}) ||
                  says(why, {"the pause cannot be counted", "without its counters' frequency"}))
          << "after call " << call << ": " << why;
    }
  }
  EXPECT_GT(untroubled.calls, 25);
}

TEST(MshvHost, BeginsFrozenAtZeroWithTheClocksFeatures) {
  scripted_mshv kernel;
  const auto machine = mshv::machine::create({}, kernel);
  ASSERT_TRUE(machine);
  EXPECT_EQ(kernel.log,
            (std::vector<std::string>{"open", "create partition", "set property", "initialize", "set property"}));
  EXPECT_TRUE(kernel.partition.is_ready && kernel.partition.is_frozen);
  EXPECT_EQ(kernel.partition.features, 0b1010'1000'1011U);
  EXPECT_EQ(kernel.open_files, (std::map<int, std::string>{{machine->descriptor(), "partition"}}))
      << "the device is closed";
}

TEST(MshvHost, SaysWhatToDoWhereItMayNotOpenTheDevice) {
  for (const auto& [error, advice] : std::map<int, std::string>{{EACCES, "run as root"},
                                                                {EPERM, "run as root"},
                                                                {ENOENT, "load mshv_root"},
                                                                {ENODEV, "not the root partition"},
                                                                {ENXIO, "not the root partition"}}) {
    scripted_mshv kernel;
    kernel.fail_at = 0;
    kernel.error = error;
    EXPECT_TRUE(says(mshv::machine::create({}, kernel).why_none(),
                     {"opening /dev/mshv failed", "(errno " + std::to_string(error) + ")", advice}));
  }
  scripted_mshv kernel;
  mshv::machine::options elsewhere;
  elsewhere.device = "/dev/null";
  EXPECT_TRUE(says(mshv::machine::create(elsewhere, kernel).why_none(), {"opening /dev/null failed", "(errno 2)"}));
}

TEST(MshvHost, SaysThatTheDeviceIsOfSomethingElse) {
  for (const auto& [request, name] :
       std::map<unsigned long, std::string>{{mshv::ioctl_create_partition, "MSHV_CREATE_PARTITION"},
                                            {mshv::ioctl_initialize_partition, "MSHV_INITIALIZE_PARTITION"},
                                            {mshv::ioctl_hypercall, "MSHV_ROOT_HVCALL"}}) {
    scripted_mshv kernel;
    kernel.unknown = {request};
    EXPECT_TRUE(says(mshv::machine::create({}, kernel).why_none(), {name, "(errno 25)", "older than Linux 6.15's"}));
    EXPECT_TRUE(kernel.is_clean());
  }
}

TEST(MshvHost, NamesTheHypervisorsStatusAndWhatItMeans) {
  scene made;
  const auto time_set = made.machine->set_time({5});
  EXPECT_TRUE(
      says(time_set.why_none(), {"MSHV_ROOT_HVCALL to set HV_PARTITION_PROPERTY_REFERENCE_TIME failed", "(errno 5)",
                                 "0x7 HV_STATUS_INVALID_PARTITION_STATE", "while the time is frozen"}));
  EXPECT_TRUE(says(made.machine->read(9, partition_register::counter).why_none(),
                   {"read HV_X64_REGISTER_TSC", "(errno 22)", "0xe HV_STATUS_INVALID_VP_INDEX", "no processor"}));
  made.kernel.partition.running = {1};
  EXPECT_TRUE(says(made.machine->write(1, partition_register::guest_os_id, 1).why_none(),
                   {"write HV_REGISTER_GUEST_OS_ID", "0x15 HV_STATUS_INVALID_VP_STATE", "stop the processor"}));
  EXPECT_TRUE(says(made.machine->partition_property(0x77).why_none(),
                   {"read a partition's property", "0x9 HV_STATUS_UNKNOWN_PROPERTY", "too old"}));
  made.kernel.fail_at = made.kernel.calls;
  made.kernel.failing_status = 0x71;
  EXPECT_TRUE(says(made.machine->read(0, partition_register::reference_tsc).why_none(),
                   {"read HV_REGISTER_REFERENCE_TSC", "the hypervisor's status is 0x71"}));
  made.kernel.fail_at = made.kernel.calls;
  made.kernel.failing_status = mshv::status::access_denied;
  EXPECT_TRUE(says(made.machine->read(0, partition_register::guest_os_id).why_none(),
                   {"read HV_REGISTER_GUEST_OS_ID", "HV_STATUS_ACCESS_DENIED", "without the feature"}));
}

TEST(MshvHost, AsksAgainWhileTheHypervisorIsGivenMemoryButNotForEver) {
  scene made;
  made.kernel.memory_wanted = 3;
  EXPECT_TRUE(made.machine->read(0, partition_register::counter));
  EXPECT_EQ(made.kernel.calls, 4);
  made.kernel.memory_wanted = 1 << 20;
  EXPECT_TRUE(says(made.machine->freeze().why_none(), {"HV_PARTITION_PROPERTY_TIME_FREEZE", "(errno 11)",
                                                       "0xb HV_STATUS_INSUFFICIENT_MEMORY", "free memory"}));
  EXPECT_LT(made.kernel.calls, 100);
}

TEST(MshvHost, DoesNotBelieveARegisterOfWhichNothingWasDone) {
  scene made;
  made.kernel.does_nothing = true;
  EXPECT_TRUE(says(made.machine->read(0, partition_register::counter).why_none(), {"answered 0 and did nothing"}));
  EXPECT_TRUE(says(made.machine->write(0, partition_register::counter, 1).why_none(), {"answered 0 and did nothing"}));
}

TEST(MshvHost, SaysThatThereIsSuchAProcessor) {
  scene made;
  EXPECT_TRUE(
      says(made.machine->add_processor(1).why_none(), {"MSHV_CREATE_VP failed", "(errno 17)", "of that number"}));
}

TEST(MshvHost, LeavesAPartitionThatIsNotItsOwnOpen) {
  scene made;
  {
    mshv::machine adopted = mshv::machine::adopt(made.machine->descriptor(), made.kernel);
    EXPECT_EQ(adopted.time()->count, made.kernel.partition.time);
    EXPECT_EQ(*adopted.counter_frequency_hz(), 2'400'000'000U);
    const auto processor = adopted.add_processor(2);
    EXPECT_TRUE(processor);
  }
  EXPECT_EQ(made.kernel.open_files.count(made.machine->descriptor()), 1U);
  mshv::machine closed = mshv::machine::adopt(5, made.kernel);
  EXPECT_TRUE(says(closed.freeze().why_none(), {"(errno 9)", "the descriptor is closed"}));
}

TEST(MshvHost, ClosesWhatItMadeOnce) {
  scripted_mshv kernel;
  {
    auto made = mshv::machine::create({}, kernel);
    ASSERT_TRUE(made);
    const mshv::machine moved = std::move(*made);
    EXPECT_EQ(kernel.open_files.size(), 1U);
  }
  EXPECT_TRUE(kernel.is_clean());
}

TEST(MshvHost, TakesTheClockToAnotherMachineWithoutTheGuestSeeingIt) {
  scene first;
  ASSERT_TRUE(first.machine->freeze());
  const auto before = first.kernel.partition.guest_reads(1);
  const auto saved = partition::save(*first.machine, {0, 1});
  ASSERT_TRUE(saved);
  EXPECT_EQ(saved->reference_tsc, page_register);
  scene second;
  second.kernel.partition.frequency_hz = 3'000'000'000;
  const auto restored = partition::restore(*second.machine, {0, 1}, *saved, partition::pause_is::left_out);
  ASSERT_TRUE(restored);
  EXPECT_TRUE(says(restored->frequency, {"3000000000 Hz here", "2400000000 Hz"}));
  EXPECT_EQ(second.kernel.partition.written,
            (std::vector<std::string>{"freeze", "counter 0", "counter 1", "time", "id", "page"}));
  EXPECT_EQ(second.kernel.partition.guest_reads(1), before);
  EXPECT_TRUE(second.kernel.partition.is_frozen);
}

}  // namespace
