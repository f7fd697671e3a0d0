// SPDX-License-Identifier: BSL-1.0
/// \file spec/prove/term.hpp
/// Terms over whole numbers: what symbolic words are handles of. Equal terms are one term (hash-consing), so a law that
/// computes what the core computed speaks of the very same value.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "../laws/exact.hpp"

namespace guestclock::prove {

using term = std::int32_t;
inline constexpr term no_term = -1;

enum class op : std::uint8_t {
  constant, variable,                    // whole numbers
  add, subtract, multiply,
  quotient, remainder,                   // floor division, by a positive divisor
  select,                                // a ? b : c
  always, never,                         // truth values
  less, less_or_equal, equal,
  negation, conjunction, disjunction,
};

struct node {
  op kind;
  term a = no_term, b = no_term, c = no_term;
  exact value{};     // constant
  std::string name;  // variable
};

/// Values of variables: a model, or a counterexample.
using assignment = std::map<term, exact>;

/// Makers. Each folds constants and the identities that keep terms small; nothing else is simplified.
term constant(const exact& value);
term variable(const std::string& name);
term add(term a, term b);
term subtract(term a, term b);
term multiply(term a, term b);
term quotient(term a, term b);
term remainder(term a, term b);
term select(term condition, term a, term b);
term truth(bool value);
term less(term a, term b);
term less_or_equal(term a, term b);
term equal(term a, term b);
term negation(term a);
term conjunction(term a, term b);
term disjunction(term a, term b);

const node& at(term t);
bool is_truth_value(term t);
/// The constant that the term is, if it is one.
std::optional<exact> constant_value(term t);

/// The value of a term under an assignment, in exact arithmetic; truth values are 0 and 1. Variables that the
/// assignment leaves out are 0. Nothing where a divisor is not positive or a number grows beyond 256 bits.
class evaluator {
 public:
  explicit evaluator(const assignment& values) : values_(values) {}
  std::optional<exact> operator()(term t);
  /// Whether the truth value is certainly true.
  bool holds(term t);

 private:
  const assignment& values_;
  std::map<term, std::optional<exact>> known_;
};

/// The subterms of the given terms that satisfy `wanted`, in the order of their making.
std::vector<term> reachable(const std::vector<term>& roots, bool (*wanted)(const node&));

/// What makes a quotient and a remainder what they are, as a truth value over skolem constants: a = q·b + r, 0 <= r < b
/// (wherever b > 0). `quotient_skolem` and `remainder_skolem` name the constants; solvers know these only.
term division_fact(term quotient_or_remainder);
term skolem_of(term quotient_or_remainder);

/// The facts of all quotients and remainders among the subterms, and of those that the facts mention.
std::vector<term> division_facts(const std::vector<term>& roots);

/// Theorems about the products among the subterms, true of all whole numbers, and what solvers miss most. For products
/// x·m and y·m, and for q = ⌊x / k⌋ with a constant k > 0 and products x·m and q·m:
///
///     grow        m < 0  or  x >= y  or  x·m + m <= y·m
///     agree       x ≠ y  or  x·m = y·m
///     distribute  m < 0  or  q·m·k <= x·m <= q·m·k + (k − 1)·m
///
/// `product_theorems` states the three over fresh variables, so that a run can have them proved before it relies on them.
std::vector<term> product_facts(const std::vector<term>& roots);
std::vector<term> product_theorems();

/// For people: infix, over the names that the law drew.
std::string to_text(term t);

/// A closed SMT-LIB 2 script that asks whether all assertions can hold at once.
std::string to_smt2(const std::vector<term>& assertions, const std::string& comment);

}  // namespace guestclock::prove
