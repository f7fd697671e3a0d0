// SPDX-License-Identifier: BSL-1.0
/// \file spec/prove/guides.hpp
/// What only the prover needs to know. Each lemma is proved before it is relied on. One file for the laws of one header.
#pragma once

#include "guides/civil.hpp"
#include "guides/date_time.hpp"
#include "guides/migration.hpp"
#include "guides/publisher.hpp"
#include "guides/pvclock.hpp"
#include "guides/reference_tsc.hpp"
#include "guides/rebase.hpp"
#include "guides/scale.hpp"
#include "guides/wall_clock.hpp"
#include "guides/vmclock.hpp"
#include "guides/word.hpp"
