// SPDX-License-Identifier: BSL-1.0
/// \file spec/prove/quick_evaluator.hpp
/// Values of terms in 128 bits: many times faster than the evaluator of term.hpp, which has the last word wherever a
/// number does not fit, and wherever a value is more than a hint.
#pragma once

#include <bit>
#include <cstdint>
#include <optional>
#include <vector>

#include "term.hpp"

namespace guestclock::prove {

__extension__ using whole = __int128;

inline exact exact_of(whole value) {
  if (static_cast<std::int64_t>(value) == value) return static_cast<std::int64_t>(value);
  if (static_cast<std::uint64_t>(value) == value) return static_cast<std::uint64_t>(value);
  return exact(static_cast<std::int64_t>(value >> 64)) * exact::power_of_two(64) +
         exact(static_cast<std::uint64_t>(value));
}

inline std::optional<whole> whole_of(const exact& value) {
  if (value.fits<std::int64_t>()) return value.to<std::int64_t>();
  const exact high = floor_div(value, exact::power_of_two(64));
  if (!high.fits<std::int64_t>()) return std::nullopt;
  return whole(high.to<std::int64_t>()) * (whole(1) << 64) +
         whole(floor_mod(value, exact::power_of_two(64)).to<std::uint64_t>());
}

class quick_evaluator {
 public:
  /// Forgets every value but those of constants.
  void begin() { ++run_; }
  void set(term variable, whole value) {
    reserve(variable);
    slots_[static_cast<std::size_t>(variable)] = {run_, true, value};
  }
  /// Nothing where a number does not fit, or a divisor is not positive.
  std::optional<whole> operator()(term t) {
    reserve(t);
    whole value{};
    if (!evaluate(t, value)) return std::nullopt;
    return value;
  }

 private:
  static constexpr std::uint64_t always = ~std::uint64_t{0};
  struct slot {
    std::uint64_t run = 0;
    bool is_known = false;
    whole value{};
  };

  void reserve(term t) {  // a term's parts are older than itself
    if (slots_.size() <= static_cast<std::size_t>(t)) slots_.resize(static_cast<std::size_t>(t) + 256);
  }
  bool evaluate(term t, whole& value) {
    slot& kept = slots_[static_cast<std::size_t>(t)];
    if (kept.run != run_ && kept.run != always) {
      const node& n = at(t);
      kept.is_known = compute(n, kept.value);
      kept.run = n.kind == op::constant ? always : run_;
    }
    value = kept.value;
    return kept.is_known;
  }
  static int places_of(whole power) {
    const auto low = static_cast<std::uint64_t>(power);
    return low != 0 ? std::countr_zero(low) : 64 + std::countr_zero(static_cast<std::uint64_t>(power >> 64));
  }
  bool compute(const node& n, whole& value) {
    if (n.kind == op::constant) {
      const auto fitting = whole_of(n.value);
      value = fitting.value_or(0);
      return fitting.has_value();
    }
    value = n.kind == op::always ? 1 : 0;
    if (n.kind == op::always || n.kind == op::never) return true;
    whole x{};
    whole y{};
    if (n.kind == op::variable || !evaluate(n.a, x)) return false;
    if (n.kind == op::negation) return value = x == 0 ? 1 : 0, true;
    if (n.kind == op::select) return evaluate(x == 0 ? n.c : n.b, value);
    if (n.kind == op::conjunction && x == 0) return true;
    if (n.kind == op::disjunction && x != 0) return value = 1, true;
    if (!evaluate(n.b, y)) return false;
    switch (n.kind) {
      case op::add: return !__builtin_add_overflow(x, y, &value);
      case op::subtract: return !__builtin_sub_overflow(x, y, &value);
      case op::multiply: return !__builtin_mul_overflow(x, y, &value);
      case op::quotient:
      case op::remainder: {
        if (y <= 0) return false;
        if ((y & (y - 1)) == 0) {  // shifting rounds down, too
          value = n.kind == op::remainder ? x & (y - 1) : x >> places_of(y);
          return true;
        }
        const whole quotient = x / y;
        const whole rest = x - quotient * y;
        value = n.kind == op::remainder ? (rest < 0 ? rest + y : rest) : (rest < 0 ? quotient - 1 : quotient);
        return true;
      }
      case op::less: return value = x < y ? 1 : 0, true;
      case op::less_or_equal: return value = x <= y ? 1 : 0, true;
      case op::equal: return value = x == y ? 1 : 0, true;
      default: return value = y, true;  // conjunction and disjunction, as far as they come here
    }
  }

  std::uint64_t run_ = 0;
  std::vector<slot> slots_;
};

}  // namespace guestclock::prove
