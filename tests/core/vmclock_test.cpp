// SPDX-License-Identifier: BSL-1.0
/// \file tests/core/vmclock_test.cpp
#include <guestclock/vmclock.hpp>

#include <cstring>

#include <gtest/gtest.h>

#include "pages.hpp"

namespace {

using namespace guestclock;
using namespace guestclock::tests;

constexpr u64 half = u64{1} << 63;

/// 1 GHz, as UAPI.13 gives it: 0x89705F4136B4A597 / 2^(64 + 29).
constexpr vmclock_snapshot page_of_1_ghz() {
  vmclock_snapshot page;
  page.magic = vmclock_magic;
  page.size = 4096;
  page.version = 1;
  page.counter_id = vmclock_counter_x86_tsc;
  page.time_type = vmclock_time_tai;
  page.disruption_marker = 5;
  page.flags = vmclock_tai_offset_valid;
  page.clock_status = vmclock_status_synchronized;
  page.tai_offset_sec = 37;
  page.counter_period_shift = 29;
  page.counter_value = 10'000'000'000;
  page.counter_period_frac_sec = 0x8970'5F41'36B4'A597;
  page.time_sec = 1'800'000'000;
  page.time_frac_sec = half;
  return page;
}
/// A tick lasts half a second.
constexpr vmclock_snapshot page_of_2_hz() {
  vmclock_snapshot page = page_of_1_ghz();
  page.counter_period_shift = 0;
  page.counter_period_frac_sec = half;
  page.counter_value = 100;
  return page;
}
constexpr std::uint64_t both_max_errors = vmclock_time_maxerror_valid + vmclock_period_maxerror_valid;
constexpr std::uint64_t both_est_errors = vmclock_time_esterror_valid + vmclock_period_esterror_valid;

// In constant expressions.
static_assert(vmclock_reading_at(page_of_2_hz(), 101)->time == vmclock_time{1'800'000'001, 0});
static_assert(convert(page_of_2_hz(), 100)->time.nanoseconds == 1'800'000'000'500'000'000);
static_assert(vmclock_period_for(1'000'000'000)->counter_period_frac_sec == 0x8970'5F41'36B4'A597);
static_assert(check(vmclock_snapshot{}, 4096, vmclock_counter_x86_tsc).error() == clock_error::invalid_header);

TEST(Vmclock, PublishesTheDocumentedPeriodOfAGigahertz) {
  const auto period = vmclock_period_for(1'000'000'000);
  ASSERT_TRUE(period.has_value());
  EXPECT_EQ(period->counter_period_frac_sec, 0x8970'5F41'36B4'A597U);
  EXPECT_EQ(period->counter_period_shift, 29U);
  EXPECT_EQ(vmclock_frequency_hz(page_of_1_ghz()).value_or(0), 1'000'000'000U);
}

TEST(Vmclock, HasNoPeriodBelowTwoHertz) {
  EXPECT_EQ(vmclock_period_for(0).error(), clock_error::bad_frequency);
  EXPECT_EQ(vmclock_period_for(1).error(), clock_error::bad_frequency);
  EXPECT_EQ(vmclock_period_for(2)->counter_period_frac_sec, half);
  EXPECT_EQ(vmclock_period_for(2)->counter_period_shift, 0U);
  EXPECT_EQ(vmclock_period_for(max_of<u64>)->counter_period_shift, 63U);
}

TEST(Vmclock, BringsFrequenciesBack) {
  for (const u64 frequency : {u64{2}, u64{10'000'000}, u64{2'399'999'999}, u64{5'000'000'001}, half}) {
    const auto period = vmclock_period_for(frequency);
    ASSERT_TRUE(period.has_value());
    vmclock_snapshot page;
    page.counter_period_frac_sec = period->counter_period_frac_sec;
    page.counter_period_shift = period->counter_period_shift;
    EXPECT_EQ(vmclock_frequency_hz(page).value_or(0), frequency);
  }
  vmclock_snapshot page = page_of_1_ghz();
  page.counter_period_frac_sec = 1;
  EXPECT_EQ(vmclock_frequency_hz(page).error(), clock_error::out_of_range);
  page.counter_period_frac_sec = 0;
  EXPECT_EQ(vmclock_frequency_hz(page).error(), clock_error::bad_multiplier);
}

TEST(Vmclock, CountsASecondOfAGigahertz) {
  const vmclock_snapshot page = page_of_1_ghz();
  const auto seen = vmclock_reading_at(page, page.counter_value + 1'000'000'000);
  ASSERT_TRUE(seen.has_value());
  EXPECT_EQ(seen->time.seconds, 1'800'000'001U);  // never fast: just below one second
  EXPECT_LT(half - seen->time.fraction, u64{1} << 32);
  EXPECT_EQ(convert(page, page.counter_value + 1'000'000'000)->time.nanoseconds, 1'800'000'001'499'999'999U);
}

TEST(Vmclock, RefusesAPageThatWasNeverPublished) {
  alignas(8) const unsigned char zeros[112]{};
  vmclock_reader<fixed_counter> clock(zeros, 4096, vmclock_counter_x86_tsc, fixed_counter{1});
  EXPECT_EQ(clock.now().error(), clock_error::invalid_header);
  EXPECT_TRUE(clock.snapshot().has_value());
}

TEST(Vmclock, RefusesAnythingElseInTheHeader) {
  const auto refuses = [](auto change) {
    vmclock_snapshot page = page_of_1_ghz();
    change(page);
    return check(page, 4096, vmclock_counter_x86_tsc).error() == clock_error::invalid_header;
  };
  EXPECT_FALSE(refuses([](vmclock_snapshot&) {}));
  EXPECT_TRUE(refuses([](vmclock_snapshot& page) { page.magic += 1; }));
  EXPECT_TRUE(refuses([](vmclock_snapshot& page) { page.size = 111; }));
  EXPECT_FALSE(refuses([](vmclock_snapshot& page) { page.size = 112; }));
  EXPECT_TRUE(refuses([](vmclock_snapshot& page) { page.size = 4097; }));
  EXPECT_TRUE(refuses([](vmclock_snapshot& page) { page.version = 2; }));
  EXPECT_TRUE(refuses([](vmclock_snapshot& page) { page.counter_id = vmclock_counter_arm_virtual; }));
  for (const std::uint8_t type : {vmclock_time_utc, vmclock_time_tai, vmclock_time_monotonic})
    EXPECT_FALSE(refuses([&](vmclock_snapshot& page) { page.time_type = type; }));
  for (const std::uint8_t type : {vmclock_time_smeared, vmclock_time_maybe_smeared})
    EXPECT_TRUE(refuses([&](vmclock_snapshot& page) { page.time_type = type; }));
}

TEST(Vmclock, ReliesOnSynchronizedAndFreerunningPagesOnly) {
  for (u8 status = 0; status < 6; ++status) {
    vmclock_snapshot page = page_of_1_ghz();
    page.clock_status = status;
    const bool relied_on = status == vmclock_status_synchronized || status == vmclock_status_freerunning;
    EXPECT_EQ(check(page, 4096, vmclock_counter_x86_tsc).has_value(), relied_on) << int{status};
  }
}

TEST(Vmclock, RefusesAShiftAbove63) {
  vmclock_snapshot page = page_of_1_ghz();
  page.counter_period_shift = 63;
  EXPECT_TRUE(check(page, 4096, vmclock_counter_x86_tsc).has_value());
  page.counter_period_shift = 64;
  EXPECT_EQ(check(page, 4096, vmclock_counter_x86_tsc).error(), clock_error::bad_shift);
  EXPECT_EQ(convert(page, 0).error(), clock_error::bad_shift);
  page.counter_period_frac_sec = 0;
  EXPECT_EQ(check(page, 4096, vmclock_counter_x86_tsc).error(), clock_error::bad_multiplier);
}

TEST(Vmclock, ClampsACounterJustBeforeTheSnapshot) {
  vmclock_snapshot page = page_of_1_ghz();
  page.flags |= both_max_errors | both_est_errors;
  page.time_maxerror_nanosec = 1'000;
  page.time_esterror_nanosec = 10;
  for (const u64 ticks : {u64{1}, u64{1'000}, u64{1} << 32}) {
    const auto seen = vmclock_reading_at(page, page.counter_value - ticks);
    ASSERT_TRUE(seen.has_value());
    EXPECT_TRUE(seen->clamped);
    EXPECT_EQ(seen->time, (vmclock_time{page.time_sec, page.time_frac_sec}));
    EXPECT_EQ(seen->max_error.nanoseconds, 1'000 + ticks);  // a tick is just below 1 ns: rounded up
    EXPECT_EQ(seen->est_error.nanoseconds, 10 + ticks);
  }
  EXPECT_EQ(vmclock_reading_at(page, page.counter_value - (u64{1} << 32) - 1).error(), clock_error::counter_before_snapshot);
}

TEST(Vmclock, DeclaresAnErrorOnlyWithBothFlags) {
  vmclock_snapshot page = page_of_2_hz();
  page.time_maxerror_nanosec = 7;
  page.counter_period_maxerror_rate_frac_sec = 1;
  page.time_esterror_nanosec = 3;
  for (const std::uint64_t flags : {std::uint64_t{0}, vmclock_time_maxerror_valid, vmclock_period_maxerror_valid, both_est_errors}) {
    page.flags = flags;
    EXPECT_FALSE(vmclock_reading_at(page, 100)->max_error.declared) << flags;
    EXPECT_FALSE(convert(page, 100)->bounded) << flags;
  }
  EXPECT_EQ(vmclock_reading_at(page, 105)->est_error.nanoseconds, 3U);
  EXPECT_TRUE(vmclock_reading_at(page, 105)->est_error.declared);
  page.flags = both_max_errors;
  EXPECT_EQ(convert(page, 100)->error_bound_ns, 7U);
  EXPECT_EQ(convert(page, 101)->error_bound_ns, 8U);  // 2^-64 s is less than 1 ns: rounded up
  EXPECT_TRUE(convert(page, 101)->bounded);
  EXPECT_FALSE(vmclock_reading_at(page, 101)->est_error.declared);
}

TEST(Vmclock, DeclaresNoErrorThatDoesNotFit) {
  vmclock_snapshot page = page_of_2_hz();
  page.flags = both_max_errors;
  page.time_maxerror_nanosec = max_of<u64>;
  EXPECT_TRUE(vmclock_reading_at(page, 100)->max_error.declared);
  page.counter_period_maxerror_rate_frac_sec = 1;
  EXPECT_FALSE(vmclock_reading_at(page, 101)->max_error.declared);
}

TEST(Vmclock, TellsTimesThatFit) {
  vmclock_snapshot page = page_of_2_hz();
  page.time_sec = max_of<u64>;
  EXPECT_TRUE(vmclock_reading_at(page, 100).has_value());
  EXPECT_EQ(vmclock_reading_at(page, 101).error(), clock_error::out_of_range);
  EXPECT_EQ(convert(page, 101).error(), clock_error::out_of_range);
  EXPECT_EQ(convert(page, 100).error(), clock_error::out_of_range);  // not in ns
  page.time_sec = 18'446'744'073;                                    // 2^64 ns and a bit
  page.time_frac_sec = 0;
  EXPECT_TRUE(convert(page, 101).has_value());
  page.time_frac_sec = half + half / 2;
  EXPECT_EQ(convert(page, 100).error(), clock_error::out_of_range);
}

TEST(Vmclock, SaysWhatThePageSays) {
  vmclock_snapshot page = page_of_2_hz();
  page.vm_generation_counter = 9;
  page.flags = vmclock_disruption_soon;
  EXPECT_EQ(vmclock_reading_at(page, 100)->generation, (generation{5, 0}));  // the counter is not there
  EXPECT_TRUE(vmclock_reading_at(page, 100)->disruption_soon);
  EXPECT_FALSE(vmclock_reading_at(page, 100)->disruption_imminent);
  page.flags = vmclock_vm_gen_counter_present | vmclock_disruption_imminent;
  EXPECT_EQ(convert(page, 100)->generation, (generation{5, 9}));
  EXPECT_TRUE(vmclock_reading_at(page, 100)->disruption_imminent);
  EXPECT_FALSE(vmclock_reading_at(page, 100)->tai_offset_valid);
  EXPECT_TRUE(convert(page, 100)->stable);
}

TEST(Vmclock, TellsTaiWhereThePageClaimsIt) {
  vmclock_snapshot page = page_of_2_hz();
  EXPECT_EQ(tai(*vmclock_reading_at(page, 100))->seconds, 1'800'000'000U);
  page.time_type = vmclock_time_utc;
  EXPECT_EQ(tai(*vmclock_reading_at(page, 100))->seconds, 1'800'000'037U);
  EXPECT_EQ(convert(page, 100)->time.nanoseconds, 1'800'000'037'500'000'000U);
  page.flags = 0;
  EXPECT_EQ(tai(*vmclock_reading_at(page, 100)).error(), clock_error::no_clock);
  EXPECT_EQ(convert(page, 100)->time.nanoseconds, 1'800'000'000'500'000'000U);  // its own scale
  page.time_type = vmclock_time_monotonic;
  page.flags = vmclock_tai_offset_valid;
  EXPECT_EQ(tai(*vmclock_reading_at(page, 100)).error(), clock_error::no_clock);
  EXPECT_EQ(utc(*vmclock_reading_at(page, 100)).error(), clock_error::no_clock);
  page.time_type = vmclock_time_utc;
  page.time_sec = 5;
  page.tai_offset_sec = -6;
  EXPECT_EQ(tai(*vmclock_reading_at(page, 100)).error(), clock_error::out_of_range);
  EXPECT_EQ(convert(page, 100).error(), clock_error::out_of_range);
}

TEST(Vmclock, TellsUtcByTheOffset) {
  vmclock_snapshot page = page_of_2_hz();
  const auto seen = utc(*vmclock_reading_at(page, 101));
  ASSERT_TRUE(seen.has_value());
  EXPECT_EQ(seen->seconds, 1'799'999'964U);
  EXPECT_EQ(seen->fraction, 0U);
  EXPECT_FALSE(seen->leap_second);
  page.flags = 0;
  EXPECT_EQ(utc(*vmclock_reading_at(page, 101)).error(), clock_error::no_clock);
  page.time_type = vmclock_time_utc;
  EXPECT_EQ(utc(*vmclock_reading_at(page, 101))->seconds, 1'800'000'001U);
  page = page_of_2_hz();
  page.time_sec = 36;  // before 1970 in UTC
  EXPECT_EQ(utc(*vmclock_reading_at(page, 100)).error(), clock_error::out_of_range);
  EXPECT_EQ(utc(*vmclock_reading_at(page, 104)).error(), clock_error::out_of_range);
}

/// The page's UTC `seconds` after a snapshot at 2016-12-31 12:00:00 UTC, or why it makes no claim.
result<vmclock_utc> utc_after(u64 seconds, u8 indicator, u64 snapshot_utc = 1'483'185'600) {
  vmclock_snapshot page = page_of_2_hz();
  page.tai_offset_sec = 36;
  page.time_sec = snapshot_utc + 36;
  page.time_frac_sec = 0;
  page.leap_indicator = indicator;
  return utc(*vmclock_reading_at(page, page.counter_value + 2 * seconds));
}

TEST(Vmclock, ClaimsUtcUntilTheLeapSecondMayCome) {
  const u64 half_day = 43'200;
  EXPECT_EQ(utc_after(half_day - 1, vmclock_leap_positive_pending)->seconds, 1'483'228'799U);
  EXPECT_EQ(utc_after(half_day, vmclock_leap_positive_pending).error(), clock_error::no_clock);  // 23:59:60, that day
  EXPECT_EQ(utc_after(half_day - 2, vmclock_leap_negative_pending)->seconds, 1'483'228'798U);
  EXPECT_EQ(utc_after(half_day - 1, vmclock_leap_negative_pending).error(), clock_error::no_clock);
  for (const std::uint8_t none : {vmclock_leap_none, vmclock_leap_positive_past, vmclock_leap_negative_past}) {
    EXPECT_EQ(utc_after(half_day, none)->seconds, 1'483'228'800U);
    EXPECT_TRUE(utc_after(28 * 86'400 - 1, none).has_value());
    EXPECT_EQ(utc_after(28 * 86'400, none).error(), clock_error::no_clock);
  }
  EXPECT_EQ(utc_after(0, 6).error(), clock_error::no_clock);
}

TEST(Vmclock, TellsTheLeapSecondAsSuch) {
  for (const u64 counted : {u64{1'483'228'799}, u64{1'483'228'800}}) {  // 23:59:59 again, or 00:00:00 already
    const auto seen = utc_after(0, vmclock_leap_now, counted);
    ASSERT_TRUE(seen.has_value());
    EXPECT_TRUE(seen->leap_second);
    EXPECT_EQ(seen->seconds, 1'483'228'799U);
    EXPECT_EQ(utc_after(1, vmclock_leap_now, counted).error(), clock_error::no_clock);
  }
  EXPECT_EQ(utc_after(0, vmclock_leap_now).error(), clock_error::no_clock);  // at noon there is none
  EXPECT_EQ(utc_after(0, vmclock_leap_now, 0).error(), clock_error::no_clock);
}

TEST(Vmclock, LaysOutItsFieldsAsTheAbiDoes) {
  alignas(8) unsigned char bytes[112]{};
  writable_atomic_page<8, vmclock_page::version_offset> page(bytes);
  vmclock_snapshot fields = page_of_1_ghz();
  fields.tai_offset_sec = -2;
  fields.leap_indicator = 4;
  fields.leap_second_smearing_hint = 1;
  fields.vm_generation_counter = 0x0123'4567'89AB'CDEF;
  ASSERT_EQ(publish_vmclock(page, fields).value_or(0), 2U);
  vmclock_abi seen;
  std::memcpy(&seen, bytes, sizeof seen);
  EXPECT_EQ(std::memcmp(bytes, "VCLK", 4), 0);
  EXPECT_EQ(seen.size, 4096U);
  EXPECT_EQ(seen.version, 1U);
  EXPECT_EQ(seen.counter_id, vmclock_counter_x86_tsc);
  EXPECT_EQ(seen.time_type, vmclock_time_tai);
  EXPECT_EQ(seen.seq_count, 2U);
  EXPECT_EQ(seen.tai_offset_sec, -2);
  EXPECT_EQ(seen.leap_indicator, 4U);
  EXPECT_EQ(seen.leap_second_smearing_hint, 1U);
  EXPECT_EQ(seen.counter_period_shift, 29U);
  EXPECT_EQ(seen.counter_period_frac_sec, 0x8970'5F41'36B4'A597U);
  EXPECT_EQ(seen.vm_generation_counter, 0x0123'4567'89AB'CDEFU);
  vmclock_reader<fixed_counter> clock(bytes, 4096, vmclock_counter_x86_tsc, fixed_counter{fields.counter_value});
  EXPECT_EQ(clock.snapshot()->fields.tai_offset_sec, -2);
  EXPECT_EQ(clock.now_exact()->version, 2U);
  EXPECT_EQ(clock.now()->time.nanoseconds, 1'800'000'000'500'000'000U);
}

TEST(Vmclock, ReadsOnlyWholeAlignedPages) {
  alignas(8) unsigned char bytes[128]{};
  writable_atomic_page<8, vmclock_page::version_offset> page(bytes);
  ASSERT_TRUE(publish_vmclock(page, page_of_2_hz()).has_value());
  const auto read = [](const void* at, u64 mapped) {
    return vmclock_reader<fixed_counter>(at, mapped, vmclock_counter_x86_tsc, fixed_counter{100}).now().error();
  };
  EXPECT_EQ(read(bytes, 4096), clock_error{});
  EXPECT_EQ(read(bytes, 111), clock_error::no_clock);
  EXPECT_EQ(read(bytes, 112), clock_error::invalid_header);  // it says 4096
  EXPECT_EQ(read(bytes + 4, 4096), clock_error::no_clock);
  EXPECT_EQ(read(nullptr, 4096), clock_error::no_clock);
  page.store_version(3, write_order::relaxed);
  EXPECT_EQ(read(bytes, 4096), clock_error::update_in_progress);
}

/// An old page that promises 1 µs, and 1 ppm of drift.
constexpr vmclock_snapshot promising_page() {
  vmclock_snapshot page = page_of_2_hz();
  page.flags = both_max_errors;
  page.time_maxerror_nanosec = 1'000;
  page.counter_period_maxerror_rate_frac_sec = half / 1'000'000;
  return page;
}
/// The next page, 1000 s later, off by so many 2^-64 s.
constexpr vmclock_snapshot next_page(i64 off) {
  vmclock_snapshot page = promising_page();
  page.counter_value += 2'000;
  page.time_sec += 1'000;
  page.time_frac_sec += static_cast<u64>(off);
  return page;
}
constexpr i64 microsecond = 18'446'744'073'709;  // in 2^-64 s, rounded down

TEST(Vmclock, AcceptsAnUpdateWithinThePromise) {
  EXPECT_TRUE(consistent_update(promising_page(), next_page(0)).has_value());
  // At the old snapshot the promise is 1 µs, and the new page's rate is the old one's.
  EXPECT_TRUE(consistent_update(promising_page(), next_page(microsecond)).has_value());
  EXPECT_TRUE(consistent_update(promising_page(), next_page(-microsecond)).has_value());
  EXPECT_EQ(consistent_update(promising_page(), next_page(microsecond + 1)).error(), clock_error::inconsistent_update);
  EXPECT_EQ(consistent_update(promising_page(), next_page(-microsecond - 1)).error(), clock_error::inconsistent_update);
}

TEST(Vmclock, RefusesAnUpdateThatDriftsTooFar) {
  // The rate changes by so much, and the old snapshot's time stays: at the next one 1 ms and 1 µs are allowed.
  const auto drifting = [](i64 per_tick) {
    vmclock_snapshot next = next_page(2'000 * per_tick);
    next.counter_period_frac_sec += static_cast<u64>(per_tick);
    return consistent_update(promising_page(), next);
  };
  const auto ppm = static_cast<i64>(half / 1'000'000);
  EXPECT_TRUE(drifting(ppm).has_value());
  EXPECT_TRUE(drifting(-ppm).has_value());
  EXPECT_EQ(drifting(ppm + ppm / 100).error(), clock_error::inconsistent_update);
  EXPECT_EQ(drifting(-ppm - ppm / 100).error(), clock_error::inconsistent_update);
  vmclock_snapshot next = next_page(0);  // in agreement now, and 1 ms off where the old page allowed 1 µs
  next.counter_period_frac_sec += static_cast<u64>(ppm);
  EXPECT_EQ(consistent_update(promising_page(), next).error(), clock_error::inconsistent_update);
}

/// What an update of a page's offset to TAI, and of its seconds, is refused with, unless it declares a disruption.
clock_error updated(std::uint8_t type, bool was_valid, bool is_valid, std::int16_t offset, std::uint64_t seconds_more = 0,
                    std::uint8_t leap_indicator = vmclock_leap_none) {
  vmclock_snapshot old = promising_page();
  old.time_type = type;
  old.tai_offset_sec = 37;
  old.leap_indicator = leap_indicator;
  if (was_valid) old.flags |= vmclock_tai_offset_valid;
  vmclock_snapshot next = old;
  next.time_sec += seconds_more;
  next.tai_offset_sec = offset;
  next.flags = promising_page().flags;
  if (is_valid) next.flags |= vmclock_tai_offset_valid;
  const clock_error kept = consistent_update(old, next).error();
  next.disruption_marker += 1;
  EXPECT_TRUE(consistent_update(old, next).has_value());
  return kept;
}

TEST(Vmclock, HoldsUtcToItsOffsetFromTai) {
  EXPECT_EQ(updated(vmclock_time_utc, true, true, 37), clock_error{});
  EXPECT_EQ(updated(vmclock_time_utc, true, true, 38), clock_error::inconsistent_update);
  EXPECT_EQ(updated(vmclock_time_utc, false, true, 37), clock_error::inconsistent_update);
  EXPECT_EQ(updated(vmclock_time_utc, true, false, 37), clock_error::inconsistent_update);
  EXPECT_EQ(updated(vmclock_time_utc, false, false, 38), clock_error{});
  EXPECT_EQ(updated(vmclock_time_tai, true, false, 38), clock_error{});  // the time itself is TAI
  EXPECT_EQ(updated(vmclock_time_monotonic, true, false, 38), clock_error{});
}

TEST(Vmclock, KeepsItsPromiseAcrossALeapSecond) {
  constexpr auto before = ~std::uint64_t{0};  // the seconds are one less
  const auto across = [](std::uint8_t indicator, std::int16_t offset, std::uint64_t seconds_more) {
    return updated(vmclock_time_utc, true, true, offset, seconds_more, indicator);
  };
  EXPECT_EQ(across(vmclock_leap_positive_pending, 38, before), clock_error{});
  EXPECT_EQ(across(vmclock_leap_now, 38, before), clock_error{});
  EXPECT_EQ(across(vmclock_leap_negative_pending, 36, 1), clock_error{});
  // The seconds do not follow, or go the other way.
  EXPECT_EQ(across(vmclock_leap_positive_pending, 38, 0), clock_error::inconsistent_update);
  EXPECT_EQ(across(vmclock_leap_positive_pending, 36, 1), clock_error::inconsistent_update);
  EXPECT_EQ(across(vmclock_leap_negative_pending, 38, before), clock_error::inconsistent_update);
  EXPECT_EQ(across(vmclock_leap_negative_pending, 36, before), clock_error::inconsistent_update);
  // Nobody announced it, or two at once.
  EXPECT_EQ(across(vmclock_leap_none, 38, before), clock_error::inconsistent_update);
  EXPECT_EQ(across(vmclock_leap_positive_past, 38, before), clock_error::inconsistent_update);
  EXPECT_EQ(across(vmclock_leap_negative_past, 36, 1), clock_error::inconsistent_update);
  EXPECT_EQ(across(vmclock_leap_positive_pending, 39, before - 1), clock_error::inconsistent_update);
  EXPECT_EQ(across(vmclock_leap_positive_pending, 0, 37), clock_error::inconsistent_update);
  // Without an offset nothing follows, and TAI has no leap seconds.
  EXPECT_EQ(updated(vmclock_time_utc, false, false, 38, before, vmclock_leap_positive_pending),
            clock_error::inconsistent_update);
  EXPECT_EQ(updated(vmclock_time_tai, true, true, 38, before, vmclock_leap_positive_pending),
            clock_error::inconsistent_update);
  // Before 0 and beyond 2^64 s there is no time to tell.
  vmclock_snapshot one = promising_page();
  one.time_type = vmclock_time_utc;
  one.flags |= vmclock_tai_offset_valid;
  one.tai_offset_sec = 1;
  vmclock_snapshot none = one;
  none.tai_offset_sec = 0;
  none.leap_indicator = vmclock_leap_positive_pending;
  one.leap_indicator = vmclock_leap_negative_pending;
  EXPECT_EQ(*seconds_as_told_by(none, one), one.time_sec + 1);
  one.time_sec = max_of<std::uint64_t>;
  EXPECT_EQ(seconds_as_told_by(none, one).error(), clock_error::inconsistent_update);
  none.time_sec = 0;
  EXPECT_EQ(seconds_as_told_by(one, none).error(), clock_error::inconsistent_update);
}

TEST(Vmclock, LetsADisruptionLiftThePromise) {
  vmclock_snapshot next = next_page(2 * microsecond);
  next.vm_generation_counter += 1;
  EXPECT_EQ(consistent_update(promising_page(), next).error(), clock_error::inconsistent_update);
  next.disruption_marker += 1;
  EXPECT_TRUE(consistent_update(promising_page(), next).has_value());
}

TEST(Vmclock, HoldsNobodyToWhatWasNotPromised) {
  const vmclock_snapshot next = next_page(2 * microsecond);
  const auto promised = [&](auto change) {
    vmclock_snapshot old = promising_page();
    change(old);
    return !consistent_update(old, next).has_value();
  };
  EXPECT_TRUE(promised([](vmclock_snapshot&) {}));
  EXPECT_FALSE(promised([](vmclock_snapshot& old) { old.flags = vmclock_time_maxerror_valid; }));
  EXPECT_FALSE(promised([](vmclock_snapshot& old) { old.flags = vmclock_period_maxerror_valid; }));
  EXPECT_FALSE(promised([](vmclock_snapshot& old) { old.clock_status = vmclock_status_unreliable; }));
  EXPECT_FALSE(promised([](vmclock_snapshot& old) { old.counter_period_frac_sec = 0; }));
  EXPECT_FALSE(promised([](vmclock_snapshot& old) { old.counter_period_shift = 64; }));
  EXPECT_TRUE(promised([](vmclock_snapshot& old) { old.time_type = vmclock_time_utc; }));
  EXPECT_TRUE(promised([](vmclock_snapshot& old) { old.counter_value += 2'001; }));  // the next one before it
  EXPECT_TRUE(promised([](vmclock_snapshot& old) { old.time_sec = max_of<u64>; }));
}

TEST(Vmclock, RefusesToPublishWhatReadersWouldNotTake) {
  vmclock_snapshot next = next_page(0);
  next.counter_period_shift = 64;
  EXPECT_EQ(consistent_update(promising_page(), next).error(), clock_error::bad_shift);
  next.clock_status = vmclock_status_initializing;  // that page claims nothing
  EXPECT_TRUE(consistent_update(promising_page(), next).has_value());
}

TEST(Vmclock, LeavesThePageAsItIsWhenItRefuses) {
  alignas(8) unsigned char bytes[112]{};
  unsigned char before[112];
  writable_atomic_page<8, vmclock_page::version_offset> page(bytes);
  ASSERT_EQ(publish_vmclock(page, promising_page()).value_or(0), 2U);
  std::memcpy(before, bytes, sizeof before);
  EXPECT_EQ(publish_vmclock(page, next_page(microsecond + 1)).error(), clock_error::inconsistent_update);
  EXPECT_EQ(std::memcmp(before, bytes, sizeof before), 0);
  EXPECT_EQ(publish_vmclock(page, next_page(microsecond)).value_or(0), 4U);
}

TEST(Vmclock, OrdersPoints) {
  EXPECT_TRUE((vmclock_time{1, 2} <=> vmclock_time{1, 3}) < 0);
  EXPECT_TRUE((vmclock_time{2, 0} <=> vmclock_time{1, max_of<u64>}) > 0);
  EXPECT_TRUE((vmclock_time{1, 2} != vmclock_time{1, 3}));
}

}  // namespace
