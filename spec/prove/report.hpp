// SPDX-License-Identifier: BSL-1.0
/// \file spec/prove/report.hpp
/// What a run prints and writes.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "verdict.hpp"

namespace guestclock::prove {

struct run_report {
  double seconds = 0;
  std::vector<verdict> laws;
  std::vector<verdict> canaries;
  verdict theorems;                    ///< what every law relies on
  std::vector<std::string> surprises;  ///< lines that differ from the expected file

  [[nodiscard]] bool good() const;
};

/// A canary is as it should be when it is refuted (the vacuous one: when it is found to be so).
bool is_refuted(const verdict& canary);

void print(const run_report& report, bool verbose);
void write_json(const run_report& report, const std::string& file);
void write_junit(const run_report& report, const std::string& file);

/// Sentences, domains and assumptions of all laws, as they are kept under version control: narrowing one is a diff.
void write_expected(const run_report& report, const std::filesystem::path& file);
/// Where this run differs from them. `whole`: all laws were run, so that none may be missing.
std::vector<std::string> compare_expected(const run_report& report, const std::filesystem::path& file, bool whole);

}  // namespace guestclock::prove
