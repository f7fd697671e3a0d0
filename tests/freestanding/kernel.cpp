// SPDX-License-Identifier: BSL-1.0
/// \file tests/freestanding/kernel.cpp
/// A program without any library: everything of the core is used once, and what came out is the exit status.
#include <guestclock/guestclock.hpp>
#if __has_include(<guestclock/x86/counter.hpp>)
#include <guestclock/x86/counter.hpp>
#else
namespace guestclock::x86 {
struct ordered_counter {
  struct sampled {
    u64 value;
    after_nothing after;
  };
  sampled sample() const noexcept { return {1'000'000, {}}; }
};
}  // namespace guestclock::x86
#endif

namespace {

using namespace guestclock;

alignas(8) unsigned char memory[40];
shared_last_value last;
int checks_failed = 0;
int checks_made = 0;
void expect(bool holds) {
  ++checks_made;
  if (!holds) ++checks_failed;
}

constexpr tick_rate rate{0x8000'0000, 1};  // a tick lasts one nanosecond
constexpr wide_tick_rate wide_rate{u64(1) << 63, 1};

void use_words() {
  expect(full_product(max_of<u64>, 2).high == 1);
  expect(full_product_limbs(max_of<u64>, u64(2)).high == 1);
  expect(full_product_limbs(max_of<u64>, u32(2)).high == 1);
  expect(full_quotient({1, 0}, 2).quotient == u64(1) << 63);
  expect(full_quotient_limbs({1, 0}, 2).quotient == u64(1) << 63);
  expect(!checked_shift_left(2, 63).fits && leading_zeros(1) == 63);
  expect(!checked_add(max_of<u64>, 1).fits && !checked_sub(u32(0), 1).fits && !checked_mul(min_of<i64>, -1).fits);
}

void use_scale() {
  expect(*ticks_to_time(5, rate) == 5 && *ticks_to_time(5, wide_rate) == 5);
  expect(*ticks_to_time_wrapping(5, rate) == 5 && *ticks_to_time_wrapping(5, wide_rate) == 5);
  expect(*ticks_to_time_ceiling(5, rate) == 5 && *ticks_to_time_ceiling(5, wide_rate) == 5);
  expect(*time_to_ticks(5, rate) == 5 && *time_to_ticks(5, wide_rate) == 5);
  expect(*frequency_hz(rate, nanoseconds_per_second) == 1'000'000'000);
  expect(*frequency_hz(wide_rate, nanoseconds_per_second) == 1'000'000'000);
  expect(error_bound(rate) == 1 && check(tick_rate{0, 0}).error() == clock_error::bad_multiplier);
}

void use_instants() {
  const instant start{5};
  const instant end{2'000'000'007};
  expect(*checked_add(start, end - start) == end && *checked_add(end, start - end) == start && start < end);
  const duration span = *checked_sub(end - start, duration::from_nanoseconds(i64(-3)));
  expect(*span.to_nanoseconds() == 2'000'000'005 && checked_add(span, span)->seconds() == 4);
  expect(!duration::from_parts(0, nanoseconds_per_second) && duration::minus_nanoseconds(1) < duration{});
}

template <std::size_t Width> void use_page(void* page) {
  writable_atomic_page<Width> writer(page);
  const u32 version = publish_section<pvclock_page>(writer, {0, 100, rate.mul, rate.shift, 0});
  pvclock_reader<x86::ordered_counter> clock(page);
  const auto now = clock.now();
  expect(now && now->version == version && now->time.nanoseconds == now->counter + 100);
  const auto later = not_before_last(last, clock.now());
  expect(later && now->time <= later->time && clock.now_stable().error() == clock_error::unstable);
  const auto seen = clock.snapshot();
  expect(seen && *convert_wrapping(seen->fields, seen->counter) == seen->counter + 100);
}

void use_wall_clock() {
  alignas(4) unsigned char structure[16]{};
  writable_atomic_page<4> writer(structure);
  const unix_time boot = *unix_time::from_parts(1'768'478'400, 5);
  publish_section<xen_wall_clock_page>(writer, *wall_clock_for<xen_wall_clock_page>(boot));
  expect(*wall_clock_at(structure) == boot && *wall_clock_at<xen_wall_clock_page>(structure) == boot);
  expect(*boot_time(*wall_time(boot, {7}), {7}) == boot && boot_time(boot, {7})->to_nanoseconds());
  const auto slewing = followed_wall::step(boot)->slew(*checked_add(boot, duration::from_nanoseconds(u64(9))), {0}, 500);
  expect(slewing && *slewing->wall_at({2'000}) == *wall_time(boot, {2'001}));
}

void use_monotonic() {
  local_last_value own;
  reading seen;
  seen.time = {9};
  expect(not_before_last(own, seen).time == instant{9} && own.load() == 9);
  expect(*compare(stamped::of(seen), stamped::of(seen)) == 0 && *checked_sub(stamped::of(seen), stamped{}) > duration{});
  const auto account = time_account().pause({{5}, {6}, 7})->restore({{8}, {0}, 9});
  expect(account && *account->time({1}, time_passed::with_snapshots) == instant{5 + 2 + 1 + 7 + 9});
}

void use_region(void* page) {
  const auto region = describe(reinterpret_cast<std::uintptr_t>(page), page_kind::pvclock, unix_time{}, 3'600);
  region_clock<x86::ordered_counter> sandbox(*region);
  const auto utc = sandbox.wall();
  const auto local = sandbox.local();
  expect(utc && local && *checked_sub(*local, *utc) >= *duration::from_parts(3'600, 0));
  auto& clock = sandbox.page_clock();
  expect(clock.read_within(1'000, [] {}) && clock.last_or_error());
  const auto fallback = []() -> result<reference_time> { return reference_time{7}; };
  expect(clock.now_or(fallback) && !*acknowledge_stop(page));
}

void use_format() {
  char text[48];
  const unix_time point = *unix_time::from_parts(1'768'491'296, 500);
  const written with_fraction = format_rfc3339(text, sizeof text, point, -19'800);
  expect(with_fraction && with_fraction.count == 33 && text[11] == '1' && text[27] == '-');
  expect(format_rfc3339(text, sizeof text, *date_time_from(point)).count == 28 && text[26] == '5');
  const char format[] = "%^A %_40d %F %T %s %Z";
  const written formatted = strftime(text, sizeof text, format, sizeof format - 1, *date_time_from(point));
  expect(formatted.error == format_error::buffer_too_small && formatted.count == 84 && text[47] == '1');
}

int run() {
  use_words();
  use_scale();
  use_instants();
  use_page<8>(memory);
  use_page<4>(memory + 4);
  use_wall_clock();
  use_monotonic();
  use_region(memory + 4);
  use_format();
  expect(name_of(clock_error::no_clock)[0] == 'n');
  return checks_failed == 0 && checks_made == 36 ? 0 : 1;
}

}  // namespace

// At -O0 clang copies and clears structures by calls of these, which compilers ask of every environment.
#ifdef SUPPLIES_MEMORY_FUNCTIONS
extern "C" void* memcpy(void* to, const void* from, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i)
    static_cast<volatile unsigned char*>(to)[i] = static_cast<const unsigned char*>(from)[i];
  return to;
}
extern "C" void* memset(void* at, int value, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i)
    static_cast<volatile unsigned char*>(at)[i] = static_cast<unsigned char>(value);
  return at;
}
#endif

extern "C" [[noreturn]] void guest_start() {
  const long status = run();
  asm volatile("syscall" : : "a"(60L), "D"(status) : "rcx", "r11", "memory");  // exit
  for (;;) {}
}
