// SPDX-License-Identifier: BSL-1.0
/// \file fuzz/page_script.hpp
/// A pvclock page that changes between any two loads, as the fuzzer's bytes say; and what was published on it when.
///
/// Input: two bytes for the beginning (mode; contents), then operations. An operation's byte is
///
///     bits 0–3  what happens           bits 4–7  before how many more accesses of the reader it does not happen
///
/// so that one byte, 0x30, is a whole update between the third and the fourth access.
#pragma once

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include <guestclock/pvclock.hpp>

#include "bytes.hpp"
#include "page_oracle.hpp"

namespace guestclock::fuzz {

[[noreturn]] inline void refute(const char* claim, const char* sentence) {
  std::fprintf(stderr, "refuted  fuzz_pvclock_page.%s   %s\n", claim, sentence);
  std::abort();
}

/// One update, complete and at rest.
struct publication {
  page_fields fields;
  std::uint32_t version = 0;
};

class page_script {
 public:
  explicit page_script(bytes input) : input_(input) {
    const std::uint8_t mode = input_.byte();
    hostile_ = (mode & 1) != 0;
    constexpr std::array<std::uint32_t, 4> versions{2, 0, 0xFFFF'FFFC, 0xFFFF'FFFF};
    version_ = versions[mode >> 2 & 3];
    counter_ = (mode & 16) != 0 ? 0 : 1'000'000'000'000;
    set_fields(next_fields());
    current_ = {fields_of(words_), version_};
    at_rest_ = version_ % 2 == 0;
    fetch();
  }

  [[nodiscard]] bool hostile() const { return hostile_; }
  [[nodiscard]] bool over() const { return over_ && next_store_ == last_store_; }

  /// What the reader does. Each is an instant; between two of them anything may have happened.
  std::uint32_t load_version() {
    advance();
    seen_.first_version = seen_.last_version;
    seen_.last_version = version_;
    ++version_loads_;
    return version_;
  }
  std::uint64_t load(std::size_t offset) {
    advance();
    if (offset % 8 != 0 || offset < 8 || offset > 24) refute("layout", "fields are loaded as the words at 8, 16, 24");
    return seen_.words[offset / 8] = words_[offset / 8];
  }
  std::uint64_t sample() {
    advance();
    sampled_at_rest_ = at_rest_;
    sampled_ = current_;
    seen_.counter = counter_;
    counter_ += counter_step_;
    return seen_.counter;
  }

  /// What the reader was given in its last pass.
  struct seen_values {
    std::uint32_t first_version = 0;
    std::uint32_t last_version = 0;
    std::array<std::uint64_t, 4> words{};
    std::uint64_t counter = 0;
  };
  [[nodiscard]] const seen_values& seen() const { return seen_; }

  /// The update that the page held, at rest, when the counter was last read; nullptr where it held none.
  [[nodiscard]] const publication* at_last_sample() const { return sampled_at_rest_ ? &sampled_ : nullptr; }

  void begin_read() { read_accesses_ = version_loads_ = 0; }
  /// Loads of the version in this read.
  [[nodiscard]] unsigned version_loads() const { return version_loads_; }
  /// Whether a pass and a half went by without a write, on a page that nobody is updating.
  [[nodiscard]] bool was_quiet() const { return at_rest_ && accesses_ - last_write_ >= 12; }

 private:
  // --- time ---

  void advance() {
    ++accesses_;
    if (++read_accesses_ > read_accesses_max) refute("bounded", "a read ends after retry_count_max passes");
    if (!over()) turn();
  }
  void turn() {
    if (next_store_ != last_store_) return step();
    while (wait_ == 0 && !over_ && next_store_ == last_store_) {
      act(action_);
      fetch();
    }
    if (wait_ != 0) --wait_;
  }
  void fetch() {
    if (input_.left() == 0) {
      over_ = true;
      return;
    }
    const std::uint8_t head = input_.byte();
    action_ = head & 15;
    wait_ = head >> 4;
  }

  // clang-format off
  void act(unsigned action) {
    switch (action) {
      case 0: publish(); return run_stores();
      case 1: publish(); return pace(1);
      case 2: publish_in_bytes(); return pace(1 + input_.byte() % 8U);
      case 3: publish_like_kvm(); return pace(1);
      case 4: publish_by_core(); return pace(1);
      case 5: publish_like_kvm(); return pace(2);
      case 6: publish(); last_store_ = next_store_ + 1 + input_.byte() % 4U; return run_stores();  // and is stopped there
      case 7: counter_ += std::uint64_t{1} << input_.byte() % 64U; return;
      case 8: counter_ = words_[1] + input_.byte() - 128; return;
      case 9: counter_ = input_.word(8); return;
      case 10: counter_step_ = input_.byte(); return;
      case 11: return write_padding(input_.word(4));
      case 12: return write_byte(input_.byte() % 32U, input_.byte());
      case 13: return write_word(input_.byte() % 4U, input_.word(8));
      case 14: return write_byte(0, static_cast<std::uint8_t>(version_ + input_.byte() % 4U));
      default: return publish_and_count();
    }
  }
  // clang-format on

  // --- the protocol, told by the stores that keep it ---

  struct store {
    std::uint8_t offset;  // of a byte in the page; 0 is the version, whole
    std::uint8_t size;
    std::uint64_t value;
  };

  void begin(page_fields fields) {
    next_store_ = last_store_ = 0;
    intended_ = fields;
    add({0, 4, version_ % 2 == 0 ? version_ + 1 : version_ + 2});
  }
  void add(store s) {
    if (last_store_ == stores_.size()) refute("writer", "an update is a few stores");
    stores_[last_store_++] = s;
  }
  void end() { add({0, 4, (stores_[0].value + 1) & 0xFFFF'FFFF}); }

  void publish() {
    begin(next_fields());
    add({8, 8, intended_.tsc_timestamp});
    add({16, 8, intended_.system_time});
    add({24, 8, intended_.last_word(0)});
    end();
  }
  void publish_in_bytes() {
    begin(next_fields());
    const std::array<std::uint64_t, 3> words{intended_.tsc_timestamp, intended_.system_time,
                                             intended_.last_word(0xEEEE)};
    for (unsigned i = 0; i < 24; ++i)
      add({static_cast<std::uint8_t>(31 - i), 1, words[2 - i / 8] >> (56 - i % 8 * 8) & 0xFF});
    end();
  }
  /// KVM copies the whole structure, the odd version in it, and then counts up.
  void publish_like_kvm() {
    begin(next_fields());
    add({0, 4, stores_[0].value});
    add({4, 4, 0});
    for (const unsigned half : {0U, 1U})
      add({static_cast<std::uint8_t>(8 + 4 * half), 4, intended_.tsc_timestamp >> (32 * half)});
    add({16, 8, intended_.system_time});
    for (const unsigned half : {0U, 1U})
      add({static_cast<std::uint8_t>(24 + 4 * half), 4, intended_.last_word(0) >> (32 * half)});
    end();
  }
  /// The core's own writer, recorded. Its stores must be those of the protocol, in an order that keeps it.
  void publish_by_core() {
    const page_fields fields = next_fields();
    const std::uint32_t before = version_;
    begin(fields);
    last_store_ = 0;
    recorder memory{*this};
    const u32 published = publish_section<pvclock_page>(
        memory, {fields.tsc_timestamp, fields.system_time, fields.mul, fields.shift, fields.flags});
    const auto odd = static_cast<std::uint32_t>(stores_[0].value);
    const bool versions = last_store_ >= 2 && stores_[0].offset == 0 && stores_[last_store_ - 1].offset == 0 &&
                          odd % 2 == 1 && odd != before && stores_[last_store_ - 1].value == published &&
                          published == odd + 1 && published != before;
    if (!versions) refute("writer", "an update begins with a new odd version and ends with the even one after it");
  }
  struct recorder {
    page_script& script;
    u32 load_version(read_order, after_nothing) const { return script.version_; }
    void store_version(u32 version, write_order) { script.add({0, 4, version}); }
    void store(std::size_t offset, u64 value) { script.add({static_cast<std::uint8_t>(offset), 8, value}); }
    void release_fence() {}
  };
  void publish_and_count() {
    publish();
    run_stores();
    counter_ += 1000;
  }

  void pace(unsigned stores_per_access) {
    pace_ = stores_per_access;
    step();
  }
  void step() {
    for (unsigned i = 0; i < pace_ && next_store_ != last_store_; ++i) apply(stores_[next_store_++]);
  }
  void run_stores() {
    while (next_store_ != last_store_) apply(stores_[next_store_++]);
  }

  void apply(const store& s) {
    last_write_ = accesses_;
    if (s.offset != 0) {
      const unsigned place = s.offset % 8U * 8;
      const std::uint64_t mask = (~std::uint64_t{0} >> (64 - 8 * s.size)) << place;
      std::uint64_t& word = words_[s.offset / 8U];
      word = (word & ~mask) | (s.value << place & mask);
      return;
    }
    version_ = static_cast<std::uint32_t>(s.value);
    at_rest_ = version_ % 2 == 0;
    if (!at_rest_) return;
    current_ = {fields_of(words_), version_};
    if (!hostile_ && current_.fields != intended_) refute("writer", "an update stores all the fields");
  }

  // --- what a writer may do that keeps no protocol, or keeps it by luck ---

  /// Fields may be anything while an update is in progress; a hostile writer does not wait for that.
  [[nodiscard]] bool may_write_fields() const { return hostile_ || !at_rest_; }
  void write_padding(std::uint64_t value) {
    last_write_ = accesses_;
    words_[0] = value;  // the version is kept beside it
    words_[3] = (words_[3] & 0xFFFF'FFFF'FFFF) | value << 48;
  }
  void write_byte(unsigned offset, std::uint8_t value) {
    if (offset < 4 ? !hostile_ : !may_write_fields()) return;
    last_write_ = accesses_;
    const unsigned place = offset % 8 * 8;
    if (offset < 4) {
      version_ = (version_ & ~(0xFFU << place)) | static_cast<std::uint32_t>(value) << place;
      at_rest_ = version_ % 2 == 0;
    } else {
      words_[offset / 8] = (words_[offset / 8] & ~(std::uint64_t{0xFF} << place)) | std::uint64_t{value} << place;
    }
  }
  void write_word(unsigned index, std::uint64_t value) {
    if (index == 0 || !may_write_fields()) return;
    last_write_ = accesses_;
    words_[index] = value;
  }

  // --- contents ---

  /// A byte, and for some kinds a few more, to fields that differ from all before. Zeros: a sound page at the counter.
  page_fields next_fields() {
    const std::uint8_t kind = input_.byte();
    struct rate {
      std::uint32_t mul;
      std::int8_t shift;
    };
    constexpr std::array<rate, 8> rates{{{0xD555'5555, -1},
                                         {0x8000'0000, 0},
                                         {1, 31},
                                         {0xFFFF'FFFF, -31},
                                         {0xC800'0000, 7},
                                         {0, 0},
                                         {0x8000'0000, 32},
                                         {0, 0}}};
    constexpr std::array<std::uint8_t, 4> flags{0, 1, 2, 0xFF};
    ++made_;
    page_fields fields{counter_ - 4096 + made_, 1'000'000'000ULL * made_, rates[kind & 7].mul ^ (made_ % 2 * 2),
                       rates[kind & 7].shift, flags[kind >> 3 & 3]};
    if ((kind & 7) == 5) fields.mul = 0;
    if ((kind & 7) == 7) {
      fields.mul = static_cast<std::uint32_t>(input_.word(4));
      fields.shift = static_cast<std::int8_t>(input_.byte());
    }
    constexpr std::uint64_t skew = std::uint64_t{1} << 32;
    switch (kind >> 5) {
      case 1: fields.tsc_timestamp = counter_ + 1 + input_.byte(); break;                      // a little skew
      case 2: fields.tsc_timestamp = counter_ + skew - 1 + input_.byte() % 4U; break;          // the most there may be
      case 3: fields.tsc_timestamp = counter_ - (skew << input_.byte() % 32U); break;          // long ago
      case 4: fields.tsc_timestamp = counter_ + (skew << 31) - 1 + input_.byte() % 4U; break;  // 2^63 ticks away
      case 5: fields.system_time = ~std::uint64_t{input_.byte()}; break;                       // nearly out of range
      case 6: fields.tsc_timestamp = input_.word(8); break;
      case 7: fields.system_time = input_.word(8); break;
      default: break;
    }
    return fields;
  }
  void set_fields(const page_fields& fields) {
    words_ = {0, fields.tsc_timestamp, fields.system_time, fields.last_word(0)};
  }

  static constexpr unsigned read_accesses_max = 8 * retry_count_max;  // a pass has six, or a little more

  bytes input_;
  bool hostile_ = false;
  bool over_ = false;
  unsigned action_ = 0, wait_ = 0;

  std::uint32_t version_ = 0;
  std::array<std::uint64_t, 4> words_{};  // of the first one the padding only
  bool at_rest_ = false;                  // the version is even
  publication current_;                   // what the page holds, or held before the update in progress
  std::uint64_t counter_ = 0, counter_step_ = 1;
  std::uint32_t made_ = 0;

  page_fields intended_;
  std::array<store, 28> stores_;  // from next_store_ to last_store_
  std::size_t next_store_ = 0, last_store_ = 0;
  unsigned pace_ = 1;

  unsigned accesses_ = 0, read_accesses_ = 0, last_write_ = 0, version_loads_ = 0;
  seen_values seen_;
  bool sampled_at_rest_ = false;
  publication sampled_;
};

}  // namespace guestclock::fuzz
