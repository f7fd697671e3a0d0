// SPDX-License-Identifier: BSL-1.0
/// \file reference_vm.hpp
/// A virtual machine whose guest has Hyper-V's interface, with KVM's clock page beside; for the tests that run inside.
#pragma once

#include "../vm/small_vm.hpp"

#include <guestclock/hyperv/guest.hpp>

#include <tuple>

namespace guestclock::vm {

struct reference_options {
  u32 processors = 1;
  u64 reserved_bits = 0;  ///< of the page's register, set beforehand
};

/// The guest has already found the interface, said who it is, and enabled the page.
class reference_vm : public small_vm {
 public:
  explicit reference_vm(const reference_options& wanted = {})
      : small_vm({.processors = wanted.processors, .is_user = false, .has_cpuid = true, .has_hyperv = true}) {
    if (!small_vm::is_good()) return;
    if (wanted.reserved_bits != 0) {
      EXPECT_TRUE(processor().msrs().write(hyperv::msr_reference_tsc, wanted.reserved_bits));
    }
    work_of().what = work::reference_enable;
    const auto turned = turn();
    EXPECT_TRUE(turned) << turned.message();
    EXPECT_STREQ(name_of(static_cast<hyperv::answer>(work_of().error)), "done");
    enabled_ = work_of();
    is_enabled_ = turned && enabled_.error == 0;
  }

  [[nodiscard]] bool is_good() const { return is_enabled_; }
  /// What the guest said when it had enabled the page.
  [[nodiscard]] const task& enabled() const { return enabled_; }

  /// The guest works, and what it then says.
  [[nodiscard]] task& told(work what, u64 count = 0, u32 number = 0) {
    task& given = work_of(number);
    given.what = what;
    given.count = count;
    given.readings = given.refused = given.updates = given.steps_back = given.invalid = given.asked = 0;
    given.outside = given.worst_ns = given.worst_step_ns = given.narrowest_ns = 0;
    const auto turned = turn(number);
    EXPECT_TRUE(turned) << turned.message();
    return given;
  }

  /// The page, by the reader, on the host's mapping.
  [[nodiscard]] result<section<reference_tsc_page>> seen() {
    return reference_tsc_reader<x86::ordered_counter>(reference()).snapshot();
  }

  /// The page as it lies there while nobody writes.
  [[nodiscard]] hv_reference_tsc_page reference_bytes() {
    hv_reference_tsc_page there{};
    std::memcpy(&there, const_cast<const void*>(reference()), sizeof there);
    return there;
  }

 private:
  task enabled_{};
  bool is_enabled_{};
};

/// How far a time lies outside a bracket.
inline u64 beyond(u64 time, u64 before, u64 after) {
  return time < before ? before - time : time > after ? time - after : 0;
}

/// A page, and a reading of it by the guest, for whoever reads the serial port.
inline void dump(const char* name, const void* page, std::size_t size, const task& told) {
  std::printf("hyperv-reading | %s | counter %llu | time %llu | version %llu | error %llu\n", name,
              static_cast<unsigned long long>(told.counter), static_cast<unsigned long long>(told.time),
              static_cast<unsigned long long>(told.version), static_cast<unsigned long long>(told.error));
  const auto* const bytes = static_cast<const unsigned char*>(page);
  for (std::size_t line = 0; line < size; line += 32) {
    std::printf("hyperv-dump | %s | ", name);
    for (std::size_t place = line; place < line + 32; ++place) std::printf("%02x", bytes[place]);
    std::printf("\n");
  }
  std::fflush(stdout);
}

}  // namespace guestclock::vm
