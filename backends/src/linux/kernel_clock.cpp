// SPDX-License-Identifier: BSL-1.0
#include <guestclock/linux/kernel_clock.hpp>

#include "descriptor.hpp"

#include <array>
#include <cerrno>

#include <fcntl.h>

namespace guestclock::on_linux {
namespace {

constexpr std::size_t attribute_bytes_max = 4096;  // a page: an attribute of sysfs has no more

outcome<std::string> read_attribute(const std::string& path) {
  const descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (file.number() < 0) return sentence{"cannot open " + path + ": " + error_text(errno)};
  std::array<char, attribute_bytes_max> bytes{};
  std::size_t size = 0;
  while (size < bytes.size()) {
    const ssize_t length = read(file.number(), bytes.data() + size, bytes.size() - size);
    if (length < 0 && errno == EINTR) continue;
    if (length < 0) return sentence{"cannot read " + path + ": " + error_text(errno)};
    if (length == 0) break;
    size += static_cast<std::size_t>(length);
  }
  return std::string(bytes.data(), size);
}

bool is_space(char character) noexcept { return character == ' ' || character == '\n'; }
bool is_printable(char character) noexcept { return character > ' ' && character <= '~'; }

/// The words of an attribute.
outcome<std::vector<std::string>> read_words(const std::string& path) {
  const outcome<std::string> text = read_attribute(path);
  if (!text) return sentence{text.why_none()};
  std::vector<std::string> words;
  bool is_inside = false;
  for (const char character : *text) {
    if (is_space(character)) {
      is_inside = false;
      continue;
    }
    if (!is_printable(character)) return sentence{path + " names no clock source: it is no text"};
    if (!is_inside) words.emplace_back();
    words.back() += character;
    is_inside = true;
  }
  if (words.empty()) return sentence{path + " names no clock source: it is empty"};
  return words;
}

}  // namespace

outcome<std::string> current_clock_source(const std::string& folder) {
  const std::string path = folder + "/current_clocksource";
  const outcome<std::vector<std::string>> words = read_words(path);
  if (!words) return sentence{words.why_none()};
  if (words->size() > 1) return sentence{path + " names more than one clock source"};
  return words->front();
}

outcome<std::vector<std::string>> available_clock_sources(const std::string& folder) {
  return read_words(folder + "/available_clocksource");
}

}  // namespace guestclock::on_linux
