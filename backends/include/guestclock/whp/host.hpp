// SPDX-License-Identifier: BSL-1.0
/// \file guestclock/whp/host.hpp
/// The Windows Hypervisor Platform, from the host: a partition whose guest may have the reference TSC page, and its clock.
///
///     auto machine = whp::machine::create({.processor_count = 1}, whp::real_platform());
///     machine->add_processor(0);
///     machine->thaw();                                      // or the first WHvRunVirtualProcessor does it
///
/// A VMM that has a partition already hands in its handle (`adopt`). Running the processors, and the guest's memory, are
/// the VMM's own; saving and restoring the clock is guestclock/partition/snapshot.hpp's.
///
/// Every failure is a sentence that names the call, the HRESULT, and what to do. Nothing is left behind.
///
/// Windows lets the time go on at the first WHvRunVirtualProcessor, thawed or not: between `freeze` and the end of a save
/// or restore no processor may be run.
///
/// Source: Windows SDK, WinHvPlatform.h; Microsoft's documentation of the Windows Hypervisor Platform.
#pragma once

#include <guestclock/outcome.hpp>
#include <guestclock/partition/clock.hpp>
#include <guestclock/whp/platform_calls.hpp>
#include <guestclock/word.hpp>

#include <vector>

namespace guestclock::whp {

/// A partition, and what there is to its clock.
class machine final : public partition::clock_controls {
 public:
  struct options {
    std::uint32_t processor_count = 1;
    std::uint64_t features = partition::feature::clock;  ///< of partition::feature, and any other that the VMM gives
    std::uint64_t counter_frequency_hz = 0;              ///< 0: the host's; another one where it can be scaled to
  };
  /// A new one, set up, with no memory and no processors, its time frozen.
  ///   errors   there is no hypervisor; it does not offer the features; WHvCreatePartition, WHvSetupPartition,
  ///            WHvSuspendPartitionTime, the properties
  [[nodiscard]] static outcome<machine> create(const options& wanted, platform_calls& platform);

  /// One that the VMM has made and set up.
  ///   requires that it lasts as long as this is used; it is not deleted here
  [[nodiscard]] static machine adopt(partition_handle partition, platform_calls& platform) noexcept;

  machine(machine&& other) noexcept;
  machine& operator=(machine&&) = delete;
  ~machine() override;

  [[nodiscard]] partition_handle handle() const noexcept { return partition_; }

  /// Adds a processor, which goes with this.
  ///   errors   WHvCreateVirtualProcessor
  [[nodiscard]] outcome<done> add_processor(u32 index);

  [[nodiscard]] outcome<reference_time> time() const override;
  [[nodiscard]] outcome<done> set_time(reference_time time) override;
  [[nodiscard]] outcome<done> freeze() override;
  [[nodiscard]] outcome<done> thaw() override;
  [[nodiscard]] outcome<u64> counter_frequency_hz() const override;
  [[nodiscard]] outcome<u64> read(u32 processor, partition::partition_register which) const override;
  [[nodiscard]] outcome<done> write(u32 processor, partition::partition_register which, u64 value) override;

 private:
  machine(partition_handle partition, platform_calls& platform, bool is_owned) noexcept
      : platform_(&platform), partition_(partition), is_owned_(is_owned) {}

  platform_calls* platform_;
  partition_handle partition_;
  bool is_owned_;
  std::vector<u32> processors_;  ///< those added here
};

}  // namespace guestclock::whp
