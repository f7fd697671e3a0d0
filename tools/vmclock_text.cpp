// SPDX-License-Identifier: BSL-1.0
#include "vmclock_text.hpp"

#include <array>
#include <cmath>

namespace guestclock::tools {
namespace {

/// The name at that place, or that there is none.
template <std::size_t Count> std::string named(const std::array<const char*, Count>& names, unsigned value) {
  return value < Count ? names[value] : "UNKNOWN";
}

constexpr std::array counter_names{"ARM virtual counter", "x86 TSC"};
constexpr std::array time_names{"UTC", "TAI", "monotonic", "UTC, SMEARED: cannot be told",
                                "UTC, MAYBE SMEARED: cannot be told"};
constexpr std::array status_names{"UNKNOWN", "INITIALIZING", "SYNCHRONIZED", "FREERUNNING", "UNRELIABLE"};
constexpr std::array hint_names{"STRICT: no smearing", "NOON_LINEAR", "UTC_SLS"};
constexpr std::array leap_names{"NONE",
                                "PRE_POS: a leap second is added at the end of this month",
                                "PRE_NEG: a second is left out at the end of this month",
                                "POS: now in the leap second 23:59:60",
                                "POST_POS: a leap second was added at the end of last month",
                                "POST_NEG: a second was left out at the end of last month"};
constexpr std::array flag_names{"TAI_OFFSET_VALID",      "DISRUPTION_SOON",       "DISRUPTION_IMMINENT",
                                "PERIOD_ESTERROR_VALID", "PERIOD_MAXERROR_VALID", "TIME_ESTERROR_VALID",
                                "TIME_MAXERROR_VALID",   "TIME_MONOTONIC",        "VM_GEN_COUNTER_PRESENT",
                                "NOTIFICATION_PRESENT"};

std::string flags_text(u64 flags) {
  std::string text;
  const auto add = [&text](const std::string& name) { text += (text.empty() ? "" : ", ") + name; };
  for (std::size_t bit = 0; bit < flag_names.size(); ++bit)
    if ((flags >> bit & 1) != 0) add(flag_names[bit]);
  if (const u64 unknown = flags >> flag_names.size() << flag_names.size(); unknown != 0)
    add(fmt::format("unknown bits {:#x}", unknown));
  return text.empty() ? "none is set" : text;
}

std::string period_text(u64 period, unsigned shift) {
  if (period == 0) return "NO RATE";
  if (shift > vmclock_shift_max) return "no rate by that shift";
  return fmt::format("{:.9f} ns per tick, in units of 2^-(64 + shift) s",
                     1e9 * std::ldexp(static_cast<double>(period), -64 - static_cast<int>(shift)));
}

/// A declared error, which means nothing where the flag for it is clear.
std::string declared(const vmclock_abi& page, u64 flag, const std::string& unit) {
  return (page.flags & flag) != 0 ? unit : "not declared";
}

std::string seconds_and_fraction(u64 seconds, u64 fraction) {
  return fmt::format("{}.{:09}", seconds, full_product(fraction, u64(nanoseconds_per_second)).high);
}

std::string utc_text(const vmclock_reading& seen) {
  const result<vmclock_utc> time = utc(seen);
  if (!time) return "not claimed";
  if (time->leap_second)
    return seconds_and_fraction(time->seconds, time->fraction) + " s, and in the leap second after it";
  const u64 of_day = time->seconds % seconds_per_day;
  return fmt::format("{} s since 1970 ({:02}:{:02}:{:02} UTC of day {})",
                     seconds_and_fraction(time->seconds, time->fraction), of_day / 3600, of_day / 60 % 60, of_day % 60,
                     time->seconds / seconds_per_day);
}

}  // namespace

vmclock_snapshot snapshot_of(const vmclock_abi& page) {
  return vmclock_page::load(atomic_page<8, vmclock_page::version_offset>(&page));
}

std::vector<field_text> vmclock_fields(const vmclock_abi& page) {
  const auto decimal = [](auto value) { return grouped(u64(value)); };
  const auto hex = [](u64 value) { return fmt::format("{:#018x}", value); };
  const unsigned shift = page.counter_period_shift;
  const std::string rate_unit = "2^-(64 + shift) s per tick";
  return {
      {"magic", fmt::format("{:#010x}", page.magic), page.magic == vmclock_magic ? "VCLK" : "NOT 0x4b4c4356"},
      {"size", decimal(page.size), "bytes of the region"},
      {"version", decimal(page.version), page.version == vmclock_version ? "known" : "NOT 1"},
      {"counter_id", decimal(page.counter_id),
       page.counter_id == vmclock_counter_invalid ? "NONE: this page tells of disruptions only"
                                                  : named(counter_names, page.counter_id)},
      {"time_type", decimal(page.time_type), named(time_names, page.time_type)},
      {"seq_count", std::to_string(page.seq_count),
       is_odd(page.seq_count) ? "odd: AN UPDATE IS IN PROGRESS" : "even: at rest"},
      {"disruption_marker", std::to_string(page.disruption_marker), "another one: the counter was disturbed"},
      {"flags", fmt::format("{:#x}", page.flags), flags_text(page.flags)},
      {"pad", fmt::format("{:#04x} {:#04x}", unsigned{page.pad[0]}, unsigned{page.pad[1]}), "padding"},
      {"clock_status", decimal(page.clock_status),
       named(status_names, page.clock_status) + (is_relied_on(snapshot_of(page)) ? "" : ": NOT TO BE RELIED ON")},
      {"leap_second_smearing_hint", decimal(page.leap_second_smearing_hint),
       named(hint_names, page.leap_second_smearing_hint)},
      {"tai_offset_sec", fmt::format("{:+}", page.tai_offset_sec),
       (page.flags & vmclock_tai_offset_valid) != 0 ? "s: TAI - UTC" : "not declared"},
      {"leap_indicator", decimal(page.leap_indicator), named(leap_names, page.leap_indicator)},
      {"counter_period_shift", decimal(shift),
       shift > vmclock_shift_max ? "NOT IN [0, 63]" : "binary places of the periods"},
      {"counter_value", decimal(page.counter_value), "ticks: the counter at the update"},
      {"counter_period_frac_sec", hex(page.counter_period_frac_sec), period_text(page.counter_period_frac_sec, shift)},
      {"counter_period_esterror_rate_frac_sec", hex(page.counter_period_esterror_rate_frac_sec),
       declared(page, vmclock_period_esterror_valid, rate_unit)},
      {"counter_period_maxerror_rate_frac_sec", hex(page.counter_period_maxerror_rate_frac_sec),
       declared(page, vmclock_period_maxerror_valid, rate_unit)},
      {"time_sec", decimal(page.time_sec), "s: the time then"},
      {"time_frac_sec", hex(page.time_frac_sec),
       fmt::format("2^-64 s: {} ns more",
                   grouped(full_product(u64(page.time_frac_sec), u64(nanoseconds_per_second)).high))},
      {"time_esterror_nanosec", decimal(page.time_esterror_nanosec), declared(page, vmclock_time_esterror_valid, "ns")},
      {"time_maxerror_nanosec", decimal(page.time_maxerror_nanosec), declared(page, vmclock_time_maxerror_valid, "ns")},
      {"vm_generation_counter", std::to_string(page.vm_generation_counter),
       (page.flags & vmclock_vm_gen_counter_present) != 0 ? "another one: the machine was restored or cloned"
                                                          : "not present"},
  };
}

std::string vmclock_time_lines(const vmclock_reading& seen, u64 time_ns) {
  std::string_view scale = " since this clock's zero";
  if (seen.time_type == vmclock_time_utc) scale = " since 1970, counted as UTC; the page does not say how far TAI is";
  if (tai(seen)) scale = " since 1970 in TAI";
  return fmt::format("{:<14} {}\n{:<14} {}\n", "time", seconds_text(time_ns, scale), "utc", utc_text(seen));
}

}  // namespace guestclock::tools
