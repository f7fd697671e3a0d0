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
        {"publish", "--as", "sundial", "--hz", "1", "--tsc", "1", "--time-ns", "1"},
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

std::vector<std::string> publishing_as(const std::string& kind, u64 frequency_hz, u64 tsc, u64 time_ns,
                                       std::vector<std::string> more = {}) {
  std::vector<std::string> arguments{"publish",
                                     "--as",
                                     kind,
                                     "--hz",
                                     std::to_string(frequency_hz),
                                     "--tsc",
                                     std::to_string(tsc),
                                     "--time-ns",
                                     std::to_string(time_ns)};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

json inspected_at(const std::string& page, u64 counter, int status = 0) {
  const auto ran =
      guestclock_command({"inspect", "-", "--json", "--tsc", std::to_string(counter)}, tests::with_stdin(page));
  EXPECT_EQ(ran.status, status) << ran.err;
  return json::parse(ran.out, nullptr, false);
}

/// By 128-bit arithmetic: ⌊10^7 · 2^64 / f⌋; 0 where that does not fit 64 bits.
u64 exact_scale(u64 frequency_hz) {
  __extension__ using u128 = unsigned __int128;
  return frequency_hz <= 10'000'000 ? 0 : static_cast<u64>((static_cast<u128>(10'000'000) << 64) / frequency_hz);
}
/// ⌊2^(32 + shift) · mul / 100⌋; 0 where that does not fit 64 bits.
u64 kvm_scale(tick_rate rate) {
  __extension__ using u128 = unsigned __int128;
  const u128 scale = (static_cast<u128>(rate.mul) << (32 + rate.shift)) / 100;
  return scale >> 64 == 0 ? static_cast<u64>(scale) : 0;
}

constexpr u64 counter = 987'654'321'012;
constexpr u64 time_ns = 5'000'000'012'345'600;

void expect_hyperv(u64 frequency_hz, const std::string& rounding, u64 tsc_scale) {
  const bool fits = tsc_scale != 0;
  const auto ran =
      guestclock_command(publishing_as("hyperv", frequency_hz, counter, time_ns, {"--rounding", rounding}));
  EXPECT_EQ(ran.status, fits ? 0 : 1) << frequency_hz << ' ' << rounding << ran.err;
  EXPECT_EQ(ran.out.size(), 8193U);
  EXPECT_EQ(ran.err.empty(), fits) << ran.err;
  const json object = inspected_at(ran.out, counter, fits ? 0 : 1);
  EXPECT_EQ(object["kind"], "hyperv");
  EXPECT_EQ(object["valid"], fits);
  EXPECT_EQ(object["fields"]["TscSequence"], fits ? 1 : 0);
  EXPECT_EQ(object["fields"]["TscScale"], tsc_scale) << frequency_hz << ' ' << rounding;
  if (fits) {
    EXPECT_EQ(object["time_ns"], time_ns) << frequency_hz << ' ' << rounding;
  } else {
    EXPECT_EQ(object["why"], "sequence_invalid");
    EXPECT_NE(ran.err.find("out_of_range"), std::string::npos) << ran.err;
  }
}

TEST(PublishHyperv, IsReadBackByInspectInEitherRounding) {
  for (const auto& row : frequency_table) {
    expect_hyperv(row.frequency_hz, "exact", exact_scale(row.frequency_hz));
    expect_hyperv(row.frequency_hz, "kvm", kvm_scale(row.kvm));
  }
}

TEST(PublishHyperv, GivesTheScalesOfTheSpecification) {
  for (const auto& [frequency_hz, tsc_scale] : {std::pair<u64, u64>{10'000'001, 0xFFFF'FE52'80D9'24C8},
                                                {2'400'000'000, 0x0111'1111'1111'1111},
                                                {2'599'998'123, 0x00FC'0FCC'E8FF'665C},
                                                {8'000'000'001, 0x0051'EB85'1E8C'56EB}}) {
    const auto ran = guestclock_command(publishing_as("hyperv", frequency_hz, 1, 100, {"--json"}));
    EXPECT_EQ(published(ran)["fields"]["TscScale"], tsc_scale);
  }
}

TEST(PublishHyperv, PrintsKindFieldsAndThePage) {
  const auto ran = guestclock_command(publishing_as("hyperv", 2'400'000'000, 0, 500, {"--json"}));
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_EQ(ran.err, "");
  const json object = published(ran);
  EXPECT_EQ(object["kind"], "hyperv");
  const json fields = {{"TscSequence", 1}, {"Reserved1", 0}, {"TscScale", 0x0111'1111'1111'1111}, {"TscOffset", 5}};
  EXPECT_EQ(object["fields"], fields);
  const std::string hex = object["page_hex"];
  EXPECT_EQ(hex, "010000000000000011111111111111010500000000000000" + std::string(8192 - 48, '0'));
}

TEST(PublishHyperv, RoundsTheTimeUpAndSaysSo) {
  const auto up = guestclock_command(publishing_as("hyperv", 2'400'000'000, counter, 1'001));
  EXPECT_EQ(up.status, 0);
  EXPECT_NE(up.err.find("tells 1100 ns at that counter, rounded up"), std::string::npos) << up.err;
  EXPECT_EQ(inspected_at(up.out, counter)["time_ns"], 1'100);
  const auto down = guestclock_command(publishing_as("hyperv", 2'400'000'000, counter, 1'099, {"--rounding", "kvm"}));
  EXPECT_EQ(down.status, 0);
  EXPECT_NE(down.err.find("tells 1000 ns at that counter, rounded down to 100 ns, as KVM does"), std::string::npos)
      << down.err;
  EXPECT_EQ(inspected_at(down.out, counter)["time_ns"], 1'000);
}

TEST(PublishHyperv, GivesThePageThatIsNotUsableWhereAnythingDoesNotFit) {
  const u64 last = max_of<u64>;
  for (const auto& arguments : {publishing_as("hyperv", 0, 1, 1), publishing_as("hyperv", 10'000'000, 1, 1),
                                publishing_as("hyperv", 10'000'001, last, 1),
                                publishing_as("hyperv", 10'000'001, last, 1, {"--rounding", "kvm"}),
                                publishing_as("hyperv", 20'000'000, 1, last)}) {
    const auto ran = guestclock_command(arguments);
    EXPECT_EQ(ran.status, 1) << ran.err;
    EXPECT_EQ(ran.out, std::string(8192, '0') + "\n");
    EXPECT_NE(ran.err.find("the page is one that readers refuse"), std::string::npos) << ran.err;
  }
  const auto zero = guestclock_command(publishing_as("hyperv", 0, 1, 1));
  EXPECT_NE(zero.err.find("0 is not in [10000001, 18446744073709551615] for rounding exact (bad_frequency)"),
            std::string::npos)
      << zero.err;
  const auto offset = guestclock_command(publishing_as("hyperv", 10'000'001, last, 1));
  EXPECT_NE(offset.err.find("can tell 1 ns at counter 18446744073709551615"), std::string::npos) << offset.err;
}

TEST(PublishHyperv, WritesAPageOf4096Bytes) {
  const scratch_folder folder;
  const auto ran = guestclock_command(publishing_as("hyperv", 2'400'000'000, 1, 100, {"-o", folder / "page"}));
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_EQ(folder.read("page").size(), 4096U);
  const auto from_file = guestclock_command({"inspect", folder / "page", "--json"});
  EXPECT_EQ(from_file.status, 0) << from_file.err;
  EXPECT_EQ(from_file.out, guestclock_command({"inspect", "-", "--json"}, tests::with_stdin(ran.out)).out);
}

void expect_vmclock(u64 frequency_hz, const std::string& rounding) {
  constexpr u64 now_ns = 1'768'491'296'123'456'789;
  const bool fits = frequency_hz >= 2;
  const auto ran =
      guestclock_command(publishing_as("vmclock", frequency_hz, counter, now_ns, {"--rounding", rounding}));
  EXPECT_EQ(ran.status, fits ? 0 : 1) << frequency_hz << ran.err;
  EXPECT_EQ(ran.out.size(), 225U);
  const auto inspected = guestclock_command({"inspect", "-", "--json"}, tests::with_stdin(ran.out));
  EXPECT_EQ(inspected.status, fits ? 0 : 1) << inspected.err;
  const json object = json::parse(inspected.out, nullptr, false);
  EXPECT_EQ(object["kind"], "vmclock");
  EXPECT_EQ(object["valid"], fits);
  EXPECT_EQ(object["fields"]["seq_count"], 2);
  if (!fits) {
    EXPECT_EQ(object["why"], "invalid_header");
    return;
  }
  EXPECT_EQ(object["time_ns"], now_ns) << frequency_hz;
  EXPECT_EQ(object["frequency_hz"], frequency_hz);
  EXPECT_EQ(object["fields"]["counter_value"], counter);
  EXPECT_TRUE(object["error_bound_ns"].is_null());
}

TEST(PublishVmclock, IsReadBackByInspectInEitherRounding) {
  for (const auto& row : frequency_table) {
    expect_vmclock(row.frequency_hz, "exact");
    expect_vmclock(row.frequency_hz, "kvm");
  }
}

TEST(PublishVmclock, IsReadBackAtEveryNanosecond) {
  for (const u64 now_ns : {u64(0), u64(1), u64(999'999'999), u64(1'000'000'000), u64(1'000'000'001), max_of<u64>}) {
    const auto ran = guestclock_command(publishing_as("vmclock", 2'400'000'000, counter, now_ns));
    EXPECT_EQ(inspected_at(ran.out, counter)["time_ns"], now_ns);
  }
}

TEST(PublishVmclock, DeclaresNoMoreThanItWasTold) {
  const json object =
      published(guestclock_command(publishing_as("vmclock", 1'000'000'000, 7, 1'500'000'000, {"--json"})));
  EXPECT_EQ(object["kind"], "vmclock");
  const json fields = {{"magic", 0x4B4C'4356},
                       {"size", 112},
                       {"version", 1},
                       {"counter_id", 1},
                       {"time_type", 1},
                       {"seq_count", 2},
                       {"disruption_marker", 0},
                       {"flags", 0},
                       {"pad", {0, 0}},
                       {"clock_status", 2},
                       {"leap_second_smearing_hint", 0},
                       {"tai_offset_sec", 0},
                       {"leap_indicator", 0},
                       {"counter_period_shift", 29},
                       {"counter_value", 7},
                       {"counter_period_frac_sec", 0x8970'5F41'36B4'A597},
                       {"counter_period_esterror_rate_frac_sec", 0},
                       {"counter_period_maxerror_rate_frac_sec", 0},
                       {"time_sec", 1},
                       {"time_frac_sec", 0x8000'0000'0000'0000},
                       {"time_esterror_nanosec", 0},
                       {"time_maxerror_nanosec", 0},
                       {"vm_generation_counter", 0}};
  EXPECT_EQ(object["fields"], fields);
}

TEST(PublishVmclock, SaysThatKvmHasNoRoundingForIt) {
  const auto kvm = guestclock_command(publishing_as("vmclock", 2'599'998'123, 7, 8, {"--rounding", "kvm"}));
  EXPECT_EQ(kvm.out, guestclock_command(publishing_as("vmclock", 2'599'998'123, 7, 8)).out);
  EXPECT_NE(kvm.err.find("KVM writes no vmclock page"), std::string::npos) << kvm.err;
}

TEST(PublishVmclock, NamesNoCounterWhereThereIsNoPeriod) {
  for (const u64 frequency_hz : {u64(0), u64(1)}) {
    const auto ran = guestclock_command(publishing_as("vmclock", frequency_hz, 7, 8, {"--json"}));
    EXPECT_EQ(ran.status, 1);
    EXPECT_NE(ran.err.find("is not in [2, 18446744073709551615] (bad_frequency)"), std::string::npos) << ran.err;
    EXPECT_EQ(published(ran)["fields"]["counter_id"], 255);
    EXPECT_EQ(published(ran)["fields"]["clock_status"], 0);
  }
}

}  // namespace
