// SPDX-License-Identifier: BSL-1.0
/// \file spec/prove/guides/civil.hpp
/// Guides for the laws of spec/laws/civil.hpp.
#pragma once

#include "../prover_inputs.hpp"

#include "../../laws/all.hpp"

namespace guestclock::inline symbolic {

/// Each multiplication and shift is the division that it replaces; what is left is small whole numbers.
template <> struct guide<laws::civil_days_bijection> {
  static void run(guide_inputs& guide) {
    const integer days = integer(guide.drawn<i64>("days"));
    const integer one = power_of_two(64);
    const integer reversed = 784'352'289'789 - days;
    const integer centuries = floor_div(reversed * integer(505'054'698'555'331), one);
    guide.lemma(centuries == floor_div(4 * reversed - 1, 146'097));
    const integer julian = reversed + centuries - floor_div(centuries, 4);
    guide.lemma((19'000 < julian) & (julian < 1'600'000'000'000));
    const integer scaled = julian * integer(50'504'432'782'230'121);
    const integer years = floor_div(scaled, one);
    guide.lemma(years == floor_div(4 * julian, 1'461));
    const integer rest = floor_mod(4 * julian, 1'461);  // of the year, backwards, four for a day
    const integer low = floor_mod(scaled, one);
    guide.lemma(1'461 * low == one * rest + 317 * julian);
    const integer part = floor_div(low * 782'432, one);
    guide.lemma((1'461 * part <= 782'432 * rest + 30) & (782'432 * rest < 1'461 * part + 1'461));
    const integer year = 2'147'485'599 - years;
    const integer of_four = floor_mod(year, 4);
    const integer back = floor_div(rest, 4);            // days to the year's end
    guide.lemma(floor_mod(rest, 4) == floor_mod(of_four + 1, 4));
    const integer last = of_four == 3 ? integer(365) : integer(364);
    guide.lemma(back <= last);
    guide.lemma(days == 365 * year + floor_div(year, 4) - floor_div(year, 100) + floor_div(year, 400) + (last - back) - 719'468);
  }
};

}  // namespace guestclock::inline symbolic
