// SPDX-License-Identifier: BSL-1.0
// scripts/prove: proves the laws, each in a process of its own.
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <thread>

#include "report.hpp"
#include "solver.hpp"
#include "verdict.hpp"
#include "workers.hpp"

namespace {

using namespace guestclock;
using namespace guestclock::prove;

constexpr const char* z3_tried = "4.8.12";
constexpr const char* cvc5_tried = "1.0.3";

struct arguments {
  std::string solver = "both";
  std::vector<std::string> laws;
  std::string header;
  std::string json_file, junit_file, smt2_folder;
  std::vector<std::string> replayed;
  unsigned jobs = std::max(1u, std::thread::hardware_concurrency());
  double slow_seconds = 1e9;
  bool quick = false, list = false, verbose = false, update_expected = false;
  std::string z3_wanted = z3_tried, cvc5_wanted = cvc5_tried;
};

int environment_error(const std::string& message) {
  fmt::print(stderr, "prove: {}\n", message);
  return 2;
}

/// Proofs are repeatable with the solver versions they were made with; another version is refused, not guessed at.
std::string version_complaint(const arguments& args) {
  const auto differs = [](const char* name, const std::string& found, const std::string& wanted, const char* package) {
    if (wanted == "any" || found == wanted) return std::string();
    return fmt::format("{} is version {}, the proofs are made with {}: install {} of Debian 12, or say --{}-version any "
                       "to try with this one",
                       name, found, wanted, package, name);
  };
  std::string complaint;
  if (args.solver != "cvc5") complaint = differs("z3", z3_version(), args.z3_wanted, "libz3-dev");
  if (complaint.empty() && args.solver != "z3")
    complaint = differs("cvc5", cvc5_version(), args.cvc5_wanted, "libcvc5-dev");
  return complaint;
}

const symbolic_law* find(const std::vector<symbolic_law>& laws, const std::string& id) {
  const auto found = std::find_if(laws.begin(), laws.end(), [&](const symbolic_law& l) { return l.id == id; });
  return found == laws.end() ? nullptr : &*found;
}

int run_replay(const arguments& args) {
  const std::string& name = args.replayed.front();
  const auto slash = name.find('/');
  const std::string id = name.substr(0, slash);
  const std::string part = slash == std::string::npos ? "" : name.substr(slash + 1);
  std::vector<spec::native_law> natives = native_laws();
  std::vector<symbolic_law> symbolics = symbolic_laws();
  for (const spec::native_law& l : native_canaries()) natives.push_back(l);
  for (const symbolic_law& l : symbolic_canaries()) symbolics.push_back(l);
  const auto law = std::find_if(natives.begin(), natives.end(), [&](const auto& l) { return id == l.info.id; });
  if (law == natives.end()) return environment_error(fmt::format("no law is called {}; --list names them", id));
  if (law->info.kind == law_kind::trace && part.empty())
    return environment_error(fmt::format("{} is a trace law: replay {}/initial, {}/step or {}/sequence", id, id, id, id));
  std::map<std::string, exact> values;
  for (auto text = args.replayed.begin() + 1; text != args.replayed.end(); ++text) {
    const auto equals = text->find('=');
    if (equals == std::string::npos) return environment_error(fmt::format("'{}' is not name=value", *text));
    try {
      values[text->substr(0, equals)] = exact::parse(std::string_view(*text).substr(equals + 1));
    } catch (const std::exception&) {
      return environment_error(fmt::format("'{}' has no decimal or 0x-hexadecimal number", *text));
    }
  }
  const replay_report report = replay(*law, find(symbolics, id), part, values);
  if (!report.usable) return environment_error(fmt::format("these are no inputs of {}:\n{}", id, report.text));
  fmt::print("{}: {}\n{}", id, law->info.sentence, report.text);
  return report.held ? 0 : 1;
}

bool selected(const arguments& args, const std::string& id) {
  if (!args.header.empty() && id.substr(0, id.find('.')) != args.header) return false;
  return args.laws.empty() || std::find(args.laws.begin(), args.laws.end(), id) != args.laws.end();
}

int prove_laws(const arguments& args) {
  const auto begin = std::chrono::steady_clock::now();
  run_options options;
  options.with_z3 = args.solver != "cvc5";
  options.with_cvc5 = args.solver != "z3";
  options.quick = args.quick;
  options.slow_seconds = args.slow_seconds;
  options.smt2_folder = args.smt2_folder;
  options.source_folder = GUESTCLOCK_SOURCE_DIR;

  const std::vector<spec::native_law> natives = native_laws();
  const std::vector<symbolic_law> symbolics = symbolic_laws();
  const std::vector<spec::native_law> native_false = native_canaries();
  const std::vector<symbolic_law> symbolic_false = symbolic_canaries();
  std::vector<task> tasks;
  std::size_t law_count = 0;
  for (const spec::native_law& law : natives) {
    if (!selected(args, law.info.id)) continue;
    tasks.push_back({law.info.id, [&law, &symbolics, &options] { return judge(law, find(symbolics, law.info.id), options); }});
    ++law_count;
  }
  if (law_count == 0) return environment_error("no law is selected; --list names them");
  for (const spec::native_law& law : native_false)
    tasks.push_back({law.info.id, [&law, &symbolic_false, &options] { return judge(law, find(symbolic_false, law.info.id), options); }});

  tasks.push_back({"theorem.products", [&options] { return judge_theorems(options); }});

  std::vector<verdict> verdicts = run_all(tasks, args.jobs);
  run_report report;
  report.theorems = verdicts.back();
  verdicts.pop_back();
  report.canaries.assign(verdicts.begin() + static_cast<std::ptrdiff_t>(law_count), verdicts.end());
  verdicts.resize(law_count);
  report.laws = std::move(verdicts);
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();

  const std::filesystem::path expected = std::filesystem::path(GUESTCLOCK_SOURCE_DIR) / "spec" / "prove" / "expected.txt";
  const bool whole = law_count == natives.size();
  if (args.update_expected) {
    if (!whole) return environment_error("--update-expected needs a run over all laws");
    write_expected(report, expected);
  }
  report.surprises = compare_expected(report, expected, whole);
  if (!args.json_file.empty()) write_json(report, args.json_file);
  if (!args.junit_file.empty()) write_junit(report, args.junit_file);
  print(report, args.verbose);
  return report.good() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  arguments args;
  CLI::App app("Proves the laws of guestclock over the shipped headers, for all inputs.", "scripts/prove");
  app.add_option("--solver", args.solver, "z3, cvc5 or both")->check(CLI::IsMember({"z3", "cvc5", "both"}));
  app.add_option("--law", args.laws, "only this law (more than one may be given)")->type_name("ID");
  app.add_option("--header", args.header, "only the laws of this header, as scale or pvclock")->type_name("H");
  app.add_flag("--quick", args.quick, "the first solver that proves an obligation suffices");
  app.add_option("--replay", args.replayed, "run one law on given inputs: ID name=value ...")->expected(1, -1)->type_name("ID name=value");
  app.add_flag("--list", args.list, "name the laws");
  app.add_option("--json", args.json_file, "write the results as JSON to this file")->type_name("F");
  app.add_option("--junit", args.junit_file, "write the results as JUnit XML to this file")->type_name("F");
  app.add_option("--smt2", args.smt2_folder, "write every obligation as an SMT-LIB file into this folder")->type_name("DIR");
  app.add_option("--jobs", args.jobs, "how many laws at a time")->check(CLI::Range(1u, 1024u));
  app.add_flag("--verbose", args.verbose, "a line for every law");
  app.add_option("--slow", args.slow_seconds, "show each solver query that takes longer than this")->type_name("SECONDS");
  app.add_flag("--update-expected", args.update_expected, "accept this run's domains and assumptions as the expected ones");
  app.add_option("--z3-version", args.z3_wanted, "the z3 to insist on; any for whatever is there");
  app.add_option("--cvc5-version", args.cvc5_wanted, "the cvc5 to insist on; any for whatever is there");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : 2;
  }
  try {
    if (args.list) {
      for (const spec::native_law& law : native_laws()) fmt::print("{:42} {}\n", law.info.id, law.info.sentence);
      return 0;
    }
    if (!args.replayed.empty()) return run_replay(args);
    if (const std::string complaint = version_complaint(args); !complaint.empty()) return environment_error(complaint);
    for (const std::string& wanted : args.laws) {
      const auto laws = native_laws();
      if (std::none_of(laws.begin(), laws.end(), [&](const auto& l) { return wanted == l.info.id; }))
        return environment_error(fmt::format("no law is called {}; --list names them", wanted));
    }
    return prove_laws(args);
  } catch (const std::exception& e) {
    return environment_error(e.what());
  }
}
