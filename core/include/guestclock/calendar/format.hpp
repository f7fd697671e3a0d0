// SPDX-License-Identifier: BSL-1.0
/// \file guestclock/calendar/format.hpp
/// Civil times as text: RFC 3339 and ISO 8601, and C's `strftime` in the C locale.
///
/// Text goes into the caller's buffer, `size` characters at `to`; what lies behind them is not touched, and `to` may be
/// null where there are none. No terminating zero is written, none is needed. The result says how many characters were
/// written, or how many the text has.
///
/// RFC 3339 is `2026-01-15T15:34:56Z`. A fraction stands there where it is not zero, without trailing zeros (as Go's
/// RFC3339Nano has it): `56.5Z`, `56.000000001Z`. An offset other than zero is `+05:30`. Years outside [0, 9999] are
/// those of ISO 8601's expanded form, with a sign and at least four digits: `+10000-01-01T00:00:00Z`, `-0001-…`.
///
/// `strftime` knows every conversion of POSIX.1-2024 and C23, and glibc's `%k %l %P`:
///
///     %[_-0+^#]*[width][E|O]conversion
///
///     a A b B h   names; ? where tm_wday or tm_mon is none
///     d H I m M S j e k l w   any number, at least 2 places (j: 3, w: 1); blanks are filled in for e k l, else 0
///     p P         AM or PM, am or pm
///     C y Y       the year / 100, rounded towards zero (2 places); its last two digits; all of it. A year before 0
///                 has a sign in Y, and in C where that is not 0
///     u U W       weekday, 1 to 7; weeks from Sundays, from Mondays; ? where tm_wday is none, or no year has tm_yday
///     V g G       ISO 8601's week, and the year that it is of; ? where tm_wday is none, or the year lacks tm_yday
///     s           seconds since 1970, tm_gmtoff taken off; ? where the date, carried over, is outside the calendar
///     z Z         +hhmm, nothing where tm_isdst is below 0; tm_zone, nothing where it is null
///     c D F r R T x X n t %   as in POSIX's locale
///
/// Flags, as glibc has them: `_` pads with blanks, `0` with zeros, `-` numbers not at all; `^` is upper case, `#` the
/// other case (lower for p and Z). `+`, of POSIX, pads with zeros, and gives C, F, G and Y a sign if they are wider
/// than two, for years than four places (which they then have at least). The last of the first four counts. A width is
/// the least number of characters, the sign one of them; F's is its year's and 6. A width pads what is not a number,
/// too, with blanks or with 0. E may stand before c C x X y Y, O before b B d e h H I k l m M S u U V w W y; both
/// change nothing.
///
/// Source: RFC 3339, 5.6; ISO 8601-1, 5.2.2.3 (expanded representations); IEEE Std 1003.1-2024, strftime; ISO/IEC 9899,
/// 7.29.3.5; the GNU C Library, 21.5.5 (flags, widths).
#pragma once

#include <cstddef>
#include <cstdint>

#include <guestclock/calendar/civil.hpp>
#include <guestclock/calendar/date_time.hpp>
#include <guestclock/calendar/tm.hpp>
#include <guestclock/result.hpp>
#include <guestclock/unix_time.hpp>
#include <guestclock/word.hpp>

namespace guestclock::inline GUESTCLOCK_WORDS {

/// Why there is no text, or not all of it.
enum class format_error : std::uint8_t {
  none,
  buffer_too_small,       ///< the text has more characters than the buffer: `count` says how many
  out_of_range,           ///< this is not a time, or not one that the calendar has: `first_error` says more
  offset_not_in_minutes,  ///< the offset has seconds, which the form cannot say
  unknown_conversion,     ///< the format asks for what there is not, by the % at `count`
  unfinished_conversion,  ///< the format ends in a conversion, which begins with the % at `count`
};

/// The error's name as it stands in this file.
///   ensures  a name of its own                                  [format.errors.named]
[[nodiscard]] constexpr const char* name_of(format_error error) noexcept {
  switch (error) {
    case format_error::none: return "none";
    case format_error::buffer_too_small: return "buffer_too_small";
    case format_error::out_of_range: return "out_of_range";
    case format_error::offset_not_in_minutes: return "offset_not_in_minutes";
    case format_error::unknown_conversion: return "unknown_conversion";
    case format_error::unfinished_conversion: return "unfinished_conversion";
  }
  return "unknown";
}

/// What became of a text.
struct written {
  std::uint64_t count{};  ///< the characters that were written; with an error, what that says, else 0
  format_error error{};   ///< `none` where the whole text was written

  constexpr explicit operator bool() const noexcept { return error == format_error::none; }
};

// --- Digits. ---

/// A number below 100 as two digits: the first one's character in the low 8 bits.
///   requires number < 100
///   ensures  the characters of its tens and its ones            [format.digits.two]
[[nodiscard]] constexpr u32 two_digits(u32 number) noexcept {
  relies_on(number < 100);
  const u32 tens = (number * 103) >> 10;
  return number * 256 - tens * 2'559 + 0x3030;  // tens + 256 · ones, and "00"
}

/// How many digits a year has, without its sign, where it has at least four.
///   ensures  exactly that                                       [format.digits.count]
[[nodiscard]] constexpr u32 count_year_digits(u32 magnitude) noexcept {
  u32 count = 4;
  for (std::uint64_t power = 10'000; power <= 1'000'000'000; power *= 10)
    count = count + u32(one_if(u64(magnitude) >= power));
  return count;
}

/// A number without its sign.
///   requires a number above the least one
///   ensures  exactly that                                       [format.digits.magnitude]
[[nodiscard]] constexpr u64 magnitude_of(i64 number) noexcept { return u64(number < 0 ? -number : number); }

/// How many digits a fraction of a second has without trailing zeros.
///   requires nanosecond in [1, 10^9)
///   ensures  the fewest that tell it exactly                    [format.fraction.shortest]
[[nodiscard]] constexpr u32 fraction_digits(u32 nanosecond) noexcept {
  relies_on((nanosecond >= 1) & (nanosecond < 1'000'000'000));
  if (nanosecond % 1'000 != 0) {
    if (nanosecond % 100 == 0) return 7;
    return nanosecond % 10 == 0 ? u32(8) : u32(9);
  }
  if (nanosecond % 1'000'000 != 0) {
    if (nanosecond % 100'000 == 0) return 4;
    return nanosecond % 10'000 == 0 ? u32(5) : u32(6);
  }
  if (nanosecond % 100'000'000 == 0) return 1;
  return nanosecond % 10'000'000 == 0 ? u32(2) : u32(3);
}

/// The digits of each number below 100, as `two_digits` makes them.
struct digit_pair_table {
  std::uint16_t pairs[100]{};
};
inline constexpr digit_pair_table digit_pairs = [] {
  digit_pair_table table;
  for (std::uint32_t i = 0; i < 100; ++i) table.pairs[i] = static_cast<std::uint16_t>(machine_word(two_digits(i)));
  return table;
}();

/// A number below 100, as two characters at `to`.
///   requires number < 100
///   ensures  those of `two_digits`                              [format.rfc3339.exact]
constexpr void put_two_digits(char* to, std::uint32_t number) noexcept {
  const std::uint32_t pair = digit_pairs.pairs[number];
  to[0] = static_cast<char>(pair & 0xFF);
  to[1] = static_cast<char>(pair >> 8);
}

/// A number's last `count` digits, as characters that end before `end`.
constexpr void put_digits(char* end, std::uint32_t number, std::uint32_t count) noexcept {
  for (; count != 0; --count, number /= 10) *--end = static_cast<char>('0' + number % 10);
}

// --- RFC 3339. ---

/// No time has more characters in RFC 3339's form.
inline constexpr std::size_t rfc3339_size_max = 42;

/// A year as text: its number without its sign, the sign, and how many characters they are.
struct year_text {
  u32 magnitude{};
  u32 sign{};    ///< the character '-' before year 0, '+' after 9999; else 0, for none
  u32 length{};  ///< 4 where there is no sign
};

/// The year's text.
///   requires year in [civil_year_min, civil_year_max]
///   ensures  four digits, or a sign and at least four          [format.rfc3339.year]
[[nodiscard]] constexpr year_text year_text_of(i64 year) noexcept {
  relies_on((year >= civil_year_min) & (year <= civil_year_max));
  const u32 magnitude = u32(magnitude_of(year));
  if (year < 0) return {magnitude, u32(0x2D), count_year_digits(magnitude) + 1};
  if (year > 9'999) return {magnitude, u32(0x2B), count_year_digits(magnitude) + 1};
  return {magnitude, u32(0), u32(4)};
}

/// How many characters a time has in RFC 3339's form.
///   requires a time that `check` accepts
///   ensures  the year's, 15 for the rest, the fraction's if there is one, 1 for Z or 6 for an offset: at most
///            rfc3339_size_max                                   [format.rfc3339.length]
[[nodiscard]] constexpr u32 rfc3339_length(const date_time& time) noexcept {
  const u32 fraction = time.nanosecond == 0 ? u32(0) : fraction_digits(time.nanosecond) + 1;
  return year_text_of(time.year).length + fraction + (time.utc_offset_seconds == 0 ? u32(16) : u32(21));
}

/// How many minutes an offset is, in either direction.
///   requires an offset within ±utc_offset_max
///   ensures  accepts exactly whole minutes                      [format.rfc3339.offset]
///   errors   out_of_range
[[nodiscard]] constexpr result<u32> offset_minutes(i32 utc_offset_seconds) noexcept {
  const u32 seconds = u32(magnitude_of(i64(utc_offset_seconds)));
  if (seconds % 60 != 0) return clock_error::out_of_range;
  return seconds / 60;
}

/// `-01-15T15:34:56`, 15 characters at `to`.
constexpr void put_month_to_second(char* to, u32 month, u32 day, u32 hour, u32 minute, u32 second) noexcept {
  to[0] = '-';
  put_two_digits(to + 1, machine_word(month));
  to[3] = '-';
  put_two_digits(to + 4, machine_word(day));
  to[6] = 'T';
  put_two_digits(to + 7, machine_word(hour));
  to[9] = ':';
  put_two_digits(to + 10, machine_word(minute));
  to[12] = ':';
  put_two_digits(to + 13, machine_word(second));
}

/// A year of four digits.
constexpr void put_four_digits(char* to, std::uint32_t number) noexcept {
  put_two_digits(to, number / 100);
  put_two_digits(to + 2, number % 100);
}

/// The text of a time that is one.
[[gnu::noinline]] constexpr written put_rfc3339(char* to, std::uint64_t size, const date_time& time) noexcept {
  const result<u32> offset = offset_minutes(time.utc_offset_seconds);
  if (!offset) return {0, format_error::offset_not_in_minutes};
  const std::uint64_t length = machine_word(rfc3339_length(time));
  if (size < length) return {length, format_error::buffer_too_small};

  const year_text year = year_text_of(time.year);
  const std::uint32_t magnitude = machine_word(year.magnitude);
  const std::uint32_t year_length = machine_word(year.length);
  if (year.sign == 0) {
    put_four_digits(to, magnitude);
  } else {
    to[0] = static_cast<char>(machine_word(year.sign));
    put_digits(to + year_length, magnitude, year_length - 1);
  }
  to += year_length;
  put_month_to_second(to, time.month, time.day, time.hour, time.minute, time.second);
  to += 15;
  if (time.nanosecond != 0) {
    const std::uint32_t digits = machine_word(fraction_digits(time.nanosecond));
    std::uint32_t fraction = machine_word(time.nanosecond);
    for (std::uint32_t left = digits; left != 9; ++left) fraction /= 10;
    to[0] = '.';
    to += 1 + digits;
    put_digits(to, fraction, digits);
  }
  const std::uint32_t minutes = machine_word(*offset);
  if (time.utc_offset_seconds > 0) {
    to[0] = '+';
  } else if (time.utc_offset_seconds < 0) {
    to[0] = '-';
  } else {
    to[0] = 'Z';
    return {length, format_error::none};
  }
  put_two_digits(to + 1, minutes / 60);
  to[3] = ':';
  put_two_digits(to + 4, minutes % 60);
  return {length, format_error::none};
}

/// A time in RFC 3339's form.
///   requires `size` characters at `to`
///   ensures  accepts exactly what `check` does, with an offset of whole minutes, where the buffer has room; then the
///            form stands in it, and nothing behind               [format.rfc3339.exact]
///   errors   out_of_range, offset_not_in_minutes, buffer_too_small, in this order; nothing is then written
///   source   RFC 3339, 5.6
[[nodiscard]] constexpr written format_rfc3339(char* to, std::size_t size, const date_time& time) noexcept {
  if (!check(time)) return {0, format_error::out_of_range};
  return put_rfc3339(to, size, time);
}

/// `2026-01-15T15:34:56Z` has 20 characters.
inline constexpr std::size_t rfc3339_plain_size = 20;

/// Whether that is a point's form: years of four digits, whole seconds, no offset.
///   ensures  exactly that                                       [format.rfc3339.plain]
[[nodiscard]] constexpr flag is_plain(unix_time point, i32 utc_offset_seconds) noexcept {
  const u64 since_year_0 = wrapping_add(as_unsigned(point.seconds()), 62'167'219'200);
  return (since_year_0 < 315'569'520'000) & (point.nanoseconds() == 0) & (utc_offset_seconds == 0);
}

/// The day of such a point, and the second of it.
///   requires what `is_plain` says, of these seconds
///   ensures  those of `split_seconds`                           [format.rfc3339.plain]
[[nodiscard]] constexpr day_and_second split_plain_seconds(i64 seconds) noexcept {
  const u64 since_year_0 = u64(seconds + 62'167'219'200);
  return {i64(since_year_0 / 86'400) - 719'528, u32(since_year_0 % 86'400)};
}

/// Its text, by a shorter way than any time's.
///   ensures  that of `put_rfc3339`                              [format.rfc3339.exact]
constexpr written put_plain_rfc3339(char* to, i64 seconds) noexcept {
  const day_and_second parts = split_plain_seconds(seconds);
  const date_time time = date_time_on(date_of_valid(parts.day), parts.second, u32(0), i32(0));
  put_four_digits(to, machine_word(u32(time.year)));
  put_month_to_second(to + 4, time.month, time.day, time.hour, time.minute, time.second);
  to[19] = 'Z';
  return {rfc3339_plain_size, format_error::none};
}

/// What a clock at that offset shows at a point, in RFC 3339's form.
///   requires `size` characters at `to`
///   ensures  the text of what `date_time_from` gives            [format.rfc3339.exact]
///   errors   out_of_range, offset_not_in_minutes, buffer_too_small, in this order; nothing is then written
[[nodiscard]] constexpr written format_rfc3339(char* to, std::size_t size, unix_time point,
                                               i32 utc_offset_seconds = 0) noexcept {
  if (is_plain(point, utc_offset_seconds) && size >= rfc3339_plain_size) return put_plain_rfc3339(to, point.seconds());
  const result<date_time> time = date_time_from(point, utc_offset_seconds);
  if (!time) return {0, format_error::out_of_range};
  return put_rfc3339(to, size, *time);
}

// --- What strftime computes of the fields. ---

/// A civil time in the fields of C's struct; its zone is "UTC" where the offset is zero, else null.
///   ensures  accepts exactly what `check` does, of years that tm_year can say, and gives its fields [format.tm.of]
///   errors   out_of_range
[[nodiscard]] constexpr result<tm_fields> tm_of(const date_time& time) noexcept {
  if (!check(time)) return clock_error::out_of_range;
  if (time.year < -2'147'481'748) return clock_error::out_of_range;  // 1900 and the least int
  const civil_date date = date_of(time);
  tm_fields fields;
  fields.tm_sec = i32(time.second);
  fields.tm_min = i32(time.minute);
  fields.tm_hour = i32(time.hour);
  fields.tm_mday = i32(time.day);
  fields.tm_mon = i32(time.month) - 1;
  fields.tm_year = i32(time.year - 1'900);
  fields.tm_wday = i32((weekday_number(days_of_valid(date)) + 1) % 7);
  fields.tm_yday = i32(day_of_year(date)) - 1;
  fields.tm_gmtoff = time.utc_offset_seconds;
  fields.tm_zone = time.utc_offset_seconds == 0 ? "UTC" : nullptr;
  return fields;
}

/// The year of the fields.
[[nodiscard]] constexpr i64 year_of(const tm_fields& fields) noexcept { return i64(fields.tm_year) + 1'900; }

/// The seconds since 1970 that the fields are, carried over, less tm_gmtoff.
///   ensures  accepts exactly what `carry_over` does, and gives its seconds, less tm_gmtoff [format.tm.seconds]
///   errors   out_of_range
///   source   IEEE Std 1003.1-2024, mktime
[[nodiscard]] constexpr result<i64> seconds_of(const tm_fields& fields) noexcept {
  const result<carried_time> time = carry_over({year_of(fields), i64(fields.tm_mon) + 1, i64(fields.tm_mday),
                                                i64(fields.tm_hour), i64(fields.tm_min), i64(fields.tm_sec), i64(0)});
  if (!time) return time.error();
  return time->day * i64(seconds_per_day) + i64(time->second) - i64(fields.tm_gmtoff);
}

/// The weekday of the fields, Monday is 0.
///   ensures  accepts exactly tm_wday in [0, 6], where Sunday is 0 [format.tm.weekday]
///   errors   out_of_range
[[nodiscard]] constexpr result<u32> weekday_number_of(const tm_fields& fields) noexcept {
  if ((fields.tm_wday < 0) | (fields.tm_wday > 6)) return clock_error::out_of_range;
  return u32(fields.tm_wday + 6) % 7;
}

/// How many days that begin a week have been in the year up to this one. `since_first`: how many days ago, of 0 to 6,
/// the last of them was.
///   requires tm_yday in [0, 365], since_first in [0, 6]
///   ensures  0 before the year's first such day, 1 from it on, and so on every seven days [format.tm.weeks]
[[nodiscard]] constexpr u32 week_of_year(u32 year_day, u32 since_first) noexcept {
  relies_on((year_day <= 365) & (since_first <= 6));
  return (year_day + 7 - since_first) / 7;
}

/// ISO 8601's week of the fields.
///   ensures  accepts exactly weekdays, and days that the year has; gives their week [format.tm.iso-week]
///   errors   out_of_range
[[nodiscard]] constexpr result<iso_week_date> iso_week_of(const tm_fields& fields) noexcept {
  const result<u32> weekday = weekday_number_of(fields);
  if (!weekday) return weekday.error();
  const i64 year = year_of(fields);
  if ((fields.tm_yday < 0) | (fields.tm_yday >= i32(days_in_year(year)))) return clock_error::out_of_range;
  return iso_week_of_year_day(year, u32(fields.tm_yday) + 1, *weekday);
}

// --- strftime. ---

/// A signed word as the machine holds it.
[[nodiscard]] constexpr std::int64_t machine_number(i32 value) noexcept {
  return static_cast<std::int32_t>(machine_word(as_unsigned(value)));
}
[[nodiscard]] constexpr std::int64_t machine_number(i64 value) noexcept {
  return static_cast<std::int64_t>(machine_word(as_unsigned(value)));
}

[[nodiscard]] constexpr std::uint64_t machine_magnitude(std::int64_t value) noexcept {
  return machine_word(magnitude_of(value));
}

/// What stands between the % and the conversion.
struct conversion_style {
  char pad{};       ///< the last of `_ - 0 +`, or 0
  char modifier{};  ///< E, O, or 0
  bool is_upper{};
  bool is_other_case{};
  std::uint32_t width{};

  /// No field is wider, whatever the format says: that of glibc.
  static constexpr std::uint32_t width_max = 2'147'483'647;

  [[nodiscard]] constexpr bool is_plain() const noexcept { return pad == 0 && width == 0; }
};

/// Reads a style; the place of what comes after it.
constexpr std::size_t read_style(const char* format, std::size_t format_size, std::size_t place,
                                 conversion_style& style) noexcept {
  for (; place < format_size; ++place) {
    const char flag_character = format[place];
    if (flag_character == '_' || flag_character == '-' || flag_character == '0' || flag_character == '+')
      style.pad = flag_character;
    else if (flag_character == '^')
      style.is_upper = true;
    else if (flag_character == '#')
      style.is_other_case = true;
    else
      break;
  }
  for (; place < format_size && format[place] >= '0' && format[place] <= '9'; ++place) {
    const std::uint64_t width = style.width * std::uint64_t{10} + static_cast<std::uint64_t>(format[place] - '0');
    style.width = width < style.width_max ? static_cast<std::uint32_t>(width) : style.width_max;
  }
  if (place < format_size && (format[place] == 'E' || format[place] == 'O')) style.modifier = format[place++];
  return place;
}

/// Whether the character is one of these.
[[nodiscard]] constexpr bool is_one_of(char character, const char* characters) noexcept {
  for (; *characters != 0; ++characters)
    if (character == *characters) return true;
  return false;
}

/// Whether POSIX, or for k and l glibc, has the conversion with this modifier.
[[nodiscard]] constexpr bool allows_modifier(char conversion, char modifier) noexcept {
  return is_one_of(conversion, modifier == 'E' ? "cCxXyY" : "bBdehHIklmMSuUVwWy");
}

/// Four characters. All are loaded, then stored: compilers make one move of it.
constexpr void move_four(char* to, const char* from) noexcept {
  const char first = from[0];
  const char second = from[1];
  const char third = from[2];
  const char fourth = from[3];
  to[0] = first;
  to[1] = second;
  to[2] = third;
  to[3] = fourth;
}

/// A name of three to nine letters, and how many.
struct counted_name {
  const char* text{};
  std::uint32_t length{};
};
struct counted_names {
  counted_name weekdays[7]{};  ///< from Monday
  counted_name months[12]{};
};
inline constexpr counted_names names_of_calendar = [] {
  const auto count = [](const char* name) {
    counted_name counted{name, 0};
    while (name[counted.length] != 0) ++counted.length;
    return counted;
  };
  counted_names names;
  for (std::uint8_t i = 0; i < 7; ++i) names.weekdays[i] = count(name_of(static_cast<weekday>(i)));
  for (std::uint8_t i = 0; i < 12; ++i) names.months[i] = count(name_of(static_cast<month>(i + 1)));
  return names;
}();

/// The text of fields on its way into a buffer: what does not fit is counted, and not written.
class time_formatter {
 public:
  constexpr time_formatter(char* to, std::uint64_t size, const tm_fields& fields) noexcept
      : to_(to), size_(size), fields_(fields) {}

  [[nodiscard]] constexpr std::uint64_t count() const noexcept { return count_; }

  /// Appends a character.
  constexpr void put(char character) noexcept {
    if (count_ < size_) to_[count_] = character;
    ++count_;
  }

  /// Appends what a conversion stands for; false where there is none of that letter.
  constexpr bool put_conversion(char conversion, const conversion_style& style) noexcept {
    switch (conversion) {
      case 'a': put_weekday(style, true); return true;
      case 'A': put_weekday(style, false); return true;
      case 'b':
      case 'h': put_month(style, true); return true;
      case 'B': put_month(style, false); return true;
      case 'C': put_century(style); return true;
      case 'd': put_pair(style, '0', machine_number(fields_.tm_mday)); return true;
      case 'e': put_pair(style, '_', machine_number(fields_.tm_mday)); return true;
      case 'F': put_date(style); return true;
      case 'g':
      case 'G':
      case 'V': put_iso_week(style, conversion); return true;
      case 'H': put_pair(style, '0', machine_number(fields_.tm_hour)); return true;
      case 'I': put_pair(style, '0', hour_of_12()); return true;
      case 'j': put_number(style, '0', 3, machine_number(fields_.tm_yday) + 1); return true;
      case 'k': put_pair(style, '_', machine_number(fields_.tm_hour)); return true;
      case 'l': put_pair(style, '_', hour_of_12()); return true;
      case 'm': put_pair(style, '0', machine_number(fields_.tm_mon) + 1); return true;
      case 'M': put_pair(style, '0', machine_number(fields_.tm_min)); return true;
      case 'n': put_one(style, '\n'); return true;
      case 'p': put_half_of_day(style, style.is_other_case ? letters::lower : letters::same); return true;
      case 'P': put_half_of_day(style, letters::lower); return true;
      case 's': put_seconds(style); return true;
      case 'S': put_pair(style, '0', machine_number(fields_.tm_sec)); return true;
      case 't': put_one(style, '\t'); return true;
      case 'u':
      case 'U':
      case 'W': put_week(style, conversion); return true;
      case 'w': put_number(style, '0', 1, machine_number(fields_.tm_wday)); return true;
      case 'y': put_pair(style, '0', last_two_digits(machine_number(year_of(fields_)))); return true;
      case 'Y': put_year(style, machine_number(year_of(fields_))); return true;
      case 'z': put_offset(style); return true;
      case 'Z': put_zone(style); return true;
      case '%': put_one(style, '%'); return true;
      case 'c': put_several(style, "a b e H:M:S Y"); return true;
      case 'D':
      case 'x': put_several(style, "m/d/y"); return true;
      case 'r': put_several(style, "I:M:S p"); return true;
      case 'R': put_several(style, "H:M"); return true;
      case 'T':
      case 'X': put_several(style, "H:M:S"); return true;
      default: return false;
    }
  }

 private:
  enum class letters : std::uint8_t { same, upper, lower };

  [[nodiscard]] constexpr bool has_room(std::uint64_t length) const noexcept { return count_ + length <= size_; }

  // A loop that ends in two ways stays one: freestanding code has no memset to call, and no memcpy.
  constexpr void fill(char character, std::uint64_t times) noexcept {
    for (std::uint64_t i = 0; i < times && count_ + i < size_; ++i) to_[count_ + i] = character;
    count_ += times;
  }
  constexpr void copy(const char* text, std::uint64_t length) noexcept {
    for (std::uint64_t i = 0; i < length && count_ + i < size_; ++i) to_[count_ + i] = text[i];
    count_ += length;
  }

  // Texts.

  /// What stands before a text of that length.
  constexpr void pad_text(const conversion_style& style, std::uint64_t length) noexcept {
    if (length < style.width) fill(style.pad == '0' || style.pad == '+' ? '0' : ' ', style.width - length);
  }
  constexpr void put_text(const conversion_style& style, const char* text, std::uint64_t length,
                          letters which) noexcept {
    pad_text(style, length);
    if (which == letters::same) return copy(text, length);
    for (std::uint64_t i = 0; i < length; ++i) put(in_letters(text[i], which));
  }
  /// A text that ends before a zero.
  constexpr void put_terminated(const conversion_style& style, const char* text, letters which) noexcept {
    if (style.width != 0) {
      std::uint64_t length = 0;
      while (text[length] != 0) ++length;
      pad_text(style, length);
    }
    for (; *text != 0; ++text) put(in_letters(*text, which));
  }
  [[nodiscard]] static constexpr char in_letters(char character, letters which) noexcept {
    if (which == letters::same) return character;
    const char first = which == letters::upper ? 'a' : 'A';
    const bool changes = static_cast<unsigned char>(character - first) <= 25;
    return static_cast<char>(character ^ (changes ? 0x20 : 0));
  }
  constexpr void put_one(const conversion_style& style, char character) noexcept {
    pad_text(style, 1);
    put(character);
  }
  constexpr void put_unknown(const conversion_style& style) noexcept { put_one(style, '?'); }

  constexpr void put_weekday(const conversion_style& style, bool is_short) noexcept {
    const result<u32> number = weekday_number_of(fields_);
    if (!number) return put_unknown(style);
    put_name(style, names_of_calendar.weekdays[machine_word(*number)], is_short);
  }
  constexpr void put_month(const conversion_style& style, bool is_short) noexcept {
    const std::int64_t number = machine_number(fields_.tm_mon);
    if (number < 0 || number > 11) return put_unknown(style);
    put_name(style, names_of_calendar.months[number], is_short);
  }
  /// A name, or its first three letters.
  constexpr void put_name(const conversion_style& style, const counted_name& name, bool is_short) noexcept {
    const bool is_changed = style.is_upper || style.is_other_case;
    const std::uint64_t length = is_short ? 3 : name.length;
    if (is_changed || style.width != 0 || !has_room(length))
      return put_text(style, name.text, length, is_changed ? letters::upper : letters::same);
    char* const to = to_ + count_;
    count_ += length;
    if (length == 3) {
      to[0] = name.text[0];
      to[1] = name.text[1];
      to[2] = name.text[2];
      return;
    }
    move_four(to, name.text);
    if (length > 4) to[4] = name.text[4];
    move_four(to + length - 4, name.text + length - 4);
  }
  constexpr void put_half_of_day(const conversion_style& style, letters which) noexcept {
    put_text(style, fields_.tm_hour >= 12 ? "PM" : "AM", 2, which);
  }
  constexpr void put_zone(const conversion_style& style) noexcept {
    const letters upper = style.is_upper ? letters::upper : letters::same;
    put_terminated(style, fields_.tm_zone == nullptr ? "" : fields_.tm_zone,
                   style.is_other_case ? letters::lower : upper);
  }

  // Numbers.

  /// A number in at least `places` characters, or the style's width; `pad` where the style has none. The sign, '-',
  /// '+', or 0 for none, is one of these characters.
  constexpr void put_magnitude(const conversion_style& style, char pad, std::uint64_t places, char sign,
                               std::uint64_t magnitude) noexcept {
    if (style.pad != 0) pad = style.pad;
    char digits[20];
    std::uint64_t first = 18;
    for (; magnitude >= 100; magnitude /= 100, first -= 2)
      put_two_digits(digits + first, static_cast<std::uint32_t>(magnitude % 100));
    put_two_digits(digits + first, static_cast<std::uint32_t>(magnitude));
    if (magnitude < 10) ++first;
    const std::uint64_t length = 20 - first + (sign != 0 ? 1 : 0);
    if (pad == '-' || places < style.width) places = style.width;
    const std::uint64_t padding = length < places ? places - length : 0;
    if (pad == '_' || pad == '-') fill(' ', padding);
    if (sign != 0) put(sign);
    if (pad == '0' || pad == '+') fill('0', padding);
    copy(digits + first, 20 - first);
  }
  constexpr void put_number(const conversion_style& style, char pad, std::uint64_t places,
                            std::int64_t value) noexcept {
    if (places == 1 && style.is_plain() && static_cast<std::uint64_t>(value) <= 9)
      return put(static_cast<char>('0' + value));
    put_magnitude(style, pad, places, value < 0 ? '-' : char{}, machine_magnitude(value));
  }
  /// A number in at least two places.
  constexpr void put_pair(const conversion_style& style, char pad, std::int64_t value) noexcept {
    if (!style.is_plain() || static_cast<std::uint64_t>(value) > 99 || !has_room(2))
      return put_number(style, pad, 2, value);
    put_two_digits(to_ + count_, static_cast<std::uint32_t>(value));
    if (pad == '_' && value < 10) to_[count_] = ' ';
    count_ += 2;
  }
  static constexpr std::int64_t last_two_digits(std::int64_t year) noexcept {
    return static_cast<std::int64_t>(machine_magnitude(year) % 100);
  }
  [[nodiscard]] constexpr std::int64_t hour_of_12() const noexcept {
    const std::int64_t hour = machine_number(fields_.tm_hour);
    if (hour == 0) return 12;
    return hour > 12 ? hour - 12 : hour;
  }

  /// A year, or a century; with +, the sign of the year where this takes more places than `usual`.
  constexpr void put_of_year(const conversion_style& style, std::uint64_t places, std::uint64_t usual, bool is_before_0,
                             std::uint64_t magnitude) noexcept {
    char sign = is_before_0 && magnitude != 0 ? '-' : char{};
    if (style.pad == '+') {
      places = usual;
      if (style.width > usual || magnitude >= (usual == 2 ? 100U : 10'000U)) sign = is_before_0 ? '-' : '+';
    }
    put_magnitude(style, '0', places, sign, magnitude);
  }
  constexpr void put_year(const conversion_style& style, std::int64_t year) noexcept {
    if (!style.is_plain() || year < 1'000 || year > 9'999 || !has_room(4))
      return put_of_year(style, 1, 4, year < 0, machine_magnitude(year));
    put_four_digits(to_ + count_, static_cast<std::uint32_t>(year));
    count_ += 4;
  }
  constexpr void put_century(const conversion_style& style) noexcept {
    const std::int64_t year = machine_number(year_of(fields_));
    put_of_year(style, 2, 2, year < 0, machine_magnitude(year) / 100);
  }

  constexpr void put_week(const conversion_style& style, char conversion) noexcept {
    const result<u32> weekday = weekday_number_of(fields_);
    if (!weekday) return put_unknown(style);
    if (conversion == 'u') return put_number(style, '0', 1, machine_number(i64(*weekday)) + 1);
    if (fields_.tm_yday < 0 || fields_.tm_yday > 365) return put_unknown(style);
    const u32 since_first = conversion == 'W' ? *weekday : u32(fields_.tm_wday);
    put_pair(style, '0', machine_number(i64(week_of_year(u32(fields_.tm_yday), since_first))));
  }
  constexpr void put_iso_week(const conversion_style& style, char conversion) noexcept {
    const result<iso_week_date> date = iso_week_of(fields_);
    if (!date) return put_unknown(style);
    const std::int64_t year = machine_number(date->year);
    if (conversion == 'G') return put_year(style, year);
    put_pair(style, '0', conversion == 'g' ? last_two_digits(year) : machine_number(i64(date->week)));
  }
  constexpr void put_seconds(const conversion_style& style) noexcept {
    const result<i64> seconds = seconds_of(fields_);
    if (!seconds) return put_unknown(style);
    put_number(style, '_', 1, machine_number(*seconds));
  }
  constexpr void put_offset(const conversion_style& style) noexcept {
    if (fields_.tm_isdst < 0) return pad_text(style, 0);
    const std::int64_t offset = machine_number(fields_.tm_gmtoff);
    const std::uint64_t minutes = machine_magnitude(offset) / 60;
    put_magnitude(style, '0', 5, offset < 0 ? '-' : '+', minutes / 60 * 100 + minutes % 60);
  }

  // Several.

  constexpr void put_date(conversion_style style) noexcept {
    style.width = style.width > 6 ? style.width - 6 : 0;
    put_year(style, machine_number(year_of(fields_)));
    put_parts("-m-d", {});
  }
  /// The conversions that are letters of `parts`, and its other characters.
  constexpr void put_parts(const char* parts, const conversion_style& style) noexcept {
    for (; *parts != 0; ++parts) {
      if (*parts < 'A')
        put(*parts);
      else
        put_conversion(*parts, style);
    }
  }
  constexpr void put_several(const conversion_style& style, const char* parts) noexcept {
    if (style.width != 0) {
      time_formatter measured(nullptr, 0, fields_);
      measured.put_parts(parts, {});
      pad_text(style, measured.count_);
    }
    conversion_style inner;
    inner.is_upper = style.is_upper;
    put_parts(parts, inner);
  }

  char* to_;
  std::uint64_t size_;
  std::uint64_t count_ = 0;
  const tm_fields& fields_;
};

/// The text of a format, as C's `strftime` has it in the C locale; see above.
///   requires `size` characters at `to`, `format_size` at `format`, a zero-terminated tm_zone or none
///   ensures  accepts exactly formats of known conversions [format.strftime.modifiers] whose text fits, and writes it
///            [format.strftime.buffer]: its own characters, and what the conversions stand for, whatever numbers the
///            fields are [format.strftime.conversions], in any width [format.strftime.width]
///   errors   the first of: unknown_conversion, unfinished_conversion (what stands before may have been written);
///            buffer_too_small (its beginning has been written, as much as fits)
///   source   IEEE Std 1003.1-2024, strftime
[[nodiscard]] constexpr written strftime(char* to, std::size_t size, const char* format, std::size_t format_size,
                                         const tm_fields& fields) noexcept {
  time_formatter text(to, size, fields);
  for (std::size_t i = 0; i < format_size; ++i) {
    if (format[i] != '%') {
      text.put(format[i]);
      continue;
    }
    const std::size_t begin = i;
    conversion_style style;
    i = read_style(format, format_size, begin + 1, style);
    if (i == format_size) return {begin, format_error::unfinished_conversion};
    if (style.modifier != 0 && !allows_modifier(format[i], style.modifier))
      return {begin, format_error::unknown_conversion};
    if (!text.put_conversion(format[i], style)) return {begin, format_error::unknown_conversion};
  }
  if (text.count() > size) return {text.count(), format_error::buffer_too_small};
  return {text.count(), format_error::none};
}

/// The same of a civil time.
///   ensures  the text of what `tm_of` gives                     [format.strftime.time]
///   errors   out_of_range, and then as above
[[nodiscard]] constexpr written strftime(char* to, std::size_t size, const char* format, std::size_t format_size,
                                         const date_time& time) noexcept {
  const result<tm_fields> fields = tm_of(time);
  if (!fields) return {0, format_error::out_of_range};
  return strftime(to, size, format, format_size, *fields);
}

}  // namespace guestclock::inline GUESTCLOCK_WORDS
