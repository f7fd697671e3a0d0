// SPDX-License-Identifier: BSL-1.0
/// \file spec/laws/result.hpp
/// What <guestclock/result.hpp> promises.
#pragma once

#include <guestclock/result.hpp>

#include "law.hpp"

namespace guestclock::inline GUESTCLOCK_WORDS::laws {

struct result_holds_either {
  static constexpr law_info info{"result.holds.either", "a result has the value that it was made of, or the error"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const u64 value = in.template any<u64>("value");
    const u64 fallback = in.template any<u64>("fallback");
    const result<u64> good = value;
    const result<u64> bad = clock_error::unstable;
    in.require(flag(good.has_value() && static_cast<bool>(good)) & (good.error() == clock_error{}));
    in.require((*good == value) & (good.value_or(fallback) == value));
    in.require(flag(!bad.has_value() && !static_cast<bool>(bad)) & (bad.error() == clock_error::unstable));
    in.require(bad.value_or(fallback) == fallback);
  }
};

}  // namespace guestclock::inline GUESTCLOCK_WORDS::laws
