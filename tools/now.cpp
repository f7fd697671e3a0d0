// SPDX-License-Identifier: BSL-1.0
#include "now.hpp"

#include "clock_source.hpp"
#include "date.hpp"
#include "text.hpp"

#include <guestclock/linux/paired_reading.hpp>
#include <guestclock/x86/counter.hpp>

#include <fmt/format.h>

#include <optional>

namespace guestclock::tools {
namespace {

using on_linux::os_clock;

constexpr u64 measured_ns = 100'000'000;

/// The page's rate against CLOCK_MONOTONIC_RAW, between two pairs at least 100 ms apart.
result<i64> measure_difference(const mapped_page& page) {
  const auto earlier = read_pair(page, os_clock::monotonic_raw);
  if (!earlier) return earlier.error();
  const auto slept = sleep_until(os_clock::monotonic_raw, earlier->os.os_ns + measured_ns);
  if (!slept) return slept.error();
  const auto later = read_pair(page, os_clock::monotonic_raw);
  if (!later) return later.error();
  return difference_ns_per_second(*earlier, *later);
}

/// The page minus CLOCK_BOOTTIME.
result<i64> measure_offset(const mapped_page& page) {
  const auto pair = read_pair(page, os_clock::boottime);
  if (!pair) return pair.error();
  return (pair->page.time - instant{pair->os.os_ns}).to_nanoseconds();
}

/// The value, or a complaint that it is missing.
template <class Value> std::optional<Value> known_or_complain(const result<Value>& found, std::string_view what) {
  if (!found) complain(fmt::format("{} is not known: {}", what, name_of(found.error())));
  return known(found);
}

/// The time now; and of a vmclock page, all that it says of it.
result<reading> read_now(const mapped_page& page, std::optional<vmclock_reading>& exact) {
  if (page.kind != page_kind::vmclock)
    return with_reader(page, x86::ordered_counter{}, [](auto reader) { return reader.now(); });
  vmclock_reader<x86::ordered_counter> reader(page.address, u64(page.size), page.counter_id);
  const result<vmclock_reading> seen = reader.now_exact();
  if (!seen) return seen.error();
  exact = *seen;
  return to_reading(*seen);
}

/// UTC as text, where the page claims it. In a leap second it is :60, for which this calendar has no text.
std::optional<std::string> wall_of(const vmclock_reading& seen) {
  const result<vmclock_utc> time = utc(seen);
  if (!time || time->leap_second || time->seconds > as_unsigned(max_of<i64>)) return {};
  const u64 nanoseconds = full_product(time->fraction, u64(nanoseconds_per_second)).high;
  const result<unix_time> point = unix_time::from_parts(as_signed(time->seconds), static_cast<u32>(nanoseconds));
  std::string text;
  if (!point || append_text(text, *point, {})) return {};
  return text;
}

/// Reads the time last, so that it is as fresh as it can be.
now_report measure(const clock_source& from) {
  now_report report;
  report.source = from.name;
  report.os_difference_ns = known_or_complain(measure_difference(from.page), "the rate against CLOCK_MONOTONIC_RAW");
  report.os_offset_ns = known_or_complain(measure_offset(from.page), "the offset to CLOCK_BOOTTIME");
  with_reader(from.page, x86::ordered_counter{}, [&report](auto reader) {
    if (const auto snapshot = reader.snapshot()) report.frequency_hz = known(frequency_of(snapshot->fields));
  });
  const result<reading> now = read_now(from.page, report.exact);
  if (!now) {
    complain(fmt::format("the page gives no time: {}", name_of(now.error())));
    return report;
  }
  report.time_ns = now->time.nanoseconds;
  report.stable = now->stable;
  if (from.page.kind == page_kind::pvclock) report.guest_stopped = now->guest_stopped;  // no other kind can tell
  if (now->bounded) report.error_bound_ns = now->error_bound_ns;
  report.version = now->version;
  if (report.exact) report.wall = wall_of(*report.exact);
  return report;
}

exit_status print_report(const now_report& report, const now_options& options, exit_status answer) {
  return print(options.json ? to_json(report) : to_lines(report), answer);
}

exit_status show(const clock_source& from, const now_options& options, exit_status answer) {
  const now_report report = measure(from);
  const bool complete = report.time_ns && report.os_difference_ns && report.os_offset_ns;
  return print_report(report, options, complete ? answer : exit_status::no);
}

/// Without a clock to show, the JSON object says nothing but the source.
exit_status show_none(const now_options& options) {
  now_report report;
  report.source = options.source;
  return options.json ? print_report(report, options, exit_status::no) : exit_status::no;
}

}  // namespace

exit_status run_now(const now_options& options) {
  const source_search search = find_source(options.source);
  if (!search.complaint.empty()) complain(search.complaint);
  if (search.clock) return show(*search.clock, options, search.answer);
  return search.answer == exit_status::no ? show_none(options) : search.answer;
}

}  // namespace guestclock::tools
