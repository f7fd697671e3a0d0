// SPDX-License-Identifier: BSL-1.0
/// \file spec/laws/pages.hpp
/// The memories and counters that laws read through, in place of the real ones.
#pragma once

#include <array>

#include <guestclock/version_retry.hpp>

#include "law.hpp"

namespace guestclock::inline GUESTCLOCK_WORDS::laws {

/// A page that nobody else writes: 32 bytes, as the words that readers load.
struct constant_page {
  u32 version{};
  u64 word8{};
  u64 word16{};
  u64 word24{};

  constexpr u32 load_version(read_order, after_nothing) const { return version; }
  constexpr u64 load(std::size_t offset) const { return offset == 8 ? word8 : offset == 16 ? word16 : word24; }
  constexpr void acquire_fence() const {}
  constexpr void store_version(u32 value, write_order) { version = value; }
  constexpr void store(std::size_t offset, u64 value) { (offset == 8 ? word8 : offset == 16 ? word16 : word24) = value; }
  constexpr void release_fence() {}
  constexpr void full_fence() {}
};
template <class Inputs> constexpr constant_page any_page(Inputs& in) {
  constant_page page;
  page.version = in.template any<u32>("version");
  page.word8 = in.template any<u64>("word8");
  page.word16 = in.template any<u64>("word16");
  page.word24 = in.template any<u64>("word24");
  return page;
}

/// A vmclock page that nobody else writes: 112 bytes, as the words that readers load.
struct constant_vmclock_page {
  u64 word0{};
  u32 word8{};
  u32 version{};                 ///< at 12
  std::array<u64, 12> words{};   ///< from 16 on

  constexpr u32 load_version(read_order, after_nothing) const { return version; }
  constexpr u64 load(std::size_t offset) const { return offset == 0 ? word0 : words[offset / 8 - 2]; }
  constexpr u32 load32(std::size_t) const { return word8; }
  constexpr void acquire_fence() const {}
  constexpr void store_version(u32 value, write_order) { version = value; }
  constexpr void store(std::size_t offset, u64 value) { (offset == 0 ? word0 : words[offset / 8 - 2]) = value; }
  constexpr void store32(std::size_t, u32 value) { word8 = value; }
  constexpr void release_fence() {}
};
template <class Inputs> constexpr constant_vmclock_page any_vmclock_page(Inputs& in) {
  constant_vmclock_page page;
  page.word0 = in.template any<u64>("word0");
  page.word8 = in.template any<u32>("word8");
  page.version = in.template any<u32>("seq_count");
  for (u64& word : page.words) word = in.template any<u64>("word");
  return page;
}

struct counter_sample {
  u64 value;
  after_nothing after;
};

/// A counter that stands still.
struct constant_counter {
  u64 value;
  constexpr counter_sample sample() const { return {value, {}}; }
};

}  // namespace guestclock::inline GUESTCLOCK_WORDS::laws
