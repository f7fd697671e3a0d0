// SPDX-License-Identifier: BSL-1.0
/// \file tests/cosim/inputs.hpp
/// Arguments worth trying: the edges, all of them with all of the others, and random ones that like to meet.
#pragma once

#include <cstdint>
#include <random>
#include <vector>

#include "operation.hpp"

namespace guestclock::cosim {

class inputs {
 public:
  inputs(const std::vector<parameter>& parameters, std::uint64_t seed) : parameters_(parameters), random_(seed) {}

  [[nodiscard]] std::vector<arguments> edges() const;
  arguments next();

 private:
  std::uint64_t next_word(const parameter& p);
  std::uint64_t near(const parameter& p, std::uint64_t other);
  std::uint64_t below(std::uint64_t count) { return random_() % count; }

  const std::vector<parameter>& parameters_;
  std::mt19937_64 random_;
};

}  // namespace guestclock::cosim
