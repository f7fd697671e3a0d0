// SPDX-License-Identifier: BSL-1.0
/// \file running_process.hpp
/// A program that goes on running: what it says meanwhile, on a pipe or on a terminal, and how it ends. Every wait ends
/// after a while; a program that has not ended by then is killed.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace guestclock::tests {

struct terminal_size {
  unsigned short columns;
  unsigned short rows;
};

class running_process {
 public:
  /// Its stdout is a pipe; or, with a size, a terminal that is also its stdin and controls it. stderr goes to a file.
  explicit running_process(const std::vector<std::string>& command, std::optional<terminal_size> terminal = {},
                           const std::vector<std::string>& environment = {});
  running_process(const running_process&) = delete;
  running_process& operator=(const running_process&) = delete;
  ~running_process();

  [[nodiscard]] pid_t id() const { return id_; }
  /// Reads until what it said has `count` times `part`.
  ///   returns  whether it has, within the time
  bool read_until(const std::string& part, int count = 1, std::chrono::seconds longest = std::chrono::seconds(20));
  /// Everything that was read so far.
  [[nodiscard]] const std::string& out() const { return out_; }
  [[nodiscard]] std::string err() const;

  void send(int signal) const;
  /// What a person types; only on a terminal.
  void type(const std::string& text) const;
  void close_out();

  /// Reads, unless stdout was closed or must not be read, until it has ended.
  ///   returns  its exit status; 128 + signal where a signal ended it; −1 where it had to be killed
  int wait(bool reads = true, std::chrono::seconds longest = std::chrono::seconds(20));

  /// Its resident memory; 0 where the system does not tell.
  [[nodiscard]] std::size_t resident_kib() const;

 private:
  bool read_some(std::chrono::milliseconds longest);

  pid_t id_ = -1;
  int out_file_ = -1;
  int err_file_ = -1;
  std::optional<int> status_;
  std::string out_;
};

}  // namespace guestclock::tests
