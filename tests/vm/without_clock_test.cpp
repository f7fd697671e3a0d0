// SPDX-License-Identifier: BSL-1.0
// The sandbox of a build that leaves the clock out: its guest has no time, and is told so.
#include <sandbox.hpp>

#include <gtest/gtest.h>

#include <cerrno>
#include <cstring>

#include <unistd.h>

namespace {

TEST(SandboxWithoutClock, TellsItsGuestSo) {
  if (access("/dev/kvm", R_OK | W_OK) != 0) GTEST_SKIP() << "/dev/kvm cannot be used: " << std::strerror(errno);
  const auto seen = guestclock::sandbox::run({});
  ASSERT_TRUE(seen) << seen.why_none();
  EXPECT_EQ(seen->no_time, "no time: no_clock: this guest's host has enabled no clock for it\n");
  EXPECT_EQ(seen->readings, 0u);
  EXPECT_TRUE(seen->told.empty());
}

}  // namespace
