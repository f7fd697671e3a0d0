// SPDX-License-Identifier: BSL-1.0
/// \file model_partition.hpp
/// A partition as its hypervisor keeps it, as far as the TLFS tells of its clock: reference time, counters, who may write
/// them when, and the page that the hypervisor makes of them. Time passes by the calls: each takes a unit of 100 ns.
#pragma once

#include <guestclock/guestclock.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace guestclock::tests {

/// What the hypervisor answers.
enum class verdict { taken, no_such_processor, processor_runs, not_while_time_runs, no_such_register };

struct model_partition {
  // What a test may set.
  bool freezes = true;           ///< freezing does something
  bool freezes_counters = true;  ///< and to the counters, too
  bool keeps_time = true;
  bool keeps_counters = true;
  bool keeps_page = true;
  std::uint64_t frequency_hz = 2'400'000'000;
  std::set<std::uint32_t> running;

  // What it holds.
  bool is_ready = false;  ///< initialised, set up
  bool is_frozen = false;
  std::uint64_t features = 0;
  std::uint64_t time = 0;
  std::map<std::uint32_t, std::uint64_t> counters;
  std::uint64_t guest_os_id = 0;
  std::uint64_t reference_tsc = 0;
  std::vector<std::string> written;  ///< what was changed, in order

  void pass(std::uint64_t units = 1) {
    const std::uint64_t ticks = units * frequency_hz / 10'000'000;
    if (!is_frozen || !freezes) time += units;
    if (!is_frozen || !freezes || !freezes_counters)
      for (auto& [number, counter] : counters) counter += ticks;
  }

  void set_frozen(bool frozen) {
    is_frozen = frozen;
    written.emplace_back(frozen ? "freeze" : "thaw");
  }
  verdict set_time(std::uint64_t to) {
    if (!is_frozen) return verdict::not_while_time_runs;
    written.emplace_back("time");
    if (keeps_time) time = to;
    return verdict::taken;
  }

  /// A register of a processor, by the offset at which the hypervisors' two interfaces both have it.
  std::uint64_t* at(std::uint32_t processor, std::uint32_t which) {
    switch (which) {
      case 0: return &counters.at(processor);
      case 2: return &guest_os_id;
      case 0x17: return &reference_tsc;
      default: return nullptr;
    }
  }
  verdict may_touch(std::uint32_t processor) const {
    if (counters.count(processor) == 0) return verdict::no_such_processor;
    return running.count(processor) != 0 ? verdict::processor_runs : verdict::taken;
  }
  verdict read(std::uint32_t processor, std::uint32_t which, std::uint64_t& value) {
    if (const verdict may = may_touch(processor); may != verdict::taken) return may;
    const std::uint64_t* const place = at(processor, which);
    if (place == nullptr) return verdict::no_such_register;
    value = *place;
    return verdict::taken;
  }
  verdict write(std::uint32_t processor, std::uint32_t which, std::uint64_t value) {
    if (const verdict may = may_touch(processor); may != verdict::taken) return may;
    std::uint64_t* const place = at(processor, which);
    if (place == nullptr) return verdict::no_such_register;
    written.push_back(which == 0 ? "counter " + std::to_string(processor) : which == 2 ? "id" : "page");
    if (which == 0 ? keeps_counters : which != 0x17 || keeps_page) *place = value;
    return verdict::taken;
  }

  /// The page that the guest sees now; none where it has none.
  std::optional<reference_tsc_snapshot> page() const {
    if ((reference_tsc & 1) == 0 || guest_os_id == 0 || counters.empty()) return std::nullopt;
    const result<u64> scale = reference_tsc_scale_for(frequency_hz);
    if (!scale) return std::nullopt;
    const result<u64> since = ticks_to_time(counters.begin()->second, wide_tick_rate{*scale, i8(0)});
    return reference_tsc_snapshot{*scale, as_signed(wrapping_sub(u64{time}, *since))};
  }
  /// What the guest reads on that processor now.
  std::optional<std::uint64_t> guest_reads(std::uint32_t processor) const {
    const auto now = page();
    if (!now) return std::nullopt;
    const result<reference_time> seen = reference_time_at(*now, counters.at(processor));
    return seen ? std::optional<std::uint64_t>(seen->count) : std::nullopt;
  }
};

}  // namespace guestclock::tests
