// SPDX-License-Identifier: BSL-1.0
/// \file spec/prove/guides/pvclock.hpp
/// Guides for the laws of spec/laws/pvclock.hpp.
#pragma once

#include "../prover_inputs.hpp"

#include "../../laws/all.hpp"
#include "scale.hpp"

namespace guestclock::inline symbolic {

/// What is added to the snapshot's time is the quotient of the shifted ticks' product.
template <> struct guide<laws::pvclock_wrapping_definition> {
  static void run(guide_inputs& guide) {
    const u64 ticks = wrapping_sub(guide.drawn<u64>("counter"), guide.drawn<u64>("tsc_timestamp"));
    const i32 places = i32(guide.drawn<i8>("tsc_shift"));
    if ((places < -tick_shift_max) | (places > tick_shift_max)) return;
    const u64 shifted = places < 0 ? ticks >> u32(-places) : wrapping_shift_left(ticks, u32(places));
    const u32 mul = guide.drawn<u32>("tsc_to_system_mul");
    const integer law_ticks =
        floor_mod(integer(guide.drawn<u64>("counter")) - integer(guide.drawn<u64>("tsc_timestamp")), power_of_two(64));
    const integer law_shifted = floor_mod(scaled_by_power_of_two(law_ticks, places), power_of_two(64));
    guide.lemma(integer(ticks) == law_ticks);
    guide.lemma(integer(shifted) == law_shifted);
    guide.lemma(integer(shifted) * integer(mul) == law_shifted * integer(mul));
    const integer scaled = product_is_exact(guide, shifted, mul);
    guide.lemma(scaled == floor_div(law_shifted * integer(mul), power_of_two(32)));
  }
};

}  // namespace guestclock::inline symbolic
