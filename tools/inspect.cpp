// SPDX-License-Identifier: BSL-1.0
#include "inspect.hpp"

#include "clock_source.hpp"

#include <guestclock/x86/counter.hpp>

#include <algorithm>

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

/// A counter to ask a page about where nobody asked for one, and why that one.
struct chosen_counter {
  u64 value{};
  std::string why;
};
chosen_counter counter_of(const pvclock_vcpu_time_info& page) {
  return {page.tsc_timestamp, "the page's own tsc_timestamp; --tsc asks for another"};
}
/// There is no counter in the page. The first one that has a time is the page's own, as much as any is, and the same
/// whenever and wherever this is asked.
chosen_counter counter_of(const hv_reference_tsc_page& page) {
  u64 first = 0;
  if (page.tsc_offset < 0) {
    const u64 until_zero = wrapping_sub(u64(0), as_unsigned(page.tsc_offset));
    first = time_to_ticks(until_zero, wide_tick_rate{page.tsc_scale, i8(0)}).value_or(max_of<u64>);
  }
  return {first, "the first that can have a time on this page, which names none; --tsc asks for another"};
}
chosen_counter counter_of(const vmclock_abi& page) {
  return {page.counter_value, "the page's own counter_value; --tsc asks for another"};
}

/// What a file has of a page's memory. Of a page that was cut out of its memory, a whole page of that was mapped.
constexpr std::size_t mapped_size_min = 4096;

inspected_page look_at_file(const inspect_options& options, const found_page& found) {
  const auto chosen = std::visit([](const auto& page) { return counter_of(page); }, found.page);
  return {.source = options.source == "-" ? "standard input" : options.source,
          .remark = found.remark,
          .page = found.page,
          .why = {},
          .size = std::max(found.size, mapped_size_min),
          .counter = options.tsc.value_or(chosen.value),
          .counter_source = options.tsc ? "as asked for" : chosen.why};
}

/// A structure that says what the section says. Its padding is read by itself: it is no part of the protocol.
template <class Abi, class Page> Abi structure_of(const section<Page>& seen) {
  Abi page{};
  writable_atomic_page<8, Page::version_offset> memory(&page);
  Page::store(memory, seen.fields);
  memory.store_version(seen.version, write_order::relaxed);
  return page;
}
template <class Abi> const volatile Abi& live(const mapped_page& page) {
  return *static_cast<const volatile Abi*>(page.address);
}
any_page copy_of(const section<pvclock_page>& seen, const mapped_page& from) {
  auto page = structure_of<pvclock_vcpu_time_info>(seen);
  const auto& there = live<pvclock_vcpu_time_info>(from);
  page.pad0 = there.pad0;
  for (int place = 0; place < 2; ++place) page.pad[place] = there.pad[place];
  return page;
}
any_page copy_of(const section<reference_tsc_page>& seen, const mapped_page& from) {
  auto page = structure_of<hv_reference_tsc_page>(seen);
  page.reserved1 = live<hv_reference_tsc_page>(from).reserved1;
  return page;
}
any_page copy_of(const section<vmclock_page>& seen, const mapped_page& from) {
  auto page = structure_of<vmclock_abi>(seen);
  for (int place = 0; place < 2; ++place) page.pad[place] = live<vmclock_abi>(from).pad[place];
  return page;
}

/// The page and the counter, all of one update.
inspected_page look_at_live(const inspect_options& options, const clock_source& from) {
  inspected_page seen;
  seen.source = fmt::format("the live page of this machine, {}", from.where);
  seen.size = from.page.size;
  with_reader(from.page, x86::ordered_counter{}, [&](auto reader) {
    const auto section = reader.snapshot();
    if (!section) {
      seen.why = section.error();
      return;
    }
    seen.page = copy_of(*section, from.page);
    seen.counter = options.tsc.value_or(section->counter);
  });
  seen.counter_source = options.tsc ? "as asked for" : "now";
  return seen;
}

exit_status show(const inspected_page& seen, const inspect_options& options, std::optional<page_kind> kind) {
  const inspect_report report = judge(seen, kind);
  const exit_status answer = report.time_ns ? exit_status::yes : exit_status::no;
  return print(options.json ? to_json(seen, report) : to_lines(seen, report), answer);
}

exit_status inspect_live(const inspect_options& options) {
  const outcome<clock_source> live = options.kind ? find_clock(*options.kind) : find_any_clock();
  if (live) return show(look_at_live(options, *live), options, live->page.kind);
  complain(live.why_none());
  inspected_page none;
  none.why = clock_error::no_clock;
  return options.json ? show(none, options, options.kind) : exit_status::no;
}

/// Whether every processor's reading agrees, as the page says it: only pvclock pages can say that it does not.
template <class Fields> bool is_stable(const Fields&) { return true; }
bool is_stable(const pvclock_snapshot& fields) { return (u32(fields.flags) & pvclock_tsc_stable) != 0; }

}  // namespace

mapped_page mapped(const inspected_page& seen) {
  mapped_page page{kind_of(*seen.page),
                   std::visit([](const auto& structure) -> const void* { return &structure; }, *seen.page), seen.size};
  // A page may have come from another machine, and is judged for its own counter, if it is one that there is.
  const auto* const vmclock = std::get_if<vmclock_abi>(&*seen.page);
  if (vmclock != nullptr && vmclock->counter_id == vmclock_counter_arm_virtual) page.counter_id = vmclock->counter_id;
  return page;
}

inspect_report judge(const inspected_page& seen, std::optional<page_kind> kind) {
  inspect_report report;
  report.kind = kind;
  report.why = seen.why;
  if (!seen.page) return report;
  const mapped_page page = mapped(seen);
  with_reader(page, fixed_counter{seen.counter}, [&](auto clock) {
    const auto at_rest = clock.snapshot();
    const result<reading> now = clock.now();
    report.why = now ? std::nullopt : std::optional(now.error());
    report.valid = at_rest && fault_of(page, at_rest->fields) == clock_error{};
    if (!report.valid) return;
    report.frequency_hz = known(frequency_of(at_rest->fields));
    report.stable = is_stable(at_rest->fields);
    if (!now) return;
    report.time_ns = now->time.nanoseconds;
    report.clamped = now->clamped;
    if (now->bounded) report.error_bound_ns = now->error_bound_ns;
  });
  return report;
}

exit_status run_inspect(const inspect_options& options) {
  if (options.source == "live") return inspect_live(options);
  const outcome<file_start> start = read_start(options.source);
  const outcome<found_page> found =
      start ? find_page(*start, options.kind) : outcome<found_page>(sentence{start.why_none()});
  if (!found) {
    complain(start ? fmt::format("{}: {}", options.source == "-" ? "standard input" : options.source, found.why_none())
                   : found.why_none());
    return exit_status::environment;
  }
  if (options.json && !found->remark.empty()) complain(found->remark);  // the lines for a person have it
  return show(look_at_file(options, *found), options, kind_of(found->page));
}

}  // namespace guestclock::tools
