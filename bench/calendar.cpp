// SPDX-License-Identifier: BSL-1.0
/// Days, seconds and civil times, one at a time.
#include <chrono>

#include <guestclock/calendar/date_time.hpp>

#include "inputs.hpp"
#include "peers.hpp"

#ifdef GUESTCLOCK_HAS_DATE
#include <date/date.h>
#endif
#ifdef GUESTCLOCK_HAS_ABSL
#include <absl/time/civil_time.h>
#include <absl/time/time.h>
#endif
#ifdef GUESTCLOCK_HAS_CCTZ
#include <cctz/time_zone.h>
#endif

namespace guestclock::bench {
namespace {

constexpr auto equal = [](const auto& a, const auto& b) { return a == b; };

// --- seconds to civil times ---

[[gnu::always_inline]] inline void numbers_from(std::int64_t seconds, civil_numbers& to) {
  make_opaque(seconds);
  const auto time = date_time_from(unix_time::after_epoch(*duration::from_parts(seconds, 0)));
  if (!time) return;
  to = {static_cast<int>(time->year), static_cast<int>(time->month),  static_cast<int>(time->day),
        static_cast<int>(time->hour), static_cast<int>(time->minute), static_cast<int>(time->second)};
}

/// Seconds to six numbers, as both std::chrono and date, its forerunner, say it.
template <class Days, class Seconds, class Date, class Time>
[[gnu::always_inline]] inline void chrono_numbers(Seconds point, civil_numbers& to) {
  const Days day = std::chrono::floor<typename Days::duration>(point);
  const Date date(day);
  const Time time(point - day);
  to = {static_cast<int>(date.year()),
        static_cast<int>(static_cast<unsigned>(date.month())),
        static_cast<int>(static_cast<unsigned>(date.day())),
        static_cast<int>(time.hours().count()),
        static_cast<int>(time.minutes().count()),
        static_cast<int>(time.seconds().count())};
}

void add_from_seconds(std::vector<comparison>& to, const std::string& ours, const std::vector<std::int64_t>& seconds) {
  const auto ours_from_seconds = [&](std::size_t i, civil_numbers& time) { numbers_from(seconds[i], time); };
  to.push_back(one_by_one<civil_numbers, libc_time>(
      ours, "gmtime_r", seconds.size(), ours_from_seconds,
      [&](std::size_t i, libc_time& time) {
        std::int64_t point = seconds[i];
        make_opaque(point);
        const std::time_t from = point;
        gmtime_r(&from, &time);
      },
      [](const civil_numbers& a, const std::tm& b) { return a == numbers_of(b); }));
  to.push_back(one_by_one<civil_numbers, civil_numbers>(
      ours, "std.chrono", seconds.size(), ours_from_seconds,
      [&](std::size_t i, civil_numbers& time) {
        std::int64_t point = seconds[i];
        make_opaque(point);
        chrono_numbers<std::chrono::sys_days, std::chrono::sys_seconds, std::chrono::year_month_day,
                       std::chrono::hh_mm_ss<std::chrono::seconds>>(
            std::chrono::sys_seconds(std::chrono::seconds(point)), time);
      },
      equal));
#ifdef GUESTCLOCK_HAS_DATE
  to.push_back(one_by_one<civil_numbers, civil_numbers>(
      ours, "date", seconds.size(), ours_from_seconds,
      [&](std::size_t i, civil_numbers& time) {
        std::int64_t point = seconds[i];
        make_opaque(point);
        chrono_numbers<date::sys_days, date::sys_seconds, date::year_month_day, date::hh_mm_ss<std::chrono::seconds>>(
            date::sys_seconds(std::chrono::seconds(point)), time);
      },
      equal));
#else
  to.push_back(skipped(ours, "date", no_date));
#endif
#ifdef GUESTCLOCK_HAS_ABSL
  to.push_back(one_by_one<civil_numbers, civil_numbers>(
      ours, "absl", seconds.size(), ours_from_seconds,
      [&, utc = absl::UTCTimeZone()](std::size_t i, civil_numbers& time) {
        std::int64_t point = seconds[i];
        make_opaque(point);
        const absl::CivilSecond civil = absl::ToCivilSecond(absl::FromUnixSeconds(point), utc);
        time = {
            static_cast<int>(civil.year()), civil.month(), civil.day(), civil.hour(), civil.minute(), civil.second()};
      },
      equal));
#else
  to.push_back(skipped(ours, "absl", no_absl));
#endif
#ifdef GUESTCLOCK_HAS_CCTZ
  to.push_back(one_by_one<civil_numbers, civil_numbers>(
      ours, "cctz", seconds.size(), ours_from_seconds,
      [&, utc = cctz::utc_time_zone()](std::size_t i, civil_numbers& time) {
        std::int64_t point = seconds[i];
        make_opaque(point);
        const cctz::civil_second civil = cctz::convert(cctz::time_point<cctz::seconds>(cctz::seconds(point)), utc);
        time = {
            static_cast<int>(civil.year()), civil.month(), civil.day(), civil.hour(), civil.minute(), civil.second()};
      },
      equal));
#else
  to.push_back(skipped(ours, "cctz", no_cctz));
#endif
}

// --- civil times to seconds ---

/// The same times as each side has them.
struct civil_inputs {
  std::vector<date_time> ours;
  std::vector<std::tm> libc;
  std::vector<std::chrono::year_month_day> dates;
};
civil_inputs inputs_of(const std::vector<std::int64_t>& seconds) {
  civil_inputs inputs;
  for (const std::int64_t each : seconds) {
    const std::time_t point = each;
    std::tm time{};
    gmtime_r(&point, &time);
    inputs.libc.push_back(time);
    inputs.ours.push_back(*date_time_from(*unix_time::from_parts(each, 0)));
    inputs.dates.emplace_back(
        std::chrono::floor<std::chrono::days>(std::chrono::sys_seconds(std::chrono::seconds(each))));
  }
  return inputs;
}

[[gnu::always_inline]] inline void seconds_of(const date_time* time, std::int64_t& to) {
  make_opaque(time);
  const auto point = unix_time_of(*time);
  if (point) to = point->seconds();
}
/// Any numbers in the fields, carried over, as timegm does it.
[[gnu::always_inline]] inline void seconds_carried(const std::tm* time, std::int64_t& to) {
  make_opaque(time);
  const auto carried = carry_over(civil_fields{i64{time->tm_year} + 1900, i64{time->tm_mon} + 1, time->tm_mday,
                                               time->tm_hour, time->tm_min, time->tm_sec, 0});
  if (carried) to = carried->day * seconds_per_day + carried->second;
}

void add_to_seconds(std::vector<comparison>& to, const std::string& suffix, civil_inputs& inputs) {
  const std::size_t count = inputs.ours.size();
  const auto ours = [&](std::size_t i, std::int64_t& seconds) { seconds_of(&inputs.ours[i], seconds); };
  const auto carried = [&](std::size_t i, std::int64_t& seconds) { seconds_carried(&inputs.libc[i], seconds); };
  const auto libc = [&](std::size_t i, std::int64_t& seconds) {
    std::tm* time = &inputs.libc[i];
    make_opaque(time);
    seconds = timegm(time);  // it writes what stands there already
  };
  to.push_back(one_by_one<std::int64_t, std::int64_t>("timegm" + suffix, "libc.timegm", count, ours, libc, equal));
  to.push_back(
      one_by_one<std::int64_t, std::int64_t>("timegm.any_fields" + suffix, "libc.timegm", count, carried, libc, equal));
  to.push_back(one_by_one<std::int64_t, std::int64_t>(
      "timegm" + suffix, "std.chrono", count, ours,
      [&](std::size_t i, std::int64_t& seconds) {
        const date_time* time = &inputs.ours[i];
        make_opaque(time);
        const std::chrono::year_month_day date = inputs.dates[i];
        if (!date.ok()) return;
        seconds = (std::chrono::sys_days(date) + std::chrono::hours(time->hour) + std::chrono::minutes(time->minute) +
                   std::chrono::seconds(time->second))
                      .time_since_epoch()
                      .count();
      },
      equal));
#ifdef GUESTCLOCK_HAS_ABSL
  to.push_back(one_by_one<std::int64_t, std::int64_t>(
      "timegm" + suffix, "absl", count, ours,
      [&, utc = absl::UTCTimeZone()](std::size_t i, std::int64_t& seconds) {
        const std::tm* time = &inputs.libc[i];
        make_opaque(time);
        seconds =
            absl::ToUnixSeconds(absl::FromCivil(absl::CivilSecond(time->tm_year + 1900, time->tm_mon + 1, time->tm_mday,
                                                                  time->tm_hour, time->tm_min, time->tm_sec),
                                                utc));
      },
      equal));
#else
  to.push_back(skipped("timegm" + suffix, "absl", no_absl));
#endif
}

// --- days and dates ---

struct date_numbers {
  int year = 0;
  unsigned month = 0, day = 0;
  friend bool operator==(const date_numbers&, const date_numbers&) = default;
};
inline void consume(const date_numbers& numbers) {
  asm volatile("" : : "r"(numbers.year), "r"(numbers.month), "r"(numbers.day));
}
[[gnu::always_inline]] inline void date_from(std::int32_t day, date_numbers& to) {
  make_opaque(day);
  const auto date = civil_from_days(day);
  if (date) to = {static_cast<int>(date->year), date->month, date->day};
}
/// Neri and Schneider (2022), to_date, as published: 32 bits, of the years −32 800 to 2 906 945.
[[gnu::always_inline]] inline void neri_schneider(std::int32_t day, date_numbers& to) {
  make_opaque(day);
  constexpr std::uint32_t eras = 82, days_shift = 719'468 + 146'097 * eras, years_shift = 400 * eras;
  const std::uint32_t n = static_cast<std::uint32_t>(day) + days_shift;
  const std::uint32_t n_1 = 4 * n + 3;
  const std::uint32_t century = n_1 / 146'097;
  const std::uint32_t n_2 = (n_1 % 146'097) | 3;
  const std::uint64_t p_2 = std::uint64_t{2'939'745} * n_2;
  const std::uint32_t n_y = static_cast<std::uint32_t>(p_2) / 2'939'745 / 4;
  const std::uint32_t year = 100 * century + static_cast<std::uint32_t>(p_2 >> 32);
  const std::uint32_t n_3 = 2'141 * n_y + 197'913;
  const std::uint32_t is_early = n_y >= 306 ? 1 : 0;
  const std::uint32_t month = n_3 >> 16;
  to = {static_cast<int>(year - years_shift + is_early), is_early != 0 ? month - 12 : month,
        (n_3 & 0xFFFF) / 2'141 + 1};
}

void add_days(std::vector<comparison>& to, const std::vector<std::int32_t>& days) {
  const auto ours_from_days = [&](std::size_t i, date_numbers& date) { date_from(days[i], date); };
  to.push_back(one_by_one<date_numbers, date_numbers>(
      "civil.from_days", "neri_schneider", days.size(), ours_from_days,
      [&](std::size_t i, date_numbers& date) { neri_schneider(days[i], date); }, equal));
  to.push_back(one_by_one<date_numbers, date_numbers>(
      "civil.from_days", "std.chrono", days.size(), ours_from_days,
      [&](std::size_t i, date_numbers& numbers) {
        std::int32_t day = days[i];
        make_opaque(day);
        const std::chrono::year_month_day date{std::chrono::sys_days(std::chrono::days(day))};
        numbers = {static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                   static_cast<unsigned>(date.day())};
      },
      equal));
#ifdef GUESTCLOCK_HAS_DATE
  to.push_back(one_by_one<date_numbers, date_numbers>(
      "civil.from_days", "date", days.size(), ours_from_days,
      [&](std::size_t i, date_numbers& numbers) {
        std::int32_t day = days[i];
        make_opaque(day);
        const date::year_month_day date{date::sys_days(date::days(day))};
        numbers = {static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                   static_cast<unsigned>(date.day())};
      },
      equal));
#else
  to.push_back(skipped("civil.from_days", "date", no_date));
#endif
}

}  // namespace

void add_calendar(std::vector<comparison>& comparisons) {
  static auto recent = inputs_of(recent_seconds());
  static auto distant = inputs_of(distant_seconds());
  static const auto days = [] {
    std::vector<std::int32_t> of_seconds;
    for (const std::int64_t each : recent_seconds()) of_seconds.push_back(static_cast<std::int32_t>(each / 86'400));
    return of_seconds;
  }();
  add_from_seconds(comparisons, "civil.from_seconds", recent_seconds());
  add_to_seconds(comparisons, "", recent);
  add_days(comparisons, days);
  add_from_seconds(comparisons, "civil.from_seconds.wide", distant_seconds());
  add_to_seconds(comparisons, ".wide", distant);
}

}  // namespace guestclock::bench
