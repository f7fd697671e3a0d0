// SPDX-License-Identifier: BSL-1.0
/// \file guestclock/guestclock.hpp
/// The whole core: header-only, constexpr, freestanding, without dependencies.
#pragma once

#include <guestclock/calendar/civil.hpp>
#include <guestclock/calendar/date_time.hpp>
#include <guestclock/calendar/format.hpp>
#include <guestclock/calendar/parse.hpp>
#include <guestclock/calendar/tm.hpp>
#include <guestclock/clock.hpp>
#include <guestclock/instant.hpp>
#include <guestclock/monotonic.hpp>
#include <guestclock/migration.hpp>
#include <guestclock/publisher.hpp>
#include <guestclock/pvclock.hpp>
#include <guestclock/reading.hpp>
#include <guestclock/rebase.hpp>
#include <guestclock/reference_tsc.hpp>
#include <guestclock/region.hpp>
#include <guestclock/result.hpp>
#include <guestclock/scale.hpp>
#include <guestclock/unix_time.hpp>
#include <guestclock/version_retry.hpp>
#include <guestclock/wall_clock.hpp>
#include <guestclock/vmclock.hpp>
#include <guestclock/word.hpp>
