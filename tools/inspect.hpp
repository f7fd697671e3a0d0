// SPDX-License-Identifier: BSL-1.0
/// \file inspect.hpp
/// `guestclock inspect`: what a page says, field by field, whether it can be a clock, and what time it tells.
#pragma once

#include "output.hpp"
#include "page_bytes.hpp"

#include <optional>
#include <string>

namespace guestclock::tools {

struct inspect_options {
  std::string source;             ///< a file, "-" or "live"
  std::optional<page_kind> kind;  ///< as what to read it; if not given, that is found out
  std::optional<u64> tsc;         ///< the counter whose time is wanted
  bool json = false;
};

/// A page, and a counter to ask it about.
struct inspected_page {
  std::string source;            ///< where it is from, for a person
  std::string remark;            ///< what else there is to know about that; empty if nothing
  std::optional<any_page> page;  ///< nothing: it could not be had, for this reason
  clock_error why{};
  std::size_t size{};  ///< bytes from the page's beginning on, the page and what follows
  u64 counter{};
  std::string counter_source;
};

/// What there is to tell; nothing where it is unknown.
struct inspect_report {
  std::optional<page_kind> kind;
  bool valid = false;              ///< the page alone can be a clock
  std::optional<clock_error> why;  ///< why there is no time
  std::optional<u64> frequency_hz;
  std::optional<u64> time_ns;  ///< at the counter
  std::optional<bool> clamped;
  std::optional<bool> stable;
  std::optional<u64> error_bound_ns;
};

[[nodiscard]] inspect_report judge(const inspected_page& seen, std::optional<page_kind> kind);

/// The page as a reader of it would be given it.
[[nodiscard]] mapped_page mapped(const inspected_page& seen);

/// The report as one JSON object, every key present, and as lines for a person.
[[nodiscard]] std::string to_json(const inspected_page& seen, const inspect_report& report);
[[nodiscard]] std::string to_lines(const inspected_page& seen, const inspect_report& report);

[[nodiscard]] exit_status run_inspect(const inspect_options& options);

}  // namespace guestclock::tools
