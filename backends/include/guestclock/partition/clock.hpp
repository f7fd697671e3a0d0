// SPDX-License-Identifier: BSL-1.0
/// \file guestclock/partition/clock.hpp
/// The clock of a partition, which is what Microsoft's hypervisor calls a virtual machine, as it lets a host hold it:
/// on Linux (guestclock/mshv/host.hpp) and on Windows (guestclock/whp/host.hpp) by the same few levers.
///
///     reference time   counts from the partition's creation; the guest reads it by an MSR, or computes it by the page
///     counter          each processor's time stamp counter, which the page is about
///     frozen           neither goes on, so that all of it can be read, or written, as of one moment
///
/// The hypervisor writes the page itself, from the two: a host never does, it only says where the page is
/// (`partition_register::reference_tsc`, which is the guest's own MSR).
///
/// Source: Hyper-V TLFS, "Timers" and "Partition Properties".
#pragma once

#include <guestclock/outcome.hpp>
#include <guestclock/reference_tsc.hpp>
#include <guestclock/word.hpp>

namespace guestclock::partition {

/// The registers of a processor that matter to its clock.
enum class partition_register : std::uint8_t {
  counter,        ///< IA32_TSC, as the guest sees it
  guest_os_id,    ///< the same for all processors; while it is 0 there is no page
  reference_tsc,  ///< the same for all processors; bit 0 enabled, bits 63:12 the page's number, the others kept
};

/// Bits of the partition's synthetic features, which its host gives it before it is initialised: without them the guest's
/// CPUID offers no such clock, and its MSRs fault.
///   source   Linux hvhdk.h, union hv_partition_synthetic_processor_features; WinHvPlatformDefs.h,
///            WHV_SYNTHETIC_PROCESSOR_FEATURES
namespace feature {
inline constexpr std::uint64_t hypervisor_present = 1U << 0;   ///< its CPUID leaves
inline constexpr std::uint64_t hv1 = 1U << 1;                  ///< "Hv#1"
inline constexpr std::uint64_t reference_counter = 1U << 3;    ///< MSR 0x40000020
inline constexpr std::uint64_t hypercall_registers = 1U << 7;  ///< MSR 0x40000000, without which there is no page
inline constexpr std::uint64_t reference_tsc = 1U << 9;        ///< MSR 0x40000021 and the page
inline constexpr std::uint64_t frequencies = 1U << 11;         ///< MSRs 0x40000022 and 0x40000023
/// What a guest needs that reads its clock by the page.
inline constexpr std::uint64_t clock =
    hypervisor_present | hv1 | reference_counter | hypercall_registers | reference_tsc | frequencies;
}  // namespace feature

/// One partition's.
class clock_controls {
 public:
  virtual ~clock_controls() = default;

  /// The reference time. It may be asked for while the processors run.
  [[nodiscard]] virtual outcome<reference_time> time() const = 0;
  /// Puts it to that value.
  ///   requires that it is frozen
  [[nodiscard]] virtual outcome<done> set_time(reference_time time) = 0;

  /// Stops the reference time and the counters. Once more is no error.
  ///   requires that no processor runs
  [[nodiscard]] virtual outcome<done> freeze() = 0;
  /// Lets them go on from where they are.
  [[nodiscard]] virtual outcome<done> thaw() = 0;

  /// The frequency of the counters.
  ///   units    Hz
  [[nodiscard]] virtual outcome<u64> counter_frequency_hz() const = 0;

  /// A register of one processor.
  ///   requires that the processor does not run
  [[nodiscard]] virtual outcome<u64> read(u32 processor, partition_register which) const = 0;
  [[nodiscard]] virtual outcome<done> write(u32 processor, partition_register which, u64 value) = 0;

 protected:
  clock_controls() = default;
  clock_controls(const clock_controls&) = default;
  clock_controls& operator=(const clock_controls&) = default;
};

}  // namespace guestclock::partition
