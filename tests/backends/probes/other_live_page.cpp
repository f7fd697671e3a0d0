// SPDX-License-Identifier: BSL-1.0
// Preloaded: this machine looks like a guest without pvclock, but with the page that LIVE_PAGE names: `hyperv`, in the
// second page of [vvar_vclock], or `vmclock`, a device. Either runs at the machine's own rate; the vmclock page counts TAI,
// 37 s from UTC, to within 1 µs at its snapshot and 1 ppm from there on. Nobody updates them.
#include "made_page.hpp"

#include <cerrno>
#include <cstdarg>
#include <cstdlib>
#include <cstring>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace {

using namespace guestclock;
using namespace guestclock::tests;

constexpr u64 tai_at_snapshot_s = 1'768'491'296 + 37;

void publish_hyperv(void* memory, const moment& at, u64 frequency_hz) {
  writable_atomic_page<8> page(memory);
  const u64 tsc_scale = reference_tsc_scale_for(frequency_hz).value_or(1);
  publish_reference_tsc(page, u32(6), {tsc_scale, as_signed(at.ns / 100 - scale_product(at.counter, tsc_scale))});
}

void publish_vmclock(void* memory, const moment& at, u64 frequency_hz) {
  const vmclock_period period = vmclock_period_for(frequency_hz).value_or({1, 0});
  vmclock_snapshot fields;
  fields.magic = vmclock_magic;
  fields.size = page_bytes;
  fields.version = vmclock_version;
  fields.counter_id = vmclock_counter_x86_tsc;
  fields.time_type = vmclock_time_tai;
  fields.flags = vmclock_tai_offset_valid + vmclock_time_maxerror_valid + vmclock_period_maxerror_valid;
  fields.clock_status = vmclock_status_synchronized;
  fields.tai_offset_sec = 37;
  fields.counter_value = at.counter;
  fields.counter_period_shift = period.counter_period_shift;
  fields.counter_period_frac_sec = period.counter_period_frac_sec;
  fields.counter_period_maxerror_rate_frac_sec = period.counter_period_frac_sec / 1'000'000;
  fields.time_sec = tai_at_snapshot_s;
  fields.time_maxerror_nanosec = 1'000;
  writable_atomic_page<8, vmclock_page::version_offset> page(memory);
  publish_section<vmclock_page>(page, fields);
}

bool is_kind(const char* name) {
  const char* const kind = std::getenv("LIVE_PAGE");
  return kind != nullptr && std::strcmp(kind, name) == 0;
}

/// What /proc/self/maps says: two pages, of which the first, pvclock's, is not there.
int maps() {
  if (!is_kind("hyperv")) return file_of("10000-11000 r--p 00000000 00:00 0 [heap]\n");
  void* const pages = mmap(nullptr, 2 * page_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  void* const second = static_cast<unsigned char*>(pages) + page_bytes;
  mprotect(second, page_bytes, PROT_READ | PROT_WRITE);
  const moment first = now();
  publish_hyperv(second, first, measured_hz(first));
  return maps_of(pages);
}

int device() {
  alignas(8) unsigned char page[page_bytes]{};
  const moment first = now();
  publish_vmclock(page, first, measured_hz(first));
  return file_of(std::string(reinterpret_cast<const char*>(page), sizeof page));
}

}  // namespace

extern "C" int open(const char* path, int flags, ...) {
  if (std::strcmp(path, "/proc/self/maps") == 0) return maps();
  if (std::strcmp(path, "/dev/vmclock0") == 0) {
    if (is_kind("vmclock")) return device();
    errno = ENOENT;
    return -1;
  }
  va_list more;
  va_start(more, flags);
  const unsigned mode = va_arg(more, unsigned);
  va_end(more);
  return static_cast<int>(syscall(SYS_openat, AT_FDCWD, path, flags, mode));
}
