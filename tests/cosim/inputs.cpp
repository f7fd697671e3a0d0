// SPDX-License-Identifier: BSL-1.0
#include "inputs.hpp"

#include <algorithm>

namespace guestclock::cosim {
namespace {

constexpr std::uint64_t one = 1;

std::uint64_t greatest(const parameter& p) { return ~std::uint64_t{0} >> (64 - p.bits + (p.is_signed ? 1 : 0)); }
/// The bits as the parameter's word has them, sign-extended.
std::uint64_t cut(const parameter& p, std::uint64_t bits) {
  if (p.bits == 64) return bits;
  const std::uint64_t low = bits & ((one << p.bits) - 1);
  return p.is_signed && (low >> (p.bits - 1)) != 0 ? low | ~std::uint64_t{0} << p.bits : low;
}

/// 0, max, min, and 2^k − 1, 2^k, 2^k + 1 for every `step`th k and those about the halves and the ends; for signed
/// words their negatives, too.
std::vector<std::uint64_t> edges_of_word(const parameter& p, int step) {
  std::vector<std::uint64_t> found = {0, greatest(p), greatest(p) - 1, greatest(p) + 1, greatest(p) + 2};
  for (int k = 0; k < p.bits; ++k) {
    const bool chosen = k % step == 0 || k < 2 || (k + 1) % 32 == 0 || k % 32 == 0 || k + 2 >= p.bits;
    if (!chosen) continue;
    for (const std::uint64_t value : {(one << k) - 1, one << k, (one << k) + 1}) {
      found.push_back(value);
      if (p.is_signed) found.push_back(0 - value);
    }
  }
  for (std::uint64_t& value : found) value = cut(p, value);
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

std::vector<std::uint64_t> range(int from, int to) {
  std::vector<std::uint64_t> found;
  for (int i = from; i <= to; ++i) found.push_back(static_cast<std::uint64_t>(static_cast<std::int64_t>(i)));
  return found;
}

std::vector<std::uint64_t> masks(const parameter& p) {
  std::vector<std::uint64_t> found = {greatest(p)};
  for (int k = 0; k < p.bits; ++k) {
    found.push_back((one << k) - 1);
    found.push_back(one << k);
  }
  return found;
}

std::vector<std::uint64_t> edges_of(const parameter& p, std::size_t count) {
  switch (p.stands_for) {
    case role::word:
    case role::integer: return edges_of_word(p, count == 1 ? 1 : count == 2 ? 8 : 64);
    case role::flag: return {0, 1};
    case role::ordering: return {0, 1, 2};
    case role::mask: return masks(p);
    case role::places: {
      std::vector<std::uint64_t> found = range(0, 66);
      for (const std::uint64_t far : {127U, 128U, 255U, 256U, 0x8000'0000U, 0xFFFF'FFFFU}) found.push_back(far);
      return found;
    }
    case role::exponent: return range(0, 255);
    case role::steps: return range(-64, 63);
  }
  return {};
}

}  // namespace

std::vector<arguments> inputs::edges() const {
  std::vector<arguments> all = {arguments{}};
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    std::vector<arguments> longer;
    for (const arguments& some : all)
      for (const std::uint64_t value : edges_of(parameters_[i], parameters_.size())) {
        longer.push_back(some);
        longer.back()[i] = value;
      }
    all = std::move(longer);
  }
  return all;
}

std::uint64_t inputs::next_word(const parameter& p) {
  const int k = static_cast<int>(below(static_cast<std::uint64_t>(p.bits)));
  switch (below(8)) {
    case 0: return (one << k) + below(3) - 1;
    case 1: return 0 - ((one << k) + below(3) - 1);
    case 2: return greatest(p) - below(3);
    case 3: return greatest(p) + 1 + below(3);
    case 4: return random_();
    case 5: return 0 - (random_() >> (64 - p.bits) >> k);
    default: return random_() >> (64 - p.bits) >> k;
  }
}

/// A neighbour of the other argument, or one that with it comes to about the greatest value.
std::uint64_t inputs::near(const parameter& p, std::uint64_t other) {
  const std::uint64_t around = below(3) - 1;
  switch (below(5)) {
    case 0: return other;
    case 1: return other + around;
    case 2: return greatest(p) - other + around;
    case 3: return 0 - other + around;
    default: {  // of signed words, either sign's bound
      const std::uint64_t magnitude = p.is_signed && other >> 63 != 0 ? 0 - other : other;
      const std::uint64_t quotient = magnitude == 0 ? 0 : (greatest(p) + (p.is_signed ? below(2) : 0)) / magnitude;
      return (p.is_signed && below(2) != 0 ? 0 - quotient : quotient) + around;
    }
  }
}

arguments inputs::next() {
  arguments drawn{};
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const parameter& p = parameters_[i];
    if (p.stands_for == role::word || p.stands_for == role::integer) {
      drawn[i] = cut(p, i > 0 && below(4) == 0 ? near(p, drawn[i - 1]) : next_word(p));
    } else if (p.stands_for == role::places && below(16) != 0) {
      drawn[i] = below(static_cast<std::uint64_t>(parameters_[0].bits) + 1);
    } else {
      const std::vector<std::uint64_t> values = edges_of(p, parameters_.size());
      drawn[i] = values[below(values.size())];
    }
  }
  if (parameters_.size() == 3 && below(4) != 0) {  // long division: a divisor that is normalised, a remainder below it
    if (below(4) != 0) drawn[2] |= one << 63;
    if (drawn[2] != 0 && below(4) != 0)
      drawn[0] = below(2) != 0 ? drawn[0] % drawn[2] : drawn[2] - 1 - drawn[0] % 3 % drawn[2];
  }
  return drawn;
}

}  // namespace guestclock::cosim
