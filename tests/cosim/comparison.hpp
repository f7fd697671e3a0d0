// SPDX-License-Identifier: BSL-1.0
/// \file tests/cosim/comparison.hpp
/// One operation on machine words, on symbolic words that hold machine values, and on symbolic words that hold terms.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "../../spec/prove/quick_evaluator.hpp"
#include "operation.hpp"

namespace guestclock::cosim {

/// What symbolic words asked of the prover (spec/prove/path.hpp), and what the prover's place-holder here answered.
struct question {
  enum class kind : std::uint8_t { decision, choice, obligation } what;
  prove::term asked;
  std::uint64_t answer;
};

/// How one run of an operation on symbolic words went, its variables having the given values.
struct symbolic_run {
  std::vector<question> questions;  // up to the first obligation that does not hold
  bool is_defined = true;           // every obligation held
  bool is_refused = false;          // prove::impossible
  symbolic_results results;
};

class comparison {
 public:
  comparison(const native_operation& native, const symbolic_operation& symbolic);

  /// What differs; empty where nothing does. `thoroughly` tries each mixture of machine values and terms as well, and
  /// has every value computed by the prover's evaluator, too.
  std::string compare(const arguments& given, bool thoroughly);

 private:
  /// What is known of the paths: a tree of the questions, by their answers.
  struct junction {
    enum class kind : std::uint8_t { unseen, asks, ends, refuses } what = kind::unseen;
    question asked{};
    symbolic_results results;
    std::vector<std::pair<std::uint64_t, std::unique_ptr<junction>>> next;
    junction& at(std::uint64_t answer);
  };
  struct conclusion {
    bool is_defined = true;
    bool is_refused = false;
    int count = 0;
    std::array<std::optional<exact>, 4> values;
  };

  [[nodiscard]] operands operands_of(const arguments& given, unsigned known) const;
  [[nodiscard]] exact value_of(const arguments& given, std::size_t i) const;
  [[nodiscard]] prove::assignment assignment_of(const arguments& given) const;
  symbolic_run run(const arguments& given, unsigned known);
  [[nodiscard]] static conclusion concluded(const symbolic_run& run, const prove::assignment& values);
  /// Along the tree; nothing where the evaluator cannot tell. A path that is not there yet is run and added.
  template <class Evaluate> std::optional<conclusion> walked(const arguments& given, Evaluate&& value);
  [[nodiscard]] std::string difference(const char* how, const conclusion& symbolic, bool is_defined,
                                       const native_results& native) const;

  const native_operation& native_;
  const symbolic_operation& symbolic_;
  std::array<prove::term, 3> variables_{};
  unsigned always_known_ = 0;            // a bit for each parameter that is never a term
  std::map<arguments, junction> paths_;  // by the arguments that are never terms
  prove::quick_evaluator quick_;
};

}  // namespace guestclock::cosim
