// SPDX-License-Identifier: BSL-1.0
// The guest of the tests: no library, no floating point, and of this project the core's headers, the counter, and the
// guest's side of Hyper-V's clock.
#include <guestclock/guestclock.hpp>
#include <guestclock/hyperv/guest.hpp>
#include <guestclock/x86/counter.hpp>

#include "task.hpp"

namespace {

using namespace guestclock;
using vm::task;
using vm::work;

void out(std::uint8_t value) noexcept { asm volatile("outb %0, %1" : : "a"(value), "Nd"(vm::done_port) : "memory"); }

void note(task& given, const result<reading>& seen) noexcept {
  given.error = static_cast<std::uint64_t>(seen.error());
  if (!seen) return;
  given.time = seen->time.nanoseconds;
  given.counter = seen->counter;
  given.version = seen->version;
  given.flags = seen->flags;
}

const volatile void* page_of(const task& given) noexcept { return reinterpret_cast<const volatile void*>(given.page); }

void read_once(task& given) noexcept {
  note(given, pvclock_reader<x86::ordered_counter>(page_of(given)).now());
  ++given.readings;
}

/// Notes a reading: whether it is before another one, and whether its version is another than that of the one before
/// it.
void compare(task& given, const reading& seen, u64 not_before, vm::told_reading& last) noexcept {
  const vm::told_reading now{seen.version, seen.counter, seen.time.nanoseconds};
  if (now.time < not_before) {
    ++given.steps_back;
    if (not_before - now.time > given.worst_step_ns) given.worst_step_ns = not_before - now.time;
  }
  if (now.version != last.version) {
    ++given.updates;
    if (given.log_count < given.log_room) reinterpret_cast<vm::log_entry*>(given.log)[given.log_count++] = {last, now};
  }
  last = now;
}

/// Against its own last value.
template <class Reader> void read_many(task& given, Reader clock) noexcept {
  vm::told_reading last{1, 0, 0};  // an odd version: none
  for (std::uint64_t turn = 0; turn < given.count; ++turn) {
    const result<reading> seen = clock.now();
    ++given.readings;
    if (!seen) {
      ++given.refused;
      if (seen.error() == clock_error::sequence_invalid) ++given.invalid;
      continue;
    }
    compare(given, *seen, last.time, last);
    if (turn + 1 == given.count) note(given, seen);
  }
}
pvclock_reader<x86::ordered_counter> clock_of(const task& given) noexcept {
  return pvclock_reader<x86::ordered_counter>(page_of(given));
}
reference_tsc_reader<x86::ordered_counter> reference_of(const task& given) noexcept {
  return reference_tsc_reader<x86::ordered_counter>(reinterpret_cast<const volatile void*>(given.reference));
}

/// Against the greatest value that any processor has shown: loaded before the reading begins, raised after it.
void read_together(task& given) noexcept {
  pvclock_reader<x86::ordered_counter> clock(page_of(given));
  auto* const shared = reinterpret_cast<u64*>(given.shared);
  vm::told_reading last{1, 0, 0};
  for (std::uint64_t turn = 0; turn < given.count; ++turn) {
    u64 greatest = __atomic_load_n(shared, __ATOMIC_SEQ_CST);
    const result<reading> seen = clock.now();
    ++given.readings;
    if (!seen) {
      ++given.refused;
      continue;
    }
    compare(given, *seen, greatest, last);
    while (greatest < last.time &&
           !__atomic_compare_exchange_n(shared, &greatest, last.time, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {}
    if (turn + 1 == given.count) note(given, seen);
  }
}

void tell_region(task& given) noexcept {
  region_clock<x86::ordered_counter> clock(*reinterpret_cast<const guest_clock_region*>(given.argument));
  const result<instant> monotonic = clock.monotonic();
  given.error = static_cast<std::uint64_t>(monotonic.error());
  if (!monotonic) return;
  const result<unix_time> wall = clock.wall();
  const result<unix_time> local = clock.local();
  given.error = static_cast<std::uint64_t>(wall.error()) + static_cast<std::uint64_t>(local.error());
  if (!wall || !local) return;
  given.time = monotonic->nanoseconds;
  given.wall_seconds = as_unsigned(wall->seconds());
  given.wall_nanoseconds = wall->nanoseconds();
  given.local_seconds = as_unsigned(local->seconds());
}

void enable(u64 value) noexcept {
  asm volatile("wrmsr" : : "c"(0x4b564d01u), "a"(low32(value)), "d"(high32(value)) : "memory");
}

/// Hypercall 9, of the wall clock; KVM takes Intel's instruction on AMD's processors, too.
void pair(task& given) noexcept {
  u64 answer = 9;
  asm volatile("vmcall" : "+a"(answer) : "b"(given.argument), "c"(0) : "memory");
  given.error = answer;
}

/// What a kernel does that finds itself on Hyper-V.
void enable_reference(task& given) noexcept {
  x86::machine_msrs msrs;
  const result<hyperv::features> offered = hyperv::detect(x86::this_processor{});
  given.error = static_cast<std::uint64_t>(offered.error());
  if (!offered) return;
  given.offered = (offered->identity ? 1u : 0u) + (offered->counter ? 2u : 0u) + (offered->page ? 4u : 0u) +
                  (offered->frequencies ? 8u : 0u);
  if (!offered->identity || !offered->page) return;
  if (const auto told = hyperv::read_frequencies(msrs, *offered)) {
    given.tsc_hz = told->tsc_hz;
    given.apic_hz = told->apic_hz;
  }
  // Without an identity it is not enabled, whatever the host would take.
  given.flags = static_cast<std::uint64_t>(hyperv::enable(msrs, given.reference)) << 8;
  given.error = static_cast<std::uint64_t>(hyperv::identify(msrs, hyperv::guest_os_id({.version = 1})));
  if (given.error == 0) given.error = static_cast<std::uint64_t>(hyperv::enable(msrs, given.reference));
}

void read_reference_or(task& given) noexcept {
  x86::machine_msrs msrs;
  auto clock = reference_of(given);
  u64 last = 0;
  for (std::uint64_t turn = 0; turn < given.count; ++turn) {
    const result<reading> seen = clock.now_or(hyperv::reference_counter(msrs));
    ++given.readings;
    note(given, seen);
    if (!seen) {
      ++given.refused;
      continue;
    }
    if (seen->version == 0) ++given.asked;
    if (seen->time.nanoseconds < last) ++given.steps_back;
    last = seen->time.nanoseconds;
  }
}

/// `between` is a time read after `before` and before `after`, and may be so much outside.
void judge(task& given, u64 before, u64 between, u64 after, u64 may_be_early, u64 may_be_late) noexcept {
  u64 beyond = 0;
  if (between + may_be_early < before) beyond = before - between - may_be_early;
  if (between > after + may_be_late) beyond = between - after - may_be_late;
  if (beyond != 0) ++given.outside;
  if (beyond > given.worst_ns) given.worst_ns = beyond;
  if (after - before < given.narrowest_ns) given.narrowest_ns = after - before;
}

void counter_between(task& given) noexcept {
  x86::machine_msrs msrs;
  const hyperv::reference_counter counter(msrs);
  auto clock = reference_of(given);
  given.narrowest_ns = max_of<u64>;
  for (std::uint64_t turn = 0; turn < given.count; ++turn) {
    const result<reading> before = clock.now();
    const result<reference_time> between = counter();
    const result<reading> after = clock.now();
    if (!before || !between || !after || before->version != after->version) {
      ++given.refused;
      continue;
    }
    given.readings += 2;
    judge(given, before->time.nanoseconds, between->to_instant()->nanoseconds, after->time.nanoseconds, 0, 0);
  }
}

/// KVM derives one page from the other: behind by less than 300 ns, or ahead by less than 100.
void page_beside_page(task& given) noexcept {
  auto reference = reference_of(given);
  auto clock = clock_of(given);
  given.narrowest_ns = max_of<u64>;
  for (std::uint64_t turn = 0; turn < given.count; ++turn) {
    const result<reading> before = clock.now();
    const result<reading> between = reference.now();
    const result<reading> after = clock.now();
    if (!before || !between || !after || before->version != after->version) {
      ++given.refused;
      continue;
    }
    given.readings += 3;
    judge(given, before->time.nanoseconds, between->time.nanoseconds, after->time.nanoseconds, 300, 102);
  }
}

void turn(task& given) noexcept {
  switch (given.what) {
    case work::read_once: return read_once(given);
    case work::read_many: return read_many(given, clock_of(given));
    case work::read_together: return read_together(given);
    case work::enable_itself:
      if (given.turns == 0) enable(given.argument);
      return read_once(given);
    case work::region: return tell_region(given);
    case work::acknowledge: {
      const result<bool> was_set = acknowledge_stop(reinterpret_cast<volatile void*>(given.page));
      given.flags = was_set && *was_set ? 1 : 0;
      return;
    }
    case work::pair: return pair(given);
    case work::reference_enable: return enable_reference(given);
    case work::reference_read: ++given.readings; return note(given, reference_of(given).now());
    case work::reference_read_or: return read_reference_or(given);
    case work::reference_many: return read_many(given, reference_of(given));
    case work::reference_between: return counter_between(given);
    case work::reference_beside: return page_beside_page(given);
    case work::leave: return;
    case work::fault: asm volatile("ud2"); break;
    case work::spin:
      for (;;) asm volatile("");
  }
}

}  // namespace

extern "C" [[gnu::section(".entry"), gnu::used]] void guest_entry(task* given) {
  for (;;) {
    turn(*given);
    given->turns = given->turns + 1;
    asm volatile("" : : : "memory");
    out(1);
  }
}
