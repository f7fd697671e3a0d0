// SPDX-License-Identifier: BSL-1.0
/// \file bench/peers.hpp
/// Which comparisons there are, each family in a file of its own.
#pragma once

#include <vector>

#include "side_by_side.hpp"

namespace guestclock::bench {

void add_reading(std::vector<comparison>& comparisons);
void add_calendar(std::vector<comparison>& comparisons);
void add_text(std::vector<comparison>& comparisons);
void add_batch(std::vector<comparison>& comparisons);

/// Why a peer's comparisons are skipped.
inline constexpr const char* no_date = "Howard Hinnant's date was not found at build time (libhowardhinnant-date-dev)";
inline constexpr const char* no_absl = "Abseil was not found at build time (libabsl-dev)";
inline constexpr const char* no_cctz = "cctz was not found at build time (libcctz-dev)";

}  // namespace guestclock::bench
