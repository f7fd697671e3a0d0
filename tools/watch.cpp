// SPDX-License-Identifier: BSL-1.0
#include "watch.hpp"

#include "outlet.hpp"
#include "screen.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>

namespace guestclock::tools {
namespace {

using on_linux::comparison;
using on_linux::os_clock;

/// For how long a page that is being written, or not usable, is asked again, and how often.
constexpr u64 patience_ns = 50'000'000;
constexpr long nap_ns = 200'000;

/// A screen is drawn anew at most so often, and only if it has room.
constexpr u64 redraw_ns_min = 50'000'000;
constexpr screen_size screen_min{60, 16};
constexpr std::size_t chart_left = 18;  // the scale and the axis
constexpr std::size_t lines_beside_chart = 9;
constexpr std::size_t chart_height_max = 12;

u64 now_ns() { return on_linux::read_os_clock(os_clock::monotonic).value_or(0); }

bool is_passing(clock_error error) {
  return error == clock_error::update_in_progress || error == clock_error::sequence_invalid;
}

result<comparison> compare_patiently(const mapped_page& page) {
  const u64 until_ns = now_ns() + patience_ns;
  for (;;) {
    const result<comparison> seen = on_linux::compare(page);
    if (seen || !is_passing(seen.error()) || now_ns() >= until_ns) return seen;
    const timespec nap{0, nap_ns};
    nanosleep(&nap, nullptr);
  }
}

/// When readings are due: at every interval from the beginning that is not yet over, and at the end.
class schedule {
 public:
  schedule(u64 start_ns, const watch_options& options)
      : start_ns_(start_ns), interval_ns_(options.interval_ns), due_ns_(start_ns), duration_ns_(options.duration_ns) {}

  [[nodiscard]] u64 due_ns() const { return due_ns_; }
  [[nodiscard]] u64 elapsed_ns(u64 at_ns) const { return at_ns - std::min(at_ns, start_ns_); }

  /// Whether another reading is due after one that began then.
  bool advance(u64 at_ns) {
    if (duration_ns_ != 0 && due_ns_ - start_ns_ >= duration_ns_) return false;
    u64 next_ns = (elapsed_ns(at_ns) / interval_ns_ + 1) * interval_ns_;
    if (duration_ns_ != 0) next_ns = std::min(next_ns, duration_ns_);
    due_ns_ = start_ns_ + next_ns;
    return true;
  }

 private:
  u64 start_ns_;
  u64 interval_ns_;
  u64 due_ns_;
  u64 duration_ns_;
};

/// Where the readings go: lines of JSON, lines for a person, or a screen.
class display {
 public:
  display(outlet& out, const clock_source& from, const watch_options& options)
      : out_(out), source_(from.name), header_(watch_header(from)), is_json_(options.json) {}

  outlet_state begin() {
    if (!is_json_) return out_.write(header_);
    return outlet_state::open;
  }
  outlet_state show(const course_reading& seen) {
    last_ = seen;
    if (seen.seen) last_known_ = seen;
    if (is_json_) return out_.write(to_json_line(seen, source_));
    if (seen.drift_ns) chart_.add(*seen.drift_ns, seen.events.step || seen.events.stood_still);
    const std::optional<screen_size> size = size_of_screen();
    const bool has_room = size && size->columns >= screen_min.columns && size->rows >= screen_min.rows;
    return has_room ? redraw(seen, *size, false) : out_.write(to_line(seen));
  }
  /// The JSON lines have their totals; the others are summed up.
  outlet_state end() {
    if (is_json_) return outlet_state::open;
    const std::optional<screen_size> size = drawn_at_ns_ ? size_of_screen() : std::nullopt;
    const outlet_state drawn = size ? redraw(last_, *size, true) : outlet_state::open;
    const bool goes_on = drawn == outlet_state::open || drawn == outlet_state::asked_to_end;
    return goes_on ? out_.write(watch_summary(last_, last_known_, source_)) : drawn;
  }

 private:
  outlet_state redraw(const course_reading& seen, screen_size size, bool is_last) {
    const std::string events = is_last ? "" : event_text(seen);
    const bool is_soon = drawn_at_ns_ && seen.elapsed_ns - *drawn_at_ns_ < redraw_ns_min;
    if (is_soon && events.empty() && !is_last) return outlet_state::open;
    drawn_at_ns_ = seen.elapsed_ns;
    const std::size_t columns = std::max(size.columns, screen_min.columns);
    const std::size_t rows = std::max(size.rows, screen_min.rows);
    const std::size_t width = std::min(columns - 1 - chart_left, drift_chart::columns_max);
    const std::size_t height = std::min(rows - lines_beside_chart, chart_height_max);
    std::string lines;
    for (const std::string& line : chart_.lines(width, height, glyphs_of_screen())) lines += line + "\n";
    const std::string lasting = events.empty() ? "" : to_line(seen);
    return out_.write(lines_.draw(lasting, lines + watch_panel(seen), size));
  }

  outlet& out_;
  std::string source_;
  std::string header_;
  bool is_json_;
  drift_chart chart_;
  redrawn_lines lines_;
  std::optional<u64> drawn_at_ns_;
  course_reading last_;
  course_reading last_known_;
};

/// The readings of one watch, as they are due.
class watcher {
 public:
  watcher(outlet& out, display& shown, const mapped_page& page, const watch_options& options)
      : out_(out), shown_(shown), page_(page), plan_(now_ns(), options), count_(options.count) {}

  /// Reads and shows until something ends it; once more where that is a signal.
  ///   returns  how it ended: open where it was done
  outlet_state run() {
    if (const outlet_state begun = shown_.begin(); begun != outlet_state::open) return begun;
    for (;;) {
      const outlet_state waited = out_.wait_until(plan_.due_ns());
      if (waited != outlet_state::open && waited != outlet_state::asked_to_end) return waited;
      const u64 at_ns = now_ns();
      const outlet_state told = read(at_ns);
      if (told != outlet_state::open) return told;
      if (waited == outlet_state::asked_to_end) return waited;
      if ((count_ != 0 && number_ == count_) || !plan_.advance(at_ns)) return outlet_state::open;
    }
  }
  [[nodiscard]] const course_totals& totals() const { return totals_; }

 private:
  outlet_state read(u64 at_ns) {
    const u64 late_ns = at_ns - std::min(at_ns, plan_.due_ns());
    const course_reading seen = course_.add(plan_.elapsed_ns(at_ns), late_ns, compare_patiently(page_));
    totals_ = seen.totals;
    number_ = seen.number;
    return shown_.show(seen);
  }

  outlet& out_;
  display& shown_;
  mapped_page page_;
  schedule plan_;
  course course_;
  course_totals totals_;
  u64 count_;
  u64 number_{};
};

exit_status run_on(outlet& out, const clock_source& from, const watch_options& options, exit_status answer) {
  display shown(out, from, options);
  watcher readings(out, shown, from.page, options);
  outlet_state ended = readings.run();
  if (ended == outlet_state::open || ended == outlet_state::asked_to_end) ended = shown.end();
  if (ended == outlet_state::failed) return exit_status::environment;
  const course_totals& totals = readings.totals();
  const bool has_read = totals.readings != 0 || ended == outlet_state::reader_gone;
  const bool is_good = has_read && totals.refused == 0 && totals.steps_back == 0;
  return is_good ? answer : exit_status::no;
}

/// Without a clock there is one line of JSON, which says so.
exit_status show_none(outlet& out, const watch_options& options, exit_status answer) {
  if (answer == exit_status::environment || !options.json) return answer;
  course_reading none;
  none.why = clock_error::no_clock;
  return out.write(to_json_line(none, options.source)) == outlet_state::failed ? exit_status::environment : answer;
}

}  // namespace

exit_status run_watch(const watch_options& options) {
  const outcome<std::unique_ptr<outlet>> out = outlet::open();
  if (!out) {
    complain(out.why_none());
    return exit_status::environment;
  }
  const source_search search = find_source(options.source);
  if (!search.complaint.empty()) complain(search.complaint);
  if (!search.clock) return show_none(**out, options, search.answer);
  return run_on(**out, *search.clock, options, search.answer);
}

}  // namespace guestclock::tools
