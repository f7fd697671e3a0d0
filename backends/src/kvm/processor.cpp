// SPDX-License-Identifier: BSL-1.0
#include <guestclock/kvm/host.hpp>

#include "../hexadecimal.hpp"
#include "headed_array.hpp"
#include "run_limit.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <optional>

namespace guestclock::kvm {
namespace {

constexpr std::chrono::nanoseconds run_limit_max = std::chrono::hours(24);

using one_msr = headed_array<kvm_msrs, kvm_msr_entry, 1>;
[[nodiscard]] kvm_msr_entry& entry_of(one_msr& msr) noexcept { return *msr.elements(offsetof(kvm_msrs, entries)); }

/// The limit as a timer takes it: not 0, which would mean none.
std::chrono::nanoseconds bounded(std::chrono::nanoseconds limit) {
  return std::clamp(limit, std::chrono::nanoseconds(1), run_limit_max);
}

outcome<done> done_or_failed(const char* call, i64 given, const char* advice = nullptr) {
  if (given < 0) return failed(call, given, advice);
  return done{};
}

/// What the kernel takes for a set of signals; the C library's is longer.
using kernel_signals = u64;

/// What this thread blocks, but for the signal to leave by, which comes through.
kernel_signals signals_to_block() {
  sigset_t now{};
  pthread_sigmask(SIG_SETMASK, nullptr, &now);
  sigdelset(&now, signal_to_leave);
  kernel_signals blocked{};
  std::memcpy(&blocked, &now, sizeof blocked);
  return blocked;
}

i64 block_in_guest(const file& descriptor, kernel_signals blocked) {
  headed_array<kvm_signal_mask, unsigned char, sizeof blocked> mask;
  mask->len = sizeof blocked;
  std::memcpy(mask.elements(offsetof(kvm_signal_mask, sigset)), &blocked, sizeof blocked);
  return descriptor.ioctl(KVM_SET_SIGNAL_MASK, mask.get());
}

}  // namespace

/// What stop() and run() share. The lock keeps a signal from a thread that has left.
struct processor::control {
  std::mutex lock;
  pid_t running_in{};
  bool is_stop_asked{};  ///< by stop(), and no run has ended for it yet
  std::optional<kernel_signals> blocked_in_guest;  ///< as it was told last: KVM keeps it whichever thread runs next
};

processor::processor(file descriptor, shared_memory run, bool scales_counter) noexcept
    : descriptor_(std::move(descriptor)),
      run_(std::move(run)),
      control_(std::make_unique<control>()),
      scales_counter_(scales_counter) {}
processor::processor(processor&&) noexcept = default;
processor::~processor() = default;

outcome<done> processor::start(const start_state& at, const shared_memory& memory) {
  constexpr std::size_t page = 4096;
  constexpr std::size_t entries = 512;
  if (at.page_tables % page != 0 || memory.size() < 3 * page || at.page_tables > memory.size() - 3 * page)
    return sentence{"no room for the page tables at " + hexadecimal(at.page_tables) + ": the guest has " +
                    std::to_string(memory.size()) + " bytes of memory"};
  outcome<kvm_sregs> found = system_registers();
  if (!found) return sentence{found.why_none()};
  kvm_sregs system = *found;

  // Page tables: three levels, 2 MiB pages, present and writable.
  const u64 user = at.is_user ? 4 : 0;
  auto* const tables = reinterpret_cast<std::uint64_t*>(memory.address() + at.page_tables);
  std::memset(tables, 0, 3 * page);
  tables[0] = (at.page_tables + page) | 3 | user;
  tables[entries] = (at.page_tables + 2 * page) | 3 | user;
  for (std::size_t index = 0; index < entries; ++index) tables[2 * entries + index] = index << 21 | 0x83 | user;

  // Long mode.
  system.cr0 = 0x8005'0033;
  system.cr3 = at.page_tables;
  system.cr4 = 0x620;
  system.efer = 0x500;
  const auto ring = static_cast<std::uint8_t>(at.is_user ? 3 : 0);
  kvm_segment code{};
  code.limit = 0xFFFF'FFFF;
  code.selector = at.is_user ? 0x1b : 0x08;
  code.type = 11;
  code.present = 1;
  code.dpl = ring;
  code.s = 1;
  code.l = 1;
  code.g = 1;
  kvm_segment data = code;
  data.selector = at.is_user ? 0x23 : 0x10;
  data.type = 3;
  data.l = 0;
  data.db = 1;
  system.cs = code;
  system.ds = system.es = system.fs = system.gs = system.ss = data;
  if (auto set = set_system_registers(system); !set) return set;

  kvm_regs registers{};
  registers.rip = at.entry;
  registers.rsp = at.stack;
  registers.rdi = at.first_argument;
  registers.rsi = at.second_argument;
  registers.rflags = at.is_user ? 0x3202 : 0x2;  // ring 3 may use ports; interrupts cannot be switched off there
  return set_registers(registers);
}

outcome<processor_exit> processor::run(std::chrono::nanoseconds limit) {
  thread_local thread_timer timer;
  const auto deadline = std::chrono::steady_clock::now() + bounded(limit);
  const blocked_signal blocked;
  if (const kernel_signals to_block = signals_to_block(); control_->blocked_in_guest != to_block) {
    if (const i64 given = block_in_guest(descriptor_, to_block); given < 0) return failed("KVM_SET_SIGNAL_MASK", given);
    control_->blocked_in_guest = to_block;
  }
  if (!timer.set(bounded(limit))) return sentence{"no timer to limit KVM_RUN by: timer_create or timer_settime failed"};
  {
    const std::lock_guard guard(control_->lock);
    control_->running_in = static_cast<pid_t>(syscall(SYS_gettid));
  }
  i64 given = 0;
  bool is_stopped = false;
  for (;;) {
    given = descriptor_.ioctl(KVM_RUN);
    ++run_count_;
    is_stopped = __atomic_load_n(&shared().immediate_exit, __ATOMIC_ACQUIRE) != 0;
    const auto rest = deadline - std::chrono::steady_clock::now();
    if (given != -EINTR || is_stopped || rest <= std::chrono::nanoseconds(0)) break;
    blocked
        .take();  // another signal, which its handler has dealt with, or a stray one; the timer may have gone with it
    static_cast<void>(timer.set(rest));
  }
  {
    const std::lock_guard guard(control_->lock);
    control_->running_in = 0;
    if (given == -EINTR && is_stopped) {
      control_->is_stop_asked = false;
      __atomic_store_n(&shared().immediate_exit, std::uint8_t{0}, __ATOMIC_RELEASE);
    }
  }
  static_cast<void>(timer.set(std::chrono::nanoseconds(0)));
  if (given >= 0) return decoded();
  if (given == -EINTR) return processor_exit{is_stopped ? exit_kind::stopped : exit_kind::time_over, 0, 0, 0};
  return failed("KVM_RUN", given);
}

void processor::stop() noexcept {
  const std::lock_guard guard(control_->lock);
  control_->is_stop_asked = true;
  __atomic_store_n(&shared().immediate_exit, std::uint8_t{1}, __ATOMIC_RELEASE);
  if (control_->running_in != 0) syscall(SYS_tgkill, getpid(), control_->running_in, signal_to_leave);
}

outcome<done> processor::settle() {
  __atomic_store_n(&shared().immediate_exit, std::uint8_t{1}, __ATOMIC_RELEASE);
  const i64 given = descriptor_.ioctl(KVM_RUN);
  ++run_count_;
  {
    const std::lock_guard guard(control_->lock);  // a stop() from before or meanwhile is for the next run
    const std::uint8_t as_before = control_->is_stop_asked ? 1 : 0;
    __atomic_store_n(&shared().immediate_exit, as_before, __ATOMIC_RELEASE);
  }
  if (given == -EINTR) return done{};
  if (given < 0) return failed("KVM_RUN, to complete an access,", given);
  return sentence{"KVM_RUN did not come back at once as it was told: the guest ran, and " + decoded().text()};
}

processor_exit processor::decoded() const noexcept {
  const kvm_run& run = shared();
  const u64 reason = run.exit_reason;
  switch (run.exit_reason) {
    case KVM_EXIT_IO: {
      if (run.io.direction != KVM_EXIT_IO_OUT) break;
      if (run.io.count != 1) return {exit_kind::other, run.io.port, run.io.count, reason};
      processor_exit seen{exit_kind::out, run.io.port, 0, reason};
      const std::size_t size = std::min<std::size_t>(run.io.size, sizeof seen.value);
      if (run.io.data_offset <= run_.size() - size) std::memcpy(&seen.value, run_.address() + run.io.data_offset, size);
      return seen;
    }
    case KVM_EXIT_HLT: return {exit_kind::halted, 0, 0, reason};
    case KVM_EXIT_SHUTDOWN: return {exit_kind::shut_down, 0, 0, reason};
    case KVM_EXIT_MMIO: return {exit_kind::unmapped, 0, 0, run.mmio.phys_addr};
    case KVM_EXIT_INTERNAL_ERROR: return {exit_kind::internal_error, 0, 0, run.internal.suberror};
    case KVM_EXIT_FAIL_ENTRY: return {exit_kind::entry_failed, 0, 0, run.fail_entry.hardware_entry_failure_reason};
    default: break;
  }
  return {exit_kind::other, 0, 0, reason};
}

std::string processor_exit::text() const {
  switch (kind) {
    case exit_kind::out: return "the guest wrote " + hexadecimal(value) + " to port " + hexadecimal(port);
    case exit_kind::halted: return "the guest halted, and nothing is there to wake it";
    case exit_kind::shut_down:
      return "the guest shut down by a triple fault: it took an exception that it has no handler for";
    case exit_kind::unmapped: return "the guest touched " + hexadecimal(detail) + ", where it has no memory";
    case exit_kind::internal_error:
      return "KVM could not emulate an instruction of the guest (suberror " + std::to_string(detail) + ")";
    case exit_kind::entry_failed: return "the processor refused the guest's state (reason " + hexadecimal(detail) + ")";
    case exit_kind::stopped: return "the guest was stopped by its host";
    case exit_kind::time_over: return "the guest did not leave within its limit, and was made to";
    case exit_kind::other: break;
  }
  if (detail == KVM_EXIT_IO && value != 0)
    return "the guest wrote " + std::to_string(value) + " values to port " + hexadecimal(port) +
           " by one instruction, which is not handled here";
  return "the guest left for KVM's reason " + std::to_string(detail) + ", which is not handled here";
}

outcome<kvm_regs> processor::registers() const {
  kvm_regs found{};
  if (const i64 given = descriptor_.ioctl(KVM_GET_REGS, &found); given < 0) return failed("KVM_GET_REGS", given);
  return found;
}
outcome<done> processor::set_registers(kvm_regs registers) {
  return done_or_failed("KVM_SET_REGS", descriptor_.ioctl(KVM_SET_REGS, &registers));
}
outcome<kvm_sregs> processor::system_registers() const {
  kvm_sregs found{};
  if (const i64 given = descriptor_.ioctl(KVM_GET_SREGS, &found); given < 0) return failed("KVM_GET_SREGS", given);
  return found;
}
outcome<done> processor::set_system_registers(kvm_sregs registers) {
  return done_or_failed("KVM_SET_SREGS", descriptor_.ioctl(KVM_SET_SREGS, &registers));
}

outcome<done> processor::tell_stopped() {
  const i64 given = descriptor_.ioctl(KVM_KVMCLOCK_CTRL);
  return done_or_failed("KVM_KVMCLOCK_CTRL", given, given == -EINVAL ? "the guest has not enabled its clock" : nullptr);
}

outcome<u64> processor::counter_frequency_hz() const {
  const i64 khz = descriptor_.ioctl(KVM_GET_TSC_KHZ);
  if (khz < 0) return failed("KVM_GET_TSC_KHZ", khz);
  return static_cast<u64>(khz) * 1000;
}

outcome<done> processor::set_counter_frequency_hz(u64 frequency_hz) {
  if (frequency_hz % 1000 != 0 || frequency_hz / 1000 > max_of<u32>)
    return sentence{"KVM takes whole kHz of 32 bits, not " + std::to_string(frequency_hz) + " Hz"};
  const outcome<u64> before = counter_frequency_hz();
  if (before && *before == frequency_hz) return done{};
  if (!scales_counter_)  // such a KVM may answer 0, and even read the refused value back
    return sentence{"this machine cannot scale the counter (it has no KVM_CAP_TSC_CONTROL), which runs at " +
                    (before ? std::to_string(*before) + " Hz" : "an unknown frequency")};
  const i64 given = descriptor_.ioctl(KVM_SET_TSC_KHZ, static_cast<unsigned long>(frequency_hz / 1000));
  if (given < 0) return failed("KVM_SET_TSC_KHZ", given, "the frequency is beyond what this processor can scale to");
  const outcome<u64> after = counter_frequency_hz();
  if (!after) return sentence{after.why_none()};
  if (*after == frequency_hz) return done{};
  return sentence{"KVM_SET_TSC_KHZ answered 0 and did nothing: the frequency is still " + std::to_string(*after) +
                  " Hz"};
}

outcome<u64> processor::counter_offset() const {
  u64 offset{};
  kvm_device_attr attribute{};
  attribute.group = KVM_VCPU_TSC_CTRL;
  attribute.attr = KVM_VCPU_TSC_OFFSET;
  attribute.addr = reinterpret_cast<std::uintptr_t>(&offset);
  const i64 given = descriptor_.ioctl(KVM_GET_DEVICE_ATTR, &attribute);
  if (given < 0) return failed("KVM_GET_DEVICE_ATTR of the counter's offset", given, "it needs Linux 5.16");
  return offset;
}

outcome<done> processor::set_counter_offset(u64 offset) {
  kvm_device_attr attribute{};
  attribute.group = KVM_VCPU_TSC_CTRL;
  attribute.attr = KVM_VCPU_TSC_OFFSET;
  attribute.addr = reinterpret_cast<std::uintptr_t>(&offset);
  const i64 given = descriptor_.ioctl(KVM_SET_DEVICE_ATTR, &attribute);
  if (given < 0) return failed("KVM_SET_DEVICE_ATTR of the counter's offset", given, "it needs Linux 5.16");
  const outcome<u64> after = counter_offset();
  if (!after) return sentence{after.why_none()};
  if (*after == offset) return done{};
  return sentence{"KVM_SET_DEVICE_ATTR answered 0 and did nothing: the counter's offset is still " +
                  std::to_string(as_signed(*after))};
}

outcome<u64> processor::statistic(const std::string& name) const {
  kernel_calls& kernel = descriptor_.kernel();
  const i64 opened = descriptor_.ioctl(KVM_GET_STATS_FD);
  if (opened < 0) return failed("KVM_GET_STATS_FD", opened, "it needs Linux 5.14");
  const file statistics(kernel, static_cast<int>(opened));
  kvm_stats_header header{};
  const i64 length = kernel.read(statistics.number(), &header, sizeof header, 0);
  if (length != static_cast<i64>(sizeof header)) return failed("reading KVM's statistics", std::min<i64>(length, 0));
  constexpr std::size_t name_size_max = 1024;
  constexpr u32 count_max = 10'000;
  if (header.name_size > name_size_max || header.num_desc > count_max)
    return sentence{"KVM's statistics have a header that cannot be: " + std::to_string(header.num_desc) +
                    " counters with names of " + std::to_string(header.name_size) + " bytes"};
  std::vector<unsigned char> one(sizeof(kvm_stats_desc) + header.name_size + 1);
  const std::size_t stride = one.size() - 1;
  for (u32 index = 0; index < header.num_desc; ++index) {
    const i64 offset = static_cast<i64>(header.desc_offset + index * stride);
    if (kernel.read(statistics.number(), one.data(), stride, offset) != static_cast<i64>(stride)) break;
    if (name != reinterpret_cast<const char*>(one.data() + sizeof(kvm_stats_desc))) continue;
    kvm_stats_desc about{};
    std::memcpy(&about, one.data(), sizeof about);
    u64 value{};
    const i64 place = static_cast<i64>(header.data_offset) + static_cast<i64>(about.offset);
    if (kernel.read(statistics.number(), &value, sizeof value, place) == static_cast<i64>(sizeof value)) return value;
    break;
  }
  return sentence{"KVM's statistics have no counter '" + name + "'"};
}

result<u64> host_msrs::read(u32 index) const noexcept {
  one_msr asked;
  asked->nmsrs = 1;
  entry_of(asked).index = index;
  if (processor_->ioctl(KVM_GET_MSRS, asked.get()) != 1) return clock_error::no_clock;
  return u64{entry_of(asked).data};
}

bool host_msrs::write(u32 index, u64 value) const noexcept {
  one_msr asked;
  asked->nmsrs = 1;
  entry_of(asked).index = index;
  entry_of(asked).data = value;
  return processor_->ioctl(KVM_SET_MSRS, asked.get()) == 1;
}

}  // namespace guestclock::kvm
