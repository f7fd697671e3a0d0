// SPDX-License-Identifier: BSL-1.0
/// \file fuzz/empty.cpp
/// Does nothing: what the others' speed is compared with.
#include <cstddef>
#include <cstdint>

#include "bytes.hpp"

const std::size_t guestclock::fuzz::useful_size_max = 32;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t*, std::size_t) { return 0; }
