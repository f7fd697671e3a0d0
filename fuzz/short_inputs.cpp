// SPDX-License-Identifier: BSL-1.0
/// \file fuzz/short_inputs.cpp
/// How the fuzzers run. Inputs are short: no target can make use of long ones, and they cost time. The copies of whole
/// structures that the compiler makes are not looked at: they are of objects whose size it knows. libFuzzer builds only.
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "bytes.hpp"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t size_max);

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t size_max, unsigned) {
  const std::size_t limit = std::min(size_max, guestclock::fuzz::useful_size_max);
  return LLVMFuzzerMutate(data, std::min(size, limit), limit);
}

extern "C" const char* __asan_default_options();
extern "C" const char* __asan_default_options() { return "replace_intrin=0"; }
