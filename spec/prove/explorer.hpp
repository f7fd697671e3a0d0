// SPDX-License-Identifier: BSL-1.0
/// \file spec/prove/explorer.hpp
/// Runs one law over all its paths, and discharges every obligation on each.
///
/// A path is found by running the law again with the decisions so far; its last decision is then taken the other way.
/// A branch is pruned only where a solver shows that it cannot be taken, and that is itself an obligation. What was
/// proved on a path is relied on from there on.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "law_table_symbolic.hpp"
#include "path.hpp"
#include "quick_evaluator.hpp"
#include "solver.hpp"

namespace guestclock::prove {

/// How the obligations of a law went with one solver.
struct tally {
  bool asked = false;
  int proved = 0;
  int unknown = 0;
  double seconds = 0;
};

/// A concrete input that breaks an obligation.
struct refutation {
  std::string what;    ///< the obligation
  std::string file;    ///< where it stands
  int line = 0;
  assignment values;   ///< of the variables that the law drew
};

/// One value that the law drew, with its bounds, as text.
struct draw_note {
  std::string name;
  std::string type;    ///< u64, i8, …
  std::string domain;  ///< any, or an interval
};

/// One premise: where it stands, what it says where it is symbolic, and how often it ended a path.
struct premise_note {
  std::set<std::string> symbolic;
  bool ends_paths = false;
};

struct exploration {
  int paths = 0;
  int obligations = 0;
  int silent_paths = 0;               ///< ended with neither a requirement nor a false premise
  std::string incomplete;             ///< why the exploration gave up, if it did
  std::map<std::string, tally> solvers;
  int undecided = 0;                  ///< obligations that no solver proved
  std::string first_undecided;
  std::optional<refutation> refuted;
  std::vector<draw_note> draws;                     ///< in the order of the law
  std::map<int, premise_note> premises;             ///< by line
  std::map<int, std::optional<assignment>> reached; ///< requirements by line, with inputs that reach them
};

struct exploration_options {
  bool first_answer_suffices = false;  ///< stop at the first solver that proves an obligation
  int paths_max = 20'000;
  double slow_seconds = 1e9;           ///< queries that take longer are shown on stderr
  /// Values to run the law on instead of symbols: every obligation is then decided by computing it.
  std::optional<std::map<std::string, exact>> replayed;
  /// Called for each obligation: the assertions under which the last one must be unsatisfiable.
  std::function<void(const std::vector<term>&, const std::string& what)> exported;
};

class explorer {
 public:
  explorer(std::vector<std::unique_ptr<solver>> solvers, exploration_options options);
  ~explorer();

  /// Explores the law, and on each path the guide.
  exploration explore(const std::function<void()>& law, const guidance& guide);

  // What a running law asks.
  bool decide(term condition);
  /// A value of the term, which is known to be in [0, least_beyond); all of them have their paths.
  exact choose(term value, const exact& least_beyond);
  void oblige(term condition, const std::string& what, place where);
  void draw(const std::string& name, const std::string& type, term value, term low, term high, bool whole_word);
  /// The value to use instead of a symbol, in a replay.
  std::optional<exact> replayed(const std::string& name);
  bool assume(term premise, bool known, int line);
  void require(term claim, int line);
  std::string unique_name(const std::string& name);

  static explorer& running();

 private:
  struct decision {
    term condition;             // what this path takes to be true
    bool may_flip;              // whether the opposite is still to be explored
    std::optional<assignment> other_model;
    exact chosen{};             // for `choose`
  };

  void begin_path();
  bool next_path();
  void take(term condition);
  bool is_new() const { return position_ >= decisions_.size(); }
  struct feasibility {
    answer can_hold;
    std::optional<assignment> model;  // where it can
    const solver* shown_by = nullptr; // where it cannot
  };
  template <class Ask> auto timed(const solver& who, effort how_hard, term t, Ask&& question);
  answer ask(solver& who, term t, effort how_hard);
  answer ask_alone(solver& who, const std::vector<term>& given, term t);
  feasibility look(term condition);
  std::optional<assignment> search_model(term condition);
  std::optional<assignment> any_model(std::initializer_list<effort> efforts);
  const std::vector<term>& variables_in(term t);
  std::vector<term> local_facts(term goal);
  bool proves(term goal, const std::string& what, place where, const solver* shown_by = nullptr);
  exact untried(term value) const;
  void run_guide();

  std::vector<std::unique_ptr<solver>> solvers_;
  exploration_options options_;
  exploration found_;

  static constexpr int attempts_max = 240;
  static constexpr int searches_max = 10;
  std::map<int, int> sought_;  // how often inputs that reach a requirement were sought, by line

  std::map<std::tuple<const solver*, term, std::vector<term>>, answer> answered_alone_;
  /// What settled an obligation on earlier paths.
  struct experience {
    std::map<const solver*, int> helps_alone;  // how often asking alone did, less how often not
    solver* settled_late_by = nullptr;         // beyond the ladder's first stage, when last asked
    effort how_hard{};
  };
  std::map<std::tuple<std::string, std::string, int>, experience> experiences_;  // by what and where

  // This path.
  std::vector<decision> decisions_;
  std::size_t position_ = 0;
  std::vector<term> facts_;
  std::set<term> known_facts_;
  std::map<term, exact> chosen_values_;
  std::map<std::string, int> name_counts_;
  std::map<term, std::vector<term>> variables_in_;
  std::map<term, std::pair<whole, whole>> domains_;  // of the variables drawn
  quick_evaluator quick_;
  std::optional<assignment> model_;
  bool dead_ = false;
  bool spoke_ = false;
  bool guided_ = false;
  guidance guide_;
};

}  // namespace guestclock::prove
