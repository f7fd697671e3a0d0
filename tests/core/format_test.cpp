// SPDX-License-Identifier: BSL-1.0
/// \file tests/core/format_test.cpp
#include <guestclock/calendar/format.hpp>

#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace {

using namespace guestclock;
using namespace std::string_view_literals;

constexpr unix_time at(i64 seconds, u32 nanoseconds = 0) { return *unix_time::from_parts(seconds, nanoseconds); }

/// A buffer whose other characters must stay as they are.
struct guarded {
  std::array<char, 128> all;
  guarded() { all.fill('#'); }
  char* begin() { return all.data() + 8; }
  [[nodiscard]] std::string text(std::size_t count) const { return std::string(all.data() + 8, count); }
  [[nodiscard]] bool is_untouched_but(std::size_t count) const {
    for (std::size_t i = 0; i < all.size(); ++i)
      if ((i < 8 || i >= 8 + count) && all[i] != '#') return false;
    return true;
  }
};

template <class... Time> std::string rfc3339(const Time&... time) {
  guarded buffer;
  const written text = format_rfc3339(buffer.begin(), rfc3339_size_max, time...);
  EXPECT_TRUE(buffer.is_untouched_but(text ? text.count : 0));
  return text ? buffer.text(text.count) : name_of(text.error);
}

TEST(Format, WritesRfc3339) {
  EXPECT_EQ(rfc3339(at(1'768'491'296)), "2026-01-15T15:34:56Z");
  EXPECT_EQ(rfc3339(date_time{2026, 1, 15, 15, 34, 56}), "2026-01-15T15:34:56Z");
  EXPECT_EQ(rfc3339(at(0)), "1970-01-01T00:00:00Z");
  EXPECT_EQ(rfc3339(at(-1)), "1969-12-31T23:59:59Z");
  // RFC 3339, 5.8.
  EXPECT_EQ(rfc3339(date_time{1985, 4, 12, 23, 20, 50, 520'000'000}), "1985-04-12T23:20:50.52Z");
  EXPECT_EQ(rfc3339(date_time{1996, 12, 19, 16, 39, 57, 0, -28'800}), "1996-12-19T16:39:57-08:00");
}

TEST(Format, WritesFractionsWithoutTrailingZeros) {
  EXPECT_EQ(rfc3339(at(0, 500'000'000)), "1970-01-01T00:00:00.5Z");
  EXPECT_EQ(rfc3339(at(0, 120'000'000)), "1970-01-01T00:00:00.12Z");
  EXPECT_EQ(rfc3339(at(0, 123'000'000)), "1970-01-01T00:00:00.123Z");
  EXPECT_EQ(rfc3339(at(0, 123'400'000)), "1970-01-01T00:00:00.1234Z");
  EXPECT_EQ(rfc3339(at(0, 12'300'000)), "1970-01-01T00:00:00.0123Z");
  EXPECT_EQ(rfc3339(at(0, 123'456'700)), "1970-01-01T00:00:00.1234567Z");
  EXPECT_EQ(rfc3339(at(0, 123'456'780)), "1970-01-01T00:00:00.12345678Z");
  EXPECT_EQ(rfc3339(at(0, 120'000)), "1970-01-01T00:00:00.00012Z");
  EXPECT_EQ(rfc3339(at(0, 1'000)), "1970-01-01T00:00:00.000001Z");
  EXPECT_EQ(rfc3339(at(0, 1)), "1970-01-01T00:00:00.000000001Z");
  EXPECT_EQ(rfc3339(at(-1, 999'999'999)), "1969-12-31T23:59:59.999999999Z");
}

TEST(Format, WritesOffsetsInMinutes) {
  EXPECT_EQ(rfc3339(at(0), 19'800), "1970-01-01T05:30:00+05:30");
  EXPECT_EQ(rfc3339(at(0), -60), "1969-12-31T23:59:00-00:01");
  EXPECT_EQ(rfc3339(at(0), 86'340), "1970-01-01T23:59:00+23:59");
  EXPECT_EQ(rfc3339(at(0), 61), "offset_not_in_minutes");
  EXPECT_EQ(rfc3339(at(0), -1), "offset_not_in_minutes");
  EXPECT_EQ(rfc3339(at(0), 86'400), "out_of_range");
}

TEST(Format, WritesYearsBeyondFourDigitsWithASign) {
  EXPECT_EQ(rfc3339(at(253'402'300'799)), "9999-12-31T23:59:59Z");
  EXPECT_EQ(rfc3339(at(253'402'300'800)), "+10000-01-01T00:00:00Z");
  EXPECT_EQ(rfc3339(at(-62'167'219'200)), "0000-01-01T00:00:00Z");
  EXPECT_EQ(rfc3339(at(-62'167'219'201)), "-0001-12-31T23:59:59Z");
  EXPECT_EQ(rfc3339(date_time{-12'345, 6, 7}), "-12345-06-07T00:00:00Z");
  EXPECT_EQ(rfc3339(date_time{civil_year_max, 12, 31}), "+2147485547-12-31T00:00:00Z");
  EXPECT_EQ(rfc3339(date_time{civil_year_min, 1, 1, 0, 0, 0, 123'456'789, -86'340}),
            "-2147483648-01-01T00:00:00.123456789-23:59");
  EXPECT_EQ(rfc3339_length({civil_year_min, 1, 1, 0, 0, 0, 123'456'789, -86'340}), rfc3339_size_max);
}

TEST(Format, RefusesWhatIsNoTime) {
  EXPECT_EQ(rfc3339(date_time{2026, 13, 1}), "out_of_range");
  EXPECT_EQ(rfc3339(date_time{2026, 4, 31}), "out_of_range");
  EXPECT_EQ(rfc3339(date_time{max_of<i64>, max_of<u32>, max_of<u32>}), "out_of_range");
  EXPECT_EQ(rfc3339(at(max_of<i64>)), "out_of_range");
  EXPECT_EQ(rfc3339(at(min_of<i64>)), "out_of_range");
}

TEST(Format, SaysWhatATextTakesThatDoesNotFit) {
  const date_time with_all{2026, 1, 15, 15, 34, 56, 700'000'000, 3'600};
  for (std::size_t size = 0; size <= 28; ++size) {
    guarded buffer;
    const written text = format_rfc3339(buffer.begin(), size, with_all);
    EXPECT_EQ(text.count, 27U);
    EXPECT_EQ(text.error, size < 27 ? format_error::buffer_too_small : format_error::none);
    EXPECT_TRUE(buffer.is_untouched_but(size < 27 ? 0 : 27));
    guarded other;
    const written plain = format_rfc3339(other.begin(), size, at(0));
    EXPECT_EQ(plain.count, 20U);
    EXPECT_EQ(plain.error, size < 20 ? format_error::buffer_too_small : format_error::none);
    EXPECT_TRUE(other.is_untouched_but(size < 20 ? 0 : 20));
  }
  EXPECT_EQ(format_rfc3339(nullptr, 0, with_all).count, 27U);
}

// Every day of an era, and every second of a day: the short way says what the long way does.
TEST(Format, WritesEveryDayAndEverySecondAlikeBothWays) {
  const auto expect_same = [](i64 seconds) {
    std::array<char, 20> plain{};
    std::array<char, 26> general{};
    const written by_plain = format_rfc3339(plain.data(), plain.size(), at(seconds));
    const written by_time = format_rfc3339(general.data(), general.size(), *date_time_from(at(seconds)));
    ASSERT_TRUE(by_plain && by_time);
    ASSERT_EQ(std::string_view(plain.data(), 20), std::string_view(general.data(), by_time.count));
  };
  for (i64 day = -719'528; day < 2'932'897; day += 5) ASSERT_NO_FATAL_FAILURE(expect_same(day * 86'400 + 86'399));
  for (i64 day = 0; day < 146'097; ++day) ASSERT_NO_FATAL_FAILURE(expect_same(day * 86'400));
  for (i64 second = 0; second < 86'400; ++second) ASSERT_NO_FATAL_FAILURE(expect_same(second - 86'400));
}

TEST(Format, HasNamesForItsErrors) {
  EXPECT_EQ(name_of(format_error::none), "none"sv);
  EXPECT_EQ(name_of(format_error::buffer_too_small), "buffer_too_small"sv);
  EXPECT_EQ(name_of(format_error::out_of_range), "out_of_range"sv);
  EXPECT_EQ(name_of(format_error::offset_not_in_minutes), "offset_not_in_minutes"sv);
  EXPECT_EQ(name_of(format_error::unknown_conversion), "unknown_conversion"sv);
  EXPECT_EQ(name_of(format_error::unfinished_conversion), "unfinished_conversion"sv);
  EXPECT_EQ(name_of(static_cast<format_error>(99)), "unknown"sv);
}

TEST(Format, CountsDigits) {
  EXPECT_EQ(count_year_digits(0), 4U);
  EXPECT_EQ(count_year_digits(9'999), 4U);
  EXPECT_EQ(count_year_digits(10'000), 5U);
  EXPECT_EQ(count_year_digits(999'999'999), 9U);
  EXPECT_EQ(count_year_digits(1'000'000'000), 10U);
  EXPECT_EQ(count_year_digits(4'294'967'295), 10U);
  EXPECT_EQ(two_digits(47), 0x3734U);
}

// --- strftime ---

const tm_fields noon{56, 34, 15, 15, 0, 126, 4, 14, 0, 19'800, "IST"};  // Thursday

std::string text_of(std::string_view format, const tm_fields& fields = noon) {
  guarded buffer;
  const written text = guestclock::strftime(buffer.begin(), 100, format.data(), format.size(), fields);
  EXPECT_TRUE(buffer.is_untouched_but(text ? text.count : 100));
  return text ? buffer.text(text.count) : name_of(text.error);
}
tm_fields with(auto change) {
  tm_fields fields = noon;
  change(fields);
  return fields;
}
tm_fields of_year(i32 year) {
  return with([year](tm_fields& t) { t.tm_year = year - 1'900; });
}

TEST(Strftime, KnowsTheConversionsOfPosix) {
  EXPECT_EQ(text_of("%a %A|%b %B %h"), "Thu Thursday|Jan January Jan");
  EXPECT_EQ(text_of("%c"), "Thu Jan 15 15:34:56 2026");
  EXPECT_EQ(text_of("%C %y %Y"), "20 26 2026");
  EXPECT_EQ(text_of("%d %e %D %F"), "15 15 01/15/26 2026-01-15");
  EXPECT_EQ(text_of("%g %G %V %u %w"), "26 2026 03 4 4");
  EXPECT_EQ(text_of("%H %I %k %l %M %S"), "15 03 15  3 34 56");
  EXPECT_EQ(text_of("%j %m %U %W"), "015 01 02 02");
  EXPECT_EQ(text_of("%n%t%%"), "\n\t%");
  EXPECT_EQ(text_of("%p %P %r"), "PM pm 03:34:56 PM");
  EXPECT_EQ(text_of("%R %T"), "15:34 15:34:56");
  EXPECT_EQ(text_of("%s"), "1768471496");
  EXPECT_EQ(text_of("%x %X"), "01/15/26 15:34:56");
  EXPECT_EQ(text_of("%z %Z"), "+0530 IST");
  EXPECT_EQ(text_of("%Ec|%EC|%Ex|%EX|%Ey|%EY"), "Thu Jan 15 15:34:56 2026|20|01/15/26|15:34:56|26|2026");
  EXPECT_EQ(text_of("%Ob%OB%Oh|%Od%Oe%OH%OI%Ok%Ol"), "JanJanuaryJan|1515150315 3");
  EXPECT_EQ(text_of("%Om%OM%OS%Ou%OU%OV%Ow%OW%Oy"), "0134564020340226");
  EXPECT_EQ(text_of(""), "");
  EXPECT_EQ(text_of("of no conversion"), "of no conversion");
}

TEST(Strftime, HasAWeekdayAndAMonthOfEachName) {
  constexpr std::array weekdays{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};
  constexpr std::array months{"January", "February", "March",     "April",   "May",      "June",
                              "July",    "August",   "September", "October", "November", "December"};
  for (i32 i = 0; i < 7; ++i) {
    const std::string name = weekdays[static_cast<std::size_t>(i)];
    EXPECT_EQ(text_of("%A|%a|%^A", with([i](tm_fields& t) { t.tm_wday = i; })).substr(0, name.size() + 4),
              name + "|" + name.substr(0, 3));
  }
  for (i32 i = 0; i < 12; ++i) {
    const std::string name = months[static_cast<std::size_t>(i)];
    EXPECT_EQ(text_of("%B|%b", with([i](tm_fields& t) { t.tm_mon = i; })), name + "|" + name.substr(0, 3));
  }
}

TEST(Strftime, PadsAsGlibcDoes) {
  const tm_fields early = with([](tm_fields& t) { t.tm_mday = 5, t.tm_hour = 3, t.tm_yday = 4; });
  EXPECT_EQ(text_of("%d|%_d|%-d|%e|%0e|%-e", early), "05| 5|5| 5|05|5");
  EXPECT_EQ(text_of("%5d|%_5d|%-5d|%5e|%05e", early), "00005|    5|    5|    5|00005");
  EXPECT_EQ(text_of("%j|%-j|%_j|%k|%l|%0k", early), "005|5|  5| 3| 3|03");
  EXPECT_EQ(text_of("%10a|%010a|%-10a|%+6a|%^a|%#a|%3a|%2a"),
            "       Thu|0000000Thu|       Thu|000Thu|THU|THU|Thu|Thu");
  EXPECT_EQ(text_of("%#p|%^p|%P|%^P|%#Z|%^#Z|%^Z"), "pm|PM|pm|pm|ist|ist|IST");
  EXPECT_EQ(text_of("%^Z|%#Z", with([](tm_fields& t) { t.tm_zone = "@AZ[`az{\xE1"; })), "@AZ[`AZ{\xE1|@az[`az{\xE1");
  EXPECT_EQ(text_of("%6Z|%06Z|%2Z"), "   IST|000IST|IST");
  EXPECT_EQ(text_of("%^c|%#c"), "THU JAN 15 15:34:56 2026|Thu Jan 15 15:34:56 2026");
  EXPECT_EQ(text_of("%26c|%012T|%5T"), "  Thu Jan 15 15:34:56 2026|000015:34:56|15:34:56");
  EXPECT_EQ(text_of("%3n|%03t|%2%|%3u|%_3w|%12s|%012s"), "  \n|00\t| %|004|  4|  1768471496|001768471496");
  EXPECT_EQ(text_of("%_-0d|%0-_d", early), "05| 5");
  EXPECT_EQ(text_of("%7z|%_7z|%-z|%_z"), "+000530|   +530|+530| +530");
}

TEST(Strftime, GivesYearsASignWherePosixDoes) {
  EXPECT_EQ(text_of("%Y %C %y %G", of_year(5)), "5 00 05 5");
  EXPECT_EQ(text_of("%Y %C %y", of_year(-5)), "-5 00 05");
  EXPECT_EQ(text_of("%Y %C %y", of_year(-105)), "-105 -1 05");
  EXPECT_EQ(text_of("%Y %C %y", of_year(12'345)), "12345 123 45");
  EXPECT_EQ(text_of("%+Y %+5Y %+4Y %+C %+3C", of_year(270)), "0270 +0270 0270 02 +02");
  EXPECT_EQ(text_of("%+Y %+C %+6Y", of_year(12'345)), "+12345 +123 +12345");
  EXPECT_EQ(text_of("%+Y %+C %+3C %+6Y", of_year(-5)), "-005 00 -00 -00005");
  EXPECT_EQ(text_of("%F|%12F|%+12F|%_12F|%3F", of_year(12'345)),
            "12345-01-15|012345-01-15|+12345-01-15| 12345-01-15|12345-01-15");
  EXPECT_EQ(text_of("%010Y", of_year(-5)), "-000000005");
  EXPECT_EQ(text_of("%Y|%F", of_year(999)), "999|999-01-15");
  EXPECT_EQ(text_of("%Y", with([](tm_fields& t) { t.tm_year = max_of<i32>; })), "2147485547");
}

// ISO 8601's own examples, and those of POSIX.
TEST(Strftime, CountsWeeks) {
  const auto day = [](i32 year, i32 weekday, i32 year_day) {
    return with([=](tm_fields& t) { t.tm_year = year - 1'900, t.tm_wday = weekday, t.tm_yday = year_day; });
  };
  EXPECT_EQ(text_of("%G-W%V-%u %U %W", day(1'999, 6, 1)), "1998-W53-6 00 00");
  EXPECT_EQ(text_of("%G-W%V-%u %U %W", day(1'997, 2, 363)), "1998-W01-2 52 52");
  EXPECT_EQ(text_of("%G-W%V-%u %U %W", day(2'008, 1, 363)), "2009-W01-1 52 52");
  EXPECT_EQ(text_of("%G-W%V-%u %U %W", day(2'010, 0, 2)), "2009-W53-7 01 00");
  EXPECT_EQ(text_of("%G-W%V-%u %U %W", day(2'023, 0, 0)), "2022-W52-7 01 00");
  EXPECT_EQ(text_of("%g", day(2'000, 6, 0)), "99");
}

TEST(Strftime, ShowsAQuestionMarkForWhatIsNone) {
  for (const i32 none : {-1, 7, max_of<i32>, min_of<i32>}) {
    const tm_fields fields = with([none](tm_fields& t) { t.tm_wday = none; });
    EXPECT_EQ(text_of("%a%A%u%U%W%V%G%g%w", fields), "????????" + std::to_string(none));
  }
  for (const i32 none : {-1, 366, max_of<i32>, min_of<i32>})
    EXPECT_EQ(text_of("%U%W%V%G%g%3V", with([none](tm_fields& t) { t.tm_yday = none; })), "?????  ?");
  EXPECT_EQ(text_of("%U%V", with([](tm_fields& t) { t.tm_yday = 365; })), "52?");
  for (const i32 none : {-1, 12, max_of<i32>, min_of<i32>})
    EXPECT_EQ(text_of("%b%B%h", with([none](tm_fields& t) { t.tm_mon = none; })), "???");
  EXPECT_EQ(text_of("%s", with([](tm_fields& t) { t.tm_year = t.tm_mon = max_of<i32>; })), "?");
}

TEST(Strftime, TakesAnyNumberInAnyField) {
  const i32 most = max_of<i32>, least = min_of<i32>;
  const tm_fields greatest{most, most, most, most, most, most, most, most, most, most, nullptr};
  const tm_fields smallest{least, least, least, least, least, least, least, least, least, least, nullptr};
  EXPECT_EQ(text_of("%S %M %H", greatest), "2147483647 2147483647 2147483647");
  EXPECT_EQ(text_of("%d %m %j %Y", greatest), "2147483647 2147483648 2147483648 2147485547");
  EXPECT_EQ(text_of("%I %p %z", greatest), "2147483635 PM +59652314");
  EXPECT_EQ(text_of("%d %m %j %Y", smallest), "-2147483648 -2147483647 -2147483647 -2147481748");
  EXPECT_EQ(text_of("%I %p|%z|%Z", smallest), "-2147483648 AM||");
  EXPECT_EQ(text_of("%d|%5d|%_5d|%-5d", with([](tm_fields& t) { t.tm_mday = -5; })), "-5|-0005|   -5|   -5");
  EXPECT_EQ(text_of("%H|%I|%p", with([](tm_fields& t) { t.tm_hour = 0; })), "00|12|AM");
  EXPECT_EQ(text_of("%I|%p", with([](tm_fields& t) { t.tm_hour = 12; })), "12|PM");
  EXPECT_EQ(text_of("%s", with([](tm_fields& t) { t.tm_year = 69, t.tm_gmtoff = 0, t.tm_mon = 11, t.tm_mday = 31; })),
            "-30304");
  EXPECT_EQ(text_of("%z|%5z", with([](tm_fields& t) { t.tm_isdst = -1; })), "|     ");
  EXPECT_EQ(text_of("%z", with([](tm_fields& t) { t.tm_gmtoff = -1'800; })), "-0030");
}

TEST(Strftime, SaysWhereAFormatIsWrong) {
  const auto expect_error = [](std::string_view format, format_error error, std::size_t place) {
    guarded buffer;
    const written text = guestclock::strftime(buffer.begin(), 100, format.data(), format.size(), noon);
    EXPECT_EQ(text.error, error) << format;
    EXPECT_EQ(text.count, place) << format;
  };
  expect_error("%Q", format_error::unknown_conversion, 0);
  expect_error("%Y-%m-%q", format_error::unknown_conversion, 6);
  expect_error("ab%_12Q", format_error::unknown_conversion, 2);
  expect_error("%\0"sv, format_error::unknown_conversion, 0);
  expect_error("%\xFF", format_error::unknown_conversion, 0);
  expect_error("%Ed", format_error::unknown_conversion, 0);
  expect_error("%Oc", format_error::unknown_conversion, 0);
  expect_error("%EEc", format_error::unknown_conversion, 0);
  expect_error("%E%", format_error::unknown_conversion, 0);
  expect_error("%", format_error::unfinished_conversion, 0);
  expect_error("%d%", format_error::unfinished_conversion, 2);
  expect_error("%d %-_0", format_error::unfinished_conversion, 3);
  expect_error("%^12", format_error::unfinished_conversion, 0);
  expect_error("%12E", format_error::unfinished_conversion, 0);
  expect_error("%O", format_error::unfinished_conversion, 0);
  expect_error("%5^a", format_error::unknown_conversion, 0);
}

TEST(Strftime, CopiesAnyCharacterThatIsNoConversion) {
  EXPECT_EQ(text_of("\0%H\0\xFF"sv),
            "\0"
            "15\0\xFF"sv);
  std::string long_format(1'000'000, 'x');
  long_format += "%d";
  EXPECT_EQ(guestclock::strftime(nullptr, 0, long_format.data(), long_format.size(), noon).count, 1'000'002U);
}

TEST(Strftime, WritesWhatFits) {
  for (const std::string_view format :
       {"%Y-%m-%dT%H:%M:%S"sv, "%c"sv, "%A %B"sv, "%40d%30A"sv, "%^A%s%z"sv, "%u%n%w"sv}) {
    const std::string whole = text_of(format);
    for (std::size_t size = 0; size <= whole.size() + 1; ++size) {
      guarded buffer;
      const written text = guestclock::strftime(buffer.begin(), size, format.data(), format.size(), noon);
      EXPECT_EQ(text.count, whole.size());
      EXPECT_EQ(text.error, size < whole.size() ? format_error::buffer_too_small : format_error::none);
      const std::size_t shown = size < whole.size() ? size : whole.size();
      EXPECT_EQ(buffer.text(shown), whole.substr(0, shown));
      EXPECT_TRUE(buffer.is_untouched_but(shown));
    }
  }
}

TEST(Strftime, HasNoWidthAboveTheGreatestInt) {
  for (const std::string_view format :
       {"%2147483647d"sv, "%2147483648d"sv, "%4294967298d"sv, "%99999999999999999999d"sv}) {
    guarded buffer;
    const written text = guestclock::strftime(buffer.begin(), 4, format.data(), format.size(), noon);
    EXPECT_EQ(text.count, 2'147'483'647U);
    EXPECT_EQ(buffer.text(4), "0000");
  }
  EXPECT_EQ(guestclock::strftime(nullptr, 0, "%2147483646c", 12, noon).count, 2'147'483'646U);
}

TEST(Strftime, WritesATimeByItsFields) {
  constexpr std::string_view format = "%c %j %u %z %Z";
  const auto write = [&](const date_time& time) {
    std::array<char, 64> buffer;
    const written text = guestclock::strftime(buffer.data(), buffer.size(), format.data(), format.size(), time);
    return text ? std::string(buffer.data(), text.count) : name_of(text.error);
  };
  EXPECT_EQ(write({2024, 12, 31, 1, 2, 3, 999'999'999}), "Tue Dec 31 01:02:03 2024 366 2 +0000 UTC");
  EXPECT_EQ(write({1, 1, 1, 0, 0, 0, 0, -3'600}), "Mon Jan  1 00:00:00 1 001 1 -0100 ");
  EXPECT_EQ(write({2024, 2, 30}), "out_of_range");
  EXPECT_EQ(write({-2'147'481'748, 1, 7}), "Wed Jan  7 00:00:00 -2147481748 007 3 +0000 UTC");
  EXPECT_EQ(write({-2'147'481'749, 12, 31}), "out_of_range");
}

static_assert([] {
  char buffer[40]{};
  const written text = format_rfc3339(buffer, 40, at(1'768'491'296, 5), 3'600);
  return std::string_view(buffer, text.count) == "2026-01-15T16:34:56.000000005+01:00";
}());
static_assert([] {
  char buffer[40]{};
  const written text = guestclock::strftime(buffer, 40, "%FT%T %^b %A", 12, tm_fields{0, 0, 0, 1, 0, 70, 4});
  return std::string_view(buffer, text.count) == "1970-01-01T00:00:00 JAN Thursday";
}());

}  // namespace
