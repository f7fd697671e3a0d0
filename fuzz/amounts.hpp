// SPDX-License-Identifier: BSL-1.0
/// \file fuzz/amounts.hpp
/// Words from few bytes of an input: powers of two and their neighbours, known frequencies, small ones, or any.
#pragma once

#include <array>
#include <cstdint>

#include "bytes.hpp"

namespace guestclock::fuzz {

/// Two bytes, or nine. Zeros: 0.
inline std::uint64_t next_word(bytes& input) {
  const std::uint8_t head = input.byte();
  if (head == 0xFF) return input.word(8);
  const std::uint64_t near = input.byte();
  switch (head >> 6) {
    case 0: return near + (std::uint64_t{head} << 8);
    case 1: return (std::uint64_t{1} << (head & 63)) + near;
    case 2: return (std::uint64_t{1} << (head & 63)) - near;
    default: return near << (head & 63) | near;
  }
}

/// Likewise a counter's frequency in Hz. Zeros: 2.4 GHz.
inline std::uint64_t next_frequency(bytes& input) {
  const std::uint8_t head = input.byte();
  constexpr std::array<std::uint64_t, 16> known{2'400'000'000,
                                                1'000'000'000,
                                                2'599'998'123,
                                                4'000'000'001,
                                                2'000'000'001,
                                                8'000'000'001,
                                                4'294'967'295,
                                                24'000'000,
                                                14'318'180,
                                                10'000'000,
                                                1'000'000,
                                                1,
                                                1'000'000'000ULL << 32,
                                                1'000'000'001ULL << 32,
                                                3'579'545,
                                                62'500'000};
  if (head < 128) return known[head & 15] + (head >> 4) % 4U - (head >> 6 == 1 ? 4 : 0);
  return next_word(input);
}

}  // namespace guestclock::fuzz
