// SPDX-License-Identifier: BSL-1.0
/// \file fuzz/pvclock_page.cpp
/// The reader on a page whose bytes change between any two loads. Whatever the bytes: bounded passes, and an error or a
/// reading that follows from what was loaded. Where the writes keep the protocol: the fields, the version and the
/// counter belong to one update, the one that the page held when the counter was read.
#include "page_reads.hpp"
#include "pvclock_oracle.hpp"

namespace guestclock::fuzz {

const char* const target_name = "fuzz_pvclock_page";
const std::size_t useful_size_max = 32;

namespace {

using script_of_page = page_script<scripted_pvclock>;
using publication = script_of_page::publication;

void judge(const told& expected, clock_error error, const reading& seen, const publication& update, u64 counter) {
  if (error != expected.error) refute("convert", "a page and a counter have a time exactly when the exact result fits");
  if (error != clock_error{}) return;
  if (told{{}, seen.time.nanoseconds, seen.error_bound_ns, seen.clamped} != expected)
    refute("convert", "the time is the formula's, and so is its bound");
  const std::uint8_t flags = update.fields.flags;
  if (seen.flags != flags || seen.stable != (flags % 2 == 1) || seen.guest_stopped != (flags / 2 % 2 == 1))
    refute("flags", "the flags are the page's, unknown bits too");
  if (seen.counter != counter) refute("counter", "a reading's counter is the one that was read inside the section");
  const result<reading> stable = demand_stable(seen);
  if (stable.has_value() != seen.stable || (!stable && stable.error() != clock_error::unstable))
    refute("stable", "only a page that says TSC_STABLE satisfies a demand for it");
}

/// The whole path, as a reader takes it.
bool read_whole(script_of_page& script) {
  scripted_counter<scripted_pvclock> counter{&script};
  const result<reading> seen = read_pvclock(scripted_memory<scripted_pvclock>{&script}, counter);
  judge_passes(script, seen.error() == clock_error::update_in_progress);
  if (seen.error() == clock_error::update_in_progress) return false;
  const publication update = belonging(script);
  const u64 sampled = script.seen().counter;
  judge(tell(update.fields, sampled), seen.error(), seen.value_or({}), update, sampled);
  if (seen && seen->version != update.version) refute("version", "a reading's version is that of its update");
  return true;
}

/// The section, with its fields in sight, and then both conversions.
bool read_in_parts(script_of_page& script) {
  scripted_counter<scripted_pvclock> counter{&script};
  const auto seen = read_section<pvclock_page>(scripted_memory<scripted_pvclock>{&script}, counter);
  judge_passes(script, !seen);
  if (!seen) {
    if (seen.error() != clock_error::update_in_progress)
      refute("errors", "a section fails with update_in_progress only");
    return false;
  }
  const publication update = belonging(script);
  const pvclock_snapshot& fields = seen->fields;
  if (pvclock_fields{fields.tsc_timestamp, fields.system_time, fields.tsc_to_system_mul, fields.tsc_shift,
                     fields.flags} != update.fields)
    refute("one-update", "a section's fields are all of one update");
  if (seen->version != update.version) refute("version", "a section's version is that of its update");
  const u64 sampled = script.seen().counter;
  if (seen->counter != sampled) refute("counter", "a section's counter is the one that was read inside it");
  const result<reading> converted = convert(fields, sampled);
  judge(tell(update.fields, sampled), converted.error(), converted.value_or({}), update, sampled);
  const result<u64> wrapped = convert_wrapping(fields, sampled);
  if (told{wrapped.error(), wrapped.value_or(0)} != tell_wrapping(update.fields, sampled))
    refute("wrapping", "the wrapping form is the formula modulo 2^64, bit for bit");
  return true;
}

}  // namespace
}  // namespace guestclock::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const bool in_parts = size != 0 && (data[0] & 2) != 0;
  guestclock::fuzz::script_of_page script({data, size});
  constexpr int read_count_max = 2;
  for (int read = 0; read < read_count_max; ++read) {
    script.begin_read();
    const bool accepted = in_parts ? guestclock::fuzz::read_in_parts(script) : guestclock::fuzz::read_whole(script);
    if (!accepted || script.over()) break;
  }
  return 0;
}
