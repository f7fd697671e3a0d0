// SPDX-License-Identifier: BSL-1.0
#include "file.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace guestclock::tools {
namespace {

using trouble = std::optional<std::string>;

trouble trouble_with(const std::string& path) { return fmt::format("cannot write {}: {}", path, std::strerror(errno)); }

bool write_all(int descriptor, std::string_view content) {
  while (!content.empty()) {
    const ssize_t part = ::write(descriptor, content.data(), content.size());
    if (part < 0 && errno == EINTR) continue;
    if (part < 0) return false;
    content.remove_prefix(static_cast<std::size_t>(part));
  }
  return true;
}

trouble write_directly(const std::string& path, std::string_view content) {
  file_handle file(open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY));
  if (!file || !write_all(file.descriptor(), content) || !file.close()) return trouble_with(path);
  return {};
}

/// The permissions that a file of that name has, or would get.
mode_t permissions(const struct stat* old) {
  if (old != nullptr) return old->st_mode & 07777U;
  const mode_t mask = umask(0);
  umask(mask);
  return 0666U & ~mask;
}

trouble replace(const std::string& path, const struct stat* old, std::string_view content) {
  std::string temporary = path + ".XXXXXX";
  file_handle file(mkostemp(temporary.data(), O_CLOEXEC));
  if (!file) return fmt::format("cannot write a file beside {}: {}", path, std::strerror(errno));
  const bool written = write_all(file.descriptor(), content) && fchmod(file.descriptor(), permissions(old)) == 0 &&
                       fsync(file.descriptor()) == 0 && file.close();
  if (written && rename(temporary.c_str(), path.c_str()) == 0) return {};
  trouble why = trouble_with(path);  // before unlink has its own errno
  unlink(temporary.c_str());
  return why;
}

}  // namespace

file_handle::~file_handle() { static_cast<void>(close()); }

bool file_handle::close() noexcept {
  const int closed = descriptor_;
  descriptor_ = -1;
  return closed < 0 || ::close(closed) == 0;
}

bool is_stdout(const std::string& path) {
  struct stat named {};
  struct stat out {};
  if (path == "-") return true;
  return stat(path.c_str(), &named) == 0 && fstat(STDOUT_FILENO, &out) == 0 && named.st_dev == out.st_dev &&
         named.st_ino == out.st_ino;
}

std::optional<std::string> write_whole(const std::string& path, std::string_view content) {
  struct stat old {};
  if (stat(path.c_str(), &old) != 0) {
    if (errno == ENOENT) return replace(path, nullptr, content);
    return trouble_with(path);
  }
  if (S_ISDIR(old.st_mode)) return fmt::format("cannot write {}: it is a directory", path);
  if (!S_ISREG(old.st_mode)) return write_directly(path, content);
  if (access(path.c_str(), W_OK) != 0) return trouble_with(path);
  // By its own name, so that a link stays a link.
  std::error_code unresolved;
  const std::string resolved = std::filesystem::canonical(path, unresolved).string();
  return replace(unresolved ? path : resolved, &old, content);
}

}  // namespace guestclock::tools
