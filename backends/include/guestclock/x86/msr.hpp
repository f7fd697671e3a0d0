// SPDX-License-Identifier: BSL-1.0
/// \file guestclock/x86/msr.hpp
/// Access to model-specific registers, as a thing that is handed in: a kernel's or a unikernel's instructions, a VMM's
/// ioctls on its guest's processor, a test's table. Header-only and freestanding.
#pragma once

#include <guestclock/result.hpp>
#include <guestclock/word.hpp>

namespace guestclock::x86 {

/// What each must supply. A register that cannot be read is no_clock; a write tells whether it was taken.
template <class Msrs>
concept msr_access = requires(Msrs& msrs, u32 index, u64 value) {
  { msrs.read(index) } -> std::same_as<result<u64>>;
  { msrs.write(index, value) } -> std::same_as<bool>;
};

#if defined(__x86_64__)
/// This processor's own registers, by the instructions.
///   requires ring 0; a register that the host refuses raises #GP, so ask CPUID first, or have a handler for it
///   source   Intel SDM 2B and 2D, RDMSR, WRMSR
struct machine_msrs {
  [[nodiscard]] result<u64> read(u32 index) const noexcept {
    std::uint32_t low{};
    std::uint32_t high{};
    asm volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(index) : "memory");
    return u64(high) << 32 | low;
  }
  [[nodiscard]] bool write(u32 index, u64 value) const noexcept {
    asm volatile("wrmsr" : : "c"(index), "a"(low32(value)), "d"(high32(value)) : "memory");
    return true;
  }
};
static_assert(msr_access<machine_msrs>);
#endif

}  // namespace guestclock::x86
