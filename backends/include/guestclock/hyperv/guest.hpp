// SPDX-License-Identifier: BSL-1.0
/// \file guestclock/hyperv/guest.hpp
/// Hyper-V's reference clock from within the guest: find it, say who one is, have the page mapped, fall back on the
/// counter. Header-only and freestanding; CPUID and MSRs are handed in, so that it serves a kernel, a unikernel, and a
/// VMM that does it for its guest by ioctl. Hypervisors that offer the same interface (KVM does) are served alike.
///
///     const auto features = hyperv::detect(x86::this_processor{});             // is it there, and what of it?
///     x86::machine_msrs msrs;
///     hyperv::identify(msrs, hyperv::guest_os_id({.version = 1}));             // answer::done, once for the partition
///     if (features->page) hyperv::enable(msrs, page_address);                  // answer::done, once for the partition
///     guestclock::reference_tsc_reader<x86::ordered_counter> clock(page);
///     const auto now = clock.now_or(hyperv::reference_counter(msrs));          // the page, or the counter's exit
///
/// There is one page for the partition, whatever the number of its processors. The hypervisor lays it over the guest's
/// own memory there; what that held is back after `disable`. A sequence of 0 is no failure: the counter tells the time.
///
/// Source: Hyper-V Top Level Functional Specification, 2 (feature discovery, the guest's identity) and 12 (timers); Linux
/// `hyperv-tlfs.h`.
#pragma once

#include <guestclock/reference_tsc.hpp>
#include <guestclock/result.hpp>
#include <guestclock/word.hpp>
#include <guestclock/x86/cpuid.hpp>
#include <guestclock/x86/msr.hpp>

namespace guestclock::hyperv {

inline constexpr u32 msr_guest_os_id = 0x4000'0000;
inline constexpr u32 msr_reference_counter = 0x4000'0020;
inline constexpr u32 msr_reference_tsc = 0x4000'0021;
inline constexpr u32 msr_tsc_frequency = 0x4000'0022;
inline constexpr u32 msr_apic_frequency = 0x4000'0023;

inline constexpr u32 leaf_signature = 0x4000'0000;
inline constexpr u32 leaf_interface = 0x4000'0001;
inline constexpr u32 leaf_privileges = 0x4000'0003;
inline constexpr u32 interface_hv1 = 0x3123'7648;  ///< "Hv#1"

/// Bits of EAX of the leaf of privileges: which registers this partition may touch.
inline constexpr u32 privilege_reference_counter = 1;
inline constexpr u32 privilege_identity = 5;
inline constexpr u32 privilege_reference_tsc = 9;
inline constexpr u32 privilege_frequencies = 11;
/// Bit of EDX: the registers of frequencies are there.
inline constexpr u32 feature_frequencies = 8;

/// What the hypervisor offers of its clock.
struct features {
  x86::hypervisor vendor{};  ///< who signs; what follows goes by the interface, not by the name
  u32 last{};                ///< the highest of its CPUID leaves
  bool identity{};           ///< the guest may say who it is, which the page wants first
  bool counter{};            ///< the reference counter
  bool page{};               ///< the reference TSC page
  bool frequencies{};        ///< of the TSC and of the APIC
};

/// What this hypervisor offers. It goes by the interface "Hv#1": the signature is for people.
///   errors   no_clock: there is no hypervisor, or none with this interface
template <x86::cpuid_source Cpuid> [[nodiscard]] constexpr result<features> detect(Cpuid&& cpuid) noexcept {
  if (!x86::is_virtual(cpuid)) return clock_error::no_clock;
  const x86::cpuid_leaf signature = cpuid(leaf_signature, 0);
  if (signature.eax < leaf_privileges || cpuid(leaf_interface, 0).eax != interface_hv1) return clock_error::no_clock;
  const x86::cpuid_leaf offered = cpuid(leaf_privileges, 0);
  const auto may = [&offered](u32 bit) { return (offered.eax >> bit & 1) != 0; };
  features found;
  found.vendor = x86::vendor_of(signature);
  found.last = signature.eax;
  found.identity = may(privilege_identity);
  found.counter = may(privilege_reference_counter);
  found.page = may(privilege_reference_tsc);
  found.frequencies = may(privilege_frequencies) && (offered.edx >> feature_frequencies & 1) != 0;
  return found;
}

/// What came of a request.
enum class answer : std::uint8_t {
  done,
  misplaced,     ///< the address is not that of a page, or the identity is 0; the host was not asked
  unidentified,  ///< nobody has said who the guest is; the host was not asked
  refused,       ///< the host did not take it
};

[[nodiscard]] constexpr const char* name_of(answer given) noexcept {
  switch (given) {
    case answer::done: return "done";
    case answer::misplaced: return "misplaced";
    case answer::unidentified: return "unidentified";
    case answer::refused: return "refused";
  }
  return "unknown";
}

/// A system whose source is open, as it describes itself to the hypervisor.
struct open_system {
  u32 type{};     ///< 7 bits: 1 Linux, 2 FreeBSD, 3 Xen, 4 illumos; 0 another
  u32 variant{};  ///< 8 bits: what it likes
  u32 version{};
  u32 build{};  ///< 16 bits
};

/// Its identity. It is never 0: its highest bit says that it is an open system's.
///   requires nothing; bits beyond a field's are left out
///   source   TLFS 2.6, "Guest OS Identity for Open Source Operating Systems"
[[nodiscard]] constexpr u64 guest_os_id(const open_system& of) noexcept {
  return u64(1) << 63 | u64(of.type & 0x7F) << 56 | u64(of.variant & 0xFF) << 48 | u64(of.version) << 16 |
         u64(of.build & 0xFFFF);
}

/// Tells the hypervisor who the guest is, once, before anything else is enabled.
///   requires features::identity, where a refused register faults
///   ensures  `done` means that the register then says so
///   errors   misplaced: an identity of 0; refused
template <x86::msr_access Msrs> [[nodiscard]] constexpr answer identify(Msrs&& msrs, u64 identity) noexcept {
  if (identity == 0) return answer::misplaced;
  if (!msrs.write(msr_guest_os_id, identity)) return answer::refused;
  const result<u64> told = msrs.read(msr_guest_os_id);
  return told && *told == identity ? answer::done : answer::refused;
}

inline constexpr u64 page_enable_bit = 1;
inline constexpr u64 page_reserved_mask = 0xFFE;  ///< to be preserved
inline constexpr u64 page_offset_mask = 0xFFF;

/// Has the reference TSC page laid over that page of the guest's memory: once for the partition, by any processor.
///   requires features::page and features::identity, where a refused register faults
///   ensures  the host is asked exactly where the address is that of a page and the guest has an identity; the
///            register's reserved bits stay as they are. `done` means that the register then says so, and not that the
///            sequence is other than 0
///   errors   misplaced, unidentified, refused
///   units    a guest physical address
template <x86::msr_access Msrs> [[nodiscard]] constexpr answer enable(Msrs&& msrs, u64 page_address) noexcept {
  if ((page_address & page_offset_mask) != 0) return answer::misplaced;
  const result<u64> identity = msrs.read(msr_guest_os_id);
  if (!identity || *identity == 0) return answer::unidentified;
  const result<u64> before = msrs.read(msr_reference_tsc);
  if (!before) return answer::refused;
  const u64 wanted = page_address | (*before & page_reserved_mask) | page_enable_bit;
  if (!msrs.write(msr_reference_tsc, wanted)) return answer::refused;
  const result<u64> after = msrs.read(msr_reference_tsc);
  const bool is_there = after && (*after & ~page_reserved_mask) == (page_address | page_enable_bit);
  return is_there ? answer::done : answer::refused;
}

/// Takes the page away again: before its memory is given to something else, and before a crashed kernel starts another
/// one. The reserved bits stay as they are.
///   ensures  what readers then see there is whatever the memory held, or the page's last content
///   errors   refused
template <x86::msr_access Msrs> [[nodiscard]] constexpr answer disable(Msrs&& msrs) noexcept {
  const result<u64> before = msrs.read(msr_reference_tsc);
  if (!before) return answer::refused;
  return msrs.write(msr_reference_tsc, *before & page_reserved_mask) ? answer::done : answer::refused;
}

/// The address over which the page is laid; 0 where it is not enabled.
///   errors   no_clock: the register cannot be read
template <x86::msr_access Msrs> [[nodiscard]] constexpr result<u64> enabled_at(Msrs&& msrs) noexcept {
  const result<u64> set = msrs.read(msr_reference_tsc);
  if (!set) return set.error();
  return (*set & page_enable_bit) != 0 ? *set & ~page_offset_mask : u64(0);
}

/// The reference counter, by an exit: the clock where the page is not usable, and the one to hold the page against.
///   requires features::counter, where a refused register faults
template <class Msrs> class reference_counter {
 public:
  constexpr explicit reference_counter(Msrs& msrs) noexcept : msrs_(&msrs) {}

  /// The time now.
  ///   errors   no_clock: the register cannot be read
  [[nodiscard]] constexpr result<reference_time> operator()() const noexcept {
    const result<u64> count = msrs_->read(msr_reference_counter);
    if (!count) return count.error();
    return reference_time{*count};
  }

 private:
  Msrs* msrs_;
};

/// The frequencies that the hypervisor vouches for.
struct frequencies {
  u64 tsc_hz{};
  u64 apic_hz{};
};

/// Those frequencies.
///   errors   no_clock: they are not offered, or cannot be read; bad_frequency: one of them is 0
///   units    Hz
template <x86::msr_access Msrs>
[[nodiscard]] constexpr result<frequencies> read_frequencies(Msrs&& msrs, const features& offered) noexcept {
  if (!offered.frequencies) return clock_error::no_clock;
  const result<u64> tsc = msrs.read(msr_tsc_frequency);
  if (!tsc) return tsc.error();
  const result<u64> apic = msrs.read(msr_apic_frequency);
  if (!apic) return apic.error();
  if (*tsc == 0 || *apic == 0) return clock_error::bad_frequency;
  return frequencies{*tsc, *apic};
}

}  // namespace guestclock::hyperv
