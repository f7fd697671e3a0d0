// SPDX-License-Identifier: BSL-1.0
/// \file spec/laws/publisher.hpp
/// What <guestclock/publisher.hpp> promises. The time of f ticks is held against a second, in whole numbers: by a rate
/// that were without error it would be 10^9 ns.
#pragma once

#include <guestclock/publisher.hpp>

#include "law.hpp"
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

}  // namespace guestclock::inline GUESTCLOCK_WORDS::laws
