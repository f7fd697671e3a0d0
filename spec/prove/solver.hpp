// SPDX-License-Identifier: BSL-1.0
/// \file spec/prove/solver.hpp
/// One face for both solvers. Cut-offs are in the solver's own resource units, never in seconds: a loaded machine gets
/// the same answers.
#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <vector>

#include "term.hpp"

namespace guestclock::prove {

enum class answer { unsatisfiable, satisfiable, unknown };

/// How hard to try, each with its own settings and limit. `glance` is for pruning branches; `alone` asks with no other
/// facts than those that the question needs at the least.
enum class effort { glance, alone, first, second, third };
/// Each solver tries the first stage, then each the next.
inline constexpr std::initializer_list<effort> ladder[] = {
    {effort::alone, effort::first}, {effort::second}, {effort::third}};

class solver {
 public:
  virtual ~solver() = default;
  [[nodiscard]] virtual const char* name() const = 0;

  /// Begins a new set of assertions.
  virtual void clear() = 0;
  /// Adds an assertion that stays until `clear`.
  virtual void assert_always(term t) = 0;
  /// Whether everything asserted can hold together with `t`.
  virtual answer check_with(term t, effort how_hard) = 0;
  /// Whether `given` shows by itself that `t` cannot hold: `unsatisfiable`, or no answer. Small questions stay small.
  virtual bool refutes_alone(const std::vector<term>& given, term t) = 0;
  /// After `satisfiable`: values of the variables that the law drew.
  [[nodiscard]] virtual assignment model() = 0;
};

/// Each throws std::runtime_error with a sentence for people where the solver's version is not one that was tried.
std::unique_ptr<solver> make_z3();
std::unique_ptr<solver> make_cvc5();
std::string z3_version();
std::string cvc5_version();

}  // namespace guestclock::prove
