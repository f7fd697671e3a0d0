// SPDX-License-Identifier: BSL-1.0
#include "process.hpp"

#include <array>
#include <cstdlib>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

namespace guestclock::tests {
namespace {

std::string content(int file) {
  std::string text;
  std::array<char, 4096> part{};
  lseek(file, 0, SEEK_SET);
  for (ssize_t length = 0; (length = read(file, part.data(), part.size())) > 0;)
    text.append(part.data(), static_cast<std::size_t>(length));
  close(file);
  return text;
}

int file_of(const std::string& text) {
  const int file = memfd_create("stdin", MFD_CLOEXEC);
  static_cast<void>(write(file, text.data(), text.size()) + lseek(file, 0, SEEK_SET));
  return file;
}

[[noreturn]] void begin(const std::vector<std::string>& command, const process_options& options, int out, int err) {
  dup2(err, STDERR_FILENO);
  dup2(options.stdin_path.empty() ? file_of(options.stdin_text) : open(options.stdin_path.c_str(), O_RDONLY),
       STDIN_FILENO);
  if (options.stdout_path == "-") {
    close(STDOUT_FILENO);
  } else {
    dup2(options.stdout_path.empty() ? out : open(options.stdout_path.c_str(), O_WRONLY), STDOUT_FILENO);
  }
  become(command, options.environment);
}

}  // namespace

void become(const std::vector<std::string>& command, const std::vector<std::string>& environment) {
  for (const std::string& variable : environment) {
    const std::size_t equals = variable.find('=');
    setenv(variable.substr(0, equals).c_str(), variable.substr(equals + 1).c_str(), 1);
  }
  std::vector<char*> arguments;
  arguments.reserve(command.size() + 1);
  for (const std::string& argument : command) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  execv(arguments.front(), arguments.data());
  _exit(127);
}

process_result run_process(const std::vector<std::string>& command, const process_options& options) {
  const int out = memfd_create("stdout", MFD_CLOEXEC);
  const int err = memfd_create("stderr", MFD_CLOEXEC);
  const pid_t child = fork();
  if (child == 0) begin(command, options, out, err);
  process_result result;
  int status = 0;
  if (child > 0 && waitpid(child, &status, 0) == child)
    result.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  result.out = content(out);
  result.err = content(err);
  return result;
}

}  // namespace guestclock::tests
