// SPDX-License-Identifier: BSL-1.0
/// \file tests/spec/points.hpp
/// Recorded points: the inputs at which a law is run again, a line each.
///
///     ID[/initial|/step|/sequence] name=value name=value …
///
/// Values are decimal or 0x-hexadecimal. Lines that begin with # say what the points below them are for.
#pragma once

#include <istream>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "../../spec/laws/native_inputs.hpp"

namespace guestclock::tests {

struct point {
  int line = 0;
  std::string id;
  spec::law_part part = spec::law_part::whole;
  std::map<std::string, exact> inputs;
};

/// Throws std::invalid_argument, with the line's number, for a line that is no point.
std::vector<point> parse_points(std::istream& text);

/// Runs the law at the point. Returns what is wrong, or an empty string: a requirement does not hold or none was
/// reached, an input is missing, has no such value, or is not one of the law's.
std::string replay(const point& at, const std::vector<spec::native_law>& laws);

}  // namespace guestclock::tests
