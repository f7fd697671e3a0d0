// SPDX-License-Identifier: BSL-1.0
#include <guestclock/kvm/snapshot.hpp>

#include <guestclock/kvm/guest.hpp>
#include <guestclock/wall_clock.hpp>
#include <guestclock/x86/counter.hpp>

#include <algorithm>
#include <cstring>
#include <ctime>

namespace guestclock::kvm {
namespace {

outcome<saved_processor> save(const processor& from) {
  saved_processor saved;
  const outcome<kvm_regs> registers = from.registers();
  if (!registers) return sentence{registers.why_none()};
  saved.registers = *registers;
  const outcome<kvm_sregs> system = from.system_registers();
  if (!system) return sentence{system.why_none()};
  saved.system_registers = *system;
  if (const i64 given = from.descriptor().ioctl(KVM_GET_FPU, &saved.floating_point); given < 0)
    return failed("KVM_GET_FPU", given);
  const result<u64> system_time = from.msrs().read(new_msrs.system_time);
  if (!system_time) return sentence{"KVM_GET_MSRS did not give the clock's register 0x4b564d01"};
  saved.system_time_msr = *system_time;
  const result<u64> counter = from.msrs().read(msr_counter);
  if (!counter) return sentence{"KVM_GET_MSRS did not give the counter's register 0x10"};
  saved.counter = *counter;
  saved.counter_frequency_hz = [&from] {
    const outcome<u64> known = from.counter_frequency_hz();
    return known ? *known : u64{0};
  }();
  return saved;
}

outcome<done> restore_registers(processor& into, const saved_processor& from) {
  if (auto set = into.set_system_registers(from.system_registers); !set) return set;
  if (auto set = into.set_registers(from.registers); !set) return set;
  kvm_fpu floating_point = from.floating_point;
  if (const i64 given = into.descriptor().ioctl(KVM_SET_FPU, &floating_point); given < 0)
    return failed("KVM_SET_FPU", given);
  return done{};
}

/// Writes the counter, and looks whether it is there: less than a minute beyond what was written, and less than a
/// second before it. KVM takes a write within a second of what another processor's counter then shows for an attempt to
/// make the two equal, and does so: the later processors of a machine may find theirs a little behind.
std::string restore_counter(processor& into, const saved_processor& from) {
  if (!into.msrs().write(msr_counter, from.counter)) return "KVM_SET_MSRS refused the counter's register 0x10";
  const result<u64> now = into.msrs().read(msr_counter);
  if (!now) return "KVM_GET_MSRS did not give the counter's register 0x10";
  constexpr u64 hz_max = 10'000'000'000;
  const outcome<u64> frequency_hz = into.counter_frequency_hz();
  const i64 second_of_ticks = static_cast<i64>(frequency_hz ? std::min(*frequency_hz, hz_max) : hz_max);
  const i64 beyond = as_signed(wrapping_sub(*now, from.counter));
  if (beyond > -second_of_ticks && beyond < static_cast<i64>(60 * hz_max)) return {};
  return "the write of the counter's register 0x10 was taken and did nothing: the counter is the new machine's own";
}

result<unix_time> wall_now() noexcept {
  timespec now{};
  if (clock_gettime(CLOCK_REALTIME, &now) != 0) return clock_error::no_clock;
  return unix_time::from_parts(now.tv_sec, static_cast<u32>(now.tv_nsec));
}

outcome<done> restore_clock(machine& into, const clock_state& saved, pause_is pause) {
  if (pause == pause_is::left_out) return into.set_clock(saved.time);
  if (!saved.realtime)
    return sentence{"the pause cannot be counted: the clock was saved without the wall clock beside it (Linux 5.16)"};
  return into.set_clock(saved.time, *saved.realtime);
}

}  // namespace

outcome<saved_machine> save(machine& from, const std::vector<processor*>& processors) {
  saved_machine saved;
  for (processor* const each : processors) {
    if (auto settled = each->settle(); !settled) return sentence{settled.why_none()};
  }
  const outcome<clock_state> clock = from.clock();
  if (!clock) return sentence{clock.why_none()};
  saved.clock = *clock;
  for (processor* const each : processors) {
    outcome<saved_processor> one = save(*each);
    if (!one) return sentence{one.why_none()};
    saved.processors.push_back(*one);
  }
  saved.memory.assign(from.memory().address(), from.memory().address() + from.memory().size());
  return saved;
}

outcome<restored> restore(machine& into, const std::vector<processor*>& processors, const saved_machine& from,
                          pause_is pause) {
  if (from.memory.size() != into.memory().size() || from.processors.size() != processors.size())
    return sentence{"the saved machine has " + std::to_string(from.memory.size()) + " bytes and " +
                    std::to_string(from.processors.size()) + " processors, the new one " +
                    std::to_string(into.memory().size()) + " and " + std::to_string(processors.size())};
  restored report;
  std::memcpy(into.memory().address(), from.memory.data(), from.memory.size());
  for (std::size_t index = 0; index < processors.size(); ++index) {
    if (auto set = restore_registers(*processors[index], from.processors[index]); !set) return sentence{set.why_none()};
  }
  for (std::size_t index = 0; index < processors.size(); ++index) {
    const saved_processor& saved = from.processors[index];
    if (saved.counter_frequency_hz != 0) {
      if (auto set = processors[index]->set_counter_frequency_hz(saved.counter_frequency_hz); !set)
        report.frequency = set.why_none();
    }
    if (std::string why = restore_counter(*processors[index], saved); !why.empty()) report.counter = std::move(why);
  }
  if (auto set = restore_clock(into, from.clock, pause); !set) return sentence{set.why_none()};
  for (std::size_t index = 0; index < processors.size(); ++index) {
    if (!processors[index]->msrs().write(new_msrs.system_time, from.processors[index].system_time_msr))
      return sentence{"KVM_SET_MSRS refused the clock's register 0x4b564d01 of processor " + std::to_string(index)};
  }
  return report;
}

outcome<unix_time> boot_time_now(const machine& of) {
  const outcome<clock_state> clock = of.clock();
  if (!clock) return sentence{clock.why_none()};
  const result<unix_time> boot =
      clock->realtime ? boot_time(*clock->realtime, clock->time)
                      : sample_boot_time([&clock]() -> result<instant> { return clock->time; }, wall_now);
  if (!boot) return sentence{std::string("the boot time cannot be told: ") + name_of(boot.error())};
  return *boot;
}

outcome<guest_clock_region> publish_region(machine& of, const region_place& where, unix_time boot) {
  void* const place = of.at(where.region_address, sizeof(guest_clock_region));
  if (place == nullptr || where.region_address % alignof(guest_clock_region) != 0)
    return sentence{"a clock region needs 32 bytes of the guest's memory at a multiple of 8, not at " +
                    std::to_string(where.region_address)};
  const auto region = describe(where.page_address, page_kind::pvclock, boot, where.utc_offset_seconds);
  if (!region) return sentence{std::string("a region cannot say this boot time: ") + name_of(region.error())};
  std::memcpy(place, &*region, sizeof *region);
  return *region;
}

}  // namespace guestclock::kvm
