// SPDX-License-Identifier: BSL-1.0
/// \file spec/prove/guides.hpp
/// What only the prover needs to know. Each lemma is proved before it is relied on.
#pragma once

#include "prover_inputs.hpp"

#include "../laws/all.hpp"

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
template <class Multiplier> struct guide<laws::scale_ticks_additive<Multiplier>> {
  static void run(guide_inputs& guide) {
    const auto rate = drawn_rate<Multiplier>(guide);
    const u64 first = guide.drawn<u64>("first");
    const u64 second = guide.drawn<u64>("second");
    const u64 one = *shift_ticks(first, rate.shift);
    const u64 other = *shift_ticks(second, rate.shift);
    const u64 whole = *shift_ticks(first + second, rate.shift);
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

/// What tick_rate_for divides for KVM, and by what.
struct kvm_division {
  integer whole;    ///< the frequency, normalised
  integer counted;  ///< what KVM keeps of it
  integer dividend, quotient;
  u32 places;
};
inline kvm_division division_of_kvm(u64 frequency_hz) {
  const u64 whole = frequency_hz << leading_zeros(frequency_hz);
  const u64 counted = kept_by_kvm(whole);
  const u64 second = u64(nanoseconds_per_second);
  const u32 places = counted > second << 34 ? u32(34) : u32(33);
  const wide dividend{second << (places - 32), 0};
  return {whole, counted, integer(dividend.high) * power_of_two(64), full_quotient(dividend, counted).quotient, places};
}

/// The divisor is the one of KVM's search, scaled by a power of two, which the quotient does not notice.
template <> struct guide<laws::publisher_kvm_formula> {
  static void run(guide_inputs& guide) {
    const u64 frequency = guide.drawn<u64>("frequency_hz");
    const auto [base, shift] = laws::search_as_kvm(integer(frequency));
    if (shift < -tick_shift_max) return;
    const kvm_division of = division_of_kvm(frequency);
    const integer scale = power_of_two(of.places);
    guide.lemma(of.counted == base * scale);
    guide.lemma(of.quotient * of.counted <= of.dividend);
    guide.lemma(of.dividend < of.quotient * of.counted + of.counted);
    guide.lemma(of.quotient * of.counted == of.quotient * base * scale);
    guide.lemma(of.quotient * base <= integer(nanoseconds_per_second) * power_of_two(32));
    guide.lemma(integer(nanoseconds_per_second) * power_of_two(32) < of.quotient * base + base);
  }
};

/// What KVM cuts off is less than 10^-9 of what it keeps; a multiplier does not change that.
template <> struct guide<laws::publisher_kvm_error> {
  static void run(guide_inputs& guide) {
    const auto [whole, counted, dividend, quotient, places] = division_of_kvm(guide.drawn<u64>("frequency_hz"));
    const integer cut = whole - counted;
    guide.lemma((0 <= cut) & (cut * integer(nanoseconds_per_second) < counted));
    guide.lemma(power_of_two(31) <= quotient);
    guide.lemma(quotient * counted <= dividend);
    guide.lemma(dividend < quotient * counted + counted);
    guide.lemma(power_of_two(31) * counted <= quotient * counted);
    guide.lemma(0 <= quotient * cut);
    guide.lemma(quotient * (cut * integer(nanoseconds_per_second)) < quotient * counted);
    guide.lemma(quotient * whole == quotient * counted + quotient * cut);
  }
};

}  // namespace guestclock::inline symbolic
