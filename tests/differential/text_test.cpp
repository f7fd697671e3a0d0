// SPDX-License-Identifier: BSL-1.0
/// strftime and strptime against the C library's. What differs is of a class that docs/calendar-differences.md names.
#include <algorithm>
#include <cstring>

#include <gtest/gtest.h>

#include <guestclock/calendar/format.hpp>
#include <guestclock/calendar/parse.hpp>

#include "inputs.hpp"

namespace {

using namespace guestclock;
using namespace guestclock::differential;

const std::string conversions = "aAbBcCdDeFgGhHIjklmMnpPrRsStTuUVwWxXyYzZ%";

struct both {
  std::string ours, theirs;
};
both formatted(const std::string& format, const std::tm& time) {
  std::array<char, 512> ours{}, theirs{};
  const written text = strftime(ours.data(), ours.size(), format.data(), format.size(), fields_of(time));
  std::tm copy = time;
  const std::size_t size = ::strftime(theirs.data(), theirs.size(), format.c_str(), &copy);
  return {text ? std::string(ours.data(), text.count) : std::string("error ") + name_of(text.error),
          std::string(theirs.data(), size)};
}
std::string said(const std::string& format, const std::tm& time, const both& text) {
  return '"' + format + "\" ours [" + text.ours + "] theirs [" + text.theirs + "] year " + std::to_string(time.tm_year) +
         " month " + std::to_string(time.tm_mon) + " weekday " + std::to_string(time.tm_wday);
}
bool is_in(char conversion, const char* characters) { return std::strchr(characters, conversion) != nullptr; }

/// Times that gmtime_r gives, of years that are not negative: every conversion, flag and width, but + (which this C
/// library may not know), a width of F and z, and one of a number that is negative.
TEST(TextDifferential, StrftimeOfValidTimesAsTheCLibrary) {
  setenv("TZ", "UTC0", 1);
  tzset();
  inputs in;
  for (int round = 0; round < 400'000; ++round) {
    const std::time_t seconds = in.between(-62'167'219'200, in.one_in(4) ? tm_seconds_high - 60'000'000'000 : 400'000'000'000);
    std::tm time{};
    gmtime_r(&seconds, &time);
    const char conversion = in.one_of(conversions);
    std::string format = "%";
    for (auto flags = in.between(0, 2); flags > 0; --flags) format += in.one_of("_-0^#");
    if (in.one_in(3) && !is_in(conversion, "Fzs")) format += std::to_string(in.between(1, 14));
    if (in.one_in(5) && is_in(conversion, "cCxXyY")) format += 'E';
    else if (in.one_in(5) && is_in(conversion, "bBdehHImMSuUVwWy")) format += 'O';
    format += conversion;
    // Year 0 to 1899 and the century: as both have it. A year whose iso week's year is −1 is negative.
    if (is_in(conversion, "gG") && seconds < -62'135'596'800) continue;
    if (conversion == 'C' && time.tm_year < -900) continue;  // one digit there
    if (conversion == 'z' && format.find('_') != std::string::npos) continue;
    const both text = formatted(format, time);
    ASSERT_EQ(text.ours, text.theirs) << said(format, time, text);
  }
}

/// Any int in any field. What differs is a year that is negative or does not fit an int with 1900 (C D F g G x y Y c), a
/// weekday or a day of the year that is none (g G u U V W), a month or a day of the year that does not fit with 1 (D j m
/// x F), and what %s and %z make of an offset.
TEST(TextDifferential, StrftimeOfAnyFieldsDiffersWhereItIsSaidTo) {
  setenv("TZ", "UTC0", 1);
  tzset();
  inputs in;
  int same = 0, different = 0;
  for (int round = 0; round < 400'000; ++round) {
    const std::tm time = in.any_tm();
    const char conversion = in.one_of(conversions);
    const std::string format = std::string("%") + conversion;
    const both text = formatted(format, time);
    if (text.ours == text.theirs) {
      ++same;
      continue;
    }
    ++different;
    const bool year = is_in(conversion, "CDFgGxyYc") && (time.tm_year < -1900 || time.tm_year > INT_MAX - 1900);
    const bool weekday = is_in(conversion, "gGuUVW") &&
                         (time.tm_wday < 0 || time.tm_wday > 6 || time.tm_yday < 0 ||
                          time.tm_yday >= static_cast<int>(days_in_year(i64{time.tm_year} + 1900)));
    const bool one_more = is_in(conversion, "DjmxF") && (time.tm_mon == INT_MAX || time.tm_yday == INT_MAX);
    const bool year_of_weeks = is_in(conversion, "gG") && time.tm_year <= -1899;
    const bool century = conversion == 'C' && time.tm_year < -900;
    const bool offset = is_in(conversion, "sz");
    ASSERT_TRUE(year || century || weekday || one_more || year_of_weeks || offset) << said(format, time, text);
  }
  EXPECT_GT(same, 5 * different);
}

struct found {
  std::string ours, theirs;
};
template <class Time> std::string told(const Time& time, std::size_t end) {
  return std::to_string(time.tm_year) + ' ' + std::to_string(time.tm_mon) + ' ' + std::to_string(time.tm_mday) + ' ' +
         std::to_string(time.tm_hour) + ' ' + std::to_string(time.tm_min) + ' ' + std::to_string(time.tm_sec) + " w" +
         std::to_string(time.tm_wday) + " y" + std::to_string(time.tm_yday) + " z" + std::to_string(time.tm_gmtoff) +
         " end " + std::to_string(end);
}
found read(const std::string& format, const std::string& text) {
  const auto ours = strptime(text.data(), text.size(), format.data(), format.size());
  std::tm time{};
  const char* end = ::strptime(text.c_str(), format.c_str(), &time);
  return {ours ? told(ours->fields, ours->end) : "nothing",
          end != nullptr ? told(time, static_cast<std::size_t>(end - text.c_str())) : "nothing"};
}

/// Text that strftime wrote, some of it then changed in a place: every conversion but %s (a negative one), %Ey, years
/// before 1 and offsets of a day.
TEST(TextDifferential, StrptimeAsTheCLibrary) {
  setenv("TZ", "UTC0", 1);
  tzset();
  inputs in;
  int read_by_both = 0;
  for (int round = 0; round < 400'000; ++round) {
    const std::time_t seconds = in.between(0, 250'000'000'000);  // years of four digits
    std::tm time{};
    gmtime_r(&seconds, &time);
    const std::string format = std::string("%") + in.one_of(conversions);
    std::array<char, 128> buffer{};
    std::string text(buffer.data(), ::strftime(buffer.data(), buffer.size(), format.c_str(), &time));
    if (in.one_in(3) && !text.empty())
      text[static_cast<std::size_t>(in.between(0, static_cast<std::int64_t>(text.size()) - 1))] = in.one_of("0123459 a:");
    if (in.one_in(4)) text += in.one_of(" 0x");
    const found times = read(format, text);
    if (format == "%z" && times.ours == "nothing" && text[1] >= '2') continue;  // an offset of a day and more
    if (is_in(format[1], "CYF") && (text.starts_with("0") || text.starts_with(" "))) continue;  // the year 0 or so
    ASSERT_EQ(times.ours, times.theirs) << format << " [" << text << ']';
    if (times.ours != "nothing") ++read_by_both;
  }
  EXPECT_GT(read_by_both, 200'000);
}

}  // namespace
