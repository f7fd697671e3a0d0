// SPDX-License-Identifier: BSL-1.0
/// \file fuzz/page_oracle.hpp
/// What a pvclock page says, told a second time: from the definition, in 128 bits, and with nothing of the core's but
/// the names of its errors.
///
///     time = system_time + ⌊⌊(counter − tsc_timestamp) · 2^shift⌋ · mul / 2^32⌋
#pragma once

#include <array>
#include <cstdint>

#include <guestclock/result.hpp>

namespace guestclock::fuzz {

__extension__ using u128 = unsigned __int128;

/// A page's contents, but for the version and the padding.
struct page_fields {
  std::uint64_t tsc_timestamp = 0;
  std::uint64_t system_time = 0;
  std::uint32_t mul = 0;
  std::int8_t shift = 0;
  std::uint8_t flags = 0;

  friend bool operator==(const page_fields&, const page_fields&) = default;

  /// The page's last eight bytes; its layout is little-endian.
  [[nodiscard]] std::uint64_t last_word(std::uint16_t padding) const {
    return mul | std::uint64_t{static_cast<std::uint8_t>(shift)} << 32 | std::uint64_t{flags} << 40 |
           std::uint64_t{padding} << 48;
  }
};

/// The contents of a page of four words.
inline page_fields fields_of(const std::array<std::uint64_t, 4>& words) {
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

inline bool is_clock(const page_fields& page) { return page.mul != 0 && page.shift >= -31 && page.shift <= 31; }

/// ⌈ticks · 2^shift · mul / 2^32⌉ for ticks up to 2^32.
inline std::uint64_t time_rounded_up(std::uint64_t ticks, const page_fields& page) {
  const int divisor_places = 32 - page.shift;  // [1, 63]
  const u128 one = u128{1} << divisor_places;
  return static_cast<std::uint64_t>((u128{ticks} * page.mul + (one - 1)) >> divisor_places);
}

/// The formula without the check for lost bits; `high` is what a machine word would have lost.
inline u128 shifted(std::uint64_t ticks, int shift) { return shift < 0 ? ticks >> -shift : u128{ticks} << shift; }

inline told tell(const page_fields& page, std::uint64_t counter) {
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
inline told tell_wrapping(const page_fields& page, std::uint64_t counter) {
  if (page.shift < -31 || page.shift > 31) return {clock_error::bad_shift};
  const auto ticks = static_cast<std::uint64_t>(shifted(counter - page.tsc_timestamp, page.shift));
  return {{}, page.system_time + static_cast<std::uint64_t>(u128{ticks} * page.mul >> 32), 0, false};
}

}  // namespace guestclock::fuzz
