// SPDX-License-Identifier: BSL-1.0
/// \file tests/spec/exact_test.cpp
/// The whole numbers in which laws are stated, against Boost.Multiprecision's.
#include "../../spec/laws/exact.hpp"

#include <cstdint>
#include <limits>
#include <ostream>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <boost/multiprecision/cpp_int.hpp>

namespace guestclock {
/// How GoogleTest shows one.
void PrintTo(const exact& value, std::ostream* out) { *out << value.to_string(); }  // NOLINT: its name
}  // namespace guestclock

namespace {

using boost::multiprecision::cpp_int;
using guestclock::exact;

exact exact_of(const cpp_int& value) {
  const std::string digits = cpp_int(abs(value)).str(0, std::ios::hex);
  return exact::parse((value < 0 ? "-0x" : "0x") + digits);
}
cpp_int power_of_two(unsigned place) { return boost::multiprecision::pow(cpp_int(2), place); }
cpp_int limit() { return power_of_two(256); }
bool fits(const cpp_int& value) { return abs(value) < limit(); }

cpp_int floor_quotient(const cpp_int& a, const cpp_int& b) {
  cpp_int quotient = a / b;  // towards zero
  if (quotient * b > a) --quotient;
  return quotient;
}

/// Powers of two and their neighbours, the edges of limbs and of words, and numbers of every size at random.
std::vector<cpp_int> numbers() {
  std::vector<cpp_int> list;
  for (const unsigned place :
       {0U, 1U, 31U, 32U, 33U, 63U, 64U, 65U, 95U, 96U, 127U, 128U, 191U, 192U, 254U, 255U, 256U})
    for (const int step : {-1, 0, 1}) {
      const cpp_int value = power_of_two(place) + step;
      if (!fits(value)) continue;
      list.push_back(value);
      list.push_back(-value);
    }
  std::mt19937_64 random(1);
  for (unsigned bits = 1; bits <= 256; bits += 5) {
    cpp_int value = 0;
    for (unsigned i = 0; i < 4; ++i) value = value << 64 | random();
    value >>= 256 - bits;
    list.push_back(random() % 2 == 0 ? value : -value);
  }
  return list;
}

/// The operation gives Boost's result, or throws exactly where that is beyond 256 bits.
template <class Operation> void expect_same(const cpp_int& expected, Operation operation, const char* what) {
  if (fits(expected))
    EXPECT_EQ(operation(), exact_of(expected)) << what << ' ' << expected;
  else
    EXPECT_THROW(static_cast<void>(operation()), std::overflow_error) << what << ' ' << expected;
}

TEST(Exact, ComputesLikeBoost) {
  const std::vector<cpp_int> list = numbers();
  for (const cpp_int& a : list)
    for (const cpp_int& b : list) {
      const exact x = exact_of(a);
      const exact y = exact_of(b);
      expect_same(
          a + b, [&] { return x + y; }, "sum");
      expect_same(
          a - b, [&] { return x - y; }, "difference");
      expect_same(
          a * b, [&] { return x * y; }, "product");
      if (HasFailure()) FAIL() << a << " and " << b;
    }
}

TEST(Exact, DividesLikeBoostRoundingDown) {
  const std::vector<cpp_int> list = numbers();
  for (const cpp_int& a : list)
    for (const cpp_int& b : list) {
      if (b <= 0) continue;
      const cpp_int quotient = floor_quotient(a, b);
      const cpp_int remainder = a - b * quotient;
      ASSERT_TRUE(0 <= remainder && remainder < b);
      ASSERT_EQ(floor_div(exact_of(a), exact_of(b)), exact_of(quotient)) << a << " / " << b;
      if (!fits(b * quotient)) continue;  // −b·⌈…⌉ may need one bit more than either
      ASSERT_EQ(floor_mod(exact_of(a), exact_of(b)), exact_of(remainder)) << a << " mod " << b;
    }
}

TEST(Exact, DividesByPositiveNumbersOnly) {
  EXPECT_THROW(static_cast<void>(floor_div(exact(1), exact(0))), std::domain_error);
  EXPECT_THROW(static_cast<void>(floor_div(exact(1), exact(-1))), std::domain_error);
}

TEST(Exact, ComparesLikeBoost) {
  const std::vector<cpp_int> list = numbers();
  for (const cpp_int& a : list)
    for (const cpp_int& b : list) {
      const exact x = exact_of(a);
      const exact y = exact_of(b);
      ASSERT_EQ(x == y, a == b);
      ASSERT_EQ(x < y, a < b);
      ASSERT_EQ(x > y, a > b);
      ASSERT_EQ(x <= y, a <= b);
    }
}

TEST(Exact, HasOneZero) {
  EXPECT_EQ(-exact(0), exact(0));
  EXPECT_EQ(exact(5) - exact(5), exact(-5) + exact(5));
  EXPECT_FALSE((-exact(0)).is_negative());
  EXPECT_FALSE((exact(0) * exact(-7)).is_negative());
  EXPECT_EQ(exact::parse("-0"), exact(0));
}

TEST(Exact, ReadsWhatItWrites) {
  for (const cpp_int& value : numbers()) {
    ASSERT_EQ(exact::parse(value.str()), exact_of(value));
    ASSERT_EQ(exact_of(value).to_string(), value.str());
  }
  EXPECT_EQ(exact::parse("0x1Ff"), exact(511));
  EXPECT_EQ(exact::parse("-0XFFFFFFFFFFFFFFFFF"), exact(1) - exact::power_of_two(68));
}

TEST(Exact, RefusesWhatIsNoNumber) {
  for (const char* text : {"", "-", "0x", "--1", "+1", "1 ", " 1", "12a", "0xg", "1.5", "x12"})
    EXPECT_THROW(static_cast<void>(exact::parse(text)), std::invalid_argument) << text;
  EXPECT_THROW(static_cast<void>(exact::parse(limit().str())), std::overflow_error);
  EXPECT_NO_THROW(static_cast<void>(exact::parse(cpp_int(limit() - 1).str())));
}

template <class Word> void expect_word_edges() {
  using limits = std::numeric_limits<Word>;
  for (const Word word :
       {limits::min(), Word(limits::min() + 1), Word(0), Word(1), Word(limits::max() - 1), limits::max()}) {
    const exact value(word);
    EXPECT_EQ(value.to_string(), cpp_int(word).str());
    EXPECT_TRUE(value.fits<Word>());
    EXPECT_EQ(value.to<Word>(), word);
  }
  for (const exact& outside : {exact(limits::min()) - exact(1), exact(limits::max()) + exact(1)}) {
    EXPECT_FALSE(outside.fits<Word>());
    EXPECT_THROW(static_cast<void>(outside.to<Word>()), std::overflow_error);
  }
}

TEST(Exact, TakesAndGivesEveryMachineWord) {
  expect_word_edges<std::uint8_t>();
  expect_word_edges<std::int8_t>();
  expect_word_edges<std::uint32_t>();
  expect_word_edges<std::int32_t>();
  expect_word_edges<std::uint64_t>();
  expect_word_edges<std::int64_t>();
}

TEST(Exact, KnowsThePowersOfTwo) {
  for (unsigned place = 0; place < 256; ++place)
    EXPECT_EQ(exact::power_of_two(place).to_string(), power_of_two(place).str());
  EXPECT_THROW(static_cast<void>(exact::power_of_two(256)), std::overflow_error);
}

}  // namespace
