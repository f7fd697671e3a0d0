// SPDX-License-Identifier: BSL-1.0
#include "output.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace guestclock::tools {

exit_status print(std::string_view text, exit_status answer) {
  errno = 0;
  const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  if (written && std::fflush(stdout) == 0) return answer;
  complain(fmt::format("cannot write to stdout: {}; the output is incomplete", std::strerror(errno)));
  return exit_status::environment;
}

void complain(std::string_view line) {
  const std::string text = fmt::format("guestclock: {}\n", line);
  static_cast<void>(std::fwrite(text.data(), 1, text.size(), stderr));  // there is nowhere else to say it
}

}  // namespace guestclock::tools
