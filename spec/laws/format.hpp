// SPDX-License-Identifier: BSL-1.0
/// \file spec/laws/format.hpp
/// What <guestclock/calendar/format.hpp> promises of numbers; what it writes stands in format_text.hpp.
#pragma once

#include <guestclock/calendar/format.hpp>

#include "civil.hpp"
#include "date_time.hpp"
#include "law.hpp"
#include "unix_time.hpp"

namespace guestclock::inline GUESTCLOCK_WORDS::laws {

constexpr integer power_of_ten(u32 exponent) {
  integer power = 1;
  for (int i = 0; i < 10; ++i)
    if (u32(i) < exponent) power = power * 10;
  return power;
}

struct format_digits_two {
  static constexpr law_info info{"format.digits.two", "two digits are a number's tens and ones, as characters"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const u32 number = in.template between<u32>("number", 0, 99);
    const u32 text = two_digits(number);
    const integer tens = floor_div(integer(number), 10);
    in.require(integer(text) == (tens + 0x30) + 256 * (integer(number) - 10 * tens + 0x30));
  }
};

struct format_digits_count {
  static constexpr law_info info{"format.digits.count",
                                 "a year has as many digits as the least power of ten above it has zeros, and at least "
                                 "four"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const u32 magnitude = in.template any<u32>("magnitude");
    const u32 count = count_year_digits(magnitude);
    for (int i = 4; i <= 10; ++i) in.require((count > u32(i)) == (integer(magnitude) >= power_of_ten(u32(i))));
    in.require((count >= 4) & (count <= 10));
  }
};

struct format_digits_magnitude {
  static constexpr law_info info{"format.digits.magnitude", "a number and its negative have one magnitude"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const u64 magnitude = in.template between<u64>("magnitude", 0, u64(max_of<i64>));
    in.require((magnitude_of(i64(magnitude)) == magnitude) & (magnitude_of(-i64(magnitude)) == magnitude));
  }
};

struct format_fraction_shortest {
  static constexpr law_info info{
      "format.fraction.shortest",
      "a fraction of a second is a whole number of its last digit's units, which is not zero"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const u32 nanosecond = in.template between<u32>("nanosecond", 1, 999'999'999);
    const u32 digits = fraction_digits(nanosecond);
    in.require((digits >= 1) & (digits <= 9));
    const integer unit = power_of_ten(9 - digits);
    in.require(floor_mod(integer(nanosecond), unit) == 0);
    in.require(!(floor_mod(integer(nanosecond), unit * 10) == 0));
  }
};

/// How many characters the year has: four digits, or a sign and at least four.
constexpr integer year_length_by_rule(const integer& year) {
  if ((0 <= year) & (year < 10'000)) return 4;
  const integer magnitude = year < 0 ? -year : year;
  integer length = 5;
  for (int digits = 4; digits < 10; ++digits)
    if (power_of_ten(u32(digits)) <= magnitude) length = integer(digits + 2);
  return length;
}

struct format_rfc3339_year {
  static constexpr law_info info{"format.rfc3339.year",
                                 "a year has four digits in [0, 9999], else a sign and as many digits as it takes, at "
                                 "least four"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const i64 year = any_civil_year(in);
    const year_text text = year_text_of(year);
    in.require(integer(text.length) == year_length_by_rule(integer(year)));
    in.require((text.sign == 0x2D) == (year < 0));
    in.require((text.sign == 0x2B) == (year > 9'999));
    in.require((text.sign == 0) == (text.length == 4));
    in.require(integer(text.magnitude) == (year < 0 ? -integer(year) : integer(year)));
  }
};

struct format_rfc3339_length {
  static constexpr law_info info{"format.rfc3339.length",
                                 "a text has as many characters as its year, 15 for the rest, those of a fraction, "
                                 "and Z or an offset; never more than 42"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    date_time time{any_civil_year(in), u32(1), u32(1)};
    time.nanosecond = in.template between<u32>("nanosecond", 0, greatest_nanoseconds);
    time.utc_offset_seconds = in.template between<i32>("utc_offset_seconds", -utc_offset_max, utc_offset_max);
    const u32 length = rfc3339_length(time);
    const integer fraction = time.nanosecond == 0 ? integer(0) : integer(fraction_digits(time.nanosecond)) + 1;
    const integer zone = time.utc_offset_seconds == 0 ? integer(1) : integer(6);
    in.require(integer(length) == integer(year_text_of(time.year).length) + 15 + fraction + zone);
    in.require(integer(length) <= integer(std::uint64_t{rfc3339_size_max}));
  }
};

struct format_rfc3339_offset {
  static constexpr law_info info{"format.rfc3339.offset",
                                 "an offset has minutes exactly where it has no seconds, and as many as it has"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const i32 offset = in.template between<i32>("utc_offset_seconds", -utc_offset_max, utc_offset_max);
    const auto minutes = offset_minutes(offset);
    const integer magnitude = offset < 0 ? -integer(offset) : integer(offset);
    in.require(flag(minutes.has_value()) == (floor_mod(magnitude, 60) == 0));
    if (!minutes) return in.require(minutes.error() == clock_error::out_of_range);
    in.require(integer(*minutes) * 60 == magnitude);
  }
};

struct format_rfc3339_plain {
  static constexpr law_info info{"format.rfc3339.plain",
                                 "a point has the plain form exactly where its year has four digits, its seconds are "
                                 "whole and the offset is zero; its day, and the second of it, are what they are"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const unix_time point = any_unix_time(in, "seconds", "nanoseconds");
    const i32 offset = in.template any<i32>("utc_offset_seconds");
    const integer seconds = integer(point.seconds());
    const flag has_four_digits =
        (new_year_by_rule(0) * 86'400 <= seconds) & (seconds < new_year_by_rule(10'000) * 86'400);
    in.require(is_plain(point, offset) == (has_four_digits & (point.nanoseconds() == 0) & (offset == 0)));
    if (!has_four_digits) return;
    const auto parts = split_plain_seconds(point.seconds());
    in.require(integer(parts.day) * 86'400 + integer(parts.second) == seconds);
    in.require(parts.second < 86'400);
  }
};

/// Any numbers.
template <class Inputs> constexpr tm_fields any_tm(Inputs& in) {
  tm_fields fields;
  fields.tm_sec = in.template any<i32>("tm_sec");
  fields.tm_min = in.template any<i32>("tm_min");
  fields.tm_hour = in.template any<i32>("tm_hour");
  fields.tm_mday = in.template any<i32>("tm_mday");
  fields.tm_mon = in.template any<i32>("tm_mon");
  fields.tm_year = in.template any<i32>("tm_year");
  return fields;
}

struct format_tm_of {
  static constexpr law_info info{"format.tm.of",
                                 "a time has C's fields exactly where it is one and an int can say its year since "
                                 "1900: the time's own, its weekday and its day of the year"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const date_time time = any_date_time(in, any_date_of_31(in));
    const auto fields = tm_of(time);
    const flag is_time = guestclock::check(time).has_value();
    in.require(flag(fields.has_value()) == (is_time & (integer(time.year) - 1'900 >= -integer(1) * power_of_two(31))));
    if (!fields) return in.require(fields.error() == clock_error::out_of_range);
    in.require((integer(fields->tm_sec) == integer(time.second)) & (integer(fields->tm_min) == integer(time.minute)) &
               (integer(fields->tm_hour) == integer(time.hour)) & (integer(fields->tm_mday) == integer(time.day)));
    in.require((integer(fields->tm_mon) == integer(time.month) - 1) & (year_of(*fields) == time.year));
    in.require(integer(fields->tm_year) == integer(time.year) - 1'900);
    const integer weekday = integer(weekday_number(days_of_valid(date_of(time))));
    in.require(integer(fields->tm_wday) == floor_mod(weekday + 1, 7));
    in.require(integer(fields->tm_yday) == integer(day_of_year(date_of(time))) - 1);
    in.require((fields->tm_gmtoff == time.utc_offset_seconds) & (fields->tm_isdst == 0));
    in.require(flag(fields->tm_zone != nullptr) == (time.utc_offset_seconds == 0));
  }
};

struct format_tm_seconds {
  static constexpr law_info info{"format.tm.seconds",
                                 "fields are seconds exactly where they carry over into the calendar, whatever they "
                                 "are: the day's, those of the day, less the offset"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    tm_fields fields = any_tm(in);
    fields.tm_gmtoff = in.template any<i32>("tm_gmtoff");
    const auto time = carry_over({i64(fields.tm_year) + 1'900, i64(fields.tm_mon) + 1, i64(fields.tm_mday),
                                  i64(fields.tm_hour), i64(fields.tm_min), i64(fields.tm_sec), i64(0)});
    const auto seconds = seconds_of(fields);
    in.require(seconds.error() == time.error());
    if (!time || !seconds) return;
    in.require(integer(*seconds) == integer(time->day) * 86'400 + integer(time->second) - integer(fields.tm_gmtoff));
  }
};

struct format_tm_weekday {
  static constexpr law_info info{"format.tm.weekday", "tm_wday is a weekday exactly from 0, Sunday, to 6"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    tm_fields fields;
    fields.tm_wday = in.template any<i32>("tm_wday");
    const auto weekday = weekday_number_of(fields);
    in.require(flag(weekday.has_value()) == ((0 <= fields.tm_wday) & (fields.tm_wday <= 6)));
    if (!weekday) return in.require(weekday.error() == clock_error::out_of_range);
    in.require(integer(*weekday) == floor_mod(integer(fields.tm_wday) - 1, 7));
  }
};

struct format_tm_weeks {
  static constexpr law_info info{"format.tm.weeks",
                                 "the first week begins on the year's first such day, and a week every seven days"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const u32 year_day = in.template between<u32>("tm_yday", 0, 365);
    const u32 since_first = in.template between<u32>("since_first", 0, 6);
    const integer begin = integer(year_day) - integer(since_first);  // of this week, from the first of January
    const integer week = integer(week_of_year(year_day, since_first));
    in.require((7 * week - 7 <= begin) & (begin < 7 * week));
  }
};

struct format_tm_iso_week {
  static constexpr law_info info{"format.tm.iso-week",
                                 "fields have a week of ISO 8601 exactly where they have a weekday and a day that "
                                 "the year has: that day's"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const flag is_near = in.template between<u32>("is_near", 0, 1) == 1;
    tm_fields fields;
    fields.tm_year = in.template any<i32>("tm_year");
    fields.tm_wday = is_near ? in.template between<i32>("tm_wday", -1, 7) : in.template any<i32>("tm_wday");
    fields.tm_yday = is_near ? in.template between<i32>("tm_yday", -1, 366) : in.template any<i32>("tm_yday");
    const auto week = iso_week_of(fields);
    const i64 year = i64(fields.tm_year) + 1'900;
    const flag has_day =
        (0 <= fields.tm_yday) & ((fields.tm_yday < 365) | ((fields.tm_yday == 365) & is_leap_year(year)));
    const auto weekday = weekday_number_of(fields);
    in.require(flag(week.has_value()) == (has_day & flag(weekday.has_value())));
    if (!week || !weekday) return in.require(week.error() == clock_error::out_of_range);
    in.require(*week == iso_week_of_year_day(year, u32(fields.tm_yday) + 1, *weekday));
  }
};

}  // namespace guestclock::inline GUESTCLOCK_WORDS::laws
