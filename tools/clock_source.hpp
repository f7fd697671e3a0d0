// SPDX-License-Identifier: BSL-1.0
/// \file clock_source.hpp
/// The clocks that a machine has: a live page of either kind, or the simulated host's.
#pragma once

#include "output.hpp"

#include <guestclock/mapped_page.hpp>
#include <guestclock/outcome.hpp>

#include <memory>
#include <optional>
#include <string>

namespace guestclock::tools {

/// A page to read, and whoever keeps it alive.
struct clock_source {
  std::string name;   ///< pvclock, hyperv, vmclock or simulated
  std::string where;  ///< [vvar_vclock], or a device
  mapped_page page;
  std::shared_ptr<const void> keeper;
};

/// This machine's page of that kind, which runs as the OS clock does; or why there is none.
[[nodiscard]] outcome<clock_source> find_clock(page_kind kind);

/// The first that there is, in the order of page_kinds; or why there is none of any kind.
[[nodiscard]] outcome<clock_source> find_any_clock();

/// A clock of our own.
[[nodiscard]] outcome<clock_source> simulated_clock();

/// What was found for `--source`, and what there is to say of it.
struct source_search {
  std::optional<clock_source> clock;
  std::string complaint;  ///< empty where it is the clock that was asked for
  exit_status answer =
      exit_status::yes;  ///< no: there is none, or only the simulated host's; environment: not even that
};

/// Looks for auto, pvclock, hyperv, vmclock or simulated. For auto, where there is no live page, there is the simulated
/// host's, with a complaint, and the answer no.
[[nodiscard]] source_search find_source(const std::string& name);

}  // namespace guestclock::tools
