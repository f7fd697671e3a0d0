// SPDX-License-Identifier: BSL-1.0
/// \file fuzz/laws.cpp
/// The fuzzer as an engine of the laws: the first two bytes choose a law of the list, and which part of it; the others
/// are its draws. Laws of interleavings are left out: they have finitely many runs, and those are tried whole. What an input means changes with the list: a finding is kept as a point in tests/spec/points.txt.
#include <array>
#include <cstdio>
#include <cstdlib>

#include "../props/choice.hpp"
#include "../spec/laws/all.hpp"
#include "../spec/laws/native_inputs.hpp"
#include "bytes.hpp"

namespace guestclock::fuzz {

const std::size_t useful_size_max = 64;

namespace {

/// One draw: a byte that says of which kind it is and how long, then its amount.
class byte_choices {
 public:
  explicit byte_choices(bytes input) : input_(input) {}

  std::uint64_t next(const spec::word_range& range) {
    const std::uint8_t head = input_.byte();
    constexpr std::array<unsigned, 4> sizes{0, 1, 4, 8};
    const unsigned size = sizes[head >> 3 & 3];
    const std::uint64_t amount = size == 0 ? head >> 5 : input_.word(size);
    const std::uint64_t value = spec::value_of({head, amount}, range, earlier_);
    earlier_.remember(value);
    return value;
  }
  [[nodiscard]] std::size_t left() const { return input_.left(); }

 private:
  bytes input_;
  spec::earlier_values earlier_;
};

/// Inputs that remember nothing but how the run went: no allocation, no names.
class fuzz_inputs {
 public:
  struct {
    int failed_line = 0;
    int assumed_line = 0;
  } result;

  explicit fuzz_inputs(bytes input) : choices_(input) {}

  template <std::integral Word> Word any(const char* name) {
    return between<Word>(name, std::numeric_limits<Word>::min(), std::numeric_limits<Word>::max());
  }
  template <std::integral Word>
  Word between(const char*, std::type_identity_t<Word> low, std::type_identity_t<Word> high) {
    using bits = std::make_unsigned_t<Word>;
    return static_cast<Word>(choices_.next(
        {static_cast<bits>(low), static_cast<bits>(high), static_cast<unsigned>(std::numeric_limits<bits>::digits)}));
  }
  [[nodiscard]] bool assume(bool premise, int line = __builtin_LINE()) {
    if (!premise && result.assumed_line == 0) result.assumed_line = line;
    return premise;
  }
  void require(bool claim, int line = __builtin_LINE()) {
    if (!claim && result.failed_line == 0) result.failed_line = line;
  }

 private:
  byte_choices choices_;
};

/// The same draws by name, once something failed.
class byte_source : public spec::source {
 public:
  explicit byte_source(bytes input) : choices_(input) {}
  std::uint64_t draw(const spec::draw_request& request) override {
    return choices_.next({request.low, request.high, request.bits});
  }

 private:
  byte_choices choices_;
};

/// Sequences end with the input: the steps after it would all be the same.
std::uint32_t length_max(bytes input) {
  const std::size_t length = input.left() / 8;
  return length < spec::sequence_length_max ? static_cast<std::uint32_t>(length) : spec::sequence_length_max;
}

template <class Law> int failed_line(bytes input, spec::law_part part) {
  fuzz_inputs in(input);
  spec::run_law_part<Law>(in, part, length_max(input));
  return in.result.failed_line;
}

struct entry {
  int (*failed_line)(bytes, spec::law_part);
  spec::native_law (*native)();
  spec::law_part part;
};

template <class Law> constexpr std::size_t part_count() {
  switch (Law::info.kind) {
    case law_kind::value: return 1;
    case law_kind::trace: return 3;
    case law_kind::protocol: return 0;
  }
}
constexpr std::size_t entry_count = [] {
  std::size_t count = 0;
  laws::all::for_each([&]<class Law>() { count += part_count<Law>(); });
  return count;
}();

constexpr auto entries = [] {
  std::array<entry, entry_count> list{};
  std::size_t count = 0;
  laws::all::for_each([&]<class Law>() {
    constexpr std::array parts{spec::law_part::initial, spec::law_part::step, spec::law_part::sequence};
    if constexpr (part_count<Law>() == 1)
      list[count++] = {failed_line<Law>, spec::make_native_law<Law>, spec::law_part::whole};
    if constexpr (part_count<Law>() == parts.size())
      for (const spec::law_part part : parts) list[count++] = {failed_line<Law>, spec::make_native_law<Law>, part};
  });
  return list;
}();

[[noreturn]] void report(const entry& chosen, bytes input, int line) {
  const spec::native_law law = chosen.native();
  byte_source source(input);
  const spec::outcome outcome = law.run(source, chosen.part, length_max(input));
  constexpr std::array<const char*, 4> parts{"", "/initial", "/step", "/sequence"};
  std::fprintf(stderr,
               "refuted  %s   %s\nwitness  line %d of its text does not hold\n"
               "replay   scripts/prove --replay %s%s %s\n",
               law.info.id, law.info.sentence, line, law.info.id, parts[static_cast<std::size_t>(chosen.part)],
               outcome.replay_arguments().c_str());
  std::abort();
}

}  // namespace
}  // namespace guestclock::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  guestclock::fuzz::bytes input(data, size);
  const auto& chosen = guestclock::fuzz::entries[input.word(2) % guestclock::fuzz::entries.size()];
  if (const int line = chosen.failed_line(input, chosen.part)) guestclock::fuzz::report(chosen, input, line);
  return 0;
}
