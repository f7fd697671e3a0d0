// SPDX-License-Identifier: BSL-1.0
/// A comparison with a peer that is wrong in one of its inputs, and one with a peer that is right: what the first is
/// refused for, the second is timed.
#include <chrono>

#include <guestclock/calendar/civil.hpp>

#include "side_by_side.hpp"

namespace {

using namespace guestclock;
constexpr std::size_t count = 10'000;

void year_of(std::size_t day, std::int64_t& year) { year = civil_from_days(static_cast<i64>(day))->year; }
void peers_year(std::size_t day, std::int64_t& year) {
  const std::chrono::year_month_day date{std::chrono::sys_days(std::chrono::days(static_cast<int>(day)))};
  year = static_cast<int>(date.year());
}
void wrong_year(std::size_t day, std::int64_t& year) {
  peers_year(day, year);
  if (day == 9'999) ++year;
}

}  // namespace

int main(int argc, char** argv) {
  return bench::main_of(argc, argv, [](std::vector<bench::comparison>& to) {
    const auto same = [](std::int64_t a, std::int64_t b) { return a == b; };
    to.push_back(bench::one_by_one<std::int64_t, std::int64_t>("years", "wrong", count, year_of, wrong_year, same));
    to.push_back(bench::one_by_one<std::int64_t, std::int64_t>("years", "right", count, year_of, peers_year, same));
    to.push_back(bench::skipped("years", "absent", "it is not there"));
  });
}
