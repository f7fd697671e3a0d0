// SPDX-License-Identifier: BSL-1.0
// All of the reading path and of the publishing path, for a kernel: no library, and no floating point registers.
#include <guestclock/guestclock.hpp>

struct counter {
  struct sample_type {
    guestclock::u64 value;
    guestclock::after_nothing after;
  };
  sample_type sample() noexcept { return {++ticks, {}}; }
  guestclock::u64 ticks = 0;
};

extern "C" guestclock::u64 kernel_time(const void* page) {
  guestclock::shared_last_value static last;
  guestclock::pvclock_reader<counter> clock(page);
  const auto now = guestclock::not_before_last(last, clock.now());
  return now ? now->time.nanoseconds : 0;
}

extern "C" void kernel_publish(void* page, const guestclock::pvclock_snapshot& snapshot) {
  guestclock::writable_atomic_page<8> memory(page);
  guestclock::publish_section<guestclock::pvclock_page>(memory, snapshot);
}
