// SPDX-License-Identifier: BSL-1.0
/// \file fuzz/wide.hpp
/// The compiler's 128-bit integers, in which the judges do their sums.
#pragma once

#include <cstdint>

namespace guestclock::fuzz {

__extension__ using u128 = unsigned __int128;
__extension__ using i128 = __int128;

inline constexpr std::uint64_t second_ns = 1'000'000'000;

}  // namespace guestclock::fuzz
