// SPDX-License-Identifier: BSL-1.0
/// \file spec/prove/guides/civil.hpp
/// Guides for the laws of spec/laws/civil.hpp.
#pragma once

#include "../prover_inputs.hpp"

#include "../../laws/all.hpp"

namespace guestclock::inline symbolic {

/// The remainders that tell a leap year are those of the year itself; the code takes others.
inline void leap_year_is_by_rule(guide_inputs& guide, i64 year) {
  const integer whole = integer(year);
  const u64 bits = as_unsigned(year);
  const u64 shifted = wrapping_add(bits, u64(1) << 63);
  guide.lemma(integer(shifted) == whole + power_of_two(63));
  guide.lemma((shifted % 25 == 8) == (floor_mod(whole, 25) == 0));
  guide.lemma((integer(bits) == whole) | (integer(bits) == whole + power_of_two(64)));
  guide.lemma(integer(bits & 15) == floor_mod(whole, 16));
  guide.lemma(integer(bits & 3) == floor_mod(whole, 4));
  const integer of_era = floor_mod(whole, 400);
  const integer of_century = floor_mod(whole, 100);
  guide.lemma(floor_mod(whole, 25) == floor_mod(of_era, 25));
  guide.lemma(floor_mod(whole, 16) == floor_mod(of_era, 16));
  guide.lemma(floor_mod(whole, 4) == floor_mod(of_era, 4));
  guide.lemma(of_century == floor_mod(of_era, 100));
  guide.lemma((of_century == 0) == ((floor_mod(of_era, 25) == 0) & (floor_mod(of_era, 4) == 0)));
  guide.lemma((of_era == 0) == ((floor_mod(of_era, 25) == 0) & (floor_mod(of_era, 16) == 0)));
  guide.lemma(is_leap_year(year) == laws::leap_by_rule(whole));
}
template <> struct guide<laws::civil_leap_rule> {
  static void run(guide_inputs& guide) { leap_year_is_by_rule(guide, guide.drawn<i64>("year")); }
};
template <> struct guide<laws::civil_month_length> {
  static void run(guide_inputs& guide) { leap_year_is_by_rule(guide, guide.drawn<i64>("year")); }
};

/// What is at most one year's step of the rule's terms.
inline void years_step(guide_inputs& guide, const integer& year) {
  for (const int period : {4, 100, 400})
    guide.lemma(floor_div(year, period) - floor_div(year - 1, period) == integer(one_if(floor_mod(year, period) == 0)));
}

/// The code's sum for a date's day is the rule's, from the era far back and from the first of January.
inline void days_are_by_rule(guide_inputs& guide, const civil_date& date) {
  leap_year_is_by_rule(guide, date.year);
  const flag is_early = date.month <= 2;
  const u64 years = u64(date.year + civil_year_shift) - one_if(is_early);
  const integer march_year = integer(date.year) - (is_early ? integer(1) : integer(0));
  const integer code = integer(years);
  guide.lemma(code == march_year + 2'147'485'600);
  guide.lemma(floor_div(1'461 * code, 4) == 365 * code + floor_div(code, 4));
  guide.lemma(floor_div(code, 4) == floor_div(march_year, 4) + 536'871'400);
  guide.lemma(floor_div(code, 100) == floor_div(march_year, 100) + 21'474'856);
  guide.lemma(floor_div(floor_div(code, 100), 4) == floor_div(march_year, 400) + 5'368'714);
  guide.lemma(integer(days_of_valid(date)) == laws::days_by_rule(date));
}
inline void days_follow_the_new_year(guide_inputs& guide, const civil_date& date) {
  days_are_by_rule(guide, date);
  years_step(guide, integer(date.year));
  guide.lemma(laws::days_by_rule(date) == laws::new_year_by_rule(integer(date.year)) + integer(day_of_year(date)) - 1);
}
/// Years are as long as their days.
inline void new_years_step(guide_inputs& guide, const integer& year) {
  years_step(guide, year);
  for (const int period : {4, 100, 400}) guide.lemma(floor_div(year + 1 - 1, period) == floor_div(year, period));
  guide.lemma(laws::new_year_by_rule(year + 1) ==
              laws::new_year_by_rule(year) + 365 + integer(one_if(laws::leap_by_rule(year))));
}

template <> struct guide<laws::civil_days_formula> {
  static void run(guide_inputs& guide) {
    days_are_by_rule(guide, {guide.drawn<i64>("year"), guide.drawn<u32>("month"), guide.drawn<u32>("day")});
  }
};

template <> struct guide<laws::civil_year_day_position> {
  static void run(guide_inputs& guide) {
    const civil_date date{guide.drawn<i64>("year"), guide.drawn<u32>("month"), guide.drawn<u32>("day")};
    leap_year_is_by_rule(guide, date.year);
    years_step(guide, integer(date.year));
  }
};

template <> struct guide<laws::civil_iso_thursday> {
  static constexpr const char* after = "weekday";
  static void run(guide_inputs& guide) {
    const i64 year = guide.drawn<i64>("year");
    const u32 number = guide.drawn<u32>("number");
    const u32 weekday = guide.drawn<u32>("weekday");
    if (number + 3 <= weekday) {
      leap_year_is_by_rule(guide, year - 1);
      new_years_step(guide, integer(year) - 1);
      guide.lemma(laws::new_year_by_rule(integer(year - 1) + 1) == laws::new_year_by_rule(integer(year)));
    } else {
      leap_year_is_by_rule(guide, year);
      new_years_step(guide, integer(year));
      if (number + 3 - weekday > days_in_year(year)) new_years_step(guide, integer(year) + 1);
    }
  }
};

inline void weekday_is_by_rule(guide_inputs& guide, i64 days) {
  const u64 shifted = wrapping_add(as_unsigned(days), u64(1) << 63);
  guide.lemma(integer(shifted) == integer(days) + power_of_two(63));
  guide.lemma(integer(shifted % 7) == floor_mod(integer(days) + 1, 7));
  guide.lemma(integer(weekday_number(days)) == laws::weekday_by_rule(integer(days)));
}

template <> struct guide<laws::civil_iso_from> {
  static constexpr const char* after = "day";
  static void run(guide_inputs& guide) {
    const i64 year = guide.drawn<i64>("year");
    if ((year < civil_year_min - 1) | (year > civil_year_max + 1)) return;
    leap_year_is_by_rule(guide, year);
    const integer code = integer(u64(year + civil_years_shift_back));
    const integer before = integer(year) - 1;
    guide.lemma(code == before + 2'147'485'600);
    guide.lemma(floor_div(code, 4) == floor_div(before, 4) + 536'871'400);
    guide.lemma(floor_div(code, 100) == floor_div(before, 100) + 21'474'856);
    guide.lemma(floor_div(floor_div(code, 100), 4) == floor_div(before, 400) + 5'368'714);
    guide.lemma(integer(new_year_of(year)) == laws::new_year_by_rule(integer(year)));
    new_years_step(guide, integer(year));
    weekday_is_by_rule(guide, new_year_of(year));
    const integer first = laws::new_year_by_rule(integer(year));
    guide.lemma(floor_mod(-first, 7) == floor_mod(3 - laws::weekday_by_rule(integer(new_year_of(year))), 7));
  }
};

/// Each multiplication and shift is the division that it replaces; what is left is small whole numbers.
template <> struct guide<laws::civil_days_bijection> {
  static constexpr const char* after = "days";
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
    guide.lemma(days ==
                365 * year + floor_div(year, 4) - floor_div(year, 100) + floor_div(year, 400) + forth - 719'468);

    // Months and days, out of the fraction of the year.
    const integer low = floor_mod(scaled, one);
    guide.lemma(1'461 * low == one * rest + 317 * julian);
    const integer part = floor_div(low * 782'432, one);
    guide.lemma((1'461 * part <= 782'432 * rest + 30) & (782'432 * rest < 1'461 * part + 1'461));
    const integer forward = 1'175'936 - part - floor_mod(years, 4) * 512;
    const integer early = floor_div(forward, 1'048'576);
    const flag is_early = forward >= 1'048'576;
    guide.lemma(is_early == (306 <= forth));
    guide.lemma(early == (is_early ? integer(1) : integer(0)));
    const integer number_and_three = floor_div(forward, 65'536);
    const integer month = number_and_three - 12 * early - 3;
    guide.lemma(month == (is_early ? number_and_three - 15 : number_and_three - 3));
    const integer day = floor_div(floor_mod(forward, 65'536) * 62'719, 134'217'728) + 1;
    guide.lemma(day == floor_div(floor_mod(forward, 65'536), 2'140) + 1);
    const integer of_march = month + (is_early ? integer(9) : integer(-3));
    constexpr int begins[] = {0, 31, 61, 92, 122, 153, 184, 214, 245, 275, 306, 337, 366};
    for (int number = is_early ? 10 : 0; number < (is_early ? 12 : 10); ++number) {
      const flag is_other = (forth < begins[number]) | (begins[number + 1] <= forth);
      const integer least = 65'536 * (number + 6) + 2'140 * (forth - begins[number]);
      guide.lemma(is_other | ((least <= forward) & (forward < least + 2'140)));
      guide.lemma(is_other | ((of_march == number) & (day == forth - begins[number] + 1)));
    }
    guide.lemma(floor_div(153 * of_march + 2, 5) + day == forth + 1);

    // The year of March, as the rule has it.
    const integer civil_year = year + early;
    guide.lemma(civil_year == (is_early ? year + 1 : year));
    const integer march_year = is_early ? civil_year - 1 : civil_year;
    guide.lemma(march_year == year);
    guide.lemma((month <= 2) == is_early);
    for (const int period : {4, 100, 400}) guide.lemma(floor_div(march_year, period) == floor_div(year, period));
  }
};

/// The same for the form in 32 bits, whose years and days run forwards.
inline void batch_date_is_by_rule(guide_inputs& guide, const integer& days) {
  const integer shifted = days + 536'018'876;
  const integer centuries = floor_div(4 * shifted + 3, 146'097);
  const integer eras = floor_div(centuries, 4);
  const integer julian = shifted + centuries - eras;
  const integer years = floor_div(4 * julian + 3, 1'461);
  const integer since_century = floor_mod(4 * shifted + 3, 146'097) + floor_mod(centuries, 4);
  guide.lemma(4 * julian + 3 == 146'100 * centuries + since_century);
  guide.lemma((0 <= since_century) & (since_century <= 146'099));
  guide.lemma((100 * centuries <= years) & (years < 100 * centuries + 100));
  guide.lemma((floor_div(years, 100) == centuries) & (floor_div(years, 400) == eras));
  const integer forth = julian - floor_div(1'461 * years, 4);
  guide.lemma(floor_div(1'461 * years, 4) == 365 * years + floor_div(years, 4));
  guide.lemma((0 <= forth) & (forth <= 364 + integer(one_if(floor_mod(years, 4) == 3))));
  guide.lemma(days == 365 * years + floor_div(years, 4) - centuries + eras + forth - 536'018'876);

  const integer month_and_day = 2'141 * forth + 197'913;
  const flag is_early = month_and_day >= 851'968;
  guide.lemma(is_early == (306 <= forth));
  const integer early = is_early ? integer(1) : integer(0);
  const integer month = floor_div(month_and_day, 65'536);
  const integer day = floor_div(floor_mod(month_and_day, 65'536) * 62'690, 134'217'728) + 1;
  guide.lemma(day == floor_div(floor_mod(month_and_day, 65'536), 2'141) + 1);
  const integer of_march = month - 12 * early + (is_early ? integer(9) : integer(-3));
  constexpr int begins[] = {0, 31, 61, 92, 122, 153, 184, 214, 245, 275, 306, 337, 366};
  for (int number = is_early ? 10 : 0; number < (is_early ? 12 : 10); ++number) {
    const flag is_other = (forth < begins[number]) | (begins[number + 1] <= forth);
    guide.lemma(is_other | ((of_march == number) & (day == forth - begins[number] + 1)));
  }
  guide.lemma(floor_div(153 * of_march + 2, 5) + day == forth + 1);
  const integer civil_year = years + early - 1'465'600;
  const integer march_year = is_early ? civil_year - 1 : civil_year;
  guide.lemma(march_year == years - 1'465'600);
  guide.lemma(floor_div(march_year, 4) == floor_div(years, 4) - 366'400);
  guide.lemma(floor_div(march_year, 100) == floor_div(years, 100) - 14'656);
  guide.lemma(floor_div(march_year, 400) == floor_div(years, 400) - 3'664);
}
template <> struct guide<laws::civil_batch_bijection> {
  static constexpr const char* after = "days";
  static void run(guide_inputs& guide) { batch_date_is_by_rule(guide, integer(guide.drawn<i32>("days"))); }
};
template <> struct guide<laws::civil_batch_centuries> {
  static constexpr const char* after = "beside";
  static void run(guide_inputs& guide) {
    batch_date_is_by_rule(guide, integer(laws::batch_day_beside(guide.drawn<i32>("era"), guide.drawn<i32>("century"),
                                                                guide.drawn<i32>("beside"))));
  }
};

}  // namespace guestclock::inline symbolic
