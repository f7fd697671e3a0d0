// SPDX-License-Identifier: BSL-1.0
/// \file spec/prove/guides/date_time.hpp
/// Guides for the laws of spec/laws/date_time.hpp.
#pragma once

#include "../prover_inputs.hpp"

#include "../../laws/all.hpp"

namespace guestclock::inline symbolic {

inline carried carried_exactly(guide_inputs& guide, i64 value, std::uint64_t unit) {
  const carried parts = carry_over(value, unit);
  const integer whole = integer(unit);
  guide.lemma(integer(wrapping_add(as_unsigned(value), u64(1) << 63)) == integer(value) + power_of_two(63));
  guide.lemma(integer(parts.carry) * whole + integer(parts.rest) == integer(value));
  guide.lemma((-whole < integer(parts.rest)) & (integer(parts.rest) < whole));
  return parts;
}

/// The time of day is made of fractions of an hour and of a minute, that are a little too large.
template <> struct guide<laws::date_time_from_exact> {
  static void run(guide_inputs& guide) {
    const i32 offset = guide.drawn<i32>("utc_offset_seconds");
    const checked<i64> local = checked_add(guide.drawn<i64>("seconds"), i64(offset));
    if (!local.fits) return;
    const auto parts = split_seconds_in_range(local.value);
    if (!parts) return;
    const integer second = integer(parts->second);
    const integer fraction = power_of_two(32);
    const integer hour = floor_div(second, 3'600), of_hour = floor_mod(second, 3'600);
    const integer minute = floor_div(of_hour, 60), of_minute = floor_mod(of_hour, 60);
    const integer of_an_hour = second * 1'193'047;  // 3600 times as much is 2^32 and 1904
    guide.lemma(of_an_hour == fraction * hour + (1'904 * hour + 1'193'047 * of_hour));
    guide.lemma((0 <= hour) & (hour <= 23) & (0 <= of_hour) & (of_hour <= 3'599));
    guide.lemma(floor_div(of_an_hour, fraction) == hour);
    guide.lemma(floor_mod(of_an_hour, fraction) == 1'904 * hour + 1'193'047 * of_hour);
    const integer of_a_minute = floor_mod(of_an_hour, fraction) * 15;  // 240 times as much is 2^32 and 1904
    const integer quarter = power_of_two(30);
    guide.lemma(of_a_minute == quarter * minute + (28'560 * hour + 476 * minute + 17'895'705 * of_minute));
    guide.lemma((0 <= minute) & (minute <= 59) & (0 <= of_minute) & (of_minute <= 59));
    guide.lemma(floor_div(of_a_minute, quarter) == minute);
    guide.lemma(floor_mod(of_a_minute, quarter) == 28'560 * hour + 476 * minute + 17'895'705 * of_minute);
    const integer of_a_second = floor_mod(of_a_minute, quarter) * 15;
    guide.lemma(floor_div(of_a_second, power_of_two(28)) == of_minute);
    guide.lemma(second == 3'600 * hour + 60 * minute + of_minute);
  }
};

/// Each sum of the code is the rule's, less whole eras or whole days.
template <> struct guide<laws::date_time_normalise_exact> {
  static constexpr const char* after = "nanosecond";
  static void run(guide_inputs& guide) {
    const i64 month_field = guide.drawn<i64>("month");
    const i64 nanosecond_field = guide.drawn<i64>("nanosecond");
    const carried year = carried_exactly(guide, guide.drawn<i64>("year"), 400);
    const carried month = carried_exactly(guide, month_field, 4'800);
    const carried day = carried_exactly(guide, guide.drawn<i64>("day"), 146'097);
    const carried hour = carried_exactly(guide, guide.drawn<i64>("hour"), 24);
    const carried minute = carried_exactly(guide, guide.drawn<i64>("minute"), 1'440);
    const carried second = carried_exactly(guide, guide.drawn<i64>("second"), 86'400);
    const carried nanosecond = carried_exactly(guide, nanosecond_field, 1'000'000'000);
    const carried days = carried_exactly(guide, hour.carry + minute.carry + second.carry, 146'097);

    // Months and years: of an era, and eras.
    const u64 months = u64(year.rest * 12 + month.rest + 9'599);
    const integer of_era = integer(months / 12);
    const integer civil_month = floor_mod(integer(month_field) - 1, 12) + 1;
    const integer month_years = floor_div(integer(month_field) - 1, 12);
    guide.lemma(month_years == 400 * integer(month.carry) + of_era - integer(year.rest) - 800);
    guide.lemma(civil_month == integer(months % 12) + 1);
    const integer eras = integer(year.carry) + integer(month.carry) - 2;
    const integer civil_year = integer(guide.drawn<i64>("year")) + month_years;
    guide.lemma(civil_year == 400 * eras + of_era);
    guide.lemma((0 <= of_era) & (of_era < 1'600));
    const flag is_early = civil_month <= 2;
    const integer march_year = is_early ? civil_year - 1 : civil_year;
    const civil_date first{i64(months / 12), u32(months % 12) + 1, u32(1)};
    const integer code = integer(u64(first.year + civil_year_shift) - one_if(first.month <= 2));
    guide.lemma(code == march_year - 400 * eras + 2'147'485'600);
    guide.lemma(floor_div(1'461 * code, 4) == 365 * code + floor_div(code, 4));
    guide.lemma(floor_div(march_year, 4) == 100 * eras + floor_div(code, 4) - 536'871'400);
    guide.lemma(floor_div(march_year, 100) == 4 * eras + floor_div(code, 100) - 21'474'856);
    guide.lemma(floor_div(march_year, 400) == eras + floor_div(floor_div(code, 100), 4) - 5'368'714);
    const integer begin = laws::month_begin_by_rule(civil_year, civil_month);
    const integer first_day = integer(days_of_valid(first));
    guide.lemma(begin == 146'097 * eras + first_day);
    guide.lemma((-800'000 < first_day) & (first_day < 0));

    // Seconds: of a few days, and days.
    const u64 nanoseconds = u64(nanosecond.rest + 1'000'000'000);
    const integer whole = floor_div(integer(nanosecond_field), 1'000'000'000);
    guide.lemma(whole == integer(nanosecond.carry) - 1 + integer(nanoseconds / 1'000'000'000));
    guide.lemma(floor_mod(integer(nanosecond_field), 1'000'000'000) == integer(nanoseconds % 1'000'000'000));
    const i64 small =
        hour.rest * 3'600 + minute.rest * 60 + second.rest + nanosecond.carry - 1 + i64(nanoseconds / 1'000'000'000);
    guide.lemma((-10'000'000'000 < integer(small)) & (integer(small) < 10'000'000'000));
    const integer day_carry = integer(hour.carry + minute.carry + second.carry);
    const integer seconds = integer(guide.drawn<i64>("hour")) * 3'600 + integer(guide.drawn<i64>("minute")) * 60 +
                            integer(guide.drawn<i64>("second")) + whole;
    guide.lemma(seconds == 86'400 * day_carry + integer(small));
    const day_and_second parts = split_seconds(small);
    guide.lemma((integer(parts.day) * 86'400 + integer(parts.second) == integer(small)) & (parts.second < 86'400));
    guide.lemma((-120'000 < integer(parts.day)) & (integer(parts.day) < 120'000));
    guide.lemma(floor_div(seconds, 86'400) == day_carry + integer(parts.day));
    guide.lemma(floor_mod(seconds, 86'400) == integer(parts.second));

    const integer all_eras = eras + integer(day.carry) + integer(days.carry);
    const integer total = begin + integer(guide.drawn<i64>("day")) - 1 + floor_div(seconds, 86'400);
    guide.lemma(total ==
                146'097 * all_eras + first_day + integer(day.rest) - 1 + integer(days.rest) + integer(parts.day));
  }
};

}  // namespace guestclock::inline symbolic
