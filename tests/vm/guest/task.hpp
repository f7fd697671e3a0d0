// SPDX-License-Identifier: BSL-1.0
/// \file task.hpp
/// What host and guest of the tests write to each other: plain memory, at an address that both know.
#pragma once

#include <cstdint>

namespace guestclock::vm {

enum class work : std::uint64_t {
  read_once,          ///< a reading, and out; again for ever
  read_many,          ///< `count` readings at full speed, then out
  read_together,      ///< the same, against the last value that all processors share
  enable_itself,      ///< ring 0: WRMSR of `argument` to `page_msr`, and then as read_once
  region,             ///< monotonic, wall and local time of the region at `argument`, and out; again for ever
  acknowledge,        ///< clears GUEST_STOPPED, and out; again for ever
  pair,               ///< ring 0: the clock-pairing hypercall, into `argument`
  reference_enable,   ///< ring 0: finds Hyper-V's interface, says who it is, enables the page `reference`
  reference_read,     ///< a reading of that page, and out; again for ever
  reference_read_or,  ///< ring 0: `count` readings, from the reference counter where the page is not usable
  reference_many,     ///< `count` readings of that page at full speed, then out
  reference_between,  ///< ring 0: `count` times the page, the reference counter, the page
  reference_beside,   ///< `count` times the clock page, the reference page, the clock page
  leave,              ///< out, and nothing else, for ever
  fault,              ///< an undefined instruction, without a handler
  spin,               ///< never leaves
};

/// A reading, as far as a host can check it.
struct told_reading {
  std::uint64_t version;
  std::uint64_t counter;
  std::uint64_t time;
};
/// The first reading of a version, and the one before it, the last of another.
struct log_entry {
  told_reading last_of_old;
  told_reading first_of_new;
};

struct task {
  work what;
  std::uint64_t page;  ///< the clock page
  std::uint64_t count;
  std::uint64_t argument;
  std::uint64_t shared;  ///< the address of a word that all processors share
  std::uint64_t log;     ///< the address of log_entry[log_room]: one for each version that is met
  std::uint64_t log_room;
  std::uint64_t reference;  ///< Hyper-V's page

  // What the guest answers.
  std::uint64_t turns;  ///< how often it came to its out
  std::uint64_t error;  ///< clock_error, or 0
  std::uint64_t time;
  std::uint64_t counter;
  std::uint64_t version;
  std::uint64_t flags;
  std::uint64_t readings;
  std::uint64_t refused;
  std::uint64_t updates;  ///< versions other than the one before
  std::uint64_t steps_back;
  std::uint64_t log_count;
  std::uint64_t worst_step_ns;  ///< back
  std::uint64_t wall_seconds;
  std::uint64_t wall_nanoseconds;
  std::uint64_t local_seconds;
  std::uint64_t offered;  ///< of Hyper-V's interface: a bit for identity, counter, page, frequencies, from 0
  std::uint64_t tsc_hz;   ///< as Hyper-V's interface says it
  std::uint64_t apic_hz;
  std::uint64_t invalid;       ///< readings that met a sequence of 0
  std::uint64_t asked;         ///< readings from the reference counter
  std::uint64_t outside;       ///< readings that do not lie between their two neighbours
  std::uint64_t worst_ns;      ///< and by how much
  std::uint64_t narrowest_ns;  ///< between two such neighbours
};
static_assert(sizeof(task) <= 0x200);

inline constexpr unsigned short done_port = 0xf4;

}  // namespace guestclock::vm
