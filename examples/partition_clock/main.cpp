// SPDX-License-Identifier: BSL-1.0
// partition_clock: a partition of Microsoft's hypervisor with one processor and nothing for it to run; its clock is run,
// frozen, saved, and restored into a second partition. On Linux by /dev/mshv, on Windows by the Windows Hypervisor
// Platform; from the machine on, both are the same text.
//
// Status 0, 1 where the restored clock is not what was saved, 2 where this machine does not let it come to that.
#include <guestclock/partition/snapshot.hpp>
#if defined(_WIN32)
#include <guestclock/whp/host.hpp>
#include <guestclock/whp/real_platform.hpp>
#else
#include <guestclock/mshv/host.hpp>
#endif

#include <chrono>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

namespace {

namespace partition = guestclock::partition;
using guestclock::outcome;
using guestclock::sentence;

const std::vector<guestclock::u32> processors{0};

#if defined(_WIN32)
/// A partition with its processors.
struct machine_with_processor {
  guestclock::whp::machine machine;
};
outcome<machine_with_processor> make() {
  auto made = guestclock::whp::machine::create({}, guestclock::whp::real_platform());
  if (!made) return sentence{made.why_none()};
  if (auto added = made->add_processor(0); !added) return sentence{added.why_none()};
  return machine_with_processor{std::move(*made)};
}
#else
struct machine_with_processor {
  guestclock::mshv::machine machine;
  guestclock::mshv::file processor;
};
outcome<machine_with_processor> make() {
  auto made = guestclock::mshv::machine::create({});
  if (!made) return sentence{made.why_none()};
  auto added = made->add_processor(0);
  if (!added) return sentence{added.why_none()};
  return machine_with_processor{std::move(*made), std::move(*added)};
}
#endif

/// One step: what it gives, or the end of the program.
struct cannot_go_on {
  std::string why;
};
template <class Value> Value need(outcome<Value> given) {
  if (!given) throw cannot_go_on{given.why_none()};
  return std::move(*given);
}

int run() {
  machine_with_processor first = need(make());
  std::cout << "the counter runs at " << need(first.machine.counter_frequency_hz()) << " Hz\n";
  need(first.machine.thaw());
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  need(first.machine.freeze());
  const partition::saved_time saved = need(partition::save(first.machine, processors));
  std::cout << "saved at " << saved.time.count << " units of 100 ns, counter " << saved.counters.front() << '\n';

  machine_with_processor second = need(make());
  const partition::restored told =
      need(partition::restore(second.machine, processors, saved, partition::pause_is::left_out));
  for (const std::string& why : {told.counter, told.frequency})
    if (!why.empty()) std::cout << why << '\n';
  const guestclock::reference_time restored = need(second.machine.time());
  std::cout << "restored at " << restored.count << " units of 100 ns\n";
  need(second.machine.thaw());
  return restored.count == saved.time.count ? 0 : 1;
}

}  // namespace

int main() {
  try {
    return run();
  } catch (const cannot_go_on& end) {
    std::cerr << "partition_clock: " << end.why << '\n';
    return 2;
  }
}
