// SPDX-License-Identifier: BSL-1.0
/// \file screen.hpp
/// A terminal on which the last lines are drawn anew again and again, below lines that stay.
#pragma once

#include "drift_chart.hpp"

#include <cstddef>
#include <optional>
#include <string>

namespace guestclock::tools {

struct screen_size {
  std::size_t columns{};
  std::size_t rows{};
};

/// The size of the terminal that stdout is; nothing if it is none, or is one that cannot be drawn on (TERM=dumb).
[[nodiscard]] std::optional<screen_size> size_of_screen();

/// What the terminal shows, by its locale.
[[nodiscard]] const chart_glyphs& glyphs_of_screen();

/// The lines that are drawn anew. Nothing here touches a terminal: it says what to write.
class redrawn_lines {
 public:
  /// `lasting` to stay, and below it `lines` in the place of those before, cut to the terminal's columns.
  [[nodiscard]] std::string draw(const std::string& lasting, const std::string& lines, screen_size size);

 private:
  std::size_t drawn_{};
};

/// The first so many characters of a UTF-8 line.
[[nodiscard]] std::string cut(const std::string& line, std::size_t columns);

}  // namespace guestclock::tools
