// SPDX-License-Identifier: BSL-1.0
/// \file fuzz/wide.hpp
/// The integers in which the judges do their sums: the compiler's of 128 bits, and for a few comparisons some of 256.
#pragma once

#include <array>
#include <cstdint>

namespace guestclock::fuzz {

__extension__ using u128 = unsigned __int128;
__extension__ using i128 = __int128;

inline constexpr std::uint64_t second_ns = 1'000'000'000;

/// A whole number of 256 bits, from words of 32.
class whole {
 public:
  constexpr whole() = default;
  constexpr whole(u128 value) {  // NOLINT: every word is a whole number
    for (unsigned i = 0; i < 4; ++i) digits_[i] = static_cast<std::uint32_t>(value >> 32 * i);
  }

  friend constexpr whole operator+(const whole& a, const whole& b) {
    whole sum;
    std::uint64_t carry = 0;
    for (unsigned i = 0; i < 8; ++i) {
      carry += std::uint64_t{a.digits_[i]} + b.digits_[i];
      sum.digits_[i] = static_cast<std::uint32_t>(carry);
      carry >>= 32;
    }
    return sum;
  }
  friend constexpr whole operator<<(const whole& a, unsigned places) {
    whole moved;
    for (unsigned i = places / 32; i < 8; ++i) {
      const std::uint64_t low = i > places / 32 ? a.digits_[i - places / 32 - 1] : 0;
      const std::uint64_t both = std::uint64_t{a.digits_[i - places / 32]} << 32 | low;
      moved.digits_[i] = static_cast<std::uint32_t>(both << places % 32 >> 32);
    }
    return moved;
  }
  friend constexpr bool operator<=(const whole& a, const whole& b) {
    for (unsigned i = 8; i-- != 0;)
      if (a.digits_[i] != b.digits_[i]) return a.digits_[i] < b.digits_[i];
    return true;
  }

 private:
  std::array<std::uint32_t, 8> digits_{};
};

/// Whether |a − b| <= allowed.
constexpr bool is_near(const whole& a, const whole& b, const whole& allowed) {
  return a <= b + allowed && b <= a + allowed;
}

}  // namespace guestclock::fuzz
