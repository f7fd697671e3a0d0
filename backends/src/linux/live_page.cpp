// SPDX-License-Identifier: BSL-1.0
#include <guestclock/linux/live_page.hpp>

#include <guestclock/linux/maps.hpp>
#include <guestclock/linux/paired_reading.hpp>
#include <guestclock/linux/vmclock_device.hpp>
#include <guestclock/x86/counter.hpp>

#include "../hexadecimal.hpp"
#include "descriptor.hpp"

#include <array>
#include <cerrno>

#include <fcntl.h>

namespace guestclock::on_linux {
namespace {

constexpr const char* maps_path = "/proc/self/maps";
constexpr std::size_t maps_bytes_max = std::size_t(64) << 20;  // 65530 mappings, the kernel's default limit, are 7 MB

outcome<std::string> read_maps() {
  const descriptor file(open(maps_path, O_RDONLY | O_CLOEXEC));
  if (file.number() < 0) return sentence{std::string("cannot open ") + maps_path + ": " + error_text(errno)};
  std::string text;
  std::array<char, 16384> part{};
  while (text.size() < maps_bytes_max) {
    const ssize_t length = read(file.number(), part.data(), part.size());
    if (length < 0 && errno == EINTR) continue;
    if (length < 0) return sentence{std::string("cannot read ") + maps_path + ": " + error_text(errno)};
    if (length == 0) return text;
    text.append(part.data(), static_cast<std::size_t>(length));
  }
  return sentence{std::string(maps_path) + " is longer than 64 MiB"};
}

/// 0 if `size` bytes can be read there, or the error that says why not.
int probe(const volatile void* address, std::size_t size) noexcept {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) return errno;
  const descriptor out(ends[0]);
  const descriptor in(ends[1]);
  const ssize_t length = write(in.number(), const_cast<const void*>(address), size);
  if (length < 0) return errno;
  return static_cast<std::size_t>(length) == size ? 0 : EFAULT;  // a short write stops at the first unbacked byte
}

/// Enough of a page to know that it is there: the kernel backs whole pages.
constexpr std::size_t probed_size = 32;

std::string not_backed(page_kind kind) {
  if (kind == page_kind::pvclock)
    return "is not backed: the host gives this guest no pvclock, or its kernel never used kvm-clock (or Xen's clock), "
           "or the clock is not stable";
  return "is not backed: this is no guest of Hyper-V, or its kernel does not use the clock source "
         "hyperv_clocksource_tsc_page";
}

std::string fault_in_words(const mapped_page& page, const vmclock_snapshot& fields) {
  return why_invalid_header(page, fields);
}
template <class Fields> std::string fault_in_words(const mapped_page&, const Fields&) { return {}; }

outcome<live_page> judge(std::uintptr_t candidate, std::string_view mapping, page_kind kind) {
  const std::string subject = "page " + hexadecimal(candidate) + " of " + std::string(mapping) + " ";
  live_page found{reinterpret_cast<const volatile void*>(candidate), std::string(mapping), 0, kind};
  const int error = probe(found.address, probed_size);
  if (error == EFAULT) return sentence{subject + not_backed(kind)};
  if (error != 0) return sentence{subject + "cannot be probed: " + error_text(error)};
  if (const std::string fault = fault_of_content(found.page()); !fault.empty()) return sentence{subject + fault};
  const outcome<i64> rate = believe_by_rate(found.page());
  if (!rate) return sentence{subject + rate.why_none()};
  found.difference_ns_per_second = *rate;
  return found;
}

sentence clock_failed(clock_error error) {
  return {std::string("cannot be compared with CLOCK_MONOTONIC_RAW: ") + name_of(error)};
}

}  // namespace

bool is_backed(const volatile void* address, std::size_t size) noexcept { return probe(address, size) == 0; }

std::string fault_of_content(const mapped_page& page) {
  return with_reader(page, x86::ordered_counter{}, [&page](auto reader) -> std::string {
    const auto seen = reader.snapshot();
    if (!seen) {
      const bool unusable = seen.error() == clock_error::sequence_invalid;
      return std::string("cannot be read: ") + name_of(seen.error()) +
             (unusable ? ": its host says that it is not usable now" : "");
    }
    const clock_error fault = fault_of(page, seen->fields);
    if (fault == clock_error{}) return {};
    const std::string words = fault_in_words(page, seen->fields);
    return std::string("fails its check: ") + name_of(fault) + (words.empty() ? "" : ": " + words);
  });
}

outcome<i64> believe_by_rate(const volatile void* pvclock) { return believe_by_rate(pvclock_at(pvclock)); }

outcome<i64> believe_by_rate(const mapped_page& page) {
  const auto first = read_pair(page, os_clock::monotonic_raw);
  if (!first) return clock_failed(first.error());
  const auto slept = sleep_until(os_clock::monotonic_raw, first->os.os_ns + rate_interval_ns);
  if (!slept) return clock_failed(slept.error());
  const auto second = read_pair(page, os_clock::monotonic_raw);
  if (!second) return clock_failed(second.error());
  const auto difference = difference_ns_per_second(*first, *second);
  if (!difference) return clock_failed(difference.error());
  constexpr i64 limit = rate_difference_ppm_max * 1000;
  if (*difference >= -limit && *difference <= limit) return *difference;
  return sentence{"runs " + std::to_string(*difference / 1000) + " ppm off CLOCK_MONOTONIC_RAW, allowed are " +
                  std::to_string(rate_difference_ppm_max)};
}

outcome<live_page> find_live_page_in(std::string_view maps, page_kind kind) {
  const auto page_bytes = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  const page_candidates candidates =
      kind == page_kind::reference_tsc ? hyperv_candidates(maps, page_bytes) : pvclock_candidates(maps, page_bytes);
  if (candidates.mapping.empty()) return sentence{"no [vvar_vclock] and no [vvar] in /proc/self/maps"};
  std::string why_none;
  for (const std::uintptr_t candidate : candidates.addresses) {
    outcome<live_page> page = judge(candidate, candidates.mapping, kind);
    if (page) return page;
    why_none += (why_none.empty() ? "" : "; ") + page.why_none();
  }
  if (why_none.empty()) why_none = std::string(candidates.mapping) + " has no page that could be a clock's";
  return sentence{why_none};
}

outcome<live_page> find_live_page(page_kind kind) {
  const outcome<std::string> maps = read_maps();
  if (!maps) return sentence{maps.why_none()};
  return find_live_page_in(*maps, kind);
}

}  // namespace guestclock::on_linux
