// SPDX-License-Identifier: BSL-1.0
/// Many days at once, against the same days one at a time.
#include <memory>

#include <guestclock/calendar/civil.hpp>

#include "inputs.hpp"
#include "peers.hpp"

namespace guestclock::bench {
namespace {

/// What both write: an array for each field.
struct date_arrays {
  std::vector<std::int32_t> years;
  std::vector<std::uint8_t> months, days;
  explicit date_arrays(std::size_t count) : years(count), months(count), days(count) {}
};

using batch = void(const std::int32_t* days, std::size_t count, std::int32_t* years, std::uint8_t* months,
                   std::uint8_t* days_of_month);

/// As the build has it: the instructions that every machine of this kind has.
void plain_batch(const std::int32_t* days, std::size_t count, std::int32_t* years, std::uint8_t* months,
                 std::uint8_t* days_of_month) {
  if (!dates_from_days(days, count, years, months, days_of_month)) std::abort();
}

#if defined(__x86_64__)
/// The same text for machines that have AVX2.
__attribute__((target("avx2"))) void avx2_batch(const std::int32_t* days, std::size_t count, std::int32_t* years,
                                                std::uint8_t* months, std::uint8_t* days_of_month) {
  if (!dates_from_days(days, count, years, months, days_of_month)) std::abort();
}
bool has_avx2() { return __builtin_cpu_supports("avx2") != 0; }
#else
void avx2_batch(const std::int32_t*, std::size_t, std::int32_t*, std::uint8_t*, std::uint8_t*) {}
bool has_avx2() { return false; }
#endif

void one_at_a_time(const std::int32_t* days, std::size_t count, std::int32_t* years, std::uint8_t* months,
                   std::uint8_t* days_of_month) {
  for (std::size_t i = 0; i < count; ++i) {
    std::int32_t day = days[i];
    make_opaque(day);
    const auto date = civil_from_days(day);
    if (!date) continue;
    years[i] = static_cast<std::int32_t>(date->year);
    months[i] = static_cast<std::uint8_t>(date->month);
    days_of_month[i] = static_cast<std::uint8_t>(date->day);
  }
}

comparison compare(std::string ours_name, std::string peer_name, const std::vector<std::int32_t>& days, batch* ours,
                   batch* peer) {
  comparison made{std::move(ours_name), std::move(peer_name)};
  made.count = days.size();
  made.block = 1'024;
  const auto ours_to = std::make_shared<date_arrays>(made.block);
  const auto peer_to = std::make_shared<date_arrays>(made.block);
  const auto run_of = [&days](batch* run, const std::shared_ptr<date_arrays>& to) {
    return [&days, run, to](std::size_t begin, std::size_t end) {
      run(days.data() + begin, end - begin, to->years.data(), to->months.data(), to->days.data());
      read_all(to->years.data());
    };
  };
  made.run_ours = run_of(ours, ours_to);
  made.run_peer = run_of(peer, peer_to);
  made.difference = [=, run_ours = made.run_ours, run_peer = made.run_peer](
                        std::size_t begin, std::size_t end) -> std::optional<std::size_t> {
    run_ours(begin, end);
    run_peer(begin, end);
    for (std::size_t i = 0; i < end - begin; ++i)
      if (ours_to->years[i] != peer_to->years[i] || ours_to->months[i] != peer_to->months[i] ||
          ours_to->days[i] != peer_to->days[i])
        return begin + i;
    return std::nullopt;
  };
  return made;
}

}  // namespace

void add_batch(std::vector<comparison>& comparisons) {
  static const auto days = [] {
    std::vector<std::int32_t> of_seconds;
    for (const std::int64_t each : recent_seconds()) of_seconds.push_back(static_cast<std::int32_t>(each / 86'400));
    return of_seconds;
  }();
  comparisons.push_back(has_avx2() ? compare("civil.batch", "civil.from_days", days, avx2_batch, one_at_a_time)
                                   : skipped("civil.batch", "civil.from_days", "this machine has no AVX2"));
  comparisons.push_back(compare("civil.batch.baseline", "civil.from_days", days, plain_batch, one_at_a_time));
}

}  // namespace guestclock::bench
