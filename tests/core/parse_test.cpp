// SPDX-License-Identifier: BSL-1.0
/// \file tests/core/parse_test.cpp
#include <guestclock/calendar/parse.hpp>

#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace {

using namespace guestclock;
using namespace std::string_view_literals;

constexpr parsed<date_time> read(std::string_view text) { return parse_rfc3339(text.data(), text.size()); }
constexpr parsed<unix_time> read_point(std::string_view text) { return parse_unix_time(text.data(), text.size()); }

static_assert(*read("2024-02-29T12:30:15.5+05:30") == date_time{2024, 2, 29, 12, 30, 15, 500'000'000, 19'800});
static_assert(read_point("1970-01-01T00:00:01Z")->seconds() == 1);

void expect_fault(std::string_view text, parse_fault fault, std::size_t position, char expected = '\0') {
  const auto time = read(text);
  EXPECT_FALSE(time) << text;
  EXPECT_FALSE(static_cast<bool>(read_point(text))) << text;
  EXPECT_STREQ(name_of(time.error().fault), name_of(fault)) << text;
  EXPECT_EQ(time.error().position, position) << text;
  EXPECT_EQ(time.error().expected, expected) << text;
  const auto one_by_one = parse_rfc3339_by_characters(memory_text(text.data(), text.size()));
  EXPECT_EQ(one_by_one.error().position, position) << text;
}
void expect_out_of_range(std::string_view text, parse_fault fault, std::size_t position, date_field field, i64 value,
                         i64 low, i64 high) {
  expect_fault(text, fault, position);
  const field_error error = read(text).error().field;
  EXPECT_STREQ(name_of(error.field), name_of(field)) << text;
  EXPECT_EQ(error.value, value) << text;
  EXPECT_EQ(error.low, low) << text;
  EXPECT_EQ(error.high, high) << text;
}

TEST(Parse, ReadsTheExamplesOfRfc3339) {
  EXPECT_EQ(*read("1985-04-12T23:20:50.52Z"), (date_time{1985, 4, 12, 23, 20, 50, 520'000'000}));
  EXPECT_EQ(*read("1996-12-19T16:39:57-08:00"), (date_time{1996, 12, 19, 16, 39, 57, 0, -28'800}));
  EXPECT_EQ(read_point("1996-12-19T16:39:57-08:00")->seconds(), 851'042'397);
  EXPECT_EQ(*read("1937-01-01T12:00:27.87+00:20"), (date_time{1937, 1, 1, 12, 0, 27, 870'000'000, 1'200}));
}

TEST(Parse, GivesThePoint) {
  EXPECT_EQ(read_point("2024-02-29T12:30:15Z")->seconds(), 1'709'209'815);
  EXPECT_EQ(read_point("2024-02-29T12:30:15.25Z")->nanoseconds(), 250'000'000U);
  EXPECT_EQ(read_point("1969-12-31T23:59:59z")->seconds(), -1);
  EXPECT_EQ(read_point("+2024-02-29T12:30:15Z")->seconds(), 1'709'209'815);
  EXPECT_EQ(read_point("1969-12-31T24:59:59Z").error().fault, parse_fault::field_out_of_range);
  EXPECT_EQ(read_point("1969-12-31T23:59:5xZ").error().fault, parse_fault::digit_expected);
}

TEST(Parse, ReadsSmallLettersAndAnUnknownOffset) {
  EXPECT_EQ(*read("2024-02-29t12:30:15z"), *read("2024-02-29T12:30:15Z"));
  EXPECT_EQ(*read("2024-02-29T12:30:15-00:00"), *read("2024-02-29T12:30:15Z"));
}

TEST(Parse, RefusesSecond60AsOutOfRange) {
  expect_out_of_range("1990-12-31T23:59:60Z", parse_fault::field_out_of_range, 17, date_field::second, 60, 0, 59);
}

TEST(Parse, ReadsExpandedYears) {
  EXPECT_EQ(read("+10000-01-01T00:00:00Z")->year, 10'000);
  EXPECT_EQ(read("-0001-12-31T23:59:59Z")->year, -1);
  EXPECT_EQ(read("-0000-01-01T00:00:00Z")->year, 0);
  EXPECT_EQ(read("+2024-01-01T00:00:00Z")->year, 2024);
  EXPECT_EQ(read("-2147483648-01-01T00:00:00Z")->year, civil_year_min);
  EXPECT_EQ(read("+2147485547-12-31T23:59:59.999999999Z")->year, civil_year_max);
  EXPECT_EQ(read("+0000002024-01-01T00:00:00Z")->year, 2024);
  expect_fault("+00000002024-01-01T00:00:00Z", parse_fault::too_many_digits, 11);
  expect_fault("10000-01-01T00:00:00Z", parse_fault::character_expected, 4, '-');
  expect_fault("+999-01-01T00:00:00Z", parse_fault::digit_expected, 4);
  expect_out_of_range("+2147485548-01-01T00:00:00Z", parse_fault::field_out_of_range, 0, date_field::year,
                      civil_year_max + 1, civil_year_min, civil_year_max);
}

TEST(Parse, SaysWhichDayTheMonthLacks) {
  expect_out_of_range("2024-04-31T00:00:00Z", parse_fault::field_out_of_range, 8, date_field::day, 31, 1, 30);
  EXPECT_EQ(read("2024-04-31T00:00:00Z").error().year, 2024);
  EXPECT_EQ(read("2024-04-31T00:00:00Z").error().month, 4U);
  expect_out_of_range("-0001-02-29T00:00:00Z", parse_fault::field_out_of_range, 9, date_field::day, 29, 1, 28);
  expect_out_of_range("2024-13-01T00:00:00Z", parse_fault::field_out_of_range, 5, date_field::month, 13, 1, 12);
  expect_out_of_range("2024-01-01T24:00:00Z", parse_fault::field_out_of_range, 11, date_field::hour, 24, 0, 23);
  expect_out_of_range("2024-01-01T00:60:00Z", parse_fault::field_out_of_range, 14, date_field::minute, 60, 0, 59);
}

TEST(Parse, ReadsFractionsOfOneToNineDigits) {
  EXPECT_EQ(read("2024-01-01T00:00:00.1Z")->nanosecond, 100'000'000U);
  EXPECT_EQ(read("2024-01-01T00:00:00.000000001Z")->nanosecond, 1U);
  EXPECT_EQ(read("2024-01-01T00:00:00.123456789-12:34")->nanosecond, 123'456'789U);
  expect_fault("2024-01-01T00:00:00.Z", parse_fault::digit_expected, 20);
  expect_fault("2024-01-01T00:00:00.1234567890Z", parse_fault::too_many_digits, 29);
  expect_fault("2024-01-01T00:00:00,5Z", parse_fault::character_expected, 19, 'Z');
}

TEST(Parse, BoundsTheOffsetsHourAndMinute) {
  EXPECT_EQ(read("2024-01-01T00:00:00+23:59")->utc_offset_seconds, 86'340);
  EXPECT_EQ(read("2024-01-01T00:00:00-23:59")->utc_offset_seconds, -86'340);
  expect_out_of_range("2024-01-01T00:00:00+24:00", parse_fault::offset_out_of_range, 20, date_field::hour, 24, 0, 23);
  expect_out_of_range("2024-01-01T00:00:00-05:75", parse_fault::offset_out_of_range, 23, date_field::minute, 75, 0, 59);
  expect_fault("2024-01-01T00:00:00+0530", parse_fault::character_expected, 22, ':');
}

TEST(Parse, TellsThePositionWhereATextStops) {
  constexpr std::string_view whole = "2024-02-29T12:30:15.5+05:30";
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto time = read(whole.substr(0, size));
    EXPECT_EQ(time.error().fault, parse_fault::too_short) << size;
    EXPECT_EQ(time.error().position, size);
  }
  EXPECT_EQ(read("2024-02-29T12:30:15").error().expected, 'Z');
  EXPECT_EQ(read({nullptr, 0}).error().fault, parse_fault::too_short);
}

TEST(Parse, TellsTheFirstCharacterThatIsWrong) {
  constexpr std::string_view whole = "2024-02-29T12:30:15Z";
  for (std::size_t i = 0; i < whole.size(); ++i) {
    std::string text(whole);
    text[i] = i == 0 ? '/' : 'x';
    const bool is_digit = whole[i] >= '0' && whole[i] <= '9';
    expect_fault(text, is_digit ? parse_fault::digit_expected : parse_fault::character_expected, i,
                 is_digit ? '\0' : whole[i]);
  }
  expect_fault("2024-02-29T12:30:15Z ", parse_fault::trailing_characters, 20);
  expect_fault("2024-02-29 12:30:15Z", parse_fault::character_expected, 10, 'T');
}

TEST(Parse, RefusesTheNeighboursOfDigitsAndMarks) {
  constexpr std::string_view whole = "2024-02-29T12:30:15Z";
  for (std::size_t i = 0; i < whole.size(); ++i) {
    const bool is_digit = whole[i] >= '0' && whole[i] <= '9';
    for (const char each :
         {is_digit ? '/' : static_cast<char>(whole[i] - 1), is_digit ? ':' : static_cast<char>(whole[i] + 1)}) {
      std::string text(whole);
      text[i] = each;
      expect_fault(text, is_digit ? parse_fault::digit_expected : parse_fault::character_expected, i,
                   is_digit ? '\0' : whole[i]);
    }
  }
}

TEST(Parse, TakesAZeroForAnyOtherCharacter) {
  expect_fault("2024-02-29T12:30:15Z\0"sv, parse_fault::trailing_characters, 20);
  expect_fault("2024\0-02-29T12:30:15Z"sv, parse_fault::character_expected, 4, '-');
  expect_fault("\0"sv, parse_fault::digit_expected, 0);
}

TEST(Parse, IsDoneWithAMegabyteAtItsFirstFault) {
  const std::string digits(1 << 20, '1');
  expect_fault(digits, parse_fault::character_expected, 4, '-');
  expect_fault("+" + digits, parse_fault::too_many_digits, 11);
  expect_fault("2024-01-01T00:00:00." + digits, parse_fault::too_many_digits, 29);
  expect_fault("2024-01-01T00:00:00Z" + digits, parse_fault::trailing_characters, 20);
  const std::string zeros = std::string(1 << 20, '\0');
  expect_fault(zeros, parse_fault::digit_expected, 0);
}

TEST(Parse, HasNamesForItsFaults) {
  EXPECT_EQ(name_of(parse_fault::none), "none"sv);
  EXPECT_EQ(name_of(parse_fault::too_short), "too_short"sv);
  EXPECT_EQ(name_of(parse_fault::digit_expected), "digit_expected"sv);
  EXPECT_EQ(name_of(parse_fault::character_expected), "character_expected"sv);
  EXPECT_EQ(name_of(parse_fault::too_many_digits), "too_many_digits"sv);
  EXPECT_EQ(name_of(parse_fault::field_out_of_range), "field_out_of_range"sv);
  EXPECT_EQ(name_of(parse_fault::offset_out_of_range), "offset_out_of_range"sv);
  EXPECT_EQ(name_of(parse_fault::trailing_characters), "trailing_characters"sv);
  EXPECT_EQ(name_of(parse_fault::name_expected), "name_expected"sv);
  EXPECT_EQ(name_of(parse_fault::unknown_conversion), "unknown_conversion"sv);
  EXPECT_EQ(name_of(static_cast<parse_fault>(99)), "unknown"sv);
}

// --- strptime ---

parsed<tm_match> read_by(std::string_view text, std::string_view format, const tm_fields& before = {}) {
  return strptime(text.data(), text.size(), format.data(), format.size(), before);
}
void expect_tm_fault(std::string_view text, std::string_view format, parse_fault fault, std::size_t position,
                     char expected = '\0') {
  const auto found = read_by(text, format);
  EXPECT_STREQ(name_of(found.error().fault), name_of(fault)) << text << ' ' << format;
  EXPECT_EQ(found.error().position, position) << text << ' ' << format;
  EXPECT_EQ(found.error().expected, expected) << text << ' ' << format;
}
void expect_date(std::string_view text, std::string_view format, i32 year, i32 mon, i32 mday, i32 wday, i32 yday) {
  const auto found = read_by(text, format);
  ASSERT_TRUE(found) << text << ' ' << format << ' ' << name_of(found.error().fault);
  EXPECT_EQ(found->fields.tm_year, year) << text;
  EXPECT_EQ(found->fields.tm_mon, mon) << text;
  EXPECT_EQ(found->fields.tm_mday, mday) << text;
  EXPECT_EQ(found->fields.tm_wday, wday) << text;
  EXPECT_EQ(found->fields.tm_yday, yday) << text;
  EXPECT_EQ(found->end, text.size()) << text;
}

TEST(Strptime, ReadsADateInItsManyForms) {
  for (const auto& [text, format] : {std::pair{"2024-02-29"sv, "%F"sv},
                                     {"02/29/24", "%D"},
                                     {"02/29/24", "%x"},
                                     {"2024 60", "%Y %j"},
                                     {"20 24 feb 29", "%C %y %b %d"},
                                     {"29February2024", "%e%B%Y"},
                                     {"29.feb.2024 Thursday", "%e.%h.%Y %A"},
                                     {"2024 2 60", "%Y %m %j"},
                                     {"2024 8 Thu", "%Y %U %a"},
                                     {"2024 9 4", "%Y %W %u"},
                                     {"2024 9 4", "%EY %OW %w"},
                                     {"1709164800", "%s"}})
    expect_date(text, format, 124, 1, 29, 4, 59);
}

TEST(Strptime, ReadsATimeInItsManyForms) {
  for (const auto& [text, format] : {std::pair{"13:46:57"sv, "%T"sv},
                                     {"13:46:57", "%X"},
                                     {"01:46:57 PM", "%r"},
                                     {"13:46 57", "%R%n%S"},
                                     {"1 pm 46 57", "%l %p %M %S"},
                                     {"PM 1:46:57", "%p %I:%M:%S"},
                                     {" 13\t46\n57", "%k%M%t%S"}}) {
    const auto found = read_by(text, format);
    ASSERT_TRUE(found) << text;
    EXPECT_EQ(found->fields.tm_hour, 13) << text;
    EXPECT_EQ(found->fields.tm_min, 46) << text;
    EXPECT_EQ(found->fields.tm_sec, 57) << text;
  }
  EXPECT_EQ(read_by("12 AM", "%I %p")->fields.tm_hour, 0);
  EXPECT_EQ(read_by("12 PM", "%I %p")->fields.tm_hour, 12);
  EXPECT_EQ(read_by("13 PM", "%H %p")->fields.tm_hour, 13);
  EXPECT_EQ(read_by("Thu Feb 29 13:46:57 2024", "%c")->fields.tm_yday, 59);
}

TEST(Strptime, SaysWhereItStopped) {
  EXPECT_EQ(read_by("2024-02-29T12", "%F")->end, 10U);
  EXPECT_EQ(read_by("", "")->end, 0U);
  EXPECT_EQ(read_by("%x", "%%")->end, 1U);
  EXPECT_EQ(read_by("EST5EDT x", "%Z")->end, 7U);
  EXPECT_EQ(read_by(" EST", "%Z")->end, 4U);
  EXPECT_EQ(read_by("12 3 45", "%g %V %G")->end, 7U);
  EXPECT_EQ(read_by("99", "%d")->end, 1U);  // 99 is more than 31: the day is 9
}

TEST(Strptime, KeepsTheFieldsThatAreNotSpokenOf) {
  const tm_fields before{.tm_sec = 1, .tm_min = 2, .tm_mday = 5, .tm_mon = 3, .tm_year = 100, .tm_isdst = -1};
  const tm_fields after = read_by("13", "%H", before)->fields;
  EXPECT_EQ(after.tm_hour, 13);
  EXPECT_EQ(after.tm_min, 2);
  EXPECT_EQ(after.tm_wday, 0);
  EXPECT_EQ(after.tm_isdst, -1);
  EXPECT_EQ(read_by("100", "%j", before)->fields.tm_mon, 3);  // of a year that is not said
  EXPECT_EQ(read_by("100", "%j", before)->fields.tm_yday, 99);
  EXPECT_EQ(read_by("2024 10", "%Y %U", before)->fields.tm_mon, 3);  // of a weekday that is not said
  EXPECT_EQ(read_by("10 3", "%U %w", before)->fields.tm_yday, 67);   // of the year 2000
  EXPECT_EQ(read_by("10 3 100", "%U %w %j", before)->fields.tm_mon, 3);
  EXPECT_EQ(read_by("2024", "%Y", before)->fields.tm_wday, 5);  // Friday, 5 April 2024
  EXPECT_EQ(read_by("2024", "%Y", {.tm_mon = 12})->fields.tm_yday, 0);
  EXPECT_EQ(read_by("2024", "%Y", {.tm_mon = -1})->fields.tm_yday, 0);
  EXPECT_EQ(read_by("2024", "%Y", {.tm_mday = max_of<i32>})->fields.tm_yday, 0);
  EXPECT_EQ(read_by("2024", "%Y", {.tm_mday = -1})->fields.tm_yday, 0);
}

TEST(Strptime, TellsWhatItDidNotFind) {
  expect_tm_fault("2024/02", "%Y-%m", parse_fault::character_expected, 4, '-');
  expect_tm_fault("x", "%d", parse_fault::digit_expected, 0);
  expect_tm_fault("x", "%C", parse_fault::digit_expected, 0);
  expect_tm_fault("x", "%y", parse_fault::digit_expected, 0);
  expect_tm_fault("x", "%u", parse_fault::digit_expected, 0);
  expect_tm_fault("x", "%I", parse_fault::digit_expected, 0);
  expect_tm_fault("x", "%G", parse_fault::digit_expected, 0);
  expect_tm_fault("Su", "%a", parse_fault::name_expected, 0, 'A');
  expect_tm_fault("Juz", "%b", parse_fault::name_expected, 0, 'B');
  expect_tm_fault("xm", "%p", parse_fault::name_expected, 0, 'p');
}

TEST(Strptime, RefusesNumbersOutOfTheirRange) {
  for (const auto& [text, format] : {std::pair{"00"sv, "%d"sv},
                                     {"0", "%m"},
                                     {"0", "%I"},
                                     {"62", "%S"},
                                     {"13", "%I"},
                                     {"24", "%H"},
                                     {"367", "%j"},
                                     {"7", "%w"},
                                     {"8", "%u"},
                                     {"54", "%U"},
                                     {"54", "%W"},
                                     {"54", "%V"}}) {
    const auto found = read_by(text, format);
    EXPECT_EQ(found.error().fault, parse_fault::field_out_of_range) << text << format;
    EXPECT_EQ(found.error().expected, format[1]);
    EXPECT_EQ(found.error().field.value, std::stoi(std::string(text)));
  }
}

TEST(Strptime, RefusesADayThatTheYearDoesNotHave) {
  expect_tm_fault("2023 366", "%Y%j", parse_fault::field_out_of_range, 5, 'j');
  expect_tm_fault("2024 0 0", "%Y%U %w", parse_fault::field_out_of_range, 5, 'j');
  expect_tm_fault("2024 53 6", "%Y %U %w", parse_fault::field_out_of_range, 5, 'j');
}

TEST(Strptime, RefusesConversionsThatThereAreNot) {
  expect_tm_fault("", "%", parse_fault::unknown_conversion, 1);
  expect_tm_fault("2024", "%Y%Q", parse_fault::unknown_conversion, 3);
  expect_tm_fault("", "%Ed", parse_fault::unknown_conversion, 1);
  expect_tm_fault("", "%OY", parse_fault::unknown_conversion, 1);
  expect_tm_fault("", "%-5E", parse_fault::unknown_conversion, 3);
  EXPECT_TRUE(read_by("5", "%-_0^#12d"));
}

TEST(Strptime, ReadsSecondsSince1970) {
  EXPECT_EQ(read_by("-1", "%s")->fields.tm_sec, 59);
  EXPECT_EQ(read_by("67768036191676799", "%s")->fields.tm_year, max_of<i32>);
  EXPECT_EQ(read_by("-67768040609740800", "%s")->fields.tm_year, min_of<i32>);
  EXPECT_STREQ(read_by("0", "%s")->fields.tm_zone, "UTC");
  expect_tm_fault("67768036191676800", "%s", parse_fault::field_out_of_range, 0, 's');
  expect_tm_fault("-67768040609740801", "%s", parse_fault::field_out_of_range, 0, 's');
  expect_tm_fault("9999999999999999999999", "%s", parse_fault::too_many_digits, 17);
  expect_tm_fault("-x", "%s", parse_fault::digit_expected, 1);
}

TEST(Strptime, ReadsOffsetsOfLessThanADay) {
  for (const auto& [text, seconds] :
       {std::pair{"+05:30"sv, 19'800}, {"+0530", 19'800}, {"-05", -18'000}, {" Z", 0}, {"-23:59", -86'340}})
    EXPECT_EQ(read_by(text, "%z")->fields.tm_gmtoff, seconds) << text;
  expect_tm_fault("+2400", "%z", parse_fault::field_out_of_range, 1, 'z');
  expect_tm_fault("+05:60", "%z", parse_fault::field_out_of_range, 4, 'z');
  expect_tm_fault("+0560", "%z", parse_fault::field_out_of_range, 3, 'z');
  expect_tm_fault("+5", "%z", parse_fault::too_short, 2);
  expect_tm_fault("+053", "%z", parse_fault::too_short, 4);
  expect_tm_fault("0530", "%z", parse_fault::character_expected, 0, 'Z');
}

TEST(Strptime, TakesAWholeYearOverACentury) {
  EXPECT_EQ(read_by("19 2024", "%C %Y")->fields.tm_year, 124);
  EXPECT_EQ(read_by("20", "%C")->fields.tm_year, 100);
  EXPECT_EQ(read_by("69", "%y")->fields.tm_year, 69);
  EXPECT_EQ(read_by("68", "%y")->fields.tm_year, 168);
}

TEST(Strptime, IsSafeWithZerosAndMegabytes) {
  expect_tm_fault(
      "20\0"
      "24"sv,
      "%Y-", parse_fault::character_expected, 2, '-');
  EXPECT_EQ(read_by("\0"sv, "\0"sv)->end, 1U);
  const std::string blanks(1 << 20, ' ');
  EXPECT_EQ(read_by(blanks + "5", "%d")->fields.tm_mday, 5);
  EXPECT_EQ(read_by("5", blanks + "%d" + blanks)->end, 1U);
  EXPECT_EQ(read_by(std::string(1 << 20, '7'), "%G")->end, std::size_t{1} << 20);
  expect_tm_fault("1", "%" + std::string(1 << 20, '0'), parse_fault::unknown_conversion, (std::size_t{1} << 20) + 1);
}

}  // namespace
