// SPDX-License-Identifier: BSL-1.0
/// \file spec/laws/scale.hpp
/// What <guestclock/scale.hpp> promises. Each law is stated once for both fixed points; the one over 0.64 has the same
/// id with `.wide` behind it.
#pragma once

#include <guestclock/scale.hpp>

#include "law.hpp"

namespace guestclock::inline GUESTCLOCK_WORDS::laws {

template <class Multiplier> constexpr const char* by_width(const char* narrow, const char* wide) {
  return std::same_as<Multiplier, u64> ? wide : narrow;
}

/// Any bits at all: most are no rate.
template <class Multiplier, class Inputs> constexpr basic_tick_rate<Multiplier> any_rate(Inputs& in) {
  const Multiplier mul = in.template any<Multiplier>("mul");
  return {mul, in.template any<i8>("shift")};
}
/// Any rate that a valid publisher may use.
template <class Multiplier, class Inputs> constexpr basic_tick_rate<Multiplier> valid_rate(Inputs& in) {
  const Multiplier mul = in.template between<Multiplier>("mul", 1, max_of<Multiplier>);
  return {mul, in.template between<i8>("shift", -tick_shift_max, tick_shift_max)};
}
template <class Multiplier> constexpr flag is_valid(basic_tick_rate<Multiplier> rate) {
  return (rate.mul != 0) & (i32(rate.shift) >= -tick_shift_max) & (i32(rate.shift) <= tick_shift_max);
}

/// The definition in whole numbers: ⌊ticks · 2^shift⌋, then ⌊· mul / 2^F⌋.
template <class Multiplier> constexpr integer exact_shifted(u64 ticks, basic_tick_rate<Multiplier> rate) {
  return scaled_by_power_of_two(integer(ticks), i32(rate.shift));
}
template <class Multiplier> constexpr integer exact_scaled(integer shifted, basic_tick_rate<Multiplier> rate) {
  return floor_div(shifted * integer(rate.mul), power_of_two(fraction_bits(rate)));
}

/// The rational time of ticks, without any rounding: ticks · 2^shift · mul / 2^F = numerator / denominator.
struct fraction {
  integer numerator;
  integer denominator;
};
template <class Multiplier> constexpr fraction rational_time(u64 ticks, basic_tick_rate<Multiplier> rate) {
  const i32 places = i32(rate.shift);
  const integer product = integer(ticks) * integer(rate.mul);
  const integer one = power_of_two(fraction_bits(rate));
  if (places < 0) return {product, one * power_of_two(u32(-places))};
  return {product * power_of_two(u32(places)), one};
}

template <class Multiplier> struct scale_rate_accepts {
  static constexpr law_info info{by_width<Multiplier>("scale.rate.accepts", "scale.rate.accepts.wide"),
                                 "a rate is accepted exactly when its multiplier is not 0 and its shift in [-31, 31]"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const auto rate = any_rate<Multiplier>(in);
    const auto checked_rate = guestclock::check(rate);
    in.require(flag(checked_rate.has_value()) == is_valid(rate));
    if (checked_rate) in.require((checked_rate->mul == rate.mul) & (checked_rate->shift == rate.shift));
    else in.require((checked_rate.error() == clock_error::bad_multiplier) == (rate.mul == 0));
  }
};

template <class Multiplier> struct scale_product_exact {
  static constexpr law_info info{by_width<Multiplier>("scale.product.exact", "scale.product.exact.wide"),
                                 "the product of ticks and multiplier loses its fraction bits and nothing else"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const u64 ticks = in.template any<u64>("ticks");
    const Multiplier mul = in.template any<Multiplier>("mul");
    in.require(integer(scale_product(ticks, mul)) == exact_scaled(integer(ticks), basic_tick_rate<Multiplier>{mul, 0}));
  }
};

struct scale_shift_exact {
  static constexpr law_info info{"scale.shift.exact",
                                 "shifting accepts exactly when no high bit is lost, and rounds down to whole ticks"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const u64 ticks = in.template any<u64>("ticks");
    const tick_rate rate{1, in.template any<i8>("shift")};
    const auto shifted = shift_ticks(ticks, rate.shift);
    if (!is_valid(rate)) return in.require(shifted.error() == clock_error::bad_shift);
    const integer expected = exact_shifted(ticks, rate);
    in.require(flag(shifted.has_value()) == (expected < power_of_two(64)));
    if (shifted) in.require(integer(*shifted) == expected);
    else in.require(shifted.error() == clock_error::out_of_range);
  }
};

template <class Multiplier> struct scale_ticks_exact {
  static constexpr law_info info{
      by_width<Multiplier>("scale.ticks.exact", "scale.ticks.exact.wide"),
      "ticks have a time exactly when the rate is valid and no bit is lost, and it is the quotient after two roundings"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const auto rate = any_rate<Multiplier>(in);
    const u64 ticks = in.template any<u64>("ticks");
    const auto time = ticks_to_time(ticks, rate);
    if (!is_valid(rate)) {
      in.require(!time.has_value());
      return in.require((time.error() == clock_error::bad_multiplier) == (rate.mul == 0));
    }
    const integer shifted = exact_shifted(ticks, rate);
    in.require(flag(time.has_value()) == (shifted < power_of_two(64)));
    if (time) in.require(integer(*time) == exact_scaled(shifted, rate));
    else in.require(time.error() == clock_error::out_of_range);
  }
};

template <class Multiplier> struct scale_ticks_error {
  static constexpr law_info info{by_width<Multiplier>("scale.ticks.error", "scale.ticks.error.wide"),
                                 "a time is never ahead of the rational one, and behind it by less than error_bound: 2 where the "
                                 "shift is negative, else 1"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const auto rate = valid_rate<Multiplier>(in);
    const u64 ticks = in.template any<u64>("ticks");
    const auto time = ticks_to_time(ticks, rate);
    if (!in.assume(time.has_value())) return;
    const fraction rational = rational_time(ticks, rate);
    in.require(integer(*time) * rational.denominator <= rational.numerator);
    in.require(rational.numerator < (integer(*time) + integer(error_bound(rate))) * rational.denominator);
    in.require(integer(error_bound(rate)) == (i32(rate.shift) < 0 ? integer(2) : integer(1)));
  }
};

template <class Multiplier> struct scale_ticks_monotone {
  static constexpr law_info info{by_width<Multiplier>("scale.ticks.monotone", "scale.ticks.monotone.wide"),
                                 "a later count never gives an earlier time"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const auto rate = valid_rate<Multiplier>(in);
    const u64 earlier = in.template any<u64>("earlier");
    const u64 later = in.template between<u64>("later", earlier, max_of<u64>);
    const auto before = ticks_to_time(earlier, rate);
    const auto after = ticks_to_time(later, rate);
    if (!in.assume(before.has_value() && after.has_value())) return;
    in.require(*before <= *after);
  }
};

template <class Multiplier> struct scale_ticks_additive {
  static constexpr law_info info{by_width<Multiplier>("scale.ticks.additive", "scale.ticks.additive.wide"),
                                 "the time of a sum is the sum of the times, or ahead of it by at most error_bound"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const auto rate = valid_rate<Multiplier>(in);
    const u64 first = in.template any<u64>("first");
    const u64 second = in.template between<u64>("second", 0, max_of<u64> - first);
    const auto whole = ticks_to_time(first + second, rate);
    if (!in.assume(whole.has_value())) return;
    const auto one = ticks_to_time(first, rate);
    const auto other = ticks_to_time(second, rate);
    in.require(one.has_value() && other.has_value());
    in.require(integer(*one) + integer(*other) <= integer(*whole));
    in.require(integer(*whole) <= integer(*one) + integer(*other) + integer(error_bound(rate)));
  }
};

template <class Multiplier> struct scale_wrapping_definition {
  static constexpr law_info info{by_width<Multiplier>("scale.wrapping.definition", "scale.wrapping.definition.wide"),
                                 "the wrapping form shifts modulo 2^64, then scales; it refuses bad shifts only"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const auto rate = any_rate<Multiplier>(in);
    const u64 ticks = in.template any<u64>("ticks");
    const auto time = ticks_to_time_wrapping(ticks, rate);
    if (!is_valid(basic_tick_rate<Multiplier>{1, rate.shift}))
      return in.require(time.error() == clock_error::bad_shift);
    in.require(time.has_value());
    in.require(integer(*time) == exact_scaled(floor_mod(exact_shifted(ticks, rate), power_of_two(64)), rate));
  }
};

template <class Multiplier> struct scale_wrapping_agrees {
  static constexpr law_info info{by_width<Multiplier>("scale.wrapping.agrees", "scale.wrapping.agrees.wide"),
                                 "wherever ticks have a time, the wrapping form gives it too"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const auto rate = valid_rate<Multiplier>(in);
    const u64 ticks = in.template any<u64>("ticks");
    const auto time = ticks_to_time(ticks, rate);
    if (!in.assume(time.has_value())) return;
    const auto wrapping = ticks_to_time_wrapping(ticks, rate);
    in.require(wrapping.has_value());
    in.require(*wrapping == *time);
  }
};

template <class Multiplier> struct scale_ceiling_exact {
  static constexpr law_info info{
      by_width<Multiplier>("scale.ceiling.exact", "scale.ceiling.exact.wide"),
      "the ceiling is the least whole number not below the rational time, wherever there is a time"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const auto rate = any_rate<Multiplier>(in);
    const u64 ticks = in.template any<u64>("ticks");
    const auto ceiling = ticks_to_time_ceiling(ticks, rate);
    const auto floor = ticks_to_time(ticks, rate);
    if (!floor) return in.require(ceiling.error() == floor.error());
    in.require(ceiling.has_value());
    const fraction rational = rational_time(ticks, rate);
    in.require(rational.numerator <= integer(*ceiling) * rational.denominator);
    in.require((integer(*ceiling) - 1) * rational.denominator < rational.numerator);
  }
};

/// The greatest count that has a time.
template <class Multiplier> constexpr u64 greatest_ticks(basic_tick_rate<Multiplier> rate) {
  const i32 places = i32(rate.shift);
  return places < 0 ? max_of<u64> : max_of<u64> >> u32(places);
}

template <class Multiplier> struct scale_inverse_least {
  static constexpr law_info info{by_width<Multiplier>("scale.inverse.least", "scale.inverse.least.wide"),
                                 "time_to_ticks gives a count that reaches the time, and no lesser count does"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const auto rate = valid_rate<Multiplier>(in);
    const u64 time = in.template any<u64>("time");
    const auto ticks = time_to_ticks(time, rate);
    if (!in.assume(ticks.has_value())) return;
    const auto reached = ticks_to_time(*ticks, rate);
    in.require(reached.has_value());
    in.require(*reached >= time);
    if (*ticks == 0) return;
    const auto before = ticks_to_time(*ticks - 1, rate);  // and every lesser count is no later: scale.ticks.monotone
    in.require(before.has_value());
    in.require(*before < time);
  }
};

template <class Multiplier> struct scale_inverse_accepts {
  static constexpr law_info info{by_width<Multiplier>("scale.inverse.accepts", "scale.inverse.accepts.wide"),
                                 "time_to_ticks refuses exactly invalid rates and the times that the greatest count does not reach"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const auto rate = any_rate<Multiplier>(in);
    const u64 time = in.template any<u64>("time");
    const auto ticks = time_to_ticks(time, rate);
    if (!is_valid(rate)) {
      in.require(!ticks.has_value());
      return in.require((ticks.error() == clock_error::bad_multiplier) == (rate.mul == 0));
    }
    const auto latest = ticks_to_time(greatest_ticks(rate), rate);
    in.require(latest.has_value());
    in.require(flag(ticks.has_value()) == (time <= *latest));
    if (!ticks) in.require(ticks.error() == clock_error::out_of_range);
  }
};

template <class Multiplier> struct scale_frequency_nearest {
  static constexpr law_info info{by_width<Multiplier>("scale.frequency.nearest", "scale.frequency.nearest.wide"),
                                 "the frequency is the integer nearest to the rational one, or does not fit"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const auto rate = any_rate<Multiplier>(in);
    const u32 units_per_second = in.template any<u32>("units_per_second");
    const auto frequency = frequency_hz(rate, units_per_second);
    if (!is_valid(rate)) {
      in.require(!frequency.has_value());
      return in.require((frequency.error() == clock_error::bad_multiplier) == (rate.mul == 0));
    }
    // frequency = units · 2^(F − shift) / mul; nearest: |2 · (frequency · mul − units · 2^(F − shift))| <= mul.
    const i32 places = i32(fraction_bits(rate)) - i32(rate.shift);
    const integer scaled = integer(units_per_second) * power_of_two(u32(places));
    const integer mul = integer(rate.mul);
    in.require(flag(frequency.has_value()) == (2 * scaled + mul < 2 * mul * power_of_two(64)));
    if (!frequency) return in.require(frequency.error() == clock_error::out_of_range);
    const integer difference = 2 * (integer(*frequency) * mul - scaled);
    in.require((-mul < difference) & (difference <= mul));
  }
};

}  // namespace guestclock::inline GUESTCLOCK_WORDS::laws
