// SPDX-License-Identifier: BSL-1.0
// Preloaded: a write of a page's 32 bytes says EFAULT, as it does where the host gives no page.
#include <cerrno>

#include <sys/syscall.h>
#include <unistd.h>

extern "C" ssize_t write(int file, const void* bytes, size_t size) {
  if (size != 32) return syscall(SYS_write, file, bytes, size);
  errno = EFAULT;
  return -1;
}
