// SPDX-License-Identifier: BSL-1.0
#include <guestclock/whp/host.hpp>

#include "../hexadecimal.hpp"

#include <string>
#include <utility>

namespace guestclock::whp {
namespace {

using partition::partition_register;

struct named_code {
  outcome_code number;
  const char* name;
  const char* advice;
};
constexpr named_code known_codes[] = {
    {code::unknown_capability, "WHV_E_UNKNOWN_CAPABILITY", "this Windows is too old for it"},
    {code::insufficient_buffer, "WHV_E_INSUFFICIENT_BUFFER", nullptr},
    {code::unknown_property, "WHV_E_UNKNOWN_PROPERTY", "this Windows is too old for it"},
    {code::unsupported_hypervisor_config, "WHV_E_UNSUPPORTED_HYPERVISOR_CONFIG",
     "the hypervisor runs in a mode in which it serves no partitions"},
    {code::invalid_partition_config, "WHV_E_INVALID_PARTITION_CONFIG", "the partition's properties do not go together"},
    {code::processor_already_exists, "WHV_E_VP_ALREADY_EXISTS", "there is a processor of that number"},
    {code::processor_does_not_exist, "WHV_E_VP_DOES_NOT_EXIST", "the partition has no processor of that number"},
    {code::invalid_processor_state, "WHV_E_INVALID_VP_STATE",
     "stop the processor first (WHvCancelRunVirtualProcessor, and wait until it has returned)"},
    {code::invalid_register_name, "WHV_E_INVALID_VP_REGISTER_NAME", "this Windows is too old for it"},
    {code::invalid_argument, "E_INVALIDARG", "in this state the partition does not take that"},
    {code::access_denied, "E_ACCESSDENIED", "this process may not, or the partition was made without the feature"},
    {code::out_of_memory, "E_OUTOFMEMORY", "free memory on the host"},
    {code::invalid_handle, "E_HANDLE", "the partition is deleted"},
    {code::not_supported, "ERROR_NOT_SUPPORTED", "this Windows is too old for it"},
};

constexpr const char* how_to_have_a_hypervisor =
    "turn the Windows feature \"Windows Hypervisor Platform\" on, and restart; within a virtual machine, its host must "
    "allow nesting";

sentence failed(const char* call, outcome_code given, const char* advice = nullptr) {
  std::string text = std::string(call) + " failed: ";
  const char* known_advice = nullptr;
  for (const named_code& known : known_codes) {
    if (known.number != given) continue;
    text += std::string(known.name) + " ";
    known_advice = known.advice;
  }
  text += "(HRESULT " + hexadecimal(static_cast<std::uint32_t>(given), 8) + ")";
  if (advice == nullptr) advice = known_advice;
  if (advice != nullptr) text += std::string("; ") + advice;
  return {text};
}

outcome<done> done_or_failed(const char* call, outcome_code given, const char* advice = nullptr) {
  if (given < 0) return failed(call, given, advice);
  return done{};
}

struct asked_of_register {
  std::uint32_t name;
  const char* get;
  const char* set;
};
asked_of_register asked_of(partition_register which) noexcept {
  switch (which) {
    case partition_register::counter:
      return {register_name::tsc, "WHvGetVirtualProcessorRegisters (WHvX64RegisterTsc)",
              "WHvSetVirtualProcessorRegisters (WHvX64RegisterTsc)"};
    case partition_register::guest_os_id:
      return {register_name::guest_os_id, "WHvGetVirtualProcessorRegisters (WHvRegisterGuestOsId)",
              "WHvSetVirtualProcessorRegisters (WHvRegisterGuestOsId)"};
    case partition_register::reference_tsc:
      return {register_name::reference_tsc, "WHvGetVirtualProcessorRegisters (WHvRegisterReferenceTsc)",
              "WHvSetVirtualProcessorRegisters (WHvRegisterReferenceTsc)"};
  }
  return {0, "WHvGetVirtualProcessorRegisters", "WHvSetVirtualProcessorRegisters"};
}

/// A value of as many bytes as were asked for.
template <class Value, class Ask> outcome<Value> whole(const char* call, Ask&& ask) {
  Value value{};
  std::uint32_t written = 0;
  const outcome_code given = ask(&value, static_cast<std::uint32_t>(sizeof value), &written);
  if (given < 0) return failed(call, given);
  if (written != sizeof value)
    return sentence{std::string(call) + " gave " + std::to_string(written) + " bytes, not " +
                    std::to_string(sizeof value)};
  return value;
}

outcome<done> look_for_hypervisor(platform_calls& platform) {
  const auto present = whole<std::uint32_t>(
      "WHvGetCapability (HypervisorPresent)", [&platform](void* value, std::uint32_t size, std::uint32_t* written) {
        return platform.get_capability(capability::hypervisor_present, value, size, written);
      });
  if (!present) return sentence{present.why_none()};
  if (*present == 0)
    return sentence{std::string("WHvGetCapability (HypervisorPresent) says that there is no hypervisor; ") +
                    how_to_have_a_hypervisor};
  return done{};
}

outcome<done> look_for_features(platform_calls& platform, std::uint64_t wanted) {
  const auto offered =
      whole<feature_banks>("WHvGetCapability (SyntheticProcessorFeaturesBanks)",
                           [&platform](void* value, std::uint32_t size, std::uint32_t* written) {
                             return platform.get_capability(capability::synthetic_features, value, size, written);
                           });
  if (!offered) return sentence{offered.why_none()};
  const std::uint64_t missing = wanted & ~offered->bank;
  if (missing == 0) return done{};
  std::string bits;
  for (unsigned bit = 0; bit < 64; ++bit)
    if ((missing >> bit & 1) != 0) bits += (bits.empty() ? "" : ", ") + std::to_string(bit);
  return sentence{"WHvGetCapability (SyntheticProcessorFeaturesBanks) does not offer the features of these bits: " +
                  bits + "; do without them, and let the guest have another clock"};
}

}  // namespace

outcome<machine> machine::create(const options& wanted, platform_calls& platform) {
  if (auto found = look_for_hypervisor(platform); !found) return sentence{found.why_none()};
  if (auto found = look_for_features(platform, wanted.features); !found) return sentence{found.why_none()};
  partition_handle partition = nullptr;
  if (const outcome_code given = platform.create_partition(&partition); given < 0)
    return failed("WHvCreatePartition", given);
  machine made(partition, platform, true);
  const auto set = [&](const char* call, std::uint32_t what, const auto& value, const char* advice = nullptr) {
    return done_or_failed(
        call, platform.set_partition_property(partition, what, &value, static_cast<std::uint32_t>(sizeof value)),
        advice);
  };
  if (auto given = set("WHvSetPartitionProperty (ProcessorCount)", property::processor_count, wanted.processor_count);
      !given)
    return sentence{given.why_none()};
  const feature_banks features{1, 0, wanted.features};
  if (auto given =
          set("WHvSetPartitionProperty (SyntheticProcessorFeaturesBanks)", property::synthetic_features, features);
      !given)
    return sentence{given.why_none()};
  if (wanted.counter_frequency_hz != 0) {
    if (auto given = set("WHvSetPartitionProperty (ProcessorClockFrequency)", property::processor_clock_frequency,
                         wanted.counter_frequency_hz,
                         "this machine cannot scale its counter to that frequency: leave it at the host's");
        !given)
      return sentence{given.why_none()};
  }
  if (auto given = done_or_failed("WHvSetupPartition", platform.setup_partition(partition)); !given)
    return sentence{given.why_none()};
  if (auto frozen = made.freeze(); !frozen) return sentence{frozen.why_none()};
  return made;
}

machine machine::adopt(partition_handle partition, platform_calls& platform) noexcept {
  return {partition, platform, false};
}

machine::machine(machine&& other) noexcept
    : platform_(other.platform_),
      partition_(other.partition_),
      is_owned_(std::exchange(other.is_owned_, false)),
      processors_(std::exchange(other.processors_, {})) {}

machine::~machine() {
  for (auto each = processors_.rbegin(); each != processors_.rend(); ++each)
    static_cast<void>(platform_->delete_virtual_processor(partition_, *each));
  if (is_owned_) static_cast<void>(platform_->delete_partition(partition_));
}

outcome<done> machine::add_processor(u32 index) {
  processors_.reserve(processors_.size() + 1);  // what is created is noted, whatever happens
  if (const outcome_code given = platform_->create_virtual_processor(partition_, index); given < 0)
    return failed("WHvCreateVirtualProcessor", given);
  processors_.push_back(index);
  return done{};
}

outcome<reference_time> machine::time() const {
  const auto count = whole<std::uint64_t>(
      "WHvGetPartitionProperty (ReferenceTime)", [this](void* value, std::uint32_t size, std::uint32_t* written) {
        return platform_->get_partition_property(partition_, property::reference_time, value, size, written);
      });
  if (!count) return sentence{count.why_none()};
  return reference_time{*count};
}

outcome<done> machine::set_time(reference_time time) {
  const std::uint64_t count = time.count;
  return done_or_failed("WHvSetPartitionProperty (ReferenceTime)",
                        platform_->set_partition_property(partition_, property::reference_time, &count, sizeof count));
}

outcome<done> machine::freeze() {
  return done_or_failed("WHvSuspendPartitionTime", platform_->suspend_partition_time(partition_));
}

outcome<done> machine::thaw() {
  return done_or_failed("WHvResumePartitionTime", platform_->resume_partition_time(partition_));
}

outcome<u64> machine::counter_frequency_hz() const {
  const auto frequency = whole<std::uint64_t>(
      "WHvGetPartitionProperty (ProcessorClockFrequency)",
      [this](void* value, std::uint32_t size, std::uint32_t* written) {
        return platform_->get_partition_property(partition_, property::processor_clock_frequency, value, size, written);
      });
  if (!frequency) return sentence{frequency.why_none()};
  return u64{*frequency};
}

outcome<u64> machine::read(u32 processor, partition_register which) const {
  const asked_of_register asked = asked_of(which);
  register_value value{};
  if (const outcome_code given = platform_->get_register(partition_, processor, asked.name, &value); given < 0)
    return failed(asked.get, given);
  return u64{value.low};
}

outcome<done> machine::write(u32 processor, partition_register which, u64 value) {
  const asked_of_register asked = asked_of(which);
  return done_or_failed(asked.set, platform_->set_register(partition_, processor, asked.name, {value, 0}));
}

}  // namespace guestclock::whp
