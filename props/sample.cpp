// SPDX-License-Identifier: BSL-1.0
#include "sample.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <exception>
#include <optional>
#include <utility>
#include <vector>

#include <unistd.h>

#include <rapidcheck.h>
#include <rapidcheck/detail/TestListener.h>

#include "choice.hpp"

namespace guestclock::props {

namespace {

/// Where to look, and how far from there: mostly near, sometimes anywhere. Both shrink towards 0.
rc::Gen<spec::choice> choices_of(rc::Gen<std::uint8_t> kind) {
  const auto near = rc::gen::inRange<std::uint64_t>(0, 1024);
  const auto far = rc::gen::arbitrary<std::uint64_t>();
  return rc::gen::map(rc::gen::pair(std::move(kind), rc::gen::weightedOneOf<std::uint64_t>({{2, near}, {1, far}})),
                      [](const std::pair<std::uint8_t, std::uint64_t>& drawn) {
                        return spec::choice{drawn.first, drawn.second};
                      });
}
rc::Gen<std::uint8_t> any_kind() { return rc::gen::inRange<std::uint8_t>(0, spec::choice::kind_count); }

class rapidcheck_source : public spec::source {
 public:
  explicit rapidcheck_source(spec::law_part part) : in_sequence_(part == spec::law_part::sequence) {}

  std::uint64_t draw(const spec::draw_request& request) override {
    static const rc::Gen<spec::choice> anywhere = choices_of(any_kind());
    // Long sequences are those whose steps are small: near the low end, which is often where the last step led.
    static const rc::Gen<spec::choice> small_steps =
        choices_of(rc::gen::weightedOneOf<std::uint8_t>({{7, rc::gen::just<std::uint8_t>(1)}, {1, any_kind()}}));
    // One of a few alternatives: the first as often as all others together, so that several in a row may be it.
    static const rc::Gen<spec::choice> alternative =
        rc::gen::map(rc::gen::weightedOneOf<std::uint64_t>(
                         {{1, rc::gen::just<std::uint64_t>(0)}, {1, rc::gen::inRange<std::uint64_t>(0, few)}}),
                     [](std::uint64_t amount) {
                       return spec::choice{1, amount};
                     });
    const spec::word_range range{request.low, request.high, request.bits};
    const bool has_few = range.distance(range.high) < few;
    const bool is_step = in_sequence_ && request.name != "steps";
    const spec::choice chosen = has_few ? *alternative : is_step ? *small_steps : *anywhere;
    const std::uint64_t value = spec::value_of(chosen, range, earlier_);
    earlier_.remember(value);
    return value;
  }

 private:
  static constexpr std::uint64_t few = 32;
  bool in_sequence_;
  spec::earlier_values earlier_;
};

/// A value that was drawn, and from where.
struct draw {
  std::string name;
  spec::word_range range;
  bool is_signed;
  std::uint64_t value;

  /// Values shrink towards 0, or towards the low end of a range that lacks it.
  [[nodiscard]] std::uint64_t origin() const { return range.contains(0) ? 0 : range.low; }
  [[nodiscard]] bool is_negative() const { return is_signed && (value >> (range.bits - 1) & 1) != 0; }
  [[nodiscard]] std::uint64_t size() const {
    return (is_negative() ? origin() - value : value - origin()) & range.mask();
  }
  void resize(std::uint64_t size) { value = (is_negative() ? origin() - size : origin() + size) & range.mask(); }

  [[nodiscard]] exact number() const {
    return exact(value) - (is_negative() ? exact::power_of_two(range.bits) : exact(0));
  }
};

/// Remembers the draws, also those of a run that an exception cuts short.
class remembering_source : public spec::source {
 public:
  explicit remembering_source(spec::source& from) : from_(from) {}
  std::uint64_t draw(const spec::draw_request& request) override {
    const std::uint64_t value = from_.draw(request);
    draws.push_back({request.name, {request.low, request.high, request.bits}, request.is_signed, value});
    return value;
  }
  std::vector<props::draw> draws;

 private:
  spec::source& from_;
};

/// The values of earlier draws, as far as they go and their ranges still have them.
class repeating_source : public spec::source {
 public:
  explicit repeating_source(const std::vector<props::draw>& draws) : draws_(draws) {}
  std::uint64_t draw(const spec::draw_request& request) override {
    const std::uint64_t value = next_ < draws_.size() ? draws_[next_++].value : 0;
    return spec::word_range{request.low, request.high, request.bits}.nearest(value);
  }

 private:
  const std::vector<props::draw>& draws_;
  std::size_t next_ = 0;
};

const char* name_of(spec::law_part part) {
  switch (part) {
    case spec::law_part::whole: return "whole";
    case spec::law_part::initial: return "initial";
    case spec::law_part::step: return "step";
    case spec::law_part::sequence: return "sequence";
  }
  return "";
}

/// A run that does not end cannot be refuted from within: after a minute this ends the process, with the answer no.
class watchdog {
 public:
  explicit watchdog(const report& about) {
    std::snprintf(message_, sizeof message_, "refuted  %s   %s\nwitness  a run of it does not end\n",
                  about.name.c_str(), about.sentence.c_str());
    std::signal(SIGALRM, [](int) {
      if (write(STDOUT_FILENO, message_, std::strlen(message_)) < 0) _exit(2);
      _exit(1);
    });
  }
  watchdog(const watchdog&) = delete;
  watchdog& operator=(const watchdog&) = delete;
  ~watchdog() { alarm(0); }
  static void run_begins() { alarm(60); }

 private:
  inline static char message_[1024]{};
};

/// How one run went.
struct run {
  std::vector<draw> draws;
  bool reached = false;      // a requirement
  std::size_t required = 0;  // how often
  std::string failure;       // or empty

  run(const spec::native_law& law, spec::law_part part, spec::source& from) {
    remembering_source source(from);
    watchdog::run_begins();
    try {
      const spec::outcome outcome = law.run(source, part, spec::sequence_length_max);
      required = outcome.required_lines.size();
      // A sequence begins with a requirement that has no premise: what counts is whether it made a step.
      reached = required > (part == spec::law_part::sequence ? 1U : 0U);
      if (outcome.failed()) failure = "line " + std::to_string(outcome.failed_line) + " of its text does not hold";
    } catch (const std::exception& exception) {
      failure = std::string("it throws: ") + exception.what();
    }
    draws = std::move(source.draws);
  }
};

/// RapidCheck shrinks how values were chosen; this the values themselves, one after the other.
class value_shrinker {
 public:
  value_shrinker(const spec::native_law& law, spec::law_part part, run failed)
      : law_(law), part_(part), least_(std::move(failed)) {}

  run least() {
    while (sweep()) {}
    return std::move(least_);
  }

 private:
  /// Makes each value as small as may be. Says whether any became smaller.
  bool sweep() {
    bool any = false;
    for (std::size_t i = 0; i < least_.draws.size(); ++i)
      for (std::uint64_t step = least_.draws[i].size(); step != 0;) {
        std::vector<draw> smaller = least_.draws;
        smaller[i].resize(smaller[i].size() - step);
        const bool fails = still_fails(smaller);
        any |= fails;
        if (i >= least_.draws.size()) break;
        step = fails ? std::min(step, least_.draws[i].size()) : step / 2;
      }
    return any;
  }
  bool still_fails(const std::vector<draw>& draws) {
    if (++attempts_ > attempts_max) return false;
    repeating_source source(draws);
    run attempt(law_, part_, source);
    if (attempt.failure.empty()) return false;
    least_ = std::move(attempt);
    return true;
  }

  static constexpr int attempts_max = 5'000;
  const spec::native_law& law_;
  spec::law_part part_;
  run least_;
  int attempts_ = 0;
};

std::string replay_arguments(const std::vector<draw>& draws) {
  spec::outcome outcome;
  for (const draw& each : draws) outcome.inputs.push_back({each.name, each.number()});
  return outcome.replay_arguments();
}

/// RapidCheck's own listener prints; what is to be said is in the report.
struct silent_listener : rc::detail::TestListener {
  void onTestCaseFinished(const rc::detail::CaseDescription&) override {}
  void onShrinkTried(const rc::detail::CaseDescription&, bool) override {}
  void onTestFinished(const rc::detail::TestMetadata&, const rc::detail::TestResult&) override {}
};

}  // namespace

const char* name_of(status status) {
  switch (status) {
    case status::held: return "held";
    case status::vacuous: return "vacuous";
    case status::refuted: return "refuted";
  }
  return "";
}

report sample(const spec::native_law& law, spec::law_part part, int runs, std::uint64_t seed, bool shrinks) {
  report so_far;
  so_far.id = law.info.id;
  so_far.part = name_of(part);
  so_far.name = so_far.id + (part == spec::law_part::whole ? "" : "/" + so_far.part);
  so_far.sentence = law.info.sentence;

  const watchdog watchdog(so_far);
  const auto start = std::chrono::steady_clock::now();
  std::optional<run> failed;  // RapidCheck tries ever smaller ones, so that the last is the least
  const auto holds = [&] {
    rapidcheck_source source(part);
    run each(law, part, source);
    if (!failed) {
      ++so_far.runs;
      if (each.reached) ++so_far.reached;
      so_far.required += each.required;
    }
    const bool held = each.failure.empty();
    if (!held) failed = std::move(each);
    return held;
  };
  rc::detail::TestParams parameters;
  parameters.seed = seed;
  parameters.maxSuccess = runs;
  parameters.disableShrinking = !shrinks;
  silent_listener listener;
  rc::detail::checkProperty(rc::detail::toProperty([&] { RC_ASSERT(holds()); }), {so_far.name, so_far.name}, parameters,
                            listener, {});
  if (failed) {
    const run least = shrinks ? value_shrinker(law, part, std::move(*failed)).least() : std::move(*failed);
    so_far.status = status::refuted;
    so_far.witness = replay_arguments(least.draws);
    so_far.failure = least.failure;
  } else if (so_far.reached * static_cast<long long>(reached_one_in) < so_far.runs) {
    so_far.status = status::vacuous;
  }
  so_far.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return so_far;
}

}  // namespace guestclock::props
