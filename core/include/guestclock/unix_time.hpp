// SPDX-License-Identifier: BSL-1.0
/// \file guestclock/unix_time.hpp
/// A point in UTC, by the seconds of POSIX: 86 400 of them in every day, none of them a leap second.
///
/// It is a type of its own: an `instant` is of one clock, whose zero may be anything. A `duration` leads from one point
/// to another; 292 · 10^9 years to either side of 1970 are in range.
///
/// Source: IEEE Std 1003.1, 4.17 (Seconds Since the Epoch).
#pragma once

#include <guestclock/instant.hpp>
#include <guestclock/result.hpp>
#include <guestclock/word.hpp>

namespace guestclock::inline GUESTCLOCK_WORDS {

inline constexpr std::uint32_t seconds_per_day = 86'400;

/// A point in UTC: seconds since 1970-01-01T00:00:00Z, and nanoseconds in [0, 10^9) after them, before 1970, too.
class unix_time {
 public:
  /// 1970-01-01T00:00:00Z.
  constexpr unix_time() noexcept = default;

  /// The point that lies this long after 1970 (before it, for a negative span). Every span has one.
  ///   ensures  its span since 1970 is that one                 [unix_time.parts.accepts]
  [[nodiscard]] static constexpr unix_time after_epoch(duration span) noexcept { return unix_time(span); }

  /// seconds and nanoseconds, where nanoseconds is already in [0, 10^9).
  ///   ensures  accepts exactly then, and keeps both            [unix_time.parts.accepts]
  ///   errors   out_of_range
  [[nodiscard]] static constexpr result<unix_time> from_parts(i64 seconds, u32 nanoseconds) noexcept {
    return after(duration::from_parts(seconds, nanoseconds));
  }

  /// Any count of nanoseconds since 1970.
  ///   requires nothing: every count has a point
  ///   ensures  exactly that many                               [unix_time.nanoseconds.exact]
  [[nodiscard]] static constexpr unix_time from_nanoseconds(u64 count) noexcept {
    return unix_time(duration::from_nanoseconds(count));
  }
  [[nodiscard]] static constexpr unix_time from_nanoseconds(i64 count) noexcept {
    return unix_time(duration::from_nanoseconds(count));
  }

  /// Nanoseconds since 1970, as one unsigned word.
  ///   ensures  accepts exactly when they fit, and gives them   [unix_time.nanoseconds.counted]
  ///   errors   out_of_range: before 1970, or after 2554-07-21T23:34:33.709551615Z
  [[nodiscard]] constexpr result<u64> to_nanoseconds() const noexcept {
    const result<instant> since = checked_add(instant{}, since_epoch_);
    if (!since) return since.error();
    return since->nanoseconds;
  }

  /// Whole seconds since 1970, rounded towards minus infinity.
  [[nodiscard]] constexpr i64 seconds() const noexcept { return since_epoch_.seconds(); }
  /// What remains after the whole seconds, in ns, [0, 10^9).
  [[nodiscard]] constexpr u32 nanoseconds() const noexcept { return since_epoch_.nanoseconds(); }
  /// The span from 1970 to this point.
  [[nodiscard]] constexpr duration since_epoch() const noexcept { return since_epoch_; }

  /// The point that lies `span` after `start` (before it, for a negative span).
  ///   ensures  accepts exactly when that point exists, and then gives it   [unix_time.add.exact]
  ///   errors   out_of_range
  [[nodiscard]] friend constexpr result<unix_time> checked_add(unix_time start, duration span) noexcept {
    return after(checked_add(start.since_epoch_, span));
  }
  /// The span from b to a, negative where a is the earlier point.
  ///   ensures  accepts exactly when that span is a duration, and then gives it [unix_time.difference.exact]
  ///   errors   out_of_range
  [[nodiscard]] friend constexpr result<duration> checked_sub(unix_time a, unix_time b) noexcept {
    return checked_sub(a.since_epoch_, b.since_epoch_);
  }

  [[nodiscard]] friend constexpr flag operator==(unix_time a, unix_time b) noexcept {
    return a.since_epoch_ == b.since_epoch_;
  }
  [[nodiscard]] friend constexpr flag operator!=(unix_time a, unix_time b) noexcept { return !(a == b); }
  ///   ensures  the earlier point is the lesser one             [unix_time.order.as-points]
  [[nodiscard]] friend constexpr ordering operator<=>(unix_time a, unix_time b) noexcept {
    return a.since_epoch_ <=> b.since_epoch_;
  }

 private:
  constexpr explicit unix_time(duration since_epoch) noexcept : since_epoch_(since_epoch) {}
  static constexpr result<unix_time> after(const result<duration>& span) noexcept {
    if (!span) return span.error();
    return unix_time(*span);
  }

  duration since_epoch_;
};

}  // namespace guestclock::inline GUESTCLOCK_WORDS
