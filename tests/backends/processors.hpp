// SPDX-License-Identifier: BSL-1.0
/// \file processors.hpp
/// Which processor a thread runs on.
#pragma once

#include <vector>

#include <sched.h>

namespace guestclock::tests {

/// Keeps this thread on a processor, until the end of the block.
class pinned {
 public:
  explicit pinned(int processor) {
    sched_getaffinity(0, sizeof old_, &old_);
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(static_cast<unsigned>(processor), &one);
    succeeded_ = sched_setaffinity(0, sizeof one, &one) == 0;
  }
  ~pinned() { sched_setaffinity(0, sizeof old_, &old_); }
  pinned(const pinned&) = delete;
  pinned& operator=(const pinned&) = delete;
  [[nodiscard]] bool succeeded() const { return succeeded_; }

 private:
  cpu_set_t old_{};
  bool succeeded_{};
};

/// The processors that this thread may run on.
inline std::vector<int> allowed_processors() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  sched_getaffinity(0, sizeof allowed, &allowed);
  std::vector<int> numbers;
  for (int number = 0; number < CPU_SETSIZE; ++number) {
    if (CPU_ISSET(static_cast<unsigned>(number), &allowed)) numbers.push_back(number);
  }
  return numbers;
}

}  // namespace guestclock::tests
