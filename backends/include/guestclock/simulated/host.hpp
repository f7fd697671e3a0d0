// SPDX-License-Identifier: BSL-1.0
/// \file guestclock/simulated/host.hpp
/// A host of our own: a thread that publishes a clock page of any kind, in this process's memory, from CLOCK_MONOTONIC_RAW
/// and the real counter. For machines without a clock page, and for tests: the page is as live as a hypervisor's.
///
/// What it keeps, beyond what any page must:
///
///   never fast   the frequency is the greatest that the brackets around the OS clock allow, the multiplier is rounded
///                down, and the time is the OS clock's at the *end* of its bracket: the page is not ahead of the OS
///                clock, unless the OS clock itself slowed down
///   never back   the page says "in progress" (Hyper-V's: "not usable") before the counter ts' is sampled, and its new time
///                is the later of the OS clock's and the old page's at ts'
///
/// A Hyper-V page of this host keeps its first scale. Where in a unit of 100 ns a counter is, depends on the scale: with
/// one that changes, each re-base could gain up to a unit, and a chain of them would run ahead.
///
/// A vmclock page of this host tells monotonic time, and declares no bound: it makes no claim to TAI or UTC.
#pragma once

#include <guestclock/linux/os_clock.hpp>
#include <guestclock/outcome.hpp>
#include <guestclock/mapped_page.hpp>

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

namespace guestclock::simulated {

/// The greatest frequency that the counter can have had from one bracket to a later one.
///   ensures  not below the true one, as CLOCK_MONOTONIC_RAW counts seconds
///   errors   out_of_range: less than 2 ns passed, or the result does not fit
///   units    Hz
[[nodiscard]] result<u64> frequency_hz_max(const on_linux::bracket& earlier, const on_linux::bracket& later) noexcept;

/// The fields to publish at `counter`: the OS clock's time there, or the old page's where that is later, and TSC_STABLE.
///   requires that `counter` was sampled while the page said "in progress", and after the bracket
///   ensures  not before anything the old page showed until then; not ahead of the OS clock where the old page was not
///   units    ticks
[[nodiscard]] pvclock_snapshot next_update(const pvclock_snapshot& old, const on_linux::bracket& now, tick_rate rate,
                                           u64 counter) noexcept;
/// The same for a vmclock page.
[[nodiscard]] vmclock_snapshot next_update(const vmclock_snapshot& old, const on_linux::bracket& now, tick_rate rate,
                                           vmclock_period period, u64 counter) noexcept;

struct host_options {
  page_kind kind = page_kind::pvclock;
  std::chrono::nanoseconds update_interval = std::chrono::milliseconds(10);
};

/// A running host. Its destructor stops and joins the thread; no reader may use the page after that.
class host {
 public:
  /// Calibrates for 20 ms, publishes the first page, and starts the thread.
  ///   ensures  the page is valid when this returns, and says TSC_STABLE
  [[nodiscard]] static outcome<std::unique_ptr<host>> start(host_options options = {});

  host(const host&) = delete;
  host& operator=(const host&) = delete;
  ~host() = default;  // the thread is the last member: it is stopped and joined before anything else goes

  /// The page, aligned to 64.
  [[nodiscard]] const volatile void* page() const noexcept { return page_; }
  [[nodiscard]] mapped_page mapped() const noexcept { return {kind_, page_, sizeof page_}; }

 private:
  host(page_kind kind, const on_linux::bracket& first) noexcept : kind_(kind), first_(first) {}

  /// Publishes once more from the clocks; leaves the page as it is where they give no rate.
  result<u32> publish() noexcept;
  result<u32> publish_pvclock(const on_linux::bracket& now, tick_rate rate) noexcept;
  result<u32> publish_hyperv(const on_linux::bracket& now, tick_rate rate, u64 frequency_hz) noexcept;
  result<u32> publish_vmclock(const on_linux::bracket& now, tick_rate rate, u64 frequency_hz) noexcept;
  void run(const std::stop_token& stop, std::chrono::nanoseconds update_interval);

  alignas(64) unsigned char page_[4096]{};
  page_kind kind_;
  on_linux::bracket first_;  // what the frequency is measured from
  pvclock_snapshot published_;
  u32 sequence_{};  // the last one of a Hyper-V page
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::jthread thread_;
};

}  // namespace guestclock::simulated
