// SPDX-License-Identifier: BSL-1.0
#include <sandbox.hpp>

#include "sandbox_command.hpp"
#include "text.hpp"

namespace guestclock::tools {
namespace {

using sandbox::report;

/// The text, each line after the processor's number where there are several.
std::string indented(const std::string& text) {
  std::string lines;
  bool is_begin = true;
  for (const char character : text) {
    if (is_begin) lines += "  ";
    lines += character;
    is_begin = character == '\n';
  }
  return lines;
}

std::string per_reading(u64 count, u64 readings) {
  return readings == 0
             ? ""
             : fmt::format(", {:.7f} per reading", static_cast<double>(count) / static_cast<double>(readings));
}

std::string to_lines(const report& seen, const sandbox_options& options) {
  std::string lines;
  for (const sandbox::words& words : seen.told) {
    lines += options.processors == 1 ? fmt::format("{}\n", words.part)
                                     : fmt::format("{}, processor {}\n", words.part, words.processor);
    lines += indented(words.text);
  }
  if (!seen.no_time.empty()) return lines + seen.no_time;
  lines += fmt::format("readings         {}, of which {} were refused and {} stepped back\n", grouped(seen.readings),
                       seen.refused, seen.steps_back);
  lines += fmt::format("exits meanwhile  KVM_RUN returned {} times{}\n", grouped(seen.run_returns),
                       per_reading(seen.run_returns, seen.readings));
  lines += seen.exits ? fmt::format("                 KVM counted {} exits{}\n", grouped(*seen.exits),
                                    per_reading(*seen.exits, seen.readings))
                      : "                 KVM does not tell its own count here\n";
  lines +=
      fmt::format("wall clock       within {} ns of the host's, local time with it\n", grouped(seen.wall_bound_ns));
  lines += fmt::format("monotonic        within {} ns of KVM's clock\n", grouped(seen.monotonic_bound_ns));
  for (const std::string& note : seen.notes) lines += fmt::format("note             {}\n", note);
  for (const std::string& promise : seen.broken) lines += fmt::format("NOT KEPT         {}\n", promise);
  if (seen.broken.empty()) lines += "promises         kept\n";
  return lines;
}

std::string to_json(const report& seen) {
  const bool has_time = seen.no_time.empty();
  const auto known_or_null = [has_time](u64 value) { return has_time ? json(value) : json(nullptr); };
  json object;
  object["has_time"] = has_time;
  object["monotonic_ns"] = known_or_null(seen.monotonic_ns);
  object["wall_ns"] = known_or_null(seen.wall_ns);
  object["local_ns"] = known_or_null(seen.local_ns);
  object["executed_ns"] = known_or_null(seen.executed_ns);
  object["with_pauses_ns"] = known_or_null(seen.with_pauses_ns);
  object["with_snapshots_ns"] = known_or_null(seen.with_snapshots_ns);
  object["readings"] = seen.readings;
  object["refused"] = seen.refused;
  object["steps_back"] = seen.steps_back;
  object["worst_step_ns"] = seen.worst_step_ns;
  object["run_returns"] = seen.run_returns;
  object["exits"] = or_null(seen.exits);
  object["wall_bound_ns"] = known_or_null(seen.wall_bound_ns);
  object["monotonic_bound_ns"] = known_or_null(seen.monotonic_bound_ns);
  object["stops_seen"] = seen.stops_seen;
  object["notes"] = seen.notes;
  object["broken"] = seen.broken;
  object["told"] = json::array();
  for (const sandbox::words& words : seen.told)
    object["told"].push_back({{"part", words.part}, {"processor", words.processor}, {"text", words.text}});
  return object.dump(2) + "\n";
}

}  // namespace

exit_status run_sandbox(const sandbox_options& options) {
  sandbox::options wanted;
  wanted.processors = options.processors;
  wanted.readings = options.readings;
  wanted.gap = std::chrono::milliseconds(options.gap_ms);
  wanted.utc_offset_seconds = options.utc_offset_seconds;
  wanted.has_clock = !options.is_without_clock;
  const outcome<report> seen = sandbox::run(wanted);
  if (!seen) {
    complain(seen.why_none());
    return exit_status::environment;
  }
  const bool is_good = seen->no_time.empty() && seen->broken.empty();
  return print(options.json ? to_json(*seen) : to_lines(*seen, options), is_good ? exit_status::yes : exit_status::no);
}

}  // namespace guestclock::tools
