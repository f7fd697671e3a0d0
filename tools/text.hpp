// SPDX-License-Identifier: BSL-1.0
/// \file text.hpp
/// How values are shown: to a person as labelled lines, to a program as JSON.
#pragma once

#include <guestclock/result.hpp>
#include <guestclock/word.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace guestclock::tools {

using json = nlohmann::ordered_json;

template <class Value> std::optional<Value> known(const result<Value>& found) {
  return found ? std::optional<Value>(*found) : std::nullopt;
}
template <class Value> json or_null(const std::optional<Value>& value) { return value ? json(*value) : json(nullptr); }

/// 1234567 as 1 234 567.
[[nodiscard]] std::string grouped(u64 value);
[[nodiscard]] std::string signed_grouped(i64 value);

/// 90061000000007 as 90061.000000007 s (1 d 01:01:01).
[[nodiscard]] std::string seconds_text(u64 time_ns, std::string_view since = "");
[[nodiscard]] std::string clock_time_text(u64 time_ns);
[[nodiscard]] std::string frequency_text(u64 frequency_hz);
[[nodiscard]] std::string stable_text(bool stable);
[[nodiscard]] std::string stopped_text(bool stopped);
[[nodiscard]] std::string error_bound_text(u64 error_bound_ns);

/// A label, and the value as text makes it; "unknown" where there is none.
template <class Value, class Text>
std::string line(std::string_view label, const std::optional<Value>& value, Text text) {
  return fmt::format("{:<14} {}\n", label, value ? std::string(text(*value)) : std::string("unknown"));
}

/// The error bound of a page that declares it itself, or does not.
[[nodiscard]] std::string declared_bound_line(std::optional<u64> error_bound_ns);

}  // namespace guestclock::tools
