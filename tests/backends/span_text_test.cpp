// SPDX-License-Identifier: BSL-1.0
#include <span_text.hpp>

#include <gtest/gtest.h>

namespace {

using guestclock::u64;
using guestclock::tools::parse_span;

TEST(Span, IsANumberAndAUnitOrSeconds) {
  const std::pair<const char*, u64> spans[] = {{"1", 1'000'000'000},
                                               {"0.1", 100'000'000},
                                               {".5", 500'000'000},
                                               {"2.", 2'000'000'000},
                                               {"250ms", 250'000'000},
                                               {"250 ms", 250'000'000},
                                               {"1.5ms", 1'500'000},
                                               {"20us", 20'000},
                                               {"7ns", 7},
                                               {"3s", 3'000'000'000},
                                               {"1.5min", 90'000'000'000},
                                               {"0.25h", 900'000'000'000},
                                               {"0", 0},
                                               {"0.000000001", 1},
                                               {"1.00000000000000000000", 1'000'000'000},
                                               {"000000000000000000000001", 1'000'000'000},
                                               {"18446744073709551615ns", 18446744073709551615U}};
  for (const auto& [text, ns] : spans) {
    const auto span = parse_span(text);
    ASSERT_TRUE(span) << text << ": " << span.why_none();
    EXPECT_EQ(*span, ns) << text;
  }
}

TEST(Span, IsNothingElse) {
  for (const char* text : {"",     " ",  ".",  "ms", "-1", "+1",    "1e3", "1,5", "0x10", " 1",
                           "1  s", "1 ", "1m", "1S", "1d", "1.2.3", "1s ", "nan", "inf",  "\xC2\xBD"}) {
    const auto span = parse_span(text);
    ASSERT_FALSE(span) << text;
    EXPECT_NE(span.why_none().find("is no span of time"), std::string::npos) << span.why_none();
  }
}

TEST(Span, IsAWholeCountOfNanosecondsThatFits) {
  for (const char* text : {"0.0000000001", "1.5ns", "0.1ns", "0.00000000000000000000001h", "0.000000000001min"})
    EXPECT_NE(parse_span(text).why_none().find("no whole count of nanoseconds"), std::string::npos) << text;
  for (const char* text :
       {"18446744073709551616ns", "18446744074", "99999999999999999999999999999999999999999999", "5124096h"})
    EXPECT_NE(parse_span(text).why_none().find("too long"), std::string::npos) << text;
}

}  // namespace
