// SPDX-License-Identifier: BSL-1.0
/// \file tests/core/frequency_table.hpp
/// Frequencies, the rates that they have by either rounding, and their Hyper-V scales.
#pragma once

#include <guestclock/scale.hpp>

#include <array>

namespace guestclock::tests {

struct rounded_frequency {
  u64 frequency_hz;
  tick_rate kvm;
  tick_rate exact;
  u64 tsc_scale;  ///< floor(10^7 * 2^64 / f); 0 where it does not fit
};

inline constexpr std::array<rounded_frequency, 19> frequency_table{{
    {1, {0xEE6B'2800, 30}, {0xEE6B'2800, 30}, 0},
    {1'000'000, {0xFA00'0000, 10}, {0xFA00'0000, 10}, 0},
    {10'000'000, {0xC800'0000, 7}, {0xC800'0000, 7}, 0},
    {10'000'001, {0xC7FF'FEB0, 7}, {0xC7FF'FEB0, 7}, 0xFFFF'FE52'80D9'24C8},
    {14'318'180, {0x8BAE'BC15, 7}, {0x8BAE'BC15, 7}, 0xB2CB'2E2F'B3EF'1BE7},
    {24'000'000, {0xA6AA'AAAA, 6}, {0xA6AA'AAAA, 6}, 0x6AAA'AAAA'AAAA'AAAA},
    {1'000'000'000, {0x8000'0000, 1}, {0x8000'0000, 1}, 0x028F'5C28'F5C2'8F5C},
    {2'000'000'001, {0x8000'0000, 0}, {0xFFFF'FFFD, -1}, 0x0147'AE14'7821'97B1},
    {2'400'000'000, {0xD555'5555, -1}, {0xD555'5555, -1}, 0x0111'1111'1111'1111},
    {2'494'140'000, {0xCD47'FB5A, -1}, {0xCD47'FB5A, -1}, 0x0106'C289'693E'E025},
    {2'599'998'123, {0xC4EC'5817, -1}, {0xC4EC'5816, -1}, 0x00FC'0FCC'E8FF'665C},
    {3'400'000'001, {0x9696'9696, -1}, {0x9696'9695, -1}, 0x00C0'C0C0'BFCD'4331},
    {4'000'000'001, {0x8000'0000, -1}, {0xFFFF'FFFE, -2}, 0x00A3'D70A'3CC0'B7D7},
    {4'294'967'295, {0xEE6B'2803, -2}, {0xEE6B'2800, -2}, 0x0098'9680'0098'9680},
    {4'294'967'296, {0xEE6B'2800, -2}, {0xEE6B'2800, -2}, 0x0098'9680'0000'0000},
    {8'000'000'001, {0x8000'0000, -2}, {0xFFFF'FFFF, -3}, 0x0051'EB85'1E8C'56EB},
    {u64(1) << 40, {0xEE6B'2800, -10}, {0xEE6B'2800, -10}, 0x0000'9896'8000'0000},
    {u64(1'000'000'000) << 32, {0x8000'0000, -31}, {0x8000'0000, -31}, 0x0000'0000'028F'5C28},
    {(u64(1'000'000'000) << 32) - 1, {0x8000'0001, -31}, {0x8000'0000, -31}, 0x0000'0000'028F'5C28},
}};

}  // namespace guestclock::tests
