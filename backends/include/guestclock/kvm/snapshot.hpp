// SPDX-License-Identifier: BSL-1.0
/// \file guestclock/kvm/snapshot.hpp
/// A machine saved and restored, in the order that its clock needs; and the clock region that a host writes for its
/// guest.
///
///     save      settle each processor ─ clock ─ registers ─ memory
///     restore   memory ─ registers ─ counter ─ clock ─ clock MSRs ─ (the host stamps its regions) ─ run
///
/// The counter comes before the clock, since setting the clock notes the counter; the clock before the MSRs by which
/// pages are filled.
///
/// It saves the memory, the machine's clock, and of each processor KVM_GET_REGS, KVM_GET_SREGS, KVM_GET_FPU (x87 and
/// SSE), its counter with its frequency, and the address of its pvclock page. For a guest that uses no more, as those of
/// this project, that is everything. The rest a VMM saves itself, and restores between `restore` and the first run; the
/// CPUID that the guest was offered, before `restore`:
///
///     AVX and beyond     KVM_GET_XSAVE, KVM_GET_XCRS
///     interrupts         KVM_GET_LAPIC, KVM_GET_VCPU_EVENTS, KVM_GET_MP_STATE, KVM_GET_IRQCHIP, KVM_GET_PIT2
///     breakpoints        KVM_GET_DEBUGREGS
///     all other MSRs     KVM_GET_MSRS of KVM_GET_MSR_INDEX_LIST, but 0x10, 0x12 and 0x4b564d01, which `restore` has
///                        written, and 0x11 and 0x4b564d00, whose write has KVM fill a wall clock structure anew
///     devices            its own
#pragma once

#include <guestclock/kvm/host.hpp>
#include <guestclock/region.hpp>

#include <vector>

namespace guestclock::kvm {

struct saved_processor {
  kvm_regs registers{};
  kvm_sregs system_registers{};
  kvm_fpu floating_point{};  ///< x87 and SSE; no more
  u64 system_time_msr{};
  u64 counter{};
  u64 counter_frequency_hz{};  ///< 0 where KVM does not say
};

struct saved_machine {
  std::vector<unsigned char> memory;
  std::vector<saved_processor> processors;
  clock_state clock;
};

/// Takes what saved_machine holds: see this file's beginning for what it does not.
///   requires that no processor runs
[[nodiscard]] outcome<saved_machine> save(machine& from, const std::vector<processor*>& processors);

/// What a guest finds its monotonic clock to have done while it was not there.
enum class pause_is : std::uint8_t {
  left_out,  ///< the clock goes on where it was
  counted,   ///< the clock has gone on: it shows what it would show, had the machine never stopped
};

/// What could not be had, and why: a guest's clock page says the truth all the same.
struct restored {
  std::string counter;    ///< empty: the counter goes on as it should
  std::string frequency;  ///< empty: the counter has the frequency that it had
};

/// Puts all that was saved into a new machine with as many processors.
///   requires that no processor has run
///   errors   sizes differ; `counted` where the clock was saved, or is to be restored, without the wall clock beside it
[[nodiscard]] outcome<restored> restore(machine& into, const std::vector<processor*>& processors,
                                        const saved_machine& from, pause_is pause);

/// Where a machine's clock region and its page are.
struct region_place {
  u64 region_address{};  ///< guest physical, a multiple of 8
  u64 page_address{};    ///< as the guest will address it
  i32 utc_offset_seconds{};
};

/// The UTC at which the machine's clock was 0, as of now. One for all processors' regions: two samples of it differ by
/// µs where this KVM does not pair its clock with the wall clock, which it does only once a processor has run.
///   ensures  wall − monotonic, of one moment where they are paired, or else the monotonic one first
///   errors   KVM_GET_CLOCK; no such time
[[nodiscard]] outcome<unix_time> boot_time_now(const machine& of);

/// Writes the region of a guest whose page is KVM's. To be done again, with the boot time of then, after every restore.
///   errors   no memory there; a boot time that a region cannot say
[[nodiscard]] outcome<guest_clock_region> publish_region(machine& of, const region_place& where, unix_time boot);

}  // namespace guestclock::kvm
