// SPDX-License-Identifier: BSL-1.0
/// \file tests/freestanding/both_words.cpp
/// Both builds of the core in one program: neither linker nor optimiser may take a function of one for the other's.
#include "both_words.hpp"

#include <cstdio>

int main() {
  constexpr std::uint64_t later = 7'500'000'000;
  const bool native = native_time(2'400'000'001) == 999'999'999 && native_product_high(~std::uint64_t{0}, 2) == 1 &&
                      native_seconds_between(later, 1) == 7 && native_seconds_between(1, later) == -8 &&
                      native_can_be_a_clock(3) && !native_can_be_a_clock(0);
  const bool symbolic = symbolic_time(2'400'000'001) == 999'999'999 && symbolic_time_is_a_term() &&
                        symbolic_seconds_between(later, 1) == 7 && symbolic_seconds_between(1, later) == -8 &&
                        symbolic_can_be_a_clock(3) && !symbolic_can_be_a_clock(0) && symbolic_obligations > 0;
  if (!native) std::puts("machine words do not compute as they should");
  if (!symbolic) std::puts("symbolic words do not compute as they should");
  return native && symbolic ? 0 : 1;
}
