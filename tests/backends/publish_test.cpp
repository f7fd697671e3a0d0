// SPDX-License-Identifier: BSL-1.0
#include "pages.hpp"
#include "processors.hpp"
#include "reading_loop.hpp"

#include <guestclock/simulated/publish.hpp>
#include <guestclock/x86/counter.hpp>

#include <string>
#include <thread>
#include <vector>

#include <sched.h>

namespace {

using namespace guestclock;
using simulated::publish_section_now;
using events = std::vector<std::string>;

/// Memory and counter that write down what is asked of them.
struct recorded_memory {
  events& seen;
  u32 version;

  [[nodiscard]] u32 load_version(read_order, after_nothing) const {
    seen.emplace_back("load version");
    return version;
  }
  void store_version(u32 stored, write_order order) const {
    seen.push_back((order == write_order::release ? "release version " : "store version ") + std::to_string(stored));
  }
  void store(std::size_t offset, u64 value) const {
    seen.push_back("store " + std::to_string(offset) + " " + std::to_string(value));
  }
  void release_fence() const { seen.emplace_back("release fence"); }
};

struct recorded_counter {
  events& seen;
  [[nodiscard]] tests::fixed_counter::taken sample() const {
    seen.emplace_back("counter");
    return {700, {}};
  }
};

events publication_over(u32 version) {
  events seen;
  recorded_memory memory{seen, version};
  recorded_counter counter{seen};
  const u32 published = publish_section_now<pvclock_page>(memory, counter, [&](u64 ticks) {
    seen.emplace_back("make");
    return pvclock_snapshot{ticks, 9, 3, 0, 1};
  });
  seen.push_back("published " + std::to_string(published));
  return seen;
}

TEST(PublishNow, SamplesTheCounterWhileThePageIsBusy) {
  const u64 rest = 3 + (u64(1) << 40);
  EXPECT_EQ(publication_over(6),
            (events{"load version", "store version 7", "release fence", "counter", "make", "store 8 700", "store 16 9",
                    "store 24 " + std::to_string(rest), "release version 8", "published 8"}));
}

TEST(PublishNow, LeavesTheVersionOfAStoppedWriterBehind) {
  EXPECT_EQ(publication_over(7).at(1), "store version 9");
  EXPECT_EQ(publication_over(7).back(), "published 10");
}

TEST(PublishNow, WrapsThroughZero) { EXPECT_EQ(publication_over(max_of<u32>).back(), "published 2"); }

/// A host whose rate jumps by a factor of 16 at every update, and whose every update continues the one before: a
/// counter that is a few ticks too early, or too late, is a step back.
class jumping_host {
 public:
  explicit jumping_host(int processor)
      : thread_([this, processor](const std::stop_token& stop) {
          const tests::pinned there(processor);
          run(stop);
        }) {
    while (__atomic_load_n(reinterpret_cast<std::uint32_t*>(page_), __ATOMIC_ACQUIRE) < 2) sched_yield();
  }
  [[nodiscard]] const volatile void* page() const { return page_; }

 private:
  void run(const std::stop_token& stop) {
    writable_atomic_page<8> page(page_);
    x86::publisher_counter counter;
    pvclock_snapshot latest;
    for (std::int8_t shift = 4; !stop.stop_requested(); shift = static_cast<std::int8_t>(4 - shift)) {
      publish_section_now<pvclock_page>(page, counter, [&](u64 ticks) {
        const auto old = convert(latest, ticks);
        latest = {ticks, old ? old->time.nanoseconds : 0, 0x8000'0000, shift, 1};
        return latest;
      });
      const u64 published = counter.sample().value;
      while (counter.sample().value - published < 3000) continue;  // about a microsecond for the readers
    }
  }

  alignas(64) unsigned char page_[64]{};
  std::jthread thread_;
};

/// Host and reader each on a processor of their own, where there are two.
template <class Counter> void never_goes_back() {
  const std::vector<int> processors = tests::allowed_processors();
  const tests::pinned here(processors.front());
  const jumping_host host(processors.back());
  tests::never_goes_back<Counter>(host.page(), {.readings = 2'000'000, .updates = 20'000});
}

TEST(PublishNow, NeverGoesBackUnderTheOrderedCounterWhereRatesJump) { never_goes_back<x86::ordered_counter>(); }

TEST(PublishNow, NeverGoesBackUnderTheStrictCounterWhereRatesJump) { never_goes_back<x86::strict_counter>(); }

}  // namespace
