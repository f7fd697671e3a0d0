// SPDX-License-Identifier: BSL-1.0
#include <guestclock/linux/vmclock_device.hpp>

#include <guestclock/linux/live_page.hpp>

#include "../hexadecimal.hpp"
#include "descriptor.hpp"

#include <cerrno>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

namespace guestclock::on_linux {
namespace {

sentence cannot_open(const std::string& path, int error) {
  if (error == ENOENT)
    return {"there is no " + path +
            ": the host offers no vmclock, or the kernel's driver for it, ptp_vmclock (Linux 6.13), is not loaded"};
  if (error == EACCES || error == EPERM)
    return {"cannot open " + path + ": " + error_text(error) + "; run as root, or let this user read it"};
  return {"cannot open " + path + ": " + error_text(error)};
}

sentence too_short(const std::string& path, std::size_t size) {
  return {path + " has " + std::to_string(size) + " bytes, and is too short: a vmclock page has " +
          std::to_string(size_of(page_kind::vmclock))};
}

}  // namespace

mapped_vmclock::~mapped_vmclock() {
  if (address_ != nullptr) munmap(const_cast<void*>(address_), size_);
}

outcome<mapped_vmclock> map_vmclock(const std::string& path) {
  const descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (file.number() < 0) return cannot_open(path, errno);
  struct stat about {};
  if (fstat(file.number(), &about) != 0) return sentence{"cannot look at " + path + ": " + error_text(errno)};
  const auto file_size = static_cast<std::size_t>(about.st_size);
  if (S_ISREG(about.st_mode) && file_size < size_of(page_kind::vmclock)) return too_short(path, file_size);
  const auto size = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));  // the driver gives exactly one page
  void* const mapped = mmap(nullptr, size, PROT_READ, MAP_SHARED, file.number(), 0);
  if (mapped == MAP_FAILED)
    return sentence{"cannot map " + path + ": " + error_text(errno) + "; is it a vmclock device?"};
  mapped_vmclock page(mapped, size);
  if (!is_backed(mapped, size_of(page_kind::vmclock))) return sentence{path + " can be mapped, but not read"};
  const std::uint32_t magic = __atomic_load_n(static_cast<const std::uint32_t*>(mapped), __ATOMIC_RELAXED);
  if (magic != vmclock_magic)
    return sentence{path + " is no vmclock page: it begins with " + hexadecimal(magic) + ", not with " +
                    hexadecimal(vmclock_magic)};
  return page;
}

std::string why_invalid_header(const mapped_page& page, const vmclock_snapshot& fields) {
  const auto number = [](auto value) { return std::to_string(unsigned{value}); };
  if (fields.magic != vmclock_magic)
    return "the magic is " + hexadecimal(fields.magic) + ", not " + hexadecimal(vmclock_magic) +
           ": this is no vmclock page, or it was never published";
  if (fields.version != vmclock_version) return "its version is " + number(fields.version) + ", known is 1";
  if (fields.size < vmclock_size_min || fields.size > page.size)
    return "it says that it has " + number(fields.size) + " bytes, which is not in [112, " + std::to_string(page.size) +
           "]";
  if (fields.counter_id != page.counter_id)
    return "it speaks of counter " + number(fields.counter_id) +
           (fields.counter_id == vmclock_counter_invalid ? " (none)" : "") + ", not of " + number(page.counter_id) +
           (page.counter_id == vmclock_counter_x86_tsc ? " (the x86 TSC)" : "");
  if (fields.time_type > vmclock_time_monotonic)
    return "its time is of type " + number(fields.time_type) +
           ": only UTC, TAI and monotonic time can be told, not smeared";
  if (!is_relied_on(fields))
    return "its clock_status is " + number(fields.clock_status) +
           ": its host says that it cannot be relied on (2, synchronized, and 3, freerunning, can)";
  return {};
}

}  // namespace guestclock::on_linux
