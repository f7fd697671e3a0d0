// SPDX-License-Identifier: BSL-1.0
#include <guestclock/linux/paired_reading.hpp>

#include <guestclock/x86/counter.hpp>

namespace guestclock::on_linux {
namespace {

/// |value|, for every value.
u64 magnitude(i64 value) noexcept { return value < 0 ? wrapping_sub(u64(0), as_unsigned(value)) : u64(value); }

/// value · 10^9 / divisor, to the nearest.
result<u64> scaled_quotient(u64 value, u64 divisor) noexcept {
  const wide scaled = full_product(value, u64(nanoseconds_per_second));
  if (scaled.high >= divisor) return clock_error::out_of_range;
  const division exact = full_quotient(scaled, divisor);
  const bool up = exact.remainder >= divisor - exact.remainder;
  const checked<u64> rounded = checked_add(exact.quotient, u64(up ? 1 : 0));
  if (!rounded.fits || rounded.value > u64(max_of<i64>)) return clock_error::out_of_range;
  return rounded.value;
}

/// Whether the page was not updated from the one section to the other. Where versions return, equal ones do not say so.
template <class Page> bool is_same_update(const section<Page>& before, const section<Page>& after) noexcept {
  if (before.version != after.version) return false;
  if constexpr (Page::versions_return) return before.fields == after.fields;
  return true;
}

template <class Reader>
result<paired_reading> read_pair_by(Reader reader, const mapped_page& page, os_clock clock) noexcept {
  for (int round = 0; round < retry_count_max; ++round) {
    const auto before = reader.snapshot();
    if (!before) return before.error();
    if (const clock_error fault = fault_of(page, before->fields); fault != clock_error{}) return fault;
    const result<bracket> os = tightest_bracket(clock);
    if (!os) return os.error();
    const auto after = reader.snapshot();
    if (!after) return after.error();
    if (!is_same_update(*before, *after)) continue;
    const result<reading> seen = convert(before->fields, os->counter_middle());
    if (!seen) return seen.error();
    paired_reading pair{*seen, *os, frequency_of(before->fields).value_or(0)};
    pair.page.version = before->version;
    return pair;
  }
  return clock_error::update_in_progress;
}

}  // namespace

result<paired_reading> read_pair(const mapped_page& page, os_clock clock) noexcept {
  return with_reader(page, x86::ordered_counter{}, [&](auto reader) { return read_pair_by(reader, page, clock); });
}

result<paired_reading> read_pair(const volatile void* pvclock, os_clock clock) noexcept {
  return read_pair(pvclock_at(pvclock), clock);
}

result<i64> difference_ns_per_second(const paired_reading& earlier, const paired_reading& later) noexcept {
  if (later.os.os_ns <= earlier.os.os_ns) return clock_error::out_of_range;
  const u64 passed = later.os.os_ns - earlier.os.os_ns;
  const result<duration> difference =
      checked_sub(later.page.time - earlier.page.time, duration::from_nanoseconds(passed));
  if (!difference) return difference.error();
  const result<i64> excess = difference->to_nanoseconds();
  if (!excess) return excess.error();
  const result<u64> size = scaled_quotient(magnitude(*excess), passed);
  if (!size) return size.error();
  return *excess < 0 ? -i64(*size) : i64(*size);
}

result<i64> offset_ns(const paired_reading& pair) noexcept {
  return (pair.page.time - instant{pair.os.os_ns}).to_nanoseconds();
}

result<u64> uncertainty_ns(const paired_reading& pair) noexcept {
  if (pair.frequency_hz == 0) return clock_error::bad_frequency;
  const u64 half_width = pair.os.width() / 2 + pair.os.width() % 2;
  const wide scaled = full_product(half_width, u64(nanoseconds_per_second));
  if (scaled.high >= pair.frequency_hz) return clock_error::out_of_range;
  const division exact = full_quotient(scaled, pair.frequency_hz);
  const checked<u64> sum = checked_add(exact.quotient, u64(exact.remainder == 0 ? 2 : 3));
  if (!sum.fits) return clock_error::out_of_range;
  return sum.value;
}

result<comparison> compare(const mapped_page& page) noexcept {
  const result<paired_reading> monotonic_raw = read_pair(page, os_clock::monotonic_raw);
  if (!monotonic_raw) return monotonic_raw.error();
  const result<paired_reading> boottime = read_pair(page, os_clock::boottime);
  if (!boottime) return boottime.error();
  const result<paired_reading> monotonic = read_pair(page, os_clock::monotonic);
  if (!monotonic) return monotonic.error();
  return comparison{*monotonic_raw, *boottime, *monotonic};
}

}  // namespace guestclock::on_linux
