// SPDX-License-Identifier: BSL-1.0
/// \file spec/laws/pvclock.hpp
/// What <guestclock/pvclock.hpp> promises, for any 32 bytes and any counter.
#pragma once

#include <guestclock/pvclock.hpp>

#include "law.hpp"
#include "pages.hpp"
#include "reading.hpp"
#include "scale.hpp"

namespace guestclock::inline GUESTCLOCK_WORDS::laws {

/// Any fields at all: most are no clock.
template <class Inputs> constexpr pvclock_snapshot any_snapshot(Inputs& in) {
  pvclock_snapshot page;
  page.tsc_timestamp = in.template any<u64>("tsc_timestamp");
  page.system_time = in.template any<u64>("system_time");
  page.tsc_to_system_mul = in.template any<u32>("tsc_to_system_mul");
  page.tsc_shift = in.template any<i8>("tsc_shift");
  page.flags = in.template any<u8>("flags");
  return page;
}
/// Any page of a valid publisher.
template <class Inputs> constexpr pvclock_snapshot valid_snapshot(Inputs& in) {
  pvclock_snapshot page;
  page.tsc_timestamp = in.template any<u64>("tsc_timestamp");
  page.system_time = in.template any<u64>("system_time");
  page.tsc_to_system_mul = in.template between<u32>("tsc_to_system_mul", 1, max_of<u32>);
  page.tsc_shift = in.template between<i8>("tsc_shift", -tick_shift_max, tick_shift_max);
  page.flags = in.template any<u8>("flags");
  return page;
}

/// The distance of a counter from the snapshot: the whole number in [−2^63, 2^63) that is congruent to it.
constexpr integer exact_distance(const pvclock_snapshot& page, u64 counter) {
  const integer ahead = floor_mod(integer(counter) - integer(page.tsc_timestamp), power_of_two(64));
  return ahead < power_of_two(63) ? ahead : ahead - power_of_two(64);
}
/// The counter at that distance. Laws then name the distance as `ticks_since` finds it: pvclock.distance.exact says that
/// it is the same, and proofs are shorter where law and code speak of one value.
constexpr u64 counter_at(const pvclock_snapshot& page, i64 distance) {
  return wrapping_add(page.tsc_timestamp, as_unsigned(distance));
}
/// The page's time `distance` ticks after its snapshot, distance >= 0, in whole numbers and without any limit.
constexpr integer exact_time(const pvclock_snapshot& page, const integer& distance) {
  const integer shifted = scaled_by_power_of_two(distance, i32(page.tsc_shift));
  return integer(page.system_time) + floor_div(shifted * integer(page.tsc_to_system_mul), power_of_two(32));
}

struct pvclock_distance_exact {
  static constexpr law_info info{"pvclock.distance.exact",
                                 "a counter's distance from the snapshot is the least in magnitude modulo 2^64, with its sign"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const pvclock_snapshot page = any_snapshot(in);
    const u64 counter = in.template any<u64>("counter");
    in.require(integer(ticks_since(page, counter)) == exact_distance(page, counter));
    const i64 distance = in.template any<i64>("distance");
    in.require(ticks_since(page, counter_at(page, distance)) == distance);
  }
};

struct pvclock_placement_accepts {
  static constexpr law_info info{"pvclock.placement.accepts",
                                 "a page may lie exactly where it is aligned to 4 and does not cross a page of 4096 bytes"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const integer address = in.template any<u64>("address");
    const flag in_one_page = floor_div(address, 4096) == floor_div(address + 31, 4096);
    in.require(pvclock_may_lie_at(word_of<u64>(address)) == (in_one_page & (floor_mod(address, 4) == 0)));
  }
};

struct pvclock_check_accepts {
  static constexpr law_info info{"pvclock.check.accepts",
                                 "a page can be a clock exactly when its multiplier is not 0 and its shift in [-31, 31]"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const pvclock_snapshot page = any_snapshot(in);
    const auto valid = guestclock::check(page);
    in.require(flag(valid.has_value()) == is_valid(page.rate()));
    if (!valid) return in.require((valid.error() == clock_error::bad_multiplier) == (page.tsc_to_system_mul == 0));
    in.require((valid->tsc_timestamp == page.tsc_timestamp) & (valid->system_time == page.system_time));
    in.require((valid->tsc_to_system_mul == page.tsc_to_system_mul) & (valid->tsc_shift == page.tsc_shift));
  }
};

struct pvclock_layout_decodes {
  static constexpr law_info info{"pvclock.layout.decodes",
                                 "every field is read from its own bytes, and writing fields and reading them gives them back"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    constant_page bytes = any_page(in);
    const pvclock_snapshot page = pvclock_page::load(bytes);
    in.require(page.tsc_timestamp == bytes.word8);
    in.require(page.system_time == bytes.word16);
    const integer shift_byte = integer(page.tsc_shift) + (i32(page.tsc_shift) < 0 ? integer(256) : integer(0));
    const integer padding = floor_div(integer(bytes.word24), power_of_two(48));
    in.require(integer(bytes.word24) == integer(page.tsc_to_system_mul) + shift_byte * power_of_two(32) +
                                            integer(page.flags) * power_of_two(40) + padding * power_of_two(48));
    const pvclock_snapshot fields = any_snapshot(in);
    pvclock_page::store(bytes, fields);
    const pvclock_snapshot again = pvclock_page::load(bytes);
    in.require((again.tsc_timestamp == fields.tsc_timestamp) & (again.system_time == fields.system_time));
    in.require((again.tsc_to_system_mul == fields.tsc_to_system_mul) & (again.tsc_shift == fields.tsc_shift));
    in.require(again.flags == fields.flags);
  }
};

struct pvclock_convert_accepts {
  static constexpr law_info info{
      "pvclock.convert.accepts",
      "a counter has a time exactly when the page is valid, the counter no further behind than skew_ticks_max, and the result fits"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const pvclock_snapshot page = any_snapshot(in);
    const u64 counter = in.template any<u64>("counter");
    const auto seen = convert(page, counter);
    if (!is_valid(page.rate())) {
      in.require(!seen.has_value());
      return in.require((seen.error() == clock_error::bad_multiplier) == (page.tsc_to_system_mul == 0));
    }
    const integer distance = exact_distance(page, counter);
    if (distance < 0) {
      in.require(flag(seen.has_value()) == (distance >= -skew_ticks_max));
      return in.require(seen.has_value() || seen.error() == clock_error::counter_before_snapshot);
    }
    const integer shifted = scaled_by_power_of_two(distance, i32(page.tsc_shift));
    const flag fits = (shifted < power_of_two(64)) & (exact_time(page, distance) < power_of_two(64));
    in.require(flag(seen.has_value()) == fits);
    in.require(seen.has_value() || seen.error() == clock_error::out_of_range);
  }
};

struct pvclock_convert_formula {
  static constexpr law_info info{"pvclock.convert.formula",
                                 "a counter at or after the snapshot has exactly the time of the two-step formula"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const pvclock_snapshot page = valid_snapshot(in);
    const u64 counter = counter_at(page, in.template between<i64>("distance", 0, max_of<i64>));
    const i64 distance = ticks_since(page, counter);
    const auto seen = convert(page, counter);
    if (!in.assume(seen.has_value())) return;
    in.require(integer(seen->time.nanoseconds) == exact_time(page, integer(distance)));
    in.require(!seen->clamped);
    in.require(seen->counter == counter);
    in.require(seen->error_bound_ns == error_bound(page.rate()));
  }
};

struct pvclock_convert_error {
  static constexpr law_info info{"pvclock.convert.error",
                                 "a time is less than its error bound away from the page's rational time, before the snapshot too"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const pvclock_snapshot page = valid_snapshot(in);
    const u64 counter = counter_at(page, in.template between<i64>("distance", -skew_ticks_max, max_of<i64>));
    const i64 distance = ticks_since(page, counter);
    const auto seen = convert(page, counter);
    if (!in.assume(seen.has_value())) return;
    // time − rational = (time − system_time) − distance · rate, times the rate's denominator.
    const u64 magnitude = distance < 0 ? u64(-distance) : u64(distance);
    const fraction rational = rational_time(magnitude, page.rate());
    const integer since = (integer(seen->time.nanoseconds) - integer(page.system_time)) * rational.denominator;
    const integer bound = integer(seen->error_bound_ns) * rational.denominator;
    const integer difference = distance < 0 ? since + rational.numerator : since - rational.numerator;
    in.require((-bound < difference) & (difference < bound));
  }
};

struct pvclock_convert_clamp {
  static constexpr law_info info{
      "pvclock.convert.clamp",
      "a counter just before the snapshot has the snapshot's own time, and its bound grows by the time it is behind"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const pvclock_snapshot page = valid_snapshot(in);
    const u64 counter = counter_at(page, in.template between<i64>("distance", -skew_ticks_max, -1));
    const i64 distance = ticks_since(page, counter);
    const auto seen = convert(page, counter);
    in.require(seen.has_value());
    in.require(seen->clamped);
    in.require(seen->time.nanoseconds == page.system_time);
    const fraction behind = rational_time(u64(-distance), page.rate());
    const integer grown = integer(seen->error_bound_ns) - integer(error_bound(page.rate()));
    in.require((behind.numerator <= grown * behind.denominator) &
               ((grown - 1) * behind.denominator < behind.numerator));
  }
};

struct pvclock_convert_order {
  static constexpr law_info info{"pvclock.convert.order",
                                 "by signed distance from the snapshot, a later counter never has an earlier time"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const pvclock_snapshot page = valid_snapshot(in);
    const i64 earlier = in.template any<i64>("earlier");
    const i64 later = in.template between<i64>("later", earlier, max_of<i64>);
    const auto before = convert(page, counter_at(page, earlier));
    const auto after = convert(page, counter_at(page, later));
    if (!in.assume(before.has_value() && after.has_value())) return;
    in.require(before->time <= after->time);
  }
};

struct pvclock_convert_flags {
  static constexpr law_info info{"pvclock.convert.flags",
                                 "flags are reported as they are, known bits by name, and change neither time nor acceptance"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const pvclock_snapshot page = any_snapshot(in);
    pvclock_snapshot other = page;
    other.flags = in.template any<u8>("other_flags");
    const u64 counter = in.template any<u64>("counter");
    const auto seen = convert(page, counter);
    const auto seen_other = convert(other, counter);
    in.require(seen.error() == seen_other.error());
    if (!seen || !seen_other) return;
    in.require((seen->flags == u64(page.flags)) & seen->bounded);
    in.require(seen->stable == (floor_mod(integer(page.flags), 2) == 1));
    in.require(seen->guest_stopped == (floor_mod(floor_div(integer(page.flags), 2), 2) == 1));
    in.require(seen->time == seen_other->time);
  }
};

struct pvclock_wrapping_definition {
  static constexpr law_info info{"pvclock.wrapping.definition",
                                 "the wrapping form is the formula modulo 2^64 at every step, and refuses bad shifts only"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const pvclock_snapshot page = any_snapshot(in);
    const u64 counter = in.template any<u64>("counter");
    const auto time = convert_wrapping(page, counter);
    const i32 places = i32(page.tsc_shift);
    if ((places < -tick_shift_max) | (places > tick_shift_max)) return in.require(time.error() == clock_error::bad_shift);
    in.require(time.has_value());
    const integer ticks = floor_mod(integer(counter) - integer(page.tsc_timestamp), power_of_two(64));
    const integer shifted = floor_mod(scaled_by_power_of_two(ticks, places), power_of_two(64));
    const integer scaled = floor_div(shifted * integer(page.tsc_to_system_mul), power_of_two(32));
    in.require(integer(*time) == floor_mod(integer(page.system_time) + scaled, power_of_two(64)));
  }
};

struct pvclock_wrapping_agrees {
  static constexpr law_info info{"pvclock.wrapping.agrees",
                                 "wherever a counter has a time without clamping, the wrapping form gives it too"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const pvclock_snapshot page = valid_snapshot(in);
    const u64 counter = counter_at(page, in.template between<i64>("distance", 0, max_of<i64>));
    const auto seen = convert(page, counter);
    if (!in.assume(seen.has_value())) return;
    const auto wrapping = convert_wrapping(page, counter);
    in.require(wrapping.has_value());
    in.require(*wrapping == seen->time.nanoseconds);
  }
};

struct pvclock_page_total {
  static constexpr law_info info{"pvclock.page.total",
                                 "any 32 bytes and any counter: an odd version is an update in progress, the rest is as convert says"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const constant_page bytes = any_page(in);
    constant_counter counter{in.template any<u64>("counter")};
    const auto seen = read_pvclock(bytes, counter);
    if (floor_mod(integer(bytes.version), 2) == 1) return in.require(seen.error() == clock_error::update_in_progress);
    const auto expected = convert(pvclock_page::load(bytes), counter.value);
    in.require(seen.error() == expected.error());
    if (!seen || !expected) return;
    in.require(seen->time == expected->time);
    in.require(seen->version == bytes.version);
    in.require((seen->counter == counter.value) & (seen->error_bound_ns == expected->error_bound_ns));
  }
};

struct pvclock_zero_page {
  static constexpr law_info info{"pvclock.page.never-published", "a page of zeros is bad_multiplier at every counter"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    constant_counter counter{in.template any<u64>("counter")};
    in.require(read_pvclock(constant_page{}, counter).error() == clock_error::bad_multiplier);
  }
};

struct pvclock_trace_never_back {
  static constexpr law_info info{
      "pvclock.trace.never-back",
      "no reader on any processor sees time go back, over any sequence of updates that follow the protocol, where all pages show "
      "one snapshot, each in its own processor's counter, and the counters advance together",
      law_kind::trace};
  struct state {
    pvclock_snapshot page;
    i64 latest;  ///< the latest counter that a reader used, as its distance from the page's snapshot
    u64 given;   ///< the latest time that one was given
  };
  /// No time was given that the page, at the latest counter, has not reached.
  static constexpr flag invariant(const state& s) {
    const flag valid = is_valid(s.page.rate());
    if (s.latest <= 0) return valid & (s.given <= s.page.system_time);
    return valid & (integer(s.given) <= exact_time(s.page, integer(s.latest)));
  }
  template <class Inputs> static constexpr state any(Inputs& in) {
    const pvclock_snapshot page = valid_snapshot(in);
    const i64 latest = in.template between<i64>("latest", -max_of<i64>, max_of<i64>);
    return {page, latest, in.template any<u64>("given")};
  }
  template <class Inputs> static constexpr state initial(Inputs& in) {
    const pvclock_snapshot page = valid_snapshot(in);
    return {page, in.template between<i64>("latest", -max_of<i64>, max_of<i64>), 0};
  }
  template <class Inputs> static constexpr void step(Inputs& in, state& s) {
    if (in.template between<u8>("action", 0, 1) == 0) read(in, s);
    else update(in, s);
  }
  /// A reader on a processor whose counter is any number of ticks ahead of the first one's, and so is its page's.
  template <class Inputs> static constexpr void read(Inputs& in, state& s) {
    const u64 ahead = in.template any<u64>("ahead");
    const u64 counter = counter_at(s.page, in.template between<i64>("distance", s.latest, max_of<i64>));
    s.latest = ticks_since(s.page, counter);
    pvclock_snapshot own = s.page;
    own.tsc_timestamp = wrapping_add(own.tsc_timestamp, ahead);
    const auto seen = convert(own, wrapping_add(counter, ahead));
    if (!seen) return;
    in.require(s.given <= seen->time.nanoseconds);
    s.given = seen->time.nanoseconds;
  }
  /// The counter is sampled while readers are held out, so no reading of the old page used a later one; the new page
  /// begins no earlier than the old one had come.
  template <class Inputs> static constexpr void update(Inputs& in, state& s) {
    const i64 least = s.latest < 0 ? i64(0) : s.latest;
    const i64 most = s.latest < 0 ? max_of<i64> + s.latest : max_of<i64>;
    const u64 counter = counter_at(s.page, in.template between<i64>("moved", least, most));
    const i64 moved = ticks_since(s.page, counter);
    const auto reached = convert(s.page, counter);
    if (!in.assume(reached.has_value())) return;
    pvclock_snapshot next;
    next.tsc_timestamp = counter;
    next.system_time = in.template between<u64>("next_system_time", reached->time.nanoseconds, max_of<u64>);
    next.tsc_to_system_mul = in.template between<u32>("next_mul", 1, max_of<u32>);
    next.tsc_shift = in.template between<i8>("next_shift", -tick_shift_max, tick_shift_max);
    s.latest = s.latest - moved;
    s.page = next;
  }
};

}  // namespace guestclock::inline GUESTCLOCK_WORDS::laws
