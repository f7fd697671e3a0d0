// SPDX-License-Identifier: BSL-1.0
/// \file small_vm.hpp
/// A virtual machine with the tests' guest in it, for the tests of one file; and their table.
#pragma once

#include "guest/task.hpp"

#include <guestclock/guestclock.hpp>
#include <guestclock/kvm/guest.hpp>
#include <guestclock/kvm/host.hpp>
#include <guestclock/x86/counter.hpp>

#include <gtest/gtest.h>
#include <guest_image.hpp>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include <unistd.h>

namespace guestclock::vm {

inline constexpr std::chrono::seconds patience{60};

/// Where things are in the guest's memory.
inline constexpr u64 page_address = 0x5000;  // and every 0x40 bytes, for each processor
inline constexpr u64 wall_address = 0x5800;
inline constexpr u64 region_address = 0x5900;
inline constexpr u64 shared_address = 0x5a00;
inline constexpr u64 task_address = 0x6000;       // and every 0x200 bytes
inline constexpr u64 reference_address = 0x8000;  // Hyper-V's page, one for all
inline constexpr u64 stack_address = 0x30000;     // and every 0x2000 bytes, the end
inline constexpr u64 log_address = 0x40000;
inline constexpr u64 log_room = 16000;
inline constexpr std::size_t memory_bytes = 0x100000;
static_assert(log_address + log_room * sizeof(log_entry) <= memory_bytes);

/// Why there can be no VM here; empty where there must be one.
inline std::string why_no_vm() {
  if (access("/dev/kvm", R_OK | W_OK) == 0) return {};
  return std::string("/dev/kvm cannot be used: ") + std::strerror(errno);
}

struct vm_options {
  u32 processors = 1;
  bool is_user = true;     ///< native speed
  bool is_enabled = true;  ///< the clock, by the host
  bool has_cpuid = false;
  bool has_hyperv = false;  ///< and Hyper-V's interface before it
};

/// A VM whose processors each have their own page.
class small_vm {
 public:
  explicit small_vm(const vm_options& wanted = {}) {
    const std::string why = make(wanted);
    EXPECT_EQ(why, "");
    is_good_ = why.empty();
  }

  [[nodiscard]] bool is_good() const { return is_good_; }
  [[nodiscard]] kvm::machine& machine() { return *machine_; }
  [[nodiscard]] kvm::processor& processor(u32 number = 0) { return *processors_[number]; }
  [[nodiscard]] std::vector<kvm::processor*> processors() const {
    std::vector<kvm::processor*> all;
    for (const auto& each : processors_) all.push_back(each.get());
    return all;
  }
  [[nodiscard]] task& work_of(u32 number = 0) {
    return *static_cast<task*>(machine_->at(task_address + u64{0x200} * number, sizeof(task)));
  }
  [[nodiscard]] volatile void* page(u32 number = 0) { return machine_->at(page_address + u64{0x40} * number, 32); }

  [[nodiscard]] volatile void* reference() { return machine_->at(reference_address, 4096); }

  /// Runs to the guest's out.
  [[nodiscard]] testing::AssertionResult turn(u32 number = 0, std::chrono::nanoseconds limit = patience) {
    const auto left = processor(number).run(limit);
    if (!left) return testing::AssertionFailure() << left.why_none();
    if (left->kind != kvm::exit_kind::out || left->port != done_port)
      return testing::AssertionFailure() << left->text();
    return testing::AssertionSuccess();
  }

  /// The page's fields, as they lie there while nobody writes.
  [[nodiscard]] pvclock_vcpu_time_info bytes(u32 number = 0) {
    pvclock_vcpu_time_info seen{};
    std::memcpy(&seen, const_cast<const void*>(page(number)), sizeof seen);
    return seen;
  }

 private:
  std::string make(const vm_options& wanted) {
    auto made = kvm::machine::create({memory_bytes});
    if (!made) return made.why_none();
    machine_ = std::make_unique<kvm::machine>(std::move(*made));
    if (guest_image_size() > stack_address - 0x2000 - guest_image_address) return "the guest's image is too large";
    std::memcpy(machine_->at(guest_image_address, guest_image_size()), guest_image_begin, guest_image_size());
    for (u32 number = 0; number < wanted.processors; ++number) {
      if (std::string why = add(number, wanted); !why.empty()) return why;
    }
    return {};
  }
  std::string add(u32 number, const vm_options& wanted) {
    auto added = machine_->add_processor(number);
    if (!added) return added.why_none();
    processors_.push_back(std::make_unique<kvm::processor>(std::move(*added)));
    if (wanted.has_hyperv) {
      if (auto given = machine_->offer_hyperv_cpuid(processor(number)); !given) return given.why_none();
    } else if (wanted.has_cpuid) {
      if (auto given = machine_->offer_cpuid(processor(number)); !given) return given.why_none();
    }
    const u64 stack = stack_address + u64{0x2000} * number - 8;
    const auto started = processor(number).start(
        {guest_image_address, stack, wanted.is_user, task_address + u64{0x200} * number}, machine_->memory());
    if (!started) return started.why_none();
    work_of(number) = {};
    work_of(number).page = page_address + u64{0x40} * number;
    work_of(number).shared = shared_address;
    work_of(number).reference = reference_address;
    if (!wanted.is_enabled) return {};
    const kvm::answer enabled = kvm::enable(processor(number).msrs(), kvm::new_msrs, work_of(number).page);
    if (enabled != kvm::answer::done) return std::string("the clock was not enabled: ") + name_of(enabled);
    return {};
  }

  std::unique_ptr<kvm::machine> machine_;
  std::vector<std::unique_ptr<kvm::processor>> processors_;
  bool is_good_{};
};

/// One line of the table.
struct table_line {
  const char* route;
  u64 pages_read{};
  u64 updates_seen{};
  u64 torn_accepted{};
  u64 worst_difference_ns{};
  const char* of_what = "";
};
inline void print(const table_line& line) {
  std::printf(
      "vm-table | %-34s | pages read %12llu | updates seen %9llu | torn accepted %llu | worst difference %8llu ns %s\n",
      line.route, static_cast<unsigned long long>(line.pages_read), static_cast<unsigned long long>(line.updates_seen),
      static_cast<unsigned long long>(line.torn_accepted), static_cast<unsigned long long>(line.worst_difference_ns),
      line.of_what);
  std::fflush(stdout);
}

/// Skips, and says why, where there is no KVM.
class Vm : public testing::Test {
 protected:
  void SetUp() override {
    if (const std::string why = why_no_vm(); !why.empty()) GTEST_SKIP() << why;
  }
};

inline u64 apart(u64 a, u64 b) { return a > b ? a - b : b - a; }

}  // namespace guestclock::vm
