// SPDX-License-Identifier: BSL-1.0
/// \file guestclock/kvm/linux_kvm.hpp
/// <linux/kvm.h> with the right layout in C++. Some versions of the kernel's headers wrap a flexible array into a
/// structure with an empty one before it; in C++ that one has a size, and everything after it is misplaced, silently.
/// Whoever includes <linux/kvm.h> first has the wrong layout: the assertions below then fail.
#pragma once
#pragma GCC system_header

#include <linux/stddef.h>

#undef __DECLARE_FLEX_ARRAY
#define __DECLARE_FLEX_ARRAY(TYPE, NAME) TYPE NAME[0]

#include <linux/kvm.h>

#include <cstddef>

static_assert(offsetof(kvm_stats_desc, name) == 16);
static_assert(offsetof(kvm_irq_routing, entries) == 8);
static_assert(offsetof(kvm_signal_mask, sigset) == 4);
static_assert(offsetof(kvm_msrs, entries) == 8);
static_assert(offsetof(kvm_cpuid2, entries) == 8);
static_assert(sizeof(kvm_clock_data) == 48);
