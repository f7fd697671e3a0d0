// SPDX-License-Identifier: BSL-1.0
#include "pages.hpp"

#include <guestclock/x86/counter.hpp>

namespace {

using namespace guestclock;
using tests::fixed_counter;

/// A copy of the page at that distance from an address aligned to 64.
struct placed_page {
  placed_page(const pvclock_vcpu_time_info& page, std::size_t offset) : offset_(offset) {
    std::memcpy(bytes_ + offset, &page, sizeof page);
  }
  [[nodiscard]] const void* address() const { return bytes_ + offset_; }

 private:
  alignas(64) unsigned char bytes_[128]{};
  std::size_t offset_;
};

void expect_equal(const reading& seen, const reading& expected) {
  EXPECT_EQ(seen.time.nanoseconds, expected.time.nanoseconds);
  EXPECT_EQ(seen.counter, expected.counter);
  EXPECT_EQ(seen.version, expected.version);
  EXPECT_EQ(seen.error_bound_ns, expected.error_bound_ns);
  EXPECT_EQ(seen.flags, expected.flags);
}

TEST(PageAlignment, FourBytesReadTheSameAsEight) {
  auto page = tests::plain_page();
  page.tsc_timestamp = 0x0123'4567'89AB'CDEF;
  page.system_time = 0x0FED'CBA9'8765'4321;
  const fixed_counter counter{page.tsc_timestamp + 123'456'789'012};
  const auto expected = pvclock_reader<fixed_counter>(placed_page(page, 0).address(), counter).now();
  ASSERT_TRUE(expected);
  EXPECT_EQ(expected->time.nanoseconds, tests::predicted(page, counter.value));
  for (const std::size_t offset : {4U, 8U, 12U, 20U, 36U, 60U}) {
    const placed_page placed(page, offset);
    const auto seen = pvclock_reader<fixed_counter>(placed.address(), counter).now();
    ASSERT_TRUE(seen) << name_of(seen.error());
    expect_equal(*seen, *expected);
  }
}

TEST(PageAlignment, FourBytesDoWithTheRealCounter) {
  auto page = tests::plain_page();
  page.tsc_timestamp = 0;
  const placed_page placed(page, 4);
  pvclock_reader<x86::ordered_counter> clock(placed.address());
  const auto earlier = clock.now();
  const auto later = clock.now();
  ASSERT_TRUE(earlier && later);
  EXPECT_GE(later->time.nanoseconds, earlier->time.nanoseconds);
  EXPECT_GE(later->counter, earlier->counter);
}

TEST(PageAlignment, LessThanFourBytesIsNoClock) {
  for (const std::size_t offset : {1U, 2U, 3U, 5U, 6U, 7U, 9U}) {
    const placed_page placed(tests::plain_page(), offset);
    pvclock_reader<x86::ordered_counter> clock(placed.address());
    EXPECT_EQ(clock.now().error(), clock_error::no_clock);
    EXPECT_EQ(clock.snapshot().error(), clock_error::no_clock);
    EXPECT_EQ(clock.now_stable().error(), clock_error::no_clock);
  }
}

TEST(PageAlignment, NullIsNoClock) {
  pvclock_reader<x86::ordered_counter> clock(nullptr);
  EXPECT_EQ(clock.now().error(), clock_error::no_clock);
  EXPECT_EQ(clock.snapshot().error(), clock_error::no_clock);
}

}  // namespace
