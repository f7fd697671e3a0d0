// SPDX-License-Identifier: BSL-1.0
/// \file tests/threads/publish_and_read_test.cpp
/// A thread that publishes, threads that read: no reading is torn, versions do not go back, and it ends.
///
/// What this shows is no proof of order: a machine does not do all that it may, and ThreadSanitizer, under which this is
/// run too, does not model fences. It reports plain accesses that race; here every access to the page is atomic, and so is
/// every one to the writer's record, so that a report would be a defect. (g++ 12 does not compile fences under
/// ThreadSanitizer: that build is clang's.)
#include <guestclock/monotonic.hpp>
#include <guestclock/pvclock.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace {

using namespace guestclock;
using steady = std::chrono::steady_clock;

constexpr u64 read_count_min = 1'000'000;
constexpr u64 change_count_min = 1'000;  // reads that found another update than the one before
constexpr int reader_count = 2;
constexpr auto time_max = std::chrono::seconds(120);

/// What the writer meant by each version: all fields follow from it, and differ from every other's in every half word.
constexpr pvclock_snapshot fields_of(u32 version) {
  const u64 mixed = (u64{version} + 1) * 0x9E37'79B9'7F4A'7C15;
  return {mixed, ~mixed * 3, static_cast<u32>(mixed >> 16), static_cast<i8>(version >> 1 & 0x3F),
          static_cast<u8>(version >> 3)};
}
constexpr bool same(const pvclock_snapshot& a, const pvclock_snapshot& b) {
  return a.tsc_timestamp == b.tsc_timestamp && a.system_time == b.system_time &&
         a.tsc_to_system_mul == b.tsc_to_system_mul && a.tsc_shift == b.tsc_shift && a.flags == b.flags;
}

/// A counter that counts updates: written before each, read with acquire order, so that its value in a section says which
/// update's content the page had then.
std::atomic<u64> updates_begun{0};
struct update_counter {
  struct sampled {
    u64 value;
    after_nothing after;
  };
  sampled sample() const {
    const u64 value = updates_begun.load(std::memory_order_acquire);
    return {value, {}};
  }
};

struct tally {
  u64 accepted = 0;
  u64 refused = 0;  // passes during which the page was being written
  u64 changes = 0;
  u64 torn = 0;
  u64 back = 0;
  u64 outside = 0;
};

template <std::size_t Width> void read_until_enough(const void* page, const std::atomic<bool>& stop, tally& seen) {
  u32 latest = 0;
  update_counter counter;
  const auto enough = [&] { return seen.accepted >= read_count_min && seen.changes >= change_count_min; };
  while (!enough() && !stop.load(std::memory_order_relaxed)) {
    const auto section = read_section_once<pvclock_page>(atomic_page<Width>(page), counter);
    if (!section) {
      ++seen.refused;
      continue;
    }
    ++seen.accepted;
    if (!same(section->fields, fields_of(section->version))) ++seen.torn;
    if (section->counter - section->version / 2 > 1) ++seen.outside;  // this update, or the next about to begin
    if (section->version < latest) ++seen.back;
    if (section->version != latest) ++seen.changes;
    latest = section->version;
  }
}

/// The page is aligned to Width and to no more.
template <std::size_t Width> void publish_and_read() {
  alignas(64) unsigned char memory[64]{};
  unsigned char* const page = memory + (Width == 4 ? 4 : 0);
  writable_atomic_page<Width> writer(page);
  pvclock_page::store(writer, fields_of(0));
  updates_begun = 0;

  std::atomic<bool> stop{false};
  std::atomic<int> reading{reader_count};
  std::array<tally, reader_count> tallies;
  std::vector<std::thread> readers;
  for (tally& each : tallies)
    readers.emplace_back([&] {
      read_until_enough<Width>(page, stop, each);
      --reading;
    });
  std::thread host([&] {
    for (u32 version = 0; reading > 0 && version < 0xFFFF'FF00; version += 2) {
      updates_begun.store(version / 2 + 1, std::memory_order_release);
      if (publish_section<pvclock_page>(writer, fields_of(version + 2)) != version + 2) stop = true;
      for (unsigned pause = version % 256; pause > 0; --pause) std::atomic_signal_fence(std::memory_order_seq_cst);
    }
  });
  for (const auto end = steady::now() + time_max; reading > 0 && steady::now() < end;)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  stop = true;
  for (std::thread& each : readers) each.join();
  host.join();

  for (const tally& each : tallies) {
    testing::Test::RecordProperty("accepted", std::to_string(each.accepted));
    testing::Test::RecordProperty("refused", std::to_string(each.refused));
    testing::Test::RecordProperty("changes", std::to_string(each.changes));
    EXPECT_GE(each.accepted, read_count_min) << "the readers did not end in time";
    EXPECT_GE(each.changes, change_count_min);
    EXPECT_EQ(each.torn, 0U);
    EXPECT_EQ(each.back, 0U);
    EXPECT_EQ(each.outside, 0U);
  }
}

TEST(PublishAndRead, NothingIsTornInEightBytes) { publish_and_read<8>(); }
TEST(PublishAndRead, NothingIsTornInFourBytes) { publish_and_read<4>(); }

TEST(SharedLastValue, NeverGoesBackUnderRacingReaders) {
  constexpr u64 rounds = 200'000;
  shared_last_value last;
  std::atomic<u64> clock{1};
  std::atomic<u64> back{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i)
    threads.emplace_back([&, behind = static_cast<u64>(i) * 1000] {
      u64 latest = 0;
      for (u64 round = 0; round < rounds; ++round) {
        const u64 now = clock.fetch_add(1, std::memory_order_relaxed);
        reading seen;  // of a processor whose clock is behind the others'
        seen.time = {now > behind ? now - behind : 0};
        const u64 given = not_before_last(last, seen).time.nanoseconds;
        if (given < latest) back.fetch_add(1, std::memory_order_relaxed);
        latest = given;
      }
    });
  for (std::thread& each : threads) each.join();
  EXPECT_EQ(back, 0U);
  EXPECT_GT(last.load(), 0U);
}

}  // namespace
