// SPDX-License-Identifier: BSL-1.0
/// \file guestclock/mapped_page.hpp
/// Pages whose kind is known at run time only: which kinds there are, and one way to read each. Header-only.
#pragma once

#include <guestclock/clock.hpp>
#include <guestclock/pvclock.hpp>
#include <guestclock/reference_tsc.hpp>
#include <guestclock/result.hpp>
#include <guestclock/vmclock.hpp>
#include <guestclock/word.hpp>

namespace guestclock {

/// The kinds, in the order in which a machine is asked for them.
inline constexpr page_kind page_kinds[] = {page_kind::pvclock, page_kind::reference_tsc, page_kind::vmclock};

/// What the commands call a kind.
[[nodiscard]] constexpr const char* name_of(page_kind kind) noexcept {
  switch (kind) {
    case page_kind::none: return "none";
    case page_kind::pvclock: return "pvclock";
    case page_kind::reference_tsc: return "hyperv";
    case page_kind::vmclock: return "vmclock";
  }
  return "unknown";
}

/// How many bytes a page of that kind has.
[[nodiscard]] constexpr std::size_t size_of(page_kind kind) noexcept {
  switch (kind) {
    case page_kind::none: return 0;
    case page_kind::pvclock: return sizeof(pvclock_vcpu_time_info);
    case page_kind::reference_tsc: return sizeof(hv_reference_tsc_page);
    case page_kind::vmclock: return sizeof(vmclock_abi);
  }
  return 0;
}

/// A page that can be read.
struct mapped_page {
  page_kind kind{};
  const volatile void* address{};
  std::size_t size{};                       ///< how many bytes are mapped; not less than size_of(kind)
  u8 counter_id = vmclock_counter_x86_tsc;  ///< of the counter that it is read with; a vmclock page names its own
};
[[nodiscard]] inline mapped_page pvclock_at(const volatile void* page) noexcept {
  return {page_kind::pvclock, page, size_of(page_kind::pvclock)};
}

/// What `visit` makes of the reader of that page. Each has `snapshot()` and `now()`.
template <class Counter, class Visit> auto with_reader(const mapped_page& page, Counter counter, Visit visit) {
  switch (page.kind) {
    case page_kind::reference_tsc: return visit(reference_tsc_reader<Counter>(page.address, counter));
    case page_kind::vmclock:
      return visit(vmclock_reader<Counter>(page.address, u64(page.size), page.counter_id, counter));
    case page_kind::none:
    case page_kind::pvclock: break;
  }
  return visit(pvclock_reader<Counter>(page.address, counter));
}

/// Why those fields of that page cannot be a clock; clock_error{} if they can.
[[nodiscard]] inline clock_error fault_of(const mapped_page&, const pvclock_snapshot& fields) noexcept {
  return check(fields).error();
}
[[nodiscard]] inline clock_error fault_of(const mapped_page&, const reference_tsc_snapshot& fields) noexcept {
  return check(fields.rate()).error();
}
[[nodiscard]] inline clock_error fault_of(const mapped_page& page, const vmclock_snapshot& fields) noexcept {
  return check(fields, u64(page.size), page.counter_id).error();
}

/// The frequency of the counter that those fields speak of, to the nearest.
///   errors   bad_multiplier, bad_shift, out_of_range
///   units    Hz
[[nodiscard]] inline result<u64> frequency_of(const pvclock_snapshot& fields) noexcept {
  return frequency_hz(fields.rate(), nanoseconds_per_second);
}
[[nodiscard]] inline result<u64> frequency_of(const reference_tsc_snapshot& fields) noexcept {
  return frequency_hz(fields.rate(), reference_units_per_second);
}
[[nodiscard]] inline result<u64> frequency_of(const vmclock_snapshot& fields) noexcept {
  return vmclock_frequency_hz(fields);
}

}  // namespace guestclock
