// SPDX-License-Identifier: BSL-1.0
/// \file guestclock/region.hpp
/// The clock of a sandbox: 32 bytes in which its host says where the clock page is, of what kind, and how its monotonic
/// time becomes the time of day.
///
///     monotonic = what the page tells     wall = boot time + monotonic     local = wall + UTC offset
///
/// The host stamps the boot time when it makes the sandbox, and again whenever it restores it (`sample_boot_time`: the
/// monotonic clock first). The offset is a number of seconds, east positive: there is no daylight saving in it.
///
/// Source: Hyperlight, GuestClockRegion.
#pragma once

#include <guestclock/clock.hpp>
#include <guestclock/instant.hpp>
#include <guestclock/reading.hpp>
#include <guestclock/result.hpp>
#include <guestclock/unix_time.hpp>
#include <guestclock/wall_clock.hpp>
#include <guestclock/word.hpp>

namespace guestclock::inline GUESTCLOCK_WORDS {

/// The region as it lies in memory: 32 bytes, little-endian.
struct guest_clock_region {
  std::uint64_t clock_page;          ///< the address of a page of its own; 0: none
  std::uint64_t clock_type;          ///< 0: none, 1: pvclock, 2: Hyper-V's reference TSC page; others: none
  std::uint64_t boot_time_ns;        ///< since 1970, UTC
  std::int32_t utc_offset_seconds;   ///< east positive
  std::uint32_t pad;
};
static_assert(sizeof(guest_clock_region) == 32);
static_assert(alignof(guest_clock_region) == 8);
static_assert(offsetof(guest_clock_region, clock_page) == 0);
static_assert(offsetof(guest_clock_region, clock_type) == 8);
static_assert(offsetof(guest_clock_region, boot_time_ns) == 16);
static_assert(offsetof(guest_clock_region, utc_offset_seconds) == 24);
static_assert(offsetof(guest_clock_region, pad) == 28);

/// The kind of page that a type in a region stands for.
///   ensures  1 is pvclock, 2 is Hyper-V's, every other one is none                [region.type.decodes]
[[nodiscard]] constexpr page_kind kind_of_type(u64 clock_type) noexcept {
  if (clock_type == 1) return page_kind::pvclock;
  if (clock_type == 2) return page_kind::reference_tsc;
  return page_kind::none;
}

/// The type that stands for a kind of page.
///   ensures  accepts exactly the kinds that a region can name, and then kind_of_type gives it back [region.type.decodes]
///   errors   no_clock
[[nodiscard]] constexpr result<u64> type_of_kind(page_kind kind) noexcept {
  switch (kind) {
    case page_kind::none: return u64(0);
    case page_kind::pvclock: return u64(1);
    case page_kind::reference_tsc: return u64(2);
    case page_kind::vmclock: break;
  }
  return clock_error::no_clock;
}

/// An address in a region as a pointer; null where this machine has no such address (it may be of 32 bits).
///   ensures  null exactly for 0 and for addresses above `address_max`              [region.address.exact]
[[nodiscard]] inline const volatile void* pointer_to(
    std::uint64_t address, std::uint64_t address_max = static_cast<std::uintptr_t>(-1)) noexcept {
  if (address > address_max) return nullptr;
  return reinterpret_cast<const volatile void*>(static_cast<std::uintptr_t>(address));
}

/// The local time at a UTC, as if it were a UTC: what a clock on the wall shows, `offset_seconds` east of Greenwich.
///   ensures  accepts exactly when there is that point, and then gives it: wall + offset  [region.local.exact]
///   errors   out_of_range
[[nodiscard]] constexpr result<unix_time> local_time(unix_time wall, i32 utc_offset_seconds) noexcept {
  const checked<i64> seconds = checked_add(wall.seconds(), i64(utc_offset_seconds));
  if (!seconds.fits) return clock_error::out_of_range;
  return unix_time::from_parts(seconds.value, wall.nanoseconds());
}

/// What a host writes for its guest.
///   ensures  a guest reads the very page, kind, boot time and offset                [region.memory.agrees]
///   errors   no_clock: a kind that a region cannot name; out_of_range: a boot time before 1970 or after 2554
[[nodiscard]] inline result<guest_clock_region> describe(u64 guest_page_address, page_kind kind, unix_time boot,
                                                         i32 utc_offset_seconds) noexcept {
  const result<u64> clock_type = type_of_kind(kind);
  if (!clock_type) return clock_type.error();
  const result<u64> boot_time_ns = boot.to_nanoseconds();
  if (!boot_time_ns) return boot_time_ns.error();
  return guest_clock_region{machine_word(guest_page_address), machine_word(*clock_type), machine_word(*boot_time_ns),
                            static_cast<std::int32_t>(machine_word(as_unsigned(utc_offset_seconds))), 0};
}

/// The clock that a region describes.
///
/// A plain value, made from a copy of the region: after a restore the host stamps the region anew, and the guest makes
/// its clock anew.
template <class Counter> class region_clock {
 public:
  explicit region_clock(const guest_clock_region& region, Counter counter = {}) noexcept
      : clock_(kind_of_type(region.clock_type), pointer_to(region.clock_page), counter),
        boot_(unix_time::from_nanoseconds(u64(region.boot_time_ns))),
        utc_offset_seconds_(region.utc_offset_seconds) {}

  /// The page's clock, with all that it offers.
  [[nodiscard]] guestclock::clock<Counter>& page_clock() noexcept { return clock_; }

  /// Time since the sandbox was made.
  ///   ensures  what the page tells                                                 [region.memory.agrees]
  ///   errors   no_clock (no page, at an address that this machine does not have, or of no known type), and those of
  ///            clock::now
  [[nodiscard]] result<instant> monotonic() noexcept {
    const result<reading> seen = clock_.now();
    if (!seen) return seen.error();
    return seen->time;
  }

  /// The time of day, UTC.
  ///   ensures  boot time + monotonic                                               [region.memory.agrees]
  ///   errors   those of monotonic
  [[nodiscard]] result<unix_time> wall() noexcept {
    const result<instant> since_boot = monotonic();
    if (!since_boot) return since_boot.error();
    return wall_time(boot_, *since_boot);
  }

  /// The local time of day, as if it were UTC.
  ///   ensures  wall + offset                                                       [region.memory.agrees]
  ///   errors   those of monotonic
  [[nodiscard]] result<unix_time> local() noexcept {
    const result<unix_time> utc = wall();
    if (!utc) return utc.error();
    return local_time(*utc, utc_offset_seconds_);
  }

 private:
  guestclock::clock<Counter> clock_;
  unix_time boot_;
  i32 utc_offset_seconds_;
};
static_assert(std::is_trivially_copyable_v<region_clock<no_counter>>);

}  // namespace guestclock::inline GUESTCLOCK_WORDS
