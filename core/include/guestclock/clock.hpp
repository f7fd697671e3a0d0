// SPDX-License-Identifier: BSL-1.0
/// \file guestclock/clock.hpp
/// One clock over any page: which kind it is, is a value, found out at run time by one comparison. What costs more is that
/// the last reading is kept: docs/performance.md has what, against the reader of one kind of page.
///
///     guestclock::clock<guestclock::x86::ordered_counter> time(guestclock::page_kind::pvclock, page);
///     if (const auto now = time.now()) use(now->time);
///
/// A host that was itself stopped in the middle of an update leaves the page marked as being updated for as long as it
/// stands still. `now` gives up after its bound; beside it are `read_within`, which waits for a stated time, and
/// `last_or_error`, which makes do with the latest reading.
#pragma once

#include <guestclock/pvclock.hpp>
#include <guestclock/reading.hpp>
#include <guestclock/reference_tsc.hpp>
#include <guestclock/result.hpp>
#include <guestclock/version_retry.hpp>
#include <guestclock/vmclock.hpp>
#include <guestclock/wall_clock.hpp>
#include <guestclock/word.hpp>

namespace guestclock::inline GUESTCLOCK_WORDS {

/// What kind of page a clock reads. The values are those that a sandbox's clock region has, as far as it goes.
enum class page_kind : std::uint8_t {
  none,           ///< there is no page
  pvclock,        ///< KVM, Xen
  reference_tsc,  ///< Hyper-V
  vmclock,        ///< UAPI.13
};

/// How often read_within reads, whatever its counter does: one that stands still must not hold it for ever.
inline constexpr int read_within_tries_max = 10'000;

/// What `read` gives, read again while that is update_in_progress, until the counter has gone on by `budget_ticks`.
///   Read     `result<reading> operator()()`
///   Pause    `void operator()()`: called between two tries: a pause instruction, or a yield
///   ensures  the first result that is not update_in_progress, if there is one before the counter has gone on so far; ends
///            after at most read_within_tries_max tries                          [clock.within.bounded]
///   errors   update_in_progress, and those of `read`
template <class Read, class Counter, class Pause>
[[nodiscard]] constexpr result<reading> read_again_within(Read&& read, Counter& counter, u64 budget_ticks,
                                                          Pause&& pause) noexcept {
  const u64 began = counter.sample().value;
  result<reading> seen = read();
  for (int tries = 1; tries < read_within_tries_max; ++tries) {
    if (seen.error() != clock_error::update_in_progress) return seen;
    if (wrapping_sub(counter.sample().value, began) >= budget_ticks) return seen;
    pause();
    seen = read();
  }
  return seen;
}

/// A counter that belongs to somebody else.
template <class Counter> struct borrowed_counter {
  Counter& counter;
  [[nodiscard]] constexpr auto sample() noexcept { return counter.sample(); }
};

/// One processor's page of whatever kind, its counter, and the latest reading.
///
/// Holds no resource, and is a plain value (a copy goes its own way). The page must stay mapped while the clock is used.
template <class Counter> class clock {
 public:
  /// Without a page: every reading is no_clock.
  constexpr clock() noexcept = default;
  explicit constexpr clock(page_kind kind, const volatile void* page, Counter counter = {}) noexcept
      : page_(page), kind_(kind), counter_(counter) {}

  /// Over a vmclock page, whose reader must know how much of it is mapped and what its counter is.
  [[nodiscard]] static constexpr clock of_vmclock(const volatile void* page, u64 mapped_bytes, u8 counter_id,
                                                  Counter counter = {}) noexcept {
    clock over(page_kind::vmclock, page, counter);
    over.mapped_bytes_ = mapped_bytes;
    over.counter_id_ = counter_id;
    return over;
  }

  [[nodiscard]] constexpr page_kind kind() const noexcept { return kind_; }

  /// The time now.
  ///   ensures  what that kind's own reader gives              [clock.now.agrees], [clock.vmclock.agrees]
  ///   errors   no_clock (no page, one that is not aligned as its kind demands, or an unknown kind), and those of the
  ///            page's own reader: sequence_invalid asks for `now_or`
  [[nodiscard]] result<reading> now() noexcept { return kept(read()); }

  /// The time now, from the fallback where a Hyper-V page says that it is not usable.
  ///   Fallback `result<reference_time> operator()()`, as of read_reference_tsc_or
  ///   ensures  what that kind's own reader gives                                 [clock.now.agrees]
  ///   errors   those of `now` but sequence_invalid, and those of the fallback
  template <class Fallback> [[nodiscard]] result<reading> now_or(Fallback&& fallback) noexcept {
    if (kind_ != page_kind::reference_tsc) return now();
    return kept(reference_tsc_reader<borrowed_counter<Counter>>(page_, {counter_}).now_or(fallback));
  }

  /// The time now; while the page is being updated, tried again until the counter has gone on by `budget_ticks`.
  ///   ensures  bounded in time by the counter, and in tries where it stands still     [clock.within.bounded]
  ///   errors   those of `now`
  template <class Pause> [[nodiscard]] result<reading> read_within(u64 budget_ticks, Pause&& pause) noexcept {
    return kept(read_again_within([this] { return read(); }, counter_, budget_ticks, pause));
  }

  /// The time now; while the page is being updated, the latest reading that this clock gave, as it was but `repeated`.
  ///   ensures  that reading exactly where `now` says update_in_progress and there is one  [clock.last.repeated]
  ///   errors   those of `now`: update_in_progress only where no reading was given before
  [[nodiscard]] result<reading> last_or_error() noexcept {
    const result<reading> seen = now();
    if (seen.error() != clock_error::update_in_progress) return seen;
    if (!has_last_) return seen;
    reading again = last_;
    again.repeated = true;
    return again;
  }

 private:
  [[nodiscard]] result<reading> read() noexcept {
    switch (kind_) {
      case page_kind::none: break;
      case page_kind::pvclock: return pvclock_reader<borrowed_counter<Counter>>(page_, {counter_}).now();
      case page_kind::reference_tsc: return reference_tsc_reader<borrowed_counter<Counter>>(page_, {counter_}).now();
      case page_kind::vmclock:
        return vmclock_reader<borrowed_counter<Counter>>(page_, mapped_bytes_, counter_id_, {counter_}).now();
    }
    return clock_error::no_clock;
  }
  [[nodiscard]] result<reading> kept(const result<reading>& seen) noexcept {
    if (!seen) return seen;
    last_ = *seen;
    has_last_ = true;
    return seen;
  }

  const volatile void* page_{};
  page_kind kind_{};
  bool has_last_{};
  u8 counter_id_{};
  u64 mapped_bytes_{};
  Counter counter_{};
  reading last_;
};
static_assert(std::is_trivially_copyable_v<clock<no_counter>>);

}  // namespace guestclock::inline GUESTCLOCK_WORDS
