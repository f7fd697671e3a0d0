// SPDX-License-Identifier: BSL-1.0
/// \file spec/laws/region.hpp
/// What <guestclock/region.hpp> promises of words; what it does with real memory stands in machine_clocks.hpp.
#pragma once

#include <guestclock/region.hpp>

#include "law.hpp"
#include "unix_time.hpp"

namespace guestclock::inline GUESTCLOCK_WORDS::laws {

struct region_type_decodes {
  static constexpr law_info info{"region.type.decodes",
                                 "in a region, 1 is a pvclock page, 2 is Hyper-V's, every other type is none; kinds are written so"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const u64 type = in.template any<u64>("type");
    const page_kind kind = kind_of_type(type);
    in.require((type == 1) == flag(kind == page_kind::pvclock));
    in.require((type == 2) == flag(kind == page_kind::reference_tsc));
    in.require(flag(kind == page_kind::none) == !((type == 1) | (type == 2)));
    const auto written = type_of_kind(kind);
    in.require(written.has_value());
    in.require(*written == (kind == page_kind::none ? u64(0) : type));
    in.require(type_of_kind(static_cast<page_kind>(200)).error() == clock_error::no_clock);
  }
};

struct region_local_exact {
  static constexpr law_info info{"region.local.exact",
                                 "local time is the wall clock plus its offset, east positive, wherever there is such a point"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const unix_time wall = any_unix_time(in, "seconds", "nanoseconds");
    const i32 offset = in.template any<i32>("utc_offset_seconds");
    require_point(in, local_time(wall, offset), exact_nanoseconds(wall) + integer(offset) * integer(nanoseconds_per_second));
  }
};

}  // namespace guestclock::inline GUESTCLOCK_WORDS::laws
