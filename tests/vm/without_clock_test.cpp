// SPDX-License-Identifier: BSL-1.0
// The sandbox of a build that leaves the clock out: its guest has no time, and is told so.
#include <sandbox.hpp>
#include <told_text.hpp>

#include <gtest/gtest.h>

#include <cerrno>
#include <cstring>

#include <unistd.h>

namespace {

namespace sandbox = guestclock::sandbox;

TEST(SandboxWithoutClock, TellsItsGuestSo) {
  if (access("/dev/kvm", R_OK | W_OK) != 0) GTEST_SKIP() << "/dev/kvm cannot be used: " << std::strerror(errno);
  const auto seen = guestclock::sandbox::run({});
  ASSERT_TRUE(seen) << seen.why_none();
  EXPECT_EQ(seen->no_time, "no time: no_clock: this guest's host has enabled no clock for it\n");
  EXPECT_EQ(seen->readings, 0u);
  EXPECT_TRUE(seen->told.empty());
}

/// Of a guest that means harm.
TEST(SandboxText, IsBoundedAndDoesNothingToATerminal) {
  struct {
    sandbox::mailbox box;
    char behind[64]{};
  } there;
  std::memset(there.box.text, 'x', sizeof there.box.text);
  std::memset(there.behind, '!', sizeof there.behind);
  for (const std::uint64_t size : {std::uint64_t{1025}, std::uint64_t{1} << 63, ~std::uint64_t{0}}) {
    there.box.text_size = size;
    EXPECT_EQ(sandbox::told_text(there.box), std::string(1024, 'x')) << size;
  }
  constexpr char harm[] = "a\x1B[2J~\r\n\0b\xFF\x7F";
  std::memcpy(there.box.text, harm, sizeof harm - 1);
  there.box.text_size = sizeof harm - 1;
  EXPECT_EQ(sandbox::told_text(there.box), "a\\x1B[2J~\\x0D\n\\x00b\\xFF\\x7F");
  there.box.text_size = 0;
  EXPECT_EQ(sandbox::told_text(there.box), "");
}

}  // namespace
