// SPDX-License-Identifier: BSL-1.0
/// \file spec/laws/reading.hpp
/// What <guestclock/reading.hpp> promises.
#pragma once

#include <guestclock/reading.hpp>

#include "law.hpp"

namespace guestclock::inline GUESTCLOCK_WORDS::laws {

template <class Inputs> constexpr generation any_generation(Inputs& in) {
  const u64 disruption_marker = in.template any<u64>("disruption_marker");
  return {disruption_marker, in.template any<u64>("vm_generation_counter")};
}

template <class Inputs> constexpr reading any_reading(Inputs& in, u64 time) {
  reading seen;
  seen.time = {time};
  seen.stable = in.template any<u8>("stable") == 0;
  return seen;
}

struct reading_stable_demanded {
  static constexpr law_info info{"reading.stable.demanded",
                                 "a reader that demands stability refuses exactly the readings that are not stable"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const reading seen = any_reading(in, in.template any<u64>("time"));
    const auto demanded = demand_stable(seen);
    in.require(flag(demanded.has_value()) == seen.stable);
    if (demanded) in.require(demanded->time == seen.time);
    else in.require(demanded.error() == clock_error::unstable);
  }
};

struct reading_generation_equal {
  static constexpr law_info info{"reading.generation.equal", "two generations are equal exactly when both of their numbers are"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const generation a = any_generation(in);
    const generation b = any_generation(in);
    const flag same = (a.disruption_marker == b.disruption_marker) & (a.vm_generation_counter == b.vm_generation_counter);
    in.require((a == b) == same);
    in.require((a != b) == !same);
  }
};

}  // namespace guestclock::inline GUESTCLOCK_WORDS::laws
