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

}  // namespace

result<paired_reading> read_pair(const volatile void* page, os_clock clock) noexcept {
  pvclock_reader<x86::ordered_counter> reader(page);
  for (int round = 0; round < retry_count_max; ++round) {
    const auto before = reader.snapshot();
    if (!before) return before.error();
    const result<bracket> os = tightest_bracket(clock);
    if (!os) return os.error();
    const auto after = reader.snapshot();
    if (!after) return after.error();
    if (before->version != after->version) continue;
    const result<reading> seen = convert(before->fields, os->counter_middle());
    if (!seen) return seen.error();
    paired_reading pair{*seen, *os, before->fields.rate()};
    pair.page.version = before->version;
    return pair;
  }
  return clock_error::update_in_progress;
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

}  // namespace guestclock::on_linux
