// SPDX-License-Identifier: BSL-1.0
/// \file bench/by_hand.hpp
/// Reads of clock pages written out by hand, with nothing of this library: what its reads are held against.
#pragma once

#if defined(__x86_64__)

#include <cstddef>
#include <cstdint>

namespace guestclock::bench {

/// What a reading is made of; who wants the time alone pays for no more.
struct hand_reading {
  std::uint64_t time = 0;  ///< ns
  std::uint64_t counter = 0;
  std::uint32_t version = 0;
  bool is_valid = false;
};

[[gnu::always_inline]] inline std::uint32_t version_at(const volatile unsigned char* at, int order) {
  const auto* const word = reinterpret_cast<const volatile std::uint32_t*>(at);
  return order == __ATOMIC_ACQUIRE ? __atomic_load_n(word, __ATOMIC_ACQUIRE) : __atomic_load_n(word, __ATOMIC_RELAXED);
}
[[gnu::always_inline]] inline std::uint64_t word_at(const volatile unsigned char* at) {
  return __atomic_load_n(reinterpret_cast<const volatile std::uint64_t*>(at), __ATOMIC_RELAXED);
}
/// The counter, not before what precedes it; `after` is 0, but known no sooner than the counter.
[[gnu::always_inline]] inline std::uint64_t ordered_ticks(std::uint64_t& after) {
  std::uint32_t low = 0, high = 0;
  asm volatile("lfence\n\trdtsc\n\tmovl %%eax, %k2\n\tandl $0, %k2"
               : "=a"(low), "=d"(high), "=r"(after)
               :
               : "cc", "memory");
  return std::uint64_t{high} << 32 | low;
}
/// The fence and the counter alone: what no read that keeps its order can be faster than.
[[gnu::always_inline]] inline std::uint64_t fenced_ticks() {
  std::uint32_t low = 0, high = 0;
  asm volatile("lfence\n\trdtsc" : "=a"(low), "=d"(high) : : "memory");
  return std::uint64_t{high} << 32 | low;
}

/// The pvclock page, with the guarantee of pvclock_reader::now: the counter was read between the two loads of the
/// version, no field is of another update, a bounded number of passes; no time from a multiplier of 0, from a shift out
/// of range, from a sum or a shifted distance that does not fit. A counter before the snapshot is given the snapshot's
/// own time. Only the page's address is taken on trust.
[[gnu::always_inline]] inline hand_reading read_by_hand(const volatile unsigned char* page) {
  for (int pass = 0; pass < 100; ++pass) {
    const std::uint32_t version = version_at(page, __ATOMIC_ACQUIRE);
    const std::uint64_t timestamp = word_at(page + 8);
    const std::uint64_t time = word_at(page + 16);
    const std::uint64_t rate = word_at(page + 24);
    std::uint64_t after = 0;
    const std::uint64_t counter = ordered_ticks(after);
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    const std::uint32_t again = version_at(page + after, __ATOMIC_RELAXED);
    if (__builtin_expect(((version & 1) | (version ^ again)) != 0, 0)) continue;
    const auto mul = static_cast<std::uint32_t>(rate);
    const int shift = static_cast<std::int8_t>(rate >> 32);
    if (__builtin_expect(mul == 0 || shift < -31 || shift > 31, 0)) return {};
    std::uint64_t ticks = counter - timestamp;
    if (__builtin_expect(static_cast<std::int64_t>(ticks) < 0, 0))
      return {time, counter, version, static_cast<std::int64_t>(ticks) >= -(std::int64_t{1} << 32)};
    if (shift < 0) {
      ticks >>= -shift;
    } else {
      if (__builtin_expect(ticks > ~std::uint64_t{0} >> shift, 0)) return {};
      ticks <<= shift;
    }
    __extension__ using wide_word = unsigned __int128;
    std::uint64_t sum = 0;
    if (__builtin_expect(
            __builtin_add_overflow(time, static_cast<std::uint64_t>(static_cast<wide_word>(ticks) * mul >> 32), &sum),
            0))
      return {};
    return {sum, counter, version, true};
  }
  return {};
}

/// Hyper-V's page, with the guarantee of reference_tsc_reader::now: the fields are loaded twice, since hosts publish a
/// sequence twice.
[[gnu::always_inline]] inline hand_reading read_reference_by_hand(const volatile unsigned char* page) {
  for (int pass = 0; pass < 100; ++pass) {
    const std::uint32_t sequence = version_at(page, __ATOMIC_ACQUIRE);
    if (__builtin_expect(sequence == 0, 0)) return {};
    const std::uint64_t scale = word_at(page + 8);
    const std::uint64_t offset = word_at(page + 16);
    std::uint64_t after = 0;
    const std::uint64_t counter = ordered_ticks(after);
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    const std::uint32_t again = version_at(page + after, __ATOMIC_ACQUIRE);
    if (__builtin_expect(sequence != again || word_at(page + 8) != scale || word_at(page + 16) != offset, 0)) continue;
    if (__builtin_expect(scale == 0, 0)) return {};
    __extension__ using wide_word = unsigned __int128;
    const auto since = static_cast<std::uint64_t>(static_cast<wide_word>(counter) * scale >> 64);
    std::uint64_t units = 0, nanoseconds = 0;
    const bool overflows = static_cast<std::int64_t>(offset) < 0 ? __builtin_sub_overflow(since, 0 - offset, &units)
                                                                 : __builtin_add_overflow(since, offset, &units);
    if (__builtin_expect(overflows || __builtin_mul_overflow(units, std::uint64_t{100}, &nanoseconds), 0)) return {};
    return {nanoseconds, counter, sequence, true};
  }
  return {};
}

}  // namespace guestclock::bench

#endif
