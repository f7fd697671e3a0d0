// SPDX-License-Identifier: BSL-1.0
#include <guestclock/mshv/host.hpp>

#include "../hexadecimal.hpp"

#include <cerrno>
#include <cstddef>
#include <string>

namespace guestclock::mshv {
namespace {

using partition::partition_register;

/// How often a hypercall is made again after the kernel gave the hypervisor a page of memory for it.
constexpr int deposit_count_max = 64;

const char* advice_for_opening(i64 error) {
  switch (error) {
    case -EACCES:
    case -EPERM: return "run as root: the device is for its owner alone";
    case -ENOENT:
      return "load mshv_root; it needs Linux 6.15 or later with CONFIG_MSHV_ROOT, as the root partition of Microsoft's "
             "hypervisor";
    case -ENODEV:
    case -ENXIO:
      return "the device is there, but nothing serves it: this Linux is not the root partition of Microsoft's "
             "hypervisor";
    default: return nullptr;
  }
}

const char* advice_for_ioctl(i64 error) {
  switch (error) {
    case -ENOTTY: return "the descriptor is of something else, or this kernel's mshv is older than Linux 6.15's";
    case -EBADF: return "the descriptor is closed";
    case -ENOMEM: return "free memory on the host";
    case -EPERM: return "another hypercall of this partition is under way: make one after the other";
    default: return nullptr;
  }
}

struct named_status {
  std::uint16_t number;
  const char* name;
  const char* advice;
};
constexpr named_status known_statuses[] = {
    {status::invalid_hypercall_code, "HV_STATUS_INVALID_HYPERCALL_CODE", "this hypervisor does not know the call"},
    {status::invalid_hypercall_input, "HV_STATUS_INVALID_HYPERCALL_INPUT", nullptr},
    {status::invalid_parameter, "HV_STATUS_INVALID_PARAMETER", "this hypervisor does not know the register"},
    {status::access_denied, "HV_STATUS_ACCESS_DENIED",
     "the partition was made without the feature that this belongs to (partition::feature)"},
    {status::invalid_partition_state, "HV_STATUS_INVALID_PARTITION_STATE",
     "the reference time is set while the time is frozen, and features before the partition is initialised"},
    {status::operation_denied, "HV_STATUS_OPERATION_DENIED", nullptr},
    {status::unknown_property, "HV_STATUS_UNKNOWN_PROPERTY", "this hypervisor is too old for it"},
    {status::property_value_out_of_range, "HV_STATUS_PROPERTY_VALUE_OUT_OF_RANGE",
     "this hypervisor does not take that value"},
    {status::insufficient_memory, "HV_STATUS_INSUFFICIENT_MEMORY", "free memory on the host"},
    {status::invalid_vp_index, "HV_STATUS_INVALID_VP_INDEX", "the partition has no processor of that number"},
    {status::invalid_vp_state, "HV_STATUS_INVALID_VP_STATE", "stop the processor first"},
    {status::invalid_register_value, "HV_STATUS_INVALID_REGISTER_VALUE", "this hypervisor does not take that value"},
};

sentence hypercall_failed(const char* what, i64 error, std::uint16_t given) {
  std::string text = std::string("MSHV_ROOT_HVCALL to ") + what;
  if (given == status::success) return kvm::failed(text.c_str(), error, advice_for_ioctl(error));
  text = kvm::failed(text.c_str(), error).text + ", the hypervisor's status is " + hexadecimal(given);
  for (const named_status& known : known_statuses) {
    if (known.number != given) continue;
    text += std::string(" ") + known.name;
    if (known.advice != nullptr) text += std::string("; ") + known.advice;
  }
  return {text};
}

std::uint32_t number_of(partition_register which) noexcept {
  switch (which) {
    case partition_register::counter: return hv_register::tsc;
    case partition_register::guest_os_id: return hv_register::guest_os_id;
    case partition_register::reference_tsc: return hv_register::reference_tsc;
  }
  return 0;
}

/// What a register's reading, and its writing, are called in a sentence.
struct asked_of_register {
  const char* read;
  const char* write;
};
asked_of_register asked_of(partition_register which) noexcept {
  switch (which) {
    case partition_register::counter: return {"read HV_X64_REGISTER_TSC", "write HV_X64_REGISTER_TSC"};
    case partition_register::guest_os_id: return {"read HV_REGISTER_GUEST_OS_ID", "write HV_REGISTER_GUEST_OS_ID"};
    case partition_register::reference_tsc:
      return {"read HV_REGISTER_REFERENCE_TSC", "write HV_REGISTER_REFERENCE_TSC"};
  }
  return {"read a register", "write a register"};
}

/// The same of a property.
asked_of_register asked_of(std::uint32_t code) noexcept {
  switch (code) {
    case property::synthetic_features:
      return {"read HV_PARTITION_PROPERTY_SYNTHETIC_PROC_FEATURES",
              "set HV_PARTITION_PROPERTY_SYNTHETIC_PROC_FEATURES"};
    case property::time_freeze:
      return {"read HV_PARTITION_PROPERTY_TIME_FREEZE", "set HV_PARTITION_PROPERTY_TIME_FREEZE"};
    case property::reference_time:
      return {"read HV_PARTITION_PROPERTY_REFERENCE_TIME", "set HV_PARTITION_PROPERTY_REFERENCE_TIME"};
    case property::processor_clock_frequency:
      return {"read HV_PARTITION_PROPERTY_PROCESSOR_CLOCK_FREQUENCY",
              "set HV_PARTITION_PROPERTY_PROCESSOR_CLOCK_FREQUENCY"};
    default: return {"read a partition's property", "set a partition's property"};
  }
}

template <class Structure> std::uint64_t address_of(Structure& structure) noexcept {
  return reinterpret_cast<std::uintptr_t>(&structure);
}

}  // namespace

/// One hypercall.
struct machine::request {
  const char* what;
  std::uint16_t code;
  std::uint16_t repetitions;
  std::uint64_t input;
  std::size_t input_size;
  std::uint64_t output;
  std::size_t output_size;
};

outcome<done> machine::ask(const request& what) const {
  i64 given = 0;
  hypercall_arguments arguments{};
  for (int deposits = 0; deposits <= deposit_count_max; ++deposits) {
    arguments = {what.code,
                 what.repetitions,
                 static_cast<std::uint16_t>(what.input_size),
                 static_cast<std::uint16_t>(what.output_size),
                 status::success,
                 {},
                 what.input,
                 what.output};
    given = kernel_->ioctl(number_, ioctl_hypercall, reinterpret_cast<std::uintptr_t>(&arguments));
    if (given != -EAGAIN) break;  // else the kernel has given the hypervisor the memory that it wanted
  }
  if (given < 0) return hypercall_failed(what.what, given, arguments.status);
  if (arguments.repetitions != what.repetitions)
    return sentence{std::string("MSHV_ROOT_HVCALL to ") + what.what + " answered 0 and did nothing"};
  return done{};
}

outcome<machine> machine::create(const options& wanted, kernel_calls& kernel) {
  const i64 opened = kernel.open(wanted.device);
  if (opened < 0) {
    const std::string call = std::string("opening ") + wanted.device;
    return kvm::failed(call.c_str(), opened, advice_for_opening(opened));
  }
  const file device(kernel, static_cast<int>(opened));
  create_partition_arguments arguments{wanted.flags, 0};
  const i64 created = device.ioctl(ioctl_create_partition, &arguments);
  if (created < 0) return kvm::failed("MSHV_CREATE_PARTITION", created, advice_for_ioctl(created));

  machine made(kernel, static_cast<int>(created));
  made.owned_.emplace(kernel, made.number_);
  if (auto set = made.set_partition_property(property::synthetic_features, wanted.features); !set)
    return sentence{set.why_none()};
  const i64 initialized = made.owned_->ioctl(ioctl_initialize_partition);
  if (initialized < 0) return kvm::failed("MSHV_INITIALIZE_PARTITION", initialized, advice_for_ioctl(initialized));
  if (auto frozen = made.freeze(); !frozen) return sentence{frozen.why_none()};
  return made;
}

machine machine::adopt(int partition_descriptor, kernel_calls& kernel) noexcept {
  return {kernel, partition_descriptor};
}

outcome<file> machine::add_processor(u32 index) {
  create_processor_arguments arguments{index};
  const i64 created = kernel_->ioctl(number_, ioctl_create_processor, reinterpret_cast<std::uintptr_t>(&arguments));
  if (created >= 0) return file(*kernel_, static_cast<int>(created));
  const char* const advice = created == -EEXIST ? "there is a processor of that number" : advice_for_ioctl(created);
  return kvm::failed("MSHV_CREATE_VP", created, advice);
}

outcome<u64> machine::partition_property(std::uint32_t code) const {
  get_property_input input{0, code, 0};
  get_property_output output{};
  const auto asked = ask({asked_of(code).read, hypercall::get_partition_property, 0, address_of(input), sizeof input,
                          address_of(output), sizeof output});
  if (!asked) return sentence{asked.why_none()};
  return u64{output.value};
}

outcome<done> machine::set_partition_property(std::uint32_t code, u64 value) {
  set_property_input input{0, code, 0, value};
  return ask({asked_of(code).write, hypercall::set_partition_property, 0, address_of(input), sizeof input, 0, 0});
}

outcome<reference_time> machine::time() const {
  const outcome<u64> count = partition_property(property::reference_time);
  if (!count) return sentence{count.why_none()};
  return reference_time{*count};
}

outcome<done> machine::set_time(reference_time time) {
  return set_partition_property(property::reference_time, time.count);
}

outcome<done> machine::freeze() { return set_partition_property(property::time_freeze, 1); }

outcome<done> machine::thaw() { return set_partition_property(property::time_freeze, 0); }

outcome<u64> machine::counter_frequency_hz() const { return partition_property(property::processor_clock_frequency); }

outcome<u64> machine::read(u32 processor, partition_register which) const {
  get_register_input input{0, processor, 0, {}, number_of(which), 0};
  register_value output{};
  const auto asked = ask({asked_of(which).read, hypercall::get_registers, 1, address_of(input),
                          get_register_input::size, address_of(output), sizeof output});
  if (!asked) return sentence{asked.why_none()};
  return u64{output.low};
}

outcome<done> machine::write(u32 processor, partition_register which, u64 value) {
  set_register_input input{0, processor, 0, {}, number_of(which), 0, 0, {value, 0}};
  return ask({asked_of(which).write, hypercall::set_registers, 1, address_of(input), sizeof input, 0, 0});
}

}  // namespace guestclock::mshv
