// SPDX-License-Identifier: BSL-1.0
/// \file spec/prove/guides/word.hpp
/// Guides for the laws of spec/laws/word.hpp.
#pragma once

#include "../prover_inputs.hpp"

#include "../../laws/all.hpp"

namespace guestclock::inline symbolic {

/// Both sides of a division times 2^places: the scaled remainder is a multiple of that.
template <> struct guide<laws::word_quotient_scaled> {
  static void run(guide_inputs& guide) {
    const u64 divisor = guide.drawn<u64>("divisor");
    const u64 high = guide.drawn<u64>("high");
    const u64 low = guide.drawn<u64>("low");
    const u32 places = leading_zeros(divisor);
    if (places == 0) return;
    const integer one = power_of_two(places);
    const integer value = integer(high) * power_of_two(64) + integer(low);
    const u64 scaled_high = (high << places) + (low >> (64 - places));
    const integer scaled = integer(scaled_high) * power_of_two(64) + integer(wrapping_shift_left(low, places));
    guide.lemma(scaled == value * one);
    const u64 by = divisor << places;
    const division exact = laws::exact_division(scaled, by);
    const integer product = integer(exact.quotient) * integer(divisor);
    guide.lemma(integer(exact.quotient) * integer(by) + integer(exact.remainder) == scaled);
    guide.lemma(integer(exact.quotient) * integer(by) == product * one);
    guide.lemma(integer(exact.remainder) == (value - product) * one);
  }
};

}  // namespace guestclock::inline symbolic
