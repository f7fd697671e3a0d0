// SPDX-License-Identifier: BSL-1.0
// Reading a page asks no operating system for the time. This executable's own definitions stand before the C library's,
// for itself and for every library in it, and count.
#include "pages.hpp"

#include <guestclock/linux/os_clock.hpp>
#include <guestclock/monotonic.hpp>
#include <guestclock/simulated/host.hpp>
#include <guestclock/x86/counter.hpp>

#include <chrono>
#include <ctime>

#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

namespace {

thread_local long os_clock_calls = 0;  // of this thread: a host's thread reads the OS clock, and may

int clock_from_kernel(clockid_t clock, timespec* now) {
  ++os_clock_calls;
  return static_cast<int>(syscall(SYS_clock_gettime, clock, now));
}

}  // namespace

extern "C" {

int clock_gettime(clockid_t clock, timespec* now) noexcept { return clock_from_kernel(clock, now); }

int gettimeofday(timeval* now, void* zone) noexcept {
  ++os_clock_calls;
  return static_cast<int>(syscall(SYS_gettimeofday, now, zone));
}

time_t time(time_t* now) noexcept {
  ++os_clock_calls;
  return static_cast<time_t>(syscall(SYS_time, now));
}

int timespec_get(timespec* now, int base) noexcept { return clock_from_kernel(CLOCK_REALTIME, now) == 0 ? base : 0; }

}  // extern "C"

namespace {

using namespace guestclock;

constexpr int reading_count = 100'000;

template <class Read> long calls_during(Read read) {
  const long before = os_clock_calls;
  read();
  return os_clock_calls - before;
}

TEST(OsClockCounter, SeesEveryWayToAskForTheTime) {
  timespec now{};
  timeval today{};
  EXPECT_EQ(calls_during([&] { clock_gettime(CLOCK_MONOTONIC, &now); }), 1);
  EXPECT_EQ(calls_during([&] { gettimeofday(&today, nullptr); }), 1);
  EXPECT_EQ(calls_during([&] { static_cast<void>(time(nullptr)); }), 1);
  EXPECT_EQ(calls_during([&] { static_cast<void>(timespec_get(&now, TIME_UTC)); }), 1);
  EXPECT_EQ(calls_during([] { static_cast<void>(std::chrono::steady_clock::now()); }), 1) << "from a library, too";
  EXPECT_EQ(calls_during([] { static_cast<void>(std::chrono::system_clock::now()); }), 1);
  EXPECT_EQ(calls_during([] { static_cast<void>(on_linux::read_os_clock(on_linux::os_clock::boottime)); }), 1);
}

void expect_no_call(const volatile void* page) {
  pvclock_reader<x86::ordered_counter> clock(page);
  shared_last_value last;
  int answered = 0;
  const long calls = calls_during([&] {
    for (int count = 0; count < reading_count; ++count) {
      answered += clock.now() ? 1 : 0;
      answered += not_before_last(last, clock.now()) ? 1 : 0;
    }
  });
  EXPECT_EQ(calls, 0);
  EXPECT_GT(answered, reading_count);
}

TEST(ReadPath, CallsNoOsClockOnTheLivePage) {
  REQUIRE_LIVE_PAGE(page);
  expect_no_call(page);
}

TEST(ReadPath, CallsNoOsClockOnTheSimulatedPage) {
  const auto host = simulated::host::start();
  ASSERT_TRUE(host) << host.why_none();
  expect_no_call((*host)->page());
}

}  // namespace
