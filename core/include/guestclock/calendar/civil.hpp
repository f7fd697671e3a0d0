// SPDX-License-Identifier: BSL-1.0
/// \file guestclock/calendar/civil.hpp
/// Days and civil dates: the proleptic Gregorian calendar, a bijection over its whole range. Weekdays, days of the year,
/// ISO 8601's weeks; seconds and days.
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

#include <cstddef>
#include <cstdint>
#include <initializer_list>

#include <guestclock/result.hpp>
#include <guestclock/unix_time.hpp>
#include <guestclock/word.hpp>

namespace guestclock::inline GUESTCLOCK_WORDS {

inline constexpr std::int64_t civil_year_min = -2'147'483'648;    ///< the least 32-bit integer
inline constexpr std::int64_t civil_year_max = 2'147'485'547;     ///< 1900 and the greatest one
inline constexpr std::int64_t civil_days_min = -784'353'015'833;  ///< civil_year_min-01-01
inline constexpr std::int64_t civil_days_max = 784'352'270'736;   ///< civil_year_max-12-31
inline constexpr std::int64_t civil_seconds_min = civil_days_min * 86'400;
inline constexpr std::int64_t civil_seconds_max = civil_days_max * 86'400 + 86'399;

/// Where years and days are counted from, a whole number of eras of 400 years, or 146 097 days, away from year 0.
inline constexpr std::int64_t civil_year_shift = 2'147'485'600;
inline constexpr std::int64_t civil_days_shift = 784'353'728'727;  ///< from that year's March, less one day
inline constexpr std::int64_t civil_years_shift_back = 2'147'485'599;
inline constexpr std::int64_t civil_days_shift_back = 784'352'289'789;

inline constexpr std::int64_t days_per_era = 146'097;  ///< 400 years, after which the calendar repeats

/// Of the batch form: days that 32-bit lanes can carry, 1.4 million years to either side.
inline constexpr std::int32_t batch_days_min = -536'000'000;
inline constexpr std::int32_t batch_days_max = 536'000'000;

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
///            has                                                [civil.check.accepts], [civil.check.near]
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
  const u64 year_days = ((years * 1'461) >> 2) - centuries + (centuries >> 2);  // a year has 365 days and a quarter
  const u32 month_days = (979 * date.month + (is_early ? u32(8'829 + 2'919) : u32(0)) - 2'919) >> 5;  // March: 0
  return i64(year_days + u64(month_days + date.day)) - civil_days_shift;
}

/// The date of a day in range.
///   requires days in [civil_days_min, civil_days_max]
///   ensures  the date whose day it is                            [civil.days.bijection]
///   source   Joffe (2025): days and years are counted backwards, from the end of a far era
[[nodiscard]] constexpr civil_date date_of_valid(i64 days) noexcept {
  relies_on((days >= civil_days_min) & (days <= civil_days_max));
  const u64 reversed = u64(civil_days_shift_back - days);                  // [19 053, 1.6 · 10^12]
  const u64 centuries = full_product(reversed, 505'054'698'555'331).high;  // (4 · reversed − 1) / 146 097
  const u64 julian = reversed + centuries - (centuries >> 2);              // as if every fourth year were a leap year
  const wide years = full_product(julian, 50'504'432'782'230'121);         // 4 · julian / 1461, and a fraction
  const u64 part = full_product(years.low, 782'432).high;  // of the year, backwards; a day is 2142 or so
  // The month and three more in the high 16 bits, so that the highest says whether it is 13 or 14, of the next year.
  const u32 forward = 1'175'936 - u32(part) - u32(years.high & 3) * 512;
  const u32 is_early = forward >> 20;
  const u32 day = ((forward & 0xFFFF) * 62'719) >> 27;        // (forward mod 2^16) / 2140
  const i64 year = civil_years_shift_back - i64(years.high);  // the one that began in March
  return {year + i64(is_early), (forward >> 16) - 12 * is_early - 3, day + 1};
}

/// The day of a date.
///   ensures  accepts exactly what `check` does, and gives its day [civil.check.accepts], [civil.days.formula]
///   errors   out_of_range
[[nodiscard]] constexpr result<i64> days_from_civil(civil_date date) noexcept {
  const result<civil_date> valid = check(date);
  if (!valid) return valid.error();
  return days_of_valid(date);
}

/// The date of a day.
///   ensures  accepts exactly [civil_days_min, civil_days_max]    [civil.days.range], and gives the date whose day it is
///            [civil.days.bijection]; a later day has a later date [civil.days.order], the next day
///            the next date                                      [civil.days.successor]
///   errors   out_of_range
[[nodiscard]] constexpr result<civil_date> civil_from_days(i64 days) noexcept {
  if ((days < civil_days_min) | (days > civil_days_max)) return clock_error::out_of_range;
  return date_of_valid(days);
}

/// The day of the week, and its number: Monday is 0.
enum class weekday : std::uint8_t { monday, tuesday, wednesday, thursday, friday, saturday, sunday };

/// The month, and its number: January is 1.
enum class month : std::uint8_t {
  january = 1,
  february,
  march,
  april,
  may,
  june,
  july,
  august,
  september,
  october,
  november,
  december
};

[[nodiscard]] constexpr u32 number_of(weekday day) noexcept { return static_cast<std::uint32_t>(day); }
[[nodiscard]] constexpr u32 number_of(month which) noexcept { return static_cast<std::uint32_t>(which); }

/// The weekday, or the month, of that number.
///   ensures  accepts exactly [0, 6], or [1, 12]                  [civil.names.numbers]
///   errors   out_of_range
[[nodiscard]] constexpr result<weekday> weekday_from(u32 number) noexcept {
  for (const weekday day : {weekday::monday, weekday::tuesday, weekday::wednesday, weekday::thursday, weekday::friday,
                            weekday::saturday, weekday::sunday})
    if (number == number_of(day)) return day;
  return clock_error::out_of_range;
}
[[nodiscard]] constexpr result<month> month_from(u32 number) noexcept {
  for (const month each :
       {month::january, month::february, month::march, month::april, month::may, month::june, month::july,
        month::august, month::september, month::october, month::november, month::december})
    if (number == number_of(each)) return each;
  return clock_error::out_of_range;
}

/// English names, and their first three letters, as the C locale has them.
///   ensures  "unknown", "???", for a value that is none          [civil.names.english]
[[nodiscard]] constexpr const char* name_of(weekday day) noexcept {
  switch (day) {
    case weekday::monday: return "Monday";
    case weekday::tuesday: return "Tuesday";
    case weekday::wednesday: return "Wednesday";
    case weekday::thursday: return "Thursday";
    case weekday::friday: return "Friday";
    case weekday::saturday: return "Saturday";
    case weekday::sunday: return "Sunday";
  }
  return "unknown";
}
[[nodiscard]] constexpr const char* name_of(month which) noexcept {
  switch (which) {
    case month::january: return "January";
    case month::february: return "February";
    case month::march: return "March";
    case month::april: return "April";
    case month::may: return "May";
    case month::june: return "June";
    case month::july: return "July";
    case month::august: return "August";
    case month::september: return "September";
    case month::october: return "October";
    case month::november: return "November";
    case month::december: return "December";
  }
  return "unknown";
}
[[nodiscard]] constexpr const char* short_name_of(weekday day) noexcept {
  switch (day) {
    case weekday::monday: return "Mon";
    case weekday::tuesday: return "Tue";
    case weekday::wednesday: return "Wed";
    case weekday::thursday: return "Thu";
    case weekday::friday: return "Fri";
    case weekday::saturday: return "Sat";
    case weekday::sunday: return "Sun";
  }
  return "???";
}
[[nodiscard]] constexpr const char* short_name_of(month which) noexcept {
  switch (which) {
    case month::january: return "Jan";
    case month::february: return "Feb";
    case month::march: return "Mar";
    case month::april: return "Apr";
    case month::may: return "May";
    case month::june: return "Jun";
    case month::july: return "Jul";
    case month::august: return "Aug";
    case month::september: return "Sep";
    case month::october: return "Oct";
    case month::november: return "Nov";
    case month::december: return "Dec";
  }
  return "???";
}

/// The number of a day's weekday, of any day: Monday is 0.
///   ensures  1970-01-01 was a Thursday, and every day is followed by the next weekday [civil.weekday.rule]
[[nodiscard]] constexpr u32 weekday_number(i64 days) noexcept {
  const u64 shifted = wrapping_add(as_unsigned(days), u64(1) << 63);  // days + 2^63, which is 1 modulo 7
  return u32((shifted % 7 + 2) % 7);
}

/// The weekday of a day.
[[nodiscard]] constexpr weekday weekday_of(i64 days) noexcept { return *weekday_from(weekday_number(days)); }

[[nodiscard]] constexpr u32 days_in_year(i64 year) noexcept { return is_leap_year(year) ? u32(366) : u32(365); }

/// 1, for January to March, to 4.
///   requires month in [1, 12]
///   ensures  exactly that                                      [civil.year-day.sum]
[[nodiscard]] constexpr u32 quarter_of(u32 month) noexcept {
  relies_on((month >= 1) & (month <= 12));
  return (month + 2) / 3;
}

/// The day's number in its year: 1 for the first of January, to 365 or 366.
///   requires what `check` accepts
///   ensures  the days of the months before, and its own          [civil.year-day.sum]; the days since the first of
///            January, and one                                   [civil.year-day.position]
[[nodiscard]] constexpr u32 day_of_year(civil_date date) noexcept {
  relies_on((date.month >= 1) & (date.month <= 12));
  if (date.month <= 2) return (date.month - 1) * 31 + date.day;
  return ((979 * date.month - 2'919) >> 5) + date.day + u32(is_leap_year(date.year) ? u32(60) : u32(59));
}

/// The date that has this number in its year.
///   ensures  accepts exactly years in range and numbers in [1, 365], or 366 in leap years, and gives the day of that
///            number                                            [civil.year-day.inverse]
///   errors   out_of_range
[[nodiscard]] constexpr result<civil_date> date_from_day_of_year(i64 year, u32 number) noexcept {
  if ((year < civil_year_min) | (year > civil_year_max)) return clock_error::out_of_range;
  if ((number < 1) | (number > days_in_year(year))) return clock_error::out_of_range;
  if (number <= 31) return civil_date{year, u32(1), number};
  const u32 before_march = days_in_year(year) - 306;
  if (number <= before_march) return civil_date{year, u32(2), number - 31};
  const u32 month_and_day = 2'141 * (number - before_march - 1) + 197'913;  // the month, and the day, in 16 bits each
  return civil_date{year, month_and_day >> 16, (month_and_day & 0xFFFF) / 2'141 + 1};
}

/// A day by weeks, as ISO 8601 counts them: they begin on Mondays, and belong to the year of their Thursday.
struct iso_week_date {
  i64 year{};
  u32 week{};  ///< 1 to 52 or 53
  u32 day{};   ///< 1, Monday, to 7, Sunday

  [[nodiscard]] friend constexpr flag operator==(iso_week_date a, iso_week_date b) noexcept {
    return (a.year == b.year) & (a.week == b.week) & (a.day == b.day);
  }
  [[nodiscard]] friend constexpr flag operator!=(iso_week_date a, iso_week_date b) noexcept { return !(a == b); }
};

/// The day on which a year begins, of the calendar's years and of their neighbours.
///   requires year in [civil_year_min − 1, civil_year_max + 1]
///   ensures  the number of days from 1970-01-01 to its first of January [civil.iso.from]
[[nodiscard]] constexpr i64 new_year_of(i64 year) noexcept {
  const u64 years = u64(year + civil_years_shift_back);
  const u64 centuries = years / 100;
  return i64(years * 365 + (years >> 2) - centuries + (centuries >> 2)) - 784'353'728'420;
}

/// The week of the day with this number in its year, on this weekday.
///   requires year in [civil_year_min, civil_year_max], number in [1, days_in_year(year)], weekday in [0, 6]
///   ensures  the year of the week's Thursday, and how many Thursdays it then had [civil.iso.thursday]
///   source   ISO 8601-1, 3.1.1.23
[[nodiscard]] constexpr iso_week_date iso_week_of_year_day(i64 year, u32 number, u32 weekday) noexcept {
  const u32 thursday = number + 3;  // its number in the year, and the weekday more
  if (thursday <= weekday) return {year - 1, (thursday + days_in_year(year - 1) - weekday + 6) / 7, weekday + 1};
  if (thursday - weekday > days_in_year(year)) return {year + 1, u32(1), weekday + 1};
  return {year, (thursday - weekday + 6) / 7, weekday + 1};
}

/// A date's year, week and weekday.
///   requires what `check` accepts
///   ensures  those of its number in the year and its weekday     [civil.iso.of]
[[nodiscard]] constexpr iso_week_date iso_week_of(civil_date date) noexcept {
  return iso_week_of_year_day(date.year, day_of_year(date), weekday_number(days_of_valid(date)));
}

/// How many weeks the year has: 53 where it begins on a Thursday, or is a leap year that begins on a Wednesday.
///   requires year in [civil_year_min − 1, civil_year_max + 1]
///   ensures  the number of its Thursdays                       [civil.iso.from]
[[nodiscard]] constexpr u32 iso_weeks_in_year(i64 year) noexcept {
  const u32 first = weekday_number(new_year_of(year));
  if ((first == 3) | ((first == 2) & is_leap_year(year))) return 53;
  return 52;
}

/// The day of a year, week and weekday.
///   ensures  accepts exactly weeks that the year has, weekdays in [1, 7], and what is then in
///            [civil_days_min, civil_days_max]; gives that day    [civil.iso.from]
///   errors   out_of_range
[[nodiscard]] constexpr result<i64> days_from_iso_week(iso_week_date date) noexcept {
  if ((date.year < civil_year_min - 1) | (date.year > civil_year_max + 1)) return clock_error::out_of_range;
  if ((date.week < 1) | (date.week > iso_weeks_in_year(date.year))) return clock_error::out_of_range;
  if ((date.day < 1) | (date.day > 7)) return clock_error::out_of_range;
  const i64 first = new_year_of(date.year);
  const u32 weekday = weekday_number(first);
  const i64 days = first + i64(date.week * 7 + date.day) - i64(weekday + (weekday <= 3 ? u32(8) : u32(1)));
  if ((days < civil_days_min) | (days > civil_days_max)) return clock_error::out_of_range;
  return days;
}

/// A day, and a second of it.
struct day_and_second {
  i64 day{};
  u32 second{};  ///< [0, 86 400)
};

/// The day that a second falls on, rounded towards minus infinity, and the second of the day.
///   requires nothing: every count of seconds has both
///   ensures  seconds = day · 86 400 + second, second in [0, 86 400) [civil.seconds.split]
[[nodiscard]] constexpr day_and_second split_seconds(i64 seconds) noexcept {
  if (seconds >= 0) {
    const u64 whole = u64(seconds);
    return {i64(whole / 86'400), u32(whole % 86'400)};
  }
  const u64 before = u64(-1 - seconds);
  return {-1 - i64(before / 86'400), u32(86'399) - u32(before % 86'400)};
}

/// The same for the calendar's range, without a branch on the sign: counted from its first second, none is negative.
///   ensures  accepts exactly seconds of days in [civil_days_min, civil_days_max], and gives what `split_seconds` does
///                                                              [civil.seconds.in-range]
///   errors   out_of_range
[[nodiscard]] constexpr result<day_and_second> split_seconds_in_range(i64 seconds) noexcept {
  if ((seconds < civil_seconds_min) | (seconds > civil_seconds_max)) return clock_error::out_of_range;
  const u64 since = u64(seconds - civil_seconds_min);
  return day_and_second{i64(since / 86'400) + civil_days_min, u32(since % 86'400)};
}

/// The seconds of a day and a second of it.
///   ensures  accepts exactly seconds below 86 400 and sums that fit, and gives day · 86 400 + second
///                                                              [civil.seconds.joined]
///   errors   out_of_range
[[nodiscard]] constexpr result<i64> join_seconds(day_and_second parts) noexcept {
  if (parts.second >= 86'400) return clock_error::out_of_range;
  if (parts.day < 0) {  // from the day after, so that the product does not overflow before the sum
    const checked<i64> days = checked_mul(parts.day + 1, i64(seconds_per_day));
    if (!days.fits) return clock_error::out_of_range;
    const checked<i64> sum = checked_sub(days.value, i64(u32(86'400) - parts.second));
    if (!sum.fits) return clock_error::out_of_range;
    return sum.value;
  }
  const checked<i64> days = checked_mul(parts.day, i64(seconds_per_day));
  if (!days.fits) return clock_error::out_of_range;
  const checked<i64> sum = checked_add(days.value, i64(parts.second));
  if (!sum.fits) return clock_error::out_of_range;
  return sum.value;
}

/// A date within 32 bits.
struct narrow_civil_date {
  i32 year{};
  u32 month{};
  u32 day{};
};

/// The date of a day in the batch's range, by multiplications of 32 bits alone.
///   requires days in [batch_days_min, batch_days_max]
///   ensures  the date whose day it is                            [civil.batch.bijection], [civil.batch.centuries]
///   source   Neri and Schneider (2022); Joffe (2025)
[[nodiscard]] constexpr narrow_civil_date narrow_date_of(i32 days) noexcept {
  relies_on((days >= batch_days_min) & (days <= batch_days_max));
  const u32 shifted = u32(days + 536'018'876);  // from the March of an era: [18 876, 1.1 · 10^9]
  const u32 centuries = (4 * shifted + 3) / 146'097;
  const u32 julian = shifted + centuries - (centuries >> 2);  // as if every fourth year were a leap year
  const u32 years = (4 * julian + 3) / 1'461;
  const u32 month_and_day = 2'141 * (julian - ((1'461 * years) >> 2)) + 197'913;  // 16 bits each
  const u32 is_early = month_and_day >= 851'968 ? u32(1) : u32(0);                // month 13 or 14
  const u32 day = ((month_and_day & 0xFFFF) * 62'690) >> 27;                      // (month_and_day mod 2^16) / 2141
  return {i32(years + is_early) - 1'465'600, (month_and_day >> 16) - 12 * is_early, day + 1};
}

/// Dates of days, many at once, each to its place in three arrays: written so that compilers use vector instructions.
///   requires `count` elements in each array, none of which overlap
///   ensures  accepts exactly where all days are in [batch_days_min, batch_days_max], and then gives the date of each;
///            otherwise writes nothing                          [civil.batch.agrees]
///   errors   out_of_range
[[nodiscard]] constexpr result<std::size_t> dates_from_days(const i32* __restrict days, std::size_t count,
                                                            i32* __restrict years, u8* __restrict months,
                                                            u8* __restrict days_of_month) noexcept {
  i32 least = 0;
  i32 greatest = 0;
  for (std::size_t i = 0; i < count; ++i) {
    least = days[i] < least ? days[i] : least;
    greatest = days[i] > greatest ? days[i] : greatest;
  }
  if ((least < batch_days_min) | (greatest > batch_days_max)) return clock_error::out_of_range;
  for (std::size_t i = 0; i < count; ++i) {
    const narrow_civil_date date = narrow_date_of(days[i]);
    years[i] = date.year;
    months[i] = u8(date.month);
    days_of_month[i] = u8(date.day);
  }
  return count;
}

}  // namespace guestclock::inline GUESTCLOCK_WORDS
