// SPDX-License-Identifier: BSL-1.0
#include <z3++.h>

#include <set>
#include <stdexcept>
#include <unordered_map>

#include "solver.hpp"

namespace guestclock::prove {
namespace {

class z3_solver final : public solver {
 public:
  z3_solver()
      : incremental_(context_, z3::solver::simple()),
        strong_(context_, z3::solver::simple()),
        alone_(context_, z3::solver::simple()) {
    alone_.set(settings(5'000, quick_arithmetic));
  }

  [[nodiscard]] const char* name() const override { return "z3"; }

  void clear() override {
    incremental_.reset();
    strong_.reset();
    known_to_strong_ = 0;
    alone_.reset();
    asserted_.clear();
    assertions_.clear();
    with_fact_.clear();
  }

  void assert_always(term t) override {
    add_facts(t);
    const z3::expr e = expression(t);
    incremental_.add(e);
    asserted_.push_back(e);
    assertions_.push_back(t);
  }

  answer check_with(term t, effort how_hard) override {
    add_facts(t);
    switch (how_hard) {
      case effort::glance:
      case effort::alone: return ask_incrementally(t, 5'000);
      case effort::first: return ask_incrementally(t, 20'000);
      case effort::second: return ask_afresh(z3::solver(context_, z3::solver::simple()), t, 200'000);
      case effort::third: return ask_afresh(z3::tactic(context_, "qfnia").mk_solver(), t, 4'000'000);
    }
    return answer::unknown;
  }

  bool refutes_alone(const std::vector<term>& given, term t) override {
    std::vector<term> all = given;
    all.push_back(t);
    for (const term f : division_facts(all)) all.push_back(f);
    alone_.push();
    for (const term f : all) alone_.add(expression(f));
    const bool refuted = alone_.check() == z3::unsat;
    alone_.pop();
    return refuted;
  }

  [[nodiscard]] assignment model() override {
    assignment values;
    for (const term t : drawn_) {
      const z3::expr& e = expressions_.at(t);
      const z3::expr value = model_->eval(e, true);
      std::string text;
      if (!value.is_numeral(text)) continue;
      values[t] = exact::parse(text);
    }
    return values;
  }

 private:
  // z3's older arithmetic takes half the time for most small questions; what it does not answer the newer one is asked.
  static constexpr unsigned quick_arithmetic = 2;
  static constexpr unsigned strong_arithmetic = 6;

  answer outcome(z3::check_result result, z3::solver& from) {
    if (result == z3::unsat) return answer::unsatisfiable;
    if (result == z3::unknown) return answer::unknown;
    model_ = std::make_unique<z3::model>(from.get_model());
    return answer::satisfiable;
  }

  z3::params settings(unsigned limit, unsigned arithmetic) {
    z3::params chosen(context_);
    chosen.set("rlimit", limit);
    chosen.set("arith.solver", arithmetic);
    return chosen;
  }

  /// The older arithmetic is asked as long as it answers at least every second question of the law.
  answer ask_incrementally(term t, unsigned limit) {
    if (quick_helps_ >= 0) {
      const answer quick = ask_pushed(incremental_, t, settings(limit, quick_arithmetic));
      quick_helps_ += quick == answer::unknown ? -1 : 1;
      if (quick != answer::unknown) return quick;
    }
    for (; known_to_strong_ < asserted_.size(); ++known_to_strong_) strong_.add(asserted_[known_to_strong_]);
    return ask_pushed(strong_, t, settings(limit, strong_arithmetic));
  }

  answer ask_pushed(z3::solver& whom, term t, const z3::params& how) {
    whom.set(how);
    whom.push();
    whom.add(expression(t));
    add_product_facts(whom, t);
    const answer result = outcome(whom.check(), whom);
    whom.pop();
    return result;
  }

  answer ask_afresh(z3::solver fresh, term t, unsigned limit) {
    fresh.set(settings(limit, strong_arithmetic));
    for (const z3::expr& e : asserted_) fresh.add(e);
    fresh.add(expression(t));
    add_product_facts(fresh, t);
    return outcome(fresh.check(), fresh);
  }

  void add_product_facts(z3::solver& to, term t) {
    std::vector<term> roots = assertions_;
    roots.push_back(t);
    for (const term fact : product_facts(roots)) to.add(expression(fact));
  }

  void add_facts(term root) {
    for (const term t : reachable({root}, [](const node& n) { return n.kind == op::quotient || n.kind == op::remainder; }))
      if (with_fact_.insert(skolem_of(quotient(at(t).a, at(t).b))).second) assert_always(division_fact(t));
  }

  z3::expr expression(term t) {
    if (const auto known = expressions_.find(t); known != expressions_.end()) return known->second;
    const z3::expr e = translate(t);
    expressions_.emplace(t, e);
    return e;
  }

  z3::expr translate(term t) {
    const node& n = at(t);
    const auto sub = [&](term s) { return expression(s); };
    switch (n.kind) {
      case op::constant: return context_.int_val(n.value.to_string().c_str());
      case op::variable:
        if (n.name.find('!') == std::string::npos) drawn_.push_back(t);
        return context_.int_const(n.name.c_str());
      case op::quotient:
      case op::remainder: return expression(skolem_of(t));
      case op::add: return sub(n.a) + sub(n.b);
      case op::subtract: return sub(n.a) - sub(n.b);
      case op::multiply: return sub(n.a) * sub(n.b);
      case op::select: return z3::ite(sub(n.a), sub(n.b), sub(n.c));
      case op::always: return context_.bool_val(true);
      case op::never: return context_.bool_val(false);
      case op::less: return sub(n.a) < sub(n.b);
      case op::less_or_equal: return sub(n.a) <= sub(n.b);
      case op::equal: return sub(n.a) == sub(n.b);
      case op::negation: return !sub(n.a);
      case op::conjunction: return sub(n.a) && sub(n.b);
      case op::disjunction: return sub(n.a) || sub(n.b);
    }
    throw std::logic_error("z3: a term of no known kind");
  }

  z3::context context_;
  z3::solver incremental_;
  z3::solver strong_;  // the same, with the newer arithmetic, as far as it was asked
  std::size_t known_to_strong_ = 0;
  int quick_helps_ = 0;
  z3::solver alone_;
  std::vector<z3::expr> asserted_;
  std::vector<term> assertions_;
  std::set<term> with_fact_;
  std::unordered_map<term, z3::expr> expressions_;
  std::vector<term> drawn_;  // the variables among them that are not skolem constants
  std::unique_ptr<z3::model> model_;
};

}  // namespace

std::string z3_version() {
  unsigned major = 0, minor = 0, build = 0, revision = 0;
  Z3_get_version(&major, &minor, &build, &revision);
  return std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(build);
}

std::unique_ptr<solver> make_z3() { return std::make_unique<z3_solver>(); }

}  // namespace guestclock::prove
