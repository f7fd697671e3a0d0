// SPDX-License-Identifier: BSL-1.0
#include "inspect.hpp"

#include "page_bytes.hpp"

#include <guestclock/instant.hpp>
#include <guestclock/linux/live_page.hpp>
#include <guestclock/x86/counter.hpp>

#include <cstring>

namespace guestclock::tools {
namespace {

/// A counter that stands still.
struct fixed_counter {
  struct taken {
    u64 value;
    after_nothing after;
  };
  u64 value{};
  [[nodiscard]] taken sample() const noexcept { return {value, {}}; }
};

/// All that lies behind a page's version, padding too, as words.
struct whole_page : odd_while_updating {
  struct fields {
    u64 words[3];
  };
  template <class Memory> static fields load(const Memory& memory) noexcept {
    return {{memory.load(8), memory.load(16), memory.load(24)}};
  }
};

inspected_page look_at_file(const inspect_options& options, const found_page& found) {
  const bool is_asked = options.tsc.has_value();
  return {.source = options.source == "-" ? "standard input" : options.source,
          .remark = found.remark,
          .page = found.page,
          .why = {},
          .counter = is_asked ? *options.tsc : found.page.tsc_timestamp,
          .counter_source = is_asked ? "as asked for" : "the page's own tsc_timestamp; --tsc asks for another"};
}

/// The page's bytes and the counter, all of one update; pad0 is no part of the protocol, and read by itself.
inspected_page look_at_live(const inspect_options& options, const on_linux::live_page& live) {
  inspected_page seen;
  seen.source = fmt::format("the live page of this machine, {}", live.mapping);
  x86::ordered_counter counter;
  const auto section = read_section<whole_page>(atomic_page<8>(live.address), counter);
  if (!section) {
    seen.why = section.error();
    return seen;
  }
  const auto* const pad0 = static_cast<const volatile std::uint32_t*>(live.address) + 1;
  pvclock_vcpu_time_info& page = seen.page.emplace();
  std::memcpy(&page.tsc_timestamp, section->fields.words, sizeof section->fields.words);
  page.version = section->version;
  page.pad0 = *pad0;
  seen.counter = options.tsc.value_or(section->counter);
  seen.counter_source = options.tsc ? "as asked for" : "now";
  return seen;
}

pvclock_snapshot fields_in(const pvclock_vcpu_time_info& page) {
  return {page.tsc_timestamp, page.system_time, page.tsc_to_system_mul, page.tsc_shift, page.flags};
}

exit_status show(const inspected_page& seen, const inspect_options& options) {
  const inspect_report report = judge(seen, options.kind);
  const exit_status answer = report.time_ns ? exit_status::yes : exit_status::no;
  return print(options.json ? to_json(seen, report) : to_lines(seen, report), answer);
}

exit_status inspect_live(const inspect_options& options) {
  const outcome<on_linux::live_page> live = on_linux::find_live_page();
  if (live) return show(look_at_live(options, *live), options);
  complain(fmt::format("no live pvclock page: {}", live.why_none()));
  inspected_page none;
  none.why = clock_error::no_clock;
  return options.json ? show(none, options) : exit_status::no;
}

}  // namespace

inspect_report judge(const inspected_page& seen, const std::string& kind) {
  inspect_report report;
  report.kind = kind;
  report.why = seen.why;
  if (!seen.page) return report;
  pvclock_reader clock(&*seen.page, fixed_counter{seen.counter});
  const result<section<pvclock_page>> at_rest = clock.snapshot();
  const result<reading> now = clock.now();
  report.why = now ? std::nullopt : std::optional(now.error());
  report.valid = at_rest && check(at_rest->fields);
  if (!report.valid) return report;
  report.frequency_hz = known(frequency_hz(fields_in(*seen.page).rate(), nanoseconds_per_second));
  report.stable = (u32(seen.page->flags) & pvclock_tsc_stable) != 0;
  if (!now) return report;
  report.time_ns = now->time.nanoseconds;
  report.clamped = now->clamped;
  report.error_bound_ns = now->error_bound_ns;
  return report;
}

exit_status run_inspect(const inspect_options& options) {
  if (options.source == "live") return inspect_live(options);
  const outcome<file_start> start = read_start(options.source);
  const outcome<found_page> found = start ? find_page(*start) : outcome<found_page>(sentence{start.why_none()});
  if (!found) {
    complain(start ? fmt::format("{}: {}", options.source == "-" ? "standard input" : options.source, found.why_none())
                   : found.why_none());
    return exit_status::environment;
  }
  if (options.json && !found->remark.empty()) complain(found->remark);  // the lines for a person have it
  return show(look_at_file(options, *found), options);
}

}  // namespace guestclock::tools
