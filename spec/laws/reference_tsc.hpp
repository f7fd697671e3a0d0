// SPDX-License-Identifier: BSL-1.0
/// \file spec/laws/reference_tsc.hpp
/// What <guestclock/reference_tsc.hpp> promises, for any page and any counter.
#pragma once

#include <guestclock/reference_tsc.hpp>

#include "law.hpp"
#include "pages.hpp"
#include "pvclock.hpp"

namespace guestclock::inline GUESTCLOCK_WORDS::laws {

/// Any fields at all.
template <class Inputs> constexpr reference_tsc_snapshot any_reference_page(Inputs& in) {
  const u64 tsc_scale = in.template any<u64>("tsc_scale");
  return {tsc_scale, in.template any<i64>("tsc_offset")};
}
/// Any page whose scale is not 0.
template <class Inputs> constexpr reference_tsc_snapshot valid_reference_page(Inputs& in) {
  const u64 tsc_scale = in.template between<u64>("tsc_scale", 1, max_of<u64>);
  return {tsc_scale, in.template any<i64>("tsc_offset")};
}
/// The page's time at a counter, in units of 100 ns, in whole numbers and without any limit.
constexpr integer exact_reference_time(const reference_tsc_snapshot& page, u64 counter) {
  return floor_div(integer(counter) * integer(page.tsc_scale), power_of_two(64)) + integer(page.tsc_offset);
}
constexpr flag is_in(const integer& value, const integer& end) { return (0 <= value) & (value < end); }

struct reference_tsc_time_nanoseconds {
  static constexpr law_info info{"reference_tsc.time.nanoseconds",
                                 "a reference time has a time in ns exactly when 100 times its count fits, and then that one"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const reference_time time{in.template any<u64>("count")};
    const integer exact_nanoseconds = integer(time.count) * 100;
    const auto nanoseconds = time.to_instant();
    in.require(flag(nanoseconds.has_value()) == (exact_nanoseconds < power_of_two(64)));
    if (!nanoseconds) return in.require(nanoseconds.error() == clock_error::out_of_range);
    in.require(integer(nanoseconds->nanoseconds) == exact_nanoseconds);
  }
};

struct reference_tsc_time_not_before {
  static constexpr law_info info{"reference_tsc.time.not-before",
                                 "a time in ns is rounded up to the first reference time that is not before it"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const u64 nanoseconds = in.template any<u64>("nanoseconds");
    const integer rounded = integer(reference_time::not_before({nanoseconds}).count) * 100;
    in.require((integer(nanoseconds) <= rounded) & (rounded < integer(nanoseconds) + 100));
  }
};

struct reference_tsc_time_order {
  static constexpr law_info info{"reference_tsc.time.order", "reference times are ordered as their counts are"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const reference_time a{in.template any<u64>("a")};
    const reference_time b{in.template any<u64>("b")};
    in.require(((a == b) == (a.count == b.count)) & ((a != b) == (a.count != b.count)));
    in.require(((a < b) == (a.count < b.count)) & ((a <= b) == (a.count <= b.count)));
  }
};

struct reference_tsc_layout_decodes {
  static constexpr law_info info{"reference_tsc.layout.decodes",
                                 "scale and offset are read from their own bytes, and writing fields and reading them gives them back"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    constant_page bytes = any_page(in);
    const reference_tsc_snapshot page = reference_tsc_page::load(bytes);
    in.require(page.tsc_scale == bytes.word8);
    const integer wrapped = page.tsc_offset < 0 ? power_of_two(64) : integer(0);
    in.require(integer(page.tsc_offset) + wrapped == integer(bytes.word16));
    const reference_tsc_snapshot fields = any_reference_page(in);
    reference_tsc_page::store(bytes, fields);
    const reference_tsc_snapshot again = reference_tsc_page::load(bytes);
    in.require((again.tsc_scale == fields.tsc_scale) & (again.tsc_offset == fields.tsc_offset));
    in.require((page == again) == ((page.tsc_scale == again.tsc_scale) & (page.tsc_offset == again.tsc_offset)));
  }
};

struct reference_tsc_sequence_next {
  static constexpr law_info info{
      "reference_tsc.sequence.next",
      "a page is written under sequence 0, and published under the next one that is neither 0 nor 0xFFFFFFFF nor the last"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const u32 before = in.template any<u32>("before");
    constant_page page;
    const u32 published = publish_section_after<reference_tsc_page>(page, before, [&] {
      in.require(reference_tsc_page::unusable(page.version));
      return reference_tsc_snapshot{u64(1), i64(1)};
    });
    in.require((published == page.version) & (published != before));
    in.require((published != 0) & (published != 0xFFFF'FFFF));
    in.require((integer(published) == integer(before) + 1) | ((published == 1) & (integer(before) + 2 >= power_of_two(32))));
  }
};

struct reference_tsc_convert_accepts {
  static constexpr law_info info{
      "reference_tsc.convert.accepts",
      "a counter has a reference time exactly when the scale is not 0 and the exact sum is in [0, 2^64)"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const reference_tsc_snapshot page = any_reference_page(in);
    const u64 counter = in.template any<u64>("counter");
    const auto time = reference_time_at(page, counter);
    if (page.tsc_scale == 0) return in.require(time.error() == clock_error::bad_multiplier);
    in.require(flag(time.has_value()) == is_in(exact_reference_time(page, counter), power_of_two(64)));
    in.require(time.has_value() || time.error() == clock_error::out_of_range);
  }
};

struct reference_tsc_convert_formula {
  static constexpr law_info info{"reference_tsc.convert.formula", "a reference time is exactly the scaled counter and the offset"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const reference_tsc_snapshot page = valid_reference_page(in);
    const u64 counter = in.template any<u64>("counter");
    const auto time = reference_time_at(page, counter);
    if (!in.assume(time.has_value())) return;
    in.require(integer(time->count) == exact_reference_time(page, counter));
  }
};

struct reference_tsc_convert_order {
  static constexpr law_info info{"reference_tsc.convert.order", "a later counter never has an earlier reference time"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const reference_tsc_snapshot page = valid_reference_page(in);
    const u64 earlier = in.template any<u64>("earlier");
    const u64 later = in.template between<u64>("later", earlier, max_of<u64>);
    const auto before = reference_time_at(page, earlier);
    const auto after = reference_time_at(page, later);
    if (!in.assume(before.has_value() && after.has_value())) return;
    in.require(*before <= *after);
  }
};

struct reference_tsc_convert_nanoseconds {
  static constexpr law_info info{
      "reference_tsc.convert.nanoseconds",
      "a reading is 100 times the reference time, exactly where both exist, of this counter, bounded, and the same for all processors"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const reference_tsc_snapshot page = any_reference_page(in);
    const u64 counter = in.template any<u64>("counter");
    const auto seen = convert(page, counter);
    const auto time = reference_time_at(page, counter);
    if (!time) return in.require(seen.error() == time.error());
    const integer nanoseconds = integer(time->count) * 100;
    in.require(flag(seen.has_value()) == (nanoseconds < power_of_two(64)));
    if (!seen) return in.require(seen.error() == clock_error::out_of_range);
    in.require(integer(seen->time.nanoseconds) == nanoseconds);
    in.require((seen->counter == counter) & seen->stable & seen->bounded & !seen->clamped & !seen->guest_stopped);
    in.require((seen->version == 0) & (seen->flags == 0) & (seen->generation == generation{}));
  }
};

struct reference_tsc_convert_error {
  static constexpr law_info info{"reference_tsc.convert.error",
                                 "a reading is behind the page's rational time by less than its bound of 100 ns, and never ahead"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const reference_tsc_snapshot page = valid_reference_page(in);
    const u64 counter = in.template any<u64>("counter");
    const auto seen = convert(page, counter);
    if (!in.assume(seen.has_value())) return;
    // 2^64 times the rational time, in ns
    const integer rational = (integer(counter) * integer(page.tsc_scale) + integer(page.tsc_offset) * power_of_two(64)) * 100;
    const integer behind = rational - integer(seen->time.nanoseconds) * power_of_two(64);
    in.require((0 <= behind) & (behind < integer(seen->error_bound_ns) * power_of_two(64)));
    in.require(seen->error_bound_ns == 100);
  }
};

struct reference_tsc_wrapping_definition {
  static constexpr law_info info{"reference_tsc.wrapping.definition", "the wrapping form is the formula modulo 2^64"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const reference_tsc_snapshot page = any_reference_page(in);
    const u64 counter = in.template any<u64>("counter");
    in.require(integer(reference_time_wrapping(page, counter).count) ==
               floor_mod(exact_reference_time(page, counter), power_of_two(64)));
  }
};

struct reference_tsc_wrapping_agrees {
  static constexpr law_info info{"reference_tsc.wrapping.agrees", "wherever a counter has a reference time, the wrapping form gives it"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const reference_tsc_snapshot page = valid_reference_page(in);
    const u64 counter = in.template any<u64>("counter");
    const auto time = reference_time_at(page, counter);
    if (!in.assume(time.has_value())) return;
    in.require(reference_time_wrapping(page, counter) == *time);
  }
};

struct reference_tsc_page_total {
  static constexpr law_info info{
      "reference_tsc.page.total",
      "any page and any counter: sequence 0 is sequence_invalid, the rest is as convert says; no sequence is an update in progress"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const constant_page bytes = any_page(in);
    constant_counter counter{in.template any<u64>("counter")};
    const auto seen = read_reference_tsc(bytes, counter);
    if (bytes.version == 0) return in.require(seen.error() == clock_error::sequence_invalid);
    const auto expected = convert(reference_tsc_page::load(bytes), counter.value);
    in.require(seen.error() == expected.error());
    if (!seen || !expected) return;
    in.require((seen->time == expected->time) & (seen->version == bytes.version));
    in.require((seen->counter == counter.value) & (seen->error_bound_ns == expected->error_bound_ns));
  }
};

struct reference_tsc_fallback_asked {
  static constexpr law_info info{
      "reference_tsc.fallback.asked",
      "the fallback is asked once where the sequence is 0, never elsewhere, and its time is given as it is, or its error"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const constant_page bytes = any_page(in);
    constant_counter counter{in.template any<u64>("counter")};
    const u64 count = in.template any<u64>("reference_count");
    const flag refuses = in.template any<u8>("refuses") == 0;
    int asked = 0;
    const auto fallback = [&]() -> result<reference_time> {
      ++asked;
      if (refuses) return clock_error::no_clock;
      return reference_time{count};
    };
    const auto seen = read_reference_tsc_or(bytes, counter, fallback);
    if (bytes.version != 0) {
      const auto expected = read_reference_tsc(bytes, counter);
      in.require(flag(asked == 0) & (seen.error() == expected.error()));
      if (!seen || !expected) return;
      return in.require((seen->time == expected->time) & (seen->version == expected->version));
    }
    in.require(asked == 1);
    if (refuses) return in.require(seen.error() == clock_error::no_clock);
    const integer nanoseconds = integer(count) * 100;
    in.require(flag(seen.has_value()) == (nanoseconds < power_of_two(64)));
    if (!seen) return in.require(seen.error() == clock_error::out_of_range);
    in.require((integer(seen->time.nanoseconds) == nanoseconds) & (seen->version == 0) & (seen->counter == counter.value));
    in.require((seen->error_bound_ns == 100) & seen->bounded & seen->stable);
  }
};

/// KVM's scale in whole numbers: ⌊2^(32 + shift) · mul / 100⌋.
constexpr integer derived_scale(const pvclock_snapshot& page) {
  return floor_div(power_of_two(u32(32 + i32(page.tsc_shift))) * integer(page.tsc_to_system_mul), integer(100));
}
/// KVM's offset in whole numbers.
constexpr integer derived_offset(const pvclock_snapshot& page, u64 scale) {
  return floor_div(integer(page.system_time), integer(100)) -
         floor_div(integer(page.tsc_timestamp) * integer(scale), power_of_two(64));
}

struct reference_tsc_derive_accepts {
  static constexpr law_info info{
      "reference_tsc.derive.accepts",
      "a page is derived exactly from a stable and valid one whose scale fits and is not 0, and whose offset fits"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const pvclock_snapshot page = any_snapshot(in);
    const auto derived = derive_reference_tsc(page);
    if (floor_mod(integer(page.flags), 2) == 0) return in.require(derived.error() == clock_error::unstable);
    if (!is_valid(page.rate())) return in.require(derived.error() == guestclock::check(page).error());
    const integer scale = derived_scale(page);
    if ((scale == 0) | (scale >= power_of_two(64))) return in.require(derived.error() == clock_error::out_of_range);
    const integer offset = derived_offset(page, word_of<u64>(scale));
    in.require(flag(derived.has_value()) == (-power_of_two(63) <= offset));  // never too large: below 2^58
    in.require(derived.has_value() || derived.error() == clock_error::out_of_range);
  }
};

struct reference_tsc_derive_formula {
  static constexpr law_info info{"reference_tsc.derive.formula",
                                 "a derived page has KVM's scale, 2^(32 + shift) * mul / 100, and KVM's offset"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const pvclock_snapshot page = valid_snapshot(in);
    const auto derived = derive_reference_tsc(page);
    if (!in.assume(derived.has_value())) return;
    in.require(integer(derived->tsc_scale) == derived_scale(page));
    in.require(integer(derived->tsc_offset) == derived_offset(page, derived->tsc_scale));
  }
};

/// A tick is 100 * scale + rest of 2^-64 ns long, where reference_tsc.derive.formula says what the scale is: the law is
/// stated of any such page, so that no shift has to be told apart.
struct reference_tsc_derive_close {
  static constexpr law_info info{
      "reference_tsc.derive.close",
      "at and after the snapshot, a page with KVM's scale and offset is less than 300 ns behind the rational time, less than 100 ahead"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const u64 scale = in.template between<u64>("tsc_scale", 1, max_of<u64>);
    const integer tick = 100 * integer(scale) + integer(in.template between<u32>("rest", 0, 99));
    pvclock_snapshot from;
    from.tsc_timestamp = in.template any<u64>("tsc_timestamp");
    from.system_time = in.template any<u64>("system_time");
    // A counter that wraps between is at another time by the reference page, which has no snapshot to count from.
    const u64 counter = in.template between<u64>("counter", from.tsc_timestamp, max_of<u64>);
    const integer offset = derived_offset(from, scale);
    if (!in.assume(-power_of_two(63) <= offset)) return;
    const auto time = reference_time_at({scale, word_of<i64>(offset)}, counter);
    if (!in.assume(time.has_value())) return;
    const integer since = (integer(counter) - integer(from.tsc_timestamp)) * tick;
    const integer ahead = (100 * integer(time->count) - integer(from.system_time)) * power_of_two(64) - since;
    in.require((-300 * power_of_two(64) < ahead) & (ahead < 100 * power_of_two(64)));
  }
};

}  // namespace guestclock::inline GUESTCLOCK_WORDS::laws
