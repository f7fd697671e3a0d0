// SPDX-License-Identifier: BSL-1.0
/// \file fuzz/region.cpp
/// The clock of a sandbox, from 32 bytes that a host wrote: any bytes, that point at nothing, at a page, or beside it.
/// Nothing is read but a page of the stated kind, whole and aligned; the page lies at the end of its object, where the
/// sanitizer sees a byte too many. Monotonic, wall and local time are what the page's formula and sums in 128 bits say.
///
/// Input: a byte that says what is tried; then the region's bytes, and the page's; or two points in time.
///
///     bits 0–1  a region read by a guest (0, 1), sums (2), a wall clock that follows its host (3)
///     bits 2–3  the address: as the bytes say (the type is then none), nothing, the page, beside it
///     bit 4     a page of Hyper-V        bit 5  the type is as the bytes say
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include <guestclock/region.hpp>
#include <guestclock/wall_clock.hpp>

#include "amounts.hpp"
#include "bytes.hpp"
#include "pvclock_oracle.hpp"
#include "reference_tsc_oracle.hpp"
#include "refute.hpp"
#include "wide.hpp"

namespace guestclock::fuzz {

const char* const target_name = "fuzz_region";
const std::size_t useful_size_max = 40;

namespace {

struct running_counter {
  std::uint64_t value = 0;
  struct sampled {
    u64 value;
    std::uintptr_t after;
  };
  [[nodiscard]] sampled sample() const { return {value, 0}; }
};

/// A point in time in ns since 1970, or an error.
struct told_point {
  clock_error error{};
  i128 nanoseconds = 0;
  friend bool operator==(const told_point&, const told_point&) = default;
};
told_point of(const result<unix_time>& point) {
  if (!point) return {point.error()};
  return {{}, i128{point->seconds()} * second_ns + point->nanoseconds()};
}
/// The point, if a unix_time can be it.
told_point point_at(i128 nanoseconds) {
  const i128 low = i128{INT64_MIN} * i128{second_ns}, high = (i128{INT64_MAX} + 1) * i128{second_ns};
  if (nanoseconds < low || nanoseconds >= high) return {clock_error::out_of_range};
  return {{}, nanoseconds};
}

// --- a region, read by a guest ---

/// Pages, each at the end of an object. One begins at a multiple of 8, one between two.
alignas(8) std::array<unsigned char, 40> even_page;
alignas(8) std::array<unsigned char, 36> odd_page;

struct told_instant {
  clock_error error{};
  std::uint64_t nanoseconds = 0;
  friend bool operator==(const told_instant&, const told_instant&) = default;
};

told_instant tell_page(std::uint64_t type, const std::array<std::uint64_t, 4>& words, std::uint64_t counter) {
  if (type == 1) {
    if (words[0] % 2 != 0) return {clock_error::update_in_progress};
    const told seen = tell(fields_of(words), counter);
    return {seen.error, seen.time};
  }
  if (static_cast<std::uint32_t>(words[0]) == 0) return {clock_error::sequence_invalid};
  const reference_told seen =
      in_nanoseconds(tell(reference_fields{words[1], static_cast<std::int64_t>(words[2])}, counter));
  return {seen.error, seen.count};
}

void guest(bytes input, unsigned mode) {
  guest_clock_region region{input.word(8), input.word(8), next_word(input), static_cast<std::int32_t>(input.word(4)),
                            static_cast<std::uint32_t>(mode)};
  if ((mode & 32) == 0) region.clock_type = (mode & 16) != 0 ? 2 : 1;
  const bool is_odd = input.byte() % 2 != 0;
  unsigned char* const page = is_odd ? odd_page.data() + 4 : even_page.data() + 8;
  const auto address = static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(page));
  switch (mode >> 2 & 3) {
    case 0:
      if (region.clock_type == 1 || region.clock_type == 2) region.clock_type += 2;
      break;
    case 1: region.clock_page = 0; break;
    case 2: region.clock_page = address; break;
    default: region.clock_page = address - 1 - region.clock_page % 3; break;
  }
  const std::uint64_t counter = next_word(input);
  bytes page_input = input;
  std::array<std::uint64_t, 4> words{};
  if (region.clock_type == 2) {
    const auto reference = scripted_reference::words_of(scripted_reference::next(page_input, counter, 1), 0);
    words = {reference[0], reference[1], reference[2], 0};
  } else {
    words = scripted_pvclock::words_of(scripted_pvclock::next(page_input, counter, 1), 0);
  }
  words[0] = input.byte() == 0 ? 2 : page_input.byte() / 32U;
  std::memcpy(page, words.data(), sizeof words);

  const bool has_kind = region.clock_type == 1 || region.clock_type == 2;
  const bool is_whole = region.clock_page % (region.clock_type == 1 ? 4 : 8) == 0 && region.clock_page != 0;
  const told_instant monotonic =
      has_kind && is_whole ? tell_page(region.clock_type, words, counter) : told_instant{clock_error::no_clock};
  region_clock<running_counter> clock(region, running_counter{counter});
  const result<instant> seen = clock.monotonic();
  if (told_instant{seen.error(), seen.value_or({}).nanoseconds} != monotonic)
    refute("monotonic", "a region's time is its page's, where it names one that can be read");
  const bool fails = monotonic.error != clock_error{};
  const i128 wall = i128{region.boot_time_ns} + i128{monotonic.nanoseconds};
  if (of(clock.wall()) != (fails ? told_point{monotonic.error} : told_point{{}, wall}))
    refute("wall", "the time of day is boot time + monotonic");
  const i128 local = wall + i128{region.utc_offset_seconds} * i128{second_ns};
  if (of(clock.local()) != (fails ? told_point{monotonic.error} : told_point{{}, local}))
    refute("local", "local time is the time of day + the offset");
  const result<reading> again = clock.page_clock().last_or_error();
  if (again.error() != monotonic.error) refute("last", "a clock has no reading to repeat before it has given one");

  // While the page is being updated: the latest reading, said to be one.
  if (region.clock_type != 1 || fails || input.byte() != 0x55) return;
  page[0] = 1;
  const result<reading> repeated = clock.page_clock().last_or_error();
  if (!repeated || !repeated->repeated || repeated->time.nanoseconds != monotonic.nanoseconds)
    refute("last", "while a page is being updated, the latest reading is repeated");
}

// --- what a host writes ---

void host(bytes input, unix_time boot) {
  constexpr std::array<page_kind, 3> kinds{page_kind::none, page_kind::pvclock, page_kind::reference_tsc};
  const std::uint8_t which = input.byte() % 3U;
  const std::uint64_t address = next_word(input);
  const auto offset = static_cast<std::int32_t>(input.word(4));
  const result<guest_clock_region> region = describe(address, kinds[which], boot, offset);
  const told_point at = of(boot);
  const bool fits = at.nanoseconds >= 0 && at.nanoseconds >> 64 == 0;
  if (region.error() != (fits ? clock_error{} : clock_error::out_of_range))
    refute("describe", "a boot time is described exactly where 64 bits of ns can say it");
  if (region && (region->clock_page != address || region->clock_type != which ||
                 region->boot_time_ns != at.nanoseconds || region->utc_offset_seconds != offset || region->pad != 0))
    refute("describe", "a region says what its host wants to say");
}

// --- sums ---

unix_time next_point(bytes& input) {
  const auto seconds = static_cast<std::int64_t>(next_word(input));
  const auto nanoseconds = static_cast<std::uint32_t>(next_word(input) % second_ns);
  return unix_time::from_parts(seconds, nanoseconds).value_or({});
}

void sums(bytes input) {
  const unix_time point = next_point(input);
  const std::uint64_t monotonic = next_word(input);
  const auto offset = static_cast<std::int32_t>(input.word(4));
  const i128 at = of(point).nanoseconds;
  if (of(wall_time(point, {monotonic})) != point_at(at + i128{monotonic}))
    refute("sums", "wall = boot + monotonic, where that is a point");
  if (of(boot_time(point, {monotonic})) != point_at(at - i128{monotonic}))
    refute("sums", "boot = wall − monotonic, where that is a point");
  if (of(local_time(point, offset)) != point_at(at + i128{offset} * i128{second_ns}))
    refute("sums", "local = wall + offset, where that is a point");
  int order = 0;
  const result<unix_time> boot = sample_boot_time(
      [&]() -> result<instant> { return order++ == 0 ? result<instant>(instant{monotonic}) : clock_error::no_clock; },
      [&]() -> result<unix_time> { return order++ == 1 ? result<unix_time>(point) : clock_error::no_clock; });
  if (order != 2 || of(boot) != point_at(at - i128{monotonic}))
    refute("sums", "the monotonic clock is read first, each of them once");
  const result<duration> since = checked_sub(point, unix_time::from_nanoseconds(monotonic));
  const told_point difference = point_at(at - i128{monotonic});
  if (since.error() != difference.error ||
      (since && i128{since->seconds()} * i128{second_ns} + since->nanoseconds() != difference.nanoseconds))
    refute("sums", "the span between two points, where it is one");
  host(input, point);
}

// --- a wall clock that follows its host's ---

void follow(bytes input) {
  followed_wall wall;
  // In the judge's numbers: from where, to where, since when, how fast.
  std::uint64_t from = 0, to = 0, since = 0, ppm = 0, now = next_word(input) >> 1;
  const auto boot_at = [&](std::uint64_t time) -> std::uint64_t {
    if (time < since) return from;
    const u128 moved = u128{time - since} * ppm / 1'000'000;
    return from < to ? (moved < to - from ? from + static_cast<std::uint64_t>(moved) : to)
                     : (moved < from - to ? from - static_cast<std::uint64_t>(moved) : to);
  };
  i128 latest = 0;
  for (bool stepped = true; input.left() != 0;) {
    const std::uint8_t head = input.byte();
    if (head % 4 == 0) {
      const unix_time boot = next_point(input);
      const i128 at = of(boot).nanoseconds;
      const bool fits = at >= 0 && at >> 64 == 0;
      const auto rate = static_cast<std::uint32_t>(head % 8 == 0 ? next_word(input) : 500);
      const result<followed_wall> next = (head & 8) != 0 ? followed_wall::step(boot) : wall.slew(boot, {now}, rate);
      const bool accepts = fits && ((head & 8) != 0 || (rate != 0 && rate < 1'000'000));
      if (next.error() != (accepts ? clock_error{} : clock_error::out_of_range))
        refute("follow",
               "a boot time is followed exactly where 64 bits of ns can say it, by less than all that passes");
      if (!next) continue;
      wall = *next;
      stepped = (head & 8) != 0;
      from = stepped ? static_cast<std::uint64_t>(at) : boot_at(now);
      to = static_cast<std::uint64_t>(at);
      since = stepped ? 0 : now;
      ppm = stepped ? 0 : rate;
    } else {
      const std::uint64_t passed = next_word(input);
      if (passed <= ~now) now += passed;
    }
    if (wall.boot_ns_at({now}) != boot_at(now))
      refute("follow", "the boot time moves by the stated part of what passes");
    const told_point shown = of(wall.wall_at({now}));
    if (shown != told_point{{}, i128{boot_at(now)} + i128{now}})
      refute("follow", "the time of day is boot time + monotonic");
    if (!stepped && shown.nanoseconds < latest) refute("follow", "a time of day that slews does not go back");
    latest = shown.nanoseconds;
    stepped = false;
  }
}

}  // namespace
}  // namespace guestclock::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace guestclock::fuzz;
  bytes input(data, size);
  const unsigned mode = input.byte();
  switch (mode & 3) {
    case 2: sums(input); break;
    case 3: follow(input); break;
    default: guest(input, mode); break;
  }
  return 0;
}
