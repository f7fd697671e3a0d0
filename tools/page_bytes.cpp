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

/// An input's bytes, and how they were written.
struct decoded {
  std::string bytes;
  std::size_t digits{};  ///< of hex text; an odd last one gives no byte
  bool is_hex = false;
  bool is_all = true;

  [[nodiscard]] bool is_exactly(std::size_t size) const {
    return is_all && bytes.size() == size && (!is_hex || digits == 2 * size);
  }
  /// How much there is, in the unit that it was written in.
  [[nodiscard]] std::string size_text() const {
    return fmt::format("{}{} {}", is_all ? "" : "more than ", grouped(is_hex ? digits : bytes.size()),
                       is_hex ? "hex digits" : "bytes");
  }
};

template <class Abi> Abi structure_in(const std::string& bytes) {
  Abi page{};
  std::memcpy(&page, bytes.data(), sizeof page);
  return page;
}
any_page page_in(const std::string& bytes, page_kind kind) {
  switch (kind) {
    case page_kind::reference_tsc: return structure_in<hv_reference_tsc_page>(bytes);
    case page_kind::vmclock: return structure_in<vmclock_abi>(bytes);
    case page_kind::none:
    case page_kind::pvclock: break;
  }
  return structure_in<pvclock_vcpu_time_info>(bytes);
}

/// What a person may have given us instead of hex digits.
sentence not_hex(std::string_view text, std::size_t position) {
  return {
      fmt::format("this is neither a page's bytes nor hex text: there is '{}' at position {} of the text; "
                  "xxd -p makes hex text",
                  text[position], position + 1)};
}

outcome<decoded> decode_text(const file_start& input) {
  const std::string_view text = input.bytes;
  const std::size_t first = std::min(text.find_first_not_of(whitespace), text.size());
  const std::string_view start = text.substr(first, 2);
  std::string digits;
  for (std::size_t at = first + (start == "0x" || start == "0X" ? 2 : 0); at < text.size(); ++at) {
    if (whitespace.find(text[at]) != std::string_view::npos) continue;
    if (std::isxdigit(static_cast<unsigned char>(text[at])) == 0) return not_hex(text, at);
    digits += text[at];
  }
  decoded found{std::string(digits.size() / 2, '\0'), digits.size(), true, input.is_all};
  for (std::size_t at = 0; at < found.bytes.size(); ++at) {
    unsigned char value = 0;
    std::from_chars(&digits[2 * at], &digits[2 * at] + 2, value, 16);
    found.bytes[at] = static_cast<char>(value);
  }
  return found;
}

outcome<decoded> decode(const file_start& input) {
  if (is_text(input.bytes)) return decode_text(input);
  return decoded{input.bytes, 0, false, input.is_all};
}

std::string sizes_text() {
  std::string text;
  for (const page_kind kind : page_kinds)
    text += fmt::format("{}{} has {}", text.empty() ? "" : ", ", name_of(kind), size_of(kind));
  return text + " bytes";
}

bool has_vmclock_magic(const std::string& bytes) {
  std::uint32_t magic = 0;
  if (bytes.size() < sizeof magic) return false;
  std::memcpy(&magic, bytes.data(), sizeof magic);
  return magic == vmclock_magic;
}

outcome<page_kind> find_kind(const decoded& input) {
  if (has_vmclock_magic(input.bytes)) return page_kind::vmclock;
  if (input.is_exactly(size_of(page_kind::pvclock))) return page_kind::pvclock;
  if (input.is_exactly(size_of(page_kind::reference_tsc))) return page_kind::reference_tsc;
  if (input.bytes.size() < size_of(page_kind::pvclock))
    return sentence{fmt::format("{} are too short for a clock page: {}", input.size_text(), sizes_text())};
  return sentence{fmt::format("{} may be any kind of page: say --as pvclock, hyperv or vmclock ({})", input.size_text(),
                              sizes_text())};
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

outcome<found_page> find_page(const file_start& input, std::optional<page_kind> asked) {
  const outcome<decoded> all = decode(input);
  if (!all) return sentence{all.why_none()};
  if (all->bytes.empty() && all->digits == 0) return sentence{"there is nothing in it: " + sizes_text()};
  const outcome<page_kind> kind = asked ? outcome<page_kind>(*asked) : find_kind(*all);
  if (!kind) return sentence{kind.why_none()};
  const std::size_t size = size_of(*kind);
  const std::string in_digits = all->is_hex ? fmt::format(", {} digits", 2 * size) : "";
  if (all->bytes.size() < size)
    return sentence{
        fmt::format("{} are too short: a {} page has {} bytes{}", all->size_text(), name_of(*kind), size, in_digits)};
  found_page found{page_in(all->bytes, *kind), all->bytes.size(), ""};
  const auto* const vmclock = std::get_if<vmclock_abi>(&found.page);
  const bool is_region = vmclock != nullptr && all->is_exactly(vmclock->size);  // all of what the page says that it has
  if (!all->is_exactly(size) && !is_region)
    found.remark =
        fmt::format("the input has {}; the page is its first {}", all->size_text(), all->is_hex ? 2 * size : size);
  return found;
}

std::string bytes_of(const any_page& page) {
  return std::visit(
      [](const auto& structure) {
        std::string bytes(sizeof structure, '\0');
        std::memcpy(bytes.data(), &structure, sizeof structure);
        return bytes;
      },
      page);
}

std::string hex_of(const any_page& page) {
  std::string digits;
  for (const char byte : bytes_of(page)) digits += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  return digits;
}

namespace {

json fields_in(const pvclock_vcpu_time_info& page) {
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

json fields_in(const hv_reference_tsc_page& page) {
  json fields;
  fields["TscSequence"] = page.tsc_sequence;
  fields["Reserved1"] = page.reserved1;
  fields["TscScale"] = page.tsc_scale;
  fields["TscOffset"] = page.tsc_offset;
  return fields;
}

json fields_in(const vmclock_abi& page) {
  json fields;
  fields["magic"] = page.magic;
  fields["size"] = page.size;
  fields["version"] = page.version;
  fields["counter_id"] = unsigned{page.counter_id};
  fields["time_type"] = unsigned{page.time_type};
  fields["seq_count"] = page.seq_count;
  fields["disruption_marker"] = page.disruption_marker;
  fields["flags"] = page.flags;
  fields["pad"] = {unsigned{page.pad[0]}, unsigned{page.pad[1]}};
  fields["clock_status"] = unsigned{page.clock_status};
  fields["leap_second_smearing_hint"] = unsigned{page.leap_second_smearing_hint};
  fields["tai_offset_sec"] = page.tai_offset_sec;
  fields["leap_indicator"] = unsigned{page.leap_indicator};
  fields["counter_period_shift"] = unsigned{page.counter_period_shift};
  fields["counter_value"] = page.counter_value;
  fields["counter_period_frac_sec"] = page.counter_period_frac_sec;
  fields["counter_period_esterror_rate_frac_sec"] = page.counter_period_esterror_rate_frac_sec;
  fields["counter_period_maxerror_rate_frac_sec"] = page.counter_period_maxerror_rate_frac_sec;
  fields["time_sec"] = page.time_sec;
  fields["time_frac_sec"] = page.time_frac_sec;
  fields["time_esterror_nanosec"] = page.time_esterror_nanosec;
  fields["time_maxerror_nanosec"] = page.time_maxerror_nanosec;
  fields["vm_generation_counter"] = page.vm_generation_counter;
  return fields;
}

}  // namespace

json fields_of(const any_page& page) {
  return std::visit([](const auto& structure) { return fields_in(structure); }, page);
}

}  // namespace guestclock::tools
