// SPDX-License-Identifier: BSL-1.0
/// \file headed_array.hpp
/// A kernel structure that ends in an array, with room for some elements.
#pragma once

#include <array>
#include <cstddef>

namespace guestclock::kvm {

template <class Head, class Element, std::size_t Count> class headed_array {
 public:
  [[nodiscard]] Head* get() noexcept { return reinterpret_cast<Head*>(bytes_.data()); }
  [[nodiscard]] Head* operator->() noexcept { return get(); }
  [[nodiscard]] Element* elements(std::size_t offset) noexcept {
    return reinterpret_cast<Element*>(bytes_.data() + offset);
  }

 private:
  alignas(Head) alignas(Element) std::array<unsigned char, sizeof(Head) + Count * sizeof(Element)> bytes_{};
};

}  // namespace guestclock::kvm
