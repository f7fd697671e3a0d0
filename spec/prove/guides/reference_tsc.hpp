// SPDX-License-Identifier: BSL-1.0
/// \file spec/prove/guides/reference_tsc.hpp
/// Guides for the laws of spec/laws/reference_tsc.hpp.
#pragma once

#include "../prover_inputs.hpp"

#include "../../laws/all.hpp"

namespace guestclock::inline symbolic {

/// The time between snapshot and counter, by the scale alone.
template <> struct guide<laws::reference_tsc_derive_close> {
  static void run(guide_inputs& guide) {
    const integer scale = integer(guide.drawn<u64>("tsc_scale"));
    const integer then = integer(guide.drawn<u64>("tsc_timestamp"));
    const integer now = integer(guide.drawn<u64>("counter"));
    const integer one = power_of_two(64);
    const integer between = floor_div(now * scale, one) - floor_div(then * scale, one);
    guide.lemma(between * one < now * scale - then * scale + one);
    guide.lemma(now * scale - then * scale - one < between * one);
    const integer rest = integer(guide.drawn<u32>("rest"));
    guide.lemma(0 <= (now - then) * rest);
    guide.lemma((now - then) * rest <= (now - then) * 100);
  }
};

}  // namespace guestclock::inline symbolic
