// SPDX-License-Identifier: BSL-1.0
// A partition's clock saved and restored, on a model of the hypervisor: whatever it answers, and what the guest sees.
#include "model_partition.hpp"
#include "says.hpp"

#include <guestclock/guestclock.hpp>
#include <guestclock/partition/snapshot.hpp>

#include <gtest/gtest.h>

#include <string>

namespace {

using namespace guestclock;
using partition::partition_register;
using partition::pause_is;
using tests::says;

constexpr i64 wall_seconds = 1'768'491'296;
unix_time wall_of_test = *unix_time::from_parts(wall_seconds, u32{0});
result<unix_time> wall() { return wall_of_test; }
result<unix_time> no_wall() { return clock_error::no_clock; }

/// A hypervisor without anything between.
class direct final : public partition::clock_controls {
 public:
  mutable tests::model_partition model;
  int fail_at = -1;
  mutable int calls = 0;
  bool tells_frequency = true;

  direct(u64 time, std::vector<u64> counters) {
    model.time = time;
    for (u32 number = 0; number < counters.size(); ++number) model.counters[number] = counters[number];
    model.guest_os_id = 0x8100'0000'0000'0001;
    model.reference_tsc = 0x5001;
  }

  outcome<reference_time> time() const override {
    if (is_failing()) return sentence{"failed"};
    return reference_time{model.time};
  }
  outcome<done> set_time(reference_time to) override {
    if (is_failing()) return sentence{"failed"};
    return answer(model.set_time(to.count));
  }
  outcome<done> freeze() override {
    if (is_failing()) return sentence{"failed"};
    model.set_frozen(true);
    return done{};
  }
  outcome<done> thaw() override {
    model.set_frozen(false);
    return done{};
  }
  outcome<u64> counter_frequency_hz() const override {
    if (!tells_frequency) return sentence{"no frequency"};
    return u64{model.frequency_hz};
  }
  outcome<u64> read(u32 processor, partition_register which) const override {
    if (is_failing()) return sentence{"failed"};
    std::uint64_t value{};
    if (auto given = answer(model.read(processor, offset_of(which), value)); !given) return sentence{given.why_none()};
    return u64{value};
  }
  outcome<done> write(u32 processor, partition_register which, u64 value) override {
    if (is_failing()) return sentence{"failed"};
    return answer(model.write(processor, offset_of(which), value));
  }

 private:
  bool is_failing() const {
    model.pass();
    return calls++ == fail_at;
  }
  static outcome<done> answer(tests::verdict given) {
    if (given != tests::verdict::taken) return sentence{"refused"};
    return done{};
  }
  static u32 offset_of(partition_register which) {
    return which == partition_register::counter ? 0 : which == partition_register::guest_os_id ? 2 : 0x17;
  }
};

const std::vector<u32> both{0, 1};

TEST(Partition, SavesEverythingOfOneMoment) {
  direct machine(1'000, {240'000, 250'000});
  ASSERT_TRUE(machine.freeze());
  const auto saved = partition::save(machine, both, wall);
  ASSERT_TRUE(saved) << saved.why_none();
  EXPECT_EQ(saved->time.count, 1'001U);
  EXPECT_EQ(saved->counters, (std::vector<u64>{240'240, 250'240}));
  EXPECT_EQ(saved->counter_frequency_hz, 2'400'000'000U);
  EXPECT_EQ(saved->reference_tsc, 0x5001U);
  EXPECT_EQ(saved->guest_os_id, 0x8100'0000'0000'0001U);
  EXPECT_EQ(saved->wall->seconds(), wall_seconds);
  EXPECT_FALSE(partition::save(machine, both, no_wall)->wall);
}

TEST(Partition, DoesNotSaveATimeThatGoesOn) {
  direct running(1'000, {240'000, 240'000});
  EXPECT_TRUE(says(partition::save(running, both, wall).why_none(), {"went on by 6 units", "freeze it"}));
  direct deaf(1'000, {240'000, 240'000});
  deaf.model.freezes = false;
  ASSERT_TRUE(deaf.freeze());
  EXPECT_TRUE(says(partition::save(deaf, both, wall).why_none(), {"went on"}));
  direct none(1'000, {});
  EXPECT_TRUE(says(partition::save(none, {}, wall).why_none(), {"no counter"}));
}

TEST(Partition, TakesCountersThatGoOnForOneAndTheSame) {
  direct machine(1'000, {240'000, 240'000, 990'000, 239'000});
  machine.model.freezes_counters = false;
  ASSERT_TRUE(machine.freeze());
  const auto saved = partition::save(machine, {0, 1, 2, 3}, wall);
  ASSERT_TRUE(saved) << saved.why_none();
  EXPECT_EQ(saved->counters[1], saved->counters[0]);
  EXPECT_GT(saved->counters[2], saved->counters[0] + 700'000) << "this one does differ";
  EXPECT_LT(saved->counters[3], saved->counters[0]) << "and this one";
}

TEST(Partition, LeavesAPauseOut) {
  direct first(1'000'000, {240'000'000, 240'000'000});
  ASSERT_TRUE(first.freeze());
  const auto saved = partition::save(first, both, wall);
  ASSERT_TRUE(saved);
  direct second(5, {1, 2});
  wall_of_test = *unix_time::from_parts(wall_seconds + 60, u32{0});
  const auto restored = partition::restore(second, both, *saved, pause_is::left_out, wall);
  wall_of_test = *unix_time::from_parts(wall_seconds, u32{0});
  ASSERT_TRUE(restored) << restored.why_none();
  EXPECT_EQ(restored->counter + restored->frequency, "");
  EXPECT_EQ(second.model.time, saved->time.count);
  EXPECT_EQ(second.model.counters.at(1), saved->counters[1]);
  EXPECT_EQ(second.model.guest_reads(0), first.model.guest_reads(0));
  EXPECT_TRUE(second.model.is_frozen);
}

TEST(Partition, CountsAPauseOnceAndNeverBack) {
  direct first(1'000'000, {240'000'000, 240'000'000});
  ASSERT_TRUE(first.freeze());
  const auto saved = partition::save(first, both, wall);
  ASSERT_TRUE(saved);
  wall_of_test = *unix_time::from_parts(wall_seconds + 1, u32{500'000'099});
  direct later(5, {1, 2});
  ASSERT_TRUE(partition::restore(later, both, *saved, pause_is::counted, wall));
  EXPECT_EQ(later.model.time, saved->time.count + 15'000'000);
  EXPECT_EQ(later.model.counters.at(0), saved->counters[0] + 3'600'000'237);
  EXPECT_EQ(later.model.guest_reads(1), later.model.time);
  wall_of_test = *unix_time::from_parts(wall_seconds - 1, u32{0});
  direct set_back(5, {1, 2});
  ASSERT_TRUE(partition::restore(set_back, both, *saved, pause_is::counted, wall));
  EXPECT_EQ(set_back.model.time, saved->time.count);
  EXPECT_EQ(set_back.model.counters.at(0), saved->counters[0]);
  wall_of_test = *unix_time::from_parts(wall_seconds, u32{0});
}

TEST(Partition, SaysWhyAPauseCannotBeCounted) {
  direct first(1'000, {240'000});
  ASSERT_TRUE(first.freeze());
  auto saved = partition::save(first, {0}, wall);
  ASSERT_TRUE(saved);
  const auto why_not = [](const partition::saved_time& from, partition::wall_source source) {
    direct into(5, {1});
    const auto restored = partition::restore(into, {0}, from, pause_is::counted, source);
    EXPECT_TRUE(into.model.is_frozen);
    EXPECT_EQ(into.model.written, (std::vector<std::string>{"freeze"})) << "nothing else was touched";
    return restored.why_none();
  };
  EXPECT_TRUE(says(why_not(*saved, no_wall), {"no wall clock"}));
  wall_of_test = *unix_time::from_parts(-1, u32{0});
  EXPECT_TRUE(says(why_not(*saved, wall), {"before 1970"}));
  wall_of_test = *unix_time::from_parts(wall_seconds + 1, u32{0});
  auto without = *saved;
  without.wall.reset();
  EXPECT_TRUE(says(why_not(without, wall), {"without the wall clock"}));
  without = *saved;
  without.counter_frequency_hz = 0;
  EXPECT_TRUE(says(why_not(without, wall), {"without its counters' frequency"}));
  without = *saved;
  without.time.count = ~std::uint64_t{0};
  EXPECT_TRUE(says(why_not(without, wall), {"exceed 64 bits"}));
  without = *saved;
  without.counter_frequency_hz = ~std::uint64_t{0};
  wall_of_test = *unix_time::from_parts(wall_seconds + 2, u32{0});
  EXPECT_TRUE(says(why_not(without, wall), {"too long for the counter"}));
  wall_of_test = *unix_time::from_parts(wall_seconds, u32{0});
}

TEST(Partition, StaysFrozenWhicheverCallOfARestoreFails) {
  direct first(1'000, {240'000, 240'000});
  ASSERT_TRUE(first.freeze());
  const auto saved = partition::save(first, both, wall);
  ASSERT_TRUE(saved);
  direct untroubled(5, {1, 2});
  ASSERT_TRUE(partition::restore(untroubled, both, *saved, pause_is::left_out, wall));
  for (int call = 0; call < untroubled.calls; ++call) {
    direct machine(5, {1, 2});
    machine.fail_at = call;
    EXPECT_TRUE(says(partition::restore(machine, both, *saved, pause_is::left_out, wall).why_none(), {"failed"}));
    EXPECT_TRUE(machine.model.is_frozen || call == 0) << "after call " << call;
  }
}

TEST(Partition, ChangesNothingWhicheverCallOfASaveFails) {
  for (int call = 1; call < 8; ++call) {
    direct machine(1'000, {240'000, 240'000});
    machine.fail_at = call;
    ASSERT_TRUE(machine.freeze());
    EXPECT_TRUE(says(partition::save(machine, both, wall).why_none(), {"failed"})) << call;
    EXPECT_EQ(machine.model.written, (std::vector<std::string>{"freeze"}));
    EXPECT_EQ(machine.model.time, 1'001U);
  }
}

TEST(Partition, DoesNotBelieveWhatIsTakenAndDoesNothing) {
  direct first(1'000'000'000, {u64{1} << 50, u64{1} << 50});
  ASSERT_TRUE(first.freeze());
  const auto saved = partition::save(first, both, wall);
  ASSERT_TRUE(saved);
  const auto restored_into = [&saved](auto set) {
    direct machine(5, {1, 2});
    set(machine.model);
    return partition::restore(machine, both, *saved, pause_is::left_out, wall);
  };
  EXPECT_TRUE(says(restored_into([](auto& model) { model.keeps_time = false; }).why_none(),
                   {"the reference time was set to 1000000001", "did nothing", "it is 6"}));
  const auto without_counters = restored_into([](auto& model) { model.keeps_counters = false; });
  ASSERT_TRUE(without_counters);
  EXPECT_TRUE(says(without_counters->counter, {"the counter of processor 1", "did nothing"}));
}

TEST(Partition, SaysThatThePageIsNotThere) {
  direct first(1'000, {240'000});
  ASSERT_TRUE(first.freeze());
  auto saved = partition::save(first, {0}, wall);
  ASSERT_TRUE(saved);
  saved->reference_tsc = 0x6001;
  direct machine(5, {1});
  machine.model.keeps_page = false;
  EXPECT_TRUE(says(partition::restore(machine, {0}, *saved, pause_is::left_out, wall).why_none(),
                   {"the reference TSC page's register", "did nothing", "it is 20481, not 24577"}));
}

TEST(Partition, RestoresAGuestThatHasNoPage) {
  direct first(1'000, {240'000});
  first.model.guest_os_id = 0;
  first.model.reference_tsc = 0;
  ASSERT_TRUE(first.freeze());
  const auto saved = partition::save(first, {0}, wall);
  ASSERT_TRUE(saved);
  direct machine(5, {1});
  ASSERT_TRUE(partition::restore(machine, {0}, *saved, pause_is::left_out, wall));
  EXPECT_EQ(machine.model.written, (std::vector<std::string>{"freeze", "counter 0", "time", "page"}));
  EXPECT_FALSE(machine.model.page());
}

TEST(Partition, RestoresOnlyAsManyProcessors) {
  direct first(1'000, {240'000});
  ASSERT_TRUE(first.freeze());
  const auto saved = partition::save(first, {0}, wall);
  ASSERT_TRUE(saved);
  direct machine(5, {1, 2});
  EXPECT_TRUE(says(partition::restore(machine, both, *saved, pause_is::left_out, wall).why_none(),
                   {"of 1 processors", "has 2"}));
  EXPECT_EQ(machine.calls, 0);
  EXPECT_TRUE(
      says(partition::restore(machine, {}, partition::saved_time{}, pause_is::left_out, wall).why_none(), {"has 0"}));
}

TEST(Partition, DoesWithoutTheFrequencyWhereNoPauseCounts) {
  direct first(1'000, {240'000});
  first.tells_frequency = false;
  ASSERT_TRUE(first.freeze());
  const auto saved = partition::save(first, {0}, wall);
  ASSERT_TRUE(saved);
  EXPECT_EQ(saved->counter_frequency_hz, 0U);
  direct machine(5, {1});
  EXPECT_EQ(partition::restore(machine, {0}, *saved, pause_is::left_out, wall)->frequency, "");
  auto told = *saved;
  told.counter_frequency_hz = 1'000'000'000;
  EXPECT_TRUE(says(partition::restore(machine, {0}, told, pause_is::left_out, wall)->frequency,
                   {"2400000000 Hz here", "1000000000 Hz"}));
  machine.tells_frequency = false;
  EXPECT_EQ(partition::restore(machine, {0}, told, pause_is::left_out, wall)->frequency, "no frequency");
}

// A guest that looks at its clock on either processor, before and after any number of moves to other machines, whose
// counters have other frequencies.
TEST(Partition, NeverTakesAGuestBack) {
  constexpr u64 frequencies[]{2'400'000'000, 1'999'999'999, 3'000'000'001, 10'000'001};
  auto machine = std::make_unique<direct>(u64{7}, std::vector<u64>{1'000, 1'000});
  u64 last = 0;
  for (int hop = 0; hop < 200; ++hop) {
    machine->model.pass(1 + static_cast<u64>(hop) * 37);
    for (const u32 processor : both) {
      const auto now = machine->model.guest_reads(processor);
      ASSERT_TRUE(now);
      ASSERT_GE(*now, last) << "hop " << hop;
      last = *now;
    }
    ASSERT_TRUE(machine->freeze());
    const auto saved = partition::save(*machine, both, wall);
    ASSERT_TRUE(saved) << saved.why_none();
    auto next = std::make_unique<direct>(u64{3}, std::vector<u64>{5, 9});
    next->model.frequency_hz = frequencies[hop % 4];
    const auto pause = hop % 3 == 0 ? pause_is::counted : pause_is::left_out;
    ASSERT_TRUE(partition::restore(*next, both, *saved, pause, wall));
    ASSERT_TRUE(next->thaw());
    machine = std::move(next);
  }
}

TEST(Partition, TellsTheBootTime) {
  direct machine(50'000'000, {1});
  machine.model.is_frozen = true;
  const auto boot = partition::boot_time_now(machine, wall);
  ASSERT_TRUE(boot);
  EXPECT_EQ(boot->seconds(), wall_seconds - 5);
  EXPECT_TRUE(says(partition::boot_time_now(machine, no_wall).why_none(), {"boot time cannot be told", "no_clock"}));
  machine.model.time = ~std::uint64_t{0};
  EXPECT_TRUE(says(partition::boot_time_now(machine, wall).why_none(), {"out_of_range"}));
  const auto real = partition::wall_now();
  ASSERT_TRUE(real);
  EXPECT_GT(real->seconds(), 0);
}

}  // namespace
