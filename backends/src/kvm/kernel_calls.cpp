// SPDX-License-Identifier: BSL-1.0
#include <guestclock/kvm/kernel_calls.hpp>

#include <cerrno>
#include <string>
#include <system_error>

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

namespace guestclock::kvm {
namespace {

i64 or_error(i64 given) noexcept { return given < 0 ? i64{-errno} : given; }

class real_calls final : public kernel_calls {
 public:
  i64 open(const char* path) noexcept override { return or_error(::open(path, O_RDWR | O_CLOEXEC)); }
  void close(int number) noexcept override { ::close(number); }
  i64 ioctl(int number, unsigned long request, std::uintptr_t argument) noexcept override {
    return or_error(::ioctl(number, request, argument));
  }
  i64 read(int number, void* buffer, std::size_t size, i64 offset) noexcept override {
    return or_error(pread(number, buffer, size, offset));
  }
  i64 map(std::size_t size, int number) noexcept override {
    const int flags = number < 0 ? MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE : MAP_SHARED;
    void* const address = mmap(nullptr, size, PROT_READ | PROT_WRITE, flags, number, 0);
    return address == MAP_FAILED ? i64{-errno} : static_cast<i64>(reinterpret_cast<std::uintptr_t>(address));
  }
  void unmap(void* address, std::size_t size) noexcept override { munmap(address, size); }
};

}  // namespace

kernel_calls& real_kernel() noexcept {
  static real_calls calls;
  return calls;
}

sentence failed(const char* call, i64 negated_error, const char* advice) {
  const int error = static_cast<int>(-negated_error);
  std::string text = std::string(call) + " failed: " + std::error_code(error, std::generic_category()).message() +
                     " (errno " + std::to_string(error) + ")";
  if (advice != nullptr) text += std::string("; ") + advice;
  return {text};
}

}  // namespace guestclock::kvm
