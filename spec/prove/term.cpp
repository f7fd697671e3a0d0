// SPDX-License-Identifier: BSL-1.0
#include "term.hpp"

#include <algorithm>
#include <deque>
#include <set>
#include <sstream>
#include <unordered_map>

namespace guestclock::prove {
namespace {

struct key {
  op kind;
  term a, b, c;
  bool operator==(const key&) const = default;
};
struct key_hash {
  std::size_t operator()(const key& k) const {
    std::uint64_t mixed = static_cast<std::uint64_t>(k.kind);
    for (const term t : {k.a, k.b, k.c}) mixed = (mixed ^ static_cast<std::uint32_t>(t)) * 0x9E3779B97F4A7C15u;
    return mixed ^ mixed >> 32;
  }
};

struct arena {
  std::deque<node> nodes;  // a node stays where it is
  std::unordered_map<key, term, key_hash> made;
  std::map<exact, term> constants;
  std::map<std::string, term> variables;
  std::unordered_map<term, term> skolems;
};

arena& terms() {
  static arena instance;
  return instance;
}

term make(op kind, term a = no_term, term b = no_term, term c = no_term) {
  arena& all = terms();
  const auto [entry, is_new] = all.made.try_emplace(key{kind, a, b, c}, static_cast<term>(all.nodes.size()));
  if (is_new) all.nodes.push_back({kind, a, b, c, {}, {}});
  return entry->second;
}

bool is_constant(term t, const exact& value) { return at(t).kind == op::constant && at(t).value == value; }

template <class Fold> std::optional<term> folded(term a, term b, Fold fold) {
  const auto x = constant_value(a);
  const auto y = constant_value(b);
  if (!x || !y) return std::nullopt;
  return fold(*x, *y);
}

}  // namespace

const node& at(term t) { return terms().nodes[static_cast<std::size_t>(t)]; }

bool is_truth_value(term t) { return at(t).kind >= op::always; }

std::optional<exact> constant_value(term t) {
  if (at(t).kind != op::constant) return std::nullopt;
  return at(t).value;
}

term constant(const exact& value) {
  arena& all = terms();
  const auto [entry, is_new] = all.constants.try_emplace(value, static_cast<term>(all.nodes.size()));
  if (is_new) all.nodes.push_back({op::constant, no_term, no_term, no_term, value, {}});
  return entry->second;
}

term variable(const std::string& name) {
  arena& all = terms();
  const auto [entry, is_new] = all.variables.try_emplace(name, static_cast<term>(all.nodes.size()));
  if (is_new) all.nodes.push_back({op::variable, no_term, no_term, no_term, {}, name});
  return entry->second;
}

term add(term a, term b) {
  if (const auto t = folded(a, b, [](const exact& x, const exact& y) { return constant(x + y); })) return *t;
  if (is_constant(a, 0)) return b;
  if (is_constant(b, 0)) return a;
  return make(op::add, std::min(a, b), std::max(a, b));
}

term subtract(term a, term b) {
  if (const auto t = folded(a, b, [](const exact& x, const exact& y) { return constant(x - y); })) return *t;
  if (is_constant(b, 0)) return a;
  if (a == b) return constant(0);
  return make(op::subtract, a, b);
}

term multiply(term a, term b) {
  if (const auto t = folded(a, b, [](const exact& x, const exact& y) { return constant(x * y); })) return *t;
  if (is_constant(a, 0) || is_constant(b, 0)) return constant(0);
  if (is_constant(a, 1)) return b;
  if (is_constant(b, 1)) return a;
  return make(op::multiply, std::min(a, b), std::max(a, b));
}

term quotient(term a, term b) {
  const auto divisor = constant_value(b);
  if (divisor && *divisor == exact(1)) return a;
  if (divisor && *divisor > exact(0))
    if (const auto t = folded(a, b, [](const exact& x, const exact& y) { return constant(floor_div(x, y)); })) return *t;
  return make(op::quotient, a, b);
}

term remainder(term a, term b) {
  const auto divisor = constant_value(b);
  if (divisor && *divisor == exact(1)) return constant(0);
  if (divisor && *divisor > exact(0))
    if (const auto t = folded(a, b, [](const exact& x, const exact& y) { return constant(floor_mod(x, y)); })) return *t;
  return make(op::remainder, a, b);
}

term select(term condition, term a, term b) {
  if (at(condition).kind == op::always || a == b) return a;
  if (at(condition).kind == op::never) return b;
  return make(op::select, condition, a, b);
}

term truth(bool value) { return make(value ? op::always : op::never); }

term less(term a, term b) {
  if (const auto t = folded(a, b, [](const exact& x, const exact& y) { return truth(x < y); })) return *t;
  if (a == b) return truth(false);
  return make(op::less, a, b);
}

term less_or_equal(term a, term b) {
  if (const auto t = folded(a, b, [](const exact& x, const exact& y) { return truth(x <= y); })) return *t;
  if (a == b) return truth(true);
  return make(op::less_or_equal, a, b);
}

term equal(term a, term b) {
  if (a == b) return truth(true);
  if (is_truth_value(a)) {
    if (at(a).kind == op::always) return b;
    if (at(b).kind == op::always) return a;
    if (at(a).kind == op::never) return negation(b);
    if (at(b).kind == op::never) return negation(a);
  }
  if (const auto t = folded(a, b, [](const exact& x, const exact& y) { return truth(x == y); })) return *t;
  return make(op::equal, std::min(a, b), std::max(a, b));
}

term negation(term a) {
  if (at(a).kind == op::always) return truth(false);
  if (at(a).kind == op::never) return truth(true);
  if (at(a).kind == op::negation) return at(a).a;
  return make(op::negation, a);
}

term conjunction(term a, term b) {
  if (at(a).kind == op::never || at(b).kind == op::never) return truth(false);
  if (at(a).kind == op::always || a == b) return b;
  if (at(b).kind == op::always) return a;
  return make(op::conjunction, std::min(a, b), std::max(a, b));
}

term disjunction(term a, term b) {
  if (at(a).kind == op::always || at(b).kind == op::always) return truth(true);
  if (at(a).kind == op::never || a == b) return b;
  if (at(b).kind == op::never) return a;
  return make(op::disjunction, std::min(a, b), std::max(a, b));
}

std::optional<exact> evaluator::operator()(term t) {
  if (const auto known = known_.find(t); known != known_.end()) return known->second;
  const node& n = at(t);
  const auto compute = [&]() -> std::optional<exact> {
    if (n.kind == op::constant) return n.value;
    if (n.kind == op::always) return exact(1);
    if (n.kind == op::never) return exact(0);
    if (n.kind == op::variable) {
      const auto value = values_.find(t);
      return value == values_.end() ? exact(0) : value->second;
    }
    const auto x = (*this)(n.a);
    if (!x) return std::nullopt;
    if (n.kind == op::negation) return exact(x->is_zero());
    if (n.kind == op::select) return (*this)(x->is_zero() ? n.c : n.b);
    if (n.kind == op::conjunction && x->is_zero()) return exact(0);
    if (n.kind == op::disjunction && !x->is_zero()) return exact(1);
    const auto y = (*this)(n.b);
    if (!y) return std::nullopt;
    switch (n.kind) {
      case op::add: return *x + *y;
      case op::subtract: return *x - *y;
      case op::multiply: return *x * *y;
      case op::quotient: return *y > exact(0) ? std::optional(floor_div(*x, *y)) : std::nullopt;
      case op::remainder: return *y > exact(0) ? std::optional(floor_mod(*x, *y)) : std::nullopt;
      case op::less: return exact(*x < *y);
      case op::less_or_equal: return exact(*x <= *y);
      case op::equal: return exact(*x == *y);
      case op::conjunction:
      case op::disjunction: return *y;
      default: return std::nullopt;
    }
  };
  std::optional<exact> value;
  try {
    value = compute();
  } catch (const std::overflow_error&) {
  }
  known_[t] = value;
  return value;
}

bool evaluator::holds(term t) {
  const auto value = (*this)(t);
  return value && !value->is_zero();
}

std::vector<term> reachable(const std::vector<term>& roots, bool (*wanted)(const node&)) {
  std::vector<bool> seen(terms().nodes.size());
  std::vector<term> open = roots;
  std::vector<term> found;
  while (!open.empty()) {
    const term t = open.back();
    open.pop_back();
    if (t == no_term || seen[static_cast<std::size_t>(t)]) continue;
    seen[static_cast<std::size_t>(t)] = true;
    const node& n = at(t);
    if (wanted(n)) found.push_back(t);
    for (const term next : {n.a, n.b, n.c}) open.push_back(next);
  }
  std::sort(found.begin(), found.end());
  return found;
}

term skolem_of(term t) {
  const auto [entry, is_new] = terms().skolems.try_emplace(t, no_term);
  if (is_new) {
    const node& n = at(t);
    entry->second =
        variable((n.kind == op::quotient ? "quotient!" : "remainder!") + std::to_string(n.a) + "!" + std::to_string(n.b));
  }
  return entry->second;
}

term division_fact(term t) {
  const node& n = at(t);
  const term q = skolem_of(quotient(n.a, n.b));
  const term r = skolem_of(remainder(n.a, n.b));
  const term sum = equal(n.a, add(multiply(q, n.b), r));
  const term range = conjunction(less_or_equal(constant(0), r), less(r, n.b));
  return disjunction(less_or_equal(n.b, constant(0)), conjunction(sum, range));
}

std::vector<term> division_facts(const std::vector<term>& roots) {
  const auto is_division = [](const node& n) { return n.kind == op::quotient || n.kind == op::remainder; };
  std::vector<term> facts;
  std::set<term> seen;
  for (const term t : reachable(roots, is_division))
    if (seen.insert(skolem_of(quotient(at(t).a, at(t).b))).second) facts.push_back(division_fact(t));
  return facts;
}

namespace {

term grow(term m, term x, term x_product, term y, term y_product) {
  const term grows = less_or_equal(add(x_product, m), y_product);
  return disjunction(less(m, constant(0)), disjunction(less_or_equal(y, x), grows));
}
term agree(term x, term x_product, term y, term y_product) {
  return disjunction(negation(equal(x, y)), equal(x_product, y_product));
}
term distribute(term m, term q_product, term k, term x_product) {
  const term least = multiply(q_product, k);
  const term most = add(least, multiply(m, subtract(k, constant(1))));
  return disjunction(less(m, constant(0)), conjunction(less_or_equal(least, x_product), less_or_equal(x_product, most)));
}

}  // namespace

std::vector<term> product_facts(const std::vector<term>& roots) {
  std::map<term, std::map<term, term>> by_factor;  // m -> x -> x·m
  for (const term product : reachable(roots, [](const node& n) { return n.kind == op::multiply; })) {
    const term a = at(product).a;
    const term b = at(product).b;
    by_factor[a][b] = product;
    by_factor[b][a] = product;
  }
  std::vector<term> facts;
  for (const auto& [m, products] : by_factor) {
    if (at(m).kind == op::constant) continue;
    for (const auto& [x, x_product] : products)
      for (const auto& [y, y_product] : products) {
        if (x == y || (at(x).kind == op::constant && at(y).kind == op::constant)) continue;
        facts.push_back(grow(m, x, x_product, y, y_product));
        if (x < y) facts.push_back(agree(x, x_product, y, y_product));
        const node& q = at(y);
        if (q.kind == op::quotient && q.a == x && constant_value(q.b) > exact(0))
          facts.push_back(distribute(m, y_product, q.b, x_product));
      }
  }
  return facts;
}

// "x < y" is spelled y = x + 1 + d with d >= 0, and the division x = q·k + r with 0 <= r < k by k = r + 1 + s with
// s >= 0: every case of the facts is one of these.
std::vector<term> product_theorems() {
  const term zero = constant(0);
  const term one = constant(1);
  const term m = variable("m");
  const term x = variable("x");
  const term q = variable("q");
  const auto at_least_0 = [&](const char* name, const auto& then) {
    const term t = variable(name);
    return disjunction(less(t, zero), then(t));
  };
  const term grows = at_least_0("d", [&](term d) {
    const term y = add(add(x, one), d);
    return grow(m, x, multiply(x, m), y, multiply(y, m));
  });
  const term agrees = agree(x, multiply(x, m), q, multiply(q, m));
  const term distributes = at_least_0("r", [&](term r) {
    return at_least_0("s", [&](term s) {
      const term k = add(add(r, one), s);
      return distribute(m, multiply(q, m), k, multiply(add(multiply(q, k), r), m));
    });
  });
  return {grows, agrees, distributes};
}

namespace {

const char* infix(op kind) {
  switch (kind) {
    case op::add: return " + ";
    case op::subtract: return " - ";
    case op::multiply: return " * ";
    case op::quotient: return " div ";
    case op::remainder: return " mod ";
    case op::less: return " < ";
    case op::less_or_equal: return " <= ";
    case op::equal: return " = ";
    case op::conjunction: return " and ";
    case op::disjunction: return " or ";
    default: return "?";
  }
}

const char* smt2_name(op kind) {
  switch (kind) {
    case op::add: return "+";
    case op::subtract: return "-";
    case op::multiply: return "*";
    case op::less: return "<";
    case op::less_or_equal: return "<=";
    case op::equal: return "=";
    case op::negation: return "not";
    case op::conjunction: return "and";
    case op::disjunction: return "or";
    case op::select: return "ite";
    default: return "?";
  }
}

std::string smt2_symbol(const std::string& name) { return "|" + name + "|"; }

void write_smt2(std::ostream& out, term t) {
  const node& n = at(t);
  switch (n.kind) {
    case op::constant:
      if (n.value.is_negative()) out << "(- " << (-n.value).to_string() << ")";
      else out << n.value.to_string();
      return;
    case op::variable: out << smt2_symbol(n.name); return;
    case op::quotient:
    case op::remainder: write_smt2(out, skolem_of(t)); return;
    case op::always: out << "true"; return;
    case op::never: out << "false"; return;
    default: break;
  }
  out << "(" << smt2_name(n.kind);
  for (const term next : {n.a, n.b, n.c})
    if (next != no_term) {
      out << " ";
      write_smt2(out, next);
    }
  out << ")";
}

}  // namespace

std::string to_text(term t) {
  const node& n = at(t);
  switch (n.kind) {
    case op::constant: {
      // Powers of two, and neighbours of them, are easier to read as such.
      for (std::size_t k = 16; k <= 200; ++k)
        for (const int off : {0, -1})
          if (n.value == exact::power_of_two(k) + exact(off)) return "2^" + std::to_string(k) + (off ? "-1" : "");
      return n.value.to_string();
    }
    case op::variable: return n.name;
    case op::always: return "true";
    case op::never: return "false";
    case op::negation: return "not " + to_text(n.a);
    case op::select: return "(" + to_text(n.a) + " ? " + to_text(n.b) + " : " + to_text(n.c) + ")";
    default: return "(" + to_text(n.a) + infix(n.kind) + to_text(n.b) + ")";
  }
}

std::string to_smt2(const std::vector<term>& assertions, const std::string& comment) {
  // Facts may mention further quotients: close under them.
  std::vector<term> all = assertions;
  std::set<term> with_fact;
  for (bool grown = true; grown;) {
    grown = false;
    for (const term t : reachable(all, [](const node& n) { return n.kind == op::quotient || n.kind == op::remainder; }))
      if (with_fact.insert(t).second) {
        all.push_back(division_fact(t));
        grown = true;
      }
  }
  std::ostringstream out;
  out << "; " << comment << "\n(set-logic QF_NIA)\n";
  std::vector<std::string> names;
  for (const term t : reachable(all, [](const node& n) { return n.kind == op::variable; })) names.push_back(at(t).name);
  for (const term t : with_fact) names.push_back(at(skolem_of(t)).name);
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  for (const std::string& name : names) out << "(declare-const " << smt2_symbol(name) << " Int)\n";
  std::set<term> written;
  for (const term t : all) {
    if (!written.insert(t).second) continue;
    out << "(assert ";
    write_smt2(out, t);
    out << ")\n";
  }
  out << "(check-sat)\n";
  return out.str();
}

}  // namespace guestclock::prove
