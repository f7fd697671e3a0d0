// SPDX-License-Identifier: BSL-1.0
/// \file fuzz/host_model.cpp
/// A machine's clocks under random sequences of what hosts do: publish, re-base, pause, save, restore, migrate; with
/// readers on several processors, on a page of their own or on one that they share, between any two accesses of the
/// host. Beside it a model in exact fractions: what time it is, told by nothing of the core's.
///
/// Over any such sequence: no reader sees time go back; a time is ahead of the model, and behind it, by no more than is
/// stated; two times are of one generation exactly where the machine was not disturbed in between.
///
/// Input: a byte of mode, a frequency, a counter; then operations, a byte each and their amounts.
///
///     mode, bits 0–1  processors, less one     2  one page for all     3  rates as KVM's
///           4  counters differ: pages are not stable, each is re-based alone, and readers share their last value
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include <guestclock/migration.hpp>
#include <guestclock/monotonic.hpp>
#include <guestclock/publisher.hpp>
#include <guestclock/rebase.hpp>

#include "amounts.hpp"
#include "bytes.hpp"
#include "pvclock_oracle.hpp"
#include "reference_tsc_oracle.hpp"
#include "refute.hpp"
#include "vmclock_oracle.hpp"
#include "wide.hpp"

namespace guestclock::fuzz {

const char* const target_name = "fuzz_host_model";
const std::size_t useful_size_max = 24;

namespace {

/// Time as it ought to be: `base` at counter `begin`, and 10^9 / f for every tick since then. In ns, exactly.
struct exact_clock {
  std::uint64_t frequency_hz = 1;
  std::uint64_t begin = 0;
  std::uint64_t base = 0;

  /// Times f.
  [[nodiscard]] u128 scaled(std::uint64_t counter) const {
    return u128{base} * frequency_hz + u128{counter - begin} * second_ns;
  }
  [[nodiscard]] std::uint64_t floor_ns(std::uint64_t counter) const {
    return static_cast<std::uint64_t>(scaled(counter) / frequency_hz);
  }
  /// The time of so many ticks, rounded up.
  [[nodiscard]] std::uint64_t ticks_ns(std::uint64_t ticks) const {
    return static_cast<std::uint64_t>((u128{ticks} * second_ns + frequency_hz - 1) / frequency_hz);
  }
};

/// How far a page's time may be from the model's at the counter value at which it begins.
struct drift {
  std::uint64_t behind_ns = 0;
  std::uint64_t ahead_ns = 0;
};

class machine;

/// A page, of some words and a version. The machine runs on before it is marked, and while it is.
template <std::size_t Words> struct guest_memory {
  machine* owner = nullptr;
  std::array<std::uint64_t, Words> words{};
  std::uint32_t version = 0;

  u32 load_version(read_order, after_nothing) const { return version; }
  u64 load(std::size_t offset) const { return words[offset / 8]; }
  u32 load32(std::size_t offset) const { return static_cast<std::uint32_t>(words[offset / 8] >> offset % 8 * 8); }
  void acquire_fence() const {}
  void store_version(u32 next, write_order);
  void store(std::size_t offset, u64 value) { words[offset / 8] = value; }
  void store32(std::size_t offset, u32 value) {
    std::uint64_t& word = words[offset / 8];
    const unsigned place = offset % 8 * 8;
    word = (word & ~(0xFFFF'FFFFULL << place)) | std::uint64_t{value} << place;
  }
  void release_fence() {}
  void full_fence();
};

class machine {
 public:
  explicit machine(bytes input) : input_(input) {
    const std::uint8_t mode = input_.byte();
    processors_ = 1 + (mode & 3U);
    pages_ = (mode & 4) != 0 ? 1 : processors_;
    how_ = (mode & 8) != 0 ? rounding::kvm : rounding::exact;
    stable_ = (mode & 16) == 0;
    clock_.frequency_hz = next_rate();
    clock_.begin = counter_ = next_word(input_);
    for (std::size_t i = 0; i < pages_; ++i) page_[i].owner = this;
    reference_.owner = vm_page_.owner = this;
    if (!stable_)
      for (std::size_t i = 0; i < processors_; ++i) skew_[i] = input_.byte() * 64U;
    vm_begin_ = counter_;
    rebase();
  }

  void run() {
    while (input_.left() != 0) {
      const std::uint8_t head = input_.byte();
      arguments_ = head >> 3;
      switch (head & 7) {
        case 0: advance(next_ticks()); break;
        case 1: rebase(); break;
        case 2: pause(); break;
        case 3: move(false); break;
        case 4: move(true); break;
        case 5: rebase_reference(); break;
        case 6: read_reference(); break;
        default: break;
      }
      read(arguments_ % processors_);
      if ((head & 4) != 0) read_vmclock_page();
    }
  }

  // --- what happens between two accesses of the host ---

  void before_marked(bool is_reference) {
    if (!runs_) return;
    advance(arguments_ * 7);
    if (is_reference) return read_reference();
    read(arguments_ % processors_);
  }
  void while_marked(const guest_memory<3>& page) {
    if (!runs_) return;
    advance(1 + arguments_ * 3);
    own_counter counter{counter_};
    if (read_reference_tsc(page, counter).error() != clock_error::sequence_invalid)
      refute("held-out", "no reader is given a time by a page that is being updated");
  }
  void while_marked(const guest_memory<4>& page) {
    if (!runs_) return;
    advance(1 + arguments_ * 3);
    own_counter counter{counter_};
    if (read_section_once<pvclock_page>(page, counter).error() != clock_error::update_in_progress)
      refute("held-out", "no reader is given a time by a page that is being updated");
  }

 private:
  struct own_counter {
    std::uint64_t value;
    struct sampled {
      u64 value;
      after_nothing after{};
    };
    [[nodiscard]] sampled sample() const { return {value}; }
  };
  struct host_counter {
    machine* of;
    [[nodiscard]] own_counter::sampled sample() const {
      of->sampled_ = of->counter_;
      return {of->counter_};
    }
  };

  std::uint64_t next_rate() {
    constexpr std::array<std::uint64_t, 8> known{2'400'000'000, 1'000'000'000, 2'599'998'123, 4'000'000'001,
                                                 24'000'000,    1'000'000,     3'579'545,     8'000'000'001};
    const std::uint8_t head = input_.byte();
    return known[head & 7] + (head >> 3);
  }
  /// Up to some 2^47 ticks.
  std::uint64_t next_ticks() {
    const std::uint8_t head = input_.byte();
    return (std::uint64_t{head & 15U} + 1) << (head >> 4) * 3U;
  }

  void advance(std::uint64_t ticks) { counter_ += ticks; }

  // --- readers ---

  void read(std::size_t processor) {
    if (!runs_) return;
    const std::size_t p = processor % pages_;
    const std::uint64_t own = counter_ - skew_[processor];
    own_counter counter{own};
    const result<reading> raw = read_pvclock(page_[p], counter);
    const pvclock_fields fields = fields_of(page_[p].words);
    const told expected = tell(fields, own);
    if (!raw) refute("read", "a page that its host keeps to the rules has a time");
    if (told{raw.error(), raw->time.nanoseconds, raw->error_bound_ns, raw->clamped} != expected)
      refute("read", "the time is the page's formula");
    const reading seen = not_before_last(last_value_, *raw);
    const std::uint64_t time = seen.time.nanoseconds;
    if (time < latest_) refute("never-back", "no reader sees time go back, nor behind any other's");
    latest_ = time;
    judge(p, fields, time, skew_[processor]);
  }

  void judge(std::size_t p, const pvclock_fields& fields, std::uint64_t time, std::uint64_t skew) {
    const u128 truly = clock_.scaled(counter_), told = u128{time} * clock_.frequency_hz;
    const std::uint64_t elapsed = clock_.ticks_ns(counter_ - fields.tsc_timestamp);
    widest_ahead_ = std::max(widest_ahead_, drift_[p].ahead_ns + fast(elapsed));
    if (told > truly + u128{widest_ahead_} * clock_.frequency_hz)
      refute("ahead", "a time is not ahead by more than is stated");
    const std::uint64_t behind = drift_[p].behind_ns + 2 + (elapsed >> 31) + 1 + clock_.ticks_ns(skew);
    if (told + u128{behind} * clock_.frequency_hz <= truly)
      refute("behind", "a time is not behind by more than is stated");
  }
  /// By how much a page of this rounding may gain.
  [[nodiscard]] std::uint64_t fast(std::uint64_t elapsed_ns) const {
    return how_ == rounding::kvm ? elapsed_ns / second_ns + 1 : 0;
  }

  // --- the host ---

  [[nodiscard]] tick_rate rate() const {
    const result<tick_rate> rate = tick_rate_for(clock_.frequency_hz, how_);
    if (!rate) refute("rate", "such frequencies have a rate");
    return *rate;
  }
  [[nodiscard]] std::uint8_t flags() const { return stable_ ? 1 : 0; }

  /// What a page ought to say after a re-base at a counter value.
  void judge_rebased(std::size_t p, const pvclock_fields& old, std::uint64_t at) {
    const pvclock_fields now = fields_of(page_[p].words);
    const std::uint64_t host = clock_.floor_ns(at);
    const told before = tell(old, at);
    const bool had_time = before.error == clock_error{};
    if (now.tsc_timestamp != at || now.system_time != (had_time ? std::max(before.time, host) : host))
      refute("rebase", "a page goes on at its counter value from the later of its own time and the host's");
    const std::uint64_t elapsed = clock_.ticks_ns(at - old.tsc_timestamp);
    drift_[p].ahead_ns = now.system_time > host ? drift_[p].ahead_ns + fast(elapsed) + 1 : 0;
    drift_[p].behind_ns = 1;
  }

  void rebase() {
    if (!runs_ || (arguments_ & 8) != 0) publish_vmclock_page();
    if (stable_ && pages_ > 1) return rebase_held();
    for (std::size_t p = 0; p < pages_; ++p) {
      const pvclock_fields old = fields_of(page_[p].words);
      host_counter counter{this};
      const auto host_clock = [this](u64 at) {
        if (at != sampled_) refute("rebase", "the host's clock is asked for the counter value that was sampled");
        return instant{clock_.floor_ns(at)};
      };
      if (!rebase_pvclock(page_[p], counter, host_clock, rate(), flags()))
        refute("rebase", "a page that is read can be re-based");
      judge_rebased(p, old, sampled_);
      runs_ = runs_ || p + 1 == pages_;
    }
  }
  /// Pages that agree: one counter value and one time, while no processor runs.
  void rebase_held() {
    runs_ = false;
    instant time{clock_.floor_ns(counter_)};
    for (std::size_t p = 0; p < pages_; ++p) {
      const pvclock_fields old = fields_of(page_[p].words);
      const result<instant> later =
          not_behind({old.tsc_timestamp, old.system_time, old.mul, old.shift, old.flags}, counter_, time);
      if (!later) refute("rebase", "a page that is read can be followed");
      time = *later;
    }
    for (std::size_t p = 0; p < pages_; ++p) {
      const pvclock_fields old = fields_of(page_[p].words);
      publish_pvclock(page_[p], {counter_, time.nanoseconds, rate().mul, rate().shift, flags()});
      judge_rebased(p, old, counter_);
    }
    runs_ = true;
  }

  /// The guest's counter stands still for a while that counts. Then the pages are re-based, or the counter is moved on.
  void pause() {
    const std::uint64_t gap = next_ticks();
    const std::uint64_t until = clock_.floor_ns(counter_) + 1 + gap;
    stop_reference();
    vm_base_ = vm_time(counter_) + (u128{gap} << 64) / second_ns;
    if ((arguments_ & 1) == 0) {
      clock_ = {clock_.frequency_hz, counter_, until};
      vm_begin_ = counter_;
      ++disruptions_;
      stopped([this] { rebase_all_stopped(); });
      return;
    }
    const result<u64> ticks = tsc_offset_after(gap, clock_.frequency_hz);
    const u128 exact = u128{gap} * clock_.frequency_hz / second_ns;
    if (!ticks || *ticks != exact)
      refute("offset", "a counter that stood still is moved on by the ticks of the gap, rounded down");
    counter_ += *ticks;
    clock_ = {clock_.frequency_hz, counter_, until};
    vm_begin_ = counter_;
    ++disruptions_;
    for (drift& of : drift_) of.behind_ns += clock_.ticks_ns(1) + 2;
    publish_vmclock_page();
  }

  template <class Action> void stopped(Action action) {
    runs_ = false;
    action();
    runs_ = true;
  }
  void rebase_all_stopped() {
    if (stable_ && pages_ > 1) {
      publish_vmclock_page();
      return rebase_held();
    }
    rebase();
  }

  /// Saves the clock and restores it: on this host, or on one with another counter.
  void move(bool elsewhere) {
    const std::uint64_t gap = next_ticks();
    const bool counts = (arguments_ & 1) != 0, set_back = (arguments_ & 2) != 0;
    const std::uint64_t wall = std::uint64_t{1} << 62;
    saved_clock latest{};
    drift worst;
    for (std::size_t p = 0; p < pages_; ++p) {
      const pvclock_fields old = fields_of(page_[p].words);
      const result<saved_clock> saved = save({old.tsc_timestamp, old.system_time, old.mul, old.shift, old.flags},
                                             {counter_, clock_.frequency_hz, {wall}});
      const told time = tell(old, counter_);
      if (!saved || saved->time.count != time.time / 100 + (time.time % 100 != 0 ? 1 : 0))
        refute("save", "a time is saved in units of 100 ns, rounded up");
      if (p == 0 || latest.time.count < saved->time.count) latest = *saved;
      const std::uint64_t elapsed = clock_.ticks_ns(counter_ - old.tsc_timestamp);
      worst.ahead_ns = std::max(worst.ahead_ns, drift_[p].ahead_ns + fast(elapsed) + 100);
      worst.behind_ns = std::max(worst.behind_ns, drift_[p].behind_ns + 2 + (elapsed >> 31) + 2);
    }
    const std::uint64_t passed = counts && !set_back ? gap : 0;
    stop_reference();
    const std::uint64_t until = clock_.floor_ns(counter_) + passed;
    const bool is_cloned = !elsewhere && (arguments_ & 4) != 0;  // at once: its counter is not disturbed
    vm_base_ = vm_time(counter_) + (is_cloned ? 0 : (u128{gap} << 64) / second_ns);
    if (elsewhere) {
      clock_.frequency_hz = next_rate();
      counter_ = next_word(input_);
    }
    worst.ahead_ns += 1;  // of the model's own floor
    clock_ = {clock_.frequency_hz, counter_, until};
    vm_begin_ = counter_;
    if (!is_cloned) ++disruptions_;
    if (!elsewhere) ++restorations_;
    const host_moment now{counter_, clock_.frequency_hz, {set_back ? wall - gap : wall + gap}};
    const result<pvclock_snapshot> page =
        restore(latest, now, counts ? elapsed::added : elapsed::left_out, how_, static_cast<u8>(flags()));
    if (!page || page->tsc_timestamp != counter_ || page->system_time != latest.time.count * 100 + passed ||
        page->tsc_to_system_mul != rate().mul || page->tsc_shift != rate().shift)
      refute("restore", "a clock goes on from the saved time and, where it counts, the time elapsed, once");
    stopped([&] {
      for (std::size_t p = 0; p < pages_; ++p) {
        publish_pvclock(page_[p], *page);
        drift_[p] = worst;
      }
      publish_vmclock_page();
    });
  }

  // --- the Hyper-V page ---

  [[nodiscard]] reference_fields reference_now() const { return scripted_reference::fields_of(reference_.words); }
  /// A page that began at a counter value above this one, which has wrapped, is none.
  [[nodiscard]] bool reference_is_usable() const { return reference_.version != 0 && counter_ >= reference_begin_; }

  void rebase_reference() {
    if (!reference_is_usable()) return begin_reference();
    const reference_fields old = reference_now();
    host_counter counter{this};
    const auto host_clock = [this](u64 at) { return reference_time{clock_.floor_ns(at) / 100}; };
    const result<u64> scale = reference_tsc_scale_for(clock_.frequency_hz);
    const std::uint32_t sequence = reference_.version;
    const auto next = rebase_reference_tsc(reference_, sequence, counter, host_clock, scale.value_or(0));
    if (sampled_ < reference_begin_) return begin_reference();  // the counter has wrapped
    if (!scale || !next) refute("rebase", "a page that is read can be re-based");
    if (reference_.version == 0 || reference_.version == sequence)
      refute("rebase", "an update has a sequence of its own");
    judge_reference_begins(std::max(tell(old, sampled_).count, clock_.floor_ns(sampled_) / 100), sampled_);
  }
  /// A page that has no page before it, but readings.
  void begin_reference() {
    const result<u64> scale = reference_tsc_scale_for(clock_.frequency_hz);
    if (scale.has_value() != (clock_.frequency_hz > 10'000'000))
      refute("scale", "a frequency above 10 MHz has a scale");
    if (!scale) return withdraw_reference_tsc(reference_);
    const std::uint64_t time = std::max(reference_latest_, clock_.floor_ns(counter_) / 100);
    const result<reference_tsc_snapshot> page =
        rebased(reference_tsc_snapshot{}, counter_, reference_time{time}, *scale);
    if (!page) refute("rebase", "a page can begin at such counter values");
    stopped([&] { publish_reference_tsc(reference_, reference_.version, *page); });
    judge_reference_begins(time, counter_);
  }
  void judge_reference_begins(std::uint64_t count, std::uint64_t at) {
    if (tell(reference_now(), at).count != count)
      refute("rebase", "a page goes on at its counter value from the later of its own time and the host's");
    const std::uint64_t host = clock_.floor_ns(at);
    reference_begin_ = at;
    reference_ahead_ns_ = count * 100 > host ? count * 100 - host : 0;
  }
  /// Before the counter is disturbed: what readers may have seen last.
  void stop_reference() {
    if (reference_is_usable()) reference_latest_ = std::max(reference_latest_, tell(reference_now(), counter_).count);
    stopped([this] { withdraw_reference_tsc(reference_); });
  }
  void read_reference() {
    if (!reference_is_usable()) return;
    own_counter counter{counter_};
    const result<reading> seen = read_reference_tsc(reference_, counter);
    const reference_told expected = in_nanoseconds(tell(reference_now(), counter_));
    if (!seen || seen->time.nanoseconds != expected.count) refute("read", "the time is the page's formula");
    if (expected.count < reference_latest_ * 100) refute("never-back", "no reader sees time go back");
    reference_latest_ = expected.count / 100;
    // The difference of two roundings may be a unit more than what passed, or less; the page began a unit behind.
    const u128 truly = clock_.scaled(counter_), told = u128{expected.count} * clock_.frequency_hz;
    if (told > truly + u128{reference_ahead_ns_ + 100} * clock_.frequency_hz)
      refute("ahead", "a time is not ahead by more than is stated");
    const std::uint64_t elapsed = clock_.ticks_ns(counter_ - reference_begin_);
    if (told + u128{200 + (elapsed >> 31) + 1} * clock_.frequency_hz <= truly)
      refute("behind", "a time is not behind by more than is stated");
  }

  // --- the vmclock page, and the generations ---

  [[nodiscard]] u128 vm_time(std::uint64_t counter) const {
    return vm_base_ + (u128{counter - vm_begin_} << 64) / clock_.frequency_hz;
  }
  void publish_vmclock_page() {
    const result<vmclock_period> period = vmclock_period_for(clock_.frequency_hz);
    if (!period) refute("period", "such frequencies have a period");
    vmclock_snapshot next;
    next.magic = vmclock_magic;
    next.size = vmclock_size_min;
    next.version = vmclock_version;
    next.counter_id = vmclock_counter_x86_tsc;
    next.time_type = vmclock_time_monotonic;
    next.clock_status = vmclock_status_synchronized;
    next.disruption_marker = disruptions_;
    next.vm_generation_counter = restorations_;
    next.flags = vmclock_time_maxerror_valid | vmclock_period_maxerror_valid | vmclock_vm_gen_counter_present;
    next.counter_value = counter_;
    next.counter_period_frac_sec = period->counter_period_frac_sec;
    next.counter_period_shift = period->counter_period_shift;
    next.counter_period_maxerror_rate_frac_sec = 1;
    next.time_maxerror_nanosec = 1;
    next.time_sec = static_cast<std::uint64_t>(vm_time(counter_) >> 64);
    next.time_frac_sec = static_cast<std::uint64_t>(vm_time(counter_));
    if (!publish_vmclock(vm_page_, next))
      refute("promise", "a page that goes on as its host's clock does keeps its promises");
  }
  void read_vmclock_page() {
    own_counter counter{counter_};
    const result<vmclock_reading> exact = read_vmclock(vm_page_, counter, 112, vmclock_counter_x86_tsc);
    const result<reading> seen = exact ? to_reading(*exact) : exact.error();
    if (!seen || !seen->bounded) refute("vmclock", "a page that its host keeps to the rules has a time, and its bound");
    const auto truly = static_cast<std::uint64_t>((vm_time(counter_) >> 32) * second_ns >> 32);
    if (seen->time.nanoseconds > truly + 1 || seen->time.nanoseconds + seen->error_bound_ns + 1 < truly)
      refute("vmclock", "a time is within its bound");
    const stamped now = stamped::of(*seen);
    const bool same_life = last_disruptions_ == disruptions_ && last_restorations_ == restorations_;
    const result<duration> since = checked_sub(now, last_stamp_);
    const result<i32> order = compare(now, last_stamp_);
    if (since.error() != (same_life ? clock_error{} : clock_error::generation_changed) ||
        order.error() != since.error())
      refute("generation", "two times are of one generation exactly where the machine was not disturbed");
    if (same_life && (since->seconds() < 0 || *order < 0))
      refute("never-back", "no reader sees a generation's time go back");
    last_stamp_ = now;
    last_disruptions_ = disruptions_;
    last_restorations_ = restorations_;
  }

  bytes input_;
  std::size_t processors_ = 1, pages_ = 1;
  rounding how_ = rounding::exact;
  bool stable_ = true;
  bool runs_ = false;  // the processors do
  unsigned arguments_ = 0;
  exact_clock clock_;
  std::uint64_t counter_ = 0, sampled_ = 0;
  std::array<guest_memory<4>, 4> page_;
  std::array<drift, 4> drift_;
  std::array<std::uint64_t, 4> skew_{};
  local_last_value last_value_;
  std::uint64_t latest_ = 0, widest_ahead_ = 0;

  guest_memory<3> reference_;
  std::uint64_t reference_begin_ = 0, reference_latest_ = 0, reference_ahead_ns_ = 0;

  guest_memory<14> vm_page_;
  u128 vm_base_ = 0;
  std::uint64_t vm_begin_ = 0;
  std::uint64_t disruptions_ = 1, restorations_ = 1, last_disruptions_ = 0, last_restorations_ = 0;
  stamped last_stamp_;
};

template <std::size_t Words> void guest_memory<Words>::store_version(u32 next, write_order) {
  if constexpr (Words == 4)
    if (next % 2 == 1) owner->before_marked(false);
  if constexpr (Words == 3)
    if (next == 0 && version != 0) owner->before_marked(true);
  version = next;
}
template <std::size_t Words> void guest_memory<Words>::full_fence() {
  if constexpr (Words != 14) owner->while_marked(*this);
}

}  // namespace
}  // namespace guestclock::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  guestclock::fuzz::machine({data, size}).run();
  return 0;
}
