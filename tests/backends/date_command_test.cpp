// SPDX-License-Identifier: BSL-1.0
// `guestclock date`: seconds to text and text to seconds.
#include "command.hpp"
#include "scratch_folder.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <string>
#include <vector>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

using guestclock::tests::guestclock_command;
using guestclock::tests::json;
using guestclock::tests::process_result;
using guestclock::tests::scratch_folder;
using guestclock::tests::with_stdin;

process_result date(std::vector<std::string> arguments, const guestclock::tests::process_options& options = {}) {
  arguments.insert(arguments.begin(), "date");
  return guestclock_command(std::move(arguments), options);
}

void expect_answer(const std::vector<std::string>& arguments, const std::string& out) {
  const auto ran = date(arguments);
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_EQ(ran.out, out + "\n");
  EXPECT_EQ(ran.err, "");
}
void expect_refusal(const std::vector<std::string>& arguments, int status, const std::string& why) {
  const auto ran = date(arguments);
  EXPECT_EQ(ran.status, status) << ran.out;
  EXPECT_EQ(ran.out, "");
  EXPECT_EQ(ran.err, "guestclock: " + why + "\n");
}

TEST(DateCommand, TurnsSecondsIntoText) {
  expect_answer({"--unix", "1768491296"}, "2026-01-15T15:34:56Z");
  expect_answer({"--unix", "1768491296.25"}, "2026-01-15T15:34:56.25Z");
  expect_answer({"--unix", "-1.5"}, "1969-12-31T23:59:58.5Z");
  expect_answer({"--unix", "-0.000000001"}, "1969-12-31T23:59:59.999999999Z");
  expect_answer({"--unix=-0"}, "1970-01-01T00:00:00Z");
  expect_answer({"--unix", "253402300800"}, "+10000-01-01T00:00:00Z");
  expect_answer({"--unix", "-62198755200"}, "-0001-01-01T00:00:00Z");
}

TEST(DateCommand, TurnsTextIntoSeconds) {
  expect_answer({"--parse", "2026-01-15T15:34:56Z"}, "1768491296");
  expect_answer({"--parse", "2026-01-15T21:04:56.250+05:30"}, "1768491296.25");
  expect_answer({"--parse", "1969-12-31T23:59:58.5Z"}, "-1.5");
  expect_answer({"--parse", "1969-12-31T23:59:59.5Z"}, "-0.5");
  expect_answer({"--parse", "-0001-01-01T00:00:00Z"}, "-62198755200");
  expect_answer({"--parse=+10000-01-01T00:00:00Z"}, "253402300800");
}

TEST(DateCommand, ReachesBothEndsOfTheCalendar) {
  for (const std::string seconds : {"-67768100567971200", "67768036191676799", "67768036191676799.999999999"}) {
    const auto text = date({"--unix", seconds}).out;
    expect_answer({"--parse", text.substr(0, text.size() - 1)}, seconds);
  }
  const std::string bounds =
      " is not in [-67768100567971200, 67768036191676799], the seconds of the years -2147483648 "
      "to 2147485547";
  for (const std::string seconds : {"-67768100567971201", "-67768100567971200.5", "67768036191676800",
                                    "9223372036854775808", "99999999999999999999999"})
    expect_refusal({"--unix", seconds}, 1, "'" + seconds + "'" + bounds);
}

TEST(DateCommand, RefusesWhatAnOffsetLeadsOutOfTheCalendar) {
  const std::vector<std::pair<std::string, std::string>> texts{
      {"+2147485547-12-31T23:59:59-01:00", "after the year 2147485547"},
      {"-2147483648-01-01T00:00:00+01:00", "before the year -2147483648"}};
  for (const auto& [text, where] : texts) {
    const std::string why = "'" + text + "' is " + where + " in UTC";
    expect_refusal({"--parse", text}, 1, why);
    EXPECT_EQ(json::parse(date({"--parse", text, "--json"}).out, nullptr, false)["why"], why);
  }
  expect_answer({"--parse", "+2147485547-12-31T22:59:59-01:00"}, "67768036191676799");
}

TEST(DateCommand, SaysNowWhereNothingIsAsked) {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  const auto ran = date({});
  EXPECT_EQ(ran.status, 0) << ran.err;
  const auto seconds = std::stoll(date({"--parse", ran.out.substr(0, ran.out.size() - 1)}).out);
  EXPECT_NEAR(static_cast<double>(seconds),
              static_cast<double>(std::chrono::duration_cast<std::chrono::seconds>(since).count()), 60);
}

TEST(DateCommand, TakesFormatsEitherWay) {
  expect_answer({"--unix", "0", "--format", "%A %e %B %Y, week %V"}, "Thursday  1 January 1970, week 01");
  expect_answer({"--parse", "Thu 15 Jan 2026 15:34", "--format", "%a %d %b %Y %R"}, "1768491240");
  expect_answer({"--parse", "15:34 +0530", "--format", "%R %z"}, "36240");
  expect_answer({"--unix", "0", "--format", ""}, "");
  const std::string wide = date({"--unix", "0", "--format", "%500Y"}).out;
  EXPECT_EQ(wide.size(), 501U);
}

TEST(DateCommand, SaysWhatIsWrongAndWhere) {
  expect_refusal({"--parse", "2024-04-31T00:00:00Z"}, 1,
                 "day 31 is not in [1, 30] for month 4 of year 2024, at character 9 of '2024-04-31T00:00:00Z'");
  expect_refusal({"--parse", "2016-12-31T23:59:60Z"}, 1,
                 "second 60 is not in [0, 59]; this calendar has no leap seconds, at character 18 of "
                 "'2016-12-31T23:59:60Z'");
  expect_refusal({"--parse", "2024-13-01T00:00:00Z"}, 1,
                 "month 13 is not in [1, 12], at character 6 of '2024-13-01T00:00:00Z'");
  expect_refusal({"--parse", "2024-01-01T00:00:00+05:75"}, 1,
                 "the offset's minute 75 is not in [0, 59], at character 24 of '2024-01-01T00:00:00+05:75'");
  expect_refusal({"--parse", "2024-01-01 00:00:00Z"}, 1,
                 "character 11 of '2024-01-01 00:00:00Z': ' ' stands where 'T' has to stand");
  expect_refusal({"--parse", "2024-01-01T00:00:00"}, 1,
                 "'2024-01-01T00:00:00' ends where Z or an offset like +05:30 has to stand; write it like "
                 "2024-02-29T12:30:15Z");
  expect_refusal({"--parse", "2024-01-01T00:00:00Zulu"}, 1,
                 "character 21 of '2024-01-01T00:00:00Zulu': the time has ended before it; leave it out");
  expect_refusal({"--parse", "2024-01-01T00:00:00.1234567890Z"}, 1,
                 "character 30 of '2024-01-01T00:00:00.1234567890Z': one digit too many; a fraction has at most 9, a "
                 "year with a sign at most 10");
}

TEST(DateCommand, SaysWhatTheFormatDoesNotFind) {
  const auto with = [](const std::string& text, const std::string& format) {
    return std::vector<std::string>{"--parse", text, "--format", format};
  };
  expect_refusal(with("31 4 2024", "%d %m %Y"), 1, "day 31 is not in [1, 30] for month 4 of year 2024, in '31 4 2024'");
  expect_refusal(with("25:00", "%R"), 1, "25 is not in [0, 23] for %H, at character 1 of '25:00'");
  expect_refusal(with("Frx", "%a"), 1, "character 1 of 'Frx': a weekday's name in English has to stand there");
  expect_refusal(with("Juz", "%b"), 1, "character 1 of 'Juz': a month's name in English has to stand there");
  expect_refusal(with("5 xm", "%I %p"), 1, "character 3 of '5 xm': AM or PM has to stand there");
  expect_refusal(with("5 ", "%I %p"), 1, "'5 ' ends where AM or PM has to stand; write it as the format says");
  expect_refusal(with("5", "%z"), 1, "character 1 of '5': '5' stands where Z or an offset like +0530 has to stand");
  expect_refusal(with("2024-", "%Y"), 1, "character 5 of '2024-': the time has ended before it; leave it out");
  expect_refusal(with("2024/", "%Y-"), 1, "character 5 of '2024/': '/' stands where '-' has to stand");
  expect_refusal(with("1", "%Q"), 2, "the format has no such conversion, at character 2 of '%Q'; see strptime(3)");
  expect_refusal(with("999999999999999999999", "%s"), 1, "character 18 of '999999999999999999999': one digit too many");
  expect_refusal({"--unix", "0", "--format", "%Q"}, 2,
                 "the format '%Q' has a conversion that there is not, or ends within one (unknown_conversion); see "
                 "strftime(3)");
  expect_refusal({"--unix", "-67768100567971200", "--format", "%Y"}, 1,
                 "the year of -67768100567971200 s is not one that a format can say: it is below -2147481748");
}

TEST(DateCommand, ShowsNothingThatATerminalWouldObey) {
  const auto ran = date({"--parse", "\x1B[31m\n\xFF"});
  EXPECT_EQ(ran.err, "guestclock: character 1 of '\\x1B[31m\\x0A\\xFF': '\\x1B' stands where a digit has to stand\n");
  const auto longest = date({"--parse", std::string(100'000, '7')});
  EXPECT_LT(longest.err.size(), 200U);
}

TEST(DateCommand, IsMisusedWithStatus2) {
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"--unix", "1", "--parse", "2024-01-01T00:00:00Z"},
        {"--parse"},
        {"--parse", ""},
        {"--stdin", "--unix", "1"},
        {"--stdin", "--parse", "2024-01-01T00:00:00Z"},
        {"--unix"},
        {"--zone", "UTC"}}) {
    const auto ran = date(arguments);
    EXPECT_EQ(ran.status, 2);
    EXPECT_EQ(ran.out, "");
    EXPECT_TRUE(ran.err.starts_with("guestclock: ")) << ran.err;
  }
  for (const std::string seconds : {"-", "x", "1x", "1.", ".5", "+1", " 1", "1.x", "0.1234567890", "0x10", "1e3"})
    expect_refusal({"--unix=" + seconds}, 2,
                   "'" + seconds +
                       "' are no seconds since 1970: write an optional -, digits, and if need be a point and "
                       "up to 9 digits, like -1.5");
}

TEST(DateCommand, AnswersInJson) {
  const std::vector<std::string> keys{"seconds", "nanoseconds", "text", "why", "position"};
  const auto with_json = [](const process_result& ran) { return json::parse(ran.out, nullptr, false); };
  const auto ran = date({"--unix", "-1.5", "--json"});
  EXPECT_EQ(ran.status, 0);
  EXPECT_EQ(guestclock::tests::parsed_object(ran, keys), (json{{"seconds", -2},
                                                               {"nanoseconds", 500'000'000},
                                                               {"text", "1969-12-31T23:59:58.5Z"},
                                                               {"why", nullptr},
                                                               {"position", nullptr}}));
  EXPECT_EQ(with_json(date({"--unix", "0", "--format", "%Y", "--json"}))["text"], "1970");
  EXPECT_EQ(with_json(date({"--parse", "1970-01-01T01:00:00+01:00", "--json"}))["text"], "1970-01-01T00:00:00Z");
  const auto bad = date({"--parse", "2024-04-31T00:00:00Z", "--json"});
  EXPECT_EQ(bad.status, 1);
  const json object = guestclock::tests::parsed_object(bad, keys);
  EXPECT_EQ(object["seconds"], nullptr);
  EXPECT_EQ(object["position"], 8);
  EXPECT_NE(bad.err.find("day 31"), std::string::npos);
  const auto lines = date({"--parse", "--stdin", "--json"}, with_stdin("1970-01-01T00:00:00Z\n\xFF\n"));
  EXPECT_EQ(lines.status, 1);
  const std::size_t end = lines.out.find('\n');
  EXPECT_EQ(json::parse(lines.out.substr(0, end), nullptr, false)["seconds"], 0);
  EXPECT_EQ(json::parse(lines.out.substr(end), nullptr, false)["position"], 0);
}

TEST(DateCommand, AnswersEachLineInItsPlace) {
  const auto ran = date({"--stdin"}, with_stdin("0\n-1.5\nx\n\n1768491296\r\n5"));
  EXPECT_EQ(ran.status, 1);
  const std::string why =
      " are no seconds since 1970: write an optional -, digits, and if need be a point and up to 9 "
      "digits, like -1.5\n";
  EXPECT_EQ(ran.out, "1970-01-01T00:00:00Z\n1969-12-31T23:59:58.5Z\nerror: 'x'" + why + "error: ''" + why +
                         "2026-01-15T15:34:56Z\n1970-01-01T00:00:05Z\n");
  EXPECT_EQ(ran.err,
            "guestclock: line 3: 'x'" + why + "guestclock: line 4: ''" + why +
                "guestclock: 2 of 6 lines are bad, and say so in their place on standard output; all others are "
                "answered\n");
  const auto back = date({"--parse", "--stdin"}, with_stdin("2026-01-15T15:34:56Z\n1969-12-31T23:59:58.5Z\n"));
  EXPECT_EQ(back.status, 0) << back.err;
  EXPECT_EQ(back.out, "1768491296\n-1.5\n");
  EXPECT_EQ(back.err, "");
  EXPECT_EQ(date({"--stdin"}, with_stdin("")).status, 0);
}

TEST(DateCommand, TellsTheFirstTenBadLinesAndCountsTheRest) {
  std::string input;
  for (int i = 0; i < 100; ++i) input += "bad\n";
  const auto ran = date({"--stdin", "--parse"}, with_stdin(input + "1970-01-01T00:00:00Z"));
  EXPECT_EQ(ran.status, 1);
  EXPECT_EQ(std::count(ran.err.begin(), ran.err.end(), '\n'), 11);
  EXPECT_NE(ran.err.find("100 of 101 lines are bad"), std::string::npos);
  EXPECT_EQ(std::count(ran.out.begin(), ran.out.end(), '\n'), 101);
  EXPECT_TRUE(ran.out.ends_with("\n0\n"));
}

TEST(DateCommand, StopsAtAFormatThatNoLineCanHave) {
  const auto ran = date({"--stdin", "--format", "%Q"}, with_stdin("0\n1\n"));
  EXPECT_EQ(ran.status, 2);
  EXPECT_EQ(std::count(ran.err.begin(), ran.err.end(), '\n'), 1) << ran.err;
}

TEST(DateCommand, ConvertsAMillionLinesThereAndBack) {
  std::string seconds;
  for (int i = 0; i < 1'000'000; ++i) seconds += std::to_string(i * 2'777LL - 1'000'000'000) + "\n";
  const auto begin = std::chrono::steady_clock::now();
  const auto there = date({"--stdin"}, with_stdin(seconds));
  const auto back = date({"--stdin", "--parse"}, with_stdin(there.out));
  EXPECT_EQ(there.status, 0);
  EXPECT_TRUE(back.out == seconds);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(20));  // it is less than one
}

TEST(DateCommand, TakesLinesOfAnyLengthAndZeros) {
  const auto ran = date({"--stdin", "--parse"}, with_stdin(std::string(1 << 20, '7') + "\n" + std::string(3, '\0') +
                                                           "\n1970-01-01T00:00:00Z\n"));
  EXPECT_EQ(ran.status, 1);
  EXPECT_TRUE(
      ran.out.ends_with("\nerror: character 1 of '\\x00\\x00\\x00': '\\x00' stands where a digit has to stand\n0\n"))
      << ran.out;
}

TEST(DateCommand, SaysWhereItCannotReadOrWrite) {
  const scratch_folder folder;
  const auto unread = date({"--stdin"}, guestclock::tests::with_stdin_from(folder / ""));
  EXPECT_EQ(unread.status, 2);
  EXPECT_EQ(unread.err, "guestclock: cannot read standard input: Is a directory\n");
  guestclock::tests::process_options full = with_stdin("5\n6\n");
  full.stdout_path = "/dev/full";
  const auto unwritten = date({"--stdin"}, full);
  EXPECT_EQ(unwritten.status, 2);
  EXPECT_NE(unwritten.err.find("No space left on device"), std::string::npos);
}

/// What a terminal shows of stderr while lines come slowly.
std::string shown_on_terminal() {
  const int terminal = posix_openpt(O_RDWR | O_NOCTTY);
  if (terminal < 0 || grantpt(terminal) != 0 || unlockpt(terminal) != 0) return "no terminal";
  const int slave = open(ptsname(terminal), O_RDWR | O_NOCTTY);
  int input[2];
  if (pipe(input) != 0) return "no pipe";
  const pid_t child = fork();
  if (child == 0) {
    dup2(input[0], STDIN_FILENO);
    dup2(open("/dev/null", O_WRONLY), STDOUT_FILENO);
    dup2(slave, STDERR_FILENO);
    close(input[1]);
    execl(GUESTCLOCK_PATH, GUESTCLOCK_PATH, "date", "--stdin", nullptr);
    _exit(127);
  }
  close(input[0]);
  close(slave);
  for (int i = 0; i < 4; ++i) {
    if (write(input[1], "5\n5\n", 4) != 4) break;
    usleep(250'000);
  }
  close(input[1]);
  int status = 0;
  waitpid(child, &status, 0);
  std::string text;
  char part[256];
  for (ssize_t size = 0; (size = read(terminal, part, sizeof part)) > 0;)
    text.append(part, static_cast<std::size_t>(size));
  close(terminal);
  return text;
}

TEST(DateCommand, ShowsProgressOnATerminalAndTakesItAway) {
  const std::string text = shown_on_terminal();
  EXPECT_NE(text.find(" lines"), std::string::npos) << text;
  EXPECT_TRUE(text.ends_with("\r\x1B[K")) << text;
}

}  // namespace
