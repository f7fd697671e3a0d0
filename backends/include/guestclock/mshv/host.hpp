// SPDX-License-Identifier: BSL-1.0
/// \file guestclock/mshv/host.hpp
/// Microsoft's hypervisor under Linux (/dev/mshv), from the host: a partition whose guest may have the reference TSC page,
/// and its clock.
///
///     auto machine = mshv::machine::create({});             // its time is frozen, at 0
///     auto processor = machine->add_processor(0);           // a descriptor, for MSHV_RUN_VP
///     machine->thaw();                                      // then run
///
/// A VMM that has a partition already hands in its descriptor (`adopt`). Running the processors, and the guest's memory,
/// are the VMM's own; saving and restoring the clock is guestclock/partition/snapshot.hpp's.
///
/// Every failure is a sentence that names the call, errno, the hypervisor's status, and what to do. Nothing is left open.
/// Everything asks by the partition's descriptor: by a processor's it would wait until the guest leaves that processor.
///
/// Source: Linux include/uapi/linux/mshv.h, drivers/hv/mshv_root_main.c, 6.15.
#pragma once

#include <guestclock/kvm/kernel_calls.hpp>
#include <guestclock/mshv/mshv_abi.hpp>
#include <guestclock/outcome.hpp>
#include <guestclock/partition/clock.hpp>
#include <guestclock/word.hpp>

#include <optional>

namespace guestclock::mshv {

using kvm::file;
using kvm::kernel_calls;

/// A partition, and what there is to its clock.
class machine final : public partition::clock_controls {
 public:
  struct options {
    std::uint64_t flags = partition_flag::lapic | partition_flag::x2apic | partition_flag::super_pages;
    std::uint64_t features = partition::feature::clock;  ///< of partition::feature, and any other that the VMM gives
    const char* device = "/dev/mshv";
  };
  /// A new one, with no memory and no processors, its time frozen at 0.
  ///   errors   opening the device, MSHV_CREATE_PARTITION, MSHV_INITIALIZE_PARTITION, the properties
  [[nodiscard]] static outcome<machine> create(const options& wanted, kernel_calls& kernel = kvm::real_kernel());

  /// One that the VMM has made.
  ///   requires that the descriptor stays open as long as this is used; it is not closed here
  [[nodiscard]] static machine adopt(int partition_descriptor, kernel_calls& kernel = kvm::real_kernel()) noexcept;

  [[nodiscard]] int descriptor() const noexcept { return number_; }

  /// A processor's descriptor.
  ///   errors   MSHV_CREATE_VP
  [[nodiscard]] outcome<file> add_processor(u32 index);

  [[nodiscard]] outcome<reference_time> time() const override;
  [[nodiscard]] outcome<done> set_time(reference_time time) override;
  [[nodiscard]] outcome<done> freeze() override;
  [[nodiscard]] outcome<done> thaw() override;
  [[nodiscard]] outcome<u64> counter_frequency_hz() const override;
  [[nodiscard]] outcome<u64> read(u32 processor, partition::partition_register which) const override;
  [[nodiscard]] outcome<done> write(u32 processor, partition::partition_register which, u64 value) override;

  /// A partition's property, by number.
  [[nodiscard]] outcome<u64> partition_property(std::uint32_t code) const;
  [[nodiscard]] outcome<done> set_partition_property(std::uint32_t code, u64 value);

 private:
  struct request;
  machine(kernel_calls& kernel, int number) noexcept : kernel_(&kernel), number_(number) {}
  [[nodiscard]] outcome<done> ask(const request& what) const;

  kernel_calls* kernel_;
  int number_;
  std::optional<file> owned_;  ///< closes it
};

}  // namespace guestclock::mshv
