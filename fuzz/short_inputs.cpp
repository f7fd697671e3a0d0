// SPDX-License-Identifier: BSL-1.0
/// \file fuzz/short_inputs.cpp
/// Keeps the fuzzer to short inputs: no target can make use of long ones, and they cost time. libFuzzer builds only.
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "bytes.hpp"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t size_max);

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t size_max, unsigned) {
  const std::size_t limit = std::min(size_max, guestclock::fuzz::useful_size_max);
  return LLVMFuzzerMutate(data, std::min(size, limit), limit);
}
