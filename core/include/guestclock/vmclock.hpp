// SPDX-License-Identifier: BSL-1.0
/// \file guestclock/vmclock.hpp
/// The vmclock page: its layout, what time it tells, how far off that may be, and how a host writes it.
///
///     page bytes ─ read_section ─▶ snapshot ─ check ─▶ vmclock_reading_at(counter) ─▶ vmclock_reading ─▶ tai, utc, reading
///
/// A page says: when the counter was `counter_value`, the time was `time_sec` s and `time_frac_sec` · 2^−64 s; since then
/// every tick lasts `counter_period_frac_sec` · 2^−(64 + counter_period_shift) s. In units of 2^−64 s, with
/// δ = counter − counter_value modulo 2^64, read as signed:
///
///     δ ≥ 0                       time_sec · 2^64 + time_frac_sec + ⌊δ · period / 2^shift⌋, or out_of_range
///     −skew_ticks_max ≤ δ < 0     the snapshot's own time, flagged `clamped`, the error bounds grown by the time of −δ
///     δ < −skew_ticks_max         counter_before_snapshot
///
/// **Errors.** A page may declare how far off the formula's rational time is, at most or by estimate. In ns:
///
///     time_maxerror_nanosec + ⌈|δ| · period_maxerror · 10^9 / 2^(64 + shift)⌉
///
/// There is a bound only where the page declares *both* parts (for δ = 0 too: a bound that is gone one tick later is
/// none), and where it fits 64 bits. A clear flag means no bound; it never means 0.
///
/// **UTC and leap seconds.** The page counts UTC, TAI or something of its own. UTC = TAI − tai_offset_sec, where the page
/// says that the offset is valid; a leap second after the snapshot changes that. Leap seconds come at the end of a
/// month's last UTC day, a month has 28 days at least, and the leap indicator speaks of the snapshot's month. So, without a
/// calendar, no claim to UTC is made that could be wrong by a second:
///
///     indicator 0, 4, 5    none is pending: for 28 days after the snapshot
///     1 (positive)         until the snapshot's UTC day ends
///     2 (negative)         until the last second of the snapshot's UTC day begins, which may not exist
///     3 (in 23:59:60)      within the snapshot's second, which is then told as the leap second after 23:59:59
///
/// and no claim otherwise, until the host updates the page. During 23:59:60 hosts differ in whether the count repeats
/// 23:59:59 or begins 00:00:00; either is understood, by its place in the day.
///
/// **Updates.** A new page must give, for every past counter value, a time within the bounds that the old page gave. Both
/// times are affine in the counter, so it is enough that this holds at both snapshots. `publish_vmclock` refuses a page
/// that breaks it, unless its disruption_marker has changed, too. Pages of UTC that tell an offset to TAI are held to it in
/// TAI; the offset may change by the leap second that the old page announced, and else not.
///
/// Source: UAPI.13 (VMClock); Linux `vmclock-abi.h`, whose flag numbers are those of the hosts in use (the text of UAPI.13
/// 1.0 numbers bits 7 and up differently, and puts the generation counter elsewhere).
#pragma once

#include <guestclock/instant.hpp>
#include <guestclock/pvclock.hpp>
#include <guestclock/reading.hpp>
#include <guestclock/result.hpp>
#include <guestclock/unix_time.hpp>
#include <guestclock/version_retry.hpp>
#include <guestclock/word.hpp>

namespace guestclock::inline GUESTCLOCK_WORDS {

/// The page as it lies in memory: 112 bytes, little-endian, at the beginning of a mapped page.
struct vmclock_abi {
  std::uint32_t magic;
  std::uint32_t size;                      ///< bytes of the region: 112 to what is mapped
  std::uint16_t version;
  std::uint8_t counter_id;
  std::uint8_t time_type;
  std::uint32_t seq_count;                 ///< odd: update in progress
  std::uint64_t disruption_marker;         ///< changes when the counter was disturbed
  std::uint64_t flags;
  std::uint8_t pad[2];
  std::uint8_t clock_status;
  std::uint8_t leap_second_smearing_hint;  ///< for guests that smear; this time is never smeared
  std::int16_t tai_offset_sec;             ///< TAI − UTC at the snapshot
  std::uint8_t leap_indicator;
  std::uint8_t counter_period_shift;
  std::uint64_t counter_value;             ///< ticks
  std::uint64_t counter_period_frac_sec;   ///< 2^−(64 + shift) s per tick, as the next two
  std::uint64_t counter_period_esterror_rate_frac_sec;
  std::uint64_t counter_period_maxerror_rate_frac_sec;
  std::uint64_t time_sec;                  ///< s
  std::uint64_t time_frac_sec;             ///< 2^−64 s
  std::uint64_t time_esterror_nanosec;     ///< ns
  std::uint64_t time_maxerror_nanosec;     ///< ns
  std::uint64_t vm_generation_counter;     ///< changes when the machine was restored or cloned
};
static_assert(sizeof(vmclock_abi) == 112);
static_assert(alignof(vmclock_abi) == alignof(std::uint64_t));
static_assert(offsetof(vmclock_abi, magic) == 0);
static_assert(offsetof(vmclock_abi, size) == 4);
static_assert(offsetof(vmclock_abi, version) == 8);
static_assert(offsetof(vmclock_abi, counter_id) == 10);
static_assert(offsetof(vmclock_abi, time_type) == 11);
static_assert(offsetof(vmclock_abi, seq_count) == 12);
static_assert(offsetof(vmclock_abi, disruption_marker) == 16);
static_assert(offsetof(vmclock_abi, flags) == 24);
static_assert(offsetof(vmclock_abi, pad) == 32);
static_assert(offsetof(vmclock_abi, clock_status) == 34);
static_assert(offsetof(vmclock_abi, leap_second_smearing_hint) == 35);
static_assert(offsetof(vmclock_abi, tai_offset_sec) == 36);
static_assert(offsetof(vmclock_abi, leap_indicator) == 38);
static_assert(offsetof(vmclock_abi, counter_period_shift) == 39);
static_assert(offsetof(vmclock_abi, counter_value) == 40);
static_assert(offsetof(vmclock_abi, counter_period_frac_sec) == 48);
static_assert(offsetof(vmclock_abi, counter_period_esterror_rate_frac_sec) == 56);
static_assert(offsetof(vmclock_abi, counter_period_maxerror_rate_frac_sec) == 64);
static_assert(offsetof(vmclock_abi, time_sec) == 72);
static_assert(offsetof(vmclock_abi, time_frac_sec) == 80);
static_assert(offsetof(vmclock_abi, time_esterror_nanosec) == 88);
static_assert(offsetof(vmclock_abi, time_maxerror_nanosec) == 96);
static_assert(offsetof(vmclock_abi, vm_generation_counter) == 104);

inline constexpr std::uint32_t vmclock_magic = 0x4B4C'4356;  ///< "VCLK"
inline constexpr std::uint16_t vmclock_version = 1;
inline constexpr std::uint32_t vmclock_size_min = sizeof(vmclock_abi);

/// Which counter the page speaks of.
inline constexpr std::uint8_t vmclock_counter_arm_virtual = 0;
inline constexpr std::uint8_t vmclock_counter_x86_tsc = 1;
inline constexpr std::uint8_t vmclock_counter_invalid = 0xFF;  ///< none: the page tells of disruptions only

/// What it counts.
inline constexpr std::uint8_t vmclock_time_utc = 0;
inline constexpr std::uint8_t vmclock_time_tai = 1;
inline constexpr std::uint8_t vmclock_time_monotonic = 2;
inline constexpr std::uint8_t vmclock_time_smeared = 3;        ///< not supported, as the next
inline constexpr std::uint8_t vmclock_time_maybe_smeared = 4;

/// What it is worth. Only synchronized and freerunning pages may be relied on.
inline constexpr std::uint8_t vmclock_status_unknown = 0;
inline constexpr std::uint8_t vmclock_status_initializing = 1;
inline constexpr std::uint8_t vmclock_status_synchronized = 2;
inline constexpr std::uint8_t vmclock_status_freerunning = 3;
inline constexpr std::uint8_t vmclock_status_unreliable = 4;

/// Leap seconds near the snapshot.
inline constexpr std::uint8_t vmclock_leap_none = 0;
inline constexpr std::uint8_t vmclock_leap_positive_pending = 1;   ///< at the end of the snapshot's month
inline constexpr std::uint8_t vmclock_leap_negative_pending = 2;   ///< at the end of the snapshot's month
inline constexpr std::uint8_t vmclock_leap_now = 3;                ///< the snapshot is in 23:59:60
inline constexpr std::uint8_t vmclock_leap_positive_past = 4;      ///< at the end of the month before
inline constexpr std::uint8_t vmclock_leap_negative_past = 5;      ///< at the end of the month before

/// Bits of `flags`. Others may be set: they are reported, and change nothing.
inline constexpr std::uint64_t vmclock_tai_offset_valid = 1;
inline constexpr std::uint64_t vmclock_disruption_soon = 2;        ///< within a day or so
inline constexpr std::uint64_t vmclock_disruption_imminent = 4;    ///< within an hour or so
inline constexpr std::uint64_t vmclock_period_esterror_valid = 8;
inline constexpr std::uint64_t vmclock_period_maxerror_valid = 16;
inline constexpr std::uint64_t vmclock_time_esterror_valid = 32;
inline constexpr std::uint64_t vmclock_time_maxerror_valid = 64;
inline constexpr std::uint64_t vmclock_time_is_monotonic = 128;
inline constexpr std::uint64_t vmclock_vm_gen_counter_present = 256;
inline constexpr std::uint64_t vmclock_notification_present = 512;

inline constexpr int vmclock_shift_max = 63;
/// For how long after its snapshot a page that knows of no leap second can be relied on for UTC: the shortest month.
inline constexpr std::uint32_t vmclock_utc_seconds_max = 28 * seconds_per_day;

/// The fields of a page, all of one update, in words.
struct vmclock_snapshot {
  u32 magic{};
  u32 size{};
  u16 version{};
  u8 counter_id{};
  u8 time_type{};
  u64 disruption_marker{};
  u64 flags{};
  u8 clock_status{};
  u8 leap_second_smearing_hint{};
  i16 tai_offset_sec{};
  u8 leap_indicator{};
  u8 counter_period_shift{};
  u64 counter_value{};
  u64 counter_period_frac_sec{};
  u64 counter_period_esterror_rate_frac_sec{};
  u64 counter_period_maxerror_rate_frac_sec{};
  u64 time_sec{};
  u64 time_frac_sec{};
  u64 time_esterror_nanosec{};
  u64 time_maxerror_nanosec{};
  u64 vm_generation_counter{};

  [[nodiscard]] constexpr flag has(std::uint64_t bit) const noexcept { return (flags & bit) != 0; }
  /// Whether the page bounds its error: at its snapshot, and by how much that may grow with every tick.
  [[nodiscard]] constexpr flag declares_max_error() const noexcept {
    const flag at_snapshot = has(vmclock_time_maxerror_valid);
    const flag of_period = has(vmclock_period_maxerror_valid);
    return at_snapshot & of_period;
  }
  [[nodiscard]] constexpr flag declares_est_error() const noexcept {
    const flag at_snapshot = has(vmclock_time_esterror_valid);
    const flag of_period = has(vmclock_period_esterror_valid);
    return at_snapshot & of_period;
  }
};

/// The page, for read_section and publish_section.
struct vmclock_page : odd_while_updating {
  using fields = vmclock_snapshot;
  static constexpr std::size_t version_offset = 12;
  static constexpr std::size_t alignment_min = 8;

  template <class Memory> static constexpr vmclock_snapshot load(const Memory& memory) noexcept {
    vmclock_snapshot page;
    const u64 header = memory.load(0);    // magic | size << 32
    const u32 kind = memory.load32(8);    // version | counter_id << 16 | time_type << 24
    page.magic = low32(header);
    page.size = high32(header);
    page.version = u16(kind & 0xFFFF);
    page.counter_id = u8((kind >> 16) & 0xFF);
    page.time_type = u8(kind >> 24);
    page.disruption_marker = memory.load(16);
    page.flags = memory.load(24);
    const u64 states = memory.load(32);   // pad | status << 16 | hint << 24 | tai_offset << 32 | leap << 48 | shift << 56
    const u32 low = low32(states);
    const u32 high = high32(states);
    page.clock_status = u8((low >> 16) & 0xFF);
    page.leap_second_smearing_hint = u8(low >> 24);
    page.tai_offset_sec = i16(as_signed((high & 0xFFFF) << 16) >> 16);  // its sign is bit 15
    page.leap_indicator = u8((high >> 16) & 0xFF);
    page.counter_period_shift = u8(high >> 24);
    page.counter_value = memory.load(40);
    page.counter_period_frac_sec = memory.load(48);
    page.counter_period_esterror_rate_frac_sec = memory.load(56);
    page.counter_period_maxerror_rate_frac_sec = memory.load(64);
    page.time_sec = memory.load(72);
    page.time_frac_sec = memory.load(80);
    page.time_esterror_nanosec = memory.load(88);
    page.time_maxerror_nanosec = memory.load(96);
    page.vm_generation_counter = memory.load(104);
    return page;
  }
  /// The padding is written as zero.
  template <class Memory> static constexpr void store(Memory& memory, const vmclock_snapshot& page) noexcept {
    memory.store(0, u64(page.magic) + (u64(page.size) << 32));
    memory.store32(8, u32(page.version) + (u32(page.counter_id) << 16) + (u32(page.time_type) << 24));
    memory.store(16, page.disruption_marker);
    memory.store(24, page.flags);
    const u32 low = (u32(page.clock_status) << 16) + (u32(page.leap_second_smearing_hint) << 24);
    const u32 high = (as_unsigned(i32(page.tai_offset_sec)) & 0xFFFF) + (u32(page.leap_indicator) << 16) +
                     (u32(page.counter_period_shift) << 24);
    memory.store(32, u64(low) + (u64(high) << 32));
    memory.store(40, page.counter_value);
    memory.store(48, page.counter_period_frac_sec);
    memory.store(56, page.counter_period_esterror_rate_frac_sec);
    memory.store(64, page.counter_period_maxerror_rate_frac_sec);
    memory.store(72, page.time_sec);
    memory.store(80, page.time_frac_sec);
    memory.store(88, page.time_esterror_nanosec);
    memory.store(96, page.time_maxerror_nanosec);
    memory.store(104, page.vm_generation_counter);
  }
};

/// Whether the host says that the page's parameters may be relied on.
[[nodiscard]] constexpr flag is_relied_on(const vmclock_snapshot& page) noexcept {
  return (page.clock_status == vmclock_status_synchronized) | (page.clock_status == vmclock_status_freerunning);
}

/// The snapshot itself if ticks have a time by it.
///   ensures  accepts exactly period ≠ 0 and shift in [0, 63]       [vmclock.period.accepts]
///   errors   bad_multiplier (looked at first), bad_shift
[[nodiscard]] constexpr result<vmclock_snapshot> check_period(const vmclock_snapshot& page) noexcept {
  if (page.counter_period_frac_sec == 0) return clock_error::bad_multiplier;
  if (page.counter_period_shift > vmclock_shift_max) return clock_error::bad_shift;
  return page;
}

/// The snapshot itself if it is a clock for that counter. A page that was never published is all zero: invalid_header.
///   mapped_bytes  how much of the region the caller can see: a page that claims more is not believed
///   ensures  accepts exactly a page of this kind and version, of a size from 112 to mapped_bytes, for that counter, of UTC,
///            TAI or monotonic time, that may be relied on, whose period passes `check_period` [vmclock.check.accepts]
///   errors   invalid_header (looked at first), bad_multiplier, bad_shift
[[nodiscard]] constexpr result<vmclock_snapshot> check(const vmclock_snapshot& page, u64 mapped_bytes,
                                                       u8 counter_id) noexcept {
  const flag is_vmclock = (page.magic == vmclock_magic) & (page.version == vmclock_version);
  const flag is_whole = (page.size >= vmclock_size_min) & (u64(page.size) <= mapped_bytes);
  const flag is_usable = (page.counter_id == counter_id) & (page.time_type <= vmclock_time_monotonic);
  if (!(is_vmclock & is_whole & is_usable & is_relied_on(page))) return clock_error::invalid_header;
  return check_period(page);
}

/// The counter's distance from the snapshot, by which counters are ordered: the least in magnitude modulo 2^64.
///   ensures  that                                                   [vmclock.distance.exact]
[[nodiscard]] constexpr i64 ticks_since(const vmclock_snapshot& page, u64 counter) noexcept {
  return as_signed(wrapping_sub(counter, page.counter_value));
}

/// ⌊value / 2^places⌋; places < 64.
///   ensures  exactly that quotient                                  [vmclock.shift.exact]
[[nodiscard]] constexpr wide shifted_right(wide value, u32 places) noexcept {
  const u64 moved = value.high % (u64(1) << places);  // what goes from the high part into the low one
  return {value.high >> places, (value.low >> places) + ((moved << (63 - places)) << 1)};
}

/// a + b.
///   requires a sum below 2^128
///   ensures  exactly that sum                                       [vmclock.sum.exact]
[[nodiscard]] constexpr wide sum_of(wide a, u64 b) noexcept {
  const u64 low = wrapping_add(a.low, b);
  return {a.high + one_if(low < b), low};
}

/// ⌊ticks · rate / 2^shift⌋, and whether that is the exact quotient.
struct vmclock_span {
  wide floor;  ///< 2^−64 s
  flag is_exact;
};
/// How long ticks last, in units of 2^−64 s; shift < 64.
///   ensures  exactly the rational span, rounded down                [vmclock.span.exact]
///   units    rate in 2^−(64 + shift) s
[[nodiscard]] constexpr vmclock_span span_of(u64 ticks, u64 rate, u32 shift) noexcept {
  const wide product = full_product(ticks, rate);
  return {shifted_right(product, shift), product.low % (u64(1) << shift) == 0};
}

/// How long ticks last in ns, rounded up once: ⌈ticks · rate · 10^9 / 2^(64 + shift)⌉; shift < 64.
///   ensures  exactly that, below 2^94 [vmclock.nanoseconds.ceiling]; below 2^64 for as many ticks as skew may be
///            [vmclock.nanoseconds.skew]
///   units    rate in 2^−(64 + shift) s; ns out
[[nodiscard]] constexpr wide nanoseconds_ceiling(u64 ticks, u64 rate, u32 shift) noexcept {
  const u64 second = u64(nanoseconds_per_second);
  const wide product = full_product(ticks, rate);
  const wide low = full_product(product.low, second);                              // high < 10^9
  const wide high = sum_of(full_product(product.high, second), low.high);          // product · 10^9 = high · 2^64 + low.low
  const flag is_exact = (low.low == 0) & (high.low % (u64(1) << shift) == 0);
  return sum_of(shifted_right(high, shift), one_if(!is_exact));
}

/// Both of them, for the functions that are proved for any such arithmetic: the laws then need not try every shift.
struct vmclock_arithmetic {
  static constexpr vmclock_span span(u64 ticks, u64 rate, u32 shift) noexcept { return span_of(ticks, rate, shift); }
  static constexpr wide nanoseconds(u64 ticks, u64 rate, u32 shift) noexcept {
    return nanoseconds_ceiling(ticks, rate, shift);
  }
};

/// A point on a page's own scale: seconds since its zero, and 2^−64 s.
struct vmclock_time {
  u64 seconds{};
  u64 fraction{};

  [[nodiscard]] friend constexpr flag operator==(const vmclock_time& a, const vmclock_time& b) noexcept {
    return (a.seconds == b.seconds) & (a.fraction == b.fraction);
  }
  [[nodiscard]] friend constexpr flag operator!=(const vmclock_time& a, const vmclock_time& b) noexcept { return !(a == b); }
  ///   ensures  the order of the points in time                      [vmclock.time.order]
  [[nodiscard]] friend constexpr ordering operator<=>(const vmclock_time& a, const vmclock_time& b) noexcept {
    if (a.seconds != b.seconds) return a.seconds <=> b.seconds;
    return a.fraction <=> b.fraction;
  }
};

/// The point that lies `span` after `start`; span < 2^127.
///   ensures  accepts exactly when that point exists, and gives it   [vmclock.time.later]
///   errors   out_of_range: 2^64 seconds or more
[[nodiscard]] constexpr result<vmclock_time> later_by(vmclock_time start, wide span) noexcept {
  const wide moved = sum_of(span, start.fraction);
  const checked<u64> seconds = checked_add(start.seconds, moved.high);
  if (!seconds.fits) return clock_error::out_of_range;
  return vmclock_time{seconds.value, moved.low};
}

/// How far off a time may be.
struct vmclock_error {
  u64 nanoseconds{};  ///< means something only where `declared`
  flag declared{};    ///< the page declares it, and it fits
};

/// What a page tells at a counter value, and all that it says about that.
struct vmclock_reading {
  vmclock_time time;           ///< on the page's own scale
  u64 counter{};               ///< the counter value that this is the time of
  u32 version{};               ///< seq_count of the page that it was read from
  vmclock_error max_error;     ///< the rational time is no further from the truth than this
  vmclock_error est_error;     ///< the host's estimate of the same
  u64 flags{};                 ///< as they are, unknown bits too
  u64 snapshot_seconds{};      ///< time_sec: of when the leap indicator and the offset speak
  guestclock::generation generation;  ///< vm_generation_counter is 0 where the page has none
  i16 tai_offset_sec{};        ///< means something only where tai_offset_valid
  u8 clock_status{};
  u8 time_type{};
  u8 leap_indicator{};
  flag tai_offset_valid{};
  flag disruption_soon{};      ///< the host means to disturb the counter within a day or so
  flag disruption_imminent{};  ///< within an hour or so
  flag clamped{};              ///< the counter lay before the snapshot, and the snapshot's own time is given
};

/// vmclock_reading_at by an arithmetic that rounds as vmclock_arithmetic does.
///   ensures  as vmclock_reading_at                                  [vmclock.reading.accepts], [vmclock.reading.order]
template <class Arithmetic>
[[nodiscard]] constexpr result<vmclock_reading> vmclock_reading_by(const Arithmetic& by, const vmclock_snapshot& page,
                                                                   u64 counter) noexcept {
  const result<vmclock_snapshot> valid = check_period(page);
  if (!valid) return valid.error();
  const i64 distance = ticks_since(page, counter);
  if (distance < -skew_ticks_max) return clock_error::counter_before_snapshot;
  vmclock_reading seen;
  seen.time = {page.time_sec, page.time_frac_sec};
  seen.counter = counter;
  seen.flags = page.flags;
  seen.snapshot_seconds = page.time_sec;
  const u64 vm_generation_counter = page.has(vmclock_vm_gen_counter_present) ? page.vm_generation_counter : u64(0);
  seen.generation = {page.disruption_marker, vm_generation_counter};
  seen.tai_offset_sec = page.tai_offset_sec;
  seen.clock_status = page.clock_status;
  seen.time_type = page.time_type;
  seen.leap_indicator = page.leap_indicator;
  seen.tai_offset_valid = page.has(vmclock_tai_offset_valid);
  seen.disruption_soon = page.has(vmclock_disruption_soon);
  seen.disruption_imminent = page.has(vmclock_disruption_imminent);
  const u64 period = page.counter_period_frac_sec;
  const u32 shift = u32(page.counter_period_shift);
  u64 ticks = as_unsigned(distance);
  u64 behind_ns = 0;
  if (distance < 0) {
    ticks = u64(-distance);
    behind_ns = by.nanoseconds(ticks, period, shift).low;  // fits: at most skew_ticks_max ticks
    seen.clamped = true;
  } else {
    const result<vmclock_time> time = later_by(seen.time, by.span(ticks, period, shift).floor);
    if (!time) return time.error();
    seen.time = *time;
  }
  const auto error = [&](flag declared, u64 at_snapshot_ns, u64 rate) {
    const wide total = sum_of(sum_of(by.nanoseconds(ticks, rate, shift), at_snapshot_ns), behind_ns);
    return vmclock_error{total.low, flag(declared & (total.high == 0))};
  };
  seen.max_error = error(page.declares_max_error(), page.time_maxerror_nanosec, page.counter_period_maxerror_rate_frac_sec);
  seen.est_error = error(page.declares_est_error(), page.time_esterror_nanosec, page.counter_period_esterror_rate_frac_sec);
  return seen;
}

/// What the page tells at `counter`.
///   requires nothing: any snapshot, any counter
///   ensures  accepts exactly when the snapshot passes `check_period`, the distance is at least −skew_ticks_max, and the exact
///            result fits [vmclock.reading.accepts]; then it is exactly the formula [vmclock.reading.formula] or the
///            clamp [vmclock.reading.clamp], with the declared errors [vmclock.reading.errors]; never
///            earlier for a later counter [vmclock.reading.order]; all else as it stands in the page
///            [vmclock.reading.fields], and no flag changes the time [vmclock.reading.flags]
///   errors   bad_multiplier, bad_shift, counter_before_snapshot, out_of_range
///   source   UAPI.13, "Calculating time", "Time error calculation"
[[nodiscard]] constexpr result<vmclock_reading> vmclock_reading_at(const vmclock_snapshot& page, u64 counter) noexcept {
  return vmclock_reading_by(vmclock_arithmetic{}, page, counter);
}

/// seconds + offset, offset in (−2^31, 2^31).
///   ensures  accepts exactly when the sum is in [0, 2^64)           [vmclock.tai.accepts]
[[nodiscard]] constexpr checked<u64> seconds_moved(u64 seconds, i32 offset) noexcept {
  if (offset < 0) return checked_sub(seconds, u64(-offset));
  return checked_add(seconds, u64(offset));
}

/// The reading's time in TAI, seconds since 1970-01-01 00:00:00 TAI.
///   ensures  accepts exactly pages of TAI, and pages of UTC with a valid offset, where it fits; then UTC + offset
///            [vmclock.tai.accepts]
///   errors   no_clock: the page makes no claim to TAI; out_of_range
[[nodiscard]] constexpr result<vmclock_time> tai(const vmclock_reading& seen) noexcept {
  if (seen.time_type == vmclock_time_tai) return seen.time;
  if (!((seen.time_type == vmclock_time_utc) & seen.tai_offset_valid)) return clock_error::no_clock;
  const checked<u64> seconds = seconds_moved(seen.time.seconds, i32(seen.tai_offset_sec));
  if (!seconds.fits) return clock_error::out_of_range;
  return vmclock_time{seconds.value, seen.time.fraction};
}

/// A point in UTC.
struct vmclock_utc {
  u64 seconds{};        ///< since 1970-01-01 00:00:00, leap seconds not counted
  u64 fraction{};       ///< 2^−64 s
  flag leap_second{};   ///< in the leap second 23:59:60, and `seconds` is that of the 23:59:59 before it
};

/// The reading's time in UTC, where the page can claim it (see this file's beginning).
///   ensures  accepts exactly by that rule [vmclock.utc.accepts]; never another second than UTC's, whenever the leap second
///            that the indicator allows may come [vmclock.utc.never-wrong]
///   errors   no_clock: the page makes no claim to UTC now; out_of_range: before 1970, or it does not fit
[[nodiscard]] constexpr result<vmclock_utc> utc(const vmclock_reading& seen) noexcept {
  const flag by_offset = (seen.time_type == vmclock_time_tai) & seen.tai_offset_valid;
  if (!(by_offset | (seen.time_type == vmclock_time_utc))) return clock_error::no_clock;
  const i32 offset = by_offset ? -i32(seen.tai_offset_sec) : i32(0);
  const checked<u64> moved = seconds_moved(seen.time.seconds, offset);
  const checked<u64> snapshot = seconds_moved(seen.snapshot_seconds, offset);
  if (!moved.fits | !snapshot.fits) return clock_error::out_of_range;
  const u64 now = moved.value;
  const u64 day = u64(seconds_per_day);
  const u64 second_of_day = now % day;
  const flag is_last = second_of_day == day - 1;
  const flag same_day = now / day == snapshot.value / day;
  if (seen.leap_indicator == vmclock_leap_now) {
    if (!((now == snapshot.value) & (is_last | ((second_of_day == 0) & (now != 0))))) return clock_error::no_clock;
    return vmclock_utc{now - one_if(!is_last), seen.time.fraction, true};
  }
  const flag positive = seen.leap_indicator == vmclock_leap_positive_pending;
  const flag negative = seen.leap_indicator == vmclock_leap_negative_pending;
  const flag is_known = seen.leap_indicator <= vmclock_leap_negative_past;
  const flag is_near = (now >= snapshot.value) & (wrapping_sub(now, snapshot.value) < u64(vmclock_utc_seconds_max));
  if (!(is_known & is_near & (same_day | !(positive | negative)) & !(negative & is_last))) return clock_error::no_clock;
  return vmclock_utc{now, seen.time.fraction, false};
}

/// The reading that every clock page gives: in ns, rounded down; in TAI where the page claims it, else on its own scale.
///   ensures  accepts exactly when it fits, and gives that; bounded by the declared maximum, from which rounding down to
///            whole ns takes less than one more [vmclock.convert.formula]
///   errors   out_of_range
[[nodiscard]] constexpr result<reading> to_reading(const vmclock_reading& exact) noexcept {
  const result<vmclock_time> in_tai = tai(exact);
  if (in_tai.error() == clock_error::out_of_range) return clock_error::out_of_range;
  const vmclock_time time = in_tai.value_or(exact.time);
  const u64 second = u64(nanoseconds_per_second);
  const checked<u64> whole = checked_mul(time.seconds, second);
  if (!whole.fits) return clock_error::out_of_range;
  const checked<u64> nanoseconds = checked_add(whole.value, full_product(time.fraction, second).high);
  if (!nanoseconds.fits) return clock_error::out_of_range;
  reading seen;
  seen.time = {nanoseconds.value};
  seen.counter = exact.counter;
  seen.version = exact.version;
  seen.error_bound_ns = exact.max_error.nanoseconds;
  seen.flags = exact.flags;
  seen.generation = exact.generation;
  seen.bounded = exact.max_error.declared;
  seen.stable = true;  // one page, and one counter, for all processors
  seen.clamped = exact.clamped;
  return seen;
}

/// What time the page tells at `counter`, as every clock page does.
///   ensures  what vmclock_reading_at and then to_reading say         [vmclock.reader.agrees]
///   errors   bad_multiplier, bad_shift, counter_before_snapshot, out_of_range
[[nodiscard]] constexpr result<reading> convert(const vmclock_snapshot& page, u64 counter) noexcept {
  const result<vmclock_reading> exact = vmclock_reading_at(page, counter);
  if (!exact) return exact.error();
  return to_reading(*exact);
}

/// read_vmclock, where `at` tells the time of a page at a counter.
///   ensures  as read_vmclock                                        [vmclock.page.total]
template <class At, class Memory, class Counter>
[[nodiscard]] constexpr result<vmclock_reading> read_vmclock_by(At at, const Memory& memory, Counter& counter,
                                                                u64 mapped_bytes, u8 counter_id) noexcept {
  const result<section<vmclock_page>> seen = read_section<vmclock_page>(memory, counter);
  if (!seen) return seen.error();
  const result<vmclock_snapshot> valid = check(seen->fields, mapped_bytes, counter_id);
  if (!valid) return valid.error();
  const result<vmclock_reading> read = at(seen->fields, seen->counter);
  if (!read) return read.error();
  vmclock_reading complete = *read;
  complete.version = seen->version;
  return complete;
}

/// One reading of a page, of which `memory` has all 112 bytes.
///   requires nothing of the page's contents
///   ensures  one update's fields [vmclock.read.one-update], judged by `check`, and read as vmclock_reading_at says
///            [vmclock.page.total]
///   errors   update_in_progress, and those of `check` and vmclock_reading_at
template <class Memory, class Counter>
[[nodiscard]] constexpr result<vmclock_reading> read_vmclock(const Memory& memory, Counter& counter, u64 mapped_bytes,
                                                             u8 counter_id) noexcept {
  return read_vmclock_by(vmclock_reading_at, memory, counter, mapped_bytes, counter_id);
}

/// How long a tick lasts, as a page says it.
struct vmclock_period {
  u64 counter_period_frac_sec{};
  u8 counter_period_shift{};
};

/// The period of a counter of that frequency, normalised: ⌊2^(64 + shift) / f⌋ in [2^63, 2^64).
///   ensures  accepts exactly f ≥ 2, where such a period exists [vmclock.publish.accepts]; never fast, and slow by less
///            than 2^−63                                             [vmclock.publish.error]
///   errors   bad_frequency
///   units    Hz in; 2^−(64 + shift) s out
///   source   UAPI.13, "Calculating time": 1 GHz is 0x89705F4136B4A597 / 2^(64 + 29)
[[nodiscard]] constexpr result<vmclock_period> vmclock_period_for(u64 frequency_hz) noexcept {
  if (frequency_hz < 2) return clock_error::bad_frequency;
  const u32 shift = 63 - leading_zeros(frequency_hz - 1);  // 2^shift < f <= 2^(shift + 1)
  return vmclock_period{full_quotient(wide{u64(1) << shift, 0}, frequency_hz).quotient, u8(shift)};
}

/// The counter frequency that a page stands for: the integer nearest to 2^(64 + shift) / period, the larger one in the
/// middle.
///   ensures  exactly that integer, or out_of_range where it does not fit 64 bits [vmclock.frequency.nearest]
///   errors   bad_multiplier, bad_shift, out_of_range
///   units    Hz
[[nodiscard]] constexpr result<u64> vmclock_frequency_hz(const vmclock_snapshot& page) noexcept {
  const result<vmclock_snapshot> valid = check_period(page);
  if (!valid) return valid.error();
  const u64 period = page.counter_period_frac_sec;
  const u64 dividend = u64(1) << u32(page.counter_period_shift);
  if (dividend >= period) return clock_error::out_of_range;
  const division exact = full_quotient(wide{dividend, 0}, period);
  return exact.quotient + one_if(exact.remainder >= period - exact.remainder);
}

/// Whether high − low < bound, or = bound where it may be, for high >= low.
///   ensures  exactly that                                           [vmclock.update.below]
[[nodiscard]] constexpr flag is_below(vmclock_time high, vmclock_time low, wide bound, flag may_equal) noexcept {
  const u64 fraction = wrapping_sub(high.fraction, low.fraction);
  const u64 seconds = wrapping_sub(wrapping_sub(high.seconds, low.seconds), one_if(high.fraction < low.fraction));
  const flag same_seconds = seconds == bound.high;
  return (seconds < bound.high) | (same_seconds & (fraction < bound.low)) | (same_seconds & (fraction == bound.low) & may_equal);
}

/// Whether |to − (from + span)| <= allowed, all in 2^−64 s, where span is the rational one.
///   ensures  exactly that, but for sums of 2^128 and more, which are within nothing [vmclock.update.within]
[[nodiscard]] constexpr flag is_within(vmclock_time from, const vmclock_span& span, vmclock_time to, wide allowed) noexcept {
  const result<vmclock_time> sum = later_by(from, span.floor);
  if (!sum) return false;
  const vmclock_time reached = *sum;
  const flag same_second = to.seconds == reached.seconds;
  const flag is_ahead = (to.seconds > reached.seconds) | (same_second & (to.fraction > reached.fraction));
  // Behind an inexact sum there is a part of a unit more.
  const flag near_above = is_below(to, reached, allowed, true);
  const flag near_below = is_below(reached, to, allowed, span.is_exact);
  return (is_ahead & near_above) | (near_below & !is_ahead);
}

/// `nanoseconds` in units of 2^−64 s, rounded down.
///   ensures  exactly that                                           [vmclock.update.nanoseconds]
[[nodiscard]] constexpr wide fraction_of_nanoseconds(u64 nanoseconds) noexcept {
  const u64 second = u64(nanoseconds_per_second);
  return {nanoseconds / second, full_quotient(wide{nanoseconds % second, 0}, second).quotient};
}

/// Whether the offset of UTC to TAI may change so: not, or by the leap second that the old page's indicator announces.
///   ensures  exactly that                                           [vmclock.update.announced]
[[nodiscard]] constexpr flag is_announced(i32 change, u8 leap_indicator) noexcept {
  const flag positive = (leap_indicator == vmclock_leap_positive_pending) | (leap_indicator == vmclock_leap_now);
  const flag negative = leap_indicator == vmclock_leap_negative_pending;
  return (change == 0) | ((change == 1) & positive) | ((change == -1) & negative);
}

/// The next page's seconds as the old page would tell them. In UTC, where both pages tell an offset to TAI, that is by the
/// old one's: a leap second moves the page's UTC and its offset, and not TAI, which is what `to_reading` gives.
///   ensures  the seconds are next's own, and in UTC by the change of the offset more       [vmclock.update.scales]
///   errors   inconsistent_update: another type; in UTC, an offset in only one of the two, or one that changes otherwise than
///            the old page announced; below 0 or from 2^64 on
[[nodiscard]] constexpr result<u64> seconds_as_told_by(const vmclock_snapshot& old, const vmclock_snapshot& next) noexcept {
  if (old.time_type != next.time_type) return clock_error::inconsistent_update;
  if (old.time_type != vmclock_time_utc) return next.time_sec;
  const flag by_offset = next.has(vmclock_tai_offset_valid);
  if (old.has(vmclock_tai_offset_valid) != by_offset) return clock_error::inconsistent_update;
  if (!by_offset) return next.time_sec;
  const i32 change = i32(next.tai_offset_sec) - i32(old.tai_offset_sec);
  const checked<u64> seconds = seconds_moved(next.time_sec, change);
  if (!(is_announced(change, old.leap_indicator) & seconds.fits)) return clock_error::inconsistent_update;
  return seconds.value;
}

/// consistent_update by an arithmetic that rounds as vmclock_arithmetic does.
///   ensures  as consistent_update                                   [vmclock.update.promise], [vmclock.update.accepts],
///            [vmclock.update.sound], [vmclock.update.leap]
template <class Arithmetic>
[[nodiscard]] constexpr result<vmclock_snapshot> consistent_update_by(const Arithmetic& by, const vmclock_snapshot& old,
                                                                      const vmclock_snapshot& next) noexcept {
  if (!is_relied_on(next)) return next;
  const result<vmclock_snapshot> valid = check_period(next);
  if (!valid) return valid.error();
  const flag relied_on = is_relied_on(old);
  const flag declared = old.declares_max_error();
  const flag has_period = (old.counter_period_frac_sec != 0) & (old.counter_period_shift <= vmclock_shift_max);
  const flag promised = declared & relied_on & has_period;
  if (!(promised & (old.disruption_marker == next.disruption_marker))) return next;
  const i64 distance = ticks_since(old, next.counter_value);
  const result<u64> seconds = seconds_as_told_by(old, next);
  if ((distance < 0) | !seconds.has_value()) return clock_error::inconsistent_update;
  const u64 ticks = u64(distance);
  const u32 shift = u32(old.counter_period_shift);
  const vmclock_time from{old.time_sec, old.time_frac_sec};
  const vmclock_time to{*seconds, next.time_frac_sec};
  const wide at_old = fraction_of_nanoseconds(old.time_maxerror_nanosec);
  const wide grown = by.span(ticks, old.counter_period_maxerror_rate_frac_sec, shift).floor;
  const wide at_next = sum_of(wide{at_old.high + grown.high, at_old.low}, grown.low);
  const vmclock_span by_old = by.span(ticks, old.counter_period_frac_sec, shift);
  const vmclock_span by_next = by.span(ticks, next.counter_period_frac_sec, u32(next.counter_period_shift));
  // At the old snapshot the new page's time is to − by_next; at the new one the old page's is from + by_old.
  const flag keeps_at_old = is_within(from, by_next, to, at_old);
  const flag keeps_at_next = is_within(from, by_old, to, at_next);
  if (!(keeps_at_old & keeps_at_next)) return clock_error::inconsistent_update;
  return next;
}

/// The next page if it keeps what the old one promised: at every counter value from the old snapshot to the next one, the
/// next page's rational time lies within the maximum error that the old page declared around its own.
///
/// Nothing is promised by a page that does not declare both parts of its maximum error, or may not be relied on, or is none;
/// nothing is claimed by a next page that may not be relied on. A changed disruption_marker lifts the rule: the guest
/// starts afresh. A next snapshot before the old one, or on another scale, is never consistent [vmclock.update.promise]; nor
/// is a page of UTC whose offset to TAI is valid in only one of the two, or has changed otherwise than by the leap second
/// that the old page announced, since readings would jump. Across that one the promise is kept in TAI, and no disruption
/// need be declared [vmclock.update.leap]. Of a page in TAI, the offset to UTC is no part of the promise.
///   ensures  accepts exactly what keeps the promise at both snapshots, each of its two parts first rounded down to
///            2^−64 s, and below 2^64 s [vmclock.update.accepts]; that keeps it at every counter in between
///            [vmclock.update.sound]; a page that goes on where the old one is, at its rate, is accepted if the old one
///            declared at least 1 ns                                 [vmclock.update.continues]
///   errors   bad_multiplier, bad_shift (of the next page); inconsistent_update
///   source   UAPI.13, "Time error calculation"
[[nodiscard]] constexpr result<vmclock_snapshot> consistent_update(const vmclock_snapshot& old,
                                                                   const vmclock_snapshot& next) noexcept {
  return consistent_update_by(vmclock_arithmetic{}, old, next);
}

/// Publishes `next` if `judge` accepts it after what stands in the page; else the page stays as it is.
///   ensures  that                                                   [vmclock.publish.judged]
template <class Judge, class Memory>
constexpr result<u32> publish_vmclock_by(Judge judge, Memory& memory, const vmclock_snapshot& next) noexcept {
  const result<vmclock_snapshot> consistent = judge(vmclock_page::load(memory), next);
  if (!consistent) return consistent.error();
  return publish_section<vmclock_page>(memory, next);
}

/// Publishes `next` if it is consistent with what stands in the page; else the page stays as it is. One writer at a time.
///   returns  the seq_count that the page now has
///   ensures  readers accept exactly the fields of one publication [vmclock.read.one-update]; a refused page changes nothing
///            [vmclock.publish.judged], [vmclock.writer.agrees]
///   errors   those of consistent_update
template <class Memory> constexpr result<u32> publish_vmclock(Memory& memory, const vmclock_snapshot& next) noexcept {
  return publish_vmclock_by(consistent_update, memory, next);
}

/// A page and its counter, and all there is to reading it.
///
///     guestclock::vmclock_reader<guestclock::x86::ordered_counter> clock(page, 4096, guestclock::vmclock_counter_x86_tsc);
///     if (const auto now = clock.now()) use(now->time);
///
/// Holds no resource. The page must stay mapped while the reader is used.
template <class Counter> class vmclock_reader {
 public:
  vmclock_reader(const volatile void* page, u64 mapped_bytes, u8 counter_id, Counter counter = {}) noexcept
      : page_(mapped_bytes < vmclock_size_min ? nullptr : page),
        mapped_bytes_(mapped_bytes),
        counter_id_(counter_id),
        counter_(counter) {}

  /// The page's fields and the counter now, whether or not they can be a clock.
  ///   ensures  what the bytes say                                   [vmclock.reader.agrees]
  ///   errors   no_clock (no page, not aligned to 8 bytes, or less than 112 bytes of it mapped), update_in_progress
  [[nodiscard]] result<section<vmclock_page>> snapshot() noexcept {
    return on_page<vmclock_page, section<vmclock_page>>(
        page_, [this](const auto& memory) { return read_section<vmclock_page>(memory, counter_); });
  }

  /// The time now, to 2^−64 s, and all that the page says about it.
  ///   errors   no_clock as above, and those of read_vmclock
  [[nodiscard]] result<vmclock_reading> now_exact() noexcept {
    return on_page<vmclock_page, vmclock_reading>(
        page_, [this](const auto& memory) { return read_vmclock(memory, counter_, mapped_bytes_, counter_id_); });
  }

  /// The time now.
  ///   errors   no_clock as above, and those of read_vmclock and to_reading
  [[nodiscard]] result<reading> now() noexcept {
    const result<vmclock_reading> exact = now_exact();
    if (!exact) return exact.error();
    return to_reading(*exact);
  }

 private:
  const volatile void* page_;
  u64 mapped_bytes_;
  u8 counter_id_;
  Counter counter_;
};

}  // namespace guestclock::inline GUESTCLOCK_WORDS
