// SPDX-License-Identifier: BSL-1.0
/// \file guestclock/whp/platform_calls.hpp
/// The functions of the Windows Hypervisor Platform that the clock needs, as a table: the real ones (real_platform.hpp, on
/// Windows), or a test's own, which fail when told to; and the numbers that they take. Nothing here needs Windows, so that
/// all above it runs anywhere; real_platform.cpp holds every number and layout against <winhvplatform.h>.
///
/// Source: Windows SDK, WinHvPlatform.h, WinHvPlatformDefs.h; winerror.h for the errors.
#pragma once

#include <cstddef>
#include <cstdint>

namespace guestclock::whp {

/// HRESULT: negative is a failure.
using outcome_code = std::int32_t;
/// WHV_PARTITION_HANDLE.
using partition_handle = void*;

/// WHV_REGISTER_VALUE, of which these registers use the lower half.
struct alignas(16) register_value {
  std::uint64_t low;
  std::uint64_t high;
};
static_assert(sizeof(register_value) == 16);
static_assert(alignof(register_value) == 16);

/// WHV_SYNTHETIC_PROCESSOR_FEATURES_BANKS, of one bank.
struct feature_banks {
  std::uint32_t count;
  std::uint32_t reserved;
  std::uint64_t bank;
};
static_assert(sizeof(feature_banks) == 16);
static_assert(offsetof(feature_banks, bank) == 8);

/// WHV_CAPABILITY_CODE.
namespace capability {
inline constexpr std::uint32_t hypervisor_present = 0x0000;  ///< a BOOL of 4 bytes
inline constexpr std::uint32_t synthetic_features = 0x1008;
}  // namespace capability

/// WHV_PARTITION_PROPERTY_CODE.
namespace property {
inline constexpr std::uint32_t processor_clock_frequency = 0x1007;  ///< Hz, 8 bytes
inline constexpr std::uint32_t reference_time = 0x100B;             ///< 100 ns, 8 bytes
inline constexpr std::uint32_t synthetic_features = 0x100C;
inline constexpr std::uint32_t processor_count = 0x1FFF;  ///< 4 bytes
}  // namespace property

/// WHV_REGISTER_NAME.
namespace register_name {
inline constexpr std::uint32_t tsc = 0x2000;
inline constexpr std::uint32_t guest_os_id = 0x5002;
inline constexpr std::uint32_t reference_tsc = 0x5017;
}  // namespace register_name

/// Each gives the HRESULT. Arguments are those of the function WHv… of that name.
class platform_calls {
 public:
  virtual outcome_code get_capability(std::uint32_t code, void* buffer, std::uint32_t size,
                                      std::uint32_t* written) noexcept = 0;
  virtual outcome_code create_partition(partition_handle* partition) noexcept = 0;
  virtual outcome_code setup_partition(partition_handle partition) noexcept = 0;
  virtual outcome_code delete_partition(partition_handle partition) noexcept = 0;
  virtual outcome_code get_partition_property(partition_handle partition, std::uint32_t code, void* buffer,
                                              std::uint32_t size, std::uint32_t* written) noexcept = 0;
  virtual outcome_code set_partition_property(partition_handle partition, std::uint32_t code, const void* buffer,
                                              std::uint32_t size) noexcept = 0;
  virtual outcome_code suspend_partition_time(partition_handle partition) noexcept = 0;
  virtual outcome_code resume_partition_time(partition_handle partition) noexcept = 0;
  virtual outcome_code create_virtual_processor(partition_handle partition, std::uint32_t index) noexcept = 0;
  virtual outcome_code delete_virtual_processor(partition_handle partition, std::uint32_t index) noexcept = 0;
  virtual outcome_code get_register(partition_handle partition, std::uint32_t index, std::uint32_t name,
                                    register_value* value) noexcept = 0;
  virtual outcome_code set_register(partition_handle partition, std::uint32_t index, std::uint32_t name,
                                    const register_value& value) noexcept = 0;

 protected:
  ~platform_calls() = default;
};

/// HRESULTs of these functions.
namespace code {
constexpr outcome_code from_bits(std::uint32_t bits) noexcept { return static_cast<outcome_code>(bits); }
inline constexpr outcome_code ok = 0;
inline constexpr outcome_code unknown_capability = from_bits(0x8037'0300);             ///< WHV_E_…
inline constexpr outcome_code insufficient_buffer = from_bits(0x8037'0301);            ///< WHV_E_…
inline constexpr outcome_code unknown_property = from_bits(0x8037'0302);               ///< WHV_E_…
inline constexpr outcome_code unsupported_hypervisor_config = from_bits(0x8037'0303);  ///< WHV_E_…
inline constexpr outcome_code invalid_partition_config = from_bits(0x8037'0304);       ///< WHV_E_…
inline constexpr outcome_code processor_already_exists = from_bits(0x8037'0306);       ///< WHV_E_VP_ALREADY_EXISTS
inline constexpr outcome_code processor_does_not_exist = from_bits(0x8037'0307);       ///< WHV_E_VP_DOES_NOT_EXIST
inline constexpr outcome_code invalid_processor_state = from_bits(0x8037'0308);        ///< WHV_E_INVALID_VP_STATE
inline constexpr outcome_code invalid_register_name = from_bits(0x8037'0309);  ///< WHV_E_INVALID_VP_REGISTER_NAME
inline constexpr outcome_code invalid_argument = from_bits(0x8007'0057);       ///< E_INVALIDARG
inline constexpr outcome_code access_denied = from_bits(0x8007'0005);          ///< E_ACCESSDENIED
inline constexpr outcome_code out_of_memory = from_bits(0x8007'000E);          ///< E_OUTOFMEMORY
inline constexpr outcome_code invalid_handle = from_bits(0x8007'0006);         ///< E_HANDLE
inline constexpr outcome_code not_supported = from_bits(0x8007'0032);  ///< HRESULT_FROM_WIN32(ERROR_NOT_SUPPORTED)
}  // namespace code

}  // namespace guestclock::whp
