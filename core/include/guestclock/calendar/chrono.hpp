// SPDX-License-Identifier: BSL-1.0
/// \file guestclock/calendar/chrono.hpp
/// To and from the types of <chrono>: for hosted programs. No other header includes this one.
///
/// std::chrono's own clocks of days and years are narrower than the calendar here, and its durations may be: whatever
/// does not fit is refused.
#pragma once

#include <chrono>

#include <guestclock/calendar/civil.hpp>
#include <guestclock/instant.hpp>
#include <guestclock/result.hpp>
#include <guestclock/unix_time.hpp>
#include <guestclock/word.hpp>

namespace guestclock::inline native {

/// The span, in std::chrono's nanoseconds; out_of_range beyond 292 years.
[[nodiscard]] constexpr result<std::chrono::nanoseconds> to_chrono(duration span) noexcept {
  const result<i64> count = span.to_nanoseconds();
  if (!count) return count.error();
  return std::chrono::nanoseconds(*count);
}
[[nodiscard]] constexpr duration from_chrono(std::chrono::nanoseconds span) noexcept {
  return duration::from_nanoseconds(i64{span.count()});
}

/// The point, on std::chrono's clock of UTC; out_of_range outside 1677 to 2262.
[[nodiscard]] constexpr result<std::chrono::sys_time<std::chrono::nanoseconds>> to_chrono(unix_time point) noexcept {
  const result<std::chrono::nanoseconds> since = to_chrono(point.since_epoch());
  if (!since) return since.error();
  return std::chrono::sys_time<std::chrono::nanoseconds>(*since);
}
[[nodiscard]] constexpr unix_time from_chrono(std::chrono::sys_time<std::chrono::nanoseconds> point) noexcept {
  return unix_time::after_epoch(from_chrono(point.time_since_epoch()));
}
/// The point's second, which has no such limits.
[[nodiscard]] constexpr std::chrono::sys_seconds to_chrono_seconds(unix_time point) noexcept {
  return std::chrono::sys_seconds(std::chrono::seconds(point.seconds()));
}
[[nodiscard]] constexpr unix_time from_chrono(std::chrono::sys_seconds point) noexcept {
  return *unix_time::from_parts(i64{point.time_since_epoch().count()}, 0);
}

/// The date; out_of_range where std::chrono::year ends, at ±32 767.
[[nodiscard]] constexpr result<std::chrono::year_month_day> to_chrono(civil_date date) noexcept {
  const result<civil_date> valid = check(date);
  if (!valid) return valid.error();
  constexpr i64 last = static_cast<int>(std::chrono::year::max());
  if (date.year < -last || date.year > last) return clock_error::out_of_range;
  return std::chrono::year_month_day(std::chrono::year(static_cast<int>(date.year)), std::chrono::month(date.month),
                                     std::chrono::day(date.day));
}
/// The date, if it is one.
[[nodiscard]] constexpr result<civil_date> from_chrono(std::chrono::year_month_day date) noexcept {
  if (!date.ok()) return clock_error::out_of_range;
  return civil_date{static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                    static_cast<unsigned>(date.day())};
}

/// The day; out_of_range where it does not fit std::chrono::days (of 32 bits in some libraries), or the date is none.
template <class Count = std::chrono::days::rep>
[[nodiscard]] constexpr result<std::chrono::sys_time<std::chrono::duration<Count, std::chrono::days::period>>>
to_chrono_days(civil_date date) noexcept {
  using days_of_count = std::chrono::duration<Count, std::chrono::days::period>;
  const result<i64> days = days_from_civil(date);
  if (!days) return days.error();
  if (*days < i64{min_of<Count>} || *days > i64{max_of<Count>}) return clock_error::out_of_range;
  return std::chrono::sys_time<days_of_count>(days_of_count(static_cast<Count>(*days)));
}
[[nodiscard]] constexpr result<civil_date> from_chrono(std::chrono::sys_days day) noexcept {
  return civil_from_days(i64{day.time_since_epoch().count()});
}

}  // namespace guestclock::inline native
