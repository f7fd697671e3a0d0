// SPDX-License-Identifier: BSL-1.0
/// \file tests/freestanding/native_words.cpp
/// The core over machine words, as everybody compiles it.
#include <guestclock/guestclock.hpp>

#include "both_words.hpp"

static_assert(std::same_as<guestclock::u64, std::uint64_t>);

std::uint64_t native_time(std::uint64_t ticks) {
  return *guestclock::ticks_to_time(ticks, guestclock::tick_rate{0xD555'5555, -1});
}
std::uint64_t native_product_high(std::uint64_t a, std::uint64_t b) {
  return guestclock::full_product_limbs(a, b).high;
}
std::int64_t native_seconds_between(std::uint64_t later, std::uint64_t earlier) {
  return (guestclock::instant{later} - guestclock::instant{earlier}).seconds();
}
bool native_can_be_a_clock(std::uint32_t mul) {
  return check(guestclock::pvclock_snapshot{1, 2, mul, 0, 0}).has_value();
}
