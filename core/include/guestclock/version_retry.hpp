// SPDX-License-Identifier: BSL-1.0
/// \file guestclock/version_retry.hpp
/// The protocol by which a clock page is read while its host may be writing it: read the version, the fields, the
/// counter, the version again; if it moved, or says that an update is in progress, begin anew. Retries are bounded.
///
/// One text serves every memory: the real one below, and the scripted, recorded and constant ones of the tests and
/// proofs. What each must supply:
///
///   a **memory**   `u32 load_version(read_order, after)`, `u64 load(offset)`, `u32 load32(offset)`, `void acquire_fence()`;
///                  a writable one also `void store_version(u32, write_order)`, `void store(offset, u64)`,
///                  `void store32(offset, u32)`, `void release_fence()`; one that is re-based also `void full_fence()`.
///                  Both halves of a load may be of two moments
///   a **counter**  `sample()`, giving {u64 value; after}: `after` is handed to the second version load, which thereby
///                  cannot begin before the counter was read. Without that the counter could lie outside the section.
///   a **page**     its fields, how to load and store them, and its rule of versions: which mean "in progress", which
///                  "not usable", which follow
///
/// Assumption, here and wherever a reading is used: no version is published twice within one pass of the reader. For
/// pages whose version counts up by 2 that is less than 2^31 updates in one pass. Where hosts are known to break it
/// (`versions_return`), a pass loads the fields a second time, and the assumption is weaker: at most one update in a pass.
///
/// Against a hostile writer the promise is: bounded time, no undefined behaviour, and either an error or a section
/// that its page's checks must still judge.
///
/// What a reading passes through is inlined whatever a compiler's own budget says (`gnu::always_inline`): a result that
/// goes through memory on its way costs as much as the counter itself.
#pragma once

#include <guestclock/result.hpp>
#include <guestclock/word.hpp>

namespace guestclock::inline GUESTCLOCK_WORDS {

/// How often a reader begins anew before it gives up with update_in_progress.
inline constexpr int retry_count_max = 100;

enum class read_order : std::uint8_t { relaxed, acquire };
enum class write_order : std::uint8_t { relaxed, release };

/// Where a version load need not wait for anything.
struct after_nothing {};

/// The rule of pages whose odd versions mean "update in progress" (pvclock, vmclock). Version 0 is like any other:
/// counters wrap through it.
[[nodiscard]] constexpr flag is_odd(u32 version) noexcept { return (version & 1) != 0; }

/// The odd version under which a page whose version is `version` is updated: the next one, or the one after it if a
/// writer was stopped in the middle of an update.
///   ensures  odd, and neither it nor its successor is `version`     [version_retry.publish.versions]
///   source   Linux, arch/x86/kvm/x86.c, kvm_setup_guest_pvclock
[[nodiscard]] constexpr u32 version_while_updating(u32 version) noexcept {
  return is_odd(version) ? wrapping_add(version, 2) : wrapping_add(version, 1);
}

/// That rule, for pages to inherit.
struct odd_while_updating {
  static constexpr bool versions_return = false;  ///< hosts publish a version twice, at once
  static constexpr flag in_progress(u32 version) noexcept { return is_odd(version); }
  static constexpr flag unusable(u32) noexcept { return false; }
  static constexpr u32 while_updating(u32 version) noexcept { return version_while_updating(version); }
  static constexpr u32 published_after(u32 version) noexcept { return wrapping_add(version_while_updating(version), 1); }
};

/// What one consistent pass saw.
template <class Page> struct section {
  typename Page::fields fields;
  u32 version{};
  u64 counter{};
};

/// One pass over the page.
///   requires nothing of the page's contents
///   ensures  a section's fields are all of one update, and the counter was read while that update was the page's
///            content [version_retry.read.one-update], [version_retry.read.weak-memory]; where versions return, if there
///            was at most one update in the pass [version_retry.read.versions-return]
///   errors   update_in_progress: the page was being written; sequence_invalid: its host says that it is not usable
template <class Page, class Memory, class Counter>
[[nodiscard, gnu::always_inline]] constexpr result<section<Page>> read_section_once(const Memory& memory,
                                                                                    Counter& counter) noexcept {
  section<Page> seen;
  seen.version = memory.load_version(read_order::acquire, after_nothing{});
  if (Page::unusable(seen.version)) return clock_error::sequence_invalid;
  seen.fields = Page::load(memory);
  const auto sample = counter.sample();
  seen.counter = sample.value;
  memory.acquire_fence();  // the fields are read before the version is read again
  const u32 version_after =
      memory.load_version(Page::versions_return ? read_order::acquire : read_order::relaxed, sample.after);
  flag at_rest = !Page::in_progress(seen.version);
  if constexpr (Page::versions_return) at_rest = at_rest & (seen.fields == Page::load(memory));
  if (at_rest & (seen.version == version_after)) return seen;
  return clock_error::update_in_progress;
}

/// Reads fields and counter that belong together.
///   requires nothing of the page's contents
///   ensures  ends after at most retry_count_max passes, with the section of the first that succeeds
///            [version_retry.read.bounded]; a page that is not usable is not asked again [version_retry.read.unusable]
///   errors   update_in_progress: the page was being written in every pass; sequence_invalid: it is not usable now
template <class Page, class Memory, class Counter>
[[nodiscard, gnu::always_inline]] constexpr result<section<Page>> read_section(const Memory& memory,
                                                                               Counter& counter) noexcept {
  for (int round = 0; round < retry_count_max; ++round) {
    result<section<Page>> seen = read_section_once<Page>(memory, counter);  // const, g++ 12 would keep it in memory
    if (seen.error() != clock_error::update_in_progress) return seen;
  }
  return clock_error::update_in_progress;
}

/// Marks the page busy, has `make` say what to write, and writes it, so that every reader sees all of it or none. What
/// `make` samples (a counter, a clock) it samples while no reader can accept the page. One writer at a time.
///   requires `before` is the version that readers may have seen last
///   ensures  readers accept exactly the fields of one publication   [version_retry.read.one-update]; the version is
///            at rest, and never the one before [version_retry.publish.versions]
///   returns  the version that the page now has
template <class Page, class Memory, class Make>
constexpr u32 publish_section_after(Memory& memory, u32 before, Make make) noexcept {
  memory.store_version(Page::while_updating(before), write_order::relaxed);
  memory.release_fence();  // no field changes before the page is marked
  Page::store(memory, make());
  const u32 published = Page::published_after(before);
  memory.store_version(published, write_order::release);
  return published;
}

/// The same after the version that stands in the page.
template <class Page, class Memory, class Make> constexpr u32 publish_section_made(Memory& memory, Make make) noexcept {
  return publish_section_after<Page>(memory, memory.load_version(read_order::relaxed, after_nothing{}), make);
}

/// The same for fields that are known beforehand.
template <class Page, class Memory>
constexpr u32 publish_section(Memory& memory, const typename Page::fields& fields) noexcept {
  return publish_section_made<Page>(memory, [&fields] { return fields; });
}

/// A page in memory that a hypervisor, or another thread, may write at any time. Every access is an atomic one of
/// `Width` bytes (8, or 4 where the page is only 4-byte aligned), never wider, and never across the version, which stands
/// at `VersionOffset`.
template <std::size_t Width, std::size_t VersionOffset = 0>
  requires(Width == 4 || Width == 8)
class atomic_page {
 public:
  /// `page` must be aligned to Width and stay mapped while it is read.
  explicit atomic_page(const volatile void* page) noexcept
      : page_(static_cast<const volatile unsigned char*>(page)) {}

  [[nodiscard]] u32 load_version(read_order order, after_nothing) const noexcept { return load_version(order, 0); }
  /// `after` is 0, but the processor does not know before the counter's value has come.
  [[nodiscard]] u32 load_version(read_order order, std::uintptr_t after) const noexcept {
    return __atomic_load_n(reinterpret_cast<const volatile std::uint32_t*>(page_ + VersionOffset + after),
                           order == read_order::acquire ? __ATOMIC_ACQUIRE : __ATOMIC_RELAXED);
  }
  [[nodiscard]] u64 load(std::size_t offset) const noexcept {
    if constexpr (Width == 8)
      return __atomic_load_n(reinterpret_cast<const volatile std::uint64_t*>(page_ + offset), __ATOMIC_RELAXED);
    else
      return std::uint64_t(load32(offset)) | std::uint64_t(load32(offset + 4)) << 32;
  }
  [[nodiscard]] u32 load32(std::size_t offset) const noexcept {
    return __atomic_load_n(reinterpret_cast<const volatile std::uint32_t*>(page_ + offset), __ATOMIC_RELAXED);
  }
  void acquire_fence() const noexcept { __atomic_thread_fence(__ATOMIC_ACQUIRE); }

 private:
  const volatile unsigned char* page_;
};

/// The same page, for its host. There is one writer at a time.
template <std::size_t Width, std::size_t VersionOffset = 0>
class writable_atomic_page : public atomic_page<Width, VersionOffset> {
 public:
  explicit writable_atomic_page(volatile void* page) noexcept
      : atomic_page<Width, VersionOffset>(page), page_(static_cast<volatile unsigned char*>(page)) {}

  void store_version(u32 version, write_order order) noexcept {
    store_in_order(VersionOffset, machine_word(version), order == write_order::release ? __ATOMIC_RELEASE : __ATOMIC_RELAXED);
  }
  void store(std::size_t offset, u64 value) noexcept {
    if constexpr (Width == 8) {
      __atomic_store_n(reinterpret_cast<volatile std::uint64_t*>(page_ + offset), machine_word(value),
                       __ATOMIC_RELAXED);
    } else {
      store32(offset, low32(value));
      store32(offset + 4, high32(value));
    }
  }
  void store32(std::size_t offset, u32 value) noexcept { store_in_order(offset, machine_word(value), __ATOMIC_RELAXED); }
  void release_fence() noexcept { __atomic_thread_fence(__ATOMIC_RELEASE); }
  /// Every reader sees the stores before it when the loads after it begin. (On x86: `mfence`, or a locked instruction.)
  void full_fence() noexcept { __atomic_thread_fence(__ATOMIC_SEQ_CST); }

 private:
  void store_in_order(std::size_t offset, std::uint32_t value, int order) noexcept {
    __atomic_store_n(reinterpret_cast<volatile std::uint32_t*>(page_ + offset), value, order);
  }
  volatile unsigned char* page_;
};

/// What `read` finds on the memory of a page, accessed as widely as its address allows.
///   errors   no_clock: no page, or not aligned to Page::alignment_min
template <class Page, class Value, class Read>
[[nodiscard, gnu::always_inline]] inline result<Value> on_page(const volatile void* page, Read read) noexcept {
  const auto address = reinterpret_cast<std::uintptr_t>(page);
  if (address == 0 || address % Page::alignment_min != 0) return clock_error::no_clock;
  if constexpr (Page::alignment_min < 8) {
    if (address % 8 != 0) return read(atomic_page<4, Page::version_offset>(page));
  }
  return read(atomic_page<8, Page::version_offset>(page));
}

}  // namespace guestclock::inline GUESTCLOCK_WORDS
