// SPDX-License-Identifier: BSL-1.0
/// \file fuzz/reference_tsc_oracle.hpp
/// What a Hyper-V reference page says, told a second time: from the definition, in 128 bits, and with nothing of the
/// core's but the names of its errors. And what its writers do.
///
///     time = ⌊counter · scale / 2^64⌋ + offset, in units of 100 ns
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <guestclock/reference_tsc.hpp>
#include <guestclock/result.hpp>

#include "bytes.hpp"
#include "page_script.hpp"
#include "wide.hpp"

namespace guestclock::fuzz {

/// A page's contents, but for the sequence and what is reserved.
struct reference_fields {
  std::uint64_t scale = 0;
  std::int64_t offset = 0;

  friend bool operator==(const reference_fields&, const reference_fields&) = default;
};

/// A time in units of 100 ns, or an error.
struct reference_told {
  clock_error error{};
  std::uint64_t count = 0;

  friend bool operator==(const reference_told&, const reference_told&) = default;
};

inline std::uint64_t units_of(std::uint64_t counter, std::uint64_t scale) {
  return static_cast<std::uint64_t>(u128{counter} * scale >> 64);
}

inline reference_told tell(const reference_fields& page, std::uint64_t counter) {
  if (page.scale == 0) return {clock_error::bad_multiplier};
  const i128 time = i128{units_of(counter, page.scale)} + page.offset;
  if (time < 0 || time >> 64 != 0) return {clock_error::out_of_range};
  return {{}, static_cast<std::uint64_t>(time)};
}

inline constexpr std::uint64_t count_in_nanoseconds_max = ~std::uint64_t{0} / 100;

/// The same in ns.
inline reference_told in_nanoseconds(const reference_told& told) {
  if (told.error != clock_error{}) return told;
  if (told.count > count_in_nanoseconds_max) return {clock_error::out_of_range};
  return {{}, told.count * 100};
}

/// The page, for page_script. Whether a writer counts on from the last sequence, or from the 0 that it wrote itself, is
/// the script's to say: the latter publishes 1 each time.
struct scripted_reference {
  using fields = reference_fields;
  static constexpr std::size_t word_count = 3;
  static constexpr std::size_t version_offset = 0;
  static constexpr unsigned pass_accesses = 7;
  static constexpr std::array<std::uint64_t, word_count> padding{~std::uint64_t{0}, 0, 0};

  static constexpr bool versions_return = true;
  static constexpr std::array<std::uint32_t, 4> first_versions{1, 0, 0xFFFF'FFFD, 0xFFFF'FFFF};
  static bool at_rest(std::uint32_t sequence) { return sequence != 0; }
  static std::uint32_t mark(std::uint32_t) { return 0; }
  static std::uint32_t published(std::uint32_t, std::uint32_t last) {
    const std::uint32_t next = last + 1;
    return next == 0 || next == 0xFFFF'FFFF ? 1 : next;
  }
  static bool keeps_rule(std::uint32_t, std::uint32_t last, std::uint32_t marked, std::uint32_t published) {
    return marked == 0 && published != 0 && published != 0xFFFF'FFFF && published != last;
  }

  static fields fields_of(const std::array<std::uint64_t, word_count>& words) {
    return {words[1], static_cast<std::int64_t>(words[2])};
  }
  static std::array<std::uint64_t, word_count> words_of(const fields& of, std::uint64_t pad) {
    return {pad, of.scale, static_cast<std::uint64_t>(of.offset)};
  }
  /// Where the time is about 0, if it begins before 0; else where it stops to fit in ns.
  static std::uint64_t counter_at_edge(const std::array<std::uint64_t, word_count>& words) {
    const fields page = fields_of(words);
    if (page.scale == 0) return 0;
    const std::uint64_t units = page.offset < 0 ? 0 - words[2] : count_in_nanoseconds_max - words[2];
    return static_cast<std::uint64_t>(((u128{units} << 64) - 1) / page.scale);
  }

  template <class Memory> static std::uint32_t publish(Memory& memory, const fields& of, std::uint32_t last) {
    return publish_section_after<reference_tsc_page>(memory, last, [&] {
      return reference_tsc_snapshot{of.scale, of.offset};
    });
  }

  /// A byte, and for some kinds a few more. Zeros: a sound page at 2.4 GHz.
  static fields next(bytes& input, std::uint64_t counter, std::uint32_t made) {
    const std::uint8_t kind = input.byte();
    constexpr std::array<std::uint64_t, 8> scales{0x0111'1111'1111'1111,
                                                  0x028F'5C28'F5C2'8F5C,
                                                  0x00A3'D70A'3CC0'B7D7,
                                                  0xFFFF'FE52'80D9'24C8,
                                                  ~std::uint64_t{0},
                                                  2,
                                                  0,
                                                  0};
    fields made_of{scales[kind & 7], 0};
    if ((kind & 7) == 7) made_of.scale = input.word(8);
    if ((kind & 7) < 6 && (kind & 8) != 0) made_of.scale += made;  // another rate, too
    const std::uint64_t units = units_of(counter, made_of.scale);
    std::uint64_t offset = 10'000'000ULL * made - units;
    switch (kind >> 5) {
      case 1: offset = made; break;
      case 2: offset = 0 - units - made + input.byte(); break;                         // about 0
      case 3: offset = count_in_nanoseconds_max - units + made - input.byte(); break;  // nearly too much in ns
      case 4: offset = ~units + made - input.byte(); break;                            // nearly too much
      case 5: offset = (std::uint64_t{1} << 63) + made - input.byte(); break;          // the ends of the offset
      case 6: offset = input.word(8); break;
      default: break;
    }
    made_of.offset = static_cast<std::int64_t>(offset);
    return made_of;
  }
};

}  // namespace guestclock::fuzz
