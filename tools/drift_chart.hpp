// SPDX-License-Identifier: BSL-1.0
/// \file drift_chart.hpp
/// A page's drift against the OS clock, from the first reading to the latest, as lines of characters. However many
/// readings there are, it keeps no more than so many columns: where they are full, neighbours are joined.
#pragma once

#include <guestclock/word.hpp>

#include <array>
#include <cstddef>
#include <string>
#include <vector>

namespace guestclock::tools {

/// What a chart is drawn with.
struct chart_glyphs {
  const char* point;
  const char* step;  ///< below a column in which the clock stepped
  const char* axis;  ///< left of each line
  const char* corner;
  const char* base_line;
};
inline constexpr chart_glyphs ascii_glyphs{"*", "^", "|", "+", "-"};
inline constexpr chart_glyphs unicode_glyphs{"█", "▲", "│", "└", "─"};

class drift_chart {
 public:
  static constexpr std::size_t columns_max = 256;

  /// One more reading.
  void add(i64 drift_ns, bool stepped);

  /// The chart in that many columns and lines, the base line not counted, the drift's scale left of it.
  ///   requires width in [1, columns_max], height ≥ 2
  [[nodiscard]] std::vector<std::string> lines(std::size_t width, std::size_t height, const chart_glyphs& glyphs) const;

 private:
  struct column {
    i64 least{};
    i64 most{};
    bool stepped{};
  };
  static column joined(const column& a, const column& b);
  void join_neighbours();
  [[nodiscard]] std::vector<column> fitted(std::size_t width) const;

  std::array<column, columns_max> columns_{};
  std::size_t used_{};
  u64 in_latest_{};
  u64 per_column_ = 1;
};

}  // namespace guestclock::tools
