// SPDX-License-Identifier: BSL-1.0
/// \file guestclock/x86/counter.hpp
/// The x86 time-stamp counter, as counter policies for read_section. Header-only and freestanding.
///
/// A processor may execute RDTSC before earlier instructions and after later ones. A section's counter is worth
/// something only if it was read between the two version loads, so each policy says how much of that it keeps:
///
///     policy                 not before the fields   before the second version load   instructions
///     ordered_counter        yes                     yes                              lfence rdtsc, and a dependency
///     strict_counter         yes                     yes                              lfence rdtsc lfence
///     half_ordered_counter   yes                     only if VM exits alone update    lfence rdtsc
///     unordered_counter      no                      no                               rdtsc
///     rdtscp_counter         yes                     yes                              rdtscp, and a dependency
///     publisher_counter      yes, and not before earlier stores are seen               mfence lfence rdtsc lfence
///
/// Grounds. RDTSC may be preceded by LFENCE so that earlier instructions have executed and earlier loads are globally
/// visible; by MFENCE and LFENCE so that earlier stores are, too; and followed by LFENCE so that no later instruction
/// begins before it (Intel SDM 2B, RDTSC and LFENCE). On AMD processors this needs LFENCE to be dispatch serialising:
/// MSR C001_1029 bit 1, which kernels set, or always so where CPUID 8000_0021 EAX bit 2 says it (AMD APM 2 and 3).
/// Comparing counters of several processors needs counters that agree: the page says so by TSC_STABLE.
///
/// Each read is one asm statement without intrinsics, so that it compiles under `-mgeneral-regs-only`; it clobbers
/// memory, so that the compiler moves no access across it.
#pragma once

#if !defined(__x86_64__)
#error "guestclock/x86/counter.hpp is for 64-bit x86 only: elsewhere, pass read_section a counter policy of your own"
#endif

#include <guestclock/version_retry.hpp>
#include <guestclock/word.hpp>

namespace guestclock::x86 {

/// A counter value, and what the second version load has to wait for.
///   units    ticks
template <class After> struct counter_sample {
  u64 value{};
  After after{};
};

/// RDTSC's two halves as one value.
[[nodiscard]] constexpr u64 joined(std::uint32_t high, std::uint32_t low) noexcept { return u64(high) << 32 | low; }

/// The default: inside the section, at the cost of one fence.
///   requires nothing
///   ensures  not before earlier instructions have executed, by LFENCE; and before the load that is given `after`,
///            because that load's address is computed from the counter's value: `after` is always 0, but `and` is no
///            zeroing idiom (`xor` with itself is), so the processor has to wait for the value
///   errors   none
///   units    ticks
///   source   Intel SDM 2B, RDTSC; Intel Optimization Reference Manual, dependency-breaking idioms
struct ordered_counter {
  [[nodiscard]] counter_sample<std::uintptr_t> sample() const noexcept {
    std::uint32_t low{};
    std::uint32_t high{};
    std::uintptr_t after{};
    asm volatile("lfence\n\trdtsc\n\tmovl %%eax, %k[after]\n\tandl $0, %k[after]"
                 : "=a"(low), "=d"(high), [after] "=r"(after)
                 :
                 : "cc", "memory");
    return {joined(high, low), after};
  }
};

/// Inside the section, and ordered before every later instruction, not only before the version load. Use it where
/// something else than the page is to be timed.
///   requires nothing
///   ensures  not before earlier instructions have executed, and before any later one begins: LFENCE on both sides
///   errors   none
///   units    ticks
///   source   Intel SDM 2B, RDTSC and LFENCE
struct strict_counter {
  [[nodiscard]] counter_sample<after_nothing> sample() const noexcept {
    std::uint32_t low{};
    std::uint32_t high{};
    asm volatile("lfence\n\trdtsc\n\tlfence" : "=a"(low), "=d"(high) : : "memory");
    return {joined(high, low), {}};
  }
};

/// What deployed readers do: the counter is bounded from below only. The second version load may overtake it, so that
/// the counter may belong to a later update than the fields.
///   requires that the page changes only in VM exits of the processor that reads it: an exit completes every earlier
///            instruction and begins no later one. Not so for a page that other processors share (KVM's page in
///            Linux's vDSO is one), nor for one that a thread publishes
///   ensures  not before earlier instructions have executed, by LFENCE
///   errors   none
///   units    ticks
///   source   Linux `rdtsc_ordered`; Intel SDM 2B, RDTSC; SDM 3C, VM exits
struct half_ordered_counter {
  [[nodiscard]] counter_sample<after_nothing> sample() const noexcept {
    std::uint32_t low{};
    std::uint32_t high{};
    asm volatile("lfence\n\trdtsc" : "=a"(low), "=d"(high) : : "memory");
    return {joined(high, low), {}};
  }
};

/// The bare counter, to measure what order costs. Not for telling the time.
///   requires nothing
///   ensures  nothing of when it was read, but that the compiler did not move it
///   errors   none
///   units    ticks
///   source   Intel SDM 2B, RDTSC: not a serialising instruction
struct unordered_counter {
  [[nodiscard]] counter_sample<after_nothing> sample() const noexcept {
    std::uint32_t low{};
    std::uint32_t high{};
    asm volatile("rdtsc" : "=a"(low), "=d"(high) : : "memory");
    return {joined(high, low), {}};
  }
};

/// Inside the section, and says on which processor the counter was read: for pages of which each processor has its own.
///   requires CPUID 8000_0001 EDX bit 27 (`has_rdtscp`), and a kernel that has set TSC_AUX; kvm_pvm, the KVM that
///            runs guests without the processor's virtualisation, does not emulate the instruction in ring 0
///   ensures  as ordered_counter: RDTSCP waits until earlier instructions have executed and earlier loads are globally
///            visible; `processor` is TSC_AUX, read in the same instruction
///   errors   none
///   units    ticks
///   source   Intel SDM 2B, RDTSCP
struct rdtscp_counter {
  u32 processor{};  ///< TSC_AUX at the latest sample: what the kernel has put there

  [[nodiscard]] counter_sample<std::uintptr_t> sample() noexcept {
    std::uint32_t low{};
    std::uint32_t high{};
    std::uint32_t aux{};
    std::uintptr_t after{};
    asm volatile("rdtscp\n\tmovl %%eax, %k[after]\n\tandl $0, %k[after]"
                 : "=a"(low), "=d"(high), "=c"(aux), [after] "=r"(after)
                 :
                 : "cc", "memory");
    processor = aux;
    return {joined(high, low), after};
  }
};

/// For a host that has marked its page as being updated, and now needs a counter that is not before any reading of
/// the old content: those readers' counters were read before the mark was seen, and this one after.
///   requires nothing
///   ensures  not before earlier stores are globally visible, by MFENCE; else as strict_counter
///   errors   none
///   units    ticks
///   source   Intel SDM 2B, RDTSC: "MFENCE;LFENCE immediately before RDTSC"
struct publisher_counter {
  [[nodiscard]] counter_sample<after_nothing> sample() const noexcept {
    std::uint32_t low{};
    std::uint32_t high{};
    asm volatile("mfence\n\tlfence\n\trdtsc\n\tlfence" : "=a"(low), "=d"(high) : : "memory");
    return {joined(high, low), {}};
  }
};

}  // namespace guestclock::x86
