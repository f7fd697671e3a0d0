// SPDX-License-Identifier: BSL-1.0
/// \file spec/laws/vmclock.hpp
/// What <guestclock/vmclock.hpp> promises, for any 112 bytes and any counter. Times are whole numbers of 2^−64 s here.
#pragma once

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
  page.flags = in.template any<u64>("flags");
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

/// What vmclock_arithmetic computes, in whole numbers, for any unit 1 / 2^shift at all: what is proved with it holds for
/// every shift. That vmclock_arithmetic computes this: vmclock.span.exact, vmclock.nanoseconds.ceiling.
struct exact_arithmetic {
  u64 unit;  ///< in place of 2^shift

  static constexpr wide wide_of(const integer& value) {
    return {word_of<u64>(floor_div(value, power_of_two(64))), word_of<u64>(floor_mod(value, power_of_two(64)))};
  }
  constexpr integer exact_span(u64 ticks, u64 rate) const { return floor_div(integer(ticks) * integer(rate), integer(unit)); }
  constexpr integer exact_nanoseconds(u64 ticks, u64 rate) const {
    return ceiling_div(integer(ticks) * integer(rate) * 1'000'000'000, power_of_two(64) * integer(unit));
  }
  constexpr vmclock_span span(u64 ticks, u64 rate, u32) const {
    return {wide_of(exact_span(ticks, rate)), floor_mod(integer(ticks) * integer(rate), integer(unit)) == 0};
  }
  constexpr wide nanoseconds(u64 ticks, u64 rate, u32) const { return wide_of(exact_nanoseconds(ticks, rate)); }
};
template <class Inputs> constexpr exact_arithmetic any_arithmetic(Inputs& in) {
  return {in.template between<u64>("unit", 1, u64(1) << 63)};
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
    const vmclock_span span = span_of(ticks, rate, shift);
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
    const integer least = exact_of(nanoseconds_ceiling(ticks, rate, shift));
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
    const vmclock_snapshot page = any_vmclock(in);
    const u64 mapped_bytes = in.template any<u64>("mapped_bytes");
    const u8 counter_id = in.template any<u8>("wanted");
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

struct vmclock_reading_accepts {
  static constexpr law_info info{
      "vmclock.reading.accepts",
      "a counter has a time exactly when the page has a period, the counter is no further behind than skew_ticks_max, and the "
      "result fits"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const vmclock_snapshot page = any_vmclock(in);
    const u64 counter = in.template any<u64>("counter");
    const exact_arithmetic by = any_arithmetic(in);
    const auto seen = vmclock_reading_by(by, page, counter);
    if (!has_period(page)) return in.require(!seen.has_value() && seen.error() == check_period(page).error());
    const i64 distance = ticks_since(page, counter);
    if (distance < 0) {
      in.require(flag(seen.has_value()) == (distance >= -skew_ticks_max));
      return in.require(seen.has_value() || seen.error() == clock_error::counter_before_snapshot);
    }
    const integer time = exact_of(vmclock_time{page.time_sec, page.time_frac_sec}) +
                         by.exact_span(u64(distance), page.counter_period_frac_sec);
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

/// The law of both errors: the maximum and the estimate.
template <bool Maximum> struct vmclock_reading_error {
  static constexpr law_info info{
      Maximum ? "vmclock.reading.max-error" : "vmclock.reading.est-error",
      Maximum ? "a maximum error is declared exactly where the page declares both of its parts and their sum fits, and is that "
                "sum, each part rounded up, with the time that a clamped counter is behind"
              : "an estimated error is declared exactly where the page declares both of its parts and their sum fits, and is "
                "that sum, each part rounded up, with the time that a clamped counter is behind"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    vmclock_snapshot page = timed_vmclock(in);
    const u64 at_snapshot = in.template any<u64>("error_nanosec");
    const u64 rate = in.template any<u64>("error_rate_frac_sec");
    (Maximum ? page.time_maxerror_nanosec : page.time_esterror_nanosec) = at_snapshot;
    (Maximum ? page.counter_period_maxerror_rate_frac_sec : page.counter_period_esterror_rate_frac_sec) = rate;
    const u64 counter = counter_at(page, in.template between<i64>("distance", -skew_ticks_max, max_of<i64>));
    const i64 distance = ticks_since(page, counter);
    const exact_arithmetic by = any_arithmetic(in);
    const auto seen = vmclock_reading_by(by, page, counter);
    if (!in.assume(seen.has_value())) return;
    const vmclock_error error = Maximum ? seen->max_error : seen->est_error;
    const u64 ticks = distance < 0 ? u64(-distance) : u64(distance);
    const integer behind = distance < 0 ? by.exact_nanoseconds(ticks, page.counter_period_frac_sec) : integer(0);
    const integer sum = integer(at_snapshot) + by.exact_nanoseconds(ticks, rate) + behind;
    const flag both = bit_of(page.flags, Maximum ? 4 : 3) & bit_of(page.flags, Maximum ? 6 : 5);
    in.require(error.declared == (both & (sum < power_of_two(64))));
    in.require(!error.declared | (integer(error.nanoseconds) == sum));
  }
};

struct vmclock_reading_order {
  static constexpr law_info info{"vmclock.reading.order",
                                 "by signed distance from the snapshot, a later counter never has an earlier time"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const vmclock_snapshot page = timed_vmclock(in);
    const i64 earlier = in.template between<i64>("earlier", -skew_ticks_max, max_of<i64>);
    const i64 later = in.template between<i64>("later", earlier, max_of<i64>);
    const exact_arithmetic by = any_arithmetic(in);
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
    const vmclock_snapshot page = any_vmclock(in);
    const auto seen = vmclock_reading_by(any_arithmetic(in), page, page.counter_value);
    if (!seen) return in.require(!has_period(page));
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
    const vmclock_snapshot page = timed_vmclock(in);
    vmclock_snapshot other = page;
    other.flags = in.template any<u64>("other_flags");
    const u64 counter = in.template any<u64>("counter");
    const exact_arithmetic by = any_arithmetic(in);
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
    in.require(integer(time->seconds) == (leap & begins_day ? now - 1 : now));
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

struct vmclock_update_within {
  static constexpr law_info info{
      "vmclock.update.within",
      "a time is within a bound of another one and a rational span exactly when their difference is, and the sum fits"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const vmclock_time from = any_vmclock_time(in, "from_seconds", "from_fraction");
    const vmclock_time to = any_vmclock_time(in, "to_seconds", "to_fraction");
    const u64 high = in.template between<u64>("span_high", 0, max_of<u64> >> 1);
    const wide floor{high, in.template any<u64>("span_low")};
    const u64 unit = in.template between<u64>("unit", 1, max_of<u64>);
    const u64 part = in.template between<u64>("part", 0, unit - 1);  // span = floor + part / unit
    const u64 allowed_high = in.template any<u64>("allowed_high");
    const wide allowed{allowed_high, in.template any<u64>("allowed_low")};
    const flag within = is_within(from, vmclock_span{floor, part == 0}, to, allowed);
    const integer sum = exact_of(from) + exact_of(floor);
    const integer ahead = exact_of(to) - sum;  // less part / unit
    const integer most = exact_of(allowed);
    const flag close = (ahead * integer(unit) - integer(part) <= most * integer(unit)) &
                       (-(most * integer(unit)) <= ahead * integer(unit) - integer(part));
    in.require(within == (close & (sum < power_of_two(128))));
  }
};

}  // namespace guestclock::inline GUESTCLOCK_WORDS::laws
