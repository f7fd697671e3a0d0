// SPDX-License-Identifier: BSL-1.0
/// \file span_text.hpp
/// Spans of time as a person types them.
#pragma once

#include <guestclock/outcome.hpp>
#include <guestclock/word.hpp>

#include <string_view>

namespace guestclock::tools {

/// A decimal number and ns, us, ms, s, min or h behind it; without one of these it is seconds. 0.25, 250ms, 1.5 h.
///   returns  ns; or what is wrong: no such number, not a whole count of ns, or more than 2^64 − 1
[[nodiscard]] outcome<u64> parse_span(std::string_view text);

}  // namespace guestclock::tools
