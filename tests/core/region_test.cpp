// SPDX-License-Identifier: BSL-1.0
/// \file tests/core/region_test.cpp
#include <guestclock/region.hpp>

#include <cstring>

#include <gtest/gtest.h>

#include "pages.hpp"

namespace {

using namespace guestclock;
using namespace guestclock::tests;

constexpr unix_time at(i64 seconds, u32 nanoseconds = 0) { return *unix_time::from_parts(seconds, nanoseconds); }
constexpr i64 noon_of_2026_01_15 = 1'768'478'400;

struct page_of_1_ns {
  alignas(8) unsigned char bytes[32]{};
  page_of_1_ns() {
    const pvclock_vcpu_time_info layout{2, 0, 0, 1'000, 0x8000'0000, 1, 1, {}};
    std::memcpy(bytes, &layout, sizeof layout);
  }
  [[nodiscard]] u64 address() const { return reinterpret_cast<std::uintptr_t>(bytes); }
};

TEST(Region, TellsMonotonicWallAndLocalTime) {
  const page_of_1_ns page;
  const auto region = describe(page.address(), page_kind::pvclock, at(noon_of_2026_01_15), -5 * 3'600);
  ASSERT_TRUE(region.has_value());
  EXPECT_EQ(region->clock_page, page.address());
  EXPECT_EQ(region->clock_type, 1U);
  EXPECT_EQ(region->boot_time_ns, 1'768'478'400'000'000'000U);
  EXPECT_EQ(region->utc_offset_seconds, -18'000);
  region_clock<fixed_counter> guest(*region, {7});
  EXPECT_EQ(*guest.monotonic(), instant{1'007});
  EXPECT_EQ(*guest.wall(), at(noon_of_2026_01_15, 1'007));
  EXPECT_EQ(*guest.local(), at(noon_of_2026_01_15 - 18'000, 1'007)) << "west of Greenwich it is earlier";
  EXPECT_EQ(guest.page_clock().now()->version, 2U);
}

TEST(Region, HasNoClockWithoutAPageOfAKnownType) {
  const page_of_1_ns page;
  const guest_clock_region none{page.address(), 0, 0, 0, 0};
  const guest_clock_region unknown{page.address(), 3, 0, 0, 0};
  const guest_clock_region nowhere{0, 1, 0, 0, 0};
  for (const guest_clock_region& region : {none, unknown, nowhere}) {
    region_clock<fixed_counter> guest(region);
    EXPECT_EQ(guest.monotonic().error(), clock_error::no_clock);
    EXPECT_EQ(guest.wall().error(), clock_error::no_clock);
    EXPECT_EQ(guest.local().error(), clock_error::no_clock);
  }
}

TEST(Region, RefusesAddressesThatTheMachineDoesNotHave) {
  EXPECT_EQ(pointer_to(0x1'0000'0000, 0xFFFF'FFFF), nullptr);
  EXPECT_NE(pointer_to(0xFFFF'FFFF, 0xFFFF'FFFF), nullptr);
  EXPECT_EQ(pointer_to(0), nullptr);
}

TEST(Region, NamesTheKindsOfPages) {
  EXPECT_EQ(kind_of_type(1), page_kind::pvclock);
  EXPECT_EQ(kind_of_type(2), page_kind::reference_tsc);
  EXPECT_EQ(kind_of_type(0), page_kind::none);
  EXPECT_EQ(kind_of_type(u64(1) << 32), page_kind::none);
  EXPECT_EQ(describe(8, page_kind::none, at(0), 0)->clock_type, 0U);
  EXPECT_EQ(describe(8, page_kind::reference_tsc, at(0), 0)->clock_type, 2U);
  EXPECT_EQ(describe(8, static_cast<page_kind>(200), at(0), 0).error(), clock_error::no_clock);
}

TEST(Region, HoldsBootTimesOf1970To2554) {
  EXPECT_EQ(describe(8, page_kind::pvclock, at(18'446'744'073, 709'551'615), 0)->boot_time_ns, max_of<u64>);
  EXPECT_EQ(describe(8, page_kind::pvclock, at(18'446'744'073, 709'551'616), 0).error(), clock_error::out_of_range);
  EXPECT_EQ(describe(8, page_kind::pvclock, at(-1), 0).error(), clock_error::out_of_range);
}

TEST(Region, LocalTimeIsRefusedWhereThereIsNoSuchPoint) {
  EXPECT_EQ(*local_time(at(0), 3'600), at(3'600));
  EXPECT_EQ(local_time(at(max_of<i64>), 1).error(), clock_error::out_of_range);
  EXPECT_EQ(local_time(at(min_of<i64>), -1).error(), clock_error::out_of_range);
}

}  // namespace
