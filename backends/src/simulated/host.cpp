// SPDX-License-Identifier: BSL-1.0
#include <guestclock/simulated/host.hpp>

#include <guestclock/publisher.hpp>
#include <guestclock/rebase.hpp>
#include <guestclock/simulated/publish.hpp>
#include <guestclock/version_retry.hpp>
#include <guestclock/x86/counter.hpp>

#include <algorithm>
#include <string>
#include <system_error>

namespace guestclock::simulated {
namespace {

using on_linux::bracket;
using on_linux::os_clock;

constexpr u64 calibration_ns = 20'000'000;

/// The host's clock at a counter a little after the bracket, never ahead of it: the OS clock showed os_ns not later
/// than at counter_after.
u64 host_time(const bracket& now, tick_rate rate, u64 counter) noexcept {
  const u64 since = ticks_to_time(wrapping_sub(counter, now.counter_after), rate).value_or(0);
  return wrapping_add(now.os_ns, since);
}

/// What the old page shows at that counter; 0 where it was never published.
u64 old_time(const pvclock_snapshot& old, u64 counter) noexcept {
  const result<reading> seen = convert(old, counter);
  return seen ? seen->time.nanoseconds : u64(0);
}

sentence cannot_calibrate(clock_error error) {
  return {std::string("the counter cannot be calibrated against CLOCK_MONOTONIC_RAW: ") + name_of(error)};
}

}  // namespace

result<u64> frequency_hz_max(const bracket& earlier, const bracket& later) noexcept {
  if (later.os_ns < earlier.os_ns || later.os_ns - earlier.os_ns < 2) return clock_error::out_of_range;
  const u64 ticks_most = wrapping_sub(later.counter_after, earlier.counter_before);
  const u64 ns_least = later.os_ns - earlier.os_ns - 1;  // either time was rounded down
  const wide scaled = full_product(ticks_most, u64(nanoseconds_per_second));
  if (scaled.high >= ns_least) return clock_error::out_of_range;
  const division exact = full_quotient(scaled, ns_least);
  const checked<u64> above = checked_add(exact.quotient, u64(exact.remainder == 0 ? 0 : 1));
  if (!above.fits) return clock_error::out_of_range;
  return above.value;
}

pvclock_snapshot next_update(const pvclock_snapshot& old, const bracket& now, tick_rate rate, u64 counter) noexcept {
  const u64 system_time = std::max(host_time(now, rate, counter), old_time(old, counter));
  return {counter, system_time, rate.mul, rate.shift, u8(pvclock_tsc_stable)};
}

vmclock_snapshot next_update(const vmclock_snapshot& old, const bracket& now, tick_rate rate, vmclock_period period,
                             u64 counter) noexcept {
  const u64 second = u64(nanoseconds_per_second);
  const u64 host_ns = host_time(now, rate, counter);
  vmclock_time time{host_ns / second, full_quotient(wide{host_ns % second, 0}, second).quotient};
  if (const auto told = vmclock_reading_at(old, counter)) time = std::max(time, told->time);
  vmclock_snapshot next;
  next.magic = vmclock_magic;
  next.size = 4096;  // a whole page, as hosts map it
  next.version = vmclock_version;
  next.counter_id = vmclock_counter_x86_tsc;
  next.time_type = vmclock_time_monotonic;
  next.flags = vmclock_time_is_monotonic;
  next.clock_status = vmclock_status_freerunning;
  next.counter_value = counter;
  next.counter_period_shift = period.counter_period_shift;
  next.counter_period_frac_sec = period.counter_period_frac_sec;
  next.time_sec = time.seconds;
  next.time_frac_sec = time.fraction;
  return next;
}

result<u32> host::publish_pvclock(const bracket& now, tick_rate rate) noexcept {
  writable_atomic_page<8> page(page_);
  x86::publisher_counter at;
  return publish_section_now<pvclock_page>(page, at, [&](u64 counter) {
    published_ = next_update(published_, now, rate, counter);
    return published_;
  });
}

result<u32> host::publish_hyperv(const bracket& now, tick_rate rate, u64 frequency_hz) noexcept {
  writable_atomic_page<8> page(page_);
  const u64 first_scale = reference_tsc_page::load(page).tsc_scale;
  const result<u64> tsc_scale = first_scale == 0 ? reference_tsc_scale_for(frequency_hz) : result<u64>(first_scale);
  if (!tsc_scale) return tsc_scale.error();
  x86::publisher_counter at;
  // One unit less: where in a unit of 100 ns the counter is here, the page cannot say, and its next unit may come early.
  const auto host_clock = [&](u64 counter) {
    const u64 units = host_time(now, rate, counter) / nanoseconds_per_reference_unit;
    return reference_time{units == 0 ? u64(0) : units - 1};
  };
  const auto next = rebase_reference_tsc(page, sequence_, at, host_clock, *tsc_scale);
  sequence_ = page.load_version(read_order::relaxed, after_nothing{});
  if (!next) return next.error();
  return sequence_;
}

result<u32> host::publish_vmclock(const bracket& now, tick_rate rate, u64 frequency_hz) noexcept {
  const result<vmclock_period> period = vmclock_period_for(frequency_hz);
  if (!period) return period.error();
  writable_atomic_page<8, vmclock_page::version_offset> page(page_);
  x86::publisher_counter at;
  const vmclock_snapshot old = vmclock_page::load(page);
  return publish_section_now<vmclock_page>(page, at,
                                           [&](u64 counter) { return next_update(old, now, rate, *period, counter); });
}

result<u32> host::publish() noexcept {
  const result<bracket> now = on_linux::tightest_bracket(os_clock::monotonic_raw);
  if (!now) return now.error();
  const result<u64> frequency = frequency_hz_max(first_, *now);
  if (!frequency) return frequency.error();
  const result<tick_rate> rate = tick_rate_for(*frequency, rounding::exact);
  if (!rate) return rate.error();
  switch (kind_) {
    case page_kind::reference_tsc: return publish_hyperv(*now, *rate, *frequency);
    case page_kind::vmclock: return publish_vmclock(*now, *rate, *frequency);
    case page_kind::none:
    case page_kind::pvclock: break;
  }
  return publish_pvclock(*now, *rate);
}

void host::run(const std::stop_token& stop, std::chrono::nanoseconds update_interval) {
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, stop, update_interval, [&] { return stop.stop_requested(); }))
    static_cast<void>(publish());  // without a rate the page stays as it is, and goes on telling the time
}

outcome<std::unique_ptr<host>> host::start(host_options options) {
  const result<bracket> first = on_linux::tightest_bracket(os_clock::monotonic_raw);
  if (!first) return cannot_calibrate(first.error());
  const auto slept = on_linux::sleep_until(os_clock::monotonic_raw, first->os_ns + calibration_ns);
  if (!slept) return cannot_calibrate(slept.error());
  std::unique_ptr<host> started(new host(options.kind, *first));
  if (const auto published = started->publish(); !published) return cannot_calibrate(published.error());
  try {
    started->thread_ = std::jthread(
        [&host = *started, options](const std::stop_token& stop) { host.run(stop, options.update_interval); });
  } catch (const std::system_error& error) {
    return sentence{std::string("the simulated host's thread cannot start: ") + error.what()};
  }
  return started;
}

}  // namespace guestclock::simulated
