// SPDX-License-Identifier: BSL-1.0
/// \file process.hpp
/// Runs a program and keeps what it said.
#pragma once

#include <string>
#include <vector>

namespace guestclock::tests {

struct process_options {
  std::string stdout_path;               ///< where stdout goes instead of into the result; "-" closes it
  std::vector<std::string> environment;  ///< NAME=value, added to this process's own
  std::string stdin_text{};              ///< what the program reads, if stdin_path is empty
  std::string stdin_path{};              ///< where stdin comes from instead
};

struct process_result {
  int status = -1;  ///< exit status; 128 + signal where a signal ended it; −1 where it did not start
  std::string out;
  std::string err;
};

/// \param command  the program's path, and its arguments
process_result run_process(const std::vector<std::string>& command, const process_options& options = {});

/// Becomes that program, with those variables added to the environment; exits with 127 where it cannot.
[[noreturn]] void become(const std::vector<std::string>& command, const std::vector<std::string>& environment);

}  // namespace guestclock::tests
