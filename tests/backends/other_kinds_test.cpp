// SPDX-License-Identifier: BSL-1.0
// Hyper-V's page among the pages of a process, and vmclock's page as a file.
#include "pages.hpp"
#include "scratch_folder.hpp"

#include <guestclock/linux/paired_reading.hpp>
#include <guestclock/linux/vmclock_device.hpp>
#include <guestclock/simulated/host.hpp>
#include <guestclock/x86/counter.hpp>

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>

#include <sys/mman.h>
#include <unistd.h>

namespace {

using namespace guestclock;
using on_linux::find_live_page_in;
using on_linux::map_vmclock;
using on_linux::os_clock;
using tests::scratch_folder;

constexpr std::size_t page_bytes = 4096;

/// A page of that kind at the machine's own rate, which is updated once an hour.
std::unique_ptr<simulated::host> host_of(page_kind kind) {
  auto started = simulated::host::start({.kind = kind, .update_interval = std::chrono::hours(1)});
  EXPECT_TRUE(started) << started.why_none();
  return started ? std::move(*started) : nullptr;
}
std::string bytes_of(const mapped_page& page) {
  std::string bytes(page_bytes, '\0');
  const auto* const from = static_cast<const volatile char*>(page.address);
  for (std::size_t at = 0; at < bytes.size(); ++at) bytes[at] = from[at];
  return bytes;
}

/// What a kernel maps: pvclock's page, which is not there, and Hyper-V's.
class clock_pages {
 public:
  clock_pages() : pages_(mmap(nullptr, 2 * page_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)) {}
  clock_pages(const clock_pages&) = delete;
  clock_pages& operator=(const clock_pages&) = delete;
  ~clock_pages() { munmap(pages_, 2 * page_bytes); }

  void back_second(const std::string& content) {
    mprotect(second(), page_bytes, PROT_READ | PROT_WRITE);
    std::memcpy(second(), content.data(), page_bytes);
  }
  [[nodiscard]] hv_reference_tsc_page& page() { return *static_cast<hv_reference_tsc_page*>(second()); }
  [[nodiscard]] void* second() const { return static_cast<unsigned char*>(pages_) + page_bytes; }

  /// As /proc/self/maps would have it.
  [[nodiscard]] std::string maps(const std::string& name) const {
    std::array<char, 100> line{};
    const auto begin = reinterpret_cast<std::uintptr_t>(pages_);
    std::snprintf(line.data(), line.size(), "%lx-%lx r--p 00000000 00:00 0 ", begin, begin + 2 * page_bytes);
    return line.data() + name + "\n";
  }

 private:
  void* pages_;
};

TEST(HypervPage, IsFoundBehindAPvclockPageThatIsNotThere) {
  const auto host = host_of(page_kind::reference_tsc);
  clock_pages pages;
  pages.back_second(bytes_of(host->mapped()));
  for (const std::string name : {"[vvar_vclock]", "[vvar]"}) {
    const auto found = find_live_page_in(pages.maps(name), page_kind::reference_tsc);
    ASSERT_TRUE(found) << found.why_none();
    EXPECT_EQ(found->address, pages.second());
    EXPECT_EQ(found->kind, page_kind::reference_tsc);
    EXPECT_EQ(found->mapping, name);
    EXPECT_LE(std::abs(found->difference_ns_per_second), on_linux::rate_difference_ppm_max * 1000);
  }
}

TEST(HypervPage, IsNoPvclockPage) {
  const auto host = host_of(page_kind::reference_tsc);
  clock_pages pages;
  pages.back_second(bytes_of(host->mapped()));
  for (const std::string name : {"[vvar_vclock]", "[vvar]"})
    EXPECT_FALSE(find_live_page_in(pages.maps(name), page_kind::pvclock)) << name;
}

TEST(HypervPage, IsNotTouchedWhereItIsNotBacked) {
  const clock_pages pages;
  const auto found = find_live_page_in(pages.maps("[vvar_vclock]"), page_kind::reference_tsc);
  ASSERT_FALSE(found);
  EXPECT_NE(found.why_none().find("is not backed"), std::string::npos) << found.why_none();
  EXPECT_NE(found.why_none().find("hyperv_clocksource_tsc_page"), std::string::npos) << found.why_none();
}

TEST(PvclockPage, SaysWhyItMayNotBeBacked) {
  const clock_pages pages;
  const auto found = find_live_page_in(pages.maps("[vvar_vclock]"), page_kind::pvclock);
  ASSERT_FALSE(found);
  for (const char* part : {"is not backed", "gives this guest no pvclock", "never used kvm-clock", "not stable"})
    EXPECT_NE(found.why_none().find(part), std::string::npos) << found.why_none();
}

TEST(HypervPage, IsRefusedWhileItsHostSaysThatItIsNotUsable) {
  const auto host = host_of(page_kind::reference_tsc);
  clock_pages pages;
  pages.back_second(bytes_of(host->mapped()));
  pages.page().tsc_sequence = 0;
  const auto found = find_live_page_in(pages.maps("[vvar_vclock]"), page_kind::reference_tsc);
  ASSERT_FALSE(found);
  EXPECT_NE(found.why_none().find("sequence_invalid: its host says that it is not usable now"), std::string::npos)
      << found.why_none();
}

TEST(HypervPage, IsRefusedWithoutAScaleAndAtAnotherRate) {
  const auto host = host_of(page_kind::reference_tsc);
  clock_pages pages;
  pages.back_second(bytes_of(host->mapped()));
  const std::uint64_t tsc_scale = pages.page().tsc_scale;
  pages.page().tsc_scale = tsc_scale + tsc_scale / 500;
  pages.page().tsc_offset = 0;  // the time at any counter is not before the clock's zero
  const auto fast = find_live_page_in(pages.maps("[vvar_vclock]"), page_kind::reference_tsc);
  ASSERT_FALSE(fast);
  EXPECT_NE(fast.why_none().find(" ppm off"), std::string::npos) << fast.why_none();
  pages.page().tsc_scale = 0;
  const auto none = find_live_page_in(pages.maps("[vvar_vclock]"), page_kind::reference_tsc);
  ASSERT_FALSE(none);
  EXPECT_NE(none.why_none().find("fails its check: bad_multiplier"), std::string::npos) << none.why_none();
}

TEST(HypervPage, OfThisMachineIsFoundOrTheReasonIsSaid) {
  const auto found = on_linux::find_live_page(page_kind::reference_tsc);
  EXPECT_EQ(static_cast<bool>(found), found.why_none().empty());
}

TEST(Pairs, AreReadFromEveryKind) {
  for (const page_kind kind : page_kinds) {
    const auto host = host_of(kind);
    const auto pair = on_linux::read_pair(host->mapped(), os_clock::monotonic_raw);
    ASSERT_TRUE(pair) << name_of(kind) << ' ' << name_of(pair.error());
    EXPECT_EQ(pair->page.counter, pair->os.counter_middle());
    EXPECT_GT(pair->frequency_hz, 10'000'000U) << name_of(kind);
    EXPECT_LT(pair->os.os_ns - pair->page.time.nanoseconds, 1'000'000'000U) << name_of(kind);
    EXPECT_TRUE(on_linux::believe_by_rate(host->mapped())) << name_of(kind);
  }
}

TEST(Pairs, SayThatAPageIsNotUsable) {
  const hv_reference_tsc_page page{};
  EXPECT_EQ(on_linux::read_pair({page_kind::reference_tsc, &page, sizeof page}, os_clock::boottime).error(),
            clock_error::sequence_invalid);
}

TEST(Pairs, RefuseAVmclockPageThatCannotBeReliedOn) {
  const auto host = host_of(page_kind::vmclock);
  std::string bytes = bytes_of(host->mapped());
  alignas(8) std::array<char, page_bytes> page{};
  std::memcpy(page.data(), bytes.data(), page.size());
  page[34] = vmclock_status_unreliable;
  EXPECT_EQ(on_linux::read_pair({page_kind::vmclock, page.data(), page.size()}, os_clock::boottime).error(),
            clock_error::invalid_header);
}

std::string vmclock_page_bytes() { return bytes_of(host_of(page_kind::vmclock)->mapped()); }

TEST(VmclockDevice, IsMappedAndRead) {
  const scratch_folder folder;
  folder.write("page", vmclock_page_bytes());
  const auto mapped = map_vmclock(folder / "page");
  ASSERT_TRUE(mapped) << mapped.why_none();
  EXPECT_EQ(on_linux::fault_of_content(mapped->page()), "");
  const auto rate = on_linux::believe_by_rate(mapped->page());
  EXPECT_TRUE(rate) << rate.why_none();
}

TEST(VmclockDevice, ShowsWhatItsHostWritesLater) {
  const scratch_folder folder;
  folder.write("page", vmclock_page_bytes());
  const auto mapped = map_vmclock(folder / "page");
  ASSERT_TRUE(mapped) << mapped.why_none();
  vmclock_reader<x86::ordered_counter> reader(mapped->page().address, page_bytes, vmclock_counter_x86_tsc);
  ASSERT_TRUE(reader.now());
  std::fstream(folder / "page", std::ios::in | std::ios::out | std::ios::binary).seekp(12).write("\7", 1);
  EXPECT_EQ(reader.now().error(), clock_error::update_in_progress);
}

TEST(VmclockDevice, MayBeAsShortAsThePage) {
  const scratch_folder folder;
  folder.write("page", vmclock_page_bytes().substr(0, 112));
  EXPECT_TRUE(map_vmclock(folder / "page"));
}

TEST(VmclockDevice, LeavesNoDescriptorAndNoMapping) {
  const scratch_folder folder;
  folder.write("page", vmclock_page_bytes());
  const auto open_descriptors = [] {
    const std::filesystem::directory_iterator all("/proc/self/fd");
    return std::distance(begin(all), end(all));
  };
  const auto before = open_descriptors();
  const volatile void* address = nullptr;
  {
    const auto mapped = map_vmclock(folder / "page");
    ASSERT_TRUE(mapped);
    EXPECT_EQ(open_descriptors(), before);
    address = mapped->page().address;
    EXPECT_TRUE(on_linux::is_backed(address, 112));
  }
  EXPECT_FALSE(on_linux::is_backed(address, 112));
}

void expect_none(const std::string& path, const std::string& why) {
  const auto mapped = map_vmclock(path);
  ASSERT_FALSE(mapped) << path;
  EXPECT_NE(mapped.why_none().find(why), std::string::npos) << mapped.why_none();
  EXPECT_NE(mapped.why_none().find(path), std::string::npos) << mapped.why_none();
}

TEST(VmclockDevice, IsMissingWithAWordOnWhatToDo) {
  const scratch_folder folder;
  expect_none(folder / "vmclock0", "ptp_vmclock");
}

TEST(VmclockDevice, MayNotBeReadByEverybody) {
  if (geteuid() == 0) GTEST_SKIP() << "root may read every file";
  const scratch_folder folder;
  folder.write("page", vmclock_page_bytes());
  folder.set_permissions("page", 0);
  expect_none(folder / "page", "run as root");
}

TEST(VmclockDevice, IsRefusedWhereItIsTooShort) {
  const scratch_folder folder;
  folder.write("page", vmclock_page_bytes().substr(0, 111));
  expect_none(folder / "page", "has 111 bytes, and is too short: a vmclock page has 112");
  folder.write("empty", "");
  expect_none(folder / "empty", "has 0 bytes");
}

TEST(VmclockDevice, IsRefusedWhereItIsAnotherThing) {
  const scratch_folder folder;
  folder.write("page", std::string(page_bytes, '\0'));
  expect_none(folder / "page", "is no vmclock page: it begins with 0x0, not with 0x4b4c4356");
  expect_none("/dev/null", "cannot map");
  expect_none(folder / "", "cannot map");
}

/// What is said of a page after one of its bytes was changed.
std::string fault_with(std::size_t at, unsigned value) {
  alignas(8) std::array<char, page_bytes> page{};
  static const std::string bytes = vmclock_page_bytes();
  std::memcpy(page.data(), bytes.data(), page.size());
  page[at] = static_cast<char>(value);
  return on_linux::fault_of_content({page_kind::vmclock, page.data(), page.size()});
}

TEST(VmclockFault, NamesTheFieldThatIsWrong) {
  EXPECT_EQ(fault_with(34, vmclock_status_synchronized), "");
  for (const auto& [at, value, why] : {std::tuple<std::size_t, unsigned, const char*>{0, 0, "the magic is 0x4b4c4300"},
                                       {4, 1, "it says that it has 4097 bytes, which is not in [112, 4096]"},
                                       {5, 0, "it says that it has 0 bytes"},
                                       {8, 2, "its version is 2"},
                                       {10, 0, "it speaks of counter 0, not of 1 (the x86 TSC)"},
                                       {10, 255, "counter 255 (none)"},
                                       {11, 3, "its time is of type 3"},
                                       {34, 0, "its clock_status is 0"},
                                       {34, 4, "its clock_status is 4"}}) {
    const std::string fault = fault_with(at, value);
    EXPECT_NE(fault.find("invalid_header"), std::string::npos) << fault;
    EXPECT_NE(fault.find(why), std::string::npos) << fault;
  }
  EXPECT_NE(fault_with(39, 64).find("bad_shift"), std::string::npos);
  EXPECT_NE(fault_with(12, 3).find("update_in_progress"), std::string::npos);
}

}  // namespace
