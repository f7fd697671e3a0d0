// SPDX-License-Identifier: BSL-1.0
/// \file guestclock/whp/real_platform.hpp
/// Windows' own table. There is one on Windows alone (WinHvPlatform.dll, of the feature "Windows Hypervisor Platform").
#pragma once

#include <guestclock/whp/platform_calls.hpp>

namespace guestclock::whp {

[[nodiscard]] platform_calls& real_platform() noexcept;

}  // namespace guestclock::whp
