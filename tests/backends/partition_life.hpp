// SPDX-License-Identifier: BSL-1.0
/// \file partition_life.hpp
/// What a VMM does with a partition that it has made, whoever the hypervisor is.
#pragma once

#include <guestclock/guestclock.hpp>
#include <guestclock/partition/snapshot.hpp>

#include <string>

namespace guestclock::tests {

/// A wall clock on which a second passes between any two looks.
inline result<unix_time> seconds_pass() {
  static i64 seconds = 1'768'491'296;
  return unix_time::from_parts(++seconds, u32{0});
}

/// From the first start to the return of a saved clock; the first sentence of why not, or nothing.
///   requires a partition with processor 0, whose guest has said who it is
///   \param reference_tsc  what that guest writes into its register
template <class Machine> std::string life_of(Machine& machine, u64 reference_tsc) {
  using partition::partition_register;
  if (auto given = machine.thaw(); !given) return given.why_none();
  if (auto given = machine.write(0, partition_register::reference_tsc, reference_tsc); !given) return given.why_none();
  const auto boot = partition::boot_time_now(machine, seconds_pass);
  if (!boot) return boot.why_none();
  if (auto given = machine.freeze(); !given) return given.why_none();
  const auto saved = partition::save(machine, {0}, seconds_pass);
  if (!saved) return saved.why_none();
  const auto restored = partition::restore(machine, {0}, *saved, partition::pause_is::counted, seconds_pass);
  if (!restored) return restored.why_none();
  if (auto given = machine.thaw(); !given) return given.why_none();
  return restored->counter + restored->frequency;
}

}  // namespace guestclock::tests
