// SPDX-License-Identifier: BSL-1.0
/// \file guestclock/x86/own_page.hpp
/// Reads the page of the processor that one runs on, where each has its own, and one may be moved to another at any
/// moment. Header-only and freestanding.
#pragma once

#include <guestclock/pvclock.hpp>
#include <guestclock/reading.hpp>
#include <guestclock/result.hpp>
#include <guestclock/version_retry.hpp>
#include <guestclock/word.hpp>
#include <guestclock/x86/counter.hpp>

namespace guestclock::x86 {

/// The processor in Linux's TSC_AUX, which has its memory node above it.
///   source   Linux arch/x86/include/asm/segment.h, VDSO_CPUNODE_MASK
[[nodiscard]] constexpr u32 processor_of_linux(u32 tsc_aux) noexcept { return tsc_aux & 0xFFF; }

/// The time by this processor's own page.
///   PageOf   `const volatile void* operator()(u32 processor)`; null where it has none
///   Counter  as rdtscp_counter: its `processor` is that of its latest sample
///   requires nothing of the pages' contents; preemption is allowed
///   ensures  fields and counter are of one processor; ends after at most retry_count_max reads
///   errors   no_clock (no page, or not aligned), update_in_progress (also: moved during every read), and those of
///            read_pvclock
template <class PageOf, class Counter = rdtscp_counter>
[[nodiscard]] result<reading> read_own_page(PageOf&& page_of, Counter counter = {}) noexcept {
  static_cast<void>(counter.sample());
  for (int round = 0; round < retry_count_max; ++round) {
    const u32 begun_on = counter.processor;
    const result<reading> seen = on_page<pvclock_page, reading>(
        page_of(begun_on), [&counter](const auto& memory) { return read_pvclock(memory, counter); });
    if (counter.processor == begun_on) return seen;
  }
  return clock_error::update_in_progress;
}

}  // namespace guestclock::x86
