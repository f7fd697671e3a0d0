// SPDX-License-Identifier: BSL-1.0
/// \file outlet.hpp
/// The end of a command that runs until it is told to stop: stdout, the time until the next thing is due, and whatever
/// ends it: SIGINT, SIGTERM, or a reader who closed the pipe. Every wait is bounded, also the one for a reader who
/// does not read.
#pragma once

#include <guestclock/outcome.hpp>
#include <guestclock/word.hpp>

#include <memory>
#include <string_view>

namespace guestclock::tools {

/// How the command goes on.
enum class outlet_state : std::uint8_t {
  open,          ///< go on
  asked_to_end,  ///< by a signal: say what there is to say, and end
  reader_gone,   ///< nobody reads stdout any more: end, and say nothing
  failed,        ///< stdout takes nothing, as was said on stderr: end
};

/// How long a reader who reads nothing is waited for, once a signal has asked to end.
inline constexpr u64 last_words_ns_max = 1'000'000'000;

/// One at a time. Both signals are blocked from its beginning to the end of the process: start threads after it.
class outlet {
 public:
  [[nodiscard]] static outcome<std::unique_ptr<outlet>> open();
  outlet(const outlet&) = delete;
  outlet& operator=(const outlet&) = delete;
  ~outlet();

  /// Waits until CLOCK_MONOTONIC shows `due_ns`, or something ends the command. Signals that came before are seen, too.
  [[nodiscard]] outlet_state wait_until(u64 due_ns);

  /// Writes all of the text. After a signal it gives the reader last_words_ns_max to take it.
  [[nodiscard]] outlet_state write(std::string_view text);

 private:
  explicit outlet(int signals) noexcept : signals_(signals) {}
  [[nodiscard]] outlet_state wait_writable();
  [[nodiscard]] outlet_state fail(int error);
  void take_signal();

  int signals_;
  bool is_asked_to_end_{};
  u64 patient_until_ns_{};
};

}  // namespace guestclock::tools
