// SPDX-License-Identifier: BSL-1.0
#include "span_text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace guestclock::tools {
namespace {

__extension__ using wide_unsigned = unsigned __int128;

struct unit {
  std::string_view name;
  u64 ns;
};
constexpr unit units[] = {
    {"", 1'000'000'000},     {"ns", 1}, {"us", 1'000}, {"ms", 1'000'000}, {"s", 1'000'000'000}, {"min", 60'000'000'000},
    {"h", 3'600'000'000'000}};

bool is_digit(char character) { return character >= '0' && character <= '9'; }

/// Takes the digits off the front of the text.
std::string_view take_digits(std::string_view& text) {
  const auto length = static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), is_digit) - text.begin());
  const std::string_view digits = text.substr(0, length);
  text.remove_prefix(length);
  return digits;
}

sentence no_span(std::string_view text) {
  return {
      fmt::format("'{}' is no span of time: a decimal number, and ns, us, ms, s (if nothing is said), min or h", text)};
}

}  // namespace

outcome<u64> parse_span(std::string_view text) {
  std::string_view rest = text;
  const std::string_view whole = take_digits(rest);
  std::string_view fraction;
  if (rest.starts_with('.')) {
    rest.remove_prefix(1);
    fraction = take_digits(rest);
  }
  if (whole.empty() && fraction.empty()) return no_span(text);
  if (rest.size() > 1 && rest.starts_with(' ')) rest.remove_prefix(1);
  const auto* const named = std::find_if(std::begin(units), std::end(units), [rest](unit u) { return u.name == rest; });
  if (named == std::end(units)) return no_span(text);
  wide_unsigned count = 0;
  for (const char digit : whole) {
    count = count * 10 + static_cast<unsigned>(digit - '0');
    if (count > max_of<u64>) return sentence{fmt::format("'{}' is too long a span", text)};
  }
  count *= named->ns;
  u64 place_ns = named->ns;
  for (const char digit : fraction) {
    if (digit != '0' && (place_ns == 0 || place_ns % 10 != 0))
      return sentence{fmt::format("'{}' is no whole count of nanoseconds", text)};
    place_ns /= 10;
    count += wide_unsigned(place_ns) * static_cast<unsigned>(digit - '0');
  }
  if (count > max_of<u64>) return sentence{fmt::format("'{}' is too long a span", text)};
  return static_cast<u64>(count);
}

}  // namespace guestclock::tools
