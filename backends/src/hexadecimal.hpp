// SPDX-License-Identifier: BSL-1.0
/// \file hexadecimal.hpp
/// Numbers in messages as documentation writes them.
#pragma once

#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string>

namespace guestclock {

/// 0x, and the digits in lower case, at least `least_digits` of them.
inline std::string hexadecimal(std::uint64_t value, std::size_t least_digits = 1) {
  std::array<char, 16> digits{};
  const char* const end = std::to_chars(digits.data(), digits.data() + digits.size(), value, 16).ptr;
  const auto count = static_cast<std::size_t>(end - digits.data());
  return "0x" + std::string(count < least_digits ? least_digits - count : 0, '0') + std::string(digits.data(), count);
}

}  // namespace guestclock
