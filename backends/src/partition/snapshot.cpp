// SPDX-License-Identifier: BSL-1.0
#include <guestclock/partition/snapshot.hpp>

#include <guestclock/migration.hpp>
#include <guestclock/wall_clock.hpp>

#include <chrono>

namespace guestclock::partition {
namespace {

std::string of_processor(u32 number) { return " of processor " + std::to_string(number); }

/// The wall clock as ns since 1970, for differences.
result<instant> nanoseconds_of(unix_time wall) {
  const result<u64> nanoseconds = wall.to_nanoseconds();
  if (!nanoseconds) return nanoseconds.error();
  return instant{*nanoseconds};
}

/// Where the first counter went on by `passed` while all of them were read, a counter that is ahead of the first by no
/// more than that is not known to differ from it.
void make_equal(std::vector<u64>& counters, u64 passed) {
  for (u64& each : counters)
    if (wrapping_sub(each, counters.front()) <= passed) each = counters.front();
}

/// How long the guest was away, as far as it counts.
///   units    ns
outcome<u64> time_away(const saved_time& from, pause_is pause, wall_source wall) {
  if (pause == pause_is::left_out) return u64{0};
  if (!from.wall) return sentence{"the pause cannot be counted: the clock was saved without the wall clock beside it"};
  const result<unix_time> now = wall();
  if (!now) return sentence{"the pause cannot be counted: this machine has no wall clock"};
  const result<instant> then_ns = nanoseconds_of(*from.wall);
  const result<instant> now_ns = nanoseconds_of(*now);
  if (!then_ns || !now_ns)
    return sentence{"the pause cannot be counted: a wall clock's time is before 1970 or after 2554"};
  return elapsed_between(*then_ns, *now_ns);
}

/// What is to be written.
struct values {
  reference_time time;
  std::vector<u64> counters;
};

outcome<values> values_after(const saved_time& from, u64 away_ns) {
  const checked<u64> time = checked_add(from.time.count, away_ns / nanoseconds_per_reference_unit);
  if (!time.fits) return sentence{"the pause cannot be counted: the reference time would exceed 64 bits"};
  values to_write{{time.value}, from.counters};
  if (away_ns == 0) return to_write;
  if (from.counter_frequency_hz == 0)
    return sentence{"the pause cannot be counted: the clock was saved without its counters' frequency"};
  for (u64& each : to_write.counters) {
    const result<u64> moved = tsc_after({from.time, {each, from.counter_frequency_hz, {}}}, away_ns);
    if (!moved) return sentence{"the pause cannot be counted: it is too long for the counter"};
    each = *moved;
  }
  return to_write;
}

/// Whether a counter is where it was put: not less, and not a minute of a fast counter more, if it goes on at all.
bool is_there(u64 found, u64 written) {
  constexpr u64 minute_of_ticks = 60 * u64{10'000'000'000};
  return wrapping_sub(found, written) < minute_of_ticks;
}

std::string frequency_report(const clock_controls& into, u64 saved_hz) {
  if (saved_hz == 0) return {};
  const outcome<u64> now = into.counter_frequency_hz();
  if (!now) return now.why_none();
  if (*now == saved_hz) return {};
  return "the counters run at " + std::to_string(*now) + " Hz here, and ran at " + std::to_string(saved_hz) +
         " Hz: the page has the new rate, and a guest that measured the old one must measure again";
}

/// The reference time is what was written, or little more where it goes on.
outcome<done> check_time(const clock_controls& into, reference_time written) {
  const outcome<reference_time> found = into.time();
  if (!found) return sentence{found.why_none()};
  if (wrapping_sub(found->count, written.count) < reference_units_per_second) return done{};
  return sentence{"the reference time was set to " + std::to_string(written.count) +
                  ", which was taken and did nothing: it is " + std::to_string(found->count)};
}

/// The guest's id before the page, which the hypervisor does not enable without one.
outcome<done> restore_page(clock_controls& into, u32 processor, const saved_time& from) {
  if (from.guest_os_id != 0) {
    if (auto set = into.write(processor, partition_register::guest_os_id, from.guest_os_id); !set) return set;
  }
  if (auto set = into.write(processor, partition_register::reference_tsc, from.reference_tsc); !set) return set;
  const outcome<u64> found = into.read(processor, partition_register::reference_tsc);
  if (!found) return sentence{found.why_none()};
  if (*found == from.reference_tsc) return done{};
  return sentence{"the reference TSC page's register was written, which was taken and did nothing: it is " +
                  std::to_string(*found) + ", not " + std::to_string(from.reference_tsc)};
}

}  // namespace

result<unix_time> wall_now() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto whole = std::chrono::floor<std::chrono::seconds>(now);
  const auto rest = std::chrono::duration_cast<std::chrono::nanoseconds>(now - whole);
  return unix_time::from_parts(i64{whole.count()}, static_cast<u32>(rest.count()));
}

outcome<saved_time> save(const clock_controls& from, const std::vector<u32>& processors, wall_source wall) {
  if (processors.empty()) return sentence{"a partition without processors has no counter to save"};
  saved_time saved;
  const outcome<reference_time> time = from.time();
  if (!time) return sentence{time.why_none()};
  saved.time = *time;
  if (const result<unix_time> now = wall()) saved.wall = *now;
  for (const u32 processor : processors) {
    const outcome<u64> counter = from.read(processor, partition_register::counter);
    if (!counter) return sentence{counter.why_none() + of_processor(processor)};
    saved.counters.push_back(*counter);
  }
  const outcome<u64> again = from.read(processors.front(), partition_register::counter);
  if (!again) return sentence{again.why_none() + of_processor(processors.front())};
  make_equal(saved.counters, wrapping_sub(*again, saved.counters.front()));

  if (const outcome<u64> frequency = from.counter_frequency_hz()) saved.counter_frequency_hz = *frequency;
  const outcome<u64> guest = from.read(processors.front(), partition_register::guest_os_id);
  if (!guest) return sentence{guest.why_none()};
  saved.guest_os_id = *guest;
  const outcome<u64> page = from.read(processors.front(), partition_register::reference_tsc);
  if (!page) return sentence{page.why_none()};
  saved.reference_tsc = *page;

  const outcome<reference_time> after = from.time();
  if (!after) return sentence{after.why_none()};
  if (after->count != saved.time.count)
    return sentence{"the reference time went on by " + std::to_string(after->count - saved.time.count) +
                    " units of 100 ns while it was saved: stop every processor, then freeze it"};
  return saved;
}

outcome<restored> restore(clock_controls& into, const std::vector<u32>& processors, const saved_time& from,
                          pause_is pause, wall_source wall) {
  if (processors.empty() || processors.size() != from.counters.size())
    return sentence{"the saved clock has the counters of " + std::to_string(from.counters.size()) +
                    " processors, the new partition has " + std::to_string(processors.size())};
  if (auto frozen = into.freeze(); !frozen) return sentence{frozen.why_none()};
  const outcome<u64> away = time_away(from, pause, wall);
  if (!away) return sentence{away.why_none()};
  const outcome<values> to_write = values_after(from, *away);
  if (!to_write) return sentence{to_write.why_none()};

  restored report;
  report.frequency = frequency_report(into, from.counter_frequency_hz);
  for (std::size_t index = 0; index < processors.size(); ++index) {
    if (auto set = into.write(processors[index], partition_register::counter, to_write->counters[index]); !set)
      return sentence{set.why_none() + of_processor(processors[index])};
  }
  if (auto set = into.set_time(to_write->time); !set) return sentence{set.why_none()};
  if (auto set = check_time(into, to_write->time); !set) return sentence{set.why_none()};
  for (std::size_t index = 0; index < processors.size(); ++index) {
    const outcome<u64> found = into.read(processors[index], partition_register::counter);
    if (!found) return sentence{found.why_none() + of_processor(processors[index])};
    if (!is_there(*found, to_write->counters[index]))
      report.counter = "the counter" + of_processor(processors[index]) + " was set to " +
                       std::to_string(to_write->counters[index]) + ", which was taken and did nothing: it is " +
                       std::to_string(*found);
  }
  if (auto set = restore_page(into, processors.front(), from); !set) return sentence{set.why_none()};
  return report;
}

outcome<unix_time> boot_time_now(const clock_controls& of, wall_source wall) {
  const outcome<reference_time> time = of.time();
  if (!time) return sentence{time.why_none()};
  const result<unix_time> boot = sample_boot_time([&time] { return time->to_instant(); }, wall);
  if (!boot) return sentence{std::string("the boot time cannot be told: ") + name_of(boot.error())};
  return *boot;
}

}  // namespace guestclock::partition
