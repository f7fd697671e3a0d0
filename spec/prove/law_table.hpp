// SPDX-License-Identifier: BSL-1.0
/// \file spec/prove/law_table.hpp
/// The laws as the prover runs them: the same list compiled twice, over symbolic words and over machine words.
#pragma once

#include <vector>

#include "../laws/native_inputs.hpp"
#include "law_table_symbolic.hpp"

namespace guestclock::prove {

std::vector<spec::native_law> native_laws();  ///< all laws, those of schedules too
std::vector<spec::native_law> native_canaries();

}  // namespace guestclock::prove
