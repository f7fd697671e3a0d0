// SPDX-License-Identifier: BSL-1.0
/// \file guestclock/word.hpp
/// The words that every other header computes with, and the arithmetic that says what it means.
///
/// Plain `+ - * / % << >>` and a narrowing conversion claim *this cannot overflow*; the proofs hold each such claim.
/// Wrap-around that is meant is spelled `wrapping_…`, overflow that is handled is spelled `checked_…`.
///
/// There are two builds of these names. Compilers see machine words (namespace `native`). The prover defines
/// GUESTCLOCK_SYMBOLIC_WORDS as a header that gives the same names to symbolic words (namespace `symbolic`), and
/// thereby runs the very text of this library over all inputs at once. This is the only place where the two differ.
///
/// Rules that keep both builds alike: operands of one operator have one type; words narrower than 32 bits have no
/// arithmetic (widen first); a bit-and takes a constant mask, 2^k − 1 or 2^k.
#pragma once

#include <bit>
#include <compare>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#ifdef GUESTCLOCK_SYMBOLIC_WORDS
#define GUESTCLOCK_WORDS symbolic
#include GUESTCLOCK_SYMBOLIC_WORDS
#else
#define GUESTCLOCK_WORDS native

namespace guestclock::inline native {

using u8 = std::uint8_t;
using u16 = std::uint16_t;
using u32 = std::uint32_t;
using u64 = std::uint64_t;
using i8 = std::int8_t;
using i16 = std::int16_t;
using i32 = std::int32_t;
using i64 = std::int64_t;

using flag = bool;                       ///< the outcome of a comparison
using ordering = std::strong_ordering;   ///< the outcome of `<=>` on words

/// The greatest and the least value of a word. (Not std::numeric_limits: <limits> needs floating-point registers.)
template <class Word>
inline constexpr Word max_of =
    static_cast<Word>(static_cast<std::make_unsigned_t<Word>>(-1) >> (std::is_signed_v<Word> ? 1 : 0));
template <class Word> inline constexpr Word min_of = static_cast<Word>(~max_of<Word>);

/// States what the code relies on. Costs nothing here; the prover shows that it holds wherever it is reached.
constexpr void relies_on(flag) noexcept {}

/// The bits of a signed word, read as unsigned, and back. Two's complement, so no value is lost either way.
[[nodiscard]] constexpr u8 as_unsigned(i8 value) noexcept { return static_cast<u8>(value); }
[[nodiscard]] constexpr u32 as_unsigned(i32 value) noexcept { return static_cast<u32>(value); }
[[nodiscard]] constexpr u64 as_unsigned(i64 value) noexcept { return static_cast<u64>(value); }
[[nodiscard]] constexpr i8 as_signed(u8 value) noexcept { return static_cast<i8>(value); }
[[nodiscard]] constexpr i32 as_signed(u32 value) noexcept { return static_cast<i32>(value); }
[[nodiscard]] constexpr i64 as_signed(u64 value) noexcept { return static_cast<i64>(value); }

/// The word as the machine holds it, at the border to real memory.
[[nodiscard]] constexpr u32 machine_word(u32 value) noexcept { return value; }
[[nodiscard]] constexpr u64 machine_word(u64 value) noexcept { return value; }

/// The low half and the high half of a 64-bit word.
[[nodiscard]] constexpr u32 low32(u64 value) noexcept { return static_cast<u32>(value & 0xFFFF'FFFF); }
[[nodiscard]] constexpr u32 high32(u64 value) noexcept { return static_cast<u32>(value >> 32); }

/// Arithmetic modulo 2^bits.
[[nodiscard]] constexpr u32 wrapping_add(u32 a, u32 b) noexcept { return a + b; }
[[nodiscard]] constexpr u64 wrapping_add(u64 a, u64 b) noexcept { return a + b; }
[[nodiscard]] constexpr u32 wrapping_sub(u32 a, u32 b) noexcept { return a - b; }
[[nodiscard]] constexpr u64 wrapping_sub(u64 a, u64 b) noexcept { return a - b; }
[[nodiscard]] constexpr u32 wrapping_mul(u32 a, u32 b) noexcept { return a * b; }
[[nodiscard]] constexpr u64 wrapping_mul(u64 a, u64 b) noexcept { return a * b; }
/// value · 2^places modulo 2^64; places < 64.
[[nodiscard]] constexpr u64 wrapping_shift_left(u64 value, u32 places) noexcept { return value << places; }

/// 1 where the flag is set, 0 where it is not.
[[nodiscard]] constexpr u64 one_if(flag condition) noexcept { return condition ? 1 : 0; }

/// How many of the highest bits are zero: 64 for 0, 0 for 2^63 and above.
[[nodiscard]] constexpr u32 leading_zeros(u64 value) noexcept { return static_cast<u32>(std::countl_zero(value)); }

/// A result and whether it is the exact one. Where it is not, `value` must not be used (it is the result modulo 2^bits).
template <class Word> struct checked {
  Word value;
  bool fits;
};

template <class Word>
  requires std::same_as<Word, u32> || std::same_as<Word, u64> || std::same_as<Word, i32> || std::same_as<Word, i64>
[[nodiscard]] constexpr checked<Word> checked_add(Word a, std::type_identity_t<Word> b) noexcept {
  Word sum{};
  const bool overflows = __builtin_add_overflow(a, b, &sum);
  return {sum, !overflows};
}
template <class Word>
  requires std::same_as<Word, u32> || std::same_as<Word, u64> || std::same_as<Word, i32> || std::same_as<Word, i64>
[[nodiscard]] constexpr checked<Word> checked_sub(Word a, std::type_identity_t<Word> b) noexcept {
  Word difference{};
  const bool overflows = __builtin_sub_overflow(a, b, &difference);
  return {difference, !overflows};
}
template <class Word>
  requires std::same_as<Word, u32> || std::same_as<Word, u64> || std::same_as<Word, i32> || std::same_as<Word, i64>
[[nodiscard]] constexpr checked<Word> checked_mul(Word a, std::type_identity_t<Word> b) noexcept {
  Word product{};
  const bool overflows = __builtin_mul_overflow(a, b, &product);
  return {product, !overflows};
}

/// high · 2^64 + low.
struct wide {
  u64 high;
  u64 low;
};

/// A quotient and what is left over: value = quotient · divisor + remainder, remainder < divisor.
struct division {
  u64 quotient;
  u64 remainder;
};

#if defined(__SIZEOF_INT128__) && !defined(GUESTCLOCK_NO_INT128)
/// The exact product. Machines without a 128-bit type take `full_product_limbs`, which is proved to be the same.
[[nodiscard]] constexpr wide full_product(u64 a, u64 b) noexcept {
  __extension__ using u128 = unsigned __int128;
  const u128 product = static_cast<u128>(a) * b;
  return {static_cast<u64>(product >> 64), static_cast<u64>(product)};
}
#define GUESTCLOCK_HAS_FULL_PRODUCT
#endif

}  // namespace guestclock::inline native
#endif

namespace guestclock::inline GUESTCLOCK_WORDS {

/// value · 2^places, and whether no bit was lost; places < 64.
///   ensures  fits exactly when value · 2^places < 2^64       [word.shift.fits-exactly]
[[nodiscard]] constexpr checked<u64> checked_shift_left(u64 value, u32 places) noexcept {
  const u64 greatest = max_of<u64> >> places;
  if (value > greatest) return {wrapping_shift_left(value, places), false};
  return {value << places, true};
}

/// The exact product of 64 by 32 bits, from two products of 32 by 32 bits; the high part is below 2^32.
///   ensures  high · 2^64 + low = a · b                       [word.product.narrow-limbs]
[[nodiscard]] constexpr wide full_product_limbs(u64 a, u32 b) noexcept {
  const u64 low = u64(low32(a)) * u64(b);                        // [0, (2^32 − 1)^2]
  const u64 middle = u64(high32(a)) * u64(b) + u64(high32(low)); // the sum of both fits 64 bits
  return {u64(high32(middle)), (u64(low32(middle)) << 32) + u64(low32(low))};
}

/// The exact product of 64 by 64 bits, from four products of 32 by 32 bits.
///   ensures  high · 2^64 + low = a · b                       [word.product.wide-limbs]
///   source   Warren, Hacker's Delight, 8-2
[[nodiscard]] constexpr wide full_product_limbs(u64 a, u64 b) noexcept {
  const u64 low = u64(low32(a)) * u64(low32(b));
  const u64 cross = u64(high32(a)) * u64(low32(b)) + u64(high32(low));
  const u64 other = u64(low32(a)) * u64(high32(b)) + u64(low32(cross));
  const u64 high = u64(high32(a)) * u64(high32(b)) + u64(high32(cross)) + u64(high32(other));
  return {high, (u64(low32(other)) << 32) + u64(low32(low))};
}

#ifndef GUESTCLOCK_HAS_FULL_PRODUCT
[[nodiscard]] constexpr wide full_product(u64 a, u64 b) noexcept { return full_product_limbs(a, b); }
#endif

/// One digit of a long division in base 2^32: (remainder · 2^32 + digit) / divisor, for remainder < divisor and a
/// divisor of at least 2^63. The estimate from the divisor's high half is at most two too large.
///   ensures  the exact digit and remainder                   [word.quotient.digit]
///   source   Knuth, The Art of Computer Programming 2, 4.3.1, algorithm D
[[nodiscard]] constexpr division quotient_digit(u64 remainder, u32 digit, u64 divisor) noexcept {
  relies_on(remainder < divisor);
  relies_on(divisor >= u64(1) << 63);
  const u64 divisor_high = u64(high32(divisor));  // [2^31, 2^32)
  const u64 divisor_low = u64(low32(divisor));
  u64 estimate = remainder / divisor_high;        // [0, 2^33)
  u64 rest = remainder % divisor_high;
  for (int correction = 0; correction < 2; ++correction) {
    if (rest > 0xFFFF'FFFF) break;
    if (estimate * divisor_low <= (rest << 32) + u64(digit)) break;
    estimate = estimate - 1;
    rest = rest + divisor_high;
  }
  const u64 left = wrapping_add(wrapping_shift_left(rest, 32), u64(digit));  // what is over, modulo 2^64
  return {estimate, wrapping_sub(left, estimate * divisor_low)};
}

/// A long division of two digits, (high · 2^64 + low) / divisor for high < divisor, where `digit` divides out one.
///   ensures  value = quotient · divisor + remainder, if every digit is exact [word.quotient.two-digits]
template <class Digit> [[nodiscard]] constexpr division two_digit_quotient_by(Digit digit, wide value, u64 divisor) noexcept {
  relies_on(value.high < divisor);
  const division first = digit(value.high, high32(value.low), divisor);
  const division second = digit(first.remainder, low32(value.low), divisor);
  return {(first.quotient << 32) + second.quotient, second.remainder};
}

/// (high · 2^64 + low) / divisor for high < divisor, where `divide` does so for divisors of at least 2^63: both are
/// scaled by a power of two, which the quotient does not notice.
///   ensures  value = quotient · divisor + remainder, if `divide` is exact [word.quotient.scaled]
template <class Divide> [[nodiscard]] constexpr division scaled_quotient_by(Divide divide, wide value, u64 divisor) noexcept {
  relies_on(value.high < divisor);
  const u32 places = leading_zeros(divisor);
  if (places == 0) return divide(value, divisor);
  const u64 high = (value.high << places) + (value.low >> (64 - places));  // value · 2^places < divisor · 2^(places + 64)
  const division exact = divide(wide{high, wrapping_shift_left(value.low, places)}, divisor << places);
  return {exact.quotient, exact.remainder >> places};
}

/// (high · 2^64 + low) / divisor, for high < divisor: exactly then the quotient fits 64 bits.
///   ensures  value = quotient · divisor + remainder          [word.quotient.scaled], of it [word.quotient.two-digits],
///            of it [word.quotient.digit]; whole, and its use by this library [word.quotient.exact]
[[nodiscard]] constexpr division full_quotient_limbs(wide value, u64 divisor) noexcept {
  const auto divide = [](wide scaled, u64 by) { return two_digit_quotient_by(quotient_digit, scaled, by); };
  return scaled_quotient_by(divide, value, divisor);
}

#ifndef GUESTCLOCK_HAS_FULL_QUOTIENT
[[nodiscard]] constexpr division full_quotient(wide value, u64 divisor) noexcept {
  return full_quotient_limbs(value, divisor);
}
#endif

}  // namespace guestclock::inline GUESTCLOCK_WORDS
