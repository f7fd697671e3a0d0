// SPDX-License-Identifier: BSL-1.0
// The laws over machine words, to replay counterexamples and to try all schedules.
#include "../laws/all.hpp"
#include "canaries.hpp"
#include "law_table.hpp"

#ifndef GUESTCLOCK_PROVED_LAWS
#define GUESTCLOCK_PROVED_LAWS laws::all
#endif

namespace guestclock::prove {

std::vector<spec::native_law> native_laws() { return spec::native_laws_of<GUESTCLOCK_PROVED_LAWS>(); }
std::vector<spec::native_law> native_canaries() { return spec::native_laws_of<laws::canaries>(); }

}  // namespace guestclock::prove
