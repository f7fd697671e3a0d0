// SPDX-License-Identifier: BSL-1.0
/// \file props/choice.hpp
/// How the engines that try values choose them: near the places where arithmetic changes its mind.
///
/// A choice says *where* a value lies (so far from the low end, next to a power of two, next to an earlier value), not
/// which one it is. It therefore means something in any range, also after an earlier value, and with it the range, was
/// shrunk or mutated.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace guestclock::spec {

struct choice {
  static constexpr unsigned kind_count = 8;
  std::uint8_t kind = 0;  ///< taken modulo kind_count
  std::uint64_t amount = 0;
};

/// The values of a run so far, as many as are worth looking back at.
class earlier_values {
 public:
  constexpr void remember(std::uint64_t value) { values_[count_++ % values_.size()] = value; }
  /// One of them; 0 while there is none.
  [[nodiscard]] constexpr std::uint64_t any_of(std::uint64_t selector) const {
    const std::size_t known = count_ < values_.size() ? count_ : values_.size();
    return known == 0 ? 0 : values_[static_cast<std::size_t>(selector % known)];
  }

 private:
  std::array<std::uint64_t, 8> values_{};
  std::size_t count_ = 0;
};

/// The words from low to high, as bits: high is reached from low by counting up, modulo 2^bits where they are signed.
struct word_range {
  std::uint64_t low;
  std::uint64_t high;
  unsigned bits;  // [8, 64]

  [[nodiscard]] constexpr std::uint64_t mask() const { return ~std::uint64_t{0} >> (64 - bits); }
  [[nodiscard]] constexpr std::uint64_t distance(std::uint64_t value) const { return (value - low) & mask(); }
  [[nodiscard]] constexpr bool contains(std::uint64_t value) const { return distance(value) <= distance(high); }

  /// The value itself, as a word; where the range lacks it, one that it has.
  [[nodiscard]] constexpr std::uint64_t nearest(std::uint64_t value) const {
    if (contains(value)) return value & mask();
    return (low + distance(value) % (distance(high) + 1)) & mask();  // no value lacks in the range of all words
  }
};

/// The value that a choice means. The least choice, {0, 0}, means 0 where the range has it.
[[nodiscard]] constexpr std::uint64_t value_of(choice from, const word_range& range, const earlier_values& earlier) {
  const std::uint64_t amount = from.amount;
  const std::uint64_t step = amount % 4 - 1;                                  // −1, 0, 1, 2
  const std::uint64_t place = std::uint64_t{1} << (amount / 4 % range.bits);  // 2^k
  switch (from.kind % choice::kind_count) {
    case 0: return range.nearest(range.contains(0) ? amount : range.low + amount);
    case 1: return range.nearest(range.low + amount);
    case 2: return range.nearest(range.high - amount);
    case 3: return range.nearest(place + step);
    case 4: return range.nearest(~amount);  // −1, −2 …, or next to the greatest word
    case 5: return range.nearest(earlier.any_of(amount / 8) + (amount % 8 - 4));  // −4 … 3
    case 6: return range.nearest(earlier.any_of(amount / 256) + place + step);
    default: return range.nearest(~earlier.any_of(amount / 4) + step);  // their sum is next to 2^64
  }
}

}  // namespace guestclock::spec
