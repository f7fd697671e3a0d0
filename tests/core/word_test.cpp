// SPDX-License-Identifier: BSL-1.0
/// \file tests/core/word_test.cpp
#include <guestclock/guestclock.hpp>

#include <random>
#include <string>

#include <gtest/gtest.h>

namespace {

using namespace guestclock;

TEST(Word, MultipliesInLimbsAsTheMachineDoes) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 100'000; ++i) {
    const u64 a = random() >> random() % 64;
    const u64 b = random() >> random() % 64;
    const wide machine = full_product(a, b);
    const wide limbs = full_product_limbs(a, b);
    ASSERT_TRUE(machine.high == limbs.high && machine.low == limbs.low) << a << " * " << b;
    const wide narrow = full_product_limbs(a, static_cast<u32>(b));
    const wide expected = full_product(a, b & 0xFFFF'FFFF);
    ASSERT_TRUE(narrow.high == expected.high && narrow.low == expected.low) << a << " * " << b;
  }
}

TEST(Word, DividesInLimbsAsTheMachineDoes) {
  __extension__ using u128 = unsigned __int128;
  std::mt19937_64 random(1);
  for (int i = 0; i < 100'000; ++i) {
    const u64 divisor = (random() >> random() % 64) | 1;
    const u64 high = random() % divisor;
    const u64 low = random() >> random() % 64;
    const division limbs = full_quotient_limbs({high, low}, divisor);
    const u128 value = u128{high} << 64 | low;
    ASSERT_EQ(limbs.quotient, static_cast<u64>(value / divisor)) << high << ' ' << low << ' ' << divisor;
    ASSERT_EQ(limbs.remainder, static_cast<u64>(value % divisor));
  }
}

TEST(Word, KnowsItsEdges) {
  EXPECT_EQ(max_of<u64>, 0xFFFF'FFFF'FFFF'FFFF);
  EXPECT_EQ(min_of<i64>, -0x7FFF'FFFF'FFFF'FFFF - 1);
  EXPECT_EQ(max_of<i8>, 127);
  EXPECT_EQ(min_of<i8>, -128);
  EXPECT_EQ(max_of<u32>, 0xFFFF'FFFF);
  EXPECT_EQ(min_of<u8>, 0);
  EXPECT_EQ(leading_zeros(0), 64U);
  EXPECT_EQ(leading_zeros(1), 63U);
  EXPECT_FALSE(checked_shift_left(2, 63).fits);
  EXPECT_TRUE(checked_shift_left(1, 63).fits);
}

TEST(Result, HasAValueOrAReason) {
  const result<u64> value = u64{0};
  const result<u64> none = clock_error::unstable;
  EXPECT_TRUE(value.has_value());
  EXPECT_EQ(value.error(), clock_error{});
  EXPECT_EQ(*value, 0U);
  EXPECT_FALSE(none);
  EXPECT_EQ(none.error(), clock_error::unstable);
  EXPECT_EQ(none.value_or(5), 5U);
  EXPECT_EQ(value.value_or(5), 0U);
}

TEST(Result, NamesItsErrors) {
  EXPECT_STREQ(name_of(clock_error::no_clock), "no_clock");
  EXPECT_STREQ(name_of(clock_error::update_in_progress), "update_in_progress");
  EXPECT_STREQ(name_of(clock_error::sequence_invalid), "sequence_invalid");
  EXPECT_STREQ(name_of(clock_error::invalid_header), "invalid_header");
  EXPECT_STREQ(name_of(clock_error::generation_changed), "generation_changed");
  EXPECT_STREQ(name_of(clock_error::inconsistent_update), "inconsistent_update");
  EXPECT_STREQ(name_of(clock_error::unstable), "unstable");
  EXPECT_STREQ(name_of(clock_error::bad_shift), "bad_shift");
  EXPECT_STREQ(name_of(clock_error::bad_multiplier), "bad_multiplier");
  EXPECT_STREQ(name_of(clock_error::bad_frequency), "bad_frequency");
  EXPECT_STREQ(name_of(clock_error::counter_before_snapshot), "counter_before_snapshot");
  EXPECT_STREQ(name_of(clock_error::out_of_range), "out_of_range");
  EXPECT_STREQ(name_of(clock_error{}), "unknown");
  EXPECT_STREQ(name_of(static_cast<clock_error>(200)), "unknown");
}

}  // namespace
