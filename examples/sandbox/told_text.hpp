// SPDX-License-Identifier: BSL-1.0
/// \file told_text.hpp
/// What a guest has to say, as it can be shown: everything in the mailbox is as the guest would have it.
#pragma once

#include "mailbox.hpp"

#include <algorithm>
#include <string>

namespace guestclock::sandbox {

/// The lines that the guest wrote, whatever it says of their length; of what is neither printable ASCII nor the end of a
/// line, which might do something to a terminal, the bytes as \\x1B.
inline std::string told_text(const mailbox& box) {
  const std::uint64_t told_size = *static_cast<const volatile std::uint64_t*>(&box.text_size);  // once: it may change
  const std::size_t size = std::min<std::uint64_t>(told_size, sizeof box.text);
  std::string text;
  for (std::size_t place = 0; place < size; ++place) {
    const char each = static_cast<const volatile char*>(box.text)[place];
    if ((each >= ' ' && each <= '~') || each == '\n') {
      text += each;
      continue;
    }
    constexpr const char* digits = "0123456789ABCDEF";
    const auto byte = static_cast<unsigned char>(each);
    text += {'\\', 'x', digits[byte >> 4], digits[byte & 15]};
  }
  return text;
}

}  // namespace guestclock::sandbox
