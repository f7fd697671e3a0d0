// SPDX-License-Identifier: BSL-1.0
#include <guestclock/kvm/host.hpp>
#include <guestclock/x86/cpuid.hpp>

#include "headed_array.hpp"

#include <cerrno>

namespace guestclock::kvm {
namespace {

constexpr std::size_t page_bytes = 4096;
constexpr std::size_t memory_bytes_max = std::size_t{1} << 30;
constexpr int api_version = 12;
/// Where Intel processors without "unrestricted guest" have KVM keep a task state: above the memory.
constexpr unsigned long task_state_address = 0xFFFB'D000;

const char* advice_for_opening(i64 error) {
  switch (error) {
    case -EACCES:
    case -EPERM: return "run as root, or as a member of the device's group (kvm)";
    case -ENOENT:
      return "this kernel has no KVM: load kvm_intel or kvm_amd; within a virtual machine, its host must allow nesting";
    case -ENODEV:
    case -ENXIO:
      return "the device is there, but nothing serves it: this processor does not, or its firmware does not, offer "
             "virtualisation";
    default: return nullptr;
  }
}

constexpr std::size_t cpuid_entry_count = 256;
using cpuid_list = headed_array<kvm_cpuid2, kvm_cpuid_entry2, cpuid_entry_count>;
[[nodiscard]] kvm_cpuid_entry2* entries_of(cpuid_list& list) noexcept {
  return list.elements(offsetof(kvm_cpuid2, entries));
}

/// What a KVM supports, by that request. That there is a hypervisor at all is for its user to say.
[[nodiscard]] i64 ask_for(cpuid_list& supported, const file& of, unsigned long request) noexcept {
  constexpr u32 hypervisor_present = u32(1) << 31;
  supported->nent = cpuid_entry_count;
  const i64 given = of.ioctl(request, supported.get());
  if (given < 0) return given;
  for (u32 index = 0; index < supported->nent && index < cpuid_entry_count; ++index)
    if (entries_of(supported)[index].function == 1) entries_of(supported)[index].ecx |= hypervisor_present;
  return given;
}

}  // namespace

outcome<machine> machine::create(const options& wanted, kernel_calls& kernel) {
  if (wanted.memory_bytes == 0 || wanted.memory_bytes % page_bytes != 0 || wanted.memory_bytes > memory_bytes_max)
    return sentence{"a guest's memory is whole pages of 4096 bytes, at most 1 GiB, not " +
                    std::to_string(wanted.memory_bytes) + " bytes"};
  const i64 opened = kernel.open(wanted.device);
  if (opened < 0) {
    const std::string call = std::string("opening ") + wanted.device;
    return failed(call.c_str(), opened, advice_for_opening(opened));
  }
  file device(kernel, static_cast<int>(opened));
  const i64 version = device.ioctl(KVM_GET_API_VERSION);
  if (version < 0) {
    const std::string advice = std::string(wanted.device) + " is no KVM device";
    return failed("KVM_GET_API_VERSION", version, advice.c_str());
  }
  if (version != api_version) return sentence{"KVM_GET_API_VERSION says " + std::to_string(version) + ", known is 12"};
  const i64 run_size = device.ioctl(KVM_GET_VCPU_MMAP_SIZE);
  if (run_size < static_cast<i64>(sizeof(kvm_run)))
    return run_size < 0
               ? failed("KVM_GET_VCPU_MMAP_SIZE", run_size)
               : sentence{"KVM_GET_VCPU_MMAP_SIZE says " + std::to_string(run_size) + " bytes, which is too few"};

  const i64 mapped = kernel.map(wanted.memory_bytes, -1);
  if (mapped < 0) return failed("mapping the guest's memory", mapped, "ask for less");
  shared_memory memory(kernel, reinterpret_cast<void*>(static_cast<std::uintptr_t>(mapped)), wanted.memory_bytes);
  const i64 created = device.ioctl(KVM_CREATE_VM, 0UL);
  if (created < 0) return failed("KVM_CREATE_VM", created);
  machine made(std::move(device), file(kernel, static_cast<int>(created)), std::move(memory),
               static_cast<std::size_t>(run_size));

  if (made.capability(KVM_CAP_SET_TSS_ADDR) > 0) {
    const i64 given = made.descriptor_.ioctl(KVM_SET_TSS_ADDR, task_state_address);
    if (given < 0) return failed("KVM_SET_TSS_ADDR", given);
  }
  kvm_userspace_memory_region slot{};
  slot.memory_size = made.memory_.size();
  slot.userspace_addr = reinterpret_cast<std::uintptr_t>(made.memory_.address());
  const i64 given = made.descriptor_.ioctl(KVM_SET_USER_MEMORY_REGION, &slot);
  if (given < 0) return failed("KVM_SET_USER_MEMORY_REGION", given);
  return made;
}

outcome<processor> machine::add_processor(u32 number) {
  kernel_calls& kernel = descriptor_.kernel();
  const i64 created = descriptor_.ioctl(KVM_CREATE_VCPU, static_cast<unsigned long>(number));
  if (created < 0)
    return failed("KVM_CREATE_VCPU", created, created == -EEXIST ? "there is a processor of that number" : nullptr);
  file descriptor(kernel, static_cast<int>(created));
  const i64 mapped = kernel.map(run_size_, descriptor.number());
  if (mapped < 0) return failed("mapping the processor's kvm_run", mapped);
  shared_memory run(kernel, reinterpret_cast<void*>(static_cast<std::uintptr_t>(mapped)), run_size_);
  return processor(std::move(descriptor), std::move(run), capability(KVM_CAP_TSC_CONTROL) > 0);
}

outcome<done> machine::offer_cpuid(processor& to) const {
  const auto supported = std::make_unique<cpuid_list>();
  if (const i64 given = ask_for(*supported, device_, KVM_GET_SUPPORTED_CPUID); given < 0)
    return failed("KVM_GET_SUPPORTED_CPUID", given);
  const i64 set = to.descriptor().ioctl(KVM_SET_CPUID2, supported->get());
  if (set < 0) return failed("KVM_SET_CPUID2", set);
  return done{};
}

outcome<done> machine::offer_hyperv_cpuid(processor& to) const {
  if (capability(KVM_CAP_HYPERV_CPUID) <= 0)
    return sentence{"this KVM offers no Hyper-V interface (it has no KVM_CAP_HYPERV_CPUID)"};
  const auto own = std::make_unique<cpuid_list>();
  if (const i64 given = ask_for(*own, device_, KVM_GET_SUPPORTED_CPUID); given < 0)
    return failed("KVM_GET_SUPPORTED_CPUID", given);
  const auto all = std::make_unique<cpuid_list>();
  if (const i64 given = ask_for(*all, to.descriptor(), KVM_GET_SUPPORTED_HV_CPUID); given < 0)
    return failed("KVM_GET_SUPPORTED_HV_CPUID", given);

  u32 count = all->get()->nent;
  for (u32 index = 0; index < count; ++index) {
    kvm_cpuid_entry2& entry = entries_of(*all)[index];
    if (entry.function != x86::hypervisor_leaf_first) continue;
    entry.ebx = 0x7263694d;  // "Microsoft Hv"
    entry.ecx = 0x666f736f;
    entry.edx = 0x76482074;
  }
  for (u32 index = 0; index < own->get()->nent; ++index) {
    if (count == cpuid_entry_count)
      return sentence{"KVM supports more than " + std::to_string(cpuid_entry_count) + " CPUID leaves"};
    kvm_cpuid_entry2 entry = entries_of(*own)[index];
    if (entry.function >> 8 == x86::hypervisor_leaf_first >> 8) {  // KVM's own, moved out of the way
      if (entry.function == x86::hypervisor_leaf_first && entry.eax != 0) entry.eax += x86::hypervisor_leaf_step;
      entry.function += x86::hypervisor_leaf_step;
    }
    entries_of(*all)[count++] = entry;
  }
  all->get()->nent = count;
  if (const i64 set = to.descriptor().ioctl(KVM_SET_CPUID2, all->get()); set < 0) return failed("KVM_SET_CPUID2", set);
  return done{};
}

void* machine::at(u64 address, std::size_t size) const noexcept {
  if (size > memory_.size() || address > memory_.size() - size) return nullptr;
  return memory_.address() + address;
}

int machine::capability(unsigned long extension) const noexcept {
  const i64 given = descriptor_.ioctl(KVM_CHECK_EXTENSION, extension);
  return given < 0 ? 0 : static_cast<int>(given);
}

outcome<clock_state> machine::clock() const {
  kvm_clock_data data{};
  if (const i64 given = descriptor_.ioctl(KVM_GET_CLOCK, &data); given < 0) return failed("KVM_GET_CLOCK", given);
  clock_state now;
  now.time = {data.clock};
  now.is_stable = (data.flags & KVM_CLOCK_TSC_STABLE) != 0;
  if ((data.flags & KVM_CLOCK_REALTIME) != 0) now.realtime = unix_time::from_nanoseconds(u64{data.realtime});
  if ((data.flags & KVM_CLOCK_HOST_TSC) != 0) now.host_counter = data.host_tsc;
  return now;
}

outcome<done> machine::put_clock(const kvm_clock_data& data) {
  kvm_clock_data to_set = data;
  if (const i64 given = descriptor_.ioctl(KVM_SET_CLOCK, &to_set); given < 0) return failed("KVM_SET_CLOCK", given);
  return done{};
}

outcome<done> machine::set_clock(instant time) {
  kvm_clock_data data{};
  data.clock = time.nanoseconds;
  return put_clock(data);
}

outcome<done> machine::set_clock(instant time, unix_time then) {
  if ((static_cast<unsigned>(capability(KVM_CAP_ADJUST_CLOCK)) & KVM_CLOCK_REALTIME) == 0)
    return sentence{"KVM_SET_CLOCK does not know the wall clock here (KVM_CAP_ADJUST_CLOCK; it needs Linux 5.16)"};
  const result<u64> then_ns = then.to_nanoseconds();
  if (!then_ns) return sentence{"the wall clock's time is before 1970 or after 2554"};
  kvm_clock_data data{};
  data.clock = time.nanoseconds;
  data.realtime = *then_ns;
  data.flags = KVM_CLOCK_REALTIME;
  return put_clock(data);
}

}  // namespace guestclock::kvm
