// SPDX-License-Identifier: BSL-1.0
/// \file tests/core/version_retry_test.cpp
/// Reading and writing real memory, and memory that does as it likes.
#include <guestclock/pvclock.hpp>
#include <guestclock/version_retry.hpp>

#include <array>
#include <cstring>
#include <vector>

#include <gtest/gtest.h>

#include "pages.hpp"

namespace {

using namespace guestclock;
using namespace guestclock::tests;

constexpr pvclock_snapshot fields_a{0x1122'3344'5566'7788, 0x99AA'BBCC'DDEE'FF00, 0xD555'5555, -1, 0xFD};
constexpr pvclock_snapshot fields_b{1, 2, 3, 4, 5};

void expect_fields(const pvclock_snapshot& seen, const pvclock_snapshot& expected) {
  EXPECT_EQ(seen.tsc_timestamp, expected.tsc_timestamp);
  EXPECT_EQ(seen.system_time, expected.system_time);
  EXPECT_EQ(seen.tsc_to_system_mul, expected.tsc_to_system_mul);
  EXPECT_EQ(seen.tsc_shift, expected.tsc_shift);
  EXPECT_EQ(seen.flags, expected.flags);
}

/// Through a page that is aligned to Width and to no more.
template <std::size_t Width> void write_and_read() {
  alignas(8) unsigned char memory[40]{};
  unsigned char* const page = memory + (Width == 4 ? 4 : 0);
  writable_atomic_page<Width> writer(page);
  for (const u32 version : {2U, 4U, 6U}) {
    EXPECT_EQ(publish_section<pvclock_page>(writer, version == 4 ? fields_b : fields_a), version);
    fixed_counter counter{77};
    const auto seen = read_section<pvclock_page>(atomic_page<Width>(page), counter);
    ASSERT_TRUE(seen.has_value());
    expect_fields(seen->fields, version == 4 ? fields_b : fields_a);
    EXPECT_EQ(seen->version, version);
    EXPECT_EQ(seen->counter, 77U);
  }
  pvclock_vcpu_time_info layout;
  std::memcpy(&layout, page, sizeof layout);
  EXPECT_EQ(layout.version, 6U);
  EXPECT_EQ(layout.pad0, 0U);
  EXPECT_EQ(layout.tsc_timestamp, fields_a.tsc_timestamp);
  EXPECT_EQ(layout.system_time, fields_a.system_time);
  EXPECT_EQ(layout.tsc_to_system_mul, fields_a.tsc_to_system_mul);
  EXPECT_EQ(layout.tsc_shift, fields_a.tsc_shift);
  EXPECT_EQ(layout.flags, fields_a.flags);
  EXPECT_EQ(layout.pad[0] + layout.pad[1], 0);
}

TEST(VersionRetry, ReadsWhatWasWrittenInEightBytes) { write_and_read<8>(); }
TEST(VersionRetry, ReadsWhatWasWrittenInFourBytes) { write_and_read<4>(); }

TEST(VersionRetry, TakesVersionZeroForAnyOther) {
  alignas(8) unsigned char page[32]{};
  writable_atomic_page<8> writer(page);
  writer.store_version(0xFFFF'FFFE, write_order::relaxed);
  EXPECT_EQ(publish_section<pvclock_page>(writer, fields_a), 0U);  // counters wrap through it
  fixed_counter counter{1};
  const auto seen = read_section<pvclock_page>(atomic_page<8>(page), counter);
  ASSERT_TRUE(seen.has_value());
  EXPECT_EQ(seen->version, 0U);
  expect_fields(seen->fields, fields_a);
}

TEST(VersionRetry, PublishesAfterAWriterThatWasStopped) {
  EXPECT_EQ(version_while_updating(4), 5U);
  EXPECT_EQ(version_while_updating(5), 7U);  // not 5 again: a reader may have begun under it
  EXPECT_EQ(version_while_updating(0xFFFF'FFFF), 1U);
  alignas(8) unsigned char page[32]{};
  writable_atomic_page<8> writer(page);
  writer.store_version(5, write_order::relaxed);
  EXPECT_EQ(publish_section<pvclock_page>(writer, fields_a), 8U);
}

/// A page whose version is another one each time; counts what is asked of it. Beyond the bound it comes to rest, so that
/// a reader without one ends, too.
struct restless_page {
  u32* version;
  u32 step;
  int* loads;
  u32 load_version(read_order, after_nothing) const {
    if (++*loads > 2 * retry_count_max) return 0;
    return *version += step;
  }
  u64 load(std::size_t) const { return 0; }
  void acquire_fence() const {}
};

TEST(VersionRetry, GivesUpAfterItsBound) {
  // Always odd; odd and even in turn; always even, never the same; likewise, in the high half only.
  for (const u32 step : {0U, 1U, 2U, 0x1'0000U}) {
    u32 version = step > 1 ? 0 : 1;
    int loads = 0;
    fixed_counter counter{1};
    const auto seen = read_section<pvclock_page>(restless_page{&version, step, &loads}, counter);
    EXPECT_EQ(seen.error(), clock_error::update_in_progress) << step;
    EXPECT_EQ(loads, 2 * retry_count_max);
    EXPECT_EQ(counter.samples, retry_count_max);
  }
}

/// One update, store by store; and a reader between whose accesses it happens.
struct recorded_update {
  struct store_of {
    std::size_t offset;  // 0: the version
    u64 value;
  };
  std::vector<store_of> stores;
  u32 load_version(read_order, after_nothing) const { return 2; }
  void store_version(u32 version, write_order) { stores.push_back({0, version}); }
  void store(std::size_t offset, u64 value) { stores.push_back({offset, value}); }
  void release_fence() {}
};
struct interleaved_page {
  const recorded_update& update;
  std::array<int, 5> before;  // the number of the access before which each store happens; it never decreases
  mutable std::array<u64, 4> words{};
  mutable int access = 0;
  mutable std::size_t done = 0;

  u64 at(std::size_t offset) const {
    for (; done < before.size() && before[done] <= access; ++done)
      words[update.stores[done].offset / 8] = update.stores[done].value;
    ++access;
    return words[offset / 8];
  }
  u32 load_version(read_order, after_nothing) const { return static_cast<u32>(at(0)); }
  u64 load(std::size_t offset) const { return at(offset); }
  void acquire_fence() const {}
};
/// Counts the stores that have happened.
struct store_counter {
  const interleaved_page& page;
  fixed_counter::sampled sample() const {
    page.at(0);
    return {page.done, {}};
  }
};

TEST(VersionRetry, AcceptsOneUpdateOnlyUnderEveryInterleaving) {
  recorded_update update;
  publish_section<pvclock_page>(update, fields_b);
  ASSERT_EQ(update.stores.size(), 5U);
  int accepted = 0;
  std::array<int, 5> before{};
  const auto try_one = [&] {
    interleaved_page page{update, before};
    page.words = {2, fields_a.tsc_timestamp, fields_a.system_time, 0xFDFF'D555'5555};
    store_counter counter{page};
    const auto seen = read_section_once<pvclock_page>(page, counter);
    if (!seen) return;
    ++accepted;
    ASSERT_TRUE(seen->version == 2 || seen->version == 4);
    expect_fields(seen->fields, seen->version == 2 ? fields_a : fields_b);
    ASSERT_EQ(seen->counter, seen->version == 2 ? 0U : 5U);
  };
  const auto place_from = [&](const auto& self, std::size_t store, int least) -> void {
    if (store == before.size()) return try_one();
    for (before[store] = least; before[store] <= 6; ++before[store]) self(self, store + 1, before[store]);
  };
  place_from(place_from, 0, 0);
  EXPECT_GT(accepted, 1);
}

/// A page that comes to rest after some loads of its version.
TEST(VersionRetry, AcceptsTheFirstPassAtRest) {
  struct settling_page {
    int* loads;
    u32 load_version(read_order, after_nothing) const { return ++*loads < 2 * retry_count_max - 1 ? 3U : 4U; }
    u64 load(std::size_t) const { return 9; }
    void acquire_fence() const {}
  };
  int loads = 0;
  fixed_counter counter{1};
  const auto seen = read_section<pvclock_page>(settling_page{&loads}, counter);
  ASSERT_TRUE(seen.has_value());
  EXPECT_EQ(seen->version, 4U);
  EXPECT_EQ(loads, 2 * retry_count_max);
}

}  // namespace
