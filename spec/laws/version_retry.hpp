// SPDX-License-Identifier: BSL-1.0
/// \file spec/laws/version_retry.hpp
/// What <guestclock/version_retry.hpp> promises of single words: bounded reads of any memory, versions that move on. That
/// a section is of one update is stated in protocol.hpp.
#pragma once

#include <guestclock/pvclock.hpp>
#include <guestclock/reference_tsc.hpp>
#include <guestclock/version_retry.hpp>

#include "law.hpp"
#include "pages.hpp"

namespace guestclock::inline GUESTCLOCK_WORDS::laws {

/// A memory whose every load gives any value at all, and that counts the passes. Beyond the bound it comes to rest, so
/// that a reader without one ends, too, and is found out.
template <class Inputs> struct hostile_page {
  Inputs& in;
  int& version_loads;
  constexpr u32 load_version(read_order, after_nothing) const {
    if (++version_loads > 2 * retry_count_max) return 0;
    return in.template any<u32>("version");
  }
  constexpr u64 load(std::size_t) const { return in.template any<u64>("word"); }
  constexpr void acquire_fence() const {}
};
template <class Inputs> struct hostile_counter {
  Inputs& in;
  constexpr counter_sample sample() { return {in.template any<u64>("counter"), {}}; }
};

struct version_retry_bounded {
  static constexpr law_info info{
      "version_retry.read.bounded",
      "whatever the memory answers, a read ends after at most retry_count_max passes, with an even version or update_in_progress"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    int version_loads = 0;
    const hostile_page<Inputs> page{in, version_loads};
    hostile_counter<Inputs> counter{in};
    const auto seen = read_section<pvclock_page>(page, counter);
    in.require(version_loads <= 2 * retry_count_max);
    if (seen) return in.require(floor_mod(integer(seen->version), 2) == 0);
    in.require(seen.error() == clock_error::update_in_progress);
    in.require(version_loads == 2 * retry_count_max);
  }
};

/// A page that counts what is loaded from it.
struct counting_page {
  u32 version;
  int& version_loads;
  int& field_loads;
  constexpr u32 load_version(read_order, after_nothing) const { return ++version_loads, version; }
  constexpr u64 load(std::size_t) const { return ++field_loads, u64(1); }
  constexpr void acquire_fence() const {}
};

struct version_retry_unusable {
  static constexpr law_info info{
      "version_retry.read.unusable",
      "a version that means \"not usable\" ends a read at once, before any field is loaded; no other version does"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    int version_loads = 0;
    int field_loads = 0;
    const counting_page page{in.template any<u32>("version"), version_loads, field_loads};
    constant_counter counter{in.template any<u64>("counter")};
    const auto seen = read_section<reference_tsc_page>(page, counter);
    in.require((seen.error() == clock_error::sequence_invalid) == (page.version == 0));
    if (page.version == 0) return in.require(version_loads == 1 && field_loads == 0);
    in.require(seen.has_value() && version_loads == 2 && field_loads == 4);
  }
};

struct version_retry_publish_versions {
  static constexpr law_info info{
      "version_retry.publish.versions",
      "a page is updated under an odd version that it did not have, and published under the next even one, from any version"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    constant_page page;
    page.version = in.template any<u32>("version");
    const u32 before = page.version;
    const u32 updating = version_while_updating(before);
    in.require(floor_mod(integer(updating), 2) == 1);
    const integer ahead = floor_mod(integer(updating) - integer(before), power_of_two(32));
    in.require(ahead == (floor_mod(integer(before), 2) == 1 ? integer(2) : integer(1)));
    const u32 published = publish_section<pvclock_page>(page, pvclock_snapshot{});
    in.require(integer(published) == floor_mod(integer(updating) + 1, power_of_two(32)));
    in.require(page.version == published);
    in.require(published != before);
  }
};

}  // namespace guestclock::inline GUESTCLOCK_WORDS::laws
