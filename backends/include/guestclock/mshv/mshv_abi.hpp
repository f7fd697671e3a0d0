// SPDX-License-Identifier: BSL-1.0
/// \file guestclock/mshv/mshv_abi.hpp
/// What the clock needs of /dev/mshv's interface, declared here: the kernel's own header, <linux/mshv.h>, came with Linux
/// 6.15, and the hypervisor's definitions that go with it are not among the headers for programs at all.
///
/// Nearly everything goes through one call, MSHV_ROOT_HVCALL: the kernel hands the hypervisor a hypercall of a list, with
/// the partition's own id written into the first 8 bytes of its input.
///
/// Source: Linux include/uapi/linux/mshv.h (ioctls, mshv_*), include/hyperv/hvgdk_mini.h (HVCALL_*, HV_STATUS_*,
/// HV_REGISTER_*, registers' inputs), hvhdk.h (partition properties' inputs), hvhdk_mini.h (HV_PARTITION_PROPERTY_*), as of
/// Linux 6.15; HV_PARTITION_PROPERTY_TIME_FREEZE and _REFERENCE_TIME, which the kernel itself has no use for, from the TLFS
/// (HV_PARTITION_PROPERTY_CODE), with the numbers that rust-vmm's mshv-bindings have, too.
#pragma once

#include <cstddef>
#include <cstdint>

#include <sys/ioctl.h>

namespace guestclock::mshv {

// ---- the kernel's side ----

/// Of MSHV_CREATE_PARTITION.
struct create_partition_arguments {
  std::uint64_t flags;      ///< bits of partition_flag
  std::uint64_t isolation;  ///< 0: none
};
static_assert(sizeof(create_partition_arguments) == 16);
static_assert(offsetof(create_partition_arguments, isolation) == 8);

namespace partition_flag {
inline constexpr std::uint64_t lapic = 1U << 0;
inline constexpr std::uint64_t x2apic = 1U << 1;
inline constexpr std::uint64_t super_pages = 1U << 2;
}  // namespace partition_flag

/// Of MSHV_CREATE_VP.
struct create_processor_arguments {
  std::uint32_t index;
};
static_assert(sizeof(create_processor_arguments) == 4);

/// Of MSHV_ROOT_HVCALL. `status` and the reserved bytes are 0 when it is made, or the kernel refuses it.
struct hypercall_arguments {
  std::uint16_t code;
  std::uint16_t repetitions;  ///< in: how many elements; out: how many were done. 0 for calls without
  std::uint16_t input_size;
  std::uint16_t output_size;
  std::uint16_t status;  ///< out: the hypervisor's
  std::uint8_t reserved[6];
  std::uint64_t input;   ///< the address of a structure that begins with 8 bytes for the partition's id
  std::uint64_t output;  ///< or 0
};
static_assert(sizeof(hypercall_arguments) == 32);
static_assert(offsetof(hypercall_arguments, status) == 8);
static_assert(offsetof(hypercall_arguments, reserved) == 10);
static_assert(offsetof(hypercall_arguments, input) == 16);
static_assert(offsetof(hypercall_arguments, output) == 24);

/// On /dev/mshv; gives a descriptor of the partition.
inline constexpr unsigned long ioctl_create_partition = _IOW(0xB8, 0x00, create_partition_arguments);
/// On a partition.
inline constexpr unsigned long ioctl_initialize_partition = _IO(0xB8, 0x00);
/// On a partition; gives a descriptor of the processor.
inline constexpr unsigned long ioctl_create_processor = _IOW(0xB8, 0x01, create_processor_arguments);
/// On a partition or a processor.
inline constexpr unsigned long ioctl_hypercall = _IOWR(0xB8, 0x07, hypercall_arguments);
static_assert(ioctl_create_partition == 0x4010'B800);
static_assert(ioctl_initialize_partition == 0xB800);
static_assert(ioctl_create_processor == 0x4004'B801);
static_assert(ioctl_hypercall == 0xC020'B807);

// ---- the hypervisor's side ----

namespace hypercall {
inline constexpr std::uint16_t get_partition_property = 0x0044;
inline constexpr std::uint16_t set_partition_property = 0x0045;
inline constexpr std::uint16_t get_registers = 0x0050;
inline constexpr std::uint16_t set_registers = 0x0051;
}  // namespace hypercall

namespace property {
inline constexpr std::uint32_t synthetic_features = 0x0001'0001;         ///< between creation and initialisation alone
inline constexpr std::uint32_t time_freeze = 0x0003'0003;                ///< 1 frozen, 0 not
inline constexpr std::uint32_t reference_time = 0x0003'0005;             ///< 100 ns; set while frozen alone
inline constexpr std::uint32_t processor_clock_frequency = 0x0006'0009;  ///< Hz
}  // namespace property

/// HV_REGISTER_… and HV_X64_REGISTER_….
namespace hv_register {
inline constexpr std::uint32_t tsc = 0x0008'0000;
inline constexpr std::uint32_t guest_os_id = 0x0009'0002;
inline constexpr std::uint32_t reference_tsc = 0x0009'0017;
}  // namespace hv_register

struct get_property_input {
  std::uint64_t partition;  ///< the kernel's to fill
  std::uint32_t code;
  std::uint32_t padding;
};
static_assert(sizeof(get_property_input) == 16);
static_assert(offsetof(get_property_input, code) == 8);

struct get_property_output {
  std::uint64_t value;
};
static_assert(sizeof(get_property_output) == 8);

struct set_property_input {
  std::uint64_t partition;
  std::uint32_t code;
  std::uint32_t padding;
  std::uint64_t value;
};
static_assert(sizeof(set_property_input) == 24);
static_assert(offsetof(set_property_input, value) == 16);

/// Of one register. The interface's own takes many.
struct get_register_input {
  std::uint64_t partition;
  std::uint32_t processor;
  std::uint8_t virtual_trust_level;  ///< 0
  std::uint8_t reserved[3];
  std::uint32_t name;
  std::uint32_t unused;  ///< the interface's array has no padding: `size` ends before it
  static constexpr std::size_t size = 20;
};
static_assert(offsetof(get_register_input, processor) == 8);
static_assert(offsetof(get_register_input, virtual_trust_level) == 12);
static_assert(offsetof(get_register_input, name) == 16);
static_assert(offsetof(get_register_input, unused) == get_register_input::size);

struct register_value {
  std::uint64_t low;
  std::uint64_t high;
};
static_assert(sizeof(register_value) == 16);

struct set_register_input {
  std::uint64_t partition;
  std::uint32_t processor;
  std::uint8_t virtual_trust_level;
  std::uint8_t reserved[3];
  std::uint32_t name;
  std::uint32_t reserved_after_name;
  std::uint64_t reserved_before_value;
  register_value value;
};
static_assert(sizeof(set_register_input) == 48);
static_assert(offsetof(set_register_input, name) == 16);
static_assert(offsetof(set_register_input, value) == 32);

/// HV_STATUS_….
namespace status {
inline constexpr std::uint16_t success = 0x0;
inline constexpr std::uint16_t invalid_hypercall_code = 0x2;
inline constexpr std::uint16_t invalid_hypercall_input = 0x3;
inline constexpr std::uint16_t invalid_parameter = 0x5;
inline constexpr std::uint16_t access_denied = 0x6;
inline constexpr std::uint16_t invalid_partition_state = 0x7;
inline constexpr std::uint16_t operation_denied = 0x8;
inline constexpr std::uint16_t unknown_property = 0x9;
inline constexpr std::uint16_t property_value_out_of_range = 0xA;
inline constexpr std::uint16_t insufficient_memory = 0xB;
inline constexpr std::uint16_t invalid_vp_index = 0xE;
inline constexpr std::uint16_t invalid_vp_state = 0x15;
inline constexpr std::uint16_t invalid_register_value = 0x50;
}  // namespace status

}  // namespace guestclock::mshv
