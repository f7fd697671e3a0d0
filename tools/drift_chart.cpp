// SPDX-License-Identifier: BSL-1.0
#include "drift_chart.hpp"

#include "text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace guestclock::tools {
namespace {

__extension__ using wide_signed = __int128;

/// The line of that value, 0 at the bottom.
std::size_t line_of(i64 value, i64 least, i64 most, std::size_t height) {
  if (least == most) return height / 2;
  const wide_signed above = (wide_signed(value) - least) * wide_signed(height - 1);
  const wide_signed range = wide_signed(most) - least;
  return static_cast<std::size_t>((above + range / 2) / range);
}

/// In the unit in which it has at most nine digits, or in s.
std::string scale_text(i64 ns) {
  i64 value = ns;
  const char* unit = "ns";
  for (const char* larger : {"us", "ms", "s"}) {
    if (value > -1'000'000'000 && value < 1'000'000'000) break;
    value /= 1'000;
    unit = larger;
  }
  return fmt::format("{} {}", signed_grouped(value), unit);
}

}  // namespace

drift_chart::column drift_chart::joined(const column& a, const column& b) {
  return {std::min(a.least, b.least), std::max(a.most, b.most), a.stepped || b.stepped};
}

void drift_chart::join_neighbours() {
  for (std::size_t pair = 0; pair < columns_max / 2; ++pair)
    columns_[pair] = joined(columns_[2 * pair], columns_[2 * pair + 1]);
  used_ = columns_max / 2;
  per_column_ *= 2;
}

void drift_chart::add(i64 drift_ns, bool stepped) {
  const column next{drift_ns, drift_ns, stepped};
  if (used_ > 0 && in_latest_ < per_column_) {
    columns_[used_ - 1] = joined(columns_[used_ - 1], next);
    ++in_latest_;
    return;
  }
  if (used_ == columns_max) join_neighbours();
  columns_[used_++] = next;
  in_latest_ = 1;
}

std::vector<drift_chart::column> drift_chart::fitted(std::size_t width) const {
  const std::size_t count = std::min(used_, width);
  std::vector<column> fitting;
  for (std::size_t at = 0; at < count; ++at) {
    const std::size_t end = (at + 1) * used_ / count;
    column sum = columns_[at * used_ / count];
    for (std::size_t from = at * used_ / count + 1; from < end; ++from) sum = joined(sum, columns_[from]);
    fitting.push_back(sum);
  }
  return fitting;
}

std::vector<std::string> drift_chart::lines(std::size_t width, std::size_t height, const chart_glyphs& glyphs) const {
  const std::vector<column> shown = fitted(width);
  column range{};
  if (!shown.empty()) range = shown.front();
  for (const column& each : shown) range = joined(range, each);
  std::vector<std::string> drawn;
  for (std::size_t line = height; line-- > 0;) {
    std::string scale;
    if (line == height - 1) scale = scale_text(range.most);
    if (line == 0) scale = scale_text(range.least);
    std::string text = fmt::format("{:>16} {}", scale, glyphs.axis);
    for (const column& each : shown) {
      const bool is_hit = line >= line_of(each.least, range.least, range.most, height) &&
                          line <= line_of(each.most, range.least, range.most, height);
      text += is_hit ? glyphs.point : " ";
    }
    drawn.push_back(text);
  }
  std::string base = fmt::format("{:>16} {}", "drift", glyphs.corner);
  for (std::size_t at = 0; at < width; ++at)
    base += at < shown.size() && shown[at].stepped ? glyphs.step : glyphs.base_line;
  drawn.push_back(base);
  return drawn;
}

}  // namespace guestclock::tools
