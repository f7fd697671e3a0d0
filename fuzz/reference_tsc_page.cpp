// SPDX-License-Identifier: BSL-1.0
/// \file fuzz/reference_tsc_page.cpp
/// The reader of Hyper-V's page, whose bytes change between any two loads. Whatever the bytes: bounded passes, a sequence
/// of 0 ends the read at once, and else an error or a reading that follows from what was loaded. Where the writes keep
/// the protocol: scale, offset and counter belong to one update, the one that the page held when the counter was read;
/// where sequences return, if there was at most one update in the pass.
#include "page_reads.hpp"
#include "reference_tsc_oracle.hpp"

namespace guestclock::fuzz {

const char* const target_name = "fuzz_reference_tsc_page";
const std::size_t useful_size_max = 32;

namespace {

using script_of_page = page_script<scripted_reference>;
using publication = script_of_page::publication;

/// Whether the read went on to a section: it did not give up, and was not sent elsewhere.
bool found_section(const script_of_page& script, clock_error error) {
  judge_passes(script, error == clock_error::update_in_progress);
  const bool sent_away = error == clock_error::sequence_invalid;
  const bool ended_on_zero = script.version_loads() % 2 == 1;  // a whole pass loads it twice
  if (ended_on_zero && script.seen().last_version != 0)
    refute("passes", "a pass ends with a second load of the sequence");
  if (sent_away != ended_on_zero)
    refute("unusable",
           "a sequence of 0 at the beginning of a pass, and nothing else, is sequence_invalid, and at once");
  return !sent_away && error != clock_error::update_in_progress;
}

void judge(const reference_told& units, clock_error error, const reading& seen, std::uint32_t version, u64 counter) {
  const reference_told expected = in_nanoseconds(units);
  if (error != expected.error) refute("convert", "a page and a counter have a time exactly when the exact result fits");
  if (error != clock_error{}) return;
  if (seen.time.nanoseconds != expected.count) refute("convert", "the time is the formula's");
  if (seen.error_bound_ns != 100 || !seen.bounded) refute("bound", "a time is less than a unit of 100 ns behind");
  if (!seen.stable || seen.clamped || seen.guest_stopped || seen.flags != 0)
    refute("flags", "a page is one for all processors, and has no flags");
  if (seen.generation != generation{}) refute("generation", "a page tells of no generation");
  if (seen.counter != counter) refute("counter", "a reading's counter is the one that was read inside the section");
  if (seen.version != version) refute("version", "a reading's version is that of its update");
}

/// The whole path, as a reader takes it.
bool read_whole(script_of_page& script) {
  scripted_counter<scripted_reference> counter{&script};
  const result<reading> seen = read_reference_tsc(scripted_memory<scripted_reference>{&script}, counter);
  if (!found_section(script, seen.error())) return false;
  const publication update = belonging(script);
  const u64 sampled = script.seen().counter;
  judge(tell(update.fields, sampled), seen.error(), seen.value_or({}), update.version, sampled);
  return true;
}

/// The section, with its fields in sight, and then the conversions.
bool read_in_parts(script_of_page& script) {
  scripted_counter<scripted_reference> counter{&script};
  const auto seen = read_section<reference_tsc_page>(scripted_memory<scripted_reference>{&script}, counter);
  if (!found_section(script, seen.error())) return false;
  if (!seen) refute("errors", "a section fails with update_in_progress and sequence_invalid only");
  const publication update = belonging(script);
  const reference_tsc_snapshot& fields = seen->fields;
  if (reference_fields{fields.tsc_scale, fields.tsc_offset} != update.fields)
    refute("one-update", "a section's fields are all of one update");
  if (seen->version != update.version) refute("version", "a section's version is that of its update");
  const u64 sampled = script.seen().counter;
  if (seen->counter != sampled) refute("counter", "a section's counter is the one that was read inside it");
  const reference_told expected = tell(update.fields, sampled);
  const result<reference_time> time = reference_time_at(fields, sampled);
  if (reference_told{time.error(), time.value_or({}).count} != expected)
    refute("convert", "the reference time is the formula's, or an error exactly where that does not fit");
  const result<reading> converted = convert(fields, sampled);
  judge(expected, converted.error(), converted.value_or({}), 0, sampled);
  const std::uint64_t wrapped = units_of(sampled, fields.tsc_scale) + static_cast<std::uint64_t>(fields.tsc_offset);
  if (reference_time_wrapping(fields, sampled).count != wrapped)
    refute("wrapping", "the wrapping form is the formula modulo 2^64, bit for bit");
  return true;
}

/// The whole path, with the hypervisor's own counter where the page sends the reader away.
bool read_or_fallback(script_of_page& script) {
  scripted_counter<scripted_reference> counter{&script};
  int asked = 0;
  std::uint32_t passes_loads = 0;
  std::uint64_t answer = 0;
  const result<reading> seen =
      read_reference_tsc_or(scripted_memory<scripted_reference>{&script}, counter, [&]() -> result<reference_time> {
        ++asked;
        passes_loads = script.version_loads();
        answer = script.seen().counter << 3;  // any value
        if (answer % 64 == 0) return clock_error::no_clock;
        return reference_time{answer};
      });
  if (asked == 0) {
    if (!found_section(script, seen.error())) return false;
    const publication update = belonging(script);
    const u64 sampled = script.seen().counter;
    judge(tell(update.fields, sampled), seen.error(), seen.value_or({}), update.version, sampled);
    return true;
  }
  if (asked != 1 || passes_loads != script.version_loads() || passes_loads % 2 != 1 || script.seen().last_version != 0)
    refute("fallback", "the hypervisor's counter is asked once, where the sequence is 0, and then the page no more");
  const reference_told told = answer % 64 == 0 ? reference_told{clock_error::no_clock} : reference_told{{}, answer};
  judge(told, seen.error(), seen.value_or({}), 0, script.seen().counter);
  return false;
}

}  // namespace
}  // namespace guestclock::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const unsigned way = size == 0 ? 0 : (data[0] >> 1 & 1U) | (data[0] >> 5 & 2U);
  guestclock::fuzz::script_of_page script({data, size});
  constexpr int read_count_max = 2;
  for (int read = 0; read < read_count_max; ++read) {
    script.begin_read();
    const bool accepted = way == 0   ? guestclock::fuzz::read_whole(script)
                          : way == 1 ? guestclock::fuzz::read_in_parts(script)
                                     : guestclock::fuzz::read_or_fallback(script);
    if ((!accepted && script.version_loads() >= 100) || script.over()) break;
  }
  return 0;
}
