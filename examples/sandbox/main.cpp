// SPDX-License-Identifier: BSL-1.0
// A guest on /dev/kvm that tells the time by guestclock: what it says, and what became of its promises.
#include "sandbox.hpp"

#include <cstdio>

int main() {
  const auto seen = guestclock::sandbox::run({});
  if (!seen) {
    std::fprintf(stderr, "sandbox: %s\n", seen.why_none().c_str());
    return 2;
  }
  for (const auto& words : seen->told) std::printf("%s:\n%s", words.part, words.text.c_str());
  std::fputs(seen->no_time.c_str(), stdout);
  for (const auto& promise : seen->broken) std::printf("NOT KEPT: %s\n", promise.c_str());
  return seen->no_time.empty() && seen->broken.empty() ? 0 : 1;
}
