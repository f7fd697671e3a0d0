// SPDX-License-Identifier: BSL-1.0
// Reads and an update of a page at a known symbol: every access to it carries a relocation, so that the order can be seen in the
// machine code. `flatten` puts a whole section into one function, however many readers this object has.
#include <guestclock/guestclock.hpp>
#include <guestclock/simulated/publish.hpp>
#include <guestclock/x86/counter.hpp>

extern "C" {

extern unsigned char probe_page[32];

using guestclock::u64;

#define PROBE(name, width, policy)                                                                  \
  [[gnu::flatten]] u64 name() noexcept {                                                            \
    guestclock::x86::policy counter;                                                                \
    const auto now = guestclock::read_pvclock(guestclock::atomic_page<width>(probe_page), counter); \
    return now ? now->time.nanoseconds : u64(0);                                                    \
  }

PROBE(read_ordered, 8, ordered_counter)
PROBE(read_ordered_halves, 4, ordered_counter)
PROBE(read_strict, 8, strict_counter)
PROBE(read_half_ordered, 8, half_ordered_counter)
PROBE(read_unordered, 8, unordered_counter)

[[gnu::flatten]] void publish(u64 system_time, u64 mul) noexcept {
  guestclock::writable_atomic_page<8> page(probe_page);
  guestclock::x86::publisher_counter counter;
  guestclock::simulated::publish_section_now<guestclock::pvclock_page>(page, counter, [=](u64 ticks) {
    return guestclock::pvclock_snapshot{ticks, system_time, guestclock::low32(mul), 0, 1};
  });
}

}  // extern "C"
