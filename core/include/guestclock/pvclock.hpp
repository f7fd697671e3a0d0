// SPDX-License-Identifier: BSL-1.0
/// \file guestclock/pvclock.hpp
/// The paravirtual clock page of KVM and Xen: its layout, and what time it tells.
///
///     page bytes ─ read_section ─▶ snapshot ─ check ─▶ convert(counter) ─▶ reading
///
/// A page says: when the counter was `tsc_timestamp`, the time was `system_time` ns; since then every tick lasts
/// `tsc_to_system_mul · 2^(tsc_shift − 32)` ns. The time is monotonic, not wall-clock, time.
///
/// A counter before the snapshot happens on real machines (two processors' counters differ a little), and must not
/// become a jump of 243 years. With δ = counter − tsc_timestamp modulo 2^64, read as signed:
///
///     δ ≥ 0                       system_time + ticks_to_time(δ), or out_of_range
///     −skew_ticks_max ≤ δ < 0     system_time itself, flagged `clamped`, the error bound grown by the time of −δ
///     δ < −skew_ticks_max         counter_before_snapshot
///
/// Source: Linux `pvclock-abi.h` (struct pvclock_vcpu_time_info, pvclock_wall_clock), Xen `public/xen.h`
/// (vcpu_time_info), Linux Documentation/virt/kvm/x86/msr.rst.
#pragma once

#include <guestclock/instant.hpp>
#include <guestclock/reading.hpp>
#include <guestclock/result.hpp>
#include <guestclock/scale.hpp>
#include <guestclock/version_retry.hpp>
#include <guestclock/word.hpp>

namespace guestclock::inline GUESTCLOCK_WORDS {

/// The page as it lies in memory: 32 bytes, little-endian, at any 4-byte aligned address.
struct pvclock_vcpu_time_info {
  std::uint32_t version;            ///< odd: update in progress
  std::uint32_t pad0;
  std::uint64_t tsc_timestamp;      ///< counter ticks
  std::uint64_t system_time;        ///< ns
  std::uint32_t tsc_to_system_mul;  ///< 0.32 fixed point, ns per shifted tick
  std::int8_t tsc_shift;
  std::uint8_t flags;
  std::uint8_t pad[2];
};
static_assert(sizeof(pvclock_vcpu_time_info) == 32);
static_assert(offsetof(pvclock_vcpu_time_info, version) == 0);
static_assert(offsetof(pvclock_vcpu_time_info, tsc_timestamp) == 8);
static_assert(offsetof(pvclock_vcpu_time_info, system_time) == 16);
static_assert(offsetof(pvclock_vcpu_time_info, tsc_to_system_mul) == 24);
static_assert(offsetof(pvclock_vcpu_time_info, tsc_shift) == 28);
static_assert(offsetof(pvclock_vcpu_time_info, flags) == 29);

/// Whether a guest may put its page at this guest physical address. A host maps one page of memory for it: any other
/// address it refuses, or leaves unfilled, or writes beyond that page.
///   ensures  accepts exactly the multiples of 4 from which 32 bytes lie in one page of 4096  [pvclock.placement.accepts]
///   source   Linux arch/x86/kvm/x86.c, kvm_write_system_time; CVE-2013-1796
[[nodiscard]] constexpr flag pvclock_may_lie_at(u64 guest_physical_address) noexcept {
  const flag is_aligned = (guest_physical_address & 3) == 0;
  return is_aligned & ((guest_physical_address & 4095) <= 4096 - sizeof(pvclock_vcpu_time_info));
}

/// Bits of `flags`. Others may be set: they are reported, and change nothing.
inline constexpr std::uint32_t pvclock_tsc_stable = 1;     ///< all processors' pages agree
inline constexpr std::uint32_t pvclock_guest_stopped = 2;  ///< the host paused this guest

/// The fields of a page, all of one update, in words.
struct pvclock_snapshot {
  u64 tsc_timestamp{};
  u64 system_time{};
  u32 tsc_to_system_mul{};
  i8 tsc_shift{};
  u8 flags{};

  [[nodiscard]] constexpr tick_rate rate() const noexcept { return {tsc_to_system_mul, tsc_shift}; }
};

/// The page, for read_section and publish_section.
struct pvclock_page : odd_while_updating {
  using fields = pvclock_snapshot;
  static constexpr std::size_t version_offset = 0;
  static constexpr std::size_t alignment_min = 4;  ///< what the ABI demands; the structure's own is 8

  /// Three loads, written out: the machine code has no loop.
  template <class Memory> static constexpr pvclock_snapshot load(const Memory& memory) noexcept {
    const u64 tsc_timestamp = memory.load(8);
    const u64 system_time = memory.load(16);
    const u64 rest = memory.load(24);  // mul | shift << 32 | flags << 40 | pad << 48
    return {tsc_timestamp, system_time, low32(rest), as_signed(u8(high32(rest) & 0xFF)),
            u8((high32(rest) >> 8) & 0xFF)};
  }
  /// The padding is written as zero.
  template <class Memory> static constexpr void store(Memory& memory, const pvclock_snapshot& fields) noexcept {
    memory.store(8, fields.tsc_timestamp);
    memory.store(16, fields.system_time);
    const u64 shift_and_flags = u64(as_unsigned(fields.tsc_shift)) + (u64(fields.flags) << 8);
    memory.store(24, u64(fields.tsc_to_system_mul) + (shift_and_flags << 32));
  }
};

/// The snapshot itself if it can be a clock. A page that was never published is all zero: bad_multiplier.
///   ensures  accepts exactly mul ≠ 0 and shift in [−31, 31]        [pvclock.check.accepts]
///   errors   bad_multiplier (looked at first), bad_shift
[[nodiscard]] constexpr result<pvclock_snapshot> check(const pvclock_snapshot& page) noexcept {
  const result<tick_rate> rate = check(page.rate());
  if (!rate) return rate.error();
  return page;
}

/// The counter's distance from the snapshot, by which counters are ordered: the least in magnitude modulo 2^64.
[[nodiscard]] constexpr i64 ticks_since(const pvclock_snapshot& page, u64 counter) noexcept {
  return as_signed(wrapping_sub(counter, page.tsc_timestamp));
}

/// What time the page tells at `counter`.
///   requires nothing: any snapshot, any counter
///   ensures  accepts exactly when the snapshot passes `check`, the distance is at least −skew_ticks_max, and the exact
///            result fits [pvclock.convert.accepts]; then it is exactly the formula [pvclock.convert.formula] or the
///            clamp with its grown bound [pvclock.convert.clamp]; never earlier for a later counter
///            [pvclock.convert.order]; the page's flags as they are [pvclock.convert.flags]
///   errors   bad_multiplier, bad_shift, counter_before_snapshot, out_of_range
///   units    ticks in; ns out
[[nodiscard, gnu::always_inline]] constexpr result<reading> convert(const pvclock_snapshot& page,
                                                                    u64 counter) noexcept {
  const result<pvclock_snapshot> valid = check(page);
  if (!valid) return valid.error();
  const i64 distance = ticks_since(page, counter);
  reading seen;
  seen.counter = counter;
  seen.flags = u64(page.flags);
  seen.bounded = true;
  seen.stable = (u32(page.flags) & pvclock_tsc_stable) != 0;
  seen.guest_stopped = (u32(page.flags) & pvclock_guest_stopped) != 0;
  seen.error_bound_ns = error_bound(page.rate());
  if (distance < 0) {
    if (distance < -skew_ticks_max) return clock_error::counter_before_snapshot;
    const result<u64> behind = ticks_to_time_ceiling(u64(-distance), page.rate());
    seen.time = {page.system_time};
    seen.error_bound_ns = seen.error_bound_ns + *behind;  // at most 2^32 ticks: always has a value, at most 2^63
    seen.clamped = true;
    return seen;
  }
  const result<u64> since = ticks_to_time(u64(distance), page.rate());
  if (!since) return since.error();
  const checked<u64> time = checked_add(page.system_time, *since);
  if (!time.fits) return clock_error::out_of_range;
  seen.time = {time.value};
  return seen;
}

/// What a deployed reader shows at `counter`, bit for bit: everything modulo 2^64, no clamp, lost bits and all. Use it
/// to predict such a reader; never to tell the time.
///   ensures  the formula modulo 2^64 [pvclock.wrapping.definition]; equal to `convert` where that accepts without
///            clamping [pvclock.wrapping.agrees]
///   errors   bad_shift only
///   source   Linux `__pvclock_read_cycles`
[[nodiscard]] constexpr result<u64> convert_wrapping(const pvclock_snapshot& page, u64 counter) noexcept {
  const result<u64> since = ticks_to_time_wrapping(wrapping_sub(counter, page.tsc_timestamp), page.rate());
  if (!since) return since.error();
  return wrapping_add(page.system_time, *since);
}

/// One reading of a page.
///   requires nothing of the page's contents
///   ensures  one update's fields [version_retry.read.one-update], converted as `convert` says [pvclock.page.total]
///   errors   update_in_progress, and those of `convert`
template <class Memory, class Counter>
[[nodiscard, gnu::always_inline]] constexpr result<reading> read_pvclock(const Memory& memory,
                                                                         Counter& counter) noexcept {
  const result<section<pvclock_page>> seen = read_section<pvclock_page>(memory, counter);
  if (!seen) return seen.error();
  result<reading> converted = convert(seen->fields, seen->counter);
  if (!converted) return converted.error();
  reading complete = *converted;
  complete.version = seen->version;
  return complete;
}

/// Tells the host that the guest has seen that it was stopped: clears GUEST_STOPPED. The one store that the ABI leaves to
/// the guest, outside the version protocol; the host keeps what the guest wrote.
///   requires a page that the guest may write, and that stays mapped
///   ensures  clears that flag, in one step, and no other bit of the page; tells whether it was set
///            [pvclock.stopped.acknowledged]
///   errors   no_clock (no page, or not aligned to 4 bytes)
///   source   Linux `pvclock_clocksource_read`
[[nodiscard]] inline result<bool> acknowledge_stop(volatile void* page) noexcept {
  const auto address = reinterpret_cast<std::uintptr_t>(page);
  if (address == 0 || address % pvclock_page::alignment_min != 0) return clock_error::no_clock;
  volatile std::uint8_t* const flags =
      static_cast<volatile std::uint8_t*>(page) + offsetof(pvclock_vcpu_time_info, flags);
  constexpr auto kept = static_cast<std::uint8_t>(~pvclock_guest_stopped);
  return (__atomic_fetch_and(flags, kept, __ATOMIC_RELAXED) & pvclock_guest_stopped) != 0;
}

/// One processor's page and counter, and all there is to reading it.
///
///     guestclock::pvclock_reader<guestclock::x86::ordered_counter> clock(page);
///     if (const auto now = clock.now()) use(now->time);
///
/// Holds no resource. The page must stay mapped while the reader is used.
template <class Counter> class pvclock_reader {
 public:
  explicit pvclock_reader(const volatile void* page, Counter counter = {}) noexcept
      : page_(page), counter_(counter) {}

  /// The page's fields and the counter now, whether or not they can be a clock.
  ///   errors   no_clock (no page, or not aligned to 4 bytes), update_in_progress
  [[nodiscard]] result<section<pvclock_page>> snapshot() noexcept {
    return on_page<pvclock_page, section<pvclock_page>>(
        page_, [this](const auto& memory) { return read_section<pvclock_page>(memory, counter_); });
  }

  /// The time now; on a page without TSC_STABLE this processor's own, flagged.
  ///   errors   no_clock (no page, or not aligned to 4 bytes), and those of read_pvclock
  [[nodiscard, gnu::always_inline]] result<reading> now() noexcept {
    return on_page<pvclock_page, reading>(page_, [this](const auto& memory) __attribute__((always_inline)) {
      return read_pvclock(memory, counter_);
    });
  }

  /// The time now, where every processor agrees with it.
  ///   errors   unstable, and those of `now`
  [[nodiscard]] result<reading> now_stable() noexcept {
    const result<reading> seen = now();
    if (!seen) return seen.error();
    return demand_stable(*seen);
  }

 private:
  const volatile void* page_;
  Counter counter_;
};

}  // namespace guestclock::inline GUESTCLOCK_WORDS
