// SPDX-License-Identifier: BSL-1.0
/// \file tests/core/reference_tsc_test.cpp
/// The reference TSC page of Hyper-V, by the figures of its documents.
#include <guestclock/reference_tsc.hpp>

#include <cstring>
#include <memory>

#include <gtest/gtest.h>

#include "pages.hpp"

namespace {

using namespace guestclock;
using tests::fixed_counter;

constexpr reference_tsc_snapshot page_of_1_ghz{0x028F'5C28'F5C2'8F5C, 0};
constexpr reference_tsc_snapshot page_of_2400_mhz{0x0111'1111'1111'1111, 5'000};
constexpr u64 second = reference_units_per_second;

/// A real page of 4096 bytes with these contents.
class real_page {
 public:
  real_page(u32 sequence, reference_tsc_snapshot fields) {
    bytes_->tsc_sequence = sequence;
    bytes_->tsc_scale = fields.tsc_scale;
    bytes_->tsc_offset = fields.tsc_offset;
  }
  void* address() { return bytes_.get(); }

 private:
  std::unique_ptr<hv_reference_tsc_page> bytes_ = std::make_unique<hv_reference_tsc_page>();
};

TEST(ReferenceTsc, CountsInUnitsOf100Nanoseconds) {
  EXPECT_EQ(reference_time_at(page_of_1_ghz, 0)->count, 0U);
  EXPECT_EQ(reference_time_at(page_of_1_ghz, 1'000'000'000)->count, second - 1);  // the scale is rounded down
  EXPECT_EQ(reference_time_at(page_of_1_ghz, 1'000'000'001)->count, second);
  EXPECT_EQ(reference_time_at(page_of_2400_mhz, 24'000'000'001)->count, 10 * second + 5'000);
  EXPECT_EQ(convert(page_of_2400_mhz, 24'000'000'001)->time, instant{10'000'500'000});
}

TEST(ReferenceTsc, SaysWhatAReadingIsWorth) {
  const reading seen = *convert(page_of_2400_mhz, 24'000);
  EXPECT_EQ(seen.counter, 24'000U);
  EXPECT_EQ(seen.error_bound_ns, 100U);
  EXPECT_TRUE(seen.bounded);
  EXPECT_TRUE(seen.stable);
  EXPECT_FALSE(seen.clamped);
  EXPECT_TRUE(demand_stable(seen).has_value());
}

TEST(ReferenceTsc, GivesEveryTimeThatFitsAndNoOther) {
  EXPECT_EQ(reference_time_at({max_of<u64>, 1}, max_of<u64>)->count, max_of<u64>);  // a time like any other
  EXPECT_EQ(reference_time_at({max_of<u64>, 2}, max_of<u64>).error(), clock_error::out_of_range);
  EXPECT_EQ(reference_time_at({1, -1}, max_of<u64>).error(), clock_error::out_of_range);
  EXPECT_EQ(reference_time_at({u64(1) << 63, -1}, 2)->count, 0U);
  EXPECT_EQ(reference_time_at({u64(1) << 63, -2}, 2).error(), clock_error::out_of_range);
  EXPECT_EQ(reference_time_at({max_of<u64>, min_of<i64>}, max_of<u64>)->count, (u64(1) << 63) - 2);
  EXPECT_EQ(reference_time_at({0, 5}, 1).error(), clock_error::bad_multiplier);
  EXPECT_EQ(convert(reference_tsc_snapshot{0, 5}, 1).error(), clock_error::bad_multiplier);
  constexpr reference_tsc_snapshot greatest{max_of<u64>, 1};
  EXPECT_EQ(convert(greatest, max_of<u64>).error(), clock_error::out_of_range);  // 100 times it does not fit
}

TEST(ReferenceTsc, PredictsReadersThatWrap) {
  EXPECT_EQ(reference_time_wrapping({max_of<u64>, 2}, max_of<u64>), reference_time{0});
  EXPECT_EQ(reference_time_wrapping({1, -1}, 0), reference_time{max_of<u64>});
  EXPECT_EQ(reference_time_wrapping(page_of_2400_mhz, 48'000), *reference_time_at(page_of_2400_mhz, 48'000));
}

TEST(ReferenceTime, IsRoundedUpWhenItIsSaved) {
  EXPECT_EQ(reference_time::not_before(instant{0}), reference_time{0});
  EXPECT_EQ(reference_time::not_before(instant{1}), reference_time{1});
  EXPECT_EQ(reference_time::not_before(instant{100}), reference_time{1});
  EXPECT_EQ(reference_time::not_before(instant{101}), reference_time{2});
  EXPECT_EQ(reference_time::not_before(instant{max_of<u64>}), reference_time{184'467'440'737'095'517});
  EXPECT_LT(reference_time{1}, reference_time{2});
  EXPECT_NE(reference_time{1}, reference_time{2});
}

TEST(ReferenceTime, HasATimeInNanosecondsFor584Years) {
  EXPECT_EQ(*reference_time{184'467'440'737'095'516}.to_instant(), instant{18'446'744'073'709'551'600U});
  EXPECT_EQ(reference_time{184'467'440'737'095'517}.to_instant().error(), clock_error::out_of_range);
}

TEST(ReferenceTsc, SkipsTheSequencesThatMeantInvalid) {
  EXPECT_EQ(reference_tsc_page::published_after(0), 1U);
  EXPECT_EQ(reference_tsc_page::published_after(0xFFFF'FFFD), 0xFFFF'FFFE);
  EXPECT_EQ(reference_tsc_page::published_after(0xFFFF'FFFE), 1U);
  EXPECT_EQ(reference_tsc_page::published_after(0xFFFF'FFFF), 1U);
  EXPECT_TRUE(reference_tsc_page::unusable(reference_tsc_page::while_updating(7)));
}

TEST(ReferenceTsc, ReadsARealPage) {
  real_page page(0xFFFF'FFFF, page_of_2400_mhz);  // accepted, although an old edition called it invalid
  reference_tsc_reader<fixed_counter> clock(page.address(), {24'001});
  const result<reading> seen = clock.now();
  ASSERT_TRUE(seen.has_value());
  EXPECT_EQ(seen->time, instant{510'000});
  EXPECT_EQ(seen->version, 0xFFFF'FFFF);
  EXPECT_EQ(seen->counter, 24'001U);
  EXPECT_EQ(clock.snapshot()->fields, page_of_2400_mhz);
}

TEST(ReferenceTsc, WritesAPageThatItsReadersUnderstand) {
  real_page page(0, {});
  writable_atomic_page<8> memory(page.address());
  EXPECT_EQ(publish_section_after<reference_tsc_page>(memory, 41, [] { return page_of_2400_mhz; }), 42U);
  hv_reference_tsc_page layout;
  std::memcpy(&layout, page.address(), sizeof layout);
  EXPECT_EQ(layout.tsc_sequence, 42U);
  EXPECT_EQ(layout.tsc_scale, page_of_2400_mhz.tsc_scale);
  EXPECT_EQ(layout.tsc_offset, page_of_2400_mhz.tsc_offset);
}

TEST(ReferenceTsc, SequenceZeroSendsTheCallerToTheFallbackAndNeverSpins) {
  real_page page(0, page_of_2400_mhz);
  fixed_counter counter{77};
  int asked = 0;
  const auto fallback = [&]() -> result<reference_time> {
    ++asked;
    return reference_time{123};
  };
  EXPECT_EQ(read_reference_tsc(atomic_page<8>(page.address()), counter).error(), clock_error::sequence_invalid);
  EXPECT_EQ(counter.samples, 0);
  const result<reading> seen = read_reference_tsc_or(atomic_page<8>(page.address()), counter, fallback);
  ASSERT_TRUE(seen.has_value());
  EXPECT_EQ(seen->time, instant{12'300});
  EXPECT_EQ(seen->version, 0U);
  EXPECT_EQ(seen->counter, 77U);
  EXPECT_EQ(seen->error_bound_ns, 100U);
  EXPECT_TRUE(seen->stable && seen->bounded);
  EXPECT_EQ(asked, 1);
}

TEST(ReferenceTsc, GivesTheFallbacksError) {
  real_page page(0, page_of_2400_mhz);
  reference_tsc_reader<fixed_counter> clock(page.address());
  const auto refuses = []() -> result<reference_time> { return clock_error::no_clock; };
  const auto too_late = []() -> result<reference_time> { return reference_time{max_of<u64>}; };
  EXPECT_EQ(clock.now_or(refuses).error(), clock_error::no_clock);
  EXPECT_EQ(clock.now_or(too_late).error(), clock_error::out_of_range);
}

TEST(ReferenceTsc, DoesNotAskTheFallbackOfAUsablePage) {
  real_page page(1, page_of_2400_mhz);
  real_page bad(1, {0, 0});
  const auto fallback = []() -> result<reference_time> {
    ADD_FAILURE();
    return reference_time{0};
  };
  EXPECT_EQ(reference_tsc_reader<fixed_counter>(page.address()).now_or(fallback)->time, instant{500'000});
  EXPECT_EQ(reference_tsc_reader<fixed_counter>(bad.address()).now_or(fallback).error(), clock_error::bad_multiplier);
}

TEST(ReferenceTsc, RefusesPagesThatAreNotThere) {
  alignas(8) unsigned char bytes[64]{};
  for (const void* page : {static_cast<const void*>(nullptr), static_cast<const void*>(bytes + 4)}) {
    reference_tsc_reader<fixed_counter> clock(page);
    EXPECT_EQ(clock.now().error(), clock_error::no_clock);
    EXPECT_EQ(clock.snapshot().error(), clock_error::no_clock);
    EXPECT_EQ(clock.now_or([]() -> result<reference_time> { return reference_time{0}; }).error(), clock_error::no_clock);
  }
}

/// A page that is updated once, under the sequence that it had, between two loads of one pass.
struct returning_page {
  int* loads;
  int update_at;
  u32 load_version(read_order, after_nothing) const { return ++*loads, 1; }
  u64 load(std::size_t offset) const { return ++*loads > update_at ? offset * 1'000 : offset; }
  void acquire_fence() const {}
};

TEST(ReferenceTsc, SeesAnUpdateThatBringsBackItsSequence) {
  for (int update_at = 0; update_at < 8; ++update_at) {
    int loads = 0;
    fixed_counter counter{1};
    const auto seen = read_section_once<reference_tsc_page>(returning_page{&loads, update_at}, counter);
    // Loads 2 and 3 are the fields, 5 and 6 the same again: an update before the first or after the last is not torn.
    const bool is_torn = update_at >= 2 && update_at <= 5;
    EXPECT_EQ(seen.has_value(), !is_torn) << update_at;
    if (!seen) continue;
    EXPECT_EQ(seen->fields.tsc_scale == 8, seen->fields.tsc_offset == 16) << update_at;
  }
}

TEST(ReferenceTsc, IsDerivedFromPvclockAsKvmDoes) {
  const pvclock_snapshot page{24'000'000'000, 123'456'789, 0xD555'5555, -1, pvclock_tsc_stable};
  const result<reference_tsc_snapshot> derived = derive_reference_tsc(page);
  ASSERT_TRUE(derived.has_value());
  EXPECT_EQ(derived->tsc_scale, 0x0111'1111'10A3'D70AU);
  EXPECT_EQ(derived->tsc_offset, 1'234'567 - i64(scale_product(24'000'000'000, derived->tsc_scale)));
  for (const u64 ticks : {0U, 1U, 2'400U, 2'400'000'000U}) {
    const u64 theirs = convert(*derived, page.tsc_timestamp + ticks)->time.nanoseconds;
    const u64 ours = convert(page, page.tsc_timestamp + ticks)->time.nanoseconds;
    EXPECT_LT(ours, theirs + 302) << ticks;
    EXPECT_LT(theirs, ours + 102) << ticks;
  }
}

TEST(ReferenceTsc, IsNotDerivedFromWhatKvmCallsUnusable) {
  const auto derive = [](u32 mul, i8 shift, u8 flags = pvclock_tsc_stable, u64 tsc_timestamp = 0) {
    return derive_reference_tsc({tsc_timestamp, 0, mul, shift, flags}).error();
  };
  EXPECT_EQ(derive(0xD555'5555, -1, 0), clock_error::unstable);
  EXPECT_EQ(derive(0, 0), clock_error::bad_multiplier);
  EXPECT_EQ(derive(1, 32), clock_error::bad_shift);
  EXPECT_EQ(derive(0xC800'0000, 7), clock_error::out_of_range);  // 10 MHz: a tick lasts one unit
  EXPECT_EQ(derive(0xC800'0001, 7), clock_error::out_of_range);  // its scale's low bits alone would be one
  EXPECT_EQ(derive(0xC7FF'FFFF, 7), clock_error{});
  EXPECT_EQ(derive(49, -31), clock_error::out_of_range);  // a scale of 0
  EXPECT_EQ(derive(50, -31), clock_error{});
  EXPECT_EQ(derive(0xC7FF'FFFF, 7, pvclock_tsc_stable, max_of<u64>), clock_error::out_of_range);  // the offset
  EXPECT_EQ(derive(0xC7FF'FFFF, 7, pvclock_tsc_stable, u64(1) << 63), clock_error{});
}

TEST(ReferenceTsc, IsAConstant) {
  static_assert(reference_time_at(page_of_2400_mhz, 48'001)->count == 5'200);
  static_assert(!derive_reference_tsc({}));
}

}  // namespace
