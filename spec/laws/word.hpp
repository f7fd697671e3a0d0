// SPDX-License-Identifier: BSL-1.0
/// \file spec/laws/word.hpp
/// What <guestclock/word.hpp> promises: the arithmetic is that of whole numbers, or says that it is not.
#pragma once

#include <guestclock/word.hpp>

#include "law.hpp"

namespace guestclock::inline GUESTCLOCK_WORDS::laws {

struct word_halves_recompose {
  static constexpr law_info info{"word.halves.recompose", "the high half and the low half make up the whole word"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const u64 whole = in.template any<u64>("whole");
    in.require(integer(high32(whole)) * power_of_two(32) + integer(low32(whole)) == integer(whole));
  }
};

struct word_signed_same_bits {
  static constexpr law_info info{"word.signed.same-bits",
                                 "reading a word as signed changes it by 0 or 2^bits, and reading it back restores it"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const u64 word = in.template any<u64>("word");
    const u32 half = in.template any<u32>("half");
    const u8 byte = in.template any<u8>("byte");
    in.require(as_unsigned(as_signed(word)) == word);
    in.require(as_unsigned(as_signed(half)) == half);
    in.require(as_unsigned(as_signed(byte)) == byte);
    in.require(integer(as_signed(word)) == integer(word) - (word < u64(1) << 63 ? integer(0) : power_of_two(64)));
    in.require(integer(as_signed(half)) == integer(half) - (half < u32(1) << 31 ? integer(0) : power_of_two(32)));
    in.require(integer(as_signed(byte)) == integer(byte) - (u32(byte) < 128 ? integer(0) : power_of_two(8)));
  }
};

struct word_wrapping_modular {
  static constexpr law_info info{"word.wrapping.modular", "wrapping arithmetic is the exact result modulo 2^bits"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const u64 a = in.template any<u64>("a");
    const u64 b = in.template any<u64>("b");
    const u32 c = in.template any<u32>("c");
    const u32 d = in.template any<u32>("d");
    in.require(integer(wrapping_add(a, b)) == floor_mod(integer(a) + integer(b), power_of_two(64)));
    in.require(integer(wrapping_sub(a, b)) == floor_mod(integer(a) - integer(b), power_of_two(64)));
    in.require(integer(wrapping_mul(a, b)) == floor_mod(integer(a) * integer(b), power_of_two(64)));
    in.require(integer(wrapping_add(c, d)) == floor_mod(integer(c) + integer(d), power_of_two(32)));
    in.require(integer(wrapping_sub(c, d)) == floor_mod(integer(c) - integer(d), power_of_two(32)));
    in.require(integer(wrapping_mul(c, d)) == floor_mod(integer(c) * integer(d), power_of_two(32)));
  }
};

/// `checked` holds exactly when the exact result is a value of the word, and then is it.
template <class Word, class Inputs>
constexpr void require_checked(Inputs& in, const checked<Word>& result, const integer& exact_result) {
  const flag fits = (integer(min_of<Word>) <= exact_result) & (exact_result <= integer(max_of<Word>));
  in.require(flag(result.fits) == fits);
  if (result.fits) in.require(integer(result.value) == exact_result);
}

template <class Word, class Inputs> constexpr void require_checked_arithmetic(Inputs& in, const Word& a, const Word& b) {
  require_checked(in, checked_add(a, b), integer(a) + integer(b));
  require_checked(in, checked_sub(a, b), integer(a) - integer(b));
  require_checked(in, checked_mul(a, b), integer(a) * integer(b));
}

struct word_checked_unsigned {
  static constexpr law_info info{"word.checked.unsigned",
                                 "checked unsigned arithmetic accepts exactly when the exact result fits, and gives it"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    require_checked_arithmetic(in, in.template any<u64>("a"), in.template any<u64>("b"));
    require_checked_arithmetic(in, in.template any<u32>("c"), in.template any<u32>("d"));
  }
};

struct word_checked_signed {
  static constexpr law_info info{"word.checked.signed",
                                 "checked signed arithmetic accepts exactly when the exact result fits, and gives it"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    require_checked_arithmetic(in, in.template any<i64>("a"), in.template any<i64>("b"));
    require_checked_arithmetic(in, in.template any<i32>("c"), in.template any<i32>("d"));
  }
};

struct word_shift_fits_exactly {
  static constexpr law_info info{"word.shift.fits-exactly",
                                 "a checked left shift accepts exactly when no bit is lost; the wrapping one loses just those"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const u64 value = in.template any<u64>("value");
    const u32 places = in.template between<u32>("places", 0, 63);
    const integer shifted = integer(value) * power_of_two(places);
    require_checked(in, checked_shift_left(value, places), shifted);
    in.require(integer(checked_shift_left(value, places).value) == floor_mod(shifted, power_of_two(64)));
    in.require(integer(wrapping_shift_left(value, places)) == floor_mod(shifted, power_of_two(64)));
  }
};

struct word_leading_zeros {
  static constexpr law_info info{"word.leading-zeros.exact", "a word without its leading zeros fills the remaining bits"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const u64 value = in.template any<u64>("value");
    const u32 zeros = leading_zeros(value);
    in.require(zeros <= 64);
    if (value == 0) return in.require(zeros == 64);
    in.require(zeros < 64);
    in.require(integer(value) < power_of_two(64 - zeros));
    in.require(integer(value) >= power_of_two(63 - zeros));
  }
};

struct word_one_if {
  static constexpr law_info info{"word.one-if.counts", "a flag that is set counts 1, one that is not counts 0"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const u64 a = in.template any<u64>("a");
    const u64 b = in.template any<u64>("b");
    const u64 counted = one_if(a < b);
    in.require(integer(counted) == (a < b ? integer(1) : integer(0)));
  }
};

template <class Inputs> constexpr void require_product(Inputs& in, const wide& product, const integer& exact_product) {
  in.require(integer(product.high) * power_of_two(64) + integer(product.low) == exact_product);
}

struct word_product_wide {
  static constexpr law_info info{"word.product.wide-limbs",
                                 "64 by 64 bits: the product in limbs and the machine's own are the exact product"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const u64 a = in.template any<u64>("a");
    const u64 b = in.template any<u64>("b");
    require_product(in, full_product_limbs(a, b), integer(a) * integer(b));
    require_product(in, full_product(a, b), integer(a) * integer(b));
  }
};

struct word_product_narrow {
  static constexpr law_info info{"word.product.narrow-limbs", "64 by 32 bits: the product in limbs is the exact product"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const u64 a = in.template any<u64>("a");
    const u32 b = in.template any<u32>("b");
    require_product(in, full_product_limbs(a, b), integer(a) * integer(b));
    in.require(integer(full_product_limbs(a, b).high) < power_of_two(32));
  }
};

/// value = quotient · divisor + remainder, and the remainder is less than the divisor.
template <class Inputs>
constexpr void require_division(Inputs& in, const division& result, const integer& value, const integer& divisor) {
  in.require(integer(result.quotient) * divisor + integer(result.remainder) == value);
  in.require(integer(result.remainder) < divisor);
}

struct word_quotient_digit {
  static constexpr law_info info{"word.quotient.digit",
                                 "a digit of a long division is exact, for every divisor whose highest bit is set"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const u64 divisor = in.template between<u64>("divisor", u64(1) << 63, max_of<u64>);
    const u64 remainder = in.template between<u64>("remainder", 0, divisor - 1);
    const u32 digit = in.template any<u32>("digit");
    const division result = quotient_digit(remainder, digit, divisor);
    require_division(in, result, integer(remainder) * power_of_two(32) + integer(digit), integer(divisor));
    in.require(integer(result.quotient) < power_of_two(32));
  }
};

/// An exact division by other means: what the parts of the shipped one may take each other for.
constexpr division exact_division(const integer& value, u64 divisor) {
  return {word_of<u64>(floor_div(value, integer(divisor))), word_of<u64>(floor_mod(value, integer(divisor)))};
}

struct word_quotient_two_digits {
  static constexpr law_info info{"word.quotient.two-digits", "two exact digits, one after the other, make an exact division"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const u64 divisor = in.template between<u64>("divisor", 1, max_of<u64>);
    const u64 high = in.template between<u64>("high", 0, divisor - 1);
    const u64 low = in.template any<u64>("low");
    const auto exact_digit = [](u64 remainder, u32 digit, u64 by) {  // as word.quotient.digit shows of the shipped one
      relies_on(remainder < by);
      return exact_division(integer(remainder) * power_of_two(32) + integer(digit), by);
    };
    require_division(in, two_digit_quotient_by(exact_digit, {high, low}, divisor),
                     integer(high) * power_of_two(64) + integer(low), integer(divisor));
  }
};

struct word_quotient_scaled {
  static constexpr law_info info{"word.quotient.scaled",
                                 "dividing by a divisor scaled to fill its word gives the quotient, and the scaled remainder"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const u64 divisor = in.template between<u64>("divisor", 1, max_of<u64>);
    const u64 high = in.template between<u64>("high", 0, divisor - 1);
    const u64 low = in.template any<u64>("low");
    const auto exact = [](wide value, u64 by) {  // as word.quotient.two-digits shows of the shipped one
      relies_on((value.high < by) & (by >= u64(1) << 63));
      return exact_division(integer(value.high) * power_of_two(64) + integer(value.low), by);
    };
    require_division(in, scaled_quotient_by(exact, {high, low}, divisor),
                     integer(high) * power_of_two(64) + integer(low), integer(divisor));
  }
};

struct word_quotient_exact {
  static constexpr law_info info{"word.quotient.exact",
                                 "128 by 64 bits: wherever the quotient fits, the division in use is exact"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const u64 divisor = in.template between<u64>("divisor", 1, max_of<u64>);
    const u64 high = in.template between<u64>("high", 0, divisor - 1);
    const u64 low = in.template any<u64>("low");
    const division result = full_quotient({high, low}, divisor);
    require_division(in, result, integer(high) * power_of_two(64) + integer(low), integer(divisor));
    in.require(integer(result.quotient) < power_of_two(64));
  }
};

}  // namespace guestclock::inline GUESTCLOCK_WORDS::laws
