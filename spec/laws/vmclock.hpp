// SPDX-License-Identifier: BSL-1.0
/// \file spec/laws/vmclock.hpp
/// What <guestclock/vmclock.hpp> promises, for any 112 bytes and any counter. Times are whole numbers of 2^−64 s here.
#pragma once

#include <array>

#include <guestclock/vmclock.hpp>

#include "law.hpp"
#include "pages.hpp"

namespace guestclock::inline GUESTCLOCK_WORDS::laws {

constexpr integer exact_of(wide value) { return integer(value.high) * power_of_two(64) + integer(value.low); }
constexpr integer exact_of(const vmclock_time& time) {
  return integer(time.seconds) * power_of_two(64) + integer(time.fraction);
}
constexpr integer ceiling_div(const integer& a, const integer& b) { return floor_div(a + b - 1, b); }

/// Any fields at all: most are no clock.
template <class Inputs> constexpr vmclock_snapshot any_vmclock(Inputs& in) {
  vmclock_snapshot page;
  page.magic = in.template any<u32>("magic");
  page.size = in.template any<u32>("size");
  page.version = in.template any<u16>("version");
  page.counter_id = in.template any<u8>("counter_id");
  page.time_type = in.template any<u8>("time_type");
  page.disruption_marker = in.template any<u64>("disruption_marker");
  page.flags = in.template any<u64>("flags");
  page.clock_status = in.template any<u8>("clock_status");
  page.leap_second_smearing_hint = in.template any<u8>("leap_second_smearing_hint");
  page.tai_offset_sec = in.template any<i16>("tai_offset_sec");
  page.leap_indicator = in.template any<u8>("leap_indicator");
  page.counter_period_shift = in.template any<u8>("counter_period_shift");
  page.counter_value = in.template any<u64>("counter_value");
  page.counter_period_frac_sec = in.template any<u64>("counter_period_frac_sec");
  page.counter_period_esterror_rate_frac_sec = in.template any<u64>("counter_period_esterror_rate_frac_sec");
  page.counter_period_maxerror_rate_frac_sec = in.template any<u64>("counter_period_maxerror_rate_frac_sec");
  page.time_sec = in.template any<u64>("time_sec");
  page.time_frac_sec = in.template any<u64>("time_frac_sec");
  page.time_esterror_nanosec = in.template any<u64>("time_esterror_nanosec");
  page.time_maxerror_nanosec = in.template any<u64>("time_maxerror_nanosec");
  page.vm_generation_counter = in.template any<u64>("vm_generation_counter");
  return page;
}
/// What of a page its times depend on, where ticks have a time.
template <class Inputs> constexpr vmclock_snapshot timed_vmclock(Inputs& in) {
  vmclock_snapshot page;
  page.counter_period_shift = in.template between<u8>("counter_period_shift", 0, vmclock_shift_max);
  page.counter_value = in.template any<u64>("counter_value");
  page.counter_period_frac_sec = in.template between<u64>("counter_period_frac_sec", 1, max_of<u64>);
  page.time_sec = in.template any<u64>("time_sec");
  page.time_frac_sec = in.template any<u64>("time_frac_sec");
  return page;
}
template <class Inputs> constexpr vmclock_time any_vmclock_time(Inputs& in, const char* seconds, const char* fraction) {
  const u64 whole = in.template any<u64>(seconds);
  return {whole, in.template any<u64>(fraction)};
}

constexpr flag has_period(const vmclock_snapshot& page) {
  return (page.counter_period_frac_sec != 0) & (page.counter_period_shift <= 63);
}
/// As for pvclock: the whole number in [−2^63, 2^63) that is congruent to the counter's distance, and back.
constexpr integer exact_distance(const vmclock_snapshot& page, u64 counter) {
  const integer ahead = floor_mod(integer(counter) - integer(page.counter_value), power_of_two(64));
  return ahead < power_of_two(63) ? ahead : ahead - power_of_two(64);
}
constexpr u64 counter_at(const vmclock_snapshot& page, i64 distance) {
  return wrapping_add(page.counter_value, as_unsigned(distance));
}
/// The page's time `distance` ticks after its snapshot, distance >= 0, without any limit.
constexpr integer exact_time(const vmclock_snapshot& page, const integer& distance) {
  const integer span = distance * integer(page.counter_period_frac_sec);
  return exact_of(vmclock_time{page.time_sec, page.time_frac_sec}) +
         floor_div(span, power_of_two(u32(page.counter_period_shift)));
}
/// Bit k of the flags, counted from 0.
constexpr flag bit_of(u64 flags, u32 k) { return floor_mod(floor_div(integer(flags), power_of_two(k)), 2) == 1; }

/// vmclock_arithmetic's spans in whole numbers, for any unit 1 / 2^shift at all: what is proved with it holds for every
/// shift. That vmclock_arithmetic computes these: vmclock.span.exact.
struct exact_arithmetic {
  u64 unit;          ///< in place of 2^shift
  u64 other_unit{};  ///< the same for another shift than `shift`
  u8 shift{};

  constexpr integer unit_at(u32 places) const { return places == u32(shift) ? integer(unit) : integer(other_unit); }
  constexpr integer floor(u64 ticks, u64 rate, u32 places) const {
    return floor_div(integer(ticks) * integer(rate), unit_at(places));
  }
  constexpr vmclock_span span(u64 ticks, u64 rate, u32 places) const {
    const integer value = floor(ticks, rate, places);
    const flag is_exact = floor_mod(integer(ticks) * integer(rate), unit_at(places)) == 0;
    return {{word_of<u64>(floor_div(value, power_of_two(64))), word_of<u64>(floor_mod(value, power_of_two(64)))}, is_exact};
  }
  static constexpr wide nanoseconds(u64, u64, u32) { return {0, 0}; }
};

/// An arithmetic that gives anything at all, and requires that it is asked about the page's own ticks and shift. The rates
/// that it is asked about are told apart by number.
template <class Inputs> struct told_arithmetic {
  Inputs& in;
  u64 ticks;
  u32 shift;
  wide floor{};             ///< the span of the period's ticks
  std::array<wide, 3> ns{}; ///< by rate

  constexpr vmclock_span span(u64 of, u64 rate, u32 places) const {
    in.require((of == ticks) & (rate == u64(period)) & (places == shift));
    return {floor, true};
  }
  constexpr wide nanoseconds(u64 of, u64 rate, u32 places) const {
    in.require((of == ticks) & (places == shift));
    for (std::size_t k = 0; k < ns.size(); ++k)
      if (rate == u64(k + 1)) return ns[k];
    in.require(false);
    return {0, 0};
  }
  static constexpr int period = 1, max_rate = 2, est_rate = 3;
};
template <class Inputs>
constexpr told_arithmetic<Inputs> any_arithmetic(Inputs& in, vmclock_snapshot& page, i64 distance) {
  told_arithmetic<Inputs> by{in, distance < 0 ? wrapping_sub(u64(0), as_unsigned(distance)) : as_unsigned(distance),
                             u32(page.counter_period_shift)};
  by.floor.high = in.template between<u64>("span_high", 0, max_of<u64> >> 1);
  by.floor.low = in.template any<u64>("span_low");
  by.ns[0].low = in.template any<u64>("behind_ns");  // fits, where a counter is clamped: vmclock.nanoseconds.skew
  for (const std::size_t k : {std::size_t{1}, std::size_t{2}}) {
    by.ns[k].high = in.template between<u64>("grown_high", 0, u64(1) << 30);
    by.ns[k].low = in.template any<u64>("grown_low");
  }
  page.counter_period_frac_sec = by.period;
  page.counter_period_maxerror_rate_frac_sec = by.max_rate;
  page.counter_period_esterror_rate_frac_sec = by.est_rate;
  return by;
}

struct vmclock_shift_exact {
  static constexpr law_info info{"vmclock.shift.exact", "shifting 128 bits right is dividing by a power of two, rounded down"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const u32 places = in.template between<u32>("places", 0, 63);
    const u64 high = in.template any<u64>("high");
    const wide value{high, in.template any<u64>("low")};
    in.require(exact_of(shifted_right(value, places)) == floor_div(exact_of(value), power_of_two(places)));
  }
};

struct vmclock_sum_exact {
  static constexpr law_info info{"vmclock.sum.exact", "a sum below 2^128 is exact"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const u64 high = in.template between<u64>("high", 0, max_of<u64> - 1);
    const wide a{high, in.template any<u64>("low")};
    const u64 b = in.template any<u64>("b");
    in.require(exact_of(sum_of(a, b)) == exact_of(a) + integer(b));
  }
};

struct vmclock_span_exact {
  static constexpr law_info info{"vmclock.span.exact",
                                 "ticks last ticks * rate / 2^shift, rounded down, and it is known whether that is exact"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const u64 ticks = in.template any<u64>("ticks");
    const u64 rate = in.template any<u64>("rate");
    const u32 shift = in.template between<u32>("shift", 0, 63);
    const vmclock_span span = vmclock_arithmetic::span(ticks, rate, shift);
    const integer product = integer(ticks) * integer(rate);
    in.require(exact_of(span.floor) == floor_div(product, power_of_two(shift)));
    in.require(span.is_exact == (floor_mod(product, power_of_two(shift)) == 0));
  }
};

struct vmclock_nanoseconds_ceiling {
  static constexpr law_info info{
      "vmclock.nanoseconds.ceiling",
      "ticks in ns, rounded up, are the least whole number not below ticks * rate * 10^9 / 2^(64 + shift)"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const u64 ticks = in.template any<u64>("ticks");
    const u64 rate = in.template any<u64>("rate");
    const u32 shift = in.template between<u32>("shift", 0, 63);
    const integer least = exact_of(vmclock_arithmetic::nanoseconds(ticks, rate, shift));
    const integer rational = integer(ticks) * integer(rate) * 1'000'000'000;
    const integer unit = power_of_two(64) * power_of_two(shift);
    in.require((rational <= least * unit) & ((least - 1) * unit < rational));
  }
};

struct vmclock_time_order {
  static constexpr law_info info{"vmclock.time.order", "points of a page's scale are ordered as the times that they are"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const vmclock_time a = any_vmclock_time(in, "a_seconds", "a_fraction");
    const vmclock_time b = any_vmclock_time(in, "b_seconds", "b_fraction");
    in.require((a == b) == (exact_of(a) == exact_of(b)));
    in.require((a != b) == (exact_of(a) != exact_of(b)));
    in.require((a <=> b) < 0 ? exact_of(a) < exact_of(b) : exact_of(a) >= exact_of(b));
    in.require((a <=> b) > 0 ? exact_of(a) > exact_of(b) : exact_of(a) <= exact_of(b));
  }
};

struct vmclock_time_later {
  static constexpr law_info info{"vmclock.time.later", "a point and a span have a sum exactly when it fits, and it is exact"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const vmclock_time start = any_vmclock_time(in, "seconds", "fraction");
    const u64 high = in.template between<u64>("high", 0, max_of<u64> >> 1);
    const wide span{high, in.template any<u64>("low")};
    const auto sum = later_by(start, span);
    const integer expected = exact_of(start) + exact_of(span);
    in.require(flag(sum.has_value()) == (expected < power_of_two(128)));
    if (sum) in.require(exact_of(*sum) == expected);
    else in.require(sum.error() == clock_error::out_of_range);
  }
};

struct vmclock_distance_exact {
  static constexpr law_info info{"vmclock.distance.exact",
                                 "a counter's distance from the snapshot is the least in magnitude modulo 2^64, with its sign"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const vmclock_snapshot page = timed_vmclock(in);
    const u64 counter = in.template any<u64>("counter");
    in.require(integer(ticks_since(page, counter)) == exact_distance(page, counter));
    const i64 distance = in.template any<i64>("distance");
    in.require(ticks_since(page, counter_at(page, distance)) == distance);
  }
};

struct vmclock_period_accepts {
  static constexpr law_info info{"vmclock.period.accepts",
                                 "ticks have a time exactly when the period is not 0 and its shift at most 63"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const vmclock_snapshot page = any_vmclock(in);
    const auto valid = check_period(page);
    in.require(flag(valid.has_value()) == has_period(page));
    if (!valid) return in.require((valid.error() == clock_error::bad_multiplier) == (page.counter_period_frac_sec == 0));
    in.require(valid->counter_value == page.counter_value);
  }
};

struct vmclock_check_accepts {
  static constexpr law_info info{
      "vmclock.check.accepts",
      "a page is a clock exactly when its header is a vmclock's, it lies within what is mapped, speaks of the wanted counter, "
      "counts UTC, TAI or monotonic time, may be relied on, and has a period; headers are looked at first"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    vmclock_snapshot page = any_vmclock(in);
    u64 mapped_bytes = in.template any<u64>("mapped_bytes");
    const u8 counter_id = in.template any<u8>("wanted");
    if (in.template between<u8>("near", 0, 1) == 1) {  // nearly a page: drawn inputs would hardly ever be one
      page.magic = vmclock_magic;
      page.version = vmclock_version;
      page.counter_id = counter_id;
      page.size = in.template between<u32>("near_size", 110, 114);
      mapped_bytes = in.template between<u64>("near_mapped_bytes", 110, 114);
      page.time_type = in.template between<u8>("near_time_type", 0, 4);
      page.clock_status = in.template between<u8>("near_clock_status", 0, 5);
    }
    const auto valid = guestclock::check(page, mapped_bytes, counter_id);
    const flag of_this_kind = (page.magic == 0x4B4C'4356) & (page.version == 1);
    const flag of_this_size = (integer(page.size) >= 112) & (integer(page.size) <= integer(mapped_bytes));
    const flag of_this_counter = page.counter_id == counter_id;
    const flag of_known_time = (page.time_type == 0) | (page.time_type == 1) | (page.time_type == 2);
    const flag relied_on = (page.clock_status == 2) | (page.clock_status == 3);
    const flag header = of_this_kind & of_this_size & of_this_counter & of_known_time & relied_on;
    in.require(flag(valid.has_value()) == (header & has_period(page)));
    in.require(flag(valid.error() == clock_error::invalid_header) == !header);
    if (!valid) return in.require(!header | flag(valid.error() == check_period(page).error()));
    in.require(valid->counter_value == page.counter_value);
  }
};

constexpr flag same_fields(const vmclock_snapshot& a, const vmclock_snapshot& b) {
  return (a.magic == b.magic) & (a.size == b.size) & (a.version == b.version) & (a.counter_id == b.counter_id) &
         (a.time_type == b.time_type) & (a.disruption_marker == b.disruption_marker) & (a.flags == b.flags) &
         (a.clock_status == b.clock_status) & (a.leap_second_smearing_hint == b.leap_second_smearing_hint) &
         (a.tai_offset_sec == b.tai_offset_sec) & (a.leap_indicator == b.leap_indicator) &
         (a.counter_period_shift == b.counter_period_shift) & (a.counter_value == b.counter_value) &
         (a.counter_period_frac_sec == b.counter_period_frac_sec) &
         (a.counter_period_esterror_rate_frac_sec == b.counter_period_esterror_rate_frac_sec) &
         (a.counter_period_maxerror_rate_frac_sec == b.counter_period_maxerror_rate_frac_sec) & (a.time_sec == b.time_sec) &
         (a.time_frac_sec == b.time_frac_sec) & (a.time_esterror_nanosec == b.time_esterror_nanosec) &
         (a.time_maxerror_nanosec == b.time_maxerror_nanosec) & (a.vm_generation_counter == b.vm_generation_counter);
}

struct vmclock_layout_decodes {
  static constexpr law_info info{"vmclock.layout.decodes",
                                 "every field is read from its own bytes, and writing fields and reading them gives them back"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    constant_vmclock_page bytes = any_vmclock_page(in);
    const vmclock_snapshot page = vmclock_page::load(bytes);
    in.require(integer(bytes.word0) == integer(page.magic) + integer(page.size) * power_of_two(32));
    in.require(integer(bytes.word8) == integer(page.version) + integer(page.counter_id) * power_of_two(16) +
                                           integer(page.time_type) * power_of_two(24));
    const u64 states = bytes.words[2];
    const integer padding = floor_mod(integer(states), power_of_two(16));
    const integer offset = integer(page.tai_offset_sec) + (i32(page.tai_offset_sec) < 0 ? power_of_two(16) : integer(0));
    in.require(integer(states) == padding + integer(page.clock_status) * power_of_two(16) +
                                      integer(page.leap_second_smearing_hint) * power_of_two(24) + offset * power_of_two(32) +
                                      integer(page.leap_indicator) * power_of_two(48) +
                                      integer(page.counter_period_shift) * power_of_two(56));
    in.require((page.disruption_marker == bytes.words[0]) & (page.flags == bytes.words[1]));
    in.require((page.counter_value == bytes.words[3]) & (page.counter_period_frac_sec == bytes.words[4]));
    in.require(page.counter_period_esterror_rate_frac_sec == bytes.words[5]);
    in.require(page.counter_period_maxerror_rate_frac_sec == bytes.words[6]);
    in.require((page.time_sec == bytes.words[7]) & (page.time_frac_sec == bytes.words[8]));
    in.require((page.time_esterror_nanosec == bytes.words[9]) & (page.time_maxerror_nanosec == bytes.words[10]));
    in.require(page.vm_generation_counter == bytes.words[11]);
  }
};

struct vmclock_layout_encodes {
  static constexpr law_info info{"vmclock.layout.encodes", "writing fields and reading them gives them back, with padding of zero"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    constant_vmclock_page bytes = any_vmclock_page(in);
    const u32 version = bytes.version;
    const vmclock_snapshot fields = any_vmclock(in);
    vmclock_page::store(bytes, fields);
    in.require(same_fields(vmclock_page::load(bytes), fields));
    in.require(floor_mod(integer(bytes.words[2]), power_of_two(16)) == 0);
    in.require(bytes.version == version);
  }
};

struct vmclock_nanoseconds_skew {
  static constexpr law_info info{"vmclock.nanoseconds.skew",
                                 "the time of as many ticks as skew may be fits 64 bits in ns, without a shift, where it is the longest"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const u64 ticks = in.template between<u64>("ticks", 0, u64(skew_ticks_max));
    const u64 rate = in.template any<u64>("rate");
    in.require(nanoseconds_ceiling(ticks, rate, 0).high == 0);
  }
};

struct vmclock_reading_accepts {
  static constexpr law_info info{
      "vmclock.reading.accepts",
      "a counter has a time exactly when the page has a period, the counter is no further behind than skew_ticks_max, and the "
      "result fits"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    vmclock_snapshot page = any_vmclock(in);
    const u64 counter = in.template any<u64>("counter");
    const i64 distance = ticks_since(page, counter);
    const auto by = any_arithmetic(in, page, distance);
    page.counter_period_frac_sec = in.template between<u64>("period", 0, 1);
    const auto seen = vmclock_reading_by(by, page, counter);
    if (!has_period(page)) return in.require(!seen.has_value() && seen.error() == check_period(page).error());
    if (distance < 0) {
      in.require(flag(seen.has_value()) == (distance >= -skew_ticks_max));
      return in.require(seen.has_value() || seen.error() == clock_error::counter_before_snapshot);
    }
    const integer time = exact_of(vmclock_time{page.time_sec, page.time_frac_sec}) + exact_of(by.floor);
    in.require(flag(seen.has_value()) == (time < power_of_two(128)));
    in.require(seen.has_value() || seen.error() == clock_error::out_of_range);
  }
};

struct vmclock_reading_formula {
  static constexpr law_info info{"vmclock.reading.formula",
                                 "a counter at or after the snapshot has exactly the formula's time, in 128 bits"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const vmclock_snapshot page = timed_vmclock(in);
    const u64 counter = counter_at(page, in.template between<i64>("distance", 0, max_of<i64>));
    const i64 distance = ticks_since(page, counter);
    const auto seen = vmclock_reading_at(page, counter);
    if (!in.assume(seen.has_value())) return;
    in.require(exact_of(seen->time) == exact_time(page, integer(distance)));
    in.require(!seen->clamped & (seen->counter == counter));
  }
};

struct vmclock_reading_clamp {
  static constexpr law_info info{"vmclock.reading.clamp",
                                 "a counter just before the snapshot has the snapshot's own time, and says so"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const vmclock_snapshot page = timed_vmclock(in);
    const u64 counter = counter_at(page, in.template between<i64>("distance", -skew_ticks_max, -1));
    const auto seen = vmclock_reading_at(page, counter);
    in.require(seen.has_value());
    in.require(seen->clamped & (seen->counter == counter));
    in.require(seen->time == vmclock_time{page.time_sec, page.time_frac_sec});
  }
};

struct vmclock_reading_errors {
  static constexpr law_info info{
      "vmclock.reading.errors",
      "an error, maximum or estimate, is declared exactly where the page declares both of its parts and their sum fits, and is "
      "that sum, with the time that a clamped counter is behind"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    vmclock_snapshot page = any_vmclock(in);
    page.counter_period_shift = in.template between<u8>("shift", 0, vmclock_shift_max);
    const u64 counter = counter_at(page, in.template between<i64>("distance", -skew_ticks_max, max_of<i64>));
    const i64 distance = ticks_since(page, counter);
    const auto by = any_arithmetic(in, page, distance);
    const auto seen = vmclock_reading_by(by, page, counter);
    if (!in.assume(seen.has_value())) return;
    const integer behind = distance < 0 ? integer(by.ns[0].low) : integer(0);
    const integer most = integer(page.time_maxerror_nanosec) + exact_of(by.ns[1]) + behind;
    in.require(seen->max_error.declared == (bit_of(page.flags, 4) & bit_of(page.flags, 6) & (most < power_of_two(64))));
    in.require((integer(seen->max_error.nanoseconds) == most) | !seen->max_error.declared);
    const integer estimate = integer(page.time_esterror_nanosec) + exact_of(by.ns[2]) + behind;
    in.require(seen->est_error.declared == (bit_of(page.flags, 3) & bit_of(page.flags, 5) & (estimate < power_of_two(64))));
    in.require((integer(seen->est_error.nanoseconds) == estimate) | !seen->est_error.declared);
  }
};

struct vmclock_reading_order {
  static constexpr law_info info{"vmclock.reading.order",
                                 "by signed distance from the snapshot, a later counter never has an earlier time"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const vmclock_snapshot page = timed_vmclock(in);
    const i64 earlier = in.template between<i64>("earlier", -skew_ticks_max, max_of<i64>);
    const i64 later = in.template between<i64>("later", earlier, max_of<i64>);
    const exact_arithmetic by{in.template between<u64>("unit", 1, u64(1) << 63), 1, page.counter_period_shift};
    const auto before = vmclock_reading_by(by, page, counter_at(page, earlier));
    const auto after = vmclock_reading_by(by, page, counter_at(page, later));
    if (!in.assume(before.has_value() && after.has_value())) return;
    in.require(exact_of(before->time) <= exact_of(after->time));
  }
};

struct vmclock_reading_fields {
  static constexpr law_info info{"vmclock.reading.fields",
                                 "a reading says what the page says: its flags, known bits by name, and its fields"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    vmclock_snapshot page = any_vmclock(in);
    page.counter_period_shift = in.template between<u8>("shift", 0, vmclock_shift_max);
    const u64 counter = in.template any<u64>("counter");
    const auto seen = vmclock_reading_by(any_arithmetic(in, page, ticks_since(page, counter)), page, counter);
    if (!in.assume(seen.has_value())) return;
    in.require((seen->flags == page.flags) & (seen->snapshot_seconds == page.time_sec));
    in.require((seen->tai_offset_sec == page.tai_offset_sec) & (seen->clock_status == page.clock_status));
    in.require((seen->time_type == page.time_type) & (seen->leap_indicator == page.leap_indicator));
    in.require(seen->generation.disruption_marker == page.disruption_marker);
    in.require(seen->generation.vm_generation_counter == (bit_of(page.flags, 8) ? page.vm_generation_counter : u64(0)));
    in.require((seen->tai_offset_valid == bit_of(page.flags, 0)) & (seen->disruption_soon == bit_of(page.flags, 1)));
    in.require(seen->disruption_imminent == bit_of(page.flags, 2));
  }
};

struct vmclock_reading_flags {
  static constexpr law_info info{"vmclock.reading.flags", "flags change neither the time nor whether there is one"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    vmclock_snapshot page = timed_vmclock(in);
    const u64 counter = in.template any<u64>("counter");
    const auto by = any_arithmetic(in, page, ticks_since(page, counter));
    page.flags = in.template any<u64>("flags");
    vmclock_snapshot other = page;
    other.flags = in.template any<u64>("other_flags");
    const auto seen = vmclock_reading_by(by, page, counter);
    const auto seen_other = vmclock_reading_by(by, other, counter);
    in.require(seen.error() == seen_other.error());
    if (!seen || !seen_other) return;
    in.require((seen->time == seen_other->time) & (flag(seen->clamped) == flag(seen_other->clamped)));
  }
};

/// Any reading, of pages of any kind.
template <class Inputs> constexpr vmclock_reading any_vmclock_reading(Inputs& in) {
  vmclock_reading seen;
  seen.time = any_vmclock_time(in, "seconds", "fraction");
  seen.snapshot_seconds = in.template any<u64>("snapshot_seconds");
  seen.tai_offset_sec = in.template any<i16>("tai_offset_sec");
  seen.time_type = in.template between<u8>("time_type", 0, 4);
  seen.leap_indicator = in.template between<u8>("leap_indicator", 0, 6);
  seen.tai_offset_valid = in.template between<u8>("tai_offset_valid", 0, 1) == 1;
  return seen;
}

struct vmclock_tai_accepts {
  static constexpr law_info info{"vmclock.tai.accepts",
                                 "a page claims TAI exactly if it counts TAI, or UTC with a valid offset; then TAI is UTC + offset"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const vmclock_reading seen = any_vmclock_reading(in);
    const auto time = tai(seen);
    const flag shifted = (seen.time_type == 0) & seen.tai_offset_valid;
    if (!(shifted | (seen.time_type == 1))) return in.require(time.error() == clock_error::no_clock);
    const integer expected = integer(seen.time.seconds) + (shifted ? integer(seen.tai_offset_sec) : integer(0));
    in.require(flag(time.has_value()) == ((expected >= 0) & (expected < power_of_two(64))));
    if (!time) return in.require(time.error() == clock_error::out_of_range);
    in.require((integer(time->seconds) == expected) & (time->fraction == seen.time.fraction));
  }
};

/// A page's UTC counts at the snapshot and now, and what it may claim of them.
struct vmclock_utc_accepts {
  static constexpr law_info info{
      "vmclock.utc.accepts",
      "UTC is claimed exactly as long as no leap second can have come since the snapshot, or the snapshot's second is one"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const vmclock_reading seen = any_vmclock_reading(in);
    const auto time = utc(seen);
    const flag by_offset = (seen.time_type == 1) & seen.tai_offset_valid;
    if (!(by_offset | (seen.time_type == 0))) return in.require(time.error() == clock_error::no_clock);
    const integer offset = by_offset ? integer(seen.tai_offset_sec) : integer(0);
    const integer now = integer(seen.time.seconds) - offset;
    const integer then = integer(seen.snapshot_seconds) - offset;
    const flag fits = (now >= 0) & (then >= 0) & (now < power_of_two(64)) & (then < power_of_two(64));
    if (!fits) return in.require(time.error() == clock_error::out_of_range);
    const integer last = floor_div(then, 86'400) * 86'400 + 86'399;  // the last second of the snapshot's day
    const flag later = then <= now;
    const flag none = ((seen.leap_indicator == 0) | (seen.leap_indicator == 4) | (seen.leap_indicator == 5)) & later &
                      (now < then + 28 * 86'400);
    const flag positive = (seen.leap_indicator == 1) & later & (now <= last);
    const flag negative = (seen.leap_indicator == 2) & later & (now < last);
    const flag ends_day = floor_mod(now, 86'400) == 86'399;
    const flag begins_day = (floor_mod(now, 86'400) == 0) & (now != 0);
    const flag leap = (seen.leap_indicator == 3) & (now == then) & (ends_day | begins_day);
    in.require(flag(time.has_value()) == (none | positive | negative | leap));
    if (!time) return in.require(time.error() == clock_error::no_clock);
    in.require((time->leap_second == leap) & (time->fraction == seen.time.fraction));
    in.require(integer(time->seconds) == ((leap & begins_day) ? now - 1 : now));
  }
};

/// The world: UTC runs 86 400 seconds a day, but one day has a second more or less, and TAI runs through.
struct vmclock_utc_never_wrong {
  static constexpr law_info info{
      "vmclock.utc.never-wrong",
      "whichever day the leap second comes that the indicator allows, a claim to UTC names the second that it is"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    vmclock_reading seen;
    seen.tai_offset_valid = true;
    seen.time_type = in.template between<u8>("time_type", 0, 1);
    seen.leap_indicator = in.template between<u8>("leap_indicator", 0, 5);
    seen.tai_offset_sec = in.template any<i16>("tai_offset_sec");
    const u64 snapshot = in.template between<u64>("snapshot_utc", 100'000, max_of<u64> >> 2);  // as the page counts it
    const u64 passed = in.template between<u64>("seconds_since", 0, max_of<u64> >> 2);
    const i32 offset = seen.time_type == 1 ? i32(seen.tai_offset_sec) : i32(0);
    seen.snapshot_seconds = word_of<u64>(integer(snapshot) + integer(offset));
    seen.time.seconds = word_of<u64>(integer(snapshot) + integer(offset) + integer(passed));
    const auto time = utc(seen);
    if (!in.assume(time.has_value())) return;
    const integer then = snapshot;
    const integer day = floor_div(then, 86'400);
    if (seen.leap_indicator == 3) {  // in the leap second at the snapshot: the count repeats 23:59:59, or begins the next day
      const integer before = floor_mod(then, 86'400) == 0 ? then - 1 : then;
      in.require(time->leap_second & (integer(time->seconds) == before) & (passed == 0));
      return in.require(floor_mod(before, 86'400) == 86'399);
    }
    // The first second of the day after the leap second, as counted without it.
    const integer extra = in.template between<u64>("days_until", 0, max_of<u64> >> 20);
    const flag pending = (seen.leap_indicator == 1) | (seen.leap_indicator == 2);
    const integer after = (day + 1 + extra) * 86'400 + (pending ? integer(0) : integer(28 * 86'400));
    const flag is_negative = (seen.leap_indicator == 2) | (!pending & (in.template between<u8>("negative", 0, 1) == 1));
    const integer now = then + integer(passed);
    const integer changes_at = is_negative ? after - 1 : after;  // from here on the count without a leap second is wrong
    if (!in.assume(then < changes_at)) return;                   // the page was right at its snapshot
    in.require(!time->leap_second & (integer(time->seconds) == now) & (now < changes_at));
  }
};

struct vmclock_convert_formula {
  static constexpr law_info info{
      "vmclock.convert.formula",
      "a reading in ns is the time in TAI where that is claimed, else on the page's own scale, rounded down, or does not fit"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    vmclock_reading exact = any_vmclock_reading(in);
    exact.counter = in.template any<u64>("counter");
    exact.version = in.template any<u32>("seq_count");
    exact.flags = in.template any<u64>("flags");
    exact.max_error.nanoseconds = in.template any<u64>("max_error");
    exact.max_error.declared = in.template between<u8>("declared", 0, 1) == 1;
    exact.clamped = in.template between<u8>("clamped", 0, 1) == 1;
    exact.generation.disruption_marker = in.template any<u64>("disruption_marker");
    exact.generation.vm_generation_counter = in.template any<u64>("vm_generation_counter");
    const auto seen = to_reading(exact);
    const flag shifted = (exact.time_type == 0) & exact.tai_offset_valid;
    const integer seconds = integer(exact.time.seconds) + (shifted ? integer(exact.tai_offset_sec) : integer(0));
    const integer ns = seconds * 1'000'000'000 + floor_div(integer(exact.time.fraction) * 1'000'000'000, power_of_two(64));
    in.require(flag(seen.has_value()) == ((seconds >= 0) & (ns < power_of_two(64))));
    if (!seen) return in.require(seen.error() == clock_error::out_of_range);
    in.require(integer(seen->time.nanoseconds) == ns);
    in.require((seen->counter == exact.counter) & (seen->version == exact.version) & (seen->flags == exact.flags));
    in.require((seen->error_bound_ns == exact.max_error.nanoseconds) & (seen->bounded == exact.max_error.declared));
    in.require((seen->generation == exact.generation) & (seen->clamped == exact.clamped));
    in.require(seen->stable & !seen->guest_stopped);
  }
};

struct vmclock_page_total {
  static constexpr law_info info{
      "vmclock.page.total",
      "any 112 bytes and any counter: an odd version is an update in progress, the rest is as check and the reading say"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const constant_vmclock_page bytes = any_vmclock_page(in);
    constant_counter counter{in.template any<u64>("counter")};
    const u64 mapped_bytes = in.template any<u64>("mapped_bytes");
    const u8 counter_id = in.template any<u8>("wanted");
    vmclock_reading told = any_vmclock_reading(in);  // by whatever tells the time: it is asked once, of the page at the counter
    const flag tells = in.template between<u8>("tells", 0, 1) == 1;
    int asked = 0;
    const auto at = [&](const vmclock_snapshot& page, u64 sampled) -> result<vmclock_reading> {
      ++asked;
      told.flags = page.flags;
      told.counter = sampled;
      if (!tells) return clock_error::out_of_range;
      return told;
    };
    const auto seen = read_vmclock_by(at, bytes, counter, mapped_bytes, counter_id);
    if (floor_mod(integer(bytes.version), 2) == 1) return in.require(seen.error() == clock_error::update_in_progress);
    const auto valid = guestclock::check(vmclock_page::load(bytes), mapped_bytes, counter_id);
    if (!valid) return in.require(seen.error() == valid.error());
    in.require(asked == 1);
    if (!tells) return in.require(seen.error() == clock_error::out_of_range);
    in.require(seen.has_value());
    in.require((seen->time == told.time) & (seen->counter == counter.value) & (seen->flags == bytes.words[1]));
    in.require((seen->time_type == told.time_type) & (seen->version == bytes.version));
  }
};

struct vmclock_publish_accepts {
  static constexpr law_info info{"vmclock.publish.accepts",
                                 "a frequency has a normalised period exactly from 2 Hz on; then all 64 bits of it count"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const u64 frequency = in.template any<u64>("frequency_hz");
    const auto period = vmclock_period_for(frequency);
    in.require(flag(period.has_value()) == (frequency >= 2));
    if (!period) return in.require(period.error() == clock_error::bad_frequency);
    in.require(integer(period->counter_period_frac_sec) >= power_of_two(63));
    in.require(period->counter_period_shift <= 63);
  }
};

struct vmclock_publish_error {
  static constexpr law_info info{"vmclock.publish.error",
                                 "by a published period the ticks of a second last a second, or less by under 2^-63 of it"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const u64 frequency = in.template between<u64>("frequency_hz", 2, max_of<u64>);
    const auto period = vmclock_period_for(frequency);
    in.require(period.has_value());
    const integer second = integer(period->counter_period_frac_sec) * integer(frequency);
    const integer expected = power_of_two(64) * power_of_two(u32(period->counter_period_shift));
    in.require(second <= expected);
    in.require((expected - second) * power_of_two(63) < expected);
  }
};

struct vmclock_frequency_nearest {
  static constexpr law_info info{"vmclock.frequency.nearest",
                                 "the frequency is the integer nearest to the rational one, or does not fit"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    vmclock_snapshot page;
    page.counter_period_frac_sec = in.template any<u64>("counter_period_frac_sec");
    page.counter_period_shift = in.template any<u8>("counter_period_shift");
    const auto frequency = vmclock_frequency_hz(page);
    if (!has_period(page)) return in.require(!frequency.has_value() && frequency.error() == check_period(page).error());
    const integer period = page.counter_period_frac_sec;
    const integer scaled = power_of_two(64) * power_of_two(u32(page.counter_period_shift));
    in.require(flag(frequency.has_value()) == (2 * scaled + period < 2 * period * power_of_two(64)));
    if (!frequency) return in.require(frequency.error() == clock_error::out_of_range);
    const integer difference = 2 * (integer(*frequency) * period - scaled);
    in.require((-period < difference) & (difference <= period));
  }
};

struct vmclock_update_nanoseconds {
  static constexpr law_info info{"vmclock.update.nanoseconds", "ns in units of 2^-64 s are rounded down"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const u64 nanoseconds = in.template any<u64>("nanoseconds");
    const integer units = exact_of(fraction_of_nanoseconds(nanoseconds));
    const integer exact = integer(nanoseconds) * power_of_two(64);
    in.require((units * 1'000'000'000 <= exact) & (exact < (units + 1) * 1'000'000'000));
  }
};

struct vmclock_update_below {
  static constexpr law_info info{"vmclock.update.below", "a difference of points is compared with a bound as the number that it is"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const vmclock_time low = any_vmclock_time(in, "low_seconds", "low_fraction");
    const u64 seconds = in.template between<u64>("high_seconds", low.seconds, max_of<u64>);
    const vmclock_time high{seconds, in.template any<u64>("high_fraction")};
    const u64 bound_high = in.template any<u64>("bound_high");
    const wide bound{bound_high, in.template any<u64>("bound_low")};
    const flag may_equal = in.template between<u8>("may_equal", 0, 1) == 1;
    const integer difference = exact_of(high) - exact_of(low);
    const integer most = exact_of(bound);
    const flag expected = (difference < most) | ((difference == most) & may_equal);
    in.require((is_below(high, low, bound, may_equal) == expected) | (difference < 0));
  }
};

struct vmclock_update_within {
  static constexpr law_info info{
      "vmclock.update.within",
      "a time is within a bound of another one and a rational span exactly when their difference is, and the sum fits"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const vmclock_time from = any_vmclock_time(in, "from_seconds", "from_fraction");
    const vmclock_time to = any_vmclock_time(in, "to_seconds", "to_fraction");
    const u64 high = in.template between<u64>("span_high", 0, max_of<u64> >> 1);
    const wide floor{high, in.template any<u64>("span_low")};
    // The span is floor, or more by less than 1: between whole numbers every such part weighs as a half does.
    const u8 halves = in.template between<u8>("halves", 0, 1);
    const u64 allowed_high = in.template any<u64>("allowed_high");
    const wide allowed{allowed_high, in.template any<u64>("allowed_low")};
    const flag within = is_within(from, vmclock_span{floor, halves == 0}, to, allowed);
    const integer sum = exact_of(from) + exact_of(floor);
    const integer ahead = 2 * (exact_of(to) - sum) - integer(halves);
    const integer most = 2 * exact_of(allowed);
    in.require(within == ((-most <= ahead) & (ahead <= most) & (sum < power_of_two(128))));
  }
};

/// Two pages and an arithmetic for their shifts.
struct vmclock_update {
  vmclock_snapshot old, next;
  exact_arithmetic by;

  constexpr u64 ticks() const { return as_unsigned(ticks_since(old, next.counter_value)); }
  constexpr integer unit_of(const vmclock_snapshot& page) const { return by.unit_at(u32(page.counter_period_shift)); }
  constexpr integer moved() const {
    return exact_of(vmclock_time{next.time_sec, next.time_frac_sec}) - exact_of(vmclock_time{old.time_sec, old.time_frac_sec});
  }
  constexpr integer at_old() const { return exact_of(fraction_of_nanoseconds(old.time_maxerror_nanosec)); }
};
/// Two pages that declare and promise all they can.
template <class Inputs> constexpr vmclock_update any_promise(Inputs& in) {
  vmclock_update update;
  update.old.flags = vmclock_time_maxerror_valid + vmclock_period_maxerror_valid;
  update.old.clock_status = update.next.clock_status = vmclock_status_synchronized;
  update.old.counter_period_shift = 0;   // the names of two units, which may be the same
  update.next.counter_period_shift = 1;
  update.old.counter_period_frac_sec = in.template between<u64>("old_period", 1, max_of<u64>);
  update.old.counter_period_maxerror_rate_frac_sec = in.template any<u64>("period_maxerror");
  update.old.time_sec = in.template any<u64>("old_sec");
  update.old.time_frac_sec = in.template any<u64>("old_frac_sec");
  update.old.time_maxerror_nanosec = in.template any<u64>("time_maxerror");
  update.next.counter_value = in.template between<u64>("ticks", 0, max_of<u64> >> 1);  // since the old snapshot, at 0
  update.next.counter_period_frac_sec = in.template between<u64>("next_period", 1, max_of<u64>);
  update.next.time_sec = in.template any<u64>("next_sec");
  update.next.time_frac_sec = in.template any<u64>("next_frac_sec");
  const u64 unit = in.template between<u64>("unit", 1, u64(1) << 63);
  update.by = {unit, in.template between<u64>("other_unit", 1, u64(1) << 63), update.old.counter_period_shift};
  return update;
}

struct vmclock_update_accepts {
  static constexpr law_info info{
      "vmclock.update.accepts",
      "an update is accepted exactly when at both snapshots the new page's rational time lies within what the old page declared, "
      "each part in whole units, and no time lies beyond 2^64 s"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const vmclock_update update = any_promise(in);
    const auto accepted = consistent_update_by(update.by, update.old, update.next);
    const u64 ticks = update.ticks();
    // The new page's time less the old one's at a snapshot, by the rate that leads there; in halves, as in
    // vmclock.update.within.
    const auto kept = [&](u64 rate, const vmclock_snapshot& page, const integer& allowed) {
      const u32 shift = u32(page.counter_period_shift);
      const integer floor = update.by.floor(ticks, rate, shift);
      const flag is_exact = floor_mod(integer(ticks) * integer(rate), update.by.unit_at(shift)) == 0;
      const integer ahead = 2 * (update.moved() - floor) - integer(one_if(!is_exact));
      const integer sum = exact_of(vmclock_time{update.old.time_sec, update.old.time_frac_sec}) + floor;
      return (-(2 * allowed) <= ahead) & (ahead <= 2 * allowed) & (sum < power_of_two(128));
    };
    const integer grown =
        update.by.floor(ticks, update.old.counter_period_maxerror_rate_frac_sec, u32(update.old.counter_period_shift));
    const flag keeps = kept(update.next.counter_period_frac_sec, update.next, update.at_old()) &
                       kept(update.old.counter_period_frac_sec, update.old, update.at_old() + grown);
    in.require(flag(accepted.has_value()) == keeps);
    in.require(accepted.has_value() || accepted.error() == clock_error::inconsistent_update);
  }
};

struct vmclock_update_sound {
  static constexpr law_info info{
      "vmclock.update.sound",
      "at every counter from the old snapshot to the new one, an accepted page's rational time lies within the maximum error that "
      "the old page declared around its own"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const vmclock_update update = any_promise(in);
    const auto accepted = consistent_update_by(update.by, update.old, update.next);
    if (!accepted) return in.require(accepted.error() == clock_error::inconsistent_update);
    const u64 ticks = update.ticks();
    const u64 passed = in.template between<u64>("passed", 0, ticks);  // since the old snapshot
    const integer old_unit = update.unit_of(update.old);
    const integer next_unit = update.unit_of(update.next);
    // All times old_unit · next_unit: the new page's time, less the old one's, and what is allowed.
    const integer back = integer(ticks - passed) * integer(update.next.counter_period_frac_sec) * old_unit;
    const integer forth = integer(passed) * integer(update.old.counter_period_frac_sec) * next_unit;
    const integer difference = update.moved() * old_unit * next_unit - back - forth;
    const integer grown = integer(passed) * integer(update.old.counter_period_maxerror_rate_frac_sec) * next_unit;
    const integer allowed = update.at_old() * old_unit * next_unit + grown;
    in.require((-allowed <= difference) & (difference <= allowed));
  }
};

struct vmclock_update_promise {
  static constexpr law_info info{
      "vmclock.update.promise",
      "only a page that declares both parts of its maximum error, may be relied on and has a period promises anything, and only "
      "until the next disruption; then nothing before it and nothing on another scale is consistent"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    vmclock_snapshot old = any_vmclock(in);
    vmclock_snapshot next = any_vmclock(in);
    // Times of zero, and an old page that allows none: what is promised is kept exactly where the counter stands still.
    old.time_sec = old.time_frac_sec = old.time_maxerror_nanosec = old.counter_period_maxerror_rate_frac_sec = 0;
    next.time_sec = next.time_frac_sec = 0;
    const exact_arithmetic by{1, 1, 0};
    const auto accepted = consistent_update_by(by, old, next);
    const flag claims = (next.clock_status == 2) | (next.clock_status == 3);
    if (claims & !has_period(next)) return in.require(accepted.error() == check_period(next).error());
    const flag relied_on = (old.clock_status == 2) | (old.clock_status == 3);
    const flag promised = bit_of(old.flags, 4) & bit_of(old.flags, 6) & relied_on & has_period(old) &
                          (old.disruption_marker == next.disruption_marker);
    const flag by_offset = bit_of(old.flags, 0);
    // An offset that changes as announced is what vmclock.update.leap is about.
    const flag is_utc = (old.time_type == 0) & (next.time_type == 0) & by_offset & bit_of(next.flags, 0);
    const i32 change = i32(next.tai_offset_sec) - i32(old.tai_offset_sec);
    if (!in.assume(!(is_utc & (change != 0) & is_announced(change, old.leap_indicator)))) return;
    const flag tells_tai_alike =
        ((by_offset == bit_of(next.flags, 0)) & ((change == 0) | !by_offset)) | (old.time_type != 0);
    const flag kept =
        (next.counter_value == old.counter_value) & (next.time_type == old.time_type) & tells_tai_alike;
    in.require(flag(accepted.has_value()) == (!claims | !promised | kept));
    if (!accepted) return in.require(accepted.error() == clock_error::inconsistent_update);
    in.require(same_fields(*accepted, next));
  }
};

struct vmclock_update_announced {
  static constexpr law_info info{
      "vmclock.update.announced",
      "the offset of UTC to TAI stays, or grows by one where a leap second is to be inserted or is on, or shrinks by one where "
      "one is to be left out"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const i32 change = in.template between<i32>("change", -65'535, 65'535);
    const u8 indicator = in.template any<u8>("leap_indicator");
    const flag may = is_announced(change, indicator);
    if (change == 0) return in.require(may);
    if (change == 1) return in.require(may == ((indicator == 1) | (indicator == 3)));
    in.require(may == ((change == -1) & (indicator == 2)));
  }
};

struct vmclock_update_scales {
  static constexpr law_info info{
      "vmclock.update.scales",
      "a page's seconds as an old one would tell them are its own, and in UTC by the change of the offset to TAI more; there are "
      "none in another type, or where only one of two pages of UTC tells an offset, or where it changes unannounced, or below 0 "
      "or from 2^64 on"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const vmclock_snapshot old = any_vmclock(in);
    const vmclock_snapshot next = any_vmclock(in);
    const auto seconds = seconds_as_told_by(old, next);
    if (!seconds) in.require(seconds.error() == clock_error::inconsistent_update);
    const flag is_utc = old.time_type == 0;
    const flag by_offset = bit_of(old.flags, 0);
    const flag is_told = (old.time_type == next.time_type) & ((by_offset == bit_of(next.flags, 0)) | !is_utc);
    if (!is_told) return in.require(!seconds.has_value());
    const i32 change = (is_utc & by_offset) ? i32(next.tai_offset_sec) - i32(old.tai_offset_sec) : i32(0);
    const integer exact = integer(next.time_sec) + integer(change);
    in.require(flag(seconds.has_value()) ==
               (is_announced(change, old.leap_indicator) & (0 <= exact) & (exact < power_of_two(64))));
    if (seconds) in.require(integer(*seconds) == exact);
  }
};

struct vmclock_update_leap {
  static constexpr law_info info{
      "vmclock.update.leap",
      "pages of UTC that tell TAI are held to the promise in TAI: a leap second that was announced breaks none, and one that was "
      "not is never consistent"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const vmclock_update plain = any_promise(in);  // of which vmclock.update.accepts speaks: no page tells an offset
    vmclock_snapshot old = plain.old;
    old.flags = plain.old.flags + vmclock_tai_offset_valid;
    const i32 offset = in.template between<i32>("tai_offset", -32'766, 32'765);
    const i32 change = in.template between<i32>("change", -2, 2);
    old.tai_offset_sec = i16(offset);
    old.leap_indicator = in.template between<u8>("leap_indicator", 0, 5);
    vmclock_snapshot next = plain.next;
    next.flags = vmclock_tai_offset_valid;
    next.tai_offset_sec = i16(offset + change);
    // The same time, in seconds that a leap second does not move.
    const integer seconds = integer(next.time_sec) - integer(change);
    if (!in.assume((0 <= seconds) & (seconds < power_of_two(64)))) return;
    next.time_sec = word_of<u64>(seconds);
    const auto accepted = consistent_update_by(plain.by, old, next);
    if (!is_announced(change, old.leap_indicator)) return in.require(accepted.error() == clock_error::inconsistent_update);
    in.require(accepted.error() == consistent_update_by(plain.by, plain.old, plain.next).error());
  }
};

struct vmclock_update_continues {
  static constexpr law_info info{
      "vmclock.update.continues",
      "a page that goes on from the old one's own time at a later counter, at the same rate, is consistent if the old one "
      "declared an error of 1 ns or more"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    vmclock_snapshot old = timed_vmclock(in);
    old.flags = vmclock_time_maxerror_valid + vmclock_period_maxerror_valid;
    old.clock_status = vmclock_status_synchronized;
    old.counter_period_maxerror_rate_frac_sec = in.template any<u64>("period_maxerror");
    old.time_maxerror_nanosec = in.template between<u64>("time_maxerror", 1, max_of<u64>);
    const u64 counter = counter_at(old, in.template between<i64>("distance", 0, max_of<i64>));
    const exact_arithmetic by{in.template between<u64>("unit", 1, u64(1) << 63), 1, old.counter_period_shift};
    const auto then = vmclock_reading_by(by, old, counter);
    if (!in.assume(then.has_value())) return;
    vmclock_snapshot next = old;
    next.counter_value = counter;
    next.time_sec = then->time.seconds;
    next.time_frac_sec = then->time.fraction;
    in.require(consistent_update_by(by, old, next).has_value());
  }
};

struct vmclock_publish_judged {
  static constexpr law_info info{"vmclock.publish.judged",
                                 "an update that is refused leaves the page as it is, with the judge's reason; another one is "
                                 "published under the next even version"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    constant_vmclock_page page = any_vmclock_page(in);
    const constant_vmclock_page before = page;
    const vmclock_snapshot next = any_vmclock(in);
    const flag refuses = in.template between<u8>("refuses", 0, 1) == 1;
    const auto judge = [&](const vmclock_snapshot& old, const vmclock_snapshot& judged) -> result<vmclock_snapshot> {
      in.require(same_fields(old, vmclock_page::load(before)) & same_fields(judged, next));
      if (refuses) return clock_error::inconsistent_update;
      return judged;
    };
    const auto version = publish_vmclock_by(judge, page, next);
    if (refuses) {
      in.require(version.error() == clock_error::inconsistent_update);
      in.require((page.version == before.version) & (page.word0 == before.word0) & (page.word8 == before.word8));
      for (std::size_t i = 0; i < page.words.size(); ++i) in.require(page.words[i] == before.words[i]);
      return;
    }
    in.require(version.has_value());
    in.require((*version == page.version) & (*version == vmclock_page::published_after(before.version)));
    constant_vmclock_page stored = before;
    vmclock_page::store(stored, next);
    in.require((page.word0 == stored.word0) & (page.word8 == stored.word8));
    for (std::size_t i = 0; i < page.words.size(); ++i) in.require(page.words[i] == stored.words[i]);
  }
};

}  // namespace guestclock::inline GUESTCLOCK_WORDS::laws
