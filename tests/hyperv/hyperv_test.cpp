// SPDX-License-Identifier: BSL-1.0
// What was seen inside, judged outside: every figure of the table, and the pages that came over the serial port, read
// again by `guestclock inspect`.
#include "../backends/process.hpp"
#include "../backends/scratch_folder.hpp"
#include "verdict.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cstdio>
#include <fstream>
#include <iterator>

namespace guestclock::tests {
namespace {

using figures = std::vector<std::uint64_t>;

std::optional<std::string> content_of(const std::string& name) {
  std::ifstream file(std::string(HYPERV_RESULTS) + "/" + name, std::ios::binary);
  if (!file) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(file), {});
}

const wanted_results stable_kernel{
    {{"C guest, between two KVM_GET_CLOCK", 200, 1},
     {"C counter MSR, between two of the page", 10'000, 1},
     {"C the page, between two of pvclock", 299'000, 1},
     {"C guest, its counter's offset changed", 120, 6},
     {"C storm, host mapping", 100'000, 20},
     {"C storm, in the middle of a pass", 300, 100},
     {"C guest, while the kernel writes", 500'000, 10}},
    {{"hyperv-end \\| tests (\\d+) \\| passed (\\d+) \\| failed (\\d+) \\| skipped (\\d+)",
      [](const figures& seen) { return seen[0] == 13 && seen[1] == 13 && seen[2] == 0 && seen[3] == 0; }},
     {"hyperv-table \\| clock source tsc", [](const figures&) { return true; }},
     {"hyperv-table \\| brackets (\\d+) \\| the narrowest (\\d+) ns",
      [](const figures& seen) { return seen[0] >= 5'000 && seen[1] > 0; }},
     {"hyperv-table \\| derivation compared (\\d+) \\| equal (\\d+) \\| at (\\d+) Hz scale 0x[0-9a-f]{16}",
      [](const figures& seen) { return seen[0] >= 500 && seen[1] == seen[0] && seen[2] > 100'000'000; }},
     {"hyperv-table \\| no sequence looked at: accepted (\\d+) \\| of (\\d+) contents never published",
      [](const figures& seen) { return seen[0] > 0 && seen[0] < seen[1]; }}}};

const wanted_results unstable_kernel{
    {{"C sequence 0, the counter MSR", 5'000, 0}},
    {{"hyperv-end \\| tests (\\d+) \\| passed (\\d+) \\| failed (\\d+) \\| skipped (\\d+)",
      [](const figures& seen) { return seen[0] == 3 && seen[1] == 3 && seen[2] == 0 && seen[3] == 0; }},
     {"hyperv-table \\| fallback asked (\\d+) \\| of (\\d+) readings",
      [](const figures& seen) { return seen[0] == seen[1] && seen[0] >= 5'000; }},
     {"hyperv-table \\| derivation refused unstable", [](const figures&) { return true; }}}};

/// Skips with the reason where nothing could be booted.
class Hyperv : public testing::Test {
 protected:
  std::string results_of(const std::string& boot) {
    const auto results = content_of(boot + ".results");
    EXPECT_TRUE(results) << "the machine was not booted: run ctest -L hyperv, which does so first";
    return results.value_or("");
  }
  void SetUp() override {
    for (const char* boot : {"stable.skipped", "unstable.skipped"})
      if (const auto why = content_of(boot)) GTEST_SKIP() << *why;
  }
};

void show(const std::string& text) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);)
    if (line.rfind("vm-table", 0) == 0 || line.rfind("hyperv-table", 0) == 0 || line.rfind("hyperv-end", 0) == 0)
      std::printf("%s\n", line.c_str());
}
void judge(const std::string& text, const wanted_results& wanted) {
  show(text);
  const std::vector<std::string> all = complaints(text, wanted);
  for (const std::string& each : all) ADD_FAILURE() << each;
  if (!all.empty()) std::printf("all that was said:\n%s\n", text.c_str());
}

TEST_F(Hyperv, TheRealPageIsReadWhole) { judge(results_of("stable"), stable_kernel); }

TEST_F(Hyperv, WithoutAStableCounterTheReferenceCounterTellsTheTime) { judge(results_of("unstable"), unstable_kernel); }

/// A verdict that cannot fail is none: each line is missed, and each figure seen.
TEST_F(Hyperv, NoLineMayBeMissingAndNoFigureWrong) {
  const std::string text = results_of("stable");
  ASSERT_TRUE(complaints(text, stable_kernel).empty());
  EXPECT_EQ(complaints("", stable_kernel).size(), stable_kernel.routes.size() + stable_kernel.lines.size());
  std::istringstream lines(text);
  int removed = 0;
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind("vm-table", 0) != 0) continue;
    std::string without = text;
    without.erase(without.find(line), line.size() + 1);
    EXPECT_EQ(complaints(without, stable_kernel).size(), 1u) << "without: " << line;
    ++removed;
    std::string torn = text;
    torn.replace(torn.find(line), line.size(),
                 std::regex_replace(line, std::regex("torn accepted 0"), "torn accepted 1"));
    EXPECT_EQ(complaints(torn, stable_kernel).size(), 1u) << "torn: " << line;
    std::string off = text;
    off.replace(off.find(line), line.size(), std::regex_replace(line, std::regex("       0 ns"), "       1 ns"));
    EXPECT_EQ(complaints(off, stable_kernel).size(), 1u) << "off: " << line;
  }
  EXPECT_EQ(removed, 7);
  EXPECT_FALSE(complaints(std::regex_replace(text, std::regex("equal 500"), "equal 499"), stable_kernel).empty());
  EXPECT_FALSE(complaints(std::regex_replace(text, std::regex("failed 0"), "failed 1"), stable_kernel).empty());
  EXPECT_FALSE(complaints(text.substr(0, text.find("hyperv-end")), stable_kernel).empty());
}

/// A page that the guest read, and what it read there.
struct dumped {
  std::string hexadecimal;
  std::uint64_t counter{};
  std::uint64_t time{};
  std::uint64_t version{};
};
std::optional<dumped> dump_of(const std::string& text, const std::string& name) {
  const auto reading = numbers_of(
      text, "hyperv-reading \\| " + name + " \\| counter (\\d+) \\| time (\\d+) \\| version (\\d+) \\| error \\d+");
  if (!reading) return std::nullopt;
  return dumped{dumped_page(text, name), (*reading)[0], (*reading)[1], (*reading)[2]};
}

process_result inspect(const dumped& page, const std::string& kind) {
  const scratch_folder folder;
  folder.write("page", page.hexadecimal);
  return run_process(
      {GUESTCLOCK_PATH, "inspect", folder / "page", "--as", kind, "--tsc", std::to_string(page.counter), "--json"});
}

TEST_F(Hyperv, InspectReadsTheGuestsPagesAsTheGuestDid) {
  const std::string text = results_of("stable");
  for (const auto& [name, kind, version, bytes] :
       {std::tuple("reference", "hyperv", "TscSequence", 4096u), std::tuple("pvclock", "pvclock", "version", 32u)}) {
    const auto page = dump_of(text, name);
    ASSERT_TRUE(page) << name;
    ASSERT_EQ(page->hexadecimal.size(), bytes / 32 * 65) << name;
    const process_result ran = inspect(*page, kind);
    ASSERT_EQ(ran.status, 0) << ran.err << ran.out;
    const auto seen = nlohmann::json::parse(ran.out, nullptr, false);
    ASSERT_TRUE(seen.is_object()) << ran.out;
    EXPECT_EQ(seen["kind"], kind);
    EXPECT_EQ(seen["valid"], true);
    EXPECT_EQ(seen["time_ns"], page->time) << name;
    EXPECT_EQ(seen["fields"][version], page->version) << ran.out;
    std::printf("hyperv-table | inspect --as %s | counter %llu | time %llu ns, as in the guest\n", kind,
                static_cast<unsigned long long>(page->counter), static_cast<unsigned long long>(page->time));
  }
}

TEST_F(Hyperv, InspectSaysThatAPageIsNotUsable) {
  const auto page = dump_of(results_of("unstable"), "unstable");
  ASSERT_TRUE(page);
  const process_result ran = inspect(*page, "hyperv");
  EXPECT_EQ(ran.status, 1) << ran.err;
  const auto seen = nlohmann::json::parse(ran.out, nullptr, false);
  ASSERT_TRUE(seen.is_object()) << ran.out;
  EXPECT_EQ(seen["why"], "sequence_invalid");
  EXPECT_TRUE(seen["time_ns"].is_null());
}

}  // namespace
}  // namespace guestclock::tests
