// SPDX-License-Identifier: BSL-1.0
#include <guestclock/linux/maps.hpp>

#include <algorithm>
#include <charconv>

namespace guestclock::on_linux {
namespace {

constexpr std::string_view vclock_name = "[vvar_vclock]";
constexpr std::string_view vvar_name = "[vvar]";

/// Takes the text up to the first `end` off the front of `rest`, and `end` with it.
std::string_view take_until(std::string_view& rest, char end) noexcept {
  const std::size_t length = std::min(rest.find(end), rest.size());
  const std::string_view front = rest.substr(0, length);
  rest.remove_prefix(std::min(length + 1, rest.size()));
  return front;
}

std::optional<std::uintptr_t> parse_address(std::string_view digits) noexcept {
  std::uintptr_t address{};
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), address, 16);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return address;
}

/// The first readable mapping of that name.
std::optional<mapping> find_mapping(std::string_view maps, std::string_view name) noexcept {
  while (!maps.empty()) {
    const std::optional<mapping> found = parse_mapping(take_until(maps, '\n'));
    if (found && found->readable && found->name == name) return found;
  }
  return std::nullopt;
}

/// The whole pages of the mapping from number `first` to before number `last`.
std::vector<std::uintptr_t> pages_of(const mapping& where, std::size_t page_bytes, std::size_t first,
                                     std::size_t last) {
  std::vector<std::uintptr_t> pages;
  if (where.begin % page_bytes != 0) return pages;
  const std::size_t count = std::min((where.end - where.begin) / page_bytes, last);
  for (std::size_t number = first; number < count; ++number) pages.push_back(where.begin + number * page_bytes);
  return pages;
}

/// The page of that number in [vvar_vclock], or whatever [vvar] may have.
page_candidates candidates(std::string_view maps, std::size_t page_bytes, std::size_t number) {
  if (const auto vclock = find_mapping(maps, vclock_name))
    return {vclock_name, pages_of(*vclock, page_bytes, number, number + 1)};
  if (const auto vvar = find_mapping(maps, vvar_name))
    return {vvar_name, pages_of(*vvar, page_bytes, 1, candidate_count_max + 1)};
  return {};
}

}  // namespace

std::optional<mapping> parse_mapping(std::string_view line) noexcept {
  const std::optional<std::uintptr_t> begin = parse_address(take_until(line, '-'));
  const std::optional<std::uintptr_t> end = parse_address(take_until(line, ' '));
  if (!begin || !end || *begin >= *end) return std::nullopt;
  const std::string_view permissions = take_until(line, ' ');
  if (permissions.size() != 4) return std::nullopt;
  for (int column = 0; column < 3; ++column) {  // offset, device, inode
    if (take_until(line, ' ').empty()) return std::nullopt;
  }
  line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
  return mapping{*begin, *end, permissions.front() == 'r', line};
}

page_candidates pvclock_candidates(std::string_view maps, std::size_t page_bytes) {
  return candidates(maps, page_bytes, 0);
}

page_candidates hyperv_candidates(std::string_view maps, std::size_t page_bytes) {
  return candidates(maps, page_bytes, 1);
}

}  // namespace guestclock::on_linux
