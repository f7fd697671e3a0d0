// SPDX-License-Identifier: BSL-1.0
/// \file spec/prove/path.hpp
/// What symbolic words ask of the prover while a law runs: decide a branch, choose a value, note an obligation. One
/// law runs at a time in one process; its paths are explored one after the other, by running it again.
#pragma once

#include "term.hpp"

namespace guestclock::prove {

/// A place in the source.
struct place {
  const char* file;
  int line;
  static constexpr place here(const char* file = __builtin_FILE(), int line = __builtin_LINE()) { return {file, line}; }
};

/// Which side of a branch this path takes.
bool decide(term condition);

/// Which value the term has on this path; every feasible value gets a path. The term is known to be in [0, least_beyond):
/// once all of those had theirs, that no other is left has to be proved.
exact choose(term value, const exact& least_beyond);

/// That the condition holds on this path: to be proved, and relied on from here on.
void oblige(term condition, const char* what, place where);

/// A use of symbolic words that they do not support; ends the process with a message.
[[noreturn]] void impossible(const char* what);

}  // namespace guestclock::prove
