// SPDX-License-Identifier: BSL-1.0
/// \file output.hpp
/// What every subcommand says to its caller: an exit status, text on stdout that is known to have arrived, and
/// complaints on stderr.
#pragma once

#include <string_view>

namespace guestclock::tools {

enum class exit_status : int {
  yes = 0,          ///< it ran, and the answer is yes
  no = 1,           ///< it ran, and the answer is no
  environment = 2,  ///< it was called wrongly, or this machine does not let it run
};

/// Writes the text to stdout, all of it, and flushes.
///   returns  `answer` if it arrived; otherwise says so on stderr, and environment
[[nodiscard]] exit_status print(std::string_view text, exit_status answer);

/// Writes one line to stderr, after the program's name.
void complain(std::string_view line);

}  // namespace guestclock::tools
