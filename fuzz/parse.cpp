// SPDX-License-Identifier: BSL-1.0
/// \file fuzz/parse.cpp
/// Text as times: any bytes as RFC 3339, any bytes as a text and a format of `strptime`. Each text lies at the end of its
/// object, where the sanitizer sees a character too many.
///
/// What is read as RFC 3339 is written by `format_rfc3339` and read again as the same time, and where its year has four
/// digits the C library's strptime and timegm make the same seconds of it. What is refused is, up to the position that is
/// told, a text that is only too short. Where the C library's strptime and POSIX say the same, the C library is the
/// oracle; where it fails, the fields stay.
///
/// Input: a byte that says what is tried, then the text; of a format a byte for the text's size, the text, the format.
///
///     bit 0     a format
///     bit 1     bytes stand for whole numbers, names and conversions; of RFC 3339 for changes of a text that is one
#include <array>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <string_view>

#include <guestclock/calendar/format.hpp>
#include <guestclock/calendar/parse.hpp>

#include "bytes.hpp"
#include "refute.hpp"

namespace guestclock::fuzz {

const char* const target_name = "fuzz_parse";
const std::size_t useful_size_max = 36;

namespace {

constexpr std::size_t text_size_max = 64;

/// A text that is put together, and a zero behind it. What does not fit any more is left out.
class short_text {
 public:
  short_text& operator+=(char character) {
    if (size_ + 1 < text_.size()) text_[size_++] = character;
    return *this;
  }
  short_text& operator+=(std::string_view more) {
    for (const char each : more) *this += each;
    return *this;
  }
  void erase(std::size_t position) {
    if (position >= size_) return;
    for (--size_; position < size_; ++position) text_[position] = text_[position + 1];
  }
  void insert(std::size_t position, char character) {
    *this += character;
    for (std::size_t i = size_ - 1; i > position; --i) text_[i] = text_[i - 1];
    text_[position] = character;
  }
  [[nodiscard]] std::size_t size() const { return size_; }
  char& operator[](std::size_t position) { return text_[position]; }
  operator std::string_view() const { return {text_.data(), size_}; }  // NOLINT: it is a text
  const char* zero_terminated() {
    text_[size_] = 0;
    return text_.data();
  }

 private:
  std::array<char, text_size_max + 1> text_;  // no more of it than is put there
  std::size_t size_ = 0;
};

/// A text at the end of an object, and without a zero behind it.
template <int Which> std::string_view at_the_end(std::string_view text) {
  static std::array<char, text_size_max> object;
  const std::size_t size = text.size() < object.size() ? text.size() : object.size();
  char* const begin = object.data() + (object.size() - size);
  for (std::size_t i = 0; i < size; ++i) begin[i] = text[i];
  return {begin, size};
}

bool same(const parse_error& a, const parse_error& b) {
  return a.fault == b.fault && a.expected == b.expected && a.position == b.position && a.field.field == b.field.field &&
         a.field.value == b.field.value;
}
bool is_of_form(parse_fault fault) {
  return fault != parse_fault::field_out_of_range && fault != parse_fault::offset_out_of_range;
}

// --- RFC 3339 ---

short_text next_rfc3339(bytes& input, bool is_built) {
  short_text text;
  if (!is_built) {
    while (input.left() != 0) text += static_cast<char>(input.byte());
    return text;
  }
  constexpr std::array<std::string_view, 8> bases{
      "2024-02-29T12:30:15Z",        "1969-12-31t23:59:59.999999999z",
      "0000-01-01T00:00:00-00:00",   "9999-12-31T23:59:59+23:59",
      "+10000-01-01T00:00:00.5Z",    "-0001-12-31T23:59:59.25-09:30",
      "-2147483648-01-01T00:00:00Z", "+2147485547-12-31T23:59:59.999999999Z"};
  constexpr std::string_view characters = "0123456789-:.TZtz+ /";
  text += bases[input.byte() % bases.size()];
  while (input.left() >= 2) {
    const std::uint8_t place = input.byte(), what = input.byte();
    const std::size_t position = place % 40U % (text.size() + 1);
    if (place >= 200)
      text.erase(position);
    else if (place >= 160)
      text.insert(position, characters[what % characters.size()]);
    else if (position < text.size())
      text[position] = characters[what % characters.size()];
  }
  return text;
}

/// What stands behind the seconds: a fraction, an offset, and nothing else.
struct tail {
  bool is_one = false;
  std::uint32_t nanosecond = 0;
  std::int32_t offset = 0;
};
tail tail_of(std::string_view text) {
  tail all;
  if (!text.empty() && text[0] == '.') {
    std::uint32_t unit = 100'000'000;
    for (text.remove_prefix(1); !text.empty() && text[0] >= '0' && text[0] <= '9'; text.remove_prefix(1), unit /= 10)
      all.nanosecond += static_cast<std::uint32_t>(text[0] - '0') * unit;
  }
  if (text == "Z" || text == "z") return all.is_one = true, all;
  if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':') return all;
  const int minutes = ((text[1] - '0') * 10 + text[2] - '0') * 60 + (text[4] - '0') * 10 + text[5] - '0';
  all.is_one = true;
  all.offset = text[0] == '-' ? -60 * minutes : 60 * minutes;
  return all;
}

void rfc3339(bytes input, bool is_built) {
  const std::string_view text = at_the_end<0>(next_rfc3339(input, is_built));
  const auto time = parse_rfc3339(text.data(), text.size());
  const auto one_by_one = parse_rfc3339_by_characters(memory_text(text.data(), text.size()));
  const auto point = parse_unix_time(text.data(), text.size());
  if (!same(time.error(), one_by_one.error()) || (time && *time != *one_by_one))
    refute("characters", "a text is read at once as it is character by character");
  if (!same(time.error(), point.error())) refute("point", "a text has a point exactly where it is a civil time");

  if (!time) {
    const parse_error& error = time.error();
    if (error.position > text.size()) refute("position", "a fault lies within the text, or at its end");
    if (!is_of_form(error.fault)) {
      if (error.field.value >= error.field.low && error.field.value <= error.field.high)
        refute("range", "what is out of its bounds is not within them");
      return;
    }
    const auto cut = parse_rfc3339(text.data(), error.position);
    if (error.fault == parse_fault::trailing_characters || error.fault == parse_fault::too_many_digits) {
      if (cut.error().fault == parse_fault::trailing_characters) refute("trailing", "only one of them is the first");
      return;
    }
    if (cut.error().fault != parse_fault::too_short || cut.error().position != error.position)
      refute("prefix", "what stands before a fault is only too short");
    return;
  }
  if (*point != *unix_time_of(*time)) refute("point", "a text's point is its civil time's");
  std::array<char, rfc3339_size_max> out;
  const written again = format_rfc3339(out.data(), out.size(), *time);
  if (!again) refute("format", "what can be read can be written");
  const auto read = parse_rfc3339(out.data(), again.count);
  if (!read || *read != *time) refute("round-trip", "what is written is read as the same");
  const tail behind = tail_of(text.substr(text.find_first_of("Tt") + 9));
  if (!behind.is_one || behind.nanosecond != time->nanosecond || behind.offset != time->utc_offset_seconds)
    refute("tail", "a fraction and an offset are what they say, and the text's end");
  if (text[0] == '+' || text[0] == '-') return;
  short_text head;
  head += text.substr(0, 19);
  head[10] = 'T';
  std::tm fields{};
  const char* const end = ::strptime(head.zero_terminated(), "%Y-%m-%dT%H:%M:%S", &fields);
  if (end == nullptr || *end != '\0' || timegm(&fields) - time->utc_offset_seconds != point->seconds())
    refute("library", "the C library makes the same seconds of it");
}

// --- strptime ---

constexpr std::string_view conversions = "%ABCDFGHIMRSTUVWXYZabcdeghjklmnprstuwxyz";
constexpr std::array<std::string_view, 32> pieces{
    "1",  "12",     "31",       "2024", "2023",       "0",       "99",         "366",
    "60", "-",      "+05:30",   "Z",    "Mon",        "tuesday", "JAN",        "september",
    " ",  "\t ",    "am",       "PM",   ":",          "/",       "53",         "5",
    "7",  "1/2/03", "12:34:56", "%",    "2024-02-29", "-0930",   "1700000000", "Mon Jan  1 1:2:3 2024"};

struct text_and_format {
  short_text text, format;
};

text_and_format next_format(bytes& input, bool is_built) {
  text_and_format both;
  if (!is_built) {
    for (std::size_t size = input.byte(); size != 0 && input.left() != 0; --size)
      both.text += static_cast<char>(input.byte());
    while (input.left() != 0) both.format += static_cast<char>(input.byte());
    return both;
  }
  while (input.left() != 0) {
    const std::uint8_t head = input.byte();
    both.text += pieces[input.byte() % pieces.size()];
    both.format += '%';
    if (head >= 240) both.format += "EO-_^#0E"[head % 8];
    both.format += conversions[head % conversions.size()];
    const std::uint8_t mark = input.byte();
    if (mark % 4 == 0) continue;
    both.text += "\0 -/"[mark % 4];
    both.format += mark >= 128 ? "\0 -/"[mark % 4] : "\0 -/"[mark / 4 % 3 + 1];
  }
  return both;
}

/// Three letters as a number, small ones for large ones.
constexpr std::uint32_t letters(const char* text) {
  return (static_cast<std::uint8_t>(text[0]) | 32U) << 16 | (static_cast<std::uint8_t>(text[1]) | 32U) << 8 |
         (static_cast<std::uint8_t>(text[2]) | 32U);
}
constexpr std::array<std::uint32_t, 19> short_names{
    letters("sun"), letters("mon"), letters("tue"), letters("wed"), letters("thu"), letters("fri"), letters("sat"),
    letters("jan"), letters("feb"), letters("mar"), letters("apr"), letters("may"), letters("jun"), letters("jul"),
    letters("aug"), letters("sep"), letters("oct"), letters("nov"), letters("dec")};
bool is_short_name(const char* text) {
  if (static_cast<std::uint8_t>((text[1] | 32) - 'a') > 25) return false;
  const std::uint32_t three = letters(text);
  for (const std::uint32_t name : short_names)
    if (three == name) return true;
  return false;
}
/// By hand: the fuzzer looks into every call of the C library's.
constexpr bool is_in(char character, std::string_view set) {
  for (const char each : set)
    if (each == character) return true;
  return false;
}

/// Whether POSIX and the C library (2.36) say the same of all of such a format. It takes the day of the year and weeks
/// with a day or a month that contradicts them, and with years that do not have them; a century undoes a whole year;
/// offsets may be of more than a day; there are no %Ey, no negative %s, and no second %O; of short names that adjoin, as
/// in MonTue, one conversion takes both. Flags and widths are its own.
bool is_comparable(std::string_view text, std::string_view format) {
  if (is_in('\0', text) || is_in('\0', format)) return false;
  bool has_names = false;
  for (std::size_t i = 0; i < format.size(); ++i) {
    if (format[i] != '%') continue;
    while (++i < format.size() && is_in(format[i], "-_^#0123456789"))
      if (format[i] >= '0' && format[i] <= '9') return false;
    if (i == format.size()) return false;
    if (is_in(format[i], "CEOUWjsz")) return false;
    has_names |= is_in(format[i], "aAbBhc");
  }
  if (!has_names) return true;
  for (std::size_t i = 0; i + 6 <= text.size(); ++i)
    if (is_short_name(text.data() + i) && is_short_name(text.data() + i + 3)) return false;
  return true;
}

void format(bytes input, bool is_built) {
  text_and_format both = next_format(input, is_built);
  const std::string_view text = at_the_end<0>(both.text);
  const std::string_view form = at_the_end<1>(both.format);
  const auto found = guestclock::strptime(text.data(), text.size(), form.data(), form.size());
  if (!found) {
    const parse_error& error = found.error();
    const std::size_t size = error.fault == parse_fault::unknown_conversion ? form.size() : text.size();
    if (error.position > size) refute("position", "a fault lies within the text or the format, or at its end");
    if (error.fault == parse_fault::field_out_of_range && error.field.value >= error.field.low &&
        error.field.value <= error.field.high)
      refute("range", "what is out of its bounds is not within them");
  } else {
    const tm_fields& t = found->fields;
    if (found->end > text.size()) refute("end", "what is read is of the text");
    if (t.tm_sec < 0 || t.tm_sec > 61 || t.tm_min < 0 || t.tm_min > 59 || t.tm_hour < 0 || t.tm_hour > 23 ||
        t.tm_mon < 0 || t.tm_mon > 11 || t.tm_mday < 0 || t.tm_mday > 31 || t.tm_wday < 0 || t.tm_wday > 6 ||
        t.tm_yday < -1 || t.tm_yday > 365 || t.tm_gmtoff < -86'399 || t.tm_gmtoff > 86'399)
      refute("fields", "each field is within what its conversions can say");
  }
  if (!is_comparable(both.text, both.format) || both.text.size() > text_size_max) return;
  std::tm fields{};
  const char* const begin = both.text.zero_terminated();
  const char* const end = ::strptime(begin, both.format.zero_terminated(), &fields);
  if ((end != nullptr) != found.has_value()) refute("library", "the C library accepts the same");
  if (!found) return;
  const tm_fields& t = found->fields;
  // Of the last day before the year 0 its formula is off by one.
  const bool has_weekday = t.tm_year > -1900;
  if (static_cast<std::size_t>(end - begin) != found->end || fields.tm_sec != t.tm_sec || fields.tm_min != t.tm_min ||
      fields.tm_hour != t.tm_hour || fields.tm_mday != t.tm_mday || fields.tm_mon != t.tm_mon ||
      fields.tm_year != t.tm_year || (has_weekday && fields.tm_wday != t.tm_wday) || fields.tm_yday != t.tm_yday)
    refute("library", "the C library finds the same");
}

}  // namespace
}  // namespace guestclock::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace guestclock::fuzz;
  bytes input(data, size);
  const std::uint8_t mode = input.byte();
  if ((mode & 1) == 0)
    rfc3339(input, (mode & 2) != 0);
  else
    format(input, (mode & 2) != 0);
  return 0;
}
