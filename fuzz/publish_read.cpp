// SPDX-License-Identifier: BSL-1.0
/// \file fuzz/publish_read.cpp
/// From a counter's frequency, a counter value and a time to the bytes of a page, in memory, and back to a time: of every
/// kind. A frequency has parameters exactly where they can say it; the bytes are those of the ABI; what is read is the
/// formula of those bytes, and off from the counter's true time by no more than is stated.
///
/// Input: a byte that says which kind, and how; then what is published, and at which counter value it is read.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include <guestclock/publisher.hpp>
#include <guestclock/wall_clock.hpp>

#include "amounts.hpp"
#include "bytes.hpp"
#include "pvclock_oracle.hpp"
#include "reference_tsc_oracle.hpp"
#include "refute.hpp"
#include "vmclock_oracle.hpp"
#include "wide.hpp"

namespace guestclock::fuzz {

const char* const target_name = "fuzz_publish_read";
const std::size_t useful_size_max = 48;

namespace {

/// A counter that stands still.
struct still_counter {
  std::uint64_t value = 0;
  struct sampled {
    u64 value;
    std::uintptr_t after;
  };
  [[nodiscard]] sampled sample() const { return {value, 0}; }
};

/// A page in memory, with what stood there before: nothing, or anything; and a border that nobody may touch.
template <std::size_t Words> class memory_page {
 public:
  explicit memory_page(std::size_t offset) : begin_(16 + offset) { bytes_.fill(0xA5); }
  [[nodiscard]] unsigned char* data() { return bytes_.data() + begin_; }
  [[nodiscard]] std::array<std::uint64_t, Words> words() const {
    std::array<std::uint64_t, Words> words{};
    std::memcpy(words.data(), bytes_.data() + begin_, sizeof words);
    return words;
  }
  void set_words(const std::array<std::uint64_t, Words>& words) { std::memcpy(data(), words.data(), sizeof words); }
  [[nodiscard]] std::uint32_t version(std::size_t offset) const {
    std::uint32_t version = 0;
    std::memcpy(&version, bytes_.data() + begin_ + offset, sizeof version);
    return version;
  }
  void set_version(std::size_t offset, std::uint32_t version) {
    std::memcpy(data() + offset, &version, sizeof version);
  }
  void judge_border() const {
    for (std::size_t i = 0; i < bytes_.size(); ++i)
      if ((i < begin_ || i >= begin_ + 8 * Words) && bytes_[i] != 0xA5)
        refute("border", "a page's writer stays in its page");
  }

 private:
  alignas(16) std::array<unsigned char, 8 * Words + 40> bytes_;
  std::size_t begin_;
};

std::uint32_t any_version(bytes& input) {
  constexpr std::array<std::uint32_t, 8> versions{0, 1, 2, 3, 0x7FFF'FFFF, 0xFFFF'FFFD, 0xFFFF'FFFE, 0xFFFF'FFFF};
  return versions[input.byte() & 7];
}

// --- pvclock ---

/// The one shift with 2^31 <= 10^9 · 2^(32 − shift) / f < 2^32, and the quotient rounded down.
result<tick_rate> told_exact_rate(std::uint64_t frequency_hz) {
  if (frequency_hz == 0) return clock_error::bad_frequency;
  for (int shift = -31; shift <= 31; ++shift) {
    const u128 mul = (u128{second_ns} << (32 - shift)) / frequency_hz;
    if (mul >> 31 == 1) return tick_rate{static_cast<std::uint32_t>(mul), static_cast<std::int8_t>(shift)};
  }
  return clock_error::bad_frequency;
}
/// Linux, arch/x86/kvm/x86.c, kvm_get_time_scale, as it stands there.
result<tick_rate> told_kvm_rate(std::uint64_t base) {
  if (base == 0) return clock_error::bad_frequency;
  std::uint64_t scaled = second_ns;
  int shift = 0;
  while (base > scaled * 2 || base >> 32 != 0) {
    base >>= 1;
    --shift;
  }
  auto base32 = static_cast<std::uint32_t>(base);
  while (base32 <= scaled || scaled >> 32 != 0) {
    if (scaled >> 32 != 0 || (base32 & 0x8000'0000) != 0)
      scaled >>= 1;
    else
      base32 <<= 1;
    ++shift;
  }
  if (shift < -31) return clock_error::bad_frequency;
  return tick_rate{static_cast<std::uint32_t>((scaled << 32) / base32), static_cast<std::int8_t>(shift)};
}

/// A page's frequency is the published one but for ½ Hz and the rate's own rounding.
void judge_frequency(std::uint64_t published, std::uint64_t back, std::uint64_t per_billion) {
  const std::uint64_t off = std::max(published, back) - std::min(published, back);
  if (u128{off} * second_ns > u128{published} * per_billion + second_ns / 2 + 1)
    refute("frequency", "a frequency comes back from its page but for the rounding of both");
}

void pvclock(bytes input, unsigned how) {
  const bool by_kvm = (how & 1) != 0;
  const std::uint64_t frequency_hz = next_frequency(input);
  const result<tick_rate> told_rate = by_kvm ? told_kvm_rate(frequency_hz) : told_exact_rate(frequency_hz);
  const result<tick_rate> rate = tick_rate_for(frequency_hz, by_kvm ? rounding::kvm : rounding::exact);
  if (rate.error() != told_rate.error()) refute("rate", "a frequency has a rate exactly where a page can say it");
  if (!rate) return;
  if (rate->mul != told_rate->mul || rate->shift != told_rate->shift)
    refute("rate", "the rate is the normalised one, rounded once; or KVM's, bit for bit");
  const result<u64> back = guestclock::frequency_hz(*rate, second_ns);
  if (!back) refute("frequency", "a rate that was published stands for a frequency");
  judge_frequency(frequency_hz, *back, 1);

  const std::size_t misalignment = (how & 2) != 0 ? 4 : 0;
  memory_page<4> page(misalignment);
  const std::uint32_t before = any_version(input);
  const std::uint8_t old_flags = input.byte(), flags = input.byte();
  page.set_words(
      {next_word(input), next_word(input), next_word(input), pvclock_fields{0, 0, 1, 0, old_flags}.last_word(7)});
  page.set_version(0, before);
  const std::uint64_t counter = next_word(input), time = next_word(input);
  const pvclock_snapshot published{counter, time, rate->mul, rate->shift, flags};
  const auto publish = [&](auto memory) { return publish_pvclock(memory, published); };
  const std::uint32_t version =
      misalignment != 0 ? publish(writable_atomic_page<4>(page.data())) : publish(writable_atomic_page<8>(page.data()));
  page.judge_border();
  if (version != page.version(0) || version % 2 != 0 || version == before)
    refute("version", "a published page is at rest, under another version than before");
  const pvclock_fields fields = fields_of(page.words());
  const auto kept = static_cast<std::uint8_t>(flags | (old_flags & 2));
  if (fields != pvclock_fields{counter, time, rate->mul, rate->shift, kept})
    refute("bytes", "a page's bytes are its fields', and a stop that was not acknowledged is kept");

  const std::uint64_t ticks = next_word(input), now = counter + ((how & 4) != 0 ? 0 - ticks : ticks);
  const result<reading> seen = pvclock_reader<still_counter>(page.data(), still_counter{now}).now();
  const told told_time = tell(fields, now);
  const reading read = seen.value_or({});
  if (told{seen.error(), read.time.nanoseconds, read.error_bound_ns, read.clamped} != told_time)
    refute("read", "what is read is the formula of the published bytes");
  if (!seen || seen->clamped) return;
  // The counter's true time is ticks · 10^9 / f.
  const u128 elapsed = read.time.nanoseconds - time, truly = u128{now - counter} * second_ns;
  const u128 fastest = by_kvm ? truly + (now - counter) : truly;
  if (elapsed * frequency_hz > fastest) refute("fast", "a page is not fast; KVM's by less than 10^−9");
  if ((elapsed + read.error_bound_ns) * frequency_hz + (truly >> 31) + 1 <= truly)
    refute("slow", "a page is slow by no more than its error bound and 2^−31");
}

// --- Hyper-V ---

void judge_reference(const reference_fields& fields, unsigned char* page, bool usable, std::uint32_t sequence,
                     std::uint64_t now) {
  const reference_told units = usable ? tell(fields, now) : reference_told{clock_error::sequence_invalid};
  const reference_told expected = in_nanoseconds(units);
  const result<reading> seen = reference_tsc_reader<still_counter>(page, still_counter{now}).now();
  if (reference_told{seen.error(), seen.value_or({}).time.nanoseconds} != expected)
    refute("read", "what is read is the formula of the published bytes; nothing where the page is withdrawn");
  if (seen && seen->version != sequence) refute("version", "a reading's version is that of its update");
}

void reference(bytes input, unsigned how) {
  const std::uint64_t frequency_hz = next_frequency(input);
  memory_page<3> page(0);
  const std::uint32_t stands = any_version(input), last = any_version(input);
  page.set_words({next_word(input), next_word(input), next_word(input)});
  page.set_version(0, stands);
  const auto before = page.words();
  const auto offset = static_cast<std::int64_t>(next_word(input)) * ((how & 1) != 0 ? -1 : 1);
  const clock_error refused = frequency_hz == 0            ? clock_error::bad_frequency
                              : frequency_hz <= 10'000'000 ? clock_error::out_of_range
                                                           : clock_error{};
  writable_atomic_page<8> memory(page.data());
  const result<u32> sequence = publish_reference_tsc_at(memory, last, frequency_hz, offset);
  page.judge_border();
  if (sequence.error() != refused) refute("scale", "a frequency has a scale exactly where a page can say it");
  const std::uint64_t now = next_word(input);
  const reference_fields fields = scripted_reference::fields_of(page.words());
  if (refused != clock_error{}) {
    if (page.version(0) != 0 || fields != scripted_reference::fields_of(before))
      refute("withdrawn", "a page that no scale fits is withdrawn, and nothing else in it changes");
    return judge_reference(fields, page.data(), false, 0, now);
  }
  if (*sequence != page.version(0) || *sequence == 0 || *sequence == 0xFFFF'FFFF || *sequence == last)
    refute("version", "a sequence is neither 0 nor 0xFFFFFFFF, nor the one before");
  const auto scale = static_cast<std::uint64_t>((u128{10'000'000} << 64) / frequency_hz);
  if (fields != reference_fields{scale, offset})
    refute("bytes", "a page's bytes are its fields', the scale rounded down once");
  judge_reference(fields, page.data(), true, *sequence, now);
  const u128 units = units_of(now, scale), truly = u128{now} * 10'000'000;
  if (units * frequency_hz > truly) refute("fast", "a page is not fast");
  if ((units + 2) * frequency_hz <= truly) refute("slow", "a page is slow by less than two units");
  if ((how & 2) == 0) return;
  withdraw_reference_tsc(memory);
  judge_reference(fields, page.data(), false, 0, now);
}

/// The Hyper-V page that KVM makes of its own page.
void derived(bytes input, unsigned how) {
  pvclock_fields from{next_word(input), next_word(input), 0, 0, input.byte()};
  const result<tick_rate> rate = tick_rate_for(next_frequency(input), (how & 1) != 0 ? rounding::kvm : rounding::exact);
  from.mul = rate ? rate->mul : static_cast<std::uint32_t>(input.word(4));
  from.shift = rate ? rate->shift : static_cast<std::int8_t>(input.byte());
  const result<reference_tsc_snapshot> page =
      derive_reference_tsc({from.tsc_timestamp, from.system_time, from.mul, from.shift, from.flags});
  if (page && ((from.flags & 1) == 0 || !is_clock(from)))
    refute("derive", "only a stable page that is a clock has a Hyper-V page");
  if ((from.flags & 1) == 0 || !is_clock(from)) return;
  const u128 scale = (u128{from.mul} << (32 + from.shift)) / 100;
  const i128 offset =
      i128{from.system_time / 100} - i128{units_of(from.tsc_timestamp, static_cast<std::uint64_t>(scale))};
  const bool fits = scale != 0 && scale >> 64 == 0 && from.mul < u128{100} << (32 - from.shift) &&
                    offset == static_cast<std::int64_t>(offset);
  if (page.error() != (fits ? clock_error{} : clock_error::out_of_range))
    refute("derive", "KVM's page exactly where its numbers fit");
  if (!page) return;
  if (page->tsc_scale != scale || page->tsc_offset != offset) refute("derive", "KVM's numbers");
  const std::uint64_t ticks = next_word(input) >> 8, now = from.tsc_timestamp + ticks;
  const told pvclock_time = tell(from, now);
  const reference_told units = in_nanoseconds(tell(reference_fields{page->tsc_scale, page->tsc_offset}, now));
  if (now < ticks || pvclock_time.error != clock_error{} || units.error != clock_error{}) return;
  const i128 ahead = i128{units.count} - i128{pvclock_time.time};
  if (ahead >= 102 || ahead <= -300) refute("derive", "the two pages' times are near");
}

// --- vmclock ---

/// The maximum error at the snapshot, in 2^−64 s, rounded down.
u128 promised_at_snapshot(const vmclock_fields& old) {
  return (u128{old.time_maxerror() / second_ns} << 64) + (u128{old.time_maxerror() % second_ns} << 64) / second_ns;
}

/// Whether the next page keeps what the old one promised, in rationals: both sides times 2^shift.
bool keeps_promise(const vmclock_fields& old, const vmclock_fields& next) {
  if (next.clock_status() != 2 && next.clock_status() != 3) return true;
  const bool promised = (old.clock_status() == 2 || old.clock_status() == 3) && old.period() != 0 &&
                        old.shift() <= 63 && old.flag(6) && old.flag(4) &&
                        old.disruption_marker() == next.disruption_marker();
  if (!promised) return true;
  const std::uint64_t ticks = next.counter_value() - old.counter_value();
  if (ticks >> 63 != 0 || old.time_type() != next.time_type()) return false;
  // A page of UTC is held to its promise in TAI, where both tell it.
  const bool is_utc = old.time_type() == 0, by_offset = old.flag(0);
  if (is_utc && by_offset != next.flag(0)) return false;
  const i128 change = is_utc && by_offset ? next.tai_offset() - old.tai_offset() : 0;
  const unsigned indicator = old.leap_indicator();
  const bool announced = change == 0 || (change == 1 && (indicator == 1 || indicator == 3)) || (change == -1 && indicator == 2);
  const i128 seconds = change + next.time_sec();
  if (!announced || seconds >> 64 != 0) return false;
  const whole from(old.snapshot_time()), to(u128(seconds) << 64 | next.time_frac_sec());
  const u128 at_old = promised_at_snapshot(old);
  const u128 grown = u128{ticks} * old.period_maxerror() >> old.shift();
  const auto within = [&](std::uint64_t period, unsigned shift, const whole& allowed) {
    const u128 span = u128{ticks} * period;
    if (old.snapshot_time() + (span >> shift) < (span >> shift)) return false;  // 2^64 s or more
    return is_near(to << shift, (from << shift) + whole(span), allowed << shift);
  };
  return within(next.period(), next.shift(), whole(at_old)) &&
         within(old.period(), old.shift(), whole(at_old) + whole(grown));
}

void vmclock(bytes input, unsigned how) {
  const std::uint64_t frequency_hz = next_frequency(input);
  const result<vmclock_period> period = vmclock_period_for(frequency_hz);
  if (period.has_value() != (frequency_hz >= 2) || (!period && period.error() != clock_error::bad_frequency))
    refute("period", "a frequency has a normalised period exactly from 2 Hz on");
  if (!period) return;
  const unsigned shift = period->counter_period_shift;
  const std::uint64_t frac = period->counter_period_frac_sec;
  // frac = ⌊2^(64 + shift) / f⌋: frac · f <= 2^(64 + shift) < (frac + 1) · f
  const whole second = whole(u128{1} << 64) << shift, product(u128{frac} * frequency_hz);
  if (shift > 63 || frac >> 63 == 0 || !(product <= second) || product + whole(frequency_hz) <= second)
    refute("period", "the period is the normalised one, rounded down once");

  std::uint32_t made = 0;
  const std::uint64_t counter = next_word(input);
  vmclock_fields old = scripted_vmclock::next(input, counter, ++made);
  if ((how & 1) != 0) {  // at the frequency, and declaring bounds
    old.words[6] = frac;
    old.words[4] = (old.words[4] & ~(std::uint64_t{0xFF} << 56)) | std::uint64_t{shift} << 56;
  }
  old.words[12] = next_word(input);
  old.words[8] = next_word(input);
  memory_page<14> page(0);
  page.set_words(scripted_vmclock::words_of(old, ~std::uint64_t{0}));
  const std::uint32_t before = any_version(input);
  page.set_version(12, before);

  // A next page: about where the old one is then, or anywhere.
  const std::uint64_t ticks = next_word(input) >> ((how & 2) != 0 ? 24 : 0);
  vmclock_fields next = (how & 4) != 0 ? scripted_vmclock::next(input, counter, ++made) : old;
  if ((how & 4) == 0) {
    next.words[5] = old.counter_value() + ticks;
    const u128 off = next_word(input), then = old.snapshot_time() + (u128{ticks} * old.period() >> old.shift() % 64);
    u128 time = (how & 8) != 0 ? then + off * 18'446'744'073 : then - off;
    if ((how & 16) != 0) {  // at the very end of what was promised
      const u128 allowed = promised_at_snapshot(old) + (u128{ticks} * old.period_maxerror() >> old.shift() % 64);
      time = (how & 8) != 0 ? then + allowed + 4 - input.byte() % 8U : then - allowed + 4 - input.byte() % 8U;
    }
    next.words[9] = static_cast<std::uint64_t>(time >> 64);
    next.words[10] = static_cast<std::uint64_t>(time);
    next.words[6] += input.byte();
    if (const unsigned leap = input.byte(); leap >= 192) {  // of a second or two, which the seconds follow or do not
      const std::uint64_t change = leap % 4 - std::uint64_t{1}, offset = (next.words[4] >> 32) + change;
      next.words[4] = (next.words[4] & ~(std::uint64_t{0xFFFF} << 32)) | (offset & 0xFFFF) << 32;
      if (leap % 16 >= 4) next.words[9] -= change;
    }
  }
  const clock_error invalid = next.clock_status() != 2 && next.clock_status() != 3 ? clock_error{}
                              : next.period() == 0                                 ? clock_error::bad_multiplier
                              : next.shift() > 63                                  ? clock_error::bad_shift
                                                                                   : clock_error{};
  const clock_error refused = invalid != clock_error{}   ? invalid
                              : keeps_promise(old, next) ? clock_error{}
                                                         : clock_error::inconsistent_update;
  writable_atomic_page<8, 12> memory(page.data());
  const auto stood = page.words();
  const result<u32> version = publish_vmclock(memory, scripted_vmclock::snapshot_of(next));
  page.judge_border();
  if (version.error() != refused)
    refute("promise", "a page is published exactly where it keeps what the one before promised");
  if (!version) {
    if (page.words() != stood) refute("promise", "a page that is refused changes nothing");
    return;
  }
  if (*version != page.version(12) || *version % 2 != 0 || *version == before)
    refute("version", "a published page is at rest, under another version than before");
  if (scripted_vmclock::fields_of(page.words()) != next) refute("bytes", "a page's bytes are its fields'");

  const std::uint64_t later = next_word(input), now = next.counter_value() + later;
  const auto seen =
      vmclock_reader<still_counter>(page.data(), 4096, vmclock_counter_x86_tsc, still_counter{now}).now_exact();
  const vmclock_told told = tell(next, now);
  const clock_error header = judge_header(next, 4096);
  if (seen.error() != (header != clock_error{} ? header : told.error))
    refute("read", "a page is read exactly where it is a clock");
  if (!seen) return;
  const u128 time = u128{seen->time.seconds} << 64 | seen->time.fraction;
  if (time != told.time || seen->version != *version)
    refute("read", "what is read is the formula of the published bytes");
  if (seen->clamped || next.period() != frac || next.shift() != shift) return;
  const u128 elapsed = time - next.snapshot_time(), truly = (u128{later} << 64) / frequency_hz;
  if (elapsed > truly) refute("fast", "a page is not fast");
  if (elapsed + (truly >> 63) + 2 <= truly) refute("slow", "a page is slow by less than 2^−63");
}

// --- the wall clock ---

template <class Page> void wall_clock(bytes input) {
  constexpr bool has_high_word = Page::seconds_max != 0xFFFF'FFFF;
  const std::int64_t seconds = static_cast<std::int64_t>(next_word(input));
  const std::uint32_t nanoseconds = static_cast<std::uint32_t>(next_word(input));
  const result<unix_time> boot = unix_time::from_parts(seconds, nanoseconds);
  if (boot.has_value() != (nanoseconds < second_ns)) refute("wall", "a point in time has less than a second of ns");
  if (!boot) return;
  const result<wall_clock_snapshot> published = wall_clock_for<Page>(*boot);
  if (published.has_value() != (seconds >= 0 && (has_high_word || seconds <= 0xFFFF'FFFF)))
    refute("wall", "a boot time is published exactly where the structure can hold it");
  if (!published) return;
  memory_page<2> page(input.byte() % 2U * 4U);
  const std::uint32_t before = any_version(input);
  page.set_version(0, before);
  writable_atomic_page<4> memory(page.data());
  const std::uint32_t version = publish_section<Page>(memory, *published);
  page.judge_border();
  if (version != page.version(0) || version % 2 != 0 || version == before)
    refute("version", "a published structure is at rest, under another version than before");
  const auto words = page.words();
  const std::uint64_t high = has_high_word ? words[1] >> 32 : 0;
  if (has_high_word ? false : words[1] >> 32 != 0xA5A5'A5A5)
    refute("border", "a structure without a high word ends before it");
  if ((high << 32 | words[0] >> 32) != static_cast<std::uint64_t>(seconds) ||
      static_cast<std::uint32_t>(words[1]) != nanoseconds)
    refute("bytes", "a structure's bytes are its fields'");
  const result<unix_time> seen = wall_clock_at<Page>(page.data());
  if (!seen || seen->seconds() != seconds || seen->nanoseconds() != nanoseconds)
    refute("wall", "readers get back the boot time that was published");
}

}  // namespace
}  // namespace guestclock::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace guestclock::fuzz;
  bytes input(data, size);
  const unsigned mode = input.byte(), how = mode >> 3;
  switch (mode & 7) {
    case 0:
    case 6: pvclock(input, how); break;
    case 1: reference(input, how); break;
    case 2: derived(input, how); break;
    case 3:
    case 7: vmclock(input, how); break;
    case 4: wall_clock<guestclock::wall_clock_page>(input); break;
    default: wall_clock<guestclock::xen_wall_clock_page>(input); break;
  }
  return 0;
}
