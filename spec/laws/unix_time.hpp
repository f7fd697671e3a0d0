// SPDX-License-Identifier: BSL-1.0
/// \file spec/laws/unix_time.hpp
/// What <guestclock/unix_time.hpp> promises: points in UTC are whole numbers of nanoseconds since 1970.
#pragma once

#include <guestclock/unix_time.hpp>

#include "instant.hpp"
#include "law.hpp"

namespace guestclock::inline GUESTCLOCK_WORDS::laws {

template <class Inputs> constexpr unix_time any_unix_time(Inputs& in, const char* seconds, const char* nanoseconds) {
  return unix_time::after_epoch(any_duration(in, seconds, nanoseconds));
}

/// The point in ns since 1970, as a whole number.
constexpr integer exact_nanoseconds(unix_time point) {
  return integer(point.seconds()) * integer(nanoseconds_per_second) + integer(point.nanoseconds());
}

/// Whether the point has a count of ns since 1970 in 64 bits.
constexpr flag has_count(unix_time point) {
  const integer count = exact_nanoseconds(point);
  return (0 <= count) & (count <= integer(max_of<u64>));
}

/// That a point was found exactly where there is one, and that it is the right one.
template <class Inputs> constexpr void require_point(Inputs& in, const result<unix_time>& made, const integer& expected) {
  in.require(flag(made.has_value()) == has_duration(expected));
  if (!made) return in.require(made.error() == clock_error::out_of_range);
  in.require((made->nanoseconds() < nanoseconds_per_second) & (exact_nanoseconds(*made) == expected));
}

struct unix_time_parts_accepts {
  static constexpr law_info info{"unix_time.parts.accepts",
                                 "a point is made of parts exactly when the nanoseconds are below one second, and keeps both"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const i64 seconds = in.template any<i64>("seconds");
    const u32 nanoseconds = in.template any<u32>("nanoseconds");
    const auto made = unix_time::from_parts(seconds, nanoseconds);
    in.require(flag(made.has_value()) == (nanoseconds < nanoseconds_per_second));
    if (!made) return in.require(made.error() == clock_error::out_of_range);
    in.require((made->seconds() == seconds) & (made->nanoseconds() == nanoseconds));
    in.require((made->since_epoch().seconds() == seconds) & (made->since_epoch().nanoseconds() == nanoseconds));
    in.require(unix_time::after_epoch(made->since_epoch()) == *made);
  }
};

struct unix_time_nanoseconds_exact {
  static constexpr law_info info{"unix_time.nanoseconds.exact", "every count of nanoseconds since 1970 is exactly a point"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const u64 count = in.template any<u64>("count");
    const i64 either = in.template any<i64>("either");
    const unix_time later = unix_time::from_nanoseconds(count);
    const unix_time signed_one = unix_time::from_nanoseconds(either);
    in.require((exact_nanoseconds(later) == integer(count)) & (later.nanoseconds() < nanoseconds_per_second));
    in.require((exact_nanoseconds(signed_one) == integer(either)) & (signed_one.nanoseconds() < nanoseconds_per_second));
  }
};

struct unix_time_nanoseconds_counted {
  static constexpr law_info info{"unix_time.nanoseconds.counted",
                                 "a point has a count of nanoseconds since 1970 exactly when it fits 64 bits, and gives it"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const unix_time point = any_unix_time(in, "seconds", "nanoseconds");
    const auto count = point.to_nanoseconds();
    const integer expected = exact_nanoseconds(point);
    in.require(flag(count.has_value()) == has_count(point));
    if (count) in.require(integer(*count) == expected);
    else in.require(count.error() == clock_error::out_of_range);
  }
};

struct unix_time_add_exact {
  static constexpr law_info info{"unix_time.add.exact",
                                 "a point plus a duration is exact, and refused exactly when there is no such point"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const unix_time start = any_unix_time(in, "seconds", "nanoseconds");
    const duration span = any_duration(in, "more_seconds", "more_nanoseconds");
    require_point(in, checked_add(start, span), exact_nanoseconds(start) + exact_nanoseconds(span));
  }
};

struct unix_time_difference_exact {
  static constexpr law_info info{"unix_time.difference.exact",
                                 "the difference of two points is exact, and refused exactly when no duration is that long"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const unix_time a = any_unix_time(in, "seconds", "nanoseconds");
    const unix_time b = any_unix_time(in, "other_seconds", "other_nanoseconds");
    require_duration(in, checked_sub(a, b), exact_nanoseconds(a) - exact_nanoseconds(b));
  }
};

struct unix_time_order_as_points {
  static constexpr law_info info{"unix_time.order.as-points", "the earlier of two points is the lesser one"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const unix_time a = any_unix_time(in, "seconds", "nanoseconds");
    const unix_time b = any_unix_time(in, "other_seconds", "other_nanoseconds");
    in.require((a < b) == (exact_nanoseconds(a) < exact_nanoseconds(b)));
    in.require((a == b) == (exact_nanoseconds(a) == exact_nanoseconds(b)));
    in.require((a != b) == !(a == b));
  }
};

}  // namespace guestclock::inline GUESTCLOCK_WORDS::laws
