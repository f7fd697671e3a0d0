// SPDX-License-Identifier: BSL-1.0
/// \file file.hpp
/// Files that are closed, and files that are written whole or not at all.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace guestclock::tools {

/// A descriptor that is closed in the end.
class file_handle {
 public:
  explicit file_handle(int descriptor) noexcept : descriptor_(descriptor) {}
  file_handle(const file_handle&) = delete;
  file_handle& operator=(const file_handle&) = delete;
  ~file_handle();

  [[nodiscard]] explicit operator bool() const noexcept { return descriptor_ >= 0; }
  [[nodiscard]] int descriptor() const noexcept { return descriptor_; }
  /// Closes it now; whether that went well.
  [[nodiscard]] bool close() noexcept;

 private:
  int descriptor_;
};

/// Whether the path is "-", or names what standard output goes to.
[[nodiscard]] bool is_stdout(const std::string& path);

/// Puts the content into the file. What was there before stays until all of the new content is on the disk: it is
/// written into a temporary file beside it, which then takes its name. Devices and pipes are written directly.
///   returns  why it could not be written: then a file that was there is as it was
[[nodiscard]] std::optional<std::string> write_whole(const std::string& path, std::string_view content);

}  // namespace guestclock::tools
