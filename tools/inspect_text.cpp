// SPDX-License-Identifier: BSL-1.0
#include "inspect.hpp"
#include "vmclock_text.hpp"

#include <guestclock/linux/vmclock_device.hpp>

#include <cmath>

namespace guestclock::tools {
namespace {

/// What the field is called that holds a page's own counter.
std::string_view counter_field(page_kind kind) {
  return kind == page_kind::vmclock ? "counter_value" : "tsc_timestamp";
}

/// What a reader of the page makes of it, for a person.
std::string in_words(clock_error why, page_kind kind) {
  switch (why) {
    case clock_error::no_clock: return "there is no page";
    case clock_error::update_in_progress:
      return "the version is odd: the host was writing, the fields may be of two updates";
    case clock_error::sequence_invalid:
      return "the sequence is 0: the host says that the page is not usable now; guests read its reference counter "
             "instead";
    case clock_error::bad_shift:
      return fmt::format("the shift is not in {}: this is no clock page, or it is damaged",
                         kind == page_kind::vmclock ? "[0, 63]" : "[-31, 31]");
    case clock_error::bad_multiplier:
      return fmt::format("the {} is 0: the page was never published, or it is damaged",
                         kind == page_kind::pvclock  ? "multiplier"
                         : kind == page_kind::reference_tsc ? "scale"
                                                     : "period");
    case clock_error::counter_before_snapshot:
      return fmt::format("the counter lies more than 2^32 ticks before {}: that is no skew between processors",
                         counter_field(kind));
    case clock_error::out_of_range:
      return kind == page_kind::reference_tsc
                 ? "the time at this counter is before the clock's zero, or does not fit 64 bits of ns"
                 : "the time at this counter does not fit 64 bits of ns";
    default: return name_of(why);
  }
}

/// The words alone would not say which field of a vmclock page it is.
std::string why_text(clock_error why, const inspected_page& seen) {
  const page_kind kind = seen.page ? kind_of(*seen.page) : page_kind::pvclock;
  std::string words = in_words(why, kind);
  if (why == clock_error::invalid_header && kind == page_kind::vmclock)
    words = on_linux::why_invalid_header(mapped(seen), snapshot_of(std::get<vmclock_abi>(*seen.page)));
  return fmt::format("{}: {}", name_of(why), words);
}

std::string field(std::string_view name, std::string_view value, std::string_view meaning, int width = 18) {
  return fmt::format("  {:<{}} {:>26}   {}\n", name, width, value, meaning);
}

std::string version_meaning(u32 version) { return is_odd(version) ? "odd: AN UPDATE IS IN PROGRESS" : "even: at rest"; }

std::string multiplier_meaning(u32 mul) {
  return mul == 0 ? "NO RATE" : fmt::format("{:.9f} ns per shifted tick, in units of 2^-32 ns", std::ldexp(mul, -32));
}

std::string shift_meaning(int shift) {
  if (shift < -tick_shift_max || shift > tick_shift_max) return "NOT IN [-31, 31]";
  if (shift == 0) return "ticks are taken as they are";
  return shift < 0 ? fmt::format("ticks are divided by 2^{}, rounded down", -shift)
                   : fmt::format("ticks are multiplied by 2^{}", shift);
}

std::string flags_meaning(u32 flags) {
  std::string names = (flags & pvclock_tsc_stable) != 0 ? "TSC_STABLE" : "TSC_STABLE is clear";
  if ((flags & pvclock_guest_stopped) != 0) names += ", GUEST_STOPPED: the host paused this guest";
  if (const u32 unknown = flags & 0xFC; unknown != 0) names += fmt::format(", unknown bits {:#04x}", unknown);
  return names;
}

std::string fields_text(const pvclock_vcpu_time_info& page) {
  return field("version", std::to_string(page.version), version_meaning(page.version)) +
         field("pad0", fmt::format("{:#x}", page.pad0), "padding") +
         field("tsc_timestamp", grouped(page.tsc_timestamp), "ticks: the counter at the update") +
         field("system_time", grouped(page.system_time), "ns: the time then, " + seconds_text(page.system_time)) +
         field("tsc_to_system_mul", fmt::format("{:#010x}", page.tsc_to_system_mul),
               multiplier_meaning(page.tsc_to_system_mul)) +
         field("tsc_shift", fmt::format("{:+}", int{page.tsc_shift}), shift_meaning(page.tsc_shift)) +
         field("flags", fmt::format("{:#04x}", unsigned{page.flags}), flags_meaning(page.flags)) +
         field("pad", fmt::format("{:#04x} {:#04x}", unsigned{page.pad[0]}, unsigned{page.pad[1]}), "padding");
}

std::string fields_text(const hv_reference_tsc_page& page) {
  const std::string_view state = page.tsc_sequence == 0 ? "0: NOT USABLE NOW" : "not 0: usable";
  const std::string scale = page.tsc_scale == 0
                                ? "NO RATE"
                                : fmt::format("{:.9f} ns per tick, in units of 2^-64 of 100 ns",
                                              100 * std::ldexp(static_cast<double>(page.tsc_scale), -64));
  return field("TscSequence", std::to_string(page.tsc_sequence), state) +
         field("Reserved1", fmt::format("{:#x}", page.reserved1), "reserved") +
         field("TscScale", fmt::format("{:#018x}", page.tsc_scale), scale) +
         field("TscOffset", signed_grouped(page.tsc_offset), "units of 100 ns: the time at counter 0");
}

std::string fields_text(const vmclock_abi& page) {
  std::string text;
  for (const auto& [name, value, meaning] : vmclock_fields(page)) text += field(name, value, meaning, 38);
  return text;
}

std::string time_lines(const inspected_page& seen, const inspect_report& report) {
  if (!report.time_ns)
    return fmt::format("{:<14} none: {}\n", "time", report.why ? why_text(*report.why, seen) : "unknown");
  const auto* const vmclock = std::get_if<vmclock_abi>(&*seen.page);
  const auto exact = vmclock != nullptr ? vmclock_reading_at(snapshot_of(*vmclock), seen.counter)
                                        : result<vmclock_reading>(clock_error::no_clock);
  return exact ? vmclock_time_lines(*exact, *report.time_ns) : line("time", report.time_ns, clock_time_text);
}

std::string error_bound_line(const inspected_page& seen, const inspect_report& report) {
  const bool is_vmclock = kind_of(*seen.page) == page_kind::vmclock;
  return is_vmclock ? declared_bound_line(report.error_bound_ns)
                    : line("error bound", report.error_bound_ns, error_bound_text);
}

}  // namespace

std::string to_json(const inspected_page& seen, const inspect_report& report) {
  json object;
  object["kind"] = report.kind ? json(name_of(*report.kind)) : json(nullptr);
  object["valid"] = report.valid;
  object["why"] = report.why ? json(name_of(*report.why)) : json(nullptr);
  object["frequency_hz"] = or_null(report.frequency_hz);
  object["time_ns"] = or_null(report.time_ns);
  object["clamped"] = or_null(report.clamped);
  object["stable"] = or_null(report.stable);
  object["error_bound_ns"] = or_null(report.error_bound_ns);
  object["fields"] = seen.page ? fields_of(*seen.page) : json(nullptr);
  return object.dump(2) + "\n";
}

std::string to_lines(const inspected_page& seen, const inspect_report& report) {
  std::string lines = line("page", std::optional(seen.source), [&](const std::string& source) {
    return fmt::format("{}, from {}", report.kind ? name_of(*report.kind) : "none", source);
  });
  if (!seen.remark.empty()) lines += line("", std::optional(seen.remark), [](const std::string& text) { return text; });
  if (seen.page) lines += std::visit([](const auto& page) { return fields_text(page); }, *seen.page);
  lines += line("valid", std::optional(report.valid), [&](bool valid) {
    return valid ? std::string("yes: this page can be a clock") : "NO: " + why_text(*report.why, seen);
  });
  if (!report.valid) return lines;
  lines += line("frequency", report.frequency_hz, frequency_text) + line("stable", report.stable, stable_text) +
           line("counter", std::optional(seen.counter),
                [&](u64 counter) { return fmt::format("{} ticks, {}", grouped(counter), seen.counter_source); });
  lines += time_lines(seen, report);
  if (!report.time_ns) return lines;
  if (*report.clamped)
    lines += fmt::format("{:<14} the counter lies before {}: the page's own time is given\n", "clamped",
                         counter_field(kind_of(*seen.page)));
  return lines + error_bound_line(seen, report);
}

}  // namespace guestclock::tools
