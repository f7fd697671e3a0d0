// SPDX-License-Identifier: BSL-1.0
#include "course.hpp"

#include <algorithm>

namespace guestclock::tools {
namespace {

using on_linux::offset_ns;
using on_linux::paired_reading;
using on_linux::uncertainty_ns;

__extension__ using wide_signed = __int128;

constexpr wide_signed second_ns = 1'000'000'000;

i64 saturated(wide_signed value) { return static_cast<i64>(std::clamp<wide_signed>(value, min_of<i64>, max_of<i64>)); }
u64 saturated_sum(u64 a, u64 b) { return b > max_of<u64> - a ? max_of<u64> : a + b; }
u64 magnitude(i64 value) { return value < 0 ? wrapping_sub(u64(0), as_unsigned(value)) : u64(value); }

/// passed · per_second / 10^9, rounded up.
u64 over(u64 passed_ns, u64 ns_per_second) {
  const wide_signed product = wide_signed(passed_ns) * wide_signed(ns_per_second);
  return static_cast<u64>(std::min<wide_signed>((product + second_ns - 1) / second_ns, max_of<u64>));
}

/// Where the frequency is not known, as much as a step would be.
u64 known_uncertainty_ns(const paired_reading& pair) { return uncertainty_ns(pair).value_or(step_ns_min); }

/// By how much the page's frequency changed, as ns per second of the clock.
u64 frequency_change_ns_per_second(u64 before_hz, u64 now_hz) {
  if (before_hz == 0 || now_hz == 0) return 0;
  const u64 difference = std::max(before_hz, now_hz) - std::min(before_hz, now_hz);
  const wide_signed change = wide_signed(difference) * second_ns / wide_signed(before_hz);
  return static_cast<u64>(std::min<wide_signed>(change, max_of<u64>));
}

}  // namespace

i64 residual_ns(i64 excess_ns, i64 rate_ns_per_second, u64 passed_ns) {
  return saturated(wide_signed(excess_ns) - wide_signed(rate_ns_per_second) * wide_signed(passed_ns) / second_ns);
}

std::vector<std::string_view> names_of(const course_events& events) {
  std::vector<std::string_view> names;
  const auto name = [&names](bool happened, std::string_view text) {
    if (happened) names.push_back(text);
  };
  name(events.version, "version");
  name(events.step, "step");
  name(events.back, "back");
  name(events.stood_still, "stood_still");
  name(events.guest_stopped, "guest_stopped");
  name(events.disrupted, "disrupted");
  name(events.late, "late");
  name(events.refused, "refused");
  return names;
}

course_reading course::add(u64 elapsed_ns, u64 late_ns, const result<on_linux::comparison>& seen) {
  course_reading next;
  next.number = ++number_;
  next.elapsed_ns = elapsed_ns;
  next.late_ns = late_ns;
  next.events.late = late_ns >= late_ns_min;
  totals_.late += next.events.late ? 1 : 0;
  if (seen) {
    ++totals_.readings;
    next.seen = *seen;
    judge(next, seen->monotonic_raw);
  } else {
    ++totals_.refused;
    next.why = seen.error();
    next.events.refused = true;
  }
  next.totals = totals_;
  return next;
}

void course::judge(course_reading& next, const pair& now) {
  if (!first_) first_ = measured_from_ = now;
  if (const auto uncertainty = uncertainty_ns(now)) next.uncertainty_ns = *uncertainty;
  const result<i64> offset_first = offset_ns(*first_);
  const result<i64> offset_now = offset_ns(now);
  if (offset_first && offset_now) next.drift_ns = saturated(wide_signed(*offset_now) - *offset_first);
  if (latest_) judge_interval(next, *latest_, now);
  const bool was_stopped = latest_ && latest_->page.guest_stopped;
  next.events.guest_stopped = now.page.guest_stopped && !was_stopped;
  totals_.stops += next.events.guest_stopped ? 1 : 0;
  measure_rate(next, now);
  latest_ = now;
}

void course::judge_interval(course_reading& next, const pair& before, const pair& now) {
  course_events& events = next.events;
  events.version = now.page.version != before.page.version;
  events.disrupted = now.page.generation != before.page.generation;
  const u64 passed = now.os.os_ns - std::min(now.os.os_ns, before.os.os_ns);
  const wide_signed gained = wide_signed(now.page.time.nanoseconds) - wide_signed(before.page.time.nanoseconds);
  const i64 excess = saturated(gained - wide_signed(passed));
  const i64 unexplained = residual_ns(excess, rate_ ? rate_->ns_per_second : 0, passed);
  const u64 allowed = allowed_ns(before, now);
  events.back = gained < 0;
  events.stood_still = gained == 0 && magnitude(unexplained) > allowed;
  events.step = !events.stood_still && (events.back || magnitude(unexplained) > allowed);
  next.step_ns = events.step ? unexplained : 0;

  totals_.version_changes += events.version ? 1 : 0;
  totals_.disruptions += events.disrupted ? 1 : 0;
  totals_.steps += events.step ? 1 : 0;
  totals_.steps_back += events.back ? 1 : 0;
  totals_.stops += events.stood_still && !stood_still_ ? 1 : 0;
  stood_still_ = events.stood_still;
  if (events.step && magnitude(unexplained) > magnitude(totals_.largest_step_ns)) totals_.largest_step_ns = unexplained;
  if (events.step || events.stood_still) measured_from_ = now;
}

/// The rate from where it is measured, unless this is that very reading.
void course::measure_rate(course_reading& next, const pair& now) {
  const result<i64> rate = difference_ns_per_second(*measured_from_, now);
  if (!rate) return;
  const u64 uncertainty = saturated_sum(known_uncertainty_ns(*measured_from_), known_uncertainty_ns(now));
  const u64 passed = now.os.os_ns - measured_from_->os.os_ns;
  const auto per_second = wide_signed(uncertainty) * second_ns / wide_signed(passed);
  rate_ = measured_rate{*rate, static_cast<u64>(std::min<wide_signed>(per_second, max_of<u64>))};
  next.rate_ns_per_second = *rate;
  if (frequency_change_ns_per_second(measured_from_->frequency_hz, now.frequency_hz) <= unexplained_ns_per_second)
    return;
  measured_from_ = now;
  rate_.reset();
}

u64 course::allowed_ns(const pair& before, const pair& now) const {
  const u64 passed = now.os.os_ns - std::min(now.os.os_ns, before.os.os_ns);
  u64 per_second =
      saturated_sum(unexplained_ns_per_second, frequency_change_ns_per_second(before.frequency_hz, now.frequency_hz));
  per_second = saturated_sum(per_second, rate_ ? rate_->uncertainty_ns_per_second : rate_at_first_ns_per_second);
  const u64 uncertainty = saturated_sum(known_uncertainty_ns(before), known_uncertainty_ns(now));
  return saturated_sum(saturated_sum(step_ns_min, uncertainty), over(passed, per_second));
}

}  // namespace guestclock::tools
