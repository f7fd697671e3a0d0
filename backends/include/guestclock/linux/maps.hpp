// SPDX-License-Identifier: BSL-1.0
/// \file guestclock/linux/maps.hpp
/// Where the clock pages of a process may be, by the text of its /proc/PID/maps. Nothing here touches a machine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

/// Not `linux`: GNU dialects of C++ define that name as a macro.
namespace guestclock::on_linux {

/// One line of a maps text.
struct mapping {
  std::uintptr_t begin{};
  std::uintptr_t end{};  ///< one past the last byte
  bool readable{};
  std::string_view name;  ///< path or [name]; empty for anonymous memory
};

/// The mapping that a line describes; nothing where it is no such line.
///   requires nothing: any text
///   ensures  begin < end
///   source   Linux, Documentation/filesystems/proc.rst
[[nodiscard]] std::optional<mapping> parse_mapping(std::string_view line) noexcept;

/// Pages that may be a clock page, in the order to try them.
struct page_candidates {
  std::string_view mapping;               ///< "[vvar_vclock]", "[vvar]", or empty: there is neither
  std::vector<std::uintptr_t> addresses;  ///< page aligned, at most candidate_count_max
};

/// How many pages of one mapping are tried. The largest layout known has six.
inline constexpr std::size_t candidate_count_max = 16;

/// The pages that may be a pvclock, or a Hyper-V, page in a process with these mappings. Where there is a [vvar_vclock],
/// its first page is for pvclock and its second one for Hyper-V, and no other is tried: pages of [vvar] can pass a clock
/// page's checks by accident. Without one, the pages of [vvar] after the first, which is the kernel's own data.
///   requires page_bytes > 0
///   ensures  every candidate lies, whole and page aligned, in the mapping
///   units    bytes
///   source   Linux, arch/x86/entry/vdso: vma.c, vdso-layout.lds.S, and arch/x86/include/asm/vdso/vsyscall.h
[[nodiscard]] page_candidates pvclock_candidates(std::string_view maps, std::size_t page_bytes);
[[nodiscard]] page_candidates hyperv_candidates(std::string_view maps, std::size_t page_bytes);

}  // namespace guestclock::on_linux
