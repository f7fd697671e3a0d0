// SPDX-License-Identifier: BSL-1.0
/// \file tests/compile_fail/symbolic_words.cpp
/// What symbolic words refuse, so that the core says what it means. Compiles with CASE=0, and with no other.
#include <guestclock/guestclock.hpp>

using namespace guestclock;

auto use(u64 wide, u32 narrow, i64 with_sign, u8 byte) {
#if CASE == 0
  constexpr u32 literal = 0xFFFF'FFFF;
  return wide + u64(narrow) + u64(with_sign) + u64(u32(byte) + 1) + u64(literal);
#elif CASE == 1
  return wide + narrow;
#elif CASE == 2
  return byte + byte;
#elif CASE == 3
  return with_sign + wide;
#elif CASE == 4
  constexpr u32 literal = 0x1'0000'0000;
  return literal;
#elif CASE == 5
  constexpr u64 literal = -1;
  return literal;
#elif CASE == 6
  return wide < narrow;
#elif CASE == 7
  const u32 low = wide;
  return low;
#elif CASE == 8
  return with_sign / with_sign;
#elif CASE == 9
  constexpr u32 too_far = u32(1) << 32;
  return too_far;
#elif CASE == 10
  constexpr u32 overflow = u32(0xFFFF'FFFF) + 1;
  return overflow;
#endif
}
