// SPDX-License-Identifier: BSL-1.0
// How `guestclock watch` ends, what it shows on a terminal, and that it does not grow.
#include "command.hpp"
#include "running_process.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <thread>

#include <unistd.h>

namespace {

using namespace guestclock::tests;
using strings = std::vector<std::string>;
using std::chrono::seconds;
using time_point = std::chrono::steady_clock::time_point;

strings watch(const strings& arguments) {
  strings command{GUESTCLOCK_PATH, "watch", "--source", "simulated"};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return command;
}
time_point now() { return std::chrono::steady_clock::now(); }

TEST(WatchEnding, SumsUpAtASignal) {
  for (const int signal : {SIGINT, SIGTERM}) {
    running_process watched(watch({"--interval", "20ms"}));
    ASSERT_TRUE(watched.read_until("\n", 6)) << watched.out();
    watched.send(signal);
    EXPECT_EQ(watched.wait(), 0) << watched.err();
    EXPECT_EQ(watched.err(), "");
    for (const char* part : {"\nwatched  ", "\nrate  ", "\nsteps  ", "\nstops  "})
      EXPECT_NE(watched.out().find(part), std::string::npos) << part << " is not in\n" << watched.out();
  }
}

TEST(WatchEnding, EndsAtOnceInTheMiddleOfALongInterval) {
  for (const int signal : {SIGINT, SIGTERM}) {
    running_process watched(watch({"--interval", "1h", "--json"}));
    ASSERT_TRUE(watched.read_until("\n")) << watched.out();
    const auto start = now();
    watched.send(signal);
    EXPECT_EQ(watched.wait(), 0);
    EXPECT_LT(now() - start, seconds(5));
    EXPECT_EQ(std::count(watched.out().begin(), watched.out().end(), '\n'), 2) << "a last reading\n" << watched.out();
    EXPECT_EQ(watched.out().back(), '\n');
  }
}

TEST(WatchEnding, WritesWholeLinesOnly) {
  running_process watched(watch({"--interval", "1ms", "--json"}));
  ASSERT_TRUE(watched.read_until("\n", 50));
  watched.send(SIGTERM);
  EXPECT_EQ(watched.wait(), 0);
  std::size_t begin = 0;
  for (std::size_t end = 0; (end = watched.out().find('\n', begin)) != std::string::npos; begin = end + 1)
    EXPECT_TRUE(json::accept(watched.out().substr(begin, end - begin)));
  EXPECT_EQ(begin, watched.out().size());
}

TEST(WatchEnding, SeesASignalThatCameBeforeTheFirstReading) {
  running_process watched(watch({"--interval", "1h"}));
  for (int count = 0; count < 20 && watched.resident_kib() < 1'000; ++count)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  std::this_thread::sleep_for(std::chrono::milliseconds(10));  // the host calibrates for 20 ms
  watched.send(SIGTERM);
  const int status = watched.wait();
  EXPECT_TRUE(status == 0 || status == 128 + SIGTERM) << status << ": before it could be ready, it is a signal's end";
}

TEST(WatchEnding, SaysNoAtASignalWhereTheClockIsNotThisMachines) {
  running_process watched({GUESTCLOCK_PATH, "watch", "--interval", "10ms"}, {}, without_live_page().environment);
  ASSERT_TRUE(watched.read_until("\n", 3)) << watched.out() << watched.err();
  watched.send(SIGINT);
  EXPECT_EQ(watched.wait(), 1);
  EXPECT_NE(watched.out().find("\nwatched  "), std::string::npos);
}

TEST(WatchEnding, HeedsSigintWhereItsParentIgnoredIt) {
  running_process watched(
      {"/bin/sh", "-c", "trap '' INT; exec " GUESTCLOCK_PATH " watch --source simulated --interval 10ms"});
  ASSERT_TRUE(watched.read_until("\n", 3)) << watched.out();
  watched.send(SIGINT);
  EXPECT_EQ(watched.wait(), 0);
}

TEST(WatchEnding, IsQuietWhenItsReaderHasGone) {
  for (const auto& form : {strings{"--json"}, {}}) {
    strings arguments{"--interval", "10ms"};
    arguments.insert(arguments.end(), form.begin(), form.end());
    running_process watched(watch(arguments));
    ASSERT_TRUE(watched.read_until("\n", 2)) << watched.out();
    watched.close_out();
    EXPECT_EQ(watched.wait(), 0);
    EXPECT_EQ(watched.err(), "");
  }
}

TEST(WatchEnding, IsQuietWhereThereNeverWasAReader) {
  running_process watched({"/bin/sh", "-c", "sleep 0.2; exec " GUESTCLOCK_PATH " watch --source simulated"});
  watched.close_out();
  EXPECT_EQ(watched.wait(), 0);
  EXPECT_EQ(watched.err(), "");
}

TEST(WatchEnding, NoticesAtOnceThatItsReaderHasGone) {
  running_process watched(watch({"--interval", "1h"}));
  ASSERT_TRUE(watched.read_until("\n", 2)) << watched.out();
  const auto start = now();
  watched.close_out();
  EXPECT_EQ(watched.wait(), 0);
  EXPECT_LT(now() - start, seconds(5));
}

TEST(WatchEnding, SaysThatItDidNotRunAndGoesOn) {
  running_process watched(watch({"--interval", "20ms", "--json"}));
  ASSERT_TRUE(watched.read_until("\n", 5)) << watched.out();
  watched.send(SIGSTOP);
  std::this_thread::sleep_for(std::chrono::milliseconds(400));
  watched.send(SIGCONT);
  ASSERT_TRUE(watched.read_until("\"late\"")) << watched.out();
  ASSERT_TRUE(watched.read_until("}\n", 10));
  watched.send(SIGTERM);
  EXPECT_EQ(watched.wait(), 0);
  const std::size_t last = watched.out().rfind("\n", watched.out().size() - 2) + 1;
  const json line = json::parse(watched.out().substr(last));
  EXPECT_GE(line["times_late"], 1) << "it did not run for 400 ms";
  EXPECT_LT(line["number"], line["elapsed_ns"].get<std::uint64_t>() / 20'000'000 - 5) << "what it missed, it left out";
}

TEST(WatchEnding, DoesNotWaitForEverForAReaderWhoDoesNotRead) {
  running_process watched(watch({"--interval", "1ms", "--json"}));
  ASSERT_TRUE(watched.read_until("\n"));
  std::this_thread::sleep_for(std::chrono::milliseconds(500));  // more than a pipe of 64 KiB takes
  const auto start = now();
  watched.send(SIGTERM);
  EXPECT_EQ(watched.wait(false), 2);
  EXPECT_LT(now() - start, seconds(8));
  EXPECT_NE(watched.err().find("the output is incomplete"), std::string::npos) << watched.err();
}

TEST(WatchTerminal, DrawsTheDriftAndEndsAtControlC) {
  for (const char* locale : {"LC_ALL=C", "LC_ALL=C.UTF-8"}) {
    running_process watched(watch({"--interval", "20ms"}), terminal_size{100, 30}, {"TERM=xterm", locale});
    ASSERT_TRUE(watched.read_until("\x1B[J", 5)) << watched.out();
    watched.type("\x03");
    EXPECT_EQ(watched.wait(), 0) << watched.err();
    const bool is_unicode = std::string(locale) == "LC_ALL=C.UTF-8";
    EXPECT_NE(watched.out().find(is_unicode ? "           drift └──" : "           drift +--"), std::string::npos)
        << watched.out();
    for (const char* part : {" readings, ", "offset ", "steps     none", "watched  "})
      EXPECT_NE(watched.out().find(part), std::string::npos) << part << " is not in\n" << watched.out();
    EXPECT_GT(watched.out().rfind("watched  "), watched.out().rfind("\x1B[J")) << "the summary stays";
  }
}

TEST(WatchTerminal, EndsAtControlCRightAfterItHasDrawn) {
  running_process watched(watch({"--interval", "1h"}), terminal_size{100, 30}, {"TERM=xterm", "LC_ALL=C"});
  ASSERT_TRUE(watched.read_until("\nstops ")) << watched.out();
  watched.type("\x03");
  EXPECT_EQ(watched.wait(), 0) << watched.err();
  EXPECT_NE(watched.out().find("2 readings, 0 without"), std::string::npos) << watched.out();
}

TEST(WatchTerminal, KeepsWhatHappenedAboveTheChart) {
  running_process watched({GUESTCLOCK_PATH, "watch", "--interval", "20ms", "--duration", "800ms"},
                          terminal_size{120, 40},
                          {"TERM=xterm", "LC_ALL=C", "LD_PRELOAD=" RESTLESS_LIVE_PAGE_PATH,
                           "ASAN_OPTIONS=verify_asan_link_order=0:detect_leaks=0", "LIVE_PAGE_ACT=step"});
  EXPECT_EQ(watched.wait(), 0) << watched.err();
  const std::string& out = watched.out();
  const std::size_t step = out.find("STEP of +");
  ASSERT_NE(step, std::string::npos) << out;
  EXPECT_EQ(out.find("STEP of +", step + 1), std::string::npos) << "it is written once, and stays";
  EXPECT_NE(out.find("           drift +-", step), std::string::npos) << "the chart goes on below it";
  EXPECT_NE(out.find('^', step), std::string::npos) << "and marks it";
  EXPECT_NE(out.find("steps     1, the largest +", step), std::string::npos) << out;
}

TEST(WatchTerminal, IsPlainWhereItCannotDraw) {
  for (const auto& [size, terminal] : {std::pair(terminal_size{100, 10}, "TERM=xterm"),
                                       {terminal_size{40, 50}, "TERM=xterm"},
                                       {terminal_size{100, 50}, "TERM=dumb"}}) {
    running_process watched(watch({"--interval", "10ms", "--count", "3"}), size, {terminal});
    EXPECT_EQ(watched.wait(), 0) << watched.err();
    EXPECT_EQ(watched.out().find('\x1B'), std::string::npos) << watched.out();
    EXPECT_NE(watched.out().find("  drift  "), std::string::npos) << watched.out();
  }
}

TEST(WatchTerminal, HasJsonLinesWhereTheyAreAskedFor) {
  running_process watched(watch({"--interval", "10ms", "--count", "3", "--json"}), terminal_size{100, 30},
                          {"TERM=xterm"});
  EXPECT_EQ(watched.wait(), 0) << watched.err();
  EXPECT_EQ(watched.out().find('\x1B'), std::string::npos) << watched.out();
  EXPECT_EQ(std::count(watched.out().begin(), watched.out().end(), '\n'), 3);
}

/// How many KiB it grew from its hundredth reading or so to two seconds later, a thousand readings and more.
std::size_t growth_kib(running_process& watched, const std::string& mark, int marks) {
  EXPECT_TRUE(watched.read_until(mark, marks)) << watched.out();
  const std::size_t early = watched.resident_kib();
  EXPECT_TRUE(watched.read_until(mark, 20 * marks)) << watched.out().size();
  const std::size_t late = watched.resident_kib();
  watched.send(SIGTERM);
  EXPECT_EQ(watched.wait(), 0);
  return late - std::min(early, late);
}

bool is_sanitized() {
#if defined(__SANITIZE_ADDRESS__)
  return true;
#elif defined(__has_feature)
  return __has_feature(address_sanitizer);
#else
  return false;
#endif
}

TEST(WatchMemory, DoesNotGrow) {
  if (is_sanitized()) GTEST_SKIP() << "the address sanitizer keeps freed memory for a while";
  running_process lines(watch({"--interval", "1ms", "--json"}));
  EXPECT_LE(growth_kib(lines, "\n", 100), 128U);
  running_process text(watch({"--interval", "1ms"}));
  EXPECT_LE(growth_kib(text, "\n", 100), 128U);
  running_process drawn(watch({"--interval", "5ms"}), terminal_size{100, 30}, {"TERM=xterm"});
  EXPECT_LE(growth_kib(drawn, "\x1B[J", 4), 128U);
}

}  // namespace
