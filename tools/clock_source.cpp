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

/// The kind of live page that was asked for; nothing for auto.
std::optional<page_kind> kind_asked_for(const std::string& source) {
  for (const page_kind kind : page_kinds)
    if (source == name_of(kind)) return kind;
  return {};
}

source_search search_simulated(std::string complaint, exit_status answer) {
  outcome<clock_source> started = simulated_clock();
  if (started) return {std::move(*started), std::move(complaint), answer};
  if (!complaint.empty()) complaint += "; ";
  return {{}, complaint + started.why_none(), exit_status::environment};
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

source_search find_source(const std::string& name) {
  if (name == "simulated") return search_simulated({}, exit_status::yes);
  const std::optional<page_kind> kind = kind_asked_for(name);
  outcome<clock_source> live = kind ? find_clock(*kind) : find_any_clock();
  if (live) return {std::move(*live), {}, exit_status::yes};
  if (kind)
    return {{}, fmt::format("{}; --source simulated shows a clock of our own", live.why_none()), exit_status::no};
  return search_simulated(
      fmt::format("{}; this is the simulated host's clock, not this machine's (--source simulated asks for it by name)",
                  live.why_none()),
      exit_status::no);
}

}  // namespace guestclock::tools
