// SPDX-License-Identifier: BSL-1.0
/// \file spec/prove/guides/scale.hpp
/// Guides for the laws of spec/laws/scale.hpp.
#pragma once

#include "../prover_inputs.hpp"

#include "../../laws/all.hpp"

namespace guestclock::inline symbolic {

/// The product as one quotient, which the words compute in two parts.
template <class Multiplier> integer product_is_exact(guide_inputs& guide, u64 shifted, Multiplier mul) {
  const integer exact_product = integer(shifted) * integer(mul);
  const integer scaled = floor_div(exact_product, power_of_two(std::same_as<Multiplier, u64> ? 64 : 32));
  guide.lemma(integer(scale_product(shifted, mul)) == scaled);
  return scaled;
}

template <class Multiplier> basic_tick_rate<Multiplier> drawn_rate(guide_inputs& guide) {
  return {guide.drawn<Multiplier>("mul"), guide.drawn<i8>("shift")};
}

/// Shifted ticks add up but for one; so do products.
template <class Multiplier>
void times_add_up(guide_inputs& guide, u64 first, u64 second, basic_tick_rate<Multiplier> rate) {
  const auto one_shifted = shift_ticks(first, rate.shift);
  const auto other_shifted = shift_ticks(second, rate.shift);
  const auto whole_shifted = shift_ticks(first + second, rate.shift);
  if (!one_shifted.has_value() || !other_shifted.has_value() || !whole_shifted.has_value()) return;
  const u64 one = *one_shifted;
  const u64 other = *other_shifted;
  const u64 whole = *whole_shifted;
  const integer mul = rate.mul;
  const integer sum = integer(one) + integer(other);
  const integer sum_product = integer(one) * mul + integer(other) * mul;
  guide.lemma((integer(whole) == sum) | (integer(whole) == sum + 1));
  if (integer(whole) == sum) {
    guide.lemma(integer(whole) * mul == sum * mul);
    guide.lemma(integer(whole) * mul == sum_product);
  } else {
    guide.lemma(integer(whole) * mul == (sum + 1) * mul);
    guide.lemma(integer(whole) * mul == sum_product + mul);
  }
  product_is_exact(guide, one, rate.mul);
  product_is_exact(guide, other, rate.mul);
  product_is_exact(guide, whole, rate.mul);
}

template <class Multiplier> struct guide<laws::scale_ticks_additive<Multiplier>> {
  static void run(guide_inputs& guide) {
    const auto rate = drawn_rate<Multiplier>(guide);
    times_add_up(guide, guide.drawn<u64>("first"), guide.drawn<u64>("second"), rate);
  }
};

/// What the division in time_to_ticks means: the least number of shifted ticks whose product reaches the time.
template <class Multiplier> u64 least_shifted_ticks(guide_inputs& guide, u64 time, basic_tick_rate<Multiplier> rate) {
  const bool is_wide = std::same_as<Multiplier, u64>;
  const u64 mul = u64(rate.mul);
  const wide scaled = is_wide ? wide{time, 0} : wide{u64(high32(time)), u64(low32(time)) << 32};
  const integer target = integer(time) * power_of_two(is_wide ? 64 : 32);
  guide.lemma(integer(scaled.high) * power_of_two(64) + integer(scaled.low) == target);
  const division exact_division = full_quotient(scaled, mul);
  guide.lemma(integer(exact_division.quotient) * integer(mul) + integer(exact_division.remainder) == target);
  guide.lemma(exact_division.remainder < mul);
  const u64 least = exact_division.quotient + one_if(exact_division.remainder != 0);
  guide.lemma(target <= integer(least) * integer(mul));
  guide.lemma(integer(least) * integer(mul) < target + integer(mul));
  return least;
}

template <class Multiplier> struct guide<laws::scale_inverse_least<Multiplier>> {
  static void run(guide_inputs& guide) {
    const auto rate = drawn_rate<Multiplier>(guide);
    const u64 time = guide.drawn<u64>("time");
    const auto ticks = time_to_ticks(time, rate);
    if (!ticks.has_value()) return;
    const integer least = integer(least_shifted_ticks(guide, time, rate));
    const integer mul = rate.mul;
    const integer target = integer(time) * power_of_two(std::same_as<Multiplier, u64> ? 64 : 32);
    const auto shifted = shift_ticks(*ticks, rate.shift);
    if (!shifted.has_value()) return;
    guide.lemma(least <= integer(*shifted));
    guide.lemma(least * mul <= integer(*shifted) * mul);
    guide.lemma(target <= integer(*shifted) * mul);
    product_is_exact(guide, *shifted, rate.mul);
    if (*ticks == 0) return;
    const auto before = shift_ticks(*ticks - 1, rate.shift);
    if (!before.has_value()) return;
    guide.lemma(integer(*before) < least);
    guide.lemma(integer(*before) * mul + mul <= least * mul);
    guide.lemma(integer(*before) * mul < target);
    product_is_exact(guide, *before, rate.mul);
  }
};

template <class Multiplier> struct guide<laws::scale_inverse_accepts<Multiplier>> {
  static void run(guide_inputs& guide) {
    const auto rate = drawn_rate<Multiplier>(guide);
    const u64 time = guide.drawn<u64>("time");
    if (!laws::is_valid(rate)) return;
    const auto greatest = shift_ticks(laws::greatest_ticks(rate), rate.shift);
    if (!greatest.has_value()) return;
    const integer mul = rate.mul;
    const integer scaled = product_is_exact(guide, *greatest, rate.mul);
    const integer one = power_of_two(std::same_as<Multiplier, u64> ? 64 : 32);
    const integer target = integer(time) * one;
    // time <= scaled  is  target <= greatest * mul
    guide.lemma((integer(time) <= scaled) == (target <= integer(*greatest) * mul));
    const u64 high = std::same_as<Multiplier, u64> ? time : u64(high32(time));
    if (high >= u64(rate.mul)) {
      guide.lemma(target >= mul * power_of_two(64));
      return;
    }
    const u64 quotient = full_quotient(std::same_as<Multiplier, u64> ? wide{time, 0} : wide{u64(high32(time)), u64(low32(time)) << 32}, u64(rate.mul)).quotient;
    if (quotient == max_of<u64>) return;
    const integer least = integer(least_shifted_ticks(guide, time, rate));
    guide.lemma((least <= integer(*greatest)) == (target <= integer(*greatest) * mul));
  }
};

/// The quotient's product with the multiplier, and that of the one rounded up.
template <class Multiplier> struct guide<laws::scale_frequency_nearest<Multiplier>> {
  static constexpr const char* after = "units_per_second";
  static void run(guide_inputs& guide) {
    const auto rate = drawn_rate<Multiplier>(guide);
    const u64 units = u64(guide.drawn<u32>("units_per_second"));
    if (!laws::is_valid(rate)) return;
    const u64 mul = u64(rate.mul);
    const u32 places = u32(i32(fraction_bits(rate)) - i32(rate.shift));
    const wide scaled = places >= 64 ? wide{units << (places - 64), 0}
                                     : wide{units >> (64 - places), wrapping_shift_left(units, places)};
    const integer exact = integer(units) * power_of_two(places);
    guide.lemma(integer(scaled.high) * power_of_two(64) + integer(scaled.low) == exact);
    if (scaled.high >= mul) return;
    const division divided = full_quotient(scaled, mul);
    const integer product = integer(divided.quotient) * integer(mul);
    guide.lemma(product + integer(divided.remainder) == exact);
    guide.lemma(divided.remainder < mul);
    // Rounded up, it fits: the dividend is a multiple of 2^places, and below 2^(32 + places).
    const integer most = power_of_two(64) - 1;
    const integer whole = integer(mul) * power_of_two(64);
    guide.lemma(places > 64 ? exact < whole : exact <= whole - power_of_two(places));
    guide.lemma((integer(divided.quotient) < most) | (integer(mul) * most <= product));
    guide.lemma(integer(divided.quotient) < most);
    const flag round_up = divided.remainder >= mul - divided.remainder;
    const integer frequency = integer(divided.quotient) + integer(one_if(round_up));
    guide.lemma((round_up & (frequency * integer(mul) == product + integer(mul))) |
                (!round_up & (frequency * integer(mul) == product)));
  }
};

}  // namespace guestclock::inline symbolic
