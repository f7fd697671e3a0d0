// SPDX-License-Identifier: BSL-1.0
/// \file descriptor.hpp
/// A file descriptor that closes itself, and what errno says.
#pragma once

#include <string>
#include <system_error>

#include <unistd.h>

namespace guestclock::on_linux {

class descriptor {
 public:
  explicit descriptor(int number) noexcept : number_(number) {}
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  ~descriptor() {
    if (number_ >= 0) close(number_);
  }
  [[nodiscard]] int number() const noexcept { return number_; }

 private:
  int number_;
};

inline std::string error_text(int number) { return std::error_code(number, std::generic_category()).message(); }

}  // namespace guestclock::on_linux
