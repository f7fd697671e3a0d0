// SPDX-License-Identifier: BSL-1.0
/// Civil times as text, and text as civil times.
#include <array>
#include <cstring>
#include <string>
#include <string_view>

#include <guestclock/calendar/format.hpp>
#include <guestclock/calendar/parse.hpp>

#include "inputs.hpp"
#include "peers.hpp"

#ifdef GUESTCLOCK_HAS_ABSL
#include <absl/time/time.h>
#endif

namespace guestclock::bench {
namespace {

constexpr const char* rfc3339 = "%Y-%m-%dT%H:%M:%SZ";

/// Some text, in a line of the cache of its own. What lies behind its size means nothing.
struct text {
  alignas(64) std::array<char, 48> characters;
  std::size_t size = 0;
  text() noexcept {}  // NOLINT: no time is spent on zeros
  friend bool operator==(const text& a, const text& b) {
    return a.size == b.size && std::memcmp(a.characters.data(), b.characters.data(), a.size) == 0;
  }
};
constexpr auto equal = [](const auto& a, const auto& b) { return a == b; };

const std::vector<std::int64_t>& points() {
  static const auto seconds = seconds_between(0, year_2100 - 1, text_count);
  return seconds;
}
/// Their texts, each with a zero behind it.
const std::vector<std::array<char, 24>>& texts() {
  static const auto made = [] {
    std::vector<std::array<char, 24>> all;
    for (const std::int64_t each : points()) {
      std::array<char, 24> characters{};
      static_cast<void>(format_rfc3339(characters.data(), characters.size(), *unix_time::from_parts(each, 0)));
      all.push_back(characters);
    }
    return all;
  }();
  return made;
}

void add_rfc3339(std::vector<comparison>& to) {
  const auto formatted = [&from = points()](std::size_t i, text& made) {
    std::int64_t seconds = from[i];
    make_opaque(seconds);
    made.size = format_rfc3339(made.characters.data(), made.characters.size(),
                               unix_time::after_epoch(*duration::from_parts(seconds, 0)))
                    .count;
  };
  to.push_back(one_by_one<text, text>(
      "rfc3339.format", "gmtime_r+strftime", text_count, formatted,
      [&from = points()](std::size_t i, text& made) {
        std::time_t seconds = from[i];
        make_opaque(seconds);
        libc_time time;
        gmtime_r(&seconds, &time);
        made.size = std::strftime(made.characters.data(), made.characters.size(), rfc3339, &time);
      },
      equal));
#ifdef GUESTCLOCK_HAS_ABSL
  to.push_back(one_by_one<text, std::string>(
      "rfc3339.format", "absl", text_count, formatted,
      [&from = points(), utc = absl::UTCTimeZone()](std::size_t i, std::string& made) {
        std::int64_t seconds = from[i];
        make_opaque(seconds);
        made = absl::FormatTime(rfc3339, absl::FromUnixSeconds(seconds), utc);
      },
      [](const text& a, const std::string& b) { return std::string_view(a.characters.data(), a.size) == b; }));
#else
  to.push_back(skipped("rfc3339.format", "absl", no_absl));
#endif

  const auto parsed = [&from = texts()](std::size_t i, std::int64_t& seconds) {
    const char* characters = from[i].data();
    make_opaque(characters);
    const auto point = parse_unix_time(characters, 20);
    if (point) seconds = point->seconds();
  };
  to.push_back(one_by_one<std::int64_t, std::int64_t>(
      "rfc3339.parse", "strptime+timegm", text_count, parsed,
      [&from = texts()](std::size_t i, std::int64_t& seconds) {
        const char* characters = from[i].data();
        make_opaque(characters);
        libc_time time;
        if (::strptime(characters, rfc3339, &time) != nullptr) seconds = timegm(&time);
      },
      equal));
#ifdef GUESTCLOCK_HAS_ABSL
  to.push_back(one_by_one<std::int64_t, std::int64_t>(
      "rfc3339.parse", "absl", text_count, parsed,
      [&from = texts()](std::size_t i, std::int64_t& seconds) {
        const char* characters = from[i].data();
        make_opaque(characters);
        absl::Time time;
        if (absl::ParseTime(absl::RFC3339_full, absl::string_view(characters, 20), &time, nullptr))
          seconds = absl::ToUnixSeconds(time);
      },
      equal));
#else
  to.push_back(skipped("rfc3339.parse", "absl", no_absl));
#endif
}

tm_fields fields_of(const std::tm& time) {
  return {time.tm_sec,  time.tm_min,  time.tm_hour, time.tm_mday,  time.tm_mon,
          time.tm_year, time.tm_wday, time.tm_yday, time.tm_isdst, static_cast<i32>(time.tm_gmtoff),
          time.tm_zone};
}

/// One format, a conversion of its own or several, by both strftimes.
comparison format_by_both(std::string name, const std::string& format, const std::vector<std::tm>& times,
                          const std::vector<tm_fields>& fields) {
  return one_by_one<text, text>(
      std::move(name), "libc.strftime", text_count,
      [&fields, format](std::size_t i, text& made) {
        const char* characters = format.data();
        make_opaque(characters);
        made.size =
            strftime(made.characters.data(), made.characters.size(), characters, format.size(), fields[i]).count;
      },
      [&times, format](std::size_t i, text& made) {
        const char* characters = format.data();
        make_opaque(characters);
        made.size = ::strftime(made.characters.data(), made.characters.size(), characters, &times[i]);
      },
      equal);
}

bool local_time_is_utc() {
  for (const std::time_t seconds : {std::time_t{0}, std::time_t{1'720'000'000}, std::time_t{1'735'000'000}}) {
    libc_time time;
    localtime_r(&seconds, &time);
    if (time.tm_gmtoff != 0) return false;
  }
  return true;
}

void add_strftime(std::vector<comparison>& to) {
  static std::vector<std::tm> times;
  static std::vector<tm_fields> fields;
  for (const std::int64_t each : points()) {
    const std::time_t seconds = each;
    libc_time time;
    gmtime_r(&seconds, &time);
    times.push_back(time);
    fields.push_back(fields_of(time));
  }
  for (const char conversion : std::string("aAbBcCdDeFgGhHIjklmMnpPrRsStTuUVwWxXyYzZ%")) {
    if (conversion == 's' && !local_time_is_utc()) {
      to.push_back(
          skipped("strftime.%s", "libc.strftime", "the C library's %s is of local time, which is not UTC here"));
      continue;
    }
    to.push_back(format_by_both(std::string("strftime.%") + conversion, std::string("%") + conversion, times, fields));
  }
  to.push_back(format_by_both("strftime.rfc3339", rfc3339, times, fields));

  to.push_back(one_by_one<civil_numbers, civil_numbers>(
      "strptime.rfc3339", "libc.strptime", text_count,
      [&from = texts()](std::size_t i, civil_numbers& numbers) {
        const char* characters = from[i].data();
        make_opaque(characters);
        const auto match = strptime(characters, 20, rfc3339, 18);
        if (!match) return;
        const tm_fields& time = match->fields;
        numbers = {time.tm_year + 1900, time.tm_mon + 1, time.tm_mday, time.tm_hour, time.tm_min, time.tm_sec};
      },
      [&from = texts()](std::size_t i, civil_numbers& numbers) {
        const char* characters = from[i].data();
        make_opaque(characters);
        libc_time time;
        if (::strptime(characters, rfc3339, &time) != nullptr) numbers = numbers_of(time);
      },
      equal));
}

}  // namespace

void add_text(std::vector<comparison>& comparisons) {
  add_rfc3339(comparisons);
  add_strftime(comparisons);
}

}  // namespace guestclock::bench
