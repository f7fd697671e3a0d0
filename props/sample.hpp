// SPDX-License-Identifier: BSL-1.0
/// \file props/sample.hpp
/// One law, tried with inputs that RapidCheck draws.
#pragma once

#include <cstdint>
#include <string>

#include "../spec/laws/native_inputs.hpp"

namespace guestclock::props {

/// `held`, or the premises of the law held so rarely that it was hardly tried, or there is a counterexample.
enum class status { held, vacuous, refuted };
[[nodiscard]] const char* name_of(status status);

/// At least one run in so many must reach a requirement.
inline constexpr int reached_one_in = 100;

struct report {
  std::string id;
  std::string part;  ///< "whole", or which part of a law about sequences
  std::string name;  ///< the id; and a slash and the part, unless it is the whole
  std::string sentence;
  props::status status = status::held;
  int runs = 0;
  int reached = 0;             ///< runs that reached a requirement
  std::uint64_t required = 0;  ///< requirements that were reached, in all
  double seconds = 0;
  std::string witness;  ///< the shrunk counterexample: name=value …
  std::string failure;  ///< what is wrong with it
};

[[nodiscard]] report sample(const spec::native_law& law, spec::law_part part, int runs, std::uint64_t seed,
                            bool shrinks = true);

}  // namespace guestclock::props
