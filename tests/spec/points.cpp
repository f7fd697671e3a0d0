// SPDX-License-Identifier: BSL-1.0
#include "points.hpp"

#include <algorithm>
#include <sstream>

namespace guestclock::tests {

namespace {

spec::law_part part_of(const std::string& name) {
  if (name == "initial") return spec::law_part::initial;
  if (name == "step") return spec::law_part::step;
  if (name == "sequence") return spec::law_part::sequence;
  throw std::invalid_argument("there is no part " + name);
}

point parse_point(const std::string& line) {
  std::istringstream words(line);
  point parsed;
  words >> parsed.id;
  if (const std::size_t slash = parsed.id.find('/'); slash != std::string::npos) {
    parsed.part = part_of(parsed.id.substr(slash + 1));
    parsed.id.resize(slash);
  }
  for (std::string input; words >> input;) {
    const std::size_t equals = input.find('=');
    if (equals == std::string::npos) throw std::invalid_argument(input + " is not name=value");
    const bool is_new = parsed.inputs.emplace(input.substr(0, equals), exact::parse(input.substr(equals + 1))).second;
    if (!is_new) throw std::invalid_argument(input.substr(0, equals) + " is given twice");
  }
  return parsed;
}

/// The values of a point, by name.
class point_source : public spec::source {
 public:
  explicit point_source(const point& at) : at_(at) {}

  std::uint64_t draw(const spec::draw_request& request) override {
    const auto found = at_.inputs.find(request.name);
    if (found == at_.inputs.end()) throw std::invalid_argument("input " + request.name + " is missing");
    used_.insert(request.name);
    const exact modulus = exact::power_of_two(request.bits);
    const exact low = value_of(request.low, request);
    const exact high = value_of(request.high, request);
    if (found->second < low || high < found->second)
      throw std::invalid_argument("input " + request.name + " is not in [" + low.to_string() + ", " + high.to_string() +
                                  "]");
    return floor_mod(found->second, modulus).to<std::uint64_t>();
  }
  [[nodiscard]] std::string unused() const {
    for (const auto& [name, value] : at_.inputs)
      if (!used_.contains(name)) return name;
    return "";
  }

 private:
  static exact value_of(std::uint64_t bits, const spec::draw_request& request) {
    const exact word = floor_mod(exact(bits), exact::power_of_two(request.bits));
    const bool negative = request.is_signed && (bits >> (request.bits - 1) & 1) != 0;
    return negative ? word - exact::power_of_two(request.bits) : word;
  }

  const point& at_;
  std::set<std::string> used_;
};

}  // namespace

std::vector<point> parse_points(std::istream& text) {
  std::vector<point> points;
  int number = 0;
  for (std::string line; std::getline(text, line);) {
    ++number;
    if (line.empty() || line.starts_with('#')) continue;
    try {
      points.push_back(parse_point(line));
    } catch (const std::exception& error) {
      throw std::invalid_argument("line " + std::to_string(number) + ": " + error.what());
    }
    points.back().line = number;
  }
  return points;
}

std::string replay(const point& at, const std::vector<spec::native_law>& laws) {
  const auto law = std::find_if(laws.begin(), laws.end(), [&](const auto& each) { return each.info.id == at.id; });
  if (law == laws.end()) return "there is no law " + at.id;
  if ((law->info.kind == law_kind::trace) != (at.part != spec::law_part::whole))
    return at.part == spec::law_part::whole ? at.id + " needs a part: /initial, /step or /sequence"
                                            : at.id + " has no parts";
  point_source source(at);
  try {
    const spec::outcome outcome = law->run(source, at.part, spec::sequence_length_max);
    if (outcome.failed())
      return "requirement in line " + std::to_string(outcome.failed_line) + " of the law does not hold";
    if (outcome.required_lines.empty())
      return "no requirement is reached: the premise in line " + std::to_string(outcome.assumed_line) +
             " of the law does not hold";
  } catch (const std::exception& error) {
    return error.what();
  }
  if (!source.unused().empty()) return "the law has no input " + source.unused();
  return "";
}

}  // namespace guestclock::tests
