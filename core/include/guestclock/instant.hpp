// SPDX-License-Identifier: BSL-1.0
/// \file guestclock/instant.hpp
/// A point on a clock, and the span between two points. They are types, and do not mix.
///
/// An instant is one word, because the read path carries it: 2^64 ns are 584 years after the clock's zero. A
/// duration is signed and wider (292 · 10^9 years), so that the difference of any two instants is exact.
#pragma once

#include <guestclock/result.hpp>
#include <guestclock/word.hpp>

namespace guestclock::inline GUESTCLOCK_WORDS {

inline constexpr std::uint32_t nanoseconds_per_second = 1'000'000'000;

/// A span of time: seconds + nanoseconds / 10^9, with nanoseconds in [0, 10^9) whatever the sign, so that every
/// span has one form: −0.5 s is {−1, 500'000'000}.
class duration {
 public:
  constexpr duration() noexcept = default;

  /// seconds and nanoseconds, where nanoseconds is already in [0, 10^9); otherwise out_of_range.
  ///   ensures  accepts exactly then, and keeps both            [instant.duration.parts]
  [[nodiscard]] static constexpr result<duration> from_parts(i64 seconds, u32 nanoseconds) noexcept {
    if (nanoseconds >= nanoseconds_per_second) return clock_error::out_of_range;
    return duration(seconds, nanoseconds);
  }

  /// Any count of nanoseconds.
  ///   requires nothing: every count has a duration
  ///   ensures  exactly that many                               [instant.duration.from-nanoseconds]
  [[nodiscard]] static constexpr duration from_nanoseconds(u64 count) noexcept {
    const u64 seconds = count / u64(nanoseconds_per_second);  // [0, 18'446'744'073]
    return duration(i64(seconds), u32(count % u64(nanoseconds_per_second)));
  }
  [[nodiscard]] static constexpr duration from_nanoseconds(i64 count) noexcept {
    if (count >= 0) return from_nanoseconds(u64(count));
    return minus_nanoseconds(wrapping_sub(u64(0), as_unsigned(count)));
  }

  /// The span of minus `count` nanoseconds.
  ///   ensures  exactly that                                    [instant.duration.from-nanoseconds]
  [[nodiscard]] static constexpr duration minus_nanoseconds(u64 count) noexcept {
    const duration positive = from_nanoseconds(count);
    if (positive.nanoseconds_ == 0) return duration(-positive.seconds_, u32(0));
    return duration(-positive.seconds_ - 1, u32(nanoseconds_per_second) - positive.nanoseconds_);
  }

  /// Whole seconds, rounded towards minus infinity.
  [[nodiscard]] constexpr i64 seconds() const noexcept { return seconds_; }
  /// What remains after the whole seconds, in ns, [0, 10^9).
  [[nodiscard]] constexpr u32 nanoseconds() const noexcept { return nanoseconds_; }

  /// The whole span in ns; out_of_range unless it fits (about ± 292 years).
  ///   ensures  accepts exactly when it fits                    [instant.duration.to-nanoseconds]
  [[nodiscard]] constexpr result<i64> to_nanoseconds() const noexcept {
    // The second after is within i64 for every span that fits, and keeps the product from overflowing first.
    if (seconds_ < 0) {
      const checked<i64> whole = checked_mul(seconds_ + 1, i64(nanoseconds_per_second));
      if (!whole.fits) return clock_error::out_of_range;
      const checked<i64> sum = checked_sub(whole.value, i64(u32(nanoseconds_per_second) - nanoseconds_));
      if (!sum.fits) return clock_error::out_of_range;
      return sum.value;
    }
    const checked<i64> whole = checked_mul(seconds_, i64(nanoseconds_per_second));
    if (!whole.fits) return clock_error::out_of_range;
    const checked<i64> sum = checked_add(whole.value, i64(nanoseconds_));
    if (!sum.fits) return clock_error::out_of_range;
    return sum.value;
  }

  /// The sum of two spans, and their difference.
  ///   ensures  accepts exactly when the exact result fits      [instant.duration.add], [instant.duration.subtract]
  ///   errors   out_of_range
  [[nodiscard]] friend constexpr result<duration> checked_add(duration a, duration b) noexcept {
    const u32 nanoseconds = a.nanoseconds_ + b.nanoseconds_;  // [0, 2 · 10^9 − 2]
    if (nanoseconds < nanoseconds_per_second) return with_seconds(checked_add(a.seconds_, b.seconds_), nanoseconds);
    // Carry into the operand that cannot overflow by it: at most one of the two is the greatest, or the sum is too large.
    const i64 lesser = a.seconds_ < b.seconds_ ? a.seconds_ : b.seconds_;
    const i64 larger = a.seconds_ < b.seconds_ ? b.seconds_ : a.seconds_;
    if (lesser == max_of<i64>) return clock_error::out_of_range;
    return with_seconds(checked_add(lesser + 1, larger), nanoseconds - u32(nanoseconds_per_second));
  }
  [[nodiscard]] friend constexpr result<duration> checked_sub(duration a, duration b) noexcept {
    if (a.nanoseconds_ >= b.nanoseconds_)
      return with_seconds(checked_sub(a.seconds_, b.seconds_), a.nanoseconds_ - b.nanoseconds_);
    const u32 nanoseconds = a.nanoseconds_ + u32(nanoseconds_per_second) - b.nanoseconds_;
    if (b.seconds_ == max_of<i64>) {  // b + 1 does not exist; a − 1 does unless the difference is far out of range
      if (a.seconds_ == min_of<i64>) return clock_error::out_of_range;
      return with_seconds(checked_sub(a.seconds_ - 1, b.seconds_), nanoseconds);
    }
    return with_seconds(checked_sub(a.seconds_, b.seconds_ + 1), nanoseconds);
  }

  [[nodiscard]] friend constexpr flag operator==(duration a, duration b) noexcept {
    return (a.seconds_ == b.seconds_) & (a.nanoseconds_ == b.nanoseconds_);
  }
  [[nodiscard]] friend constexpr flag operator!=(duration a, duration b) noexcept { return !(a == b); }
  ///   ensures  the order of the spans' values                  [instant.duration.order]
  [[nodiscard]] friend constexpr ordering operator<=>(duration a, duration b) noexcept {
    if (a.seconds_ != b.seconds_) return a.seconds_ <=> b.seconds_;
    return a.nanoseconds_ <=> b.nanoseconds_;
  }

 private:
  constexpr duration(i64 seconds, u32 nanoseconds) noexcept : seconds_(seconds), nanoseconds_(nanoseconds) {}
  static constexpr result<duration> with_seconds(checked<i64> seconds, u32 nanoseconds) noexcept {
    if (!seconds.fits) return clock_error::out_of_range;
    return duration(seconds.value, nanoseconds);
  }

  i64 seconds_{};
  u32 nanoseconds_{};
};

/// A point on one clock: nanoseconds since that clock's zero.
struct instant {
  u64 nanoseconds{};

  [[nodiscard]] friend constexpr flag operator==(instant a, instant b) noexcept {
    return a.nanoseconds == b.nanoseconds;
  }
  [[nodiscard]] friend constexpr flag operator!=(instant a, instant b) noexcept { return !(a == b); }
  [[nodiscard]] friend constexpr ordering operator<=>(instant a, instant b) noexcept {
    return a.nanoseconds <=> b.nanoseconds;
  }

  /// The span from b to a, negative where a is the earlier point.
  ///   requires nothing: the difference of any two instants is a duration
  ///   ensures  exactly a − b                                   [instant.difference.exact]
  [[nodiscard]] friend constexpr duration operator-(instant a, instant b) noexcept {
    if (a.nanoseconds >= b.nanoseconds) return duration::from_nanoseconds(a.nanoseconds - b.nanoseconds);
    return duration::minus_nanoseconds(b.nanoseconds - a.nanoseconds);
  }
};

/// The point that lies `span` after `start` (before it, for a negative span).
///   ensures  accepts exactly when that point exists, and then gives it   [instant.add.exact]
///   errors   out_of_range: before the clock's zero, or after 2^64 − 1 ns
[[nodiscard]] constexpr result<instant> checked_add(instant start, duration span) noexcept {
  if (span.seconds() >= 0) {
    const checked<u64> whole = checked_mul(u64(span.seconds()), u64(nanoseconds_per_second));
    if (!whole.fits) return clock_error::out_of_range;
    const checked<u64> ahead = checked_add(whole.value, u64(span.nanoseconds()));
    if (!ahead.fits) return clock_error::out_of_range;
    const checked<u64> sum = checked_add(start.nanoseconds, ahead.value);
    if (!sum.fits) return clock_error::out_of_range;
    return instant{sum.value};
  }
  const u64 seconds_back = wrapping_sub(u64(0), as_unsigned(span.seconds()));  // [1, 2^63]
  const checked<u64> whole = checked_mul(seconds_back - 1, u64(nanoseconds_per_second));
  if (!whole.fits) return clock_error::out_of_range;
  const checked<u64> back = checked_add(whole.value, u64(u32(nanoseconds_per_second) - span.nanoseconds()));
  if (!back.fits) return clock_error::out_of_range;
  const checked<u64> rest = checked_sub(start.nanoseconds, back.value);
  if (!rest.fits) return clock_error::out_of_range;
  return instant{rest.value};
}

}  // namespace guestclock::inline GUESTCLOCK_WORDS
