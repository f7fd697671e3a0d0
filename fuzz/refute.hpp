// SPDX-License-Identifier: BSL-1.0
/// \file fuzz/refute.hpp
/// How a target says what it found: as the prover does, and then it aborts.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace guestclock::fuzz {

/// The target's name. Each target says.
extern const char* const target_name;

[[noreturn]] inline void refute(const char* claim, const char* sentence) {
  std::fprintf(stderr, "refuted  %s.%s   %s\n", target_name, claim, sentence);
  std::abort();
}

}  // namespace guestclock::fuzz
