// SPDX-License-Identifier: BSL-1.0
#include <guestclock/linux/os_clock.hpp>

#include <guestclock/instant.hpp>
#include <guestclock/x86/counter.hpp>

#include <algorithm>
#include <ctime>

namespace guestclock::on_linux {
namespace {

constexpr u64 sleep_ns_max = 100'000'000;  // in one piece, so that a clock that jumps is seen

clockid_t id_of(os_clock clock) noexcept {
  switch (clock) {
    case os_clock::boottime: return CLOCK_BOOTTIME;
    case os_clock::monotonic: return CLOCK_MONOTONIC;
    case os_clock::monotonic_raw: break;
  }
  return CLOCK_MONOTONIC_RAW;
}

}  // namespace

result<u64> read_os_clock(os_clock clock) noexcept {
  timespec now{};
  if (clock_gettime(id_of(clock), &now) != 0) return clock_error::no_clock;
  return static_cast<u64>(now.tv_sec) * nanoseconds_per_second + static_cast<u64>(now.tv_nsec);
}

result<bracket> tightest_bracket(os_clock clock) noexcept {
  constexpr x86::strict_counter counter;
  bracket tightest;
  for (int round = 0; round < bracket_count; ++round) {
    const u64 before = counter.sample().value;
    const result<u64> os_ns = read_os_clock(clock);
    const u64 after = counter.sample().value;
    if (!os_ns) return os_ns.error();
    const bracket seen{before, *os_ns, after};
    if (round == 0 || seen.width() < tightest.width()) tightest = seen;
  }
  return tightest;
}

result<u64> sleep_until(os_clock clock, u64 deadline_ns) noexcept {
  result<u64> now = read_os_clock(clock);
  while (now && *now < deadline_ns) {
    const u64 rest_ns = std::min(deadline_ns - *now, sleep_ns_max);
    const timespec rest{0, static_cast<long>(rest_ns)};
    nanosleep(&rest, nullptr);  // a signal ends it early, and the loop goes on
    now = read_os_clock(clock);
  }
  return now;
}

}  // namespace guestclock::on_linux
