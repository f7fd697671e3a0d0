// SPDX-License-Identifier: BSL-1.0
// What runs in the sandbox: no operating system, no library, no floating point, no exceptions; and of guestclock the
// core's headers and guestclock/x86/counter.hpp. It tells the time without leaving the guest, and writes down what it
// is.
#include <guestclock/guestclock.hpp>
#include <guestclock/x86/counter.hpp>

#include "mailbox.hpp"

// What a compiler may call even here.
extern "C" {
void* memcpy(void* to, const void* from, std::size_t size) {
  void* const begin = to;
  asm volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(size) : : "memory");
  return begin;
}
void* memset(void* to, int value, std::size_t size) {
  void* const begin = to;
  asm volatile("rep stosb" : "+D"(to), "+c"(size) : "a"(value) : "memory");
  return begin;
}
}

namespace {

using namespace guestclock;
using sandbox::mailbox;
using clock_of_region = region_clock<x86::ordered_counter>;

/// Lines of text into the mailbox, as much as fits.
class page_of_text {
 public:
  explicit page_of_text(mailbox& to) noexcept : to_(to) { to.text_size = 0; }

  page_of_text& operator<<(const char* text) noexcept {
    for (; *text != 0; ++text) put(*text);
    return *this;
  }
  page_of_text& operator<<(u64 number) noexcept {
    char digits[20];
    int count = 0;
    do digits[count++] = static_cast<char>('0' + number % 10);
    while ((number /= 10) != 0);
    while (count > 0) put(digits[--count]);
    return *this;
  }
  /// Seconds, with nine places.
  page_of_text& operator<<(instant time) noexcept {
    *this << time.nanoseconds / nanoseconds_per_second << ".";
    u64 rest = time.nanoseconds % nanoseconds_per_second;
    for (u64 place = nanoseconds_per_second / 10; place != 0; place /= 10)
      put(static_cast<char>('0' + rest / place % 10));
    return *this << " s";
  }
  /// RFC 3339, at an offset.
  page_of_text& put_time(unix_time point, i32 utc_offset_seconds) noexcept {
    char text[48];
    const written done = format_rfc3339(text, sizeof text, point, utc_offset_seconds);
    if (!done) return *this << name_of(done.error);
    for (std::size_t place = 0; place < done.count; ++place) put(text[place]);
    return *this;
  }
  /// A DateTime by its fields: weekday, ordinal, twelve hours.
  page_of_text& operator<<(const date_time& time) noexcept {
    static constexpr char format[] = "%A, %-d";
    static constexpr char rest[] = " of %B %Y, %I:%M:%S %p, day %-j of the year";
    put_by(format, sizeof format - 1, time);
    *this << ordinal_suffix(time.day);
    put_by(rest, sizeof rest - 1, time);
    return *this;
  }

 private:
  void put(char character) noexcept {
    if (to_.text_size < sizeof to_.text) to_.text[to_.text_size++] = character;
  }
  void put_by(const char* format, std::size_t size, const date_time& time) noexcept {
    char text[96];
    const written done = guestclock::strftime(text, sizeof text, format, size, time);
    if (!done) {
      *this << name_of(done.error);
      return;
    }
    for (std::size_t place = 0; place < done.count; ++place) put(text[place]);
  }

  mailbox& to_;
};

/// Reads as often as it is asked to, against the latest time that any processor has shown.
void read_many(mailbox& box, clock_of_region& clock) noexcept {
  auto* const shared = reinterpret_cast<u64*>(sandbox::shared_address);
  for (u64 turn = 0; turn < box.readings; ++turn) {
    u64 latest = __atomic_load_n(shared, __ATOMIC_SEQ_CST);
    const result<instant> now = clock.monotonic();
    if (!now) {
      ++box.refused;
      continue;
    }
    if (now->nanoseconds < latest) {
      ++box.steps_back;
      if (latest - now->nanoseconds > box.worst_step_ns) box.worst_step_ns = latest - now->nanoseconds;
    }
    while (latest < now->nanoseconds &&
           !__atomic_compare_exchange_n(shared, &latest, now->nanoseconds, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {
    }
  }
}

clock_error tell(mailbox& box, clock_of_region& clock, page_of_text& text) noexcept {
  const result<instant> monotonic = clock.monotonic();
  if (!monotonic) return monotonic.error();
  // One reading, told in every way, so that what is shown belongs together.
  const unix_time boot = unix_time::from_nanoseconds(u64(box.region.boot_time_ns));
  const i32 offset = box.region.utc_offset_seconds;
  const result<unix_time> wall = wall_time(boot, *monotonic);
  if (!wall) return wall.error();
  const result<unix_time> local = local_time(*wall, offset);
  if (!local) return local.error();
  const result<date_time> date = date_time_from(*wall, offset);
  if (!date) return date.error();
  const result<instant> executed = box.account.time(*monotonic, time_passed::executed);
  const result<instant> with_pauses = box.account.time(*monotonic, time_passed::with_pauses);
  const result<instant> with_snapshots = box.account.time(*monotonic, time_passed::with_snapshots);
  if (!executed || !with_pauses || !with_snapshots) return clock_error::out_of_range;
  const result<bool> stopped =
      acknowledge_stop(reinterpret_cast<volatile void*>(static_cast<std::uintptr_t>(box.region.clock_page)));

  box.monotonic_ns = monotonic->nanoseconds;
  box.wall_ns = wall->to_nanoseconds().value_or(0);
  box.local_ns = local->to_nanoseconds().value_or(0);
  box.executed_ns = executed->nanoseconds;
  box.with_pauses_ns = with_pauses->nanoseconds;
  box.with_snapshots_ns = with_snapshots->nanoseconds;
  box.was_stopped = stopped.value_or(false) ? 1 : 0;

  text << "monotonic       " << *monotonic << "\nwall            ";
  text.put_time(*wall, 0) << "\nlocal           ";
  text.put_time(*wall, offset) << "\ndate            " << *date << "\nexecuted        " << *executed
                               << "\nwith pauses     " << *with_pauses << "\nwith snapshots  " << *with_snapshots
                               << "\n";
  if (box.was_stopped != 0) text << "the host says that it had stopped this guest\n";
  return {};
}

void turn(mailbox& box) noexcept {
  page_of_text text(box);
  clock_of_region clock(box.region);
  if (clock.page_clock().kind() != page_kind::none) read_many(box, clock);
  const clock_error why_none = tell(box, clock, text);
  box.error = static_cast<std::uint64_t>(why_none);
  if (why_none == clock_error::no_clock)
    text << "no time: no_clock: this guest's host has enabled no clock for it\n";
  else if (why_none != clock_error{})
    text << "no time: " << name_of(why_none) << "\n";
}

}  // namespace

/// The image's first byte. Leaves the guest once in a turn, and goes on there when it is run again.
extern "C" [[gnu::section(".entry"), gnu::used]] void guest_entry(sandbox::mailbox* box) {
  for (;;) {
    turn(*box);
    ++box->turns;
    asm volatile("outb %0, %1" : : "a"(static_cast<std::uint8_t>(1)), "Nd"(sandbox::done_port) : "memory");
  }
}
