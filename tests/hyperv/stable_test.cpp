// SPDX-License-Identifier: BSL-1.0
#include "../vm/small_vm.hpp"
namespace guestclock::vm {
namespace {
TEST(StableCounter, TheGuestEnablesThePageItself) {
  small_vm guest({.is_user = false, .has_cpuid = true, .has_hyperv = true});
  ASSERT_TRUE(guest.is_good());
  guest.work_of().what = work::reference_enable;
  ASSERT_TRUE(guest.turn());
  std::printf("error %llu offered %llu flags %llx tsc %llu apic %llu\n", (unsigned long long)guest.work_of().error,
   (unsigned long long)guest.work_of().offered,  (unsigned long long)guest.work_of().flags, (unsigned long long)guest.work_of().tsc_hz, (unsigned long long)guest.work_of().apic_hz);
  guest.work_of().what = work::reference_read;
  ASSERT_TRUE(guest.turn());
  std::printf("error %llu time %llu ver %llu\n", (unsigned long long)guest.work_of().error, (unsigned long long)guest.work_of().time, (unsigned long long)guest.work_of().version);
  guest.work_of().what = work::reference_between;
  guest.work_of().count=1000;
  auto a=guest.machine().clock();
  ASSERT_TRUE(guest.turn());
  auto b=guest.machine().clock();
  std::printf("between: readings %llu refused %llu outside %llu worst %llu narrow %llu took %llu\n", (unsigned long long)guest.work_of().readings, (unsigned long long)guest.work_of().refused, (unsigned long long)guest.work_of().outside, (unsigned long long)guest.work_of().worst_ns, (unsigned long long)guest.work_of().narrowest_ns,(unsigned long long)(b->time.nanoseconds-a->time.nanoseconds));
}
}
}
