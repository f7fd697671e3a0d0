// SPDX-License-Identifier: BSL-1.0
/// \file spec/prove/law_table_symbolic.hpp
/// The part of law_table.hpp that does not name machine words.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace guestclock::prove {

/// A law's guide, and when it runs: once `after` was drawn, or, without that, at the first requirement.
struct guidance {
  std::function<void()> run;
  std::string after;
};

/// One claim to explore: a value law, or one half of a trace law's induction.
struct symbolic_part {
  std::string name;  ///< "" or "initial" or "step"
  std::function<void()> run;
  guidance guide;
};
struct symbolic_law {
  std::string id;
  std::vector<symbolic_part> parts;
};

std::vector<symbolic_law> symbolic_laws();     ///< the laws of values and traces
std::vector<symbolic_law> symbolic_canaries();  ///< false ones, which every run must refute

}  // namespace guestclock::prove
