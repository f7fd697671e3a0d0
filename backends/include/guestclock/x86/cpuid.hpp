// SPDX-License-Identifier: BSL-1.0
/// \file guestclock/x86/cpuid.hpp
/// What CPUID says of the counter and of the hypervisor. Header-only and freestanding.
///
/// CPUID is asked through a callable, `cpuid_leaf operator()(u32 leaf, u32 subleaf)`: the processor's own below, the
/// table that a VMM is about to give its guest, or a test's.
///
/// **Frequency.** Two leaves speak of it, and neither always does:
///
///     0x15   crystal · numerator / denominator is the counter's frequency, exactly; but the crystal is 0 on processors
///            that do not know it, numerator or denominator 0 where the leaf says nothing, and AMD has no such leaf
///     0x16   the processor's base frequency in MHz: what is printed on it, rounded, and not the counter's by
///            definition. It is good to some 1000 ppm: enough to plausibly check another figure, not to tell the time
///
/// A hypervisor that scales the counter need not have changed either leaf. What KVM publishes in its page is right.
#pragma once

#include <guestclock/result.hpp>
#include <guestclock/word.hpp>

namespace guestclock::x86 {

/// The four registers.
struct cpuid_leaf {
  u32 eax{};
  u32 ebx{};
  u32 ecx{};
  u32 edx{};
};

template <class Cpuid>
concept cpuid_source = requires(Cpuid& cpuid, u32 leaf) {
  { cpuid(leaf, leaf) } -> std::convertible_to<cpuid_leaf>;
};

#if defined(__x86_64__)
/// This processor's.
///   source   Intel SDM 2A, CPUID
struct this_processor {
  [[nodiscard]] cpuid_leaf operator()(u32 leaf, u32 subleaf) const noexcept {
    cpuid_leaf seen;
    asm volatile("cpuid" : "=a"(seen.eax), "=b"(seen.ebx), "=c"(seen.ecx), "=d"(seen.edx) : "a"(leaf), "c"(subleaf));
    return seen;
  }
};
#endif

enum class hypervisor : std::uint8_t { none, kvm, hyperv, xen, other };

/// Where a hypervisor's leaves are.
struct hypervisor_leaves {
  hypervisor vendor{};
  u32 base{};  ///< 0x40000000, or a multiple of 0x100 above it
  u32 last{};  ///< the highest leaf of that range
};

inline constexpr std::uint32_t hypervisor_leaf_first = 0x4000'0000;
inline constexpr std::uint32_t hypervisor_leaf_step = 0x100;
inline constexpr int hypervisor_range_count = 256;

/// Who signs with these twelve bytes.
///   source   Linux Documentation/virt/kvm/x86/cpuid.rst; Hyper-V TLFS 2.4; Xen public/arch-x86/cpuid.h
[[nodiscard]] constexpr hypervisor vendor_of(const cpuid_leaf& signature) noexcept {
  const auto signed_by = [&signature](u32 ebx, u32 ecx, u32 edx) {
    return signature.ebx == ebx && signature.ecx == ecx && signature.edx == edx;
  };
  if (signed_by(0x4b4d564b, 0x564b4d56, 0x0000004d)) return hypervisor::kvm;     // "KVMKVMKVM\0\0\0"
  if (signed_by(0x7263694d, 0x666f736f, 0x76482074)) return hypervisor::hyperv;  // "Microsoft Hv"
  if (signed_by(0x566e6558, 0x65584d4d, 0x4d4d566e)) return hypervisor::xen;     // "XenVMMXenVMM"
  return hypervisor::other;
}

/// Whether there is a hypervisor that says so. Without this bit the leaves from 0x40000000 on are not to be asked: a
/// bare Intel processor answers them with its highest ordinary leaf.
///   source   Intel SDM 2A, CPUID, leaf 1: reserved; AMD APM 3: "hypervisor present"
template <cpuid_source Cpuid> [[nodiscard]] constexpr bool is_virtual(Cpuid&& cpuid) noexcept {
  return (cpuid(1, 0).ecx >> 31) != 0;
}

/// The leaves of that hypervisor. One that poses as another for its guests' sake (KVM as Hyper-V) has its own leaves in
/// a later range, so all are looked at.
///   requires nothing; asks at most 257 leaves
///   errors   no_clock: it is not there
///   source   Linux arch/x86/include/asm/processor.h, hypervisor_cpuid_base
template <cpuid_source Cpuid>
[[nodiscard]] constexpr result<hypervisor_leaves> find_hypervisor(Cpuid&& cpuid, hypervisor vendor) noexcept {
  if (!is_virtual(cpuid)) return clock_error::no_clock;
  for (int range = 0; range < hypervisor_range_count; ++range) {
    const u32 base = hypervisor_leaf_first + u32(range) * hypervisor_leaf_step;
    const cpuid_leaf seen = cpuid(base, 0);
    if (vendor_of(seen) != vendor) continue;
    // Old KVMs leave the highest leaf at 0, and mean the one after the signature.
    return hypervisor_leaves{vendor, base, seen.eax > base ? seen.eax : base + 1};
  }
  return clock_error::no_clock;
}

/// Whether the counter runs at one rate whatever the processor's own rate and sleep are.
///   source   Intel SDM 3B, 18.17.1; AMD APM 3: CPUID 8000_0007 EDX bit 8
template <cpuid_source Cpuid> [[nodiscard]] constexpr bool has_invariant_counter(Cpuid&& cpuid) noexcept {
  if (cpuid(0x8000'0000, 0).eax < 0x8000'0007) return false;
  return (cpuid(0x8000'0007, 0).edx >> 8 & 1) != 0;
}

/// Whether rdtscp_counter works here.
template <cpuid_source Cpuid> [[nodiscard]] constexpr bool has_rdtscp(Cpuid&& cpuid) noexcept {
  if (cpuid(0x8000'0000, 0).eax < 0x8000'0001) return false;
  return (cpuid(0x8000'0001, 0).edx >> 27 & 1) != 0;
}

/// Where a frequency comes from, the best first.
enum class frequency_source : std::uint8_t {
  crystal,         ///< leaf 0x15, whole: exact
  hypervisor,      ///< leaf 0x40000010, in kHz: a convention of VMware's that others follow; KVM alone does not
  base_frequency,  ///< leaf 0x16, in MHz: a label, good to some 1000 ppm
};

struct counter_frequency {
  u64 hz{};
  frequency_source source{};
};

/// The counter's frequency as CPUID says it.
///   requires nothing
///   ensures  never 0; of `crystal`, the nearest integer to crystal · numerator / denominator
///   errors   no_clock: no leaf says it; measure it, or take the clock page's
///   units    Hz
///   source   Intel SDM 2A, CPUID, leaves 0x15 and 0x16; SDM 3B, 19.7.3
template <cpuid_source Cpuid>
[[nodiscard]] constexpr result<counter_frequency> frequency_by_cpuid(Cpuid&& cpuid) noexcept {
  const u32 last = cpuid(0, 0).eax;
  if (last >= 0x15) {
    const cpuid_leaf ratio = cpuid(0x15, 0);  // eax denominator, ebx numerator, ecx crystal
    if (ratio.eax != 0 && ratio.ebx != 0 && ratio.ecx != 0) {
      const u64 product = u64(ratio.ecx) * u64(ratio.ebx);
      const u64 rest = product % u64(ratio.eax);
      const u64 hz = product / u64(ratio.eax) + one_if(rest >= u64(ratio.eax) - rest);
      if (hz != 0) return counter_frequency{hz, frequency_source::crystal};
    }
  }
  if (is_virtual(cpuid)) {
    const u32 highest = cpuid(hypervisor_leaf_first, 0).eax;
    if (highest >= hypervisor_leaf_first + 0x10 && highest < hypervisor_leaf_first + 0x1'0000) {
      const u64 khz = u64(cpuid(hypervisor_leaf_first + 0x10, 0).eax);
      if (khz != 0) return counter_frequency{khz * 1000, frequency_source::hypervisor};
    }
  }
  if (last >= 0x16) {
    const u64 mhz = u64(cpuid(0x16, 0).eax & 0xFFFF);  // the rest is reserved
    if (mhz != 0) return counter_frequency{mhz * 1'000'000, frequency_source::base_frequency};
  }
  return clock_error::no_clock;
}

}  // namespace guestclock::x86
