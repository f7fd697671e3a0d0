// SPDX-License-Identifier: BSL-1.0
#include "date.hpp"

#include "text.hpp"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>

#include <unistd.h>

namespace guestclock::tools {
namespace {

using clock = std::chrono::steady_clock;

constexpr std::size_t told_faults_max = 10;
constexpr std::chrono::milliseconds progress_every{200};

unix_time now() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return unix_time::from_nanoseconds(i64{std::chrono::duration_cast<std::chrono::nanoseconds>(since).count()});
}

/// One input, and its line after what is there already.
class date_line {
 public:
  explicit date_line(const date_options& options) : options_(options) {}

  [[nodiscard]] date_answer read(std::string_view input) const {
    return options_.is_parse ? point_of_text(input, options_.format) : point_of_seconds(input);
  }
  [[nodiscard]] std::optional<date_fault> append(std::string& to, date_answer answer) const {
    const std::size_t begin = to.size();
    if (!answer.fault && options_.json) return append_object(to, answer);
    if (!answer.fault && options_.is_parse)
      append_seconds(to, answer.point);
    else if (!answer.fault)
      answer.fault = append_text(to, answer.point, options_.format);
    if (answer.fault) {
      to.resize(begin);
      if (options_.json) return append_object(to, answer);
      to += "error: " + answer.fault->why;
    }
    to += '\n';
    return answer.fault;
  }

 private:
  std::optional<date_fault> append_object(std::string& to, date_answer& answer) const {
    std::string text;
    if (!answer.fault)
      answer.fault = append_text(text, answer.point, options_.is_parse ? std::nullopt : options_.format);
    const bool is_point = !answer.fault;
    json object;
    object["seconds"] = is_point ? json(answer.point.seconds()) : json(nullptr);
    object["nanoseconds"] = is_point ? json(answer.point.nanoseconds()) : json(nullptr);
    object["text"] = is_point ? json(text) : json(nullptr);
    object["why"] = is_point ? json(nullptr) : json(answer.fault->why);
    object["position"] = is_point ? json(nullptr) : or_null(answer.fault->position);
    to += object.dump(options_.from_stdin ? -1 : 2, ' ', false, json::error_handler_t::replace) + "\n";
    return answer.fault;
  }

  const date_options& options_;
};

/// How far it is, on a terminal that shows nothing else.
class progress {
 public:
  void at(std::size_t lines) {
    if (!is_shown_ || clock::now() < next_) return;
    next_ = clock::now() + progress_every;
    const std::string text = fmt::format("\r{} lines", grouped(lines));
    was_shown_ = write(STDERR_FILENO, text.data(), text.size()) > 0;
  }
  void clear() {
    constexpr std::string_view erased = "\r\x1B[K";
    if (was_shown_) was_shown_ = write(STDERR_FILENO, erased.data(), erased.size()) < 0;
  }
  ~progress() { clear(); }

 private:
  bool is_shown_ = isatty(STDERR_FILENO) == 1 && isatty(STDOUT_FILENO) != 1;
  bool was_shown_ = false;
  clock::time_point next_ = clock::now() + progress_every;
};

/// Standard input, a line each, each answered as soon as it is there.
class lines_of_dates {
 public:
  explicit lines_of_dates(const date_options& options) : line_(options) {}

  exit_status run() {
    std::array<char, 1 << 16> part;
    for (;;) {
      const ssize_t size = ::read(STDIN_FILENO, part.data(), part.size());
      if (size < 0 && errno == EINTR) continue;
      if (size < 0) {
        complain(fmt::format("cannot read standard input: {}", std::strerror(errno)));
        return exit_status::environment;
      }
      if (size == 0) break;
      if (!take({part.data(), static_cast<std::size_t>(size)}) || !put()) return exit_status::environment;
      progress_.at(count_);
    }
    if (!rest_.empty() && (!answer(rest_) || !put())) return exit_status::environment;
    progress_.clear();
    if (bad_count_ == 0) return exit_status::yes;
    complain(
        fmt::format("{} of {} lines are bad, and say so in their place on standard output; all others are answered",
                    bad_count_, count_));
    return exit_status::no;
  }

 private:
  bool take(std::string_view part) {
    for (std::size_t end = 0; (end = part.find('\n')) != std::string_view::npos; part.remove_prefix(end + 1)) {
      const std::string_view line = part.substr(0, end);
      if (rest_.empty() ? !answer(line) : !answer(rest_.append(line))) return false;
      rest_.clear();
    }
    rest_.append(part);
    return true;
  }
  /// False where no other line can fare better.
  bool answer(std::string_view line) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    ++count_;
    const date_answer read = line_.read(line);
    const std::optional<date_fault> fault = line_.append(out_, read);
    if (!fault) return true;
    ++bad_count_;
    // Seconds that are none are the line's own fault.
    if (fault->is_usage && !fault->position) return complain(fault->why), false;
    progress_.clear();
    if (bad_count_ <= told_faults_max) complain(fmt::format("line {}: {}", count_, fault->why));
    return true;
  }
  bool put() {
    const bool is_written = print(out_, exit_status::yes) == exit_status::yes;
    out_.clear();
    return is_written;
  }

  date_line line_;
  progress progress_;
  std::string rest_;  // of a line whose end is still to come
  std::string out_;
  std::size_t count_ = 0;
  std::size_t bad_count_ = 0;
};

exit_status misused(std::string_view why) {
  complain(fmt::format("{}; see guestclock date --help", why));
  return exit_status::environment;
}

}  // namespace

exit_status run_date(const date_options& options) {
  if (options.seconds && options.is_parse)
    return misused("--unix and --parse ask for opposite things; give one of them");
  if (options.from_stdin && (options.seconds || !options.text.empty()))
    return misused("--stdin takes the place of the argument; give one of them");
  if (options.from_stdin) return lines_of_dates(options).run();
  if (options.is_parse && options.text.empty()) return misused("there is nothing to parse: give a TEXT, or --stdin");

  const date_line line(options);
  const date_answer answer = options.is_parse  ? line.read(options.text)
                             : options.seconds ? line.read(*options.seconds)
                                               : date_answer{now(), {}};
  std::string out;
  const std::optional<date_fault> fault = line.append(out, answer);
  if (!fault) return print(out, exit_status::yes);
  complain(fault->why);
  if (fault->is_usage) return exit_status::environment;
  return options.json ? print(out, exit_status::no) : exit_status::no;
}

}  // namespace guestclock::tools
