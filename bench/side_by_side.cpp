// SPDX-License-Identifier: BSL-1.0
#include "side_by_side.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <regex>

#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <unistd.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace guestclock::bench {
namespace {

/// The one in the middle, or a quarter below or above it.
double quantile(std::vector<double> values, double part) {
  const auto place = static_cast<std::ptrdiff_t>(static_cast<double>(values.size() - 1) * part + 0.5);
  std::nth_element(values.begin(), values.begin() + place, values.end());
  return values[static_cast<std::size_t>(place)];
}

double seconds_of(const std::function<void(std::size_t, std::size_t)>& run, std::size_t begin, std::size_t end) {
  const auto start = std::chrono::steady_clock::now();
  run(begin, end);
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// A block of ours and one of the peer's in turn, now one first and now the other.
void take_turns(benchmark::State& state, const comparison& pair, outcome& found) {
  std::vector<double> ours, peer, ratios;
  std::size_t begin = 0;
  bool ours_first = true;
  for ([[maybe_unused]] auto _ : state) {
    const std::size_t end = std::min(begin + pair.block, pair.count);
    const auto per_input = 1e9 / static_cast<double>(end - begin);
    double our_seconds = 0, peer_seconds = 0;
    if (ours_first) our_seconds = seconds_of(pair.run_ours, begin, end);
    peer_seconds = seconds_of(pair.run_peer, begin, end);
    if (!ours_first) our_seconds = seconds_of(pair.run_ours, begin, end);
    ours.push_back(our_seconds * per_input);
    peer.push_back(peer_seconds * per_input);
    ratios.push_back(our_seconds / peer_seconds);
    state.SetIterationTime(our_seconds + peer_seconds);
    begin = end == pair.count ? 0 : end;
    if (begin == 0) ours_first = !ours_first;
  }
  found.ours_ns = quantile(ours, 0.5);
  found.peer_ns = quantile(peer, 0.5);
  found.ratio = found.ours_ns / found.peer_ns;
  found.spread = (quantile(ratios, 0.75) - quantile(ratios, 0.25)) / quantile(ratios, 0.5);
}

/// Prints a line for each comparison as soon as it is there, in place of Google Benchmark's own.
class line_reporter final : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context& /*context*/) override { return true; }
  void ReportRuns(const std::vector<Run>& /*runs*/) override {}
};

void print_line(const comparison& pair, const outcome& found) {
  if (pair.skipped) {
    fmt::print("{:<26} {:<26} skipped: {}\n", pair.ours, pair.peer, *pair.skipped);
  } else {
    fmt::print("{:<26} {:<26} {:>8.2f} ns {:>8.2f} ns {:>7.3f} ± {:>5.1f} % {:>7.1f} x\n", pair.ours, pair.peer,
               found.ours_ns, found.peer_ns, found.ratio, 50 * found.spread, 1 / found.ratio);
  }
  std::fflush(stdout);
}

nlohmann::ordered_json json_of(const comparison& pair, const outcome& found) {
  nlohmann::ordered_json line{{"ours", pair.ours}, {"peer", pair.peer}};
  const bool measured = !pair.skipped.has_value();
  line["ratio"] = measured ? nlohmann::ordered_json(found.ratio) : nlohmann::ordered_json(nullptr);
  line["spread"] = measured ? nlohmann::ordered_json(found.spread) : nlohmann::ordered_json(nullptr);
  line["skipped"] = measured ? nlohmann::ordered_json(nullptr) : nlohmann::ordered_json(*pair.skipped);
  return line;
}

struct options {
  std::string json;
  std::string filter;
  bool quick = false;
  bool list = false;
};

/// Measures a comparison whose results agree. Returns whether they do.
bool measure(comparison& pair, outcome& found, const options& wanted) {
  for (std::size_t begin = 0; begin < pair.count; begin += pair.block) {
    const std::size_t end = std::min(begin + pair.block, pair.count);
    if (const auto input = pair.difference(begin, end)) {
      pair.skipped = fmt::format("the results differ for input {} of {}", *input, pair.count);
      return false;
    }
  }
  benchmark::ClearRegisteredBenchmarks();
  benchmark::RegisterBenchmark(pair.name().c_str(), [&](benchmark::State& state) { take_turns(state, pair, found); })
      ->UseManualTime()
      ->MinTime(wanted.quick ? 0.02 : 1.0);
  line_reporter quiet;
  benchmark::RunSpecifiedBenchmarks(&quiet, std::string("."));
  return true;
}

}  // namespace

int main_of(int argc, char** argv, const std::function<void(std::vector<comparison>&)>& add) {
  options wanted;
  CLI::App app{
      "Times this library side by side with its peers: in one process, blocks of both in turns, results compared "
      "first.\n"
      "The ratio is the time of ours / the time of the peer, of the medians of all blocks; behind it stands how far "
      "the\n"
      "middle half of the ratios reaches to either side, and how many times faster ours is. Status 1: results differ.",
      "scripts/bench"};
  app.add_option("--json", wanted.json, "write the ratios to this file as JSON")->type_name("F");
  app.add_option("--filter", wanted.filter, "only comparisons whose `ours / peer` this regular expression finds")
      ->type_name("RE");
  app.add_flag("--quick", wanted.quick, "a fiftieth of the time: for a look, not for figures");
  app.add_flag("--list", wanted.list, "only list the comparisons");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }

  unsetenv("TZ");  // the C library's functions are slower with one, those of UTC, too
  std::vector<comparison> comparisons;
  add(comparisons);
  try {
    const std::regex filter(wanted.filter);
    std::erase_if(comparisons, [&](const comparison& pair) { return !std::regex_search(pair.name(), filter); });
  } catch (const std::regex_error&) {
    fmt::print(stderr, "bench: --filter {} is not a regular expression\n", wanted.filter);
    return 2;
  }
  if (comparisons.empty()) {
    fmt::print(stderr, "bench: no comparison is called {}; --list shows them\n", wanted.filter);
    return 2;
  }
  if (wanted.list) {
    for (const comparison& pair : comparisons) fmt::print("{}\n", pair.name());
    return 0;
  }

  std::ofstream file;
  if (!wanted.json.empty()) {
    file.open(wanted.json);
    if (!file) {
      fmt::print(stderr, "bench: {} cannot be written\n", wanted.json);
      return 2;
    }
  }
  nlohmann::ordered_json lines = nlohmann::ordered_json::array();
  bool agree = true;
  const bool terminal = isatty(2) != 0;
  fmt::print("{:<26} {:<26} {:>11} {:>11} {:>7} {:>9} {:>9}\n", "ours", "peer", "ours", "peer", "ratio", "spread",
             "faster");
  for (std::size_t i = 0; i < comparisons.size(); ++i) {
    comparison& pair = comparisons[i];
    if (terminal) fmt::print(stderr, "\r\033[K{}/{} {}\r", i + 1, comparisons.size(), pair.name());
    outcome found;
    const bool expected_absent = pair.skipped.has_value();
    if (!expected_absent && !measure(pair, found, wanted)) {
      agree = false;
      if (terminal) fmt::print(stderr, "\033[K");
      fmt::print(stderr, "bench: {}: {}\n", pair.name(), *pair.skipped);
    }
    if (terminal) fmt::print(stderr, "\033[K");
    print_line(pair, found);
    lines.push_back(json_of(pair, found));
  }
  if (file.is_open()) {
    file << nlohmann::ordered_json{{"comparisons", lines}}.dump(2) << '\n';
    file.close();
    if (!file) {
      fmt::print(stderr, "bench: {} cannot be written\n", wanted.json);
      return 2;
    }
  }
  return agree ? 0 : 1;
}

}  // namespace guestclock::bench
