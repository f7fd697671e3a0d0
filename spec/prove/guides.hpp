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
    guide.lemma((integer(whole) == sum) | (integer(whole) == sum + 1));
    const integer sum_product = integer(one) * mul + integer(other) * mul;
    guide.lemma((integer(whole) * mul == sum_product) | (integer(whole) * mul == sum_product + mul));
    product_is_exact(guide, one, rate.mul);
    product_is_exact(guide, other, rate.mul);
    product_is_exact(guide, whole, rate.mul);
  }
};

}  // namespace guestclock::inline symbolic
