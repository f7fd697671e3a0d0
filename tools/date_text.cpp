// SPDX-License-Identifier: BSL-1.0
#include "date.hpp"

#include <guestclock/calendar/date_time.hpp>
#include <guestclock/calendar/format.hpp>

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <iterator>

namespace guestclock::tools {
namespace {

constexpr std::size_t shown_size_max = 60;
constexpr i64 seconds_min = civil_days_min * i64{seconds_per_day};
constexpr i64 seconds_max = civil_days_max * i64{seconds_per_day} + (i64{seconds_per_day} - 1);
constexpr i64 format_year_min = i64{1'900} + min_of<std::int32_t>;  // tm_year has 32 bits

/// The text as it can be shown on one line: short, and without characters that do something to a terminal.
std::string shown(std::string_view text) {
  std::string line = "'";
  for (const char each : text.substr(0, shown_size_max)) {
    const bool is_plain = each >= ' ' && each <= '~';
    if (is_plain)
      line += each;
    else
      line += fmt::format("\\x{:02X}", static_cast<unsigned char>(each));
  }
  return line + (text.size() > shown_size_max ? "'..." : "'");
}

std::string shown_at(std::string_view text, std::size_t position) { return shown(text.substr(position, 1)); }

/// `character 9 of '2024-04-31T00:00:00Z'`, for a person, who counts from 1.
std::string place_in(std::string_view text, std::size_t position) {
  return fmt::format("character {} of {}", position + 1, shown(text));
}

std::string expectation(const parse_error& error, bool is_rfc3339) {
  if (error.expected == '\0') return "a digit";
  if (error.expected == 'Z' && is_rfc3339) return "Z or an offset like +05:30";
  if (error.expected == 'Z') return "Z or an offset like +0530";
  if (is_rfc3339) return fmt::format("'{}'", error.expected);
  return shown(std::string_view(&error.expected, 1));
}
std::string name_expectation(char conversion) {
  switch (conversion) {
    case 'A': return "a weekday's name in English";
    case 'B': return "a month's name in English";
    default: return "AM or PM";
  }
}

/// `day 31 is not in [1, 30] for month 4 of year 2024`.
std::string out_of_range(const field_error& field, i64 year, u32 month) {
  std::string line = fmt::format("{} {} is not in [{}, {}]", name_of(field.field), field.value, field.low, field.high);
  if (field.field == date_field::day) line += fmt::format(" for month {} of year {}", month, year);
  if (field.field == date_field::second && field.value == 60) line += "; this calendar has no leap seconds";
  return line;
}

std::string why_not(const parse_error& error, std::string_view text, const std::optional<std::string>& format) {
  const bool is_rfc3339 = !format;
  const std::string place = place_in(text, error.position);
  switch (error.fault) {
    case parse_fault::too_short: {
      const bool is_name = !is_rfc3339 && (error.expected == 'A' || error.expected == 'B' || error.expected == 'p');
      return fmt::format("{} ends where {} has to stand; write {}", shown(text),
                         is_name ? name_expectation(error.expected) : expectation(error, is_rfc3339),
                         is_rfc3339 ? "it like 2024-02-29T12:30:15Z" : "it as the format says");
    }
    case parse_fault::digit_expected:
    case parse_fault::character_expected:
      return fmt::format("{}: {} stands where {} has to stand", place, shown_at(text, error.position),
                         expectation(error, is_rfc3339));
    case parse_fault::name_expected:
      return fmt::format("{}: {} has to stand there", place, name_expectation(error.expected));
    case parse_fault::too_many_digits:
      return fmt::format("{}: one digit too many{}", place,
                         is_rfc3339 ? "; a fraction has at most 9, a year with a sign at most 10" : "");
    case parse_fault::field_out_of_range:
      if (error.field.field != date_field::none)
        return fmt::format("{}, at {}", out_of_range(error.field, error.year, error.month), place);
      return fmt::format("{} is not in [{}, {}] for %{}, at {}", error.field.value, error.field.low, error.field.high,
                         error.expected, place);
    case parse_fault::offset_out_of_range:
      return fmt::format("the offset's {} {} is not in [{}, {}], at {}", name_of(error.field.field), error.field.value,
                         error.field.low, error.field.high, place);
    case parse_fault::trailing_characters: return fmt::format("{}: the time has ended before it; leave it out", place);
    case parse_fault::unknown_conversion:
      return fmt::format("the format has no such conversion, at {}; see strptime(3)",
                         place_in(*format, error.position));
    case parse_fault::none: break;
  }
  return name_of(error.fault);
}

date_answer refused(const parse_error& error, std::string_view text, const std::optional<std::string>& format) {
  const bool is_usage = error.fault == parse_fault::unknown_conversion;
  return {{},
          date_fault{why_not(error, text, format), is_usage ? std::nullopt : std::optional<std::size_t>(error.position),
                     is_usage}};
}

/// What a format does not speak of is that of 1970-01-01T00:00:00Z.
date_answer point_by_format(std::string_view text, const std::optional<std::string>& format) {
  const tm_fields before{.tm_mday = 1, .tm_year = 70};
  const parsed<tm_match> found = strptime(text.data(), text.size(), format->data(), format->size(), before);
  if (!found) return refused(found.error(), text, format);
  if (found->end != text.size()) {
    parse_error error;
    error.fault = parse_fault::trailing_characters;
    error.position = found->end;
    return refused(error, text, format);
  }
  const tm_fields& fields = found->fields;
  const date_time time{i64{fields.tm_year} + 1'900,
                       static_cast<u32>(fields.tm_mon) + 1,
                       static_cast<u32>(fields.tm_mday),
                       static_cast<u32>(fields.tm_hour),
                       static_cast<u32>(fields.tm_min),
                       static_cast<u32>(fields.tm_sec),
                       0,
                       fields.tm_gmtoff};
  const field_error wrong = first_error(time);
  if (wrong.field != date_field::none)
    return {{}, date_fault{fmt::format("{}, in {}", out_of_range(wrong, time.year, time.month), shown(text)), {}}};
  return {*unix_time_of(time), {}};
}

date_answer point_by_rfc3339(std::string_view text) {
  const parsed<unix_time> point = parse_unix_time(text.data(), text.size());
  if (!point) return refused(point.error(), text, {});
  return {*point, {}};
}

date_answer no_number(std::string_view text, std::size_t position) {
  return {
      {},
      date_fault{fmt::format("{} are no seconds since 1970: write an optional -, digits, and if need be a point and "
                             "up to 9 digits, like -1.5",
                             shown(text)),
                 position, true}};
}

}  // namespace

date_answer point_of_seconds(std::string_view text) {
  const bool is_negative = text.starts_with('-');
  const char* const end = text.data() + text.size();
  const char* const digits = text.data() + (is_negative ? 1 : 0);
  const auto position = [&](const char* at) { return static_cast<std::size_t>(at - text.data()); };
  u64 whole = 0;
  auto [at, error] = std::from_chars(digits, end, whole);
  if (at == digits) return no_number(text, position(digits));
  u32 fraction = 0;
  if (at != end && *at == '.') {
    const char* const first = ++at;
    for (u32 unit = 100'000'000; at != end && *at >= '0' && *at <= '9' && unit != 0; ++at, unit /= 10)
      fraction += static_cast<u32>(*at - '0') * unit;
    if (at == first) return no_number(text, position(at));
  }
  if (at != end) return no_number(text, position(at));
  const bool fits = error == std::errc() && whole <= u64{1} << 62;
  const i64 seconds = !fits         ? 0
                      : is_negative ? -static_cast<i64>(whole) - (fraction != 0 ? 1 : 0)
                                    : static_cast<i64>(whole);
  if (!fits || seconds < seconds_min || seconds > seconds_max)
    return {{},
            date_fault{fmt::format("{} is not in [{}, {}], the seconds of the years {} to {}", shown(text), seconds_min,
                                   seconds_max, civil_year_min, civil_year_max),
                       0}};
  const u32 nanoseconds = is_negative && fraction != 0 ? 1'000'000'000 - fraction : fraction;
  return {*unix_time::from_parts(seconds, nanoseconds), {}};
}

date_answer point_of_text(std::string_view text, const std::optional<std::string>& format) {
  const date_answer found = format ? point_by_format(text, format) : point_by_rfc3339(text);
  if (found.fault || (found.point.seconds() >= seconds_min && found.point.seconds() <= seconds_max)) return found;
  const bool is_before = found.point.seconds() < 0;  // its own year is in the calendar; its offset leads beyond
  return {{},
          date_fault{fmt::format("{} is {} the year {} in UTC", shown(text), is_before ? "before" : "after",
                                 is_before ? civil_year_min : civil_year_max),
                     {}}};
}

void append_seconds(std::string& to, unix_time point) {
  const bool is_split = point.seconds() < 0 && point.nanoseconds() != 0;  // −2 and 0.5: −1.5
  const i64 seconds = point.seconds() + (is_split ? 1 : 0);
  u32 fraction = is_split ? 1'000'000'000 - point.nanoseconds() : point.nanoseconds();
  fmt::format_to(std::back_inserter(to), "{}{}", is_split && seconds == 0 ? "-" : "", seconds);
  if (fraction == 0) return;
  int digits = 9;
  for (; fraction % 10 == 0; fraction /= 10) --digits;
  fmt::format_to(std::back_inserter(to), ".{:0{}}", fraction, digits);
}

std::optional<date_fault> append_text(std::string& to, unix_time point, const std::optional<std::string>& format) {
  const std::size_t begin = to.size();
  std::size_t room = rfc3339_size_max;
  for (;;) {
    to.resize(begin + room);
    written text{};
    if (format) {
      const result<date_time> time = date_time_from(point);
      text = time ? strftime(to.data() + begin, room, format->data(), format->size(), *time)
                  : written{0, format_error::out_of_range};
    } else {
      text = format_rfc3339(to.data() + begin, room, point);
    }
    to.resize(begin + (text ? text.count : 0));
    if (text) return {};
    switch (text.error) {
      case format_error::buffer_too_small: room = text.count; break;
      case format_error::out_of_range: {
        const bool is_below = point.seconds() < 0;
        return date_fault{fmt::format("the year of {} s is not one that {} can say: it is {} {}", point.seconds(),
                                      format ? "a format" : "RFC 3339's form", is_below ? "below" : "above",
                                      !is_below ? civil_year_max
                                      : format  ? format_year_min
                                                : civil_year_min),
                          {}};
      }
      default:
        return date_fault{fmt::format("the format {} has a conversion that there is not, or ends within one "
                                      "({}); see strftime(3)",
                                      shown(*format), name_of(text.error)),
                          {},
                          true};
    }
  }
}

}  // namespace guestclock::tools
