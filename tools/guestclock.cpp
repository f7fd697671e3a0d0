// SPDX-License-Identifier: BSL-1.0
/// \file guestclock.cpp
/// The command `guestclock`: what this machine's clock says, and whether to believe it; and the calendar.
#include "date.hpp"
#include "inspect.hpp"
#include "now.hpp"
#include "output.hpp"
#include "publish.hpp"
#include "sandbox_command.hpp"
#include "span_text.hpp"
#include "watch.hpp"

#include <CLI/CLI.hpp>

#include <charconv>
#include <exception>
#include <functional>
#include <sstream>
#include <string>
#include <vector>

namespace guestclock::tools {
namespace {

constexpr const char* json_help = "One JSON object; null where a value is unknown";

/// A whole number from 0 to 2^64 - 1, decimal or 0x hexadecimal, and nothing else.
u64 parsed_word(const std::string& option, const std::string& text) {
  const bool is_hex = text.starts_with("0x") || text.starts_with("0X");
  const char* const end = text.data() + text.size();
  u64 value = 0;
  const auto [parsed_to, error] = std::from_chars(text.data() + (is_hex ? 2 : 0), end, value, is_hex ? 16 : 10);
  if (error != std::errc() || parsed_to != end)
    throw CLI::ValidationError(
        option, "'" + text + "' is no whole number in [0, 18446744073709551615], decimal or 0x hexadecimal");
  return value;
}
CLI::Option* add_word(CLI::App* command, const std::string& option, std::function<void(u64)> take,
                      const std::string& help) {
  const auto parse = [option, take = std::move(take)](const std::string& text) { take(parsed_word(option, text)); };
  return command->add_option_function<std::string>(option, parse, help)->type_name("N");
}

/// The kind of that name.
page_kind parsed_kind(const std::string& name) {
  for (const page_kind kind : page_kinds)
    if (name == name_of(kind)) return kind;
  throw CLI::ValidationError("--as",
                             "there is no kind of page '" + name + "' here; there are pvclock, hyperv and vmclock");
}
CLI::Option* add_kind(CLI::App* command, std::function<void(page_kind)> take, const std::string& help) {
  const auto parse = [take = std::move(take)](const std::string& name) { take(parsed_kind(name)); };
  return command->add_option_function<std::string>("--as", parse, help)->type_name("KIND:{pvclock,hyperv,vmclock}");
}

void add_source(CLI::App* command, std::string& source) {
  command
      ->add_option("--source", source,
                   "Which clock: auto takes the first live page of pvclock, hyperv and vmclock, or else the simulated "
                   "host and exits 1")
      ->check(CLI::IsMember({"auto", "pvclock", "hyperv", "vmclock", "simulated"}))
      ->capture_default_str();
}

CLI::App* add_now(CLI::App& app, now_options& options) {
  CLI::App* const now = app.add_subcommand("now", "This machine's time, and how the OS clock runs against it");
  add_source(now, options.source);
  now->add_flag("--json", options.json, json_help);
  return now;
}

/// A span in [least, most].
u64 parsed_span(const std::string& option, const std::string& text, u64 least_ns, u64 most_ns, const char* range) {
  const outcome<u64> span = parse_span(text);
  if (!span) throw CLI::ValidationError(option, span.why_none());
  if (*span < least_ns || *span > most_ns)
    throw CLI::ValidationError(option, "'" + text + "' is not in [" + range + "]");
  return *span;
}
CLI::Option* add_span(CLI::App* command, const std::string& option, u64& span_ns, u64 least_ns, u64 most_ns,
                      const char* range, const std::string& help) {
  const auto parse = [=, &span_ns](const std::string& text) {
    span_ns = parsed_span(option, text, least_ns, most_ns, range);
  };
  return command->add_option_function<std::string>(option, parse, help + ", in [" + range + "]")->type_name("SPAN");
}

CLI::App* add_watch(CLI::App& app, watch_options& options) {
  constexpr u64 second_ns = 1'000'000'000;
  CLI::App* const watch = app.add_subcommand(
      "watch", "Readings of this machine's clock against the OS clock, one after the other: drift, rate, steps, stops");
  add_source(watch, options.source);
  add_span(watch, "--interval", options.interval_ns, second_ns / 1000, u64{3600} * second_ns, "1ms, 1h",
           "Between two readings, 1 s if not given; a number of seconds, or with ns, us, ms, s, min or h behind it");
  add_span(watch, "--duration", options.duration_ns, second_ns / 1000, u64{87600} * 3600 * second_ns, "1ms, 87600h",
           "For how long; if not given, until it is ended by SIGINT (Ctrl-C) or SIGTERM");
  add_word(
      watch, "--count",
      [&](u64 count) {
        if (count == 0) throw CLI::ValidationError("--count", "'0' is not in [1, 18446744073709551615]");
        options.count = count;
      },
      "How many readings; if not given, any number");
  watch->add_flag("--json", options.json,
                  "One JSON object in each line, a line for each reading, with the totals so far");
  return watch;
}

CLI::App* add_inspect(CLI::App& app, inspect_options& options) {
  CLI::App* const inspect = app.add_subcommand("inspect", "What a page says: its fields, its frequency, and its time");
  inspect
      ->add_option("PAGE", options.source,
                   "A file, binary or hex text; - for standard input; live for this machine's page")
      ->required();
  add_kind(
      inspect, [&](page_kind kind) { options.kind = kind; },
      "The kind of page; if not given, it is found: by vmclock's magic, or by the size, 32 bytes for pvclock and 4096 "
      "for "
      "hyperv; live: the first that there is");
  add_word(
      inspect, "--tsc", [&](u64 tsc) { options.tsc = tsc; },
      "The counter whose time is wanted; if not given: for live, now; for a file, the page's own (tsc_timestamp, "
      "counter_value), or the first that has a time on a hyperv page");
  inspect->add_flag("--json", options.json, json_help);
  return inspect;
}

CLI::App* add_publish(CLI::App& app, publish_options& options) {
  CLI::App* const publish = app.add_subcommand("publish", "The page that a host would write, in hex");
  add_kind(
      publish, [&](page_kind kind) { options.kind = kind; }, "The kind of page")
      ->required();
  add_word(
      publish, "--hz", [&](u64 hz) { options.frequency_hz = hz; }, "The counter's frequency")
      ->required();
  add_word(
      publish, "--tsc", [&](u64 tsc) { options.tsc = tsc; }, "The counter when the page is written")
      ->required();
  add_word(
      publish, "--time-ns", [&](u64 time) { options.time_ns = time; },
      "The clock's time then, in ns; of vmclock since 1970 in TAI")
      ->required();
  publish->add_option("--rounding", options.rounding, "exact is never fast; kvm is what KVM publishes, bit for bit")
      ->check(CLI::IsMember({"exact", "kvm"}))
      ->capture_default_str();
  publish->add_option("-o", options.file, "The binary page, too, into this file; - for standard output in place of hex")
      ->type_name("FILE");
  publish->add_flag("--json", options.json, "One JSON object in place of hex");
  return publish;
}

CLI::App* add_date(CLI::App& app, date_options& options) {
  CLI::App* const date = app.add_subcommand("date", "Seconds to text and text to seconds; without either, now");
  date->add_option_function<std::string>(
          "--unix", [&](const std::string& seconds) { options.seconds = seconds; },
          "Seconds since 1970, whose text is wanted; -1.5 is one and a half seconds before it")
      ->type_name("S[.NS]");
  date->add_option_function<std::string>(
          "--parse",
          [&](const std::string& text) {
            options.is_parse = true;
            options.text = text;
          },
          "A text, whose seconds since 1970 are wanted: RFC 3339, or a year of more digits with its sign; one that "
          "begins with - as --parse=-0001-12-31T00:00:00Z")
      ->expected(0, 1)
      ->type_name("[TEXT]");
  date->add_option_function<std::string>(
          "--format", [&](const std::string& format) { options.format = format; },
          "The text's form, as strftime and, with --parse, strptime have it; what it leaves out is that of "
          "1970-01-01T00:00:00Z")
      ->type_name("F");
  date->add_flag(
      "--stdin", options.from_stdin,
      "Standard input in place of the argument, a line each; a line that is none is answered by 'error: ' and "
      "why, and the status is then 1 in the end");
  date->add_flag("--json", options.json,
                 "One JSON object, with --stdin one in each line; null where a value is unknown");
  return date;
}

CLI::App* add_sandbox(CLI::App& app, sandbox_options& options) {
  CLI::App* const sandbox = app.add_subcommand(
      "sandbox",
      "A tiny VM on /dev/kvm whose freestanding guest tells the time; 1 where it has none, or breaks a promise");
  sandbox->add_option("--processors", options.processors, "How many, all of which read at once")
      ->check(CLI::Range(1, 8))
      ->capture_default_str();
  sandbox->add_option("--readings", options.readings, "Of each processor, in each of the three parts")
      ->check(CLI::Range(u64{0}, u64{100'000'000}))
      ->capture_default_str();
  sandbox->add_option("--gap-ms", options.gap_ms, "How long the pause is, and the time in the snapshot")
      ->check(CLI::Range(0, 60'000))
      ->capture_default_str();
  sandbox->add_option("--utc-offset", options.utc_offset_seconds, "Of local time, in seconds, east positive")
      ->check(CLI::Range(-86'399, 86'399))
      ->capture_default_str();
  sandbox->add_flag("--no-clock", options.is_without_clock, "The host enables no clock: what the guest then says");
  sandbox->add_flag("--json", options.json, json_help);
  return sandbox;
}

/// Help and version go to stdout; anything else is a usage error.
exit_status answer_unparsed(const CLI::App& app, const CLI::ParseError& why) {
  std::ostringstream out;
  std::ostringstream err;
  const int status = app.exit(why, out, err);
  if (status == 0) return print(out.str(), exit_status::yes);
  const std::vector<std::string> unknown = app.remaining();
  const std::string fault = unknown.empty() ? why.what() : "there is no " + unknown.front();
  complain(fault + "; see guestclock --help");
  return exit_status::environment;
}

exit_status run(int argc, char** argv) {
  CLI::App app("What this machine's paravirtual clock says, and whether to believe it.", "guestclock");
  app.set_version_flag("--version", "guestclock " GUESTCLOCK_VERSION);
  app.footer("Exit status: 0 yes, 1 it ran and the answer is no, 2 usage or environment.");
  app.require_subcommand(1);
  now_options now;
  inspect_options inspect;
  publish_options publish;
  date_options date;
  sandbox_options sandbox;
  watch_options watch;
  const CLI::App* const now_command = add_now(app, now);
  const CLI::App* const inspect_command = add_inspect(app, inspect);
  const CLI::App* const publish_command = add_publish(app, publish);
  const CLI::App* const date_command = add_date(app, date);
  const CLI::App* const sandbox_command = add_sandbox(app, sandbox);
  const CLI::App* const watch_command = add_watch(app, watch);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& why) {
    return answer_unparsed(app, why);
  }
  if (now_command->parsed()) return run_now(now);
  if (inspect_command->parsed()) return run_inspect(inspect);
  if (publish_command->parsed()) return run_publish(publish);
  if (date_command->parsed()) return run_date(date);
  if (sandbox_command->parsed()) return run_sandbox(sandbox);
  if (watch_command->parsed()) return run_watch(watch);
  return exit_status::environment;  // a subcommand without a function of its own: never
}

}  // namespace
}  // namespace guestclock::tools

int main(int argc, char** argv) {
  using namespace guestclock::tools;
  try {
    return static_cast<int>(run(argc, argv));
  } catch (const std::exception& error) {
    complain(error.what());
  }
  return static_cast<int>(exit_status::environment);
}
