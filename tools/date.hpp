// SPDX-License-Identifier: BSL-1.0
/// \file date.hpp
/// `guestclock date`: the calendar from the shell, seconds to text and text to seconds.
#pragma once

#include "output.hpp"

#include <guestclock/calendar/parse.hpp>
#include <guestclock/unix_time.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace guestclock::tools {

struct date_options {
  std::optional<std::string> seconds;  ///< S[.ns]; nothing: now, or lines
  bool is_parse = false;               ///< text to seconds
  std::string text;                    ///< what is parsed; empty: lines
  std::optional<std::string> format;   ///< of the text; nothing: RFC 3339
  bool from_stdin = false;
  bool json = false;
};

/// Why there is no answer.
struct date_fault {
  std::string why;                      ///< one line, for a person
  std::optional<std::size_t> position;  ///< of the character that is wrong, from 0
  bool is_usage = false;                ///< it is the call that is wrong, and any other input will fare the same
};

/// A point, or why there is none.
struct date_answer {
  unix_time point;
  std::optional<date_fault> fault;
};

/// What was asked for, of one input: of --unix its number, of --parse its text.
[[nodiscard]] date_answer point_of_seconds(std::string_view text);
[[nodiscard]] date_answer point_of_text(std::string_view text, const std::optional<std::string>& format);

/// S[.ns]: −1.5 is one and a half seconds before 1970. No zeros at the end of the fraction.
void append_seconds(std::string& to, unix_time point);

/// The point's text, after what is there already: RFC 3339 in UTC, or by the format.
[[nodiscard]] std::optional<date_fault> append_text(std::string& to, unix_time point,
                                                    const std::optional<std::string>& format);

[[nodiscard]] exit_status run_date(const date_options& options);

}  // namespace guestclock::tools
