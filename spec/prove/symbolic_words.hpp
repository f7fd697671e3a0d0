// SPDX-License-Identifier: BSL-1.0
/// \file spec/prove/symbolic_words.hpp
/// The words of <guestclock/word.hpp>, symbolic: what the prover compiles the shipped headers with.
///
/// A word is a machine value, or the handle of a term over whole numbers. Every operator whose machine form could
/// overflow, divide by zero, shift too far or drop bits leaves an obligation: that it does not, on this path. Branching
/// on a symbolic comparison forks the path. Concrete values stay concrete, so constants and constant evaluation work;
/// an obligation that fails in a constant expression does not compile.
#pragma once

#include <bit>
#include <compare>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <utility>

#include "path.hpp"

#ifndef GUESTCLOCK_SYMBOLIC_WORDS
#error "compile with GUESTCLOCK_SYMBOLIC_WORDS naming this header"
#endif

namespace guestclock::inline symbolic {

namespace kernel = guestclock::prove;
using kernel::place;
using kernel::term;

/// The outcome of a comparison: a truth value, known or symbolic. Deciding on a symbolic one forks the path; `!`, `&`,
/// `|` do not.
class flag {
 public:
  constexpr flag() = default;
  constexpr flag(bool known) : known_(known) {}  // NOLINT: a known truth value is one
  static flag of(term t) {
    flag f;
    f.term_ = t;
    return f;
  }
  constexpr explicit operator bool() const { return term_ == kernel::no_term ? known_ : kernel::decide(term_); }
  [[nodiscard]] constexpr bool is_known() const { return term_ == kernel::no_term; }
  [[nodiscard]] constexpr bool known() const { return known_; }
  [[nodiscard]] term as_term() const { return is_known() ? kernel::truth(known_) : term_; }

  friend constexpr flag operator!(flag a) {
    if (a.is_known()) return !a.known_;
    return of(kernel::negation(a.term_));
  }
  friend constexpr flag operator&(flag a, flag b) {
    if (a.is_known() && b.is_known()) return a.known_ && b.known_;
    return of(kernel::conjunction(a.as_term(), b.as_term()));
  }
  friend constexpr flag operator|(flag a, flag b) {
    if (a.is_known() && b.is_known()) return a.known_ || b.known_;
    return of(kernel::disjunction(a.as_term(), b.as_term()));
  }
  friend constexpr flag operator==(flag a, flag b) {
    if (a.is_known() && b.is_known()) return a.known_ == b.known_;
    return of(kernel::equal(a.as_term(), b.as_term()));
  }
  friend constexpr flag operator!=(flag a, flag b) { return !(a == b); }

 private:
  bool known_ = false;
  term term_ = kernel::no_term;
};

/// States what the code relies on: an obligation.
constexpr void relies_on(flag claim, place where = place::here()) {
  if (claim.is_known() && claim.known()) return;
  kernel::oblige(claim.as_term(), "what the code relies on", where);
}

template <int Bits, bool Signed> class word;

/// An operand, and where it stands.
template <class Word> struct at_place {
  Word word;
  place where;
  template <std::integral Integer>
  constexpr at_place(Integer value, place here = place::here()) : word(value), where(here) {}  // NOLINT
  constexpr at_place(Word value, place here = place::here()) : word(value), where(here) {}     // NOLINT
};

/// `a <=> b`, to be compared with 0.
class ordering {
 public:
  constexpr ordering(flag is_less, flag is_equal) : less_(is_less), equal_(is_equal) {}
  friend constexpr flag operator<(ordering o, std::nullptr_t) { return o.less_; }
  friend constexpr flag operator<=(ordering o, std::nullptr_t) { return o.less_ | o.equal_; }
  friend constexpr flag operator>(ordering o, std::nullptr_t) { return !(o.less_ | o.equal_); }
  friend constexpr flag operator>=(ordering o, std::nullptr_t) { return !o.less_; }

 private:
  flag less_, equal_;
};

/// How far to shift: any unsigned 32-bit word or literal.
using amount = word<32, false>;

template <int Bits, bool Signed> class word {
  using machine = std::conditional_t<
      Bits == 8, std::conditional_t<Signed, std::int8_t, std::uint8_t>,
      std::conditional_t<Bits == 16, std::conditional_t<Signed, std::int16_t, std::uint16_t>,
                         std::conditional_t<Bits == 32, std::conditional_t<Signed, std::int32_t, std::uint32_t>,
                                            std::conditional_t<Signed, std::int64_t, std::uint64_t>>>>;
  static constexpr bool computes = Bits >= 32;  // narrower machine words promote to int: widen first

 public:
  static constexpr int bits = Bits;
  static constexpr bool is_signed = Signed;

  constexpr word() = default;
  template <std::integral Integer> constexpr word(Integer value) : value_(static_cast<machine>(value)) {  // NOLINT
    if (!std::in_range<machine>(value)) kernel::impossible("a literal out of its word's range");
  }
  /// Value-preserving: an obligation where the other word has values that this one lacks.
  template <int OtherBits, bool OtherSigned>
    requires(OtherBits != Bits || OtherSigned != Signed)
  constexpr explicit word(word<OtherBits, OtherSigned> other, place where = place::here()) {
    if (other.is_known()) {
      if (!std::in_range<machine>(other.known())) kernel::oblige(kernel::truth(false), "conversion keeps the value", where);
      value_ = static_cast<machine>(other.known());
      return;
    }
    constexpr bool always_fits = (OtherSigned == Signed && OtherBits <= Bits) || (!OtherSigned && OtherBits < Bits);
    if constexpr (!always_fits) oblige_range(other.as_term(), "conversion keeps the value", where);
    term_ = other.as_term();
  }

  /// A term whose value is known to be one of the word's.
  static word of(term t) {
    word w;
    if (const auto value = kernel::constant_value(t)) w.value_ = value->template to<machine>();
    else w.term_ = t;
    return w;
  }
  static constexpr word least() { return std::numeric_limits<machine>::min(); }
  static constexpr word greatest() { return std::numeric_limits<machine>::max(); }

  [[nodiscard]] constexpr bool is_known() const { return term_ == kernel::no_term; }
  [[nodiscard]] constexpr machine known() const { return value_; }
  [[nodiscard]] term as_term() const { return is_known() ? kernel::constant(value_) : term_; }

  friend constexpr word operator+(word a, at_place<word> b) requires computes {
    machine sum{};
    if (a.both(b.word) && !__builtin_add_overflow(a.value_, b.word.value_, &sum)) return sum;
    return in_range(kernel::add(a.as_term(), b.word.as_term()), "the sum fits", b.where);
  }
  friend constexpr word operator-(word a, at_place<word> b) requires computes {
    machine difference{};
    if (a.both(b.word) && !__builtin_sub_overflow(a.value_, b.word.value_, &difference)) return difference;
    return in_range(kernel::subtract(a.as_term(), b.word.as_term()), "the difference fits", b.where);
  }
  friend constexpr word operator*(word a, at_place<word> b) requires computes {
    machine product{};
    if (a.both(b.word) && !__builtin_mul_overflow(a.value_, b.word.value_, &product)) return product;
    return in_range(kernel::multiply(a.as_term(), b.word.as_term()), "the product fits", b.where);
  }
  friend constexpr word operator-(word a) requires(computes && Signed) { return word(0) - a; }
  friend constexpr word operator/(word a, at_place<word> b) requires(computes && !Signed) {
    if (a.both(b.word) && b.word.value_ != 0) return static_cast<machine>(a.value_ / b.word.value_);
    oblige_positive(b.word, b.where);
    return of(kernel::quotient(a.as_term(), b.word.as_term()));
  }
  friend constexpr word operator%(word a, at_place<word> b) requires(computes && !Signed) {
    if (a.both(b.word) && b.word.value_ != 0) return static_cast<machine>(a.value_ % b.word.value_);
    oblige_positive(b.word, b.where);
    return of(kernel::remainder(a.as_term(), b.word.as_term()));
  }
  friend constexpr word operator<<(word a, at_place<amount> places) requires computes {
    const unsigned k = shift_amount(places);
    if (a.is_known() && static_cast<machine>(static_cast<machine>(a.value_ << k) >> k) == a.value_)
      return static_cast<machine>(a.value_ << k);
    return in_range(kernel::multiply(a.as_term(), kernel::constant(exact::power_of_two(k))), "no bit is shifted out",
                    places.where);
  }
  friend constexpr word operator>>(word a, at_place<amount> places) requires computes {
    const unsigned k = shift_amount(places);
    if (a.is_known()) return static_cast<machine>(a.value_ >> k);
    return of(kernel::quotient(a.as_term(), kernel::constant(exact::power_of_two(k))));
  }
  /// By a constant mask: 2^k − 1, or 2^k.
  friend constexpr word operator&(word a, at_place<word> mask) requires(computes && !Signed) {
    if (a.both(mask.word)) return static_cast<machine>(a.value_ & mask.word.value_);
    if (!a.is_known() && !mask.word.is_known()) kernel::impossible("a bit-and of two symbolic words");
    const bool a_is_mask = a.is_known();
    return masked(a_is_mask ? mask.word : a, a_is_mask ? a.value_ : mask.word.value_);
  }

  friend constexpr flag operator==(word a, word b) {
    if (a.both(b)) return a.value_ == b.value_;
    return flag::of(kernel::equal(a.as_term(), b.as_term()));
  }
  friend constexpr flag operator!=(word a, word b) { return !(a == b); }
  friend constexpr flag operator<(word a, word b) {
    if (a.both(b)) return a.value_ < b.value_;
    return flag::of(kernel::less(a.as_term(), b.as_term()));
  }
  friend constexpr flag operator<=(word a, word b) {
    if (a.both(b)) return a.value_ <= b.value_;
    return flag::of(kernel::less_or_equal(a.as_term(), b.as_term()));
  }
  friend constexpr flag operator>(word a, word b) { return !(a <= b); }
  friend constexpr flag operator>=(word a, word b) { return !(a < b); }
  friend constexpr ordering operator<=>(word a, word b) { return {a < b, a == b}; }

  /// The term taken modulo 2^bits, into this word's range.
  static word wrapped(term t) {
    const term modulus = kernel::constant(exact::power_of_two(Bits));
    if constexpr (!Signed) return of(kernel::remainder(t, modulus));
    const term half = kernel::constant(exact::power_of_two(Bits - 1));
    return of(kernel::subtract(kernel::remainder(kernel::add(t, half), modulus), half));
  }
  static term range_of(term t) {
    return kernel::conjunction(kernel::less_or_equal(kernel::constant(std::numeric_limits<machine>::min()), t),
                               kernel::less_or_equal(t, kernel::constant(std::numeric_limits<machine>::max())));
  }

 private:
  constexpr bool both(const word& other) const { return is_known() && other.is_known(); }

  static void oblige_range(term t, const char* what, place where) { kernel::oblige(range_of(t), what, where); }
  /// The obligation that the term is one of the word's values; where it is not, what a machine would leave.
  static word in_range(term t, const char* what, place where) {
    oblige_range(t, what, where);
    if (kernel::constant_value(t)) return wrapped(t);
    return of(t);
  }
  static void oblige_positive(word divisor, place where) {
    kernel::oblige(kernel::less(kernel::constant(0), divisor.as_term()), "the divisor is not zero", where);
  }
  static constexpr unsigned shift_amount(at_place<amount> places) {
    if (places.word.is_known()) {
      if (places.word.known() >= static_cast<unsigned>(Bits)) kernel::impossible("a shift by the width of the word");
      return places.word.known();
    }
    kernel::oblige(kernel::less(places.word.as_term(), kernel::constant(Bits)), "the shift is less than the width",
                   places.where);
    return kernel::choose(places.word.as_term(), Bits).template to<unsigned>() % static_cast<unsigned>(Bits);
  }
  static word masked(word a, machine mask) {
    const auto next = static_cast<machine>(mask + 1);
    if ((mask & next) == 0) {  // 2^k − 1
      if (next == 0) return a;
      return of(kernel::remainder(a.as_term(), kernel::constant(next)));
    }
    if (!std::has_single_bit(mask)) kernel::impossible("a mask that is neither 2^k - 1 nor 2^k");
    const term place_value = kernel::constant(mask);
    return of(kernel::multiply(kernel::remainder(kernel::quotient(a.as_term(), place_value), kernel::constant(2)),
                               place_value));
  }

  machine value_{};
  term term_ = kernel::no_term;
};

using u8 = word<8, false>;
using u16 = word<16, false>;
using u32 = word<32, false>;
using u64 = word<64, false>;
using i8 = word<8, true>;
using i16 = word<16, true>;
using i32 = word<32, true>;
using i64 = word<64, true>;

template <class Word> inline constexpr Word max_of = Word::greatest();
template <class Word> inline constexpr Word min_of = Word::least();

namespace kernel_words {
template <int Bits> constexpr word<Bits, false> to_unsigned(word<Bits, true> value) {
  if (value.is_known()) return static_cast<std::make_unsigned_t<decltype(value.known())>>(value.known());
  const term t = value.as_term();
  return word<Bits, false>::of(kernel::select(kernel::less(t, kernel::constant(0)),
                                              kernel::add(t, kernel::constant(exact::power_of_two(Bits))), t));
}
template <int Bits> constexpr word<Bits, true> to_signed(word<Bits, false> value) {
  if (value.is_known()) return static_cast<std::make_signed_t<decltype(value.known())>>(value.known());
  const term t = value.as_term();
  return word<Bits, true>::of(kernel::select(kernel::less(t, kernel::constant(exact::power_of_two(Bits - 1))), t,
                                             kernel::subtract(t, kernel::constant(exact::power_of_two(Bits)))));
}
}  // namespace kernel_words

constexpr u8 as_unsigned(i8 value) { return kernel_words::to_unsigned(value); }
constexpr u32 as_unsigned(i32 value) { return kernel_words::to_unsigned(value); }
constexpr u64 as_unsigned(i64 value) { return kernel_words::to_unsigned(value); }
constexpr i8 as_signed(u8 value) { return kernel_words::to_signed(value); }
constexpr i32 as_signed(u32 value) { return kernel_words::to_signed(value); }
constexpr i64 as_signed(u64 value) { return kernel_words::to_signed(value); }

constexpr std::uint32_t machine_word(u32 value) {
  if (!value.is_known()) kernel::impossible("a symbolic word at the border to real memory");
  return value.known();
}
constexpr std::uint64_t machine_word(u64 value) {
  if (!value.is_known()) kernel::impossible("a symbolic word at the border to real memory");
  return value.known();
}

constexpr u32 low32(u64 value) {
  if (value.is_known()) return static_cast<std::uint32_t>(value.known());
  return u32::of(kernel::remainder(value.as_term(), kernel::constant(exact::power_of_two(32))));
}
constexpr u32 high32(u64 value) {
  if (value.is_known()) return static_cast<std::uint32_t>(value.known() >> 32);
  return u32::of(kernel::quotient(value.as_term(), kernel::constant(exact::power_of_two(32))));
}

// Wrap-around of sums and differences as a case distinction, not as a remainder: solvers find it easier.
template <int Bits> constexpr word<Bits, false> wrapping_add(word<Bits, false> a, std::type_identity_t<word<Bits, false>> b) {
  using sum_word = word<Bits, false>;
  if (a.is_known() && b.is_known()) return static_cast<decltype(a.known())>(a.known() + b.known());
  const term sum = kernel::add(a.as_term(), b.as_term());
  const term modulus = kernel::constant(exact::power_of_two(Bits));
  return sum_word::of(kernel::select(kernel::less(sum, modulus), sum, kernel::subtract(sum, modulus)));
}
template <int Bits> constexpr word<Bits, false> wrapping_sub(word<Bits, false> a, std::type_identity_t<word<Bits, false>> b) {
  if (a.is_known() && b.is_known()) return static_cast<decltype(a.known())>(a.known() - b.known());
  const term difference = kernel::subtract(a.as_term(), b.as_term());
  const term modulus = kernel::constant(exact::power_of_two(Bits));
  return word<Bits, false>::of(kernel::select(kernel::less_or_equal(b.as_term(), a.as_term()), difference,
                                              kernel::add(difference, modulus)));
}
template <int Bits> constexpr word<Bits, false> wrapping_mul(word<Bits, false> a, std::type_identity_t<word<Bits, false>> b) {
  if (a.is_known() && b.is_known()) return static_cast<decltype(a.known())>(a.known() * b.known());
  return word<Bits, false>::wrapped(kernel::multiply(a.as_term(), b.as_term()));
}
constexpr u64 wrapping_shift_left(u64 value, at_place<amount> places) {
  if (places.word.is_known() && places.word.known() < 64 && value.is_known()) return value.known() << places.word.known();
  kernel::oblige(kernel::less(places.word.as_term(), kernel::constant(64)), "the shift is less than the width",
                 places.where);
  const exact factor = exact::power_of_two(kernel::choose(places.word.as_term(), 64).to<std::size_t>() % 64);
  return u64::wrapped(kernel::multiply(value.as_term(), kernel::constant(factor)));
}

constexpr u64 one_if(flag condition) {
  if (condition.is_known()) return condition.known() ? 1 : 0;
  return u64::of(kernel::select(condition.as_term(), kernel::constant(1), kernel::constant(0)));
}

constexpr u32 leading_zeros(u64 value) {
  if (value.is_known()) return static_cast<std::uint32_t>(std::countl_zero(value.known()));
  for (int zeros = 0; zeros < 64; ++zeros)
    if (value >= u64(std::uint64_t{1} << (63 - zeros))) return zeros;
  return 64;
}

template <class Word> struct checked {
  Word value;
  bool fits;
};
namespace kernel_words {
template <class Word> checked<Word> checked_term(term t) {
  if (flag::of(Word::range_of(t))) return {Word::of(t), true};
  return {Word::wrapped(t), false};
}
}  // namespace kernel_words
template <int Bits, bool Signed>
  requires(Bits >= 32)
constexpr checked<word<Bits, Signed>> checked_add(word<Bits, Signed> a, std::type_identity_t<word<Bits, Signed>> b) {
  auto sum = a.known();
  if (a.is_known() && b.is_known() && !__builtin_add_overflow(a.known(), b.known(), &sum)) return {sum, true};
  return kernel_words::checked_term<word<Bits, Signed>>(kernel::add(a.as_term(), b.as_term()));
}
template <int Bits, bool Signed>
  requires(Bits >= 32)
constexpr checked<word<Bits, Signed>> checked_sub(word<Bits, Signed> a, std::type_identity_t<word<Bits, Signed>> b) {
  auto difference = a.known();
  if (a.is_known() && b.is_known() && !__builtin_sub_overflow(a.known(), b.known(), &difference))
    return {difference, true};
  return kernel_words::checked_term<word<Bits, Signed>>(kernel::subtract(a.as_term(), b.as_term()));
}
template <int Bits, bool Signed>
  requires(Bits >= 32)
constexpr checked<word<Bits, Signed>> checked_mul(word<Bits, Signed> a, std::type_identity_t<word<Bits, Signed>> b) {
  auto product = a.known();
  if (a.is_known() && b.is_known() && !__builtin_mul_overflow(a.known(), b.known(), &product)) return {product, true};
  return kernel_words::checked_term<word<Bits, Signed>>(kernel::multiply(a.as_term(), b.as_term()));
}

struct wide {
  u64 high;
  u64 low;
};
struct division {
  u64 quotient;
  u64 remainder;
};
/// What a machine's own 128-bit product and division mean. The forms in limbs, which ship, are proved equal.
constexpr wide full_product(u64 a, u64 b) {
  if (a.is_known() && b.is_known()) {
    const exact product = exact(a.known()) * exact(b.known());
    return {floor_div(product, exact::power_of_two(64)).to<std::uint64_t>(),
            floor_mod(product, exact::power_of_two(64)).to<std::uint64_t>()};
  }
  const term product = kernel::multiply(a.as_term(), b.as_term());
  const term modulus = kernel::constant(exact::power_of_two(64));
  return {u64::of(kernel::quotient(product, modulus)), u64::of(kernel::remainder(product, modulus))};
}
constexpr division full_quotient(wide value, u64 divisor, place where = place::here()) {
  if (value.high.is_known() && value.low.is_known() && divisor.is_known()) {
    if (value.high.known() >= divisor.known()) {
      kernel::oblige(kernel::truth(false), "the quotient fits", where);
      return {0, 0};  // there is no such word
    }
    const exact whole = exact(value.high.known()) * exact::power_of_two(64) + exact(value.low.known());
    return {floor_div(whole, exact(divisor.known())).to<std::uint64_t>(),
            floor_mod(whole, exact(divisor.known())).to<std::uint64_t>()};
  }
  kernel::oblige(kernel::less(value.high.as_term(), divisor.as_term()), "the quotient fits", where);
  const term whole = kernel::add(kernel::multiply(value.high.as_term(), kernel::constant(exact::power_of_two(64))),
                                 value.low.as_term());
  return {u64::of(kernel::quotient(whole, divisor.as_term())), u64::of(kernel::remainder(whole, divisor.as_term()))};
}
#define GUESTCLOCK_HAS_FULL_PRODUCT
#define GUESTCLOCK_HAS_FULL_QUOTIENT

/// Whole numbers that do not wrap, for the statements of laws. They leave no obligations but that a divisor is positive.
class integer {
 public:
  constexpr integer() = default;
  template <std::integral Integer> constexpr integer(Integer value) : value_(value) {}  // NOLINT
  template <int Bits, bool Signed> constexpr integer(word<Bits, Signed> value) {        // NOLINT
    if (value.is_known()) value_ = exact(value.known());
    else term_ = value.as_term();
  }
  static integer of(term t) {
    integer i;
    if (const auto value = kernel::constant_value(t)) i.value_ = *value;
    else i.term_ = t;
    return i;
  }
  static constexpr integer of(const exact& value) {
    integer i;
    i.value_ = value;
    return i;
  }
  [[nodiscard]] constexpr bool is_known() const { return term_ == kernel::no_term; }
  [[nodiscard]] term as_term() const { return is_known() ? kernel::constant(value_) : term_; }

  friend constexpr integer operator+(const integer& a, const integer& b) {
    if (a.is_known() && b.is_known()) return of(a.value_ + b.value_);
    return of(kernel::add(a.as_term(), b.as_term()));
  }
  friend constexpr integer operator-(const integer& a, const integer& b) {
    if (a.is_known() && b.is_known()) return of(a.value_ - b.value_);
    return of(kernel::subtract(a.as_term(), b.as_term()));
  }
  friend constexpr integer operator-(const integer& a) { return integer(0) - a; }
  friend constexpr integer operator*(const integer& a, const integer& b) {
    if (a.is_known() && b.is_known()) return of(a.value_ * b.value_);
    return of(kernel::multiply(a.as_term(), b.as_term()));
  }
  friend constexpr integer floor_div(const integer& a, const integer& b) {
    if (a.is_known() && b.is_known() && b.value_ > exact(0)) return of(floor_div(a.value_, b.value_));
    oblige_positive(b);
    return of(kernel::quotient(a.as_term(), b.as_term()));
  }
  friend constexpr integer floor_mod(const integer& a, const integer& b) {
    if (a.is_known() && b.is_known() && b.value_ > exact(0)) return of(floor_mod(a.value_, b.value_));
    oblige_positive(b);
    return of(kernel::remainder(a.as_term(), b.as_term()));
  }
  friend constexpr flag operator==(const integer& a, const integer& b) {
    if (a.is_known() && b.is_known()) return a.value_ == b.value_;
    return flag::of(kernel::equal(a.as_term(), b.as_term()));
  }
  friend constexpr flag operator!=(const integer& a, const integer& b) { return !(a == b); }
  friend constexpr flag operator<(const integer& a, const integer& b) {
    if (a.is_known() && b.is_known()) return a.value_ < b.value_;
    return flag::of(kernel::less(a.as_term(), b.as_term()));
  }
  friend constexpr flag operator<=(const integer& a, const integer& b) {
    if (a.is_known() && b.is_known()) return a.value_ <= b.value_;
    return flag::of(kernel::less_or_equal(a.as_term(), b.as_term()));
  }
  friend constexpr flag operator>(const integer& a, const integer& b) { return !(a <= b); }
  friend constexpr flag operator>=(const integer& a, const integer& b) { return !(a < b); }

 private:
  static void oblige_positive(const integer& divisor) {
    kernel::oblige(kernel::less(kernel::constant(0), divisor.as_term()), "the law divides by a positive number",
                   place{"", 0});
  }
  exact value_{};
  term term_ = kernel::no_term;
};

/// The word of that value; an obligation that it fits.
template <class Word> constexpr Word word_of(const integer& value, place where = place::here()) {
  kernel::oblige(Word::range_of(value.as_term()), "the value fits the word", where);
  return Word::of(value.as_term());
}

/// 2^exponent; forks over the values of a symbolic exponent.
constexpr integer power_of_two(u32 exponent) {
  if (exponent.is_known()) return integer::of(exact::power_of_two(exponent.known()));
  return integer::of(exact::power_of_two(kernel::choose(exponent.as_term(), exact::power_of_two(32)).to<std::size_t>()));
}

}  // namespace guestclock::inline symbolic
