// SPDX-License-Identifier: BSL-1.0
/// \file scripted_windows.hpp
/// A Windows Hypervisor Platform that behaves as Microsoft documents it, counts the partitions and processors that there
/// are, and fails at the call that a test names.
#pragma once

#include "model_partition.hpp"

#include <guestclock/whp/host.hpp>

#include <cstring>
#include <memory>

namespace guestclock::tests {

class scripted_windows final : public whp::platform_calls {
 public:
  // What a test may set.
  int fail_at = -1;  ///< the number of the call that fails, from 0; what gives back always succeeds
  whp::outcome_code error = whp::code::invalid_argument;
  bool has_hypervisor = true;
  std::uint64_t features = ~std::uint64_t{0};
  bool knows_features = true;
  bool scales = true;
  std::uint32_t property_bytes = 8;  ///< what a property is told to have

  // What it has seen.
  int calls = 0;
  std::vector<std::string> log;
  std::set<whp::partition_handle> partitions;
  int processors = 0;
  std::uint32_t processor_count = 0;
  model_partition partition;

  [[nodiscard]] bool is_clean() const { return partitions.empty() && processors == 0; }

  whp::outcome_code get_capability(std::uint32_t code, void* buffer, std::uint32_t size,
                                   std::uint32_t* written) noexcept override {
    if (is_failing("WHvGetCapability")) return error;
    if (code == 0) return give(std::uint32_t{has_hypervisor ? 1U : 0U}, buffer, size, written);
    if (code == 0x1008 && knows_features) return give(whp::feature_banks{1, 0, features}, buffer, size, written);
    return whp::code::unknown_capability;
  }
  whp::outcome_code create_partition(whp::partition_handle* made) noexcept override {
    if (is_failing("WHvCreatePartition")) return error;
    handles_.push_back(std::make_unique<int>());
    partitions.insert(*made = handles_.back().get());
    return whp::code::ok;
  }
  whp::outcome_code setup_partition(whp::partition_handle of) noexcept override {
    if (is_failing("WHvSetupPartition")) return error;
    if (partitions.count(of) == 0) return whp::code::invalid_handle;
    if (processor_count == 0) return whp::code::invalid_partition_config;
    partition.is_ready = true;
    return whp::code::ok;
  }
  whp::outcome_code delete_partition(whp::partition_handle of) noexcept override {
    log.emplace_back("WHvDeletePartition");
    partition.is_ready = false;
    return partitions.erase(of) != 0 ? whp::code::ok : whp::code::invalid_handle;
  }
  whp::outcome_code get_partition_property(whp::partition_handle of, std::uint32_t code, void* buffer,
                                           std::uint32_t size, std::uint32_t* written) noexcept override {
    if (is_failing("WHvGetPartitionProperty")) return error;
    if (partitions.count(of) == 0) return whp::code::invalid_handle;
    const auto given = code == 0x100B   ? give(partition.time, buffer, size, written)
                       : code == 0x1007 ? give(partition.frequency_hz, buffer, size, written)
                                        : whp::code::unknown_property;
    if (given == whp::code::ok) *written = property_bytes;
    return given;
  }
  whp::outcome_code set_partition_property(whp::partition_handle of, std::uint32_t code, const void* buffer,
                                           std::uint32_t size) noexcept override {
    if (is_failing("WHvSetPartitionProperty")) return error;
    if (partitions.count(of) == 0) return whp::code::invalid_handle;
    switch (code) {
      case 0x100B: return partition.is_ready ? take_time(buffer, size) : whp::code::invalid_argument;
      case 0x100C:
        return before_setup<whp::feature_banks>(buffer, size, [this](const whp::feature_banks& banks) {
          if (banks.count != 1 || (banks.bank & ~features) != 0) return whp::code::invalid_argument;
          partition.features = banks.bank;
          return whp::code::ok;
        });
      case 0x1FFF:
        return before_setup<std::uint32_t>(buffer, size, [this](std::uint32_t count) {
          processor_count = count;
          return whp::code::ok;
        });
      case 0x1007:
        return before_setup<std::uint64_t>(buffer, size, [this](std::uint64_t hz) {
          if (!scales) return whp::code::invalid_argument;
          partition.frequency_hz = hz;
          return whp::code::ok;
        });
      default: return whp::code::unknown_property;
    }
  }
  whp::outcome_code suspend_partition_time(whp::partition_handle of) noexcept override {
    if (is_failing("WHvSuspendPartitionTime")) return error;
    if (partitions.count(of) == 0 || !partition.is_ready) return whp::code::invalid_handle;
    if (!partition.running.empty()) return whp::code::invalid_processor_state;
    partition.set_frozen(true);
    return whp::code::ok;
  }
  whp::outcome_code resume_partition_time(whp::partition_handle of) noexcept override {
    if (is_failing("WHvResumePartitionTime")) return error;
    if (partitions.count(of) == 0) return whp::code::invalid_handle;
    partition.set_frozen(false);
    return whp::code::ok;
  }
  whp::outcome_code create_virtual_processor(whp::partition_handle of, std::uint32_t index) noexcept override {
    if (is_failing("WHvCreateVirtualProcessor")) return error;
    if (partitions.count(of) == 0 || !partition.is_ready) return whp::code::invalid_handle;
    if (partition.counters.count(index) != 0) return whp::code::processor_already_exists;
    if (index >= processor_count) return whp::code::invalid_argument;
    partition.counters[index] = 0;
    ++processors;
    return whp::code::ok;
  }
  whp::outcome_code delete_virtual_processor(whp::partition_handle of, std::uint32_t index) noexcept override {
    log.emplace_back("WHvDeleteVirtualProcessor");
    if (partitions.count(of) == 0) return whp::code::invalid_handle;
    if (partition.counters.erase(index) == 0) return whp::code::processor_does_not_exist;
    --processors;
    return whp::code::ok;
  }
  whp::outcome_code get_register(whp::partition_handle of, std::uint32_t index, std::uint32_t name,
                                 whp::register_value* value) noexcept override {
    if (is_failing("WHvGetVirtualProcessorRegisters")) return error;
    if (partitions.count(of) == 0) return whp::code::invalid_handle;
    return code_of(partition.read(index, offset_of(name), value->low));
  }
  whp::outcome_code set_register(whp::partition_handle of, std::uint32_t index, std::uint32_t name,
                                 const whp::register_value& value) noexcept override {
    if (is_failing("WHvSetVirtualProcessorRegisters")) return error;
    if (partitions.count(of) == 0) return whp::code::invalid_handle;
    return code_of(partition.write(index, offset_of(name), value.low));
  }

 private:
  bool is_failing(const char* name) {
    log.emplace_back(name);
    partition.pass();
    return calls++ == fail_at;
  }
  template <class Value>
  static whp::outcome_code give(const Value& value, void* buffer, std::uint32_t size, std::uint32_t* written) {
    if (size < sizeof value) return whp::code::insufficient_buffer;
    std::memcpy(buffer, &value, sizeof value);
    *written = sizeof value;
    return whp::code::ok;
  }
  template <class Value, class Take> whp::outcome_code before_setup(const void* buffer, std::uint32_t size, Take take) {
    if (partition.is_ready || size != sizeof(Value)) return whp::code::invalid_argument;
    Value value{};
    std::memcpy(&value, buffer, sizeof value);
    return take(value);
  }
  whp::outcome_code take_time(const void* buffer, std::uint32_t size) {
    std::uint64_t time{};
    if (size != sizeof time) return whp::code::invalid_argument;
    std::memcpy(&time, buffer, sizeof time);
    return code_of(partition.set_time(time));
  }
  static whp::outcome_code code_of(verdict given) {
    switch (given) {
      case verdict::taken: return whp::code::ok;
      case verdict::no_such_processor: return whp::code::processor_does_not_exist;
      case verdict::processor_runs: return whp::code::invalid_processor_state;
      case verdict::not_while_time_runs: return whp::code::invalid_argument;
      case verdict::no_such_register: return whp::code::invalid_register_name;
    }
    return whp::code::invalid_argument;
  }
  /// The offset that the model goes by.
  static std::uint32_t offset_of(std::uint32_t name) {
    if (name == 0x2000) return 0;
    return name == 0x5002 || name == 0x5017 ? name - 0x5000 : 1;
  }

  std::vector<std::unique_ptr<int>> handles_;
};

}  // namespace guestclock::tests
