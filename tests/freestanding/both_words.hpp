// SPDX-License-Identifier: BSL-1.0
/// \file tests/freestanding/both_words.hpp
#pragma once

#include <cstdint>

// What these call in the core takes and gives no words: the namespace alone tells its names apart.
std::int64_t native_seconds_between(std::uint64_t later, std::uint64_t earlier);
std::int64_t symbolic_seconds_between(std::uint64_t later, std::uint64_t earlier);
bool native_can_be_a_clock(std::uint32_t mul);
bool symbolic_can_be_a_clock(std::uint32_t mul);

std::uint64_t native_time(std::uint64_t ticks);
std::uint64_t native_product_high(std::uint64_t a, std::uint64_t b);
std::uint64_t symbolic_time(std::uint64_t ticks);
bool symbolic_time_is_a_term();
extern int symbolic_decisions, symbolic_obligations;
