// SPDX-License-Identifier: BSL-1.0
/// \file fuzz/pvclock_oracle.hpp
/// What a pvclock page says, told a second time: from the definition, in 128 bits, and with nothing of the core's but
/// the names of its errors. And what its writers do.
///
///     time = system_time + ⌊⌊(counter − tsc_timestamp) · 2^shift⌋ · mul / 2^32⌋
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <guestclock/pvclock.hpp>
#include <guestclock/result.hpp>

#include "bytes.hpp"
#include "page_script.hpp"
#include "wide.hpp"

namespace guestclock::fuzz {

/// A page's contents, but for the version and the padding.
struct pvclock_fields {
  std::uint64_t tsc_timestamp = 0;
  std::uint64_t system_time = 0;
  std::uint32_t mul = 0;
  std::int8_t shift = 0;
  std::uint8_t flags = 0;

  friend bool operator==(const pvclock_fields&, const pvclock_fields&) = default;

  /// The page's last eight bytes; its layout is little-endian.
  [[nodiscard]] std::uint64_t last_word(std::uint16_t padding) const {
    return mul | std::uint64_t{static_cast<std::uint8_t>(shift)} << 32 | std::uint64_t{flags} << 40 |
           std::uint64_t{padding} << 48;
  }
};

/// The contents of a page of four words.
constexpr pvclock_fields fields_of(const std::array<std::uint64_t, 4>& words) {
  return {words[1], words[2], static_cast<std::uint32_t>(words[3]), static_cast<std::int8_t>(words[3] >> 32 & 0xFF),
          static_cast<std::uint8_t>(words[3] >> 40 & 0xFF)};
}

/// A time and its bound, or an error.
struct told {
  clock_error error{};
  std::uint64_t time = 0;
  std::uint64_t error_bound = 0;
  bool clamped = false;

  friend bool operator==(const told&, const told&) = default;
};

inline bool is_clock(const pvclock_fields& page) { return page.mul != 0 && page.shift >= -31 && page.shift <= 31; }

/// ⌈ticks · 2^shift · mul / 2^32⌉ for ticks up to 2^32.
inline std::uint64_t time_rounded_up(std::uint64_t ticks, const pvclock_fields& page) {
  const int divisor_places = 32 - page.shift;  // [1, 63]
  const u128 one = u128{1} << divisor_places;
  return static_cast<std::uint64_t>((u128{ticks} * page.mul + (one - 1)) >> divisor_places);
}

/// The formula without the check for lost bits; `high` is what a machine word would have lost.
inline u128 shifted(std::uint64_t ticks, int shift) { return shift < 0 ? ticks >> -shift : u128{ticks} << shift; }

inline told tell(const pvclock_fields& page, std::uint64_t counter) {
  if (page.mul == 0) return {clock_error::bad_multiplier};
  if (page.shift < -31 || page.shift > 31) return {clock_error::bad_shift};
  const std::uint64_t bound = page.shift < 0 ? 2 : 1;
  const std::uint64_t ahead = counter - page.tsc_timestamp;
  const std::uint64_t behind = page.tsc_timestamp - counter;
  if (ahead >> 63 != 0) {
    if (behind > std::uint64_t{1} << 32) return {clock_error::counter_before_snapshot};
    return {{}, page.system_time, bound + time_rounded_up(behind, page), true};
  }
  const u128 ticks = shifted(ahead, page.shift);
  if (ticks >> 64 != 0) return {clock_error::out_of_range};
  const u128 time = page.system_time + (ticks * page.mul >> 32);
  if (time >> 64 != 0) return {clock_error::out_of_range};
  return {{}, static_cast<std::uint64_t>(time), bound, false};
}

/// Likewise modulo 2^64, as deployed readers have it; bad_shift is the only error.
inline told tell_wrapping(const pvclock_fields& page, std::uint64_t counter) {
  if (page.shift < -31 || page.shift > 31) return {clock_error::bad_shift};
  const auto ticks = static_cast<std::uint64_t>(shifted(counter - page.tsc_timestamp, page.shift));
  return {{}, page.system_time + static_cast<std::uint64_t>(u128{ticks} * page.mul >> 32), 0, false};
}

/// The page, for page_script.
struct scripted_pvclock : odd_while_written {
  using fields = pvclock_fields;
  static constexpr std::size_t word_count = 4;
  static constexpr std::size_t version_offset = 0;
  static constexpr unsigned pass_accesses = 6;
  static constexpr std::array<std::uint64_t, word_count> padding{~std::uint64_t{0}, 0, 0, 0xFFFF'0000'0000'0000};

  static fields fields_of(const std::array<std::uint64_t, word_count>& words) { return fuzz::fields_of(words); }
  static std::array<std::uint64_t, word_count> words_of(const fields& of, std::uint64_t pad) {
    return {pad, of.tsc_timestamp, of.system_time, of.last_word(static_cast<std::uint16_t>(pad))};
  }
  static std::uint64_t counter_at_edge(const std::array<std::uint64_t, word_count>& words) { return words[1]; }

  template <class Memory> static std::uint32_t publish(Memory& memory, const fields& of, std::uint32_t) {
    return publish_section<pvclock_page>(memory, {of.tsc_timestamp, of.system_time, of.mul, of.shift, of.flags});
  }

  /// A byte, and for some kinds a few more. Zeros: a sound page at the counter.
  static fields next(bytes& input, std::uint64_t counter, std::uint32_t made) {
    const std::uint8_t kind = input.byte();
    struct rate {
      std::uint32_t mul;
      std::int8_t shift;
    };
    constexpr std::array<rate, 8> rates{{{0xD555'5555, -1},
                                         {0x8000'0000, 0},
                                         {1, 31},
                                         {0xFFFF'FFFF, -31},
                                         {0xC800'0000, 7},
                                         {0, 0},
                                         {0x8000'0000, 32},
                                         {0, 0}}};
    constexpr std::array<std::uint8_t, 4> flags{0, 1, 2, 0xFF};
    fields made_of{counter - 4096 + made, 1'000'000'000ULL * made, rates[kind & 7].mul ^ (made % 2 * 2),
                   rates[kind & 7].shift, flags[kind >> 3 & 3]};
    if ((kind & 7) == 5) made_of.mul = 0;
    if ((kind & 7) == 7) {
      made_of.mul = static_cast<std::uint32_t>(input.word(4));
      made_of.shift = static_cast<std::int8_t>(input.byte());
    }
    constexpr std::uint64_t skew = std::uint64_t{1} << 32;
    switch (kind >> 5) {
      case 1: made_of.tsc_timestamp = counter + 1 + input.byte(); break;                      // a little skew
      case 2: made_of.tsc_timestamp = counter + skew - 1 + input.byte() % 4U; break;          // the most there may be
      case 3: made_of.tsc_timestamp = counter - (skew << input.byte() % 32U); break;          // long ago
      case 4: made_of.tsc_timestamp = counter + (skew << 31) - 1 + input.byte() % 4U; break;  // 2^63 ticks away
      case 5: made_of.system_time = ~std::uint64_t{input.byte()}; break;                      // nearly out of range
      case 6: made_of.tsc_timestamp = input.word(8); break;
      case 7: made_of.system_time = input.word(8); break;
      default: break;
    }
    return made_of;
  }
};

}  // namespace guestclock::fuzz
