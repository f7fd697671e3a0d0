// SPDX-License-Identifier: BSL-1.0
/// \file spec/laws/format_text.hpp
/// What <guestclock/calendar/format.hpp> writes: texts in real memory, where there are no symbolic words. The inputs are
/// choices among edges, few enough to try all of them. What a text ought to be is put together here from the documents'
/// words, by strings.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <guestclock/calendar/format.hpp>

#include "format.hpp"
#include "law.hpp"

namespace guestclock::inline native::laws {

struct format_errors_named {
  static constexpr law_info info{"format.errors.named", "every error has a name of its own", law_kind::protocol};
  template <class Inputs> static void check(Inputs& in) {
    const auto error = in.template between<u8>("error", 0, 6);
    const auto other = in.template between<u8>("other", 0, 6);
    const std::string_view name = name_of(static_cast<format_error>(error));
    in.require((name == name_of(static_cast<format_error>(other))) == (error == other));
    in.require((name == "unknown") == (error == 6));
    in.require(static_cast<bool>(written{1, static_cast<format_error>(error)}) == (error == 0));
  }
};

/// A buffer among characters that have to stay.
class surrounded_text {
 public:
  explicit surrounded_text(std::size_t size) : all_(size + 2 * margin, guard), size_(size) {}
  char* begin() { return all_.data() + margin; }
  /// The first characters, if all others are as they were.
  [[nodiscard]] std::string text(std::size_t count) const {
    const std::string text = all_.substr(margin, count);
    return all_ == std::string(margin, guard) + text + std::string(size_ - count + margin, guard) ? text
                                                                                                  : "written behind";
  }

 private:
  static constexpr std::size_t margin = 16;
  static constexpr char guard = 'q';
  std::string all_;
  std::size_t size_;
};

inline std::string in_digits(std::uint64_t number, std::size_t digits) {
  const std::string text = std::to_string(number);
  return text.size() < digits ? std::string(digits - text.size(), '0') + text : text;
}

inline std::string rfc3339_by_rule(const date_time& time) {
  const auto magnitude = static_cast<std::uint64_t>(time.year < 0 ? -time.year : time.year);
  std::string text = time.year < 0 ? "-" : time.year > 9'999 ? "+" : "";
  text += in_digits(magnitude, 4) + "-" + in_digits(time.month, 2) + "-" + in_digits(time.day, 2) + "T" +
          in_digits(time.hour, 2) + ":" + in_digits(time.minute, 2) + ":" + in_digits(time.second, 2);
  if (time.nanosecond != 0) {
    text += "." + in_digits(time.nanosecond, 9);
    while (text.back() == '0') text.pop_back();
  }
  if (time.utc_offset_seconds == 0) return text + "Z";
  const auto minutes =
      static_cast<std::uint64_t>(time.utc_offset_seconds < 0 ? -time.utc_offset_seconds : time.utc_offset_seconds) / 60;
  return text + (time.utc_offset_seconds < 0 ? "-" : "+") + in_digits(minutes / 60, 2) + ":" +
         in_digits(minutes % 60, 2);
}

inline constexpr std::array<i64, 14> edge_years{
    civil_year_min, -10'000, -9'999, -1'000,        -999,          -1, 0, 9, 1'970,
    9'999,          10'000,  99'999, 1'000'000'000, civil_year_max};
inline constexpr std::array<date_time, 8> edge_times{{{0, 1, 1},
                                                      {0, 12, 31, 23, 59, 59},
                                                      {0, 2, 28, 9, 10, 19},
                                                      {0, 10, 20, 10, 0, 9},
                                                      {0, 13, 1},
                                                      {0, 4, 31},
                                                      {0, 1, 1, 24},
                                                      {0, 1, 1, 0, 60}}};
inline constexpr std::array<u32, 11> edge_fractions{
    0, 1, 10, 999'999'999, 123'456'000, 50'000'000, 100'000'000, 120'000'000, 12'300'000, 456'000'000, 1'000'000'000};
inline constexpr std::array<i32, 9> edge_offsets{0, 60, -60, 3'600, -34'200, 86'340, -86'340, 1, -86'399};

struct format_rfc3339_exact {
  static constexpr law_info info{"format.rfc3339.exact",
                                 "a time or a point is written in its form exactly where it is one, its offset is in "
                                 "minutes and the buffer has room; nothing else is written",
                                 law_kind::protocol, "the times are a choice of edges"};
  template <class Inputs> static void check(Inputs& in) {
    date_time time = edge_times[in.template between<u8>("time", 0, edge_times.size() - 1)];
    time.year = edge_years[in.template between<u8>("year", 0, edge_years.size() - 1)];
    time.nanosecond = edge_fractions[in.template between<u8>("fraction", 0, edge_fractions.size() - 1)];
    time.utc_offset_seconds = edge_offsets[in.template between<u8>("offset", 0, edge_offsets.size() - 1)];
    const std::string expected = rfc3339_by_rule(time);
    const u8 room = in.template between<u8>("room", 0, 3);  // one less than it takes, as many, one more; none
    const std::size_t size = room == 3 ? 0 : expected.size() + room - 1;
    surrounded_text buffer(size);
    const written text = format_rfc3339(buffer.begin(), size, time);
    if (const auto point = unix_time_of(time)) {
      surrounded_text other(size);
      const written by_point = format_rfc3339(other.begin(), size, *point, time.utc_offset_seconds);
      const std::size_t shown = text ? text.count : 0;
      in.require(by_point.error == text.error && by_point.count == text.count);
      in.require(other.text(shown) == buffer.text(shown));
    } else {
      const i64 beyond = (civil_days_max + 1) * i64(seconds_per_day);
      const written of_none = format_rfc3339(buffer.begin(), size, *unix_time::from_parts(beyond, 0));
      in.require(of_none.error == format_error::out_of_range && of_none.count == 0);
    }
    if (!guestclock::check(time)) {
      in.require(text.error == format_error::out_of_range && text.count == 0);
    } else if (time.utc_offset_seconds % 60 != 0) {
      in.require(text.error == format_error::offset_not_in_minutes && text.count == 0);
    } else {
      in.require(text.count == expected.size() && expected.size() <= rfc3339_size_max);
      in.require(text.error == (size < expected.size() ? format_error::buffer_too_small : format_error::none));
    }
    in.require(buffer.text(text ? text.count : 0) == (text ? expected : ""));
  }
};

// --- strftime, from its description. ---

struct style_by_rule {
  char pad = 0;
  bool is_upper = false;
  bool is_other_case = false;
  std::size_t width = 0;
};

inline std::string padded_text(const std::string& text, const style_by_rule& style) {
  const char pad = style.pad == '0' || style.pad == '+' ? '0' : ' ';
  return text.size() < style.width ? std::string(style.width - text.size(), pad) + text : text;
}
inline std::string with_letters(std::string text, char first, int change) {
  for (char& each : text)
    if (each >= first && each <= first + 25) each = static_cast<char>(each + change);
  return text;
}
inline std::string in_upper_case(const std::string& text) { return with_letters(text, 'a', 'A' - 'a'); }
inline std::string in_lower_case(const std::string& text) { return with_letters(text, 'A', 'a' - 'A'); }

/// `pad` is 0 or _, unless the style says another; `places` what the number has at least, unless the style says -.
inline std::string padded_number(const std::string& sign, std::uint64_t magnitude, char pad, std::size_t places,
                                 const style_by_rule& style) {
  if (style.pad != 0) pad = style.pad;
  const std::string digits = std::to_string(magnitude);
  if (pad == '-' || places < style.width) places = style.width;
  const std::size_t length = sign.size() + digits.size();
  const std::size_t padding = length < places ? places - length : 0;
  if (pad == '0' || pad == '+') return sign + std::string(padding, '0') + digits;
  return std::string(padding, ' ') + sign + digits;
}
inline std::uint64_t without_sign(std::int64_t value) { return static_cast<std::uint64_t>(value < 0 ? -value : value); }
inline std::string padded_number(std::int64_t value, char pad, std::size_t places, const style_by_rule& style) {
  return padded_number(value < 0 ? "-" : "", without_sign(value), pad, places, style);
}
/// C and Y: their usual number of places, and a sign with + where there are more.
inline std::string padded_year(std::int64_t year, std::uint64_t magnitude, std::size_t usual,
                               const style_by_rule& style) {
  std::string sign = year < 0 && magnitude != 0 ? "-" : "";
  const bool is_wider = std::to_string(magnitude).size() > usual || style.width > usual;
  if (style.pad == '+' && is_wider) sign = year < 0 ? "-" : "+";
  const std::size_t places = style.pad == '+' || usual == 2 ? usual : 1;
  return padded_number(sign, magnitude, '0', places, style);
}

constexpr std::string_view weekday_names[]{"Sunday",   "Monday", "Tuesday", "Wednesday",
                                           "Thursday", "Friday", "Saturday"};
constexpr std::string_view month_names[]{"January", "February", "March",     "April",   "May",      "June",
                                         "July",    "August",   "September", "October", "November", "December"};

/// What a conversion stands for.
inline std::string conversion_by_rule(char conversion, const style_by_rule& style, const tm_fields& t) {
  const std::int64_t year = std::int64_t{t.tm_year} + 1'900;
  const bool is_weekday = t.tm_wday >= 0 && t.tm_wday <= 6;
  const bool is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  const auto name = [&](bool is_one, const auto& names, int number, std::size_t length) {
    const std::string text(is_one ? names[number].substr(0, length) : "?");
    return padded_text(style.is_upper || style.is_other_case ? in_upper_case(text) : text, style);
  };
  const auto several = [&](std::string_view parts) {
    std::string text;
    for (const char each : parts) text += each < 'A' ? std::string(1, each) : conversion_by_rule(each, {}, t);
    return padded_text(style.is_upper ? in_upper_case(text) : text, style);
  };
  // Of ISO 8601: the year and the week of the week's Thursday, by its number in its year.
  std::int64_t week_year = year;
  std::int64_t thursday = std::int64_t{t.tm_yday} - (t.tm_wday + 6) % 7 + 3;
  const auto days = [](std::int64_t of) { return of % 4 == 0 && (of % 100 != 0 || of % 400 == 0) ? 366 : 365; };
  if (thursday < 0)
    thursday += days(--week_year);
  else if (thursday >= days(year))
    thursday -= days(week_year++);
  const bool has_week = is_weekday && t.tm_yday >= 0 && t.tm_yday < (is_leap ? 366 : 365);
  const bool has_day = is_weekday && t.tm_yday >= 0 && t.tm_yday < 366;
  const std::int64_t of_12 = t.tm_hour > 12 ? t.tm_hour - 12 : t.tm_hour == 0 ? 12 : t.tm_hour;
  const std::string half = t.tm_hour > 11 ? "PM" : "AM";
  const std::string zone = t.tm_zone == nullptr ? "" : t.tm_zone;
  const std::int64_t offset = t.tm_gmtoff;
  switch (conversion) {
    case 'a': return name(is_weekday, weekday_names, t.tm_wday, 3);
    case 'A': return name(is_weekday, weekday_names, t.tm_wday, 9);
    case 'b':
    case 'h': return name(t.tm_mon >= 0 && t.tm_mon < 12, month_names, t.tm_mon, 3);
    case 'B': return name(t.tm_mon >= 0 && t.tm_mon < 12, month_names, t.tm_mon, 9);
    case 'c': return several("a b e H:M:S Y");
    case 'C': return padded_year(year, without_sign(year) / 100, 2, style);
    case 'd': return padded_number(t.tm_mday, '0', 2, style);
    case 'D':
    case 'x': return several("m/d/y");
    case 'e': return padded_number(t.tm_mday, '_', 2, style);
    case 'F': {
      style_by_rule of_year = style;
      of_year.width = style.width < 6 ? 0 : style.width - 6;
      return conversion_by_rule('Y', of_year, t) + "-" + conversion_by_rule('m', {}, t) + "-" +
             conversion_by_rule('d', {}, t);
    }
    case 'g':
      return has_week ? padded_number("", without_sign(week_year) % 100, '0', 2, style) : padded_text("?", style);
    case 'G': return has_week ? padded_year(week_year, without_sign(week_year), 4, style) : padded_text("?", style);
    case 'H': return padded_number(t.tm_hour, '0', 2, style);
    case 'I': return padded_number(of_12, '0', 2, style);
    case 'j': return padded_number(std::int64_t{t.tm_yday} + 1, '0', 3, style);
    case 'k': return padded_number(t.tm_hour, '_', 2, style);
    case 'l': return padded_number(of_12, '_', 2, style);
    case 'm': return padded_number(std::int64_t{t.tm_mon} + 1, '0', 2, style);
    case 'M': return padded_number(t.tm_min, '0', 2, style);
    case 'n': return padded_text("\n", style);
    case 'p': return padded_text(style.is_other_case ? in_lower_case(half) : half, style);
    case 'P': return padded_text(in_lower_case(half), style);
    case 'r': return several("I:M:S p");
    case 'R': return several("H:M");
    case 's': {
      const auto seconds = seconds_of(t);
      return seconds ? padded_number(*seconds, '_', 1, style) : padded_text("?", style);
    }
    case 'S': return padded_number(t.tm_sec, '0', 2, style);
    case 't': return padded_text("\t", style);
    case 'T':
    case 'X': return several("H:M:S");
    case 'u': return is_weekday ? padded_number((t.tm_wday + 6) % 7 + 1, '0', 1, style) : padded_text("?", style);
    case 'U': return has_day ? padded_number((t.tm_yday + 7 - t.tm_wday) / 7, '0', 2, style) : padded_text("?", style);
    case 'V': return has_week ? padded_number(thursday / 7 + 1, '0', 2, style) : padded_text("?", style);
    case 'w': return padded_number(t.tm_wday, '0', 1, style);
    case 'W':
      return has_day ? padded_number((t.tm_yday + 7 - (t.tm_wday + 6) % 7) / 7, '0', 2, style)
                     : padded_text("?", style);
    case 'y': return padded_number("", without_sign(year) % 100, '0', 2, style);
    case 'Y': return padded_year(year, without_sign(year), 4, style);
    case 'z':
      if (t.tm_isdst < 0) return padded_text("", style);
      return padded_number(offset < 0 ? "-" : "+", without_sign(offset) / 3600 * 100 + without_sign(offset) / 60 % 60,
                           '0', 5, style);
    case 'Z':
      return padded_text(style.is_other_case ? in_lower_case(zone)
                         : style.is_upper    ? in_upper_case(zone)
                                             : zone,
                         style);
    default: return padded_text("%", style);
  }
}

/// Ordinary times, the corners of the week's rules, and numbers that are none.
inline std::array<tm_fields, 14> edge_fields() {
  const i32 most = max_of<i32>, least = min_of<i32>;
  return {{{56, 34, 15, 15, 0, 126, 4, 14, 0, 0, "UTC"},
           {0, 0, 0, 1, 0, 70, 4, 0, 1, 19'800, "Xyz"},
           {60, 59, 23, 31, 11, 124, 2, 365, 0, -34'200, "CEST"},
           {9, 9, 12, 9, 8, -1'895, 0, 2, 0, 3'600, nullptr},
           {1, 2, 3, 4, 1, -1'905, 6, 40, -1, 0, ""},
           {1, 2, 13, 10, 5, -2'900, 1, 363, 0, -1, "z{Z["},
           {1, 2, 11, 10, 4, 8'100, 5, 364, 0, 59, "A-1"},
           {-1, -1, -1, -1, -1, 8'099, -1, -1, 0, -360'000, "?"},
           {100, 60, 24, 32, 12, 0, 10, 366, 0, 360'000, "?"},
           {5, 0, 0, 1, 0, 70, 4, 0, 0, 0, "UTC"},
           {0, 0, 0, 1, 0, -1'900, 6, 0, 0, 0, "UTC"},
           {0, 0, 0, 1, 0, -901, 3, 366, 0, 0, "UTC"},
           {most, most, most, most, most, most, 0, most, most, most, "?"},
           {least, least, least, least, least, least, 0, least, least, least, "?"}}};
}

struct format_strftime_conversions {
  static constexpr law_info info{"format.strftime.conversions",
                                 "a conversion stands for what POSIX says of the fields, in the style of its flags and "
                                 "its width",
                                 law_kind::protocol, "the fields and the styles are a choice of edges"};
  template <class Inputs> static void check(Inputs& in) {
    static constexpr std::string_view conversions = "aAbBcCdDeFgGhHIjklmMnpPrRsStTuUVwWxXyYzZ%";
    static constexpr std::array<std::string_view, 22> styles{"",   "_",   "-",    "0",   "+",    "^",    "#",  "1",
                                                             "5",  "_5",  "-5",   "05",  "+5",   "+2",   "+3", "+10",
                                                             "12", "^12", "#012", "_-0", "+_12", "^#_-3"};
    const tm_fields fields = edge_fields()[in.template between<u8>("fields", 0, 13)];
    const char conversion = conversions[in.template between<u8>("conversion", 0, conversions.size() - 1)];
    const std::string_view flags = styles[in.template between<u8>("style", 0, styles.size() - 1)];
    style_by_rule style;
    for (const char each : flags) {
      if (each == '^')
        style.is_upper = true;
      else if (each == '#')
        style.is_other_case = true;
      else if ((each == '0' && style.width == 0) || each < '0' || each > '9')
        style.pad = each;
      else
        style.width = style.width * 10 + static_cast<std::size_t>(each - '0');
    }
    const std::string expected = conversion_by_rule(conversion, style, fields);
    const std::string format = "%" + std::string(flags) + conversion;
    surrounded_text buffer(expected.size());
    const written text = strftime(buffer.begin(), expected.size(), format.data(), format.size(), fields);
    in.require(text.error == format_error::none && text.count == expected.size());
    in.require(buffer.text(expected.size()) == expected);
    // A buffer that is one too small: its beginning.
    if (expected.empty()) return;
    surrounded_text small(expected.size() - 1);
    const written cut = strftime(small.begin(), expected.size() - 1, format.data(), format.size(), fields);
    in.require(cut.error == format_error::buffer_too_small && cut.count == expected.size());
    in.require(small.text(expected.size() - 1) == expected.substr(0, expected.size() - 1));
  }
};

struct format_strftime_modifiers {
  static constexpr law_info info{"format.strftime.modifiers",
                                 "E and O change nothing before those conversions that take them; any other "
                                 "conversion, or none, is an error, and where",
                                 law_kind::protocol};
  template <class Inputs> static void check(Inputs& in) {
    const auto modifier = in.template between<u8>("modifier", 0, 2);
    const char conversion = static_cast<char>(in.template between<u8>("conversion", 0, 255));
    const std::string_view known = modifier == 1   ? "cCxXyY"
                                   : modifier == 2 ? "bBdehHIklmMSuUVwWy"
                                                   : "aAbBcCdDeFgGhHIjklmMnpPrRsStTuUVwWxXyYzZ%";
    const std::string before = modifier == 0 ? "ab%" : modifier == 1 ? "ab%E" : "ab%O";
    const std::string_view more = "_-0+^#123456789";  // after which the format is not ended
    const bool is_begun =
        modifier == 0 && (more.find(conversion) != more.npos || conversion == 'E' || conversion == 'O');
    const bool is_known = known.find(conversion) != known.npos;
    const tm_fields fields = edge_fields()[0];
    const std::string format = before + conversion;
    std::array<char, 64> buffer{};
    const written text = strftime(buffer.data(), buffer.size(), format.data(), format.size(), fields);
    if (is_known) {
      const std::string expected = "ab" + conversion_by_rule(conversion, {}, fields);
      in.require(text.error == format_error::none && text.count == expected.size());
      return in.require(std::string_view(buffer.data(), expected.size()) == expected);
    }
    in.require(text.error == (is_begun ? format_error::unfinished_conversion : format_error::unknown_conversion));
    in.require(text.count == 2);
    const written unfinished = strftime(buffer.data(), buffer.size(), format.data(), before.size(), fields);
    in.require(unfinished.error == format_error::unfinished_conversion && unfinished.count == 2);
  }
};

struct format_strftime_buffer {
  static constexpr law_info info{"format.strftime.buffer",
                                 "what fits a buffer is the text's beginning, whatever it is and wherever it ends, and "
                                 "nothing behind it is written",
                                 law_kind::protocol};
  template <class Inputs> static void check(Inputs& in) {
    using namespace std::string_view_literals;
    static constexpr std::array<std::string_view, 10> formats{""sv,
                                                              "a text of no conversion"sv,
                                                              "%Y-%m-%dT%H:%M:%SZ"sv,
                                                              "%c|%r|%F"sv,
                                                              "%A, %e %B %Y, %z %Z"sv,
                                                              "\0%d\0%H\0"sv,
                                                              "%40%|%_40Y"sv,
                                                              "%^40A|%#Z"sv,
                                                              "%30c%s"sv,
                                                              "%j%U%V%w%k%n%t%9Z"sv};
    const std::string_view format = formats[in.template between<u8>("format", 0, formats.size() - 1)];
    const tm_fields fields = edge_fields()[in.template between<u8>("fields", 0, 13)];
    surrounded_text large(400);
    const written whole = strftime(large.begin(), 400, format.data(), format.size(), fields);
    in.require(whole.error == format_error::none && whole.count <= 400);
    const std::string expected = large.text(whole.count);
    const std::size_t size = in.template between<u8>("size", 0, 130);
    surrounded_text buffer(size);
    const written text = strftime(buffer.begin(), size, format.data(), format.size(), fields);
    in.require(text.count == expected.size());
    in.require(text.error == (size < expected.size() ? format_error::buffer_too_small : format_error::none));
    const std::size_t shown = size < expected.size() ? size : expected.size();
    in.require(buffer.text(shown) == expected.substr(0, shown));
    if (size == 0) in.require(strftime(nullptr, 0, format.data(), format.size(), fields).count == expected.size());
  }
};

struct format_strftime_width {
  static constexpr law_info info{"format.strftime.width",
                                 "a width of any number of digits is the number, at most 2147483647",
                                 law_kind::protocol, "the widths are a choice of edges"};
  template <class Inputs> static void check(Inputs& in) {
    static constexpr std::array<std::string_view, 8> widths{
        "1",          "2147483646", "2147483647",           "2147483648",
        "4294967297", "9999999999", "18446744073709551617", "99999999999999999999999999"};
    const u8 which = in.template between<u8>("width", 0, widths.size() - 1);
    const char conversion = "dAcsYz"[in.template between<u8>("conversion", 0, 5)];
    const tm_fields fields = edge_fields()[0];
    const std::string format = "%" + std::string(widths[which]) + conversion;
    const std::size_t bare = conversion_by_rule(conversion, {}, fields).size();
    const std::size_t width = which == 0 ? bare : which == 1 ? 2'147'483'646 : 2'147'483'647;
    std::array<char, 3> buffer{'x', 'x', 'x'};
    const written text = strftime(buffer.data(), 2, format.data(), format.size(), fields);
    in.require(text.count == width && buffer[2] == 'x');
  }
};

struct format_strftime_time {
  static constexpr law_info info{"format.strftime.time", "a time is written as its fields of C are", law_kind::protocol,
                                 "the times are a choice of edges"};
  template <class Inputs> static void check(Inputs& in) {
    date_time time = edge_times[in.template between<u8>("time", 0, edge_times.size() - 1)];
    time.year = edge_years[in.template between<u8>("year", 0, edge_years.size() - 1)];
    time.utc_offset_seconds = edge_offsets[in.template between<u8>("offset", 0, edge_offsets.size() - 1)];
    const std::string_view format = "%F %T %z %Z %a %j %G-%V";
    std::array<char, 100> buffer{};
    std::array<char, 100> expected{};
    const written text = strftime(buffer.data(), buffer.size(), format.data(), format.size(), time);
    const auto fields = tm_of(time);
    if (!fields) return in.require(text.error == format_error::out_of_range && text.count == 0);
    const written same = strftime(expected.data(), expected.size(), format.data(), format.size(), *fields);
    in.require(text.error == format_error::none && text.count == same.count && buffer == expected);
    const std::string_view zone = time.utc_offset_seconds == 0 ? "UTC" : "";
    in.require(fields->tm_zone == nullptr ? zone.empty() : zone == fields->tm_zone);
  }
};

}  // namespace guestclock::inline native::laws
