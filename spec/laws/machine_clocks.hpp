// SPDX-License-Identifier: BSL-1.0
/// \file spec/laws/machine_clocks.hpp
/// What <guestclock/clock.hpp> and <guestclock/region.hpp> do with pages in real memory. The inputs are choices among
/// edges, few enough to try all of them.
#pragma once

#include <array>
#include <cstring>

#include <guestclock/clock.hpp>
#include <guestclock/region.hpp>

#include "law.hpp"
#include "machine_memory.hpp"
#include "pages.hpp"
#include "vmclock_memory.hpp"

namespace guestclock::inline native::laws {

/// The same in every field.
inline bool same_reading(const reading& a, const reading& b) {
  return a.time == b.time && a.counter == b.counter && a.version == b.version && a.error_bound_ns == b.error_bound_ns &&
         a.flags == b.flags && a.generation == b.generation && a.bounded == b.bounded && a.stable == b.stable &&
         a.guest_stopped == b.guest_stopped && a.clamped == b.clamped && a.repeated == b.repeated;
}
inline bool same_result(const result<reading>& a, const result<reading>& b) {
  return a.error() == b.error() && (!a || same_reading(*a, *b));
}

/// A page of either kind, at some address, that tells 1 000 + counter, or 100 · (counter / 4 + 10).
struct placed_page {
  surrounded_page memory;
  const volatile void* page = nullptr;
  template <class Inputs> explicit placed_page(Inputs& in, page_kind kind) {
    const u8 address = in.template between<u8>("address", 0, 3);  // 0, 1 and 4 bytes after an aligned one; none
    const u32 version = in.template between<u8>("version", 0, 3);
    unsigned char* const begin = const_cast<unsigned char*>(memory.begin(address == 2 ? 4 : address % 3));
    constant_page words{};
    if (kind == page_kind::reference_tsc) reference_tsc_page::store(words, {u64(1) << 62, 10});
    else pvclock_page::store(words, {0, 1'000, 0x8000'0000, 1, 1});
    const std::array<u64, 4> all{version, words.word8, words.word16, words.word24};
    std::memcpy(begin, all.data(), sizeof all);
    page = address == 3 ? nullptr : begin;
  }
};
inline page_kind kind_of_choice(u8 choice) { return static_cast<page_kind>(choice == 3 ? 200 : choice); }

struct clock_now_agrees {
  static constexpr law_info info{"clock.now.agrees",
                                 "a clock over any page tells what that kind's own reader tells; of no or an unknown kind, no_clock",
                                 law_kind::protocol};
  template <class Inputs> static void check(Inputs& in) {
    const page_kind kind = kind_of_choice(in.template between<u8>("kind", 0, 3));
    const placed_page placed(in, kind);
    const constant_counter counter{edge_word(in, "counter")};
    const bool fallback_fails = in.template between<u8>("fallback_fails", 0, 1) != 0;
    const auto fallback = [fallback_fails]() -> result<reference_time> {
      if (fallback_fails) return clock_error::unstable;
      return reference_time{77};
    };
    guestclock::clock<constant_counter> any_page(kind, placed.page, counter);
    in.require(any_page.kind() == kind);
    result<reading> expected = clock_error::no_clock;
    result<reading> expected_or = clock_error::no_clock;
    if (kind == page_kind::pvclock) {
      expected = pvclock_reader<constant_counter>(placed.page, counter).now();
      expected_or = expected;
    }
    if (kind == page_kind::reference_tsc) {
      reference_tsc_reader<constant_counter> reader(placed.page, counter);
      expected = reader.now();
      expected_or = reader.now_or(fallback);
    }
    in.require(same_result(any_page.now(), expected));
    in.require(same_result(any_page.now_or(fallback), expected_or));
    int pauses = 0;
    in.require(same_result(any_page.read_within(0, [&pauses] { ++pauses; }), expected));
    in.require(pauses == 0);
    in.require(guestclock::clock<no_counter>().now().error() == clock_error::no_clock);
  }
};

struct clock_vmclock_agrees {
  static constexpr law_info info{"clock.vmclock.agrees",
                                 "a clock over a vmclock page tells what that page's own reader tells, by what is mapped and its counter",
                                 law_kind::protocol};
  template <class Inputs> static void check(Inputs& in) {
    const u8 address = in.template between<u8>("address", 0, 2);  // aligned, 4 bytes after, none
    const u64 mapped = in.template between<u8>("whole", 0, 1) != 0 ? 4096 : 111;
    const u8 counter_id = in.template between<u8>("counter_id", 0, 1);
    const constant_counter counter{edge_word(in, "counter")};
    surrounded_vmclock memory;
    unsigned char* const begin = memory.begin(address == 1 ? 4 : 0);
    constant_vmclock_page page;
    vmclock_page::store(page, vmclock_pages()[in.template between<u8>("page", 0, 7)]);
    page.version = in.template between<u8>("odd", 0, 1) == 0 ? 2 : 3;
    std::memcpy(begin, &page.word0, 8);
    std::memcpy(begin + 8, &page.word8, 4);
    std::memcpy(begin + 12, &page.version, 4);
    std::memcpy(begin + 16, page.words.data(), 96);
    const volatile void* const at = address == 2 ? nullptr : begin;
    auto over = guestclock::clock<constant_counter>::of_vmclock(at, mapped, counter_id, counter);
    const result<reading> expected = vmclock_reader<constant_counter>(at, mapped, counter_id, counter).now();
    in.require(over.kind() == page_kind::vmclock && same_result(over.now(), expected));
    guestclock::clock<constant_counter> unsized(page_kind::vmclock, at, counter);
    in.require(unsized.now().error() == clock_error::no_clock);
    in.require(type_of_kind(page_kind::vmclock).error() == clock_error::no_clock);  // a region cannot name it
  }
};

/// A counter that goes on by the same number of ticks at every sample.
struct striding_counter {
  u64 value;
  u64 stride;
  counter_sample sample() {
    value += stride;
    return {value, {}};
  }
};

struct clock_within_bounded {
  static constexpr law_info info{
      "clock.within.bounded",
      "a page that is being updated is read again until its update ends, the counter has gone on by the budget, or the tries are used "
      "up, with a pause between two tries",
      law_kind::protocol};
  template <class Inputs> static void check(Inputs& in) {
    constexpr std::array<u64, 6> budgets{0, 1, 7, 8, 60'000, max_of<u64>};
    constexpr std::array<int, 5> lengths{0, 1, 3, read_within_tries_max - 1, 2 * read_within_tries_max};
    const u64 budget = budgets[in.template between<u8>("budget", 0, 5)];
    const int update_length = lengths[in.template between<u8>("update_length", 0, 4)];  // tries that find an update
    const u64 stride = in.template between<u8>("stride", 0, 7);
    const auto ends_as = in.template between<u8>("ends_in_error", 0, 1) == 0 ? clock_error{} : clock_error::bad_shift;
    striding_counter counter{edge_word(in, "counter"), stride};
    int tries = 0;
    int pauses = 0;
    const auto read = [&]() -> result<reading> {
      if (tries++ < update_length) return clock_error::update_in_progress;
      if (ends_as != clock_error{}) return ends_as;
      return reading{};
    };
    const auto seen = read_again_within(read, counter, budget, [&pauses] { ++pauses; });
    // The counter has gone on by stride · n when the n-th try has failed.
    const u64 tries_in_budget = budget == 0 ? 1 : stride == 0 ? max_of<u64> : budget / stride + u64{budget % stride != 0};
    const u64 allowed = tries_in_budget < u64{read_within_tries_max} ? tries_in_budget : u64{read_within_tries_max};
    const bool ends = u64(update_length) < allowed;
    in.require(seen.error() == (ends ? ends_as : clock_error::update_in_progress));
    in.require(u64(tries) == (ends ? u64(update_length) + 1 : allowed));
    in.require(pauses == tries - 1);
  }
};

struct clock_last_repeated {
  static constexpr law_info info{
      "clock.last.repeated",
      "while its page is being updated, a clock can give its latest reading again, flagged; every other answer is that of now",
      law_kind::protocol};
  template <class Inputs> static void check(Inputs& in) {
    alignas(8) unsigned char page[32]{};
    const auto write = [&page](u32 version, u64 mul) {
      const std::array<u64, 4> words{version, 0, 1'000, mul + (u64(1) << 32)};
      std::memcpy(page, words.data(), sizeof words);
    };
    const u8 how = in.template between<u8>("how", 0, 4);  // the earlier reading: none, or by which function
    const u64 before = edge_word(in, "counter");
    striding_counter counter{before, 1};
    guestclock::clock<striding_counter> over(page_kind::pvclock, page, counter);
    write(2, 0x8000'0000);
    result<reading> given = clock_error::no_clock;
    if (how == 1) given = over.now();
    if (how == 2) given = over.now_or([]() -> result<reference_time> { return clock_error::unstable; });
    if (how == 3) given = over.read_within(1, [] {});
    if (how == 4) given = over.last_or_error();
    if (given) in.require(!given->repeated);
    const u8 then = in.template between<u8>("then", 0, 2);  // an update, a bad page, a good one
    write(then == 0 ? 3 : 4, then == 1 ? 0 : 0x8000'0000);
    auto copy = over;
    const result<reading> now = copy.now();
    const result<reading> seen = over.last_or_error();
    if (then != 0 || !given) return in.require(same_result(seen, now));
    in.require(seen.has_value() && seen->repeated);
    if (!seen) return;
    reading again = *given;
    again.repeated = true;
    in.require(same_reading(*seen, again));
    write(5, 0x8000'0000);
    in.require(same_result(over.last_or_error(), again));
  }
};

struct region_address_exact {
  static constexpr law_info info{"region.address.exact",
                                 "an address is a pointer exactly where the machine has it and it is not 0", law_kind::protocol};
  template <class Inputs> static void check(Inputs& in) {
    const u64 address = edge_word(in, "address");
    const u64 greatest = edge_word(in, "greatest");
    const auto found = reinterpret_cast<std::uintptr_t>(pointer_to(address, greatest));
    in.require(found == (address <= greatest ? static_cast<std::uintptr_t>(address) : 0));
    in.require(reinterpret_cast<std::uintptr_t>(pointer_to(address)) == address);
  }
};

struct region_memory_agrees {
  static constexpr law_info info{
      "region.memory.agrees",
      "a guest reads from a region the very page that its host described, and the wall and local clocks by its boot time and offset",
      law_kind::protocol};
  template <class Inputs> static void check(Inputs& in) {
    const page_kind kind = kind_of_choice(in.template between<u8>("kind", 0, 3));
    const placed_page placed(in, kind);
    const u64 boot_ns = edge_word(in, "boot");
    constexpr std::array<i32, 4> offsets{0, 3'600, -18'000, min_of<i32>};
    const i32 offset = offsets[in.template between<u8>("offset", 0, 3)];
    const constant_counter counter{in.template between<u8>("late", 0, 1) == 0 ? u64(7) : u64(1) << 62};
    const auto address = reinterpret_cast<std::uintptr_t>(placed.page);
    const auto region = describe(address, kind, unix_time::from_nanoseconds(boot_ns), offset);
    if (kind == page_kind{200}) return in.require(region.error() == clock_error::no_clock);
    in.require(region.has_value());
    in.require(region->clock_page == address && region->clock_type == static_cast<u64>(kind) && region->pad == 0);
    in.require(region->boot_time_ns == boot_ns && region->utc_offset_seconds == offset);
    in.require(describe(address, kind, unix_time::from_nanoseconds(i64(-1)), 0).error() == clock_error::out_of_range);

    region_clock<constant_counter> guest(*region, counter);
    const result<reading> seen = guestclock::clock<constant_counter>(kind, placed.page, counter).now();
    in.require(same_result(guest.page_clock().now(), seen));
    in.require(guest.monotonic().error() == seen.error() && guest.wall().error() == seen.error() &&
               guest.local().error() == seen.error());
    if (!seen) return;
    const exact monotonic = seen->time.nanoseconds;
    const exact wall = exact(boot_ns) + monotonic;
    const exact local = wall + exact(offset) * exact(nanoseconds_per_second);
    in.require(exact(guest.monotonic()->nanoseconds) == monotonic);
    in.require(exact_nanoseconds(*guest.wall()) == wall && exact_nanoseconds(*guest.local()) == local);
  }
};

}  // namespace guestclock::inline native::laws
