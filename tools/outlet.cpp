// SPDX-License-Identifier: BSL-1.0
#include "outlet.hpp"

#include "output.hpp"

#include <guestclock/instant.hpp>
#include <guestclock/linux/os_clock.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <ctime>

#include <fcntl.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

namespace guestclock::tools {
namespace {

constexpr std::size_t piece_bytes_max = 4096;  // what a pipe that takes anything takes without waiting
constexpr u64 nap_ns_max = 1'000'000'000;

u64 now_ns() { return on_linux::read_os_clock(on_linux::os_clock::monotonic).value_or(0); }

timespec span(u64 ns) {
  return {static_cast<time_t>(ns / nanoseconds_per_second), static_cast<long>(ns % nanoseconds_per_second)};
}

/// What poll says of both, after at most that long.
struct seen {
  short out;
  bool has_signal;
};
seen look(short wanted, int signals, u64 ns) {
  pollfd files[] = {{STDOUT_FILENO, wanted, 0}, {signals, POLLIN, 0}};
  const timespec longest = span(std::min(ns, nap_ns_max));
  if (ppoll(files, 2, &longest, nullptr) <= 0) return {0, false};
  return {files[0].revents, (files[1].revents & POLLIN) != 0};
}

constexpr short gone = POLLERR | POLLHUP;

}  // namespace

outcome<std::unique_ptr<outlet>> outlet::open() {
  sigset_t ending;
  sigemptyset(&ending);
  sigaddset(&ending, SIGINT);
  sigaddset(&ending, SIGTERM);
  if (std::signal(SIGPIPE, SIG_IGN) == SIG_ERR) return sentence{"cannot ignore SIGPIPE"};
  if (pthread_sigmask(SIG_BLOCK, &ending, nullptr) != 0) return sentence{"cannot block SIGINT and SIGTERM"};
  const int signals = signalfd(-1, &ending, SFD_CLOEXEC | SFD_NONBLOCK);
  const int away_from_stdout = signals < 0 ? -1 : fcntl(signals, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  const int error = errno;
  if (signals >= 0) close(signals);
  if (away_from_stdout < 0) return sentence{fmt::format("cannot wait for signals: {}", std::strerror(error))};
  return std::unique_ptr<outlet>(new outlet(away_from_stdout));
}

outlet::~outlet() { close(signals_); }

void outlet::take_signal() {
  signalfd_siginfo ignored;
  static_cast<void>(read(signals_, &ignored, sizeof ignored));
  if (is_asked_to_end_) return;
  is_asked_to_end_ = true;
  patient_until_ns_ = now_ns() + last_words_ns_max;
}

outlet_state outlet::wait_until(u64 due_ns) {
  for (;;) {
    const u64 now = now_ns();
    const seen state = look(0, signals_, due_ns > now ? due_ns - now : 0);
    if (state.has_signal) {
      take_signal();
      return outlet_state::asked_to_end;
    }
    if ((state.out & gone) != 0) return outlet_state::reader_gone;
    if ((state.out & POLLNVAL) != 0) return fail(EBADF);
    if (now >= due_ns) return outlet_state::open;
  }
}

outlet_state outlet::wait_writable() {
  for (;;) {
    const seen state = look(POLLOUT, signals_, nap_ns_max);
    if ((state.out & gone) != 0) return outlet_state::reader_gone;
    if ((state.out & POLLNVAL) != 0) return fail(EBADF);
    if ((state.out & POLLOUT) != 0) return outlet_state::open;
    if (state.has_signal) take_signal();
    if (is_asked_to_end_ && now_ns() > patient_until_ns_) {
      complain("nobody reads what is written to stdout; the output is incomplete");
      return outlet_state::failed;
    }
  }
}

outlet_state outlet::fail(int error) {
  complain(fmt::format("cannot write to stdout: {}; the output is incomplete", std::strerror(error)));
  return outlet_state::failed;
}

outlet_state outlet::write(std::string_view text) {
  while (!text.empty()) {
    if (const outlet_state state = wait_writable(); state != outlet_state::open) return state;
    const ssize_t length = ::write(STDOUT_FILENO, text.data(), std::min(text.size(), piece_bytes_max));
    if (length < 0 && errno == EPIPE) return outlet_state::reader_gone;
    if (length < 0 && errno != EINTR && errno != EAGAIN) return fail(errno);
    if (length > 0) text.remove_prefix(static_cast<std::size_t>(length));
  }
  return is_asked_to_end_ ? outlet_state::asked_to_end : outlet_state::open;
}

}  // namespace guestclock::tools
