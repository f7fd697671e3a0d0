// SPDX-License-Identifier: BSL-1.0
/// \file mailbox.hpp
/// What the sandbox's host and guest write to each other: plain memory at addresses that both know.
#pragma once

#include <guestclock/monotonic.hpp>
#include <guestclock/region.hpp>

#include <cstdint>

namespace guestclock::sandbox {

inline constexpr std::uint32_t processor_count_max = 8;
inline constexpr std::uint64_t page_address = 0x5000;     ///< the clock pages, one for each processor, 64 bytes apart
inline constexpr std::uint64_t shared_address = 0x5800;   ///< the latest time that any processor has shown
inline constexpr std::uint64_t mailbox_address = 0x6000;  ///< one for each processor, 2048 bytes apart
inline constexpr std::uint64_t stack_address = 0x60000;   ///< the first processor's, whose end is 16 KiB higher
inline constexpr std::size_t memory_bytes = 0x100000;
inline constexpr unsigned short done_port = 0xf4;

struct mailbox {
  // The host's.
  guest_clock_region region;  ///< without a page where the guest has no clock
  time_account account{};     ///< the pauses and snapshots of this guest
  std::uint64_t readings;     ///< how often the clock is to be read in this turn

  // The guest's.
  std::uint64_t turns;
  std::uint64_t error;  ///< clock_error; 0: everything below is told
  std::uint64_t monotonic_ns;
  std::uint64_t wall_ns;   ///< since 1970, UTC
  std::uint64_t local_ns;  ///< the same, of what a clock on the wall shows
  std::uint64_t executed_ns;
  std::uint64_t with_pauses_ns;
  std::uint64_t with_snapshots_ns;
  std::uint64_t was_stopped;
  std::uint64_t steps_back;
  std::uint64_t worst_step_ns;
  std::uint64_t refused;
  std::uint64_t text_size;
  char text[1024];  ///< lines for a person
};
static_assert(sizeof(mailbox) <= 2048);

}  // namespace guestclock::sandbox
