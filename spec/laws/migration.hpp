// SPDX-License-Identifier: BSL-1.0
/// \file spec/laws/migration.hpp
/// What <guestclock/migration.hpp> promises of clocks that are saved, restored, paused and moved.
#pragma once

#include <guestclock/migration.hpp>
#include <guestclock/rebase.hpp>

#include "law.hpp"
#include "publisher.hpp"
#include "pvclock.hpp"
#include "rebase.hpp"
#include "scale.hpp"

namespace guestclock::inline GUESTCLOCK_WORDS::laws {

template <class Inputs> constexpr host_moment any_moment(Inputs& in) {
  const u64 counter = in.template any<u64>("counter");
  const u64 frequency_hz = in.template any<u64>("frequency_hz");
  return {counter, frequency_hz, {in.template any<u64>("wall")}};
}

struct migration_save_exact {
  static constexpr law_info info{"migration.save.exact",
                                 "a clock is saved exactly when its page has a time, as the first 100 ns not before that"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const pvclock_snapshot page = any_snapshot(in);
    const host_moment at = any_moment(in);
    const auto saved = save(page, at);
    const auto seen = convert(page, at.counter);
    in.require(saved.error() == seen.error());
    if (!saved || !seen) return;
    const integer time = seen->time.nanoseconds;
    const integer rounded = integer(saved->time.count) * 100;
    in.require((time <= rounded) & (rounded < time + 100));
    in.require((saved->at.counter == at.counter) & (saved->at.frequency_hz == at.frequency_hz) &
               (saved->at.wall == at.wall));
  }
};

struct migration_elapsed_never_negative {
  static constexpr law_info info{"migration.elapsed.never-negative",
                                 "the time elapsed is the wall clock's difference, or nothing where it was set back"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const u64 then = in.template any<u64>("then");
    const u64 now = in.template any<u64>("now");
    const integer difference = integer(now) - integer(then);
    in.require(integer(elapsed_between({then}, {now})) == (difference < 0 ? integer(0) : difference));
  }
};

struct migration_restore_exact {
  static constexpr law_info info{
      "migration.restore.exact",
      "a clock is restored exactly when the frequency has a rate and the time fits; it begins at the new counter with the "
      "saved time and all of the time elapsed, or none of it"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const saved_clock saved{{in.template any<u64>("saved_time")}, {0, 0, {in.template any<u64>("saved_wall")}}};
    const host_moment at = any_moment(in);
    const bool added = in.template between<u8>("added", 0, 1) != 0 ? true : false;
    const rounding how = any_rounding(in);
    const u8 flags = in.template any<u8>("flags");
    const auto page = restore(saved, at, added ? elapsed::added : elapsed::left_out, how, flags);
    const auto rate = tick_rate_for(at.frequency_hz, how);
    if (!rate) return in.require(page.error() == rate.error());
    const integer away = integer(at.wall.nanoseconds) - integer(saved.at.wall.nanoseconds);
    const integer counted = added && away > 0 ? away : integer(0);
    const integer time = integer(saved.time.count) * 100 + counted;
    in.require(flag(page.has_value()) == (time < power_of_two(64)));
    if (!page) return in.require(page.error() == clock_error::out_of_range);
    in.require(integer(page->system_time) == time);
    in.require((page->tsc_timestamp == at.counter) & (page->flags == flags));
    in.require((page->tsc_to_system_mul == rate->mul) & (page->tsc_shift == rate->shift));
  }
};

struct migration_trace_never_back {
  static constexpr law_info info{
      "migration.trace.never-back",
      "over any sequence of saves and restores, to any counters of 500 MHz to 8 GHz and whatever the wall clocks, a guest "
      "whose "
      "counters never decrease while it runs never sees time go back",
      law_kind::trace};
  struct state {
    bool runs;
    pvclock_snapshot page;  ///< while it runs
    i64 latest;             ///< the guest's latest counter, as its distance from the page's snapshot
    u64 saved_time;         ///< while it does not
    u64 given;              ///< the latest time that it was given
  };
  static constexpr flag invariant(const state& s) {
    if (s.runs && s.latest == 0) return is_valid(s.page.rate()) & (s.given <= s.page.system_time);
    if (s.runs) return is_valid(s.page.rate()) & (integer(s.given) <= exact_time(s.page, integer(s.latest)));
    return integer(s.given) <= integer(s.saved_time) * 100;
  }
  template <class Inputs> static constexpr state any(Inputs& in) {
    if (in.template between<u8>("runs", 0, 1) == 0) {
      const u64 saved_time = in.template any<u64>("saved_time");
      return {false, {}, 0, saved_time, in.template any<u64>("given")};
    }
    pvclock_snapshot page = page_from_zero(in);
    page.tsc_timestamp = in.template any<u64>("tsc_timestamp");
    const i64 latest = in.template between<i64>("latest", 0, max_of<i64>);
    return {true, page, latest, 0, in.template any<u64>("given")};
  }
  template <class Inputs> static constexpr state initial(Inputs& in) {
    return {false, {}, 0, in.template any<u64>("saved_time"), 0};
  }
  template <class Inputs> static constexpr void step(Inputs& in, state& s) {
    if (!s.runs) return go_on(in, s);
    const u64 counter = counter_at(s.page, in.template between<i64>("distance", s.latest, max_of<i64>));
    if (in.template between<u8>("action", 0, 1) == 0) return read(in, s, counter);
    const auto saved = save(s.page, {counter, 0, {}});
    if (saved) s = {false, {}, 0, saved->time.count, s.given};
  }
  template <class Inputs> static constexpr void read(Inputs& in, state& s, u64 counter) {
    s.latest = ticks_since(s.page, counter);
    const auto seen = convert(s.page, counter);
    if (!seen) return;
    in.require(s.given <= seen->time.nanoseconds);
    s.given = seen->time.nanoseconds;
  }
  template <class Inputs> static constexpr void go_on(Inputs& in, state& s) {
    const saved_clock saved{{s.saved_time}, {0, 0, {in.template any<u64>("saved_wall")}}};
    const u64 counter = in.template any<u64>("counter");
    const u64 frequency = in.template between<u64>("frequency_hz", counter_hz_min, counter_hz_max);
    const host_moment at{counter, frequency, {in.template any<u64>("wall")}};
    const bool added = in.template between<u8>("added", 0, 1) != 0 ? true : false;
    const auto page = restore(saved, at, added ? elapsed::added : elapsed::left_out, rounding::exact, 0);
    if (page) s = {true, *page, 0, 0, s.given};
  }
};

struct migration_offset_exact {
  static constexpr law_info info{
      "migration.offset.exact",
      "a counter that stood still is moved on exactly when the ticks fit, by all whole ticks of the gap and no more"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const u64 gap = in.template any<u64>("gap_ns");
    const u64 frequency = in.template any<u64>("frequency_hz");
    const auto ticks = tsc_offset_after(gap, frequency);
    const integer product = integer(gap) * integer(frequency);
    const integer second = nanoseconds_per_second;
    in.require(flag(ticks.has_value()) == (product < second * power_of_two(64)));
    if (!ticks) return in.require(ticks.error() == clock_error::out_of_range);
    const integer counted = integer(*ticks) * second;
    in.require((counted <= product) & (product < counted + second));
  }
};

struct migration_offset_counter {
  static constexpr law_info info{"migration.offset.counter",
                                 "a saved counter goes on where it stopped and the ticks of the gap later, modulo 2^64"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const saved_clock saved{{}, any_moment(in)};
    const u64 gap = in.template any<u64>("gap_ns");
    const auto counter = tsc_after(saved, gap);
    const auto ticks = tsc_offset_after(gap, saved.at.frequency_hz);
    in.require(counter.error() == ticks.error());
    if (!counter || !ticks) return;
    in.require(integer(*counter) == floor_mod(integer(saved.at.counter) + integer(*ticks), power_of_two(64)));
  }
};

/// A guest whose counter stands still whenever it does not run, and which moves between hosts. A host's own clock is exact:
/// `ticks` of its counter after a page's snapshot it says system_time + ⌊(phase + ticks · 10^9) / f⌋, phase < f being what
/// a whole ns had not been completed of at the snapshot.
struct migration_trace_constant_rate {
  static constexpr law_info info{
      "migration.trace.constant-rate",
      "over any sequence of pauses and moves to other hosts, with counters of 500 MHz to 8 GHz, exact rates and pages "
      "re-based to the host's clock, guest time never goes back, is never ahead of the host's exact clock, and behind it by "
      "less than the error bound, 1 ns and "
      "2^-31 of the time since the last re-base",
      law_kind::trace};
  struct state {
    bool runs;
    pvclock_snapshot page;  ///< counters are counted from its snapshot
    u64 frequency_hz;
    u64 phase;   ///< of the host's clock, at the page's snapshot
    u64 latest;  ///< the guest's counter
    u64 host;    ///< while it moves: the host's clock when it left
    u64 given;   ///< the latest time that it was given
  };
  static constexpr integer host_clock(const state& s, const integer& ticks) {
    const integer units = integer(s.phase) + ticks * integer(nanoseconds_per_second);
    return integer(s.page.system_time) + floor_div(units, integer(s.frequency_hz));
  }
  static constexpr flag invariant(const state& s) {
    if (!s.runs) return s.given <= s.host;
    const integer mul = s.page.tsc_to_system_mul;
    const integer frequency = s.frequency_hz;
    const integer second = integer(nanoseconds_per_second) * power_of_two(u32(32 - i32(s.page.tsc_shift)));
    const flag normalised = is_valid(s.page.rate()) & (s.page.tsc_to_system_mul >= u32(1) << 31);
    const flag exact_rate = normalised & (mul * frequency <= second) & (second < mul * frequency + frequency);
    const flag in_step = exact_rate & (s.phase < s.frequency_hz);
    if (s.latest == 0) return in_step & (s.given <= s.page.system_time);
    return in_step & (integer(s.given) <= exact_time(s.page, integer(s.latest)));
  }
  template <class Inputs> static constexpr state any(Inputs& in) {
    if (in.template between<u8>("runs", 0, 1) == 0) {
      const u64 host = in.template any<u64>("host");
      return {false, {}, 0, 0, 0, host, in.template any<u64>("given")};
    }
    const pvclock_snapshot page = page_from_zero(in);
    const u64 frequency = in.template between<u64>("frequency_hz", counter_hz_min, counter_hz_max);
    const u64 phase = in.template any<u64>("phase");
    const u64 latest = in.template between<u64>("latest", 0, max_of<u64> >> 1);
    return {true, page, frequency, phase, latest, 0, in.template any<u64>("given")};
  }
  template <class Inputs> static constexpr state initial(Inputs& in) {
    return {false, {}, 0, 0, 0, in.template any<u64>("host"), 0};
  }
  template <class Inputs> static constexpr void step(Inputs& in, state& s) {
    if (!s.runs) return arrive(in, s);
    const u8 action = in.template between<u8>("action", 0, 2);
    if (action == 0) return run(in, s);
    const u64 gap = in.template any<u64>("gap");  // in ticks of the host's counter, of which the guest sees none
    const integer elapsed_ticks = integer(s.latest) + integer(gap);
    const integer host = host_clock(s, elapsed_ticks);
    if (!in.assume(host < power_of_two(64))) return;
    if (action == 1) resume(in, s, elapsed_ticks, word_of<u64>(host));
    else s = {false, {}, 0, 0, 0, word_of<u64>(host), s.given};
  }
  template <class Inputs> static constexpr void run(Inputs& in, state& s) {
    s.latest = in.template between<u64>("counter", s.latest, max_of<u64> >> 1);
    const auto seen = convert(s.page, s.latest);
    if (!seen) return;
    const integer time = seen->time.nanoseconds;
    const integer host = host_clock(s, integer(s.latest));
    in.require(s.given <= seen->time.nanoseconds);
    in.require(time <= host);
    const integer beyond = host - time - integer(error_bound(s.page.rate())) - 1;
    in.require(beyond * integer(s.frequency_hz) * power_of_two(31) < integer(s.latest) * integer(nanoseconds_per_second));
    s.given = seen->time.nanoseconds;
  }
  template <class Inputs> static constexpr void resume(Inputs& in, state& s, const integer& ticks, u64 host) {
    const auto next = rebased(s.page, s.latest, {host}, s.page.rate(), 0);
    if (!in.assume(next.has_value())) return;
    in.require(next->system_time == host);
    const integer units = integer(s.phase) + ticks * integer(nanoseconds_per_second);
    s.phase = word_of<u64>(floor_mod(units, integer(s.frequency_hz)));
    s.page = *next;
    s.page.tsc_timestamp = 0;
    s.latest = 0;
  }
  template <class Inputs> static constexpr void arrive(Inputs& in, state& s) {
    const u64 frequency = in.template between<u64>("new_frequency_hz", counter_hz_min, counter_hz_max);
    const auto rate = tick_rate_for(frequency, rounding::exact);
    in.require(rate.has_value());
    const instant host{in.template between<u64>("host_time", s.host, max_of<u64>)};
    const auto page = rebased({}, 0, host, *rate, 0);
    in.require(page.has_value());
    s = {true, *page, frequency, in.template between<u64>("new_phase", 0, frequency - 1), 0, 0, s.given};
  }
};

}  // namespace guestclock::inline GUESTCLOCK_WORDS::laws
