// SPDX-License-Identifier: BSL-1.0
/// \file tests/cosim/operands.hpp
/// Parameters that do not take every value of their word.
#pragma once

#include "../../spec/laws/law.hpp"

namespace guestclock::inline GUESTCLOCK_WORDS {

template <class Word> struct mask { Word value; };
struct places {
  u32 value;
};
struct exponent {
  u32 value;
};
struct steps {
  i32 value;
};

}  // namespace guestclock::inline GUESTCLOCK_WORDS
