// SPDX-License-Identifier: BSL-1.0
/// \file guestclock/result.hpp
/// A value or the reason why there is none. No exceptions, no allocation, no abort.
#pragma once

#include <guestclock/word.hpp>

namespace guestclock::inline GUESTCLOCK_WORDS {

/// Why there is no time, named for what a caller can do about it.
enum class clock_error : std::uint8_t {
  no_clock = 1,             ///< there is no page here: enable the clock, or use another one
  update_in_progress,       ///< the host was writing at every attempt: try again later
  sequence_invalid,         ///< the host says that the page is not usable now: read the hypervisor's own counter instead
  unstable,                 ///< readings of several processors may disagree, and the caller asked for more
  bad_shift,                ///< the page's shift is outside [−31, 31]: it is not a clock page, or is corrupt
  bad_multiplier,           ///< the page's multiplier is 0: it was never published, or is corrupt
  bad_frequency,            ///< no rate can be published for this frequency: it is 0, or beyond what a page can say
  invalid_header,           ///< the page is not of this kind, or says of itself that it cannot be relied on
  counter_before_snapshot,  ///< the counter lies further before the page's own than skew explains
  generation_changed,       ///< the machine was restored or migrated in between: the two times are of different clocks
  inconsistent_update,      ///< the new page breaks a promise of the one before: declare wider bounds, or a disruption
  out_of_range,             ///< the exact result does not fit its type
};

/// The error's name as it stands in this file; "unknown" for a value that is no error of this library.
[[nodiscard]] constexpr const char* name_of(clock_error error) noexcept {
  switch (error) {
    case clock_error::no_clock: return "no_clock";
    case clock_error::update_in_progress: return "update_in_progress";
    case clock_error::sequence_invalid: return "sequence_invalid";
    case clock_error::unstable: return "unstable";
    case clock_error::bad_shift: return "bad_shift";
    case clock_error::bad_multiplier: return "bad_multiplier";
    case clock_error::bad_frequency: return "bad_frequency";
    case clock_error::invalid_header: return "invalid_header";
    case clock_error::counter_before_snapshot: return "counter_before_snapshot";
    case clock_error::generation_changed: return "generation_changed";
    case clock_error::inconsistent_update: return "inconsistent_update";
    case clock_error::out_of_range: return "out_of_range";
  }
  return "unknown";
}

/// A value, or a clock_error. There is no comparison between results: compare values, or errors.
template <class Value> class [[nodiscard]] result {
 public:
  constexpr result(Value value) noexcept : value_(value) {}            // NOLINT: a value is a result
  constexpr result(clock_error error) noexcept : error_(error) {}      // NOLINT: so is an error

  [[nodiscard]] constexpr bool has_value() const noexcept { return error_ == clock_error{}; }
  constexpr explicit operator bool() const noexcept { return has_value(); }

  /// The value; where there is none, a value-initialised one (never indeterminate). The prover shows that this
  /// library never takes the value of an error.
  [[nodiscard]] constexpr const Value& operator*() const noexcept {
    relies_on(has_value());
    return value_;
  }
  [[nodiscard]] constexpr const Value* operator->() const noexcept {
    relies_on(has_value());
    return &value_;
  }
  [[nodiscard]] constexpr Value value_or(Value fallback) const noexcept { return has_value() ? value_ : fallback; }

  /// Why there is no value; `clock_error{}` where there is one.
  [[nodiscard]] constexpr clock_error error() const noexcept { return error_; }

 private:
  Value value_{};
  clock_error error_{};
};

}  // namespace guestclock::inline GUESTCLOCK_WORDS
