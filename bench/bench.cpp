// SPDX-License-Identifier: BSL-1.0
#include "peers.hpp"

int main(int argc, char** argv) {
  return guestclock::bench::main_of(argc, argv, [](auto& comparisons) {
    guestclock::bench::add_reading(comparisons);
    guestclock::bench::add_calendar(comparisons);
    guestclock::bench::add_text(comparisons);
    guestclock::bench::add_batch(comparisons);
  });
}
