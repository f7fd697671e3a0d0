// SPDX-License-Identifier: BSL-1.0
// `guestclock publish`, and what `guestclock inspect` makes of its pages.
#include "../core/frequency_table.hpp"
#include "command.hpp"
#include "scratch_folder.hpp"

#include <guestclock/guestclock.hpp>

#include <string>
#include <vector>

namespace {

using namespace guestclock;
using guestclock::tests::frequency_table;
using guestclock::tests::guestclock_command;
using guestclock::tests::json;
using guestclock::tests::process_options;
using guestclock::tests::process_result;
using guestclock::tests::scratch_folder;

std::vector<std::string> publishing(u64 frequency_hz, std::vector<std::string> more = {}) {
  std::vector<std::string> arguments{"publish", "--as",  "pvclock",   "--hz",      std::to_string(frequency_hz),
                                     "--tsc",   "12345", "--time-ns", "5000000000"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

json fields_of(u32 mul, int shift) {
  return {{"version", 2},
          {"pad0", 0},
          {"tsc_timestamp", 12345},
          {"system_time", 5'000'000'000},
          {"tsc_to_system_mul", mul},
          {"tsc_shift", shift},
          {"flags", 1},
          {"pad", {0, 0}}};
}

json published(const process_result& ran) {
  return guestclock::tests::parsed_object(ran, {"kind", "fields", "page_hex"});
}

void expect_round_trip(u64 frequency_hz, const std::string& rounding, tick_rate expected) {
  const auto ran = guestclock_command(publishing(frequency_hz, {"--rounding", rounding}));
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_EQ(ran.out.size(), 65U) << ran.out;
  EXPECT_EQ(ran.err, "");
  const auto inspected = guestclock_command({"inspect", "-", "--json"}, tests::with_stdin(ran.out));
  EXPECT_EQ(inspected.status, 0) << inspected.err;
  const json object = json::parse(inspected.out, nullptr, false);
  EXPECT_EQ(object["fields"], fields_of(expected.mul, expected.shift)) << frequency_hz;
  EXPECT_EQ(object["valid"], true);
  EXPECT_EQ(object["stable"], true);
  EXPECT_EQ(object["time_ns"], 5'000'000'000);
  EXPECT_EQ(object["frequency_hz"], *guestclock::frequency_hz(expected, nanoseconds_per_second)) << frequency_hz;
}

TEST(PublishCommand, IsReadBackByInspectInEitherRounding) {
  for (const auto& row : frequency_table) {
    expect_round_trip(row.frequency_hz, "exact", row.exact);
    expect_round_trip(row.frequency_hz, "kvm", row.kvm);
  }
}

TEST(PublishCommand, RoundsExactlyUnlessAskedOtherwise) {
  EXPECT_EQ(published(guestclock_command(publishing(2'599'998'123, {"--json"})))["fields"], fields_of(0xC4EC'5816, -1));
}

TEST(PublishCommand, PrintsTheBytesInTheirOrderInMemory) {
  const auto ran = guestclock_command(publishing(2'400'000'000));
  EXPECT_EQ(ran.out, "0200000000000000393000000000000000f2052a01000000555555d5ff010000\n");
  const json object = published(guestclock_command(publishing(2'400'000'000, {"--json"})));
  EXPECT_EQ(object["kind"], "pvclock");
  EXPECT_EQ(object["page_hex"].get<std::string>() + "\n", ran.out);
}

TEST(PublishCommand, TakesHexadecimalNumbers) {
  const auto ran = guestclock_command(
      {"publish", "--as", "pvclock", "--hz", "0x8f0d1800", "--tsc", "0x3039", "--time-ns", "0x12A05F200"});
  EXPECT_EQ(ran.out, guestclock_command(publishing(0x8F0D'1800)).out) << ran.err;
}

TEST(PublishCommand, GivesAPageThatReadersRefuseWhereThereIsNoRate) {
  for (const std::string rounding : {"exact", "kvm"})
    for (const u64 frequency_hz : {u64(0), max_of<u64>}) {
      const auto ran = guestclock_command(publishing(frequency_hz, {"--rounding", rounding, "--json"}));
      EXPECT_EQ(ran.status, 1);
      EXPECT_NE(ran.err.find(std::to_string(frequency_hz) + " is not in [1, 42949"), std::string::npos) << ran.err;
      const json object = published(ran);
      EXPECT_EQ(object["fields"]["tsc_to_system_mul"], 0);
      EXPECT_EQ(object["fields"]["version"], 2);
      const auto inspected = guestclock_command({"inspect", "-"}, tests::with_stdin(object["page_hex"]));
      EXPECT_EQ(inspected.status, 1);
      EXPECT_NE(inspected.out.find("bad_multiplier"), std::string::npos) << inspected.out;
    }
}

TEST(PublishCommand, WritesTheBinaryPage) {
  const scratch_folder folder;
  const std::string file = folder / "page";
  folder.write("page", "something that was there, and longer than a page is");
  const auto ran = guestclock_command(publishing(2'400'000'000, {"-o", file}));
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_EQ(ran.out.size(), 65U);
  EXPECT_EQ(folder.read("page").size(), 32U);
  EXPECT_EQ(folder.names(), std::vector<std::string>{"page"});
  const auto from_file = guestclock_command({"inspect", file, "--json"});
  EXPECT_EQ(from_file.status, 0) << from_file.err;
  EXPECT_EQ(from_file.out, guestclock_command({"inspect", "-", "--json"}, tests::with_stdin(ran.out)).out);
}

TEST(PublishCommand, WritesTheBinaryPageToStdoutInPlaceOfHex) {
  const scratch_folder folder;
  EXPECT_EQ(guestclock_command(publishing(2'400'000'000, {"-o", "-"})).out.size(), 32U);
  EXPECT_EQ(guestclock_command(publishing(2'400'000'000, {"-o", "/dev/stdout"})).out.size(), 32U);
  const auto both = guestclock_command(publishing(2'400'000'000, {"-o", "-", "--json"}));
  EXPECT_EQ(both.status, 2);
  EXPECT_EQ(both.out, "");
}

TEST(PublishCommand, KeepsALinkAndThePermissions) {
  const scratch_folder folder;
  folder.write("page", "old");
  folder.link("page", "link");
  folder.set_permissions("page", 0640);
  EXPECT_EQ(guestclock_command(publishing(1'000, {"-o", folder / "link"})).status, 0);
  EXPECT_EQ(folder.read("page").size(), 32U);
  EXPECT_TRUE(folder.is_link("link"));
  EXPECT_EQ(folder.permissions("page"), 0640U);
}

TEST(PublishCommand, SaysWhereItCannotWrite) {
  const scratch_folder folder;
  folder.write("page", "old");
  struct refused {
    std::string file;
    std::string why;
  };
  for (const auto& [file, why] : {refused{"/dev/full", "No space left on device"},
                                  {folder / "", "directory"},
                                  {folder / "no/such/folder", "No such file or directory"},
                                  {folder / "page/below", "Not a directory"}}) {
    const auto ran = guestclock_command(publishing(1'000, {"-o", file}));
    EXPECT_EQ(ran.status, 2) << file;
    EXPECT_EQ(ran.out, "") << file;
    EXPECT_NE(ran.err.find(file), std::string::npos) << ran.err;
    EXPECT_NE(ran.err.find(why), std::string::npos) << ran.err;
  }
}

TEST(PublishCommand, LeavesTheOldFileWhereTheNewOneDoesNotFit) {
  const scratch_folder folder;
  folder.write("page", "old");
  const std::string no_byte_fits = "(trap '' XFSZ; ulimit -f 0; exec \"$@\") 2>&1 | cat";
  std::vector<std::string> limited{"/bin/sh", "-c", no_byte_fits, "sh", GUESTCLOCK_PATH};
  for (const std::string& argument : publishing(1'000, {"-o", folder / "page"})) limited.push_back(argument);
  const auto ran = guestclock::tests::run_process(limited);
  EXPECT_NE(ran.out.find("cannot write " + (folder / "page") + ": File too large"), std::string::npos) << ran.out;
  EXPECT_EQ(folder.read("page"), "old");
  EXPECT_EQ(folder.names(), std::vector<std::string>{"page"});
}

TEST(PublishCommand, RefusesBadUsage) {
  for (const auto& arguments :
       {std::vector<std::string>{"publish"},
        {"publish", "--as", "pvclock", "--hz", "1", "--tsc", "1"},
        {"publish", "--hz", "1", "--tsc", "1", "--time-ns", "1"},
        {"publish", "--as", "hyperv", "--hz", "1", "--tsc", "1", "--time-ns", "1"},
        {"publish", "--as", "pvclock", "--hz", "-1", "--tsc", "1", "--time-ns", "1"},
        {"publish", "--as", "pvclock", "--hz", "1e9", "--tsc", "1", "--time-ns", "1"},
        {"publish", "--as", "pvclock", "--hz", "18446744073709551616", "--tsc", "1", "--time-ns", "1"},
        {"publish", "--as", "pvclock", "--hz", "1", "--tsc", "0x", "--time-ns", "1"},
        publishing(1, {"--rounding", "up"})}) {
    const auto ran = guestclock_command(arguments);
    EXPECT_EQ(ran.status, 2) << ran.out;
    EXPECT_EQ(ran.out, "");
    EXPECT_NE(ran.err.find("--help"), std::string::npos) << ran.err;
  }
}

TEST(PublishCommand, FailsWhereStdoutCannotBeWritten) {
  process_options options;
  options.stdout_path = "/dev/full";
  for (const auto& more : {std::vector<std::string>{}, {"--json"}, {"-o", "-"}}) {
    const auto ran = guestclock_command(publishing(1'000, more), options);
    EXPECT_EQ(ran.status, 2);
    EXPECT_NE(ran.err.find("cannot write to stdout"), std::string::npos) << ran.err;
  }
}

}  // namespace
