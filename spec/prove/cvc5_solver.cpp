// SPDX-License-Identifier: BSL-1.0
#include <cvc5/cvc5.h>

#include <map>
#include <set>
#include <stdexcept>

#include "solver.hpp"

namespace guestclock::prove {
namespace {

/// One cvc5 with one choice of settings; terms belong to it alone.
class engine {
 public:
  engine(bool incremental, const std::vector<std::pair<const char*, std::string>>& options) {
    solver_.setLogic("QF_NIA");
    solver_.setOption("produce-models", "true");
    solver_.setOption("incremental", incremental ? "true" : "false");
    for (const auto& [name, value] : options) solver_.setOption(name, value);
  }

  void clear() {
    solver_.resetAssertions();
    asserted_ = 0;
  }

  /// Brings the assertions up to date, then asks.
  answer check(const std::vector<term>& assertions, term t, const std::vector<term>& facts) {
    for (; asserted_ < assertions.size(); ++asserted_) solver_.assertFormula(expression(assertions[asserted_]));
    solver_.push();
    solver_.assertFormula(expression(t));
    for (const term fact : facts) solver_.assertFormula(expression(fact));
    const answer result = ask();
    solver_.pop();
    return result;
  }

  /// The same with everything in one go: without push and pop cvc5 simplifies more.
  answer check_once(const std::vector<term>& assertions, term t) {
    for (const term a : assertions) solver_.assertFormula(expression(a));
    solver_.assertFormula(expression(t));
    return ask();
  }

  [[nodiscard]] const assignment& model() const { return model_; }

 private:
  answer ask() {
    const cvc5::Result result = solver_.checkSat();
    if (result.isUnsat()) return answer::unsatisfiable;
    if (!result.isSat()) return answer::unknown;
    model_.clear();
    for (const auto& [t, e] : expressions_)
      if (at(t).kind == op::variable && at(t).name.find('!') == std::string::npos)
        model_[t] = exact::parse(solver_.getValue(e).getIntegerValue());
    return answer::satisfiable;
  }

  cvc5::Term expression(term t) {
    if (const auto known = expressions_.find(t); known != expressions_.end()) return known->second;
    const cvc5::Term e = translate(t);
    expressions_.emplace(t, e);
    return e;
  }

  cvc5::Term translate(term t) {
    const node& n = at(t);
    const auto make = [&](cvc5::Kind kind) {
      std::vector<cvc5::Term> operands;
      for (const term s : {n.a, n.b, n.c})
        if (s != no_term) operands.push_back(expression(s));
      return solver_.mkTerm(kind, operands);
    };
    switch (n.kind) {
      case op::constant: return solver_.mkInteger(n.value.to_string());
      case op::variable: return solver_.mkConst(solver_.getIntegerSort(), n.name);
      case op::quotient:
      case op::remainder: return expression(skolem_of(t));
      case op::add: return make(cvc5::ADD);
      case op::subtract: return make(cvc5::SUB);
      case op::multiply: return make(cvc5::MULT);
      case op::select: return make(cvc5::ITE);
      case op::always: return solver_.mkTrue();
      case op::never: return solver_.mkFalse();
      case op::less: return make(cvc5::LT);
      case op::less_or_equal: return make(cvc5::LEQ);
      case op::equal: return make(cvc5::EQUAL);
      case op::negation: return make(cvc5::NOT);
      case op::conjunction: return make(cvc5::AND);
      case op::disjunction: return make(cvc5::OR);
    }
    throw std::logic_error("cvc5: a term of no known kind");
  }

  cvc5::Solver solver_;
  std::size_t asserted_ = 0;
  std::map<term, cvc5::Term> expressions_;
  assignment model_;
};

class cvc5_solver final : public solver {
 public:
  [[nodiscard]] const char* name() const override { return "cvc5"; }

  void clear() override {
    assertions_.clear();
    with_fact_.clear();
    if (plain_) plain_->clear();
  }

  void assert_always(term t) override {
    add_facts(t);
    assertions_.push_back(t);
  }

  answer check_with(term t, effort how_hard) override {
    add_facts(t);
    std::vector<term> roots = assertions_;
    roots.push_back(t);
    std::vector<term> facts = product_facts(roots);
    if (how_hard < effort::second) {
      if (!plain_) plain_ = std::make_unique<engine>(true, options{{"rlimit-per", "20000"}});
      const answer result = plain_->check(assertions_, t, {});
      model_ = plain_->model();
      return result;
    }
    engine once(false, how_hard == effort::second
                           ? options{{"rlimit", "100000"}}
                           : options{{"rlimit", "400000"}, {"nl-ext-tplanes", "true"}});
    facts.insert(facts.end(), assertions_.begin(), assertions_.end());
    const answer result = once.check_once(facts, t);
    model_ = once.model();
    return result;
  }

  bool refutes_alone(const std::vector<term>& given, term t) override {
    if (!alone_) alone_ = std::make_unique<engine>(true, options{{"rlimit-per", "10000"}});
    std::vector<term> all = given;
    all.push_back(t);
    for (const term f : division_facts(all)) all.push_back(f);
    return alone_->check({}, t, all) == answer::unsatisfiable;
  }

  [[nodiscard]] assignment model() override { return model_; }

 private:
  using options = std::vector<std::pair<const char*, std::string>>;

  void add_facts(term root) {
    for (const term t : reachable({root}, [](const node& n) { return n.kind == op::quotient || n.kind == op::remainder; }))
      if (with_fact_.insert(skolem_of(quotient(at(t).a, at(t).b))).second) assert_always(division_fact(t));
  }

  std::unique_ptr<engine> plain_;
  std::unique_ptr<engine> alone_;
  std::vector<term> assertions_;
  std::set<term> with_fact_;
  assignment model_;
};

}  // namespace

std::string cvc5_version() { return cvc5::Solver().getVersion(); }

std::unique_ptr<solver> make_cvc5() { return std::make_unique<cvc5_solver>(); }

}  // namespace guestclock::prove
