// SPDX-License-Identifier: BSL-1.0
/// \file vmclock_text.hpp
/// A vmclock page for a person: what its fields mean, and which of the world's clocks its time is.
#pragma once

#include "text.hpp"

#include <guestclock/vmclock.hpp>

#include <string>
#include <vector>

namespace guestclock::tools {

/// A field's name, value and meaning.
struct field_text {
  std::string_view name;
  std::string value;
  std::string meaning;
};

[[nodiscard]] vmclock_snapshot snapshot_of(const vmclock_abi& page);

/// All of the structure's fields, in its order.
[[nodiscard]] std::vector<field_text> vmclock_fields(const vmclock_abi& page);

/// The time as labelled lines: on which scale, and in UTC, where that is claimed.
[[nodiscard]] std::string vmclock_time_lines(const vmclock_reading& seen, u64 time_ns);

}  // namespace guestclock::tools
