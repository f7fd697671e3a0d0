// SPDX-License-Identifier: BSL-1.0
#include <guestclock/linux/maps.hpp>

#include <gtest/gtest.h>

#include <string>

namespace {

using guestclock::on_linux::candidate_count_max;
using guestclock::on_linux::hyperv_candidates;
using guestclock::on_linux::parse_mapping;
using guestclock::on_linux::pvclock_candidates;
using addresses = std::vector<std::uintptr_t>;

constexpr std::size_t page_bytes = 4096;

constexpr const char* newer_kernel =
    "55a0c8a00000-55a0c8a02000 r--p 00000000 fe:00 262216                     /usr/bin/cat\n"
    "7f7b3e017000-7f7b3e01b000 r--p 00000000 00:00 0                          [vvar]\n"
    "7f7b3e01b000-7f7b3e01d000 r--p 00000000 00:00 0                          [vvar_vclock]\n"
    "7f7b3e01d000-7f7b3e01f000 r-xp 00000000 00:00 0                          [vdso]\n";

constexpr const char* older_kernel =
    "7ffd5c5e0000-7ffd5c601000 rw-p 00000000 00:00 0                          [stack]\n"
    "7ffd5c7a1000-7ffd5c7a5000 r--p 00000000 00:00 0                          [vvar]\n"
    "7ffd5c7a5000-7ffd5c7a7000 r-xp 00000000 00:00 0                          [vdso]\n";

TEST(Maps, TakesTheFirstPageOfVvarVclockAndNoOther) {
  const auto found = pvclock_candidates(newer_kernel, page_bytes);
  EXPECT_EQ(found.mapping, "[vvar_vclock]");
  EXPECT_EQ(found.addresses, addresses{0x7f7b3e01b000});
}

TEST(Maps, TakesThePagesAfterTheFirstOfAnOlderVvar) {
  const auto found = pvclock_candidates(older_kernel, page_bytes);
  EXPECT_EQ(found.mapping, "[vvar]");
  EXPECT_EQ(found.addresses, (addresses{0x7ffd5c7a2000, 0x7ffd5c7a3000, 0x7ffd5c7a4000}));
}

TEST(Maps, TakesTheSecondPageOfVvarVclockForHyperV) {
  const auto found = hyperv_candidates(newer_kernel, page_bytes);
  EXPECT_EQ(found.mapping, "[vvar_vclock]");
  EXPECT_EQ(found.addresses, addresses{0x7f7b3e01c000});
}

TEST(Maps, TakesThePagesAfterTheFirstOfAnOlderVvarForHyperVToo) {
  const auto found = hyperv_candidates(older_kernel, page_bytes);
  EXPECT_EQ(found.mapping, "[vvar]");
  EXPECT_EQ(found.addresses, (addresses{0x7ffd5c7a2000, 0x7ffd5c7a3000, 0x7ffd5c7a4000}));
}

TEST(Maps, HasNoHyperVCandidateInAVvarVclockOfOnePage) {
  const auto found = hyperv_candidates("7000-8000 r--p 00000000 00:00 0 [vvar_vclock]\n", page_bytes);
  EXPECT_EQ(found.mapping, "[vvar_vclock]");
  EXPECT_TRUE(found.addresses.empty());
}

TEST(Maps, HasNoCandidateWithoutEitherMapping) {
  const auto found =
      pvclock_candidates("55a0c8a00000-55a0c8a02000 r--p 00000000 fe:00 262216  /usr/bin/cat\n", page_bytes);
  EXPECT_TRUE(found.mapping.empty());
  EXPECT_TRUE(found.addresses.empty());
}

TEST(Maps, HasNoCandidateInAVvarOfOnePage) {
  const auto found = pvclock_candidates("7000-8000 r--p 00000000 00:00 0 [vvar]\n", page_bytes);
  EXPECT_EQ(found.mapping, "[vvar]");
  EXPECT_TRUE(found.addresses.empty());
}

TEST(Maps, BoundsTheCandidatesOfAHugeVvar) {
  const auto found = pvclock_candidates("10000-7f0000000000 r--p 00000000 00:00 0 [vvar]", page_bytes);
  EXPECT_EQ(found.addresses.size(), candidate_count_max);
  EXPECT_EQ(found.addresses.front(), 0x11000U);
}

TEST(Maps, IsNotFooledByAFileOfThatName) {
  const auto found = pvclock_candidates(
      "10000-12000 r--p 00000000 fe:00 7 /tmp/[vvar_vclock]\n"
      "20000-22000 r--p 00000000 fe:00 7 /tmp/a [vvar_vclock]\n"
      "30000-32000 r--p 00000000 fe:00 7 [vvar_vclock] (deleted)\n",
      page_bytes);
  EXPECT_TRUE(found.mapping.empty());
}

TEST(Maps, PassesOverWhatCannotBeRead) {
  const auto found = pvclock_candidates(
      "10000-12000 ---p 00000000 00:00 0 [vvar_vclock]\n"
      "20000-23000 r--p 00000000 00:00 0 [vvar]\n",
      page_bytes);
  EXPECT_EQ(found.addresses, (addresses{0x21000, 0x22000}));
}

TEST(Maps, HasNoCandidateThatIsNotPageAlignedOrNotWhole) {
  EXPECT_TRUE(pvclock_candidates("10010-12010 r--p 00000000 00:00 0 [vvar_vclock]", page_bytes).addresses.empty());
  EXPECT_TRUE(pvclock_candidates("10000-10fff r--p 00000000 00:00 0 [vvar_vclock]", page_bytes).addresses.empty());
}

TEST(Maps, ParsesALine) {
  const auto line = parse_mapping("7f7b3e01b000-7f7b3e01d000 r--p 00000000 00:00 0        /a path with spaces");
  ASSERT_TRUE(line.has_value());
  EXPECT_EQ(line->begin, 0x7f7b3e01b000U);
  EXPECT_EQ(line->end, 0x7f7b3e01d000U);
  EXPECT_TRUE(line->readable);
  EXPECT_EQ(line->name, "/a path with spaces");
}

TEST(Maps, ParsesAnAnonymousMapping) {
  const auto line = parse_mapping("7f7b3e01b000-7f7b3e01d000 -w-p 00000000 00:00 0");
  ASSERT_TRUE(line.has_value());
  EXPECT_FALSE(line->readable);
  EXPECT_TRUE(line->name.empty());
}

TEST(Maps, RefusesGarbage) {
  for (const char* garbage :
       {"", " ", "-", "\n", "[vvar_vclock]", "zz-10 r--p 0 00:00 0 [vvar]", "10-zz r--p 0 00:00 0 [vvar]",
        "20-10 r--p 0 00:00 0 [vvar]", "10-10 r--p 0 00:00 0 [vvar]", "10-20", "10-20 r--p", "10-20 r--p 0 00:00",
        "10-20 r--px 0 00:00 0 [vvar]", "+10-20 r--p 0 00:00 0 [vvar]", "fffffffffffffffff-20 r--p 0 00:00 0 [vvar]",
        "10-fffffffffffffffff r--p 0 00:00 0 [vvar]"})
    EXPECT_FALSE(parse_mapping(garbage).has_value()) << '"' << garbage << '"';
}

TEST(Maps, FindsThePageBetweenLinesOfGarbage) {
  std::string text("\0\xFF\n-\n\n", 6);
  text += newer_kernel;
  text += "7f7b3e01d000-";
  EXPECT_EQ(pvclock_candidates(text, page_bytes).addresses, addresses{0x7f7b3e01b000});
}

TEST(Maps, EndsOnEveryTruncation) {
  const std::string text = newer_kernel;
  for (std::size_t length = 0; length <= text.size(); ++length) {
    const auto found = pvclock_candidates(std::string_view(text).substr(0, length), page_bytes);
    EXPECT_LE(found.addresses.size(), candidate_count_max);
  }
}

}  // namespace
