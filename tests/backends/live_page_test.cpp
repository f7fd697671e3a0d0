// SPDX-License-Identifier: BSL-1.0
#include "pages.hpp"
#include "processors.hpp"

#include <guestclock/linux/maps.hpp>
#include <guestclock/x86/counter.hpp>

#include <csignal>
#include <filesystem>

#include <sched.h>
#include <sys/mman.h>
#include <unistd.h>

namespace {

using namespace guestclock;
using tests::plain_page;

constexpr int reading_count = 100'000;

std::size_t open_descriptors() {
  const std::filesystem::directory_iterator all("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

template <class Counter> void never_goes_back(const volatile void* page) {
  const tests::pinned here(sched_getcpu());
  ASSERT_TRUE(here.succeeded());
  pvclock_reader<Counter> clock(page);
  instant latest{};
  for (int count = 0; count < reading_count; ++count) {
    const auto now = clock.now();
    ASSERT_TRUE(now) << name_of(now.error());
    ASSERT_GE(now->time.nanoseconds, latest.nanoseconds) << "at reading " << count;
    latest = now->time;
  }
}

TEST(LivePage, NeverGoesBackWithTheOrderedCounter) {
  REQUIRE_LIVE_PAGE(page);
  never_goes_back<x86::ordered_counter>(page);
}

TEST(LivePage, NeverGoesBackWithTheStrictCounter) {
  REQUIRE_LIVE_PAGE(page);
  never_goes_back<x86::strict_counter>(page);
}

TEST(LivePage, NeverGoesBackWithTheHalfOrderedCounter) {
  REQUIRE_LIVE_PAGE(page);
  never_goes_back<x86::half_ordered_counter>(page);
}

TEST(LivePage, IsFoundWithinTheAllowedRate) {
  const auto found = on_linux::find_live_page();
  if (!found) GTEST_SKIP() << "no live page: " << found.why_none();
  EXPECT_LE(std::abs(found->difference_ns_per_second), on_linux::rate_difference_ppm_max * 1000);
  EXPECT_TRUE(found->mapping == "[vvar_vclock]" || found->mapping == "[vvar]") << found->mapping;
}

TEST(LivePage, LeavesNoDescriptorOpenAndNoHandlerBehind) {
  struct sigaction before {};
  sigaction(SIGBUS, nullptr, &before);
  const std::size_t open_before = open_descriptors();
  for (int count = 0; count < 5; ++count) static_cast<void>(on_linux::find_live_page());
  struct sigaction after {};
  sigaction(SIGBUS, nullptr, &after);
  EXPECT_EQ(open_descriptors(), open_before);
  EXPECT_EQ(before.sa_handler, after.sa_handler);
}

TEST(LivePage, SaysWhyThereIsNone) {
  const auto found = on_linux::find_live_page();
  EXPECT_EQ(static_cast<bool>(found), found.why_none().empty());
}

TEST(Backing, IsSeenWithoutTouching) {
  const auto page = plain_page();
  EXPECT_TRUE(on_linux::is_backed(&page, sizeof page));
  EXPECT_FALSE(on_linux::is_backed(nullptr, sizeof page));
}

TEST(Backing, IsMissingBehindTheEndOfAFile) {
  const int file = memfd_create("empty", 0);
  void* const mapped = mmap(nullptr, 4096, PROT_READ, MAP_SHARED, file, 0);
  ASSERT_NE(mapped, MAP_FAILED);
  EXPECT_FALSE(on_linux::is_backed(mapped, 32)) << "touching it would be SIGBUS";
  ASSERT_EQ(ftruncate(file, 4096), 0);
  EXPECT_TRUE(on_linux::is_backed(mapped, 32));
  munmap(mapped, 4096);
  close(file);
}

TEST(Backing, IsMissingWhereOnlyTheFirstBytesAreBacked) {
  auto* const pages = static_cast<unsigned char*>(mmap(nullptr, 8192, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  ASSERT_NE(pages, MAP_FAILED);
  ASSERT_EQ(mprotect(pages + 4096, 4096, PROT_NONE), 0);
  EXPECT_TRUE(on_linux::is_backed(pages + 4096 - 32, 32));
  EXPECT_FALSE(on_linux::is_backed(pages + 4096 - 16, 32));
  munmap(pages, 8192);
}

/// The live or a made-up page's parameters, with the rate altered by that many parts per million.
pvclock_vcpu_time_info page_at_rate_off_by(const volatile void* live, std::int64_t ppm) {
  pvclock_vcpu_time_info page = tests::copy_of(live);
  const auto mul = static_cast<std::int64_t>(page.tsc_to_system_mul);
  page.tsc_to_system_mul = static_cast<std::uint32_t>(mul + mul * ppm / 1'000'000);
  return page;
}

TEST(RateBelief, TakesACopyOfTheLivePage) {
  REQUIRE_LIVE_PAGE(live);
  for (const std::int64_t ppm : {0, 900, -900}) {
    const auto page = page_at_rate_off_by(live, ppm);
    const auto belief = on_linux::believe_by_rate(&page);
    ASSERT_TRUE(belief) << belief.why_none();
    EXPECT_NEAR(static_cast<double>(*belief), static_cast<double>(ppm * 1000), 50'000.0);
  }
}

TEST(RateBelief, DoesNotCareAboutTheOffset) {
  REQUIRE_LIVE_PAGE(live);
  auto page = tests::copy_of(live);
  page.system_time += 1'000'000'000'000'000;
  EXPECT_TRUE(on_linux::believe_by_rate(&page));
}

TEST(RateBelief, RefusesARateThatIsOffAndSaysByHowMuch) {
  REQUIRE_LIVE_PAGE(live);
  const auto fast = page_at_rate_off_by(live, 1200);
  const auto slow = page_at_rate_off_by(live, -5000);
  const auto belief = on_linux::believe_by_rate(&fast);
  ASSERT_FALSE(belief);
  EXPECT_TRUE(belief.why_none().find("runs 1") == 0 && belief.why_none().find(" ppm off") != std::string::npos)
      << belief.why_none();
  EXPECT_FALSE(on_linux::believe_by_rate(&slow));
}

TEST(RateBelief, RefusesAPageThatIsNoClock) {
  const pvclock_vcpu_time_info never_published{};
  const auto zero = on_linux::believe_by_rate(&never_published);
  ASSERT_FALSE(zero);
  EXPECT_NE(zero.why_none().find("bad_multiplier"), std::string::npos) << zero.why_none();
  auto busy_page = plain_page();
  busy_page.version = 7;
  const auto busy = on_linux::believe_by_rate(&busy_page);
  ASSERT_FALSE(busy);
  EXPECT_NE(busy.why_none().find("update_in_progress"), std::string::npos) << busy.why_none();
}

}  // namespace
