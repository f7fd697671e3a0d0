// SPDX-License-Identifier: BSL-1.0
// Preloaded: this machine's only live page is one whose host does what LIVE_PAGE_ACT names, 300 ms after the page was
// looked for. Until then it runs at the machine's own rate, and nobody updates it.
//
//     pvclock    updates   publishes anew each 5 ms, continuously
//                faster    publishes once, and from then on runs 50 ppm faster
//                step      is 1 ms ahead from then on
//                back      is 5 s behind from then on
//                still     stands still for 200 ms, its snapshot being in the future
//                paused    says for 200 ms that the guest was stopped
//                busy      is never finished being written
//                bursts    is being written for 10 ms of every 30 ms
//     hyperv     unusable  its host says so, for ever
//     vmclock    disrupted says that the counter was disturbed
#include "made_page.hpp"

#include <cerrno>
#include <chrono>
#include <cstdarg>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <thread>

#include <fcntl.h>

namespace {

using namespace guestclock;
using namespace guestclock::tests;
using std::chrono::milliseconds;

std::string_view act() {
  const char* const name = std::getenv("LIVE_PAGE_ACT");
  return name == nullptr ? "" : name;
}

void sleep(int ms) { std::this_thread::sleep_for(milliseconds(ms)); }

struct made {
  void* memory;
  moment start;
  u64 frequency_hz;
};

pvclock_snapshot steady(const made& page, u64 counter) {
  const tick_rate rate = tick_rate_for(page.frequency_hz, rounding::exact).value_or({1, i8(0)});
  const u64 since = ticks_to_time(counter - page.start.counter, rate).value_or(0);
  return {counter, page.start.ns + since, rate.mul, rate.shift, u8(pvclock_tsc_stable)};
}

void publish_pvclock_at(const made& page, i64 ahead_ns, std::uint8_t flags) {
  writable_atomic_page<8> memory(page.memory);
  x86::publisher_counter counter;
  publish_section_made<pvclock_page>(memory, [&] {
    pvclock_snapshot next = steady(page, counter.sample().value);
    next.system_time = wrapping_add(next.system_time, as_unsigned(ahead_ns));
    next.flags = flags;
    return next;
  });
}

void mark_busy(const made& page) {
  writable_atomic_page<8> memory(page.memory);
  memory.store_version(version_while_updating(memory.load_version(read_order::relaxed, after_nothing{})),
                       write_order::relaxed);
}

/// The same time at the snapshot, which is half a second in the future: within what is taken for skew.
void stand_still(const made& page) {
  writable_atomic_page<8> memory(page.memory);
  publish_section_made<pvclock_page>(memory, [&] {
    pvclock_snapshot next = steady(page, x86::publisher_counter{}.sample().value);
    next.tsc_timestamp += page.frequency_hz / 2;
    return next;
  });
}

void run_faster(const made& page) {
  writable_atomic_page<8> memory(page.memory);
  publish_section_made<pvclock_page>(memory, [&] {
    pvclock_snapshot next = steady(page, x86::publisher_counter{}.sample().value);
    next.tsc_to_system_mul += next.tsc_to_system_mul / 20'000;
    return next;
  });
}

void act_on_pvclock(const made& page) {
  sleep(300);
  if (act() == "step") publish_pvclock_at(page, 1'000'000, 1);
  if (act() == "back") publish_pvclock_at(page, -5'000'000'000, 1);
  if (act() == "faster") run_faster(page);
  if (act() == "busy") mark_busy(page);
  if (act() == "still") {
    stand_still(page);
    sleep(200);
    publish_pvclock_at(page, 0, 1);
  }
  if (act() == "paused") {
    publish_pvclock_at(page, 0, 3);
    sleep(200);
    publish_pvclock_at(page, 0, 1);
  }
  while (act() == "updates" || act() == "bursts") {
    if (act() == "bursts") mark_busy(page);
    sleep(act() == "bursts" ? 10 : 5);
    publish_pvclock_at(page, 0, 1);
    if (act() == "bursts") sleep(20);
  }
}

void act_on_hyperv(const made& page) {
  sleep(300);
  writable_atomic_page<8> memory(page.memory);
  memory.store_version(0, write_order::relaxed);
}

/// What /proc/self/maps says: two pages, of which one is a clock's.
int maps() {
  const bool is_hyperv = act() == "unusable";
  void* const pages = mmap(nullptr, 2 * page_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  made page{static_cast<unsigned char*>(pages) + (is_hyperv ? page_bytes : 0), now(), 0};
  page.frequency_hz = measured_hz(page.start);
  mprotect(page.memory, page_bytes, PROT_READ | PROT_WRITE);
  writable_atomic_page<8> memory(page.memory);
  if (is_hyperv) {
    const u64 scale = reference_tsc_scale_for(page.frequency_hz).value_or(1);
    publish_reference_tsc(memory, u32(6),
                          {scale, as_signed(page.start.ns / 100 - scale_product(page.start.counter, scale))});
  } else {
    publish_section<pvclock_page>(memory, steady(page, page.start.counter));
  }
  std::thread(is_hyperv ? act_on_hyperv : act_on_pvclock, page).detach();
  return maps_of(pages);
}

/// vmclock's device: a file that this process goes on writing.
int device() {
  const int file = file_of(std::string(page_bytes, '\0'));
  void* const memory = mmap(nullptr, page_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  const moment start = now();
  const vmclock_period period = vmclock_period_for(measured_hz(start)).value_or({1, 0});
  vmclock_snapshot fields;
  fields.magic = vmclock_magic;
  fields.size = page_bytes;
  fields.version = vmclock_version;
  fields.counter_id = vmclock_counter_x86_tsc;
  fields.time_type = vmclock_time_monotonic;
  fields.clock_status = vmclock_status_freerunning;
  fields.counter_value = start.counter;
  fields.counter_period_shift = period.counter_period_shift;
  fields.counter_period_frac_sec = period.counter_period_frac_sec;
  fields.time_sec = 1'000;
  writable_atomic_page<8, vmclock_page::version_offset> page(memory);
  publish_section<vmclock_page>(page, fields);
  std::thread([memory, fields]() mutable {
    sleep(300);
    fields.disruption_marker = 1;
    writable_atomic_page<8, vmclock_page::version_offset> again(memory);
    publish_section<vmclock_page>(again, fields);
  }).detach();
  return file;
}

}  // namespace

extern "C" int open(const char* path, int flags, ...) {
  const bool is_vmclock = act() == "disrupted";
  if (std::strcmp(path, "/proc/self/maps") == 0)
    return is_vmclock ? file_of("10000-11000 r--p 00000000 00:00 0 [heap]\n") : maps();
  if (std::strcmp(path, "/dev/vmclock0") == 0) {
    if (is_vmclock) return device();
    errno = ENOENT;
    return -1;
  }
  va_list more;
  va_start(more, flags);
  const unsigned mode = va_arg(more, unsigned);
  va_end(more);
  return static_cast<int>(syscall(SYS_openat, AT_FDCWD, path, flags, mode));
}
