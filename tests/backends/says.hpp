// SPDX-License-Identifier: BSL-1.0
/// \file says.hpp
/// What a message has to name.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace guestclock::tests {

inline testing::AssertionResult says(const std::string& text, const std::vector<std::string>& parts) {
  for (const std::string& part : parts)
    if (text.find(part) == std::string::npos)
      return testing::AssertionFailure() << "'" << part << "' is not in: " << text;
  return testing::AssertionSuccess();
}

}  // namespace guestclock::tests
