// SPDX-License-Identifier: BSL-1.0
// Where Linux has kept the clock pages since they are in the vDSO's data: which pages are tried, by the text of
// /proc/self/maps; and that the right one is found among the others, on pages of our own laid out as that kernel does.
//
// Source: Linux, the history of arch/x86/entry/vdso/vdso-layout.lds.S (before 4.4: arch/x86/vdso).
#include "pages.hpp"

#include <guestclock/linux/maps.hpp>
#include <guestclock/simulated/host.hpp>
#include <guestclock/x86/counter.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <sys/mman.h>

namespace {

using namespace guestclock;
using on_linux::find_live_page_in;
using on_linux::hyperv_candidates;
using on_linux::page_candidates;
using on_linux::pvclock_candidates;

constexpr std::size_t page_bytes = 4096;

/// What stands where in the mapping: d the kernel's data, m a device's registers, p pvclock, h Hyper-V, r random state.
/// A capital letter is a second mapping, [vvar_vclock], right after the first, [vvar].
struct layout {
  const char* kernel;
  std::string pages;
};

std::vector<layout> layouts() {
  return {{"3.15 to 4.4: no clock page", "dm"},
          {"4.5 to 4.7: the HPET before pvclock", "dmp"},
          {"4.8 to 4.11", "dp"},
          {"4.12 to 5.5", "dph"},
          {"5.6 to 6.12: time namespaces", "dphd"},
          {"the same in a time namespace", "dphd"},
          {"6.13 and 6.14: clock pages of their own", "ddPH"},
          {"6.15 and later: pages for every architecture", "ddrdPH"}};
}

bool is_clock_mapping(char page) { return page == 'P' || page == 'H'; }

/// The line of /proc/self/maps for those pages; nothing where there are none.
std::string maps_line(std::uintptr_t begin, std::size_t count, const std::string& name) {
  if (count == 0) return {};
  std::array<char, 120> line{};
  std::snprintf(line.data(), line.size(), "%lx-%lx r--p 00000000 00:00 0                          ", begin,
                begin + count * page_bytes);
  return line.data() + name + "\n";
}

/// As that kernel's /proc/self/maps has it, with other mappings on either side.
std::string maps_text(const layout& of, std::uintptr_t begin) {
  std::size_t vvar = 0;
  while (vvar < of.pages.size() && !is_clock_mapping(of.pages[vvar])) ++vvar;
  return "55a0c8a00000-55a0c8a02000 r--p 00000000 fe:00 262216                     /usr/bin/cat\n" +
         maps_line(begin, vvar, "[vvar]") +
         maps_line(begin + vvar * page_bytes, of.pages.size() - vvar, "[vvar_vclock]") +
         "7ffffffde000-7ffffffff000 r-xp 00000000 00:00 0                          [vdso]\n";
}

std::optional<std::size_t> place_of(const layout& of, char small, char capital) {
  const std::size_t found = of.pages.find_first_of(std::string{small, capital});
  return found == std::string::npos ? std::nullopt : std::optional(found);
}

bool has(const page_candidates& found, std::uintptr_t address) {
  return std::count(found.addresses.begin(), found.addresses.end(), address) == 1;
}

constexpr std::uintptr_t somewhere = 0x7f7b'3e01'7000;

TEST(VvarLayouts, HaveTheClockPageAmongTheCandidates) {
  for (const layout& of : layouts()) {
    const std::string text = maps_text(of, somewhere);
    const auto pvclock = place_of(of, 'p', 'P');
    const auto hyperv = place_of(of, 'h', 'H');
    if (pvclock) {
      EXPECT_TRUE(has(pvclock_candidates(text, page_bytes), somewhere + *pvclock * page_bytes)) << of.kernel;
    }
    if (hyperv) {
      EXPECT_TRUE(has(hyperv_candidates(text, page_bytes), somewhere + *hyperv * page_bytes)) << of.kernel;
    }
  }
}

TEST(VvarLayouts, NeverHaveTheKernelsFirstPageAmongThem) {
  for (const layout& of : layouts()) {
    const std::string text = maps_text(of, somewhere);
    for (const auto& found : {pvclock_candidates(text, page_bytes), hyperv_candidates(text, page_bytes)}) {
      EXPECT_FALSE(has(found, somewhere)) << of.kernel;
      EXPECT_LT(found.addresses.size(), of.pages.size()) << of.kernel;
    }
  }
}

TEST(VvarLayouts, HaveOneCandidateWhereClockPagesAreAMappingOfTheirOwn) {
  for (const layout& of : layouts()) {
    if (!is_clock_mapping(of.pages.back())) continue;
    const std::string text = maps_text(of, somewhere);
    EXPECT_EQ(pvclock_candidates(text, page_bytes).mapping, "[vvar_vclock]") << of.kernel;
    EXPECT_EQ(pvclock_candidates(text, page_bytes).addresses.size(), 1U) << of.kernel;
    EXPECT_EQ(hyperv_candidates(text, page_bytes).addresses.size(), 1U) << of.kernel;
  }
}

/// Pages of this process, laid out as that kernel lays them out. Nothing backs a clock page that its host does not
/// give.
class laid_out {
 public:
  laid_out(const layout& of, const mapped_page& clock) : of_(of) {
    pages_ = static_cast<unsigned char*>(mmap(nullptr, size(), PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    const char given = clock.kind == page_kind::pvclock ? 'p' : 'h';
    for (std::size_t number = 0; number < of.pages.size(); ++number) {
      const char page = of.pages[number];
      if (page == 'd') write_kernel_data(number);
      if (page == 'r') write_filled(number, 0xA5);
      if (page == 'm') write_filled(number, 0xFF);
      if (page == given || (is_clock_mapping(page) && page + ('a' - 'A') == given)) write_clock(number, clock);
    }
  }
  laid_out(const laid_out&) = delete;
  laid_out& operator=(const laid_out&) = delete;
  ~laid_out() { munmap(pages_, size()); }

  [[nodiscard]] std::string maps() const { return maps_text(of_, reinterpret_cast<std::uintptr_t>(pages_)); }
  [[nodiscard]] const void* page(std::size_t number) const { return pages_ + number * page_bytes; }

 private:
  [[nodiscard]] std::size_t size() const { return of_.pages.size() * page_bytes; }
  unsigned char* writable(std::size_t number) {
    unsigned char* const page = pages_ + number * page_bytes;
    mprotect(page, page_bytes, PROT_READ | PROT_WRITE);
    return page;
  }
  /// The vDSO's data, which pass for a pvclock page that has a rate: sequence, clock mode, the latest counter, a mask,
  /// a multiplier and a shift.
  void write_kernel_data(std::size_t number) {
    const std::uint64_t words[] = {u64(1) << 32 | 2, x86::strict_counter{}.sample().value, max_of<u64> >> 1,
                                   u64(24) << 32 | 6'462'000};
    std::memcpy(writable(number), words, sizeof words);
  }
  void write_filled(std::size_t number, int byte) { std::memset(writable(number), byte, page_bytes); }
  void write_clock(std::size_t number, const mapped_page& clock) {
    unsigned char* const page = writable(number);
    const auto* const from = static_cast<const volatile unsigned char*>(clock.address);
    for (std::size_t at = 0; at < page_bytes; ++at) page[at] = from[at];
  }

  const layout of_;
  unsigned char* pages_;
};

std::unique_ptr<simulated::host> host_of(page_kind kind) {
  auto started = simulated::host::start({.kind = kind, .update_interval = std::chrono::hours(1)});
  EXPECT_TRUE(started) << started.why_none();
  return started ? std::move(*started) : nullptr;
}

TEST(VvarLayouts, AreSearchedForThePvclockPageAndNothingElse) {
  const auto host = host_of(page_kind::pvclock);
  ASSERT_TRUE(host);
  for (const layout& of : layouts()) {
    const laid_out pages(of, host->mapped());
    const auto found = find_live_page_in(pages.maps(), page_kind::pvclock);
    const auto place = place_of(of, 'p', 'P');
    ASSERT_EQ(static_cast<bool>(found), place.has_value()) << of.kernel << ": " << found.why_none();
    if (place) {
      EXPECT_EQ(found->address, pages.page(*place)) << of.kernel;
    }
    EXPECT_FALSE(find_live_page_in(pages.maps(), page_kind::reference_tsc)) << of.kernel;
  }
}

TEST(VvarLayouts, AreSearchedForHypervsPageAndNothingElse) {
  const auto host = host_of(page_kind::reference_tsc);
  ASSERT_TRUE(host);
  for (const layout& of : layouts()) {
    const laid_out pages(of, host->mapped());
    const auto found = find_live_page_in(pages.maps(), page_kind::reference_tsc);
    const auto place = place_of(of, 'h', 'H');
    ASSERT_EQ(static_cast<bool>(found), place.has_value()) << of.kernel << ": " << found.why_none();
    if (place) {
      EXPECT_EQ(found->address, pages.page(*place)) << of.kernel;
    }
    EXPECT_FALSE(find_live_page_in(pages.maps(), page_kind::pvclock)) << of.kernel;
  }
}

}  // namespace
