// SPDX-License-Identifier: BSL-1.0
/// \file guestclock/calendar/date_time.hpp
/// Civil times at a fixed offset from UTC, and the points that they are.
///
/// A `date_time` is what a wall clock shows: any numbers can stand in it, and `check` says whether they are a time,
/// `first_error` which of them is not. Every day has 86 400 seconds, as POSIX has it: there is no second 60.
///
/// Source: IEEE Std 1003.1, 4.17 (Seconds Since the Epoch); RFC 3339, 5.6.
#pragma once

#include <cstdint>

#include <guestclock/calendar/civil.hpp>
#include <guestclock/instant.hpp>
#include <guestclock/result.hpp>
#include <guestclock/unix_time.hpp>
#include <guestclock/word.hpp>

namespace guestclock::inline GUESTCLOCK_WORDS {

/// Offsets from UTC are less than a day to either side. (RFC 3339 writes them in whole minutes.)
inline constexpr std::int32_t utc_offset_max = 86'399;

/// A civil time at an offset from UTC.
struct date_time {
  i64 year{};
  u32 month{};               ///< 1 to 12
  u32 day{};                 ///< 1 to 31
  u32 hour{};                ///< 0 to 23
  u32 minute{};              ///< 0 to 59
  u32 second{};              ///< 0 to 59
  u32 nanosecond{};          ///< [0, 10^9)
  i32 utc_offset_seconds{};  ///< how much more this clock shows than UTC

  /// Whether all fields are the same. Whether two are the same point says `order_of_points`.
  [[nodiscard]] friend constexpr flag operator==(date_time a, date_time b) noexcept {
    return (a.year == b.year) & (a.month == b.month) & (a.day == b.day) & (a.hour == b.hour) & (a.minute == b.minute) &
           (a.second == b.second) & (a.nanosecond == b.nanosecond) & (a.utc_offset_seconds == b.utc_offset_seconds);
  }
  [[nodiscard]] friend constexpr flag operator!=(date_time a, date_time b) noexcept { return !(a == b); }
};

/// A field of a civil time.
enum class date_field : std::uint8_t { none, year, month, day, hour, minute, second, nanosecond, utc_offset };

/// The first field that is out of its bounds, its value and the bounds; `none` where all are within them.
struct field_error {
  date_field field{};
  i64 value{};
  i64 low{};
  i64 high{};
};

/// The field's name as it stands in this file; "none" for none.
///   ensures  a name of its own                                  [date_time.names.english]
[[nodiscard]] constexpr const char* name_of(date_field field) noexcept {
  switch (field) {
    case date_field::none: break;
    case date_field::year: return "year";
    case date_field::month: return "month";
    case date_field::day: return "day";
    case date_field::hour: return "hour";
    case date_field::minute: return "minute";
    case date_field::second: return "second";
    case date_field::nanosecond: return "nanosecond";
    case date_field::utc_offset: return "utc_offset";
  }
  return "none";
}

/// What is wrong with a civil time: the first field, in the order of the struct, that is out of its bounds. A day's
/// bounds are those of its year's month.
///   ensures  `none` exactly where every field is within its bounds; else that field, its value and its bounds
///                                                              [date_time.check.first-error], [date_time.check.near]
[[nodiscard]] constexpr field_error first_error(date_time time) noexcept {
  if ((time.year < civil_year_min) | (time.year > civil_year_max))
    return {date_field::year, time.year, civil_year_min, civil_year_max};
  if ((time.month < 1) | (time.month > 12)) return {date_field::month, i64(time.month), 1, 12};
  const u32 days = days_in_month(time.year, time.month);
  if ((time.day < 1) | (time.day > days)) return {date_field::day, i64(time.day), 1, i64(days)};
  if (time.hour > 23) return {date_field::hour, i64(time.hour), 0, 23};
  if (time.minute > 59) return {date_field::minute, i64(time.minute), 0, 59};
  if (time.second > 59) return {date_field::second, i64(time.second), 0, 59};
  if (time.nanosecond >= nanoseconds_per_second) return {date_field::nanosecond, i64(time.nanosecond), 0, 999'999'999};
  if ((time.utc_offset_seconds < -utc_offset_max) | (time.utc_offset_seconds > utc_offset_max))
    return {date_field::utc_offset, i64(time.utc_offset_seconds), -utc_offset_max, utc_offset_max};
  return {};
}

/// The time itself if it is one.
///   ensures  accepts exactly where `first_error` finds none     [date_time.check.first-error]
///   errors   out_of_range
[[nodiscard]] constexpr result<date_time> check(date_time time) noexcept {
  if (first_error(time).field != date_field::none) return clock_error::out_of_range;
  return time;
}

/// The date of a time.
[[nodiscard]] constexpr civil_date date_of(date_time time) noexcept { return {time.year, time.month, time.day}; }

/// The seconds since 1970-01-01T00:00:00Z of a time, without its nanoseconds.
///   requires what `check` accepts
///   ensures  exactly that many                                  [date_time.point.formula]
[[nodiscard]] constexpr i64 seconds_of_valid(date_time time) noexcept {
  const u32 second = time.hour * 3'600 + time.minute * 60 + time.second;  // [0, 86 400)
  return days_of_valid(date_of(time)) * seconds_per_day + i64(second) - i64(time.utc_offset_seconds);
}

/// The point that a civil time is.
///   ensures  accepts exactly what `check` does, and gives its point [date_time.point.formula]
///   errors   out_of_range
[[nodiscard]] constexpr result<unix_time> unix_time_of(date_time time) noexcept {
  const result<date_time> valid = check(time);
  if (!valid) return valid.error();
  return unix_time::from_parts(seconds_of_valid(time), time.nanosecond);
}

/// The civil time of a date, and of a second and a nanosecond of its day.
///   requires second below 86 400
///   ensures  the hours, minutes and seconds that it is          [date_time.from.exact]
[[nodiscard]] constexpr date_time date_time_on(civil_date date, u32 second, u32 nanosecond,
                                               i32 utc_offset_seconds) noexcept {
  relies_on(second < 86'400);
  const u64 hour = u64(second) * 1'193'047;  // second / 3600, and a fraction in 32 bits
  const u64 minute = u64(low32(hour)) * 15;  // of that fraction / 60, and one in 30 bits
  const u64 rest = (minute & 0x3FFF'FFFF) * 15;
  return {date.year,         date.month,      date.day,   high32(hour),
          u32(minute >> 30), u32(rest >> 28), nanosecond, utc_offset_seconds};
}

/// What a clock at that offset shows at a point.
///   ensures  accepts exactly offsets within ±utc_offset_max and points whose day, there, is in the calendar's range,
///            and gives that day's date and the time of day          [date_time.from.exact]
///   errors   out_of_range
[[nodiscard]] constexpr result<date_time> date_time_from(unix_time point, i32 utc_offset_seconds = 0) noexcept {
  if ((utc_offset_seconds < -utc_offset_max) | (utc_offset_seconds > utc_offset_max)) return clock_error::out_of_range;
  const checked<i64> local = checked_add(point.seconds(), i64(utc_offset_seconds));
  if (!local.fits) return clock_error::out_of_range;
  const result<day_and_second> parts = split_seconds_in_range(local.value);
  if (!parts) return parts.error();
  return date_time_on(date_of_valid(parts->day), parts->second, point.nanoseconds(), utc_offset_seconds);
}

/// What a clock at that offset shows at an instant of a clock whose zero was at `zero`.
///   ensures  what it shows at zero + now                        [date_time.from.instant]
///   errors   out_of_range
[[nodiscard]] constexpr result<date_time> date_time_from(instant now, unix_time zero,
                                                         i32 utc_offset_seconds = 0) noexcept {
  const result<unix_time> point = checked_add(zero, duration::from_nanoseconds(now.nanoseconds));
  if (!point) return point.error();
  return date_time_from(*point, utc_offset_seconds);
}

/// The order of the points that two times are, whatever their offsets.
///   requires what `check` accepts, twice
///   ensures  the order of their points                          [date_time.order.as-points]
[[nodiscard]] constexpr ordering order_of_points(date_time a, date_time b) noexcept {
  const i64 seconds = seconds_of_valid(a);
  const i64 other_seconds = seconds_of_valid(b);
  if (seconds != other_seconds) return seconds <=> other_seconds;
  return a.nanosecond <=> b.nanosecond;
}

/// The hour on a dial of twelve: 12, 1, …, 11, and again.
///   requires hour in [0, 23]
///   ensures  exactly that                                       [date_time.hour.dial]
[[nodiscard]] constexpr u32 hour_12(u32 hour) noexcept { return (hour + 11) % 12 + 1; }
/// Whether the hour is one after noon.
[[nodiscard]] constexpr flag is_pm(u32 hour) noexcept { return hour >= 12; }

/// What stands behind an ordinal number in English: "st", "nd", "rd" or "th".
///   ensures  th for 11 to 13 and what ends in them; else by the last digit [date_time.ordinal.suffix]
[[nodiscard]] constexpr const char* ordinal_suffix(u64 number) noexcept {
  const u64 last = number % 10;
  if (last > 3) return "th";
  if (last == 0) return "th";
  const u64 teen = number % 100;
  if ((teen >= 11) & (teen <= 13)) return "th";
  if (last == 1) return "st";
  if (last == 2) return "nd";
  return "rd";
}

/// What becomes of a day that the month does not have: 31 January and a month.
enum class end_of_month : std::uint8_t {
  clamp,     ///< the month's last day: 28 or 29 February
  overflow,  ///< as many days later: 2 or 3 March
  refuse,    ///< out_of_range
};

/// The same day so many months later (before, for negative ones).
///   requires a date that `check` accepts
///   ensures  accepts exactly months that lie in the calendar's range and, to be refused, have the day; gives the day in
///            that month, or what the policy says              [date_time.months.add]
///   errors   out_of_range
[[nodiscard]] constexpr result<civil_date> add_months(civil_date date, i64 months, end_of_month policy) noexcept {
  const checked<i64> moved = checked_add((date.year - civil_year_min) * 12 + i64(date.month) - 1, months);
  if (!moved.fits) return clock_error::out_of_range;
  if ((moved.value < 0) | (moved.value >= (civil_year_max - civil_year_min + 1) * 12)) return clock_error::out_of_range;
  const u64 count = u64(moved.value);
  const i64 year = i64(count / 12) + civil_year_min;
  const u32 month = u32(count % 12) + 1;
  const u32 days = days_in_month(year, month);
  if (date.day <= days) return civil_date{year, month, date.day};
  if (policy == end_of_month::refuse) return clock_error::out_of_range;
  if (policy == end_of_month::clamp) return civil_date{year, month, days};
  return civil_date{year, month + 1, date.day - days};  // December has every day
}

/// The same day so many years later.
///   requires a date that `check` accepts
///   ensures  twelve times as many months                        [date_time.months.years]
///   errors   out_of_range
[[nodiscard]] constexpr result<civil_date> add_years(civil_date date, i64 years, end_of_month policy) noexcept {
  const checked<i64> months = checked_mul(years, i64(12));
  if (!months.fits) return clock_error::out_of_range;
  return add_months(date, months.value, policy);
}

/// The same on other days: the time of day and the offset stay.
///   requires a time that `check` accepts
///   ensures  what its date does                                 [date_time.months.years]
///   errors   out_of_range
[[nodiscard]] constexpr result<date_time> add_months(date_time time, i64 months, end_of_month policy) noexcept {
  const result<civil_date> date = add_months(date_of(time), months, policy);
  if (!date) return date.error();
  time.year = date->year;
  time.month = date->month;
  time.day = date->day;
  return time;
}
[[nodiscard]] constexpr result<date_time> add_years(date_time time, i64 years, end_of_month policy) noexcept {
  const checked<i64> months = checked_mul(years, i64(12));
  if (!months.fits) return clock_error::out_of_range;
  return add_months(time, months.value, policy);
}

/// Any numbers, to be carried over into a civil time: month 14, second −5, day 0.
struct civil_fields {
  i64 year{};
  i64 month{1};
  i64 day{1};
  i64 hour{};
  i64 minute{};
  i64 second{};
  i64 nanosecond{};
};

/// A value in units of another one: value = carry · unit + rest, rest in (−unit, unit).
struct carried {
  i64 carry{};
  i64 rest{};
};

/// What carries over, of any value.
///   requires unit in [2, 2^32]
///   ensures  exactly that                                       [date_time.carry.exact]
[[nodiscard]] constexpr carried carry_over(i64 value, std::uint64_t unit) noexcept {
  const u64 shifted = wrapping_add(as_unsigned(value), u64(1) << 63);  // value + 2^63
  const std::uint64_t zero = std::uint64_t{1} << 63;
  return {i64(shifted / u64(unit)) - i64(zero / unit), i64(shifted % u64(unit)) - i64(zero % unit)};
}

/// A day, and a second and a nanosecond of it.
struct carried_time {
  i64 day{};
  u32 second{};      ///< [0, 86 400)
  u32 nanosecond{};  ///< [0, 10^9)
};

/// The time that the fields are, by carrying over: months count from the year's first, days from the month's, and all
/// else from the day's, in exact numbers.
///   ensures  accepts exactly where its day is in the calendar's range, whatever the fields are, and then gives it
///                                                              [date_time.normalise.exact]
///   errors   out_of_range
[[nodiscard]] constexpr result<carried_time> carry_over(civil_fields fields) noexcept {
  // Each field, in eras of 400 years or in days, and a little. No sum of these can overflow.
  const carried year = carry_over(fields.year, 400);
  const carried month = carry_over(fields.month, 4'800);
  const carried day = carry_over(fields.day, 146'097);
  const carried hour = carry_over(fields.hour, 24);
  const carried minute = carry_over(fields.minute, 1'440);
  const carried second = carry_over(fields.second, 86'400);
  const carried nanosecond = carry_over(fields.nanosecond, 1'000'000'000);
  const carried days = carry_over(hour.carry + minute.carry + second.carry, 146'097);

  const u64 months = u64(year.rest * 12 + month.rest + 9'599);  // of two eras earlier, [1, 19 198)
  const i64 eras = year.carry + month.carry + day.carry + days.carry - 2;
  if ((eras < -6'000'000) | (eras > 6'000'000)) return clock_error::out_of_range;  // so far that nothing brings it back
  const u64 nanoseconds = u64(nanosecond.rest + 1'000'000'000);
  const day_and_second parts = split_seconds(hour.rest * 3'600 + minute.rest * 60 + second.rest + nanosecond.carry - 1 +
                                             i64(nanoseconds / 1'000'000'000));
  const i64 first = days_of_valid({i64(months / 12), u32(months % 12) + 1, u32(1)});
  const i64 total = eras * days_per_era + first + day.rest - 1 + days.rest + parts.day;
  if ((total < civil_days_min) | (total > civil_days_max)) return clock_error::out_of_range;
  return carried_time{total, parts.second, u32(nanoseconds % 1'000'000'000)};
}

/// The civil time in UTC that the fields are, by carrying over, as C's `timegm` does.
///   ensures  accepts exactly what `carry_over` does, and gives what a clock then shows [date_time.normalise.shown]
///   errors   out_of_range
///   source   IEEE Std 1003.1, mktime
[[nodiscard]] constexpr result<date_time> normalise(civil_fields fields) noexcept {
  const result<carried_time> time = carry_over(fields);
  if (!time) return time.error();
  return date_time_on(date_of_valid(time->day), time->second, time->nanosecond, i32(0));
}

/// A span of time that is not negative; or that it would be, and by how much.
class elapsed_time {
 public:
  constexpr elapsed_time() noexcept = default;
  constexpr explicit elapsed_time(duration span) noexcept : span_(span) {}

  [[nodiscard]] constexpr flag has_value() const noexcept { return span_.seconds() >= 0; }
  /// The span.
  [[nodiscard]] constexpr duration operator*() const noexcept {
    relies_on(has_value());
    return span_;
  }
  /// The span, negative where there is no value: the other time is later by as much.
  [[nodiscard]] constexpr duration signed_span() const noexcept { return span_; }

 private:
  duration span_;
};

/// A reading of a clock of UTC: one that may be set back, so that a later reading can be an earlier time.
class system_time {
 public:
  constexpr system_time() noexcept = default;
  constexpr explicit system_time(unix_time point) noexcept : point_(point) {}

  [[nodiscard]] constexpr unix_time point() const noexcept { return point_; }

  /// How long after `earlier` this is; where it is before it, no value but the negative span.
  ///   ensures  accepts exactly spans that are durations; a value exactly where this is not before `earlier`
  ///                                                            [date_time.system.since]
  ///   errors   out_of_range
  [[nodiscard]] constexpr result<elapsed_time> duration_since(system_time earlier) const noexcept {
    const result<duration> span = checked_sub(point_, earlier.point_);
    if (!span) return span.error();
    return elapsed_time(*span);
  }
  /// How long ago this was, at `now`.
  [[nodiscard]] constexpr result<elapsed_time> elapsed(system_time now) const noexcept {
    return now.duration_since(*this);
  }

  /// The time that is `span` after, or before, this one.
  ///   ensures  accepts exactly when that point exists, and then gives it [date_time.system.add]
  ///   errors   out_of_range
  [[nodiscard]] friend constexpr result<system_time> checked_add(system_time start, duration span) noexcept {
    return at(checked_add(start.point_.since_epoch(), span));
  }
  [[nodiscard]] friend constexpr result<system_time> checked_sub(system_time start, duration span) noexcept {
    return at(checked_sub(start.point_.since_epoch(), span));
  }

  [[nodiscard]] friend constexpr flag operator==(system_time a, system_time b) noexcept { return a.point_ == b.point_; }
  [[nodiscard]] friend constexpr flag operator!=(system_time a, system_time b) noexcept { return !(a == b); }
  [[nodiscard]] friend constexpr ordering operator<=>(system_time a, system_time b) noexcept {
    return a.point_ <=> b.point_;
  }

 private:
  static constexpr result<system_time> at(const result<duration>& since_epoch) noexcept {
    if (!since_epoch) return since_epoch.error();
    return system_time(unix_time::after_epoch(*since_epoch));
  }

  unix_time point_;
};

}  // namespace guestclock::inline GUESTCLOCK_WORDS
