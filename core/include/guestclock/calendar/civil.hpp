// SPDX-License-Identifier: BSL-1.0
/// \file guestclock/calendar/civil.hpp
/// Days and civil dates: the proleptic Gregorian calendar, a bijection over its whole range.
///
/// A day is counted from 1970-01-01, which is day 0. Years are astronomical: year 0 is there, and before it is −1. The
/// range is the years of a 32-bit integer and those that C's `struct tm` can hold (1900 and any `int`), together.
///
/// No division is left in either direction but by constants, and no table. Each multiplication and shift in place of a
/// division is proved to be that division over the whole range.
///
/// Source: ISO 8601-1, 4.2.1; Neri and Schneider, "Euclidean affine functions and their application to calendar
/// algorithms" (2022); B. Joffe, "A very fast 64-bit date algorithm" (2025).
#pragma once

#include <guestclock/result.hpp>
#include <guestclock/word.hpp>

namespace guestclock::inline GUESTCLOCK_WORDS {

inline constexpr std::int64_t civil_year_min = -2'147'483'648;  ///< the least 32-bit integer
inline constexpr std::int64_t civil_year_max = 2'147'485'547;   ///< 1900 and the greatest one
inline constexpr std::int64_t civil_days_min = -784'353'015'833;  ///< civil_year_min-01-01
inline constexpr std::int64_t civil_days_max = 784'352'270'736;   ///< civil_year_max-12-31

/// Where years and days are counted from, a whole number of eras of 400 years, or 146 097 days, away from year 0.
inline constexpr std::int64_t civil_year_shift = 2'147'485'600;
inline constexpr std::int64_t civil_days_shift = 784'353'728'727;  ///< from that year's March, less one day
inline constexpr std::int64_t civil_years_shift_back = 2'147'485'599;
inline constexpr std::int64_t civil_days_shift_back = 784'352'289'789;

/// A day of the calendar. Any numbers can stand here: `check` says whether they are a date.
struct civil_date {
  i64 year{};
  u32 month{};  ///< 1 to 12
  u32 day{};    ///< 1 to 31

  [[nodiscard]] friend constexpr flag operator==(civil_date a, civil_date b) noexcept {
    return (a.year == b.year) & (a.month == b.month) & (a.day == b.day);
  }
  [[nodiscard]] friend constexpr flag operator!=(civil_date a, civil_date b) noexcept { return !(a == b); }
  ///   ensures  the order of the days                           [civil.days.order]
  [[nodiscard]] friend constexpr ordering operator<=>(civil_date a, civil_date b) noexcept {
    if (a.year != b.year) return a.year <=> b.year;
    if (a.month != b.month) return a.month <=> b.month;
    return a.day <=> b.day;
  }
};

/// Whether February has 29 days: every fourth year, but of the centuries only every fourth.
///   requires nothing: any year
///   ensures  exactly that                                      [civil.leap.rule]
[[nodiscard]] constexpr flag is_leap_year(i64 year) noexcept {
  // A year that 25 divides is a century where 4 divides it, too, and then has to be a multiple of 16 · 25 = 400.
  const u64 shifted = wrapping_add(as_unsigned(year), u64(1) << 63);  // year + 2^63, which is 8 modulo 25
  return shifted % 25 == 8 ? (as_unsigned(year) & 15) == 0 : (as_unsigned(year) & 3) == 0;
}

/// How many days a month has.
///   requires month in [1, 12]
///   ensures  exactly that                                      [civil.month.length]
[[nodiscard]] constexpr u32 days_in_month(i64 year, u32 month) noexcept {
  relies_on((month >= 1) & (month <= 12));
  if (month == 2) return is_leap_year(year) ? u32(29) : u32(28);
  // 31 where month and its eighth differ in their last bit: odd up to July, even from August.
  return 30 + ((month + (month >> 3)) & 1);
}

/// The date itself if it is one.
///   ensures  accepts exactly years in [civil_year_min, civil_year_max], months in [1, 12] and the days that such a month
///            has                                                [civil.check.accepts]
///   errors   out_of_range
[[nodiscard]] constexpr result<civil_date> check(civil_date date) noexcept {
  if ((date.year < civil_year_min) | (date.year > civil_year_max)) return clock_error::out_of_range;
  if ((date.month < 1) | (date.month > 12)) return clock_error::out_of_range;
  if ((date.day < 1) | (date.day > days_in_month(date.year, date.month))) return clock_error::out_of_range;
  return date;
}

/// The day of a date that is one.
///   requires what `check` accepts
///   ensures  the number of days from 1970-01-01 to it            [civil.days.formula]
///   units    days
[[nodiscard]] constexpr i64 days_of_valid(civil_date date) noexcept {
  // Years begin in March, so that the leap day is their last, and are counted from the March of a far era.
  const flag is_early = date.month <= 2;
  const u64 years = u64(date.year + civil_year_shift) - one_if(is_early);
  const u64 centuries = years / 100;
  const u64 year_days = years * 365 + (years >> 2) - centuries + (centuries >> 2);
  const u32 month_days = (979 * date.month + (is_early ? u32(8'829 + 2'919) : u32(0)) - 2'919) >> 5;  // March: 0
  return i64(year_days + u64(month_days + date.day)) - civil_days_shift;
}

/// The date of a day in range.
///   requires days in [civil_days_min, civil_days_max]
///   ensures  the date whose day it is                            [civil.days.bijection]
///   source   Joffe (2025): days and years are counted backwards, from the end of a far era
[[nodiscard]] constexpr civil_date date_of_valid(i64 days) noexcept {
  relies_on((days >= civil_days_min) & (days <= civil_days_max));
  const u64 reversed = u64(civil_days_shift_back - days);                        // [19 053, 1.6 · 10^12]
  const u64 centuries = full_product(reversed, 505'054'698'555'331).high;         // (4 · reversed − 1) / 146 097
  const u64 julian = reversed + centuries - (centuries >> 2);                     // as if every fourth year were a leap year
  const wide years = full_product(julian, 50'504'432'782'230'121);                // 4 · julian / 1461, and a fraction
  const u64 part = (u64(high32(years.low)) * 782'432) >> 32;                 // of the year, backwards; a day is 2142 or so
  const i64 year = civil_years_shift_back - i64(years.high);                      // the one that began in March
  const flag is_early = part < 126'464;                                           // January and February are of the next
  const u64 forward = (is_early ? u64(192'896) : u64(979'328)) - (years.high & 3) * 512 - part;
  const u64 day = ((forward & 0xFFFF) * 62'719) >> 27;                            // (forward mod 2^16) / 2140
  return {year + i64(one_if(is_early)), u32(forward >> 16), u32(day) + 1};
}

/// The day of a date.
///   ensures  accepts exactly what `check` does, and gives its day  [civil.days.bijection]
///   errors   out_of_range
[[nodiscard]] constexpr result<i64> days_from_civil(civil_date date) noexcept {
  const result<civil_date> valid = check(date);
  if (!valid) return valid.error();
  return days_of_valid(date);
}

/// The date of a day.
///   ensures  accepts exactly [civil_days_min, civil_days_max], and gives the date whose day it is [civil.days.bijection];
///            a later day has a later date [civil.days.order], the next day the next date [civil.days.successor]
///   errors   out_of_range
[[nodiscard]] constexpr result<civil_date> civil_from_days(i64 days) noexcept {
  if ((days < civil_days_min) | (days > civil_days_max)) return clock_error::out_of_range;
  return date_of_valid(days);
}

}  // namespace guestclock::inline GUESTCLOCK_WORDS
