// SPDX-License-Identifier: BSL-1.0
#include "workers.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <numeric>
#include <stdexcept>

namespace guestclock::prove {
namespace {

/// The laws that take longest begin first, so that none of them is left to run alone at the end.
bool is_long(const std::string& id) {
  for (const char* name : {"word.quotient.scaled", "scale.inverse", "scale.frequency", "pvclock.convert.order", "pvclock.trace", "pvclock.wrapping.definition"})
    if (id.starts_with(name)) return true;
  return false;
}

struct worker {
  pid_t process = -1;
  int pipe = -1;
  std::size_t index = 0;
  std::string output;
};

worker start(const std::vector<task>& tasks, std::size_t index) {
  int ends[2];
  if (::pipe(ends) != 0) throw std::runtime_error(fmt::format("cannot make a pipe: {}", std::strerror(errno)));
  std::fflush(nullptr);
  const pid_t process = ::fork();
  if (process < 0) throw std::runtime_error(fmt::format("cannot start a process: {}", std::strerror(errno)));
  if (process == 0) {
    ::close(ends[0]);
    std::string text;
    try {
      text = to_json(tasks[index].run());
    } catch (const std::exception& e) {
      fmt::print(stderr, "prove: {}: {}\n", tasks[index].id, e.what());
      std::fflush(nullptr);
      ::_exit(2);
    }
    for (std::size_t done = 0; done < text.size();) {
      const ssize_t n = ::write(ends[1], text.data() + done, text.size() - done);
      if (n <= 0) ::_exit(2);
      done += static_cast<std::size_t>(n);
    }
    ::_exit(0);
  }
  ::close(ends[1]);
  return {process, ends[0], index, {}};
}

verdict finish(worker& w, const task& t) {
  ::close(w.pipe);
  int how = 0;
  while (::waitpid(w.process, &how, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(how) && WEXITSTATUS(how) == 0) return from_json(w.output);
  verdict lost;
  lost.id = t.id;
  lost.reason = WIFSIGNALED(how) ? fmt::format("its process was ended by signal {}", WTERMSIG(how))
                                 : std::string("its process failed");
  return lost;
}

}  // namespace

std::vector<verdict> run_all(const std::vector<task>& tasks, unsigned jobs) {
  const bool on_terminal = ::isatty(STDERR_FILENO) == 1;
  std::vector<verdict> verdicts(tasks.size());
  std::vector<worker> running;
  std::vector<std::size_t> order(tasks.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_partition(order.begin(), order.end(), [&](std::size_t i) { return is_long(tasks[i].id); });
  std::size_t next = 0;
  std::size_t done = 0;
  while (done < tasks.size()) {
    while (running.size() < jobs && next < order.size()) running.push_back(start(tasks, order[next++]));
    std::vector<pollfd> waits;
    for (const worker& w : running) waits.push_back({w.pipe, POLLIN, 0});
    if (::poll(waits.data(), waits.size(), -1) < 0 && errno != EINTR)
      throw std::runtime_error(fmt::format("cannot wait for processes: {}", std::strerror(errno)));
    for (std::size_t i = waits.size(); i-- > 0;) {
      if ((waits[i].revents & (POLLIN | POLLHUP | POLLERR)) == 0) continue;
      char buffer[65536];
      const ssize_t n = ::read(running[i].pipe, buffer, sizeof buffer);
      if (n > 0) {
        running[i].output.append(buffer, static_cast<std::size_t>(n));
        continue;
      }
      const std::size_t index = running[i].index;
      verdicts[index] = finish(running[i], tasks[index]);
      running.erase(running.begin() + static_cast<std::ptrdiff_t>(i));
      ++done;
      if (on_terminal) fmt::print(stderr, "\r\033[K{}/{} {} {}", done, tasks.size(), tasks[index].id, name_of(verdicts[index].outcome));
    }
  }
  if (on_terminal) fmt::print(stderr, "\r\033[K");
  return verdicts;
}

}  // namespace guestclock::prove
