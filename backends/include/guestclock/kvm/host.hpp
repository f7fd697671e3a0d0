// SPDX-License-Identifier: BSL-1.0
/// \file guestclock/kvm/host.hpp
/// KVM's clock from the host: a small virtual machine, its processors, and all that Linux lets a VMM do to their clock.
///
///     auto machine = kvm::machine::create({memory_bytes});
///     auto processor = machine->add_processor(0);
///     kvm::enable(processor->msrs(), kvm::new_msrs, page_address);  // or the guest does so itself
///     processor->start({entry, stack}, machine->memory());
///     const auto left = processor->run(std::chrono::seconds(1));    // the page is filled on the way in
///
/// Every failure is a sentence that names the call, errno, and what to do. Nothing is left open or mapped. Nothing
/// waits without a limit: a guest that never leaves is made to.
///
/// Several calls answer 0 and do nothing on some hosts (the counter's offset and frequency under kvm_pvm, a KVM in
/// software alone, which needs no virtualisation of the processor): what was set here is read back, and the sentence
/// says so where it does not hold.
///
/// Source: Linux Documentation/virt/kvm/api.rst, .../x86/timekeeping.rst, .../devices/vcpu.rst.
#pragma once

#include <guestclock/instant.hpp>
#include <guestclock/kvm/kernel_calls.hpp>
#include <guestclock/kvm/linux_kvm.hpp>
#include <guestclock/outcome.hpp>
#include <guestclock/result.hpp>
#include <guestclock/unix_time.hpp>
#include <guestclock/word.hpp>
#include <guestclock/x86/msr.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace guestclock::kvm {

using guestclock::done;

/// Why a processor came back.
enum class exit_kind : std::uint8_t {
  out,             ///< it wrote one value to a port
  halted,          ///< HLT, with nobody to wake it
  shut_down,       ///< a triple fault
  unmapped,        ///< it touched an address where there is no memory
  internal_error,  ///< KVM could not emulate an instruction
  entry_failed,    ///< the processor refused the state it was given
  stopped,         ///< stop() asked for it
  time_over,       ///< the limit passed
  other,           ///< another reason of KVM's; among them a port that was read, and several values by one `rep outs`
};

/// One return of KVM_RUN.
struct processor_exit {
  exit_kind kind{};
  u16 port{};    ///< of `out`, and of a `rep outs`
  u32 value{};   ///< of `out`; of a `rep outs` how many values there were
  u64 detail{};  ///< the address of `unmapped`; KVM's reason, or suberror, of the others

  /// One sentence.
  [[nodiscard]] std::string text() const;
};

/// How a guest begins: in long mode, its memory identity-mapped from 0 to 1 GiB.
struct start_state {
  u64 entry{};
  u64 stack{};              ///< 16 · k + 8 where `entry` is a C++ function
  bool is_user{};           ///< ring 3, with the right to use ports: native speed even where ring 0 is emulated
  u64 first_argument{};     ///< RDI
  u64 second_argument{};    ///< RSI
  u64 page_tables{0x1000};  ///< three pages of the guest's memory, written over
};

/// The clock registers of a processor of a VM, by ioctl: what `kvm::enable` and its like are handed.
class host_msrs {
 public:
  explicit host_msrs(const file& processor) noexcept : processor_(&processor) {}
  [[nodiscard]] result<u64> read(u32 index) const noexcept;
  [[nodiscard]] bool write(u32 index, u64 value) const noexcept;

 private:
  const file* processor_;
};
static_assert(x86::msr_access<host_msrs>);

/// The register that holds the counter itself.
inline constexpr u32 msr_counter = 0x10;

/// A virtual processor. It is run by one thread at a time; `stop` may come from any.
///   requires that its machine outlives it
class processor {
 public:
  processor(file descriptor, shared_memory run, bool scales_counter) noexcept;
  processor(processor&&) noexcept;
  processor& operator=(processor&&) = delete;
  ~processor();

  [[nodiscard]] const file& descriptor() const noexcept { return descriptor_; }
  [[nodiscard]] host_msrs msrs() const noexcept { return host_msrs(descriptor_); }

  /// Lets the guest begin there.
  ///   requires that the machine's memory is that of `memory`
  ///   errors   the page tables do not fit, KVM_GET_SREGS, KVM_SET_SREGS, KVM_SET_REGS
  [[nodiscard]] outcome<done> start(const start_state& at, const shared_memory& memory);

  /// Runs until the guest leaves, or the limit passes.
  ///   ensures  returns within `limit`, and what the kernel takes to leave the guest; SIGURG is blocked meanwhile, and
  ///            no handler is set
  ///   errors   KVM_RUN failed; no timer was to be had
  [[nodiscard]] outcome<processor_exit> run(std::chrono::nanoseconds limit);

  /// Ends the run that is under way, or the next one before it begins.
  void stop() noexcept;

  /// Completes the port or memory access with which the guest left: before its registers are saved. Else a restored
  /// guest does it again.
  ///   ensures  a `stop` from before it, or from while it lasts, still ends the next run
  [[nodiscard]] outcome<done> settle();

  [[nodiscard]] outcome<kvm_regs> registers() const;
  [[nodiscard]] outcome<done> set_registers(kvm_regs registers);
  [[nodiscard]] outcome<kvm_sregs> system_registers() const;
  [[nodiscard]] outcome<done> set_system_registers(kvm_sregs registers);

  /// Marks the guest as stopped by its host: GUEST_STOPPED appears in its page at its next run.
  ///   errors   EINVAL: it has not enabled its clock
  [[nodiscard]] outcome<done> tell_stopped();

  /// The frequency of its counter.
  ///   units    Hz, of KVM's kHz
  [[nodiscard]] outcome<u64> counter_frequency_hz() const;
  /// Makes it run at another frequency, where the machine can; then reads it back.
  [[nodiscard]] outcome<done> set_counter_frequency_hz(u64 frequency_hz);

  /// Its counter less the host's.
  [[nodiscard]] outcome<u64> counter_offset() const;
  /// The same, set, and read back.
  [[nodiscard]] outcome<done> set_counter_offset(u64 offset);

  /// One of KVM's own counters of this processor, by name ("exits").
  ///   errors   there is no such counter, or this kernel does not give them out (before 5.14)
  [[nodiscard]] outcome<u64> statistic(const std::string& name) const;

  /// How often KVM_RUN came back.
  [[nodiscard]] u64 run_count() const noexcept { return run_count_; }

 private:
  struct control;
  [[nodiscard]] kvm_run& shared() const noexcept { return *reinterpret_cast<kvm_run*>(run_.address()); }
  [[nodiscard]] processor_exit decoded() const noexcept;

  file descriptor_;
  shared_memory run_;
  std::unique_ptr<control> control_;
  u64 run_count_{};
  bool scales_counter_{};
};

/// The clock of a machine at one moment.
struct clock_state {
  instant time;
  std::optional<unix_time> realtime;  ///< the host's wall clock at that moment, where this KVM pairs them
  std::optional<u64> host_counter;    ///< the host's counter then
  bool is_stable{};                   ///< the processors' counters agree
};

/// A virtual machine with memory from guest physical address 0 on.
class machine {
 public:
  /// What it needs to know beforehand.
  struct options {
    std::size_t memory_bytes = std::size_t{1} << 20;  ///< whole pages
    const char* device = "/dev/kvm";
  };
  [[nodiscard]] static outcome<machine> create(const options& wanted, kernel_calls& kernel = real_kernel());

  [[nodiscard]] outcome<processor> add_processor(u32 number);

  /// Shows that processor's guest every CPUID leaf that this KVM supports, its own too, and that there is a hypervisor.
  [[nodiscard]] outcome<done> offer_cpuid(processor& to) const;
  /// The same, and before them Hyper-V's interface as far as this KVM offers it, under Hyper-V's name: KVM's own leaves
  /// are then 0x100 above. Without it KVM refuses Hyper-V's registers to the guest, though not to the host.
  ///   errors   this KVM offers no such interface (KVM_CAP_HYPERV_CPUID)
  [[nodiscard]] outcome<done> offer_hyperv_cpuid(processor& to) const;

  [[nodiscard]] const file& descriptor() const noexcept { return descriptor_; }
  [[nodiscard]] const shared_memory& memory() const noexcept { return memory_; }
  /// Where the guest's memory is in this process; null where not all of it is memory.
  [[nodiscard]] void* at(u64 address, std::size_t size) const noexcept;

  /// What an extension is worth here; 0 where it is not there.
  [[nodiscard]] int capability(unsigned long extension) const noexcept;

  [[nodiscard]] outcome<clock_state> clock() const;
  /// Puts the clock to that time, as of now. The pages follow at the processors' next runs.
  [[nodiscard]] outcome<done> set_clock(instant time);
  /// The same, as of when the host's wall clock was `then`: what passed since is added.
  [[nodiscard]] outcome<done> set_clock(instant time, unix_time then);

 private:
  machine(file device, file descriptor, shared_memory memory, std::size_t run_size) noexcept
      : device_(std::move(device)),
        memory_(std::move(memory)),
        descriptor_(std::move(descriptor)),
        run_size_(run_size) {}
  [[nodiscard]] outcome<done> put_clock(const kvm_clock_data& data);

  file device_;
  shared_memory memory_;  // outlives the descriptor
  file descriptor_;
  std::size_t run_size_;
};

}  // namespace guestclock::kvm
