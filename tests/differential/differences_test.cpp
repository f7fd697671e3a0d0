// SPDX-License-Identifier: BSL-1.0
/// Every row of docs/calendar-differences.md is run, on both sides: what it says of ours and of theirs is so.
///
/// A row's input is a function and its arguments, one of:
///
///     strftime "FORMAT" FIELD=VALUE…     2026-01-15T15:34:56Z, a Thursday, but for these fields
///     strptime "FORMAT" "TEXT"           year-month-day hour:minute:second, weekday, day of the year, offset, where it ended
///     timegm FIELD=VALUE…                1970-01-01T00:00:00, but for these fields
///     gmtime SECONDS
///     std::chrono YEAR-MONTH-DAY         the day that it is;  date, the same
///     absl::FromCivil YEAR-MONTH-DAY     its seconds
///     absl::ParseTime "TEXT"             its seconds
#include <cerrno>
#include <chrono>
#include <fstream>
#include <map>
#include <regex>
#include <vector>

#include <gtest/gtest.h>

#include <guestclock/calendar/format.hpp>
#include <guestclock/calendar/parse.hpp>

#include "inputs.hpp"

#ifdef GUESTCLOCK_HAS_DATE
#include <date/date.h>
#endif
#ifdef GUESTCLOCK_HAS_ABSL
#include <absl/time/time.h>
#endif

namespace {

using namespace guestclock;
using namespace guestclock::differential;

struct row {
  std::string input, ours, theirs, right, source;
};
std::string without_marks(std::string cell) {
  const auto begin = cell.find_first_not_of(' '), end = cell.find_last_not_of(' ');
  cell = begin == std::string::npos ? "" : cell.substr(begin, end - begin + 1);
  if (cell.size() >= 2 && cell.front() == '`' && cell.back() == '`') cell = cell.substr(1, cell.size() - 2);
  return cell;
}
std::vector<row> rows() {
  std::ifstream file(GUESTCLOCK_DIFFERENCES);
  std::vector<row> found;
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("| `")) continue;
    std::vector<std::string> cells;
    std::size_t begin = 1;
    for (std::size_t end; (end = line.find('|', begin)) != std::string::npos; begin = end + 1)
      cells.push_back(without_marks(line.substr(begin, end - begin)));
    if (cells.size() != 5) throw std::runtime_error("not five cells: " + line);
    found.push_back({cells[0], cells[1], cells[2], cells[3], cells[4]});
  }
  return found;
}

/// Words and "quoted texts".
std::vector<std::string> words_of(const std::string& input) {
  std::vector<std::string> words;
  const std::regex word("\"([^\"]*)\"|([^ \"]+)");
  for (std::sregex_iterator each(input.begin(), input.end(), word), end; each != end; ++each)
    words.push_back((*each)[1].matched ? (*each)[1].str() : (*each)[2].str());
  return words;
}

void set_fields(std::tm& time, const std::vector<std::string>& words, std::size_t from) {
  const std::map<std::string, int std::tm::*> fields{
      {"tm_sec", &std::tm::tm_sec},   {"tm_min", &std::tm::tm_min},   {"tm_hour", &std::tm::tm_hour},
      {"tm_mday", &std::tm::tm_mday}, {"tm_mon", &std::tm::tm_mon},   {"tm_year", &std::tm::tm_year},
      {"tm_wday", &std::tm::tm_wday}, {"tm_yday", &std::tm::tm_yday}, {"tm_isdst", &std::tm::tm_isdst}};
  for (std::size_t i = from; i < words.size(); ++i) {
    const auto equals = words[i].find('=');
    const std::string name = words[i].substr(0, equals);
    const long value = std::stol(words[i].substr(equals + 1));
    if (name == "tm_gmtoff") {
      time.tm_gmtoff = value;
    } else {
      time.*fields.at(name) = static_cast<int>(value);
    }
  }
}

struct told {
  std::string ours, theirs;
};

told run_strftime(const std::vector<std::string>& words) {
  const std::time_t seconds = 1'768'491'296;
  std::tm time{};
  gmtime_r(&seconds, &time);
  time.tm_zone = "UTC";
  set_fields(time, words, 2);
  const std::string& format = words.at(1);
  std::array<char, 256> ours{}, theirs{};
  const written text = strftime(ours.data(), ours.size(), format.data(), format.size(), fields_of(time));
  const std::size_t size = ::strftime(theirs.data(), theirs.size(), format.c_str(), &time);
  return {text ? '[' + std::string(ours.data(), text.count) + ']' : name_of(text.error),
          '[' + std::string(theirs.data(), size) + ']'};
}

template <class Time> std::string tell(const Time& time, std::size_t end) {
  std::array<char, 256> text{};
  std::snprintf(text.data(), text.size(), "%ld-%02d-%02d %02d:%02d:%02d, weekday %d, day %d, %+ld s, %zu read",
                static_cast<long>(time.tm_year) + 1900, time.tm_mon + 1, time.tm_mday, time.tm_hour, time.tm_min,
                time.tm_sec, time.tm_wday, time.tm_yday, static_cast<long>(time.tm_gmtoff), end);
  return text.data();
}
told run_strptime(const std::vector<std::string>& words) {
  const std::string &format = words.at(1), &text = words.at(2);
  const auto ours = strptime(text.data(), text.size(), format.data(), format.size());
  std::tm time{};
  const char* end = ::strptime(text.c_str(), format.c_str(), &time);
  return {ours ? tell(ours->fields, ours->end)
               : name_of(ours.error().fault) + std::string(" at ") + std::to_string(ours.error().position),
          end != nullptr ? tell(time, static_cast<std::size_t>(end - text.c_str())) : "null"};
}

told run_timegm(const std::vector<std::string>& words) {
  std::tm time{};
  time.tm_year = 70;
  time.tm_mday = 1;
  set_fields(time, words, 1);
  const auto ours = carry_over(
      civil_fields{i64{time.tm_year} + 1900, i64{time.tm_mon} + 1, time.tm_mday, time.tm_hour, time.tm_min, time.tm_sec});
  errno = 0;
  const std::time_t theirs = timegm(&time);
  return {ours ? std::to_string(ours->day * seconds_per_day + ours->second) : name_of(ours.error()),
          theirs == -1 && errno == EOVERFLOW ? "EOVERFLOW" : std::to_string(theirs)};
}

std::string date_of_numbers(std::int64_t year, unsigned month, unsigned day) {
  return std::to_string(year) + '-' + std::to_string(month) + '-' + std::to_string(day);
}
told run_gmtime(const std::vector<std::string>& words) {
  const std::int64_t seconds = std::stoll(words.at(1));
  const auto ours = date_time_from(*unix_time::from_parts(seconds, 0));
  const std::time_t point = seconds;
  std::tm theirs{};
  errno = 0;
  const bool shows = gmtime_r(&point, &theirs) != nullptr;
  return {ours ? date_of_numbers(ours->year, ours->month, ours->day) : name_of(ours.error()),
          shows ? date_of_numbers(std::int64_t{theirs.tm_year} + 1900, static_cast<unsigned>(theirs.tm_mon) + 1,
                                  static_cast<unsigned>(theirs.tm_mday))
                : (errno == EOVERFLOW ? "EOVERFLOW" : "null")};
}

civil_date date_in(const std::string& text) {
  std::smatch parts;
  if (!std::regex_match(text, parts, std::regex("(-?[0-9]+)-([0-9]+)-([0-9]+)"))) throw std::runtime_error(text);
  return {std::stoll(parts[1]), static_cast<u32>(std::stoul(parts[2])), static_cast<u32>(std::stoul(parts[3]))};
}
std::string our_day(const civil_date& date) {
  const auto day = days_from_civil(date);
  return day ? std::to_string(*day) : name_of(day.error());
}

told run(const row& each) {
  const auto words = words_of(each.input);
  const std::string& function = words.at(0);
  if (function == "strftime") return run_strftime(words);
  if (function == "strptime") return run_strptime(words);
  if (function == "timegm") return run_timegm(words);
  if (function == "gmtime") return run_gmtime(words);
  if (function == "std::chrono") {
    const civil_date date = date_in(words.at(1));
    const std::chrono::sys_days theirs(std::chrono::year_month_day(std::chrono::year(static_cast<int>(date.year)),
                                                                   std::chrono::month(date.month),
                                                                   std::chrono::day(date.day)));
    return {our_day(date), std::to_string(theirs.time_since_epoch().count())};
  }
#ifdef GUESTCLOCK_HAS_DATE
  if (function == "date") {
    const civil_date date = date_in(words.at(1));
    const date::sys_days theirs(date::year_month_day(date::year(static_cast<int>(date.year)), date::month(date.month),
                                                     date::day(date.day)));
    return {our_day(date), std::to_string(theirs.time_since_epoch().count())};
  }
#endif
#ifdef GUESTCLOCK_HAS_ABSL
  if (function == "absl::FromCivil") {
    const civil_date date = date_in(words.at(1));
    const auto ours = unix_time_of({date.year, date.month, date.day});
    const absl::Time theirs = absl::FromCivil(absl::CivilDay(date.year, date.month, date.day), absl::UTCTimeZone());
    return {ours ? std::to_string(ours->seconds()) : name_of(ours.error()),
            theirs == absl::InfiniteFuture() || theirs == absl::InfinitePast()
                ? "infinite"
                : std::to_string(absl::ToUnixSeconds(theirs))};
  }
  if (function == "absl::ParseTime") {
    const std::string& text = words.at(1);
    const auto ours = parse_unix_time(text.data(), text.size());
    absl::Time theirs;
    const bool reads = absl::ParseTime(absl::RFC3339_full, text, &theirs, nullptr);
    const bool finite = reads && theirs != absl::InfiniteFuture() && theirs != absl::InfinitePast();
    return {ours ? std::to_string(ours->seconds())
                 : name_of(ours.error().fault) + std::string(" at ") + std::to_string(ours.error().position),
            !reads ? "nothing" : finite ? std::to_string(absl::ToUnixSeconds(theirs)) : "infinite"};
  }
#endif
  if (function == "date" || function.starts_with("absl::")) return {each.ours, each.theirs};  // the peer is absent
  throw std::runtime_error("no function is called " + function);
}

TEST(CalendarDifferences, EachIsStillAsItIsWritten) {
  setenv("TZ", "UTC0", 1);
  tzset();
  const auto all = rows();
  ASSERT_GT(all.size(), 40U);
  for (const row& each : all) {
    const told now = run(each);
    EXPECT_EQ(now.ours, each.ours) << each.input << ", ours";
    EXPECT_EQ(now.theirs, each.theirs) << each.input << ", theirs";
    EXPECT_NE(each.ours, each.theirs) << each.input << " is no difference";
    EXPECT_TRUE(each.right == "ours" || each.right == "theirs" || each.right == "unspecified") << each.input;
    EXPECT_FALSE(each.source.empty()) << each.input;
  }
}

TEST(CalendarDifferences, ARowThatIsWrongIsSeen) {
  const row wrong{"gmtime 0", "1970-1-2", "1970-1-1", "ours", "nobody"};
  EXPECT_NE(run(wrong).ours, wrong.ours);
  EXPECT_THROW(run({"gmtime_s 0", "", "", "", ""}), std::runtime_error);
}

}  // namespace
