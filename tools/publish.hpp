// SPDX-License-Identifier: BSL-1.0
/// \file publish.hpp
/// `guestclock publish`: the page that a host would write for a counter of a given frequency.
#pragma once

#include "output.hpp"

#include <guestclock/publisher.hpp>

#include <string>

namespace guestclock::tools {

struct publish_options {
  std::string kind;                ///< pvclock
  u64 frequency_hz{};              ///< of the counter
  u64 tsc{};                       ///< the counter when the page is written
  u64 time_ns{};                   ///< the clock's time then
  std::string rounding = "exact";  ///< exact or kvm
  std::string file;                ///< where the binary page goes; empty: nowhere
  bool json = false;
};

[[nodiscard]] exit_status run_publish(const publish_options& options);

}  // namespace guestclock::tools
