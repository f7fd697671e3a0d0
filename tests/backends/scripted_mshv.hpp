// SPDX-License-Identifier: BSL-1.0
/// \file scripted_mshv.hpp
/// A kernel with an mshv in it, which behaves as Linux's drivers/hv/mshv_root_main.c does: it refuses what that refuses,
/// hands the hypervisor the hypercalls of its list, gives it memory when it asks, and closes what is closed. It fails at
/// the call that a test names.
#pragma once

#include "model_partition.hpp"

#include <guestclock/mshv/host.hpp>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace guestclock::tests {

class scripted_mshv final : public kvm::kernel_calls {
 public:
  // What a test may set.
  int fail_at = -1;  ///< the number of the call that fails, from 0
  int error = EIO;
  std::uint16_t failing_status = 0;  ///< with it, of a hypercall
  int memory_wanted = 0;             ///< how often the hypervisor asks for memory first
  bool does_nothing = false;         ///< hypercalls on registers answer 0 with nothing done
  std::set<unsigned long> unknown;   ///< ioctls that this kernel does not have

  // What it has seen.
  int calls = 0;
  std::vector<std::string> log;
  std::map<int, std::string> open_files;
  model_partition partition;

  [[nodiscard]] bool is_clean() const { return open_files.empty(); }

  i64 open(const char* path) noexcept override {
    if (is_failing("open")) return -error;
    return std::string(path) == "/dev/mshv" ? opened("device") : -ENOENT;
  }
  void close(int file) noexcept override {
    if (open_files[file] == "partition") partition = {};
    open_files.erase(file);
  }
  i64 read(int, void*, std::size_t, i64) noexcept override { return -EINVAL; }
  i64 map(std::size_t, int) noexcept override { return -ENODEV; }
  void unmap(void*, std::size_t) noexcept override {}

  i64 ioctl(int file, unsigned long request, std::uintptr_t argument) noexcept override {
    if (is_failing("ioctl")) {
      if (request == mshv::ioctl_hypercall) at<mshv::hypercall_arguments>(argument).status = failing_status;
      return -error;
    }
    partition.pass();
    if (open_files.count(file) == 0) return -EBADF;
    if (unknown.count(request) != 0) return -ENOTTY;
    const std::string kind = open_files[file];
    if (kind == "device" && request == mshv::ioctl_create_partition)
      return create_partition(at<mshv::create_partition_arguments>(argument));
    if (kind == "partition" && request == mshv::ioctl_initialize_partition) {
      log.back() = "initialize";
      partition.is_ready = true;
      return 0;
    }
    if (kind == "partition" && request == mshv::ioctl_create_processor)
      return create_processor(at<mshv::create_processor_arguments>(argument));
    if (kind == "partition" && request == mshv::ioctl_hypercall)
      return hypercall(at<mshv::hypercall_arguments>(argument));
    return -ENOTTY;
  }

 private:
  template <class Structure> static Structure& at(std::uintptr_t argument) {
    return *reinterpret_cast<Structure*>(argument);
  }
  bool is_failing(const char* name) {
    log.emplace_back(name);
    return calls++ == fail_at;
  }
  int opened(const char* kind) {
    open_files[next_file_] = kind;
    return next_file_++;
  }

  i64 create_partition(const mshv::create_partition_arguments& wanted) {
    log.back() = "create partition";
    if (wanted.flags > 7 || wanted.isolation != 0) return -EINVAL;
    partition = model_of_new_;
    return opened("partition");
  }
  i64 create_processor(const mshv::create_processor_arguments& wanted) {
    log.back() = "create processor";
    if (!partition.is_ready) return -EIO;
    if (partition.counters.count(wanted.index) != 0) return -EEXIST;
    partition.counters[wanted.index] = 0;
    return opened("processor");
  }

  i64 hypercall(mshv::hypercall_arguments& asked) {
    const std::uint8_t nothing[6]{};
    if (asked.status != 0 || asked.input == 0 || asked.input_size < 8 || asked.input_size > 4096 ||
        std::memcmp(asked.reserved, nothing, 6) != 0)
      return -EINVAL;
    if (asked.output != 0 ? asked.output_size == 0 || asked.output_size > 4096 : asked.output_size != 0) return -EINVAL;
    std::vector<unsigned char> input(asked.input_size);
    std::memcpy(input.data(), reinterpret_cast<const void*>(static_cast<std::uintptr_t>(asked.input)), input.size());
    if (memory_wanted > 0) {
      --memory_wanted;
      asked.status = mshv::status::insufficient_memory;
      asked.repetitions = 0;
      return -EAGAIN;
    }
    std::uint64_t output[2]{};
    const std::uint16_t repetitions = asked.repetitions;
    asked.status = hypervisor(asked, input, output);
    const bool is_done = asked.status == 0 && !(repetitions != 0 && does_nothing);
    asked.repetitions = is_done ? repetitions : std::uint16_t{0};
    if (asked.output != 0)
      std::memcpy(reinterpret_cast<void*>(static_cast<std::uintptr_t>(asked.output)), output,
                  std::min<std::size_t>(asked.output_size, sizeof output));
    switch (asked.status) {
      case 0: return 0;
      case mshv::status::invalid_hypercall_code:
      case mshv::status::invalid_hypercall_input:
      case mshv::status::invalid_parameter:
      case mshv::status::invalid_vp_index:
      case mshv::status::invalid_register_value: return -EINVAL;
      default: return -EIO;
    }
  }

  template <class Value> static Value field(const std::vector<unsigned char>& input, std::size_t offset) {
    Value value{};
    std::memcpy(&value, input.data() + offset, sizeof value);
    return value;
  }
  static std::uint16_t status_of(verdict given) {
    switch (given) {
      case verdict::taken: return mshv::status::success;
      case verdict::no_such_processor: return mshv::status::invalid_vp_index;
      case verdict::processor_runs: return mshv::status::invalid_vp_state;
      case verdict::not_while_time_runs: return mshv::status::invalid_partition_state;
      case verdict::no_such_register: return mshv::status::invalid_parameter;
    }
    return mshv::status::invalid_parameter;
  }
  /// The offset that the model goes by; the counter's number is of the processor's own registers.
  static std::uint32_t offset_of(std::uint32_t name) {
    if (name == 0x0008'0000) return 0;
    return name == 0x0009'0002 || name == 0x0009'0017 ? name - 0x0009'0000 : 1;
  }

  std::uint16_t hypervisor(const mshv::hypercall_arguments& asked, const std::vector<unsigned char>& input,
                           std::uint64_t (&output)[2]) {
    const bool has_output = asked.output != 0;
    switch (asked.code) {
      case 0x44:
        if (input.size() != 16 || asked.repetitions != 0 || asked.output_size != 8) break;
        log.back() = "get property";
        return get_property(field<std::uint32_t>(input, 8), output[0]);
      case 0x45:
        if (input.size() != 24 || asked.repetitions != 0 || has_output) break;
        log.back() = "set property";
        return set_property(field<std::uint32_t>(input, 8), field<std::uint64_t>(input, 16));
      case 0x50:
        if (input.size() != 16 + std::size_t{4} * asked.repetitions || asked.repetitions != 1 ||
            asked.output_size != 16)
          break;
        log.back() = "get register";
        return status_of(
            partition.read(field<std::uint32_t>(input, 8), offset_of(field<std::uint32_t>(input, 16)), output[0]));
      case 0x51:
        if (input.size() != 16 + std::size_t{32} * asked.repetitions || asked.repetitions != 1 || has_output) break;
        log.back() = "set register";
        return status_of(partition.write(field<std::uint32_t>(input, 8), offset_of(field<std::uint32_t>(input, 16)),
                                         field<std::uint64_t>(input, 32)));
      default: return mshv::status::invalid_hypercall_code;
    }
    return mshv::status::invalid_hypercall_input;
  }
  std::uint16_t get_property(std::uint32_t code, std::uint64_t& value) {
    switch (code) {
      case 0x0003'0003: value = partition.is_frozen ? 1 : 0; return 0;
      case 0x0003'0005: value = partition.time; return 0;
      case 0x0006'0009: value = partition.frequency_hz; return 0;
      default: return mshv::status::unknown_property;
    }
  }
  std::uint16_t set_property(std::uint32_t code, std::uint64_t value) {
    switch (code) {
      case 0x0001'0001:
        if (partition.is_ready) return mshv::status::invalid_partition_state;
        partition.features = value;
        return 0;
      case 0x0003'0003:
        if (value > 1) return mshv::status::property_value_out_of_range;
        partition.set_frozen(value == 1);
        return 0;
      case 0x0003'0005: return status_of(partition.set_time(value));
      default: return mshv::status::unknown_property;
    }
  }

  int next_file_ = 100;
  model_partition model_of_new_;
};

}  // namespace guestclock::tests
