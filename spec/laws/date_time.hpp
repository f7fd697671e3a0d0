// SPDX-License-Identifier: BSL-1.0
/// \file spec/laws/date_time.hpp
/// What <guestclock/calendar/date_time.hpp> promises.
#pragma once

#include <guestclock/calendar/date_time.hpp>

#include "civil.hpp"
#include "instant.hpp"
#include "law.hpp"
#include "unix_time.hpp"

namespace guestclock::inline GUESTCLOCK_WORDS::laws {

template <class Inputs> constexpr date_time any_date_time(Inputs& in, const civil_date& date) {
  const u32 hour = in.template between<u32>("hour", 0, 23);
  const u32 minute = in.template between<u32>("minute", 0, 59);
  const u32 second = in.template between<u32>("second", 0, 59);
  const u32 nanosecond = in.template between<u32>("nanosecond", 0, greatest_nanoseconds);
  return {date.year,  date.month,
          date.day,   hour,
          minute,     second,
          nanosecond, in.template between<i32>("utc_offset_seconds", -utc_offset_max, utc_offset_max)};
}
constexpr integer seconds_by_rule(const date_time& time) {
  return integer(days_of_valid(date_of(time))) * 86'400 + integer(time.hour) * 3'600 + integer(time.minute) * 60 +
         integer(time.second) - integer(time.utc_offset_seconds);
}
constexpr end_of_month policy_of(u32 number) {
  if (number == 0) return end_of_month::clamp;
  return number == 1 ? end_of_month::overflow : end_of_month::refuse;
}
constexpr flag is_error(const field_error& error, date_field field, const integer& value, const integer& low,
                        const integer& high) {
  return flag(error.field == field) & (integer(error.value) == value) & (integer(error.low) == low) &
         (integer(error.high) == high);
}

struct date_time_check_first_error {
  static constexpr law_info info{"date_time.check.first-error",
                                 "a time is accepted exactly when all fields are within their bounds; else the "
                                 "first that is not is named, with its bounds"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const i64 year = in.template any<i64>("year");
    const u32 month = in.template any<u32>("month");
    const u32 day = in.template any<u32>("day");
    const u32 hour = in.template any<u32>("hour");
    const u32 minute = in.template any<u32>("minute");
    const u32 second = in.template any<u32>("second");
    const u32 nanosecond = in.template any<u32>("nanosecond");
    const i32 offset = in.template any<i32>("utc_offset_seconds");
    check_time(in, {year, month, day, hour, minute, second, nanosecond, offset});
  }
  template <class Inputs> static constexpr void check_time(Inputs& in, const date_time& time) {
    const auto [year, month, day, hour, minute, second, nanosecond, offset] = time;
    const auto error = first_error(time);
    const auto valid = guestclock::check(time);
    const auto point = unix_time_of(time);
    in.require((valid.error() == clock_error::out_of_range) == (error.field != date_field::none));
    in.require(point.error() == valid.error());
    if (valid) in.require(*valid == time);
    const auto is = [&](date_field field, const integer& value, const integer& low, const integer& high) {
      return is_error(error, field, value, low, high);
    };
    if ((year < civil_year_min) | (year > civil_year_max))
      return in.require(is(date_field::year, integer(year), civil_year_min, civil_year_max));
    if ((month < 1) | (month > 12)) return in.require(is(date_field::month, integer(month), 1, 12));
    const integer length = integer(days_in_month(year, month));
    if ((day < 1) | (integer(day) > length)) return in.require(is(date_field::day, integer(day), 1, length));
    if (hour > 23) return in.require(is(date_field::hour, integer(hour), 0, 23));
    if (minute > 59) return in.require(is(date_field::minute, integer(minute), 0, 59));
    if (second > 59) return in.require(is(date_field::second, integer(second), 0, 59));
    if (nanosecond > 999'999'999) return in.require(is(date_field::nanosecond, integer(nanosecond), 0, 999'999'999));
    if ((offset < -86'399) | (offset > 86'399))
      return in.require(is(date_field::utc_offset, integer(offset), -86'399, 86'399));
    in.require(is(date_field::none, 0, 0, 0));
  }
};

/// A part of what date_time.check.first-error says, where samples would seldom look.
struct date_time_check_near {
  static constexpr law_info info{"date_time.check.near",
                                 "of fields at most one beyond their bounds, as a leap second's, the first beyond is named"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const i64 year = in.template between<i64>("year", civil_year_min - 1, civil_year_max + 1);
    const u32 month = in.template between<u32>("month", 0, 13);
    const u32 day = in.template between<u32>("day", 0, 32);
    const u32 hour = in.template between<u32>("hour", 0, 24);
    const u32 minute = in.template between<u32>("minute", 0, 60);
    const u32 second = in.template between<u32>("second", 0, 60);
    const u32 nanosecond = in.template between<u32>("nanosecond", 0, 1'000'000'000);
    const i32 offset = in.template between<i32>("utc_offset_seconds", -86'400, 86'400);
    date_time_check_first_error::check_time(in, {year, month, day, hour, minute, second, nanosecond, offset});
  }
};

struct date_time_point_formula {
  static constexpr law_info info{"date_time.point.formula",
                                 "a time's point is its day's, its hours', minutes' and seconds' seconds, less the "
                                 "offset, and its nanoseconds"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const date_time time = any_date_time(in, any_date_of_31(in));
    in.require(integer(seconds_of_valid(time)) == seconds_by_rule(time));
    const auto point = unix_time_of(time);
    if (!point) return in.require(point.error() == clock_error::out_of_range);
    in.require((point->seconds() == seconds_of_valid(time)) & (point->nanoseconds() == time.nanosecond));
  }
};

struct date_time_from_exact {
  static constexpr law_info info{"date_time.from.exact",
                                 "a point is shown exactly when the offset is within its bounds and the day in "
                                 "range: by that day's date, and the time of day"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const unix_time point = any_unix_time(in, "seconds", "nanoseconds");
    const i32 offset = in.template any<i32>("utc_offset_seconds");
    const auto time = date_time_from(point, offset);
    const integer local = integer(point.seconds()) + integer(offset);
    const flag fits = (integer(min_of<i64>) <= local) & (local <= integer(max_of<i64>));
    if (!(fits & (-86'399 <= offset) & (offset <= 86'399)))
      return in.require(time.error() == clock_error::out_of_range);
    const auto parts = split_seconds_in_range(point.seconds() + i64(offset));
    in.require(time.error() == parts.error());
    if (!time) return;
    in.require(date_of(*time) == date_of_valid(parts->day));
    in.require((time->hour <= 23) & (time->minute <= 59) & (time->second <= 59));
    in.require(integer(time->hour) * 3'600 + integer(time->minute) * 60 + integer(time->second) ==
               integer(parts->second));
    in.require((time->nanosecond == point.nanoseconds()) & (time->utc_offset_seconds == offset));
  }
};

struct date_time_from_instant {
  static constexpr law_info info{"date_time.from.instant",
                                 "an instant of a clock is shown as the point that lies as long after the clock's "
                                 "zero"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const instant now{in.template any<u64>("now")};
    const unix_time zero = any_unix_time(in, "seconds", "nanoseconds");
    const i32 offset = in.template between<i32>("utc_offset_seconds", -utc_offset_max, utc_offset_max);
    const auto shown = date_time_from(now, zero, offset);
    const auto point = checked_add(zero, now - instant{});
    if (!point) return in.require(shown.error() == clock_error::out_of_range);
    const auto expected = date_time_from(*point, offset);
    in.require(shown.error() == expected.error());
    if (shown && expected) in.require(*shown == *expected);
  }
};

struct date_time_order_as_points {
  static constexpr law_info info{"date_time.order.as-points",
                                 "times are in the order of their points, whatever their offsets"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const date_time a = any_date_time(in, any_date_of_31(in));
    const date_time b = any_date_time(in, any_date_of_31(in));
    const integer second = 1'000'000'000;
    const integer point = integer(seconds_of_valid(a)) * second + integer(a.nanosecond);
    const integer other = integer(seconds_of_valid(b)) * second + integer(b.nanosecond);
    in.require((order_of_points(a, b) < 0) == (point < other));
    in.require((order_of_points(a, b) > 0) == (other < point));
  }
};

struct date_time_equal_fields {
  static constexpr law_info info{"date_time.equal.fields", "times are equal exactly when every field is"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const date_time a = any_date_time(in, any_date_of_31(in));
    const date_time b = any_date_time(in, any_date_of_31(in));
    const flag dates = (a.year == b.year) & (a.month == b.month) & (a.day == b.day);
    const flag times =
        (a.hour == b.hour) & (a.minute == b.minute) & (a.second == b.second) & (a.nanosecond == b.nanosecond);
    in.require((a == b) == (dates & times & (a.utc_offset_seconds == b.utc_offset_seconds)));
    in.require((a != b) == !(a == b));
    in.require((date_of(a) == date_of(b)) == dates);
    in.require((date_of(a) != date_of(b)) == !dates);
  }
};

struct date_time_hour_dial {
  static constexpr law_info info{"date_time.hour.dial", "the dial has 12, then 1 to 11, before noon and after"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const u32 hour = in.template between<u32>("hour", 0, 23);
    const integer dial = integer(hour_12(hour));
    in.require((1 <= dial) & (dial <= 12));
    in.require(floor_mod(dial, 12) + 12 * integer(one_if(is_pm(hour))) == integer(hour));
  }
};

struct date_time_ordinal_suffix {
  static constexpr law_info info{"date_time.ordinal.suffix",
                                 "ordinals end in st, nd, rd after 1, 2, 3, but for 11, 12 and 13; else in th"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const u64 number = in.template any<u64>("number");
    const char* const suffix = ordinal_suffix(number);
    const auto is = [&](char first, char second) {
      return flag(suffix[0] == first && suffix[1] == second && suffix[2] == 0);
    };
    const integer last = floor_mod(integer(number), 10);
    const integer two = floor_mod(integer(number), 100);
    const flag is_teen = (11 <= two) & (two <= 13);
    in.require(is('s', 't') == ((last == 1) & !is_teen));
    in.require(is('n', 'd') == ((last == 2) & !is_teen));
    in.require(is('r', 'd') == ((last == 3) & !is_teen));
    in.require(is('t', 'h') == (is_teen | (last == 0) | (4 <= last)));
  }
};

struct date_time_months_add {
  static constexpr law_info info{"date_time.months.add",
                                 "months are added exactly when the sum is in range and, to be refused, the month "
                                 "has the day; a missing day is the last, or so many days later"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const civil_date date = any_date_of_31(in);
    const i64 months = in.template any<i64>("months");
    const end_of_month policy = policy_of(in.template between<u32>("policy", 0, 2));
    const integer index = integer(date.year) * 12 + integer(date.month) - 1 + integer(months);
    const flag in_range = (12 * integer(civil_year_min) <= index) & (index < 12 * integer(civil_year_max) + 12);
    const auto sum = add_months(date, months, policy);
    if (!in_range) return in.require(sum.error() == clock_error::out_of_range);
    const auto clamped = add_months(date, months, end_of_month::clamp);
    in.require(clamped.has_value());
    in.require((1 <= clamped->month) & (clamped->month <= 12));
    in.require(integer(clamped->year) * 12 + integer(clamped->month) - 1 == index);
    const u32 length = days_in_month(clamped->year, clamped->month);
    const flag has_day = date.day <= length;
    if (has_day)
      in.require(clamped->day == date.day);
    else
      in.require(clamped->day == length);
    if (policy == end_of_month::refuse)
      in.require(flag(sum.has_value()) == has_day);
    else
      in.require(sum.has_value());
    if (!sum) return in.require(sum.error() == clock_error::out_of_range);
    if (policy == end_of_month::overflow && !has_day)
      return in.require(*sum == civil_date{clamped->year, clamped->month + 1, date.day - length});
    in.require(*sum == *clamped);
  }
};

struct date_time_months_years {
  static constexpr law_info info{"date_time.months.years",
                                 "a year is twelve months, and a time keeps all but its date"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const date_time time = any_date_time(in, any_date_of_31(in));
    const i64 years = in.template any<i64>("years");
    const end_of_month policy = policy_of(in.template between<u32>("policy", 0, 2));
    const auto date = add_years(date_of(time), years, policy);
    const auto later = add_years(time, years, policy);
    in.require(later.error() == date.error());
    const integer months = 12 * integer(years);
    const flag fits = (integer(min_of<i64>) <= months) & (months <= integer(max_of<i64>));
    if (!fits) return in.require(date.error() == clock_error::out_of_range);
    const auto expected = add_months(date_of(time), years * 12, policy);
    in.require(date.error() == expected.error());
    if (!expected || !date || !later) return;
    in.require(*date == *expected);
    const date_time whole{date->year,  date->month, date->day,       time.hour,
                          time.minute, time.second, time.nanosecond, time.utc_offset_seconds};
    in.require(*later == whole);
  }
};

struct date_time_carry_exact {
  static constexpr law_info info{"date_time.carry.exact",
                                 "a value is what carries over, in its unit, and a rest of less than one unit"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const i64 value = in.template any<i64>("value");
    const u32 which = in.template between<u32>("unit", 0, 6);
    constexpr std::uint64_t units[] = {400, 4'800, 146'097, 24, 1'440, 86'400, 1'000'000'000};
    for (std::uint32_t i = 0; i < 7; ++i) {
      if (which != i) continue;
      const auto parts = carry_over(value, units[i]);
      in.require(integer(parts.carry) * integer(units[i]) + integer(parts.rest) == integer(value));
      in.require((-integer(units[i]) < integer(parts.rest)) & (integer(parts.rest) < integer(units[i])));
    }
  }
};

/// Any fields; half of the time such as are in range, which few are.
template <class Inputs> constexpr civil_fields any_civil_fields(Inputs& in) {
  const bool is_near = static_cast<bool>(in.template between<u32>("is_near", 0, 1) == 1);
  const auto field = [&](const char* name) {
    return is_near ? in.template between<i64>(name, -1'000'000'000, 1'000'000'000) : in.template any<i64>(name);
  };
  const i64 year = field("year");
  const i64 month = field("month");
  const i64 day = field("day");
  const i64 hour = field("hour");
  const i64 minute = field("minute");
  const i64 second = field("second");
  return {year, month, day, hour, minute, second, field("nanosecond")};
}
/// The first of a month, which need not be in any range, in days since 1970-01-01.
constexpr integer month_begin_by_rule(const integer& year, const integer& month) {
  const flag is_early = month <= 2;
  const integer march_year = is_early ? year - 1 : year;
  const integer march_month = is_early ? month + 9 : month - 3;
  return 365 * march_year + floor_div(march_year, 4) - floor_div(march_year, 100) + floor_div(march_year, 400) +
         floor_div(153 * march_month + 2, 5) - 719'468;
}

struct date_time_normalise_exact {
  static constexpr law_info info{"date_time.normalise.exact",
                                 "any numbers are carried over, exactly when the day that comes out is in range"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const civil_fields fields = any_civil_fields(in);
    const auto time = carry_over(fields);
    const integer year = integer(fields.year) + floor_div(integer(fields.month) - 1, 12);
    const integer month = floor_mod(integer(fields.month) - 1, 12) + 1;
    const integer seconds = integer(fields.hour) * 3'600 + integer(fields.minute) * 60 + integer(fields.second) +
                            floor_div(integer(fields.nanosecond), 1'000'000'000);
    const integer day = month_begin_by_rule(year, month) + integer(fields.day) - 1 + floor_div(seconds, 86'400);
    in.require(flag(time.has_value()) == ((civil_days_min <= day) & (day <= civil_days_max)));
    if (!time) return in.require(time.error() == clock_error::out_of_range);
    in.require(integer(time->day) == day);
    in.require(integer(time->second) == floor_mod(seconds, 86'400));
    in.require(integer(time->nanosecond) == floor_mod(integer(fields.nanosecond), 1'000'000'000));
  }
};

struct date_time_normalise_shown {
  static constexpr law_info info{"date_time.normalise.shown",
                                 "what is carried over is shown in UTC, whatever the year and any one of the other fields"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const u32 other = in.template between<u32>("other", 1, 6);
    const i64 value = in.template any<i64>("value");
    civil_fields fields{in.template any<i64>("year"), 1, 1, 0, 0, 0, 0};
    if (other == 1) fields.month = value;
    if (other == 2) fields.day = value;
    if (other == 3) fields.hour = value;
    if (other == 4) fields.minute = value;
    if (other == 5) fields.second = value;
    if (other == 6) fields.nanosecond = value;
    const auto shown = normalise(fields);
    const auto time = carry_over(fields);
    in.require(shown.error() == time.error());
    if (!shown || !time) return;
    in.require(*shown == date_time_on(date_of_valid(time->day), time->second, time->nanosecond, 0));
  }
};

struct date_time_system_since {
  static constexpr law_info info{"date_time.system.since",
                                 "the span since an earlier reading is exact, and no value exactly where that is "
                                 "the later one"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const system_time later(any_unix_time(in, "seconds", "nanoseconds"));
    const system_time earlier(any_unix_time(in, "other_seconds", "other_nanoseconds"));
    const auto span = later.duration_since(earlier);
    const auto same = earlier.elapsed(later);
    const integer expected = exact_nanoseconds(later.point()) - exact_nanoseconds(earlier.point());
    in.require(same.error() == span.error());
    in.require(flag(span.has_value()) == has_duration(expected));
    in.require((later < earlier) == (exact_nanoseconds(later.point()) < exact_nanoseconds(earlier.point())));
    in.require(((later == earlier) == (expected == 0)) & ((later != earlier) == !(expected == 0)));
    if (!span || !same) return in.require(span.error() == clock_error::out_of_range);
    in.require(exact_nanoseconds(span->signed_span()) == expected);
    in.require(exact_nanoseconds(same->signed_span()) == expected);
    in.require(span->has_value() == (0 <= expected));
    if (span->has_value()) in.require(exact_nanoseconds(**span) == expected);
  }
};

struct date_time_system_add {
  static constexpr law_info info{"date_time.system.add",
                                 "a reading and a span, added or subtracted, are exact, and refused exactly when "
                                 "there is no such point"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const system_time start(any_unix_time(in, "seconds", "nanoseconds"));
    const duration span = any_duration(in, "more_seconds", "more_nanoseconds");
    const flag is_sum = in.template between<u32>("is_sum", 0, 1) == 1;
    const auto made = is_sum ? checked_add(start, span) : checked_sub(start, span);
    const integer begin = exact_nanoseconds(start.point());
    const integer expected = is_sum ? begin + exact_nanoseconds(span) : begin - exact_nanoseconds(span);
    in.require(flag(made.has_value()) == has_duration(expected));
    if (!made) return in.require(made.error() == clock_error::out_of_range);
    in.require((made->point().nanoseconds() < nanoseconds_per_second) & (exact_nanoseconds(made->point()) == expected));
  }
};

}  // namespace guestclock::inline GUESTCLOCK_WORDS::laws
