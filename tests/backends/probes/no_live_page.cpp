// SPDX-License-Identifier: BSL-1.0
// Preloaded: a write of a page's first 32 bytes says EFAULT, as it does where the host gives no page, and there is no
// vmclock device.
#include <cerrno>
#include <cstdarg>
#include <cstring>

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace {

int opened(const char* path, int flags, unsigned mode) {
  if (std::strcmp(path, "/dev/vmclock0") != 0)
    return static_cast<int>(syscall(SYS_openat, AT_FDCWD, path, flags, mode));
  errno = ENOENT;
  return -1;
}

}  // namespace

extern "C" {

ssize_t write(int file, const void* bytes, size_t size) {
  if (size != 32) return syscall(SYS_write, file, bytes, size);
  errno = EFAULT;
  return -1;
}

int open(const char* path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  const unsigned mode = va_arg(more, unsigned);
  va_end(more);
  return opened(path, flags, mode);
}

}  // extern "C"
