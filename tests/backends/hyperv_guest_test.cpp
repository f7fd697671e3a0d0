// SPDX-License-Identifier: BSL-1.0
#include <guestclock/hyperv/guest.hpp>
#include <guestclock/publisher.hpp>

#include <gtest/gtest.h>

#include <cstring>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace guestclock;
using hyperv::answer;

constexpr u32 hypervisor_present = u32(1) << 31;
constexpr x86::cpuid_leaf microsoft{0x4000000b, 0x7263694d, 0x666f736f, 0x76482074};
constexpr u32 all_privileges = 1u << 1 | 1u << 5 | 1u << 9 | 1u << 11;

/// CPUID as a table; what is not in it is 0.
using leaves = std::map<u32, x86::cpuid_leaf>;
struct table_cpuid {
  leaves table;
  x86::cpuid_leaf operator()(u32 leaf, u32) const {
    const auto found = table.find(leaf);
    return found == table.end() ? x86::cpuid_leaf{} : found->second;
  }
};
leaves with(u32 privileges, u32 features) {
  return {{1, {0, 0, hypervisor_present, 0}},
          {0x40000000, microsoft},
          {0x40000001, {0x31237648, 0, 0, 0}},
          {0x40000003, {privileges, 0, 0, features}}};
}
leaves altered(u32 leaf, x86::cpuid_leaf to) {
  leaves all = with(all_privileges, 1u << 8);
  all[leaf] = to;
  return all;
}

TEST(HypervGuest, GoesByTheInterface) {
  struct {
    const char* what;
    leaves cpuid;
    bool is_there;
    x86::hypervisor vendor;
  } const rows[] = {
      {"Hyper-V", with(all_privileges, 1u << 8), true, x86::hypervisor::hyperv},
      {"no hypervisor", altered(1, {}), false, {}},
      {"Hyper-V's name, another interface", altered(0x40000001, {0x31237649, 0, 0, 0}), false, {}},
      {"KVM's name, this interface", altered(0x40000000, {0x40000003, 0x4b4d564b, 0x564b4d56, 0x4d}), true,
       x86::hypervisor::kvm},
      {"another name", altered(0x40000000, {0x40000005, 1, 2, 3}), true, x86::hypervisor::other},
      {"no leaf of privileges", altered(0x40000000, {0x40000002, 0x7263694d, 0x666f736f, 0x76482074}), false, {}},
  };
  for (const auto& row : rows) {
    const auto found = hyperv::detect(table_cpuid{row.cpuid});
    ASSERT_EQ(static_cast<bool>(found), row.is_there) << row.what;
    if (!found) {
      EXPECT_EQ(found.error(), clock_error::no_clock);
      continue;
    }
    EXPECT_EQ(found->vendor, row.vendor) << row.what;
    EXPECT_EQ(found->last, table_cpuid{row.cpuid}(0x40000000, 0).eax) << row.what;
  }
}

TEST(HypervGuest, DetectsEachOfWhatIsOffered) {
  struct {
    u32 privileges;
    u32 features;
    std::string offered;  // identity, counter, page, frequencies
  } const rows[] = {
      {0, 0, "----"},
      {all_privileges, 1u << 8, "icpf"},
      {1u << 5, 0, "i---"},
      {1u << 1, 0, "-c--"},
      {1u << 9, 0, "--p-"},
      {1u << 11, 1u << 8, "---f"},
      {1u << 11, 0, "----"},
      {0, 1u << 8, "----"},
      {~all_privileges, ~(1u << 8), "----"},
  };
  for (const auto& row : rows) {
    const auto found = hyperv::detect(table_cpuid{with(row.privileges, row.features)});
    ASSERT_TRUE(found);
    const std::string offered = std::string(found->identity ? "i" : "-") + (found->counter ? "c" : "-") +
                                (found->page ? "p" : "-") + (found->frequencies ? "f" : "-");
    EXPECT_EQ(offered, row.offered) << std::hex << row.privileges << ' ' << row.features;
  }
}

/// A hypervisor's registers: some of them, some refused, and every write that was tried.
struct simulated_msrs {
  std::map<u32, u64> values{{0x40000000, 0}, {0x40000020, 5'000'000}, {0x40000021, 0}};
  std::vector<u32> takes_not{};  // writes that fail
  std::vector<u32> ignores{};    // writes that do nothing
  std::vector<std::pair<u32, u64>> writes{};
  static bool has(const std::vector<u32>& list, u32 index) {
    for (const u32 each : list)
      if (each == index) return true;
    return false;
  }
  result<u64> read(u32 index) const {
    const auto found = values.find(index);
    if (found == values.end()) return clock_error::no_clock;
    return found->second;
  }
  bool write(u32 index, u64 value) {
    writes.emplace_back(index, value);
    if (has(takes_not, index) || values.count(index) == 0) return false;
    if (!has(ignores, index)) values[index] = value;
    return true;
  }
};
simulated_msrs identified() {
  simulated_msrs msrs;
  msrs.values[0x40000000] = 1;
  return msrs;
}

TEST(HypervGuest, DescribesAnOpenSystem) {
  EXPECT_EQ(hyperv::guest_os_id({}), 0x8000'0000'0000'0000u);
  EXPECT_EQ(hyperv::guest_os_id({.type = 1, .variant = 0, .version = 0x060107, .build = 0}), 0x8100'0006'0107'0000u);
  EXPECT_EQ(hyperv::guest_os_id({.type = 0x7F, .variant = 0xFF, .version = ~u32{0}, .build = 0xFFFF}), ~u64{0});
  EXPECT_EQ(hyperv::guest_os_id({.type = 0x80, .variant = 0x100, .version = 0, .build = 0x10000}),
            0x8000'0000'0000'0000u);
}

TEST(HypervGuest, SaysWhoItIs) {
  simulated_msrs msrs;
  EXPECT_EQ(hyperv::identify(msrs, 0), answer::misplaced);
  EXPECT_TRUE(msrs.writes.empty());
  EXPECT_EQ(hyperv::identify(msrs, 7), answer::done);
  EXPECT_EQ(msrs.values[0x40000000], 7u);

  simulated_msrs refusing;
  refusing.takes_not = {0x40000000};
  EXPECT_EQ(hyperv::identify(refusing, 7), answer::refused);
  simulated_msrs deaf;
  deaf.ignores = {0x40000000};
  EXPECT_EQ(hyperv::identify(deaf, 7), answer::refused);
}

TEST(HypervGuest, EnablesAndDisablesThePageAndPreservesReservedBits) {
  struct {
    u64 before;
    u64 address;
    u64 enabled;
    u64 disabled;
  } const rows[] = {
      {0, 0x5000, 0x5001, 0},
      {0xFFE, 0x5000, 0x5FFF, 0xFFE},
      {0x002, 0xFFFF'FFFF'FFFF'F000, 0xFFFF'FFFF'FFFF'F003, 0x002},
      {0x9000'0801, 0x7000, 0x7801, 0x800},  // it was enabled elsewhere
      {0, 0, 1, 0},
  };
  for (const auto& row : rows) {
    simulated_msrs msrs = identified();
    msrs.values[0x40000021] = row.before;
    ASSERT_EQ(hyperv::enable(msrs, row.address), answer::done) << std::hex << row.before;
    EXPECT_EQ(msrs.values[0x40000021], row.enabled);
    EXPECT_EQ(*hyperv::enabled_at(msrs), row.address);
    EXPECT_EQ(msrs.writes.size(), 1u);
    ASSERT_EQ(hyperv::disable(msrs), answer::done);
    EXPECT_EQ(msrs.values[0x40000021], row.disabled);
    EXPECT_EQ(*hyperv::enabled_at(msrs), 0u);
  }
}

TEST(HypervGuest, SaysWhyThePageIsNotEnabled) {
  struct {
    const char* what;
    u64 address;
    std::optional<u64> identity;
    std::optional<u64> register_before;
    bool takes;
    bool keeps;
    answer given;
    std::size_t writes;
  } const rows[] = {
      {"not a page's address", 0x5008, 1, 0, true, true, answer::misplaced, 0},
      {"not a page's address by its last bit", 0x5001, 1, 0, true, true, answer::misplaced, 0},
      {"nobody said who", 0x5000, 0, 0, true, true, answer::unidentified, 0},
      {"no identity to be had", 0x5000, {}, 0, true, true, answer::unidentified, 0},
      {"no such register", 0x5000, 1, {}, true, true, answer::refused, 0},
      {"a write that fails", 0x5000, 1, 0, false, true, answer::refused, 1},
      {"a write that does nothing", 0x5000, 1, 0, true, false, answer::refused, 1},
      {"another page stays enabled", 0x5000, 1, 0x6001, true, false, answer::refused, 1},
      {"the same page, not enabled", 0x5000, 1, 0x5000, true, false, answer::refused, 1},
      {"all is well", 0x5000, 1, 0, true, true, answer::done, 1},
  };
  for (const auto& row : rows) {
    simulated_msrs msrs;
    msrs.values.clear();
    if (row.identity) msrs.values[0x40000000] = *row.identity;
    if (row.register_before) msrs.values[0x40000021] = *row.register_before;
    if (!row.takes) msrs.takes_not = {0x40000021};
    if (!row.keeps) msrs.ignores = {0x40000021};
    EXPECT_EQ(hyperv::enable(msrs, row.address), row.given) << row.what;
    EXPECT_EQ(msrs.writes.size(), row.writes) << row.what;
  }
  simulated_msrs none;
  none.values.clear();
  EXPECT_EQ(hyperv::disable(none), answer::refused);
  EXPECT_EQ(hyperv::enabled_at(none).error(), clock_error::no_clock);
  simulated_msrs off;
  off.values[0x40000021] = 0x5FFE;
  EXPECT_EQ(*hyperv::enabled_at(off), 0u) << "an address alone enables nothing";
  simulated_msrs stubborn;
  stubborn.takes_not = {0x40000021};
  EXPECT_EQ(hyperv::disable(stubborn), answer::refused);
}

struct still_counter {
  struct sample_of {
    u64 value;
    after_nothing after;
  };
  sample_of sample() const { return {0x8000'0000, {}}; }
};

TEST(HypervGuest, FallsBackOnTheCounterExactlyWhereTheSequenceIsZero) {
  alignas(4096) static hv_reference_tsc_page page{};
  simulated_msrs msrs = identified();
  reference_tsc_reader<still_counter> clock(&page);
  const auto fallback = hyperv::reference_counter(msrs);
  auto now = clock.now_or(fallback);
  ASSERT_TRUE(now);
  EXPECT_EQ(now->time.nanoseconds, 500'000'000u);
  EXPECT_EQ(now->version, 0u);

  page.tsc_scale = u64{1} << 33;
  page.tsc_offset = 7;
  page.tsc_sequence = 3;
  now = clock.now_or(fallback);
  ASSERT_TRUE(now);
  EXPECT_EQ(now->time.nanoseconds, 800u);
  EXPECT_EQ(now->version, 3u);

  page.tsc_sequence = 0;
  msrs.values.erase(0x40000020);
  EXPECT_EQ(clock.now_or(fallback).error(), clock_error::no_clock);
}

TEST(HypervGuest, ReadsFrequenciesWhereTheyAreOffered) {
  struct {
    bool offered;
    std::optional<u64> tsc;
    std::optional<u64> apic;
    std::optional<clock_error> why;
  } const rows[] = {
      {true, 2'494'140'000, 200'000'000, {}},
      {false, 2'494'140'000, 200'000'000, clock_error::no_clock},
      {true, {}, 200'000'000, clock_error::no_clock},
      {true, 2'494'140'000, {}, clock_error::no_clock},
      {true, 0, 200'000'000, clock_error::bad_frequency},
      {true, 2'494'140'000, 0, clock_error::bad_frequency},
  };
  for (const auto& row : rows) {
    simulated_msrs msrs;
    if (row.tsc) msrs.values[0x40000022] = *row.tsc;
    if (row.apic) msrs.values[0x40000023] = *row.apic;
    hyperv::features offered;
    offered.frequencies = row.offered;
    const auto found = hyperv::read_frequencies(msrs, offered);
    ASSERT_EQ(static_cast<bool>(found), !row.why);
    if (row.why) {
      EXPECT_EQ(found.error(), *row.why);
      continue;
    }
    EXPECT_EQ(found->tsc_hz, *row.tsc);
    EXPECT_EQ(found->apic_hz, *row.apic);
  }
}

TEST(HypervGuest, NamesItsAnswers) {
  EXPECT_STREQ(name_of(answer::done), "done");
  EXPECT_STREQ(name_of(answer::misplaced), "misplaced");
  EXPECT_STREQ(name_of(answer::unidentified), "unidentified");
  EXPECT_STREQ(name_of(answer::refused), "refused");
  EXPECT_STREQ(name_of(static_cast<answer>(9)), "unknown");
}

}  // namespace
