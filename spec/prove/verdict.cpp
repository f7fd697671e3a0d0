// SPDX-License-Identifier: BSL-1.0
#include "verdict.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>
#include <set>

#include "explorer.hpp"

namespace guestclock::prove {
namespace {

const char* kind_name(law_kind kind) {
  switch (kind) {
    case law_kind::value: return "value";
    case law_kind::trace: return "trace";
    case law_kind::protocol: return "protocol";
  }
  return "?";
}

spec::law_part part_of(const std::string& name) {
  if (name == "initial") return spec::law_part::initial;
  if (name == "step") return spec::law_part::step;
  if (name == "sequence") return spec::law_part::sequence;
  return spec::law_part::whole;
}

/// Gives the values of a counterexample; the least possible one where it says nothing.
class given_values final : public spec::source {
 public:
  explicit given_values(const std::map<std::string, exact>& values) : values_(values) {}
  std::uint64_t draw(const spec::draw_request& request) override {
    const auto value = values_.find(request.name);
    if (value == values_.end()) {
      missing.insert(request.name);
      return request.low;
    }
    const exact& v = value->second;
    const exact low = request.is_signed ? exact(static_cast<std::int64_t>(request.low)) : exact(request.low);
    const exact high = request.is_signed ? exact(static_cast<std::int64_t>(request.high)) : exact(request.high);
    if (v < low || high < v) {
      outside.insert(fmt::format("{} = {} is not in [{}, {}]", request.name, v.to_string(), low.to_string(),
                                 high.to_string()));
      return request.low;
    }
    return v.is_negative() ? static_cast<std::uint64_t>(v.to<std::int64_t>()) : v.to<std::uint64_t>();
  }
  std::set<std::string> missing, outside;

 private:
  const std::map<std::string, exact>& values_;
};

/// Edges and random values.
class random_values final : public spec::source {
 public:
  std::uint64_t draw(const spec::draw_request& request) override {
    const std::uint64_t span = request.high - request.low;
    std::uint64_t offset = random_();
    switch (random_() % 6) {
      case 0: offset = 0; break;
      case 1: return request.high;
      case 2: offset = (std::uint64_t{1} << (offset % 64)) - (offset >> 63); break;
      case 3: offset >>= offset % 64; break;
      default: break;
    }
    return request.low + (span == ~std::uint64_t{0} ? offset : offset % (span + 1));
  }

 private:
  std::mt19937_64 random_{20'000};
};

/// Every choice, one after the other: an odometer whose digits are the draws.
class all_values final : public spec::source {
 public:
  std::uint64_t draw(const spec::draw_request& request) override {
    if (position_ == digits_.size()) digits_.push_back({0, request.high - request.low});
    return request.low + digits_[position_++].value;
  }
  bool next() {
    digits_.resize(position_);
    position_ = 0;
    while (!digits_.empty() && digits_.back().value == digits_.back().last) digits_.pop_back();
    if (digits_.empty()) return false;
    ++digits_.back().value;
    return true;
  }

 private:
  struct digit {
    std::uint64_t value, last;
  };
  std::vector<digit> digits_;
  std::size_t position_ = 0;
};

std::map<std::string, exact> drawn_values(const assignment& values) {
  std::map<std::string, exact> by_name;
  for (const auto& [t, value] : values)
    if (at(t).name.find('!') == std::string::npos) by_name[at(t).name] = value;
  return by_name;
}

std::string arguments_of(const std::map<std::string, exact>& values) {
  std::string text;
  for (const auto& [name, value] : values) text += fmt::format("{}{}={}", text.empty() ? "" : " ", name, value.to_string());
  return text;
}

/// What stands in the law's file at that line.
std::string source_line(const run_options& options, const std::string& id, int line) {
  const std::string stem = id.substr(0, id.find('.'));
  std::ifstream file(std::filesystem::path(options.source_folder) / "spec" / "laws" / (stem + ".hpp"));
  std::string text;
  for (int i = 0; i < line; ++i)
    if (!std::getline(file, text)) return fmt::format("line {}", line);
  const auto begin = text.find("in.assume(");
  const auto end = text.rfind("))");
  if (begin == std::string::npos || end == std::string::npos) return fmt::format("line {}", line);
  return text.substr(begin + 10, end - begin - 10);
}

std::string qualified(const std::string& part, const std::string& text) {
  return part.empty() ? text : part + ": " + text;
}

verdict empty_verdict(const spec::native_law& law) {
  verdict v;
  v.id = law.info.id;
  v.sentence = law.info.sentence;
  v.kind = kind_name(law.info.kind);
  return v;
}

/// What machine words say on inputs of the domain: whether they reach every requirement that the exploration reached, and
/// the first run in which one does not hold.
struct confirmation {
  bool reaches_all = false;
  std::optional<counterexample> failed;
};
confirmation confirm_reached(const spec::native_law& law, const std::string& part, const exploration& found) {
  confirmation told;
  std::set<int> open;
  for (const auto& [line, witness] : found.reached) open.insert(line);
  if (open.empty()) return told;
  const auto note = [&](const spec::outcome& o) {
    for (const int line : o.required_lines) open.erase(line);
    if (o.failed() && !told.failed)
      told.failed = counterexample{part, o.replay_arguments(), fmt::format("the law's requirement at line {}", o.failed_line),
                                   "machine words fail it\n"};
  };
  for (const auto& [line, witness] : found.reached) {
    if (!witness) continue;
    const auto values = drawn_values(*witness);
    given_values source(values);
    note(law.run(source, part_of(part), 0));
  }
  random_values random;
  for (int attempt = 0; attempt < 50'000 && !open.empty(); ++attempt) note(law.run(random, part_of(part), 0));
  told.reaches_all = open.empty();
  return told;
}

}  // namespace

const char* name_of(status s) {
  switch (s) {
    case status::proved: return "proved";
    case status::exhausted: return "exhausted";
    case status::sampled: return "sampled";
    case status::refuted: return "refuted";
    case status::unknown: return "unknown";
  }
  return "?";
}

bool verdict::good() const { return satisfiable && (outcome == status::proved || outcome == status::exhausted || outcome == status::sampled); }

verdict judge_theorems(const run_options& options) {
  verdict v;
  v.id = "theorem.products";
  v.sentence = "products grow with their factors, agree where their factors do, and distribute over a division";
  v.kind = "theorem";
  v.outcome = status::proved;
  v.satisfiable = true;
  std::vector<std::unique_ptr<solver>> solvers;
  if (options.with_cvc5) solvers.push_back(make_cvc5());
  if (options.with_z3) solvers.push_back(make_z3());
  for (const auto& s : solvers) v.solvers[s->name()] = {true, 0};
  for (const term theorem : product_theorems()) {
    ++v.obligations;
    bool proved = false;
    for (const auto& s : solvers) {
      const bool alone = s->refutes_alone({}, negation(theorem));  // without relying on what it is to show
      proved = proved || alone;
      v.solvers[s->name()].proved = v.solvers[s->name()].proved && alone;
    }
    if (proved) continue;
    v.outcome = status::unknown;
    v.reason = "no solver proves " + to_text(theorem);
  }
  return v;
}

verdict exhaust(const spec::native_law& law) {
  verdict v = empty_verdict(law);
  all_values source;
  std::set<int> reached;
  std::map<std::string, std::uint64_t> names;
  bool failed = false;
  std::uint64_t silent = 0;
  do {
    const spec::outcome o = law.run(source, spec::law_part::whole, 0);
    ++v.paths;
    if (o.required_lines.empty() && o.assumed_line == 0) ++silent;
    v.obligations += static_cast<int>(o.required_lines.size());
    for (const int line : o.required_lines) reached.insert(line);
    if (!o.failed()) continue;
    failed = true;
    v.refuted_by = counterexample{"", o.replay_arguments(), "the law's requirement", fmt::format("machine words fail it at line {}", o.failed_line)};
  } while (!failed && source.next());
  v.satisfiable = !reached.empty();
  v.domain = {"every choice"};
  v.outcome = failed ? status::refuted : law.info.sampled != nullptr ? status::sampled : status::exhausted;
  if (law.info.sampled != nullptr) v.reason = law.info.sampled;
  if (silent > 0 && !failed) {
    v.outcome = status::unknown;
    v.reason = fmt::format("the law says nothing on {} choices, without a premise that would tell", silent);
  }
  return v;
}

replay_report replay(const spec::native_law& law, const symbolic_law* symbolic, const std::string& part,
                     const std::map<std::string, exact>& values) {
  replay_report report;
  given_values source(values);
  const spec::outcome native = law.run(source, part_of(part), spec::sequence_length_max);
  for (const std::string& name : source.missing) report.text += fmt::format("no value for {}\n", name);
  for (const std::string& text : source.outside) report.text += text + "\n";
  if (!report.text.empty()) {
    report.usable = false;
    return report;
  }
  if (native.failed()) report.text += fmt::format("machine words: the requirement at line {} does not hold\n", native.failed_line);
  else if (native.assumed_line != 0) report.text += fmt::format("machine words: the premise at line {} does not hold, so the law says nothing here\n", native.assumed_line);
  else report.text += fmt::format("machine words: the law holds ({} requirements)\n", native.required_lines.size());
  bool overflowed = false;
  if (symbolic != nullptr) {
    for (const symbolic_part& candidate : symbolic->parts) {
      if (candidate.name != part) continue;
      exploration_options options;
      options.replayed = values;
      explorer checked({}, options);
      const exploration found = checked.explore(candidate.run, {});
      overflowed = found.refuted.has_value();
      if (overflowed) {
        const std::string file = found.refuted->file.substr(found.refuted->file.find_last_of('/') + 1);
        report.text += file.empty() ? fmt::format("checked words: {} does not hold\n", found.refuted->what)
                                    : fmt::format("checked words: not so that {}, at {}:{}\n", found.refuted->what, file, found.refuted->line);
      } else {
        report.text += "checked words: no operation overflows\n";
      }
    }
  }
  report.held = !native.failed() && !overflowed;
  return report;
}

verdict judge(const spec::native_law& law, const symbolic_law* symbolic, const run_options& options) {
  if (law.info.kind == law_kind::protocol || symbolic == nullptr) return exhaust(law);
  verdict v = empty_verdict(law);
  v.satisfiable = true;
  bool all_proved = true;
  int exported = 0;
  for (const symbolic_part& part : symbolic->parts) {
    std::vector<std::unique_ptr<solver>> solvers;
    if (options.with_z3) solvers.push_back(make_z3());
    if (options.with_cvc5) solvers.push_back(make_cvc5());
    exploration_options how;
    how.first_answer_suffices = options.quick;
    how.slow_seconds = options.slow_seconds;
    if (!options.smt2_folder.empty())
      how.exported = [&](const std::vector<term>& assertions, const std::string& what) {
        const auto folder = std::filesystem::path(options.smt2_folder) / law.info.id;
        std::filesystem::create_directories(folder);
        std::ofstream file(folder / fmt::format("{}{:05}.smt2", part.name, ++exported));
        file << to_smt2(assertions, fmt::format("{}: {}; unsat means proved", law.info.id, what));
        if (!file.flush()) throw std::runtime_error(fmt::format("{}: cannot write; is the disk full?", folder.string()));
      };
    explorer engine(std::move(solvers), how);
    exploration found = engine.explore(part.run, part.guide);

    v.paths += found.paths;
    v.obligations += found.obligations;
    for (const auto& [name, count] : found.solvers) {
      solver_verdict& total = v.solvers.try_emplace(name, solver_verdict{true, 0}).first->second;
      total.seconds += count.seconds;
      total.proved = total.proved && count.proved == found.obligations && !found.refuted && found.incomplete.empty();
    }
    for (const draw_note& d : found.draws) v.domain.push_back(qualified(part.name, fmt::format("{} {} {}", d.name, d.type, d.domain)));
    for (const auto& [line, note] : found.premises) {
      std::string text = source_line(options, v.id, line);
      if (note.ends_paths) text += " (ends the law where it is false)";
      v.assumptions.push_back(qualified(part.name, text));
      // One form on all paths is what the premise says of the draws; where paths differ, the source line has to do.
      if (note.symbolic.size() == 1 && note.symbolic.begin()->size() < 400)
        v.assumptions.push_back(qualified(part.name, "  as " + *note.symbolic.begin()));
    }
    if (found.refuted) {
      const auto values = drawn_values(found.refuted->values);
      const std::string file = found.refuted->file.substr(found.refuted->file.find_last_of('/') + 1);
      std::string what = found.refuted->what;
      if (!file.empty()) what += fmt::format(" at {}:{}", file, found.refuted->line);
      else if (found.refuted->line != 0) what += fmt::format(" at line {}", found.refuted->line);
      v.refuted_by = counterexample{part.name, arguments_of(values), what, replay(law, symbolic, part.name, values).text};
      v.outcome = status::refuted;
      return v;
    }
    if (!found.incomplete.empty()) {
      v.reason = found.incomplete;
      all_proved = false;
    } else if (found.undecided > 0) {
      v.reason = fmt::format("no solver settles {} obligations; the first: {}", found.undecided, found.first_undecided);
      all_proved = false;
    } else if (found.silent_paths > 0 && part.name != "initial") {  // a trace may begin as it is drawn
      v.reason = fmt::format("the law says nothing on {} paths, without a premise that would tell", found.silent_paths);
      all_proved = false;
    }
    const confirmation machine_words = confirm_reached(law, part.name, found);
    if (!machine_words.reaches_all) v.satisfiable = false;
    if (machine_words.failed) {
      v.refuted_by = machine_words.failed;
      v.outcome = status::refuted;
      return v;
    }
  }
  if (!v.satisfiable && v.reason.empty()) v.reason = "vacuous: no concrete input was found that reaches every requirement";
  v.outcome = !all_proved || !v.satisfiable ? status::unknown : status::proved;
  return v;
}

using json = nlohmann::ordered_json;

std::string to_json(const verdict& v) {
  json solvers = json::object();
  for (const auto& [name, s] : v.solvers) solvers[name] = {{"status", s.proved ? "proved" : "unknown"}, {"seconds", s.seconds}};
  json j = {{"id", v.id}, {"sentence", v.sentence}, {"kind", v.kind}, {"status", name_of(v.outcome)},
            {"domain", v.domain}, {"assumptions", v.assumptions}, {"satisfiable", v.satisfiable}, {"paths", v.paths},
            {"obligations", v.obligations}, {"solvers", solvers}, {"reason", nullptr}, {"counterexample", nullptr}};
  if (!v.reason.empty()) j["reason"] = v.reason;
  if (v.refuted_by)
    j["counterexample"] = {{"part", v.refuted_by->part}, {"arguments", v.refuted_by->arguments},
                           {"what", v.refuted_by->what}, {"confirmed", v.refuted_by->confirmed}};
  return j.dump();
}

verdict from_json(const std::string& text) {
  const json j = json::parse(text);
  verdict v;
  v.id = j["id"];
  v.sentence = j["sentence"];
  v.kind = j["kind"];
  for (const status s : {status::proved, status::exhausted, status::sampled, status::refuted, status::unknown})
    if (j["status"] == name_of(s)) v.outcome = s;
  v.domain = j["domain"].get<std::vector<std::string>>();
  v.assumptions = j["assumptions"].get<std::vector<std::string>>();
  v.satisfiable = j["satisfiable"];
  v.paths = j["paths"];
  v.obligations = j["obligations"];
  for (const auto& [name, s] : j["solvers"].items()) v.solvers[name] = {s["status"] == "proved", s["seconds"]};
  if (!j["reason"].is_null()) v.reason = j["reason"];
  if (!j["counterexample"].is_null()) {
    const json& c = j["counterexample"];
    v.refuted_by = counterexample{c["part"], c["arguments"], c["what"], c["confirmed"]};
  }
  return v;
}

}  // namespace guestclock::prove
