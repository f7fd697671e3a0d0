// SPDX-License-Identifier: BSL-1.0
/// \file fuzz/format.cpp
/// `strftime` and RFC 3339: any characters as a format, any numbers in the fields, buffers of any size. The buffer lies
/// at the end of its object, where the sanitizer sees a character too many, and behind characters that have to stay.
/// What is written is the beginning of the same text in a buffer that is large enough; errors stand where a plain
/// scanner finds them. Where the C library's strftime and POSIX say the same, the C library is the oracle; RFC 3339 is
/// printed by printf.
///
/// Input: a byte that says what is tried, one for the buffer's size; then the fields; then the format.
///
///     bit 0     RFC 3339 (and the fields of C's struct, by gmtime_r)
///     bits 1–2  tm_zone: none, "UTC", a longer name, "+0530"
///     bit 3     fields as an ordinary time has them: only the bytes' lowest bits count
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>

#include <guestclock/calendar/format.hpp>

#include "bytes.hpp"
#include "refute.hpp"

namespace guestclock::fuzz {

const char* const target_name = "fuzz_format";
const std::size_t useful_size_max = 96;

namespace {

constexpr std::size_t text_size_max = 4096;
constexpr std::array<const char*, 4> zones{nullptr, "UTC", "Central European", "+0530"};

std::int32_t next_field(bytes& input, bool is_ordinary, int low, int high) {
  if (is_ordinary) return low + input.byte() % (high - low + 1);
  const std::uint8_t head = input.byte();
  switch (head & 7) {
    case 0: return INT32_MIN + (head >> 3);
    case 1: return INT32_MAX - (head >> 3);
    case 2: return static_cast<std::int32_t>(static_cast<std::uint32_t>(input.word(4)));
    case 3: return low - 1 - (head >> 3);
    case 4: return high + 1 + (head >> 3);
    default: return low + (head >> 3) % (high - low + 1);
  }
}

/// A buffer of `size` characters at the end of its object.
class end_buffer {
 public:
  explicit end_buffer(std::size_t size) : size_(size) { std::memset(all_.data(), guard, all_.size()); }
  char* begin() { return all_.data() + all_.size() - size_; }
  /// Whether all but the first `count` characters are as they were, and what lies before.
  [[nodiscard]] bool is_untouched_behind(std::size_t count) const {
    const std::size_t first = all_.size() - size_;
    for (std::size_t i = 0; i < all_.size(); ++i)
      if ((i < first || i >= first + count) && all_[i] != guard) return false;
    return true;
  }

 private:
  static constexpr char guard = '\x01';
  std::array<char, text_size_max> all_;
  std::size_t size_;
};

// --- strftime ---

bool is_in(char c, const char* set) { return c != 0 && std::strchr(set, c) != nullptr; }

/// What a plain scanner says of a format: where its first error is, and whether the C library is the judge of all of it.
struct scanned {
  format_error error{};
  std::size_t place = 0;
  bool is_comparable = true;
};

/// Whether the C library (2.36), with these fields and where there are no more than they can hold, prints what POSIX says.
bool is_comparable(char conversion, bool has_style, char pad, bool has_width, const tm_fields& t) {
  const std::int64_t year = std::int64_t{t.tm_year} + 1900;
  const bool is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  const bool has_weekday = t.tm_wday >= 0 && t.tm_wday <= 6;
  const bool has_day = has_weekday && t.tm_yday >= 0 && t.tm_yday <= (is_leap ? 365 : 364);
  switch (conversion) {
    case 'C': return year >= 1000;  // one digit for the others, and rounded down
    case 'y':
    case 'x':
    case 'D':
    case 'G': return year >= 0 && (conversion != 'G' || has_day);
    case 'g': return year >= 1 && has_day;
    case 'F': return !has_style;
    case 'u': return has_weekday;
    case 'U':
    case 'W':
    case 'V': return has_day;
    case 'z': return !has_width && (pad == 0 || pad == '0' || t.tm_isdst < 0);
    case 'Z': return t.tm_zone != nullptr;
    // Its field is the local time zone's, its numbers are checked, and zeros stand before its sign.
    case 's': return t.tm_gmtoff == 0 && t.tm_isdst == 0 && year < 2'000'000'000 && year > -2'000'000'000 && pad != '0';
    default: return true;
  }
}

scanned scan(const char* format, std::size_t size, const tm_fields& t) {
  scanned all;
  // The C library adds to these in int.
  if (t.tm_year > INT32_MAX - 1901 || t.tm_mon == INT32_MAX || t.tm_yday == INT32_MAX) all.is_comparable = false;
  for (std::size_t i = 0; i < size; ++i) {
    if (format[i] == 0) all.is_comparable = false;
    if (format[i] != '%') continue;
    all.place = i++;
    const std::size_t begin = i;
    char pad = 0, modifier = 0;
    while (i < size && is_in(format[i], "_-0+^#")) {
      if (format[i] != '^' && format[i] != '#') pad = format[i];
      if (format[i] == '+') all.is_comparable = false;  // of POSIX alone
      ++i;
    }
    const std::size_t digits = i;
    while (i < size && is_in(format[i], "0123456789")) ++i;
    const bool has_width = i != digits, has_style = i != begin;
    if (i < size && is_in(format[i], "EO")) modifier = format[i++];
    if (i == size) return {format_error::unfinished_conversion, all.place, false};
    const char* known = modifier == 'E'   ? "cCxXyY"
                        : modifier == 'O' ? "bBdehHIklmMSuUVwWy"
                                          : "aAbBcCdDeFgGhHIjklmMnpPrRsStTuUVwWxXyYzZ%";
    if (!is_in(format[i], known)) return {format_error::unknown_conversion, all.place, false};
    if (!is_comparable(format[i], has_style, pad, has_width, t)) all.is_comparable = false;
  }
  return all;
}

std::tm of(const tm_fields& t) {
  std::tm c{};
  c.tm_sec = t.tm_sec;
  c.tm_min = t.tm_min;
  c.tm_hour = t.tm_hour;
  c.tm_mday = t.tm_mday;
  c.tm_mon = t.tm_mon;
  c.tm_year = t.tm_year;
  c.tm_wday = t.tm_wday;
  c.tm_yday = t.tm_yday;
  c.tm_isdst = t.tm_isdst;
  c.tm_gmtoff = t.tm_gmtoff;
  c.tm_zone = t.tm_zone;
  return c;
}

void judge_with_library(const char* format, std::size_t format_size, const tm_fields& fields, const char* text,
                        std::size_t count) {
  std::array<char, 256> zero_terminated{};
  std::memcpy(zero_terminated.data(), format, format_size);
  zero_terminated[format_size] = '|';  // so that no text is empty
  std::array<char, text_size_max + 2> expected;
  const std::tm c = of(fields);
  const std::size_t length = std::strftime(expected.data(), expected.size(), zero_terminated.data(), &c);
  if (length != count + 1 || std::memcmp(expected.data(), text, count) != 0) {
    (void)std::fprintf(stderr, "format  %s\nours    %.*s\nlibrary %.*s\n", zero_terminated.data(),
                       static_cast<int>(count), text, static_cast<int>(length), expected.data());
    refute("strftime", "the text is that of the C library, where both are specified");
  }
}

void strftime_any(bytes& input, unsigned mode, std::size_t size) {
  const bool is_ordinary = (mode & 8) != 0;
  tm_fields fields;
  fields.tm_sec = next_field(input, is_ordinary, 0, 60);
  fields.tm_min = next_field(input, is_ordinary, 0, 59);
  fields.tm_hour = next_field(input, is_ordinary, 0, 23);
  fields.tm_mday = next_field(input, is_ordinary, 1, 31);
  fields.tm_mon = next_field(input, is_ordinary, 0, 11);
  fields.tm_year = next_field(input, is_ordinary, -30, 230);
  fields.tm_wday = next_field(input, is_ordinary, 0, 6);
  fields.tm_yday = next_field(input, is_ordinary, 0, 365);
  fields.tm_isdst = next_field(input, is_ordinary, -1, 1);
  fields.tm_gmtoff = (input.byte() & 1) == 0 ? 0 : next_field(input, false, -43'200, 50'400);
  fields.tm_zone = zones[mode >> 1 & 3];
  std::array<char, 128> format{};
  std::size_t format_size = 0;
  while (input.left() != 0 && format_size < format.size()) format[format_size++] = static_cast<char>(input.byte());

  end_buffer small(size);
  const written text = strftime(small.begin(), size, format.data(), format_size, fields);
  const scanned by_scanner = scan(format.data(), format_size, fields);
  if (text.error != format_error::buffer_too_small && text.error != by_scanner.error)
    refute("strftime", "a format is refused exactly where it has what there is not");
  if (by_scanner.error != format_error::none) {
    if (text.error != by_scanner.error || text.count != by_scanner.place)
      refute("strftime", "an error is told, and where it begins");
    return;
  }
  if ((text.count > size) != (text.error == format_error::buffer_too_small))
    refute("strftime", "a buffer is too small exactly where the text is longer");
  const std::size_t shown = text.count < size ? text.count : size;
  if (!small.is_untouched_behind(shown)) refute("strftime", "nothing behind the text is written");
  if (text.count > text_size_max) return;
  end_buffer large(text.count);
  const written whole = strftime(large.begin(), text.count, format.data(), format_size, fields);
  if (!whole || whole.count != text.count) refute("strftime", "a text fits a buffer of its own size");
  if (std::memcmp(large.begin(), small.begin(), shown) != 0) refute("strftime", "what fits is the text's beginning");
  if (by_scanner.is_comparable) judge_with_library(format.data(), format_size, fields, large.begin(), text.count);
}

// --- RFC 3339 ---

void rfc3339(bytes& input, unsigned mode, std::size_t size) {
  const bool is_ordinary = (mode & 8) != 0;
  date_time time;
  time.year = next_field(input, is_ordinary, 1900, 2155);
  if ((mode & 2) != 0) time.year += 1900;  // up to the calendar's end
  time.month = static_cast<std::uint32_t>(next_field(input, is_ordinary, 1, 12));
  time.day = static_cast<std::uint32_t>(next_field(input, is_ordinary, 1, 28));
  time.hour = static_cast<std::uint32_t>(next_field(input, is_ordinary, 0, 23));
  time.minute = static_cast<std::uint32_t>(next_field(input, is_ordinary, 0, 59));
  time.second = static_cast<std::uint32_t>(next_field(input, is_ordinary, 0, 59));
  const std::uint8_t fraction = input.byte();
  constexpr std::array<std::uint32_t, 10> units{1,       10,        100,        1'000,       10'000,
                                                100'000, 1'000'000, 10'000'000, 100'000'000, 0};
  time.nanosecond = static_cast<std::uint32_t>(input.word(fraction >> 4 & 3)) * units[fraction % 10];
  const std::int32_t offset = next_field(input, is_ordinary, -1'439, 1'439);
  const bool is_whole = (fraction & 0x80) == 0;
  time.utc_offset_seconds = is_whole && offset > -1'500 && offset < 1'500 ? offset * 60 : offset;

  end_buffer buffer(size);
  const written text = format_rfc3339(buffer.begin(), size, time);
  const std::size_t shown = text ? text.count : 0;
  if (!buffer.is_untouched_behind(shown)) refute("rfc3339", "with an error nothing is written; else nothing behind");
  const result<unix_time> point = unix_time_of(time);
  if (!point || time.utc_offset_seconds % 60 != 0) {
    const auto expected = point ? format_error::offset_not_in_minutes : format_error::out_of_range;
    if (text.error != expected || text.count != 0)
      refute("rfc3339", "no text of what is no time, or has other offsets");
    return;
  }
  std::array<char, 64> expected;
  const auto year = static_cast<long long>(time.year);
  int length = std::snprintf(expected.data(), expected.size(),
                             year > 9'999 ? "%+lld"
                             : year < 0   ? "%05lld"
                                          : "%04lld",
                             year);
  const auto append = [&](const char* format, auto... values) {
    length +=
        std::snprintf(expected.data() + length, expected.size() - static_cast<std::size_t>(length), format, values...);
  };
  append("-%02u-%02uT%02u:%02u:%02u", time.month, time.day, time.hour, time.minute, time.second);
  if (time.nanosecond != 0) {
    append(".%09u", time.nanosecond);
    while (expected[static_cast<std::size_t>(length) - 1] == '0') --length;
  }
  const int minutes = std::abs(time.utc_offset_seconds / 60);
  if (minutes == 0)
    append("%c", 'Z');
  else
    append("%c%02d:%02d", time.utc_offset_seconds < 0 ? '-' : '+', minutes / 60, minutes % 60);
  if (text.count != static_cast<std::size_t>(length))
    refute("rfc3339", "the text, or what it takes, is as long as printf's");
  if (static_cast<bool>(text) != (text.count <= size) || (!text && text.error != format_error::buffer_too_small))
    refute("rfc3339", "a buffer is too small exactly where the text is longer");
  if (text && std::memcmp(buffer.begin(), expected.data(), text.count) != 0) refute("rfc3339", "the text is printf's");

  end_buffer other(size);
  const written by_point = format_rfc3339(other.begin(), size, *point, time.utc_offset_seconds);
  if (by_point.count != text.count || by_point.error != text.error ||
      (text && std::memcmp(other.begin(), buffer.begin(), text.count) != 0) || !other.is_untouched_behind(shown))
    refute("rfc3339", "a point has the text of the time that it is");

  const result<tm_fields> fields = tm_of(time);
  const std::time_t local = point->seconds() + time.utc_offset_seconds;
  std::tm c{};
  const bool is_known = gmtime_r(&local, &c) != nullptr;
  if (static_cast<bool>(fields) != is_known) refute("tm", "a time has C's fields exactly where gmtime_r has them");
  if (!fields) return;
  if (fields->tm_sec != c.tm_sec || fields->tm_min != c.tm_min || fields->tm_hour != c.tm_hour ||
      fields->tm_mday != c.tm_mday || fields->tm_mon != c.tm_mon || fields->tm_year != c.tm_year ||
      fields->tm_wday != c.tm_wday || fields->tm_yday != c.tm_yday)
    refute("tm", "a time's fields are those of gmtime_r");
}

}  // namespace
}  // namespace guestclock::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace guestclock::fuzz;
  static const bool is_utc = [] {
    setenv("TZ", "UTC", 1);
    tzset();
    return true;
  }();
  (void)is_utc;
  bytes input(data, size);
  const unsigned mode = input.byte();
  const std::size_t buffer_size = input.byte();
  if ((mode & 1) != 0)
    rfc3339(input, mode, buffer_size);
  else
    strftime_any(input, mode, buffer_size);
  return 0;
}
