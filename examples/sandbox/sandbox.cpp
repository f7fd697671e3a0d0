// SPDX-License-Identifier: BSL-1.0
#include "sandbox.hpp"

#include "mailbox.hpp"
#include "told_text.hpp"

#include <guestclock/guestclock.hpp>
#include <guestclock/kvm/guest.hpp>
#include <guestclock/kvm/host.hpp>
#include <guestclock/kvm/snapshot.hpp>

#include <guest_image.hpp>

#include <algorithm>
#include <cstring>
#include <ctime>
#include <memory>
#include <thread>

namespace guestclock::sandbox {
namespace {

using kvm::done;

/// Whether this build can give a guest its clock. Where not, none of the clock's registers and regions is ever written.
#ifdef GUESTCLOCK_SANDBOX_WITHOUT_CLOCK
constexpr bool gives_clock = false;
#else
constexpr bool gives_clock = true;
#endif

constexpr std::chrono::seconds turn_limit{60};
constexpr int comparison_count = 20;
constexpr u64 allowed_ns = 1'000'000;

u64 os_ns(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return u64(now.tv_sec) * nanoseconds_per_second + u64(now.tv_nsec);
}

/// A machine with the guest in it.
struct instance {
  std::unique_ptr<kvm::machine> machine;
  std::vector<std::unique_ptr<kvm::processor>> processors;

  [[nodiscard]] mailbox& box(std::size_t number) const {
    return *static_cast<mailbox*>(machine->at(mailbox_address + 2048 * number, sizeof(mailbox)));
  }
  [[nodiscard]] std::vector<kvm::processor*> all() const {
    std::vector<kvm::processor*> pointers;
    for (const auto& each : processors) pointers.push_back(each.get());
    return pointers;
  }
};

outcome<instance> make(u32 processors) {
  auto machine = kvm::machine::create({memory_bytes});
  if (!machine) return sentence{machine.why_none()};
  instance made;
  made.machine = std::make_unique<kvm::machine>(std::move(*machine));
  for (u32 number = 0; number < processors; ++number) {
    auto added = made.machine->add_processor(number);
    if (!added) return sentence{added.why_none()};
    made.processors.push_back(std::make_unique<kvm::processor>(std::move(*added)));
  }
  return made;
}

/// Loads the image, and lets every processor begin. Ring 3: where ring 0 is emulated, this is at native speed all the
/// same.
outcome<done> load(instance& into, const options& wanted) {
  std::memcpy(into.machine->at(guest_image_address, guest_image_size()), guest_image_begin, guest_image_size());
  for (u32 number = 0; number < wanted.processors; ++number) {
    kvm::processor& processor = *into.processors[number];
    const u64 stack = stack_address + u64{0x4000} * (number + 1) - 8;
    auto started = processor.start({guest_image_address, stack, true, mailbox_address + u64{2048} * number},
                                   into.machine->memory());
    if (!started) return started;
    new (&into.box(number)) mailbox{};
    if (!gives_clock || !wanted.has_clock) continue;
    const kvm::answer enabled = kvm::enable(processor.msrs(), kvm::new_msrs, page_address + u64{64} * number);
    if (enabled != kvm::answer::done) return sentence{std::string("the clock was not enabled: ") + name_of(enabled)};
  }
  return done{};
}

/// Stamps every processor's region, all with one boot time, as of now.
outcome<done> stamp(instance& of, const options& wanted) {
  if (!gives_clock || !wanted.has_clock) return done{};
  const auto boot = kvm::boot_time_now(*of.machine);
  if (!boot) return sentence{boot.why_none()};
  for (u32 number = 0; number < wanted.processors; ++number) {
    const kvm::region_place place{mailbox_address + u64{2048} * number, page_address + u64{64} * number,
                                  wanted.utc_offset_seconds};
    if (const auto region = kvm::publish_region(*of.machine, place, *boot); !region) return sentence{region.why_none()};
  }
  return done{};
}

outcome<done> turn(kvm::processor& processor) {
  const auto left = processor.run(turn_limit);
  if (!left) return sentence{left.why_none()};
  if (left->kind != kvm::exit_kind::out || left->port != done_port) return sentence{left->text()};
  return done{};
}

/// A turn of every processor at once.
outcome<done> turn_all(instance& of) {
  std::vector<std::string> why(of.processors.size());
  std::vector<std::thread> threads;
  for (std::size_t number = 1; number < of.processors.size(); ++number)
    threads.emplace_back([&of, &why, number] { why[number] = turn(*of.processors[number]).why_none(); });
  why[0] = turn(*of.processors[0]).why_none();
  for (std::thread& each : threads) each.join();
  for (std::size_t number = 0; number < why.size(); ++number)
    if (!why[number].empty()) return sentence{"processor " + std::to_string(number) + ": " + why[number]};
  return done{};
}

/// KVM's own count of all processors' exits; nothing where it does not tell.
std::optional<u64> exits_of(const instance& of) {
  u64 sum = 0;
  for (const auto& each : of.processors) {
    const auto exits = each->statistic("exits");
    if (!exits) return {};
    sum += *exits;
  }
  return sum;
}
u64 run_returns_of(const instance& of) {
  u64 sum = 0;
  for (const auto& each : of.processors) sum += each->run_count();
  return sum;
}

class story {
 public:
  explicit story(const options& wanted) : wanted_(wanted) {}

  outcome<report> tell() {
    auto made = make(wanted_.processors);
    if (!made) return sentence{made.why_none()};
    instance guest = std::move(*made);
    if (auto loaded = load(guest, wanted_); !loaded) return sentence{loaded.why_none()};
    if (auto stamped = stamp(guest, wanted_); !stamped) return sentence{stamped.why_none()};
    if (auto part = run_part(guest, "run"); !part) return sentence{part.why_none()};
    if (!report_.no_time.empty()) return report_;
    if (auto paused = pause(guest); !paused) return sentence{paused.why_none()};
    if (auto part = run_part(guest, "after a pause"); !part) return sentence{part.why_none()};
    if (auto moved = move(guest); !moved) return sentence{moved.why_none()};
    if (auto part = run_part(guest, "restored"); !part) return sentence{part.why_none()};
    judge();
    return report_;
  }

 private:
  /// Everybody reads at full speed; then one after another tells the time, against the host's clocks.
  outcome<done> run_part(instance& guest, const char* name) {
    for (u32 number = 0; number < wanted_.processors; ++number) guest.box(number).readings = wanted_.readings;
    const std::optional<u64> exits_before = exits_of(guest);
    const u64 returns_before = run_returns_of(guest);
    if (auto turned = turn_all(guest); !turned) return turned;
    const std::optional<u64> exits_after = exits_of(guest);
    report_.run_returns += run_returns_of(guest) - returns_before;
    if (exits_before && exits_after) report_.exits = report_.exits.value_or(0) + *exits_after - *exits_before;
    for (u32 number = 0; number < wanted_.processors; ++number) {
      mailbox& box = guest.box(number);
      if (box.error != 0) {
        report_.no_time = told_text(box);
        return done{};
      }
      report_.readings += box.readings;
      report_.refused += box.refused;
      report_.steps_back += box.steps_back;
      report_.worst_step_ns = std::max<u64>(report_.worst_step_ns, box.worst_step_ns);
      box.refused = 0;
      box.steps_back = 0;
      report_.stops_seen += box.was_stopped;
      const mailbox& first = guest.box(0);
      if (box.wall_ns - box.monotonic_ns != first.wall_ns - first.monotonic_ns)
        report_.broken.push_back("two processors' wall clocks have two boot times");
      report_.told.push_back({name, number, told_text(box)});
      box.readings = 0;
      if (auto compared = compare(guest, number); !compared) return compared;
    }
    return done{};
  }

  /// The guest's clocks lie between two looks at the host's; the tightest such bracket bounds how far they are off.
  outcome<done> compare(instance& guest, u32 number) {
    u64 wall_bound = max_of<u64>;
    u64 monotonic_bound = max_of<u64>;
    for (int round = 0; round < comparison_count; ++round) {
      const auto clock_before = guest.machine->clock();
      const u64 wall_before = os_ns(CLOCK_REALTIME);
      if (auto turned = turn(*guest.processors[number]); !turned) return turned;
      const u64 wall_after = os_ns(CLOCK_REALTIME);
      const auto clock_after = guest.machine->clock();
      if (!clock_before) return sentence{clock_before.why_none()};
      if (!clock_after) return sentence{clock_after.why_none()};
      const mailbox& box = guest.box(number);
      if (box.error != 0) return sentence{"the guest lost its clock: " + told_text(box)};
      wall_bound = std::min(wall_bound, furthest(box.wall_ns, wall_before, wall_after));
      monotonic_bound = std::min(
          monotonic_bound, furthest(box.monotonic_ns, clock_before->time.nanoseconds, clock_after->time.nanoseconds));
      note_clocks(box);
    }
    report_.wall_bound_ns = std::max(report_.wall_bound_ns, wall_bound);
    report_.monotonic_bound_ns = std::max(report_.monotonic_bound_ns, monotonic_bound);
    return done{};
  }
  static u64 furthest(u64 time, u64 before, u64 after) {
    const auto apart = [](u64 a, u64 b) { return a > b ? a - b : b - a; };
    return std::max(apart(time, before), apart(time, after));
  }

  /// None of the three goes back, and each is at least the one that counts less.
  void note_clocks(const mailbox& box) {
    const auto not_back = [this](const char* name, u64& last, u64 now) {
      if (now < last)
        report_.broken.push_back(std::string("the clock '") + name + "' went back by " + std::to_string(last - now) +
                                 " ns");
      last = now;
    };
    not_back("monotonic", report_.monotonic_ns, box.monotonic_ns);
    not_back("executed", report_.executed_ns, box.executed_ns);
    not_back("with pauses", report_.with_pauses_ns, box.with_pauses_ns);
    not_back("with snapshots", report_.with_snapshots_ns, box.with_snapshots_ns);
    report_.wall_ns = box.wall_ns;
    report_.local_ns = box.local_ns;
    if (box.local_ns - box.wall_ns != static_cast<u64>(i64{wanted_.utc_offset_seconds} * 1'000'000'000))
      report_.broken.push_back("local time is not wall time and the offset");
  }

  /// The length of a gap, by a clock that does not stop; and what the guest's clock told on either side.
  template <class Wait> outcome<time_gap> gap(instance& guest, Wait wait) {
    const auto stopped_at = guest.machine->clock();
    const u64 began = os_ns(CLOCK_MONOTONIC);
    if (!stopped_at) return sentence{stopped_at.why_none()};
    if (auto waited = wait(); !waited) return sentence{waited.why_none()};
    const u64 ended = os_ns(CLOCK_MONOTONIC);
    const auto resumed_at = guest.machine->clock();
    if (!resumed_at) return sentence{resumed_at.why_none()};
    return time_gap{stopped_at->time, resumed_at->time, ended - began};
  }
  outcome<done> put_account(instance& guest, const result<time_account>& account) {
    if (!account)
      return sentence{std::string("the guest's account does not take the gap: ") + name_of(account.error())};
    account_ = *account;
    for (u32 number = 0; number < wanted_.processors; ++number) guest.box(number).account = account_;
    return done{};
  }

  outcome<done> pause(instance& guest) {
    const auto paused = gap(guest, [&]() -> outcome<done> {
      std::this_thread::sleep_for(wanted_.gap);
      for (const auto& each : guest.processors)
        if (auto told = each->tell_stopped(); !told) return told;
      return done{};
    });
    if (!paused) return sentence{paused.why_none()};
    paused_ns_ += paused->length_ns;
    return put_account(guest, account_.pause(*paused));
  }

  /// Saved, thrown away, and restored into another machine, whose clock goes on where this one's was.
  outcome<done> move(instance& guest) {
    kvm::saved_machine saved;
    const auto lain = gap(guest, [&]() -> outcome<done> {
      auto taken = kvm::save(*guest.machine, guest.all());
      if (!taken) return sentence{taken.why_none()};
      saved = std::move(*taken);
      guest.processors.clear();
      guest.machine.reset();
      std::this_thread::sleep_for(wanted_.gap);
      auto made = make(wanted_.processors);
      if (!made) return sentence{made.why_none()};
      guest = std::move(*made);
      const auto restored = kvm::restore(*guest.machine, guest.all(), saved, kvm::pause_is::left_out);
      if (!restored) return sentence{restored.why_none()};
      if (!restored->counter.empty()) report_.notes.push_back(restored->counter);
      if (!restored->frequency.empty()) report_.notes.push_back(restored->frequency);
      return done{};
    });
    if (!lain) return sentence{lain.why_none()};
    snapshot_ns_ += lain->length_ns;
    if (auto put = put_account(guest, account_.restore(*lain)); !put) return put;
    return stamp(guest, wanted_);  // the boot time anew
  }

  void judge() {
    const auto kept = [this](bool is_kept, const std::string& promise) {
      if (!is_kept) report_.broken.push_back(promise);
    };
    kept(report_.steps_back == 0, "a reading was before one that another had shown");
    kept(report_.wall_bound_ns <= allowed_ns, "the wall clock is not shown to be within 1 ms of the host's");
    kept(report_.monotonic_bound_ns <= allowed_ns, "the monotonic clock is not shown to be within 1 ms of KVM's");
    kept(report_.with_pauses_ns - report_.executed_ns == paused_ns_, "'with pauses' is not 'executed' and the pauses");
    kept(report_.with_snapshots_ns - report_.with_pauses_ns == snapshot_ns_,
         "'with snapshots' is not 'with pauses' and the time in snapshots");
    kept(report_.stops_seen == wanted_.processors, "not every processor was told that it was stopped");
  }

  const options& wanted_;
  report report_;
  time_account account_;
  u64 paused_ns_{};
  u64 snapshot_ns_{};
};

}  // namespace

outcome<report> run(const options& wanted) {
  if (wanted.processors == 0 || wanted.processors > processor_count_max)
    return sentence{"a sandbox has 1 to 8 processors, not " + std::to_string(wanted.processors)};
  return story(wanted).tell();
}

}  // namespace guestclock::sandbox
