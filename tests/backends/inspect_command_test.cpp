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

std::string bytes_of(const pvclock_vcpu_time_info& page) {
  std::string bytes(sizeof page, '\0');
  std::memcpy(bytes.data(), &page, sizeof page);
  return bytes;
}
std::string hex_of(const pvclock_vcpu_time_info& page) {
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
  folder.write("dumped", bytes_of(plain_page()) + std::string(4064, '\0'));
  folder.write("hex", hex + "\n");
  const std::string expected = inspect(hex, {"--json"}).out;
  EXPECT_EQ(parsed(inspect(hex, {"--json"}))["time_ns"], 5'000'000'000'000);
  for (const std::string name : {"binary", "dumped", "hex"})
    EXPECT_EQ(guestclock_command({"inspect", folder / name, "--json"}).out, expected) << name;
  std::string upper = hex;
  for (char& digit : upper) digit = static_cast<char>(std::toupper(static_cast<unsigned char>(digit)));
  for (const std::string& text : {"0x" + hex, " \n0X" + upper, hex.substr(0, 60) + "\n" + hex.substr(60) + "\n",
                                  hex.substr(0, 3) + "\r\n\t " + hex.substr(3)})
    EXPECT_EQ(inspect(text, {"--json"}).out, expected) << text;
}

TEST(InspectCommand, SaysThatItTookTheFirstBytesOfMore) {
  const auto binary = inspect(bytes_of(plain_page()) + std::string(4064, '\0'));
  EXPECT_EQ(binary.status, 0) << binary.err;
  EXPECT_NE(binary.out.find("the input has 4 096 bytes; the page is its first 32"), std::string::npos) << binary.out;
  const auto hex = inspect(hex_of(plain_page()) + "00");
  EXPECT_NE(hex.out.find("the input has 66 hex digits; the page is its first 64"), std::string::npos) << hex.out;
  const auto as_json = inspect(hex_of(plain_page()) + "00", {"--json"});
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
  for (const auto& ran : {guestclock_command({"inspect", "/dev/zero"}),
                          guestclock_command({"inspect", "-"}, with_stdin_from("/dev/zero"))}) {
    EXPECT_EQ(ran.status, 1) << ran.err;
    EXPECT_NE(ran.out.find("more than 65 536 bytes"), std::string::npos) << ran.out;
    EXPECT_NE(ran.out.find("bad_multiplier"), std::string::npos) << ran.out;
  }
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
                                {"inspect", "-", "--as", "vmclock"},
                                {"inspect", "-", "--tsc"},
                                {"inspect", "-", "--tsc", "-1"},
                                {"inspect", "-", "--tsc", "5 "}}) {
    const auto ran = guestclock_command(arguments);
    EXPECT_EQ(ran.status, 2) << ran.out;
    EXPECT_EQ(ran.out, "");
    EXPECT_NE(ran.err.find("--help"), std::string::npos) << ran.err;
  }
  const auto kind = guestclock_command({"inspect", "-", "--as", "vmclock"});
  EXPECT_NE(kind.err.find("there is pvclock"), std::string::npos) << kind.err;
}

}  // namespace
