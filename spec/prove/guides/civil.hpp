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
    const integer eras = floor_div(centuries, 4);
    const integer julian = reversed + centuries - eras;
    guide.lemma((19'000 < julian) & (julian < 1'600'000'000'000));
    const integer scaled = julian * integer(50'504'432'782'230'121);
    const integer years = floor_div(scaled, one);
    guide.lemma(years == floor_div(4 * julian, 1'461));

    // Years, counted backwards, change with their centuries and eras, but for one day that the calendar has twice less.
    const integer since_century = floor_mod(4 * reversed - 1, 146'097) + floor_mod(centuries, 4) + 1;
    guide.lemma(4 * julian == 146'100 * centuries + since_century);
    guide.lemma((1 <= since_century) & (since_century <= 146'100));
    guide.lemma((100 * centuries <= years) & (years <= 100 * centuries + 100));
    guide.lemma((years < 100 * centuries + 100) | (centuries == 4 * eras + 3));
    const integer year = 2'147'485'599 - years;
    guide.lemma(floor_div(year, 100) - floor_div(year, 400) == 4 * 5'368'714 - 5'368'714 - centuries + eras);

    // The day of the year, backwards and forwards from March.
    const integer rest = floor_mod(4 * julian, 1'461);  // four for a day
    const integer of_four = floor_mod(year, 4);
    const integer back = floor_div(rest, 4);
    guide.lemma(of_four == 3 - floor_mod(years, 4));
    guide.lemma(rest == 4 * (julian - 365 * years - floor_div(years, 4) - 1) + 4 - floor_mod(years, 4));
    guide.lemma(floor_mod(rest, 4) == floor_mod(of_four + 1, 4));
    guide.lemma(rest == 4 * back + floor_mod(of_four + 1, 4));
    const integer last = of_four == 3 ? integer(365) : integer(364);
    const integer forth = last - back;
    guide.lemma((0 <= forth) & (0 <= back));
    guide.lemma(days == 365 * year + floor_div(year, 4) - floor_div(year, 100) + floor_div(year, 400) + forth - 719'468);

    // Months and days, out of the fraction of the year.
    const integer low = floor_mod(scaled, one);
    guide.lemma(1'461 * low == one * rest + 317 * julian);
    const integer half = power_of_two(32);
    const integer high = floor_div(low, half);
    guide.lemma((1'461 * high <= half * rest + 118'500) & (half * rest < 1'461 * high + 1'461));
    const integer part = floor_div(high * 782'432, half);
    guide.lemma((1'461 * part <= 782'432 * rest + 30) & (782'432 * rest < 1'461 * part + 1'463));
    const flag is_early = part < 126'464;
    guide.lemma(is_early == (306 <= forth));
    const integer forward = (is_early ? integer(192'896) : integer(979'328)) - floor_mod(years, 4) * 512 - part;
    const integer month = floor_div(forward, 65'536);
    const integer day = floor_div(floor_mod(forward, 65'536) * 62'719, 134'217'728) + 1;
    guide.lemma(day == floor_div(floor_mod(forward, 65'536), 2'140) + 1);
    const integer of_march = month + (is_early ? integer(9) : integer(-3));
    constexpr int begins[] = {0, 31, 61, 92, 122, 153, 184, 214, 245, 275, 306, 337, 366};
    for (int number = is_early ? 10 : 0; number < (is_early ? 12 : 10); ++number) {
      const flag is_other = (forth < begins[number]) | (begins[number + 1] <= forth);
      const integer least = 65'536 * (number < 10 ? number + 3 : number - 9) + 2'140 * (forth - begins[number]);
      guide.lemma(is_other | ((least <= forward) & (forward < least + 2'140)));
      guide.lemma(is_other | ((of_march == number) & (day == forth - begins[number] + 1)));
    }
    guide.lemma(floor_div(153 * of_march + 2, 5) + day == forth + 1);

    // The year of March, as the rule has it.
    const integer civil_year = year + integer(one_if(is_early));
    const integer march_year = is_early ? civil_year - 1 : civil_year;
    guide.lemma(march_year == year);
    for (const int period : {4, 100, 400}) guide.lemma(floor_div(march_year, period) == floor_div(year, period));
  }
};

}  // namespace guestclock::inline symbolic
