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
/// The number of days since 1970-01-01, in years that begin in March.
constexpr integer days_by_rule(const civil_date& date) {
  const flag is_early = date.month <= 2;
  const integer year = integer(date.year) - (is_early ? integer(1) : integer(0));
  const integer month = integer(date.month) + (is_early ? integer(9) : integer(-3));
  return 365 * year + floor_div(year, 4) - floor_div(year, 100) + floor_div(year, 400) + floor_div(153 * month + 2, 5) +
         integer(date.day) - 719'469;
}

struct civil_leap_rule {
  static constexpr law_info info{"civil.leap.rule", "a leap year is every fourth, but of the centuries only every fourth"};
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
  static constexpr law_info info{"civil.check.accepts", "a date is accepted exactly when its year is in range and its month has that day"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const i64 year = in.template any<i64>("year");
    const u32 month = in.template any<u32>("month");
    const civil_date date{year, month, in.template any<u32>("day")};
    const auto valid = guestclock::check(date);
    const flag in_range = (date.year >= civil_year_min) & (date.year <= civil_year_max) & (month >= 1) & (month <= 12);
    if (!in_range) return in.require(valid.error() == clock_error::out_of_range);
    const flag has_day = (date.day >= 1) & (integer(date.day) <= month_length_by_rule(integer(year), month));
    in.require(flag(valid.has_value()) == has_day);
    if (valid) return in.require(*valid == date);
    in.require(valid.error() == clock_error::out_of_range);
  }
};

struct civil_days_formula {
  static constexpr law_info info{"civil.days.formula", "a date's day is the sum of its years', its months' and its own days"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const civil_date date = any_valid_date(in);
    in.require(integer(days_of_valid(date)) == days_by_rule(date));
  }
};

struct civil_days_successor {
  static constexpr law_info info{"civil.days.successor", "1970-01-01 is day 0, and the day after a date is the next date's"};
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
  static constexpr law_info info{"civil.days.range", "a day has a date exactly in [civil_days_min, civil_days_max], and every date has such a day"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const i64 days = in.template any<i64>("days");
    const flag in_range = (days >= civil_days_min) & (days <= civil_days_max);
    in.require((civil_from_days(days).error() == clock_error{}) == in_range);
    const i64 day = days_of_valid(any_valid_date(in));
    in.require((day >= civil_days_min) & (day <= civil_days_max));
  }
};

struct civil_days_bijection {
  static constexpr law_info info{"civil.days.bijection", "every day in range has a date that is one, and whose day it is"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const i64 days = in.template between<i64>("days", civil_days_min, civil_days_max);
    in.require(days <= civil_days_max);  // what a guide shows, it shows before the first requirement
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
    in.require((a == b) == (days_of_valid(a) == days_of_valid(b)));
  }
};

}  // namespace guestclock::inline GUESTCLOCK_WORDS::laws
