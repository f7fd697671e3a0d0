// SPDX-License-Identifier: BSL-1.0
/// \file guestclock/linux/os_clock.hpp
/// The operating system's clocks, and what the counter was when one of them was read. For measuring a page against,
/// and for a host's own time; reading a page never comes here.
#pragma once

#include <guestclock/result.hpp>
#include <guestclock/word.hpp>

namespace guestclock::on_linux {

enum class os_clock : std::uint8_t {
  monotonic_raw,  ///< CLOCK_MONOTONIC_RAW: the machine's own rate, not steered
  boottime,       ///< CLOCK_BOOTTIME: since boot, suspensions counted
  monotonic,      ///< CLOCK_MONOTONIC: since boot, steered by whoever sets this machine's clock
};
inline constexpr os_clock os_clocks[] = {os_clock::monotonic_raw, os_clock::boottime, os_clock::monotonic};

/// The clock's name in clock_gettime(2).
[[nodiscard]] constexpr const char* name_of(os_clock clock) noexcept {
  switch (clock) {
    case os_clock::monotonic_raw: return "CLOCK_MONOTONIC_RAW";
    case os_clock::boottime: return "CLOCK_BOOTTIME";
    case os_clock::monotonic: return "CLOCK_MONOTONIC";
  }
  return "unknown";
}

/// What an OS clock shows.
///   errors   no_clock: this kernel does not have it
///   units    ns
///   source   clock_gettime(2)
[[nodiscard]] result<u64> read_os_clock(os_clock clock) noexcept;

/// An OS clock's time, and the counter before and after it was read.
struct bracket {
  u64 counter_before{};
  u64 os_ns{};
  u64 counter_after{};

  /// How long reading the clock took at most: the uncertainty of the pair, in ticks.
  [[nodiscard]] constexpr u64 width() const noexcept { return wrapping_sub(counter_after, counter_before); }
  [[nodiscard]] constexpr u64 counter_middle() const noexcept { return wrapping_add(counter_before, width() / 2); }
};

/// Of how many brackets the tightest is taken: an interrupt widens a bracket, and seldom hits all.
inline constexpr int bracket_count = 100;

/// The tightest of bracket_count brackets.
///   ensures  the OS clock showed os_ns while the counter was in [counter_before, counter_after]
///   errors   no_clock
///   units    ticks, ns
[[nodiscard]] result<bracket> tightest_bracket(os_clock clock) noexcept;

/// Sleeps until `clock` shows at least `deadline_ns`.
///   errors   no_clock: the clock cannot be read; then it has not slept
///   units    ns
[[nodiscard]] result<u64> sleep_until(os_clock clock, u64 deadline_ns) noexcept;

}  // namespace guestclock::on_linux
