// SPDX-License-Identifier: BSL-1.0
// Reads as a program has them, several in one object, so that a compiler might well think twice about inlining them. What
// becomes of them is looked at in the machine code.
#include <guestclock/guestclock.hpp>
#include <guestclock/x86/counter.hpp>

extern "C" {

extern unsigned char probe_page[32];

using guestclock::u64;

#define READER_PROBE(name, reader, policy)                   \
  bool name(const volatile void* page, u64* time) noexcept { \
    guestclock::reader<guestclock::x86::policy> clock(page); \
    const auto now = clock.now();                            \
    if (now) *time = now->time.nanoseconds;                  \
    return now.has_value();                                  \
  }

READER_PROBE(now_ordered, pvclock_reader, ordered_counter)
READER_PROBE(now_strict, pvclock_reader, strict_counter)
READER_PROBE(now_half_ordered, pvclock_reader, half_ordered_counter)
READER_PROBE(now_unordered, pvclock_reader, unordered_counter)
READER_PROBE(now_rdtscp, pvclock_reader, rdtscp_counter)

/// All of a reading, as it lies in memory.
void now_whole(const volatile void* page, guestclock::result<guestclock::reading>* seen) noexcept {
  guestclock::pvclock_reader<guestclock::x86::ordered_counter> clock(page);
  *seen = clock.now();
}

/// A page of which nothing has to be found out at run time.
bool now_of_known_page(u64* time) noexcept {
  guestclock::x86::ordered_counter counter;
  const auto now = guestclock::read_pvclock(guestclock::atomic_page<8>(probe_page), counter);
  if (now) *time = now->time.nanoseconds;
  return now.has_value();
}

}  // extern "C"
