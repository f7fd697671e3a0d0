// SPDX-License-Identifier: BSL-1.0
/// \file fuzz/page_script.hpp
/// A clock page that changes between any two loads, as the fuzzer's bytes say; and what was published on it when.
///
/// One text serves every kind of page. What a kind must supply, none of it taken from the core's text:
///
///   word_count, version_offset   how many words of 8 bytes it has, and where in them the 4 of its version are
///   pass_accesses                loads and samples of one pass of a reader
///   fields, fields_of, words_of  its contents, from its words and back
///   padding                      in each word, the bits that belong to nobody
///   next                         contents that differ from all before, from a few bytes of input
///   counter_at_edge              the counter at which the time of some contents is next to something special
///   at_rest, mark, published, keeps_rule   its rule of versions
///   first_versions               what versions may begin with
///   versions_return              whether some hosts publish a version twice, at once
///   publish                      the core's writer on a memory
///
/// Input: two bytes for the beginning (mode; contents), then operations. The mode's bits: 0 hostile; 1 and 6 are the
/// target's; 2–3 the first version; 4 counters begin at 0; 5 versions return, where a kind's do; 7 with 4, without 2 and
/// 3: the host is dead when the input is over. Else it then ends an update that it was stopped in: to spin to the bound
/// is slow, and seldom new.
///
/// An operation's byte is
///
///     bits 0–3  what happens           bits 4–7  before how many more accesses of the reader it does not happen
///
/// so that one byte, 0x30, is a whole update between the third and the fourth access.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <guestclock/version_retry.hpp>

#include "bytes.hpp"
#include "refute.hpp"

namespace guestclock::fuzz {

/// The rule of pages whose odd versions say that an update is in progress.
struct odd_while_written {
  static constexpr bool versions_return = false;
  static constexpr std::array<std::uint32_t, 4> first_versions{2, 0, 0xFFFF'FFFC, 0xFFFF'FFFF};
  static bool at_rest(std::uint32_t version) { return version % 2 == 0; }
  static std::uint32_t mark(std::uint32_t version) { return version % 2 == 0 ? version + 1 : version + 2; }
  static std::uint32_t published(std::uint32_t marked, std::uint32_t) { return marked + 1; }
  static bool keeps_rule(std::uint32_t before, std::uint32_t, std::uint32_t marked, std::uint32_t published) {
    return marked % 2 == 1 && marked != before && published == marked + 1 && published != before;
  }
};

/// One update, complete and at rest.
template <class Page> struct publication_of {
  typename Page::fields fields;
  std::uint32_t version = 0;
};

template <class Page> class page_script {
 public:
  using fields = typename Page::fields;
  using publication = publication_of<Page>;

  explicit page_script(bytes input) : input_(input) {
    const std::uint8_t mode = input_.byte();
    hostile_ = (mode & 1) != 0;
    returning_ = Page::versions_return && (mode & 32) != 0;
    dies_ = (mode & 0x9C) == 0x90;
    last_ = version_ = Page::first_versions[mode >> 2 & 3];
    counter_ = (mode & 16) != 0 ? 0 : 1'000'000'000'000;
    words_ = Page::words_of(next_fields(), 0);
    current_ = {Page::fields_of(words_), version_};
    at_rest_ = Page::at_rest(version_);
    fetch();
  }

  /// Whether a reader may rely on what it was given being of one update.
  [[nodiscard]] bool keeps_protocol() const { return !hostile_ && (!returning_ || updates_in_pass_ <= 1); }
  [[nodiscard]] bool over() const { return over_ && next_store_ == last_store_; }

  /// What the reader does. Each is an instant; between two of them anything may have happened.
  std::uint32_t load_version() {
    advance();
    seen_.first_version = seen_.last_version;
    seen_.last_version = version_;
    if (version_loads_++ % 2 == 0) {  // a pass begins with it
      seen_.first_version = version_;
      last_update_in_pass_ = updates_in_pass_ = 0;
    }
    return version_;
  }
  std::uint64_t load(std::size_t offset) {
    advance();
    if (offset % 8 != 0 || offset / 8 >= Page::word_count || offset / 8 == version_word)
      refute("layout", "fields are loaded as aligned words beside the version");
    return seen_.words[offset / 8] = words_[offset / 8];
  }
  std::uint32_t load32(std::size_t offset) {
    advance();
    if (offset % 4 != 0 || offset / 8 >= Page::word_count || offset == Page::version_offset)
      refute("layout", "fields are loaded as aligned halves of words beside the version");
    const std::uint64_t half = 0xFFFF'FFFFULL << offset % 8 * 8;
    std::uint64_t& seen = seen_.words[offset / 8];
    seen = (seen & ~half) | (words_[offset / 8] & half);
    return static_cast<std::uint32_t>(words_[offset / 8] >> offset % 8 * 8);
  }
  std::uint64_t sample() {
    advance();
    sampled_at_rest_ = at_rest_;
    sampled_ = current_;
    // Where versions return, an update may go unseen while all its fields are there: it makes no difference.
    if constexpr (Page::versions_return) {
      if (!at_rest_ && next_store_ != 0 && Page::fields_of(words_) == intended_) {
        sampled_at_rest_ = true;
        sampled_ = {intended_, static_cast<std::uint32_t>(stores_[last_store_ - 1].value)};
      }
    }
    seen_.counter = counter_;
    counter_ += counter_step_;
    return seen_.counter;
  }

  /// What the reader was given in its last pass.
  struct seen_values {
    std::uint32_t first_version = 0;
    std::uint32_t last_version = 0;
    std::array<std::uint64_t, Page::word_count> words{};
    std::uint64_t counter = 0;
  };
  [[nodiscard]] const seen_values& seen() const { return seen_; }

  /// The update that the page held, at rest, when the counter was last read; nullptr where it held none.
  [[nodiscard]] const publication* at_last_sample() const { return sampled_at_rest_ ? &sampled_ : nullptr; }

  void begin_read() { read_accesses_ = version_loads_ = 0; }
  /// Loads of the version, and all accesses, in this read.
  [[nodiscard]] unsigned version_loads() const { return version_loads_; }
  [[nodiscard]] unsigned accesses() const { return read_accesses_; }
  /// Whether two passes went by without a write, on a page that nobody is updating.
  [[nodiscard]] bool was_quiet() const { return at_rest_ && accesses_ - last_write_ >= 2 * Page::pass_accesses; }

 private:
  // --- time ---

  void advance() {
    ++accesses_;
    if (++read_accesses_ > read_accesses_max) refute("bounded", "a read ends after retry_count_max passes");
    if (!over())
      turn();
    else if (!at_rest_ && !dies_ && read_accesses_ > 2 * Page::pass_accesses)
      act(0);
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
      case 6: publish(); last_store_ = 1 + input_.byte() % (last_store_ - 1); return run_stores();  // and is stopped there
      case 7: counter_ += std::uint64_t{1} << input_.byte() % 64U; return;
      case 8: counter_ = Page::counter_at_edge(words_) + input_.byte() - 128; return;
      case 9: counter_ = input_.word(8); return;
      case 10: counter_step_ = input_.byte(); return;
      case 11: return write_padding(input_.word(4));
      case 12: return write_byte(input_.byte() % (8U * Page::word_count), input_.byte());
      case 13: return write_word(input_.byte() % unsigned{Page::word_count}, input_.word(8));
      case 14: return write_byte(Page::version_offset, static_cast<std::uint8_t>(version_ + input_.byte() % 4U));
      default: return publish_and_count();
    }
  }
  // clang-format on

  // --- the protocol, told by the stores that keep it ---

  static constexpr std::uint8_t version_offset = Page::version_offset;
  static constexpr std::size_t version_word = Page::version_offset / 8;
  static constexpr std::uint8_t beside_version = Page::version_offset ^ 4;  // the other half of its word

  struct store {
    std::uint8_t offset;  // of a byte in the page; the version is stored whole
    std::uint8_t size;
    std::uint64_t value;
  };

  void begin(const fields& next) {
    next_store_ = last_store_ = 0;
    ++update_;
    intended_ = next;
    add({version_offset, 4, Page::mark(version_)});
  }
  void add(store s) {
    if (last_store_ == stores_.size()) refute("writer", "an update is a few stores");
    stores_[last_store_++] = s;
  }
  void end() {
    add({version_offset, 4, Page::published(static_cast<std::uint32_t>(stores_[0].value), returning_ ? 0 : last_)});
  }

  void publish() {
    begin(next_fields());
    const auto words = Page::words_of(intended_, 0);
    for (std::uint8_t i = 0; i < Page::word_count; ++i) {
      if (i == version_word)
        add_half(words, beside_version);
      else
        add({static_cast<std::uint8_t>(8 * i), 8, words[i]});
    }
    end();
  }
  void add_half(const std::array<std::uint64_t, Page::word_count>& words, std::uint8_t offset) {
    add({offset, 4, words[offset / 8U] >> offset % 8U * 8 & 0xFFFF'FFFF});
  }
  void publish_in_bytes() {
    begin(next_fields());
    const auto words = Page::words_of(intended_, ~std::uint64_t{0});
    for (std::uint8_t i = 8 * Page::word_count; i-- != 0;)
      if (i / 4 != version_offset / 4) add({i, 1, words[i / 8U] >> i % 8U * 8 & 0xFF});
    end();
  }
  /// KVM copies the whole structure, the version of an update in progress in it, and then the new version.
  void publish_like_kvm() {
    begin(next_fields());
    add({version_offset, 4, stores_[0].value});
    const auto words = Page::words_of(intended_, 0);
    for (std::uint8_t i = 0; i < Page::word_count; ++i) {
      const auto offset = static_cast<std::uint8_t>(8 * i);
      if (i == version_word) {
        add_half(words, beside_version);
      } else if (i % 2 == 0) {
        add({offset, 8, words[i]});
      } else {
        add_half(words, offset);
        add_half(words, offset + 4);
      }
    }
    end();
  }
  /// The core's own writer, recorded. Its stores must be those of the protocol, in an order that keeps it.
  void publish_by_core() {
    const fields next = next_fields();
    begin(next);
    last_store_ = 0;
    recorder memory{*this};
    const std::uint32_t last = returning_ ? 0 : last_;
    const std::uint32_t published = Page::publish(memory, next, last);
    const bool versions = last_store_ >= 2 && stores_[0].offset == version_offset &&
                          stores_[last_store_ - 1].offset == version_offset &&
                          stores_[last_store_ - 1].value == published &&
                          Page::keeps_rule(version_, last, static_cast<std::uint32_t>(stores_[0].value), published);
    if (!versions) refute("writer", "an update begins and ends with the versions that its page's rule says");
  }
  struct recorder {
    page_script& script;
    u32 load_version(read_order, after_nothing) const { return script.version_; }
    void store_version(u32 version, write_order) { script.add({version_offset, 4, version}); }
    void store(std::size_t offset, u64 value) { script.add({static_cast<std::uint8_t>(offset), 8, value}); }
    void store32(std::size_t offset, u32 value) { script.add({static_cast<std::uint8_t>(offset), 4, value}); }
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
    if (last_update_in_pass_ != update_) {
      last_update_in_pass_ = update_;
      ++updates_in_pass_;
    }
    if (s.offset != version_offset) {
      if (s.offset / 8 == version_word && s.size == 8) refute("writer", "no store but the version's own touches it");
      write({s.offset, s.size, s.value});
      return;
    }
    version_ = static_cast<std::uint32_t>(s.value);
    at_rest_ = Page::at_rest(version_);
    if (!at_rest_) return;
    last_ = version_;
    current_ = {Page::fields_of(words_), version_};
    if (!hostile_ && current_.fields != intended_) refute("writer", "an update stores all the fields");
  }
  void write(const store& s) {
    const unsigned place = s.offset % 8U * 8;
    const std::uint64_t mask = (~std::uint64_t{0} >> (64 - 8 * s.size)) << place;
    std::uint64_t& word = words_[s.offset / 8U];
    word = (word & ~mask) | (s.value << place & mask);
  }

  // --- what a writer may do that keeps no protocol, or keeps it by luck ---

  /// Fields may be anything while an update is in progress; a hostile writer does not wait for that.
  [[nodiscard]] bool may_write_fields() const { return hostile_ || !at_rest_; }
  void write_padding(std::uint64_t value) {
    last_write_ = accesses_;
    for (std::size_t i = 0; i < Page::word_count; ++i)
      words_[i] = (words_[i] & ~Page::padding[i]) | ((value << 32 | value) & Page::padding[i]);
  }
  void write_byte(unsigned offset, std::uint8_t value) {
    const bool of_version = offset / 4 == version_offset / 4;
    if (of_version ? !hostile_ : !may_write_fields()) return;
    last_write_ = accesses_;
    if (of_version) {
      const unsigned place = offset % 4 * 8;
      version_ = (version_ & ~(0xFFU << place)) | static_cast<std::uint32_t>(value) << place;
      at_rest_ = Page::at_rest(version_);
    } else {
      write({static_cast<std::uint8_t>(offset), 1, value});
    }
  }
  void write_word(unsigned index, std::uint64_t value) {
    if (!may_write_fields()) return;
    last_write_ = accesses_;
    if (index == version_word)
      write({beside_version, 4, value});
    else
      words_[index] = value;
  }

  fields next_fields() { return Page::next(input_, counter_, ++made_); }

  static constexpr unsigned read_accesses_max = (Page::pass_accesses + 2) * retry_count_max;

  bytes input_;
  bool hostile_ = false;
  bool returning_ = false;
  bool dies_ = false;
  bool over_ = false;
  unsigned action_ = 0, wait_ = 0;

  std::uint32_t version_ = 0;
  std::uint32_t last_ = 0;                               // the last version at rest
  std::array<std::uint64_t, Page::word_count> words_{};  // but for the version
  bool at_rest_ = false;
  publication current_;  // what the page holds, or held before the update in progress
  std::uint64_t counter_ = 0, counter_step_ = 1;
  std::uint32_t made_ = 0;

  fields intended_;
  unsigned update_ = 0;  // the number of the latest one
  unsigned updates_in_pass_ = 0, last_update_in_pass_ = 0;
  std::array<store, 8 * Page::word_count> stores_;  // from next_store_ to last_store_
  std::size_t next_store_ = 0, last_store_ = 0;
  unsigned pace_ = 1;

  unsigned accesses_ = 0, read_accesses_ = 0, last_write_ = 0, version_loads_ = 0;
  seen_values seen_;
  bool sampled_at_rest_ = false;
  publication sampled_;
};

}  // namespace guestclock::fuzz
