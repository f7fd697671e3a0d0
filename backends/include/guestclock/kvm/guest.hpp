// SPDX-License-Identifier: BSL-1.0
/// \file guestclock/kvm/guest.hpp
/// KVM's clock from within the guest: find it, have the page filled, ask for the wall clock, pair clocks. Header-only
/// and freestanding; CPUID, MSRs and the hypercall are handed in, so that it serves a kernel, a unikernel, and a VMM
/// that does it for its guest by ioctl.
///
///     const auto features = kvm::detect(x86::this_processor{});
///     const auto msrs = kvm::msrs_of(*features);
///     kvm::enable(x86::machine_msrs{}, *msrs, page_address);  // each processor, its own page: answer::done
///     guestclock::pvclock_reader<x86::ordered_counter> clock(page);
///
/// The page is filled before the processor's next instruction, on the way back into the guest. That the host paused the
/// guest is a flag of the page, which the guest clears: `acknowledge_stop` of guestclock/pvclock.hpp.
///
/// Source: Linux Documentation/virt/kvm/x86: cpuid.rst, msr.rst, hypercalls.rst; asm/kvm_para.h.
#pragma once

#include <guestclock/pvclock.hpp>
#include <guestclock/result.hpp>
#include <guestclock/unix_time.hpp>
#include <guestclock/wall_clock.hpp>
#include <guestclock/word.hpp>
#include <guestclock/x86/cpuid.hpp>
#include <guestclock/x86/msr.hpp>

namespace guestclock::kvm {

/// What KVM offers its guest.
struct features {
  u32 base{};        ///< of its CPUID leaves
  bool old_clock{};  ///< the clock by the old MSRs, which lie in Intel's own range
  bool clock{};      ///< the clock by the new MSRs
  bool stable{};     ///< it may set TSC_STABLE in the pages
};

/// Bits of EAX of the leaf after the signature.
inline constexpr u32 feature_old_clock = 0;
inline constexpr u32 feature_clock = 3;
inline constexpr u32 feature_stable = 24;

/// What this KVM offers.
///   errors   no_clock: it is no KVM's guest
template <x86::cpuid_source Cpuid> [[nodiscard]] constexpr result<features> detect(Cpuid&& cpuid) noexcept {
  const result<x86::hypervisor_leaves> found = x86::find_hypervisor(cpuid, x86::hypervisor::kvm);
  if (!found) return found.error();
  const u32 bits = cpuid(found->base + 1, 0).eax;
  const auto has = [bits](u32 bit) { return (bits >> bit & 1) != 0; };
  return features{found->base, has(feature_old_clock), has(feature_clock), has(feature_stable)};
}

/// The two registers of the clock.
struct clock_msrs {
  u32 system_time{};  ///< takes the page's address, with bit 0 to enable
  u32 wall_clock{};   ///< takes the structure's address, and fills it at once
};
inline constexpr clock_msrs new_msrs{0x4b564d01, 0x4b564d00};
inline constexpr clock_msrs old_msrs{0x12, 0x11};

/// The registers to use: the new ones where both are there.
///   errors   no_clock: the host does not offer the clock
[[nodiscard]] constexpr result<clock_msrs> msrs_of(const features& offered) noexcept {
  if (offered.clock) return new_msrs;
  if (offered.old_clock) return old_msrs;
  return clock_error::no_clock;
}

/// What came of a request.
enum class answer : std::uint8_t {
  done,
  misplaced,  ///< the address is not one to be filled; the host was not asked, and KVM might have taken it for nothing
  refused,    ///< the host did not take it
};

[[nodiscard]] constexpr const char* name_of(answer given) noexcept {
  switch (given) {
    case answer::done: return "done";
    case answer::misplaced: return "misplaced";
    case answer::refused: return "refused";
  }
  return "unknown";
}

inline constexpr u64 enable_bit = 1;

/// Has this processor's page filled from now on. Each processor has its own page, and enables it itself.
///   requires that the 32 bytes are the guest's own memory, all zero or an older page, until `disable`
///   ensures  the host is asked exactly where pvclock_may_lie_at says so. `done` means that it took the address, not
///            that it fills it: KVM refuses none, and leaves a page unfilled that is no memory, or crosses a multiple of
///            4096; the page then says bad_multiplier
///   errors   misplaced, refused
///   units    a guest physical address
template <x86::msr_access Msrs>
[[nodiscard]] constexpr answer enable(Msrs&& msrs, const clock_msrs& which, u64 page_address) noexcept {
  if (!pvclock_may_lie_at(page_address)) return answer::misplaced;
  return msrs.write(which.system_time, page_address + enable_bit) ? answer::done : answer::refused;
}

/// Stops the updates: the host no longer writes there. Before its memory is given to something else, and before a
/// crashed kernel starts another one.
///   ensures  the page keeps its last content, which its readers take for a clock that still runs
template <x86::msr_access Msrs> [[nodiscard]] constexpr answer disable(Msrs&& msrs, const clock_msrs& which) noexcept {
  return msrs.write(which.system_time, 0) ? answer::done : answer::refused;
}

/// The address at which this processor's page is filled; 0 where the clock is not enabled.
///   errors   no_clock: the register cannot be read
template <x86::msr_access Msrs>
[[nodiscard]] constexpr result<u64> enabled_at(Msrs&& msrs, const clock_msrs& which) noexcept {
  const result<u64> set = msrs.read(which.system_time);
  if (!set) return set.error();
  return (*set & enable_bit) != 0 ? *set - enable_bit : u64(0);
}

/// Has the wall clock structure filled, once: the boot time as of now, which wall_clock_at reads. All processors share
/// it.
///   requires that the 12 bytes are the guest's own memory during the request
///   errors   misplaced: not a multiple of 4; refused
template <x86::msr_access Msrs> [[nodiscard]] constexpr answer request_wall_clock(Msrs&& msrs, const clock_msrs& which,
                                                                                  u64 structure_address) noexcept {
  if ((structure_address & 3) != 0) return answer::misplaced;
  return msrs.write(which.wall_clock, structure_address) ? answer::done : answer::refused;
}

/// What the clock-pairing hypercall fills: the host's wall clock, and this guest's counter at the same moment.
struct clock_pairing {
  std::int64_t sec;
  std::int64_t nsec;
  std::uint64_t tsc;
  std::uint32_t flags;
  std::uint32_t pad[9];
};
static_assert(sizeof(clock_pairing) == 64);
static_assert(offsetof(clock_pairing, tsc) == 16);
static_assert(offsetof(clock_pairing, flags) == 24);

inline constexpr u64 hypercall_clock_pairing = 9;
inline constexpr u64 pairing_of_wall_clock = 0;

/// The host's wall clock and this processor's counter, of one moment.
struct paired_wall {
  unix_time wall;
  u64 counter{};
};

/// What a filled structure says.
///   errors   out_of_range: nanoseconds outside [0, 10^9)
[[nodiscard]] constexpr result<paired_wall> paired_wall_of(const clock_pairing& filled) noexcept {
  if (filled.nsec < 0 || filled.nsec >= std::int64_t(nanoseconds_per_second)) return clock_error::out_of_range;
  const result<unix_time> wall = unix_time::from_parts(filled.sec, static_cast<u32>(filled.nsec));
  if (!wall) return wall.error();
  return paired_wall{*wall, filled.tsc};
}

/// Asks the host for its wall clock and this processor's counter at one moment. Unlike the wall clock structure it is
/// to the nanosecond, and needs a host whose own clock source is the counter.
///   Hypercall `i64 operator()(u64 number, u64 first, u64 second)`: what the host answers in RAX
///   requires that `filled` lies, whole, in the guest's memory at `address`, a guest physical one
///   errors   no_clock: the host does not know the call (−1000), or its clock source is not the counter (−95), or it
///            cannot write there; out_of_range: what it wrote is no time
template <class Hypercall> [[nodiscard]] result<paired_wall> pair_wall_clock(Hypercall&& hypercall,
                                                                             const volatile clock_pairing& filled,
                                                                             u64 address) noexcept {
  if (hypercall(hypercall_clock_pairing, address, pairing_of_wall_clock) != 0) return clock_error::no_clock;
  return paired_wall_of({filled.sec, filled.nsec, filled.tsc, filled.flags, {}});
}

#if defined(__x86_64__)
/// The hypercall of Intel's processors, and of AMD's. Ring 0; KVM puts right whichever is the wrong one.
///   source   Linux asm/kvm_para.h, kvm_hypercall2
struct vmcall {
  [[nodiscard]] i64 operator()(u64 number, u64 first, u64 second) const noexcept {
    i64 answered{};
    asm volatile("vmcall" : "=a"(answered) : "a"(number), "b"(first), "c"(second) : "memory");
    return answered;
  }
};
struct vmmcall {
  [[nodiscard]] i64 operator()(u64 number, u64 first, u64 second) const noexcept {
    i64 answered{};
    asm volatile("vmmcall" : "=a"(answered) : "a"(number), "b"(first), "c"(second) : "memory");
    return answered;
  }
};
#endif

}  // namespace guestclock::kvm
