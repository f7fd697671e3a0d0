// SPDX-License-Identifier: BSL-1.0
// The binding to WinHvPlatform.dll, and every number of platform_calls.hpp held against Windows' own header.
#include <guestclock/whp/real_platform.hpp>

#include <guestclock/partition/clock.hpp>

#include <windows.h>
// After windows.h, which it needs.
#include <winhvplatform.h>

#include <type_traits>

namespace guestclock::whp {
namespace {

static_assert(std::is_same_v<WHV_PARTITION_HANDLE, partition_handle>);
static_assert(sizeof(HRESULT) == sizeof(outcome_code) && std::is_signed_v<HRESULT>);
static_assert(sizeof(WHV_REGISTER_VALUE) == sizeof(register_value));
static_assert(offsetof(WHV_REGISTER_VALUE, Reg64) == offsetof(register_value, low));
static_assert(sizeof(WHV_SYNTHETIC_PROCESSOR_FEATURES_BANKS) == sizeof(feature_banks));
static_assert(offsetof(WHV_SYNTHETIC_PROCESSOR_FEATURES_BANKS, BanksCount) == offsetof(feature_banks, count));
static_assert(offsetof(WHV_SYNTHETIC_PROCESSOR_FEATURES_BANKS, Bank0) == offsetof(feature_banks, bank));
static_assert(sizeof(WHV_PARTITION_PROPERTY::ReferenceTime) == 8);
static_assert(sizeof(WHV_PARTITION_PROPERTY::ProcessorClockFrequency) == 8);
static_assert(sizeof(WHV_PARTITION_PROPERTY::ProcessorCount) == 4);
static_assert(sizeof(WHV_CAPABILITY::HypervisorPresent) == 4);

static_assert(capability::hypervisor_present == WHvCapabilityCodeHypervisorPresent);
static_assert(capability::synthetic_features == WHvCapabilityCodeSyntheticProcessorFeaturesBanks);
static_assert(property::processor_clock_frequency == WHvPartitionPropertyCodeProcessorClockFrequency);
static_assert(property::reference_time == WHvPartitionPropertyCodeReferenceTime);
static_assert(property::synthetic_features == WHvPartitionPropertyCodeSyntheticProcessorFeaturesBanks);
static_assert(property::processor_count == WHvPartitionPropertyCodeProcessorCount);
static_assert(register_name::tsc == WHvX64RegisterTsc);
static_assert(register_name::guest_os_id == WHvRegisterGuestOsId);
static_assert(register_name::reference_tsc == WHvRegisterReferenceTsc);
static_assert(code::invalid_argument == E_INVALIDARG && code::access_denied == E_ACCESSDENIED);
static_assert(code::out_of_memory == E_OUTOFMEMORY && code::invalid_handle == E_HANDLE);
static_assert(code::not_supported == HRESULT_FROM_WIN32(ERROR_NOT_SUPPORTED));

class windows final : public platform_calls {
 public:
  outcome_code get_capability(std::uint32_t what, void* buffer, std::uint32_t size,
                              std::uint32_t* written) noexcept override {
    return WHvGetCapability(static_cast<WHV_CAPABILITY_CODE>(what), buffer, size, written);
  }
  outcome_code create_partition(partition_handle* partition) noexcept override { return WHvCreatePartition(partition); }
  outcome_code setup_partition(partition_handle partition) noexcept override { return WHvSetupPartition(partition); }
  outcome_code delete_partition(partition_handle partition) noexcept override { return WHvDeletePartition(partition); }
  outcome_code get_partition_property(partition_handle partition, std::uint32_t what, void* buffer, std::uint32_t size,
                                      std::uint32_t* written) noexcept override {
    return WHvGetPartitionProperty(partition, static_cast<WHV_PARTITION_PROPERTY_CODE>(what), buffer, size, written);
  }
  outcome_code set_partition_property(partition_handle partition, std::uint32_t what, const void* buffer,
                                      std::uint32_t size) noexcept override {
    return WHvSetPartitionProperty(partition, static_cast<WHV_PARTITION_PROPERTY_CODE>(what), buffer, size);
  }
  outcome_code suspend_partition_time(partition_handle partition) noexcept override {
    return WHvSuspendPartitionTime(partition);
  }
  outcome_code resume_partition_time(partition_handle partition) noexcept override {
    return WHvResumePartitionTime(partition);
  }
  outcome_code create_virtual_processor(partition_handle partition, std::uint32_t index) noexcept override {
    return WHvCreateVirtualProcessor(partition, index, 0);
  }
  outcome_code delete_virtual_processor(partition_handle partition, std::uint32_t index) noexcept override {
    return WHvDeleteVirtualProcessor(partition, index);
  }
  outcome_code get_register(partition_handle partition, std::uint32_t index, std::uint32_t name,
                            register_value* value) noexcept override {
    const auto which = static_cast<WHV_REGISTER_NAME>(name);
    WHV_REGISTER_VALUE found{};
    const HRESULT given = WHvGetVirtualProcessorRegisters(partition, index, &which, 1, &found);
    value->low = found.Reg64;
    value->high = 0;
    return given;
  }
  outcome_code set_register(partition_handle partition, std::uint32_t index, std::uint32_t name,
                            const register_value& value) noexcept override {
    const auto which = static_cast<WHV_REGISTER_NAME>(name);
    WHV_REGISTER_VALUE wanted{};
    wanted.Reg64 = value.low;
    return WHvSetVirtualProcessorRegisters(partition, index, &which, 1, &wanted);
  }
};

}  // namespace

platform_calls& real_platform() noexcept {
  static windows calls;
  return calls;
}

}  // namespace guestclock::whp
