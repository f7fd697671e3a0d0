// SPDX-License-Identifier: BSL-1.0
#include <guestclock/guestclock.hpp>
#include <guestclock/x86/counter.hpp>
#include <guestclock/x86/cpuid.hpp>
#include <guestclock/x86/msr.hpp>
#include <guestclock/x86/own_page.hpp>

#include <gtest/gtest.h>

#include <sched.h>
#include <map>
#include <utility>

namespace {

using namespace guestclock;
using namespace guestclock::x86;

/// CPUID as a table; a leaf that is not there is all zero.
struct cpuid_table {
  std::map<std::uint32_t, cpuid_leaf> leaves;
  int asked = 0;
  cpuid_leaf operator()(u32 leaf, u32) {
    ++asked;
    const auto found = leaves.find(leaf);
    return found == leaves.end() ? cpuid_leaf{} : found->second;
  }
};

constexpr cpuid_leaf kvm_signature(u32 last) { return {last, 0x4b4d564b, 0x564b4d56, 0x4d}; }
constexpr cpuid_leaf hyperv_signature(u32 last) { return {last, 0x7263694d, 0x666f736f, 0x76482074}; }
constexpr cpuid_leaf in_a_machine{0, 0, u32(1) << 31, 0};

TEST(Cpuid, FindsKvmInTheFirstRange) {
  cpuid_table table{{{1, in_a_machine}, {0x40000000, kvm_signature(0x40000001)}}};
  const auto found = find_hypervisor(table, hypervisor::kvm);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->base, 0x40000000u);
  EXPECT_EQ(found->last, 0x40000001u);
}

TEST(Cpuid, FindsKvmBehindTheHyperVThatItPosesAs) {
  cpuid_table table{
      {{1, in_a_machine}, {0x40000000, hyperv_signature(0x40000006)}, {0x40000100, kvm_signature(0x40000101)}}};
  const auto found = find_hypervisor(table, hypervisor::kvm);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->base, 0x40000100u);
  EXPECT_EQ(find_hypervisor(table, hypervisor::hyperv)->base, 0x40000000u);
}

TEST(Cpuid, TakesAHighestLeafOfZeroForTheOneAfterTheSignature) {
  cpuid_table table{{{1, in_a_machine}, {0x40000000, kvm_signature(0)}}};
  EXPECT_EQ(find_hypervisor(table, hypervisor::kvm)->last, 0x40000001u);
}

TEST(Cpuid, AsksNoHypervisorLeafOnABareMachine) {
  cpuid_table table{{{0x40000000, kvm_signature(0x40000001)}}};
  EXPECT_EQ(find_hypervisor(table, hypervisor::kvm).error(), clock_error::no_clock);
  EXPECT_EQ(table.asked, 1);
}

TEST(Cpuid, GivesUpWhereNobodySigns) {
  cpuid_table table{{{1, in_a_machine}}};
  EXPECT_EQ(find_hypervisor(table, hypervisor::xen).error(), clock_error::no_clock);
  EXPECT_EQ(table.asked, 257);
}

TEST(Cpuid, KnowsTheSignatures) {
  EXPECT_EQ(vendor_of(kvm_signature(0)), hypervisor::kvm);
  EXPECT_EQ(vendor_of(hyperv_signature(0)), hypervisor::hyperv);
  EXPECT_EQ(vendor_of({0, 0x566e6558, 0x65584d4d, 0x4d4d566e}), hypervisor::xen);
  EXPECT_EQ(vendor_of({0, 0x4b4d564b, 0x564b4d56, 0x4e}), hypervisor::other);
  EXPECT_EQ(vendor_of({0, 0x4b4d564b, 0x564b4d57, 0x4d}), hypervisor::other);
}

TEST(Cpuid, BelievesAnInvariantCounterOnlyFromALeafThatIsThere) {
  EXPECT_FALSE(has_invariant_counter(cpuid_table{{{0x80000007, {0, 0, 0, 0x100}}}}));
  EXPECT_TRUE(
      has_invariant_counter(cpuid_table{{{0x80000000, {0x80000008, 0, 0, 0}}, {0x80000007, {0, 0, 0, 0x100}}}}));
  EXPECT_FALSE(
      has_invariant_counter(cpuid_table{{{0x80000000, {0x80000008, 0, 0, 0}}, {0x80000007, {0, 0, 0, 0xFF}}}}));
  EXPECT_FALSE(has_rdtscp(cpuid_table{{{0x80000001, {0, 0, 0, u32(1) << 27}}}}));
  EXPECT_TRUE(has_rdtscp(cpuid_table{{{0x80000000, {0x80000001, 0, 0, 0}}, {0x80000001, {0, 0, 0, u32(1) << 27}}}}));
}

TEST(Cpuid, ComputesTheFrequencyFromTheCrystal) {
  const auto f =
      frequency_by_cpuid(cpuid_table{{{0, {0x16, 0, 0, 0}}, {0x15, {2, 216, 24'000'000, 0}}, {0x16, {2600, 0, 0, 0}}}});
  ASSERT_TRUE(f);
  EXPECT_EQ(f->hz, 2'592'000'000u);
  EXPECT_EQ(f->source, frequency_source::crystal);
}

TEST(Cpuid, RoundsTheFrequencyToTheNearest) {
  EXPECT_EQ(frequency_by_cpuid(cpuid_table{{{0, {0x15, 0, 0, 0}}, {0x15, {3, 2, 19'200'001, 0}}}})->hz, 12'800'001u);
  EXPECT_EQ(frequency_by_cpuid(cpuid_table{{{0, {0x15, 0, 0, 0}}, {0x15, {3, 1, 1'000'000, 0}}}})->hz, 333'333u);
  EXPECT_EQ(frequency_by_cpuid(cpuid_table{{{0, {0x15, 0, 0, 0}}, {0x15, {2, 1, 1'000'001, 0}}}})->hz, 500'001u);
}

TEST(Cpuid, ComputesFrequenciesAbove32Bits) {
  EXPECT_EQ(frequency_by_cpuid(cpuid_table{{{0, {0x15, 0, 0, 0}}, {0x15, {2, 400, 25'000'000, 0}}}})->hz,
            5'000'000'000u);
  EXPECT_EQ(frequency_by_cpuid(cpuid_table{{{0, {0x16, 0, 0, 0}}, {0x16, {5000, 0, 0, 0}}}})->hz, 5'000'000'000u);
}

TEST(Cpuid, DoesNotComputeWithACrystalThatIsNotSaid) {
  for (const cpuid_leaf& incomplete :
       {cpuid_leaf{2, 216, 0, 0}, cpuid_leaf{0, 216, 24'000'000, 0}, cpuid_leaf{2, 0, 24'000'000, 0}}) {
    const auto f = frequency_by_cpuid(
        cpuid_table{{{0, {0x16, 0, 0, 0}}, {0x15, incomplete}, {0x16, {0xFFFF'0000 + 2600, 0, 0, 0}}}});
    ASSERT_TRUE(f);
    EXPECT_EQ(f->hz, 2'600'000'000u);
    EXPECT_EQ(f->source, frequency_source::base_frequency);
  }
}

TEST(Cpuid, TakesNoFrequencyFromALeafAboveTheHighest) {
  EXPECT_FALSE(frequency_by_cpuid(
      cpuid_table{{{0, {0x14, 0, 0, 0}}, {0x15, {2, 216, 24'000'000, 0}}, {0x16, {2600, 0, 0, 0}}}}));
  EXPECT_FALSE(frequency_by_cpuid(cpuid_table{{{0, {0x16, 0, 0, 0}}}}));
  cpuid_table kvm_alone{{{0, {1, 0, 0, 0}},
                         {1, in_a_machine},
                         {0x40000000, kvm_signature(0x40000001)},
                         {0x40000010, {2'600'000, 0, 0, 0}}}};
  EXPECT_FALSE(frequency_by_cpuid(kvm_alone));
}

TEST(Cpuid, TakesTheHypervisorsFrequencyWhereItHasThatLeaf) {
  const auto f = frequency_by_cpuid(cpuid_table{{{0, {0x16, 0, 0, 0}},
                                                 {1, in_a_machine},
                                                 {0x16, {2600, 0, 0, 0}},
                                                 {0x40000000, kvm_signature(0x40000010)},
                                                 {0x40000010, {4'500'000, 0, 0, 0}}}});
  ASSERT_TRUE(f);
  EXPECT_EQ(f->hz, 4'500'000'000u);
  EXPECT_EQ(f->source, frequency_source::hypervisor);
}

TEST(Cpuid, IsAnsweredByThisProcessor) { EXPECT_GE(this_processor{}(0, 0).eax, 1u); }

TEST(RdtscpCounter, LiesBetweenOrderedOnesAndSaysTheProcessor) {
  if (!has_rdtscp(this_processor{})) GTEST_SKIP() << "this processor has no RDTSCP";
  rdtscp_counter counter;
  u64 latest = 0;
  for (int round = 0; round < 1000; ++round) {
    const u64 before = strict_counter{}.sample().value;
    const auto seen = counter.sample();
    const u64 after = strict_counter{}.sample().value;
    ASSERT_EQ(seen.after, 0u);
    ASSERT_LE(before, seen.value);
    ASSERT_LE(seen.value, after);
    ASSERT_LE(latest, before);
    latest = after;
  }
  int agreed = 0;
  for (int round = 0; round < 100; ++round) {
    static_cast<void>(counter.sample());
    agreed += processor_of_linux(counter.processor) == u32(sched_getcpu()) ? 1 : 0;
  }
  EXPECT_GT(agreed, 50);  // this thread may be moved between both
}

/// A counter that tells a given sequence of processors.
struct wandering_counter {
  const u32* next{};
  int left{};
  u32 processor{};
  counter_sample<after_nothing> sample() noexcept {
    processor = *next;
    if (left > 1) {
      ++next;
      --left;
    }
    return {2000, {}};
  }
};

struct two_pages {
  pvclock_vcpu_time_info pages[2]{{2, 0, 1000, 10'000, 0x80000000, 1, 1, {}},
                                  {2, 0, 1000, 20'000, 0x80000000, 1, 1, {}}};
  const volatile void* operator()(u32 processor) const { return processor < 2 ? &pages[processor] : nullptr; }
};

TEST(OwnPage, IsOfTheProcessorThatTheCounterWasReadOn) {
  const two_pages pages;
  const u32 stays[] = {1};
  EXPECT_EQ(read_own_page(pages, wandering_counter{stays, 1})->time.nanoseconds, 21'000u);
  const u32 moved_once[] = {0, 1, 1};
  EXPECT_EQ(read_own_page(pages, wandering_counter{moved_once, 3})->time.nanoseconds, 21'000u);
}

TEST(OwnPage, GivesUpWhereItIsMovedAtEveryRead) {
  u32 back_and_forth[retry_count_max + 2];
  for (u32 turn = 0; turn < retry_count_max + 2; ++turn) back_and_forth[turn] = turn % 2;
  const auto seen = read_own_page(two_pages{}, wandering_counter{back_and_forth, retry_count_max + 2});
  EXPECT_EQ(seen.error(), clock_error::update_in_progress);
}

TEST(OwnPage, IsNoClockWhereAProcessorHasNone) {
  const u32 third[] = {2};
  EXPECT_EQ(read_own_page(two_pages{}, wandering_counter{third, 1}).error(), clock_error::no_clock);
}

}  // namespace
