// SPDX-License-Identifier: BSL-1.0
/// \file guestclock/calendar/parse.hpp
/// Text as civil times: RFC 3339 and ISO 8601, and C's `strptime`.
///
/// A text is `size` characters from an address on; none behind them is read, and a zero among them is a character like
/// any other. What is no time is refused with the position and the reason; nothing is guessed, rounded or left out.
///
/// `parse_rfc3339` takes exactly
///
///     YYYY-MM-DDThh:mm:ss[.fraction](Z|±hh:mm)        2024-02-29T12:30:15.5+05:30
///
/// with `t` and `z` for `T` and `Z`. A year is four digits; or ISO 8601's expanded form, a sign and four to ten digits:
/// `+10000-01-01T00:00:00Z`. A fraction has one to nine digits: a tenth would have to be dropped, and is refused. The
/// offset's hours go to 23, its minutes to 59; `-00:00` (RFC 3339: the local offset is not known) is an offset of 0. A
/// second 60 is refused as out of range: the calendar has none. What is wrong with the form is told before what is wrong
/// with a field, and of either the first that there is in the text.
///
/// Source: RFC 3339, 5.6; ISO 8601-1, 5.2.2.3; IEEE Std 1003.1, strptime; the GNU C Library's manual, 22.5.6.
#pragma once

#include <cstddef>
#include <cstdint>

#include <guestclock/calendar/civil.hpp>
#include <guestclock/calendar/date_time.hpp>
#include <guestclock/calendar/format.hpp>
#include <guestclock/calendar/tm.hpp>
#include <guestclock/result.hpp>
#include <guestclock/unix_time.hpp>
#include <guestclock/word.hpp>

namespace guestclock::inline GUESTCLOCK_WORDS {

/// Why a text is no time.
enum class parse_fault : std::uint8_t {
  none,
  too_short,            ///< the text ends where something has to stand
  digit_expected,       ///< no digit stands there
  character_expected,   ///< `expected` does not stand there; 'Z' is said where an offset could stand, too
  too_many_digits,      ///< a fraction goes on after nine digits, an expanded year after ten; a count does not fit
  field_out_of_range,   ///< `field` says which, its value and its bounds; the position is where its text begins
  offset_out_of_range,  ///< the same, of the offset's hour or minute
  trailing_characters,  ///< the time ends, the text does not
  name_expected,        ///< no name of a weekday, of a month, or of a half of the day stands there
  unknown_conversion,   ///< the format has no such conversion; the position is the format's
};

/// The fault's name as it stands in this file; "unknown" for none of them.
///   ensures  a name of its own                                  [parse.faults.named]
[[nodiscard]] constexpr const char* name_of(parse_fault fault) noexcept {
  switch (fault) {
    case parse_fault::none: return "none";
    case parse_fault::too_short: return "too_short";
    case parse_fault::digit_expected: return "digit_expected";
    case parse_fault::character_expected: return "character_expected";
    case parse_fault::too_many_digits: return "too_many_digits";
    case parse_fault::field_out_of_range: return "field_out_of_range";
    case parse_fault::offset_out_of_range: return "offset_out_of_range";
    case parse_fault::trailing_characters: return "trailing_characters";
    case parse_fault::name_expected: return "name_expected";
    case parse_fault::unknown_conversion: return "unknown_conversion";
  }
  return "unknown";
}

/// Why a text is no time, and where.
struct parse_error {
  parse_fault fault{};
  char expected{};         ///< what had to stand there; for `strptime`, the conversion that did not find its number
  std::size_t position{};  ///< of the first character that is wrong, from 0; the text's size where it is too short
  field_error field{};     ///< what is out of range; for `strptime`, `field.field` is none
  i64 year{};              ///< of a day that is out of range
  u32 month{};             ///< likewise
};

/// A value, or why there is none and where.
template <class Value> class [[nodiscard]] parsed {
 public:
  constexpr parsed(const Value& value) noexcept : value_(value) {}        // NOLINT: a value is a result
  constexpr parsed(const parse_error& error) noexcept : error_(error) {}  // NOLINT: so is an error

  [[nodiscard]] constexpr bool has_value() const noexcept { return error_.fault == parse_fault::none; }
  constexpr explicit operator bool() const noexcept { return has_value(); }

  /// The value; where there is none, a value-initialised one.
  [[nodiscard]] constexpr const Value& operator*() const noexcept {
    relies_on(has_value());
    return value_;
  }
  [[nodiscard]] constexpr const Value* operator->() const noexcept {
    relies_on(has_value());
    return &value_;
  }
  /// Why there is no value; its fault is `none` where there is one.
  [[nodiscard]] constexpr const parse_error& error() const noexcept { return error_; }

 private:
  Value value_{};
  parse_error error_{};
};

/// Characters in memory, as numbers.
class memory_text {
 public:
  constexpr memory_text(const char* begin, std::size_t size) noexcept : begin_(begin), size_(size) {}
  [[nodiscard]] constexpr std::size_t size() const noexcept { return size_; }
  /// requires position < size()
  [[nodiscard]] constexpr u32 at(std::size_t position) const noexcept {
    return static_cast<std::uint8_t>(begin_[position]);
  }

 private:
  const char* begin_;
  std::size_t size_;
};

/// The character's number, [0, 255].
[[nodiscard]] constexpr u32 code_of(char character) noexcept { return static_cast<std::uint8_t>(character); }
/// What a digit stands for; 10 or more for what is none.
///   ensures  exactly that                                       [parse.characters.classes]
[[nodiscard]] constexpr u32 digit_value(u32 character) noexcept { return wrapping_sub(character, 48); }
/// A blank, or one of C's other white space: tab, line feed, vertical tab, form feed, carriage return.
///   ensures  exactly these                                      [parse.characters.classes]
[[nodiscard]] constexpr flag is_space(u32 character) noexcept {
  return (character == 32) | ((character >= 9) & (character <= 13));
}
/// The small letter of a capital one; any other character itself.
///   ensures  of A to Z alone, as ASCII has them                 [parse.characters.classes]
[[nodiscard]] constexpr u32 small_letter(u32 character) noexcept {
  if ((character >= 65) & (character <= 90)) return character + 32;
  return character;
}

/// A text, read from front to back. What is needed and is not there becomes the reader's error, at its position. A text
/// has `size()` and `at(position)`, as memory_text has.
template <class Text> class text_reader {
 public:
  constexpr explicit text_reader(const Text& text, std::size_t position = 0) noexcept
      : text_(text), position_(position) {}

  [[nodiscard]] constexpr std::size_t position() const noexcept { return position_; }
  [[nodiscard]] constexpr bool at_end() const noexcept { return position_ == text_.size(); }
  /// The character that comes after `ahead` others; 256, which is none, after the end.
  [[nodiscard]] constexpr u32 peek(std::size_t ahead = 0) const noexcept {
    return text_.size() - position_ > ahead ? text_.at(position_ + ahead) : u32(256);
  }
  constexpr void skip(std::size_t count) noexcept { position_ += count; }
  constexpr void skip_space() noexcept {
    while (is_space(peek())) ++position_;
  }

  /// Goes over the character if it stands here.
  [[nodiscard]] constexpr bool takes(char character) noexcept {
    if (peek() != code_of(character)) return false;
    ++position_;
    return true;
  }
  /// Goes over a digit, if one stands here, which becomes the value's last one.
  [[nodiscard]] constexpr bool takes_digit(u32& value) noexcept {
    const u32 digit = digit_value(peek());
    if (digit > 9) return false;
    value = value * 10 + digit;
    ++position_;
    return true;
  }
  [[nodiscard]] constexpr bool needs(char character) noexcept {
    if (takes(character)) return true;
    return fails(parse_fault::character_expected, character);
  }
  [[nodiscard]] constexpr bool needs_digit(u32& value) noexcept {
    if (takes_digit(value)) return true;
    return fails(parse_fault::digit_expected);
  }
  [[nodiscard]] constexpr bool needs_two_digits(u32& value) noexcept {
    return needs_digit(value) && needs_digit(value);
  }

  /// Keeps the error; false. At the end of the text it is that the text is too short.
  constexpr bool fails(parse_fault fault, char expected = '\0') noexcept {
    error_.fault = at_end() ? parse_fault::too_short : fault;
    error_.expected = expected;
    error_.position = position_;
    return false;
  }
  /// Keeps the error of a field whose text begins there; false.
  constexpr bool fails_at(std::size_t position, parse_fault fault, const field_error& field,
                          char expected = '\0') noexcept {
    error_.fault = fault;
    error_.expected = expected;
    error_.position = position;
    error_.field = field;
    return false;
  }
  [[nodiscard]] constexpr const parse_error& error() const noexcept { return error_; }

 private:
  Text text_;
  std::size_t position_;
  parse_error error_{};
};

/// A sign and four to ten digits; or four digits.
template <class Text> [[nodiscard]] constexpr bool read_year(text_reader<Text>& in, i64& year) noexcept {
  const bool is_negative = in.takes('-');
  const bool is_expanded = is_negative || in.takes('+');
  u32 four = 0;
  if (!in.needs_two_digits(four) || !in.needs_two_digits(four)) return false;
  i64 value = i64(four);
  for (int digits = 4; is_expanded; ++digits) {
    const u32 digit = digit_value(in.peek());
    if (digit > 9) break;
    if (digits == 10) return in.fails(parse_fault::too_many_digits);
    in.skip(1);
    value = value * 10 + i64(digit);
  }
  year = is_negative ? -value : value;
  return true;
}

/// A year, and the rest of the date and of the time of day.
template <class Text> [[nodiscard]] constexpr bool read_head(text_reader<Text>& in, date_time& time) noexcept {
  return read_year(in, time.year) && in.needs('-') && in.needs_two_digits(time.month) && in.needs('-') &&
         in.needs_two_digits(time.day) && (in.takes('t') || in.needs('T')) && in.needs_two_digits(time.hour) &&
         in.needs(':') && in.needs_two_digits(time.minute) && in.needs(':') && in.needs_two_digits(time.second);
}

/// Nothing; or a point and one to nine digits, which are the fraction's first.
template <class Text> [[nodiscard]] constexpr bool read_fraction(text_reader<Text>& in, u32& nanosecond) noexcept {
  if (!in.takes('.')) return true;
  u32 value = 0;
  if (!in.needs_digit(value)) return false;
  int digits = 1;
  while (digits < 9 && in.takes_digit(value)) ++digits;
  if (digits == 9 && digit_value(in.peek()) <= 9) return in.fails(parse_fault::too_many_digits);
  for (; digits < 9; ++digits) value = value * 10;
  nanosecond = value;
  return true;
}

/// An offset as it stands there.
struct offset_text {
  std::size_t position{};  ///< of its hour
  bool is_west = false;
  u32 hour{};
  u32 minute{};
};
/// Z, or a sign, hours and minutes.
template <class Text> [[nodiscard]] constexpr bool read_offset(text_reader<Text>& in, offset_text& offset) noexcept {
  if (in.takes('Z') || in.takes('z')) return true;
  offset.is_west = in.takes('-');
  if (!offset.is_west && !in.takes('+')) return in.fails(parse_fault::character_expected, 'Z');
  offset.position = in.position();
  return in.needs_two_digits(offset.hour) && in.needs(':') && in.needs_two_digits(offset.minute);
}

/// Where a field's text begins, in a text whose year has so many characters.
[[nodiscard]] constexpr std::size_t position_of(date_field field, std::size_t year_size) noexcept {
  if (field == date_field::year) return 0;
  return year_size + 1 + 3 * (static_cast<std::size_t>(field) - static_cast<std::size_t>(date_field::month));
}

/// What comes after the date and the time of day; and whether all of it is a time.
template <class Text>
[[nodiscard]] constexpr parsed<date_time> finish_rfc3339(text_reader<Text>& in, date_time& time) noexcept {
  const std::size_t year_size = in.position() - 15;
  offset_text offset;
  if (!read_fraction(in, time.nanosecond) || !read_offset(in, offset)) return in.error();
  if (!in.at_end()) {
    in.fails(parse_fault::trailing_characters);
    return in.error();
  }
  const field_error wrong = first_error(time);
  if (wrong.field != date_field::none)
    return parse_error{
        parse_fault::field_out_of_range, '\0', position_of(wrong.field, year_size), wrong, time.year, time.month};
  const field_error bad = first_error({0, 1, 1, offset.hour, offset.minute});  // an offset is a time of day
  if (bad.field != date_field::none)
    return parse_error{parse_fault::offset_out_of_range, '\0',
                       offset.position + (bad.field == date_field::hour ? 0 : 3), bad};
  const i32 seconds = i32(offset.hour * 3'600 + offset.minute * 60);
  time.utc_offset_seconds = offset.is_west ? -seconds : seconds;
  return time;
}

/// The civil time that a text is, as it stands at the head of this file.
///   ensures  accepts exactly these texts where every field is in range; or tells the first fault
///                                                              [parse.rfc3339.accepts], [parse.rfc3339.tail],
///            [parse.text.judged]; what `format_rfc3339` writes is the time that was written [parse.rfc3339.inverse],
///            [parse.text.inverse]
///   errors   a fault, its position, and what was expected
template <class Text> [[nodiscard]] constexpr parsed<date_time> parse_rfc3339_by_characters(const Text& text) noexcept {
  text_reader<Text> in(text);
  date_time time;
  if (!read_head(in, time)) return in.error();
  return finish_rfc3339(in, time);
}

/// A character in the place that it has in a word, the first one in the lowest bits.
[[nodiscard]] constexpr std::uint64_t in_its_place(const char* from, int place) noexcept {
  return std::uint64_t{static_cast<std::uint8_t>(from[place])} << (8 * place);
}
/// Three characters, or eight, as a word. Compilers make loads of it.
[[nodiscard]] constexpr std::uint64_t three_characters(const char* from) noexcept {
  return in_its_place(from, 0) | in_its_place(from, 1) | in_its_place(from, 2);
}
[[nodiscard]] constexpr std::uint64_t eight_characters(const char* from) noexcept {
  return three_characters(from) | in_its_place(from, 3) | in_its_place(from, 4) | in_its_place(from, 5) |
         in_its_place(from, 6) | in_its_place(from, 7);
}

/// Characters less those of a pattern: digits, from '0' on, and marks, from themselves on.
struct digit_word {
  std::uint64_t values{};  ///< of each, in eight bits, where all of them are right
  std::uint64_t wrong{};   ///< not 0 in the highest bit of some eight where one is no digit or not the mark
};
/// `marks` is the pattern, and `room` the highest bit less how many characters are right there.
[[nodiscard]] constexpr digit_word digits_of(std::uint64_t characters, std::uint64_t marks,
                                             std::uint64_t room) noexcept {
  // A character below the pattern's leaves 171 or more and borrows from the next, which does not matter any more.
  const std::uint64_t values = characters - marks;
  return {values, values | (values + room)};
}

/// The date and the time of day in the first 19 characters, where these are YYYY-MM-DDThh:mm:ss: three loads, and one
/// decision.
struct plain_head {
  bool is_plain = false;
  date_time time{};  ///< what it says, in range or not; if it is plain
};
///   requires at least 19 characters
///   ensures  plain exactly where each character is of its kind, and then says what `read_head` does
///                                                              [parse.head.agrees]
[[nodiscard, gnu::always_inline]] constexpr plain_head plain_head_of(const char* text) noexcept {
  const digit_word year = digits_of(eight_characters(text), 0x2D30'302D'3030'3030, 0x7F76'767F'7676'7676);
  const digit_word day = digits_of(eight_characters(text + 8), 0x3030'3A30'3054'3030, 0x7676'7F76'767F'7676);
  const digit_word second = digits_of(three_characters(text + 16), 0x30'303A, 0x76'767F);
  if (((year.wrong | day.wrong | second.wrong) & 0x8080'8080'8080'8080) != 0) return {};
  const auto pair = [](digit_word word, int at) {  // two digits, from that one on
    return u32(static_cast<std::uint32_t>((word.values * 10 + (word.values >> 8)) >> (8 * at) & 0xFF));
  };
  return {true,
          {i64(pair(year, 0) * 100 + pair(year, 2)), pair(year, 5), pair(day, 0), pair(day, 3), pair(day, 6),
           pair(second, 1)}};
}

/// The same of text in memory, and faster where it begins as nearly all do.
///   ensures  the very same                                      [parse.memory.agrees], of no more than these characters
///            [parse.text.ends]
[[nodiscard]] constexpr parsed<date_time> parse_rfc3339(const char* text, std::size_t size) noexcept {
  const memory_text characters(text, size);
  if (size >= 19) {
    plain_head head = plain_head_of(text);
    if (head.is_plain) {
      text_reader<memory_text> in(characters, 19);
      return finish_rfc3339(in, head.time);
    }
  }
  return parse_rfc3339_by_characters(characters);
}

/// The point that a text is: that of its civil time.
///   ensures  what `parse_rfc3339` accepts, and its point        [parse.point.agrees]
///   errors   the same
[[nodiscard]] constexpr parsed<unix_time> parse_unix_time(const char* text, std::size_t size) noexcept {
  if (size == 20 && text[19] == 'Z') {
    const plain_head head = plain_head_of(text);
    if (head.is_plain && first_error(head.time).field == date_field::none)
      return *unix_time::from_parts(seconds_of_valid(head.time), 0);
  }
  const parsed<date_time> time = parse_rfc3339(text, size);
  if (!time) return time.error();
  return *unix_time::from_parts(seconds_of_valid(*time), time->nanosecond);
}

/// What `strptime` found.
struct tm_match {
  tm_fields fields{};
  std::size_t end{};  ///< of what was read: the text may go on there
};

/// The seconds since 1970 of the first year that a `struct tm` can hold, and of the last one's end.
inline constexpr std::int64_t tm_seconds_min = -67'768'040'609'740'800;
inline constexpr std::int64_t tm_seconds_max = 67'768'036'191'676'799;

/// A text, read as a format says; see `strptime`.
class strptime_reader {
 public:
  constexpr strptime_reader(const memory_text& text, const tm_fields& before) noexcept : in_(text), fields_(before) {}

  /// Reads what a format asks for. (%c and its like are formats within the format, one deep.)
  [[nodiscard]] constexpr bool reads(const char* format, std::size_t size) noexcept {
    const auto next = [&](std::size_t i) { return i < size ? format[i] : '\0'; };
    for (std::size_t i = 0; i < size;) {
      const char character = format[i++];
      if (is_space(code_of(character))) {
        in_.skip_space();
        continue;
      }
      if (character != '%') {
        if (!in_.needs(character)) return false;
        continue;
      }
      while (is_one_of(next(i), "-_^#0123456789")) ++i;
      const std::size_t position = i;
      const char* conversions = "%ABCDFGHIMRSTUVWXYZabcdeghjklmnprstuwxyz";
      if (next(i) == 'E')
        conversions = "CXYcxy", ++i;
      else if (next(i) == 'O')
        conversions = "BHIMSUVWbdehmwy", ++i;
      if (!is_one_of(next(i), conversions)) return in_.fails_at(position, parse_fault::unknown_conversion, {});
      if (!converts(format[i++])) return false;
    }
    return true;
  }

  /// What follows from what was read: the hour, from its half of the day; the year, from its century; the date, from the
  /// day of the year, or from a week and its day; the weekday and the day of the year, from the date.
  [[nodiscard]] constexpr bool concludes() noexcept {
    if (has_hour_of_twelve_ && is_pm_) fields_.tm_hour = fields_.tm_hour + 12;
    if (has_century_ && !has_whole_year_) fields_.tm_year = i32(century_ * 100 + year_of_century_) - 1'900;
    if (!(has_month_ && has_day_)) {
      if (has_year_day_ && is_dated_) {
        if (!goes_to(i64(fields_.tm_yday), year_day_at_)) return false;
      } else if (!has_year_day_ && has_week_ && has_weekday_) {
        if (!goes_to(year_day_of_week(), week_at_)) return false;
      }
    }
    if (!is_dated_ || fields_.tm_mon < 0 || fields_.tm_mon > 11 || fields_.tm_mday < 0 || fields_.tm_mday > 31)
      return true;
    const civil_date first{year(), u32(fields_.tm_mon) + 1, 1};
    if (!has_weekday_) fields_.tm_wday = sunday_first(days_of_valid(first) + i64(fields_.tm_mday) - 1);
    if (!has_year_day_) fields_.tm_yday = i32(day_of_year(first)) + fields_.tm_mday - 2;
    return true;
  }

  [[nodiscard]] constexpr tm_match match() const noexcept { return {fields_, in_.position()}; }
  [[nodiscard]] constexpr const parse_error& error() const noexcept { return in_.error(); }

 private:
  static constexpr bool is_one_of(char character, const char* set) noexcept {
    for (; *set != '\0'; ++set)
      if (*set == character) return true;
    return false;
  }
  template <std::size_t Size> constexpr bool reads(const char (&format)[Size]) noexcept {
    return reads(format, Size - 1);
  }
  constexpr i64 year() const noexcept { return i64(fields_.tm_year) + 1'900; }
  static constexpr i32 sunday_first(i64 days) noexcept { return i32((weekday_number(days) + 1) % 7); }

  constexpr bool converts(char conversion) noexcept {
    switch (conversion) {
      case '%': return in_.needs('%');
      case 'a':
      case 'A': return reads_weekday();
      case 'b':
      case 'B':
      case 'h': return reads_month();
      case 'c': return reads("%a %b %e %H:%M:%S %Y");
      case 'C': return reads_century();
      case 'd':
      case 'e': return has_day_ = is_dated_ = true, reads_field(conversion, fields_.tm_mday, 1, 31, 2);
      case 'D':
      case 'x': return reads("%m/%d/%y");
      case 'F': return reads("%Y-%m-%d");
      case 'g': return reads_number(conversion, 0, 99, 2);
      case 'G': return passes_digits();
      case 'H':
      case 'k': return has_hour_of_twelve_ = false, reads_field(conversion, fields_.tm_hour, 0, 23, 2);
      case 'I':
      case 'l': return reads_hour_of_twelve(conversion);
      case 'j':
        in_.skip_space();
        year_day_at_ = in_.position();
        return has_year_day_ = true, reads_field(conversion, fields_.tm_yday, 1, 366, 3, 1);
      case 'm': return has_month_ = is_dated_ = true, reads_field(conversion, fields_.tm_mon, 1, 12, 2, 1);
      case 'M': return reads_field(conversion, fields_.tm_min, 0, 59, 2);
      case 'n':
      case 't': return in_.skip_space(), true;
      case 'p': return reads_half_of_day();
      case 'r': return reads("%I:%M:%S %p");
      case 'R': return reads("%H:%M");
      case 's': return reads_seconds();
      case 'S': return reads_field(conversion, fields_.tm_sec, 0, 61, 2);
      case 'T':
      case 'X': return reads("%H:%M:%S");
      case 'u':
      case 'w': return reads_weekday_number(conversion);
      case 'U':
      case 'W': return reads_week(conversion);
      case 'V': return reads_number(conversion, 0, 53, 2);
      case 'y': return reads_year_of_century();
      case 'Y': has_whole_year_ = is_dated_ = true; return reads_field(conversion, fields_.tm_year, 0, 9'999, 4, 1'900);
      case 'z': return reads_offset();
      default: return passes_zone();  // Z: nothing else is left
    }
  }

  constexpr bool is_out_of_range(std::size_t position, char conversion, i64 value, std::int64_t low,
                                 std::int64_t high) noexcept {
    return in_.fails_at(position, parse_fault::field_out_of_range, {date_field::none, value, low, high}, conversion);
  }

  /// White space, and a number of so many digits at most. A digit that would lead beyond the bound is not of it.
  constexpr bool reads_number(char conversion, std::uint32_t low, std::uint32_t high, int digits) noexcept {
    in_.skip_space();
    const std::size_t position = in_.position();
    number_ = 0;
    if (!in_.needs_digit(number_)) return false;
    for (int i = 1; i < digits && number_ * 10 <= high && in_.takes_digit(number_); ++i) {}
    if (number_ < low || number_ > high) return is_out_of_range(position, conversion, i64(number_), low, high);
    return true;
  }
  constexpr bool reads_field(char conversion, i32& field, std::uint32_t low, std::uint32_t high, int digits,
                             std::int32_t zero = 0) noexcept {
    if (!reads_number(conversion, low, high, digits)) return false;
    field = i32(number_) - zero;
    return true;
  }
  constexpr bool passes_digits() noexcept {
    if (digit_value(in_.peek()) > 9) return in_.fails(parse_fault::digit_expected);
    while (digit_value(in_.peek()) <= 9) in_.skip(1);
    return true;
  }

  /// How many characters of the name stand here: all of them, or the first three, or none.
  constexpr std::size_t size_of_name(const char* name) const noexcept {
    std::size_t size = 0;
    while (name[size] != '\0' && small_letter(in_.peek(size)) == small_letter(code_of(name[size]))) ++size;
    if (name[size] == '\0') return size;
    return size < 3 ? 0 : 3;
  }
  constexpr bool takes_name(const char* name) noexcept {
    const std::size_t size = size_of_name(name);
    in_.skip(size);
    return size != 0;
  }
  constexpr bool reads_weekday() noexcept {
    has_weekday_ = true;
    for (std::uint32_t i = 0; i < 7; ++i) {
      if (!takes_name(name_of(static_cast<weekday>(i)))) continue;
      fields_.tm_wday = i32((i + 1) % 7);
      return true;
    }
    return in_.fails(parse_fault::name_expected, 'A');
  }
  constexpr bool reads_month() noexcept {
    has_month_ = is_dated_ = true;
    for (std::uint32_t i = 1; i <= 12; ++i) {
      if (!takes_name(name_of(static_cast<month>(i)))) continue;
      fields_.tm_mon = i32(i - 1);
      return true;
    }
    return in_.fails(parse_fault::name_expected, 'B');
  }
  constexpr bool reads_half_of_day() noexcept {
    is_pm_ = takes_name("PM");
    if (is_pm_ || takes_name("AM")) return true;
    return in_.fails(parse_fault::name_expected, 'p');
  }

  constexpr bool reads_hour_of_twelve(char conversion) noexcept {
    has_hour_of_twelve_ = true;
    if (!reads_number(conversion, 1, 12, 2)) return false;
    fields_.tm_hour = i32(number_ % 12);
    return true;
  }
  constexpr bool reads_weekday_number(char conversion) noexcept {
    has_weekday_ = true;
    if (!reads_number(conversion, conversion == 'u' ? 1 : 0, conversion == 'u' ? 7 : 6, 1)) return false;
    fields_.tm_wday = i32(number_ % 7);
    return true;
  }
  constexpr bool reads_week(char conversion) noexcept {
    has_week_ = true;
    in_.skip_space();
    week_at_ = in_.position();
    week_begins_on_monday_ = conversion == 'W';
    if (!reads_number(conversion, 0, 53, 2)) return false;
    week_ = number_;
    return true;
  }
  constexpr bool reads_century() noexcept {
    has_century_ = is_dated_ = true;
    if (!reads_number('C', 0, 99, 2)) return false;
    century_ = number_;
    return true;
  }
  constexpr bool reads_year_of_century() noexcept {
    is_dated_ = true;
    has_whole_year_ = false;
    if (!reads_number('y', 0, 99, 2)) return false;
    year_of_century_ = number_;
    fields_.tm_year = i32(year_of_century_ + (year_of_century_ < 69 ? u32(100) : u32(0)));
    return true;
  }

  /// Seconds since 1970, which are all fields, in UTC.
  constexpr bool reads_seconds() noexcept {
    const std::size_t position = in_.position();
    const bool is_negative = in_.takes('-');
    i64 value = 0;
    if (digit_value(in_.peek()) > 9) return in_.fails(parse_fault::digit_expected);
    for (; digit_value(in_.peek()) <= 9; in_.skip(1)) {
      if (value > tm_seconds_max) return in_.fails(parse_fault::too_many_digits);
      value = value * 10 + i64(digit_value(in_.peek()));
    }
    if (is_negative) value = -value;
    if (value < tm_seconds_min || value > tm_seconds_max)
      return is_out_of_range(position, 's', value, tm_seconds_min, tm_seconds_max);
    const day_and_second parts = split_seconds(value);
    has_whole_year_ = true;
    // The seconds tell all of it, whatever was read before.
    has_hour_of_twelve_ = has_month_ = has_day_ = has_weekday_ = has_year_day_ = has_week_ = is_dated_ = false;
    fields_ = *tm_of(date_time_on(date_of_valid(parts.day), parts.second, 0, 0));
    return true;
  }

  constexpr bool reads_offset() noexcept {
    in_.skip_space();
    fields_.tm_gmtoff = 0;
    if (in_.takes('Z')) return true;
    const bool is_west = in_.takes('-');
    if (!is_west && !in_.takes('+')) return in_.fails(parse_fault::character_expected, 'Z');
    u32 hour = 0;
    u32 minute = 0;
    const std::size_t hour_at = in_.position();
    if (!in_.needs_two_digits(hour)) return false;
    const std::size_t colon = in_.peek() == 58 ? 1 : 0;
    const std::size_t minute_at = hour_at + 2 + colon;
    if (digit_value(in_.peek(colon)) <= 9) {
      in_.skip(colon);
      if (!in_.needs_two_digits(minute)) return false;
    }
    if (hour > 23) return is_out_of_range(hour_at, 'z', i64(hour), 0, 23);
    if (minute > 59) return is_out_of_range(minute_at, 'z', i64(minute), 0, 59);
    const i32 seconds = i32(hour * 3'600 + minute * 60);
    fields_.tm_gmtoff = is_west ? -seconds : seconds;
    return true;
  }
  constexpr bool passes_zone() noexcept {
    in_.skip_space();
    while (!in_.at_end() && !is_space(in_.peek())) in_.skip(1);
    return true;
  }

  /// The day of the year, from 0, of the week's day. Days before the first Sunday, or Monday, are of week 0.
  constexpr i64 year_day_of_week() const noexcept {
    const u32 shift = week_begins_on_monday_ ? 6 : 0;
    const u32 new_year = (u32(sunday_first(new_year_of(year()))) + shift) % 7;
    const u32 weekday = (u32(fields_.tm_wday) + shift) % 7;
    return i64((7 - new_year) % 7 + week_ * 7 + weekday) - 7;
  }
  constexpr bool goes_to(i64 year_day, std::size_t position) noexcept {
    const i64 days = i64(days_in_year(year()));
    if (year_day < 0 || year_day >= days)
      return in_.fails_at(position, parse_fault::field_out_of_range, {date_field::none, year_day + 1, 1, days}, 'j');
    const result<civil_date> date = date_from_day_of_year(year(), u32(year_day) + 1);
    fields_.tm_mon = i32(date->month) - 1;
    fields_.tm_mday = i32(date->day);
    fields_.tm_yday = i32(year_day);
    return true;
  }

  text_reader<memory_text> in_;
  tm_fields fields_;
  u32 number_{};  ///< the last one that was read
  u32 century_{};
  u32 year_of_century_{};
  u32 week_{};
  std::size_t year_day_at_ = 0;
  std::size_t week_at_ = 0;
  bool has_century_ = false;
  bool has_whole_year_ = false;
  bool has_month_ = false;
  bool has_day_ = false;
  bool has_weekday_ = false;
  bool has_year_day_ = false;
  bool has_week_ = false;
  bool week_begins_on_monday_ = false;
  bool has_hour_of_twelve_ = false;
  bool is_pm_ = false;
  bool is_dated_ = false;  ///< a year, a month or a day was read: then the other fields of the date follow
};

/// What a text says, read as C's `strptime` does in the C locale; the fields that it does not speak of stay what they
/// were. Whether they are a time, `check` says: a day 31 of April, or a second 60, can stand in them.
///
/// A blank in the format is any white space, or none. %E and %O are accepted where C has them, flags and widths are
/// passed over; letters are the same, large or small. Of the GNU C Library's: %F %G %g %k %l %s %u %V %Z %z, of which
/// %G, %g, %V and %Z are read and say nothing. Otherwise than there: %s is UTC and may be negative; a day of the year
/// 366, or a week's day, that the year does not have is refused; offsets are less than a day; a whole year is not undone
/// by a century; where it fails, nothing is written.
///   ensures  reads what `strftime` wrote, each number, name and mark as the conversion has it
///                                                              [parse.strptime.numbers], [parse.strptime.names],
///            [parse.strptime.marks]; and what follows from them [parse.strptime.date], [parse.strptime.week],
///            [parse.strptime.seconds]
///   errors   a fault and its position: in the text, but of unknown_conversion in the format
///   source   IEEE Std 1003.1, strptime; the GNU C Library's manual, 22.5.6
[[nodiscard]] constexpr parsed<tm_match> strptime(const char* text, std::size_t size, const char* format,
                                                  std::size_t format_size, const tm_fields& before = {}) noexcept {
  const memory_text characters(text, size);
  strptime_reader reader(characters, before);
  if (!reader.reads(format, format_size) || !reader.concludes()) return reader.error();
  return reader.match();
}

}  // namespace guestclock::inline GUESTCLOCK_WORDS
