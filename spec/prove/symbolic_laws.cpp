// SPDX-License-Identifier: BSL-1.0
// The laws over symbolic words. GUESTCLOCK_SYMBOLIC_WORDS is set for this file: the shipped headers are compiled as they
// are, with every word a symbol.
#include "../laws/all.hpp"
#include "canaries.hpp"
#include "guides.hpp"
#include "law_table_symbolic.hpp"
#include "prover_inputs.hpp"

#ifndef GUESTCLOCK_PROVED_LAWS
#define GUESTCLOCK_PROVED_LAWS laws::over_all_values  // a test proves a few laws over a broken copy of the core
#endif

namespace guestclock::prove {
namespace {

template <class Law> symbolic_law make() {
  guidance guided{[] {
                    guide_inputs inputs;
                    guide<Law>::run(inputs);
                  },
                  ""};
  if constexpr (requires { guide<Law>::after; }) guided.after = guide<Law>::after;
  if constexpr (Law::info.kind == law_kind::trace) {
    const auto initial = [] {
      prover_inputs in;
      check_initial<Law>(in);
    };
    const auto step = [] {
      prover_inputs in;
      check_step<Law>(in);
    };
    return {Law::info.id, {{"initial", initial, {}}, {"step", step, guided}}};
  } else {
    const auto whole = [] {
      prover_inputs in;
      Law::check(in);
    };
    return {Law::info.id, {{"", whole, guided}}};
  }
}

template <class List> std::vector<symbolic_law> make_all() {
  std::vector<symbolic_law> all;
  List::for_each([&]<class Law>() { all.push_back(make<Law>()); });
  return all;
}

}  // namespace

std::vector<symbolic_law> symbolic_laws() { return make_all<GUESTCLOCK_PROVED_LAWS>(); }
std::vector<symbolic_law> symbolic_canaries() { return make_all<laws::canaries>(); }

}  // namespace guestclock::prove
