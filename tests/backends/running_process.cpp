// SPDX-License-Identifier: BSL-1.0
#include "running_process.hpp"

#include "process.hpp"

#include <array>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <thread>

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

namespace guestclock::tests {
namespace {

using clock = std::chrono::steady_clock;

int count_of(const std::string& text, const std::string& part) {
  int count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++count;
  return count;
}

}  // namespace

running_process::running_process(const std::vector<std::string>& command, std::optional<terminal_size> terminal,
                                 const std::vector<std::string>& environment)
    : err_file_(memfd_create("stderr", MFD_CLOEXEC)) {
  std::array<int, 2> ends{-1, -1};
  if (terminal) {
    const winsize size{terminal->rows, terminal->columns, 0, 0};
    id_ = forkpty(&out_file_, nullptr, nullptr, &size);
  } else {
    static_cast<void>(pipe2(ends.data(), O_CLOEXEC));
    out_file_ = ends[0];
    id_ = fork();
  }
  if (id_ == 0) {
    dup2(err_file_, STDERR_FILENO);
    if (!terminal) dup2(ends[1], STDOUT_FILENO);
    become(command, environment);
  }
  if (ends[1] >= 0) close(ends[1]);
  fcntl(out_file_, F_SETFD, FD_CLOEXEC);
}

running_process::~running_process() {
  if (!status_ && id_ > 0) {
    kill(id_, SIGKILL);
    waitpid(id_, nullptr, 0);
  }
  close_out();
  close(err_file_);
}

void running_process::close_out() {
  if (out_file_ >= 0) close(out_file_);
  out_file_ = -1;
}

void running_process::send(int signal) const { kill(id_, signal); }

void running_process::type(const std::string& text) const {
  static_cast<void>(write(out_file_, text.data(), text.size()));
}

/// Whether there may be more.
bool running_process::read_some(std::chrono::milliseconds longest) {
  pollfd file{out_file_, POLLIN, 0};
  if (poll(&file, 1, static_cast<int>(longest.count())) <= 0) return true;
  std::array<char, 65536> part{};
  const ssize_t length = read(out_file_, part.data(), part.size());
  if (length <= 0) return false;  // a terminal that its program left gives EIO
  out_.append(part.data(), static_cast<std::size_t>(length));
  return true;
}

bool running_process::read_until(const std::string& part, int count, std::chrono::seconds longest) {
  const auto deadline = clock::now() + longest;
  while (count_of(out_, part) < count)
    if (clock::now() > deadline || !read_some(std::chrono::milliseconds(50))) return count_of(out_, part) >= count;
  return true;
}

std::string running_process::err() const {
  std::string text;
  std::array<char, 4096> part{};
  off_t at = 0;
  for (ssize_t length = 0; (length = pread(err_file_, part.data(), part.size(), at)) > 0; at += length)
    text.append(part.data(), static_cast<std::size_t>(length));
  return text;
}

int running_process::wait(bool reads, std::chrono::seconds longest) {
  const auto deadline = clock::now() + longest;
  bool has_more = reads && out_file_ >= 0;
  int status = 0;
  while (!status_) {
    if (has_more) has_more = read_some(std::chrono::milliseconds(10));
    if (waitpid(id_, &status, WNOHANG) == id_) {
      status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    } else if (clock::now() > deadline) {
      kill(id_, SIGKILL);
      waitpid(id_, &status, 0);
      status_ = -1;
    } else if (!has_more) {
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
  }
  while (has_more) {
    const std::size_t before = out_.size();
    has_more = read_some(std::chrono::milliseconds(0)) && out_.size() > before;
  }
  return *status_;
}

std::size_t running_process::resident_kib() const {
  std::ifstream status("/proc/" + std::to_string(id_) + "/status");
  for (std::string word; status >> word;) {
    std::size_t kib = 0;
    if (word == "VmRSS:" && status >> kib) return kib;
  }
  return 0;
}

}  // namespace guestclock::tests
