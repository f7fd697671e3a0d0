// SPDX-License-Identifier: BSL-1.0
#include "comparison.hpp"

#include <csetjmp>
#include <stdexcept>

#include "../../spec/prove/path.hpp"

namespace guestclock::cosim {
namespace {

/// Answers symbolic words while one operation runs.
struct answering {
  prove::evaluator value;
  symbolic_run& run;

  void note(question::kind what, prove::term asked, std::uint64_t answer) {
    if (!run.is_defined) return;
    run.questions.push_back({what, asked, answer});
    if (what == question::kind::obligation) run.is_defined = answer != 0;
  }
};
answering* current = nullptr;

// A jump, as no exception leaves the core's functions. What it leaves has no destructors: words, and functions of them.
std::jmp_buf refused;
bool computes(const symbolic_operation& operation, const operands& given, symbolic_results& results) {
  if (setjmp(refused) != 0) return false;  // NOLINT(cert-err52-cpp)
  operation.compute(given, results);
  return true;
}

}  // namespace
}  // namespace guestclock::cosim

namespace guestclock::prove {

bool decide(term condition) {
  const bool holds = cosim::current->value.holds(condition);
  cosim::current->note(cosim::question::kind::decision, condition, holds ? 1 : 0);
  return holds;
}
exact choose(term value, const exact&) {
  const auto chosen = cosim::current->value(value);
  const exact answer = chosen && chosen->fits<std::uint64_t>() ? *chosen : exact(0);
  cosim::current->note(cosim::question::kind::choice, value, answer.to<std::uint64_t>());
  return answer;
}
void oblige(term condition, const char*, place) {
  const bool holds = cosim::current->value.holds(condition);
  cosim::current->note(cosim::question::kind::obligation, condition, holds ? 1 : 0);
}
void impossible(const char*) { std::longjmp(cosim::refused, 1); }  // NOLINT(cert-err52-cpp)

}  // namespace guestclock::prove

namespace guestclock::cosim {

comparison::comparison(const native_operation& native, const symbolic_operation& symbolic)
    : native_(native), symbolic_(symbolic) {
  for (std::size_t i = 0; i < variables_.size(); ++i) {
    variables_[i] = prove::variable(std::string(1, static_cast<char>('a' + i)));
    if (i < native.parameters.size() && native.parameters[i].stands_for == role::mask) always_known_ |= 1U << i;
  }
}

comparison::junction& comparison::junction::at(std::uint64_t answer) {
  for (const auto& [known, following] : next)
    if (known == answer) return *following;
  next.emplace_back(answer, std::make_unique<junction>());
  return *next.back().second;
}

operands comparison::operands_of(const arguments& given, unsigned known) const {
  operands made{};
  for (std::size_t i = 0; i < made.size(); ++i) made[i] = {(known >> i & 1) != 0, given[i], variables_[i]};
  return made;
}
exact comparison::value_of(const arguments& given, std::size_t i) const {
  if (native_.parameters[i].is_signed) return static_cast<std::int64_t>(given[i]);
  return given[i];
}
prove::assignment comparison::assignment_of(const arguments& given) const {
  prove::assignment values;
  for (std::size_t i = 0; i < native_.parameters.size(); ++i) values[variables_[i]] = value_of(given, i);
  return values;
}

symbolic_run comparison::run(const arguments& given, unsigned known) {
  const prove::assignment values = assignment_of(given);
  symbolic_run done;
  answering answers{prove::evaluator(values), done};
  current = &answers;
  try {
    done.is_refused = !computes(symbolic_, operands_of(given, known), done.results);
  } catch (const std::overflow_error&) {  // a number that fits no word, behind an obligation that says so
    if (done.is_defined) throw;
  }
  current = nullptr;
  return done;
}

comparison::conclusion comparison::concluded(const symbolic_run& run, const prove::assignment& values) {
  conclusion end{run.is_defined, run.is_refused, run.results.count, {}};
  if (!end.is_defined || end.is_refused) return end;
  prove::evaluator value(values);
  for (int i = 0; i < end.count; ++i) {
    const symbolic_value& result = run.results.values[static_cast<std::size_t>(i)];
    end.values[static_cast<std::size_t>(i)] = result.is_known ? std::optional(result.value) : value(result.t);
  }
  return end;
}

template <class Evaluate>
std::optional<comparison::conclusion> comparison::walked(const arguments& given, Evaluate&& value) {
  arguments fixed{};
  for (std::size_t i = 0; i < fixed.size(); ++i)
    if ((always_known_ >> i & 1) != 0) fixed[i] = given[i];
  junction* here = &paths_[fixed];
  while (here->what == junction::kind::asks) {
    const std::optional<exact> answer = value(here->asked.asked);
    if (!answer || !answer->fits<std::uint64_t>()) return std::nullopt;
    const auto taken = answer->to<std::uint64_t>();
    if (here->asked.what == question::kind::obligation && taken == 0) return conclusion{false, false, 0, {}};
    here = &here->at(taken);
  }
  if (here->what == junction::kind::unseen) {
    const symbolic_run seen = run(given, always_known_);
    here = &paths_[fixed];
    for (const question& q : seen.questions) {
      if (here->what == junction::kind::unseen) *here = {junction::kind::asks, q, {}, {}};
      if (here->what != junction::kind::asks || here->asked.asked != q.asked || here->asked.what != q.what)
        throw std::logic_error("an operation asks another question for the same answers");
      here = &here->at(q.answer);
    }
    const auto end = seen.is_refused ? junction::kind::refuses : junction::kind::ends;
    if (seen.is_defined) *here = {end, {}, seen.results, {}};
    return concluded(seen, assignment_of(given));
  }
  conclusion end{true, here->what == junction::kind::refuses, here->results.count, {}};
  for (std::size_t i = 0; i < static_cast<std::size_t>(end.count); ++i) {
    const symbolic_value& result = here->results.values[i];
    end.values[i] = result.is_known ? std::optional(result.value) : value(result.t);
    if (!end.values[i]) return std::nullopt;
  }
  return end;
}

std::string comparison::difference(const char* how, const conclusion& symbolic, bool is_defined,
                                   const native_results& native) const {
  const std::string where = std::string(how) + ": ";
  // A refusal ends the prover: as good as an obligation that does not hold, and no better.
  if (symbolic.is_refused) return is_defined ? where + "symbolic words refuse what machine words compute" : "";
  if (symbolic.is_defined != is_defined)
    return where + (is_defined ? "an obligation fails where machine words are right"
                               : "every obligation holds where machine words are wrong");
  if (!is_defined) return "";
  if (symbolic.count != native.count) return where + "the numbers of results differ";
  for (std::size_t i = 0; i < static_cast<std::size_t>(native.count); ++i) {
    if (symbolic.values[i] == native.values[i]) continue;
    return where + "result " + std::to_string(i + 1) + " is " +
           (symbolic.values[i] ? symbolic.values[i]->to_string() : "none") + ", not " + native.values[i].to_string();
  }
  return "";
}

std::string comparison::compare(const arguments& given, bool thoroughly) {
  const unsigned all = (1U << native_.parameters.size()) - 1;
  const bool is_defined = native_.is_defined(given);
  native_results native;
  if (is_defined) native_.compute(given, native);

  const auto tried = [&](const char* how, unsigned known) -> std::string {
    return difference(how, concluded(run(given, known), assignment_of(given)), is_defined, native);
  };

  if (std::string wrong = tried("machine values", all); !wrong.empty()) return wrong;
  if (all == always_known_) return "";
  if (symbolic_.known_only) return run(given, 0).is_refused ? "" : "terms: not refused";

  quick_.begin();
  for (std::size_t i = 0; i < native_.parameters.size(); ++i) {
    const bool is_signed = native_.parameters[i].is_signed;
    quick_.set(variables_[i], is_signed ? prove::whole(static_cast<std::int64_t>(given[i])) : prove::whole(given[i]));
  }
  const auto quick = walked(given, [this](prove::term t) -> std::optional<exact> {
    if (const auto value = quick_(t)) return prove::exact_of(*value);
    return std::nullopt;
  });
  if (quick)
    if (std::string wrong = difference("terms", *quick, is_defined, native); !wrong.empty()) return wrong;
  if (!quick || thoroughly) {
    const prove::assignment values = assignment_of(given);
    prove::evaluator value(values);
    const auto slow = walked(given, [&value](prove::term t) { return value(t); });
    if (!slow) return "terms: the prover's evaluator finds no value";
    const char* how = "terms, by the prover's evaluator";
    if (std::string wrong = difference(how, *slow, is_defined, native); !wrong.empty()) return wrong;
  }
  if (thoroughly)
    for (unsigned known = 1; known < all; ++known) {
      if ((known & always_known_) != always_known_ || known == always_known_) continue;
      if (std::string wrong = tried("machine values and terms", known); !wrong.empty()) return wrong;
    }
  return "";
}

}  // namespace guestclock::cosim
