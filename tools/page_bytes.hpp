// SPDX-License-Identifier: BSL-1.0
/// \file page_bytes.hpp
/// A clock page outside of memory: in a file, binary or as hex text, or on its way there.
#pragma once

#include "text.hpp"

#include <guestclock/outcome.hpp>
#include <guestclock/mapped_page.hpp>

#include <optional>
#include <string>
#include <variant>

namespace guestclock::tools {

/// The structures of the interfaces, in the order of page_kind.
using any_page = std::variant<pvclock_vcpu_time_info, hv_reference_tsc_page, vmclock_abi>;

[[nodiscard]] inline page_kind kind_of(const any_page& page) { return page_kinds[page.index()]; }

inline constexpr std::size_t read_size_max = 65536;  ///< of an input that does not end; a 4 KiB page in hex has 8 KiB

/// The first bytes of an input.
struct file_start {
  std::string bytes;   ///< at most read_size_max
  bool is_all = true;  ///< false: there was more
};

/// A page that was found in an input, and what the reader of it should know, empty if nothing.
struct found_page {
  any_page page;
  std::size_t size{};  ///< of what the input has of it, and of what follows
  std::string remark;
};

/// Reads the start of the file, or of standard input where the path is "-".
[[nodiscard]] outcome<file_start> read_start(const std::string& path);

/// The page at the start of an input: bytes, or the same in hex digits with whitespace anywhere and 0x before them.
/// An input is text where it has nothing but printable characters and whitespace. Where no kind is asked for, it is a
/// vmclock page by its magic, or else a pvclock page of exactly 32 bytes, or a Hyper-V page of exactly 4096.
[[nodiscard]] outcome<found_page> find_page(const file_start& input, std::optional<page_kind> kind);

/// The page's bytes in the order in which they lie in memory, and the same as hex digits.
[[nodiscard]] std::string bytes_of(const any_page& page);
[[nodiscard]] std::string hex_of(const any_page& page);

/// The fields by the names of the interface. Of a Hyper-V page, what lies behind TscOffset is left out.
[[nodiscard]] json fields_of(const any_page& page);

}  // namespace guestclock::tools
