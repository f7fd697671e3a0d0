// SPDX-License-Identifier: BSL-1.0
/// \file guestclock/linux/kernel_clock.hpp
/// Which clock source the kernel itself tells the time by, and which it could. Whatever it is, a page that the host
/// gives can be read; but a page that the kernel does not use may not be mapped (Hyper-V's), and OS clocks that run by
/// the page cannot differ from it in rate.
#pragma once

#include <guestclock/outcome.hpp>

#include <string>
#include <vector>

namespace guestclock::on_linux {

/// Where the kernel says so.
///   source   Linux, Documentation/ABI/testing/sysfs-devices-system-clocksource
inline constexpr const char* clock_source_folder = "/sys/devices/system/clocksource/clocksource0";

/// The clock source in use: tsc, kvm-clock, hyperv_clocksource_tsc_page, xen, acpi_pm, …
///   ensures  not empty, printable ASCII without spaces; no descriptor is left open
[[nodiscard]] outcome<std::string> current_clock_source(const std::string& folder = clock_source_folder);

/// Those that the kernel could use, the best first.
///   ensures  at least one, each as above
[[nodiscard]] outcome<std::vector<std::string>> available_clock_sources(
    const std::string& folder = clock_source_folder);

}  // namespace guestclock::on_linux
