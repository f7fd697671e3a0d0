// SPDX-License-Identifier: BSL-1.0
#include <guestclock/simulated/host.hpp>

#include <guestclock/publisher.hpp>
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

result<u32> host::publish() noexcept {
  const result<bracket> now = on_linux::tightest_bracket(os_clock::monotonic_raw);
  if (!now) return now.error();
  const result<u64> frequency = frequency_hz_max(first_, *now);
  if (!frequency) return frequency.error();
  const result<tick_rate> rate = tick_rate_for(*frequency, rounding::exact);
  if (!rate) return rate.error();
  writable_atomic_page<8> page(page_);
  x86::publisher_counter at;
  return publish_section_now<pvclock_page>(page, at, [&](u64 counter) {
    published_ = next_update(published_, *now, *rate, counter);
    return published_;
  });
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
  std::unique_ptr<host> started(new host(*first));
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
