// SPDX-License-Identifier: BSL-1.0
/// \file spec/laws/civil.hpp
/// What <guestclock/calendar/civil.hpp> promises, over its whole range.
#pragma once

#include <guestclock/calendar/civil.hpp>

#include "law.hpp"

namespace guestclock::inline GUESTCLOCK_WORDS::laws {

/// Whole numbers instead of the code's own words.
constexpr flag leap_by_rule(const integer& year) {
  return ((floor_mod(year, 4) == 0) & !(floor_mod(year, 100) == 0)) | (floor_mod(year, 400) == 0);
}
constexpr integer month_length_by_rule(const integer& year, u32 month) {
  if (month == 2) return leap_by_rule(year) ? integer(29) : integer(28);
  if ((month == 4) | (month == 6) | (month == 9) | (month == 11)) return 30;
  return 31;
}
template <class Inputs> constexpr i64 any_civil_year(Inputs& in) {
  return in.template between<i64>("year", civil_year_min, civil_year_max);
}
template <class Inputs> constexpr civil_date any_valid_date(Inputs& in) {
  const i64 year = any_civil_year(in);
  const u32 month = in.template between<u32>("month", 1, 12);
  return {year, month, in.template between<u32>("day", 1, word_of<u32>(month_length_by_rule(integer(year), month)))};
}
/// Every date, and the days to 31 of months that are shorter.
template <class Inputs> constexpr civil_date any_date_of_31(Inputs& in) {
  const i64 year = any_civil_year(in);
  const u32 month = in.template between<u32>("month", 1, 12);
  return {year, month, in.template between<u32>("day", 1, 31)};
}
/// The number of days since 1970-01-01, in years that begin in March.
constexpr integer days_by_rule(const civil_date& date) {
  const flag is_early = date.month <= 2;
  const integer year = integer(date.year) - (is_early ? integer(1) : integer(0));
  const integer month = integer(date.month) + (is_early ? integer(9) : integer(-3));
  return 365 * year + floor_div(year, 4) - floor_div(year, 100) + floor_div(year, 400) + floor_div(153 * month + 2, 5) +
         integer(date.day) - 719'469;
}

struct civil_leap_rule {
  static constexpr law_info info{"civil.leap.rule",
                                 "a leap year is every fourth, but of the centuries only every fourth"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const i64 year = in.template any<i64>("year");
    in.require(is_leap_year(year) == leap_by_rule(integer(year)));
  }
};

struct civil_month_length {
  static constexpr law_info info{"civil.month.length", "months have 31, 30, and 28 or 29 days"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const i64 year = in.template any<i64>("year");
    const u32 month = in.template between<u32>("month", 1, 12);
    in.require(integer(days_in_month(year, month)) == month_length_by_rule(integer(year), month));
  }
};

struct civil_check_accepts {
  static constexpr law_info info{"civil.check.accepts",
                                 "a date is accepted exactly when its year is in range and its month has that day"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const i64 year = in.template any<i64>("year");
    const u32 month = in.template any<u32>("month");
    check_date(in, {year, month, in.template any<u32>("day")});
  }
  template <class Inputs> static constexpr void check_date(Inputs& in, const civil_date& date) {
    const auto [year, month, day] = date;
    const auto valid = guestclock::check(date);
    if (!valid) in.require(days_from_civil(date).error() == clock_error::out_of_range);
    const flag in_range = (date.year >= civil_year_min) & (date.year <= civil_year_max) & (month >= 1) & (month <= 12);
    if (!in_range) return in.require(valid.error() == clock_error::out_of_range);
    const flag has_day = (day >= 1) & (day <= days_in_month(year, month));
    in.require(flag(valid.has_value()) == has_day);
    if (valid) return in.require(*valid == date);
    in.require(valid.error() == clock_error::out_of_range);
  }
};

/// A part of what civil.check.accepts says, where samples would seldom look.
struct civil_check_near {
  static constexpr law_info info{"civil.check.near",
                                 "a date of fields at most one beyond their least and greatest is accepted exactly when it is one"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const i64 year = in.template between<i64>("year", civil_year_min - 1, civil_year_max + 1);
    const u32 month = in.template between<u32>("month", 0, 13);
    civil_check_accepts::check_date(in, {year, month, in.template between<u32>("day", 0, 32)});
  }
};

struct civil_days_formula {
  static constexpr law_info info{"civil.days.formula",
                                 "a date's day is the sum of its years', its months' and its own days"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const civil_date date = any_valid_date(in);
    in.require(integer(days_of_valid(date)) == days_by_rule(date));
    const auto days = days_from_civil(date);
    in.require(days.has_value());
    in.require(*days == days_of_valid(date));
  }
};

struct civil_days_successor {
  static constexpr law_info info{"civil.days.successor",
                                 "1970-01-01 is day 0, and the day after a date is the next date's"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    in.require(days_of_valid({i64(1970), u32(1), u32(1)}) == 0);
    const civil_date date = any_valid_date(in);
    civil_date next = date;
    if (integer(date.day) < month_length_by_rule(integer(date.year), date.month)) {
      next.day = date.day + 1;
    } else {
      next.day = 1;
      next.month = date.month == 12 ? u32(1) : date.month + 1;
      next.year = date.month == 12 ? date.year + 1 : date.year;
    }
    if (next.year > civil_year_max) return in.require(days_of_valid(date) == civil_days_max);
    in.require(days_of_valid(next) == days_of_valid(date) + 1);
  }
};

struct civil_days_range {
  static constexpr law_info info{"civil.days.range",
                                 "a day has a date exactly in [civil_days_min, civil_days_max], and every date has "
                                 "such a day"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const i64 days = in.template any<i64>("days");
    const flag in_range = (days >= civil_days_min) & (days <= civil_days_max);
    const auto date = civil_from_days(days);
    in.require(flag(date.has_value()) == in_range);
    const i64 day = days_of_valid(any_valid_date(in));
    in.require((day >= civil_days_min) & (day <= civil_days_max));
    if (!date) in.require(date.error() == clock_error::out_of_range);
  }
};

struct civil_days_bijection {
  static constexpr law_info info{"civil.days.bijection",
                                 "every day in range has a date that is one, and whose day it is"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const i64 days = in.template between<i64>("days", civil_days_min, civil_days_max);
    const auto date = civil_from_days(days);
    in.require(date.has_value());
    in.require((date->year >= civil_year_min) & (date->year <= civil_year_max));
    in.require((date->month >= 1) & (date->month <= 12) & (date->day >= 1));
    in.require(integer(date->day) <= month_length_by_rule(integer(date->year), date->month));
    in.require(days_by_rule(*date) == integer(days));
  }
};

struct civil_days_order {
  static constexpr law_info info{"civil.days.order", "a later date has a later day: no two dates have the same"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const civil_date a = any_valid_date(in);
    const civil_date b = any_valid_date(in);
    in.require((a < b) == (days_of_valid(a) < days_of_valid(b)));
    in.require((a == b) == !((a < b) | (b < a)));
  }
};

/// The first of January, in days since 1970-01-01.
constexpr integer new_year_by_rule(const integer& year) {
  const integer before = year - 1;
  return 365 * before + floor_div(before, 4) - floor_div(before, 100) + floor_div(before, 400) - 719'162;
}
/// The days of the months before, and those of this one.
constexpr integer year_day_by_rule(const civil_date& date) {
  integer sum = integer(date.day);
  for (int month = 1; month < 12; ++month)
    if (u32(month) < date.month) sum = sum + integer(days_in_month(date.year, u32(month)));
  return sum;
}
/// Monday is 0.
constexpr integer weekday_by_rule(const integer& days) { return floor_mod(days + 3, 7); }

struct civil_weekday_rule {
  static constexpr law_info info{"civil.weekday.rule",
                                 "1970-01-01 is a Thursday, and a weekday returns every seven days"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const i64 days = in.template any<i64>("days");
    in.require(integer(weekday_number(days)) == weekday_by_rule(integer(days)));
    in.require(number_of(weekday_of(days)) == weekday_number(days));
  }
};

struct civil_names_numbers {
  static constexpr law_info info{"civil.names.numbers",
                                 "weekdays are numbered from 0 to 6, months from 1 to 12, and nothing else is one"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const u32 number = in.template any<u32>("number");
    if (in.template between<u32>("months", 0, 1) == 0) {
      const auto day = weekday_from(number);
      in.require(flag(day.has_value()) == (number < 7));
      if (day) return in.require(number_of(*day) == number);
      return in.require(day.error() == clock_error::out_of_range);
    }
    const auto month = month_from(number);
    in.require(flag(month.has_value()) == ((1 <= number) & (number <= 12)));
    if (month) return in.require(number_of(*month) == number);
    in.require(month.error() == clock_error::out_of_range);
  }
};

struct civil_year_day_sum {
  static constexpr law_info info{"civil.year-day.sum",
                                 "a day's number in its year counts the days of the months before, a quarter three "
                                 "months"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const civil_date date = any_date_of_31(in);
    in.require(integer(day_of_year(date)) == year_day_by_rule(date));
    const integer after = 3 * integer(quarter_of(date.month)) - integer(date.month);
    in.require((0 <= after) & (after <= 2));
  }
};

struct civil_year_day_inverse {
  static constexpr law_info info{"civil.year-day.inverse",
                                 "a number has a date exactly when its year is in range and has that many days, the "
                                 "date of that number"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const i64 year = in.template any<i64>("year");
    const u32 number = in.template any<u32>("number");
    const auto date = date_from_day_of_year(year, number);
    const flag is_year = (year >= civil_year_min) & (year <= civil_year_max);
    const flag is_number = (1 <= number) & ((number <= 365) | ((number == 366) & is_leap_year(year)));
    in.require(flag(date.has_value()) == (is_year & is_number));
    if (!date) return in.require(date.error() == clock_error::out_of_range);
    in.require((date->year == year) & (date->month >= 1) & (date->month <= 12) & (date->day >= 1));
    in.require(date->day <= days_in_month(year, date->month));
    in.require(year_day_by_rule(*date) == integer(number));
  }
};

struct civil_year_day_position {
  static constexpr law_info info{"civil.year-day.position",
                                 "a day's number in its year is its distance from the first of January, and one"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const civil_date date = any_date_of_31(in);
    in.require(days_by_rule(date) == new_year_by_rule(integer(date.year)) + integer(day_of_year(date)) - 1);
  }
};

struct civil_iso_thursday {
  static constexpr law_info info{"civil.iso.thursday",
                                 "a week is of its Thursday's year, and its number counts that year's Thursdays"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const i64 year = any_civil_year(in);
    const u32 last = leap_by_rule(integer(year)) ? u32(366) : u32(365);
    const u32 number = in.template between<u32>("number", 1, last);
    const u32 weekday = in.template between<u32>("weekday", 0, 6);
    const auto week = iso_week_of_year_day(year, number, weekday);
    const integer thursday = new_year_by_rule(integer(year)) + integer(number) - 1 - integer(weekday) + 3;
    const integer first = new_year_by_rule(integer(week.year));
    in.require(week.day == weekday + 1);
    in.require((first <= thursday) & (thursday < new_year_by_rule(integer(week.year) + 1)));
    in.require((first + 7 * integer(week.week) - 7 <= thursday) & (thursday < first + 7 * integer(week.week)));
  }
};

struct civil_iso_of {
  static constexpr law_info info{"civil.iso.of", "a date's week is that of its number in the year and its weekday"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const civil_date date = any_date_of_31(in);
    const auto week = iso_week_of(date);
    const auto expected = iso_week_of_year_day(date.year, day_of_year(date), weekday_number(days_of_valid(date)));
    in.require(week == expected);
    in.require(!(week != expected) & (week != iso_week_date{week.year, week.week, week.day + 1}));
    in.require((week != iso_week_date{week.year, week.week + 1, week.day}) &
               (week != iso_week_date{week.year + 1, week.week, week.day}));
  }
};

struct civil_iso_from {
  static constexpr law_info info{"civil.iso.from",
                                 "a week date has a day exactly when its week's Thursday is of its year, its "
                                 "weekday in [1, 7], and the day in range"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const iso_week_date date{in.template any<i64>("year"), in.template any<u32>("week"), in.template any<u32>("day")};
    const auto days = days_from_iso_week(date);
    const integer year = integer(date.year);
    const integer first = new_year_by_rule(year);
    const integer thursday = first + floor_mod(-first, 7) + 7 * integer(date.week) - 7;  // 1970-01-01 was one
    const integer expected = thursday + integer(date.day) - 4;
    const flag is_one = (1 <= date.week) & (thursday < new_year_by_rule(year + 1)) & (1 <= date.day) & (date.day <= 7);
    in.require(flag(days.has_value()) == (is_one & (civil_days_min <= expected) & (expected <= civil_days_max)));
    if (days) return in.require(integer(*days) == expected);
    in.require(days.error() == clock_error::out_of_range);
  }
};

struct civil_seconds_split {
  static constexpr law_info info{"civil.seconds.split", "every count of seconds is a day and a second of it, exactly"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const i64 seconds = in.template any<i64>("seconds");
    const auto parts = split_seconds(seconds);
    in.require(parts.second < 86'400);
    in.require(integer(parts.day) * 86'400 + integer(parts.second) == integer(seconds));
  }
};

struct civil_seconds_in_range {
  static constexpr law_info info{"civil.seconds.in-range",
                                 "a second is in the calendar's range exactly when its day is, and has the same day "
                                 "and second of it there"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const i64 seconds = in.template any<i64>("seconds");
    const day_and_second exact = split_seconds(seconds);
    const auto parts = split_seconds_in_range(seconds);
    const flag in_range = (civil_days_min <= exact.day) & (exact.day <= civil_days_max);
    in.require(flag(parts.has_value()) == in_range);
    if (!parts) return in.require(parts.error() == clock_error::out_of_range);
    in.require((parts->day == exact.day) & (parts->second == exact.second));
  }
};

struct civil_seconds_joined {
  static constexpr law_info info{"civil.seconds.joined",
                                 "a day and a second of it are a count of seconds exactly when it fits, and the "
                                 "second is one"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const day_and_second parts{in.template any<i64>("day"), in.template any<u32>("second")};
    const auto joined = join_seconds(parts);
    const integer expected = integer(parts.day) * 86'400 + integer(parts.second);
    const flag fits = (integer(min_of<i64>) <= expected) & (expected <= integer(max_of<i64>));
    in.require(flag(joined.has_value()) == (fits & (parts.second < 86'400)));
    if (joined) return in.require(integer(*joined) == expected);
    in.require(joined.error() == clock_error::out_of_range);
  }
};

struct civil_batch_bijection {
  static constexpr law_info info{"civil.batch.bijection",
                                 "in 32 bits, too, every day has a date that is one, and whose day it is"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const i32 days = in.template between<i32>("days", batch_days_min, batch_days_max);
    check_date(in, days);
  }
  template <class Inputs> static constexpr void check_date(Inputs& in, i32 days) {
    const auto narrow = narrow_date_of(days);
    const civil_date date{i64(narrow.year), narrow.month, narrow.day};
    in.require((date.year >= civil_year_min) & (date.year <= civil_year_max));
    in.require((date.month >= 1) & (date.month <= 12) & (date.day >= 1));
    in.require(integer(date.day) <= month_length_by_rule(integer(date.year), date.month));
    in.require(days_by_rule(date) == integer(days));
  }
};

/// So many days beside the first of March in the last year of a century.
constexpr i32 batch_day_beside(i32 era, i32 century, i32 beside) {
  const i32 march_2000 = 11'017;
  return march_2000 + 146'097 * era + 36'524 * century + beside;
}

/// A part of what civil.batch.bijection says, where samples would seldom look.
struct civil_batch_centuries {
  static constexpr law_info info{"civil.batch.centuries",
                                 "in 32 bits, too, the days about the end of February in a century's last year have "
                                 "their dates"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const i32 era = in.template between<i32>("era", -3'668, 3'667);
    const i32 century = in.template between<i32>("century", 0, 3);
    const i32 beside = in.template between<i32>("beside", -2, 2);
    civil_batch_bijection::check_date(in, batch_day_beside(era, century, beside));
  }
};

struct civil_batch_agrees {
  static constexpr law_info info{"civil.batch.agrees",
                                 "a batch is converted exactly when all its days are in range, each as by itself"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const i32 days[2] = {in.template any<i32>("days"), in.template any<i32>("more_days")};
    i32 years[3] = {77, 77, 77};
    u8 months[3] = {77, 77, 77};
    u8 days_of_month[3] = {77, 77, 77};
    const std::size_t count = in.template between<u32>("count", 1, 2) == 1 ? 1 : 2;
    const auto in_range = [](i32 day) { return (day >= batch_days_min) & (day <= batch_days_max); };
    const auto converted = dates_from_days(days, count, years, months, days_of_month);
    in.require(flag(converted.has_value()) == (in_range(days[0]) & ((count == 1) | in_range(days[1]))));
    if (!converted)
      in.require(converted.error() == clock_error::out_of_range);
    else
      in.require(*converted == count);
    for (std::size_t i = 0; i < 3; ++i) {
      if (!converted || i >= count) {
        in.require((years[i] == 77) & (months[i] == 77) & (days_of_month[i] == 77));
        continue;
      }
      const auto expected = narrow_date_of(days[i]);
      in.require((years[i] == expected.year) & (u32(months[i]) == expected.month) &
                 (u32(days_of_month[i]) == expected.day));
    }
  }
};

}  // namespace guestclock::inline GUESTCLOCK_WORDS::laws
