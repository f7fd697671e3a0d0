// SPDX-License-Identifier: BSL-1.0
/// \file guestclock/guestclock.hpp
/// The whole core: header-only, constexpr, freestanding, without dependencies.
#pragma once

#include <guestclock/instant.hpp>
#include <guestclock/migration.hpp>
#include <guestclock/publisher.hpp>
#include <guestclock/pvclock.hpp>
#include <guestclock/reading.hpp>
#include <guestclock/rebase.hpp>
#include <guestclock/reference_tsc.hpp>
#include <guestclock/result.hpp>
#include <guestclock/scale.hpp>
#include <guestclock/version_retry.hpp>
#include <guestclock/vmclock.hpp>
#include <guestclock/word.hpp>
