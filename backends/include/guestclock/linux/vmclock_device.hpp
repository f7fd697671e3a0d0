// SPDX-License-Identifier: BSL-1.0
/// \file guestclock/linux/vmclock_device.hpp
/// The vmclock page that a Linux guest's kernel offers as a device, mapped read-only; or a sentence that says why there
/// is none, and what to do.
#pragma once

#include <guestclock/outcome.hpp>
#include <guestclock/mapped_page.hpp>

#include <string>

namespace guestclock::on_linux {

/// The first such device. A machine has one.
///   source   Linux, drivers/ptp/ptp_vmclock.c
inline constexpr const char* vmclock_device = "/dev/vmclock0";

/// A vmclock page, mapped as long as this object lives.
class mapped_vmclock {
 public:
  mapped_vmclock(const volatile void* address, std::size_t size) noexcept : address_(address), size_(size) {}
  mapped_vmclock(mapped_vmclock&& other) noexcept : address_(other.address_), size_(other.size_) {
    other.address_ = nullptr;
  }
  mapped_vmclock& operator=(mapped_vmclock&&) = delete;
  ~mapped_vmclock();

  [[nodiscard]] mapped_page page() const noexcept { return {page_kind::vmclock, address_, size_}; }

 private:
  const volatile void* address_;
  std::size_t size_;
};

/// Maps one page of that device, or file, read-only.
///   requires that a file is not truncated while it is mapped
///   ensures  at least 112 bytes of it can be read, and they begin with the magic; whether they are a clock is not judged;
///            no descriptor is left open
[[nodiscard]] outcome<mapped_vmclock> map_vmclock(const std::string& path = vmclock_device);

/// In words, which field it is that makes check() say invalid_header of a vmclock page; empty where none does.
[[nodiscard]] std::string why_invalid_header(const mapped_page& page, const vmclock_snapshot& fields);

}  // namespace guestclock::on_linux
