// SPDX-License-Identifier: BSL-1.0
#include "report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

namespace guestclock::prove {
namespace {

void write_file(const std::filesystem::path& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  if (!file.flush()) throw std::runtime_error(fmt::format("{}: cannot write; is the disk full, does the folder exist?", path.string()));
}

std::string expected_block(const verdict& v) {
  std::string text = fmt::format("{}\n  sentence: {}\n  kind: {}\n", v.id, v.sentence, v.kind);
  if (v.outcome == status::sampled) text += fmt::format("  sampled: {}\n", v.reason);
  for (const std::string& line : v.domain) text += fmt::format("  draws: {}\n", line);
  for (const std::string& line : v.assumptions) text += fmt::format("  assumes: {}\n", line);
  return text;
}

std::map<std::string, std::string> read_blocks(const std::filesystem::path& path) {
  std::map<std::string, std::string> blocks;
  std::ifstream file(path);
  std::string line, id;
  while (std::getline(file, line)) {
    if (line.empty() || line.front() == '#') continue;
    if (line.front() != ' ') id = line;
    blocks[id] += line + "\n";
  }
  return blocks;
}

std::string seconds_of(const verdict& v) {
  std::string text;
  for (const auto& [name, s] : v.solvers) text += fmt::format("  {} {:.2f} s{}", name, s.seconds, s.proved ? "" : " (not alone)");
  return text;
}

void print_trouble(const verdict& v) {
  fmt::print("{:9} {}\n          {}\n", name_of(v.outcome), v.id, v.sentence);
  if (!v.reason.empty()) fmt::print("  reason  {}\n", v.reason);
  if (!v.refuted_by) return;
  const counterexample& c = *v.refuted_by;
  fmt::print("  fails   {}\n  witness {}\n", c.what, c.arguments);
  std::istringstream lines(c.confirmed);
  for (std::string line; std::getline(lines, line);) fmt::print("          {}\n", line);
  fmt::print("  replay  scripts/prove --replay {}{}{} {}\n", v.id, c.part.empty() ? "" : "/", c.part, c.arguments);
}

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default: out += c;
    }
  }
  return out;
}

}  // namespace

bool is_refuted(const verdict& canary) {
  if (canary.id == "canary.vacuous") return canary.outcome == status::unknown && !canary.satisfiable;
  return canary.outcome == status::refuted;
}

bool run_report::good() const {
  return surprises.empty() && theorems.good() && std::all_of(laws.begin(), laws.end(), [](const verdict& v) { return v.good(); }) &&
         std::all_of(canaries.begin(), canaries.end(), is_refuted);
}

void print(const run_report& report, bool verbose) {
  std::map<status, int> counts;
  std::map<std::string, int> by_solver;
  int vacuous = 0;
  int proved_by_all = 0;
  for (const verdict& v : report.laws) {
    ++counts[v.outcome];
    if (!v.satisfiable) ++vacuous;
    bool all = !v.solvers.empty();
    for (const auto& [name, s] : v.solvers) all = all && s.proved;
    if (all && v.outcome == status::proved) ++proved_by_all;
    if (!v.good()) print_trouble(v);
    else if (verbose) fmt::print("{:9} {:36} {:5} paths {:6} obligations{}\n", name_of(v.outcome), v.id, v.paths, v.obligations, seconds_of(v));
  }
  if (!report.theorems.good()) print_trouble(report.theorems);
  for (const verdict& c : report.canaries) {
    if (!is_refuted(c)) fmt::print("canary    {} was not refuted: no result of this run can be believed\n          {}\n", c.id, c.reason);
    else if (verbose) fmt::print("canary    {:36} refuted\n", c.id);
  }
  for (const std::string& s : report.surprises) fmt::print("expected  {}\n", s);
  if (!report.surprises.empty())
    fmt::print("          spec/prove/expected.txt tells another story: if this run's is meant, say scripts/prove --update-expected\n");
  const auto refuted_canaries = std::count_if(report.canaries.begin(), report.canaries.end(), is_refuted);
  fmt::print("{} laws: {} proved ({} by every solver asked), {} exhausted, {} sampled, {} refuted, {} unknown, {} vacuous; "
             "{} of {} canaries refuted{}{}; {:.0f} s\n",
             report.laws.size(), counts[status::proved], proved_by_all, counts[status::exhausted], counts[status::sampled],
             counts[status::refuted], counts[status::unknown], vacuous, refuted_canaries, report.canaries.size(),
             report.theorems.good() ? "" : "; THE PRODUCT THEOREMS ARE NOT PROVED",
             report.surprises.empty() ? "" : "; EXPECTED.TXT DIFFERS", report.seconds);
  std::fflush(stdout);
}

void write_json(const run_report& report, const std::string& file) {
  using json = nlohmann::ordered_json;
  json laws = json::array();
  for (const verdict& v : report.laws) laws.push_back(json::parse(to_json(v)));
  json canaries = json::array();
  for (const verdict& v : report.canaries) canaries.push_back({{"id", v.id}, {"refuted", is_refuted(v)}});
  write_file(file, json{{"seconds", report.seconds}, {"canaries", canaries}, {"theorems", json::parse(to_json(report.theorems))}, {"laws", laws}}.dump(2) + "\n");
}

void write_junit(const run_report& report, const std::string& file) {
  std::string cases;
  int failures = 0;
  const auto add = [&](const std::string& suite, const verdict& v, bool good) {
    double seconds = 0;
    for (const auto& [name, s] : v.solvers) seconds += s.seconds;
    cases += fmt::format("  <testcase classname=\"{}\" name=\"{}\" time=\"{:.3f}\">", suite, escaped(v.id), seconds);
    if (!good) {
      ++failures;
      cases += fmt::format("<failure message=\"{}\">{}</failure>", name_of(v.outcome), escaped(v.reason + (v.refuted_by ? v.refuted_by->arguments : "")));
    }
    cases += "</testcase>\n";
  };
  for (const verdict& v : report.laws) add("laws", v, v.good());
  for (const verdict& v : report.canaries) add("canaries", v, is_refuted(v));
  add("theorems", report.theorems, report.theorems.good());
  write_file(file, fmt::format("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"guestclock proofs\" tests=\"{}\" "
                               "failures=\"{}\" time=\"{:.3f}\">\n{}</testsuite>\n",
                               report.laws.size() + report.canaries.size() + 1, failures, report.seconds, cases));
}

void write_expected(const run_report& report, const std::filesystem::path& file) {
  std::string text =
      "# What each law says, over which inputs, under which premises. Written by scripts/prove --update-expected; a run\n"
      "# that differs fails. Read the diff: a narrower interval or a new premise makes a law weaker.\n";
  for (const verdict& v : report.laws) text += "\n" + expected_block(v);
  write_file(file, text);
}

std::vector<std::string> compare_expected(const run_report& report, const std::filesystem::path& file, bool whole) {
  std::map<std::string, std::string> expected = read_blocks(file);
  std::vector<std::string> surprises;
  for (const verdict& v : report.laws) {
    const auto block = expected.find(v.id);
    if (block == expected.end()) {
      surprises.push_back(fmt::format("{}: a law that the file does not have", v.id));
      continue;
    }
    if (v.outcome != status::refuted) {  // a refuted law's exploration stops early
      std::istringstream now(expected_block(v)), then(block->second);
      const auto lines = [](std::istream& from) {
        std::vector<std::string> all;
        for (std::string line; std::getline(from, line);) all.push_back(line);
        return all;
      };
      const auto have = lines(now);
      const auto want = lines(then);
      for (const std::string& line : want)
        if (std::find(have.begin(), have.end(), line) == have.end()) surprises.push_back(fmt::format("{}: no longer{}", v.id, line.substr(1)));
      for (const std::string& line : have)
        if (std::find(want.begin(), want.end(), line) == want.end()) surprises.push_back(fmt::format("{}: now{}", v.id, line.substr(1)));
    }
    expected.erase(block);
  }
  if (whole)
    for (const auto& [id, block] : expected) surprises.push_back(fmt::format("{}: the file has this law, the list has not", id));
  return surprises;
}

}  // namespace guestclock::prove
