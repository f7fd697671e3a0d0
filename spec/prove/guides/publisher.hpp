// SPDX-License-Identifier: BSL-1.0
/// \file spec/prove/guides/publisher.hpp
/// Guides for the laws of spec/laws/publisher.hpp.
#pragma once

#include "../prover_inputs.hpp"

#include "../../laws/all.hpp"

namespace guestclock::inline symbolic {

/// What tick_rate_for divides for KVM, and by what.
struct kvm_division {
  integer whole;    ///< the frequency, normalised
  integer counted;  ///< what KVM keeps of it
  integer dividend, quotient;
  u32 places;
};
inline kvm_division division_of_kvm(u64 frequency_hz) {
  const u64 whole = frequency_hz << leading_zeros(frequency_hz);
  const u64 counted = kept_by_kvm(whole);
  const u64 second = u64(nanoseconds_per_second);
  const u32 places = counted > second << 34 ? u32(34) : u32(33);
  const wide dividend{second << (places - 32), 0};
  return {whole, counted, integer(dividend.high) * power_of_two(64), full_quotient(dividend, counted).quotient, places};
}

/// The divisor is the one of KVM's search, scaled by a power of two, which the quotient does not notice.
template <> struct guide<laws::publisher_kvm_formula> {
  static void run(guide_inputs& guide) {
    const u64 frequency = guide.drawn<u64>("frequency_hz");
    const auto [base, shift] = laws::search_as_kvm(integer(frequency));
    if (shift < -tick_shift_max) return;
    const kvm_division of = division_of_kvm(frequency);
    const integer scale = power_of_two(of.places);
    guide.lemma(of.counted == base * scale);
    guide.lemma(of.quotient * of.counted <= of.dividend);
    guide.lemma(of.dividend < of.quotient * of.counted + of.counted);
    guide.lemma(of.quotient * of.counted == of.quotient * base * scale);
    guide.lemma(of.quotient * base <= integer(nanoseconds_per_second) * power_of_two(32));
    guide.lemma(integer(nanoseconds_per_second) * power_of_two(32) < of.quotient * base + base);
  }
};

/// What KVM cuts off is less than 10^-9 of what it keeps; a multiplier does not change that.
template <> struct guide<laws::publisher_kvm_error> {
  static void run(guide_inputs& guide) {
    const auto [whole, counted, dividend, quotient, places] = division_of_kvm(guide.drawn<u64>("frequency_hz"));
    const integer cut = whole - counted;
    guide.lemma((0 <= cut) & (cut * integer(nanoseconds_per_second) < counted));
    guide.lemma(power_of_two(31) <= quotient);
    guide.lemma(quotient * counted <= dividend);
    guide.lemma(dividend < quotient * counted + counted);
    guide.lemma(power_of_two(31) * counted <= quotient * counted);
    guide.lemma(0 <= quotient * cut);
    guide.lemma(quotient * (cut * integer(nanoseconds_per_second)) < quotient * counted);
    guide.lemma(quotient * whole == quotient * counted + quotient * cut);
  }
};

}  // namespace guestclock::inline symbolic
