// SPDX-License-Identifier: BSL-1.0
// `guestclock watch` as another program sees it: its lines, its JSON, and what it says of hosts that step, stop and
// update.
#include "command.hpp"
#include "pages.hpp"

#include <guestclock/linux/os_clock.hpp>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <iterator>
#include <regex>
#include <sstream>

namespace {

using namespace guestclock;
using namespace guestclock::tests;
using strings = std::vector<std::string>;

strings keys() {
  return {"number",
          "elapsed_ns",
          "late_ns",
          "source",
          "time_ns",
          "stable",
          "guest_stopped",
          "frequency_hz",
          "error_bound_ns",
          "version",
          "why",
          "os_offset_ns",
          "os_monotonic_offset_ns",
          "os_raw_offset_ns",
          "os_uncertainty_ns",
          "drift_ns",
          "os_difference_ns",
          "step_ns",
          "events",
          "readings",
          "refused",
          "steps",
          "largest_step_ns",
          "steps_back",
          "stops",
          "disruptions",
          "version_changes",
          "times_late"};
}

std::vector<json> json_lines(const process_result& ran) {
  std::vector<json> lines;
  std::istringstream text(ran.out);
  for (std::string line; std::getline(text, line);) {
    lines.push_back(json::parse(line, nullptr, false));
    EXPECT_TRUE(lines.back().is_object()) << line;
    if (lines.back().is_object()) {
      EXPECT_EQ(keys_of(lines.back()), keys());
    }
  }
  EXPECT_TRUE(ran.out.empty() || ran.out.back() == '\n');
  return lines;
}

process_result watch(strings arguments, const process_options& options = {}) {
  arguments.insert(arguments.begin(), "watch");
  return guestclock_command(std::move(arguments), options);
}

/// A machine whose only live page is one whose host does that after 300 ms.
process_options with_host_that(const std::string& act) {
  process_options options;
  options.environment = {"LD_PRELOAD=" RESTLESS_LIVE_PAGE_PATH, "ASAN_OPTIONS=verify_asan_link_order=0:detect_leaks=0",
                         "LIVE_PAGE_ACT=" + act};
  return options;
}

/// Watched for a second, 50 times.
std::vector<json> watched_with_host_that(const std::string& act, int status) {
  const auto ran = watch({"--interval", "20ms", "--duration", "1s", "--json"}, with_host_that(act));
  EXPECT_EQ(ran.status, status) << ran.err;
  EXPECT_EQ(ran.err, "");
  auto lines = json_lines(ran);
  EXPECT_GE(lines.size(), 5U) << ran.out;
  if (lines.empty()) lines.push_back(json::object());
  return lines;
}

bool has_event(const json& line, const std::string& name) {
  const json& events = line["events"];
  return std::find(events.begin(), events.end(), name) != events.end();
}
std::size_t lines_with(const std::vector<json>& lines, const std::string& name) {
  return static_cast<std::size_t>(
      std::count_if(lines.begin(), lines.end(), [&](const json& line) { return has_event(line, name); }));
}

void expect_types(const json& line) {
  for (const char* key :
       {"number", "elapsed_ns", "late_ns", "time_ns", "frequency_hz", "error_bound_ns", "version", "os_uncertainty_ns",
        "readings", "refused", "steps", "steps_back", "stops", "disruptions", "version_changes", "times_late"})
    EXPECT_TRUE(line[key].is_number_unsigned()) << key << ": " << line;
  for (const char* key : {"os_offset_ns", "os_monotonic_offset_ns", "os_raw_offset_ns", "drift_ns", "largest_step_ns"})
    EXPECT_TRUE(line[key].is_number_integer()) << key << ": " << line;
  for (const char* key : {"stable", "guest_stopped"}) EXPECT_TRUE(line[key].is_boolean()) << key << ": " << line;
  EXPECT_TRUE(line["why"].is_null()) << line;
  EXPECT_TRUE(line["events"].is_array()) << line;
}

TEST(WatchCommand, PrintsAnObjectInEachLine) {
  const auto ran = watch({"--source", "simulated", "--interval", "0.02", "--count", "7", "--json"});
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_EQ(ran.err, "");
  const auto lines = json_lines(ran);
  ASSERT_EQ(lines.size(), 7U);
  for (std::size_t at = 0; at < lines.size(); ++at) {
    expect_types(lines[at]);
    EXPECT_EQ(lines[at]["number"], at + 1);
    EXPECT_EQ(lines[at]["readings"], at + 1);
    EXPECT_EQ(lines[at]["source"], "simulated");
    EXPECT_GE(lines[at]["elapsed_ns"], at * 20'000'000);
    EXPECT_EQ(lines[at]["os_difference_ns"].is_null(), at == 0) << lines[at];
    EXPECT_EQ(lines[at]["step_ns"].is_null(), at == 0) << lines[at];
  }
  EXPECT_EQ(lines[0]["drift_ns"], 0);
}

TEST(WatchCommand, WatchesTheLivePage) {
  REQUIRE_LIVE_PAGE(page);
  static_cast<void>(page);
  for (const auto& source : {strings{}, {"--source", "pvclock"}}) {
    strings arguments{"--interval", "50ms", "--duration", "500ms", "--json"};
    arguments.insert(arguments.end(), source.begin(), source.end());
    const auto ran = watch(arguments);
    EXPECT_EQ(ran.status, 0) << ran.err;
    EXPECT_EQ(ran.err, "");
    const auto lines = json_lines(ran);
    ASSERT_GE(lines.size(), 2U);
    for (const json& line : lines) expect_types(line);
    const json& last = lines.back();
    EXPECT_EQ(last["source"], "pvclock");
    EXPECT_GE(last["elapsed_ns"], 500'000'000);
    EXPECT_LT(std::abs(last["os_difference_ns"].get<i64>()), 100'000);
    EXPECT_EQ(last["refused"], 0);
    EXPECT_EQ(last["steps_back"], 0);
    for (std::size_t at = 1; at < lines.size(); ++at)
      EXPECT_GT(lines[at]["time_ns"].get<u64>(), lines[at - 1]["time_ns"].get<u64>());
  }
}

TEST(WatchCommand, SaysTheOffsetToEachClock) {
  const auto lines = json_lines(watch({"--source", "simulated", "--count", "1", "--json"}));
  ASSERT_EQ(lines.size(), 1U);
  // The simulated host's clock is CLOCK_MONOTONIC_RAW.
  EXPECT_LT(std::abs(lines[0]["os_raw_offset_ns"].get<i64>()), 1'000'000);
  const u64 monotonic = *on_linux::read_os_clock(on_linux::os_clock::monotonic);
  const u64 boottime = *on_linux::read_os_clock(on_linux::os_clock::boottime);
  const i64 suspended = lines[0]["os_monotonic_offset_ns"].get<i64>() - lines[0]["os_offset_ns"].get<i64>();
  EXPECT_LT(std::abs(suspended - static_cast<i64>(boottime - monotonic)), 1'000'000);
}

TEST(WatchCommand, EndsAtItsCountOrItsDurationWhicheverIsFirst) {
  EXPECT_EQ(
      json_lines(watch({"--source", "simulated", "--interval", "10ms", "--count", "3", "--duration", "1h", "--json"}))
          .size(),
      3U);
  const auto lines =
      json_lines(watch({"--source", "simulated", "--interval", "1h", "--duration", "100ms", "--count", "9", "--json"}));
  ASSERT_EQ(lines.size(), 2U) << "at the beginning and at the end";
  EXPECT_GE(lines[1]["elapsed_ns"], 100'000'000);
}

TEST(WatchCommand, HasALineForEachReadingAndASummaryForAPerson) {
  const auto ran = watch({"--source", "simulated", "--interval", "20ms", "--count", "4"});
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_EQ(ran.out.find('\x1B'), std::string::npos) << "no terminal, no drawing";
  EXPECT_TRUE(ran.out.starts_with("simulated, a host in this process, against CLOCK_MONOTONIC_RAW")) << ran.out;
  EXPECT_EQ(std::count(ran.out.begin(), ran.out.end(), '\n'), 1 + 4 + 7) << ran.out;
  for (const char* part :
       {" s  drift ", "  rate ", " ppm  boottime ", "  version ", "\nwatched        0.0", ": 4 readings, 0 without",
        "\noffset ", "\ndrift ", "\nrate ", "\nsteps          none", "\nstops          none", "\npage version "})
    EXPECT_NE(ran.out.find(part), std::string::npos) << part << " is not in\n" << ran.out;
  EXPECT_EQ(ran.out.substr(ran.out.find("watched")).find("unknown"), std::string::npos) << ran.out;
}

TEST(WatchCommand, SeesAStep) {
  const auto lines = watched_with_host_that("step", 0);
  EXPECT_EQ(lines_with(lines, "step"), 1U);
  EXPECT_EQ(lines_with(lines, "back"), 0U);
  const json& last = lines.back();
  EXPECT_EQ(last["steps"], 1);
  EXPECT_NEAR(last["largest_step_ns"].get<double>(), 1e6, 20'000);
  EXPECT_NEAR(last["drift_ns"].get<double>(), 1e6, 50'000);
  EXPECT_LT(std::abs(last["os_difference_ns"].get<i64>()), 30'000) << "since the step";
  EXPECT_EQ(last["version_changes"], 1);
}

TEST(WatchCommand, SeesTimeGoBackAndSaysNo) {
  const auto lines = watched_with_host_that("back", 1);
  EXPECT_EQ(lines_with(lines, "back"), 1U);
  EXPECT_EQ(lines.back()["steps_back"], 1);
  EXPECT_NEAR(lines.back()["largest_step_ns"].get<double>(), -5e9, 20'000);
}

TEST(WatchCommand, SeesAStandstill) {
  const auto lines = watched_with_host_that("still", 0);
  EXPECT_GE(lines_with(lines, "stood_still"), 1U);
  EXPECT_EQ(lines.back()["stops"], 1);
}

TEST(WatchCommand, SeesThatTheHostPausedTheGuest) {
  const auto lines = watched_with_host_that("paused", 0);
  EXPECT_EQ(lines_with(lines, "guest_stopped"), 1U);
  EXPECT_EQ(lines.back()["stops"], 1);
  EXPECT_EQ(lines.back()["steps"], 0);
  EXPECT_EQ(lines.back()["guest_stopped"], false);
}

TEST(WatchCommand, SeesUpdatesThatAreNoSteps) {
  const auto lines = watched_with_host_that("updates", 0);
  EXPECT_GE(lines.back()["version_changes"], 3);
  EXPECT_EQ(lines.back()["steps"], 0);
}

TEST(WatchCommand, SeesAnotherRateOfTheSamePage) {
  const auto lines = watched_with_host_that("faster", 0);
  EXPECT_NEAR(lines.back()["os_difference_ns"].get<double>(), 50'000, 30'000);
  EXPECT_NEAR(lines.back()["frequency_hz"].get<double>() / lines.front()["frequency_hz"].get<double>(), 1 - 50e-6,
              1e-6);
}

TEST(WatchCommand, SeesThatTheCounterWasDisturbed) {
  const auto lines = watched_with_host_that("disrupted", 0);
  EXPECT_EQ(lines_with(lines, "disrupted"), 1U);
  EXPECT_EQ(lines.back()["disruptions"], 1);
  EXPECT_EQ(lines.back()["source"], "vmclock");
  EXPECT_TRUE(lines.back()["guest_stopped"].is_null()) << "the page cannot tell";
  EXPECT_TRUE(lines.back()["error_bound_ns"].is_null()) << "the page declares none";
}

TEST(WatchCommand, SaysWhyThereIsNoTimeAndGoesOn) {
  for (const auto& [act, why] : {std::pair("busy", "update_in_progress"), {"unusable", "sequence_invalid"}}) {
    const auto lines = watched_with_host_that(act, 1);
    const json& last = lines.back();
    EXPECT_EQ(last["why"], why);
    EXPECT_EQ(lines.front()["why"], nullptr);
    EXPECT_TRUE(has_event(last, "refused"));
    EXPECT_GE(last["refused"], 1);
    for (const char* key :
         {"time_ns", "stable", "guest_stopped", "frequency_hz", "error_bound_ns", "version", "os_offset_ns",
          "os_monotonic_offset_ns", "os_raw_offset_ns", "os_uncertainty_ns", "drift_ns", "os_difference_ns", "step_ns"})
      EXPECT_TRUE(last[key].is_null()) << key << ": " << last;
    EXPECT_GE(last["elapsed_ns"], 1'000'000'000);
  }
}

TEST(WatchCommand, OutlastsAHostThatWritesForAWhile) {
  const auto lines = watched_with_host_that("bursts", 0);
  EXPECT_EQ(lines.back()["refused"], 0);
  EXPECT_GE(lines.back()["version_changes"], 3);
}

TEST(WatchCommand, SaysInWordsWhatHappened) {
  for (const auto& [act, words] : {std::pair("step", "STEP of \\+(1 000|999 9)"),
                                   {"back", "WENT BACK: -(5 000|4 999) "},
                                   {"still", "STOOD STILL"},
                                   {"paused", "had paused this guest"},
                                   {"busy", "NO TIME: update_in_progress"},
                                   {"disrupted", "the counter was disturbed"}}) {
    const auto ran = watch({"--interval", "20ms", "--duration", "700ms"}, with_host_that(act));
    EXPECT_TRUE(std::regex_search(ran.out, std::regex(words))) << act << ": " << ran.out;
    EXPECT_EQ(ran.out.substr(ran.out.find("watched")).find("unknown"), std::string::npos) << ran.out;
  }
}

TEST(WatchCommand, WatchesWhateverPageThereIs) {
  for (const std::string kind : {"hyperv", "vmclock"})
    for (const auto& source : {strings{"--source", "auto"}, {"--source", kind}}) {
      strings arguments{"--interval", "10ms", "--count", "5", "--json"};
      arguments.insert(arguments.end(), source.begin(), source.end());
      const auto ran = watch(arguments, with_live_page_of(kind));
      EXPECT_EQ(ran.status, 0) << ran.err;
      const auto lines = json_lines(ran);
      ASSERT_EQ(lines.size(), 5U);
      EXPECT_EQ(lines.back()["source"], kind);
      EXPECT_EQ(lines.back()["steps"], 0);
      EXPECT_TRUE(lines.back()["guest_stopped"].is_null());
    }
}

TEST(WatchCommand, SaysThatThereIsNoClock) {
  const auto with_json = watch({"--source", "pvclock", "--json"}, without_live_page());
  EXPECT_EQ(with_json.status, 1);
  EXPECT_NE(with_json.err.find("no live pvclock page"), std::string::npos) << with_json.err;
  const auto lines = json_lines(with_json);
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0]["number"], 0);
  EXPECT_EQ(lines[0]["source"], "pvclock");
  EXPECT_EQ(lines[0]["why"], "no_clock");
  EXPECT_TRUE(lines[0]["time_ns"].is_null());
  const auto plain = watch({"--source", "vmclock"}, without_live_page());
  EXPECT_EQ(plain.status, 1);
  EXPECT_EQ(plain.out, "");
  EXPECT_NE(plain.err.find("no live vmclock page"), std::string::npos) << plain.err;
}

TEST(WatchCommand, FallsBackToTheSimulatedHostAndSaysSo) {
  const auto ran = watch({"--count", "2", "--interval", "1ms", "--json"}, without_live_page());
  EXPECT_EQ(ran.status, 1);
  EXPECT_NE(ran.err.find("simulated host"), std::string::npos) << ran.err;
  const auto lines = json_lines(ran);
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines.back()["source"], "simulated");
}

TEST(WatchCommand, RefusesBadArguments) {
  for (const auto& arguments : {strings{"--source", "sundial"},
                                {"--interval"},
                                {"--interval", "0"},
                                {"--interval", "999us"},
                                {"--interval", "61min"},
                                {"--interval", "-1"},
                                {"--interval", "fast"},
                                {"--interval", "1.5.5"},
                                {"--duration", "0"},
                                {"--duration", "88000h"},
                                {"--duration", "99999999999999999999h"},
                                {"--duration", ""},
                                {"--count", "0"},
                                {"--count", "-1"},
                                {"--count", "1.5"},
                                {"--count", "18446744073709551616"},
                                {"--jsn"},
                                {"extra"}}) {
    const auto ran = watch(arguments);
    EXPECT_EQ(ran.status, 2) << arguments.back() << ran.out;
    EXPECT_EQ(ran.out, "");
    EXPECT_TRUE(ran.err.starts_with("guestclock: ")) << ran.err;
    EXPECT_NE(ran.err.find("--help"), std::string::npos) << ran.err;
  }
}

TEST(WatchCommand, SaysWhichSpansThereAre) {
  EXPECT_NE(watch({"--interval", "2 weeks"}).err.find("ns, us, ms, s (if nothing is said), min or h"),
            std::string::npos);
  EXPECT_NE(watch({"--interval", "2h"}).err.find("'2h' is not in [1ms, 1h]"), std::string::npos);
  const auto help = watch({"--help"});
  EXPECT_EQ(help.status, 0);
  for (const char* option : {"--source", "--interval", "--duration", "--count", "--json"})
    EXPECT_NE(help.out.find(option), std::string::npos) << help.out;
}

TEST(WatchCommand, FailsWhereStdoutCannotBeWritten) {
  for (const std::string out : {"/dev/full", "-"})
    for (const auto& form : {strings{"--json"}, {}}) {
      strings arguments{"--source", "simulated", "--interval", "1ms", "--duration", "10s"};
      arguments.insert(arguments.end(), form.begin(), form.end());
      process_options options;
      options.stdout_path = out;
      const auto start = std::chrono::steady_clock::now();
      const auto ran = watch(arguments, options);
      EXPECT_EQ(ran.status, 2) << out;
      EXPECT_NE(ran.err.find("cannot write to stdout"), std::string::npos) << ran.err;
      EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(8)) << "at once";
    }
}

TEST(WatchDocument, HasEveryKeyInOrder) {
  std::ifstream file(DOCUMENT_PATH);
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  strings documented;
  const std::regex row("\n\\| `([a-z_]+)` \\|");
  for (auto match = std::sregex_iterator(text.begin(), text.end(), row); match != std::sregex_iterator(); ++match)
    documented.push_back((*match)[1]);
  EXPECT_EQ(documented, keys());
}

}  // namespace
