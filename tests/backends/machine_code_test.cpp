// SPDX-License-Identifier: BSL-1.0
// What the compiler made of a read: the accesses to the page and the fences, in their order in the machine code.
#include "process.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

namespace {

using guestclock::tests::run_process;
using words = std::vector<std::string>;

struct instruction {
  std::string name;
  std::string operands;
  std::string relocation;  ///< symbol and addend, and before it its type
};
using code = std::vector<instruction>;

/// The functions of an object.
std::map<std::string, code> disassemble(const std::string& object) {
  const auto shown = run_process({OBJDUMP_PATH, "-dr", "--no-show-raw-insn", object});
  EXPECT_EQ(shown.status, 0) << shown.err;
  static const std::regex function_line(R"(^[0-9a-f]+ <([^>]+)>:$)");
  static const std::regex relocation_line(R"(^\s+[0-9a-f]+:\s+(R_\S+)\s+(\S+)\s*$)");
  static const std::regex instruction_line(R"(^\s+[0-9a-f]+:\s+(\S+)\s*(.*)$)");
  std::map<std::string, code> functions;
  code* current = nullptr;
  std::istringstream lines(shown.out);
  for (std::string line; std::getline(lines, line);) {
    std::smatch part;
    if (std::regex_match(line, part, function_line)) {
      current = &functions[part[1]];
    } else if (current && std::regex_match(line, part, relocation_line) && !current->empty()) {
      current->back().relocation = part[1].str() + " " + part[2].str();
    } else if (current && std::regex_match(line, part, instruction_line)) {
      current->push_back({part[1], part[2], {}});
    }
  }
  return functions;
}

/// Where in the page the instruction's access is; −1 if it is none.
long page_offset(const instruction& step) {
  static const std::regex to_page(R"(^(R_\S+) probe_page([+-]0x[0-9a-f]+)?$)");
  std::smatch part;
  if (!std::regex_match(step.relocation, part, to_page)) return -1;
  const long addend = part[2].length() == 0 ? 0 : std::stol(part[2], nullptr, 16);
  return part[1].str().find("PC32") != std::string::npos ? addend + 4 : addend;  // relative to the instruction's end
}

/// One pass: accesses by their offset, fences and the counter by their names.
words accesses(const code& function) {
  words seen;
  for (const instruction& step : function) {
    if (const long offset = page_offset(step); offset >= 0) seen.push_back(std::to_string(offset));
    if (step.name == "lfence" || step.name == "rdtsc" || step.name == "mfence") seen.push_back(step.name);
  }
  return seen;
}

const std::map<std::string, code>& all_functions() {
  static const std::map<std::string, code> all = disassemble(ACCESS_PROBE_PATH);
  return all;
}

const code& function(const std::string& name) {
  static const code none;
  const auto found = all_functions().find(name);
  return found == all_functions().end() ? none : found->second;
}

/// Whether the instruction enters the kernel, or goes to where only a pointer knows.
bool leaves_the_object(const instruction& step) {
  static const std::regex enters(
      R"(^(syscall|sysenter|int|int3|into|lcall|ljmp|hlt|iret|vmcall|vmmcall|out|in)[bwlq]?$)");
  const bool goes = step.name.starts_with("call") || step.name.starts_with("jmp") || step.name.starts_with("bnd");
  return std::regex_match(step.name, enters) || (goes && step.operands.starts_with("*"));
}

/// The function that a call or a jump goes to by name; empty where it stays in its own.
std::string target_of(const instruction& step) {
  static const std::regex to_name(R"(^R_\S+ (\S+?)([+-]0x[0-9a-f]+)?$)");
  std::smatch part;
  const bool goes = step.name.starts_with("call") || step.name.starts_with("j");
  return goes && std::regex_match(step.relocation, part, to_name) ? part[1].str() : std::string();
}

/// The 64-bit register that holds what `%ecx` or `%r9d` do.
std::string whole_register(const std::string& half) {
  if (half.starts_with("%e")) return "%r" + half.substr(2);
  return half.substr(0, half.size() - 1);
}

constexpr std::array probes = {"read_ordered", "read_ordered_halves", "read_strict", "read_half_ordered",
                               "read_unordered"};

TEST(MachineCode, OfEveryReadCallsNothingButItsOwnArithmetic) {
  for (const std::string probe : probes) ASSERT_FALSE(function(probe).empty()) << probe;
  for (const auto& [name, steps] : all_functions())
    for (const instruction& step : steps) {
      EXPECT_FALSE(leaves_the_object(step)) << name << ": " << step.name << ' ' << step.operands;
      const std::string target = target_of(step);
      EXPECT_TRUE(target.empty() || !function(target).empty()) << name << " goes to " << target;
    }
  EXPECT_EQ(run_process({NM_PATH, "-u", ACCESS_PROBE_PATH}).out, "                 U probe_page\n");
}

TEST(MachineCode, OfEveryReadCallsNothingWithinTheSection) {
  for (const std::string probe : probes) {
    const code& steps = function(probe);
    const auto is_access = [](const instruction& step) { return page_offset(step) >= 0; };
    const auto first = std::find_if(steps.begin(), steps.end(), is_access);
    const auto last = std::find_if(steps.rbegin(), steps.rend(), is_access).base();
    EXPECT_TRUE(std::none_of(first, last, [](const instruction& step) { return step.name.starts_with("call"); }))
        << probe;
  }
}

TEST(MachineCode, OfEveryReadHasNoLockedInstruction) {
  for (const std::string probe : probes)
    for (const instruction& step : function(probe)) {
      const bool exchange = step.name.starts_with("xchg") && step.operands.find('(') != std::string::npos;
      EXPECT_FALSE(step.name.starts_with("lock") || exchange) << probe << ": " << step.operands;
    }
}

TEST(MachineCode, OfTheOrderedReadKeepsTheOrder) {
  EXPECT_EQ(accesses(function("read_ordered")), (words{"0", "8", "16", "24", "lfence", "rdtsc", "0"}));
}

TEST(MachineCode, OfTheOrderedReadOfHalvesKeepsTheOrder) {
  EXPECT_EQ(accesses(function("read_ordered_halves")),
            (words{"0", "8", "12", "16", "20", "24", "28", "lfence", "rdtsc", "0"}));
}

TEST(MachineCode, OfTheStrictReadKeepsTheOrder) {
  EXPECT_EQ(accesses(function("read_strict")), (words{"0", "8", "16", "24", "lfence", "rdtsc", "lfence", "0"}));
}

TEST(MachineCode, OfTheWeakerReadsIsWhatTheirNamesSay) {
  EXPECT_EQ(accesses(function("read_half_ordered")), (words{"0", "8", "16", "24", "lfence", "rdtsc", "0"}));
  EXPECT_EQ(accesses(function("read_unordered")), (words{"0", "8", "16", "24", "rdtsc", "0"}));
}

TEST(MachineCode, OfThePublisherMarksThePageThenSamplesThenWrites) {
  EXPECT_EQ(accesses(function("publish")),
            (words{"0", "0", "mfence", "lfence", "rdtsc", "lfence", "8", "16", "24", "0"}));
}

TEST(MachineCode, ReadsThePageByPlainLoads) {
  for (const std::string probe : probes)
    for (const instruction& step : function(probe)) {
      if (page_offset(step) < 0) continue;
      EXPECT_TRUE(step.name == "mov" || step.name == "cmp" || step.name == "movl" || step.name == "movq")
          << probe << ": " << step.name << ' ' << step.operands;
    }
}

/// After rdtsc: a copy of the counter and-ed with 0, by `and` alone, then the version load whose address it is part of.
void expect_dependency(const code& read) {
  static const std::regex and_zero(R"(^\$0x0,(%\w+)$)");
  auto step = std::find_if(read.begin(), read.end(), [](const instruction& one) { return one.name == "rdtsc"; });
  ASSERT_LT(step + 2, read.end());
  const std::string copied = (++step)->operands;
  ASSERT_EQ(step->name, "mov");
  ASSERT_TRUE(copied.starts_with("%eax,")) << copied;
  ++step;
  std::smatch part;
  ASSERT_TRUE(step->name == "and" || step->name == "andl") << step->name;
  ASSERT_TRUE(std::regex_match(step->operands, part, and_zero)) << step->operands;
  EXPECT_EQ(copied.substr(5), part[1].str());
  const auto version = std::find_if(step, read.end(), [](const instruction& one) { return page_offset(one) == 0; });
  ASSERT_NE(version, read.end());
  EXPECT_NE(version->operands.find("(" + whole_register(part[1]) + ")"), std::string::npos) << version->operands;
}

TEST(MachineCode, OfTheOrderedReadComputesTheVersionsAddressFromTheCounter) {
  expect_dependency(function("read_ordered"));
  expect_dependency(function("read_ordered_halves"));
}

/// Each object of a read path that there is a compiler for, by name.
const std::map<std::string, std::map<std::string, code>>& read_paths() {
  static const auto all = [] {
    std::map<std::string, std::map<std::string, code>> found;
    std::istringstream paths(READ_PATH_PROBE_PATHS);
    for (std::string path; std::getline(paths, path, ':');) found[path] = disassemble(path);
    return found;
  }();
  return all;
}

constexpr std::array whole_reads = {"now_ordered", "now_strict", "now_half_ordered", "now_unordered",
                                    "now_rdtscp",  "now_whole",  "now_of_known_page"};

/// The read of each name by each compiler.
template <class Judge> void expect_of_each_read(Judge judge) {
  ASSERT_FALSE(read_paths().empty());
  for (const auto& [object, functions] : read_paths())
    for (const std::string name : whole_reads) {
      const auto found = functions.find(name);
      ASSERT_NE(found, functions.end()) << name << " in " << object;
      judge(found->second, name + " in " + object);
    }
}

TEST(MachineCode, OfAReadHasNoCall) {
  expect_of_each_read([](const code& read, const std::string& where) {
    for (const instruction& step : read) {
      EXPECT_FALSE(step.name.starts_with("call") || leaves_the_object(step)) << where << ": " << step.operands;
      EXPECT_EQ(target_of(step), "") << where;
    }
  });
}

TEST(MachineCode, OfAReadHasNoDivision) {
  static const std::regex division("^i?div[bwlq]?$|^v?div[ps][sd]$");
  expect_of_each_read([](const code& read, const std::string& where) {
    for (const instruction& step : read) EXPECT_FALSE(std::regex_match(step.name, division)) << where;
  });
}

TEST(MachineCode, OfAReadTakesTheCounterOnceForEachWidthOfLoad) {
  expect_of_each_read([](const code& read, const std::string& where) {
    const auto fenced = std::count_if(read.begin(), read.end(), [](const instruction& step) {
      return step.name == "rdtsc" || step.name == "rdtscp";
    });
    // Once for each width of load that the page's address may allow.
    EXPECT_EQ(fenced, where.starts_with("now_of_known_page") ? 1 : 2) << where;
  });
}

/// Where nothing has to be found out about the page, a reading stays in registers: every access to memory is one to the
/// page, or the store of the time.
TEST(MachineCode, OfAReadKeepsTheReadingInRegisters) {
  for (const auto& [object, functions] : read_paths()) {
    const code& read = functions.at("now_of_known_page");
    std::size_t stores = 0;
    for (const instruction& step : read) {
      EXPECT_EQ(step.operands.find("%rsp"), std::string::npos) << object << ": " << step.name << ' ' << step.operands;
      const bool is_address_sum = step.name.starts_with("lea") || step.name.starts_with("nop") || step.name == "cs";
      const bool is_access = step.operands.find('(') != std::string::npos && !is_address_sum;
      if (is_access && page_offset(step) < 0) ++stores;
    }
    EXPECT_LE(stores, 2U) << object;
    const auto paddings = std::count_if(read.begin(), read.end(), [](const instruction& step) {
      return step.name.starts_with("nop") || step.name == "cs" || step.name == "data16" || step.name == "xchg";
    });
    EXPECT_LE(read.size() - static_cast<std::size_t>(paddings), 80U) << object;
  }
}

TEST(Freestanding, LeavesNoUndefinedSymbol) {
  for (const std::string object : {FREESTANDING_PROBE_PATH, FREESTANDING_SMALL_PROBE_PATH}) {
    const auto undefined = run_process({NM_PATH, "-u", object});
    EXPECT_EQ(undefined.status, 0) << undefined.err;
    EXPECT_EQ(undefined.out, "") << object;
    const auto defined = run_process({NM_PATH, "--defined-only", object});
    EXPECT_NE(defined.out.find(" T time_ordered"), std::string::npos) << "the object is not what it should be";
  }
}

}  // namespace
