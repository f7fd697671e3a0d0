// SPDX-License-Identifier: BSL-1.0
/// \file spec/laws/parse_memory.hpp
/// What <guestclock/calendar/parse.hpp> promises of texts in memory. The inputs are choices among edges, few enough to
/// try all of them. Each text stands at the end of an object of its own, so that a sanitizer sees what is read behind it.
#pragma once

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <string_view>

#include <guestclock/calendar/format.hpp>
#include <guestclock/calendar/parse.hpp>

#include "law.hpp"

namespace guestclock::inline native::laws {

template <class Inputs, class List> auto one_of(Inputs& in, const char* name, const List& list) {
  return list[in.template between<u32>(name, 0, static_cast<u32>(std::size(list) - 1))];
}

/// The characters alone, without a zero behind them.
class exact_text {
 public:
  explicit exact_text(std::string_view text) : size_(text.size()), characters_(new char[text.size()]) {
    std::copy(text.begin(), text.end(), characters_.get());
  }
  [[nodiscard]] const char* begin() const { return characters_.get(); }
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  std::size_t size_;
  std::unique_ptr<char[]> characters_;
};

inline bool same_error(const parse_error& a, const parse_error& b) {
  return a.fault == b.fault && a.expected == b.expected && a.position == b.position && a.field.field == b.field.field &&
         a.field.value == b.field.value && a.field.low == b.field.low && a.field.high == b.field.high &&
         a.year == b.year && a.month == b.month;
}

struct parse_faults_named {
  static constexpr law_info info{"parse.faults.named", "every fault has a name of its own", law_kind::protocol};
  template <class Inputs> static void check(Inputs& in) {
    const auto last = static_cast<u8>(parse_fault::unknown_conversion);
    const auto fault = static_cast<parse_fault>(in.template between<u8>("fault", 0, last + 1));
    const auto other = static_cast<parse_fault>(in.template between<u8>("other", 0, last));
    const std::string_view name = name_of(fault);
    in.require((name == "unknown") == (static_cast<u8>(fault) > last));
    in.require((name == name_of(other)) == (fault == other));
  }
};

// --- RFC 3339 ---

inline constexpr std::array<std::string_view, 10> right_texts{"2024-02-29T12:30:15Z",
                                                              "1970-01-01t00:00:00z",
                                                              "9999-12-31T23:59:59.999999999Z",
                                                              "0000-01-01T00:00:00.5-00:00",
                                                              "2024-12-31T23:59:59.123456789+23:59",
                                                              "2023-02-28T09:08:07.000000001-09:05",
                                                              "+10000-01-01T00:00:00Z",
                                                              "-0001-12-31T23:59:59Z",
                                                              "-2147483648-01-01T00:00:00+00:00",
                                                              "+2147485547-12-31T23:59:59.9Z"};
inline constexpr std::string_view edge_characters("0123456789/:-+.,TtZz \0\x7F\xFF", 24);

/// One of those texts as it is, cut off, or with one character another one, one more or one less.
template <class Inputs> std::string altered_text(Inputs& in) {
  std::string text(one_of(in, "text", right_texts));
  const u32 change = in.template between<u32>("change", 0, 4);
  if (change == 0) return text;
  const u32 position = in.template between<u32>("position", 0, static_cast<u32>(text.size() - 1));
  if (change == 1) return text.substr(0, position);
  if (change == 2) return text.erase(position, 1);
  const char character = one_of(in, "character", edge_characters);
  if (change == 3) return text[position] = character, text;
  return text.insert(position + 1, 1, character);
}

/// The form of a text as the text itself decides it, and the text held against it.
class judge_of_text {
 public:
  explicit judge_of_text(std::string_view text) : text_(text) {
    const bool has_sign = stands(0, "+-");
    const std::size_t year_digits = has_sign ? std::clamp<std::size_t>(digits_from(1), 4, 10) : 4;
    form_ = (has_sign ? std::string(1, text[0]) : "") + std::string(year_digits, '0');
    year_size_ = form_.size();
    if (has_sign && year_digits == 10 && digits_from(1) > 10) is_too_long_ = true;
    form_ += "-00-00";
    form_ += stands(form_.size(), "t") ? "t" : "T";
    form_ += "00:00:00";
    if (stands(form_.size(), ".")) {
      const std::size_t digits = std::max<std::size_t>(digits_from(form_.size() + 1), 1);
      fraction_at_ = form_.size() + 1;
      form_ += "." + std::string(std::min<std::size_t>(digits, 9), '0');
      if (digits > 9 && !is_too_long_) is_too_long_ = is_fraction_too_long_ = true;
    }
    zone_at_ = form_.size();
    if (stands(zone_at_, "+-"))
      form_ += std::string(1, text[zone_at_]) + "00:00";
    else
      form_ += stands(zone_at_, "z") ? "z" : "Z";
  }

  [[nodiscard]] parsed<date_time> verdict() const {
    const std::size_t too_long_at = is_fraction_too_long_ ? zone_at_ : is_too_long_ ? year_size_ : form_.size();
    for (std::size_t i = 0; i < form_.size(); ++i) {
      const char kind = form_[i] == '0' ? '\0' : form_[i];
      if (i == too_long_at) return error(parse_fault::too_many_digits, i);
      if (i == text_.size()) return error(parse_fault::too_short, i, kind);
      if (kind == '\0' && digits_from(i) == 0) return error(parse_fault::digit_expected, i);
      if (kind != '\0' && text_[i] != kind) return error(parse_fault::character_expected, i, kind);
    }
    if (text_.size() > form_.size()) return error(parse_fault::trailing_characters, form_.size());
    return of_fields();
  }

 private:
  [[nodiscard]] bool stands(std::size_t at, std::string_view characters) const {
    return at < text_.size() && characters.find(text_[at]) != std::string_view::npos;
  }
  [[nodiscard]] std::size_t digits_from(std::size_t at) const {
    const std::size_t end = text_.find_first_not_of("0123456789", at);
    return at > text_.size() ? 0 : std::min(end, text_.size()) - at;
  }
  [[nodiscard]] i64 number(std::size_t at, std::size_t size) const {
    i64 value = 0;
    for (const char digit : text_.substr(at, size)) value = value * 10 + (digit - '0');
    return value;
  }
  [[nodiscard]] u32 pair(std::size_t at) const { return static_cast<u32>(number(at, 2)); }
  static parse_error error(parse_fault fault, std::size_t position, char expected = '\0') {
    parse_error error;
    error.fault = fault;
    error.position = position;
    error.expected = expected;
    return error;
  }

  [[nodiscard]] parsed<date_time> of_fields() const {
    const std::size_t y = year_size_;
    const bool has_sign = stands(0, "+-");
    const i64 magnitude = number(has_sign ? 1 : 0, has_sign ? y - 1 : y);
    date_time time{
        text_[0] == '-' ? -magnitude : magnitude, pair(y + 1), pair(y + 4), pair(y + 7), pair(y + 10), pair(y + 13)};
    if (fraction_at_ != 0) {
      std::string nine(text_.substr(fraction_at_, zone_at_ - fraction_at_));
      nine.resize(9, '0');
      for (const char digit : nine) time.nanosecond = time.nanosecond * 10 + static_cast<u32>(digit - '0');
    }
    const field_error wrong = first_error(time);
    if (wrong.field != date_field::none) {
      const std::size_t begins[] = {0, 0, y + 1, y + 4, y + 7, y + 10, y + 13};
      parse_error found = error(parse_fault::field_out_of_range, begins[static_cast<std::size_t>(wrong.field)]);
      found.field = wrong;
      found.year = time.year;
      found.month = time.month;
      return found;
    }
    if (form_.size() - zone_at_ == 1) return time;
    const u32 hour = pair(zone_at_ + 1), minute = pair(zone_at_ + 4);
    if (hour > 23 || minute > 59) {
      parse_error found = error(parse_fault::offset_out_of_range, zone_at_ + (hour > 23 ? 1 : 4));
      found.field =
          hour > 23 ? field_error{date_field::hour, hour, 0, 23} : field_error{date_field::minute, minute, 0, 59};
      return found;
    }
    const i32 seconds = static_cast<i32>(hour * 3'600 + minute * 60);
    time.utc_offset_seconds = text_[zone_at_] == '-' ? -seconds : seconds;
    return time;
  }

  std::string_view text_;
  std::string form_;  // '0' for any digit
  std::size_t year_size_ = 0;
  std::size_t fraction_at_ = 0;
  std::size_t zone_at_ = 0;
  bool is_too_long_ = false;
  bool is_fraction_too_long_ = false;
};

struct parse_text_judged {
  static constexpr law_info info{
      "parse.text.judged", "a text is read exactly as its form says, and the first fault is told with its position",
      law_kind::protocol, "the texts are a choice of edges"};
  template <class Inputs> static void check(Inputs& in) {
    const std::string text = altered_text(in);
    const exact_text characters(text);
    const auto time = parse_rfc3339_by_characters(memory_text(characters.begin(), characters.size()));
    const auto expected = judge_of_text(text).verdict();
    in.require(same_error(time.error(), expected.error()));
    if (expected && time) in.require(*time == *expected);
  }
};

struct parse_memory_agrees {
  static constexpr law_info info{"parse.memory.agrees", "a text in memory is read as its characters are, one by one",
                                 law_kind::protocol, "the texts are a choice of edges"};
  template <class Inputs> static void check(Inputs& in) {
    const exact_text characters(altered_text(in));
    const auto expected = parse_rfc3339_by_characters(memory_text(characters.begin(), characters.size()));
    const auto time = parse_rfc3339(characters.begin(), characters.size());
    in.require(same_error(time.error(), expected.error()));
    if (expected && time) in.require(*time == *expected);
  }
};

struct parse_point_agrees {
  static constexpr law_info info{
      "parse.point.agrees", "a text's point is that of its civil time, and has the same faults", law_kind::protocol,
      "the texts are a choice of edges"};
  template <class Inputs> static void check(Inputs& in) {
    const exact_text characters(altered_text(in));
    const auto time = parse_rfc3339_by_characters(memory_text(characters.begin(), characters.size()));
    const auto point = parse_unix_time(characters.begin(), characters.size());
    in.require(same_error(point.error(), time.error()));
    if (time && point) in.require(*point == *unix_time_of(*time));
  }
};

/// No field is one of a date: nothing follows from them.
inline constexpr tm_fields untouched{-7, -7, -7, -7, -7, -7, -7, -7, -7, -7, nullptr};

inline bool same_fields(const tm_fields& a, const tm_fields& b) {
  return a.tm_sec == b.tm_sec && a.tm_min == b.tm_min && a.tm_hour == b.tm_hour && a.tm_mday == b.tm_mday &&
         a.tm_mon == b.tm_mon && a.tm_year == b.tm_year && a.tm_wday == b.tm_wday && a.tm_yday == b.tm_yday &&
         a.tm_isdst == b.tm_isdst && a.tm_gmtoff == b.tm_gmtoff;
}
inline parsed<tm_match> read_by(std::string_view text, std::string_view format, const tm_fields& before = untouched) {
  const exact_text characters(text), form(format);
  return strptime(characters.begin(), characters.size(), form.begin(), form.size(), before);
}
inline bool is_match(const parsed<tm_match>& found, const tm_fields& fields, std::size_t end) {
  return found.has_value() && same_fields(found->fields, fields) && found->end == end;
}
inline bool is_fault(const parsed<tm_match>& found, parse_fault fault, std::size_t position, char expected) {
  const parse_error& error = found.error();
  return error.fault == fault && error.position == position && error.expected == expected;
}

struct parse_text_ends {
  static constexpr law_info info{"parse.text.ends", "of a longer text only the characters that are given are read",
                                 law_kind::protocol, "the texts are a choice of edges"};
  template <class Inputs> static void check(Inputs& in) {
    const std::string_view text = one_of(in, "text", right_texts);
    const u32 size = in.template between<u32>("size", 0, static_cast<u32>(text.size()));
    const exact_text alone(text.substr(0, size));
    in.require(same_error(parse_rfc3339(text.data(), size).error(), parse_rfc3339(alone.begin(), size).error()));
    in.require(same_error(parse_unix_time(text.data(), size).error(), parse_rfc3339(alone.begin(), size).error()));
    constexpr std::string_view format = "%Y-%m-%d %A", date = "2024-02-29 Thursday";
    const std::size_t cut = size % (date.size() + 1);
    const auto found = strptime(date.data(), cut, format.data(), format.size());
    const auto expected = read_by(date.substr(0, cut), format, {});
    in.require(same_error(found.error(), expected.error()));
    if (found && expected) in.require(is_match(found, expected->fields, expected->end));
    const std::size_t form = size % (format.size() + 1);
    const auto by_part = strptime(date.data(), date.size(), format.data(), form);
    const auto by_copy = read_by(date, format.substr(0, form), {});
    in.require(same_error(by_part.error(), by_copy.error()));
    if (by_part && by_copy) in.require(is_match(by_part, by_copy->fields, by_copy->end));
  }
};

struct parse_head_agrees {
  static constexpr law_info info{
      "parse.head.agrees",
      "nineteen characters at once are plain exactly where each is of its kind, and then say "
      "what they say one by one",
      law_kind::protocol, "the characters beside the odd one are a choice of edges"};
  template <class Inputs> static void check(Inputs& in) {
    constexpr std::array<std::string_view, 3> heads{"0000-00-00T00:00:00", "9999-99-99T99:99:99",
                                                    "2024-02-29T13:57:46"};
    std::string text(one_of(in, "head", heads));
    const u32 position = in.template between<u32>("position", 0, 18);
    text[position] = static_cast<char>(in.template between<u8>("character", 0, 255));
    const u8 next = one_of(in, "next", std::array<u8, 4>{0, '/', ':', 255});
    if (position < 18 && next != 0) text[position + 1] = static_cast<char>(next);
    const exact_text characters(text);
    const plain_head head = plain_head_of(characters.begin());
    bool is_plain = true;
    for (std::size_t i = 0; i < 19; ++i)
      is_plain &= heads[0][i] == '0' ? text[i] >= '0' && text[i] <= '9' : text[i] == heads[0][i];
    in.require(head.is_plain == is_plain);
    if (!is_plain) return;
    text_reader<memory_text> reader(memory_text(characters.begin(), characters.size()));
    date_time time;
    in.require(read_head(reader, time) && reader.at_end() && head.time == time);
  }
};

struct parse_text_inverse {
  static constexpr law_info info{"parse.text.inverse",
                                 "what format_rfc3339 writes is read as the time that was written", law_kind::protocol,
                                 "the times are a choice of edges"};
  template <class Inputs> static void check(Inputs& in) {
    const i64 year = one_of(in, "year",
                            std::array<i64, 15>{0, 1, 999, 1900, 1970, 2023, 2024, 9999, 10'000, -1, -9'999, -10'000,
                                                1'000'000'000, civil_year_min, civil_year_max});
    const u32 month = in.template between<u32>("month", 1, 12);
    const u32 day = one_of(in, "day", std::array<u32, 3>{1, 10, days_in_month(year, month)});
    const u32 second = one_of(in, "second", std::array<u32, 5>{0, 86'399, 45'296, 3'723, 43'200});
    const u32 nanosecond =
        one_of(in, "nanosecond", std::array<u32, 7>{0, 1, 999'999'999, 500'000'000, 120'000'000, 123'456'789, 100});
    const i32 offset = one_of(in, "utc_offset", std::array<i32, 7>{0, 60, -60, 19'800, -34'200, 86'340, -86'340});
    const date_time time = date_time_on({year, month, day}, second, nanosecond, offset);
    std::array<char, rfc3339_size_max> text{};
    const auto written = format_rfc3339(text.data(), text.size(), time);
    const auto read = parse_rfc3339(text.data(), written.count);
    const auto point = parse_unix_time(text.data(), written.count);
    in.require(static_cast<bool>(written) && read.has_value() && point.has_value());
    if (read && point) in.require(*read == time && *point == *unix_time_of(time));
  }
};

// --- strptime ---

struct parse_strptime_numbers {
  static constexpr law_info info{"parse.strptime.numbers",
                                 "a number is the digits that its conversion can have, after white space, and is "
                                 "refused where it is out of its range",
                                 law_kind::protocol};
  struct rule {
    char conversion;
    u32 low, high;
    std::size_t digits;
    i32 tm_fields::*field;  ///< where it goes; null: nowhere
    i32 zero;
  };
  template <class Inputs> static void check(Inputs& in) {
    static constexpr std::array<rule, 19> rules{{{'d', 1, 31, 2, &tm_fields::tm_mday, 0},
                                                 {'e', 1, 31, 2, &tm_fields::tm_mday, 0},
                                                 {'H', 0, 23, 2, &tm_fields::tm_hour, 0},
                                                 {'k', 0, 23, 2, &tm_fields::tm_hour, 0},
                                                 {'I', 1, 12, 2, &tm_fields::tm_hour, 0},
                                                 {'l', 1, 12, 2, &tm_fields::tm_hour, 0},
                                                 {'j', 1, 366, 3, &tm_fields::tm_yday, 1},
                                                 {'m', 1, 12, 2, &tm_fields::tm_mon, 1},
                                                 {'M', 0, 59, 2, &tm_fields::tm_min, 0},
                                                 {'S', 0, 61, 2, &tm_fields::tm_sec, 0},
                                                 {'u', 1, 7, 1, &tm_fields::tm_wday, 0},
                                                 {'w', 0, 6, 1, &tm_fields::tm_wday, 0},
                                                 {'U', 0, 53, 2, nullptr, 0},
                                                 {'W', 0, 53, 2, nullptr, 0},
                                                 {'V', 0, 53, 2, nullptr, 0},
                                                 {'g', 0, 99, 2, nullptr, 0},
                                                 {'C', 0, 99, 2, &tm_fields::tm_year, 0},
                                                 {'y', 0, 99, 2, &tm_fields::tm_year, 0},
                                                 {'Y', 0, 9'999, 4, &tm_fields::tm_year, 1'900}}};
    const rule each = one_of(in, "conversion", rules);
    const u32 number = in.template between<u32>("number", 0, 500) * (each.conversion == 'Y' ? 21 : 1);
    std::string digits = std::to_string(number);
    const u32 form = in.template between<u32>("form", 0, 3);
    if (form == 1) digits.insert(0, std::max(each.digits, digits.size()) - digits.size(), '0');
    if (form == 2) digits.insert(0, each.digits, '0');
    const std::string blanks = form == 3 ? " \t" : "";
    const auto found = read_by(blanks + digits + "x", std::string("%") + each.conversion);
    std::size_t size = 1;
    while (size < each.digits && size < digits.size() && std::stoul(digits.substr(0, size)) * 10 <= each.high) ++size;
    const auto value = static_cast<u32>(std::stoul(digits.substr(0, size)));
    if (value < each.low || value > each.high) {
      const field_error& field = found.error().field;
      in.require(is_fault(found, parse_fault::field_out_of_range, blanks.size(), each.conversion));
      return in.require(field.field == date_field::none && field.value == value && field.low == each.low &&
                        field.high == each.high);
    }
    tm_fields expected = untouched;
    i32 said = static_cast<i32>(value) - each.zero;
    if (each.conversion == 'I' || each.conversion == 'l') said %= 12;
    if (each.conversion == 'u') said %= 7;
    if (each.conversion == 'C') said = said * 100 - 1'900;
    if (each.conversion == 'y' && said < 69) said += 100;
    if (each.field != nullptr) expected.*each.field = said;
    in.require(is_match(found, expected, blanks.size() + size));
    in.require(is_fault(read_by("x", std::string("%") + each.conversion), parse_fault::digit_expected, 0, '\0'));
    in.require(is_fault(read_by(" ", std::string("%") + each.conversion), parse_fault::too_short, 1, '\0'));
  }
};

struct parse_strptime_names {
  static constexpr law_info info{"parse.strptime.names",
                                 "a name is read in full or by its first three letters, large or small, and a half of "
                                 "the day belongs to the hour of twelve",
                                 law_kind::protocol};
  template <class Inputs> static void check(Inputs& in) {
    const u32 kind = in.template between<u32>("kind", 0, 2);
    if (kind == 2) return check_half_of_day(in);
    const u32 number = in.template between<u32>("number", 0, kind == 0 ? 6 : 11);
    const std::string_view name =
        kind == 0 ? name_of(static_cast<weekday>(number)) : name_of(static_cast<month>(number + 1));
    const u32 size = in.template between<u32>("size", 0, static_cast<u32>(name.size()));
    const bool has_more = in.template between<u32>("has_more", 0, 1) == 1;
    const std::string text = in_case(in, std::string(name.substr(0, size))) + (has_more ? "x" : "");
    const char conversion = one_of(in, "conversion", std::string_view(kind == 0 ? "aA" : "bBh"));
    const auto found = read_by(text, std::string("%") + conversion);
    if (size < 3) {
      const auto fault = text.empty() ? parse_fault::too_short : parse_fault::name_expected;
      in.require(
          is_fault(read_by("unknown", kind == 0 ? "%A" : "%B"), parse_fault::name_expected, 0, kind == 0 ? 'A' : 'B'));
      return in.require(is_fault(found, fault, 0, kind == 0 ? 'A' : 'B'));
    }
    tm_fields expected = untouched;
    if (kind == 0)
      expected.tm_wday = static_cast<i32>((number + 1) % 7);
    else
      expected.tm_mon = static_cast<i32>(number);
    in.require(is_match(found, expected, size == name.size() ? size : 3));
  }

 private:
  template <class Inputs> static std::string in_case(Inputs& in, std::string text) {
    const u32 large = in.template between<u32>("large", 0, 3);  // every letter, every other one, the first, none
    for (std::size_t i = 0; i < text.size(); ++i) {
      const bool is_large = large == 0 || (large == 1 && i % 2 == 0) || (large == 2 && i == 0);
      text[i] = static_cast<char>(is_large ? text[i] & ~32 : text[i] | 32);
    }
    return text;
  }
  template <class Inputs> static void check_half_of_day(Inputs& in) {
    const u32 hour = in.template between<u32>("hour", 1, 12);
    const std::string half(one_of(in, "half", std::array<std::string_view, 4>{"am", "pm", "a", "xm"}));
    const std::string text = in_case(in, half);
    const u32 order = in.template between<u32>("order", 0, 3);
    const std::string twelve = std::to_string(hour);
    const auto found = order == 0   ? read_by(twelve + text, "%I%p")
                       : order == 1 ? read_by(text + twelve, "%p%l")
                       : order == 2 ? read_by(twelve + text + "13", "%I%p%H")
                                    : read_by(twelve + " 13" + text, "%I%k%p");
    const std::size_t at = order == 1 ? 0 : twelve.size() + (order == 3 ? 3 : 0);
    if (half.size() != 2 || half == "xm") return in.require(is_fault(found, parse_fault::name_expected, at, 'p'));
    tm_fields expected = untouched;
    expected.tm_hour = order >= 2 ? 13 : static_cast<i32>(hour % 12) + (half == "pm" ? 12 : 0);
    in.require(is_match(found, expected, twelve.size() + 2 + (order < 2 ? 0 : order)));
  }
};

struct parse_strptime_marks {
  static constexpr law_info info{"parse.strptime.marks",
                                 "a mark stands for itself, a blank for any white space or none; conversions are those "
                                 "that there are, and short ones are what they are short for",
                                 law_kind::protocol, "the texts are a choice of edges"};
  template <class Inputs> static void check(Inputs& in) {
    const u32 kind = in.template between<u32>("kind", 0, 2);
    if (kind == 0) return check_mark(in);
    if (kind == 1) return check_conversion(in);
    check_short(in);
  }

 private:
  static bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

  template <class Inputs> static void check_mark(Inputs& in) {
    const auto mark = static_cast<char>(in.template between<u8>("mark", 0, 255));
    const auto character = static_cast<char>(in.template between<u8>("character", 0, 255));
    const std::string text(1, character);
    if (mark == '%') {
      in.require(character == '%' ? is_match(read_by(text, "%%"), untouched, 1)
                                  : is_fault(read_by(text, "%%"), parse_fault::character_expected, 0, '%'));
      for (const std::string_view blank : {"%n", "%t"})
        in.require(is_match(read_by(text + text, blank), untouched, is_blank(character) ? 2 : 0));
      const auto zone = read_by(" " + text + "x", "%Z");
      return in.require(is_match(zone, untouched, 3));
    }
    const auto found = read_by(text + text, std::string(1, mark));
    if (is_blank(mark)) return in.require(is_match(found, untouched, is_blank(character) ? 2 : 0));
    in.require(mark == character ? is_match(found, untouched, 1)
                                 : is_fault(found, parse_fault::character_expected, 0, mark));
    in.require(is_fault(read_by("", std::string(1, mark)), parse_fault::too_short, 0, mark));
  }

  template <class Inputs> static void check_conversion(Inputs& in) {
    const auto conversion = static_cast<char>(in.template between<u8>("letter", 0, 255));
    const std::string before = one_of(in, "before", std::array<std::string, 6>{"", "E", "O", "-_0^#12", "-E", "9O"});
    const bool is_e = before.ends_with('E'), is_o = before.ends_with('O');
    const std::string_view there_are = is_e   ? "cCxXyY"
                                       : is_o ? "bBdehHImMSUVWwy"
                                              : "%aAbBcCdDeFgGhHIjklmMnprRsStTuUVwWxXyYzZ";
    // After a first flag, a digit or another flag is one more of them, and E and O are modifiers: nothing follows.
    const bool is_more =
        !is_e && !is_o && std::string_view("-_^#0123456789EO").find(conversion) != std::string_view::npos;
    const std::string format = "%" + before + conversion;
    const auto found = read_by("", format);
    const bool is_known = !is_more && there_are.find(conversion) != std::string_view::npos;
    in.require((found.error().fault == parse_fault::unknown_conversion) == !is_known);
    if (is_known) return;
    const bool is_modifier = is_more && (conversion == 'E' || conversion == 'O');
    const std::size_t position = format.size() - (is_e || is_o ? 2 : is_more && !is_modifier ? 0 : 1);
    in.require(is_fault(found, parse_fault::unknown_conversion, position, '\0'));
    in.require(is_fault(read_by("", "%"), parse_fault::unknown_conversion, 1, '\0'));
  }

  template <class Inputs> static void check_short(Inputs& in) {
    struct short_form {
      const char* format;
      const char* meaning;
      std::string_view text;
    };
    static constexpr std::array<short_form, 8> forms{{{"%D", "%m/%d/%y", "02/29/24"},
                                                      {"%x", "%m/%d/%y", "02/29/24"},
                                                      {"%F", "%Y-%m-%d", "2024-02-29"},
                                                      {"%R", "%H:%M", "13:46"},
                                                      {"%T", "%H:%M:%S", "13:46:57"},
                                                      {"%X", "%H:%M:%S", "13:46:57"},
                                                      {"%r", "%I:%M:%S %p", "11:46:57 PM"},
                                                      {"%c", "%a %b %e %H:%M:%S %Y", "Thu Feb 29 13:46:57 2024"}}};
    const short_form each = one_of(in, "form", forms);
    std::string text(each.text);
    const u32 position = in.template between<u32>("position", 0, static_cast<u32>(text.size() - 1));
    text[position] = one_of(in, "character", std::string_view("0129 :x"));
    const auto found = read_by(text, each.format);
    const auto expected = read_by(text, each.meaning);
    in.require(same_error(found.error(), expected.error()));
    if (expected && found) in.require(is_match(found, expected->fields, expected->end));
    in.require(is_match(read_by(each.text, each.format), read_by(each.text, each.meaning)->fields, each.text.size()));
  }
};

inline constexpr std::array<i64, 9> tm_years{0, 1, 1899, 1900, 1969, 1970, 2023, 2024, 9999};

struct parse_strptime_date {
  static constexpr law_info info{
      "parse.strptime.date",
      "a date has its weekday and its day of the year; a day of the year has its date, if the "
      "year has it; a century and its year are a year",
      law_kind::protocol, "the years are a choice of edges"};
  template <class Inputs> static void check(Inputs& in) {
    const i64 year = one_of(in, "year", tm_years);
    const u32 number = in.template between<u32>("number", 1, 366);
    const std::string text = std::to_string(year);
    const auto date = date_from_day_of_year(year, number);
    const auto by_number = read_by(text + " " + std::to_string(number), "%Y%j");
    if (!date) {
      const field_error& field = by_number.error().field;
      in.require(is_fault(by_number, parse_fault::field_out_of_range, text.size() + 1, 'j'));
      return in.require(field.field == date_field::none && field.value == 366 && field.low == 1 && field.high == 365);
    }
    tm_fields expected = untouched;
    expected.tm_year = static_cast<i32>(year - 1'900);
    expected.tm_mon = static_cast<i32>(date->month - 1);
    expected.tm_mday = static_cast<i32>(date->day);
    expected.tm_wday = static_cast<i32>((weekday_number(*days_from_civil(*date)) + 1) % 7);
    expected.tm_yday = static_cast<i32>(number - 1);
    in.require(by_number.has_value() && same_fields(by_number->fields, expected));
    const std::string day = " " + std::to_string(date->month) + " " + std::to_string(date->day);
    const auto by_date = read_by(text + day, "%Y %m %d");
    in.require(by_date.has_value() && same_fields(by_date->fields, expected));
    const std::string century = std::to_string(year / 100) + " " + std::to_string(year % 100);
    const auto by_century = read_by(century + day, "%C %y %m %e");
    in.require(by_century.has_value() && same_fields(by_century->fields, expected));
    const auto by_both = read_by("3 " + text + day, "%C %Y %m %d");  // a whole year needs no century
    in.require(by_both.has_value() && same_fields(by_both->fields, expected));
    const auto late = read_by(text + " 5" + day, "%Y %y %m %d");
    in.require(late.has_value() && late->fields.tm_year == 105);
    const auto later = read_by(text + " 5 19" + day, "%Y %y %C %m %d");
    in.require(later.has_value() && later->fields.tm_year == 5);
    // Each of its numbers makes a date of what was there.
    const std::string two = std::to_string(year % 100 + 100).substr(1);
    const std::string month_name = short_name_of(static_cast<month>(date->month));
    for (const auto& [part, form] :
         {std::pair<std::string, std::string_view>{std::to_string(date->day), "%d"},
          {std::to_string(date->month), "%m"},
          {month_name, "%b"},
          {1969 <= year && year <= 2068 ? two : text, 1969 <= year && year <= 2068 ? "%y" : "%Y"},
          {year % 100 == 0 ? std::to_string(year / 100) : text, year % 100 == 0 ? "%C" : "%Y"}}) {
      tm_fields undone = expected;
      undone.tm_wday = undone.tm_yday = -7;
      in.require(is_match(read_by(part, form, undone), expected, part.size()));
    }
    // A day of the year says more than a month or a day, and less than both.
    const std::string third = std::to_string(number);
    in.require(same_fields(read_by(text + " 3 " + third, "%Y %m %j")->fields, expected));
    in.require(same_fields(read_by(text + " 3 " + third, "%Y %d %j")->fields, expected));
    in.require(read_by(text + " 3 Sun " + third, "%Y %b %a %j").error().fault == parse_fault::name_expected);
    const auto weekday_too = read_by(text + " Mar Sun " + third, "%Y %b %a %j");
    in.require(weekday_too.has_value() && weekday_too->fields.tm_mon == expected.tm_mon &&
               weekday_too->fields.tm_mday == expected.tm_mday);
    const auto both = read_by(text + " Mar 4 " + third, "%Y %b %d %j");
    in.require(both.has_value() && both->fields.tm_mon == 2 && both->fields.tm_mday == 4);
    // What was said stays: another weekday, another day of the year.
    const auto told = read_by(text + day + " Sun 7", "%Y %m %d %a %j");
    in.require(told.has_value() && told->fields.tm_wday == 0 && told->fields.tm_yday == 6 &&
               told->fields.tm_mday == expected.tm_mday);
    // Without a year or a month there is no date, and without the month or the day only what is there.
    tm_fields alone = untouched;
    alone.tm_yday = expected.tm_yday;
    in.require(is_match(read_by(std::to_string(number), "%j"), alone, std::to_string(number).size()));
    tm_fields known = untouched;
    known.tm_mon = expected.tm_mon;
    known.tm_mday = expected.tm_mday;
    const auto late_year = read_by(text, "%Y", known);
    in.require(late_year.has_value() && same_fields(late_year->fields, expected));
    known.tm_mon = 12;
    in.require(read_by(text, "%Y", known)->fields.tm_wday == -7);
    known.tm_mon = 0;
    for (const i32 mday : {-1, 32}) {
      known.tm_mday = mday;
      in.require(read_by(text, "%Y", known)->fields.tm_yday == -7);
    }
    known.tm_mday = 0;
    in.require(read_by(text, "%Y", known)->fields.tm_yday == -1);
    known.tm_mday = 31;
    in.require(read_by(text, "%Y", known)->fields.tm_yday == 30);
  }
};

struct parse_strptime_week {
  static constexpr law_info info{
      "parse.strptime.week", "a week of a year, from Sunday or Monday on, and its day are a date, if it is of the year",
      law_kind::protocol, "the years are a choice of edges"};
  template <class Inputs> static void check(Inputs& in) {
    const i64 year = one_of(in, "year", tm_years);
    const u32 week = in.template between<u32>("week", 0, 53);
    const u32 day = in.template between<u32>("day", 0, 6);
    const bool is_monday = in.template between<u32>("monday", 0, 1) == 1;
    const std::string before = std::to_string(year) + " ";
    const std::string text = before + std::to_string(week) + " " + std::to_string(day);
    const auto found = read_by(text, is_monday ? "%Y%W %w" : "%Y%U %w");
    // The first day of the year that is such a weekday and of the week's number, by counting.
    i32 expected = -1;
    u32 weeks = 0;
    for (u32 number = 1; number <= days_in_year(year); ++number) {
      const u32 weekday = (weekday_number(*days_from_civil(*date_from_day_of_year(year, number))) + 1) % 7;
      if (weekday == (is_monday ? 1 : 0)) ++weeks;
      if (weeks == week && weekday == day) expected = static_cast<i32>(number - 1);
    }
    if (expected < 0) return in.require(is_fault(found, parse_fault::field_out_of_range, before.size(), 'j'));
    in.require(found.has_value());
    if (!found) return;
    const auto date = date_from_day_of_year(year, static_cast<u32>(expected + 1));
    in.require(found->fields.tm_yday == expected && found->fields.tm_mon == static_cast<i32>(date->month) - 1 &&
               found->fields.tm_mday == static_cast<i32>(date->day) && found->fields.tm_wday == static_cast<i32>(day));
    const auto told = read_by(text + " 200", is_monday ? "%Y %W %w %j" : "%Y %U %w %j");
    in.require(told.has_value() && told->fields.tm_yday == 199);  // a day of the year needs no week
    const auto dated = read_by(text + " 3 4", is_monday ? "%Y %W %w %m %d" : "%Y %U %w %m %d");
    in.require(dated.has_value() && dated->fields.tm_mon == 2 && dated->fields.tm_mday == 4);
    in.require(read_by(before + std::to_string(week), "%Y %U")->fields.tm_yday == -7);  // no day of the week
    // Without a year it is one of the fields' year.
    tm_fields of_year = untouched;
    of_year.tm_year = static_cast<i32>(year - 1'900);
    const auto alone = read_by(text.substr(before.size()), is_monday ? "%W %w" : "%U %w", of_year);
    in.require(alone.has_value() && alone->fields.tm_yday == expected);
  }
};

struct parse_strptime_seconds {
  static constexpr law_info info{"parse.strptime.seconds",
                                 "seconds since 1970 are the point's fields in UTC, and refused where no struct tm can "
                                 "hold them, whatever was read before; an offset is its sign, hours and minutes",
                                 law_kind::protocol, "the seconds are a choice of edges"};
  template <class Inputs> static void check(Inputs& in) {
    if (in.template between<u32>("kind", 0, 1) == 0) return check_offset(in);
    const i64 seconds =
        one_of(in, "seconds",
               std::array<i64, 13>{0, 1, -1, 1'709'210'096, -86'400, 86'399, 253'402'300'800, tm_seconds_min,
                                   tm_seconds_min - 1, tm_seconds_max, tm_seconds_max + 1, 99'999'999'999'999'999,
                                   -99'999'999'999'999'999});
    const std::string zeros = in.template between<u32>("zeros", 0, 1) == 0 ? "" : "000";
    const std::string text = (seconds < 0 ? "-" : "") + zeros + std::to_string(seconds < 0 ? -seconds : seconds);
    const auto found = read_by(text + "x", "%s");
    const auto time = date_time_from(*unix_time::from_parts(seconds, 0));
    if (seconds < tm_seconds_min || seconds > tm_seconds_max) {
      const field_error& field = found.error().field;
      in.require(is_fault(found, parse_fault::field_out_of_range, 0, 's'));
      in.require(field.value == seconds && field.low == tm_seconds_min && field.high == tm_seconds_max);
      return in.require(is_fault(read_by(text + "0", "%s"), parse_fault::too_many_digits, text.size(), '\0'));
    }
    in.require(is_match(found, *tm_of(*time), text.size()));
    in.require(found.has_value() && std::string_view(found->fields.tm_zone) == "UTC");
    in.require(is_fault(read_by("-x", "%s"), parse_fault::digit_expected, 1, '\0'));
    const auto whole = read_by("3 " + text, "%C %s");  // which are a whole year, too
    in.require(whole.has_value() && whole->fields.tm_year == tm_of(*time)->tm_year);
    in.require(forgets_what_was_before(text));
    if (seconds == tm_seconds_max)
      in.require(is_fault(read_by(text + "0", "%s"), parse_fault::field_out_of_range, 0, 's'));
    in.require(is_fault(read_by(":", "%s"), parse_fault::digit_expected, 0, '\0'));
    in.require(read_by(text + ":", "%s")->end == text.size());
    in.require(is_match(read_by("92929:", "%G"), untouched, 5));
    in.require(is_fault(read_by(":", "%G"), parse_fault::digit_expected, 0, '\0'));
    in.require(is_fault(read_by("x", "%G"), parse_fault::digit_expected, 0, '\0'));
  }

 private:
  /// Whatever stands before the seconds, what follows them is read as if they were the first.
  static bool forgets_what_was_before(const std::string& seconds) {
    using part = std::pair<std::string, std::string>;  // of a text, of its format
    for (const auto& [before, its_format] : {part{"11 PM ", "%I %p "}, {"5 ", "%m "}, {"30 ", "%d "}, {"3 ", "%w "},
                                             {"200 ", "%j "}, {"10 ", "%U "}, {"2023 ", "%Y "}})
      for (const auto& [after, other_format] :
           {part{"", ""}, {" PM", " %p"}, {" 2023", " %Y"}, {" 4", " %w"}, {" 300", " %j"}, {" 20", " %U"},
            {" 2023 300", " %Y %j"}, {" 2023 20", " %Y %U"}, {" 2023 4", " %Y %w"}, {" 7 2023 300", " %m %Y %j"},
            {" 17 2023 300", " %d %Y %j"}}) {
        const std::string rest = seconds + after;
        const auto alone = read_by(rest, "%s" + other_format);
        const auto found = read_by(before + rest, its_format + "%s" + other_format);
        if (!alone.has_value() || !is_match(found, alone->fields, before.size() + rest.size())) return false;
      }
    return true;
  }
  template <class Inputs> static void check_offset(Inputs& in) {
    const u32 hour = in.template between<u32>("hour", 0, 99);
    const u32 minute = in.template between<u32>("minute", 0, 99);
    const bool is_west = in.template between<u32>("is_west", 0, 1) == 1;
    const bool has_colon = in.template between<u32>("has_colon", 0, 1) == 1;
    const auto two = [](u32 number) { return std::to_string(number + 100).substr(1); };
    const std::string sign = is_west ? " -" : "+";
    const std::string text = sign + two(hour) + (has_colon ? ":" : "") + two(minute);
    const auto found = read_by(text + "5", "%z");
    if (hour > 23 || minute > 59) {
      const std::size_t at = hour > 23 ? sign.size() : text.size() - 2;
      const field_error& field = found.error().field;
      in.require(is_fault(found, parse_fault::field_out_of_range, at, 'z'));
      return in.require(field.value == (hour > 23 ? hour : minute) && field.low == 0 &&
                        field.high == (hour > 23 ? 23 : 59));
    }
    tm_fields expected = untouched;
    const i32 seconds = static_cast<i32>(hour * 3'600 + minute * 60);
    expected.tm_gmtoff = is_west ? -seconds : seconds;
    in.require(is_match(found, expected, text.size()));
    const std::string hours = sign + two(hour);
    expected.tm_gmtoff = static_cast<i32>(hour * 3'600) * (is_west ? -1 : 1);
    in.require(is_match(read_by(hours, "%z"), expected, hours.size()));
    in.require(is_match(read_by(hours + ":x", "%z"), expected, hours.size()));
    in.require(is_fault(read_by(hours + "5", "%z"), parse_fault::too_short, hours.size() + 1, '\0'));
    in.require(is_fault(read_by(hours + ":5", "%z"), parse_fault::too_short, hours.size() + 2, '\0'));
    in.require(is_match(read_by(hours + "::", "%z"), expected, hours.size()));
    in.require(is_fault(read_by("+1", "%z"), parse_fault::too_short, 2, '\0'));
    in.require(is_fault(read_by("5", "%z"), parse_fault::character_expected, 0, 'Z'));
    expected.tm_gmtoff = 0;
    in.require(is_match(read_by(" Z", "%z"), expected, 2));
  }
};

}  // namespace guestclock::inline native::laws
