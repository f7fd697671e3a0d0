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

  /// Whether a reader of that version has that time at that counter: exactly, or to 1 us where it was jumped over.
  [[nodiscard]] bool tells(u32 version, u64 counter, u64 time) const {
    const auto at = versions.find(version);
    const auto next = jumped.find(version);
    if (at == versions.end() && next == jumped.end()) return false;
    const auto told = convert(at != versions.end() ? at->second : next->second, counter);
    return told && apart(told->time.nanoseconds, time) <= (at != versions.end() ? 0u : 1000u);
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
  u64 given_up{};  ///< update_in_progress after all its retries: the writer lost its processor in the middle
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
    if (!now) {
      ++seen.given_up;
      continue;
    }
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
      "the kernel wrote %zu versions, and %zu between two of the writer's looks, of which the reader met %llu; "
      "it gave up %llu times\n",
      written.versions.size(), written.jumped.size(), static_cast<unsigned long long>(jumped),
      static_cast<unsigned long long>(seen.given_up));
  EXPECT_EQ(why, "");
  EXPECT_GE(seen.line.pages_read, 10'000'000u);
  EXPECT_GE(seen.line.updates_seen, updates_wanted / 10);  // of a machine that was busy until the end of patience
  EXPECT_EQ(seen.line.torn_accepted, 0u);
  EXPECT_LE(written.jumped.size(), written.versions.size() / 20);
}

TEST_F(Vm, NothingTornIsAcceptedFromALiveWriter) { storm("B KVM_SET_CLOCK storm, 8-byte loads", false); }
TEST_F(Vm, NothingTornIsAcceptedFromALiveWriterByHalves) { storm("B KVM_SET_CLOCK storm, 4-byte loads", true); }

/// Some time between two loads, in ticks.
void wait_for_ticks(u64 ticks) {
  const u64 began = x86::unordered_counter{}.sample().value;
  while (x86::unordered_counter{}.sample().value - began < ticks) {}
}

/// The comparison can see: a reader that looks at no version, and takes its time, is caught, with the same writer and
/// the same record.
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
  const atomic_page<8> page(guest.page());
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(2);
  while (std::chrono::steady_clock::now() < deadline && seen.size() < 200'000) {
    const u32 version = page.load_version(read_order::relaxed, after_nothing{});
    fields found = pvclock_page::load(page);
    wait_for_ticks(20'000);
    found.system_time = page.load(16);
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

constexpr u64 forward_ns = 1'000'000;

/// Sets the clock forward, again and again. Whoever does that by a time that he has asked for sets it back where more
/// than that passes in between: the host lost its processor. How late he was at worst is noted.
struct forward_writer {
  std::chrono::milliseconds extra_delay;  ///< every hundredth time
  record written;
  u64 latest_ns{};
  std::string why;

  void run(small_vm& guest, const std::atomic<bool>& is_over) {
    for (u64 turn = 1; !is_over && why.empty(); ++turn) {
      const auto asked = std::chrono::steady_clock::now();
      const auto now = guest.machine().clock();
      if (!now) {
        why = now.why_none();
        return;
      }
      if (turn % 100 == 0) std::this_thread::sleep_for(extra_delay);
      if (auto set = guest.machine().set_clock(instant{now->time.nanoseconds + forward_ns}); !set) why = set.why_none();
      const std::chrono::nanoseconds took = std::chrono::steady_clock::now() - asked;
      latest_ns = std::max(latest_ns, static_cast<u64>(took.count()));
      if (const auto turned = guest.turn(0); !turned) why = turned.message();
      if (!written.note(guest.bytes(0))) why = "the kernel wrote a version twice";
      std::this_thread::sleep_for(std::chrono::microseconds(20));  // unpaced it starves the guest
    }
  }
};

/// One processor reads the page of another, which the kernel updates meanwhile. Every version that it met is compared
/// with the writer's record, at the very counter that it had.
void read_anothers_page(forward_writer& by, table_line& line, task& told) {
  small_vm guest({.processors = 2});
  ASSERT_TRUE(guest.is_good());
  guest.work_of(0).what = work::leave;
  ASSERT_TRUE(guest.turn(0));
  ASSERT_TRUE(guest.turn(1));
  guest.work_of(1).what = work::read_many;
  guest.work_of(1).page = page_address;
  guest.work_of(1).count = 10'000'000;
  guest.work_of(1).readings = 0;
  guest.work_of(1).log = log_address;
  guest.work_of(1).log_room = log_room;
  ASSERT_TRUE(by.written.note(guest.bytes(0)));
  std::atomic<bool> is_over{false};
  std::thread writer([&] { by.run(guest, is_over); });
  const auto turned = guest.turn(1);
  is_over = true;
  writer.join();
  ASSERT_TRUE(turned);
  EXPECT_EQ(by.why, "");
  told = guest.work_of(1);
  line.pages_read = told.readings - told.refused;
  line.updates_seen = told.updates;
  line.worst_difference_ns = told.worst_step_ns;
  line.of_what = "(step back)";
  const auto* const log = static_cast<const log_entry*>(guest.machine().at(log_address, log_room * sizeof(log_entry)));
  u64 steps = 0;
  const auto is_on_record = [&by](const told_reading& seen) {
    return by.written.tells(static_cast<u32>(seen.version), seen.counter, seen.time);
  };
  for (u64 place = 0; place < told.log_count; ++place) {
    const log_entry& change = log[place];
    line.torn_accepted += is_on_record(change.first_of_new) ? 0 : 1;
    if (place == 0) continue;
    line.torn_accepted += is_on_record(change.last_of_old) ? 0 : 1;
    steps += change.first_of_new.time < change.last_of_old.time ? 1 : 0;
  }
  print(line);
  std::printf("the writer was late by %llu ns at worst; %llu steps back, %llu of them where the version changed\n",
              static_cast<unsigned long long>(by.latest_ns), static_cast<unsigned long long>(told.steps_back),
              static_cast<unsigned long long>(steps));
  EXPECT_EQ(told.readings, 10'000'000u);
  EXPECT_EQ(line.torn_accepted, 0u);
  EXPECT_GT(told.updates, 10u);
  EXPECT_EQ(told.log_count, told.updates) << "not every version was logged";
  // A step back is the writer's own: from one version to another, both on record, and he was late by as much.
  EXPECT_EQ(steps, told.steps_back);
  if (told.steps_back == 0) return;
  EXPECT_GT(by.latest_ns, forward_ns);
  EXPECT_LE(told.worst_step_ns + forward_ns, by.latest_ns + 1000) << "the clock went back further than it was set back";
}

TEST_F(Vm, AGuestReadsAnothersPageWhileTheKernelWritesIt) {
  forward_writer punctual{std::chrono::milliseconds(0), {}, 0, {}};
  table_line line{"B guest, another processor's page"};
  task told{};
  read_anothers_page(punctual, line, told);
}

TEST_F(Vm, AHostThatSetsTheClockLateSetsItBack) {
  forward_writer late{std::chrono::milliseconds(4), {}, 0, {}};
  table_line line{"B guest, another's page, set late"};
  task told{};
  read_anothers_page(late, line, told);
  EXPECT_GT(told.steps_back, 0u);
  EXPECT_GT(told.worst_step_ns, 2'000'000u);
}

}  // namespace
}  // namespace guestclock::vm
