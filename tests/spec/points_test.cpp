// SPDX-License-Identifier: BSL-1.0
/// \file tests/spec/points_test.cpp
/// Laws at recorded points: edges, and every counterexample ever found.
#include "points.hpp"

#include <fstream>
#include <set>
#include <sstream>

#include <gtest/gtest.h>

#include "../../spec/laws/all.hpp"

namespace {

using namespace guestclock;
using tests::parse_points;
using tests::replay;

const std::vector<spec::native_law>& all_laws() {
  static const std::vector<spec::native_law> laws = spec::native_laws_of<laws::all>();
  return laws;
}
std::vector<tests::point> recorded_points() {
  std::ifstream file(POINTS_PATH);
  if (!file) throw std::runtime_error(POINTS_PATH " cannot be read");
  return parse_points(file);
}

TEST(Points, HoldWhereverTheyWereRecorded) {
  const std::vector<tests::point> points = recorded_points();
  ASSERT_FALSE(points.empty());
  for (const tests::point& each : points)
    EXPECT_EQ(replay(each, all_laws()), "") << POINTS_PATH << ':' << each.line << ": " << each.id;
}

/// What a first point of a law may look like: zeros, or the least values.
std::string suggestion(const spec::native_law& law) {
  struct least : spec::source {
    std::uint64_t draw(const spec::draw_request& request) override { return request.low; }
  } source;
  const bool has_parts = law.info.kind == law_kind::trace;
  const spec::outcome outcome = law.run(source, has_parts ? spec::law_part::step : spec::law_part::whole, 1);
  return std::string(law.info.id) + (has_parts ? "/step " : " ") + outcome.replay_arguments();
}

TEST(Points, StandForEveryLawThatHasInputs) {
  std::set<std::string> recorded;
  for (const tests::point& each : recorded_points()) recorded.insert(each.id);
  for (const spec::native_law& law : all_laws())
    EXPECT_TRUE(recorded.contains(law.info.id)) << "tests/spec/points.txt has no point, such as: " << suggestion(law);
}

/// Laws to fail with.
struct sum_is_even {
  static constexpr law_info info{"canary.value", "a + b is even"};
  template <class Inputs> static void check(Inputs& in) {
    const auto a = in.template between<std::int32_t>("a", -5, 5);
    const auto b = in.template between<std::int32_t>("a", 0, 5);
    if (!in.assume(a != 5)) return;
    in.require((a + b) % 2 == 0);
  }
};
struct stays_below_three {
  static constexpr law_info info{"canary.trace", "a count stays below three", law_kind::trace};
  struct state {
    int count;
  };
  template <class Inputs> static state initial(Inputs&) { return {0}; }
  template <class Inputs> static state any(Inputs& in) { return {in.template between<std::int32_t>("count", 0, 9)}; }
  static bool invariant(const state& s) { return s.count < 3; }
  template <class Inputs> static void step(Inputs& in, state& s) {
    s.count += in.template between<std::int32_t>("by", 0, 1);
  }
};

std::string replayed(const std::string& line) {
  std::istringstream text(line);
  return replay(parse_points(text).at(0), spec::native_laws_of<law_list<sum_is_even, stays_below_three>>());
}

TEST(Points, AreReplayed) {
  EXPECT_EQ(replayed("canary.value a=-5 a#2=0x5"), "");
  EXPECT_NE(replayed("canary.value a=1 a#2=2"), "");
  EXPECT_EQ(replayed("canary.trace/initial"), "");
  EXPECT_EQ(replayed("canary.trace/step count=1 by=1"), "");
  EXPECT_NE(replayed("canary.trace/step count=2 by=1"), "");
  EXPECT_EQ(replayed("canary.trace/sequence steps=3 by=1 by#2=1 by#3=0"), "");
  EXPECT_NE(replayed("canary.trace/sequence steps=3 by=1 by#2=1 by#3=1"), "");
}

TEST(Points, FailWhereTheyReachNoRequirement) {
  EXPECT_NE(replayed("canary.value a=5 a#2=1").find("premise"), std::string::npos);
  EXPECT_NE(replayed("canary.trace/step count=3 by=0").find("premise"), std::string::npos);
}

TEST(Points, FailWhereTheyDoNotFitTheirLaw) {
  EXPECT_EQ(replayed("canary.nothing a=1"), "there is no law canary.nothing");
  EXPECT_EQ(replayed("canary.value a=1"), "input a#2 is missing");
  EXPECT_EQ(replayed("canary.value a=6 a#2=0"), "input a is not in [-5, 5]");
  EXPECT_EQ(replayed("canary.value a=1 a#2=1 b=0"), "the law has no input b");
  EXPECT_EQ(replayed("canary.value/step a=1 a#2=1"), "canary.value has no parts");
  EXPECT_EQ(replayed("canary.trace"), "canary.trace needs a part: /initial, /step or /sequence");
}

TEST(Points, AreRefusedWithTheirLine) {
  const auto refusal = [](const std::string& text) -> std::string {
    std::istringstream stream(text);
    try {
      static_cast<void>(parse_points(stream));
    } catch (const std::invalid_argument& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(refusal("# a comment\n\nx a=1\n"), "");
  EXPECT_EQ(refusal("# a comment\nx a\n"), "line 2: a is not name=value");
  EXPECT_EQ(refusal("x a=1 a=2\n"), "line 1: a is given twice");
  EXPECT_NE(refusal("x a=1z\n"), "");
  EXPECT_NE(refusal("x/middle a=1\n"), "");
}

}  // namespace
