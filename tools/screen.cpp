// SPDX-License-Identifier: BSL-1.0
#include "screen.hpp"

#include <fmt/format.h>

#include <clocale>
#include <cstdlib>
#include <sstream>
#include <string_view>

#include <langinfo.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace guestclock::tools {

std::optional<screen_size> size_of_screen() {
  if (isatty(STDOUT_FILENO) == 0) return {};
  const char* const terminal = std::getenv("TERM");
  if (terminal == nullptr || std::string_view(terminal) == "dumb" || *terminal == '\0') return {};
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) return screen_size{80, 24};
  return screen_size{size.ws_col, size.ws_row};
}

const chart_glyphs& glyphs_of_screen() {
  static const bool is_unicode =
      std::setlocale(LC_CTYPE, "") != nullptr && std::string_view(nl_langinfo(CODESET)) == "UTF-8";
  return is_unicode ? unicode_glyphs : ascii_glyphs;
}

std::string cut(const std::string& line, std::size_t columns) {
  std::size_t bytes = 0;
  for (std::size_t characters = 0; bytes < line.size(); ++bytes) {
    const bool begins = (static_cast<unsigned char>(line[bytes]) & 0xC0) != 0x80;
    if (begins && characters++ == columns) break;
  }
  return line.substr(0, bytes);
}

std::string redrawn_lines::draw(const std::string& lasting, const std::string& lines, screen_size size) {
  std::string text;
  if (drawn_ > 0) text += fmt::format("\x1B[{}A", drawn_);  // up to the first of the old lines
  text += "\r\x1B[J" + lasting;                             // nothing below
  drawn_ = 0;
  std::istringstream each(lines);
  for (std::string line; std::getline(each, line); ++drawn_) text += cut(line, size.columns - 1) + "\n";
  return text;
}

}  // namespace guestclock::tools
