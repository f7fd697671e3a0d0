// SPDX-License-Identifier: BSL-1.0
#include "publish.hpp"

#include <guestclock/rebase.hpp>

namespace guestclock::tools {
namespace {

rounding rounding_of(const publish_options& options) {
  return options.rounding == "kvm" ? rounding::kvm : rounding::exact;
}

pvclock_snapshot pvclock_fields(const publish_options& options, tick_rate rate) {
  return {options.tsc, options.time_ns, rate.mul, rate.shift, u8(pvclock_tsc_stable)};
}

/// The greatest frequency that has a rate.
u64 greatest_frequency(rounding how) {
  u64 greatest = 0;  // the highest bit first: what fits, fits below, too
  for (u64 bit = u64(1) << 63; bit != 0; bit >>= 1)
    if (tick_rate_for(greatest | bit, how)) greatest |= bit;
  return greatest;
}

/// Without a rate the fields are all zero, and every reader refuses them.
published_page publish_pvclock_once(const publish_options& options) {
  const result<tick_rate> rate = tick_rate_for(options.frequency_hz, rounding_of(options));
  pvclock_vcpu_time_info page{};
  writable_atomic_page<8> memory(&page);
  publish_pvclock(memory, rate ? pvclock_fields(options, *rate) : pvclock_snapshot{});
  if (rate) return {page, "", ""};
  return {page,
          fmt::format("no pvclock page can tell the time of a counter of {}: {} is not in [1, {}] for rounding {} ({})",
                      frequency_text(options.frequency_hz), options.frequency_hz,
                      greatest_frequency(rounding_of(options)), options.rounding, name_of(rate.error())),
          ""};
}

/// The fields that tell the time, or the first one after it in units of 100 ns, at the counter; or, as KVM derives them
/// from its own page, the last one before it.
result<reference_tsc_snapshot> reference_fields(const publish_options& options) {
  if (rounding_of(options) == rounding::kvm) {
    const result<tick_rate> rate = tick_rate_for(options.frequency_hz, rounding::kvm);
    if (!rate) return rate.error();
    return derive_reference_tsc(pvclock_fields(options, *rate));
  }
  const result<u64> tsc_scale = reference_tsc_scale_for(options.frequency_hz);
  if (!tsc_scale) return tsc_scale.error();
  const reference_time time = reference_time::not_before(instant{options.time_ns});
  if (!time.to_instant()) return clock_error::out_of_range;  // its readers would have no time there
  return rebased(reference_tsc_snapshot{}, options.tsc, time, *tsc_scale);
}

std::string why_no_reference(const publish_options& options, clock_error error) {
  publish_options at_zero = options;
  at_zero.tsc = 0;
  at_zero.time_ns = 0;
  if (reference_fields(at_zero))
    return fmt::format("no Hyper-V page of {} can tell {} ns at counter {}: time or offset does not fit 64 bits ({})",
                       frequency_text(options.frequency_hz), options.time_ns, options.tsc, name_of(error));
  return fmt::format(
      "no Hyper-V page can tell the time of a counter of {}: {} is not in [10000001, {}] for rounding {} ({})",
      frequency_text(options.frequency_hz), options.frequency_hz,
      rounding_of(options) == rounding::kvm ? greatest_frequency(rounding::kvm) : max_of<u64>, options.rounding,
      name_of(error));
}

/// That the page tells another time than was asked for, which is no multiple of 100 ns or was derived; or nothing.
std::string told_remark(const publish_options& options, const reference_tsc_snapshot& fields) {
  const result<reading> told = convert(fields, options.tsc);
  if (!told || told->time.nanoseconds == options.time_ns) return {};
  const bool up = told->time.nanoseconds > options.time_ns;
  return fmt::format("the page tells {} ns at that counter, {}, {}", told->time.nanoseconds,
                     up ? "rounded up to 100 ns" : "rounded down to 100 ns",
                     up ? "so that its time is never behind what was told before" : "as KVM does");
}

published_page publish_reference_once(const publish_options& options) {
  const result<reference_tsc_snapshot> fields = reference_fields(options);
  hv_reference_tsc_page page{};
  writable_atomic_page<8> memory(&page);
  if (!fields) return {page, why_no_reference(options, fields.error()), ""};
  publish_reference_tsc(memory, u32(0), *fields);
  return {page, "", told_remark(options, *fields)};
}

/// Seconds, and what is left in 2^−64 s, rounded up: rounded down, the page would tell 1 ns less.
vmclock_time vmclock_time_of(u64 time_ns) {
  const u64 second = u64(nanoseconds_per_second);
  const division fraction = full_quotient(wide{time_ns % second, 0}, second);
  return {time_ns / second, fraction.quotient + one_if(fraction.remainder != 0)};
}

/// What a host can say that was told no more than a frequency and a time: no error is declared, no offset to UTC, no leap
/// second is known. Without a period it names no counter, which is how a page says that it is no clock.
vmclock_snapshot vmclock_fields_of(const publish_options& options, const result<vmclock_period>& period) {
  const vmclock_time time = vmclock_time_of(options.time_ns);
  vmclock_snapshot fields;
  fields.magic = vmclock_magic;
  fields.size = vmclock_size_min;
  fields.version = vmclock_version;
  fields.counter_id = vmclock_counter_invalid;
  fields.time_type = vmclock_time_tai;
  if (!period) return fields;
  fields.counter_id = vmclock_counter_x86_tsc;
  fields.clock_status = vmclock_status_synchronized;
  fields.counter_period_shift = period->counter_period_shift;
  fields.counter_value = options.tsc;
  fields.counter_period_frac_sec = period->counter_period_frac_sec;
  fields.time_sec = time.seconds;
  fields.time_frac_sec = time.fraction;
  return fields;
}

published_page publish_vmclock_once(const publish_options& options) {
  const result<vmclock_period> period = vmclock_period_for(options.frequency_hz);
  vmclock_abi page{};
  writable_atomic_page<8, vmclock_page::version_offset> memory(&page);
  static_cast<void>(publish_section<vmclock_page>(memory, vmclock_fields_of(options, period)));
  std::string remark;
  if (options.rounding == "kvm") remark = "KVM writes no vmclock page, and has no rounding for one: this one is exact";
  if (period) return {page, "", remark};
  return {page,
          fmt::format("no vmclock page can tell the time of a counter of {}: it is not in [2, {}] ({})",
                      frequency_text(options.frequency_hz), max_of<u64>, name_of(period.error())),
          remark};
}

}  // namespace

published_page publish_once(const publish_options& options) {
  switch (options.kind) {
    case page_kind::reference_tsc: return publish_reference_once(options);
    case page_kind::vmclock: return publish_vmclock_once(options);
    case page_kind::none:
    case page_kind::pvclock: break;
  }
  return publish_pvclock_once(options);
}

}  // namespace guestclock::tools
