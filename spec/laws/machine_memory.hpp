// SPDX-License-Identifier: BSL-1.0
/// \file spec/laws/machine_memory.hpp
/// What the core does at the border to real memory, where there are no symbolic words: pages of bytes, the shared last
/// value, a reader's whole path. The inputs are choices among edges, few enough to try all of them.
#pragma once

#include <array>
#include <cstring>
#include <string_view>

#include <guestclock/monotonic.hpp>
#include <guestclock/pvclock.hpp>
#include <guestclock/reference_tsc.hpp>
#include <guestclock/result.hpp>
#include <guestclock/unix_time.hpp>
#include <guestclock/version_retry.hpp>
#include <guestclock/wall_clock.hpp>

#include "law.hpp"
#include "date_time.hpp"
#include "pages.hpp"
#include "wall_clock.hpp"

namespace guestclock::inline native::laws {

inline constexpr std::array<u64, 7> edge_words{
    0, 1, 0xFFFF'FFFF, 0x1'0000'0000, 0x0123'4567'89AB'CDEF, 0x8000'0000'0000'0000, 0xFFFF'FFFF'FFFF'FFFF};
template <class Inputs> u64 edge_word(Inputs& in, const char* name) {
  return edge_words[in.template between<u8>(name, 0, edge_words.size() - 1)];
}

struct result_errors_named {
  static constexpr law_info info{"result.errors.named", "every error has a name of its own", law_kind::protocol};
  template <class Inputs> static void check(Inputs& in) {
    const auto last = static_cast<u8>(clock_error::out_of_range);
    const auto error = static_cast<clock_error>(in.template between<u8>("error", 1, last));
    const auto other = static_cast<clock_error>(in.template between<u8>("other", 1, last));
    const std::string_view name = name_of(error);
    in.require(!name.empty() && name != name_of(static_cast<clock_error>(last + 1)));  // that of no error
    in.require((name == name_of(other)) == (error == other));
  }
};

struct civil_names_english {
  static constexpr law_info info{"civil.names.english", "every weekday and every month has a name of its own, and its first three letters are the short one",
                                 law_kind::protocol};
  template <class Inputs> static void check(Inputs& in) {
    const auto number = in.template between<u8>("number", 0, 13);
    const auto other = in.template between<u8>("other", 0, 13);
    const auto tell = [&](auto mine, auto others, bool is_one, bool is_other) {
      const std::string_view name = name_of(mine);
      in.require((name == "unknown") == !is_one && (std::string_view(short_name_of(mine)) == "???") == !is_one);
      if (is_one) in.require(name.substr(0, 3) == short_name_of(mine));
      if (is_one || is_other) in.require((name == name_of(others)) == (mine == others));
    };
    if (in.template between<u8>("months", 0, 1) == 0)
      return tell(static_cast<weekday>(number), static_cast<weekday>(other), number < 7, other < 7);
    tell(static_cast<month>(number), static_cast<month>(other), 1 <= number && number <= 12, 1 <= other && other <= 12);
  }
};

struct date_time_names_english {
  static constexpr law_info info{"date_time.names.english", "every field has a name of its own", law_kind::protocol};
  template <class Inputs> static void check(Inputs& in) {
    const auto field = static_cast<date_field>(in.template between<u8>("field", 0, 9));
    const auto other = static_cast<date_field>(in.template between<u8>("other", 0, 8));
    const bool is_none = field == date_field::none || field > date_field::utc_offset;
    in.require((std::string_view(name_of(field)) == "none") == is_none);
    if (!is_none) in.require((std::string_view(name_of(field)) == name_of(other)) == (field == other));
  }
};

/// A page among other words, which it must leave alone.
struct surrounded_page {
  static constexpr u64 guard = 0xA5A5'5A5A'C3C3'3C3C;
  alignas(8) std::array<u64, 7> words{guard, guard, guard, guard, guard, guard, guard};
  /// `shift` bytes after an address that is aligned to 8.
  volatile unsigned char* begin(std::size_t shift) { return reinterpret_cast<unsigned char*>(words.data()) + 8 + shift; }
  std::array<unsigned char, sizeof words> bytes() const {
    std::array<unsigned char, sizeof words> all;
    std::memcpy(all.data(), words.data(), sizeof words);
    return all;
  }
};

struct version_retry_memory_exact {
  static constexpr law_info info{"version_retry.memory.exact",
                                 "what is stored in a page is there in little-endian bytes, is loaded again, and nothing else changes",
                                 law_kind::protocol};
  template <class Inputs> static void check(Inputs& in) {
    if (in.template between<u8>("four_bytes", 0, 1) != 0) store_and_load<4>(in, 4);
    else store_and_load<8>(in, 0);
  }

 private:
  template <std::size_t Width, class Inputs> static void store_and_load(Inputs& in, std::size_t shift) {
    const std::size_t offset = std::size_t{8} * in.template between<u8>("word", 0, 3);
    const u64 value = edge_word(in, "value");
    const auto order = static_cast<write_order>(in.template between<u8>("release", 0, 1));
    const auto load_order = static_cast<read_order>(in.template between<u8>("acquire", 0, 1));
    surrounded_page page;
    const auto before = page.bytes();
    writable_atomic_page<Width> writer(page.begin(shift));
    const atomic_page<Width> reader(page.begin(shift));
    const std::size_t size = offset == 0 ? 4 : 8;
    if (offset == 0) writer.store_version(low32(value), order);
    else writer.store(offset, value);
    const auto after = page.bytes();
    for (std::size_t i = 0; i < after.size(); ++i) {
      const std::size_t first = 8 + shift + offset;
      const bool is_stored = i >= first && i < first + size;
      in.require(after[i] == (is_stored ? static_cast<unsigned char>(value >> (8 * (i - first)) & 0xFF) : before[i]));
    }
    if (offset != 0) {
      in.require(reader.load(offset) == value);
      in.require(reader.load32(offset) == low32(value) && reader.load32(offset + 4) == high32(value));
      writer.store32(offset + 4, low32(value));
      return in.require(reader.load32(offset) == low32(value) && reader.load32(offset + 4) == low32(value));
    }
    in.require(reader.load_version(load_order, after_nothing{}) == low32(value));
    in.require(reader.load_version(load_order, std::uintptr_t{0}) == low32(value));
  }
};

struct monotonic_last_value_exchanged {
  static constexpr law_info info{"monotonic.last-value.exchanged",
                                 "the shared last value is replaced exactly where it is what was expected; else it is told",
                                 law_kind::protocol};
  template <class Inputs> static void check(Inputs& in) {
    const u64 held = edge_word(in, "held");
    const u64 expected = edge_word(in, "expected");
    const u64 desired = edge_word(in, "desired");
    shared_last_value last;
    u64 zero = 0;
    in.require(last.load() == 0 && last.replace(zero, held) && last.load() == held);
    u64 found = expected;
    in.require(last.replace(found, desired) == (expected == held));
    in.require(found == held);
    in.require(last.load() == (expected == held ? desired : held));
  }
};

struct pvclock_reader_agrees {
  static constexpr law_info info{"pvclock.reader.agrees",
                                 "a reader of real memory tells what its bytes say, at every address; without a page there is no_clock",
                                 law_kind::protocol};
  template <class Inputs> static void check(Inputs& in) {
    const u8 address = in.template between<u8>("address", 0, 5);  // 0 to 4 bytes after an aligned one; 5: none
    const pvclock_snapshot fields = snapshots()[in.template between<u8>("page", 0, 5)];
    const u32 version = in.template between<u8>("odd", 0, 1) == 0 ? 2 : 3;
    const constant_counter counter{edge_word(in, "counter")};

    constant_page page{};
    pvclock_page::store(page, fields);
    surrounded_page memory;
    unsigned char* const begin = const_cast<unsigned char*>(memory.begin(address % 5));
    const std::array<u64, 4> words{version, page.word8, page.word16, page.word24};
    std::memcpy(begin, words.data(), sizeof words);
    page.version = version;
    pvclock_reader<constant_counter> reader(address == 5 ? nullptr : begin, counter);

    const bool has_page = address == 0 || address == 4;
    constant_counter again = counter;
    const result<reading> expected = has_page ? read_pvclock(page, again) : clock_error::no_clock;
    require_same(in, reader.now(), expected);
    require_same(in, reader.now_stable(), expected ? demand_stable(*expected) : expected);
    require_section(in, reader.snapshot(), has_page ? read_section<pvclock_page>(page, again) : clock_error::no_clock);
  }

 private:
  static std::array<pvclock_snapshot, 6> snapshots() {
    const u8 stable = 1;
    return {{{0, 1'000, 0x8000'0000, 1, stable},                      // 1 GHz
             {1, 5'000, 0xD555'5555, -1, 0},                          // 2.4 GHz, not stable
             {0x1'0000'0000, 7, 0xD555'5555, -1, 3},                  // a counter just before it; stopped
             {0, 1, 0, 0, stable},                                    // bad_multiplier
             {0, 1, 0x8000'0000, 32, stable},                         // bad_shift
             {0, 0xFFFF'FFFF'FFFF'FFFE, 0x8000'0000, 1, 0}}};         // out_of_range but for the first ticks
  }
  template <class Inputs> static void require_same(Inputs& in, const result<reading>& seen, const result<reading>& wanted) {
    in.require(seen.has_value() == wanted.has_value() && seen.error() == wanted.error());
    if (!seen || !wanted) return;
    in.require(seen->time == wanted->time && seen->counter == wanted->counter && seen->version == wanted->version);
    in.require(seen->error_bound_ns == wanted->error_bound_ns && seen->flags == wanted->flags);
    in.require(seen->stable == wanted->stable && seen->guest_stopped == wanted->guest_stopped &&
               seen->clamped == wanted->clamped);
  }
  template <class Inputs>
  static void require_section(Inputs& in, const result<section<pvclock_page>>& seen,
                              const result<section<pvclock_page>>& wanted) {
    in.require(seen.has_value() == wanted.has_value() && seen.error() == wanted.error());
    if (!seen || !wanted) return;
    in.require(seen->version == wanted->version && seen->counter == wanted->counter);
    in.require(seen->fields.tsc_timestamp == wanted->fields.tsc_timestamp &&
               seen->fields.system_time == wanted->fields.system_time &&
               seen->fields.tsc_to_system_mul == wanted->fields.tsc_to_system_mul &&
               seen->fields.tsc_shift == wanted->fields.tsc_shift && seen->fields.flags == wanted->fields.flags);
  }
};

struct reference_tsc_reader_agrees {
  static constexpr law_info info{
      "reference_tsc.reader.agrees",
      "a reader of a real Hyper-V page tells what its bytes say, or asks its fallback; without a page there is no_clock",
      law_kind::protocol};
  template <class Inputs> static void check(Inputs& in) {
    const u8 address = in.template between<u8>("address", 0, 9);  // 0 to 8 bytes after an aligned one; 9: none
    const u32 sequence = std::array<u32, 3>{0, 1, 0xFFFF'FFFF}[in.template between<u8>("sequence", 0, 2)];
    const u64 scale = edge_word(in, "scale");
    const i64 offset = as_signed(edge_word(in, "offset"));
    const constant_counter counter{edge_word(in, "counter")};
    const u64 reference_count = edge_word(in, "reference_count");
    constant_page page{};
    page.version = sequence;
    reference_tsc_page::store(page, {scale, offset});
    surrounded_page memory;
    unsigned char* const begin = const_cast<unsigned char*>(memory.begin(address % 9));
    const std::array<u64, 3> words{sequence, page.word8, page.word16};
    std::memcpy(begin, words.data(), sizeof words);
    reference_tsc_reader<constant_counter> reader(address == 9 ? nullptr : begin, counter);
    const auto fallback = [&]() -> result<reference_time> { return reference_time{reference_count}; };

    const bool has_page = address == 0 || address == 8;
    constant_counter again = counter;
    require_same(in, reader.now(), has_page ? read_reference_tsc(page, again) : clock_error::no_clock);
    require_same(in, reader.now_or(fallback), has_page ? read_reference_tsc_or(page, again, fallback) : clock_error::no_clock);
    const auto section = reader.snapshot();
    in.require(section.error() == (!has_page ? clock_error::no_clock
                                   : sequence == 0 ? clock_error::sequence_invalid : clock_error{}));
    if (!section) return;
    in.require(section->version == sequence && section->counter == counter.value);
    in.require(section->fields.tsc_scale == scale && section->fields.tsc_offset == offset);
  }

 private:
  template <class Inputs> static void require_same(Inputs& in, const result<reading>& seen, const result<reading>& wanted) {
    in.require(seen.has_value() == wanted.has_value() && seen.error() == wanted.error());
    if (!seen || !wanted) return;
    in.require(seen->time == wanted->time && seen->counter == wanted->counter && seen->version == wanted->version);
    in.require(seen->error_bound_ns == wanted->error_bound_ns);
  }
};

struct pvclock_stopped_acknowledged {
  static constexpr law_info info{"pvclock.stopped.acknowledged",
                                 "a guest that acknowledges a stop clears that flag and no other bit, and is told whether it was set",
                                 law_kind::protocol};
  template <class Inputs> static void check(Inputs& in) {
    const u8 address = in.template between<u8>("address", 0, 5);  // 0 to 4 bytes after an aligned one; 5: none
    const u8 flags = in.template any<u8>("flags");
    surrounded_page memory;
    volatile unsigned char* const begin = memory.begin(address % 5);
    begin[29] = flags;
    const auto before = memory.bytes();
    const result<bool> was_stopped = acknowledge_stop(address == 5 ? nullptr : begin);
    const bool has_page = address == 0 || address == 4;
    in.require(was_stopped.error() == (has_page ? clock_error{} : clock_error::no_clock));
    if (was_stopped) in.require(*was_stopped == (flags % 4 >= 2));
    const auto after = memory.bytes();
    for (std::size_t i = 0; i < after.size(); ++i) {
      const bool cleared = has_page && i == 8 + address + std::size_t{29} && flags % 4 >= 2;
      in.require(after[i] == (cleared ? before[i] - 2 : before[i]));
    }
  }
};

struct wall_clock_memory_agrees {
  static constexpr law_info info{"wall_clock.memory.agrees",
                                 "a wall clock structure in memory is what its bytes say, at every address; without one there is no_clock",
                                 law_kind::protocol};
  template <class Inputs> static void check(Inputs& in) {
    if (in.template between<u8>("xen", 0, 1) == 0) agree<wall_clock_page>(in);
    else agree<xen_wall_clock_page>(in);
  }

 private:
  template <class Page, class Inputs> static void agree(Inputs& in) {
    const u8 address = in.template between<u8>("address", 0, 5);
    constant_wall_clock told;
    told.version = in.template between<u8>("odd", 0, 1) == 0 ? 2 : 3;
    told.word4 = low32(edge_word(in, "seconds"));
    told.word8 = in.template between<u8>("bad", 0, 1) == 0 ? 999'999'999 : 1'000'000'000;
    told.word12 = low32(edge_word(in, "seconds_high"));
    surrounded_page memory;
    unsigned char* const begin = const_cast<unsigned char*>(memory.begin(address % 5));
    const std::array<u32, 4> words{told.version, told.word4, told.word8, told.word12};
    std::memcpy(begin, words.data(), sizeof words);
    const bool has_page = address == 0 || address == 4;
    const result<unix_time> expected = has_page ? read_wall_clock<Page>(told) : clock_error::no_clock;
    const result<unix_time> seen = wall_clock_at<Page>(address == 5 ? nullptr : begin);
    in.require(seen.error() == expected.error());
    if (seen) in.require(*seen == *expected);
    if (!has_page) return;
    // A host's four-byte stores: the same bytes, and nothing beyond them.
    if (!expected) return;
    const auto before = memory.bytes();
    writable_atomic_page<4> writer(begin);
    const u32 version = publish_section<Page>(writer, *wall_clock_for<Page>(*expected));
    auto wanted = before;
    const std::uint32_t next = version;
    std::memcpy(wanted.data() + 8 + address, &next, sizeof next);
    in.require(memory.bytes() == wanted);
  }
};

}  // namespace guestclock::inline native::laws
