// SPDX-License-Identifier: BSL-1.0
// Everything that a kernel needs to tell the time, compiled without a C library, floating point, exceptions or RTTI.
#include <guestclock/guestclock.hpp>
#include <guestclock/hyperv/guest.hpp>
#include <guestclock/kvm/guest.hpp>
#include <guestclock/x86/counter.hpp>
#include <guestclock/x86/cpuid.hpp>
#include <guestclock/x86/msr.hpp>
#include <guestclock/x86/own_page.hpp>

using namespace guestclock;

template <class Counter> static u64 time_of(const volatile void* page) noexcept {
  const auto now = pvclock_reader<Counter>(page).now();
  return now ? now->time.nanoseconds : u64(0);
}

extern "C" {

u64 time_ordered(const volatile void* page) noexcept { return time_of<x86::ordered_counter>(page); }
u64 time_strict(const volatile void* page) noexcept { return time_of<x86::strict_counter>(page); }
u64 time_half_ordered(const volatile void* page) noexcept { return time_of<x86::half_ordered_counter>(page); }
u64 time_unordered(const volatile void* page) noexcept { return time_of<x86::unordered_counter>(page); }
u64 time_of_own_page(const volatile void* const* pages) noexcept {
  const auto now = x86::read_own_page([pages](u32 processor) { return pages[x86::processor_of_linux(processor)]; });
  return now ? now->time.nanoseconds : u64(0);
}
bool clock_enabled(u64 page_address) noexcept {
  const auto features = kvm::detect(x86::this_processor{});
  if (!features) return false;
  const auto msrs = kvm::msrs_of(*features);
  return msrs && kvm::enable(x86::machine_msrs{}, *msrs, page_address) == kvm::answer::done;
}
bool reference_page_enabled(u64 page_address) noexcept {
  const auto offered = hyperv::detect(x86::this_processor{});
  if (!offered || !offered->identity || !offered->page) return false;
  x86::machine_msrs msrs;
  return hyperv::identify(msrs, hyperv::guest_os_id({})) == hyperv::answer::done &&
         hyperv::enable(msrs, page_address) == hyperv::answer::done;
}
u64 reference_time_of(const volatile void* page) noexcept {
  x86::machine_msrs msrs;
  const auto now = reference_tsc_reader<x86::ordered_counter>(page).now_or(hyperv::reference_counter(msrs));
  return now ? now->time.nanoseconds : u64(0);
}
u64 vouched_frequency_hz(const hyperv::features* offered) noexcept {
  const auto known = hyperv::read_frequencies(x86::machine_msrs{}, *offered);
  return known ? known->tsc_hz : u64(0);
}
i64 paired_wall(const volatile kvm::clock_pairing* filled, u64 address) noexcept {
  const auto paired = kvm::pair_wall_clock(kvm::vmcall{}, *filled, address);
  return paired ? paired->wall.seconds() : i64(0);
}
u64 frequency_hz() noexcept {
  const auto known = x86::frequency_by_cpuid(x86::this_processor{});
  return known ? known->hz : u64(0);
}
u64 counter_of_publisher() noexcept { return x86::publisher_counter{}.sample().value; }

}  // extern "C"
