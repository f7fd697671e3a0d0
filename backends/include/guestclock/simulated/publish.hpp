// SPDX-License-Identifier: BSL-1.0
/// \file guestclock/simulated/publish.hpp
/// Publishing fields that depend on when they are published: publish_section, but the fields are made while the page
/// already says "in progress". Header-only and freestanding.
#pragma once

#include <guestclock/version_retry.hpp>
#include <guestclock/word.hpp>

namespace guestclock::simulated {

/// Writes the fields that `make(u64 counter)` gives, so that every reader sees all of them or none. One writer at a time.
///   requires that `counter` waits for earlier stores, as x86::publisher_counter does
///   ensures  the counter is sampled after the odd version is seen, so that no reading of the old fields that a reader
///            accepts has a later counter
///   units    ticks
///   returns  the version that the page now has: even, and never the one before
template <class Page, class Memory, class Counter, class Make>
u32 publish_section_now(Memory& memory, Counter& counter, Make make) noexcept {
  return publish_section_made<Page>(memory, [&] { return make(counter.sample().value); });
}

}  // namespace guestclock::simulated
