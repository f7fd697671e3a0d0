// SPDX-License-Identifier: BSL-1.0
/// \file guestclock/linux/live_page.hpp
/// The clock page that the kernel of a Linux guest maps into every process for its vDSO: KVM's or Xen's pvclock page,
/// or Hyper-V's; or a sentence that says why there is none. The kernel maps either once it has used that clock itself,
/// and from then on whatever the current clock source is; pvclock's only where the host said that it is stable.
///
///     /proc/self/maps ─ candidates ─ backed? ─ check ─ rate ─▶ page
///
/// A page is believed by its rate, never by its offset: the zero of its clock is its host's own affair.
#pragma once

#include <guestclock/outcome.hpp>
#include <guestclock/mapped_page.hpp>
#include <guestclock/word.hpp>

#include <string>
#include <string_view>

namespace guestclock::on_linux {

/// How far a page's rate may differ from CLOCK_MONOTONIC_RAW's, and over how long it is measured.
inline constexpr i64 rate_difference_ppm_max = 1000;
inline constexpr u64 rate_interval_ns = 10'000'000;

/// A page that tells this machine's time. It stays mapped as long as the process lives.
struct live_page {
  const volatile void* address{};
  std::string mapping;             ///< its name in /proc/self/maps
  i64 difference_ns_per_second{};  ///< of its rate from CLOCK_MONOTONIC_RAW's, as it was found
  page_kind kind = page_kind::pvclock;

  [[nodiscard]] mapped_page page() const noexcept { return {kind, address, size_of(kind)}; }
};

/// Whether `size` bytes can be read there. Touching a page that the kernel does not back ends in SIGBUS; a write into a
/// pipe says EFAULT instead, without a signal handler.
///   requires size in [1, 4096], so that an empty pipe takes it
///   ensures  no descriptor is left open; false also if there is no pipe to be had, which find_live_page tells apart
///   units    bytes
///   source   write(2), EFAULT
[[nodiscard]] bool is_backed(const volatile void* address, std::size_t size) noexcept;

/// The page's rate against CLOCK_MONOTONIC_RAW if it can be believed, or why not. Takes rate_interval_ns.
///   requires that the page is backed
///   units    ns per s
[[nodiscard]] outcome<i64> believe_by_rate(const mapped_page& page);
[[nodiscard]] outcome<i64> believe_by_rate(const volatile void* pvclock);

/// This process's page of that kind. Takes some rate_interval_ns for each candidate that passes the static check, of which
/// there are at most candidate_count_max.
///   requires pvclock or hyperv: a vmclock page is a device's, see vmclock_device.hpp
///   ensures  no descriptor is left open, no signal handler was set, nothing unbacked was touched
[[nodiscard]] outcome<live_page> find_live_page(page_kind kind = page_kind::pvclock);

/// The same, where the process's mappings are as that text says.
[[nodiscard]] outcome<live_page> find_live_page_in(std::string_view maps, page_kind kind);

/// Why that page, which is mapped and backed, cannot be a clock now, in words; empty if it can, but for its rate.
[[nodiscard]] std::string fault_of_content(const mapped_page& page);

}  // namespace guestclock::on_linux
