// SPDX-License-Identifier: BSL-1.0
/// \file fuzz/bytes.hpp
/// A fuzzer's input, read from front to back; zeros come after its end.
#pragma once

#include <cstddef>
#include <cstdint>

namespace guestclock::fuzz {

/// How long an input of this target is worth being. Each target says.
extern const std::size_t useful_size_max;

class bytes {
 public:
  constexpr bytes(const std::uint8_t* data, std::size_t size) : data_(data), left_(size) {}

  [[nodiscard]] constexpr std::size_t left() const { return left_; }
  constexpr std::uint8_t byte() {
    if (left_ == 0) return 0;
    --left_;
    return *data_++;
  }
  /// `size` bytes, at most 8, the least significant first.
  constexpr std::uint64_t word(unsigned size) {
    std::uint64_t value = 0;
    for (unsigned i = 0; i < size; ++i) value |= std::uint64_t{byte()} << (8 * i);
    return value;
  }

 private:
  const std::uint8_t* data_;
  std::size_t left_;
};

}  // namespace guestclock::fuzz
