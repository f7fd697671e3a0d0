// SPDX-License-Identifier: BSL-1.0
#include "text.hpp"
#include "watch.hpp"

#include <guestclock/linux/kernel_clock.hpp>

#include <algorithm>

namespace guestclock::tools {
namespace {

using on_linux::comparison;
using on_linux::paired_reading;

std::string seconds_only(u64 ns) { return fmt::format("{}.{:03} s", ns / 1'000'000'000, ns / 1'000'000 % 1'000); }

/// ns per second as parts per million.
std::string ppm_text(i64 ns_per_second) {
  const u64 size = ns_per_second < 0 ? wrapping_sub(u64(0), as_unsigned(ns_per_second)) : u64(ns_per_second);
  return fmt::format("{}{}.{:03} ppm", ns_per_second < 0 ? '-' : '+', grouped(size / 1000), size % 1000);
}

template <class Value, class Text> std::string text_or_unknown(const std::optional<Value>& value, Text text) {
  return value ? std::string(text(*value)) : "unknown";
}
std::string ns_text(i64 ns) { return signed_grouped(ns) + " ns"; }

std::optional<i64> offset_of(const course_reading& seen, paired_reading comparison::*pair) {
  return seen.seen ? known(on_linux::offset_ns((*seen.seen).*pair)) : std::nullopt;
}

std::string times(u64 count) { return count == 1 ? "once" : grouped(count) + " times"; }

std::string steps_text(const course_totals& totals) {
  if (totals.steps == 0) return "none";
  return fmt::format("{}, the largest {} ns{}", grouped(totals.steps), signed_grouped(totals.largest_step_ns),
                     totals.steps_back == 0 ? "" : fmt::format("; time went BACK {}", times(totals.steps_back)));
}

std::string stops_text(const course_totals& totals) { return totals.stops == 0 ? "none" : grouped(totals.stops); }

void add_reading(json& line, const course_reading& seen) {
  const bool has_time = seen.seen.has_value();
  const paired_reading pair = has_time ? seen.seen->monotonic_raw : paired_reading{};
  const auto if_read = [has_time](auto value) { return has_time ? json(value) : json(nullptr); };
  const bool is_pvclock = line["source"] == "pvclock" || line["source"] == "simulated";  // no other kind can tell
  line["time_ns"] = if_read(pair.page.time.nanoseconds);
  line["stable"] = if_read(pair.page.stable);
  line["guest_stopped"] = is_pvclock ? if_read(pair.page.guest_stopped) : json(nullptr);
  line["frequency_hz"] = pair.frequency_hz != 0 ? json(pair.frequency_hz) : json(nullptr);
  line["error_bound_ns"] = pair.page.bounded ? json(pair.page.error_bound_ns) : json(nullptr);
  line["version"] = if_read(pair.page.version);
  line["why"] = seen.why ? json(name_of(*seen.why)) : json(nullptr);
}

void add_totals(json& line, const course_totals& totals) {
  line["readings"] = totals.readings;
  line["refused"] = totals.refused;
  line["steps"] = totals.steps;
  line["largest_step_ns"] = totals.largest_step_ns;
  line["steps_back"] = totals.steps_back;
  line["stops"] = totals.stops;
  line["disruptions"] = totals.disruptions;
  line["version_changes"] = totals.version_changes;
  line["times_late"] = totals.late;
}

}  // namespace

std::string to_json_line(const course_reading& seen, const std::string& source) {
  json line;
  line["number"] = seen.number;
  line["elapsed_ns"] = seen.elapsed_ns;
  line["late_ns"] = seen.late_ns;
  line["source"] = source;
  add_reading(line, seen);
  line["os_offset_ns"] = or_null(offset_of(seen, &comparison::boottime));
  line["os_monotonic_offset_ns"] = or_null(offset_of(seen, &comparison::monotonic));
  line["os_raw_offset_ns"] = or_null(offset_of(seen, &comparison::monotonic_raw));
  line["os_uncertainty_ns"] = or_null(seen.uncertainty_ns);
  line["drift_ns"] = or_null(seen.drift_ns);
  line["os_difference_ns"] = or_null(seen.rate_ns_per_second);
  line["step_ns"] = or_null(seen.step_ns);
  line["events"] = names_of(seen.events);
  add_totals(line, seen.totals);
  return line.dump() + "\n";
}

std::string event_text(const course_reading& seen) {
  std::string text;
  const auto say = [&text](bool happened, const std::string& words) {
    if (happened) text += (text.empty() ? "" : "; ") + words;
  };
  const course_events& events = seen.events;
  say(events.refused, fmt::format("NO TIME: {}", seen.why ? name_of(*seen.why) : "unknown"));
  say(events.back, fmt::format("WENT BACK: {} ns against the OS clock", signed_grouped(seen.step_ns.value_or(0))));
  say(events.step && !events.back, fmt::format("STEP of {} ns", signed_grouped(seen.step_ns.value_or(0))));
  say(events.stood_still, "STOOD STILL");
  say(events.guest_stopped, "the host says that it had paused this guest");
  say(events.disrupted, "the host says that the counter was disturbed, or this machine restored");
  say(events.late, fmt::format("did not run for {}", seconds_only(seen.late_ns)));
  return text;
}

std::string watch_header(const clock_source& from) {
  const outcome<std::string> kernels = on_linux::current_clock_source();
  return fmt::format("{}, {}, against CLOCK_MONOTONIC_RAW (the kernel runs by {})\n", from.name, from.where,
                     kernels ? *kernels : "a clock source that it does not name");
}

std::string to_line(const course_reading& seen) {
  const std::string events = event_text(seen);
  std::string line = fmt::format("{:>12}", seconds_only(seen.elapsed_ns));
  if (seen.seen) {
    line += fmt::format("  drift {:>13}  rate {:>12}  boottime {:>20}  version {}{}",
                        text_or_unknown(seen.drift_ns, ns_text), text_or_unknown(seen.rate_ns_per_second, ppm_text),
                        text_or_unknown(offset_of(seen, &comparison::boottime), ns_text),
                        seen.seen->monotonic_raw.page.version, seen.events.version ? ", changed" : "");
  }
  return line + (events.empty() ? "" : "  " + events) + "\n";
}

std::string watch_panel(const course_reading& seen) {
  const auto offset = [&seen](paired_reading comparison::*pair) {
    return text_or_unknown(offset_of(seen, pair), ns_text);
  };
  const paired_reading pair = seen.seen ? seen.seen->monotonic_raw : paired_reading{};
  const course_totals& totals = seen.totals;
  std::string panel;
  panel += fmt::format("{}, {} readings, {} without a time\n", seconds_only(seen.elapsed_ns), grouped(totals.readings),
                       grouped(totals.refused));
  panel += fmt::format("drift     {} since the first reading, {}\n", text_or_unknown(seen.drift_ns, ns_text),
                       text_or_unknown(seen.rate_ns_per_second, ppm_text));
  panel += fmt::format("offset    {} to CLOCK_MONOTONIC_RAW, within {} ns\n", offset(&comparison::monotonic_raw),
                       text_or_unknown(seen.uncertainty_ns, grouped));
  panel += fmt::format("          {} to CLOCK_BOOTTIME, {} to CLOCK_MONOTONIC\n", offset(&comparison::boottime),
                       offset(&comparison::monotonic));
  panel += fmt::format("page      {}, version {}, changed {}{}{}\n", frequency_text(pair.frequency_hz),
                       pair.page.version, times(totals.version_changes), pair.page.stable ? "" : ", NOT STABLE",
                       pair.page.guest_stopped ? ", GUEST STOPPED" : "");
  panel += fmt::format("steps     {}\n", steps_text(totals));
  panel += fmt::format("stops     {}\n", stops_text(totals));
  return panel;
}

std::string watch_summary(const course_reading& last, const course_reading& known, const std::string& source) {
  const course_totals& totals = last.totals;
  std::string text;
  text += fmt::format("{:<14} {} of {}: {} readings, {} without a time\n", "watched", seconds_only(last.elapsed_ns),
                      source, grouped(totals.readings), grouped(totals.refused));
  text += line("offset", offset_of(known, &comparison::boottime),
               [](i64 offset) { return ns_text(offset) + " to CLOCK_BOOTTIME (any value: the zeros differ)"; });
  text += line("drift", known.drift_ns,
               [](i64 drift) { return ns_text(drift) + " against CLOCK_MONOTONIC_RAW since the first reading"; });
  text += line("rate", known.rate_ns_per_second, [&totals](i64 rate) {
    return ppm_text(rate) + " against CLOCK_MONOTONIC_RAW" + (totals.steps == 0 ? "" : " since the latest step");
  });
  text += fmt::format("{:<14} {}\n", "steps", steps_text(totals));
  text += fmt::format("{:<14} {}\n", "stops", stops_text(totals));
  text += fmt::format("{:<14} changed {}\n", "page version", times(totals.version_changes));
  if (totals.disruptions != 0) text += fmt::format("{:<14} {}\n", "disruptions", grouped(totals.disruptions));
  if (totals.late != 0) text += fmt::format("{:<14} {}\n", "did not run", times(totals.late));
  return text;
}

}  // namespace guestclock::tools
