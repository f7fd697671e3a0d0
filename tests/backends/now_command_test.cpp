// SPDX-License-Identifier: BSL-1.0
// `guestclock now` as another program sees it.
#include "command.hpp"
#include "pages.hpp"

#include <guestclock/calendar/parse.hpp>
#include <guestclock/linux/os_clock.hpp>

#include <string>
#include <vector>

namespace {

using namespace guestclock;
using guestclock::tests::guestclock_command;
using guestclock::tests::json;
using guestclock::tests::process_result;
using guestclock::tests::with_live_page_of;
using guestclock::tests::without_live_page;

std::vector<std::string> keys() {
  return {"source",         "time_ns", "stable",           "guest_stopped", "frequency_hz",
          "error_bound_ns", "version", "os_difference_ns", "os_offset_ns",  "wall"};
}

json parsed(const process_result& ran) { return guestclock::tests::parsed_object(ran, keys()); }

void expect_known(const json& object) {
  EXPECT_TRUE(object["time_ns"].is_number_unsigned()) << object;
  EXPECT_TRUE(object["stable"].is_boolean()) << object;
  EXPECT_TRUE(object["guest_stopped"].is_boolean()) << object;
  EXPECT_TRUE(object["frequency_hz"].is_number_unsigned()) << object;
  EXPECT_TRUE(object["error_bound_ns"].is_number_unsigned()) << object;
  EXPECT_TRUE(object["version"].is_number_unsigned()) << object;
  EXPECT_TRUE(object["os_difference_ns"].is_number_integer()) << object;
  EXPECT_TRUE(object["os_offset_ns"].is_number_integer()) << object;
  EXPECT_TRUE(object["wall"].is_null()) << object;
}

TEST(NowCommand, ShowsTheLivePage) {
  REQUIRE_LIVE_PAGE(page);
  static_cast<void>(page);
  for (const auto& arguments : {std::vector<std::string>{"now", "--json"}, {"now", "--source", "pvclock", "--json"}}) {
    const auto ran = guestclock_command(arguments);
    EXPECT_EQ(ran.status, 0) << ran.err;
    EXPECT_EQ(ran.err, "");
    const json object = parsed(ran);
    expect_known(object);
    EXPECT_EQ(object["source"], "pvclock");
    EXPECT_LT(std::abs(object["os_difference_ns"].get<std::int64_t>()), 100'000);
  }
}

TEST(NowCommand, ShowsThePageThatThisProcessSees) {
  REQUIRE_LIVE_PAGE(page);
  const auto copy = guestclock::tests::copy_of(page);
  const json object = parsed(guestclock_command({"now", "--json"}));
  const auto frequency = guestclock::frequency_hz(guestclock::tick_rate{copy.tsc_to_system_mul, copy.tsc_shift},
                                                  guestclock::nanoseconds_per_second);
  ASSERT_TRUE(frequency);
  EXPECT_EQ(object["frequency_hz"].get<std::uint64_t>(), *frequency);
  EXPECT_EQ(object["stable"].get<bool>(), (copy.flags & 1) != 0);
  EXPECT_GE(object["time_ns"].get<std::uint64_t>(), copy.system_time);
}

TEST(NowCommand, ShowsTheSimulatedHostWhereItIsAskedFor) {
  const auto ran = guestclock_command({"now", "--source", "simulated", "--json"});
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_EQ(ran.err, "");
  const json object = parsed(ran);
  expect_known(object);
  EXPECT_EQ(object["source"], "simulated");
  EXPECT_EQ(object["stable"], true);
  EXPECT_EQ(object["guest_stopped"], false);
  EXPECT_LT(std::abs(object["os_difference_ns"].get<std::int64_t>()), 1'000'000);
}

u64 boottime_ns() { return *on_linux::read_os_clock(on_linux::os_clock::boottime); }

TEST(NowCommand, MeasuresForATenthOfASecondAndSaysTheOffsetToBoottime) {
  const u64 before_ns = boottime_ns();
  const json object = parsed(guestclock_command({"now", "--source", "simulated", "--json"}));
  const u64 after_ns = boottime_ns();
  EXPECT_GE(after_ns - before_ns, 100'000'000U);
  const auto boottime_of_page = object["time_ns"].get<std::int64_t>() - object["os_offset_ns"].get<std::int64_t>();
  EXPECT_GE(boottime_of_page, static_cast<std::int64_t>(before_ns + 100'000'000));
  EXPECT_LE(boottime_of_page, static_cast<std::int64_t>(after_ns));
}

TEST(NowCommand, PrintsLinesForAPerson) {
  const auto ran = guestclock_command({"now", "--source", "simulated"});
  EXPECT_EQ(ran.status, 0) << ran.err;
  for (const char* label : {"source ", "\ntime ", "\nstable ", "\nguest stopped ", "\nfrequency ", "\nerror bound ",
                            "\npage version ", "\nrate ", "\noffset "})
    EXPECT_NE(ran.out.find(label), std::string::npos) << label << " is not in\n" << ran.out;
  EXPECT_EQ(ran.out.find("unknown"), std::string::npos) << ran.out;
}

TEST(NowCommand, FallsBackToTheSimulatedHostAndSaysSo) {
  const auto ran = guestclock_command({"now", "--json"}, without_live_page());
  EXPECT_EQ(ran.status, 1);
  for (const char* part : {"no live pvclock page", "no live hyperv page", "no live vmclock page", "simulated host"})
    EXPECT_NE(ran.err.find(part), std::string::npos) << ran.err;
  const json object = parsed(ran);
  expect_known(object);
  EXPECT_EQ(object["source"], "simulated");
}

TEST(NowCommand, PrintsNullsWithoutALivePage) {
  const auto ran = guestclock_command({"now", "--source", "pvclock", "--json"}, without_live_page());
  EXPECT_EQ(ran.status, 1);
  EXPECT_NE(ran.err.find("no live pvclock page"), std::string::npos) << ran.err;
  const json object = parsed(ran);
  EXPECT_EQ(object["source"], "pvclock");
  for (const std::string& key : keys()) EXPECT_EQ(object[key].is_null(), key != "source") << key;
}

TEST(NowCommand, PrintsNullsWithoutALivePageOfAnotherKind) {
  for (const std::string source : {"hyperv", "vmclock"}) {
    const auto ran = guestclock_command({"now", "--source", source, "--json"}, without_live_page());
    EXPECT_EQ(ran.status, 1);
    EXPECT_NE(ran.err.find("no live " + source + " page"), std::string::npos) << ran.err;
    const json object = parsed(ran);
    EXPECT_EQ(object["source"], source);
    for (const std::string& key : keys()) EXPECT_EQ(object[key].is_null(), key != "source") << key;
  }
}

TEST(NowCommand, ShowsAHypervPageWhereThereIsNoOther) {
  for (const auto& arguments : {std::vector<std::string>{"now", "--json"}, {"now", "--source", "hyperv", "--json"}}) {
    const auto ran = guestclock_command(arguments, with_live_page_of("hyperv"));
    EXPECT_EQ(ran.status, 0) << ran.err;
    EXPECT_EQ(ran.err, "");
    const json object = parsed(ran);
    EXPECT_EQ(object["source"], "hyperv");
    EXPECT_EQ(object["version"], 7);
    EXPECT_EQ(object["error_bound_ns"], 100);
    EXPECT_EQ(object["stable"], true);
    EXPECT_TRUE(object["guest_stopped"].is_null()) << "the page cannot tell";
    EXPECT_EQ(object["time_ns"].get<u64>() % 100, 0U);
    EXPECT_LT(std::abs(object["os_difference_ns"].get<std::int64_t>()), 1'000'000);
    EXPECT_TRUE(object["os_offset_ns"].is_number_integer());
  }
}

TEST(NowCommand, ShowsAVmclockPageWhereThereIsNoOther) {
  for (const auto& arguments : {std::vector<std::string>{"now", "--json"}, {"now", "--source", "vmclock", "--json"}}) {
    const auto ran = guestclock_command(arguments, with_live_page_of("vmclock"));
    EXPECT_EQ(ran.status, 0) << ran.err;
    EXPECT_EQ(ran.err, "");
    const json object = parsed(ran);
    EXPECT_EQ(object["source"], "vmclock");
    EXPECT_EQ(object["version"], 2);
    EXPECT_GT(object["time_ns"].get<u64>(), u64(1'768'491'333'000'000'000));
    EXPECT_GT(object["error_bound_ns"].get<u64>(), 1'000U) << "it grows with the time since the snapshot";
    EXPECT_LT(object["error_bound_ns"].get<u64>(), 1'000'000U);
    EXPECT_LT(std::abs(object["os_difference_ns"].get<std::int64_t>()), 1'000'000);
    ASSERT_TRUE(object["wall"].is_string()) << object;
    const std::string wall = object["wall"].get<std::string>();
    const auto point = parse_unix_time(wall.data(), wall.size());
    ASSERT_TRUE(point) << wall;
    EXPECT_EQ(as_unsigned(point->seconds()) * nanoseconds_per_second + point->nanoseconds() +
                  u64{37} * nanoseconds_per_second,
              object["time_ns"].get<u64>())
        << wall;
  }
}

TEST(NowCommand, SaysInWordsWhatAVmclockPageTells) {
  const auto ran = guestclock_command({"now"}, with_live_page_of("vmclock"));
  EXPECT_EQ(ran.status, 0) << ran.err;
  for (const char* part : {"source         vmclock", "s since 1970 in TAI", "\nutc            17684912",
                           " UTC of day 20468)", " ns, as the page declares it", "\nguest stopped  unknown"})
    EXPECT_NE(ran.out.find(part), std::string::npos) << part << " is not in\n" << ran.out;
}

TEST(NowCommand, DoesNotTakeAnotherKindThanItWasAskedFor) {
  const auto vmclock = guestclock_command({"now", "--source", "vmclock"}, with_live_page_of("hyperv"));
  EXPECT_EQ(vmclock.status, 1);
  EXPECT_EQ(vmclock.out, "");
  EXPECT_EQ(guestclock_command({"now", "--source", "hyperv"}, with_live_page_of("vmclock")).status, 1);
  EXPECT_EQ(guestclock_command({"now", "--source", "pvclock"}, with_live_page_of("hyperv")).status, 1);
}

TEST(NowCommand, PrintsNoLinesWithoutALivePage) {
  const auto ran = guestclock_command({"now", "--source", "pvclock"}, without_live_page());
  EXPECT_EQ(ran.status, 1);
  EXPECT_EQ(ran.out, "");
  EXPECT_NE(ran.err.find("--source simulated"), std::string::npos) << ran.err;
}

TEST(Command, RefusesBadUsage) {
  for (const auto& arguments : {std::vector<std::string>{},
                                {"frob"},
                                {"now", "--source", "sundial"},
                                {"now", "--source"},
                                {"now", "--jsn"},
                                {"now", "extra"},
                                {"now", "now"},
                                {"--source", "auto"}}) {
    const auto ran = guestclock_command(arguments);
    EXPECT_EQ(ran.status, 2) << ran.out;
    EXPECT_EQ(ran.out, "");
    EXPECT_TRUE(ran.err.starts_with("guestclock: ")) << ran.err;
    EXPECT_NE(ran.err.find("--help"), std::string::npos) << ran.err;
  }
}

TEST(Command, NamesTheSourceThatItDoesNotKnow) {
  const auto ran = guestclock_command({"now", "--source", "sundial"});
  EXPECT_NE(ran.err.find("sundial"), std::string::npos) << ran.err;
  EXPECT_NE(ran.err.find("simulated"), std::string::npos) << ran.err;
}

TEST(Command, PrintsHelpAndVersion) {
  for (const auto& arguments : {std::vector<std::string>{"--help"}, {"now", "--help"}}) {
    const auto ran = guestclock_command(arguments);
    EXPECT_EQ(ran.status, 0);
    EXPECT_NE(ran.out.find("Usage"), std::string::npos) << ran.out;
    EXPECT_EQ(ran.err, "");
  }
  const auto version = guestclock_command({"--version"});
  EXPECT_EQ(version.status, 0);
  EXPECT_EQ(version.out, "guestclock " GUESTCLOCK_VERSION "\n");
}

TEST(Command, FailsWhereStdoutCannotBeWritten) {
  for (const std::string out : {"/dev/full", "-"})
    for (const auto& arguments : {std::vector<std::string>{"now", "--source", "simulated"},
                                  {"now", "--source", "simulated", "--json"},
                                  {"--help"},
                                  {"--version"}}) {
      const auto ran =
          guestclock_command(arguments, {.stdout_path = out, .environment = {}, .stdin_text = {}, .stdin_path = {}});
      EXPECT_EQ(ran.status, 2) << out << ' ' << arguments.back();
      EXPECT_NE(ran.err.find("cannot write to stdout"), std::string::npos) << ran.err;
    }
}

}  // namespace
