// SPDX-License-Identifier: BSL-1.0
/// \file pages.hpp
/// Pages and counters for tests.
#pragma once

#include <guestclock/guestclock.hpp>
#include <guestclock/linux/live_page.hpp>

#include <gtest/gtest.h>

#include <cstring>

/// The live page as `name`, or the test is skipped and says why.
#define REQUIRE_LIVE_PAGE(name)                                                   \
  const auto name##_found = guestclock::on_linux::find_live_page();               \
  if (!name##_found) GTEST_SKIP() << "no live page: " << name##_found.why_none(); \
  const volatile void* const name = name##_found->address

namespace guestclock::tests {

/// A counter that stands still, so that a page's answer can be predicted.
struct fixed_counter {
  u64 value{};
  struct taken {
    u64 value;
    after_nothing after;
  };
  [[nodiscard]] taken sample() const noexcept { return {value, {}}; }
};

/// The page's bytes, all of one update.
inline pvclock_vcpu_time_info copy_of(const volatile void* page) {
  const atomic_page<8> memory(page);
  for (;;) {
    const u32 before = memory.load_version(read_order::acquire, after_nothing{});
    const std::uint64_t words[] = {before, memory.load(8), memory.load(16), memory.load(24)};
    memory.acquire_fence();
    if (is_odd(before) || before != memory.load_version(read_order::relaxed, after_nothing{})) continue;
    pvclock_vcpu_time_info copy;
    std::memcpy(&copy, words, sizeof copy);
    return copy;
  }
}

/// A page in 2.6 GHz that nobody updates.
inline pvclock_vcpu_time_info plain_page() {
  return {.version = 6,
          .pad0 = 0,
          .tsc_timestamp = 1'000'000'000'000,
          .system_time = 5'000'000'000'000,
          .tsc_to_system_mul = 0xC4EC'4EC4,
          .tsc_shift = -1,
          .flags = 1,
          .pad = {}};
}

/// What the page tells at `counter`, by 128-bit arithmetic; for counters not before the snapshot and shifts that lose
/// no bit.
inline u64 predicted(const pvclock_vcpu_time_info& page, u64 counter) {
  __extension__ using u128 = unsigned __int128;
  const u64 since = counter - page.tsc_timestamp;
  const u64 shifted = page.tsc_shift < 0 ? since >> -page.tsc_shift : since << page.tsc_shift;
  return page.system_time + static_cast<u64>((static_cast<u128>(shifted) * page.tsc_to_system_mul) >> 32);
}

}  // namespace guestclock::tests
