// SPDX-License-Identifier: BSL-1.0
/// \file spec/laws/monotonic.hpp
/// What <guestclock/monotonic.hpp> promises: no reader sees time go back, no time of another generation is taken for one
/// of this, and every clock of a stopped machine counts what it says.
#pragma once

#include <guestclock/monotonic.hpp>

#include "instant.hpp"
#include "law.hpp"
#include "reading.hpp"

namespace guestclock::inline GUESTCLOCK_WORDS::laws {

/// The shared last value, with other readers racing: before each exchange one of them may have stored a later time.
template <class Inputs> struct contended_last {
  Inputs& in;
  u64 value;
  int exchanges = 0;
  constexpr u64 load() const { return value; }
  constexpr bool replace(u64& expected, u64 desired) {
    ++exchanges;
    value = in.template between<u64>("raced_to", value, max_of<u64>);
    if (value != expected) {
      expected = value;
      return false;
    }
    value = desired;
    return true;
  }
};

struct monotonic_last_value_never_back {
  static constexpr law_info info{
      "monotonic.last-value.never-back",
      "readers of unstable pages that share a last value never see time go back, however they race", law_kind::trace};
  struct state {
    u64 last;   ///< the shared word
    u64 given;  ///< the latest time that any reader was given
  };
  static constexpr flag invariant(const state& s) { return s.given <= s.last; }
  template <class Inputs> static constexpr state any(Inputs& in) {
    const u64 last = in.template any<u64>("last");
    return {last, in.template any<u64>("given")};
  }
  template <class Inputs> static constexpr state initial(Inputs&) { return {0, 0}; }
  template <class Inputs> static constexpr void step(Inputs& in, state& s) {
    contended_last<Inputs> last{in, s.last};
    reading seen;
    seen.time = {in.template any<u64>("time")};
    const reading given = not_before_last(last, seen);
    in.require(s.given <= given.time.nanoseconds);
    s = {last.value, given.time.nanoseconds};
  }
};

struct monotonic_last_value_stable {
  static constexpr law_info info{
      "monotonic.last-value.stable",
      "a reading of a stable page is given as it is; another one unless a time not before it was given, or all races are lost"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    contended_last<Inputs> last{in, in.template any<u64>("last")};
    const u64 before = last.value;
    const reading seen = any_reading(in, in.template any<u64>("time"));
    const reading given = not_before_last(last, seen);
    in.require(last.exchanges <= retry_count_max);
    if (seen.stable) return in.require((given.time == seen.time) & (last.value == before) & flag(last.exchanges == 0));
    in.require((given.time.nanoseconds >= before) & (given.time.nanoseconds == last.value));
    if (seen.time.nanoseconds <= before) return in.require(last.exchanges == 0);
    in.require((given.time.nanoseconds >= seen.time.nanoseconds) | flag(last.exchanges == retry_count_max));
  }
};

struct monotonic_last_value_results {
  static constexpr law_info info{"monotonic.last-value.results",
                                 "a last value is for readings: an error passes it as it is, and leaves it alone"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    local_last_value last;
    local_last_value other;
    u64 zero = 0;
    const u64 before = in.template any<u64>("last");
    in.require(last.replace(zero, before) && other.replace(zero, before));
    const reading seen = any_reading(in, in.template any<u64>("time"));
    if (in.template between<u8>("fails", 0, 1) != 0) {
      in.require(not_before_last(last, result<reading>(clock_error::unstable)).error() == clock_error::unstable);
      return in.require(last.load() == before);
    }
    const auto given = not_before_last(last, result<reading>(seen));
    in.require(given.has_value());
    in.require(given->time == not_before_last(other, seen).time);
    in.require(last.load() == other.load());
  }
};

struct monotonic_last_value_local {
  static constexpr law_info info{
      "monotonic.last-value.local",
      "with a last value of its own, a reader of an unstable page is given the greatest of all times that it has read"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    local_last_value last;
    in.require(last.load() == 0);
    u64 zero = 0;
    const u64 before = in.template any<u64>("last");
    in.require(last.replace(zero, before));
    reading seen;
    seen.time = {in.template any<u64>("time")};
    const u64 given = not_before_last(last, seen).time.nanoseconds;
    in.require(integer(given) == (integer(before) <= integer(seen.time.nanoseconds) ? integer(seen.time.nanoseconds)
                                                                                    : integer(before)));
    in.require(last.load() == given);
  }
};

template <class Inputs> constexpr stamped any_stamped(Inputs& in, const char* time) {
  reading seen;
  seen.time = {in.template any<u64>(time)};
  seen.generation = any_generation(in);
  return stamped::of(seen);
}

struct monotonic_stamped_keeps {
  static constexpr law_info info{"monotonic.stamped.keeps", "a time is stamped with the generation of its own reading"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    reading seen;
    seen.time = {in.template any<u64>("time")};
    seen.generation = any_generation(in);
    const stamped kept = stamped::of(seen);
    in.require((kept.time == seen.time) & (kept.generation == seen.generation));
  }
};

struct monotonic_stamped_difference {
  static constexpr law_info info{
      "monotonic.stamped.difference",
      "two times have a difference exactly when they are of one generation, and then it is exact"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const stamped a = any_stamped(in, "a");
    const stamped b = any_stamped(in, "b");
    const auto span = checked_sub(a, b);
    in.require(flag(span.has_value()) == (a.generation == b.generation));
    if (!span) return in.require(span.error() == clock_error::generation_changed);
    in.require(exact_nanoseconds(*span) == integer(a.time.nanoseconds) - integer(b.time.nanoseconds));
  }
};

struct monotonic_stamped_order {
  static constexpr law_info info{"monotonic.stamped.order",
                                 "two times are ordered exactly when they are of one generation, and then as they lie"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const stamped a = any_stamped(in, "a");
    const stamped b = any_stamped(in, "b");
    const auto order = compare(a, b);
    in.require(flag(order.has_value()) == (a.generation == b.generation));
    if (!order) return in.require(order.error() == clock_error::generation_changed);
    in.require((*order == -1) == (a.time < b.time));
    in.require((*order == 0) == (a.time == b.time));
    in.require((*order == 1) == (b.time < a.time));
  }
};

/// What an account counts by, in whole numbers.
struct exact_account {
  integer executed, paused, in_snapshots;
  constexpr integer time(time_passed which) const {
    if (which == time_passed::executed) return executed;
    return which == time_passed::with_pauses ? executed + paused : executed + paused + in_snapshots;
  }
};
template <class Inputs> constexpr time_passed any_time_passed(Inputs& in) {
  const u8 which = in.template between<u8>("which", 0, 2);
  return which == 0 ? time_passed::executed : which == 1 ? time_passed::with_pauses : time_passed::with_snapshots;
}
constexpr flag is_word(const integer& value) { return (0 <= value) & (value < power_of_two(64)); }

/// Any account, by two gaps: those make every state that an account can be in.
template <class Inputs> struct any_account {
  u64 resumed_at, executed, paused, in_snapshots;
  constexpr explicit any_account(Inputs& in)
      : resumed_at(in.template any<u64>("resumed_at")), executed(in.template any<u64>("executed")),
        paused(in.template any<u64>("paused")), in_snapshots(in.template any<u64>("in_snapshots")) {}
  constexpr time_account account() const {
    const time_account first = *time_account({0}).pause({{executed}, {0}, paused});
    return *first.restore({{0}, {resumed_at}, in_snapshots});
  }
  constexpr exact_account exact() const { return {integer(executed), integer(paused), integer(in_snapshots)}; }
};

struct monotonic_account_time {
  static constexpr law_info info{
      "monotonic.account.time",
      "an account tells a time exactly for readings not before its latest gap's end, where the sum of what it counts fits"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const any_account past(in);
    const u64 now = in.template any<u64>("now");
    const time_passed which = any_time_passed(in);
    const auto told = past.account().time({now}, which);
    exact_account expected = past.exact();
    expected.executed = expected.executed + integer(now) - integer(past.resumed_at);
    in.require(flag(told.has_value()) == ((past.resumed_at <= now) & is_word(expected.time(which))));
    if (!told) return in.require(told.error() == clock_error::out_of_range);
    in.require(integer(told->nanoseconds) == expected.time(which));
    const u64 begun = in.template any<u64>("begun");
    in.require(time_account({begun}).time({begun}, which)->nanoseconds == 0);
  }
};

struct monotonic_account_gaps {
  static constexpr law_info info{
      "monotonic.account.gaps",
      "a gap is accepted exactly when it begins after the latest one and the sums fit; then what ran before counts as executed, "
      "the gap as paused or as in a snapshot, and the page may tell anything after it"};
  template <class Inputs> static constexpr void check(Inputs& in) {
    const any_account past(in);
    const u64 stopped_at = in.template any<u64>("stopped_at");
    const u64 resumes_at = in.template any<u64>("resumes_at");
    const time_gap gap{{stopped_at}, {resumes_at}, in.template any<u64>("length")};
    const flag pauses = in.template between<u8>("pauses", 0, 1) == 1;
    exact_account expected = past.exact();
    expected.executed = expected.executed + integer(stopped_at) - integer(past.resumed_at);
    integer& grown = pauses ? expected.paused : expected.in_snapshots;
    grown = grown + integer(gap.length_ns);
    const auto after = pauses ? past.account().pause(gap) : past.account().restore(gap);
    const flag fits = is_word(expected.executed) & is_word(grown);
    in.require(flag(after.has_value()) == ((past.resumed_at <= stopped_at) & fits));
    if (!after) return in.require(after.error() == clock_error::out_of_range);
    const time_passed which = any_time_passed(in);
    const auto told = after->time({resumes_at}, which);
    in.require(flag(told.has_value()) == is_word(expected.time(which)));
    if (told) in.require(integer(told->nanoseconds) == expected.time(which));
    if (resumes_at != 0) in.require(!after->time({resumes_at - 1}, which).has_value());
  }
};

struct monotonic_account_trace {
  static constexpr law_info info{
      "monotonic.account.trace",
      "over any sequence of runs, pauses and snapshots none of the three clocks goes back, and each advances by exactly what it "
      "counts",
      law_kind::trace};
  struct state {
    time_account account;
    u64 page;             ///< what the clock page tells
    exact_account truth;  ///< what has really passed
  };
  static constexpr flag told(const state& s, time_passed which) {
    const auto time = s.account.time({s.page}, which);
    if (!time) return !is_word(s.truth.time(which));
    return integer(time->nanoseconds) == s.truth.time(which);
  }
  static constexpr flag invariant(const state& s) {
    return told(s, time_passed::executed) & told(s, time_passed::with_pauses) & told(s, time_passed::with_snapshots);
  }
  template <class Inputs> static constexpr state any(Inputs& in) {
    const any_account past(in);
    const u64 page = in.template between<u64>("page", past.resumed_at, max_of<u64>);
    exact_account truth = past.exact();
    truth.executed = truth.executed + integer(page) - integer(past.resumed_at);
    return {past.account(), page, truth};
  }
  template <class Inputs> static constexpr state initial(Inputs& in) {
    const u64 page = in.template any<u64>("page");
    return {time_account({page}), page, {}};
  }
  template <class Inputs> static constexpr void step(Inputs& in, state& s) {
    const u8 action = in.template between<u8>("action", 0, 2);
    const u64 passed = in.template any<u64>("passed");
    if (action == 0) {
      if (!in.assume(passed <= max_of<u64> - s.page)) return;
      s.page = s.page + passed;
      s.truth.executed = s.truth.executed + integer(passed);
      return;
    }
    const time_gap gap{{s.page}, {in.template any<u64>("resumed_at_page")}, passed};
    const auto after = action == 1 ? s.account.pause(gap) : s.account.restore(gap);
    if (!in.assume(after.has_value())) return;
    s.account = *after;
    s.page = gap.resumed_at.nanoseconds;
    integer& counted = action == 1 ? s.truth.paused : s.truth.in_snapshots;
    counted = counted + integer(passed);
  }
};

}  // namespace guestclock::inline GUESTCLOCK_WORDS::laws
