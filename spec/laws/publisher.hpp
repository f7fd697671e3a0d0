// SPDX-License-Identifier: BSL-1.0
/// \file spec/laws/publisher.hpp
/// What <guestclock/publisher.hpp> promises. The time of f ticks is held against a second, in whole numbers: by a rate
/// that were without error it would be 10^9 ns.
#pragma once

#include <guestclock/publisher.hpp>

#include "law.hpp"
#include "pages.hpp"
#include "pvclock.hpp"
#include "scale.hpp"

namespace guestclock::inline GUESTCLOCK_WORDS::laws {

template <class Inputs> constexpr rounding any_rounding(Inputs& in) {
  return in.template between<u8>("rounding", 0, 1) == 0 ? rounding::exact : rounding::kvm;
}
/// The frequencies that have a rate lie below this one.
constexpr integer frequencies_end(rounding how) {
  const integer greatest = integer(nanoseconds_per_second) * power_of_two(32);
  return how == rounding::exact ? greatest + 1 : greatest + power_of_two(32);
}
template <class Inputs> constexpr u64 frequency_with_rate(Inputs& in, rounding how) {
  return in.template between<u64>("frequency_hz", 1, word_of<u64>(frequencies_end(how) - 1));
}

struct publisher_rate_accepts {
  static constexpr law_info info{
      "publisher.rate.accepts",
      "a frequency has a rate exactly in [1, 10^9 * 2^32] Hz, by KVM's rounding in [1, (10^9 + 1) * 2^32) Hz; beyond that "
      "every normalised rate is fast"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const rounding how = any_rounding(in);
    const u64 frequency = in.template any<u64>("frequency_hz");
    const auto rate = tick_rate_for(frequency, how);
    in.require(flag(rate.has_value()) == ((frequency != 0) & (integer(frequency) < frequencies_end(how))));
    if (rate) return;
    in.require(rate.error() == clock_error::bad_frequency);
    if (frequency == 0) return;
    const u32 mul = in.template between<u32>("mul", u32(1) << 31, max_of<u32>);
    const fraction second = rational_time(frequency, tick_rate{mul, -tick_shift_max});  // other shifts are faster
    in.require(second.numerator > integer(nanoseconds_per_second) * second.denominator);
  }
};

struct publisher_rate_normalised {
  static constexpr law_info info{"publisher.rate.normalised",
                                 "a rate uses all 32 bits of its multiplier, and every reader accepts its shift"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const rounding how = any_rounding(in);
    const auto rate = tick_rate_for(frequency_with_rate(in, how), how);
    in.require(rate.has_value());
    in.require(rate->mul >= u32(1) << 31);
    in.require(check_accepts(*rate));
  }
  static constexpr bool check_accepts(tick_rate rate) { return guestclock::check(rate).has_value(); }
};

struct publisher_rate_never_fast {
  static constexpr law_info info{"publisher.rate.never-fast",
                                 "by an exact rate the ticks of a second last a second, or less"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const u64 frequency = frequency_with_rate(in, rounding::exact);
    const auto rate = tick_rate_for(frequency, rounding::exact);
    in.require(rate.has_value());
    const fraction second = rational_time(frequency, *rate);
    in.require(second.numerator <= integer(nanoseconds_per_second) * second.denominator);
  }
};

struct publisher_rate_error {
  static constexpr law_info info{"publisher.rate.error", "an exact rate is slow by less than 2^-31 of itself"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const u64 frequency = frequency_with_rate(in, rounding::exact);
    const auto rate = tick_rate_for(frequency, rounding::exact);
    in.require(rate.has_value());
    const fraction second = rational_time(frequency, *rate);
    const integer expected = integer(nanoseconds_per_second) * second.denominator;
    in.require((expected - second.numerator) * power_of_two(31) < expected);
  }
};

/// KVM's search: x / 2^right, rounded down at every step, and then doubled `left` times.
struct kvm_search {
  integer base;
  i32 shift;
};
constexpr kvm_search search_as_kvm(const integer& frequency) {
  const integer second = nanoseconds_per_second;
  i32 right = 0;  // the least shift that leaves no more than two seconds' worth of ns: 34 for 64 bits
  while (right < 34 && floor_div(frequency, power_of_two(u32(right))) > 2 * second) right = right + 1;
  const integer kept = floor_div(frequency, power_of_two(u32(right)));
  i32 left = 0;  // the least shift that leaves more than one second's worth: 30 for 1
  while (left < 30 && kept * power_of_two(u32(left)) <= second) left = left + 1;
  return {kept * power_of_two(u32(left)), left - right};
}

struct publisher_kvm_formula {
  static constexpr law_info info{
      "publisher.kvm.formula",
      "KVM's rate is 10^9 * 2^32 over the frequency, halved while above 2 * 10^9, then doubled while not above 10^9; or an "
      "error where readers would refuse the shift"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const u64 frequency = in.template between<u64>("frequency_hz", 1, max_of<u64>);
    const auto rate = tick_rate_for(frequency, rounding::kvm);
    const kvm_search found = search_as_kvm(integer(frequency));
    in.require(flag(rate.has_value()) == (found.shift >= -tick_shift_max));
    if (!rate) return in.require(rate.error() == clock_error::bad_frequency);
    in.require(i32(rate->shift) == found.shift);
    const integer dividend = integer(nanoseconds_per_second) * power_of_two(32);  // mul is the quotient, rounded down
    const integer product = integer(rate->mul) * found.base;
    in.require((product <= dividend) & (dividend < product + found.base));
  }
};

struct publisher_kvm_error {
  static constexpr law_info info{"publisher.kvm.error",
                                 "KVM's rate is fast by less than 10^-9 of itself, or slow by less than 2^-31"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const u64 frequency = frequency_with_rate(in, rounding::kvm);
    const auto rate = tick_rate_for(frequency, rounding::kvm);
    in.require(rate.has_value());
    const fraction second = rational_time(frequency, *rate);
    const integer expected = integer(nanoseconds_per_second) * second.denominator;
    in.require((second.numerator - expected) * integer(nanoseconds_per_second) < expected);
    in.require((expected - second.numerator) * power_of_two(31) < expected);
  }
};

struct publisher_scale_exact {
  static constexpr law_info info{
      "publisher.scale.exact",
      "a frequency has a Hyper-V scale exactly above 10 MHz, and it is 10^7 * 2^64 / f, rounded down: never fast"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const u64 frequency = in.template any<u64>("frequency_hz");
    const auto scale = reference_tsc_scale_for(frequency);
    const integer second = integer(10'000'000) * power_of_two(64);
    in.require(flag(scale.has_value()) == (second < integer(frequency) * power_of_two(64)));
    if (frequency == 0) return in.require(scale.error() == clock_error::bad_frequency);
    if (!scale) return in.require(scale.error() == clock_error::out_of_range);
    const integer product = integer(*scale) * integer(frequency);
    in.require((product <= second) & (second < product + integer(frequency)));
  }
};

/// The flags that a page has after an update by its host, as whole numbers.
constexpr integer kept_flags(u8 host, u8 page) {
  const integer host_bit = floor_mod(floor_div(integer(host), 2), 2);
  const integer page_bit = floor_mod(floor_div(integer(page), 2), 2);
  return integer(host) + 2 * (page_bit - host_bit * page_bit);
}

struct publisher_pvclock_flags {
  static constexpr law_info info{"publisher.pvclock.flags",
                                 "an update has its host's flags, and GUEST_STOPPED where the page has it already"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const u8 host = in.template any<u8>("host_flags");
    const u8 page = in.template any<u8>("page_flags");
    in.require(integer(keeping_guest_stopped(host, page)) == kept_flags(host, page));
  }
};

constexpr flag same_snapshot(const pvclock_snapshot& a, const pvclock_snapshot& b) {
  return (a.tsc_timestamp == b.tsc_timestamp) & (a.system_time == b.system_time) & (a.flags == b.flags) &
         (a.tsc_to_system_mul == b.tsc_to_system_mul) & (a.tsc_shift == b.tsc_shift);
}

struct publisher_pvclock_published {
  static constexpr law_info info{
      "publisher.pvclock.published",
      "whatever stood in the page, its readers get what is published, GUEST_STOPPED kept, under another, even version"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    constant_page bytes = any_page(in);
    const u32 version = bytes.version;
    const pvclock_snapshot old = pvclock_page::load(bytes);
    const pvclock_snapshot fields = any_snapshot(in);
    const u32 published = publish_pvclock(bytes, fields);
    constant_counter counter{0};
    const auto seen = read_section<pvclock_page>(bytes, counter);
    in.require(seen.has_value());
    in.require((seen->version == published) & (published != version));
    pvclock_snapshot expected = fields;
    expected.flags = keeping_guest_stopped(fields.flags, old.flags);
    in.require(same_snapshot(seen->fields, expected));
  }
};

template <class Inputs> constexpr reference_tsc_snapshot any_reference_snapshot(Inputs& in) {
  const u64 tsc_scale = in.template any<u64>("tsc_scale");
  return {tsc_scale, in.template any<i64>("tsc_offset")};
}

struct publisher_reference_published {
  static constexpr law_info info{
      "publisher.reference.published",
      "whatever stood in the page, its readers get what is published, under the sequence after the host's last, which is "
      "neither that, 0 nor 2^32 - 1"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    constant_page bytes = any_page(in);
    const u32 last = in.template any<u32>("last_sequence");
    const reference_tsc_snapshot fields = any_reference_snapshot(in);
    const u32 published = publish_reference_tsc(bytes, last, fields);
    in.require((published != last) & (published != 0) & (published != max_of<u32>));
    in.require((integer(published) == integer(last) + 1) | (integer(last) + 2 >= power_of_two(32)));
    constant_counter counter{0};
    const auto seen = read_section<reference_tsc_page>(bytes, counter);
    in.require(seen.has_value());
    in.require((seen->version == published) & (seen->fields == fields));
  }
};

struct publisher_reference_withdrawn {
  static constexpr law_info info{"publisher.reference.withdrawn",
                                 "every reader of a page that was withdrawn is told that it is not usable"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    constant_page bytes = any_page(in);
    withdraw_reference_tsc(bytes);
    constant_counter counter{0};
    in.require(read_section<reference_tsc_page>(bytes, counter).error() == clock_error::sequence_invalid);
  }
};

struct publisher_reference_frequency {
  static constexpr law_info info{
      "publisher.reference.frequency",
      "a page is published at a frequency exactly where that has a scale, and with that scale; else it is withdrawn"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    constant_page bytes = any_page(in);
    const u32 last = in.template any<u32>("last_sequence");
    const u64 frequency = in.template any<u64>("frequency_hz");
    const i64 offset = in.template any<i64>("tsc_offset");
    const auto published = publish_reference_tsc_at(bytes, last, frequency, offset);
    const auto scale = reference_tsc_scale_for(frequency);
    in.require(published.error() == scale.error());
    constant_counter counter{0};
    const auto seen = read_section<reference_tsc_page>(bytes, counter);
    if (!scale || !published) return in.require(seen.error() == clock_error::sequence_invalid);
    in.require(seen.has_value());
    in.require((*published == reference_tsc_page::published_after(last)) & (seen->version == *published));
    in.require((seen->fields.tsc_scale == *scale) & (seen->fields.tsc_offset == offset));
  }
};

}  // namespace guestclock::inline GUESTCLOCK_WORDS::laws
