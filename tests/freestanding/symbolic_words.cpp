// SPDX-License-Identifier: BSL-1.0
/// \file tests/freestanding/symbolic_words.cpp
/// The same text over the prover's words; compiled with GUESTCLOCK_SYMBOLIC_WORDS. The prover's own branching is
/// replaced by the least that will do here: one path.
#include <guestclock/guestclock.hpp>

#include <cstdio>
#include <cstdlib>

#include "both_words.hpp"

static_assert(sizeof(guestclock::u64) > sizeof(std::uint64_t));  // not the machine's

namespace guestclock::prove {

bool decide(term) {
  ++symbolic_decisions;
  return false;
}
exact choose(term, const exact&) { return exact(0); }
void oblige(term, const char*, place) { ++symbolic_obligations; }
void impossible(const char* what) {
  std::fprintf(stderr, "%s\n", what);
  std::abort();
}

}  // namespace guestclock::prove

int symbolic_decisions = 0;
int symbolic_obligations = 0;

std::uint64_t symbolic_time(std::uint64_t ticks) {
  const auto time = guestclock::ticks_to_time(guestclock::u64(ticks), guestclock::tick_rate{0xD555'5555, -1});
  return time->known();
}
bool symbolic_time_is_a_term() {
  const auto ticks = guestclock::u64::of(guestclock::prove::variable("ticks"));
  return !guestclock::full_product_limbs(ticks, guestclock::u64(3)).high.is_known();
}
std::int64_t symbolic_seconds_between(std::uint64_t later, std::uint64_t earlier) {
  return (guestclock::instant{later} - guestclock::instant{earlier}).seconds().known();
}
bool symbolic_can_be_a_clock(std::uint32_t mul) {
  return check(guestclock::pvclock_snapshot{1, 2, mul, 0, 0}).has_value();
}
