// SPDX-License-Identifier: BSL-1.0
/// \file spec/laws/protocol.hpp
/// That an accepted section is of one update: the shipped reader against the recorded stores of the shipped writer (and
/// of KVM's). The inputs are the choices of a scheduler, and all of them are tried, on machine words. One pass is
/// enough: the passes of a retry loop are independent, and only the last one is accepted.
#pragma once

#include <algorithm>
#include <array>
#include <vector>

#include <guestclock/pvclock.hpp>
#include <guestclock/reference_tsc.hpp>
#include <guestclock/version_retry.hpp>

#include "law.hpp"
#include "pages.hpp"

namespace guestclock::inline native::laws {

/// A store that a writer made.
struct recorded_store {
  std::size_t offset;   ///< 0: the version
  std::uint64_t value;
  write_order order;
  bool after_fence;     ///< a release fence stands before it, since the last store
  std::uint64_t width;  ///< bytes
};

/// A writable page that records what is stored. `width` is how wide the writer's field stores are.
struct recording_page {
  std::vector<recorded_store>& stores;
  std::uint64_t width;
  std::uint32_t version;
  bool fenced = false;

  std::uint32_t load_version(read_order, after_nothing) const { return version; }
  void store_version(std::uint32_t value, write_order order) {
    version = value;
    record(0, value, order, 4);
  }
  void store(std::size_t offset, std::uint64_t value) {
    if (width == 8) return record(offset, value, write_order::relaxed, 8);
    record(offset, value & 0xFFFF'FFFF, write_order::relaxed, 4);
    record(offset + 4, value >> 32, write_order::relaxed, 4);
  }
  void release_fence() { fenced = true; }

 private:
  void record(std::size_t offset, std::uint64_t value, write_order order, std::uint64_t bytes) {
    stores.push_back({offset, value, order, fenced, bytes});
    fenced = false;
  }
};

/// Update k writes fields that no other update writes, in every half word.
inline pvclock_snapshot update_fields(std::uint64_t k) {
  const std::uint64_t tag = (k + 1) * 0x0000'0101'0000'0101;
  return {0x1000'0000'1000'0000 + tag, 0x2000'0000'2000'0000 + tag, static_cast<std::uint32_t>(0x3000'0000 + tag),
          static_cast<std::int8_t>(k + 1), static_cast<std::uint8_t>(k + 1)};
}
inline bool same_fields(const pvclock_snapshot& a, const pvclock_snapshot& b) {
  return a.tsc_timestamp == b.tsc_timestamp && a.system_time == b.system_time &&
         a.tsc_to_system_mul == b.tsc_to_system_mul && a.tsc_shift == b.tsc_shift && a.flags == b.flags;
}

/// What a page goes through: update 0 is its first content, updates 1 … count follow.
struct update_history {
  std::vector<recorded_store> stores;
  std::vector<std::size_t> begins, ends;  ///< of updates 1 …: stores before its odd version, and up to its even one
  std::vector<std::uint32_t> versions;    ///< of updates 0 …
};

enum class writer : std::uint8_t { ours, kvm };

/// KVM writes the odd version, then the whole structure (the odd version again among it, in any order; here the last
/// word first), then the even version, with write barriers between.
inline update_history make_history(writer who, std::uint64_t width, std::uint64_t updates, std::uint32_t version) {
  update_history history;
  history.versions.push_back(version);
  recording_page page{history.stores, width, version};
  for (std::uint64_t k = 1; k <= updates; ++k) {
    history.begins.push_back(history.stores.size());
    if (who == writer::ours) {
      publish_section<pvclock_page>(page, update_fields(k));
    } else {
      const std::uint32_t updating = (page.version | 1) + (is_odd(page.version) ? 2 : 0);
      std::vector<recorded_store> fields;
      recording_page copy{fields, width, updating};
      pvclock_page::store(copy, update_fields(k));
      std::reverse(fields.begin(), fields.end());
      page.store_version(updating, write_order::relaxed);
      page.release_fence();
      for (const recorded_store& field : fields) {
        history.stores.push_back(field);
        if (&field == &fields.front()) {
          history.stores.back().after_fence = page.fenced;
          page.fenced = false;
        }
      }
      page.store_version(updating, write_order::relaxed);
      page.release_fence();
      page.store_version(updating + 1, write_order::relaxed);
    }
    history.ends.push_back(history.stores.size());
    history.versions.push_back(page.version);
  }
  return history;
}

/// The page's first content, as bytes.
inline std::array<std::uint8_t, 32> first_content(std::uint32_t version) {
  std::array<std::uint8_t, 32> bytes{};
  std::vector<recorded_store> stores;
  recording_page page{stores, 8, version};
  page.store_version(version, write_order::relaxed);
  pvclock_page::store(page, update_fields(0));
  for (const recorded_store& s : stores)
    for (std::uint64_t i = 0; i < s.width; ++i) bytes[s.offset + i] = static_cast<std::uint8_t>(s.value >> (8 * i));
  return bytes;
}

/// Memory in which the writer may take any number of steps before each access of the reader.
template <class Inputs> struct interleaved_page {
  Inputs& in;
  const update_history& history;
  std::uint64_t width;                         ///< of the reader's field loads
  mutable std::array<std::uint8_t, 32> bytes;
  mutable std::size_t done = 0;                ///< stores that the writer has made

  void let_writer_run() const {
    const auto left = static_cast<std::uint32_t>(history.stores.size() - done);
    for (auto steps = in.template between<std::uint32_t>("writer_steps", 0, left); steps > 0; --steps) {
      const recorded_store& s = history.stores[done++];
      for (std::uint64_t i = 0; i < s.width; ++i) bytes[s.offset + i] = static_cast<std::uint8_t>(s.value >> (8 * i));
    }
  }
  std::uint64_t now_at(std::size_t offset, std::uint64_t bytes_count) const {
    let_writer_run();
    std::uint64_t value = 0;
    for (std::uint64_t i = 0; i < bytes_count; ++i) value |= std::uint64_t{bytes[offset + i]} << (8 * i);
    return value;
  }
  std::uint32_t load_version(read_order, after_nothing) const { return static_cast<std::uint32_t>(now_at(0, 4)); }
  std::uint64_t load(std::size_t offset) const {
    if (width == 8) return now_at(offset, 8);
    const std::uint64_t low = now_at(offset, 4);
    return low | now_at(offset + 4, 4) << 32;
  }
  void acquire_fence() const {}
};
/// A counter that counts the writer's stores.
template <class Inputs> struct interleaved_counter {
  interleaved_page<Inputs>& page;
  counter_sample sample() {
    page.let_writer_run();
    return {page.done, {}};
  }
};

struct version_retry_one_update {
  static constexpr law_info info{
      "version_retry.read.one-update",
      "under every interleaving with up to two updates, an accepted section is of one update, and the counter was read during it",
      law_kind::protocol};
  template <class Inputs> static void check(Inputs& in) {
    const auto who = static_cast<writer>(in.template between<std::uint8_t>("writer", 0, 1));
    const std::uint64_t width = in.template between<std::uint8_t>("four_bytes", 0, 1) != 0 ? 4 : 8;
    // Four-byte loads and stores are more in number: one update of them, two of the wide ones.
    const std::uint32_t version = in.template between<std::uint8_t>("wraps", 0, 1) != 0 ? 0xFFFF'FFFE : 0;
    const update_history history = make_history(who, width, width == 8 ? 2 : 1, version);
    interleaved_page<Inputs> page{in, history, width, first_content(version)};
    interleaved_counter<Inputs> counter{page};
    const auto seen = read_section_once<pvclock_page>(page, counter);
    if (!seen) return in.require(seen.error() == clock_error::update_in_progress);
    const auto update = std::find(history.versions.begin(), history.versions.end(), seen->version);
    in.require(update != history.versions.end());
    if (update == history.versions.end()) return;
    const auto k = static_cast<std::size_t>(update - history.versions.begin());
    in.require(same_fields(seen->fields, update_fields(k)));
    in.require(k == 0 || history.ends[k - 1] <= seen->counter);
    in.require(k == history.begins.size() || seen->counter <= history.begins[k]);
  }
};

/// Update k of a Hyper-V page.
inline reference_tsc_snapshot update_reference_fields(std::uint64_t k) {
  return {0x1000'0000'0000'0000 + k, static_cast<std::int64_t>(0x2000'0000'0000'0000 + k)};
}
/// A host that counts its sequences up, or one that wrote 0 first and counted on from that: every update is then its
/// first. The fields in either order.
inline update_history make_reference_history(std::uint64_t updates, bool versions_return, bool offset_first) {
  update_history history;
  history.versions.push_back(1);
  recording_page page{history.stores, 8, 1};
  for (std::uint64_t k = 1; k <= updates; ++k) {
    history.begins.push_back(history.stores.size());
    const std::uint32_t before = versions_return ? 0 : page.version;
    history.versions.push_back(
        publish_section_after<reference_tsc_page>(page, before, [k] { return update_reference_fields(k); }));
    if (offset_first) {
      recorded_store& scale = history.stores[history.stores.size() - 3];
      recorded_store& offset = history.stores[history.stores.size() - 2];
      std::swap(scale.offset, offset.offset);
      std::swap(scale.value, offset.value);
    }
    history.ends.push_back(history.stores.size());
  }
  return history;
}
inline std::array<std::uint8_t, 32> first_reference_content() {
  std::array<std::uint8_t, 32> bytes{1};
  const reference_tsc_snapshot fields = update_reference_fields(0);
  for (std::uint64_t i = 0; i < 8; ++i) {
    bytes[8 + i] = static_cast<std::uint8_t>(fields.tsc_scale >> (8 * i));
    bytes[16 + i] = static_cast<std::uint8_t>(static_cast<std::uint64_t>(fields.tsc_offset) >> (8 * i));
  }
  return bytes;
}
/// The update that has these fields, or `count`.
inline std::size_t reference_update_of(const reference_tsc_snapshot& fields, std::size_t count) {
  std::size_t k = 0;
  while (k < count && !(update_reference_fields(k) == fields)) ++k;
  return k;
}

struct version_retry_versions_return {
  static constexpr law_info info{
      "version_retry.read.versions-return",
      "where versions return, under every interleaving with one update (with up to two where they count up), an accepted section "
      "is of one update, and the counter was read after it was made and before the next one began",
      law_kind::protocol};
  template <class Inputs> static void check(Inputs& in) {
    const bool versions_return = in.template between<std::uint8_t>("versions_return", 0, 1) != 0;
    const bool offset_first = in.template between<std::uint8_t>("offset_first", 0, 1) != 0;
    const update_history history = make_reference_history(versions_return ? 1 : 2, versions_return, offset_first);
    interleaved_page<Inputs> page{in, history, 8, first_reference_content()};
    interleaved_counter<Inputs> counter{page};
    const auto seen = read_section_once<reference_tsc_page>(page, counter);
    if (!seen)
      return in.require(seen.error() == clock_error::update_in_progress || seen.error() == clock_error::sequence_invalid);
    const std::size_t k = reference_update_of(seen->fields, history.versions.size());
    in.require(k < history.versions.size());
    if (k == history.versions.size()) return;
    in.require(seen->version == history.versions[k]);
    in.require(k == 0 || history.begins[k - 1] + 3 <= seen->counter);  // "not usable", and both fields
    in.require(k == history.begins.size() || seen->counter <= history.begins[k]);
  }
};

/// Weak memory as an abstract machine of views (release, acquire and relaxed accesses and fences of C++20, without
/// read-modify-writes). Every store is a message; a reader may read any message that is not older than what it has
/// already seen of that place. A message carries the view of its writer's last release.
struct message {
  std::uint64_t value;
  std::vector<std::size_t> view;  ///< by place: the oldest message that one who acquires this may still read
};

template <class Inputs> struct weak_page {
  Inputs& in;
  std::vector<std::vector<message>> messages;  ///< by place: the version, then the field words
  mutable std::vector<std::size_t> seen;       ///< the reader's view
  mutable std::vector<std::size_t> pending;    ///< what an acquire fence would add to it
  std::uint64_t width;

  std::size_t place_of(std::size_t offset) const { return offset == 0 ? 0 : 1 + (offset - 8) / width; }
  static void join(std::vector<std::size_t>& view, const std::vector<std::size_t>& other) {
    for (std::size_t i = 0; i < view.size(); ++i) view[i] = std::max(view[i], other[i]);
  }
  std::uint64_t read(std::size_t place, read_order order) const {
    const auto newest = static_cast<std::uint32_t>(messages[place].size() - 1);
    const auto least = static_cast<std::uint32_t>(seen[place]);
    seen[place] = in.template between<std::uint32_t>("message", least, newest);
    const message& from = messages[place][seen[place]];
    join(order == read_order::acquire ? seen : pending, from.view);
    return from.value;
  }
  std::uint32_t load_version(read_order order, after_nothing) const { return static_cast<std::uint32_t>(read(0, order)); }
  std::uint64_t load(std::size_t offset) const {
    if (width == 8) return read(place_of(offset), read_order::relaxed);
    const std::uint64_t low = read(place_of(offset), read_order::relaxed);
    return low | read(place_of(offset + 4), read_order::relaxed) << 32;
  }
  void acquire_fence() const { join(seen, pending); }
};

struct version_retry_weak_memory {
  static constexpr law_info info{
      "version_retry.read.weak-memory",
      "in weak memory too, an accepted section is of one update", law_kind::protocol,
      "tried on an abstract machine of views, every choice of it for up to two updates; not yet proved over the axioms "
      "of RC11 and x86-TSO, and the counter is outside that machine"};
  template <class Inputs> static void check(Inputs& in) {
    if (in.template between<std::uint8_t>("reference_page", 0, 1) != 0) return check_reference(in);
    const std::uint64_t width = in.template between<std::uint8_t>("four_bytes", 0, 1) != 0 ? 4 : 8;
    const update_history history = make_history(writer::ours, width, width == 8 ? 2 : 1, 0);
    const weak_page<Inputs> page = make_weak_page(in, history, width, first_content(0));
    constant_counter counter{0};
    const auto seen = read_section_once<pvclock_page>(page, counter);
    if (!seen) return in.require(seen.error() == clock_error::update_in_progress);
    const auto update = std::find(history.versions.begin(), history.versions.end(), seen->version);
    in.require(update != history.versions.end());
    if (update == history.versions.end()) return;
    in.require(same_fields(seen->fields, update_fields(static_cast<std::size_t>(update - history.versions.begin()))));
  }

 private:
  /// One update of a host whose versions return, two of one whose versions count up.
  template <class Inputs> static void check_reference(Inputs& in) {
    const bool versions_return = in.template between<std::uint8_t>("versions_return", 0, 1) != 0;
    const update_history history = make_reference_history(versions_return ? 1 : 2, versions_return, false);
    const weak_page<Inputs> page = make_weak_page(in, history, 8, first_reference_content());
    constant_counter counter{0};
    const auto seen = read_section_once<reference_tsc_page>(page, counter);
    if (!seen)
      return in.require(seen.error() == clock_error::sequence_invalid || seen.error() == clock_error::update_in_progress);
    const std::size_t k = reference_update_of(seen->fields, history.versions.size());
    in.require(k < history.versions.size() && seen->version == history.versions[k]);
  }
  template <class Inputs>
  static weak_page<Inputs> make_weak_page(Inputs& in, const update_history& history, std::uint64_t width,
                                          const std::array<std::uint8_t, 32>& bytes) {
    const std::size_t places = 1 + 24 / width;
    weak_page<Inputs> page{in, {}, std::vector<std::size_t>(places), std::vector<std::size_t>(places), width};
    page.messages.resize(places);
    for (std::size_t place = 0; place < places; ++place) {
      std::uint64_t value = place > 0 ? 0 : bytes[0];
      for (std::size_t i = 0; place > 0 && i < width; ++i)
        value |= std::uint64_t{bytes[8 + (place - 1) * width + i]} << (8 * i);
      page.messages[place].push_back({value, std::vector<std::size_t>(places)});
    }
    std::vector<std::size_t> written(places), released(places);  // the writer's view, and at its last release fence
    for (const recorded_store& s : history.stores) {
      if (s.after_fence) released = written;
      const std::size_t place = page.place_of(s.offset);
      written[place] = page.messages[place].size();
      message m{s.value, s.order == write_order::release ? written : released};
      m.view[place] = written[place];
      page.messages[place].push_back(m);
    }
    return page;
  }
};

}  // namespace guestclock::inline native::laws
