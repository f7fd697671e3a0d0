// SPDX-License-Identifier: BSL-1.0
/// \file publish.hpp
/// `guestclock publish`: the page that a host would write for a counter of a given frequency.
#pragma once

#include "output.hpp"
#include "page_bytes.hpp"

#include <guestclock/publisher.hpp>

#include <string>

namespace guestclock::tools {

struct publish_options {
  page_kind kind = page_kind::pvclock;
  u64 frequency_hz{};              ///< of the counter
  u64 tsc{};                       ///< the counter when the page is written
  u64 time_ns{};                   ///< the clock's time then
  std::string rounding = "exact";  ///< exact or kvm
  std::string file;                ///< where the binary page goes; empty: nowhere
  bool json = false;
};

/// A page on which something was published once.
struct published_page {
  any_page page;
  std::string why_unusable;  ///< why it is one that readers refuse; empty where it is not
  std::string remark;        ///< what else there is to know; empty if nothing
};

/// What a host would write: a pvclock page under version 2; a Hyper-V page under sequence 1, or 0 where no scale or no
/// offset fits; a vmclock page under version 2, in TAI, that declares no error and makes no claim to UTC.
[[nodiscard]] published_page publish_once(const publish_options& options);

[[nodiscard]] exit_status run_publish(const publish_options& options);

}  // namespace guestclock::tools
