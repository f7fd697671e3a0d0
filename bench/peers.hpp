// SPDX-License-Identifier: BSL-1.0
/// \file bench/peers.hpp
/// Which comparisons there are, each family in a file of its own.
#pragma once

#include <vector>

#include "side_by_side.hpp"

namespace guestclock::bench {

void add_calendar(std::vector<comparison>& comparisons);
void add_batch(std::vector<comparison>& comparisons);

}  // namespace guestclock::bench
