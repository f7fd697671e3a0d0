// SPDX-License-Identifier: BSL-1.0
/// \file spec/prove/verdict.hpp
/// What came of a law: the record that the reports print.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "law_table.hpp"

namespace guestclock::prove {

enum class status { proved, exhausted, sampled, refuted, unknown };
const char* name_of(status s);

struct solver_verdict {
  bool proved = false;  ///< discharged every obligation of the law, alone
  double seconds = 0;
};

struct counterexample {
  std::string part;       ///< of a trace law: initial or step
  std::string arguments;  ///< name=value …, as --replay takes it
  std::string what;       ///< the obligation that fails
  std::string confirmed;  ///< what machine words do on that input
};

struct verdict {
  std::string id;
  std::string sentence;
  std::string kind;
  status outcome = status::unknown;
  std::string reason;                ///< why it is not proved, where it is not
  bool satisfiable = false;          ///< every requirement is reached by a concrete input that was run
  int paths = 0;
  int obligations = 0;
  std::map<std::string, solver_verdict> solvers;
  std::vector<std::string> domain;       ///< one line for each draw
  std::vector<std::string> assumptions;  ///< one line for each premise
  std::optional<counterexample> refuted_by;

  [[nodiscard]] bool good() const;
};

struct run_options {
  bool with_z3 = true;
  bool with_cvc5 = true;
  bool quick = false;
  double slow_seconds = 1e9;
  std::string smt2_folder;  ///< where each obligation goes as a file, if anywhere
  std::string source_folder;
};

/// Runs one law in this process.
verdict judge(const spec::native_law& law, const symbolic_law* symbolic, const run_options& options);

/// Has the product theorems proved, on which the solvers rely in every law: see product_facts.
verdict judge_theorems(const run_options& options);

/// Tries all inputs of a law of schedules.
verdict exhaust(const spec::native_law& law);

/// Runs a law on given inputs, with machine words and with checked ones; returns what happened as text, and whether
/// the law held.
struct replay_report {
  bool usable = true;
  bool held = false;
  std::string text;
};
replay_report replay(const spec::native_law& law, const symbolic_law* symbolic, const std::string& part,
                     const std::map<std::string, exact>& values);

std::string to_json(const verdict& v);
verdict from_json(const std::string& text);

}  // namespace guestclock::prove
