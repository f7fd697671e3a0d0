// SPDX-License-Identifier: BSL-1.0
/// \file run_limit.hpp
/// A limit on KVM_RUN without a signal handler: SIGURG is blocked in this thread, but not while the guest runs, where a
/// pending one makes KVM_RUN come back with EINTR; then it is taken from the queue. Sent before the guest runs, it
/// waits. SIGURG, since a stray one does nothing to a process that does not know it.
#pragma once

#include <chrono>
#include <csignal>
#include <ctime>

#include <sys/syscall.h>
#include <unistd.h>

namespace guestclock::kvm {

inline constexpr int signal_to_leave = SIGURG;

/// This thread's timer.
class thread_timer {
 public:
  thread_timer() noexcept {
    sigevent event{};
    event.sigev_notify = SIGEV_THREAD_ID;
    event.sigev_signo = signal_to_leave;
    event._sigev_un._tid = static_cast<pid_t>(syscall(SYS_gettid));
    exists_ = timer_create(CLOCK_MONOTONIC, &event, &timer_) == 0;
  }
  thread_timer(const thread_timer&) = delete;
  thread_timer& operator=(const thread_timer&) = delete;
  ~thread_timer() {
    if (exists_) timer_delete(timer_);
  }

  /// Sends the signal after that time, and not again; 0: not at all.
  [[nodiscard]] bool set(std::chrono::nanoseconds after) noexcept {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(after);
    const itimerspec once{{0, 0}, {seconds.count(), (after - seconds).count()}};
    return exists_ && timer_settime(timer_, 0, &once, nullptr) == 0;
  }

 private:
  timer_t timer_{};
  bool exists_{};
};

/// The signal, blocked until the end of the block; one that is pending then is taken.
class blocked_signal {
 public:
  blocked_signal() noexcept {
    sigemptyset(&only_);
    sigaddset(&only_, signal_to_leave);
    pthread_sigmask(SIG_BLOCK, &only_, &before_);
  }
  blocked_signal(const blocked_signal&) = delete;
  blocked_signal& operator=(const blocked_signal&) = delete;
  ~blocked_signal() {
    take();
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  void take() const noexcept {
    const timespec at_once{0, 0};
    while (sigtimedwait(&only_, nullptr, &at_once) == signal_to_leave) {}
  }

 private:
  sigset_t only_{};
  sigset_t before_{};
};

}  // namespace guestclock::kvm
