// SPDX-License-Identifier: BSL-1.0
/// \file bench/side_by_side.hpp
/// Comparisons of ours with a peer: both do the same work on the same inputs, block by block in turns, in one process.
///
/// Before anything is timed both results are compared for every input; where they differ there is no ratio.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace guestclock::bench {

/// Two ways to the same results.
struct comparison {
  std::string ours;
  std::string peer;
  std::optional<std::string> skipped{};  ///< why there is no ratio

  /// All inputs; each block is timed as a whole.
  std::size_t count = 0;
  std::size_t block = 0;
  std::function<void(std::size_t begin, std::size_t end)> run_ours{};
  std::function<void(std::size_t begin, std::size_t end)> run_peer{};
  /// The first input of a block for which the results differ.
  std::function<std::optional<std::size_t>(std::size_t begin, std::size_t end)> difference{};

  [[nodiscard]] std::string name() const { return ours + " / " + peer; }
};

/// What was measured.
struct outcome {
  double ours_ns = 0;  ///< of one input, the median of the blocks
  double peer_ns = 0;
  double ratio = 0;   ///< ours_ns / peer_ns
  double spread = 0;  ///< the middle half of the ratios of two blocks in turn, its width in parts of the median one
};

/// A value that the compiler knows nothing about: no loop is unrolled over it, none becomes a vector's.
template <class Word> inline void make_opaque(Word& value) { asm volatile("" : "+r"(value)); }
/// All memory that `data` leads to is read, and may be another one afterwards.
inline void read_all(const void* data) { asm volatile("" : : "r"(data) : "memory"); }

/// A result is wanted: numbers in registers, all else in memory. A type that is made of numbers has an overload.
template <class Output> inline void consume(const Output& output) {
  if constexpr (std::is_integral_v<Output>)
    asm volatile("" : : "r"(output));
  else
    asm volatile("" : : "m"(output));
}

/// A comparison of one input at a time. `ours(i, output)` and `peer(i, output)` give what input number i leads to, and
/// `same(ours, peer)` holds for each.
template <class OurOutput, class PeerOutput, class Ours, class Peer, class Same>
comparison one_by_one(std::string ours_name, std::string peer_name, std::size_t count, Ours ours, Peer peer, Same same,
                      std::size_t block = 1'024) {
  comparison made{std::move(ours_name), std::move(peer_name)};
  made.count = count;
  made.block = block;
  made.run_ours = [ours](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      OurOutput output{};
      ours(i, output);
      consume(output);
    }
  };
  made.run_peer = [peer](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      PeerOutput output{};
      peer(i, output);
      consume(output);
    }
  };
  made.difference = [=](std::size_t begin, std::size_t end) -> std::optional<std::size_t> {
    for (std::size_t i = begin; i < end; ++i) {
      OurOutput our_output{};
      PeerOutput peer_output{};
      ours(i, our_output);
      peer(i, peer_output);
      if (!same(our_output, peer_output)) return i;
    }
    return std::nullopt;
  };
  return made;
}

inline comparison skipped(std::string ours, std::string peer, std::string reason) {
  return {std::move(ours), std::move(peer), std::move(reason)};
}

/// The program: `add` fills in the comparisons that it times.
int main_of(int argc, char** argv, const std::function<void(std::vector<comparison>&)>& add);

}  // namespace guestclock::bench
