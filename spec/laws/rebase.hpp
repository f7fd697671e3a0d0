// SPDX-License-Identifier: BSL-1.0
/// \file spec/laws/rebase.hpp
/// What <guestclock/rebase.hpp> promises: that no reader sees time go back, and what a re-base costs.
#pragma once

#include <guestclock/rebase.hpp>

#include "law.hpp"
#include "reference_tsc.hpp"
#include "pages.hpp"
#include "publisher.hpp"
#include "pvclock.hpp"
#include "scale.hpp"

namespace guestclock::inline GUESTCLOCK_WORDS::laws {

constexpr integer later_of(const integer& a, const integer& b) { return a < b ? b : a; }

struct rebase_time_exact {
  static constexpr law_info info{
      "rebase.time.exact",
      "the later of a time and of the page's is found exactly when the page is no clock, or has a time there"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const pvclock_snapshot old = any_snapshot(in);
    const u64 counter = in.template any<u64>("counter");
    const instant time{in.template any<u64>("time")};
    const auto found = not_behind(old, counter, time);
    if (!is_valid(old.rate())) {
      in.require(found.has_value());
      return in.require(*found == time);
    }
    const auto told = convert(old, counter);
    in.require(found.error() == told.error());
    if (!found || !told) return;
    in.require((*found >= time) & (*found >= told->time) & ((*found == time) | (*found == told->time)));
  }
};

struct rebase_page_exact {
  static constexpr law_info info{
      "rebase.page.exact",
      "a page is re-based exactly when the new rate is valid and the later time found; it begins with that at the counter"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const pvclock_snapshot old = any_snapshot(in);
    const u64 counter = in.template any<u64>("counter");
    const instant host{in.template any<u64>("host_time")};
    const tick_rate rate = any_rate<u32>(in);
    const u8 flags = in.template any<u8>("new_flags");
    const auto page = rebased(old, counter, host, rate, flags);
    if (!is_valid(rate)) return in.require((page.error() == clock_error::bad_multiplier) == (rate.mul == 0) && !page);
    const auto time = not_behind(old, counter, host);
    in.require(page.error() == time.error());
    if (!page || !time) return;
    in.require(same_snapshot(*page, {counter, time->nanoseconds, rate.mul, rate.shift, flags}));
  }
};

/// A reader of a page that is re-based again and again, by any host's clock. Its counters are not before the page's
/// snapshot; those just before it are in pvclock.trace.never-back.
struct rebase_trace_never_back {
  static constexpr law_info info{
      "rebase.trace.never-back",
      "a reader whose counters never decrease never sees time go back, over any sequence of re-bases at counters that no "
      "reading of the page before was later than, whatever the host's clock and the rates",
      law_kind::trace};
  struct state {
    pvclock_snapshot page;
    i64 latest;  ///< the reader's latest counter, as its distance from the page's snapshot
    u64 given;   ///< the latest time that it was given
  };
  static constexpr flag invariant(const state& s) {
    const flag valid = is_valid(s.page.rate());
    if (s.latest == 0) return valid & (s.given <= s.page.system_time);
    return valid & (integer(s.given) <= exact_time(s.page, integer(s.latest)));
  }
  template <class Inputs> static constexpr state any(Inputs& in) {
    const pvclock_snapshot page = valid_snapshot(in);
    const i64 latest = in.template between<i64>("latest", 0, max_of<i64>);
    return {page, latest, in.template any<u64>("given")};
  }
  template <class Inputs> static constexpr state initial(Inputs& in) { return {valid_snapshot(in), 0, 0}; }
  template <class Inputs> static constexpr void step(Inputs& in, state& s) {
    const u64 counter = counter_at(s.page, in.template between<i64>("distance", s.latest, max_of<i64>));
    if (in.template between<u8>("action", 0, 1) == 0) return read(in, s, counter);
    const instant host{in.template any<u64>("host_time")};
    const auto next = rebased(s.page, counter, host, new_rate(in), 0);
    if (next) s = {*next, 0, s.given};
  }
  template <class Inputs> static constexpr void read(Inputs& in, state& s, u64 counter) {
    s.latest = ticks_since(s.page, counter);
    const auto seen = convert(s.page, counter);
    if (!seen) return;
    in.require(s.given <= seen->time.nanoseconds);
    s.given = seen->time.nanoseconds;
  }
  template <class Inputs> static constexpr tick_rate new_rate(Inputs& in) {
    const u32 mul = in.template between<u32>("new_mul", 1, max_of<u32>);
    return {mul, in.template between<i8>("new_shift", -tick_shift_max, tick_shift_max)};
  }
};

struct rebase_chain_loses_nothing {
  static constexpr law_info info{
      "rebase.chain.loses-nothing",
      "after any number of re-bases a page's time at its snapshot is its host's there, or later, as it was before; exactly "
      "its host's where it was not ahead",
      law_kind::trace};
  struct state {
    pvclock_snapshot page;
    u64 host;  ///< the host's clock at the page's snapshot
  };
  static constexpr flag invariant(const state& s) {
    return is_valid(s.page.rate()) & (s.host <= s.page.system_time);
  }
  template <class Inputs> static constexpr state any(Inputs& in) {
    const pvclock_snapshot page = valid_snapshot(in);
    return {page, in.template any<u64>("host")};
  }
  template <class Inputs> static constexpr state initial(Inputs& in) {
    const u64 counter = in.template any<u64>("tsc_timestamp");
    const instant host{in.template any<u64>("host_time")};
    const tick_rate rate = valid_rate<u32>(in);
    const auto first = rebased({}, counter, host, rate, 0);  // in the place of a page that was never published
    in.require(first.has_value());
    in.require(first->system_time == host.nanoseconds);
    return {*first, host.nanoseconds};
  }
  template <class Inputs> static constexpr void step(Inputs& in, state& s) {
    const u64 counter = counter_at(s.page, in.template between<i64>("moved", 0, max_of<i64>));
    const instant host{in.template between<u64>("host_time", s.host, max_of<u64>)};
    const tick_rate rate = valid_rate<u32>(in);
    const auto told = convert(s.page, counter);
    const auto next = rebased(s.page, counter, host, rate, in.template any<u8>("new_flags"));
    if (!next || !told) return in.require(next.error() == told.error());
    if (told->time <= host) in.require(next->system_time == host.nanoseconds);
    else in.require(next->system_time == told->time.nanoseconds);
    s = {*next, host.nanoseconds};
  }
};

/// The frequencies of x86 processors' counters, 500 MHz to 8 GHz, and the shifts of their rates. Laws that take several
/// times of one page are stated for these: each shift is a proof of its own.
inline constexpr std::uint64_t counter_hz_min = 500'000'000, counter_hz_max = 8'000'000'000;
inline constexpr int counter_shift_min = -2, counter_shift_max = 2;

/// A valid page at whose snapshot the counter was 0, as counters may be counted: pvclock.distance.exact.
template <class Inputs> constexpr pvclock_snapshot page_from_zero(Inputs& in) {
  pvclock_snapshot page;
  page.system_time = in.template any<u64>("system_time");
  page.tsc_to_system_mul = in.template between<u32>("tsc_to_system_mul", 1, max_of<u32>);
  page.tsc_shift = in.template between<i8>("tsc_shift", counter_shift_min, counter_shift_max);
  return page;
}

struct rebase_overlap_bounded {
  static constexpr law_info info{
      "rebase.overlap.bounded",
      "a reading of the new page is behind one of the old page at the same counter by less than both error bounds "
      "and what the old rate gained meanwhile; for rates of one shift in [-2, 2]"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const pvclock_snapshot old = page_from_zero(in);
    const u64 counter = in.template between<u64>("counter", 0, max_of<u64> >> 1);
    const instant host{in.template any<u64>("host_time")};
    const u32 new_mul = in.template between<u32>("new_mul", 1, max_of<u32>);
    const auto told_then = convert(old, counter);
    const u64 overlap = in.template between<u64>("overlap", 0, (max_of<u64> >> 1) - counter);
    const auto told = convert(old, counter + overlap);
    if (!in.assume(told.has_value() && told_then.has_value())) return;
    const auto next = rebased(old, counter, host, {new_mul, old.tsc_shift}, 0);
    in.require(next.has_value());
    const auto seen = convert(*next, counter + overlap);  // later counters are no earlier: pvclock.convert.order
    if (!in.assume(seen.has_value())) return;
    const fraction by_old = rational_time(overlap, old.rate());
    const fraction by_new = rational_time(overlap, next->rate());
    const integer gained = by_old.numerator - by_new.numerator;
    const integer behind = (integer(told->time.nanoseconds) - integer(seen->time.nanoseconds)) * by_old.denominator;
    const integer bounds = integer(error_bound(old.rate()) + error_bound(next->rate())) * by_old.denominator;
    in.require(behind < bounds + later_of(gained, 0));
  }
};

struct rebase_overlap_same_rate {
  static constexpr law_info info{
      "rebase.overlap.same-rate",
      "with an unchanged rate a reading of the new page is behind one of the old page at the same counter by no more than the "
      "error bound: 2 ns where the shift is negative, else 1; for shifts in [-2, 2]"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const pvclock_snapshot old = page_from_zero(in);
    const u64 counter = in.template between<u64>("counter", 0, max_of<u64> >> 1);
    const instant host{in.template any<u64>("host_time")};
    const auto told_then = convert(old, counter);
    const u64 overlap = in.template between<u64>("overlap", 0, (max_of<u64> >> 1) - counter);
    const auto told = convert(old, counter + overlap);
    if (!in.assume(told.has_value() && told_then.has_value())) return;
    const auto next = rebased(old, counter, host, old.rate(), 0);
    in.require(next.has_value());
    const auto seen = convert(*next, counter + overlap);  // later counters are no earlier: pvclock.convert.order
    if (!in.assume(seen.has_value())) return;
    in.require(integer(told->time.nanoseconds) <=
               integer(seen->time.nanoseconds) + integer(error_bound(old.rate())));
  }
};

struct rebase_machine_never_back {
  static constexpr law_info info{
      "rebase.machine.never-back",
      "the time that all of a machine's pages begin with is not before any reading of any page, at no later a counter, nor "
      "before the host's clock",
      law_kind::trace};
  struct state {
    u64 shared;  ///< the time folded over the pages so far
    u64 given;   ///< the latest time that any reader of those pages was given
  };
  static constexpr flag invariant(const state& s) { return s.given <= s.shared; }
  template <class Inputs> static constexpr state any(Inputs& in) {
    const u64 shared = in.template any<u64>("shared");
    return {shared, in.template any<u64>("given")};
  }
  template <class Inputs> static constexpr state initial(Inputs& in) { return {in.template any<u64>("host_time"), 0}; }
  template <class Inputs> static constexpr void step(Inputs& in, state& s) {
    const pvclock_snapshot page = any_snapshot(in);
    const u64 counter = in.template any<u64>("counter");
    const auto shared = not_behind(page, counter, {s.shared});
    if (!shared) return;
    in.require(s.shared <= shared->nanoseconds);
    s.shared = shared->nanoseconds;
    // What a reader was given at an earlier counter is no later than the page's time here: pvclock.convert.order.
    const auto reached = convert(page, counter);
    const u64 told = reached ? in.template between<u64>("told", 0, reached->time.nanoseconds) : u64(0);
    if (told > s.given) s.given = told;
  }
};

struct rebase_reference_exact {
  static constexpr law_info info{
      "rebase.reference.exact",
      "a Hyper-V page is re-based exactly when the scale is not 0, the old page was never published or has a time there, and "
      "the offset fits; its time there is the later of the host's and the old page's"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const reference_tsc_snapshot old = any_reference_snapshot(in);
    const u64 counter = in.template any<u64>("counter");
    const reference_time host{in.template any<u64>("host_time")};
    const u64 scale = in.template any<u64>("new_scale");
    const auto page = rebased(old, counter, host, scale);
    if (scale == 0) return in.require(page.error() == clock_error::bad_multiplier);
    const integer told = exact_reference_time(old, counter);
    const flag fits = (old.tsc_scale == 0) | ((0 <= told) & (told < power_of_two(64)));
    if (!fits) return in.require(page.error() == clock_error::out_of_range);
    const integer time = old.tsc_scale == 0 ? integer(host.count) : later_of(integer(host.count), told);
    const integer offset = time - floor_div(integer(counter) * integer(scale), power_of_two(64));
    in.require(flag(page.has_value()) == ((-power_of_two(63) <= offset) & (offset < power_of_two(63))));
    if (!page) return in.require(page.error() == clock_error::out_of_range);
    in.require((page->tsc_scale == scale) & (integer(page->tsc_offset) == offset));
  }
};

struct rebase_reference_never_back {
  static constexpr law_info info{
      "rebase.reference.never-back",
      "a reader whose counters never decrease never sees reference time go back, over any sequence of re-bases at counters "
      "that no reading of the page before was later than, whatever the host's clock and the scales",
      law_kind::trace};
  struct state {
    reference_tsc_snapshot page;
    u64 latest;  ///< the reader's latest counter
    u64 given;   ///< the latest time that it was given
  };
  static constexpr flag invariant(const state& s) {
    return (s.page.tsc_scale != 0) & ((s.given == 0) | (integer(s.given) <= exact_reference_time(s.page, s.latest)));
  }
  template <class Inputs> static constexpr state any(Inputs& in) {
    const reference_tsc_snapshot page = any_reference_snapshot(in);
    const u64 latest = in.template any<u64>("latest");
    return {page, latest, in.template any<u64>("given")};
  }
  template <class Inputs> static constexpr state initial(Inputs& in) {
    const u64 tsc_scale = in.template between<u64>("tsc_scale", 1, max_of<u64>);
    return {{tsc_scale, in.template any<i64>("tsc_offset")}, in.template any<u64>("latest"), 0};
  }
  template <class Inputs> static constexpr void step(Inputs& in, state& s) {
    const u64 counter = in.template between<u64>("counter", s.latest, max_of<u64>);
    if (in.template between<u8>("action", 0, 1) == 0) {
      const auto seen = reference_time_at(s.page, counter);
      s.latest = counter;
      if (!seen) return;
      in.require(s.given <= seen->count);
      s.given = seen->count;
    } else {
      const reference_time host{in.template any<u64>("host_time")};
      const auto next = rebased(s.page, counter, host, in.template any<u64>("new_scale"));
      if (!next) return;
      s.latest = counter;
      s.page = *next;
    }
  }
};

/// A page that notes what is done to it, and in which order.
struct recorded_page : constant_page {
  bool fenced = false;   ///< a full fence since the version was stored
  bool stored = false;   ///< a field was stored since
  constexpr void store_version(u32 value, write_order order) {
    constant_page::store_version(value, order);
    fenced = false;
    stored = false;
  }
  constexpr void store(std::size_t offset, u64 value) {
    constant_page::store(offset, value);
    stored = true;
  }
  constexpr void full_fence() { fenced = true; }
};
/// Any page but for its shift, which plays no part in the order of things.
template <class Page, class Inputs> constexpr Page page_without_shift(Inputs& in) {
  Page bytes;
  bytes.version = in.template any<u32>("version");
  const u64 tsc_timestamp = in.template any<u64>("tsc_timestamp");
  const u64 system_time = in.template any<u64>("system_time");
  const u32 mul = in.template any<u32>("tsc_to_system_mul");
  pvclock_page::store(bytes, {tsc_timestamp, system_time, mul, 0, in.template any<u8>("flags")});
  return bytes;
}
/// A counter that notes how the page was when it was sampled.
template <class Page> struct counter_beside {
  const recorded_page& page;
  u64 value;
  int samples = 0;
  flag held_out = false;  ///< readers could not accept the page, and no field of it had changed
  constexpr counter_sample sample() {
    ++samples;
    held_out = (Page::in_progress(page.version) | Page::unusable(page.version)) & flag(page.fenced && !page.stored);
    return {value, {}};
  }
};

struct rebase_order_sampled_while_busy {
  static constexpr law_info info{
      "rebase.order.sampled-while-busy",
      "the counter is sampled once, after every reader can see that the page is busy and before any field changes, and the "
      "host's clock is asked for that counter value"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    auto bytes = page_without_shift<recorded_page>(in);
    counter_beside<pvclock_page> counter{bytes, in.template any<u64>("counter")};
    const instant host{in.template any<u64>("host_time")};
    flag asked = false;
    const auto clock = [&](u64 at) {
      asked = at == counter.value;
      return host;
    };
    const auto next = rebase_pvclock(bytes, counter, clock, {1, 0}, 0);
    in.require(flag(counter.samples == 1) & counter.held_out & asked);
    if (next) in.require(next->tsc_timestamp == counter.value);
  }
};

struct rebase_order_published {
  static constexpr law_info info{
      "rebase.order.published",
      "after a re-base the page is at rest under another version, and says what rebased gives for what stood there, "
      "GUEST_STOPPED kept; what it said before, where that refuses"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    auto bytes = page_without_shift<constant_page>(in);
    const u32 version = bytes.version;
    const pvclock_snapshot old = pvclock_page::load(bytes);
    constant_counter counter{in.template any<u64>("counter")};
    const instant host{in.template any<u64>("host_time")};
    const tick_rate rate = any_rate<u32>(in);
    const u8 flags = in.template any<u8>("new_flags");
    const auto next = rebase_pvclock(bytes, counter, [&](u64) { return host; }, rate, flags);
    in.require((floor_mod(integer(bytes.version), 2) == 0) & (bytes.version != version));
    const auto expected = rebased(old, counter.value, host, rate, keeping_guest_stopped(flags, old.flags));
    in.require(next.error() == expected.error());
    const pvclock_snapshot page = pvclock_page::load(bytes);
    if (!next || !expected) return in.require(same_snapshot(page, old));
    in.require(same_snapshot(page, *expected) & same_snapshot(*next, *expected));
  }
};

struct rebase_reference_order {
  static constexpr law_info info{
      "rebase.reference.order",
      "a Hyper-V page's counter is sampled once, while its readers are told that it is not usable; then they get what rebased "
      "gives for what stood there, or that itself, under a sequence that is not the host's last"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    recorded_page bytes{any_page(in)};
    const u32 last = in.template any<u32>("last_sequence");
    const reference_tsc_snapshot old = reference_tsc_page::load(bytes);
    counter_beside<reference_tsc_page> counter{bytes, in.template any<u64>("counter")};
    const reference_time host{in.template any<u64>("host_time")};
    const u64 scale = in.template any<u64>("new_scale");
    flag asked = false;
    const auto clock = [&](u64 at) {
      asked = at == counter.value;
      return host;
    };
    const auto next = rebase_reference_tsc(bytes, last, counter, clock, scale);
    in.require(flag(counter.samples == 1) & counter.held_out & asked);
    in.require((bytes.version != last) & (bytes.version != 0));
    const auto expected = rebased(old, counter.value, host, scale);
    in.require(next.error() == expected.error());
    const reference_tsc_snapshot page = reference_tsc_page::load(bytes);
    if (!next || !expected) return in.require(page == old);
    in.require((page == *expected) & (*next == *expected));
  }
};

/// What a course's rate is more than the plain one, in units of the plain one's multiplier, 2^(shift - 32) ns per tick.
constexpr integer gained_by(const course& slew, tick_rate rate) {
  const integer mul = slew.rate.mul;
  return (slew.rate.shift == rate.shift ? mul : 2 * mul) - integer(rate.mul);
}
/// A ns in the same units.
constexpr integer one_ns(tick_rate rate) { return power_of_two(u32(32 - i32(rate.shift))); }

template <class Inputs> constexpr disagreement any_disagreement(Inputs& in) {
  const u64 page = in.template any<u64>("page_time");
  return {{page}, {in.template any<u64>("host_time")}};
}

struct rebase_slew_rate {
  static constexpr law_info info{
      "rebase.slew.rate",
      "a slew's rate is valid, slower where the page is ahead and else faster, and differs by no more than the parts per "
      "million that were asked for"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const disagreement at = any_disagreement(in);
    const tick_rate rate = valid_rate<u32>(in);
    const u32 ppm = in.template between<u32>("ppm", 0, slew_ppm_max);
    const auto slew = slewed(at, rate, ppm);
    if (!in.assume(slew.has_value())) return;
    in.require(is_valid(slew->rate) & (slew->start == at.page));
    in.require((slew->rate.shift == rate.shift) | (i32(slew->rate.shift) == i32(rate.shift) + 1));
    const integer gained = gained_by(*slew, rate);
    const integer change = at.page > at.host ? -gained : gained;
    in.require((0 < change) & (change * 1'000'000 <= integer(rate.mul) * integer(ppm)));
  }
};

struct rebase_slew_absorbs {
  static constexpr law_info info{
      "rebase.slew.absorbs",
      "what a slew's rate gains on the plain one in its ticks is all of the disagreement but less than one tick's worth of it, "
      "and never more than all"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const disagreement at = any_disagreement(in);
    const tick_rate rate = valid_rate<u32>(in);
    const auto slew = slewed(at, rate, in.template between<u32>("ppm", 0, slew_ppm_max));
    if (!in.assume(slew.has_value())) return;
    const bool ahead = at.page > at.host ? true : false;
    const integer lead = integer(at.page.nanoseconds) - integer(at.host.nanoseconds);
    const integer change = ahead ? -gained_by(*slew, rate) : gained_by(*slew, rate);
    const integer difference = (ahead ? lead : -lead) * one_ns(rate);
    const integer absorbed = integer(slew->ticks) * change;
    in.require((absorbed <= difference) & (difference < absorbed + change));
  }
};

struct rebase_slew_accepts {
  static constexpr law_info info{
      "rebase.slew.accepts",
      "there is a slew exactly when the rate is valid, ppm at most slew_ppm_max, a faster rate has a shift, and the change, "
      "rounded down, makes up for the disagreement in fewer than 2^64 ticks"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const disagreement at = any_disagreement(in);
    const tick_rate rate = any_rate<u32>(in);
    const u32 ppm = in.template any<u32>("ppm");
    const auto slew = slewed(at, rate, ppm);
    if (!is_valid(rate)) return in.require((slew.error() == clock_error::bad_multiplier) == (rate.mul == 0) && !slew);
    const integer mul = rate.mul;
    const integer change = floor_div(mul * integer(ppm), 1'000'000);
    const integer lead = integer(at.page.nanoseconds) - integer(at.host.nanoseconds);
    const flag doubles = (lead <= 0) & (mul + change >= power_of_two(32));
    const integer cut = doubles ? floor_mod(mul + change, 2) : integer(0);
    const integer difference = (lead < 0 ? -lead : lead) * one_ns(rate);
    in.require(flag(slew.has_value()) == ((ppm <= slew_ppm_max) & !(doubles & (i32(rate.shift) == tick_shift_max)) &
                                          (difference < (change - cut) * power_of_two(64))));
    if (!slew) in.require(slew.error() == clock_error::out_of_range);
  }
};

struct rebase_step_later {
  static constexpr law_info info{"rebase.step.later",
                                 "a step begins with the later of the two times, keeps the rate and has no end; a slew is a slew"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const disagreement at = any_disagreement(in);
    const tick_rate rate = any_rate<u32>(in);
    const u32 ppm = in.template any<u32>("ppm");
    const auto step = course_for(at, rate, correction::step, ppm);
    in.require(step.has_value());
    in.require((step->start >= at.page) & (step->start >= at.host) & ((step->start == at.page) | (step->start == at.host)));
    in.require((step->rate.mul == rate.mul) & (step->rate.shift == rate.shift) & (step->ticks == 0));
    const auto slew = course_for(at, rate, correction::slew, ppm);
    const auto expected = slewed(at, rate, ppm);
    in.require(slew.error() == expected.error());
    if (!slew || !expected) return;
    in.require((slew->start == expected->start) & (slew->rate.mul == expected->rate.mul));
    in.require((slew->rate.shift == expected->rate.shift) & (slew->ticks == expected->ticks));
  }
};

}  // namespace guestclock::inline GUESTCLOCK_WORDS::laws
