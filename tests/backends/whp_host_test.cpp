// SPDX-License-Identifier: BSL-1.0
// The Windows Hypervisor Platform's host side against a table of our own: what is asked, what is said when a call fails,
// that no partition and no processor is left behind, and that a clock is left as it should be.
#include "partition_life.hpp"
#include "says.hpp"
#include "scripted_windows.hpp"

#include <guestclock/guestclock.hpp>
#include <guestclock/partition/snapshot.hpp>
#include <guestclock/whp/host.hpp>

#include <gtest/gtest.h>

#include <string>

namespace {

using namespace guestclock;
using partition::partition_register;
using tests::says;
using tests::scripted_windows;

constexpr u64 page_register = 0x7000 + 1;

/// A partition with two processors and a guest that has enabled its page, running.
struct scene {
  scripted_windows windows;
  std::optional<whp::machine> machine;
  scene() {
    whp::machine::options wanted;
    wanted.processor_count = 2;
    auto made = whp::machine::create(wanted, windows);
    if (!made) return;
    machine.emplace(std::move(*made));
    for (const u32 index : {0U, 1U}) static_cast<void>(machine->add_processor(index));
    windows.partition.guest_os_id = 0x8100'0000'0000'0001;
    windows.partition.reference_tsc = page_register;
    static_cast<void>(machine->thaw());
    windows.partition.pass(654'321);
    windows.partition.written.clear();
    windows.calls = 0;
  }
};

/// Everything that a VMM does; the first sentence of why not, or nothing.
std::string whole_life(scripted_windows& windows) {
  whp::machine::options wanted;
  wanted.counter_frequency_hz = 2'000'000'000;
  auto machine = whp::machine::create(wanted, windows);
  if (!machine) return machine.why_none();
  if (auto given = machine->add_processor(0); !given) return given.why_none();
  windows.partition.guest_os_id = 1;
  return tests::life_of(*machine, page_register);
}

TEST(WhpHost, DoesItAllAndLeavesNothingBehind) {
  scripted_windows windows;
  EXPECT_EQ(whole_life(windows), "");
  EXPECT_TRUE(windows.is_clean());
  EXPECT_EQ(windows.partition.frequency_hz, 2'000'000'000U);
}

TEST(WhpHost, LeavesNothingBehindAndSaysWhyWhicheverCallFails) {
  scripted_windows untroubled;
  ASSERT_EQ(whole_life(untroubled), "");
  EXPECT_GT(untroubled.calls, 25);
  for (int call = 0; call < untroubled.calls; ++call) {
    for (const auto& [error, name] :
         std::map<whp::outcome_code, std::string>{{whp::code::access_denied, "E_ACCESSDENIED (HRESULT 0x80070005)"},
                                                  {whp::code::out_of_memory, "E_OUTOFMEMORY (HRESULT 0x8007000e)"},
                                                  {whp::code::from_bits(0xC035'0001), "(HRESULT 0xc0350001)"}}) {
      scripted_windows windows;
      windows.fail_at = call;
      windows.error = error;
      const std::string why = whole_life(windows);
      EXPECT_TRUE(windows.is_clean()) << "after call " << call;
      EXPECT_EQ(why.find('\n'), std::string::npos);
      EXPECT_TRUE(says(why, {"WHv", "failed: " + name}) ||
                  says(why, {"the pause cannot be counted", "without its counters' frequency"}))
          << "after call " << call << ": " << why;
    }
  }
}

TEST(WhpHost, BeginsFrozenWithTheClocksFeatures) {
  scripted_windows windows;
  const auto machine = whp::machine::create({}, windows);
  ASSERT_TRUE(machine);
  EXPECT_TRUE(windows.partition.is_ready && windows.partition.is_frozen);
  EXPECT_EQ(windows.partition.features, 0b1010'1000'1011U);
  EXPECT_EQ(windows.processor_count, 1U);
  EXPECT_EQ(windows.partition.frequency_hz, 2'400'000'000U);
  EXPECT_EQ(windows.partitions.count(machine->handle()), 1U);
}

TEST(WhpHost, SaysHowToHaveAHypervisor) {
  scripted_windows windows;
  windows.has_hypervisor = false;
  EXPECT_TRUE(says(whp::machine::create({}, windows).why_none(),
                   {"HypervisorPresent", "no hypervisor", "\"Windows Hypervisor Platform\""}));
  EXPECT_EQ(windows.calls, 1);
}

TEST(WhpHost, SaysWhichFeaturesThisWindowsDoesNotOffer) {
  scripted_windows windows;
  windows.features = ~(partition::feature::reference_tsc + partition::feature::frequencies);
  EXPECT_TRUE(says(whp::machine::create({}, windows).why_none(), {"SyntheticProcessorFeaturesBanks", "bits: 9, 11;"}));
  EXPECT_TRUE(windows.is_clean());
  windows.knows_features = false;
  EXPECT_TRUE(says(whp::machine::create({}, windows).why_none(),
                   {"WHvGetCapability (SyntheticProcessorFeaturesBanks) failed: WHV_E_UNKNOWN_CAPABILITY",
                    "(HRESULT 0x80370300)", "too old"}));
}

TEST(WhpHost, SaysThatTheCounterCannotBeScaled) {
  scripted_windows windows;
  windows.scales = false;
  whp::machine::options wanted;
  wanted.counter_frequency_hz = 1'000'000'000;
  EXPECT_TRUE(says(whp::machine::create(wanted, windows).why_none(), {"ProcessorClockFrequency", "cannot scale"}));
  EXPECT_TRUE(windows.is_clean());
}

TEST(WhpHost, NamesTheHresultAndWhatItMeans) {
  scene made;
  EXPECT_TRUE(
      says(made.machine->add_processor(1).why_none(),
           {"WHvCreateVirtualProcessor failed: WHV_E_VP_ALREADY_EXISTS (HRESULT 0x80370306)", "of that number"}));
  EXPECT_TRUE(says(made.machine->add_processor(2).why_none(), {"E_INVALIDARG (HRESULT 0x80070057)"}));
  EXPECT_TRUE(
      says(made.machine->read(5, partition_register::guest_os_id).why_none(),
           {"WHvGetVirtualProcessorRegisters (WHvRegisterGuestOsId)", "WHV_E_VP_DOES_NOT_EXIST", "no processor"}));
  made.windows.partition.running = {0};
  EXPECT_TRUE(says(made.machine->write(0, partition_register::counter, 1).why_none(),
                   {"WHvSetVirtualProcessorRegisters (WHvX64RegisterTsc)", "WHV_E_INVALID_VP_STATE",
                    "WHvCancelRunVirtualProcessor"}));
  EXPECT_TRUE(says(made.machine->freeze().why_none(), {"WHvSuspendPartitionTime", "WHV_E_INVALID_VP_STATE"}));
  EXPECT_TRUE(
      says(made.machine->set_time({1}).why_none(), {"WHvSetPartitionProperty (ReferenceTime)", "in this state"}));
}

TEST(WhpHost, DoesNotBelieveAValueOfAnotherSize) {
  scene made;
  made.windows.property_bytes = 4;
  EXPECT_TRUE(says(made.machine->time().why_none(), {"WHvGetPartitionProperty (ReferenceTime) gave 4 bytes, not 8"}));
  EXPECT_TRUE(says(made.machine->counter_frequency_hz().why_none(), {"(ProcessorClockFrequency) gave 4 bytes, not 8"}));
}

TEST(WhpHost, DeletesItsProcessorsBeforeItsPartitionAndEachOnce) {
  scripted_windows windows;
  {
    whp::machine::options wanted;
    wanted.processor_count = 2;
    auto made = whp::machine::create(wanted, windows);
    ASSERT_TRUE(made && made->add_processor(0) && made->add_processor(1));
    const whp::machine moved = std::move(*made);
    windows.log.clear();
  }
  EXPECT_EQ(windows.log,
            (std::vector<std::string>{"WHvDeleteVirtualProcessor", "WHvDeleteVirtualProcessor", "WHvDeletePartition"}));
  EXPECT_TRUE(windows.is_clean());
}

TEST(WhpHost, LeavesAPartitionThatIsNotItsOwn) {
  scene made;
  {
    const whp::machine adopted = whp::machine::adopt(made.machine->handle(), made.windows);
    EXPECT_EQ(adopted.time()->count, made.windows.partition.time);
  }
  EXPECT_EQ(made.windows.partitions.size(), 1U);
  EXPECT_EQ(made.windows.processors, 2);
  whp::machine gone = whp::machine::adopt(nullptr, made.windows);
  EXPECT_TRUE(says(gone.thaw().why_none(), {"WHvResumePartitionTime", "E_HANDLE"}));
}

TEST(WhpHost, TakesTheClockToAnotherMachineWithoutTheGuestSeeingIt) {
  scene first;
  ASSERT_TRUE(first.machine->freeze());
  const auto before = first.windows.partition.guest_reads(1);
  ASSERT_TRUE(before);
  const auto saved = partition::save(*first.machine, {0, 1});
  ASSERT_TRUE(saved);
  scene second;
  const auto restored = partition::restore(*second.machine, {0, 1}, *saved, partition::pause_is::left_out);
  ASSERT_TRUE(restored);
  EXPECT_EQ(restored->counter + restored->frequency, "");
  EXPECT_EQ(second.windows.partition.written,
            (std::vector<std::string>{"freeze", "counter 0", "counter 1", "time", "id", "page"}));
  EXPECT_EQ(second.windows.partition.guest_reads(1), before);
  EXPECT_TRUE(second.windows.partition.is_frozen);
}

}  // namespace
