// SPDX-License-Identifier: BSL-1.0
/// \file course.hpp
/// How a page's clock runs against the OS clocks from one reading to the next: its rate, its steps, its stops. All that
/// is kept is the first reading, the latest, and the one that the rate is measured from.
///
/// Between two readings the page gains on CLOCK_MONOTONIC_RAW, which nobody steers, by some excess. What of it the rate
/// so far does not explain is a **step** if it is more than
///
///     1 µs + both readings' uncertainty
///          + time passed · (1 ppm + the rate's uncertainty + the change of the page's frequency)
///
/// and, as long as there is no rate, 1000 ppm more: how far off a live page may be to be believed. After a step, and
/// where the page's frequency has changed by more than 1 ppm, the rate is measured anew.
#pragma once

#include <guestclock/linux/paired_reading.hpp>
#include <guestclock/result.hpp>
#include <guestclock/word.hpp>

#include <optional>
#include <string_view>
#include <vector>

namespace guestclock::tools {

inline constexpr u64 step_ns_min = 1'000;
inline constexpr u64 unexplained_ns_per_second = 1'000;        ///< 1 ppm: a rate that changes is no step
inline constexpr u64 rate_at_first_ns_per_second = 1'000'000;  ///< 1000 ppm
inline constexpr u64 late_ns_min = 100'000'000;

/// What a reading showed beside its figures.
struct course_events {
  bool version{};        ///< the host updated the page since the reading before
  bool step{};           ///< the page's time jumped against the OS clock's
  bool back{};           ///< it is before a time that the page told earlier
  bool stood_still{};    ///< it is the same as the reading before
  bool guest_stopped{};  ///< the host says, and did not say at the reading before, that it had paused this guest
  bool disrupted{};      ///< the host says that the counter was disturbed, or the machine restored
  bool late{};           ///< this process did not run when the reading was due
  bool refused{};        ///< the page gave no time
};
[[nodiscard]] std::vector<std::string_view> names_of(const course_events& events);

/// What happened so far.
struct course_totals {
  u64 readings{};  ///< those that gave a time
  u64 refused{};
  u64 steps{};
  i64 largest_step_ns{};  ///< by magnitude, of either sign
  u64 steps_back{};
  u64 stops{};  ///< how often the page stood still, or the host said that it had paused this guest: when each began
  u64 disruptions{};
  u64 version_changes{};
  u64 late{};
};

/// One reading and what it showed; nothing where it is unknown.
struct course_reading {
  u64 number{};  ///< from 1
  u64 elapsed_ns{};
  u64 late_ns{};
  std::optional<clock_error> why;            ///< why there is no time
  std::optional<on_linux::comparison> seen;  ///< the page and the OS clocks
  std::optional<u64> uncertainty_ns;         ///< of the offset to CLOCK_MONOTONIC_RAW
  std::optional<i64> drift_ns;               ///< change of the offset to CLOCK_MONOTONIC_RAW since the first reading
  std::optional<i64> rate_ns_per_second;  ///< against CLOCK_MONOTONIC_RAW since the first reading, or the latest step
  std::optional<i64> step_ns;             ///< 0 where it did not step
  course_events events;
  course_totals totals;  ///< with this reading
};

class course {
 public:
  /// Judges one more reading, taken that long after the watch began, that much after it was due.
  course_reading add(u64 elapsed_ns, u64 late_ns, const result<on_linux::comparison>& seen);

 private:
  struct measured_rate {
    i64 ns_per_second{};
    u64 uncertainty_ns_per_second{};
  };
  using pair = on_linux::paired_reading;

  void judge(course_reading& next, const pair& now);
  void judge_interval(course_reading& next, const pair& before, const pair& now);
  void measure_rate(course_reading& next, const pair& now);
  [[nodiscard]] u64 allowed_ns(const pair& before, const pair& now) const;

  course_totals totals_;
  std::optional<pair> first_;
  std::optional<pair> latest_;
  std::optional<pair> measured_from_;
  std::optional<measured_rate> rate_;
  u64 number_{};
  bool stood_still_{};
};

/// What was unexplained of a page's gain, as course says: excess_ns over passed_ns at a rate.
///   ensures  exact where it fits, otherwise the nearest that does
[[nodiscard]] i64 residual_ns(i64 excess_ns, i64 rate_ns_per_second, u64 passed_ns);

}  // namespace guestclock::tools
