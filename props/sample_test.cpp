// SPDX-License-Identifier: BSL-1.0
/// \file props/sample_test.cpp
/// The sampler sees what is wrong: laws that do not hold, each in a way of its own.
#include "sample.hpp"

#include <gtest/gtest.h>

#include "choice.hpp"

namespace {

using namespace guestclock;
using props::status;

struct holds {
  static constexpr law_info info{"canary.holds", "a word is itself"};
  template <class Inputs> static void check(Inputs& in) {
    const auto value = in.template any<std::uint64_t>("value");
    in.require(value == value + 0);
  }
};

struct fails_beyond_a_limit {
  static constexpr law_info info{"canary.limit", "no word is greater than a million"};
  template <class Inputs> static void check(Inputs& in) {
    in.require(in.template any<std::uint64_t>("value") <= 1'000'000);
  }
};

struct fails_at_the_edges_only {
  static constexpr law_info info{"canary.edges", "no sum is 2^64"};
  template <class Inputs> static void check(Inputs& in) {
    const auto a = in.template any<std::uint64_t>("a");
    const auto b = in.template any<std::uint64_t>("b");
    in.require(a == 0 || a + b != 0);
  }
};

struct fails_at_one_signed_value {
  static constexpr law_info info{"canary.signed", "no byte is -31"};
  template <class Inputs> static void check(Inputs& in) {
    in.require(in.template between<std::int8_t>("byte", -31, 31) != -31);
  }
};

struct premise_never_holds {
  static constexpr law_info info{"canary.premise", "whatever follows from what is not"};
  template <class Inputs> static void check(Inputs& in) {
    if (!in.assume(in.template any<std::uint64_t>("value") == 0x1234'5678'9ABC'DEF0)) return;
    in.require(true);
  }
};

struct throws {
  static constexpr law_info info{"canary.throws", "a fifth power fits 256 bits"};
  template <class Inputs> static void check(Inputs& in) {
    const exact value(in.template any<std::uint64_t>("value"));
    in.require(value * value * value * value * value >= exact(0));
  }
};

struct fails_after_many_steps {
  static constexpr law_info info{"canary.steps", "a count stays below 20", law_kind::trace};
  struct state {
    int count;
  };
  template <class Inputs> static state initial(Inputs&) { return {0}; }
  template <class Inputs> static state any(Inputs& in) { return {in.template between<std::int32_t>("count", 0, 5)}; }
  static bool invariant(const state& s) { return s.count < 20; }
  template <class Inputs> static void step(Inputs& in, state& s) {
    s.count += in.template between<std::int32_t>("by", 0, 1);
  }
};

template <class Law> props::report report_of(spec::law_part part = spec::law_part::whole) {
  return props::sample(spec::make_native_law<Law>(), part, 2000, 7);
}

TEST(Sample, HoldsWhereALawDoes) {
  const props::report report = report_of<holds>();
  EXPECT_EQ(report.status, status::held);
  EXPECT_EQ(report.runs, 2000);
  EXPECT_EQ(report.reached, 2000);
}

TEST(Sample, ShrinksToTheLeastCounterexample) {
  const props::report report = report_of<fails_beyond_a_limit>();
  EXPECT_EQ(report.status, status::refuted);
  EXPECT_EQ(report.witness, "value=1000001");
}

TEST(Sample, LooksAtEdges) {
  EXPECT_EQ(report_of<fails_at_the_edges_only>().status, status::refuted);
  EXPECT_EQ(report_of<fails_at_one_signed_value>().witness, "byte=-31");
}

TEST(Sample, SaysWhenAPremiseHardlyEverHolds) { EXPECT_EQ(report_of<premise_never_holds>().status, status::vacuous); }

TEST(Sample, TakesAnExceptionForAFailure) {
  const props::report report = report_of<throws>();
  EXPECT_EQ(report.status, status::refuted);
  EXPECT_NE(report.failure.find("throws"), std::string::npos);
  EXPECT_EQ(report.witness.substr(0, 6), "value=");
}

TEST(Sample, FollowsLongSequences) {
  EXPECT_EQ(report_of<fails_after_many_steps>(spec::law_part::initial).status, status::held);
  EXPECT_EQ(report_of<fails_after_many_steps>(spec::law_part::step).status, status::held);
  const props::report report = report_of<fails_after_many_steps>(spec::law_part::sequence);
  EXPECT_EQ(report.status, status::refuted);
  EXPECT_EQ(report.name, "canary.steps/sequence");
  EXPECT_EQ(report.witness.substr(0, 6), "steps=");
  EXPECT_NE(report.failure.find("line"), std::string::npos);
}

TEST(Sample, DrawsTheSameFromTheSameSeed) {
  EXPECT_EQ(report_of<fails_at_the_edges_only>().witness, report_of<fails_at_the_edges_only>().witness);
}

TEST(Choice, StaysInItsRange) {
  spec::earlier_values earlier;
  earlier.remember(0x8000'0000'0000'0000);
  for (const spec::word_range range : {spec::word_range{0, 0, 8}, spec::word_range{0xE1, 0x1F, 8},  // −31 … 31
                                       spec::word_range{0, ~std::uint64_t{0}, 64}, spec::word_range{1, 0xFFFF'FFFF, 32},
                                       spec::word_range{std::uint64_t{1} << 63, ~std::uint64_t{0}, 64}})
    for (std::uint8_t kind = 0; kind < spec::choice::kind_count; ++kind)
      for (std::uint64_t amount = 0; amount < 2000; ++amount)
        for (const std::uint64_t each : {amount, ~amount, amount << 40}) {
          const std::uint64_t value = value_of({kind, each}, range, earlier);
          ASSERT_TRUE(range.contains(value) && value <= range.mask());
        }
}

TEST(Choice, MeansZeroWhereThereIsOne) {
  EXPECT_EQ(spec::value_of({}, {0xE1, 0x1F, 8}, {}), 0U);
  EXPECT_EQ(spec::value_of({}, {5, 9, 32}, {}), 5U);
}

}  // namespace
