// SPDX-License-Identifier: BSL-1.0
/// \file scripted_kernel.hpp
/// A kernel with a KVM in it, for machines without one: it keeps what it is told, counts what is open and mapped, and
/// fails at the call that a test names.
#pragma once

#include <guestclock/kvm/host.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace guestclock::tests {

class scripted_kernel final : public kvm::kernel_calls {
 public:
  // What a test may set.
  int fail_at = -1;  ///< the number of the call that fails, from 0
  int error = EIO;   ///< and how
  int version = 12;
  i64 run_size = 4096;
  std::map<unsigned long, int> capabilities{
      {KVM_CAP_SET_TSS_ADDR, 1}, {KVM_CAP_ADJUST_CLOCK, 0xe}, {KVM_CAP_TSC_CONTROL, 1}, {KVM_CAP_HYPERV_CPUID, 1}};
  std::vector<kvm_cpuid_entry2> own_leaves{leaf(1, 5), leaf(0x40000000, 0x40000001), leaf(0x40000001, 9)};
  std::vector<kvm_cpuid_entry2> hyperv_leaves{leaf(0x40000000, 0x40000005), leaf(0x40000001, 0x31237648)};
  bool keeps_offset = true;
  bool keeps_frequency = true;
  bool keeps_counter = true;
  bool pairs_clocks = true;
  std::set<u32> refused_msrs;
  std::function<void()> at_each_run = [] {};  ///< what others do while a KVM_RUN is under way
  std::function<i64(kvm_run&)> guest = [](kvm_run& run) {
    run.exit_reason = KVM_EXIT_HLT;
    return i64{0};
  };

  // What it has seen.
  int calls = 0;
  std::set<int> open_files;
  std::map<void*, std::size_t> mappings;
  std::vector<std::string> log;
  std::vector<u64> signal_masks;  ///< bit n − 1: signal n is blocked while the guest runs
  kvm_clock_data clock_set{};
  std::vector<kvm_cpuid_entry2> leaves_set{};
  std::map<u32, std::uint64_t> msrs{{0x4b564d01, 0}, {0x10, 1000}};
  kvm_regs registers{};
  kvm_sregs system{};
  u64 offset = 0;
  u64 khz = 2'600'000;
  kvm_userspace_memory_region slot{};

  [[nodiscard]] bool is_clean() const { return open_files.empty() && mappings.empty(); }

  i64 open(const char* path) noexcept override {
    if (is_failing("open")) return -error;
    return std::string(path) == "/dev/kvm" ? opened() : -ENOENT;
  }
  void close(int file) noexcept override { open_files.erase(file); }
  i64 read(int, void* buffer, std::size_t size, i64 offset_in_file) noexcept override {
    if (is_failing("read")) return -error;
    const std::vector<unsigned char> text = statistics();
    const auto at = static_cast<std::size_t>(offset_in_file);
    if (at + size > text.size()) return 0;
    std::memcpy(buffer, text.data() + at, size);
    return static_cast<i64>(size);
  }
  i64 map(std::size_t size, int file) noexcept override {
    if (is_failing("mmap")) return -error;
    void* const memory = std::aligned_alloc(4096, (size + 4095) / 4096 * 4096);
    std::memset(memory, 0, size);
    mappings[memory] = size;
    if (file >= 0) runs_[file] = static_cast<kvm_run*>(memory);
    return static_cast<i64>(reinterpret_cast<std::uintptr_t>(memory));
  }
  void unmap(void* address, std::size_t) noexcept override {
    mappings.erase(address);
    std::free(address);
  }
  i64 ioctl(int file, unsigned long request, std::uintptr_t argument) noexcept override {
    if (is_failing(name_of_request(request))) return -error;
    switch (request) {
      case KVM_GET_API_VERSION: return version;
      case KVM_GET_VCPU_MMAP_SIZE: return run_size;
      case KVM_CREATE_VM:
      case KVM_CREATE_VCPU:
      case KVM_GET_STATS_FD: return opened();
      case KVM_CHECK_EXTENSION: return capabilities.count(argument) != 0 ? capabilities.at(argument) : 0;
      case KVM_SET_USER_MEMORY_REGION: slot = at<kvm_userspace_memory_region>(argument); return 0;
      case KVM_GET_REGS: at<kvm_regs>(argument) = registers; return 0;
      case KVM_SET_REGS: registers = at<kvm_regs>(argument); return 0;
      case KVM_GET_SREGS: at<kvm_sregs>(argument) = system; return 0;
      case KVM_SET_SREGS: system = at<kvm_sregs>(argument); return 0;
      case KVM_GET_CLOCK: return get_clock(at<kvm_clock_data>(argument));
      case KVM_SET_CLOCK: clock_set = at<kvm_clock_data>(argument); return 0;
      case KVM_GET_MSRS: return get_msr(at<kvm_msrs>(argument));
      case KVM_SET_MSRS: return set_msr(at<kvm_msrs>(argument));
      case KVM_GET_TSC_KHZ: return static_cast<i64>(khz);
      case KVM_SET_TSC_KHZ:
        if (keeps_frequency) khz = argument;
        return 0;
      case KVM_GET_DEVICE_ATTR: *reinterpret_cast<u64*>(at<kvm_device_attr>(argument).addr) = offset; return 0;
      case KVM_SET_DEVICE_ATTR:
        if (keeps_offset) offset = *reinterpret_cast<u64*>(at<kvm_device_attr>(argument).addr);
        return 0;
      case KVM_GET_SUPPORTED_CPUID: return give(at<kvm_cpuid2>(argument), own_leaves);
      case KVM_GET_SUPPORTED_HV_CPUID: return give(at<kvm_cpuid2>(argument), hyperv_leaves);
      case KVM_SET_CPUID2: {
        const auto& all = at<kvm_cpuid2>(argument);
        leaves_set.assign(all.entries, all.entries + all.nent);
        return 0;
      }
      case KVM_KVMCLOCK_CTRL: return (msrs[0x4b564d01] & 1) != 0 ? 0 : -EINVAL;
      case KVM_SET_SIGNAL_MASK: {
        u64 mask{};
        std::memcpy(&mask, at<kvm_signal_mask>(argument).sigset, sizeof mask);
        signal_masks.push_back(mask);
        return 0;
      }
      case KVM_RUN: return run(*runs_.at(file));
      default: return 0;
    }
  }

  static kvm_cpuid_entry2 leaf(u32 function, u32 eax) {
    kvm_cpuid_entry2 entry{};
    entry.function = function;
    entry.eax = eax;
    return entry;
  }

  /// The names of the ioctls that tell the order of things.
  static std::string name_of_request(unsigned long request) {
    switch (request) {
      case KVM_GET_CLOCK: return "KVM_GET_CLOCK";
      case KVM_SET_CLOCK: return "KVM_SET_CLOCK";
      case KVM_GET_MSRS: return "KVM_GET_MSRS";
      case KVM_SET_MSRS: return "KVM_SET_MSRS";
      case KVM_GET_REGS: return "KVM_GET_REGS";
      case KVM_SET_REGS: return "KVM_SET_REGS";
      case KVM_SET_TSC_KHZ: return "KVM_SET_TSC_KHZ";
      case KVM_RUN: return "KVM_RUN";
      case KVM_CREATE_VM: return "KVM_CREATE_VM";
      case KVM_CREATE_VCPU: return "KVM_CREATE_VCPU";
      case KVM_CHECK_EXTENSION: return "KVM_CHECK_EXTENSION";
      default: return "another ioctl";
    }
  }

 private:
  static i64 give(kvm_cpuid2& into, const std::vector<kvm_cpuid_entry2>& leaves) {
    if (into.nent < leaves.size()) return -E2BIG;
    into.nent = static_cast<u32>(leaves.size());
    std::copy(leaves.begin(), leaves.end(), into.entries);
    return 0;
  }
  template <class Structure> static Structure& at(std::uintptr_t argument) {
    return *reinterpret_cast<Structure*>(argument);
  }
  bool is_failing(const std::string& name) {
    log.push_back(name);
    return calls++ == fail_at;
  }
  i64 opened() {
    open_files.insert(next_file_);
    return next_file_++;
  }
  i64 get_clock(kvm_clock_data& data) const {
    data = {};
    data.clock = 5'000'000'000;
    data.flags = KVM_CLOCK_TSC_STABLE;
    if (!pairs_clocks) return 0;
    data.flags |= KVM_CLOCK_REALTIME | KVM_CLOCK_HOST_TSC;
    data.realtime = 1'768'491'296'000'000'000;
    data.host_tsc = 77;
    return 0;
  }
  i64 run(kvm_run& with) const {
    const bool is_at_once = with.immediate_exit != 0;
    at_each_run();
    return is_at_once ? -EINTR : guest(with);
  }
  i64 get_msr(kvm_msrs& asked) {
    if (refused_msrs.count(asked.entries[0].index) != 0) return 0;
    asked.entries[0].data = msrs[asked.entries[0].index];
    return 1;
  }
  i64 set_msr(const kvm_msrs& asked) {
    const u32 index = asked.entries[0].index;
    if (refused_msrs.count(index) != 0) return 0;
    if (index != 0x10)
      msrs[index] = asked.entries[0].data;
    else if (keeps_counter && !is_taken_for_synchronisation(asked.entries[0].data))
      msrs[index] = *last_counter_write_;
    return 1;
  }
  /// As KVM does it: a counter within a second of the last that was written is meant to be that one.
  bool is_taken_for_synchronisation(u64 counter) {
    const u64 second = khz * 1000;
    const bool is_near =
        last_counter_write_ && counter < *last_counter_write_ + second && counter + second > *last_counter_write_;
    if (!is_near) last_counter_write_ = counter;
    return is_near;
  }
  /// Two counters, `guest_mode` 3 and `exits` 42, with names of 48 bytes.
  static std::vector<unsigned char> statistics() {
    constexpr std::uint32_t name_size = 48;
    constexpr std::uint32_t stride = 16 + name_size;
    kvm_stats_header header{};
    header.name_size = name_size;
    header.num_desc = 2;
    header.desc_offset = sizeof header;
    header.data_offset = sizeof header + 2 * stride;
    std::vector<unsigned char> text(header.data_offset + 16);
    std::memcpy(text.data(), &header, sizeof header);
    const auto describe = [&](std::size_t index, const char* name, std::uint64_t value) {
      kvm_stats_desc about{};
      about.size = 1;
      about.offset = static_cast<std::uint32_t>(index * 8);
      unsigned char* const place = text.data() + header.desc_offset + index * stride;
      std::memcpy(place, &about, 16);
      std::strcpy(reinterpret_cast<char*>(place) + 16, name);
      std::memcpy(text.data() + header.data_offset + index * 8, &value, 8);
    };
    describe(0, "guest_mode", 3);
    describe(1, "exits", 42);
    return text;
  }

  int next_file_ = 100;
  std::map<int, kvm_run*> runs_;
  std::optional<u64> last_counter_write_;
};

}  // namespace guestclock::tests
