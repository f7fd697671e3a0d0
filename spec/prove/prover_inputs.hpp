// SPDX-License-Identifier: BSL-1.0
/// \file spec/prove/prover_inputs.hpp
/// The Inputs of the prover: every draw is a symbol, every premise and requirement goes to the explorer.
#pragma once

#include <string>
#include <type_traits>

#include "explorer.hpp"
#include "symbolic_words.hpp"

namespace guestclock::inline symbolic {

class prover_inputs {
 public:
  template <class Word> Word any(const char* name) { return draw<Word>(name, Word::least(), Word::greatest(), true); }
  template <class Word> Word between(const char* name, std::type_identity_t<Word> low, std::type_identity_t<Word> high) {
    return draw<Word>(name, low, high, false);
  }
  [[nodiscard]] bool assume(flag premise, int line = __builtin_LINE()) {
    return explorer().assume(premise.as_term(), premise.is_known(), line);
  }
  void require(flag claim, int line = __builtin_LINE()) { explorer().require(claim.as_term(), line); }

 private:
  static prove::explorer& explorer() { return prove::explorer::running(); }
  template <class Word> Word draw(const char* name, Word low, Word high, bool whole_word) {
    const std::string unique = explorer().unique_name(name);
    const auto replayed = explorer().replayed(unique);
    const Word value = Word::of(replayed ? kernel::constant(*replayed) : kernel::variable(unique));
    explorer().draw(unique, (Word::is_signed ? "i" : "u") + std::to_string(Word::bits), value.as_term(), low.as_term(),
                    high.as_term(), whole_word);
    return value;
  }
};

/// What a guide may do: name the values that the law drew, and have lemmas proved, which are then relied on. A lemma
/// is an obligation like any other, so a guide cannot make a false law true.
class guide_inputs {
 public:
  template <class Word> Word drawn(const char* name) { return Word::of(kernel::variable(name)); }
  void lemma(flag claim, place where = place::here()) { kernel::oblige(claim.as_term(), "a lemma", where); }
};

/// What only the prover needs to know to prove a law; specialised beside it in spec/prove/guides. Runs on every path before
/// the law's first requirement, or, where it helps with the code's own obligations, `after` the last draw that it names.
template <class Law> struct guide {
  static void run(guide_inputs&) {}
};

}  // namespace guestclock::inline symbolic
