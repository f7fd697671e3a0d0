// SPDX-License-Identifier: BSL-1.0
/// \file props/main.cpp
/// guestclock_props: RapidCheck as an engine of the laws. Draws inputs for every law of the list, and shrinks what fails.
#include <algorithm>
#include <charconv>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "../spec/laws/all.hpp"
#include "../spec/laws/native_inputs.hpp"
#include "sample.hpp"

namespace {

using namespace guestclock;

constexpr const char* usage =
    "guestclock_props [--law ID]… [--runs N] [--seed S] [--no-shrink] [--json F] | --list\n"
    "\n"
    "Tries each law with N drawn inputs (default 10000); shrinks what fails, and says how to replay it. A law fails, "
    "too,\n"
    "if its premises hold in fewer than one run of a hundred: then little was tried. A law about sequences is tried "
    "in\n"
    "three parts: ID/initial, ID/step and ID/sequence. The same seed draws the same inputs; without one, there is a "
    "new\n"
    "one each time, which is printed.\n"
    "\n"
    "--no-shrink reports the first inputs that fail, as they are: quicker, where many fail.\n"
    "\n"
    "Status 0: every law holds; 1: one does not, or was hardly tried; 2: usage or environment.\n";

struct usage_error {
  std::string message;
};

struct options {
  std::vector<std::string> laws;
  int runs = 10000;
  std::uint64_t seed = std::random_device()();
  std::string json;
  bool list = false;
  bool shrinks = true;
};

template <class Number> Number number(std::string_view name, std::string_view text, Number low) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < low)
    throw usage_error{std::string(name) + " " + std::string(text) + " is not a number from " + std::to_string(low)};
  return value;
}

options parse(const std::vector<std::string_view>& arguments) {
  options chosen;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string_view name = arguments[i];
    const auto value = [&] {
      if (i + 1 == arguments.size()) throw usage_error{std::string(name) + " needs a value"};
      return arguments[++i];
    };
    if (name == "--law")
      chosen.laws.emplace_back(value());
    else if (name == "--runs")
      chosen.runs = number<int>(name, value(), 1);
    else if (name == "--seed")
      chosen.seed = number<std::uint64_t>(name, value(), 0);
    else if (name == "--json")
      chosen.json = value();
    else if (name == "--list")
      chosen.list = true;
    else if (name == "--no-shrink")
      chosen.shrinks = false;
    else
      throw usage_error{"argument " + std::string(name) + " is not known; see --help"};
  }
  return chosen;
}

/// The laws that were asked for, all of them if none was; in the list's order.
std::vector<spec::native_law> laws_of(const options& chosen) {
  std::vector<spec::native_law> laws = spec::native_laws_of<law_list<laws::civil_iso_thursday>>();
  for (const std::string& id : chosen.laws)
    if (std::none_of(laws.begin(), laws.end(), [&](const auto& law) { return law.info.id == id; }))
      throw usage_error{"law " + id + " does not exist; --list shows all"};
  if (!chosen.laws.empty())
    std::erase_if(laws, [&](const auto& law) {
      return std::find(chosen.laws.begin(), chosen.laws.end(), law.info.id) == chosen.laws.end();
    });
  return laws;
}

std::vector<spec::law_part> parts_of(const spec::native_law& law) {
  if (law.info.kind != law_kind::trace) return {spec::law_part::whole};
  return {spec::law_part::initial, spec::law_part::step, spec::law_part::sequence};
}

void print(const props::report& report) {
  const std::string& name = report.name;
  switch (report.status) {
    case props::status::held:
      std::printf("held     %s  %d runs, %d with its premises  %.2f s\n", name.c_str(), report.runs, report.reached,
                  report.seconds);
      break;
    case props::status::vacuous:
      std::printf("vacuous  %s   %s\n         its premises held in %d of %d runs; 1 in %d is the least\n", name.c_str(),
                  report.sentence.c_str(), report.reached, report.runs, props::reached_one_in);
      break;
    case props::status::refuted:
      std::printf("refuted  %s   %s\nwitness  %s, in run %d\nreplay   scripts/prove --replay %s %s\n", name.c_str(),
                  report.sentence.c_str(), report.failure.c_str(), report.runs, name.c_str(), report.witness.c_str());
      break;
  }
  std::fflush(stdout);
}

std::string quoted(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  return quoted + '"';
}

std::string json_of(const std::vector<props::report>& reports, std::uint64_t seed) {
  std::string text = "{\"seed\": " + std::to_string(seed) + ", \"laws\": [";
  const char* separator = "\n  ";
  for (const props::report& report : reports) {
    const bool refuted = report.status == props::status::refuted;
    text += separator;
    text += "{\"id\": " + quoted(report.id) + ", \"part\": " + quoted(report.part) +
            ", \"sentence\": " + quoted(report.sentence) + ", \"status\": " + quoted(props::name_of(report.status)) +
            ", \"runs\": " + std::to_string(report.runs) + ", \"reached\": " + std::to_string(report.reached) +
            ", \"required\": " + std::to_string(report.required) + ", \"seconds\": " + std::to_string(report.seconds) +
            ", \"witness\": " + (refuted ? quoted(report.witness) : "null") + "}";
    separator = ",\n  ";
  }
  return text + "\n]}\n";
}

int run(const options& chosen) {
  const std::vector<spec::native_law> laws = laws_of(chosen);
  if (chosen.list) {
    for (const spec::native_law& law : laws) std::printf("%s   %s\n", law.info.id, law.info.sentence);
    return 0;
  }
  std::ofstream json;
  if (!chosen.json.empty()) {
    json.open(chosen.json);  // said before the work, not after
    if (!json) throw usage_error{chosen.json + " cannot be written"};
  }

  std::vector<props::report> reports;
  for (const spec::native_law& law : laws)
    for (const spec::law_part part : parts_of(law)) {
      reports.push_back(props::sample(law, part, chosen.runs, chosen.seed, chosen.shrinks));
      print(reports.back());
    }
  if (json.is_open()) {
    json << json_of(reports, chosen.seed) << std::flush;
    if (!json) throw usage_error{chosen.json + " cannot be written"};
  }

  long long runs = 0;
  for (const props::report& report : reports) runs += report.runs;
  const auto failed = std::count_if(reports.begin(), reports.end(),
                                    [](const auto& each) { return each.status != props::status::held; });
  std::printf("%zu laws, %lld runs, seed %llu: ", laws.size(), runs, static_cast<unsigned long long>(chosen.seed));
  std::printf(failed == 0 ? "all hold\n" : "%lld failed\n", static_cast<long long>(failed));
  return failed == 0 ? 0 : 1;
}

}  // namespace

int main(int count, char** arguments) {
  const std::vector<std::string_view> given(std::next(arguments), std::next(arguments, std::max(count, 1)));
  if (std::find_if(given.begin(), given.end(), [](auto each) { return each == "--help" || each == "-h"; }) !=
      given.end()) {
    std::fputs(usage, stdout);
    return 0;
  }
  try {
    return run(parse(given));
  } catch (const usage_error& error) {
    std::fprintf(stderr, "guestclock_props: %s\n", error.message.c_str());
    return 2;
  }
}
