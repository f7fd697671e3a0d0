// SPDX-License-Identifier: BSL-1.0
/// \file guestclock/calendar/tm.hpp
/// The fields of C's `struct tm`, for code that has no C library: what `strftime` prints and `strptime` finds.
///
/// Source: ISO/IEC 9899, 7.29.1; tm_gmtoff and tm_zone from IEEE Std 1003.1-2024, <time.h>.
#pragma once

#include <guestclock/word.hpp>

namespace guestclock::inline GUESTCLOCK_WORDS {

/// C's broken-down time, by its own names. Any numbers can stand here.
struct tm_fields {
  i32 tm_sec{};           ///< 0 to 60
  i32 tm_min{};           ///< 0 to 59
  i32 tm_hour{};          ///< 0 to 23
  i32 tm_mday{};          ///< 1 to 31
  i32 tm_mon{};           ///< January is 0
  i32 tm_year{};          ///< years since 1900
  i32 tm_wday{};          ///< Sunday is 0
  i32 tm_yday{};          ///< the first of January is 0
  i32 tm_isdst{};         ///< above 0 where daylight saving time is in effect, below 0 where that is not known
  i32 tm_gmtoff{};        ///< seconds east of UTC
  const char* tm_zone{};  ///< the zone's abbreviation; it may be null
};

}  // namespace guestclock::inline GUESTCLOCK_WORDS
