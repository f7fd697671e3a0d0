// SPDX-License-Identifier: BSL-1.0
#include "explorer.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>

namespace guestclock::prove {
namespace {

explorer* running_explorer = nullptr;

/// What this process has had of a processor: other processes on the machine do not count.
double processor_seconds() {
  timespec t{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}

/// What a conjunction, or the negation of a disjunction, consists of; nothing for anything else.
std::vector<term> parts_of(term condition) {
  const node& n = at(condition);
  if (n.kind == op::conjunction) return {n.a, n.b};
  if (n.kind == op::negation && at(n.a).kind == op::disjunction) return {negation(at(n.a).a), negation(at(n.a).b)};
  return {};
}

std::string base_name(const std::string& path) { return path.substr(path.find_last_of('/') + 1); }

}  // namespace

void impossible(const char* what) {
  std::fprintf(stderr, "prove: the code under proof uses words in a way that they do not support: %s\n", what);
  std::exit(2);
}

bool decide(term condition) { return explorer::running().decide(condition); }
exact choose(term value, const exact& least_beyond) { return explorer::running().choose(value, least_beyond); }
void oblige(term condition, const char* what, place where) { explorer::running().oblige(condition, what, where); }

explorer& explorer::running() {
  if (running_explorer == nullptr) impossible("a symbolic word outside a law");
  return *running_explorer;
}

explorer::explorer(std::vector<std::unique_ptr<solver>> solvers, exploration_options options)
    : solvers_(std::move(solvers)), options_(std::move(options)) {}
explorer::~explorer() = default;

exploration explorer::explore(const std::function<void()>& law, const guidance& guide) {
  running_explorer = this;
  guide_ = guide;
  found_ = {};
  sought_.clear();
  for (const auto& s : solvers_) found_.solvers[s->name()] = {};
  decisions_.clear();
  do {
    begin_path();
    law();
    ++found_.paths;
    if (!spoke_ && !dead_) ++found_.silent_paths;
    if (found_.paths >= options_.paths_max && found_.incomplete.empty())
      found_.incomplete = "more than " + std::to_string(options_.paths_max) + " paths";
  } while (!found_.refuted && found_.incomplete.empty() && next_path());
  running_explorer = nullptr;
  return std::move(found_);
}

void explorer::begin_path() {
  position_ = 0;
  facts_.clear();
  known_facts_.clear();
  chosen_values_.clear();
  name_counts_.clear();
  domains_.clear();
  for (const auto& s : solvers_) s->clear();
  model_ = decisions_.empty() ? std::optional(assignment{}) : decisions_.back().other_model;
  dead_ = spoke_ = guided_ = false;
}

bool explorer::next_path() {
  while (!decisions_.empty() && !decisions_.back().may_flip) decisions_.pop_back();
  if (decisions_.empty()) return false;
  decision& last = decisions_.back();
  last.condition = negation(last.condition);
  last.may_flip = false;
  return true;
}

void explorer::take(term condition) {
  if (at(condition).kind == op::always || !known_facts_.insert(condition).second) return;
  if (const std::vector<term> parts = parts_of(condition); !parts.empty()) {
    for (const term part : parts) take(part);
    return;
  }
  facts_.push_back(condition);
  for (const auto& s : solvers_) s->assert_always(condition);
}

template <class Ask> auto explorer::timed(const solver& who, effort how_hard, term t, Ask&& question) {
  const double begin = processor_seconds();
  const auto result = question();
  const double seconds = processor_seconds() - begin;
  tally& count = found_.solvers[who.name()];
  count.seconds += seconds;
  count.asked = true;
  if (seconds > options_.slow_seconds)
    std::fprintf(stderr, "%s, rung %d, answer %d, %.3f s: %.300s\n", who.name(), static_cast<int>(how_hard), static_cast<int>(result), seconds,
                 to_text(t).c_str());
  return result;
}

answer explorer::ask(solver& who, term t, effort how_hard) {
  return timed(who, how_hard, t, [&] { return who.check_with(t, how_hard); });
}

/// Whether the condition can hold here: by trying inputs first, then by asking the first solver briefly. Not knowing is no harm: the branch is then explored.
explorer::feasibility explorer::look(term condition) {
  if (auto found = search_model(condition)) return {answer::satisfiable, std::move(found), nullptr};
  if (solvers_.empty()) return {answer::unknown, std::nullopt, nullptr};
  solver& scout = *solvers_.front();
  const answer result = ask(scout, condition, effort::glance);
  if (result == answer::unsatisfiable) return {result, std::nullopt, &scout};
  if (result == answer::satisfiable) {
    assignment values = scout.model();
    evaluator value_of(values);
    if (value_of.holds(condition) && std::all_of(facts_.begin(), facts_.end(), [&](term f) { return value_of.holds(f); }))
      return {result, std::move(values), nullptr};
  }
  return {answer::unknown, std::nullopt, nullptr};
}

/// Tries edges and random values, starting from the model of this path. The generator is seeded by the condition, so
/// that every run tries the same. What is found is only where to look first: both sides of a branch are explored, or
/// shown not to be there, whatever it is.
std::optional<assignment> explorer::search_model(term condition) {
  if (!model_ || domains_.empty()) return std::nullopt;
  std::uint64_t state = static_cast<std::uint64_t>(condition) * 0x9E3779B97F4A7C15u;
  const auto random = [&state] {  // splitmix64
    std::uint64_t z = state += 0x9E3779B97F4A7C15u;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
  };
  struct variable {
    term name;
    whole low, span, kept;
    bool is_spoken_of;
  };
  std::vector<variable> variables;
  const std::vector<term>& spoken_of = variables_in(condition);
  for (const auto& [name, domain] : domains_) {
    const auto value = model_->find(name);
    const auto kept = value == model_->end() ? std::optional<whole>(0) : whole_of(value->second);
    if (!kept) return std::nullopt;
    const bool is_spoken_of = std::binary_search(spoken_of.begin(), spoken_of.end(), name);
    variables.push_back({name, domain.first, domain.second - domain.first + 1, *kept, is_spoken_of});
  }
  std::vector<whole> candidate(variables.size());
  const auto holds = [&](term t) {
    const auto value = quick_(t);
    return value && *value != 0;
  };
  for (int attempt = 0; attempt < attempts_max; ++attempt) {
    quick_.begin();
    for (std::size_t i = 0; i < variables.size(); ++i) {
      const auto& [name, low, span, kept, is_spoken_of] = variables[i];
      candidate[i] = kept;
      if ((is_spoken_of || attempt % 4 == 3) && (attempt % 3 == 0 || random() % 2 != 0)) {
        whole offset = random() >> (random() % 64);
        if (random() % 3 == 0) offset = (whole(1) << (random() % 65)) - static_cast<whole>(random() % 3);
        if (random() % 8 == 0) offset = -static_cast<whole>(random() % 3);
        if (random() % 4 == 0) offset = kept - low + (random() % 2 != 0 ? offset : -offset);
        offset %= span;
        candidate[i] = low + (offset < 0 ? offset + span : offset);
      }
      quick_.set(name, candidate[i]);
    }
    if (!holds(condition) || !std::all_of(facts_.begin(), facts_.end(), holds)) continue;
    assignment found = *model_;
    for (std::size_t i = 0; i < variables.size(); ++i) found[variables[i].name] = exact_of(candidate[i]);
    return found;
  }
  return std::nullopt;
}

/// Some inputs that take this path.
std::optional<assignment> explorer::any_model(std::initializer_list<effort> efforts) {
  for (const effort how_hard : efforts)
    for (const auto& s : solvers_) {
      if (ask(*s, truth(true), how_hard) != answer::satisfiable) continue;
      assignment values = s->model();
      evaluator value_of(values);
      if (std::all_of(facts_.begin(), facts_.end(), [&](term f) { return value_of.holds(f); })) return values;
    }
  return std::nullopt;
}

bool explorer::decide(term condition) {
  if (at(condition).kind == op::always) return true;
  if (at(condition).kind == op::never) return false;
  if (known_facts_.contains(condition)) return true;
  if (known_facts_.contains(negation(condition))) return false;
  if (dead_) return false;
  if (!is_new()) {
    const term taken = decisions_[position_++].condition;
    take(taken);
    return taken == condition;
  }
  // The side that the model is on can be taken for certain; without a model, try the condition itself first.
  term side = condition;
  if (model_) {
    if (!evaluator(*model_).holds(condition)) side = negation(condition);
  } else {
    const feasibility first = look(condition);
    if (first.model) model_ = first.model;
    if (first.can_hold == answer::unsatisfiable) side = negation(condition);
  }
  const feasibility other = look(negation(side));
  if (other.shown_by != nullptr) (void)proves(side, "a branch is never taken", {"", 0}, other.shown_by);
  decisions_.push_back({side, other.shown_by == nullptr, other.model});
  ++position_;
  take(side);
  return side == condition;
}

/// The least value that this path has not excluded. It need not be feasible: a path too many does no harm.
exact explorer::untried(term value) const {
  exact candidate = 0;
  while (known_facts_.contains(negation(equal(value, constant(candidate))))) candidate = candidate + 1;
  return candidate;
}

exact explorer::choose(term value, const exact& least_beyond) {
  if (const auto known = constant_value(value)) return *known;
  if (const auto known = chosen_values_.find(value); known != chosen_values_.end()) return known->second;
  const auto chosen = [&](const exact& v) {
    chosen_values_[value] = v;
    return v;
  };
  while (!dead_) {
    if (!is_new()) {
      const decision& d = decisions_[position_++];
      take(d.condition);
      if (d.condition == equal(value, constant(d.chosen))) return chosen(d.chosen);
      continue;
    }
    if (!model_) model_ = any_model({effort::first, effort::second, effort::third});
    auto candidate = model_ ? evaluator(*model_)(value) : std::nullopt;
    if (!candidate || *candidate < exact(0) || !(*candidate < least_beyond)) candidate = untried(value);
    if (!(*candidate < least_beyond)) {
      (void)proves(truth(false), "all values have their path", {"", 0});
      dead_ = spoke_ = true;
      break;
    }
    const term side = equal(value, constant(*candidate));
    const feasibility other = look(negation(side));
    if (other.shown_by != nullptr) (void)proves(side, "all values have their path", {"", 0}, other.shown_by);
    decisions_.push_back({side, other.shown_by == nullptr, other.model, *candidate});
    ++position_;
    take(side);
    return chosen(*candidate);
  }
  return 0;
}

const std::vector<term>& explorer::variables_in(term t) {
  const auto known = variables_in_.find(t);
  if (known != variables_in_.end()) return known->second;
  return variables_in_.emplace(t, reachable({t}, [](const node& n) { return n.kind == op::variable; })).first->second;
}

/// The facts of this path that speak of nothing but what the goal speaks of.
std::vector<term> explorer::local_facts(term goal) {
  const std::vector<term>& spoken_of = variables_in(goal);
  std::vector<term> local;
  for (const term f : facts_) {
    const std::vector<term>& needed = variables_in(f);
    if (std::includes(spoken_of.begin(), spoken_of.end(), needed.begin(), needed.end())) local.push_back(f);
  }
  return local;
}

/// Paths differ in what they do not share: the same small question comes again and again, and is asked once.
answer explorer::ask_alone(solver& who, const std::vector<term>& given, term t) {
  const auto [known, is_new] = answered_alone_.try_emplace({&who, t, given}, answer::unknown);
  if (is_new && timed(who, effort::alone, t, [&] { return who.refutes_alone(given, t); }))
    known->second = answer::unsatisfiable;
  return known->second;
}

bool explorer::proves(term goal, const std::string& what, place where, const solver* shown_by) {
  ++found_.obligations;
  const term opposite = negation(goal);
  if (options_.exported) {
    std::vector<term> assertions = facts_;
    assertions.push_back(opposite);
    options_.exported(assertions, what);
  }
  if (options_.replayed) {
    if (at(goal).kind == op::always) return true;
    found_.refuted = refutation{what, where.file, where.line, {}};
    dead_ = true;
    return false;
  }
  bool proved = false;
  std::vector<bool> settled(solvers_.size(), false);
  const auto refuted_by = [&](solver& who) {
    const assignment values = who.model();
    evaluator value_of(values);
    if (!std::all_of(facts_.begin(), facts_.end(), [&](term f) { return value_of.holds(f); })) return false;
    if (!value_of.holds(opposite)) return false;
    found_.refuted = refutation{what, where.file, where.line, values};
    dead_ = true;
    return true;
  };
  for (std::size_t i = 0; i < solvers_.size(); ++i) {
    if (solvers_[i].get() != shown_by) continue;
    proved = settled[i] = true;
    ++found_.solvers[shown_by->name()].proved;
    if (options_.first_answer_suffices) return true;
  }
  const std::vector<term> local = local_facts(goal);
  const bool is_part = local.size() < facts_.size();
  experience& past = experiences_[{what, where.file, where.line}];
  std::map<const solver*, int>& helps_alone = past.helps_alone;
  if (solver* const who = past.settled_late_by; who != nullptr && options_.first_answer_suffices) {
    const answer result = ask(*who, opposite, past.how_hard);
    if (result == answer::satisfiable && refuted_by(*who)) return false;
    if (result == answer::unsatisfiable) {
      ++found_.solvers[who->name()].proved;
      return true;
    }
    past.settled_late_by = nullptr;
  }
  for (const auto& stage : ladder) {
    if (proved && &stage == std::end(ladder) - 1) break;  // a second opinion is not worth the last, long stage
    for (std::size_t i = 0; i < solvers_.size(); ++i) {
      solver& who = *solvers_[i];
      std::vector<effort> order = stage;
      if (order.front() == effort::alone && helps_alone[&who] < 0) std::reverse(order.begin(), order.end());
      for (const effort how_hard : order) {
        if (settled[i] || (how_hard == effort::alone && !is_part)) continue;
        const answer result = how_hard == effort::alone ? ask_alone(who, local, opposite) : ask(who, opposite, how_hard);
        if (how_hard == effort::alone) helps_alone[&who] += result == answer::unsatisfiable ? 1 : -1;
        if (result == answer::satisfiable && refuted_by(who)) return false;
        if (result != answer::unsatisfiable) continue;
        proved = settled[i] = true;
        ++found_.solvers[who.name()].proved;
        if (how_hard == effort::second || how_hard == effort::third) {
          past.settled_late_by = &who;
          past.how_hard = how_hard;
        }
        if (options_.first_answer_suffices) return true;
      }
    }
  }
  for (std::size_t i = 0; i < solvers_.size(); ++i)
    if (!settled[i]) ++found_.solvers[solvers_[i]->name()].unknown;
  if (!proved && ++found_.undecided == 1)
    found_.first_undecided = what + " at " + base_name(where.file) + ":" + std::to_string(where.line);
  return proved;
}

void explorer::oblige(term condition, const std::string& what, place where) {
  if (at(condition).kind == op::always || dead_ || known_facts_.contains(condition)) return;
  const std::vector<term> parts = parts_of(condition);
  if (!parts.empty()) {
    for (const term part : parts) oblige(part, what, where);
    if (!dead_) take(condition);
    return;
  }
  if (is_new()) (void)proves(condition, what, where);
  if (!dead_) take(condition);
}

std::string explorer::unique_name(const std::string& name) {
  const int count = ++name_counts_[name];
  return count == 1 ? name : name + "#" + std::to_string(count);
}

std::optional<exact> explorer::replayed(const std::string& name) {
  if (!options_.replayed) return std::nullopt;
  const auto given = options_.replayed->find(name);
  if (given != options_.replayed->end()) return given->second;
  if (found_.incomplete.empty()) found_.incomplete = "no value was given for " + name;
  dead_ = true;
  return exact(0);
}

void explorer::draw(const std::string& name, const std::string& type, term value, term low, term high,
                    bool whole_word) {
  if (dead_) return;
  if (std::none_of(found_.draws.begin(), found_.draws.end(), [&](const draw_note& d) { return d.name == name; }))
    found_.draws.push_back({name, type, whole_word ? "any" : "[" + to_text(low) + ", " + to_text(high) + "]"});
  if (!whole_word) oblige(less_or_equal(low, high), "a draw has a value to give", {name.c_str(), 0});
  if (dead_) return;
  const auto bound = [](term t, whole otherwise) {
    const auto known = constant_value(t);
    return known ? whole_of(*known).value_or(otherwise) : otherwise;
  };
  domains_[value] = {bound(low, 0), bound(high, (whole(1) << 64) - 1)};
  for (const term bound_of_draw : {less_or_equal(low, value), less_or_equal(value, high)}) take(bound_of_draw);
  if (is_new() && model_) {
    evaluator value_of(*model_);
    if (!value_of.holds(less_or_equal(low, value)) || !value_of.holds(less_or_equal(value, high))) {
      if (const auto least = value_of(low)) (*model_)[value] = *least;
      else model_.reset();
    }
  }
  if (name == guide_.after) run_guide();
}

bool explorer::assume(term premise, bool known, int line) {
  premise_note& note = found_.premises[line];
  if (dead_) return false;
  if (at(premise).kind == op::always) return true;
  if (at(premise).kind == op::never) {
    note.ends_paths |= known;
    spoke_ = true;  // what the law does not speak of is written down
    return false;
  }
  note.symbolic.insert(to_text(premise));
  if (is_new() && !(model_ && evaluator(*model_).holds(premise))) {
    const feasibility can = look(premise);
    model_ = can.model;
    if (can.shown_by != nullptr) {
      (void)proves(negation(premise), "the premise is false on this path", {"", line}, can.shown_by);
      note.ends_paths = spoke_ = dead_ = true;
      return false;
    }
  }
  take(premise);
  return true;
}

void explorer::require(term claim, int line) {
  spoke_ = true;
  run_guide();
  if (dead_) return;
  auto& witness = found_.reached[line];
  if (!witness && is_new()) {
    if (!model_ && ++sought_[line] <= searches_max) model_ = any_model({effort::first});
    witness = model_;
  }
  // A requirement that is a fact of this path already (the code decided on it) is discharged by that.
  if (is_new() && (at(claim).kind == op::always || known_facts_.contains(claim))) {
    ++found_.obligations;
    for (const auto& s : solvers_) ++found_.solvers[s->name()].proved;
  }
  oblige(claim, "the law's requirement", {"", line});
}

void explorer::run_guide() {
  if (guided_ || !guide_.run) return;
  guided_ = true;
  guide_.run();
}

}  // namespace guestclock::prove
