// SPDX-License-Identifier: BSL-1.0
// The kernel as a live writer, and our reader against it: what is accepted must be what the kernel wrote, whole.
#include "small_vm.hpp"

#include <algorithm>
#include <atomic>
#include <thread>
#include <tuple>
#include <unordered_map>
#include <vector>

namespace guestclock::vm {
namespace {

using fields = pvclock_snapshot;
bool operator==(const fields& a, const fields& b) {
  const auto all = [](const fields& of) {
    return std::tuple(of.tsc_timestamp, of.system_time, of.tsc_to_system_mul, of.tsc_shift, of.flags);
  };
  return all(a) == all(b);
}

/// What the kernel wrote, as the page stood between two runs: nobody writes it then. Now and then the kernel updates a
/// page twice in a run (the thread had moved to another processor): that the version jumped is then all that the writer
/// knows.
struct record {
  std::unordered_map<u32, fields> versions;
  std::unordered_map<u32, fields> jumped;  ///< versions in between, and what the kernel wrote next, for the same clock
  u32 last = 1;                            ///< odd: none

  /// Notes what stands there; false where that version was there before, with something else.
  [[nodiscard]] bool note(const pvclock_vcpu_time_info& there) {
    const fields written{there.tsc_timestamp, there.system_time, there.tsc_to_system_mul, there.tsc_shift, there.flags};
    if (last % 2 == 0 && there.version != last)
      for (u32 between = last + 2; between != there.version; between += 2) jumped.emplace(between, written);
    last = there.version;
    const auto [at, is_new] = versions.try_emplace(there.version, written);
    return is_new || at->second == written;
  }

  /// Whether that is what the kernel wrote. Of a version that was jumped over: whether it tells the same time as the
  /// next one, to 1 us; a mixture does not, since every set clock differs in its high bits.
  [[nodiscard]] bool has(u32 version, const fields& seen) const {
    if (const auto at = versions.find(version); at != versions.end()) return at->second == seen;
    const auto next = jumped.find(version);
    if (next == jumped.end()) return false;
    const auto time = convert(seen, next->second.tsc_timestamp);
    return time && apart(time->time.nanoseconds, next->second.system_time) < 1000;
  }
};

/// Sets the clock to one time after another, which differ in every bit, and runs the guest so that the page follows.
std::string write_until(small_vm& guest, const std::atomic<bool>& is_over, record& written) {
  u64 time = 0x0123'4567'89ab'cdef;
  while (!is_over.load(std::memory_order_relaxed)) {
    time = ~time + 0x1'0001'0001;  // most bits change, and both halves do
    if (auto set = guest.machine().set_clock(instant{time >> 2}); !set) return set.why_none();
    if (const auto turned = guest.turn(); !turned) return turned.message();
    if (!written.note(guest.bytes())) return "the kernel wrote version " + std::to_string(written.last) + " twice";
  }
  return {};
}

/// What a reader accepted: each version once, and whether one version was ever seen with different fields.
struct accepted {
  std::vector<std::pair<u32, fields>> versions;
  table_line line;
};

template <class Counter>
accepted read_against_writer(const char* route, u64 readings_min, u64 updates_min, small_vm& guest, bool halves) {
  accepted seen;
  seen.line.route = route;
  const volatile void* const page = guest.page();
  const auto deadline = std::chrono::steady_clock::now() + patience;
  Counter counter;
  u64 passes = 0;
  fields last{};
  u32 version = 1;  // odd: none
  while (seen.line.pages_read < readings_min || seen.line.updates_seen < updates_min) {
    if (++passes % 65536 == 0 && std::chrono::steady_clock::now() > deadline) break;
    const auto now = halves ? read_section<pvclock_page>(atomic_page<4>(page), counter)
                            : read_section<pvclock_page>(atomic_page<8>(page), counter);
    if (!now) continue;
    ++seen.line.pages_read;
    const fields found = now->fields;
    if (now->version == version) {
      seen.line.torn_accepted += found == last ? 0 : 1;
      continue;
    }
    version = now->version;
    last = found;
    ++seen.line.updates_seen;
    seen.versions.emplace_back(version, found);
  }
  return seen;
}

constexpr u64 updates_wanted = 1000;

void storm(const char* route, bool halves) {
  small_vm guest;
  ASSERT_TRUE(guest.is_good());
  guest.work_of().what = work::leave;
  ASSERT_TRUE(guest.turn());
  record written;
  ASSERT_TRUE(written.note(guest.bytes()));
  std::atomic<bool> is_over{false};
  std::string why;
  std::thread writer([&] { why = write_until(guest, is_over, written); });
  accepted seen = read_against_writer<x86::ordered_counter>(route, 10'000'000, updates_wanted, guest, halves);
  is_over = true;
  writer.join();
  u64 jumped = 0;
  for (const auto& [version, found] : seen.versions) {
    seen.line.torn_accepted += written.has(version, found) ? 0 : 1;
    jumped += written.jumped.count(version);
  }
  print(seen.line);
  std::printf(
      "the kernel wrote %zu versions, and %zu between two of the writer's looks, of which the reader met %llu\n",
      written.versions.size(), written.jumped.size(), static_cast<unsigned long long>(jumped));
  EXPECT_EQ(why, "");
  EXPECT_GE(seen.line.pages_read, 10'000'000u);
  EXPECT_GE(seen.line.updates_seen, updates_wanted / 10);  // of a machine that was busy until the end of patience
  EXPECT_EQ(seen.line.torn_accepted, 0u);
  EXPECT_LE(written.jumped.size(), written.versions.size() / 20);
}

TEST_F(Vm, NothingTornIsAcceptedFromALiveWriter) { storm("B KVM_SET_CLOCK storm, 8-byte loads", false); }
TEST_F(Vm, NothingTornIsAcceptedFromALiveWriterByHalves) { storm("B KVM_SET_CLOCK storm, 4-byte loads", true); }

/// The comparison can see: a reader that looks at no version is caught, with the same writer and the same record.
TEST_F(Vm, AReaderThatLooksAtNoVersionIsCaught) {
  small_vm guest;
  ASSERT_TRUE(guest.is_good());
  guest.work_of().what = work::leave;
  ASSERT_TRUE(guest.turn());
  record written;
  ASSERT_TRUE(written.note(guest.bytes()));
  std::atomic<bool> is_over{false};
  std::string why;
  std::thread writer([&] { why = write_until(guest, is_over, written); });
  std::vector<std::pair<u32, fields>> seen;
  const atomic_page<4> page(guest.page());
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  while (std::chrono::steady_clock::now() < deadline && seen.size() < 200'000) {
    const u32 version = page.load_version(read_order::relaxed, after_nothing{});
    const fields found = pvclock_page::load(page);
    if (seen.empty() || seen.back().first != version || !(seen.back().second == found))
      seen.emplace_back(version, found);
  }
  is_over = true;
  writer.join();
  EXPECT_EQ(why, "");
  u64 wrong = 0;
  for (const auto& [version, found] : seen) wrong += written.has(version, found) ? 0 : 1;
  std::printf("a reader that looks at no version accepted %llu of %zu contents that the kernel never published\n",
              static_cast<unsigned long long>(wrong), seen.size());
  EXPECT_GT(wrong, 0u);
}

/// Several processors at native speed against the greatest value that any has shown.
TEST_F(Vm, SeveralProcessorsNeverGoBack) {
  constexpr u32 processors = 2;
  constexpr u64 readings = 1'000'000;
  small_vm guest({.processors = processors});
  ASSERT_TRUE(guest.is_good());
  std::string why[processors];
  std::vector<std::thread> threads;
  for (u32 number = 0; number < processors; ++number) {
    guest.work_of(number).what = work::read_together;
    guest.work_of(number).count = readings;
    threads.emplace_back([&guest, &why, number] {
      if (const auto turned = guest.turn(number); !turned) why[number] = turned.message();
    });
  }
  for (std::thread& each : threads) each.join();
  table_line line{"B two processors at native speed"};
  bool is_stable = true;
  for (u32 number = 0; number < processors; ++number) {
    ASSERT_EQ(why[number], "");
    const task& told = guest.work_of(number);
    EXPECT_EQ(told.readings, readings);
    EXPECT_EQ(told.refused, 0u);
    line.pages_read += told.readings;
    is_stable = is_stable && (guest.bytes(number).flags & pvclock_tsc_stable) != 0;
    line.updates_seen += told.updates;
    line.worst_difference_ns = std::max(line.worst_difference_ns, told.worst_step_ns);
  }
  line.of_what = is_stable ? "(step back; TSC_STABLE)" : "(step back; not TSC_STABLE)";
  print(line);
  if (!is_stable) GTEST_SKIP() << "the kernel does not set TSC_STABLE here, and promises nothing between processors";
  EXPECT_EQ(line.worst_difference_ns, 0u);
}

/// One processor reads the page of another, which the kernel updates meanwhile. Paced: unpaced it starves the guest.
TEST_F(Vm, AGuestReadsAnothersPageWhileTheKernelWritesIt) {
  small_vm guest({.processors = 2});
  ASSERT_TRUE(guest.is_good());
  guest.work_of(0).what = work::leave;
  ASSERT_TRUE(guest.turn(0));
  ASSERT_TRUE(guest.turn(1));
  guest.work_of(1).what = work::read_many;
  guest.work_of(1).page = page_address;
  guest.work_of(1).count = 10'000'000;
  guest.work_of(1).readings = 0;
  std::atomic<bool> is_over{false};
  std::string why;
  std::thread writer([&] {
    u64 updates = 0;
    while (!is_over) {
      // Forwards, so that the reader's own order shows a mixture.
      const auto now = guest.machine().clock();
      if (!now)
        why = now.why_none();
      else if (auto set = guest.machine().set_clock(instant{now->time.nanoseconds + 1'000'000}); !set)
        why = set.why_none();
      if (const auto turned = guest.turn(0); !turned) why = turned.message();
      if (!why.empty()) return;
      ++updates;
      std::this_thread::sleep_for(std::chrono::microseconds(20));
    }
  });
  const auto turned = guest.turn(1);
  is_over = true;
  writer.join();
  ASSERT_TRUE(turned);
  EXPECT_EQ(why, "");
  const task& told = guest.work_of(1);
  print({"B guest, another processor's page", told.readings - told.refused, told.updates, told.steps_back,
         told.worst_step_ns, "(torn: steps back)"});
  EXPECT_EQ(told.readings, 10'000'000u);
  EXPECT_EQ(told.steps_back, 0u);
  EXPECT_GT(told.updates, 10u);
}

}  // namespace
}  // namespace guestclock::vm
