// SPDX-License-Identifier: BSL-1.0
#include "page_bytes.hpp"

#include "file.hpp"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <cstring>

#include <fcntl.h>
#include <unistd.h>

namespace guestclock::tools {
namespace {

constexpr std::string_view whitespace = " \t\n\v\f\r";

bool is_text(std::string_view bytes) {
  return std::all_of(bytes.begin(), bytes.end(),
                     [](char c) { return (c >= ' ' && c <= '~') || whitespace.find(c) != std::string_view::npos; });
}

found_page page_at(std::string_view bytes, std::string remark) {
  found_page found;
  std::memcpy(&found.page, bytes.data(), pvclock_size);
  found.remark = std::move(remark);
  return found;
}

std::string size_text(std::size_t size, const file_start& input, std::string_view unit) {
  return fmt::format("{}{} {}", input.is_all ? "" : "more than ", grouped(size), unit);
}

outcome<found_page> find_in_binary(const file_start& input) {
  const std::size_t size = input.bytes.size();
  if (size < pvclock_size)
    return sentence{fmt::format("{} bytes are too short: a pvclock page has {}", size, pvclock_size)};
  if (size == pvclock_size) return page_at(input.bytes, "");
  return page_at(input.bytes, fmt::format("the input has {}; the page is its first {}", size_text(size, input, "bytes"),
                                          pvclock_size));
}

/// What a person may have given us instead of hex digits.
sentence not_hex(std::string_view text, std::size_t position) {
  return {
      fmt::format("this is neither a page's bytes nor hex text: there is '{}' at position {} of the text; "
                  "xxd -p makes hex text",
                  text[position], position + 1)};
}

outcome<found_page> find_in_text(const file_start& input) {
  const std::string_view text = input.bytes;
  const std::size_t first = std::min(text.find_first_not_of(whitespace), text.size());
  const std::string_view start = text.substr(first, 2);
  std::string digits;
  for (std::size_t at = first + (start == "0x" || start == "0X" ? 2 : 0); at < text.size(); ++at) {
    if (whitespace.find(text[at]) != std::string_view::npos) continue;
    if (std::isxdigit(static_cast<unsigned char>(text[at])) == 0) return not_hex(text, at);
    digits += text[at];
  }
  if (digits.empty()) return sentence{fmt::format("there is nothing in it: a pvclock page has {} bytes", pvclock_size)};
  if (digits.size() < 2 * pvclock_size)
    return sentence{fmt::format("{} hex digits are too short: a pvclock page has {} bytes, {} digits", digits.size(),
                                pvclock_size, 2 * pvclock_size)};
  std::string bytes(pvclock_size, '\0');
  for (std::size_t at = 0; at < pvclock_size; ++at) {
    unsigned char value = 0;
    std::from_chars(&digits[2 * at], &digits[2 * at] + 2, value, 16);
    bytes[at] = static_cast<char>(value);
  }
  if (digits.size() == 2 * pvclock_size) return page_at(bytes, "");
  return page_at(bytes, fmt::format("the input has {}; the page is its first {}",
                                    size_text(digits.size(), input, "hex digits"), 2 * pvclock_size));
}

}  // namespace

outcome<file_start> read_start(const std::string& path) {
  const bool is_stdin = path == "-";
  const file_handle file(is_stdin ? dup(STDIN_FILENO) : open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  const std::string name = is_stdin ? "standard input" : path;
  if (!file) return sentence{fmt::format("cannot open {}: {}", name, std::strerror(errno))};
  std::string bytes(read_size_max + 1, '\0');  // one more, to know of more
  std::size_t size = 0;
  while (size < bytes.size()) {
    const ssize_t part = ::read(file.descriptor(), &bytes[size], bytes.size() - size);
    if (part < 0 && errno == EINTR) continue;
    if (part < 0) return sentence{fmt::format("cannot read {}: {}", name, std::strerror(errno))};
    if (part == 0) break;
    size += static_cast<std::size_t>(part);
  }
  bytes.resize(std::min(size, read_size_max));
  return file_start{std::move(bytes), size <= read_size_max};
}

outcome<found_page> find_page(const file_start& input) {
  return is_text(input.bytes) ? find_in_text(input) : find_in_binary(input);
}

std::string bytes_of(const pvclock_vcpu_time_info& page) {
  std::string bytes(pvclock_size, '\0');
  std::memcpy(bytes.data(), &page, pvclock_size);
  return bytes;
}

std::string hex_of(const pvclock_vcpu_time_info& page) {
  std::string digits;
  for (const char byte : bytes_of(page)) digits += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  return digits;
}

json fields_of(const pvclock_vcpu_time_info& page) {
  json fields;
  fields["version"] = page.version;
  fields["pad0"] = page.pad0;
  fields["tsc_timestamp"] = page.tsc_timestamp;
  fields["system_time"] = page.system_time;
  fields["tsc_to_system_mul"] = page.tsc_to_system_mul;
  fields["tsc_shift"] = int{page.tsc_shift};
  fields["flags"] = unsigned{page.flags};
  fields["pad"] = {unsigned{page.pad[0]}, unsigned{page.pad[1]}};
  return fields;
}

}  // namespace guestclock::tools
