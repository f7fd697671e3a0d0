// SPDX-License-Identifier: BSL-1.0
/// \file page_bytes.hpp
/// A pvclock page outside of memory: in a file, binary or as hex text, or on its way there.
#pragma once

#include "text.hpp"

#include <guestclock/outcome.hpp>
#include <guestclock/pvclock.hpp>

#include <string>
#include <string_view>

namespace guestclock::tools {

inline constexpr std::size_t pvclock_size = sizeof(pvclock_vcpu_time_info);
inline constexpr std::size_t read_size_max = 65536;  ///< of an input that does not end; a 4 KiB page in hex has 8 KiB

/// The first bytes of an input.
struct file_start {
  std::string bytes;   ///< at most read_size_max
  bool is_all = true;  ///< false: there was more
};

/// A page that was found in an input, and what the reader of it should know, empty if nothing.
struct found_page {
  pvclock_vcpu_time_info page{};
  std::string remark;
};

/// Reads the start of the file, or of standard input where the path is "-".
[[nodiscard]] outcome<file_start> read_start(const std::string& path);

/// The page at the start of an input: bytes, or the same in hex digits with whitespace anywhere and 0x before them.
/// An input is text where it has nothing but printable characters and whitespace.
[[nodiscard]] outcome<found_page> find_page(const file_start& input);

/// The page's bytes in the order in which they lie in memory, and the same as 64 hex digits.
[[nodiscard]] std::string bytes_of(const pvclock_vcpu_time_info& page);
[[nodiscard]] std::string hex_of(const pvclock_vcpu_time_info& page);

/// The fields by the names of the interface.
[[nodiscard]] json fields_of(const pvclock_vcpu_time_info& page);

}  // namespace guestclock::tools
