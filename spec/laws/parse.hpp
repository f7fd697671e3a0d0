// SPDX-License-Identifier: BSL-1.0
/// \file spec/laws/parse.hpp
/// What <guestclock/calendar/parse.hpp> promises of texts whose characters are words. What it promises of texts in memory
/// stands in parse_memory.hpp.
#pragma once

#include <cstddef>

#include <guestclock/calendar/parse.hpp>

#include "date_time.hpp"
#include "law.hpp"

namespace guestclock::inline GUESTCLOCK_WORDS::laws {

struct parse_characters_classes {
  static constexpr law_info info{"parse.characters.classes",
                                 "digits are '0' to '9', white space is what C says, and the small letter of a capital "
                                 "one stands 32 behind it"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const u32 character = in.template between<u32>("character", 0, 256);
    const integer code = integer(character);
    const integer digit = integer(digit_value(character));
    const flag is_digit = (48 <= code) & (code <= 57);
    in.require((digit <= 9) == is_digit);
    if (is_digit) in.require(digit == code - 48);
    in.require(is_space(character) == ((code == 32) | ((9 <= code) & (code <= 13))));
    const flag is_capital = (65 <= code) & (code <= 90);
    in.require(integer(small_letter(character)) == (is_capital ? code + 32 : code));
  }
};

/// A text of words: each is any character.
template <std::size_t Room> struct word_text {
  u32 characters[Room] = {};
  std::size_t count = 0;

  [[nodiscard]] constexpr std::size_t size() const { return count; }
  [[nodiscard]] constexpr u32 at(std::size_t position) const { return characters[position]; }
  constexpr void put(u32 character) { characters[count++] = character; }
  constexpr void put(const char* text) {
    for (; *text != '\0'; ++text) put(code_of(*text));
  }
  /// The digits of a number, as they are written, from that place on, which is its highest.
  constexpr void put_digits(integer number, std::uint64_t place) {
    for (; place != 0; place /= 10) {
      put(word_of<u32>(floor_div(number, integer(place)) + 48));
      number = floor_mod(number, integer(place));
    }
  }
};

/// Any character but a digit, or but that mark: it comes so many after.
template <class Inputs> constexpr u32 wrong_character(Inputs& in, char kind) {
  if (kind == '0') return (in.template between<u32>("wrong", 10, 255) + 48) & 0xFF;
  return (in.template between<u32>("wrong", 1, 255) + code_of(kind)) & 0xFF;
}

inline constexpr const char* usual_form = "0000-00-00T00:00:00Z";

struct parse_rfc3339_accepts {
  static constexpr law_info info{"parse.rfc3339.accepts",
                                 "twenty characters with capital T and Z are a time exactly when digits are where "
                                 "digits have to be, and marks where marks, and every field is in range; else the "
                                 "first fault is told"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    // Right up to the one at `odd`, which is wrong; any after it. 20: all of them are right.
    const u32 odd = in.template between<u32>("odd", 0, 20);
    word_text<20> text;
    bool is_right = true;
    for (std::uint32_t i = 0; i < 20; ++i) {
      const bool is_digit = usual_form[i] == '0';
      if (!is_right) {
        text.put(in.template between<u32>("other", 0, 255));
      } else if (odd == i) {
        is_right = false;
        text.put(wrong_character(in, usual_form[i]));
      } else if (is_digit) {
        text.put(in.template between<u32>("digit", 48, 57));
      } else {
        text.put(code_of(usual_form[i]));
      }
    }
    if (is_right) return check_fields(in, text);
    std::size_t at = 0;
    while (odd != at) ++at;
    // Other forms: a year with a sign, small letters, a fraction, an offset.
    const u32 wrong = text.at(at);
    if (at == 0 && !in.assume((wrong != 43) & (wrong != 45))) return;
    if (at == 10 && !in.assume(wrong != 116)) return;
    if (at == 19 && !in.assume((wrong != 122) & (wrong != 43) & (wrong != 45) & (wrong != 46))) return;
    const auto refused = parse_rfc3339_by_characters(text);
    const bool is_digit = usual_form[at] == '0';
    in.require(!refused.has_value() && refused.error().position == at);
    in.require(refused.error().fault == (is_digit ? parse_fault::digit_expected : parse_fault::character_expected));
    in.require(refused.error().expected == (is_digit ? '\0' : usual_form[at]));
  }

 private:
  template <class Inputs> static constexpr void check_fields(Inputs& in, const word_text<20>& text) {
    const auto number = [&](std::size_t at) { return (text.at(at) - 48) * 10 + (text.at(at + 1) - 48); };
    const date_time said{i64(number(0) * 100 + number(2)), number(5), number(8), number(11), number(14), number(17)};
    const auto wrong = first_error(said);
    const auto time = parse_rfc3339_by_characters(text);
    in.require(time.has_value() == (wrong.field == date_field::none));
    if (time) return in.require(*time == said);
    const auto& error = time.error();
    in.require(error.fault == parse_fault::field_out_of_range && error.field.field == wrong.field);
    in.require((error.field.value == wrong.value) & (error.field.low == wrong.low) & (error.field.high == wrong.high));
    in.require((error.year == said.year) & (error.month == said.month));
    constexpr std::size_t begins[] = {0, 0, 5, 8, 11, 14, 17};
    in.require(error.position == begins[static_cast<std::size_t>(wrong.field)]);
  }
};

struct parse_rfc3339_inverse {
  static constexpr law_info info{"parse.rfc3339.inverse",
                                 "the digits of a date and a time of day are read as that date and time of day"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const i64 year = in.template between<i64>("year", 0, 9'999);
    const u32 month = in.template between<u32>("month", 1, 12);
    const u32 day = in.template between<u32>("day", 1, days_in_month(year, month));
    const u32 hour = in.template between<u32>("hour", 0, 23);
    const u32 minute = in.template between<u32>("minute", 0, 59);
    const u32 second = in.template between<u32>("second", 0, 59);
    word_text<20> text;
    text.put_digits(integer(year), 1'000);
    text.put(code_of('-'));
    text.put_digits(integer(month), 10);
    text.put(code_of('-'));
    text.put_digits(integer(day), 10);
    text.put(code_of('T'));
    text.put_digits(integer(hour), 10);
    text.put(code_of(':'));
    text.put_digits(integer(minute), 10);
    text.put(code_of(':'));
    text.put_digits(integer(second), 10);
    text.put(code_of('Z'));
    const auto time = parse_rfc3339_by_characters(text);
    in.require(time.has_value());
    in.require(*time == date_time{year, month, day, hour, minute, second});
  }
};

struct parse_rfc3339_tail {
  static constexpr law_info info{"parse.rfc3339.tail",
                                 "a fraction of one to nine digits, and an offset of hours below 24 and minutes below "
                                 "60, are read as what they say; other hours and minutes are told"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const u32 digits = in.template between<u32>("digits", 1, 9);
    const bool is_west = static_cast<bool>(in.template between<u32>("is_west", 0, 1) == 1);
    const u32 hour = in.template between<u32>("hour", 0, 99);
    const u32 minute = in.template between<u32>("minute", 0, 99);
    std::uint64_t unit = 100'000'000;
    word_text<40> text;
    text.put("2024-02-29T12:30:15.");
    integer fraction = 0;
    for (std::uint32_t i = 1; i <= 9; ++i, unit /= 10) {
      const u32 digit = in.template between<u32>("digit", 48, 57);
      if (digits < i) continue;
      text.put(digit);
      fraction = fraction + (integer(digit) - 48) * integer(unit);
    }
    text.put(code_of(is_west ? '-' : '+'));
    const std::size_t at = text.size();
    text.put_digits(integer(hour), 10);
    text.put(code_of(':'));
    text.put_digits(integer(minute), 10);
    const auto time = parse_rfc3339_by_characters(text);
    in.require(flag(time.has_value()) == ((hour <= 23) & (minute <= 59)));
    if (!time) {
      const auto& error = time.error();
      in.require(error.fault == parse_fault::offset_out_of_range);
      const bool is_hour = static_cast<bool>(hour > 23);
      in.require(error.position == (is_hour ? at : at + 3));
      return in.require(is_error(error.field, is_hour ? date_field::hour : date_field::minute,
                                 is_hour ? integer(hour) : integer(minute), 0, is_hour ? 23 : 59));
    }
    in.require(integer(time->nanosecond) == fraction);
    const integer offset = integer(hour) * 3'600 + integer(minute) * 60;
    in.require(integer(time->utc_offset_seconds) == (is_west ? -offset : offset));
    in.require(date_of(*time) == civil_date{2024, 2, 29});
  }
};

}  // namespace guestclock::inline GUESTCLOCK_WORDS::laws
