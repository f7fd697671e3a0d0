// SPDX-License-Identifier: BSL-1.0
/// \file spec/laws/exact.hpp
/// Whole numbers that do not wrap, for the statements of laws: 256 bits and a sign, and an exception beyond that.
/// Deliberately plain: schoolbook arithmetic on 32-bit limbs that can be checked by reading. tests/spec compares it
/// with Boost.Multiprecision.
#pragma once

#include <array>
#include <compare>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace guestclock {

class exact {
 public:
  constexpr exact() = default;
  template <std::integral Integer> constexpr exact(Integer value) {  // NOLINT: every machine word is a whole number
    std::uint64_t magnitude = static_cast<std::uint64_t>(value);
    if constexpr (std::signed_integral<Integer>) {
      negative_ = value < 0;
      if (negative_) magnitude = std::uint64_t{0} - static_cast<std::uint64_t>(static_cast<std::int64_t>(value));
    }
    limbs_[0] = static_cast<std::uint32_t>(magnitude);
    limbs_[1] = static_cast<std::uint32_t>(magnitude >> 32);
  }

  /// 2^exponent, exponent in [0, 255].
  static constexpr exact power_of_two(std::size_t exponent) {
    if (exponent >= 32 * limb_count) throw std::overflow_error("exact: power of two beyond 256 bits");
    exact power;
    power.limbs_[exponent / 32] = std::uint32_t{1} << (exponent % 32);
    return power;
  }

  constexpr bool is_negative() const { return negative_; }
  constexpr bool is_zero() const { return limbs_ == std::array<std::uint32_t, limb_count>{}; }

  /// Whether the number is one of the machine word's values, and that value.
  template <std::integral Integer> constexpr bool fits() const {
    return exact(std::numeric_limits<Integer>::min()) <= *this && *this <= exact(std::numeric_limits<Integer>::max());
  }
  template <std::integral Integer> constexpr Integer to() const {
    if (!fits<Integer>()) throw std::overflow_error("exact: the number does not fit the machine word");
    const std::uint64_t magnitude = limbs_[0] | std::uint64_t{limbs_[1]} << 32;
    return static_cast<Integer>(negative_ ? std::uint64_t{0} - magnitude : magnitude);
  }

  friend constexpr exact operator-(const exact& a) { return signed_magnitude(a, !a.negative_); }
  friend constexpr exact operator+(const exact& a, const exact& b) {
    if (a.negative_ == b.negative_) return signed_magnitude(sum_of_magnitudes(a, b), a.negative_);
    if (compare_magnitudes(a, b) >= 0) return signed_magnitude(difference_of_magnitudes(a, b), a.negative_);
    return signed_magnitude(difference_of_magnitudes(b, a), b.negative_);
  }
  friend constexpr exact operator-(const exact& a, const exact& b) { return a + -b; }
  friend constexpr exact operator*(const exact& a, const exact& b) {
    exact product;
    for (std::size_t i = 0; i < limb_count; ++i) {
      if (a.limbs_[i] == 0) continue;
      std::uint64_t carry = 0;
      for (std::size_t j = 0; j < limb_count; ++j) {
        const std::uint64_t term = std::uint64_t{a.limbs_[i]} * b.limbs_[j];
        if (i + j >= limb_count) {
          if (term != 0 || carry != 0) throw std::overflow_error("exact: product beyond 256 bits");
          continue;
        }
        const std::uint64_t limb = product.limbs_[i + j] + term + carry;
        product.limbs_[i + j] = static_cast<std::uint32_t>(limb);
        carry = limb >> 32;
      }
      if (carry != 0) throw std::overflow_error("exact: product beyond 256 bits");
    }
    return signed_magnitude(product, a.negative_ != b.negative_);
  }

  /// ⌊a / b⌋ and a − b·⌊a / b⌋, for b > 0: the remainder is never negative.
  friend constexpr exact floor_div(const exact& a, const exact& b) {
    const auto [quotient, remainder] = divide_magnitudes(a, b);
    if (!a.negative_) return quotient;
    return remainder.is_zero() ? -quotient : -quotient - exact(1);
  }
  friend constexpr exact floor_mod(const exact& a, const exact& b) { return a - b * floor_div(a, b); }

  friend constexpr bool operator==(const exact& a, const exact& b) = default;
  friend constexpr std::strong_ordering operator<=>(const exact& a, const exact& b) {
    if (a.negative_ != b.negative_) return a.negative_ ? std::strong_ordering::less : std::strong_ordering::greater;
    const int magnitudes = compare_magnitudes(a, b);
    return (a.negative_ ? -magnitudes : magnitudes) <=> 0;
  }

  std::string to_string() const {
    if (is_zero()) return "0";
    std::string digits;
    for (exact rest = negative_ ? -*this : *this; !rest.is_zero();) {
      const auto [quotient, digit] = divide_magnitudes(rest, exact(10));
      digits.insert(digits.begin(), static_cast<char>('0' + digit.limbs_[0]));
      rest = quotient;
    }
    return negative_ ? "-" + digits : digits;
  }

  /// Decimal or 0x-hexadecimal, with an optional minus sign. Throws std::invalid_argument for anything else.
  static constexpr exact parse(std::string_view text) {
    const bool negative = text.starts_with('-');
    if (negative) text.remove_prefix(1);
    const bool hexadecimal = text.starts_with("0x") || text.starts_with("0X");
    if (hexadecimal) text.remove_prefix(2);
    if (text.empty()) throw std::invalid_argument("exact: no digits");
    exact value;
    for (const char c : text) {
      const int digit = c >= '0' && c <= '9'                  ? c - '0'
                        : hexadecimal && c >= 'a' && c <= 'f' ? c - 'a' + 10
                        : hexadecimal && c >= 'A' && c <= 'F' ? c - 'A' + 10
                                                              : -1;
      if (digit < 0) throw std::invalid_argument("exact: not a digit");
      value = value * exact(hexadecimal ? 16 : 10) + exact(digit);
    }
    return negative ? -value : value;
  }

 private:
  static constexpr std::size_t limb_count = 8;

  // By reference: g++ 12 with link-time optimisation drops stores to such an argument passed by value.
  static constexpr exact signed_magnitude(const exact& magnitude, bool negative) {
    exact number;
    number.limbs_ = magnitude.limbs_;
    number.negative_ = negative && !magnitude.is_zero();
    return number;
  }
  static constexpr int compare_magnitudes(const exact& a, const exact& b) {
    for (std::size_t i = limb_count; i-- > 0;)
      if (a.limbs_[i] != b.limbs_[i]) return a.limbs_[i] < b.limbs_[i] ? -1 : 1;
    return 0;
  }
  static constexpr exact sum_of_magnitudes(const exact& a, const exact& b) {
    exact sum;
    std::uint64_t carry = 0;
    for (std::size_t i = 0; i < limb_count; ++i) {
      const std::uint64_t limb = std::uint64_t{a.limbs_[i]} + b.limbs_[i] + carry;
      sum.limbs_[i] = static_cast<std::uint32_t>(limb);
      carry = limb >> 32;
    }
    if (carry != 0) throw std::overflow_error("exact: sum beyond 256 bits");
    return sum;
  }
  static constexpr exact difference_of_magnitudes(const exact& a, const exact& b) {  // |a| >= |b|
    exact difference;
    std::uint64_t borrow = 0;
    for (std::size_t i = 0; i < limb_count; ++i) {
      const std::uint64_t limb = std::uint64_t{a.limbs_[i]} - b.limbs_[i] - borrow;
      difference.limbs_[i] = static_cast<std::uint32_t>(limb);
      borrow = limb >> 63;
    }
    return difference;
  }
  __extension__ using two_words = unsigned __int128;
  /// Whether the magnitude is below 2^128, where the machine can divide.
  constexpr bool is_two_words() const { return (limbs_[4] | limbs_[5] | limbs_[6] | limbs_[7]) == 0; }
  constexpr two_words low_two_words() const {
    two_words value = 0;
    for (std::size_t i = 4; i-- > 0;) value = value << 32 | limbs_[i];
    return value;
  }
  static constexpr exact from_two_words(const two_words& value) {
    exact number;
    for (std::size_t i = 0; i < 4; ++i) number.limbs_[i] = static_cast<std::uint32_t>(value >> (32 * i));
    return number;
  }
  /// Quotient and remainder: by the machine where both fit it, else bit by bit from the highest, the textbook's long
  /// division in base 2.
  static constexpr std::pair<exact, exact> divide_magnitudes(const exact& a, const exact& b) {
    if (b.negative_ || b.is_zero()) throw std::domain_error("exact: division by a number that is not positive");
    if (a.is_two_words() && b.is_two_words()) {
      const two_words x = a.low_two_words();
      const two_words y = b.low_two_words();
      return {from_two_words(x / y), from_two_words(x % y)};
    }
    exact quotient;
    exact remainder;
    for (std::size_t bit = 32 * limb_count; bit-- > 0;) {
      const bool high = (a.limbs_[bit / 32] >> (bit % 32) & 1) != 0;
      if (remainder.is_zero() && !high) continue;
      remainder = sum_of_magnitudes(remainder, remainder);
      if (high) remainder = sum_of_magnitudes(remainder, exact(1));
      if (compare_magnitudes(remainder, b) < 0) continue;
      remainder = difference_of_magnitudes(remainder, b);
      quotient.limbs_[bit / 32] |= std::uint32_t{1} << (bit % 32);
    }
    return {quotient, remainder};
  }

  std::array<std::uint32_t, limb_count> limbs_{};  // least significant first
  bool negative_ = false;                          // never with a magnitude of zero
};

}  // namespace guestclock
