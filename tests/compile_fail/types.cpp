// SPDX-License-Identifier: BSL-1.0
/// \file tests/compile_fail/types.cpp
/// What the types keep apart. Compiles with CASE=0, and with no other.
#include <guestclock/guestclock.hpp>

using namespace guestclock;

result<u64> host_time();

auto use(instant a, instant b, duration span) {
#if CASE == 0
  const result<instant> end = checked_add(a, b - a);
  const result<u64> time = host_time();
  alignas(8) static const unsigned char page[32]{};
  static_cast<void>(atomic_page<8>(page));
  const instant named{5};
  return (*end == b) & (time.has_value()) & (a <= b) & (span == b - a) & (named == a);
#elif CASE == 1
  return a + b;
#elif CASE == 2
  const instant from_a_number = 5;
  return from_a_number;
#elif CASE == 3
  return host_time() == host_time();
#elif CASE == 4
  return a < span;
#elif CASE == 5
  return a - span;
#elif CASE == 6
  return checked_add(a, b);
#elif CASE == 7
  return atomic_page<16>(nullptr);
#elif CASE == 8
  host_time();
#elif CASE == 9
  duration::from_parts(1, 2);
#elif CASE == 10
  const u64 number = a;
  return number;
#elif CASE == 11
  const u64 unwrapped = host_time();
  return unwrapped;
#endif
}
