// SPDX-License-Identifier: BSL-1.0
/// \file fuzz/vmclock_page.cpp
/// The reader of a vmclock page, whose bytes change between any two loads. Whatever the bytes: bounded passes, and an
/// error or a reading that follows from what was loaded. Where the writes keep the protocol: all fields, the version and
/// the counter belong to one update, the one that the page held when the counter was read.
#include "page_reads.hpp"
#include "vmclock_oracle.hpp"

namespace guestclock::fuzz {

const char* const target_name = "fuzz_vmclock_page";
const std::size_t useful_size_max = 24;

namespace {

using script_of_page = page_script<scripted_vmclock>;
using publication = script_of_page::publication;

told_error told_of(const vmclock_error& error) { return {error.declared, error.declared ? error.nanoseconds : 0}; }

/// What a reader makes of an exact reading: TAI, UTC, and ns.
void judge_scales(const vmclock_reading& seen, const vmclock_fields& page, const vmclock_told& told) {
  const auto seconds = static_cast<std::uint64_t>(told.time >> 64), fraction = static_cast<std::uint64_t>(told.time);
  const result<vmclock_time> in_tai = tai(seen);
  const told_seconds told_tai = tell_tai(page, seconds);
  if (told_seconds{in_tai.error(), in_tai.value_or({}).seconds} != told_tai || (in_tai && in_tai->fraction != fraction))
    refute("tai", "TAI is told exactly where the page can tell it, and is UTC + offset");
  const result<vmclock_utc> in_utc = utc(seen);
  const vmclock_utc point = in_utc.value_or({});
  if (told_seconds{in_utc.error(), point.seconds, point.leap_second} != tell_utc(page, seconds) ||
      (in_utc && point.fraction != fraction))
    refute("utc", "UTC is told exactly where no leap second can make it wrong");

  const std::uint64_t shown = told_tai.error == clock_error{} ? told_tai.seconds : seconds;
  const u128 nanoseconds = u128{shown} * second_ns + (u128{fraction} * second_ns >> 64);
  const bool fits = told_tai.error != clock_error::out_of_range && nanoseconds >> 64 == 0;
  const result<reading> converted = to_reading(seen);
  if (converted.error() != (fits ? clock_error{} : clock_error::out_of_range))
    refute("reading", "a reading in ns is given exactly where it fits");
  if (!fits) return;
  const reading& plain = *converted;
  if (plain.time.nanoseconds != nanoseconds) refute("reading", "the ns are the time's, rounded down");
  if (told_error{plain.bounded, plain.bounded ? plain.error_bound_ns : 0} != told.max_error)
    refute("reading", "a reading is bounded where its page declares the whole of its maximum error");
  if (plain.counter != seen.counter || plain.version != seen.version || plain.flags != page.flags() ||
      plain.generation != seen.generation || plain.clamped != told.clamped || !plain.stable || plain.guest_stopped)
    refute("reading", "a reading says what the exact one says");
}

void judge(const result<vmclock_reading>& read, const publication& update, std::uint32_t version, u64 counter) {
  const vmclock_fields& page = update.fields;
  const vmclock_told told = tell(page, counter);
  if (read.error() != told.error)
    refute("convert", "a page and a counter have a time exactly when the exact result fits");
  if (!read) return;
  const vmclock_reading& seen = *read;
  if ((u128{seen.time.seconds} << 64 | seen.time.fraction) != told.time || seen.clamped != told.clamped)
    refute("convert", "the time is the formula's");
  if (told_of(seen.max_error) != told.max_error || told_of(seen.est_error) != told.est_error)
    refute("errors", "errors are declared where the page declares both parts, and are the formula's");
  if (seen.counter != counter) refute("counter", "a reading's counter is the one that was read inside the section");
  if (seen.version != version) refute("version", "a reading's version is that of its update");
  const generation life{page.disruption_marker(), page.flag(8) ? page.vm_generation() : 0};
  if (seen.generation != life) refute("generation", "a reading's generation is its update's");
  if (seen.flags != page.flags() || seen.snapshot_seconds != page.time_sec() ||
      seen.tai_offset_sec != page.tai_offset() || seen.clock_status != page.clock_status() ||
      seen.time_type != page.time_type() || seen.leap_indicator != page.leap_indicator() ||
      seen.tai_offset_valid != page.flag(0) || seen.disruption_soon != page.flag(1) ||
      seen.disruption_imminent != page.flag(2))
    refute("fields", "all else is as it stands in the page");
  judge_scales(seen, page, told);
}

/// The whole path, as a reader takes it.
bool read_whole(script_of_page& script, std::uint64_t mapped_bytes) {
  scripted_counter<scripted_vmclock> counter{&script};
  const result<vmclock_reading> seen =
      read_vmclock(scripted_memory<scripted_vmclock>{&script}, counter, mapped_bytes, vmclock_counter_x86_tsc);
  judge_passes(script, seen.error() == clock_error::update_in_progress);
  if (seen.error() == clock_error::update_in_progress) return false;
  const publication update = belonging(script);
  const clock_error header = judge_header(update.fields, mapped_bytes);
  if (header != clock_error{}) {
    if (seen.error() != header) refute("header", "a page that is no clock for this counter is refused");
    return true;
  }
  if (seen.error() == clock_error::invalid_header) refute("header", "a page that is a clock is not refused");
  judge(seen, update, update.version, script.seen().counter);
  return true;
}

/// The section, with its fields in sight, and then the conversions.
bool read_in_parts(script_of_page& script, std::uint64_t mapped_bytes) {
  scripted_counter<scripted_vmclock> counter{&script};
  const auto seen = read_section<vmclock_page>(scripted_memory<scripted_vmclock>{&script}, counter);
  judge_passes(script, !seen);
  if (!seen) {
    if (seen.error() != clock_error::update_in_progress)
      refute("errors", "a section fails with update_in_progress only");
    return false;
  }
  const publication update = belonging(script);
  if (!scripted_vmclock::same(seen->fields, update.fields))
    refute("one-update", "a section's fields are all of one update");
  if (seen->version != update.version) refute("version", "a section's version is that of its update");
  const u64 sampled = script.seen().counter;
  if (seen->counter != sampled) refute("counter", "a section's counter is the one that was read inside it");
  if (check(seen->fields, mapped_bytes, vmclock_counter_x86_tsc).error() != judge_header(update.fields, mapped_bytes))
    refute("header", "a page is accepted exactly where it is a clock for this counter");
  judge(vmclock_reading_at(seen->fields, sampled), update, 0, sampled);
  return true;
}

}  // namespace
}  // namespace guestclock::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const bool in_parts = size != 0 && (data[0] & 2) != 0;
  const std::uint64_t mapped_bytes = size != 0 && (data[0] & 64) != 0 ? 4096 : 112;
  guestclock::fuzz::script_of_page script({data, size});
  constexpr int read_count_max = 1;
  for (int read = 0; read < read_count_max; ++read) {
    script.begin_read();
    const bool accepted = in_parts ? guestclock::fuzz::read_in_parts(script, mapped_bytes)
                                   : guestclock::fuzz::read_whole(script, mapped_bytes);
    if (!accepted || script.over()) break;
  }
  return 0;
}
