// SPDX-License-Identifier: BSL-1.0
/// \file spec/prove/guides/wall_clock.hpp
/// Guides for the laws of spec/laws/wall_clock.hpp.
#pragma once

#include "../prover_inputs.hpp"

#include "../../laws/all.hpp"

namespace guestclock::inline symbolic {

/// slewed_by, split at whole millions, is the quotient of the whole product.
inline void slewed_by_is_the_quotient(guide_inputs& guide, u64 elapsed, u32 ppm) {
  const integer million = 1'000'000;
  const integer moved = integer(slewed_by(elapsed, ppm));
  const integer product = integer(elapsed) * integer(ppm);
  const integer whole = integer(elapsed / u64(parts_per_million));
  const integer rest = integer(elapsed % u64(parts_per_million));
  guide.lemma(product == whole * integer(ppm) * million + rest * integer(ppm));
  guide.lemma((moved * million <= product) & (product < moved * million + million));
}
/// By it: what a slewing clock moves while time passes.
inline void slewing_moves_on(guide_inputs& guide, u64 elapsed, u64 later, u32 ppm) {
  slewed_by_is_the_quotient(guide, elapsed, ppm);
  slewed_by_is_the_quotient(guide, later, ppm);
  const integer passed = integer(later) - integer(elapsed);
  guide.lemma(integer(later) * integer(ppm) == integer(elapsed) * integer(ppm) + passed * integer(ppm));
  guide.lemma((0 <= passed * integer(ppm)) & (passed * integer(ppm) <= passed * integer(1'000'000)));
  const integer moved = integer(slewed_by(elapsed, ppm));
  const integer moved_later = integer(slewed_by(later, ppm));
  guide.lemma((moved <= moved_later) & (moved_later - moved <= passed));
}

template <> struct guide<laws::wall_clock_slew_exact> {
  static void run(guide_inputs& guide) {
    slewing_moves_on(guide, guide.drawn<u64>("elapsed"), guide.drawn<u64>("later"), guide.drawn<u32>("ppm"));
  }
};

template <> struct guide<laws::wall_clock_follow_reaches> {
  static void run(guide_inputs& guide) {
    slewed_by_is_the_quotient(guide, guide.drawn<u64>("elapsed"), guide.drawn<u32>("ppm"));
  }
};

template <> struct guide<laws::wall_clock_follow_never_back> {
  static void run(guide_inputs& guide) {
    if (guide.drawn<u8>("action") == 0) return;
    slewing_moves_on(guide, guide.drawn<u64>("elapsed"), guide.drawn<u64>("later"), guide.drawn<u32>("ppm"));
  }
};

}  // namespace guestclock::inline symbolic
