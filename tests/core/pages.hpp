// SPDX-License-Identifier: BSL-1.0
/// \file tests/core/pages.hpp
/// Counters and memories that stand still.
#pragma once

#include <guestclock/pvclock.hpp>

namespace guestclock::tests {

/// A counter of one value; counts how often it is read.
struct fixed_counter {
  struct sampled {
    u64 value;
    after_nothing after;
  };
  u64 value = 0;
  int samples = 0;
  constexpr sampled sample() {
    ++samples;
    return {value, {}};
  }
};

/// A page of constants.
struct constant_page {
  u32 version = 2;
  pvclock_snapshot fields;
  constexpr u32 load_version(read_order, after_nothing) const { return version; }
  constexpr u64 load(std::size_t offset) const {
    if (offset == 8) return fields.tsc_timestamp;
    if (offset == 16) return fields.system_time;
    return fields.tsc_to_system_mul | u64{as_unsigned(fields.tsc_shift)} << 32 | u64{fields.flags} << 40 |
           u64{0xABCD} << 48;
  }
  constexpr void acquire_fence() const {}
};

}  // namespace guestclock::tests
