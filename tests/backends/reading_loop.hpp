// SPDX-License-Identifier: BSL-1.0
/// \file reading_loop.hpp
/// Reads a page while another thread publishes it.
#pragma once

#include "pages.hpp"

#include <chrono>

#include <sched.h>

namespace guestclock::tests {

/// How long a busy machine may take until both threads had their turns.
inline constexpr std::chrono::seconds patience{60};

/// A reading. Where the publishing thread lost its processor in the middle of an update, the reader rightly says so
/// until that thread runs on; this lets it.
template <class Counter> result<reading> patiently(pvclock_reader<Counter>& clock) {
  result<reading> now = clock.now();
  if (now.error() != clock_error::update_in_progress) return now;
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (now.error() == clock_error::update_in_progress && std::chrono::steady_clock::now() < deadline) {
    sched_yield();
    now = clock.now();
  }
  return now;
}

/// At least so many readings, and at least so many updates among them, and no step back.
struct reading_counts {
  int readings;
  int updates;
};
template <class Counter> void never_goes_back(const volatile void* page, reading_counts least) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  pvclock_reader<Counter> clock(page);
  reading latest;
  reading_counts seen{0, 0};
  for (; seen.readings < least.readings || seen.updates < least.updates; ++seen.readings) {
    const auto now = patiently(clock);
    ASSERT_TRUE(now) << name_of(now.error()) << " at reading " << seen.readings;
    ASSERT_GE(now->time.nanoseconds, latest.time.nanoseconds)
        << "at reading " << seen.readings << ", version " << latest.version << " to " << now->version << ", counter "
        << latest.counter << " to " << now->counter;
    seen.updates += now->version != latest.version ? 1 : 0;
    latest = *now;
    if (seen.readings % 10'000 != 0) continue;
    ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "only " << seen.updates << " updates were seen";
    sched_yield();
  }
}

}  // namespace guestclock::tests
