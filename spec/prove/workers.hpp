// SPDX-License-Identifier: BSL-1.0
/// \file spec/prove/workers.hpp
/// Runs laws side by side, each in a process of its own: one law's terms and solver state never reach another's, so
/// that results do not depend on what ran before.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "verdict.hpp"

namespace guestclock::prove {

struct task {
  std::string id;
  std::function<verdict()> run;
};

/// Verdicts in the tasks' order. A worker that dies makes its law unknown, with the reason.
std::vector<verdict> run_all(const std::vector<task>& tasks, unsigned jobs);

}  // namespace guestclock::prove
