// SPDX-License-Identifier: BSL-1.0
/// \file tests/core/frequency_table.hpp
/// Frequencies, and the rates that they have by either rounding.
#pragma once

#include <guestclock/scale.hpp>

#include <array>

namespace guestclock::tests {

struct rounded_frequency {
  u64 frequency_hz;
  tick_rate kvm;
  tick_rate exact;
};

inline constexpr std::array<rounded_frequency, 19> frequency_table{{
    {1, {0xEE6B'2800, 30}, {0xEE6B'2800, 30}},
    {1'000'000, {0xFA00'0000, 10}, {0xFA00'0000, 10}},
    {10'000'000, {0xC800'0000, 7}, {0xC800'0000, 7}},
    {10'000'001, {0xC7FF'FEB0, 7}, {0xC7FF'FEB0, 7}},
    {14'318'180, {0x8BAE'BC15, 7}, {0x8BAE'BC15, 7}},
    {24'000'000, {0xA6AA'AAAA, 6}, {0xA6AA'AAAA, 6}},
    {1'000'000'000, {0x8000'0000, 1}, {0x8000'0000, 1}},
    {2'000'000'001, {0x8000'0000, 0}, {0xFFFF'FFFD, -1}},
    {2'400'000'000, {0xD555'5555, -1}, {0xD555'5555, -1}},
    {2'494'140'000, {0xCD47'FB5A, -1}, {0xCD47'FB5A, -1}},
    {2'599'998'123, {0xC4EC'5817, -1}, {0xC4EC'5816, -1}},
    {3'400'000'001, {0x9696'9696, -1}, {0x9696'9695, -1}},
    {4'000'000'001, {0x8000'0000, -1}, {0xFFFF'FFFE, -2}},
    {4'294'967'295, {0xEE6B'2803, -2}, {0xEE6B'2800, -2}},
    {4'294'967'296, {0xEE6B'2800, -2}, {0xEE6B'2800, -2}},
    {8'000'000'001, {0x8000'0000, -2}, {0xFFFF'FFFF, -3}},
    {u64(1) << 40, {0xEE6B'2800, -10}, {0xEE6B'2800, -10}},
    {u64(1'000'000'000) << 32, {0x8000'0000, -31}, {0x8000'0000, -31}},
    {(u64(1'000'000'000) << 32) - 1, {0x8000'0001, -31}, {0x8000'0000, -31}},
}};

}  // namespace guestclock::tests
