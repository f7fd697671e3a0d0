// SPDX-License-Identifier: BSL-1.0
// `guestclock sandbox` as another program sees it.
#include "../backends/command.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>

#include <unistd.h>

namespace {

using guestclock::tests::guestclock_command;
using guestclock::tests::json;
using guestclock::tests::parsed_object;

const std::vector<std::string> keys{"has_time",
                                    "monotonic_ns",
                                    "wall_ns",
                                    "local_ns",
                                    "executed_ns",
                                    "with_pauses_ns",
                                    "with_snapshots_ns",
                                    "readings",
                                    "refused",
                                    "steps_back",
                                    "worst_step_ns",
                                    "run_returns",
                                    "exits",
                                    "wall_bound_ns",
                                    "monotonic_bound_ns",
                                    "stops_seen",
                                    "notes",
                                    "broken",
                                    "told"};

class SandboxCommand : public testing::Test {
 protected:
  void SetUp() override {
    if (access("/dev/kvm", R_OK | W_OK) != 0) GTEST_SKIP() << "/dev/kvm cannot be used: " << std::strerror(errno);
  }
};

TEST_F(SandboxCommand, KeepsItsPromisesWithTwoProcessors) {
  const auto ran = guestclock_command(
      {"sandbox", "--json", "--processors", "2", "--readings", "1000000", "--utc-offset", "-12600", "--gap-ms", "50"});
  EXPECT_EQ(ran.status, 0) << ran.out << ran.err;
  const json told = parsed_object(ran, keys);
  ASSERT_FALSE(told.empty());
  EXPECT_EQ(told["broken"], json::array());
  EXPECT_EQ(told["readings"], 6'000'000);
  EXPECT_EQ(told["steps_back"], 0);
  EXPECT_EQ(told["refused"], 0);
  EXPECT_EQ(told["stops_seen"], 2);
  EXPECT_EQ(told["run_returns"], 6);
  EXPECT_EQ(told["wall_ns"].get<long long>() - told["local_ns"].get<long long>(), 12'600'000'000'000);
  EXPECT_GE(told["with_pauses_ns"].get<long long>() - told["executed_ns"].get<long long>(), 50'000'000);
  EXPECT_GE(told["with_snapshots_ns"].get<long long>() - told["with_pauses_ns"].get<long long>(), 50'000'000);
  EXPECT_EQ(told["told"].size(), 6u);
  EXPECT_NE(told["told"][0]["text"].get<std::string>().find("-03:30\n"), std::string::npos);
  EXPECT_NE(told["told"][2]["text"].get<std::string>().find("had stopped this guest"), std::string::npos);
  std::printf(
      "vm-table | %-34s | pages read %12lld | updates seen %9s | torn accepted 0 | worst difference %8lld ns %s\n",
      "B sandbox, two processors", told["readings"].get<long long>(), "-", told["wall_bound_ns"].get<long long>(),
      "(wall clock, bound)");
}

TEST_F(SandboxCommand, SaysWhatItDid) {
  const auto ran = guestclock_command({"sandbox", "--readings", "1000", "--gap-ms", "0"});
  EXPECT_EQ(ran.status, 0) << ran.out << ran.err;
  for (const char* part : {"run\n", "after a pause\n", "restored\n", "  monotonic ", "  wall ", "  local ", "  date ",
                           "exits meanwhile  KVM_RUN returned 3 times", "promises         kept"})
    EXPECT_NE(ran.out.find(part), std::string::npos) << part << " is not in\n" << ran.out;
}

TEST_F(SandboxCommand, AGuestWithoutAClockIsToldSo) {
  const auto ran = guestclock_command({"sandbox", "--no-clock"});
  EXPECT_EQ(ran.status, 1);
  EXPECT_EQ(ran.out, "no time: no_clock: this guest's host has enabled no clock for it\n");
  const json told = parsed_object(guestclock_command({"sandbox", "--no-clock", "--json"}), keys);
  EXPECT_EQ(told["has_time"], false);
  EXPECT_TRUE(told["wall_ns"].is_null());
}

TEST(SandboxUsage, RefusesWhatItCannotDo) {
  for (const std::vector<std::string>& wrong :
       std::vector<std::vector<std::string>>{{"sandbox", "--processors", "0"},
                                             {"sandbox", "--processors", "9"},
                                             {"sandbox", "--utc-offset", "90000"},
                                             {"sandbox", "now"}}) {
    const auto ran = guestclock_command(wrong);
    EXPECT_EQ(ran.status, 2);
    EXPECT_EQ(ran.out, "");
    EXPECT_NE(ran.err.find("guestclock: "), std::string::npos);
  }
}

}  // namespace
