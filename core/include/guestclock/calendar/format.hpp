// SPDX-License-Identifier: BSL-1.0
/// \file guestclock/calendar/format.hpp
/// Civil times as text: RFC 3339 and ISO 8601.
///
/// Text goes into the caller's buffer, `size` characters at `to`, and nothing behind them is touched. No terminating
/// zero is written. What it took is told: how many characters were written, or how many it would take.
///
/// RFC 3339 is `2026-01-15T15:34:56Z`. A fraction stands there where it is not zero, without trailing zeros (as Go's
/// RFC3339Nano has it): `56.5Z`, `56.000000001Z`. An offset other than zero is `+05:30`. Years outside [0, 9999] are
/// those of ISO 8601's expanded form, with a sign and at least four digits: `+10000-01-01T00:00:00Z`, `-0001-…`.
///
/// Digits are made by words: eight characters are one word, the first of them in its lowest bits.
///
/// Source: RFC 3339, 5.6; ISO 8601-1, 5.2.2.3 (expanded representations).
#pragma once

#include <cstddef>
#include <cstdint>

#include <guestclock/calendar/civil.hpp>
#include <guestclock/calendar/date_time.hpp>
#include <guestclock/result.hpp>
#include <guestclock/unix_time.hpp>
#include <guestclock/word.hpp>

namespace guestclock::inline GUESTCLOCK_WORDS {

/// Why there is no text.
enum class format_error : std::uint8_t {
  none,
  buffer_too_small,       ///< the text has more characters than the buffer; `count` says how many
  out_of_range,           ///< this is not a time, or not one that the calendar has: `check` or `first_error` say more
  offset_not_in_minutes,  ///< the offset has seconds, which the form cannot say
};

/// The error's name as it stands in this file.
///   ensures  a name of its own                                  [format.errors.named]
[[nodiscard]] constexpr const char* name_of(format_error error) noexcept {
  switch (error) {
    case format_error::none: return "none";
    case format_error::buffer_too_small: return "buffer_too_small";
    case format_error::out_of_range: return "out_of_range";
    case format_error::offset_not_in_minutes: return "offset_not_in_minutes";
  }
  return "unknown";
}

/// What became of a text.
struct written {
  std::size_t count{};   ///< the characters that were written; for buffer_too_small, those that the text has
  format_error error{};  ///< `none` where all of them were

  constexpr explicit operator bool() const noexcept { return error == format_error::none; }
};

/// A number below 100 as two digits: the first one's character in the low 8 bits.
///   requires number < 100
///   ensures  the characters of its tens and its ones            [format.digits.two]
[[nodiscard]] constexpr u32 two_digits(u32 number) noexcept {
  relies_on(number < 100);
  const u32 tens = (number * 103) >> 10;
  return number * 256 - tens * 2'559 + 0x3030;  // tens + 256 · ones, and "00"
}

/// A number below 10^4 as four digits.
///   requires number < 10 000
///   ensures  the characters of its thousands to its ones        [format.digits.four]
[[nodiscard]] constexpr u32 four_digits(u32 number) noexcept {
  relies_on(number < 10'000);
  const u32 hundreds = (number * 5'243) >> 19;
  return two_digits(hundreds) + (two_digits(number - hundreds * 100) << 16);
}

/// A number below 10^8 as eight digits.
///   requires number < 100 000 000
///   ensures  the characters of all of them                      [format.digits.eight]
[[nodiscard]] constexpr u64 eight_digits(u32 number) noexcept {
  relies_on(number < 100'000'000);
  return u64(four_digits(number / 10'000)) + (u64(four_digits(number % 10'000)) << 32);
}

/// How many digits a number has: 1 for 0.
///   ensures  exactly that                                       [format.digits.count]
[[nodiscard]] constexpr u32 count_digits(u32 number) noexcept {
  u32 count = 1;
  for (std::uint32_t power = 10; power <= 100'000'000; power *= 10) count = count + u32(one_if(number >= power));
  return count + u32(one_if(number >= 1'000'000'000));
}

/// How many digits a fraction of a second has without trailing zeros.
///   requires nanosecond in [1, 10^9)
///   ensures  the fewest that tell it exactly                    [format.fraction.shortest]
[[nodiscard]] constexpr u32 fraction_digits(u32 nanosecond) noexcept {
  relies_on((nanosecond >= 1) & (nanosecond < 1'000'000'000));
  u32 digits = 9;
  for (int thousands = 0; thousands < 2; ++thousands) {
    if (nanosecond % 1'000 != 0) break;
    nanosecond = nanosecond / 1'000;
    digits = digits - 3;
  }
  if (nanosecond % 100 == 0) return digits - 2;
  if (nanosecond % 10 == 0) return digits - 1;
  return digits;
}

/// `-01-15T`, in seven of eight characters.
///   requires month and day below 100
///   ensures  exactly these                                      [format.rfc3339.words]
[[nodiscard]] constexpr u64 month_day_word(u32 month, u32 day) noexcept {
  return u64(two_digits(month)) * 0x100 + u64(two_digits(day)) * 0x1'0000'0000 + 0x54'0000'2D00'002D;
}
/// `15:34:56`.
///   requires numbers below 100
///   ensures  exactly these                                      [format.rfc3339.words]
[[nodiscard]] constexpr u64 time_word(u32 hour, u32 minute, u32 second) noexcept {
  return u64(two_digits(hour)) + u64(two_digits(minute)) * 0x100'0000 + u64(two_digits(second)) * 0x1'0000'0000'0000 +
         0x3A00'003A'0000;
}
/// `+05:30`, in six of eight characters.
///   requires an offset within ±utc_offset_max
///   ensures  exactly these; seconds are left out                [format.rfc3339.words]
[[nodiscard]] constexpr u64 offset_word(i32 utc_offset_seconds) noexcept {
  relies_on((utc_offset_seconds >= -utc_offset_max) & (utc_offset_seconds <= utc_offset_max));
  const flag is_west = utc_offset_seconds < 0;
  const u32 minutes = u32(is_west ? -utc_offset_seconds : utc_offset_seconds) / 60;
  return u64(two_digits(minutes / 60)) * 0x100 + u64(two_digits(minutes % 60)) * 0x1'0000'0000 + 0x3A00'002B +
         one_if(is_west) * 2;  // '-' is '+' and 2
}

/// A year without its sign, and how many characters it has with it.
struct year_text {
  u32 magnitude{};
  u32 length{};  ///< 4 for [0, 9999], with no sign; else one for the sign, and at least four digits
};
///   requires year in [civil_year_min, civil_year_max]
///   ensures  exactly that                                       [format.rfc3339.length]
[[nodiscard]] constexpr year_text year_text_of(i64 year) noexcept {
  relies_on((year >= civil_year_min) & (year <= civil_year_max));
  if ((year >= 0) & (year <= 9'999)) return {u32(year), 4};
  const u32 magnitude = u32(year < 0 ? -year : year);
  const u32 digits = count_digits(magnitude);
  return {magnitude, (digits < 4 ? u32(4) : digits) + 1};
}

/// How many characters a time has in RFC 3339's form.
///   requires a time that `check` accepts
///   ensures  the year's, 15 for the rest, the fraction's if there is one, and those of Z or the offset, at most
///            rfc3339_size_max                                   [format.rfc3339.length]
[[nodiscard]] constexpr u32 rfc3339_length(date_time time) noexcept {
  const u32 fraction = time.nanosecond == 0 ? u32(0) : fraction_digits(time.nanosecond) + 1;
  return year_text_of(time.year).length + fraction + (time.utc_offset_seconds == 0 ? u32(16) : u32(21));
}

/// No time has more characters in RFC 3339's form.
inline constexpr std::size_t rfc3339_size_max = 42;

/// The first `Count` characters of a word. Compilers make one store of it, or two.
template <std::size_t Count> constexpr void put_characters(char* to, std::uint64_t word) noexcept {
  to[0] = static_cast<char>(static_cast<unsigned char>(word & 0xFF));
  if constexpr (Count > 1) put_characters<Count - 1>(to + 1, word >> 8);
}

/// A valid time with an offset of whole minutes, into a buffer that has room for it; the end of the text.
constexpr char* put_rfc3339(char* to, const date_time& time, year_text year) noexcept {
  std::uint32_t magnitude = machine_word(year.magnitude);
  const std::size_t year_length = machine_word(year.length);
  if (year_length == 4) {
    put_characters<4>(to, machine_word(u64(four_digits(year.magnitude))));
  } else {
    to[0] = time.year < 0 ? '-' : '+';
    for (std::size_t i = year_length - 1; i != 0; --i, magnitude /= 10) to[i] = static_cast<char>('0' + magnitude % 10);
  }
  to += year_length;
  put_characters<7>(to, machine_word(month_day_word(time.month, time.day)));
  put_characters<8>(to + 7, machine_word(time_word(time.hour, time.minute, time.second)));
  to += 15;
  if (time.nanosecond != 0) {
    const std::size_t digits = machine_word(fraction_digits(time.nanosecond));
    std::uint64_t rest = machine_word(eight_digits(time.nanosecond % 100'000'000));
    to[0] = '.';
    to[1] = static_cast<char>('0' + machine_word(time.nanosecond / 100'000'000));
    for (std::size_t i = 2; i <= digits; ++i, rest >>= 8) to[i] = static_cast<char>(rest & 0xFF);
    to += digits + 1;
  }
  if (time.utc_offset_seconds == 0) {
    *to = 'Z';
    return to + 1;
  }
  put_characters<6>(to, machine_word(offset_word(time.utc_offset_seconds)));
  return to + 6;
}

/// A time that is one, in RFC 3339's form; see below.
[[nodiscard]] constexpr written format_rfc3339_of_valid(char* to, std::size_t size, const date_time& time) noexcept {
  if (as_unsigned(time.utc_offset_seconds < 0 ? -time.utc_offset_seconds : time.utc_offset_seconds) % 60 != 0)
    return {0, format_error::offset_not_in_minutes};
  const std::size_t length = machine_word(rfc3339_length(time));
  if (size < length) return {length, format_error::buffer_too_small};
  put_rfc3339(to, time, year_text_of(time.year));
  return {length, format_error::none};
}

/// A time in RFC 3339's form.
///   requires `size` characters at `to`
///   ensures  accepts exactly what `check` does, with an offset of whole minutes, if the buffer is large enough; then
///            writes the form, and no more characters           [format.rfc3339.exact]
///   errors   out_of_range, offset_not_in_minutes, buffer_too_small, in this order; then nothing is written
///   source   RFC 3339, 5.6
[[nodiscard]] constexpr written format_rfc3339(char* to, std::size_t size, const date_time& time) noexcept {
  if (!check(time)) return {0, format_error::out_of_range};
  return format_rfc3339_of_valid(to, size, time);
}

/// What a clock at that offset shows at a point, in RFC 3339's form.
///   ensures  the text of `date_time_from`                       [format.rfc3339.exact]
///   errors   out_of_range, offset_not_in_minutes, buffer_too_small, in this order; then nothing is written
[[nodiscard]] constexpr written format_rfc3339(char* to, std::size_t size, unix_time point,
                                               i32 utc_offset_seconds = 0) noexcept {
  const result<date_time> time = date_time_from(point, utc_offset_seconds);
  if (!time) return {0, format_error::out_of_range};
  return format_rfc3339_of_valid(to, size, *time);
}

}  // namespace guestclock::inline GUESTCLOCK_WORDS
