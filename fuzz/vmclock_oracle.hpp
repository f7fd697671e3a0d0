// SPDX-License-Identifier: BSL-1.0
/// \file fuzz/vmclock_oracle.hpp
/// What a vmclock page says, told a second time: from UAPI.13, in 128 bits, from the bytes themselves, and with nothing
/// of the core's but the names of its errors. And what its writers do.
///
///     time = time_sec · 2^64 + time_frac_sec + ⌊(counter − counter_value) · period / 2^shift⌋      in 2^−64 s
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <guestclock/result.hpp>
#include <guestclock/vmclock.hpp>

#include "bytes.hpp"
#include "page_script.hpp"
#include "wide.hpp"

namespace guestclock::fuzz {

/// A page's contents: its words, without the version and the padding.
struct vmclock_fields {
  std::array<std::uint64_t, 14> words{};

  friend bool operator==(const vmclock_fields&, const vmclock_fields&) = default;

  /// `size` bytes at `offset`.
  template <class Word> [[nodiscard]] Word at(unsigned offset) const {
    return static_cast<Word>(words[offset / 8] >> offset % 8 * 8);
  }
  [[nodiscard]] std::uint32_t magic() const { return at<std::uint32_t>(0); }
  [[nodiscard]] std::uint32_t size() const { return at<std::uint32_t>(4); }
  [[nodiscard]] std::uint16_t version() const { return at<std::uint16_t>(8); }
  [[nodiscard]] std::uint8_t counter_id() const { return at<std::uint8_t>(10); }
  [[nodiscard]] std::uint8_t time_type() const { return at<std::uint8_t>(11); }
  [[nodiscard]] std::uint64_t disruption_marker() const { return words[2]; }
  [[nodiscard]] std::uint64_t flags() const { return words[3]; }
  [[nodiscard]] bool flag(unsigned bit) const { return (words[3] >> bit & 1) != 0; }
  [[nodiscard]] std::uint8_t clock_status() const { return at<std::uint8_t>(34); }
  [[nodiscard]] std::uint8_t smearing_hint() const { return at<std::uint8_t>(35); }
  [[nodiscard]] std::int16_t tai_offset() const { return at<std::int16_t>(36); }
  [[nodiscard]] std::uint8_t leap_indicator() const { return at<std::uint8_t>(38); }
  [[nodiscard]] std::uint8_t shift() const { return at<std::uint8_t>(39); }
  [[nodiscard]] std::uint64_t counter_value() const { return words[5]; }
  [[nodiscard]] std::uint64_t period() const { return words[6]; }
  [[nodiscard]] std::uint64_t period_esterror() const { return words[7]; }
  [[nodiscard]] std::uint64_t period_maxerror() const { return words[8]; }
  [[nodiscard]] std::uint64_t time_sec() const { return words[9]; }
  [[nodiscard]] std::uint64_t time_frac_sec() const { return words[10]; }
  [[nodiscard]] std::uint64_t time_esterror() const { return words[11]; }
  [[nodiscard]] std::uint64_t time_maxerror() const { return words[12]; }
  [[nodiscard]] std::uint64_t vm_generation() const { return words[13]; }
  [[nodiscard]] u128 snapshot_time() const { return u128{time_sec()} << 64 | time_frac_sec(); }
};

/// An error in ns, where the page declares one.
struct told_error {
  bool declared = false;
  std::uint64_t nanoseconds = 0;  // 0 where it is not
  friend bool operator==(const told_error&, const told_error&) = default;
};
/// A time in 2^−64 s and how far off it may be, or an error.
struct vmclock_told {
  clock_error error{};
  u128 time = 0;
  bool clamped = false;
  told_error max_error{}, est_error{};
};

/// ⌈ticks · rate · 10^9 / 2^(64 + shift)⌉
inline u128 nanoseconds_rounded_up(std::uint64_t ticks, std::uint64_t rate, unsigned shift) {
  const u128 product = u128{ticks} * rate;
  const u128 low = (product & ~std::uint64_t{0}) * second_ns;
  const u128 high = (product >> 64) * second_ns + (low >> 64);  // the whole: high · 2^64 + the low word of `low`
  const bool exact = static_cast<std::uint64_t>(low) == 0 && high >> shift << shift == high;
  return (high >> shift) + (exact ? 0 : 1);
}

inline vmclock_told tell(const vmclock_fields& page, std::uint64_t counter) {
  const unsigned shift = page.shift();
  if (page.period() == 0) return {clock_error::bad_multiplier};
  if (shift > 63) return {clock_error::bad_shift};
  const std::uint64_t ahead = counter - page.counter_value();
  const std::uint64_t behind = page.counter_value() - counter;
  vmclock_told told;
  told.clamped = ahead >> 63 != 0;
  told.time = page.snapshot_time();
  u128 grown = 0;
  if (told.clamped) {
    if (behind > std::uint64_t{1} << 32) return {clock_error::counter_before_snapshot};
    grown = nanoseconds_rounded_up(behind, page.period(), shift);
  } else {
    const u128 since = u128{ahead} * page.period() >> shift;
    told.time += since;
    if (told.time < since) return {clock_error::out_of_range};
  }
  const std::uint64_t distance = told.clamped ? behind : ahead;
  const auto error = [&](unsigned time_bit, unsigned period_bit, std::uint64_t at_snapshot, std::uint64_t rate) {
    if (!page.flag(time_bit) || !page.flag(period_bit)) return told_error{};
    const u128 total = nanoseconds_rounded_up(distance, rate, shift) + grown + at_snapshot;
    return total >> 64 != 0 ? told_error{} : told_error{true, static_cast<std::uint64_t>(total)};
  };
  told.max_error = error(6, 4, page.time_maxerror(), page.period_maxerror());
  told.est_error = error(5, 3, page.time_esterror(), page.period_esterror());
  return told;
}

/// Whether the page is a clock for the x86 counter, seen by a reader of so many bytes.
inline clock_error judge_header(const vmclock_fields& page, std::uint64_t mapped_bytes) {
  const bool sound = page.magic() == 0x4B4C'4356 && page.version() == 1 && page.size() >= 112 &&
                     page.size() <= mapped_bytes && page.counter_id() == 1 && page.time_type() <= 2 &&
                     (page.clock_status() == 2 || page.clock_status() == 3);
  if (!sound) return clock_error::invalid_header;
  if (page.period() == 0) return clock_error::bad_multiplier;
  return page.shift() > 63 ? clock_error::bad_shift : clock_error{};
}

/// Seconds that may be before 1970 or beyond a word, and an error that says which.
struct told_seconds {
  clock_error error{};
  std::uint64_t seconds = 0;
  bool leap_second = false;
  friend bool operator==(const told_seconds&, const told_seconds&) = default;
};
inline told_seconds moved(std::uint64_t seconds, int by) {
  const i128 sum = i128{seconds} + by;
  if (sum < 0 || sum >> 64 != 0) return {clock_error::out_of_range};
  return {{}, static_cast<std::uint64_t>(sum)};
}

inline told_seconds tell_tai(const vmclock_fields& page, std::uint64_t seconds) {
  if (page.time_type() == 1) return {{}, seconds};
  if (page.time_type() == 0 && page.flag(0)) return moved(seconds, page.tai_offset());
  return {clock_error::no_clock};
}

inline told_seconds tell_utc(const vmclock_fields& page, std::uint64_t seconds) {
  const bool is_utc = page.time_type() == 0;
  if (!is_utc && !(page.time_type() == 1 && page.flag(0))) return {clock_error::no_clock};
  const int by = is_utc ? 0 : -page.tai_offset();
  const told_seconds now = moved(seconds, by), then = moved(page.time_sec(), by);
  if (now.error != clock_error{} || then.error != clock_error{}) return {clock_error::out_of_range};
  constexpr std::uint64_t day = 86'400;
  const std::uint64_t in_day = now.seconds % day;
  const bool same_day = now.seconds / day == then.seconds / day;
  switch (page.leap_indicator()) {
    case 0:
    case 4:
    case 5:
      if (now.seconds - then.seconds < 28 * day) return now;
      break;
    case 1:
      if (same_day) return now;
      break;
    case 2:
      if (same_day && in_day != day - 1) return now;
      break;
    case 3:
      if (now.seconds != then.seconds) break;
      if (in_day == day - 1) return {{}, now.seconds, true};
      if (in_day == 0 && now.seconds != 0) return {{}, now.seconds - 1, true};
      break;
    default: break;
  }
  return {clock_error::no_clock};
}

/// The page, for page_script.
struct scripted_vmclock : odd_while_written {
  using fields = vmclock_fields;
  static constexpr std::size_t word_count = 14;
  static constexpr std::size_t version_offset = 12;
  static constexpr unsigned pass_accesses = 17;
  static constexpr std::array<std::uint64_t, word_count> padding{0, 0xFFFF'FFFF'0000'0000, 0, 0, 0xFFFF};

  static fields fields_of(const std::array<std::uint64_t, word_count>& words) {
    fields of{words};
    of.words[1] &= ~padding[1];  // the version
    of.words[4] &= ~padding[4];
    return of;
  }
  static std::array<std::uint64_t, word_count> words_of(const fields& of, std::uint64_t pad) {
    std::array<std::uint64_t, word_count> words = of.words;
    words[4] |= pad & padding[4];
    return words;
  }
  static std::uint64_t counter_at_edge(const std::array<std::uint64_t, word_count>& words) { return words[5]; }

  static vmclock_snapshot snapshot_of(const fields& of) {
    vmclock_snapshot page;
    page.magic = of.magic();
    page.size = of.size();
    page.version = of.version();
    page.counter_id = of.counter_id();
    page.time_type = of.time_type();
    page.disruption_marker = of.disruption_marker();
    page.flags = of.flags();
    page.clock_status = of.clock_status();
    page.leap_second_smearing_hint = of.smearing_hint();
    page.tai_offset_sec = of.tai_offset();
    page.leap_indicator = of.leap_indicator();
    page.counter_period_shift = of.shift();
    page.counter_value = of.counter_value();
    page.counter_period_frac_sec = of.period();
    page.counter_period_esterror_rate_frac_sec = of.period_esterror();
    page.counter_period_maxerror_rate_frac_sec = of.period_maxerror();
    page.time_sec = of.time_sec();
    page.time_frac_sec = of.time_frac_sec();
    page.time_esterror_nanosec = of.time_esterror();
    page.time_maxerror_nanosec = of.time_maxerror();
    page.vm_generation_counter = of.vm_generation();
    return page;
  }
  static bool same(const vmclock_snapshot& page, const fields& of) {
    return page.magic == of.magic() && page.size == of.size() && page.version == of.version() &&
           page.counter_id == of.counter_id() && page.time_type == of.time_type() &&
           page.disruption_marker == of.disruption_marker() && page.flags == of.flags() &&
           page.clock_status == of.clock_status() && page.leap_second_smearing_hint == of.smearing_hint() &&
           page.tai_offset_sec == of.tai_offset() && page.leap_indicator == of.leap_indicator() &&
           page.counter_period_shift == of.shift() && page.counter_value == of.counter_value() &&
           page.counter_period_frac_sec == of.period() &&
           page.counter_period_esterror_rate_frac_sec == of.period_esterror() &&
           page.counter_period_maxerror_rate_frac_sec == of.period_maxerror() && page.time_sec == of.time_sec() &&
           page.time_frac_sec == of.time_frac_sec() && page.time_esterror_nanosec == of.time_esterror() &&
           page.time_maxerror_nanosec == of.time_maxerror() && page.vm_generation_counter == of.vm_generation();
  }

  template <class Memory> static std::uint32_t publish(Memory& memory, const fields& of, std::uint32_t) {
    return publish_section<vmclock_page>(memory, snapshot_of(of));
  }

  /// Three bytes, and for some kinds a few more: a period, a time or a counter that is special; the flags; leap seconds,
  /// status, and what is wrong with the header. Zeros: a sound page of UTC at 1 GHz, without bounds.
  static fields next(bytes& input, std::uint64_t counter, std::uint32_t made) {
    const std::uint8_t kind = input.byte(), flags = input.byte(), state = input.byte();
    constexpr std::array<std::uint64_t, 8> periods{
        0x8970'5F41'36B4'A597, 0xE52C'CCCC'CCCC'CCCC, 1, ~std::uint64_t{0}, 4, 0, 0, std::uint64_t{1} << 63};
    constexpr std::array<std::uint8_t, 8> shifts{29, 31, 0, 63, 2, 0, 0, 64};
    std::uint64_t period = periods[kind & 7] ^ (made % 2 * 2), shift = shifts[kind & 7];
    if ((kind & 7) == 5) period = 0;
    if ((kind & 7) == 6) {
      period = input.word(8);
      shift = input.byte();
    }
    constexpr std::uint64_t day = 86'400;
    std::uint64_t magic = 0x4B4C'4356, size = 112, version = 1, counter_id = 1, type = kind >> 3 & 3;
    if (type == 3) type += made & 1;
    switch (state >> 5) {
      case 1: size = 4096; break;
      case 2: size = 111 + input.byte() % 4U; break;
      case 3: magic = 0; break;
      case 4: version = input.byte(); break;
      case 5: counter_id = input.byte(); break;
      default: break;
    }
    const std::uint64_t status = std::array<std::uint8_t, 4>{2, 3, 4, 1}[state >> 3 & 3];
    const std::uint64_t leap = state & 7, hint = made & 0xFF;
    std::uint16_t tai_offset = 37;
    std::uint64_t snapshot = counter - 4096 + made, seconds = 19'000 * day + made * 100,
                  fraction = std::uint64_t{made} << 40;
    constexpr std::uint64_t skew = std::uint64_t{1} << 32;
    switch (kind >> 5) {
      case 1: snapshot = counter + skew - 1 + input.byte() % 4U; break;  // the most skew there may be
      case 2: snapshot = counter - (skew << input.byte() % 32U); break;  // long ago
      case 3: snapshot = counter + (skew << 31) - 1 + input.byte() % 4U; break;
      case 4: seconds = ~std::uint64_t{input.byte()}; break;  // nearly out of range
      case 5: seconds = input.byte(); break;                  // about 1970
      case 6:                                                 // at the end of a day
        seconds += day - seconds % day - 1 - input.byte() % 4U;
        fraction = ~fraction;
        break;
      case 7:
        tai_offset = static_cast<std::uint16_t>(input.word(2));
        snapshot = counter - input.word(8);
        break;
      default: break;
    }
    return {{magic | size << 32, version | counter_id << 16 | type << 24, made,
             flags | std::uint64_t{made} << 40 | std::uint64_t{made & 1} << 8,
             status << 16 | hint << 24 | std::uint64_t{tai_offset} << 32 | leap << 48 | (shift & 0xFF) << 56, snapshot,
             period, std::uint64_t{made} << (kind & 63), std::uint64_t{made} << (flags & 63), seconds, fraction,
             100 * made, std::uint64_t{made} << (kind & 31), made}};
  }
};

}  // namespace guestclock::fuzz
