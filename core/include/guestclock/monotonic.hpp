// SPDX-License-Identifier: BSL-1.0
/// \file guestclock/monotonic.hpp
/// That time does not go back, and what "time" means to a machine that was stopped in between.
///
///  * **Last values**: a reader gives the later of its own reading and the latest one that was given. Needed where a page
///    is not stable: there the readings of different processors disagree. Where pages are stable they all show one
///    snapshot and one rate, and readers by synchronised counters agree without further help [pvclock.trace.never-back].
///  * **Generations**: an instant with the machine's generation on it. A machine that was restored, cloned or migrated is
///    another generation, and the difference of two times of different generations is an error, not a number.
///  * **Three clocks**: a machine can be paused, and it can be saved and restored. `time_account` tells the time that it
///    has been executed, that and its pauses, or that, its pauses and the time it lay in snapshots.
#pragma once

#include <guestclock/instant.hpp>
#include <guestclock/reading.hpp>
#include <guestclock/result.hpp>
#include <guestclock/version_retry.hpp>
#include <guestclock/word.hpp>

namespace guestclock::inline GUESTCLOCK_WORDS {

/// The rule for pages without TSC_STABLE: readings of different processors may disagree, so a reader that must never go
/// back gives the later of its own reading and the latest one that anybody was given. A reading of a stable page is
/// given as it is.
///   ensures  over any sequence of readings of unstable pages, through one last value, time never goes back
///            [monotonic.last-value.never-back]; a stable reading is unchanged [monotonic.last-value.stable]
///   Last     `u64 load()` and `bool replace(u64& expected, u64 desired)`: one word that all readers share
///   source   Linux `pvclock_clocksource_read`
///   bounded  after retry_count_max lost races the latest time is given, which is as good
template <class Last> [[nodiscard]] constexpr reading not_before_last(Last& last, reading seen) noexcept {
  if (seen.stable) return seen;
  u64 latest = last.load();
  for (int round = 0; round < retry_count_max; ++round) {  // a lost race: another reader stored a later time
    if (seen.time.nanoseconds <= latest) break;
    if (last.replace(latest, seen.time.nanoseconds)) return seen;
  }
  seen.time = {latest};
  return seen;
}

/// The same of what a reader said, `not_before_last(last, clock.now())`.
///   ensures  the rule for a reading; an error as it is                         [monotonic.last-value.results]
template <class Last>
[[nodiscard]] constexpr result<reading> not_before_last(Last& last, const result<reading>& seen) noexcept {
  if (!seen) return seen;
  return not_before_last(last, *seen);
}

/// The last value of one reader, which nobody shares: a plain word.
class local_last_value {
 public:
  [[nodiscard]] constexpr u64 load() const noexcept { return nanoseconds_; }
  ///   requires `expected` is what `load` gave: nobody else stores
  ///   ensures  holds `desired` from now on                                      [monotonic.last-value.local]
  [[nodiscard]] constexpr bool replace(u64&, u64 desired) noexcept {
    nanoseconds_ = desired;
    return true;
  }

 private:
  u64 nanoseconds_{};
};

/// The shared last value: one lock-free word. One object for all processors' readers.
///   ensures  replaced exactly where it is what was expected; else it is told  [monotonic.last-value.exchanged]
class shared_last_value {
 public:
  [[nodiscard]] u64 load() const noexcept { return __atomic_load_n(&nanoseconds_, __ATOMIC_ACQUIRE); }
  [[nodiscard]] bool replace(u64& expected, u64 desired) noexcept {
    std::uint64_t found = machine_word(expected);
    const bool stored = __atomic_compare_exchange_n(&nanoseconds_, &found, machine_word(desired), false,
                                                    __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
    expected = found;
    return stored;
  }

 private:
  alignas(64) std::uint64_t nanoseconds_{};  // a cache line of its own
};

/// A time, and the generation of the machine in which it was read.
struct stamped {
  instant time;
  guestclock::generation generation;

  /// The reading's time, with its generation.
  ///   ensures  both as they are                                               [monotonic.stamped.keeps]
  [[nodiscard]] static constexpr stamped of(const reading& seen) noexcept { return {seen.time, seen.generation}; }
};

/// The span from b to a, negative where a is the earlier time.
///   ensures  accepts exactly times of one generation, and then gives a − b     [monotonic.stamped.difference]
///   errors   generation_changed
[[nodiscard]] constexpr result<duration> checked_sub(const stamped& a, const stamped& b) noexcept {
  if (a.generation != b.generation) return clock_error::generation_changed;
  return a.time - b.time;
}

/// How a is ordered to b: −1 where it is earlier, 0 where they are equal, 1 where it is later.
///   ensures  accepts exactly times of one generation, and then gives their order [monotonic.stamped.order]
///   errors   generation_changed
[[nodiscard]] constexpr result<i32> compare(const stamped& a, const stamped& b) noexcept {
  if (a.generation != b.generation) return clock_error::generation_changed;
  return i32(one_if(a.time > b.time)) - i32(one_if(a.time < b.time));
}

/// What of a machine's past counts as time.
enum class time_passed : std::uint8_t {
  executed,        ///< while the machine ran: stops when it does
  with_pauses,     ///< also while it was paused
  with_snapshots,  ///< also while it lay in a snapshot: since it was made, on any clock outside
};

/// A time in which the machine did not run.
struct time_gap {
  instant stopped_at;  ///< what its clock page told at the end of what ran before
  instant resumed_at;  ///< what the page told at the beginning of what ran after: any value, by what its host does
  u64 length_ns{};     ///< how long it was, on a clock that did not stop
};

/// How long a machine has run, was paused, and lay in snapshots. Kept by whoever stops the machine, host or embedder, who
/// notes every gap. A page's clock may stand during a gap, run through it, or begin anew: the account asks what it told
/// on either side, and so is independent of that.
///
/// The account is a value: each gap makes a new one. Readings must be of after the latest gap.
class time_account {
 public:
  /// Of a machine that begins to run when its page tells `started_at`.
  constexpr explicit time_account(instant started_at = {}) noexcept : resumed_at_(started_at) {}

  /// The account after a pause, and after a snapshot and its restoration.
  ///   ensures  accepts exactly gaps that begin after the latest one, and lengths whose sum fits; then time executed
  ///            advances by what ran before the gap, and time paused or in snapshots by its length
  ///            [monotonic.account.gaps]
  ///   errors   out_of_range
  [[nodiscard]] constexpr result<time_account> pause(const time_gap& gap) const noexcept {
    const checked<u64> paused = checked_add(paused_, gap.length_ns);
    if (!paused.fits) return clock_error::out_of_range;
    return after(gap, paused.value, in_snapshots_);
  }
  [[nodiscard]] constexpr result<time_account> restore(const time_gap& gap) const noexcept {
    const checked<u64> in_snapshots = checked_add(in_snapshots_, gap.length_ns);
    if (!in_snapshots.fits) return clock_error::out_of_range;
    return after(gap, paused_, in_snapshots.value);
  }

  /// The time that has passed when the page tells `now`.
  ///   ensures  accepts exactly when `now` is not before the end of the latest gap, and the sum fits; then gives it
  ///            [monotonic.account.time]; over any sequence of runs, pauses and snapshots none of the three clocks goes
  ///            back, and each advances by exactly what it counts            [monotonic.account.trace]
  ///   errors   out_of_range
  [[nodiscard]] constexpr result<instant> time(instant now, time_passed which) const noexcept {
    const checked<u64> ran = checked_sub(now.nanoseconds, resumed_at_.nanoseconds);
    if (!ran.fits) return clock_error::out_of_range;
    const checked<u64> executed = checked_add(executed_, ran.value);
    if (!executed.fits) return clock_error::out_of_range;
    if (which == time_passed::executed) return instant{executed.value};
    const checked<u64> paused = checked_add(executed.value, paused_);
    if (!paused.fits) return clock_error::out_of_range;
    if (which == time_passed::with_pauses) return instant{paused.value};
    const checked<u64> all = checked_add(paused.value, in_snapshots_);
    if (!all.fits) return clock_error::out_of_range;
    return instant{all.value};
  }

 private:
  [[nodiscard]] constexpr result<time_account> after(const time_gap& gap, u64 paused, u64 in_snapshots) const noexcept {
    const result<instant> executed = time(gap.stopped_at, time_passed::executed);
    if (!executed) return executed.error();
    time_account next(gap.resumed_at);
    next.executed_ = executed->nanoseconds;
    next.paused_ = paused;
    next.in_snapshots_ = in_snapshots;
    return next;
  }

  instant resumed_at_;  // what the page told at the end of the latest gap
  u64 executed_{};      // time executed by then
  u64 paused_{};
  u64 in_snapshots_{};
};

}  // namespace guestclock::inline GUESTCLOCK_WORDS
