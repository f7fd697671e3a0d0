// SPDX-License-Identifier: BSL-1.0
#include "clock_source.hpp"

#include <guestclock/linux/live_page.hpp>
#include <guestclock/linux/vmclock_device.hpp>
#include <guestclock/simulated/host.hpp>

#include <fmt/format.h>

#include <utility>

namespace guestclock::tools {
namespace {

outcome<clock_source> find_mapped_by_kernel(page_kind kind) {
  const outcome<on_linux::live_page> found = on_linux::find_live_page(kind);
  if (!found) return sentence{found.why_none()};
  return clock_source{name_of(kind), found->mapping, found->page(), nullptr};
}

outcome<clock_source> find_vmclock() {
  outcome<on_linux::mapped_vmclock> mapped = on_linux::map_vmclock();
  if (!mapped) return sentence{mapped.why_none()};
  const auto keeper = std::make_shared<const on_linux::mapped_vmclock>(std::move(*mapped));
  const mapped_page page = keeper->page();
  const auto with_device = [](const std::string& fault) {
    return sentence{fmt::format("{} {}", on_linux::vmclock_device, fault)};
  };
  if (const std::string fault = on_linux::fault_of_content(page); !fault.empty()) return with_device(fault);
  const outcome<i64> rate = on_linux::believe_by_rate(page);
  if (!rate) return with_device(rate.why_none());
  return clock_source{name_of(page.kind), on_linux::vmclock_device, page, keeper};
}

}  // namespace

outcome<clock_source> find_clock(page_kind kind) {
  outcome<clock_source> found = kind == page_kind::vmclock ? find_vmclock() : find_mapped_by_kernel(kind);
  if (found) return found;
  return sentence{fmt::format("no live {} page: {}", name_of(kind), found.why_none())};
}

outcome<clock_source> find_any_clock() {
  std::string why_none;
  for (const page_kind kind : page_kinds) {
    outcome<clock_source> found = find_clock(kind);
    if (found) return found;
    why_none += (why_none.empty() ? "" : "; ") + found.why_none();
  }
  return sentence{why_none};
}

outcome<clock_source> simulated_clock() {
  outcome<std::unique_ptr<simulated::host>> started = simulated::host::start();
  if (!started) return sentence{started.why_none()};
  const mapped_page page = (*started)->mapped();
  return clock_source{"simulated", "a host in this process", page, std::shared_ptr<const void>(std::move(*started))};
}

}  // namespace guestclock::tools
