// SPDX-License-Identifier: BSL-1.0
// The smallest program with the core: what time a page tells, 500 ticks of 1 ns after its snapshot.
#include <guestclock/guestclock.hpp>

int main() {
  constexpr guestclock::pvclock_snapshot page{1'000, 7'000, 0x8000'0000, 1, guestclock::pvclock_tsc_stable};
  constexpr auto seen = guestclock::convert(page, 1'500);
  static_assert(seen && seen->time == guestclock::instant{7'500});
  return seen->stable ? 0 : 1;
}
