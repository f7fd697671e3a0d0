// SPDX-License-Identifier: BSL-1.0
/// \file guestclock/kvm/kernel_calls.hpp
/// The system calls that the host's sides of KVM and of MSHV make, as a table: the real ones, or a test's own, which fail
/// when told to.
#pragma once

#include <guestclock/outcome.hpp>
#include <guestclock/word.hpp>

#include <cstddef>
#include <utility>

namespace guestclock::kvm {

/// Each gives what the call gives, or −errno.
class kernel_calls {
 public:
  virtual i64 open(const char* path) noexcept = 0;  ///< for reading and writing, closed on exec
  virtual void close(int file) noexcept = 0;
  virtual i64 ioctl(int file, unsigned long request, std::uintptr_t argument) noexcept = 0;
  virtual i64 read(int file, void* buffer, std::size_t size, i64 offset) noexcept = 0;
  virtual i64 map(std::size_t size, int file) noexcept = 0;  ///< shared memory; of no file where that is −1
  virtual void unmap(void* address, std::size_t size) noexcept = 0;

 protected:
  ~kernel_calls() = default;
};

/// The kernel's.
[[nodiscard]] kernel_calls& real_kernel() noexcept;

/// A descriptor that closes itself.
class file {
 public:
  file(kernel_calls& kernel, int number) noexcept : kernel_(&kernel), number_(number) {}
  file(file&& other) noexcept : kernel_(other.kernel_), number_(std::exchange(other.number_, -1)) {}
  file& operator=(file&&) = delete;
  ~file() {
    if (number_ >= 0) kernel_->close(number_);
  }

  [[nodiscard]] kernel_calls& kernel() const noexcept { return *kernel_; }
  [[nodiscard]] int number() const noexcept { return number_; }
  /// With a number as argument, or with a structure.
  [[nodiscard]] i64 ioctl(unsigned long request, unsigned long argument = 0) const noexcept {
    return kernel_->ioctl(number_, request, argument);
  }
  template <class Structure> [[nodiscard]] i64 ioctl(unsigned long request, Structure* argument) const noexcept {
    return kernel_->ioctl(number_, request, reinterpret_cast<std::uintptr_t>(argument));
  }

 private:
  kernel_calls* kernel_;
  int number_;
};

/// Memory that unmaps itself.
class shared_memory {
 public:
  shared_memory(kernel_calls& kernel, void* address, std::size_t size) noexcept
      : kernel_(&kernel), address_(static_cast<unsigned char*>(address)), size_(size) {}
  shared_memory(shared_memory&& other) noexcept
      : kernel_(other.kernel_), address_(std::exchange(other.address_, nullptr)), size_(other.size_) {}
  shared_memory& operator=(shared_memory&&) = delete;
  ~shared_memory() {
    if (address_ != nullptr) kernel_->unmap(address_, size_);
  }

  [[nodiscard]] unsigned char* address() const noexcept { return address_; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }

 private:
  kernel_calls* kernel_;
  unsigned char* address_;
  std::size_t size_;
};

/// "KVM_X failed: Y (errno N)", and what to do where there is something.
[[nodiscard]] sentence failed(const char* call, i64 negated_error, const char* advice = nullptr);

}  // namespace guestclock::kvm
