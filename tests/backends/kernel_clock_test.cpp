// SPDX-License-Identifier: BSL-1.0
#include "scratch_folder.hpp"

#include <guestclock/linux/kernel_clock.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

namespace {

using guestclock::on_linux::available_clock_sources;
using guestclock::on_linux::current_clock_source;
using guestclock::tests::scratch_folder;

struct clock_folder : scratch_folder {
  clock_folder(const std::string& current, const std::string& available) {
    write("current_clocksource", current);
    write("available_clocksource", available);
  }
  [[nodiscard]] std::string path() const { return *this / ""; }
};

TEST(KernelClock, IsOneOfThoseThatThisMachineHas) {
  const auto current = current_clock_source();
  const auto available = available_clock_sources();
  if (!current || !available) GTEST_SKIP() << current.why_none() << available.why_none();
  EXPECT_EQ(std::count(available->begin(), available->end(), *current), 1) << *current;
}

TEST(KernelClock, IsReadFromAnyFolder) {
  const clock_folder folder("hyperv_clocksource_tsc_page\n", "tsc hyperv_clocksource_tsc_page  acpi_pm \n");
  EXPECT_EQ(*current_clock_source(folder.path()), "hyperv_clocksource_tsc_page");
  EXPECT_EQ(*available_clock_sources(folder.path()),
            (std::vector<std::string>{"tsc", "hyperv_clocksource_tsc_page", "acpi_pm"}));
}

TEST(KernelClock, SaysWhyThereIsNone) {
  const auto none = current_clock_source("/no/such/folder");
  ASSERT_FALSE(none);
  EXPECT_EQ(none.why_none(), "cannot open /no/such/folder/current_clocksource: No such file or directory");
  EXPECT_FALSE(available_clock_sources("/no/such/folder"));
}

TEST(KernelClock, RefusesWhatIsNoName) {
  const std::string texts[] = {std::string(),
                               std::string("\n"),
                               std::string("  \n \n"),
                               std::string("tsc kvm-clock\n"),
                               std::string("tsc\0\n", 5),
                               std::string("\x1B[2J\n"),
                               std::string("\xC3\xA4\n")};
  for (const std::string& text : texts) {
    const clock_folder folder(text, text);
    EXPECT_FALSE(current_clock_source(folder.path())) << '"' << text << '"';
  }
  const clock_folder endless(std::string(100'000, ' '), "");
  EXPECT_FALSE(current_clock_source(endless.path())) << "only so much is read";
  EXPECT_FALSE(available_clock_sources(endless.path()));
}

TEST(KernelClock, RefusesAFolderInPlaceOfAFile) {
  const scratch_folder folder;
  std::filesystem::create_directory(folder / "current_clocksource");
  const auto none = current_clock_source(folder / "");
  ASSERT_FALSE(none);
  EXPECT_NE(none.why_none().find("cannot read"), std::string::npos) << none.why_none();
}

}  // namespace
