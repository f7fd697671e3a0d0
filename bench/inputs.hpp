// SPDX-License-Identifier: BSL-1.0
/// \file bench/inputs.hpp
/// Inputs, the same in every run: more of them than a branch predictor learns.
#pragma once

#include <cstddef>
#include <cstdint>
#include <ctime>
#include <random>
#include <vector>

namespace guestclock::bench {

inline constexpr std::size_t input_count = 65'536;
inline constexpr std::size_t text_count = 16'384;

inline constexpr std::int64_t year_2100 = 4'102'444'800;
/// ±2178 years about 1970: beyond 32 bits, with negative ones.
inline constexpr std::int64_t wide_seconds = std::int64_t{1} << 36;

/// Random seconds in [low, high].
inline std::vector<std::int64_t> seconds_between(std::int64_t low, std::int64_t high, std::size_t count = input_count) {
  std::mt19937_64 random(1'970);
  std::uniform_int_distribution<std::int64_t> any(low, high);
  std::vector<std::int64_t> seconds(count);
  for (auto& each : seconds) each = any(random);
  return seconds;
}
inline const std::vector<std::int64_t>& recent_seconds() {
  static const auto seconds = seconds_between(0, year_2100 - 1);
  return seconds;
}
inline const std::vector<std::int64_t>& distant_seconds() {
  static const auto seconds = seconds_between(-wide_seconds, wide_seconds);
  return seconds;
}

/// A year, month, …, second as numbers: what every library can say.
struct civil_numbers {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
  friend bool operator==(const civil_numbers&, const civil_numbers&) = default;
};
inline void consume(const civil_numbers& numbers) {
  asm volatile(""
               :
               : "r"(numbers.year), "r"(numbers.month), "r"(numbers.day), "r"(numbers.hour), "r"(numbers.minute),
                 "r"(numbers.second));
}
/// A struct tm that costs nothing to have.
struct libc_time : std::tm {
  libc_time() noexcept {}  // NOLINT: its fields are written by those who get it
};
inline civil_numbers numbers_of(const std::tm& time) {
  return {time.tm_year + 1900, time.tm_mon + 1, time.tm_mday, time.tm_hour, time.tm_min, time.tm_sec};
}

}  // namespace guestclock::bench
