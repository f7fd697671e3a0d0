// SPDX-License-Identifier: BSL-1.0
/// \file tests/cosim/main.cpp
/// Co-simulation: every operation of the words, on machine words and on the prover's, over the same inputs.
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <deque>
#include <exception>
#include <iterator>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "comparison.hpp"
#include "inputs.hpp"

namespace guestclock::cosim {
namespace {

const char* const usage =
    "cosim [--runs N] [--seed S] [--jobs J] [--operation NAME] | --list\n"
    "\n"
    "Runs every operation of guestclock/word.hpp on machine words, on symbolic words that hold machine values, and on\n"
    "symbolic words that hold terms, and compares values and obligations: over all edges, and over N random inputs\n"
    "for each (default 1000000). NAME is a name or a signature, as --list prints them.\n"
    "Status 0: they agree; 1: they do not; 2: usage or environment.\n";

struct settings {
  std::uint64_t runs = 1'000'000;
  std::uint64_t seed = 1;
  std::uint64_t jobs = std::max(1U, std::thread::hardware_concurrency());
  std::string operation;
  bool lists = false;
};

/// A part of one operation's runs, in a process of its own: terms are never given back, and end with it.
struct portion {
  std::size_t operation;
  std::uint64_t seed;
  std::uint64_t runs;
  bool has_edges;
};
constexpr std::uint64_t portion_max = 250'000;

/// What a portion found; fixed size, as it comes through a pipe.
struct finding {
  std::uint64_t runs = 0, edges = 0, mismatches = 0;
  char first[400] = "";
};

std::string inputs_of(const native_operation& operation, const arguments& given) {
  std::string text;
  for (std::size_t i = 0; i < operation.parameters.size(); ++i) {
    const exact value =
        operation.parameters[i].is_signed ? exact(static_cast<std::int64_t>(given[i])) : exact(given[i]);
    text += std::string(i == 0 ? "" : " ") + static_cast<char>('a' + i) + "=" + value.to_string();
  }
  return text;
}

finding found_in(const portion& part) {
  const native_operation& native = native_operations()[part.operation];
  comparison words(native, symbolic_operations()[part.operation]);
  inputs drawn(native.parameters, part.seed);
  finding found;
  const auto look = [&](const arguments& given, bool thoroughly) {
    ++found.runs;
    std::string wrong;
    try {
      wrong = words.compare(given, thoroughly);
    } catch (const std::exception& e) {
      wrong = e.what();
    }
    if (wrong.empty() || found.mismatches++ != 0) return;
    std::snprintf(found.first, sizeof found.first, "%s: %s", inputs_of(native, given).c_str(), wrong.c_str());
  };
  if (part.has_edges)
    for (const arguments& given : drawn.edges()) look(given, true);
  found.edges = found.runs;
  if (native.parameters.empty()) return found;
  for (std::uint64_t i = 0; i < part.runs; ++i) look(drawn.next(), i % 256 == 0);
  return found;
}

struct worker {
  portion part;
  pid_t process;
  int pipe;
};

[[noreturn]] void give_up(const char* what) {
  std::fprintf(stderr, "cosim: %s: %s\n", what, std::strerror(errno));
  std::exit(2);
}

worker start(const portion& part) {
  int ends[2];
  if (::pipe(ends) != 0) give_up("cannot make a pipe");
  std::fflush(nullptr);
  const pid_t process = ::fork();
  if (process < 0) give_up("cannot start a process");
  if (process == 0) {
    ::close(ends[0]);
    const finding found = found_in(part);
    ::_exit(::write(ends[1], &found, sizeof found) == static_cast<ssize_t>(sizeof found) ? 0 : 2);
  }
  ::close(ends[1]);
  return {part, process, ends[0]};
}

finding finish(const worker& w) {
  finding found;
  const bool whole_finding = ::read(w.pipe, &found, sizeof found) == static_cast<ssize_t>(sizeof found);
  ::close(w.pipe);
  int how = 0;
  ::waitpid(w.process, &how, 0);
  if (whole_finding && how == 0) return found;
  found = {};
  found.mismatches = 1;
  std::snprintf(found.first, sizeof found.first, "its process ended early, with status %d", how);
  return found;
}

int run(const settings& wanted) {
  const auto& natives = native_operations();
  std::vector<std::size_t> chosen;
  for (std::size_t i = 0; i < natives.size(); ++i)
    if (wanted.operation.empty() || wanted.operation == natives[i].name || wanted.operation == natives[i].signature())
      chosen.push_back(i);
  if (chosen.empty()) {
    std::fprintf(stderr, "cosim: no operation is called %s; --list prints them\n", wanted.operation.c_str());
    return 2;
  }
  if (wanted.lists) {
    for (const std::size_t i : chosen) std::printf("%s\t%s\n", natives[i].signature().c_str(), natives[i].text);
    return 0;
  }

  std::deque<portion> waiting;
  for (const std::size_t i : chosen)
    for (std::uint64_t begun = 0; begun == 0 || begun < wanted.runs; begun += portion_max)
      waiting.push_back(
          {i, wanted.seed + begun * 0x9E37'79B9 + i, std::min(portion_max, wanted.runs - begun), begun == 0});
  std::deque<worker> running;
  finding total;
  finding sum;
  while (!waiting.empty() || !running.empty()) {
    for (; running.size() < wanted.jobs && !waiting.empty(); waiting.pop_front())
      running.push_back(start(waiting.front()));
    const worker oldest = running.front();
    running.pop_front();
    const finding found = finish(oldest);
    if (sum.mismatches == 0) std::memcpy(sum.first, found.first, sizeof sum.first);
    sum.runs += found.runs;
    sum.edges += found.edges;
    sum.mismatches += found.mismatches;
    const std::size_t i = oldest.part.operation;
    const std::size_t next = !running.empty()   ? running.front().part.operation
                             : !waiting.empty() ? waiting.front().operation
                                                : natives.size();
    if (next == i) continue;
    std::printf("%-42s %9llu runs, %6llu edges, %llu mismatches\n", natives[i].signature().c_str(),
                static_cast<unsigned long long>(sum.runs), static_cast<unsigned long long>(sum.edges),
                static_cast<unsigned long long>(sum.mismatches));
    if (sum.mismatches != 0) std::printf("    %s, with %s\n", natives[i].text, sum.first);
    total.runs += sum.runs;
    total.edges += sum.edges;
    total.mismatches += sum.mismatches;
    sum = {};
  }
  std::printf("%zu operations: %llu runs, %llu of them edges, %llu mismatches\n", chosen.size(),
              static_cast<unsigned long long>(total.runs), static_cast<unsigned long long>(total.edges),
              static_cast<unsigned long long>(total.mismatches));
  return total.mismatches == 0 ? 0 : 1;
}

bool parse(int count, char** given, settings& wanted) {
  for (int i = 1; i < count; ++i) {
    const std::string_view name = given[i];
    if (name == "--list") {
      wanted.lists = true;
      continue;
    }
    if (++i == count) return false;
    const std::string_view value = given[i];
    if (name == "--operation") {
      wanted.operation = value;
      continue;
    }
    std::uint64_t* const number = name == "--runs"   ? &wanted.runs
                                  : name == "--seed" ? &wanted.seed
                                  : name == "--jobs" ? &wanted.jobs
                                                     : nullptr;
    if (number == nullptr) return false;
    const auto [end, error] = std::from_chars(value.begin(), value.end(), *number);
    if (error != std::errc{} || end != value.end() || wanted.jobs == 0) return false;
  }
  return true;
}

/// Both tables are of one text; should they ever not be, nothing below would mean anything.
bool tables_agree() {
  const auto& natives = native_operations();
  const auto& symbolics = symbolic_operations();
  return std::equal(natives.begin(), natives.end(), symbolics.begin(), symbolics.end(),
                    [](const auto& a, const auto& b) {
                      return std::string_view(a.name) == b.name && std::string_view(a.text) == b.text;
                    });
}

}  // namespace
}  // namespace guestclock::cosim

int main(int count, char** given) {
  using namespace guestclock::cosim;
  settings wanted;
  if (count == 2 && std::string_view(given[1]) == "--help") {
    std::fputs(usage, stdout);
    return 0;
  }
  if (!parse(count, given, wanted)) {
    std::fputs(usage, stderr);
    return 2;
  }
  if (!tables_agree()) {
    std::fputs("cosim: the two tables of operations differ\n", stderr);
    return 2;
  }
  return run(wanted);
}
