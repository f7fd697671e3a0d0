// SPDX-License-Identifier: BSL-1.0
/// \file guestclock/wall_clock.hpp
/// From monotonic time to the time of day: the wall clock structure of KVM and Xen, and boot times.
///
/// A hypervisor tells the time of day by one number, the **boot time**: the UTC at which its monotonic clock was 0.
///
///     wall = boot time + monotonic         boot time = wall − monotonic
///
/// The structure has the version protocol of the pvclock page (odd: update in progress). Its 32 bits of seconds end at
/// 2106-02-07T06:28:15Z: a host that goes on after that wraps to 1970, and no reader can tell. Xen has a further word for
/// the high 32 bits, which goes on for 292 · 10^9 years.
///
/// KVM fills the structure once for each write of the MSR 0x4b564d00: who wants to follow the host's wall clock when it
/// moves asks again, and takes the new boot time in by a step or by slewing (`followed_wall`).
///
/// Source: Linux `pvclock-abi.h` (struct pvclock_wall_clock), Documentation/virt/kvm/x86/msr.rst; Xen `public/xen.h`
/// (struct shared_info: wc_version, wc_sec, wc_nsec, wc_sec_hi).
#pragma once

#include <guestclock/instant.hpp>
#include <guestclock/result.hpp>
#include <guestclock/unix_time.hpp>
#include <guestclock/version_retry.hpp>
#include <guestclock/word.hpp>

namespace guestclock::inline GUESTCLOCK_WORDS {

/// The structure as it lies in memory: 12 bytes, little-endian, at any 4-byte aligned address.
struct pvclock_wall_clock {
  std::uint32_t version;  ///< odd: update in progress
  std::uint32_t sec;      ///< of the boot time, since 1970
  std::uint32_t nsec;     ///< [0, 10^9)
};
static_assert(sizeof(pvclock_wall_clock) == 12);
static_assert(alignof(pvclock_wall_clock) == 4);
static_assert(offsetof(pvclock_wall_clock, version) == 0);
static_assert(offsetof(pvclock_wall_clock, sec) == 4);
static_assert(offsetof(pvclock_wall_clock, nsec) == 8);

/// Xen's, with the high word of the seconds.
struct xen_wall_clock {
  std::uint32_t wc_version;
  std::uint32_t wc_sec;
  std::uint32_t wc_nsec;
  std::uint32_t wc_sec_hi;
};
static_assert(sizeof(xen_wall_clock) == 16);
static_assert(alignof(xen_wall_clock) == 4);
static_assert(offsetof(xen_wall_clock, wc_version) == 0);
static_assert(offsetof(xen_wall_clock, wc_sec) == 4);
static_assert(offsetof(xen_wall_clock, wc_nsec) == 8);
static_assert(offsetof(xen_wall_clock, wc_sec_hi) == 12);

/// The fields of a wall clock structure, all of one update, in words.
struct wall_clock_snapshot {
  u64 seconds{};
  u32 nanoseconds{};
};

/// KVM's structure, and Xen's without its high word, for read_section and publish_section.
struct wall_clock_page : odd_while_updating {
  using fields = wall_clock_snapshot;
  static constexpr std::size_t version_offset = 0;
  static constexpr std::size_t alignment_min = 4;
  static constexpr u64 seconds_max = u64(max_of<u32>);

  template <class Memory> static constexpr wall_clock_snapshot load(const Memory& memory) noexcept {
    const u32 seconds = memory.load32(4);
    return {u64(seconds), memory.load32(8)};
  }
  /// Higher bits of the seconds are lost: `wall_clock_for` refuses them.
  template <class Memory> static constexpr void store(Memory& memory, const wall_clock_snapshot& fields) noexcept {
    memory.store32(4, low32(fields.seconds));
    memory.store32(8, fields.nanoseconds);
  }
};

/// Xen's structure, with the high word.
struct xen_wall_clock_page : wall_clock_page {
  static constexpr u64 seconds_max = u64(max_of<i64>);  ///< more than that is no unix_time

  template <class Memory> static constexpr wall_clock_snapshot load(const Memory& memory) noexcept {
    const wall_clock_snapshot low = wall_clock_page::load(memory);
    return {(u64(memory.load32(12)) << 32) + low.seconds, low.nanoseconds};
  }
  template <class Memory> static constexpr void store(Memory& memory, const wall_clock_snapshot& fields) noexcept {
    wall_clock_page::store(memory, fields);
    memory.store32(12, high32(fields.seconds));
  }
};

/// The boot time that a structure tells.
///   ensures  accepts exactly nanoseconds below one second and seconds that a unix_time can have
///            [wall_clock.boot.accepts]
///   errors   out_of_range
[[nodiscard]] constexpr result<unix_time> boot_time_of(const wall_clock_snapshot& told) noexcept {
  if (told.seconds > u64(max_of<i64>)) return clock_error::out_of_range;
  return unix_time::from_parts(i64(told.seconds), told.nanoseconds);
}

/// What a host writes for that boot time.
///   ensures  accepts exactly boot times of 1970 and later that `Page` can hold; readers get them back
///            [wall_clock.host.accepts]
///   errors   out_of_range: before 1970, or after 2106-02-07T06:28:15.999999999Z where there is no high word
template <class Page = wall_clock_page>
[[nodiscard]] constexpr result<wall_clock_snapshot> wall_clock_for(unix_time boot) noexcept {
  if (boot.seconds() < 0) return clock_error::out_of_range;
  const u64 seconds = u64(boot.seconds());
  if (seconds > Page::seconds_max) return clock_error::out_of_range;
  return wall_clock_snapshot{seconds, boot.nanoseconds()};
}

/// A boot time belongs to no counter value.
struct no_counter {
  struct sampled {
    u64 value;
    after_nothing after;
  };
  [[nodiscard]] static constexpr sampled sample() noexcept { return {0, {}}; }
};

/// The boot time that stands in memory.
///   requires nothing of the memory's contents
///   ensures  one update's fields [version_retry.read.one-update], as boot_time_of says     [wall_clock.page.total]
///   errors   update_in_progress, out_of_range
template <class Page = wall_clock_page, class Memory>
[[nodiscard]] constexpr result<unix_time> read_wall_clock(const Memory& memory) noexcept {
  no_counter none;
  const result<section<Page>> seen = read_section<Page>(memory, none);
  if (!seen) return seen.error();
  return boot_time_of(seen->fields);
}

/// The same of a structure in this machine's memory.
///   ensures  what its bytes say                                                [wall_clock.memory.agrees]
///   errors   no_clock (no structure, or not aligned to 4 bytes), and those of read_wall_clock
template <class Page = wall_clock_page> [[nodiscard]] result<unix_time> wall_clock_at(const volatile void* structure) noexcept {
  return on_page<Page, unix_time>(structure, [](const auto& memory) { return read_wall_clock<Page>(memory); });
}

/// The UTC at which the monotonic clock was 0, from a reading of each.
///   ensures  accepts exactly when there is that point, and then gives it: wall − monotonic  [wall_clock.boot.exact]
///   errors   out_of_range
[[nodiscard]] constexpr result<unix_time> boot_time(unix_time wall, instant monotonic) noexcept {
  return checked_add(wall, duration::minus_nanoseconds(monotonic.nanoseconds));
}

/// The UTC at a monotonic time.
///   ensures  accepts exactly when there is that point, and then gives it: boot + monotonic  [wall_clock.boot.exact]
///   errors   out_of_range
[[nodiscard]] constexpr result<unix_time> wall_time(unix_time boot, instant monotonic) noexcept {
  return checked_add(boot, duration::from_nanoseconds(monotonic.nanoseconds));
}

/// The boot time now. The monotonic clock is read first: what passes before the other is read makes the wall clock early
/// by as much, never late, so that a boot time that is found again never undercuts what the wall clock has been.
///   Monotonic `result<instant> operator()()`; Wall `result<unix_time> operator()()`. Each is called once at most
///   ensures  the true boot time, or later by what passed between both      [wall_clock.boot.sampled]
///   errors   out_of_range, and those of both
template <class Monotonic, class Wall>
[[nodiscard]] constexpr result<unix_time> sample_boot_time(Monotonic&& monotonic, Wall&& wall) noexcept {
  const result<instant> since_boot = monotonic();
  if (!since_boot) return since_boot.error();
  const result<unix_time> now = wall();
  if (!now) return now.error();
  return boot_time(*now, *since_boot);
}

inline constexpr std::uint32_t parts_per_million = 1'000'000;

/// ⌊elapsed · ppm / 10^6⌋: how far a slewing clock has come, without a product of 128 bits.
///   requires ppm < 10^6
///   ensures  exactly that, and never more than elapsed; later never less, and by no more than the time between
///            [wall_clock.slew.exact]
[[nodiscard]] constexpr u64 slewed_by(u64 elapsed_ns, u32 ppm) noexcept {
  relies_on(ppm < parts_per_million);
  const u64 million = u64(parts_per_million);
  return elapsed_ns / million * u64(ppm) + elapsed_ns % million * u64(ppm) / million;
}

/// A wall clock that follows the host's: what boot time a guest goes by, and how it comes to another one.
///
/// By a **step** the new boot time holds at once, and the wall clock jumps, backwards perhaps. By **slewing** the boot
/// time moves by no more than a stated part of the monotonic time that passes, so that the wall clock only runs a little
/// fast or slow, and never goes back. The clock is a value: either makes another one.
///
/// Boot times of 1970 to 2554, that is, of 64 bits of ns.
class followed_wall {
 public:
  /// With the boot time of 1970-01-01T00:00:00Z.
  constexpr followed_wall() noexcept = default;

  /// The wall clock by that boot time, at every monotonic time and whatever held before.
  ///   ensures  accepts exactly boot times that fit 64 bits of ns, and then goes by it  [wall_clock.follow.step]
  ///   errors   out_of_range
  [[nodiscard]] static constexpr result<followed_wall> step(unix_time boot) noexcept {
    const result<u64> boot_ns = boot.to_nanoseconds();
    if (!boot_ns) return boot_ns.error();
    followed_wall stepped;
    stepped.from_ns_ = *boot_ns;
    stepped.to_ns_ = *boot_ns;
    return stepped;
  }

  /// The new boot time, beginning at the monotonic time `now` from what holds then, by `ppm` ns in every 10^6.
  ///   ensures  accepts exactly ppm in [1, 10^6) and a boot time as for `step` [wall_clock.follow.accepts]; reaches it
  ///            after ⌈difference · 10^6 / ppm⌉ ns, and not before         [wall_clock.follow.reaches]
  ///   errors   out_of_range
  [[nodiscard]] constexpr result<followed_wall> slew(unix_time boot, instant now, u32 ppm) const noexcept {
    if (ppm == 0) return clock_error::out_of_range;
    if (ppm >= parts_per_million) return clock_error::out_of_range;
    const result<u64> boot_ns = boot.to_nanoseconds();
    if (!boot_ns) return boot_ns.error();
    followed_wall slewing;
    slewing.from_ns_ = boot_ns_at(now);
    slewing.to_ns_ = *boot_ns;
    slewing.since_ = now;
    slewing.ppm_ = ppm;
    return slewing;
  }

  /// The boot time that holds at a monotonic time, in ns since 1970. Before the slewing began: the one that held then.
  ///   ensures  between the old one and the new one, ⌊elapsed · ppm / 10^6⌋ ns from the old one
  ///            [wall_clock.follow.formula]
  [[nodiscard]] constexpr u64 boot_ns_at(instant now) const noexcept {
    const checked<u64> elapsed = checked_sub(now.nanoseconds, since_.nanoseconds);
    if (!elapsed.fits) return from_ns_;
    const u64 moved = slewed_by(elapsed.value, ppm_);
    if (from_ns_ < to_ns_) return moved < to_ns_ - from_ns_ ? from_ns_ + moved : to_ns_;
    return moved < from_ns_ - to_ns_ ? from_ns_ - moved : to_ns_;
  }

  /// The time of day at a monotonic time: boot time + now.
  ///   ensures  exactly that; along any sequence of slews, at monotonic times that do not go back, it does not go back
  ///            either                                                     [wall_clock.follow.never-back]
  [[nodiscard]] constexpr result<unix_time> wall_at(instant now) const noexcept {
    return wall_time(unix_time::from_nanoseconds(boot_ns_at(now)), now);
  }

 private:
  u64 from_ns_{};
  u64 to_ns_{};
  instant since_;
  u32 ppm_{};
};

}  // namespace guestclock::inline GUESTCLOCK_WORDS
