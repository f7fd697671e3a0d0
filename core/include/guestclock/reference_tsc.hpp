// SPDX-License-Identifier: BSL-1.0
/// \file guestclock/reference_tsc.hpp
/// The reference TSC page of Hyper-V: its layout, and what time it tells.
///
///     page bytes ─ read_section ─▶ snapshot ─▶ reference_time_at(counter) ─▶ reading
///
/// A page says: at every counter value the partition's reference time is
///
///     ⌊ counter · tsc_scale / 2^64 ⌋ + tsc_offset      in units of 100 ns, since the partition was made
///
/// There is no snapshot of a counter, hence no counter before it. A sequence of 0 is a state, not an update: the page is
/// not usable *now*, and may never be again. Do not wait for it; read HV_X64_MSR_TIME_REF_COUNT (0x40000020) instead.
///
/// **Sequences return.** A sequence is meant to count up, but some hosts wrote 0 first and then counted on from it, so
/// that every update published 1. A reader cannot tell two such updates by their sequence. It therefore loads the fields
/// twice: at most one update in a pass is always seen, whatever its sequence; two or more in one pass of some 20 ns may
/// go unseen if they bring back the same sequence.
///
/// Source: Hyper-V Top Level Functional Specification, 12.7 (Partition Reference Time Enlightenment),
/// HV_REFERENCE_TSC_PAGE; Linux `hyperv-tlfs.h`, struct ms_hyperv_tsc_page.
#pragma once

#include <guestclock/instant.hpp>
#include <guestclock/pvclock.hpp>
#include <guestclock/reading.hpp>
#include <guestclock/result.hpp>
#include <guestclock/scale.hpp>
#include <guestclock/version_retry.hpp>
#include <guestclock/word.hpp>

namespace guestclock::inline GUESTCLOCK_WORDS {

/// The page as it lies in memory: 4096 bytes, little-endian, page aligned.
struct hv_reference_tsc_page {
  std::uint32_t tsc_sequence;  ///< 0: the page is not usable now
  std::uint32_t reserved1;
  std::uint64_t tsc_scale;     ///< 0.64 fixed point, 100 ns per tick
  std::int64_t tsc_offset;     ///< 100 ns
  std::uint64_t reserved2[509];
};
static_assert(sizeof(hv_reference_tsc_page) == 4096);
static_assert(offsetof(hv_reference_tsc_page, tsc_sequence) == 0);
static_assert(offsetof(hv_reference_tsc_page, tsc_scale) == 8);
static_assert(offsetof(hv_reference_tsc_page, tsc_offset) == 16);

inline constexpr std::uint32_t nanoseconds_per_reference_unit = 100;
inline constexpr std::uint32_t reference_units_per_second = 10'000'000;

/// A point on a partition's reference clock. Every value is one: 2^64 − 1 is a time like any other.
struct reference_time {
  u64 count{};  ///< units of 100 ns since the clock's zero

  ///   ensures  the order of the counts                                    [reference_tsc.time.order]
  [[nodiscard]] friend constexpr flag operator==(reference_time a, reference_time b) noexcept { return a.count == b.count; }
  [[nodiscard]] friend constexpr flag operator!=(reference_time a, reference_time b) noexcept { return !(a == b); }
  [[nodiscard]] friend constexpr ordering operator<=>(reference_time a, reference_time b) noexcept {
    return a.count <=> b.count;
  }

  /// The same point in ns.
  ///   ensures  accepts exactly when 100 · count fits, and gives it   [reference_tsc.time.nanoseconds]
  ///   errors   out_of_range: after 584 years
  [[nodiscard]] constexpr result<instant> to_instant() const noexcept {
    const checked<u64> nanoseconds = checked_mul(count, u64(nanoseconds_per_reference_unit));
    if (!nanoseconds.fits) return clock_error::out_of_range;
    return instant{nanoseconds.value};
  }

  /// The first point that is not before `time`. What is saved in 100 ns is rounded so: rounded down, a clock would go
  /// back by up to 99 ns when it is restored.
  ///   ensures  the least such point                                       [reference_tsc.time.not-before]
  [[nodiscard]] static constexpr reference_time not_before(instant time) noexcept {
    const u64 unit = u64(nanoseconds_per_reference_unit);
    return {time.nanoseconds / unit + one_if(time.nanoseconds % unit != 0)};
  }
};

/// The fields of a page, all of one update, in words.
struct reference_tsc_snapshot {
  u64 tsc_scale{};
  i64 tsc_offset{};

  [[nodiscard]] constexpr wide_tick_rate rate() const noexcept { return {tsc_scale, i8(0)}; }
  [[nodiscard]] friend constexpr flag operator==(const reference_tsc_snapshot& a, const reference_tsc_snapshot& b) noexcept {
    return (a.tsc_scale == b.tsc_scale) & (a.tsc_offset == b.tsc_offset);
  }
};

/// The page, for read_section and publish_section_after.
///   ensures  every field from its own bytes                                 [reference_tsc.layout.decodes]
struct reference_tsc_page {
  using fields = reference_tsc_snapshot;
  static constexpr std::size_t version_offset = 0;
  static constexpr std::size_t alignment_min = 8;  ///< the ABI aligns it to a page; the loads need no more than this
  static constexpr bool versions_return = true;
  static constexpr flag in_progress(u32) noexcept { return false; }
  static constexpr flag unusable(u32 sequence) noexcept { return sequence == 0; }
  static constexpr u32 while_updating(u32) noexcept { return 0; }
  /// The next sequence but 0, which means "not usable", and 0xFFFFFFFF, which meant it in an old edition of the
  /// specification; readers of this library accept the latter.
  ///   ensures  neither of them, nor `sequence`                             [reference_tsc.sequence.next]
  static constexpr u32 published_after(u32 sequence) noexcept {
    return sequence >= 0xFFFF'FFFE ? u32(1) : sequence + 1;
  }

  template <class Memory> static constexpr reference_tsc_snapshot load(const Memory& memory) noexcept {
    const u64 tsc_scale = memory.load(8);
    return {tsc_scale, as_signed(memory.load(16))};
  }
  template <class Memory> static constexpr void store(Memory& memory, const reference_tsc_snapshot& fields) noexcept {
    memory.store(8, fields.tsc_scale);
    memory.store(16, as_unsigned(fields.tsc_offset));
  }
};

/// The reference time at `counter`.
///   requires nothing: any snapshot, any counter
///   ensures  accepts exactly when the scale is not 0 and the exact sum is in [0, 2^64)  [reference_tsc.convert.accepts],
///            and then gives it [reference_tsc.convert.formula]; never earlier for a later counter
///            [reference_tsc.convert.order]
///   errors   bad_multiplier, out_of_range
[[nodiscard]] constexpr result<reference_time> reference_time_at(const reference_tsc_snapshot& page, u64 counter) noexcept {
  const result<u64> since = ticks_to_time(counter, page.rate());
  if (!since) return since.error();
  const checked<u64> time = page.tsc_offset < 0 ? checked_sub(*since, wrapping_sub(u64(0), as_unsigned(page.tsc_offset)))
                                                : checked_add(*since, as_unsigned(page.tsc_offset));
  if (!time.fits) return clock_error::out_of_range;
  return reference_time{time.value};
}

/// What a deployed reader shows at `counter`, bit for bit: the sum modulo 2^64, and nothing refused. Use it to predict
/// such a reader; never to tell the time.
///   ensures  the formula modulo 2^64 [reference_tsc.wrapping.definition]; equal to reference_time_at where that accepts
///            [reference_tsc.wrapping.agrees]
///   source   Linux `hv_read_tsc_page_tsc`
[[nodiscard]] constexpr reference_time reference_time_wrapping(const reference_tsc_snapshot& page, u64 counter) noexcept {
  return {wrapping_add(scale_product(counter, page.tsc_scale), as_unsigned(page.tsc_offset))};
}

/// What time the page tells at `counter`, in ns. A partition has one page, hence a stable one. The time is behind the
/// page's rational time by less than the bound, one unit of 100 ns.
///   ensures  accepts exactly when reference_time_at does and 100 times that fits; then 100 times that
///            [reference_tsc.convert.nanoseconds]; within its bound             [reference_tsc.convert.error]
///   errors   bad_multiplier, out_of_range
[[nodiscard]] constexpr result<reading> convert(const reference_tsc_snapshot& page, u64 counter) noexcept {
  const result<reference_time> time = reference_time_at(page, counter);
  if (!time) return time.error();
  const result<instant> nanoseconds = time->to_instant();
  if (!nanoseconds) return nanoseconds.error();
  reading seen;
  seen.time = *nanoseconds;
  seen.counter = counter;
  seen.error_bound_ns = u64(nanoseconds_per_reference_unit);
  seen.bounded = true;
  seen.stable = true;
  return seen;
}

/// One reading of a page.
///   requires nothing of the page's contents
///   ensures  one update's fields [version_retry.read.versions-return], converted as `convert` says
///            [reference_tsc.page.total]
///   errors   sequence_invalid: read the reference counter instead; update_in_progress, and those of `convert`
template <class Memory, class Counter>
[[nodiscard]] constexpr result<reading> read_reference_tsc(const Memory& memory, Counter& counter) noexcept {
  const result<section<reference_tsc_page>> seen = read_section<reference_tsc_page>(memory, counter);
  if (!seen) return seen.error();
  result<reading> converted = convert(seen->fields, seen->counter);
  if (!converted) return converted.error();
  reading complete = *converted;
  complete.version = seen->version;
  return complete;
}

/// One reading of a page, or of the hypervisor's own counter where the page says that it is not usable.
///   Fallback `result<reference_time> operator()()`: reads HV_X64_MSR_TIME_REF_COUNT, at the price of an exit. It is
///            called once at most
///   ensures  asks the fallback exactly when the sequence is 0, and never spins   [reference_tsc.fallback.asked]; such a
///            reading has version 0, and the counter value at which the fallback began
///   errors   those of read_reference_tsc but sequence_invalid, and those of the fallback
template <class Memory, class Counter, class Fallback>
[[nodiscard]] constexpr result<reading> read_reference_tsc_or(const Memory& memory, Counter& counter,
                                                              Fallback&& fallback) noexcept {
  const result<reading> seen = read_reference_tsc(memory, counter);
  if (seen.error() != clock_error::sequence_invalid) return seen;
  const u64 began = counter.sample().value;
  const result<reference_time> time = fallback();
  if (!time) return time.error();
  const result<instant> nanoseconds = time->to_instant();
  if (!nanoseconds) return nanoseconds.error();
  reading told;
  told.time = *nanoseconds;
  told.counter = began;
  told.error_bound_ns = u64(nanoseconds_per_reference_unit);
  told.bounded = true;
  told.stable = true;
  return told;
}

/// The page that KVM derives from its own clock's parameters for guests that ask for Hyper-V's.
///   ensures  the scale and offset that KVM computes, and an error exactly where KVM calls the page unusable or its offset
///            wraps, or its scale is 0 [reference_tsc.derive.accepts], [reference_tsc.derive.formula]; at and after the
///            snapshot its time is less than 300 ns behind the pvclock page's rational one, and less than 100 ns ahead
///            [reference_tsc.derive.close]
///   errors   unstable (TSC_STABLE is clear), bad_multiplier, bad_shift, out_of_range (a scale that does not fit: 10 MHz
///            and below)
///   source   Linux arch/x86/kvm/hyperv.c, compute_tsc_page_parameters
[[nodiscard]] constexpr result<reference_tsc_snapshot> derive_reference_tsc(const pvclock_snapshot& page) noexcept {
  if ((u32(page.flags) & pvclock_tsc_stable) == 0) return clock_error::unstable;
  const result<pvclock_snapshot> valid = check(page);
  if (!valid) return valid.error();
  const u64 unit = u64(nanoseconds_per_reference_unit);
  const wide scaled = full_product(u64(1) << u32(32 + i32(page.tsc_shift)), u64(page.tsc_to_system_mul));
  if (scaled.high >= unit) return clock_error::out_of_range;  // mul >= 100 · 2^(32 − shift)
  const u64 tsc_scale = full_quotient(scaled, unit).quotient;
  if (tsc_scale == 0) return clock_error::out_of_range;
  const u64 then = scale_product(page.tsc_timestamp, tsc_scale);
  const u64 now = page.system_time / unit;  // below 2^58
  // now − then, in [−2^63, 2^58): a two's complement difference whose sign says which is the greater.
  const i64 tsc_offset = as_signed(wrapping_sub(now, then));
  if ((tsc_offset < 0) != (now < then)) return clock_error::out_of_range;
  return reference_tsc_snapshot{tsc_scale, tsc_offset};
}

/// One partition's page and counter, and all there is to reading it.
///
///     guestclock::reference_tsc_reader<guestclock::x86::ordered_counter> clock(page);
///     if (const auto now = clock.now_or(read_time_ref_count)) use(now->time);
///
/// Holds no resource. The page must stay mapped while the reader is used.
template <class Counter> class reference_tsc_reader {
 public:
  explicit reference_tsc_reader(const volatile void* page, Counter counter = {}) noexcept
      : page_(page), counter_(counter) {}

  /// The page's fields and the counter now, whether or not they can be a clock.
  ///   errors   no_clock (no page, or not aligned to 8 bytes), sequence_invalid, update_in_progress
  [[nodiscard]] result<section<reference_tsc_page>> snapshot() noexcept {
    return on_page<reference_tsc_page, section<reference_tsc_page>>(
        page_, [this](const auto& memory) { return read_section<reference_tsc_page>(memory, counter_); });
  }

  /// The time now.
  ///   errors   no_clock (no page, or not aligned to 8 bytes), and those of read_reference_tsc
  [[nodiscard]] result<reading> now() noexcept {
    return on_page<reference_tsc_page, reading>(
        page_, [this](const auto& memory) { return read_reference_tsc(memory, counter_); });
  }

  /// The time now, from the fallback where the page is not usable.
  ///   errors   no_clock (no page, or not aligned to 8 bytes), and those of read_reference_tsc_or
  template <class Fallback> [[nodiscard]] result<reading> now_or(Fallback&& fallback) noexcept {
    return on_page<reference_tsc_page, reading>(
        page_, [&](const auto& memory) { return read_reference_tsc_or(memory, counter_, fallback); });
  }

 private:
  const volatile void* page_;
  Counter counter_;
};

}  // namespace guestclock::inline GUESTCLOCK_WORDS
