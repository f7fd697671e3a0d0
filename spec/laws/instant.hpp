// SPDX-License-Identifier: BSL-1.0
/// \file spec/laws/instant.hpp
/// What <guestclock/instant.hpp> promises: points and spans are whole numbers of nanoseconds.
#pragma once

#include <guestclock/instant.hpp>

#include "law.hpp"

namespace guestclock::inline GUESTCLOCK_WORDS::laws {

inline constexpr std::uint32_t greatest_nanoseconds = nanoseconds_per_second - 1;

template <class Inputs> constexpr duration any_duration(Inputs& in, const char* seconds, const char* nanoseconds) {
  const i64 whole = in.template any<i64>(seconds);
  return *duration::from_parts(whole, in.template between<u32>(nanoseconds, 0, greatest_nanoseconds));
}

/// The span in ns, as a whole number.
constexpr integer exact_nanoseconds(duration span) {
  return integer(span.seconds()) * integer(nanoseconds_per_second) + integer(span.nanoseconds());
}
constexpr flag is_normal(duration span) { return span.nanoseconds() < nanoseconds_per_second; }

/// Whether some duration has this many ns: its seconds, rounded down, must fit i64.
constexpr flag has_duration(const integer& nanoseconds) {
  const integer seconds = floor_div(nanoseconds, integer(nanoseconds_per_second));
  return (integer(min_of<i64>) <= seconds) & (seconds <= integer(max_of<i64>));
}

struct instant_duration_parts {
  static constexpr law_info info{"instant.duration.parts",
                                 "a duration is made of parts exactly when the nanoseconds are below one second"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const i64 seconds = in.template any<i64>("seconds");
    const u32 nanoseconds = in.template any<u32>("nanoseconds");
    const auto made = duration::from_parts(seconds, nanoseconds);
    in.require(flag(made.has_value()) == (nanoseconds < nanoseconds_per_second));
    if (made) in.require((made->seconds() == seconds) & (made->nanoseconds() == nanoseconds));
    else in.require(made.error() == clock_error::out_of_range);
  }
};

struct instant_duration_from_nanoseconds {
  static constexpr law_info info{"instant.duration.from-nanoseconds",
                                 "every count of nanoseconds, and its negative, is exactly a duration in normal form"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const u64 count = in.template any<u64>("count");
    const i64 either = in.template any<i64>("either");
    const duration ahead = duration::from_nanoseconds(count);
    const duration back = duration::minus_nanoseconds(count);
    const duration signed_one = duration::from_nanoseconds(either);
    in.require(is_normal(ahead) & is_normal(back) & is_normal(signed_one));
    in.require(exact_nanoseconds(ahead) == integer(count));
    in.require(exact_nanoseconds(back) == -integer(count));
    in.require(exact_nanoseconds(signed_one) == integer(either));
  }
};

struct instant_duration_to_nanoseconds {
  static constexpr law_info info{"instant.duration.to-nanoseconds",
                                 "a duration has a count of nanoseconds exactly when it fits 64 bits, and gives it"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const duration span = any_duration(in, "seconds", "nanoseconds");
    const auto count = span.to_nanoseconds();
    const integer expected = exact_nanoseconds(span);
    in.require(flag(count.has_value()) == ((integer(min_of<i64>) <= expected) & (expected <= integer(max_of<i64>))));
    if (count) in.require(integer(*count) == expected);
    else in.require(count.error() == clock_error::out_of_range);
  }
};

template <class Inputs>
constexpr void require_duration(Inputs& in, const result<duration>& made, const integer& expected) {
  in.require(flag(made.has_value()) == has_duration(expected));
  if (!made) return in.require(made.error() == clock_error::out_of_range);
  in.require(is_normal(*made));
  in.require(exact_nanoseconds(*made) == expected);
}

struct instant_duration_add {
  static constexpr law_info info{"instant.duration.add",
                                 "the sum of two durations is exact, and refused exactly when no duration is that long"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const duration a = any_duration(in, "seconds", "nanoseconds");
    const duration b = any_duration(in, "more_seconds", "more_nanoseconds");
    require_duration(in, checked_add(a, b), exact_nanoseconds(a) + exact_nanoseconds(b));
  }
};

struct instant_duration_subtract {
  static constexpr law_info info{
      "instant.duration.subtract",
      "the difference of two durations is exact, and refused exactly when no duration is that long"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const duration a = any_duration(in, "seconds", "nanoseconds");
    const duration b = any_duration(in, "less_seconds", "less_nanoseconds");
    require_duration(in, checked_sub(a, b), exact_nanoseconds(a) - exact_nanoseconds(b));
  }
};

struct instant_duration_order {
  static constexpr law_info info{"instant.duration.order", "durations are ordered and equal as their lengths are"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const duration a = any_duration(in, "seconds", "nanoseconds");
    const duration b = any_duration(in, "other_seconds", "other_nanoseconds");
    in.require((a < b) == (exact_nanoseconds(a) < exact_nanoseconds(b)));
    in.require((a == b) == (exact_nanoseconds(a) == exact_nanoseconds(b)));
    in.require((a <= b) == !(b < a));
    in.require((a != b) == !(a == b));
  }
};

struct instant_difference_exact {
  static constexpr law_info info{"instant.difference.exact", "the difference of any two instants is exactly a duration"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const instant a{in.template any<u64>("a")};
    const instant b{in.template any<u64>("b")};
    const duration span = a - b;
    in.require(is_normal(span));
    in.require(exact_nanoseconds(span) == integer(a.nanoseconds) - integer(b.nanoseconds));
  }
};

struct instant_add_exact {
  static constexpr law_info info{"instant.add.exact",
                                 "an instant plus a duration is exact, and refused exactly when the clock has no such point"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const instant start{in.template any<u64>("start")};
    const duration span = any_duration(in, "seconds", "nanoseconds");
    const auto end = checked_add(start, span);
    const integer expected = integer(start.nanoseconds) + exact_nanoseconds(span);
    in.require(flag(end.has_value()) == ((0 <= expected) & (expected <= integer(max_of<u64>))));
    if (end) in.require(integer(end->nanoseconds) == expected);
    else in.require(end.error() == clock_error::out_of_range);
  }
};

struct instant_add_returns {
  static constexpr law_info info{"instant.add.returns", "adding the difference of two instants leads from one to the other"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const instant from{in.template any<u64>("from")};
    const instant to{in.template any<u64>("to")};
    const auto reached = checked_add(from, to - from);
    in.require(reached.has_value());
    in.require(*reached == to);
    in.require((from < to) == (from.nanoseconds < to.nanoseconds));
    in.require((from == to) == (from.nanoseconds == to.nanoseconds));
    in.require((from != to) == (from.nanoseconds != to.nanoseconds));
  }
};

}  // namespace guestclock::inline GUESTCLOCK_WORDS::laws
