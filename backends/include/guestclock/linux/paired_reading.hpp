// SPDX-License-Identifier: BSL-1.0
/// \file guestclock/linux/paired_reading.hpp
/// A page's time and an OS clock's time at one counter value, and how two such pairs say how the page runs.
#pragma once

#include <guestclock/linux/os_clock.hpp>
#include <guestclock/mapped_page.hpp>

namespace guestclock::on_linux {

/// What page and OS clock showed at the same moment, but for half of the bracket's width.
struct paired_reading {
  reading page;  ///< at the middle of the bracket
  bracket os;
  u64 frequency_hz{};  ///< of the counter, as the page says in the same update; 0 where that does not fit
};

/// Reads a pair. All of it falls into one update of the page; if the host updates in between, it begins anew.
///   requires that `page` stays mapped and readable
///   errors   no_clock (no page, not aligned, or no such OS clock), sequence_invalid, update_in_progress (updated in
///            between at every one of retry_count_max attempts), and those of the page's `check` and `convert`
[[nodiscard]] result<paired_reading> read_pair(const mapped_page& page, os_clock clock) noexcept;
[[nodiscard]] result<paired_reading> read_pair(const volatile void* pvclock, os_clock clock) noexcept;

/// How much more time passed on the page than on the OS clock from one pair to a later one, for each second of the OS
/// clock, rounded to the nearest, the one away from zero in the middle. 1000 are one part per million.
///   errors   out_of_range: no OS time passed, or the result does not fit
///   units    ns per s
[[nodiscard]] result<i64> difference_ns_per_second(const paired_reading& earlier, const paired_reading& later) noexcept;

/// How far the page is ahead of the OS clock; any value is right, for their zeros differ by nature.
///   errors   out_of_range: more than 292 years
///   units    ns
[[nodiscard]] result<i64> offset_ns(const paired_reading& pair) noexcept;

/// How far off the pair's offset may be because reading the OS clock takes time: half of the bracket's width and a ns
/// of either clock, rounded up. The page's own error bound comes on top.
///   errors   bad_frequency: the page's frequency is not known; out_of_range
///   units    ns
[[nodiscard]] result<u64> uncertainty_ns(const paired_reading& pair) noexcept;

/// The page against each of the OS clocks, one right after the other.
struct comparison {
  paired_reading monotonic_raw;  ///< for rates and steps: nobody steers this clock
  paired_reading boottime;
  paired_reading monotonic;
};

/// Reads a pair with each OS clock, in some 20 µs. The host may update the page between two pairs, as each says.
///   requires that `page` stays mapped and readable
///   errors   those of read_pair
[[nodiscard]] result<comparison> compare(const mapped_page& page) noexcept;

}  // namespace guestclock::on_linux
