// SPDX-License-Identifier: BSL-1.0
/// \file guestclock/outcome.hpp
/// What looking for something on a real machine comes to: the thing, or a sentence for a person.
#pragma once

#include <optional>
#include <string>
#include <utility>

namespace guestclock {

/// One sentence: what is wrong, what was found, where it helps what to do. No full stop, no newline.
struct sentence {
  std::string text;
};

/// What has no value but was done.
struct done {};

/// A value, or why there is none.
template <class Value> class [[nodiscard]] outcome {
 public:
  outcome(Value value) : value_(std::move(value)) {}              // NOLINT: a value is an outcome
  outcome(sentence why_none) : why_none_(std::move(why_none)) {}  // NOLINT: so is a reason

  [[nodiscard]] explicit operator bool() const noexcept { return value_.has_value(); }

  /// The value.
  ///   requires that there is one
  [[nodiscard]] Value& operator*() noexcept { return *value_; }
  [[nodiscard]] const Value& operator*() const noexcept { return *value_; }
  [[nodiscard]] Value* operator->() noexcept { return &*value_; }
  [[nodiscard]] const Value* operator->() const noexcept { return &*value_; }

  /// Why there is no value; empty where there is one.
  [[nodiscard]] const std::string& why_none() const noexcept { return why_none_.text; }

 private:
  std::optional<Value> value_;
  sentence why_none_;
};

}  // namespace guestclock
