// SPDX-License-Identifier: BSL-1.0
/// Reading a clock page: this machine's own where the kernel maps one, else a simulated host's.
#include <string>
#include <vector>

#include "peers.hpp"

namespace guestclock::bench {
namespace {
/// What other programs look for, where nothing can be read.
void add_skipped(std::vector<comparison>& to, const std::string& reason) {
  for (const char* peer : {"hand.same_guarantee", "vdso.clock_gettime", "lfence_rdtsc"})
    to.push_back(skipped("pvclock.ordered", peer, reason));
}
}  // namespace
}  // namespace guestclock::bench

#if defined(__x86_64__)

#include <chrono>
#include <cstdio>
#include <ctime>
#include <memory>

#include <guestclock/guestclock.hpp>
#include <guestclock/linux/live_page.hpp>
#include <guestclock/simulated/host.hpp>
#include <guestclock/x86/counter.hpp>

#include <fmt/format.h>

#include "by_hand.hpp"

namespace guestclock::bench {
namespace {

constexpr std::size_t read_count = 4'096;

/// The pages that are read. A simulated host writes its page once, and then nothing.
struct pages {
  const volatile void* pvclock{};
  const volatile void* reference_tsc{};
  const volatile void* vmclock{};
  std::vector<std::unique_ptr<simulated::host>> hosts{};
};

const volatile void* simulated_page(pages& all, page_kind kind) {
  auto host = simulated::host::start({kind, std::chrono::hours(1)});
  if (!host) {
    fmt::print(stderr, "bench: no page can be simulated: {}\n", host.why_none());
    return nullptr;
  }
  all.hosts.push_back(std::move(*host));
  return all.hosts.back()->page();
}

pages find_pages() {
  pages all;
  if (const auto live = on_linux::find_live_page()) {
    all.pvclock = live->address;
  } else {
    fmt::print(stderr, "bench: the pvclock page is simulated: {}\n", live.why_none());
    all.pvclock = simulated_page(all, page_kind::pvclock);
  }
  all.reference_tsc = simulated_page(all, page_kind::reference_tsc);
  all.vmclock = simulated_page(all, page_kind::vmclock);
  return all;
}
const pages& the_pages() {
  static const pages all = find_pages();
  return all;
}

// --- the two sides ---

/// The address of the page that a kind of reader reads.
template <class Reader> const volatile void* page_of() { return the_pages().pvclock; }
template <> const volatile void* page_of<reference_tsc_reader<x86::ordered_counter>>() {
  return the_pages().reference_tsc;
}
template <> const volatile void* page_of<vmclock_reader<x86::ordered_counter>>() { return the_pages().vmclock; }

template <class Reader> Reader reader_of(const volatile void* page) {
  if constexpr (std::is_same_v<Reader, vmclock_reader<x86::ordered_counter>>)
    return Reader(page, 4'096, vmclock_counter_x86_tsc);  // as much as a simulated host has
  else
    return Reader(page);
}

/// Our read of the time alone.
template <class Reader> struct time_by {
  const volatile void* page = page_of<Reader>();
  [[gnu::always_inline]] void operator()(std::size_t, std::uint64_t& time) const {
    const volatile void* at = page;
    make_opaque(at);
    auto reader = reader_of<Reader>(at);
    if (const auto now = reader.now()) time = now->time.nanoseconds;
  }
};
using ordered_reader = pvclock_reader<x86::ordered_counter>;

/// Our read of all that a reading says, in memory.
struct whole_reading {
  const volatile void* page = the_pages().pvclock;
  [[gnu::always_inline]] void operator()(std::size_t, std::uint64_t& time) const {
    const volatile void* at = page;
    make_opaque(at);
    const auto now = ordered_reader(at).now();
    consume(now);
    if (now) time = now->time.nanoseconds;
  }
};

/// Our read by the clock over any page, which also keeps its latest reading.
struct by_any_clock {
  std::shared_ptr<clock<x86::ordered_counter>> any =
      std::make_shared<clock<x86::ordered_counter>>(page_kind::pvclock, the_pages().pvclock);
  void operator()(std::size_t, std::uint64_t& time) const {
    auto* from = any.get();
    make_opaque(from);
    if (const auto now = from->now()) time = now->time.nanoseconds;
  }
};

using hand_read = hand_reading(const volatile unsigned char*);
template <hand_read Read> struct time_by_hand {
  const volatile void* page;
  [[gnu::always_inline]] void operator()(std::size_t, std::uint64_t& time) const {
    const volatile void* at = page;
    make_opaque(at);
    const hand_reading now = Read(static_cast<const volatile unsigned char*>(at));
    if (now.is_valid) time = now.time;
  }
};

/// A struct timespec that costs nothing to have.
struct os_time : timespec {
  os_time() noexcept {}  // NOLINT: its fields are written by those who get it
};
constexpr auto from_os = [](std::size_t, os_time& time) { clock_gettime(CLOCK_MONOTONIC, &time); };
constexpr auto from_counter = [](std::size_t, std::uint64_t& ticks) { ticks = fenced_ticks(); };

// --- whether they agree ---

/// The reads of a block, each judged on its own; the first that is wrong.
template <class Judge> void judge_each(comparison& made, Judge judge) {
  made.difference = [judge](std::size_t begin, std::size_t end) -> std::optional<std::size_t> {
    for (std::size_t i = begin; i < end; ++i)
      if (!judge()) return i;
    return std::nullopt;
  };
}

/// Our reader's reading, taken between two bare reads of the counter, is of a counter value between them.
template <class Reader> bool is_read_between() {
  auto reader = reader_of<Reader>(page_of<Reader>());
  const std::uint64_t before = fenced_ticks();
  const auto now = reader.now();
  const std::uint64_t after = fenced_ticks();
  return now && before <= now->counter && now->counter <= after;
}

/// The reading by hand is, bit for bit, what `convert` says of the same update at the same counter value.
template <class Reader> bool hand_agrees(hand_read* read) {
  auto reader = reader_of<Reader>(page_of<Reader>());
  for (int attempt = 0; attempt < 100; ++attempt) {
    const auto page = reader.snapshot();
    const hand_reading hand = read(static_cast<const volatile unsigned char*>(page_of<Reader>()));
    if (!page || hand.version != page->version) continue;
    const auto ours = convert(page->fields, hand.counter);
    return ours && hand.is_valid && ours->time.nanoseconds == hand.time;
  }
  return false;
}

std::uint64_t os_nanoseconds() {
  os_time now;
  from_os(0, now);
  return static_cast<std::uint64_t>(now.tv_sec) * nanoseconds_per_second + static_cast<std::uint64_t>(now.tv_nsec);
}
/// While the OS clock goes on by a tenth of a millisecond, so does ours, to a thousandth and a microsecond: the most that
/// a page's rate is believed to differ by. Their zeros differ by nature.
template <class Reader> bool runs_as_the_os() {
  auto reader = reader_of<Reader>(page_of<Reader>());
  const std::uint64_t before = os_nanoseconds();
  const auto first = reader.now();
  const std::uint64_t started = os_nanoseconds();
  while (os_nanoseconds() - started < 100'000) continue;
  const std::uint64_t stopped = os_nanoseconds();
  const auto last = reader.now();
  const std::uint64_t after = os_nanoseconds();
  if (!first || !last) return false;
  const std::uint64_t ours = last->time.nanoseconds - first->time.nanoseconds;
  const std::uint64_t least = stopped - started, most = after - before;
  return ours + least / 1'000 + 1'000 >= least && ours <= most + most / 1'000 + 1'000;
}

// --- the comparisons ---

constexpr auto unused = [](const auto&, const auto&) { return false; };  // each comparison below has its own judge

template <class PeerOutput = std::uint64_t, class Ours, class Peer>
comparison reads(std::string ours, std::string peer, Ours our_read, Peer peer_read) {
  return one_by_one<std::uint64_t, PeerOutput>(std::move(ours), std::move(peer), read_count, our_read, peer_read,
                                               unused);
}

template <class Reader> void add_against_os(std::vector<comparison>& to, const std::string& ours) {
  comparison made = reads<os_time>(ours, "vdso.clock_gettime", time_by<Reader>{}, from_os);
  made.difference = [](std::size_t begin, std::size_t) -> std::optional<std::size_t> {
    if (!runs_as_the_os<Reader>()) return begin;
    return std::nullopt;
  };
  to.push_back(std::move(made));
}
template <class Reader> void add_against_counter(std::vector<comparison>& to, const std::string& ours) {
  to.push_back(reads(ours, "lfence_rdtsc", time_by<Reader>{}, from_counter));
  judge_each(to.back(), is_read_between<Reader>);
}
template <class Reader, hand_read Read> void add_against_hand(std::vector<comparison>& to, const std::string& ours) {
  to.push_back(reads(ours, "hand.same_guarantee", time_by<Reader>{}, time_by_hand<Read>{page_of<Reader>()}));
  judge_each(to.back(), [] { return hand_agrees<Reader>(Read); });
}
/// Another form of the ordered read, beside it.
template <class Reader> void add_form(std::vector<comparison>& to, const std::string& ours, bool is_in_order = true) {
  to.push_back(reads(ours, "pvclock.ordered", time_by<Reader>{}, time_by<ordered_reader>{}));
  judge_each(to.back(), [is_in_order] {
    return is_in_order ? is_read_between<Reader>() : reader_of<Reader>(page_of<Reader>()).now().has_value();
  });
}

}  // namespace

void add_reading(std::vector<comparison>& to) {
  const pages& all = the_pages();
  if (!all.pvclock || !all.reference_tsc || !all.vmclock) {
    add_skipped(to, "there is no page to read, not even a simulated one");
    return;
  }
  add_against_hand<ordered_reader, read_by_hand>(to, "pvclock.ordered");
  add_against_os<ordered_reader>(to, "pvclock.ordered");
  add_against_counter<ordered_reader>(to, "pvclock.ordered");

  add_form<pvclock_reader<x86::strict_counter>>(to, "pvclock.strict");
  add_form<pvclock_reader<x86::half_ordered_counter>>(to, "pvclock.half_ordered");
  add_form<pvclock_reader<x86::unordered_counter>>(to, "pvclock.unordered", false);
  to.push_back(reads("pvclock.whole_reading", "pvclock.ordered", whole_reading{}, time_by<ordered_reader>{}));
  judge_each(to.back(), is_read_between<ordered_reader>);
  to.push_back(reads("clock.pvclock", "pvclock.ordered", by_any_clock{}, time_by<ordered_reader>{}));
  judge_each(to.back(), is_read_between<ordered_reader>);

  add_against_hand<reference_tsc_reader<x86::ordered_counter>, read_reference_by_hand>(to, "reference_tsc.ordered");
  add_against_os<reference_tsc_reader<x86::ordered_counter>>(to, "reference_tsc.ordered");
  add_against_os<vmclock_reader<x86::ordered_counter>>(to, "vmclock.ordered");
}

}  // namespace guestclock::bench

#else

namespace guestclock::bench {
void add_reading(std::vector<comparison>& to) { add_skipped(to, "there are counter policies for x86-64 only"); }
}  // namespace guestclock::bench

#endif
