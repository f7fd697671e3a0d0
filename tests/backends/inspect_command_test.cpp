// SPDX-License-Identifier: BSL-1.0
// `guestclock inspect` as another program sees it.
#include "command.hpp"
#include "pages.hpp"
#include "scratch_folder.hpp"

#include <cstring>
#include <string>
#include <vector>

#include <unistd.h>

namespace {

using namespace guestclock;
using guestclock::tests::guestclock_command;
using guestclock::tests::json;
using guestclock::tests::plain_page;
using guestclock::tests::process_result;
using guestclock::tests::scratch_folder;
using guestclock::tests::with_stdin;
using guestclock::tests::with_stdin_from;

json parsed(const process_result& ran) {
  return guestclock::tests::parsed_object(
      ran, {"kind", "valid", "why", "frequency_hz", "time_ns", "clamped", "stable", "error_bound_ns", "fields"});
}

template <class Page> std::string bytes_of(const Page& page) {
  std::string bytes(sizeof page, '\0');
  std::memcpy(bytes.data(), &page, sizeof page);
  return bytes;
}
template <class Page> std::string hex_of(const Page& page) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const char byte : bytes_of(page)) {
    text += digits[static_cast<unsigned char>(byte) >> 4];
    text += digits[static_cast<unsigned char>(byte) & 15];
  }
  return text;
}

process_result inspect(const std::string& input, std::vector<std::string> more = {}) {
  more.insert(more.begin(), {"inspect", "-"});
  return guestclock_command(more, with_stdin(input));
}

TEST(InspectCommand, TellsTheTimeAtACounter) {
  const pvclock_vcpu_time_info page = plain_page();
  const u64 counter = page.tsc_timestamp + 7'654'321;
  const auto ran = inspect(bytes_of(page), {"--tsc", std::to_string(counter), "--json"});
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_EQ(ran.err, "");
  const json object = parsed(ran);
  EXPECT_EQ(object["kind"], "pvclock");
  EXPECT_EQ(object["valid"], true);
  EXPECT_TRUE(object["why"].is_null());
  EXPECT_EQ(object["frequency_hz"], 2'600'000'001);
  EXPECT_EQ(object["time_ns"], tests::predicted(page, counter));
  EXPECT_EQ(object["clamped"], false);
  EXPECT_EQ(object["stable"], true);
  EXPECT_EQ(object["error_bound_ns"], 2);
  const json fields = {{"version", 6},
                       {"pad0", 0},
                       {"tsc_timestamp", 1'000'000'000'000},
                       {"system_time", 5'000'000'000'000},
                       {"tsc_to_system_mul", 0xC4EC'4EC4},
                       {"tsc_shift", -1},
                       {"flags", 1},
                       {"pad", {0, 0}}};
  EXPECT_EQ(object["fields"], fields);
}

TEST(InspectCommand, TakesBinaryAndHexFromFilesAndStdin) {
  const scratch_folder folder;
  const std::string hex = hex_of(plain_page());
  folder.write("binary", bytes_of(plain_page()));
  folder.write("hex", hex + "\n");
  const std::string expected = inspect(hex, {"--json"}).out;
  EXPECT_EQ(parsed(inspect(hex, {"--json"}))["time_ns"], 5'000'000'000'000);
  for (const std::string name : {"binary", "hex"})
    EXPECT_EQ(guestclock_command({"inspect", folder / name, "--json"}).out, expected) << name;
  std::string upper = hex;
  for (char& digit : upper) digit = static_cast<char>(std::toupper(static_cast<unsigned char>(digit)));
  for (const std::string& text : {"0x" + hex, " \n0X" + upper, hex.substr(0, 60) + "\n" + hex.substr(60) + "\n",
                                  hex.substr(0, 3) + "\r\n\t " + hex.substr(3)})
    EXPECT_EQ(inspect(text, {"--json"}).out, expected) << text;
}

TEST(InspectCommand, SaysThatItTookTheFirstBytesOfMore) {
  const auto binary = inspect(bytes_of(plain_page()) + std::string(4064, '\0'), {"--as", "pvclock"});
  EXPECT_EQ(binary.status, 0) << binary.err;
  EXPECT_NE(binary.out.find("the input has 4 096 bytes; the page is its first 32"), std::string::npos) << binary.out;
  const auto hex = inspect(hex_of(plain_page()) + "00", {"--as", "pvclock"});
  EXPECT_NE(hex.out.find("the input has 66 hex digits; the page is its first 64"), std::string::npos) << hex.out;
  const auto as_json = inspect(hex_of(plain_page()) + "00", {"--as", "pvclock", "--json"});
  EXPECT_EQ(as_json.status, 0);
  EXPECT_NE(as_json.err.find("66 hex digits"), std::string::npos) << as_json.err;
}

TEST(InspectCommand, PrintsLinesForAPerson) {
  const auto ran = inspect(bytes_of(plain_page()));
  EXPECT_EQ(ran.status, 0) << ran.err;
  for (const char* part : {"page ",
                           "version ",
                           "pad0 ",
                           "tsc_timestamp ",
                           "1 000 000 000 000",
                           "system_time ",
                           "tsc_to_system_mul ",
                           "0xc4ec4ec4",
                           "tsc_shift ",
                           "flags ",
                           "TSC_STABLE",
                           "pad ",
                           "\nvalid ",
                           "\nfrequency ",
                           "2 600 000 001 Hz",
                           "\ncounter ",
                           "the page's own tsc_timestamp",
                           "\ntime ",
                           "5000.000000000 s",
                           "\nerror bound "})
    EXPECT_NE(ran.out.find(part), std::string::npos) << part << " is not in\n" << ran.out;
}

struct faulty_page {
  pvclock_vcpu_time_info page;
  const char* why;
  const char* words;
};

std::vector<faulty_page> faulty_pages() {
  std::vector<faulty_page> pages(4, {plain_page(), "", ""});
  pages[0].page.version = 7;
  pages[0].why = "update_in_progress";
  pages[0].words = "the version is odd";
  pages[1].page.tsc_to_system_mul = 0;
  pages[1].why = "bad_multiplier";
  pages[1].words = "never published";
  pages[2].page.tsc_shift = 32;
  pages[2].why = "bad_shift";
  pages[2].words = "the shift is not in [-31, 31]";
  pages[3].page.tsc_shift = -128;
  pages[3].why = "bad_shift";
  pages[3].words = "NOT IN [-31, 31]";
  return pages;
}

TEST(InspectCommand, SaysWhatIsWrongWithAPage) {
  for (const auto& [page, why, words] : faulty_pages()) {
    const auto ran = inspect(bytes_of(page), {"--json"});
    EXPECT_EQ(ran.status, 1) << why;
    const json object = parsed(ran);
    EXPECT_EQ(object["valid"], false) << why;
    EXPECT_EQ(object["why"], why);
    for (const char* key : {"frequency_hz", "time_ns", "clamped", "stable", "error_bound_ns"})
      EXPECT_TRUE(object[key].is_null()) << why << ' ' << key;
    EXPECT_EQ(object["fields"]["tsc_shift"], int{page.tsc_shift});
    const auto lines = inspect(bytes_of(page));
    EXPECT_EQ(lines.status, 1);
    EXPECT_NE(lines.out.find(why), std::string::npos) << lines.out;
    EXPECT_NE(lines.out.find(words), std::string::npos) << lines.out;
  }
}

TEST(InspectCommand, SaysWhyACounterHasNoTime) {
  const pvclock_vcpu_time_info page = plain_page();
  const json before = parsed(inspect(bytes_of(page), {"--tsc", "0", "--json"}));
  EXPECT_EQ(before["valid"], true);
  EXPECT_EQ(before["why"], "counter_before_snapshot");
  EXPECT_TRUE(before["time_ns"].is_null());
  EXPECT_EQ(before["frequency_hz"], 2'600'000'001);
  EXPECT_EQ(inspect(bytes_of(page), {"--tsc", "0"}).status, 1);
  pvclock_vcpu_time_info late = page;
  late.system_time = ~std::uint64_t{0};
  const auto ran = inspect(bytes_of(late), {"--tsc", "2000000000000"});
  EXPECT_EQ(ran.status, 1);
  EXPECT_NE(ran.out.find("out_of_range"), std::string::npos) << ran.out;
}

TEST(InspectCommand, ShowsTheClampAndTheFlags) {
  pvclock_vcpu_time_info page = plain_page();
  page.flags = 0x86;
  page.pad0 = 0xABCD;
  page.pad[1] = 9;
  const std::vector<std::string> just_before{"--tsc", std::to_string(page.tsc_timestamp - 2'600)};
  const auto ran = inspect(bytes_of(page), {"--json", just_before[0], just_before[1]});
  EXPECT_EQ(ran.status, 0) << ran.err;
  const json object = parsed(ran);
  EXPECT_EQ(object["clamped"], true);
  EXPECT_EQ(object["stable"], false);
  EXPECT_EQ(object["time_ns"], page.system_time);
  EXPECT_EQ(object["error_bound_ns"], 1'002);
  EXPECT_EQ(object["fields"]["flags"], 0x86);
  EXPECT_EQ(object["fields"]["pad0"], 0xABCD);
  EXPECT_EQ(object["fields"]["pad"], json({0, 9}));
  const std::string lines = inspect(bytes_of(page), just_before).out;
  for (const char* part : {"GUEST_STOPPED", "TSC_STABLE is clear", "unknown bits 0x84", "\nclamped "})
    EXPECT_NE(lines.find(part), std::string::npos) << part << " is not in\n" << lines;
}

void expect_unreadable(const process_result& ran, const std::string& why) {
  EXPECT_EQ(ran.status, 2) << ran.out;
  EXPECT_EQ(ran.out, "");
  EXPECT_TRUE(ran.err.starts_with("guestclock: ")) << ran.err;
  EXPECT_NE(ran.err.find(why), std::string::npos) << ran.err;
}

TEST(InspectCommand, RefusesWhatIsNoPage) {
  const scratch_folder folder;
  const std::string hex = hex_of(plain_page());
  expect_unreadable(inspect(""), "nothing in it");
  expect_unreadable(inspect(" \n"), "nothing in it");
  expect_unreadable(inspect("0x"), "nothing in it");
  expect_unreadable(inspect(bytes_of(plain_page()).substr(0, 31)), "31 bytes are too short");
  expect_unreadable(inspect(hex.substr(0, 63)), "63 hex digits are too short");
  expect_unreadable(inspect(hex.substr(0, 63), {"--as", "pvclock"}),
                    "63 hex digits are too short: a pvclock page has 32 bytes, 64 digits");
  expect_unreadable(inspect("hello, world"), "'h' at position 1");
  expect_unreadable(inspect(hex.substr(0, 62) + "0x"), "'x' at position 64");
  expect_unreadable(inspect("00000000: " + hex), "xxd -p");
  expect_unreadable(guestclock_command({"inspect", folder / ""}), "directory");
  expect_unreadable(guestclock_command({"inspect", folder / "missing"}), "No such file");
  expect_unreadable(guestclock_command({"inspect", ""}), "No such file");
  expect_unreadable(guestclock_command({"inspect", "/proc/self/mem"}), "cannot read /proc/self/mem");
}

TEST(InspectCommand, RefusesAFileThatItMayNotRead) {
  if (geteuid() == 0) GTEST_SKIP() << "root may read every file";
  const scratch_folder folder;
  folder.write("page", bytes_of(plain_page()));
  folder.set_permissions("page", 0);
  expect_unreadable(guestclock_command({"inspect", folder / "page"}), "Permission denied");
}

TEST(InspectCommand, ReadsABoundedPartOfWhatDoesNotEnd) {
  for (const auto& ran : {guestclock_command({"inspect", "/dev/zero", "--as", "pvclock"}),
                          guestclock_command({"inspect", "-", "--as", "pvclock"}, with_stdin_from("/dev/zero"))}) {
    EXPECT_EQ(ran.status, 1) << ran.err;
    EXPECT_NE(ran.out.find("more than 65 536 bytes"), std::string::npos) << ran.out;
    EXPECT_NE(ran.out.find("bad_multiplier"), std::string::npos) << ran.out;
  }
  expect_unreadable(guestclock_command({"inspect", "/dev/zero"}), "more than 65 536 bytes may be any kind of page");
  const auto piped = tests::run_process({"/bin/sh", "-c", "yes | \"$0\" inspect -", GUESTCLOCK_PATH});
  expect_unreadable(piped, "'y' at position 1");
}

TEST(InspectCommand, FailsWhereStdinIsClosed) {
  expect_unreadable(tests::run_process({"/bin/sh", "-c", "\"$0\" inspect - <&-", GUESTCLOCK_PATH}), "standard input");
}

TEST(InspectCommand, ShowsTheLivePage) {
  REQUIRE_LIVE_PAGE(page);
  const auto before = tests::copy_of(page);
  const auto ran = guestclock_command({"inspect", "live", "--json"});
  EXPECT_EQ(ran.status, 0) << ran.err;
  const json object = parsed(ran);
  EXPECT_EQ(object["valid"], true);
  EXPECT_EQ(object["stable"], (before.flags & 1) != 0);
  EXPECT_EQ(object["fields"]["tsc_to_system_mul"], before.tsc_to_system_mul);
  EXPECT_GT(object["time_ns"].get<u64>(), before.system_time);
  const auto lines = guestclock_command({"inspect", "live"});
  EXPECT_NE(lines.out.find("ticks, now"), std::string::npos) << lines.out;
}

TEST(InspectCommand, AsksTheLivePageAboutAnotherCounter) {
  REQUIRE_LIVE_PAGE(page);
  const auto copy = tests::copy_of(page);
  const json object =
      parsed(guestclock_command({"inspect", "live", "--json", "--tsc", std::to_string(copy.tsc_timestamp)}));
  EXPECT_EQ(object["time_ns"], object["fields"]["system_time"]);
}

TEST(InspectCommand, SaysThatThereIsNoLivePage) {
  const auto ran = guestclock_command({"inspect", "live", "--json"}, tests::without_live_page());
  EXPECT_EQ(ran.status, 1);
  EXPECT_NE(ran.err.find("no live pvclock page"), std::string::npos) << ran.err;
  const json object = parsed(ran);
  EXPECT_EQ(object["valid"], false);
  EXPECT_EQ(object["why"], "no_clock");
  EXPECT_TRUE(object["fields"].is_null());
  const auto lines = guestclock_command({"inspect", "live"}, tests::without_live_page());
  EXPECT_EQ(lines.status, 1);
  EXPECT_EQ(lines.out, "");
}

TEST(InspectCommand, RefusesBadUsage) {
  for (const auto& arguments : {std::vector<std::string>{"inspect"},
                                {"inspect", "-", "extra"},
                                {"inspect", "-", "--as", "sundial"},
                                {"inspect", "-", "--as"},
                                {"inspect", "-", "--tsc"},
                                {"inspect", "-", "--tsc", "-1"},
                                {"inspect", "-", "--tsc", "5 "}}) {
    const auto ran = guestclock_command(arguments);
    EXPECT_EQ(ran.status, 2) << ran.out;
    EXPECT_EQ(ran.out, "");
    EXPECT_NE(ran.err.find("--help"), std::string::npos) << ran.err;
  }
  const auto kind = guestclock_command({"inspect", "-", "--as", "sundial"});
  EXPECT_NE(kind.err.find("there are pvclock, hyperv and vmclock"), std::string::npos) << kind.err;
}

/// At 2.4 GHz; at counter 0 it is 5 s.
hv_reference_tsc_page plain_hyperv_page() {
  hv_reference_tsc_page page{};
  page.tsc_sequence = 7;
  page.tsc_scale = 0x0111'1111'1111'1111;
  page.tsc_offset = 50'000'000;
  return page;
}

TEST(InspectHyperv, TellsTheTimeAtACounter) {
  const auto ran = inspect(bytes_of(plain_hyperv_page()), {"--tsc", "2400000001", "--json"});
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_EQ(ran.err, "");
  const json object = parsed(ran);
  EXPECT_EQ(object["kind"], "hyperv");
  EXPECT_EQ(object["valid"], true);
  EXPECT_TRUE(object["why"].is_null());
  EXPECT_EQ(object["frequency_hz"], 2'400'000'000);
  EXPECT_EQ(object["time_ns"], 6'000'000'000);
  EXPECT_EQ(object["clamped"], false);
  EXPECT_EQ(object["stable"], true);
  EXPECT_EQ(object["error_bound_ns"], 100);
  const json fields = {
      {"TscSequence", 7}, {"Reserved1", 0}, {"TscScale", 0x0111'1111'1111'1111}, {"TscOffset", 50'000'000}};
  EXPECT_EQ(object["fields"], fields);
}

TEST(InspectHyperv, TakesBinaryAndHexOfAWholePage) {
  const scratch_folder folder;
  const std::string bytes = bytes_of(plain_hyperv_page());
  folder.write("binary", bytes);
  const std::string expected = inspect(bytes, {"--json"}).out;
  EXPECT_EQ(parsed(inspect(bytes, {"--json"}))["time_ns"], 5'000'000'000);
  EXPECT_EQ(inspect(hex_of(plain_hyperv_page()) + "\n", {"--json"}).out, expected);
  EXPECT_EQ(guestclock_command({"inspect", folder / "binary", "--json"}).out, expected);
  EXPECT_EQ(inspect(bytes, {"--json", "--as", "hyperv"}).out, expected);
}

TEST(InspectHyperv, AsksAboutTheFirstCounterThatHasATimeAndSaysSo) {
  const auto at_zero = inspect(bytes_of(plain_hyperv_page()));
  EXPECT_NE(at_zero.out.find("\ncounter        0 ticks, the first that can have a time"), std::string::npos)
      << at_zero.out;
  auto page = plain_hyperv_page();
  page.tsc_offset = -50'000'000;
  const auto later = inspect(bytes_of(page));
  EXPECT_EQ(later.status, 0) << later.err;
  EXPECT_NE(later.out.find("\ncounter        12 000 000 001 ticks, the first"), std::string::npos) << later.out;
  EXPECT_EQ(parsed(inspect(bytes_of(page), {"--json"}))["time_ns"], 0);
  EXPECT_EQ(parsed(inspect(bytes_of(page), {"--json", "--tsc", "12000000000"}))["why"], "out_of_range");
}

TEST(InspectHyperv, HasNoTimeWhereNoCounterHasOne) {
  auto page = plain_hyperv_page();
  page.tsc_offset = min_of<i64>;
  const auto ran = inspect(bytes_of(page), {"--json"});
  EXPECT_EQ(ran.status, 1);
  const json object = parsed(ran);
  EXPECT_EQ(object["valid"], true);
  EXPECT_EQ(object["why"], "out_of_range");
  EXPECT_TRUE(object["time_ns"].is_null());
  EXPECT_EQ(object["frequency_hz"], 2'400'000'000);
  EXPECT_EQ(object["fields"]["TscOffset"], min_of<i64>);
}

TEST(InspectHyperv, SaysThatAPageIsNotUsable) {
  auto page = plain_hyperv_page();
  page.tsc_sequence = 0;
  const auto ran = inspect(bytes_of(page), {"--json"});
  EXPECT_EQ(ran.status, 1);
  const json object = parsed(ran);
  EXPECT_EQ(object["valid"], false);
  EXPECT_EQ(object["why"], "sequence_invalid");
  for (const char* key : {"frequency_hz", "time_ns", "clamped", "stable", "error_bound_ns"})
    EXPECT_TRUE(object[key].is_null()) << key;
  EXPECT_EQ(object["fields"]["TscScale"], page.tsc_scale);
  const auto lines = inspect(bytes_of(page));
  EXPECT_EQ(lines.status, 1);
  for (const char* part : {"NOT USABLE NOW", "NO: sequence_invalid", "reference counter instead"})
    EXPECT_NE(lines.out.find(part), std::string::npos) << part << " is not in\n" << lines.out;
}

TEST(InspectHyperv, AcceptsEverySequenceButZero) {
  auto page = plain_hyperv_page();
  for (const std::uint32_t sequence : {1U, 0xFFFF'FFFEU, 0xFFFF'FFFFU}) {
    page.tsc_sequence = sequence;
    EXPECT_EQ(inspect(bytes_of(page)).status, 0) << sequence;
  }
}

TEST(InspectHyperv, RefusesAScaleOfZero) {
  auto page = plain_hyperv_page();
  page.tsc_scale = 0;
  const auto ran = inspect(bytes_of(page), {"--json"});
  EXPECT_EQ(ran.status, 1);
  EXPECT_EQ(parsed(ran)["why"], "bad_multiplier");
  EXPECT_NE(inspect(bytes_of(page)).out.find("the scale is 0"), std::string::npos);
}

TEST(InspectHyperv, PrintsLinesForAPerson) {
  const auto ran = inspect(bytes_of(plain_hyperv_page()));
  EXPECT_EQ(ran.status, 0) << ran.err;
  for (const char* part : {"page           hyperv, from standard input", "TscSequence ", "not 0: usable", "Reserved1 ",
                           "TscScale ", "0x0111111111111111", "0.416666667 ns per tick", "TscOffset ", "+50 000 000",
                           "\nvalid          yes", "2 400 000 000 Hz", "5.000000000 s", "100 ns of conversion"})
    EXPECT_NE(ran.out.find(part), std::string::npos) << part << " is not in\n" << ran.out;
}

TEST(InspectHyperv, ShowsTheLivePage) {
  const auto ran =
      guestclock_command({"inspect", "live", "--as", "hyperv", "--json"}, tests::with_live_page_of("hyperv"));
  EXPECT_EQ(ran.status, 0) << ran.err;
  const json object = parsed(ran);
  EXPECT_EQ(object["kind"], "hyperv");
  EXPECT_EQ(object["fields"]["TscSequence"], 7);
  EXPECT_GT(object["time_ns"], 0);
  const auto found = guestclock_command({"inspect", "live"}, tests::with_live_page_of("hyperv"));
  EXPECT_EQ(found.status, 0) << found.err;
  EXPECT_NE(found.out.find("hyperv, from the live page of this machine, [vvar_vclock]"), std::string::npos)
      << found.out;
  EXPECT_NE(found.out.find("ticks, now"), std::string::npos) << found.out;
}

/// At 1 GHz by the period of UAPI.13's example; 2026-01-15 15:34:56 UTC, and half a second.
vmclock_abi plain_vmclock_page() {
  vmclock_abi page{};
  page.magic = vmclock_magic;
  page.size = 4096;
  page.version = vmclock_version;
  page.counter_id = vmclock_counter_x86_tsc;
  page.time_type = vmclock_time_tai;
  page.seq_count = 4;
  page.disruption_marker = 3;
  page.flags = vmclock_tai_offset_valid + vmclock_period_maxerror_valid + vmclock_time_maxerror_valid +
               vmclock_vm_gen_counter_present;
  page.clock_status = vmclock_status_synchronized;
  page.tai_offset_sec = 37;
  page.counter_period_shift = 29;
  page.counter_value = 1'000'000;
  page.counter_period_frac_sec = 0x8970'5F41'36B4'A597;
  page.counter_period_maxerror_rate_frac_sec = page.counter_period_frac_sec / 1'000'000;
  page.time_sec = 1'768'491'296 + 37;
  page.time_frac_sec = std::uint64_t(1) << 63;
  page.time_maxerror_nanosec = 250;
  page.vm_generation_counter = 5;
  return page;
}

TEST(InspectVmclock, TellsTheTimeAtACounter) {
  const auto ran = inspect(bytes_of(plain_vmclock_page()), {"--tsc", "1001000000", "--json"});
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_EQ(ran.err, "");
  const json object = parsed(ran);
  EXPECT_EQ(object["kind"], "vmclock");
  EXPECT_EQ(object["valid"], true);
  EXPECT_TRUE(object["why"].is_null());
  EXPECT_EQ(object["frequency_hz"], 1'000'000'000);
  EXPECT_EQ(object["time_ns"], 1'768'491'334'499'999'999) << "a period that is rounded down, and ns that are";
  EXPECT_EQ(object["clamped"], false);
  EXPECT_EQ(object["stable"], true);
  EXPECT_EQ(object["error_bound_ns"], 250 + 1'000) << "1 ppm of a second";
  const json fields = {{"magic", 0x4B4C'4356},
                       {"size", 4096},
                       {"version", 1},
                       {"counter_id", 1},
                       {"time_type", 1},
                       {"seq_count", 4},
                       {"disruption_marker", 3},
                       {"flags", 0x151},
                       {"pad", {0, 0}},
                       {"clock_status", 2},
                       {"leap_second_smearing_hint", 0},
                       {"tai_offset_sec", 37},
                       {"leap_indicator", 0},
                       {"counter_period_shift", 29},
                       {"counter_value", 1'000'000},
                       {"counter_period_frac_sec", 0x8970'5F41'36B4'A597},
                       {"counter_period_esterror_rate_frac_sec", 0},
                       {"counter_period_maxerror_rate_frac_sec", 0x8970'5F41'36B4'A597 / 1'000'000},
                       {"time_sec", 1'768'491'333},
                       {"time_frac_sec", 0x8000'0000'0000'0000},
                       {"time_esterror_nanosec", 0},
                       {"time_maxerror_nanosec", 250},
                       {"vm_generation_counter", 5}};
  EXPECT_EQ(object["fields"], fields);
}

TEST(InspectVmclock, IsFoundByItsMagicAtAnyLength) {
  const std::string bytes = bytes_of(plain_vmclock_page());
  const std::string expected = inspect(bytes, {"--json"}).out;
  EXPECT_EQ(parsed(inspect(bytes, {"--json"}))["time_ns"], 1'768'491'333'500'000'000) << "at its own counter_value";
  for (const std::string& input :
       {bytes + std::string(4096 - 112, '\0'), hex_of(plain_vmclock_page()), bytes + std::string(7, '\1')})
    EXPECT_EQ(inspect(input, {"--json"}).out, expected);
  EXPECT_EQ(inspect(bytes, {"--json", "--as", "vmclock"}).out, expected);
}

TEST(InspectVmclock, SaysThatItTookTheFirstBytesOnlyWhereThePageDoesNotSaySo) {
  const std::string bytes = bytes_of(plain_vmclock_page());
  EXPECT_EQ(inspect(bytes + std::string(4096 - 112, '\0')).out.find("the input has"), std::string::npos);
  EXPECT_NE(inspect(bytes + "\1").out.find("the input has 113 bytes; the page is its first 112"), std::string::npos);
}

TEST(InspectVmclock, DeclaresNoBoundWhereAPartOfItIsMissing) {
  for (const std::uint64_t flag : {vmclock_period_maxerror_valid, vmclock_time_maxerror_valid}) {
    auto page = plain_vmclock_page();
    page.flags -= flag;
    const auto ran = inspect(bytes_of(page), {"--json"});
    EXPECT_EQ(ran.status, 0);
    EXPECT_TRUE(parsed(ran)["error_bound_ns"].is_null());
    EXPECT_NE(inspect(bytes_of(page)).out.find("none: the page declares no bound"), std::string::npos);
  }
}

TEST(InspectVmclock, ShowsTheClamp) {
  const auto ran = inspect(bytes_of(plain_vmclock_page()), {"--json", "--tsc", "999000"});
  EXPECT_EQ(ran.status, 0) << ran.err;
  const json object = parsed(ran);
  EXPECT_EQ(object["clamped"], true);
  EXPECT_EQ(object["time_ns"], 1'768'491'333'500'000'000);
  EXPECT_EQ(object["error_bound_ns"], 250 + 1 + 1'000) << "1000 ticks of 1 ns, and of 1 ppm, rounded up";
  const auto lines = inspect(bytes_of(plain_vmclock_page()), {"--tsc", "999000"});
  EXPECT_NE(lines.out.find("the counter lies before counter_value"), std::string::npos) << lines.out;
}

TEST(InspectVmclock, NamesStatesAndFlags) {
  auto page = plain_vmclock_page();
  page.flags = 0x3FF + (std::uint64_t(1) << 40);
  page.leap_indicator = 1;
  page.clock_status = vmclock_status_freerunning;
  page.leap_second_smearing_hint = 1;
  const auto ran = inspect(bytes_of(page));
  EXPECT_EQ(ran.status, 0) << ran.err;
  for (const char* part : {"x86 TSC", "TAI", "FREERUNNING", "NOON_LINEAR", "PRE_POS",
                           "TAI_OFFSET_VALID, DISRUPTION_SOON, DISRUPTION_IMMINENT",
                           "PERIOD_ESTERROR_VALID, PERIOD_MAXERROR_VALID, TIME_ESTERROR_VALID, TIME_MAXERROR_VALID",
                           "TIME_MONOTONIC, VM_GEN_COUNTER_PRESENT, NOTIFICATION_PRESENT, unknown bits 0x10000000000",
                           "+37   s: TAI - UTC"})
    EXPECT_NE(ran.out.find(part), std::string::npos) << part << " is not in\n" << ran.out;
}

TEST(InspectVmclock, TellsUtcWhereThePageClaimsIt) {
  const auto claimed = inspect(bytes_of(plain_vmclock_page()));
  EXPECT_NE(claimed.out.find("1768491333.500000000 s since 1970 in TAI"), std::string::npos) << claimed.out;
  EXPECT_NE(claimed.out.find("utc            1768491296.500000000 s since 1970 (15:34:56 UTC of day 20468)"),
            std::string::npos)
      << claimed.out;
  auto page = plain_vmclock_page();
  page.flags -= vmclock_tai_offset_valid;
  EXPECT_NE(inspect(bytes_of(page)).out.find("utc            not claimed"), std::string::npos);
  page.time_type = vmclock_time_monotonic;
  const auto monotonic = inspect(bytes_of(page));
  EXPECT_NE(monotonic.out.find("s since this clock's zero"), std::string::npos) << monotonic.out;
  page.time_type = vmclock_time_utc;
  const auto only_utc = inspect(bytes_of(page));
  EXPECT_NE(only_utc.out.find("counted as UTC"), std::string::npos) << only_utc.out;
}

TEST(InspectVmclock, TellsTheLeapSecond) {
  auto page = plain_vmclock_page();
  page.leap_indicator = vmclock_leap_now;
  page.time_sec = 1'483'228'799 + 37;  // 2016-12-31 23:59:60, as a host counts it that repeats the second before
  page.tai_offset_sec = 37;
  const auto ran = inspect(bytes_of(page));
  EXPECT_NE(ran.out.find("1483228799.500000000 s, and in the leap second after it"), std::string::npos) << ran.out;
}

TEST(InspectVmclock, SaysWhatIsWrongWithAPage) {
  struct fault {
    const char* why;
    const char* words;
    vmclock_abi page = plain_vmclock_page();
  };
  std::vector<fault> faults{{"update_in_progress", "AN UPDATE IS IN PROGRESS"},
                            {"invalid_header", "its clock_status is 4"},
                            {"invalid_header", "it speaks of counter 255 (none)"},
                            {"invalid_header", "its time is of type 3"},
                            {"invalid_header", "it says that it has 4097 bytes, which is not in [112, 4096]"},
                            {"bad_multiplier", "the period is 0"},
                            {"bad_shift", "the shift is not in [0, 63]"}};
  faults[0].page.seq_count = 5;
  faults[1].page.clock_status = vmclock_status_unreliable;
  faults[2].page.counter_id = vmclock_counter_invalid;
  faults[3].page.time_type = vmclock_time_smeared;
  faults[4].page.size = 4097;
  faults[5].page.counter_period_frac_sec = 0;
  faults[6].page.counter_period_shift = 64;
  for (const auto& [why, words, page] : faults) {
    const auto ran = inspect(bytes_of(page), {"--json"});
    EXPECT_EQ(ran.status, 1) << words;
    const json object = parsed(ran);
    EXPECT_EQ(object["valid"], false) << words;
    EXPECT_EQ(object["why"], why) << words;
    for (const char* key : {"frequency_hz", "time_ns", "clamped", "stable", "error_bound_ns"})
      EXPECT_TRUE(object[key].is_null()) << words << ' ' << key;
    const auto lines = inspect(bytes_of(page));
    EXPECT_NE(lines.out.find(words), std::string::npos) << words << " is not in\n" << lines.out;
  }
}

TEST(InspectVmclock, SaysWhyACounterHasNoTime) {
  const json before = parsed(inspect(bytes_of(plain_vmclock_page()), {"--tsc", "18446744069414584319", "--json"}));
  EXPECT_EQ(before["valid"], true);
  EXPECT_EQ(before["why"], "counter_before_snapshot");
  auto page = plain_vmclock_page();
  page.time_sec = 18'446'744'074;  // 2^64 ns are a little more
  EXPECT_EQ(parsed(inspect(bytes_of(page), {"--json"}))["why"], "out_of_range");
}

TEST(InspectVmclock, JudgesAPageOfAnotherMachineForItsOwnCounter) {
  auto page = plain_vmclock_page();
  page.counter_id = vmclock_counter_arm_virtual;
  const auto ran = inspect(bytes_of(page));
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_NE(ran.out.find("ARM virtual counter"), std::string::npos) << ran.out;
}

TEST(InspectVmclock, RefusesWhatDoesNotBeginWithTheMagicIfItIsAskedForAVmclock) {
  auto page = plain_hyperv_page();
  page.tsc_scale = 0x0222'2222'2222'2222;  // what would be seq_count is even
  const auto ran = inspect(bytes_of(page), {"--as", "vmclock"});
  EXPECT_EQ(ran.status, 1);
  EXPECT_NE(ran.out.find("NO: invalid_header: the magic is 0x7, not 0x4b4c4356"), std::string::npos) << ran.out;
}

TEST(InspectVmclock, ShowsTheLivePage) {
  const auto ran = guestclock_command({"inspect", "live", "--json"}, tests::with_live_page_of("vmclock"));
  EXPECT_EQ(ran.status, 0) << ran.err;
  const json object = parsed(ran);
  EXPECT_EQ(object["kind"], "vmclock");
  EXPECT_EQ(object["fields"]["tai_offset_sec"], 37);
  EXPECT_GT(object["time_ns"], u64(1'768'491'333'000'000'000));
  const auto lines = guestclock_command({"inspect", "live", "--as", "vmclock"}, tests::with_live_page_of("vmclock"));
  EXPECT_NE(lines.out.find("the live page of this machine, /dev/vmclock0"), std::string::npos) << lines.out;
}

TEST(InspectKind, IsAskedForWhereTheSizeDoesNotTell) {
  const std::string ask =
      "may be any kind of page: say --as pvclock, hyperv or vmclock "
      "(pvclock has 32, hyperv has 4096, vmclock has 112 bytes)";
  for (const std::size_t size : {33U, 112U, 4095U, 4097U}) {
    expect_unreadable(inspect(std::string(size, '\0')), ask);
    EXPECT_EQ(inspect(std::string(size, '\0'), {"--as", "pvclock"}).status, 1) << size;
  }
  expect_unreadable(inspect(hex_of(plain_page()) + "0"), "65 hex digits " + ask);
}

TEST(InspectKind, RefusesAFileThatIsShorterThanItsKindNeeds) {
  expect_unreadable(inspect(std::string(31, '\0'), {"--as", "pvclock"}),
                    "31 bytes are too short: a pvclock page has 32 bytes");
  expect_unreadable(inspect(std::string(4095, '\0'), {"--as", "hyperv"}),
                    "4 095 bytes are too short: a hyperv page has 4096 bytes");
  expect_unreadable(inspect(bytes_of(plain_vmclock_page()).substr(0, 111)),
                    "111 bytes are too short: a vmclock page has 112 bytes");
  expect_unreadable(inspect(hex_of(plain_vmclock_page()).substr(0, 223)),
                    "223 hex digits are too short: a vmclock page has 112 bytes, 224 digits");
  expect_unreadable(inspect("", {"--as", "hyperv"}), "nothing in it");
}

TEST(InspectKind, IsWhatWasAskedForWhateverTheSize) {
  const auto ran = inspect(bytes_of(plain_page()) + std::string(4064, '\0'), {"--as", "pvclock", "--json"});
  EXPECT_EQ(parsed(ran)["kind"], "pvclock");
  EXPECT_EQ(parsed(inspect(bytes_of(plain_page()) + std::string(4064, '\0'), {"--json"}))["kind"], "hyperv");
}

TEST(InspectKind, IsUnknownWhereThereIsNoLivePageOfAnyKind) {
  const auto any = guestclock_command({"inspect", "live", "--json"}, tests::without_live_page());
  EXPECT_EQ(any.status, 1);
  EXPECT_TRUE(parsed(any)["kind"].is_null());
  for (const char* kind : {"no live pvclock page", "no live hyperv page", "no live vmclock page"})
    EXPECT_NE(any.err.find(kind), std::string::npos) << any.err;
  for (const std::string kind : {"hyperv", "vmclock"}) {
    const auto ran = guestclock_command({"inspect", "live", "--as", kind, "--json"}, tests::without_live_page());
    EXPECT_EQ(ran.status, 1) << kind;
    EXPECT_EQ(parsed(ran)["kind"], kind);
    EXPECT_EQ(parsed(ran)["why"], "no_clock");
    EXPECT_NE(ran.err.find("no live " + kind + " page"), std::string::npos) << ran.err;
  }
}

}  // namespace
