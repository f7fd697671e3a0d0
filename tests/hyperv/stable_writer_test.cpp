// SPDX-License-Identifier: BSL-1.0
// The kernel as a live writer of the reference TSC page, and our reader against it: what is accepted must be what the
// kernel wrote, whole. There is one processor for both, so the reader lets the writer run in the middle of its passes.
#include "reference_vm.hpp"

#include <algorithm>
#include <atomic>
#include <thread>
#include <unordered_map>
#include <vector>

namespace guestclock::vm {
namespace {

/// Whether `seen` is what stands in memory while `whole` is being written byte by byte, the lowest first: over 0, or
/// over itself by 0.
bool is_half_of(u32 seen, u32 whole) {
  for (u32 bits = 8; bits < 32; bits += 8) {
    const u32 low = (u32{1} << bits) - 1;
    if (seen == (whole & low) || seen == (whole & ~low)) return true;
  }
  return false;
}

/// What the kernel wrote, as the page stood between two runs: nobody writes it then.
///
/// KVM copies the four bytes of a sequence as it copies any bytes to its user; where the processor has no fast string
/// moves (the emulated one has none) that is one after another, so that half a sequence may be seen. The fields are those
/// of the whole one: they do not change meanwhile.
struct record {
  enum class judgement { whole, half, torn };
  std::unordered_map<u32, reference_tsc_snapshot> sequences;
  std::unordered_map<i64, u32> by_offset;  ///< no two of a storm have one offset
  u64 unusable{};

  /// Notes what stands there; false where that sequence was there before, with something else.
  [[nodiscard]] bool note(const hv_reference_tsc_page& there) {
    if (there.tsc_sequence == 0) return ++unusable != 0;
    const reference_tsc_snapshot written{there.tsc_scale, there.tsc_offset};
    const auto [at, is_new] = sequences.try_emplace(there.tsc_sequence, written);
    if (is_new) by_offset[written.tsc_offset] = there.tsc_sequence;
    return is_new || at->second == written;
  }

  [[nodiscard]] judgement of(u32 sequence, const reference_tsc_snapshot& seen) const {
    const auto at = sequences.find(sequence);
    if (at != sequences.end() && at->second == seen) return judgement::whole;
    const auto of_fields = by_offset.find(seen.tsc_offset);
    if (of_fields == by_offset.end() || !(sequences.at(of_fields->second) == seen)) return judgement::torn;
    return is_half_of(sequence, of_fields->second) ? judgement::half : judgement::torn;
  }

  /// The same of a reading, of which the fields are not known.
  [[nodiscard]] judgement of(const told_reading& seen) const {
    const auto tells = [&seen](const reference_tsc_snapshot& fields) {
      const auto told = convert(fields, seen.counter);
      return told && told->time.nanoseconds == seen.time;
    };
    const u32 sequence = static_cast<u32>(seen.version);
    const auto at = sequences.find(sequence);
    if (at != sequences.end() && tells(at->second)) return judgement::whole;
    for (const auto& [whole, fields] : sequences)
      if (is_half_of(sequence, whole) && tells(fields)) return judgement::half;
    return judgement::torn;
  }
};

/// What became of all that was accepted.
struct tally {
  u64 half{};
  u64 torn{};
  void note(record::judgement judged) {
    half += judged == record::judgement::half ? 1 : 0;
    torn += judged == record::judgement::torn ? 1 : 0;
  }
};

/// Sets the clock to one time after another, which differ in most bits, and runs the guest so that the page follows.
struct storm_writer {
  record written;
  std::string why;
  u64 updates{};

  void run(reference_vm& guest, const std::atomic<bool>& is_over) {
    u64 time = 0x0123'4567'89ab'cdef;
    while (!is_over.load(std::memory_order_relaxed) && why.empty()) {
      time = ~time + 0x1'0001'0001;
      if (auto set = guest.machine().set_clock(instant{time >> 2}); !set) why = set.why_none();
      if (const auto turned = guest.turn(); !turned) why = turned.message();
      if (!written.note(guest.reference_bytes())) why = "the kernel wrote a sequence twice";
      ++updates;
    }
  }
};

/// The page, and a reader that loses its processor before some of its loads.
class interrupted_page : public atomic_page<8> {
 public:
  interrupted_page(const volatile void* page, u64& state) noexcept : atomic_page<8>(page), state_(&state) {}
  template <class After> [[nodiscard]] u32 load_version(read_order order, After after) const noexcept {
    interrupt();
    return atomic_page<8>::load_version(order, after);
  }
  [[nodiscard]] u64 load(std::size_t offset) const noexcept {
    interrupt();
    return atomic_page<8>::load(offset);
  }

 private:
  void interrupt() const noexcept {
    *state_ = *state_ * 6364136223846793005u + 1442695040888963407u;
    if (*state_ >> 60 == 0) std::this_thread::sleep_for(std::chrono::microseconds(10));
  }
  u64* state_;
};

struct accepted {
  std::vector<std::pair<u32, reference_tsc_snapshot>> sequences;  ///< as they changed
  table_line line;
  u64 unusable{};
  u64 given_up{};
};

/// At least so much, and for so long; where the machine is busy it takes longer, at most `patience`.
struct amount {
  u64 pages_read{};
  u64 updates_seen{};
  std::chrono::milliseconds time{};
};
class stop_watch {
 public:
  [[nodiscard]] bool has_enough(const amount& wanted, u64 pages_read, u64 updates_seen) const {
    const auto passed = std::chrono::steady_clock::now() - began_;
    if (passed > patience) return true;
    return passed > wanted.time && pages_read >= wanted.pages_read && updates_seen >= wanted.updates_seen;
  }

 private:
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

template <class Memory> accepted read_against_writer(const char* route, const Memory& memory, const amount& wanted) {
  accepted seen;
  seen.line.route = route;
  x86::ordered_counter counter;
  const stop_watch watch;
  for (u64 pass = 1; pass % 64 != 0 || !watch.has_enough(wanted, seen.line.pages_read, seen.line.updates_seen);
       ++pass) {
    const auto now = read_section<reference_tsc_page>(memory, counter);
    if (!now) {
      ++(now.error() == clock_error::sequence_invalid ? seen.unusable : seen.given_up);
      continue;
    }
    ++seen.line.pages_read;
    const std::pair found{now->version, now->fields};
    if (!seen.sequences.empty() && found == seen.sequences.back()) continue;
    ++seen.line.updates_seen;
    seen.sequences.push_back(found);
  }
  return seen;
}

template <class MakeMemory> void storm(const char* route, const amount& wanted, MakeMemory make) {
  reference_vm guest;
  ASSERT_TRUE(guest.is_good());
  static_cast<void>(guest.told(work::leave));
  storm_writer writer;
  ASSERT_TRUE(writer.written.note(guest.reference_bytes()));
  std::atomic<bool> is_over{false};
  std::thread thread([&] { writer.run(guest, is_over); });
  accepted seen = read_against_writer(route, make(guest.reference()), wanted);
  is_over = true;
  thread.join();
  EXPECT_EQ(writer.why, "");
  tally all;
  for (const auto& [sequence, found] : seen.sequences) all.note(writer.written.of(sequence, found));
  seen.line.torn_accepted = all.torn;
  print(seen.line);
  std::printf("hyperv-table | storm %s | updates %llu | half sequences %llu | unusable met %llu | gave up %llu\n",
              route, static_cast<unsigned long long>(writer.updates), static_cast<unsigned long long>(all.half),
              static_cast<unsigned long long>(seen.unusable), static_cast<unsigned long long>(seen.given_up));
  EXPECT_EQ(seen.line.torn_accepted, 0u);
  EXPECT_GE(seen.line.pages_read, wanted.pages_read);
  EXPECT_GE(seen.line.updates_seen, wanted.updates_seen);
}

TEST(StableCounter, AStormOfUpdatesIsNeverTorn) {
  storm("C storm, host mapping", {100'000, 20, std::chrono::milliseconds(2000)},
        [](const volatile void* page) { return atomic_page<8>(page); });
}

TEST(StableCounter, AStormInTheMiddleOfEveryPassIsNeverTorn) {
  u64 state = 1;
  storm("C storm, in the middle of a pass", {300, 100, std::chrono::milliseconds(2000)},
        [&state](const volatile void* page) { return interrupted_page(page, state); });
}

/// That the storm tears: a reader that looks at no sequence accepts what the kernel never wrote.
TEST(StableCounter, AReaderThatLooksAtNoSequenceIsTorn) {
  reference_vm guest;
  ASSERT_TRUE(guest.is_good());
  static_cast<void>(guest.told(work::leave));
  storm_writer writer;
  ASSERT_TRUE(writer.written.note(guest.reference_bytes()));
  std::atomic<bool> is_over{false};
  std::thread thread([&] { writer.run(guest, is_over); });
  u64 state = 1;
  const interrupted_page page(guest.reference(), state);
  std::vector<std::pair<u32, reference_tsc_snapshot>> seen;
  const stop_watch watch;
  while (!watch.has_enough({500, 0, std::chrono::milliseconds(1000)}, seen.size(), 0)) {
    const u32 sequence = page.load_version(read_order::relaxed, after_nothing{});
    seen.emplace_back(sequence, reference_tsc_page::load(page));
  }
  is_over = true;
  thread.join();
  EXPECT_EQ(writer.why, "");
  u64 wrong = 0;
  for (const auto& [sequence, found] : seen)
    wrong += writer.written.of(sequence, found) == record::judgement::torn ? 1 : 0;
  std::printf("hyperv-table | no sequence looked at: accepted %llu | of %zu contents never published\n",
              static_cast<unsigned long long>(wrong), seen.size());
  EXPECT_GT(wrong, 0u);
}

/// Sets the clock forward by more than passes between two of its turns.
struct forward_writer {
  record written;
  std::string why;
  u64 updates{};
  static constexpr u64 forward_ns = 10'000'000'000;

  void run(reference_vm& guest, const std::atomic<bool>& is_over) {
    for (u64 time = guest.machine().clock()->time.nanoseconds; !is_over && why.empty(); ++updates) {
      time += forward_ns;
      if (auto set = guest.machine().set_clock(instant{time}); !set) why = set.why_none();
      if (const auto turned = guest.turn(0); !turned) why = turned.message();
      if (!written.note(guest.reference_bytes())) why = "the kernel wrote a sequence twice";
      std::this_thread::sleep_for(std::chrono::microseconds(50));
    }
  }
};

TEST(StableCounter, AGuestReadsThePageWhileTheKernelWritesIt) {
  reference_vm guest({.processors = 2});
  ASSERT_TRUE(guest.is_good());
  static_cast<void>(guest.told(work::leave, 0, 0));
  static_cast<void>(guest.told(work::leave, 0, 1));
  guest.work_of(1).log = log_address;
  guest.work_of(1).log_room = log_room;
  forward_writer by;
  ASSERT_TRUE(by.written.note(guest.reference_bytes()));
  std::atomic<bool> is_over{false};
  std::thread writer([&] { by.run(guest, is_over); });
  const task told = guest.told(work::reference_many, 500'000, 1);
  is_over = true;
  writer.join();
  EXPECT_EQ(by.why, "");
  table_line line{"C guest, while the kernel writes"};
  line.pages_read = told.readings - told.refused;
  line.updates_seen = told.updates;
  line.worst_difference_ns = told.worst_step_ns;
  line.of_what = "(step back)";
  const auto* const log = static_cast<const log_entry*>(guest.machine().at(log_address, log_room * sizeof(log_entry)));
  tally all;
  for (u64 place = 0; place < told.log_count; ++place) {
    all.note(by.written.of(log[place].first_of_new));
    if (place != 0) all.note(by.written.of(log[place].last_of_old));
  }
  line.torn_accepted = all.torn;
  print(line);
  std::printf("hyperv-table | guest refused %llu | unusable met %llu | updates %llu | half sequences %llu\n",
              static_cast<unsigned long long>(told.refused), static_cast<unsigned long long>(told.invalid),
              static_cast<unsigned long long>(by.updates), static_cast<unsigned long long>(all.half));
  EXPECT_EQ(told.readings, 500'000u);
  EXPECT_EQ(told.log_count, told.updates) << "not every sequence was logged";
  EXPECT_EQ(line.torn_accepted, 0u);
  EXPECT_EQ(told.steps_back, 0u);
  EXPECT_GT(told.updates, 10u);
}

}  // namespace
}  // namespace guestclock::vm
