// SPDX-License-Identifier: BSL-1.0
/// \file spec/laws/vmclock_memory.hpp
/// What <guestclock/vmclock.hpp> does at the border to real memory, and under interleavings. The inputs are choices, few
/// enough to try all of them, on machine words.
#pragma once

#include <array>
#include <cstring>
#include <utility>
#include <vector>

#include <guestclock/vmclock.hpp>

#include "law.hpp"
#include "machine_memory.hpp"
#include "pages.hpp"
#include "vmclock.hpp"

namespace guestclock::inline native::laws {

/// Update k writes fields that no other update writes, in every word.
inline vmclock_snapshot vmclock_update_fields(u64 k) {
  constant_vmclock_page page;
  page.word0 = 0x1010'1010'2020'2020 + k;
  page.word8 = static_cast<u32>(0x0100'0001 + k);
  for (std::size_t i = 0; i < page.words.size(); ++i) page.words[i] = (0x1000'0001'0001'0000 + k * 0x0101'0001'0001'0000) * (i + 1);
  return vmclock_page::load(page);
}

/// The stores of a writer, in their order: an offset and a value.
struct vmclock_stores {
  std::vector<std::pair<std::size_t, u64>> made;
  u32 version;

  u32 load_version(read_order, after_nothing) const { return version; }
  void store_version(u32 value, write_order) { made.push_back({12, version = value}); }
  void store(std::size_t offset, u64 value) { made.push_back({offset, value}); }
  void store32(std::size_t offset, u32 value) { made.push_back({offset, value}); }
  void release_fence() {}
};

/// Memory in which the writer runs three times while the reader is at work, each time before one of the reader's accesses
/// and for any number of stores.
struct interleaved_vmclock {
  static constexpr int accesses = 17;  ///< of one pass: two versions, fourteen words, the counter
  const vmclock_stores& writer;
  std::array<int, 3> runs_before;      ///< the access before which the writer runs
  std::array<std::size_t, 3> done_by;  ///< how many of its stores are made then
  mutable constant_vmclock_page page;
  mutable int access = 0;
  mutable std::size_t done = 0;

  void step() const {
    for (std::size_t i = 0; i < runs_before.size(); ++i)
      for (; runs_before[i] == access && done < done_by[i]; ++done) {
        const auto [offset, value] = writer.made[done];
        if (offset == 12) page.store_version(static_cast<u32>(value), write_order::relaxed);
        else if (offset == 8) page.store32(offset, static_cast<u32>(value));
        else page.store(offset, value);
      }
    ++access;
  }
  u32 load_version(read_order, after_nothing) const {
    step();
    return page.version;
  }
  u64 load(std::size_t offset) const {
    step();
    return page.load(offset);
  }
  u32 load32(std::size_t offset) const {
    step();
    return page.load32(offset);
  }
  void acquire_fence() const {}
  counter_sample sample() const {
    step();
    return {done, {}};
  }
};

struct vmclock_one_update {
  static constexpr law_info info{
      "vmclock.read.one-update",
      "under every interleaving of a pass with one update in which the writer runs up to three times, an accepted section is of "
      "one update, and the counter was read during it",
      law_kind::protocol};
  template <class Inputs> static void check(Inputs& in) {
    const u32 version = in.template between<u8>("wraps", 0, 1) != 0 ? 0xFFFF'FFFE : 0;
    static const std::array<vmclock_stores, 2> writers{publish(0), publish(0xFFFF'FFFE)};
    const vmclock_stores& writer = writers[version == 0 ? 0 : 1];
    const auto last = static_cast<u8>(writer.made.size());
    interleaved_vmclock memory{writer, {}, {}, {}};
    u8 access = 0;
    u8 done = 0;
    for (std::size_t i = 0; i < 3; ++i) {
      // The third time, what is left to tell is whether the writer gets to its end.
      access = in.template between<u8>("before", access, interleaved_vmclock::accesses - 1);
      done = i == 2 ? last : in.template between<u8>("stores", done, last);
      memory.runs_before[i] = access;
      memory.done_by[i] = done;
    }
    vmclock_page::store(memory.page, vmclock_update_fields(0));
    memory.page.version = version;
    const auto seen = read_section_once<vmclock_page>(memory, memory);
    in.require(memory.access == interleaved_vmclock::accesses);
    if (!seen) return in.require(seen.error() == clock_error::update_in_progress);
    const bool is_new = seen->version != version;
    in.require(!is_new || seen->version == static_cast<u32>(version + 2));
    in.require(same_fields(seen->fields, vmclock_update_fields(is_new ? 1 : 0)));
    in.require(is_new ? seen->counter == last : seen->counter == 0);
  }

 private:
  static vmclock_stores publish(u32 version) {
    vmclock_stores stores{{}, version};
    publish_section<vmclock_page>(stores, vmclock_update_fields(1));
    return stores;
  }
};

/// Pages of 1 GHz, and what is wrong with some.
inline std::array<vmclock_snapshot, 8> vmclock_pages() {
  vmclock_snapshot page;
  page.magic = vmclock_magic;
  page.size = 4096;
  page.version = vmclock_version;
  page.counter_id = vmclock_counter_x86_tsc;
  page.time_type = vmclock_time_tai;
  page.disruption_marker = 7;
  page.flags = vmclock_tai_offset_valid + vmclock_time_maxerror_valid + vmclock_period_maxerror_valid +
               vmclock_time_esterror_valid + vmclock_period_esterror_valid;
  page.clock_status = vmclock_status_synchronized;
  page.tai_offset_sec = 37;
  page.counter_period_shift = 29;
  page.counter_value = 0x1'0000'0000;
  page.counter_period_frac_sec = 0x8970'5F41'36B4'A597;
  page.counter_period_esterror_rate_frac_sec = 0x1'0000'0000;
  page.counter_period_maxerror_rate_frac_sec = 0x100'0000'0000;
  page.time_sec = 1'800'000'000;
  page.time_frac_sec = 0x8000'0000'0000'0000;
  page.time_esterror_nanosec = 100;
  page.time_maxerror_nanosec = 1'000;
  std::array<vmclock_snapshot, 8> pages;
  pages.fill(page);
  pages[1].time_type = vmclock_time_utc;
  pages[1].flags += vmclock_vm_gen_counter_present;
  pages[1].vm_generation_counter = 9;
  pages[2].flags = 0;
  pages[2].time_sec = 20'000'000'000;              // too late for ns in 64 bits
  pages[3].size = 112;
  pages[3].counter_period_frac_sec = 0;            // bad_multiplier
  pages[4].counter_period_shift = 64;              // bad_shift
  pages[5].counter_id = vmclock_counter_invalid;   // invalid_header
  pages[6] = {};
  pages[7].time_sec += 1;                          // breaks what page 0 promised
  return pages;
}

/// A page of 112 bytes among others, at an address.
struct surrounded_vmclock {
  alignas(8) std::array<unsigned char, 136> bytes;
  surrounded_vmclock() { bytes.fill(0xA5); }
  unsigned char* begin(std::size_t shift) { return bytes.data() + 8 + shift; }
};

struct vmclock_reader_agrees {
  static constexpr law_info info{
      "vmclock.reader.agrees",
      "a reader of real memory tells what its bytes say, exactly and in ns; without a whole, aligned page there is no_clock",
      law_kind::protocol};
  template <class Inputs> static void check(Inputs& in) {
    const u8 address = in.template between<u8>("address", 0, 2);  // aligned, 4 bytes after, none
    const u64 mapped = std::array<u64, 4>{111, 112, 4095, 4096}[in.template between<u8>("mapped", 0, 3)];
    const vmclock_snapshot fields = vmclock_pages()[in.template between<u8>("page", 0, 7)];
    const u32 version = in.template between<u8>("odd", 0, 1) == 0 ? 2 : 3;
    constant_counter counter{edge_word(in, "counter")};

    constant_vmclock_page page;
    vmclock_page::store(page, fields);
    page.version = version;
    surrounded_vmclock memory;
    unsigned char* const begin = memory.begin(address == 1 ? 4 : 0);
    std::memcpy(begin, &page.word0, 8);
    std::memcpy(begin + 8, &page.word8, 4);
    std::memcpy(begin + 12, &page.version, 4);
    std::memcpy(begin + 16, page.words.data(), 96);
    vmclock_reader<constant_counter> reader(address == 2 ? nullptr : begin, mapped, vmclock_counter_x86_tsc, counter);

    const bool has_page = address == 0 && mapped >= 112;
    const auto section = reader.snapshot();
    const auto exact = reader.now_exact();
    const auto now = reader.now();
    if (!has_page) {
      in.require(section.error() == clock_error::no_clock && exact.error() == clock_error::no_clock);
      return in.require(now.error() == clock_error::no_clock);
    }
    in.require(section.has_value() == (version == 2));
    if (section) in.require(same_fields(section->fields, fields) && section->version == version && section->counter == counter.value);
    if (!section) in.require(section.error() == clock_error::update_in_progress && exact.error() == section.error());
    const auto valid = guestclock::check(fields, mapped, vmclock_counter_x86_tsc);
    if (section && !valid) in.require(exact.error() == valid.error());
    if (section && valid) require_same(in, exact, vmclock_reading_by(vmclock_arithmetic{}, fields, counter.value));
    if (exact) in.require(exact->version == version);
    in.require(now.error() == (exact ? to_reading(*exact).error() : exact.error()));
    if (now) in.require(now->time == to_reading(*exact)->time && now->version == version);
    // The same without memory.
    const auto told = convert(fields, counter.value);
    const auto read = vmclock_reading_at(fields, counter.value);
    in.require(told.error() == (read ? to_reading(*read).error() : read.error()));
    if (told) in.require(told->time == to_reading(*read)->time && told->error_bound_ns == to_reading(*read)->error_bound_ns);
    require_same(in, read_vmclock(page, counter, mapped, vmclock_counter_x86_tsc), exact);
  }

 private:
  template <class Inputs>
  static void require_same(Inputs& in, const result<vmclock_reading>& a, const result<vmclock_reading>& b) {
    in.require(a.error() == b.error());
    if (!a || !b) return;
    in.require(a->time == b->time && a->counter == b->counter && a->clamped == b->clamped && a->flags == b->flags);
    in.require(a->max_error.nanoseconds == b->max_error.nanoseconds && a->max_error.declared == b->max_error.declared);
    in.require(a->est_error.nanoseconds == b->est_error.nanoseconds && a->est_error.declared == b->est_error.declared);
    in.require(a->generation == b->generation && a->time_type == b->time_type);
  }
};

struct vmclock_writer_agrees {
  static constexpr law_info info{
      "vmclock.writer.agrees",
      "in real memory, a consistent update is there in little-endian bytes under the next even version, and a refused one is not",
      law_kind::protocol};
  template <class Inputs> static void check(Inputs& in) {
    const vmclock_snapshot old = vmclock_pages()[in.template between<u8>("old", 0, 7)];
    const vmclock_snapshot next = vmclock_pages()[in.template between<u8>("next", 0, 7)];
    surrounded_vmclock memory;
    writable_atomic_page<8, vmclock_page::version_offset> page(memory.begin(0));
    page.store_version(4, write_order::relaxed);
    vmclock_page::store(page, old);
    const surrounded_vmclock before = memory;
    const auto published = publish_vmclock(page, next);
    const auto judged = consistent_update(old, next);
    in.require(published.error() == judged.error());
    in.require(judged.error() == consistent_update_by(vmclock_arithmetic{}, old, next).error());
    if (!published) return in.require(memory.bytes == before.bytes);
    in.require(*published == 6);
    vmclock_abi there;
    std::memcpy(&there, memory.begin(0), sizeof there);
    in.require(there.magic == next.magic && there.size == next.size && there.version == next.version && there.seq_count == 6);
    in.require(there.counter_id == next.counter_id && there.time_type == next.time_type && there.flags == next.flags);
    in.require(there.disruption_marker == next.disruption_marker && there.clock_status == next.clock_status);
    in.require(there.leap_second_smearing_hint == next.leap_second_smearing_hint && there.pad[0] == 0 && there.pad[1] == 0);
    in.require(there.tai_offset_sec == next.tai_offset_sec && there.leap_indicator == next.leap_indicator);
    in.require(there.counter_period_shift == next.counter_period_shift && there.counter_value == next.counter_value);
    in.require(there.counter_period_frac_sec == next.counter_period_frac_sec);
    in.require(there.counter_period_esterror_rate_frac_sec == next.counter_period_esterror_rate_frac_sec);
    in.require(there.counter_period_maxerror_rate_frac_sec == next.counter_period_maxerror_rate_frac_sec);
    in.require(there.time_sec == next.time_sec && there.time_frac_sec == next.time_frac_sec);
    in.require(there.time_esterror_nanosec == next.time_esterror_nanosec);
    in.require(there.time_maxerror_nanosec == next.time_maxerror_nanosec);
    in.require(there.vm_generation_counter == next.vm_generation_counter);
    for (std::size_t i = 0; i < memory.bytes.size(); ++i) in.require((i >= 8 && i < 120) || memory.bytes[i] == 0xA5);
  }
};

}  // namespace guestclock::inline native::laws
