// SPDX-License-Identifier: BSL-1.0
#include <guestclock/kvm/guest.hpp>

#include <gtest/gtest.h>

#include <map>
#include <utility>
#include <vector>

namespace {

using namespace guestclock;

struct kvm_with {
  u32 bits;
  x86::cpuid_leaf operator()(u32 leaf, u32) const {
    if (leaf == 1) return {0, 0, u32(1) << 31, 0};
    if (leaf == 0x40000000) return {0x40000001, 0x4b4d564b, 0x564b4d56, 0x4d};
    if (leaf == 0x40000001) return {bits, 0, 0, 0};
    return {};
  }
};

/// Registers as a table, and every write that was tried.
struct msr_table {
  std::map<u32, u64> values;
  std::vector<std::pair<u32, u64>> writes;
  bool takes = true;
  result<u64> read(u32 index) {
    const auto found = values.find(index);
    if (found == values.end()) return clock_error::no_clock;
    return found->second;
  }
  bool write(u32 index, u64 value) {
    writes.emplace_back(index, value);
    if (takes) values[index] = value;
    return takes;
  }
};

TEST(KvmGuest, DetectsWhatIsOffered) {
  const auto all = kvm::detect(kvm_with{1u << 24 | 1u << 3 | 1u});
  ASSERT_TRUE(all);
  EXPECT_TRUE(all->clock);
  EXPECT_TRUE(all->old_clock);
  EXPECT_TRUE(all->stable);
  EXPECT_EQ(all->base, 0x40000000u);
  EXPECT_FALSE(kvm::detect(kvm_with{1u << 3})->stable);
  EXPECT_EQ(kvm::detect([](u32, u32) { return x86::cpuid_leaf{}; }).error(), clock_error::no_clock);
}

TEST(KvmGuest, TakesTheNewMsrsBeforeTheOldOnes) {
  EXPECT_EQ(kvm::msrs_of({0, true, true, false})->system_time, 0x4b564d01u);
  EXPECT_EQ(kvm::msrs_of({0, true, true, false})->wall_clock, 0x4b564d00u);
  EXPECT_EQ(kvm::msrs_of({0, true, false, false})->system_time, 0x12u);
  EXPECT_EQ(kvm::msrs_of({0, true, false, false})->wall_clock, 0x11u);
  EXPECT_EQ(kvm::msrs_of({0, false, false, true}).error(), clock_error::no_clock);
}

TEST(KvmGuest, EnablesAndDisablesAPage) {
  msr_table msrs;
  EXPECT_EQ(kvm::enable(msrs, kvm::new_msrs, 0x5004), kvm::answer::done);
  EXPECT_EQ(msrs.values[0x4b564d01], 0x5005u);
  EXPECT_EQ(*kvm::enabled_at(msrs, kvm::new_msrs), 0x5004u);
  EXPECT_EQ(kvm::disable(msrs, kvm::new_msrs), kvm::answer::done);
  EXPECT_EQ(msrs.values[0x4b564d01], 0u);
  EXPECT_EQ(*kvm::enabled_at(msrs, kvm::new_msrs), 0u);
  EXPECT_EQ(kvm::enabled_at(msrs, kvm::old_msrs).error(), clock_error::no_clock);
}

TEST(KvmGuest, AsksForNoPageThatCrossesTheEndOfAnother) {
  msr_table msrs;
  EXPECT_EQ(kvm::enable(msrs, kvm::new_msrs, 0x5fe4), kvm::answer::misplaced);
  EXPECT_EQ(kvm::enable(msrs, kvm::new_msrs, 0x5002), kvm::answer::misplaced);
  EXPECT_TRUE(msrs.writes.empty());
  EXPECT_EQ(kvm::enable(msrs, kvm::new_msrs, 0x5fe0), kvm::answer::done);
}

TEST(KvmGuest, SaysThatTheHostRefused) {
  msr_table msrs{{}, {}, false};
  EXPECT_EQ(kvm::enable(msrs, kvm::old_msrs, 0x5000), kvm::answer::refused);
  EXPECT_EQ(kvm::disable(msrs, kvm::old_msrs), kvm::answer::refused);
  EXPECT_EQ(kvm::request_wall_clock(msrs, kvm::old_msrs, 0x5000), kvm::answer::refused);
  EXPECT_STREQ(name_of(kvm::answer::refused), "refused");
}

TEST(KvmGuest, AsksForTheWallClockByItsPlainAddress) {
  msr_table msrs;
  EXPECT_EQ(kvm::request_wall_clock(msrs, kvm::new_msrs, 0x6004), kvm::answer::done);
  EXPECT_EQ(msrs.values[0x4b564d00], 0x6004u);
  EXPECT_EQ(kvm::request_wall_clock(msrs, kvm::new_msrs, 0x6001), kvm::answer::misplaced);
  EXPECT_EQ(msrs.writes.size(), 1u);
}

TEST(KvmGuest, PairsTheWallClockWithTheCounter) {
  kvm::clock_pairing filled{};
  const auto host = [&filled](u64 number, u64 address, u64 kind) -> i64 {
    EXPECT_EQ(number, 9u);
    EXPECT_EQ(address, 0x7000u);
    EXPECT_EQ(kind, 0u);
    filled.sec = 1'768'491'296;
    filled.nsec = 999'999'999;
    filled.tsc = 77;
    return 0;
  };
  const auto paired = kvm::pair_wall_clock(host, filled, 0x7000);
  ASSERT_TRUE(paired);
  EXPECT_EQ(paired->wall.seconds(), 1'768'491'296);
  EXPECT_EQ(paired->wall.nanoseconds(), 999'999'999u);
  EXPECT_EQ(paired->counter, 77u);
}

TEST(KvmGuest, PairsNothingWhereTheHostCannot) {
  kvm::clock_pairing filled{};
  EXPECT_EQ(kvm::pair_wall_clock([](u64, u64, u64) { return i64(-1000); }, filled, 0).error(), clock_error::no_clock);
  filled.nsec = 1'000'000'000;
  EXPECT_EQ(kvm::pair_wall_clock([](u64, u64, u64) { return i64(0); }, filled, 0).error(), clock_error::out_of_range);
  filled.nsec = -1;
  EXPECT_EQ(kvm::paired_wall_of(filled).error(), clock_error::out_of_range);
}

}  // namespace
