// SPDX-License-Identifier: BSL-1.0
#include <drift_chart.hpp>
#include <screen.hpp>

#include <gtest/gtest.h>

#include <algorithm>

namespace {

using namespace guestclock;
using guestclock::tools::ascii_glyphs;
using guestclock::tools::drift_chart;
using guestclock::tools::redrawn_lines;

constexpr std::size_t left = 18;  // of a line: the scale and the axis

std::vector<std::string> drawn(const drift_chart& chart, std::size_t width, std::size_t height) {
  return chart.lines(width, height, ascii_glyphs);
}
std::string right_of(const std::string& line) { return line.substr(left); }

TEST(DriftChart, IsEmptyAtFirst) {
  const auto lines = drawn(drift_chart{}, 10, 3);
  ASSERT_EQ(lines.size(), 4U);
  EXPECT_EQ(lines[0], "           +0 ns |");
  EXPECT_EQ(lines[3], "           drift +----------");
}

TEST(DriftChart, DrawsAFallingAndARisingLine) {
  drift_chart falling;
  drift_chart rising;
  for (int count = 0; count < 4; ++count) {
    falling.add(-1'000 * count, false);
    rising.add(1'000 * count, false);
  }
  const auto down = drawn(falling, 8, 4);
  EXPECT_EQ(down[0], "           +0 ns |*   ");
  EXPECT_EQ(right_of(down[1]), " *  ");
  EXPECT_EQ(right_of(down[2]), "  * ");
  EXPECT_EQ(down[3], "       -3 000 ns |   *");
  const auto up = drawn(rising, 8, 4);
  EXPECT_EQ(up[0], "       +3 000 ns |   *");
  EXPECT_EQ(right_of(up[3]), "*   ");
}

TEST(DriftChart, DrawsAConstantInTheMiddle) {
  drift_chart chart;
  for (int count = 0; count < 5; ++count) chart.add(7, false);
  const auto lines = drawn(chart, 5, 3);
  EXPECT_EQ(right_of(lines[1]), "*****");
  EXPECT_EQ(right_of(lines[0]), "     ");
}

TEST(DriftChart, MarksSteps) {
  drift_chart chart;
  for (int count = 0; count < 6; ++count) chart.add(count >= 3 ? 1'000'000 : 0, count == 3);
  EXPECT_EQ(right_of(drawn(chart, 10, 2).back()), "---^------");
}

TEST(DriftChart, JoinsColumnsWhereThereAreTooManyToShow) {
  drift_chart chart;
  for (int count = 0; count < 100; ++count) chart.add(count % 10, count == 55);
  const auto lines = drawn(chart, 10, 2);
  EXPECT_EQ(right_of(lines[0]), "**********") << "each has the least and the most of its readings";
  EXPECT_EQ(right_of(lines[1]), "**********");
  EXPECT_EQ(right_of(lines[2]), "-----^----");
}

TEST(DriftChart, JoinsNeighboursWhereItIsFull) {
  drift_chart chart;
  constexpr auto full = static_cast<int>(drift_chart::columns_max);
  for (int count = 0; count < full + 2; ++count) chart.add(count, false);
  const auto lines = drawn(chart, drift_chart::columns_max, 2);
  EXPECT_EQ(right_of(lines[0]).size(), drift_chart::columns_max / 2 + 1) << "the last one has two readings, too";
  chart.add(full + 2, false);
  EXPECT_EQ(right_of(drawn(chart, drift_chart::columns_max, 2)[0]).size(), drift_chart::columns_max / 2 + 2);
}

TEST(DriftChart, ShowsTheWholeOfALongWatch) {
  drift_chart chart;
  constexpr int readings = 1'000'000;
  for (int count = 0; count < readings; ++count) chart.add(-count, count == readings / 2);
  const auto lines = drawn(chart, drift_chart::columns_max, 8);
  EXPECT_EQ(lines[0].substr(0, 17), "           +0 ns ");
  EXPECT_EQ(lines[7].substr(0, 17), "     -999 999 ns ");
  const std::string base = right_of(lines.back());
  EXPECT_EQ(std::count(base.begin(), base.end(), '^'), 1);
  const std::size_t used = right_of(lines[0]).size();
  EXPECT_GE(used, drift_chart::columns_max / 2);
  EXPECT_NEAR(static_cast<double>(base.find('^')), static_cast<double>(used) / 2, 2.0);
}

TEST(DriftChart, DrawsTheExtremes) {
  drift_chart chart;
  chart.add(min_of<i64>, false);
  chart.add(max_of<i64>, true);
  const auto lines = drawn(chart, 2, 5);
  EXPECT_EQ(lines[0], "+9 223 372 036 s | *");
  EXPECT_EQ(lines[4], "-9 223 372 036 s |* ");
}

TEST(DriftChart, HasAScaleThatFits) {
  for (const auto& [drift, scale] : {std::pair<i64, const char*>(999'999'999, " +999 999 999 ns |"),
                                     {1'000'000'000, "   +1 000 000 us |"},
                                     {999'999'999'999, " +999 999 999 us |"},
                                     {999'999'999'999'999, " +999 999 999 ms |"},
                                     {1'000'000'000'000'000, "    +1 000 000 s |"}}) {
    drift_chart chart;
    chart.add(drift, false);
    EXPECT_EQ(drawn(chart, 2, 2)[0].substr(0, left), scale);
  }
}

TEST(Screen, ReplacesTheLinesThatItDrewAndKeepsTheLastingOnes) {
  redrawn_lines lines;
  const tools::screen_size size{80, 24};
  EXPECT_EQ(lines.draw("", "a\nb\n", size), "\r\x1B[Ja\nb\n");
  EXPECT_EQ(lines.draw("happened\n", "c\nd\ne\n", size), "\x1B[2A\r\x1B[Jhappened\nc\nd\ne\n");
  EXPECT_EQ(lines.draw("", "f\n", size), "\x1B[3A\r\x1B[Jf\n");
}

TEST(Screen, CutsLinesThatWouldWrap) {
  redrawn_lines lines;
  EXPECT_EQ(lines.draw("", "123456789\n1234\n", {5, 24}), "\r\x1B[J1234\n1234\n");
  EXPECT_EQ(tools::cut("█████", 3), "███") << "characters, not bytes";
  EXPECT_EQ(tools::cut("ab", 3), "ab");
  EXPECT_EQ(tools::cut("ab", 0), "");
}

}  // namespace
