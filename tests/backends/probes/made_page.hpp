// SPDX-License-Identifier: BSL-1.0
/// \file made_page.hpp
/// What preloaded libraries make pages of: the OS clock, the counter and its frequency; and files of their own content.
#pragma once

#include <guestclock/guestclock.hpp>
#include <guestclock/x86/counter.hpp>

#include <cstdint>
#include <cstdio>
#include <ctime>
#include <string>

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace guestclock::tests {

inline constexpr std::size_t page_bytes = 4096;

struct moment {
  u64 counter;
  u64 ns;
};

/// The OS clock and the counter, of 100 tries the closest.
inline moment now() {
  constexpr x86::strict_counter counter;
  moment best{};
  u64 least = max_of<u64>;
  for (int round = 0; round < 100; ++round) {
    timespec shown{};
    const u64 before = counter.sample().value;
    clock_gettime(CLOCK_MONOTONIC_RAW, &shown);
    const u64 width = counter.sample().value - before;
    if (width >= least) continue;
    least = width;
    best = {before + width / 2, u64(shown.tv_sec) * nanoseconds_per_second + u64(shown.tv_nsec)};
  }
  return best;
}

inline u64 measured_hz(const moment& first) {
  const timespec interval{0, 20'000'000};
  nanosleep(&interval, nullptr);
  const moment second = now();
  return full_quotient(full_product(second.counter - first.counter, u64(nanoseconds_per_second)), second.ns - first.ns)
      .quotient;
}

inline int file_of(const std::string& content) {
  const int file = memfd_create("page", MFD_CLOEXEC);
  static_cast<void>(syscall(SYS_write, file, content.data(), content.size()));
  lseek(file, 0, SEEK_SET);
  return file;
}

/// What /proc/self/maps says of two pages, [vvar_vclock].
inline int maps_of(const void* two_pages) {
  char line[120];
  const auto begin = reinterpret_cast<std::uintptr_t>(two_pages);
  std::snprintf(line, sizeof line, "%lx-%lx r--p 00000000 00:00 0                          [vvar_vclock]\n", begin,
                begin + 2 * page_bytes);
  return file_of(line);
}

}  // namespace guestclock::tests
