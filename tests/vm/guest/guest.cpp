// SPDX-License-Identifier: BSL-1.0
// The guest of the tests: no library, no floating point, and of this project the core's headers and the counter alone.
#include <guestclock/guestclock.hpp>
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
void read_many(task& given) noexcept {
  pvclock_reader<x86::ordered_counter> clock(page_of(given));
  vm::told_reading last{1, 0, 0};  // an odd version: none
  for (std::uint64_t turn = 0; turn < given.count; ++turn) {
    const result<reading> seen = clock.now();
    ++given.readings;
    if (!seen) {
      ++given.refused;
      continue;
    }
    compare(given, *seen, last.time, last);
    if (turn + 1 == given.count) note(given, seen);
  }
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

void turn(task& given) noexcept {
  switch (given.what) {
    case work::read_once: return read_once(given);
    case work::read_many: return read_many(given);
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
