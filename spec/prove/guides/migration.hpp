// SPDX-License-Identifier: BSL-1.0
/// \file spec/prove/guides/migration.hpp
/// Guides for the laws of spec/laws/migration.hpp.
#pragma once

#include "../prover_inputs.hpp"

#include "../../laws/all.hpp"
#include "rebase.hpp"
#include "scale.hpp"

namespace guestclock::inline symbolic {

/// A page's time after some ticks, times f, against those ticks of 10^9: mul · f <= 10^9 · 2^(32 − shift) < mul · f + f.
template <> struct guide<laws::migration_trace_constant_rate> {
  static void run(guide_inputs& guide) {
    if (guide.drawn<u8>("runs") == 0) return;
    const tick_rate rate = drawn_page_rate(guide);
    const bool reads = guide.drawn<u8>("action") == 0 ? true : false;
    const u64 counter = reads ? guide.drawn<u64>("counter") : guide.drawn<u64>("latest");
    const integer ticks = counter;
    const integer mul = rate.mul;
    const integer time = laws::exact_scaled(laws::exact_shifted(counter, rate), rate);
    const auto shifted = shift_ticks(counter, rate.shift);
    if (shifted.has_value()) product_is_exact(guide, *shifted, rate.mul);
    const integer frequency = guide.drawn<u64>("frequency_hz");
    const integer second = nanoseconds_per_second;
    const integer one = laws::one_ns(rate);
    const integer bound = error_bound(rate);
    const integer by_rate = ticks * mul;
    guide.lemma(time * one <= by_rate);
    guide.lemma(by_rate < (time + bound) * one);
    guide.lemma(ticks * (mul * frequency) <= ticks * (second * one));
    guide.lemma(by_rate * frequency == ticks * (mul * frequency));
    guide.lemma((time * one) * frequency <= by_rate * frequency);
    guide.lemma(time * frequency <= ticks * second);
    const integer units = integer(guide.drawn<u64>("phase"));
    const integer waited = reads ? ticks : ticks + integer(guide.drawn<u64>("gap"));
    const integer host = floor_div(units + waited * second, frequency);
    guide.lemma(host * frequency <= units + waited * second);
    guide.lemma(units + waited * second < host * frequency + frequency);
    guide.lemma(time <= host);
    if (!reads) return;
    guide.lemma(power_of_two(31) * frequency <= mul * frequency);
    guide.lemma(ticks * (power_of_two(31) * frequency) <= ticks * (second * one));
    const integer next = mul * frequency + frequency;
    guide.lemma(second * one <= next);
    guide.lemma(ticks * (second * one) <= ticks * next);
    guide.lemma(ticks * next == ticks * (mul * frequency) + ticks * frequency);
    guide.lemma(by_rate * frequency < ((time + bound) * one) * frequency);
    const integer behind = host - time - bound - 1;
    guide.lemma(behind * frequency == host * frequency - time * frequency - bound * frequency - frequency);
    guide.lemma((behind * frequency) * one < ticks * frequency);
    guide.lemma((behind * frequency) * power_of_two(31) < ticks * second);
  }
};

}  // namespace guestclock::inline symbolic
