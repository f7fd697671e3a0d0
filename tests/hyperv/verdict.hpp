// SPDX-License-Identifier: BSL-1.0
/// \file verdict.hpp
/// What came over the serial port, as lines, and what is wrong with it.
#pragma once

#include <cstdint>
#include <optional>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

namespace guestclock::tests {

/// The numbers of the first line that matches, in order; nothing where there is no such line.
inline std::optional<std::vector<std::uint64_t>> numbers_of(const std::string& text, const std::string& pattern) {
  std::istringstream lines(text);
  const std::regex whole(pattern);
  for (std::string line; std::getline(lines, line);) {
    std::smatch found;
    if (!std::regex_match(line, found, whole)) continue;
    std::vector<std::uint64_t> numbers;
    for (std::size_t group = 1; group < found.size(); ++group) numbers.push_back(std::stoull(found[group].str()));
    return numbers;
  }
  return std::nullopt;
}

/// A line of the table that there must be.
struct wanted_route {
  std::string route;
  std::uint64_t pages_read_min;
  std::uint64_t updates_seen_min;
};

/// What is wrong with a route: missing, too few, or figures other than 0 where nothing else will do.
inline std::string complaint_about(const std::string& text, const wanted_route& wanted) {
  const auto row = numbers_of(text, "vm-table \\| " + wanted.route +
                                        " *\\| pages read +(\\d+) \\| updates seen +(\\d+) \\| torn accepted (\\d+) "
                                        "\\| worst difference +(\\d+) ns.*");
  const std::string name = "route '" + wanted.route + "': ";
  if (!row) return name + "its line is missing";
  if ((*row)[0] < wanted.pages_read_min) return name + std::to_string((*row)[0]) + " pages read";
  if ((*row)[1] < wanted.updates_seen_min) return name + std::to_string((*row)[1]) + " updates seen";
  if ((*row)[2] != 0) return name + std::to_string((*row)[2]) + " torn accepted";
  if ((*row)[3] != 0) return name + "off by " + std::to_string((*row)[3]) + " ns";
  return {};
}

/// A line with figures of its own, and what they have to be.
struct wanted_line {
  std::string pattern;
  bool (*holds)(const std::vector<std::uint64_t>&);
};
inline std::string complaint_about(const std::string& text, const wanted_line& wanted) {
  const auto numbers = numbers_of(text, wanted.pattern);
  if (!numbers) return "no line is '" + wanted.pattern + "'";
  if (wanted.holds(*numbers)) return {};
  std::string seen;
  for (const std::uint64_t number : *numbers) seen += " " + std::to_string(number);
  return "'" + wanted.pattern + "' has" + seen;
}

/// All that one boot has to show.
struct wanted_results {
  std::vector<wanted_route> routes;
  std::vector<wanted_line> lines;
};
inline std::vector<std::string> complaints(const std::string& text, const wanted_results& wanted) {
  std::vector<std::string> all;
  const auto note = [&all](std::string complaint) {
    if (!complaint.empty()) all.push_back(std::move(complaint));
  };
  for (const wanted_route& each : wanted.routes) note(complaint_about(text, each));
  for (const wanted_line& each : wanted.lines) note(complaint_about(text, each));
  return all;
}

/// A page that was dumped, as hexadecimal text.
inline std::string dumped_page(const std::string& text, const std::string& name) {
  const std::string head = "hyperv-dump | " + name + " | ";
  std::istringstream lines(text);
  std::string page;
  for (std::string line; std::getline(lines, line);)
    if (line.rfind(head, 0) == 0) page += line.substr(head.size()) + "\n";
  return page;
}

}  // namespace guestclock::tests
