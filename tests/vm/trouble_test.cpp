// SPDX-License-Identifier: BSL-1.0
// Hosts without KVM, guests that misbehave: a clear sentence, no hang, nothing left open.
#include "small_vm.hpp"

#include <guestclock/kvm/snapshot.hpp>

#include <atomic>
#include <csignal>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <thread>

#include <sys/wait.h>

namespace guestclock::vm {
namespace {

using namespace std::chrono_literals;

testing::AssertionResult says(const std::string& text, const std::vector<std::string>& parts) {
  for (const std::string& part : parts)
    if (text.find(part) == std::string::npos)
      return testing::AssertionFailure() << "'" << part << "' is not in: " << text;
  return testing::AssertionSuccess();
}

std::size_t open_files() {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& each : std::filesystem::directory_iterator("/proc/self/fd")) ++count;
  return count;
}
/// Mappings of shared memory and of KVM's.
std::size_t mappings() {
  std::ifstream maps("/proc/self/maps");
  std::size_t count = 0;
  for (std::string line; std::getline(maps, line);)
    count += line.find("/dev/zero") != std::string::npos || line.find("kvm") != std::string::npos ? 1 : 0;
  return count;
}

TEST(NoKvm, SaysThatThereIsNoDevice) {
  const auto machine = kvm::machine::create({memory_bytes, "/dev/no-kvm-here"});
  EXPECT_TRUE(says(machine.why_none(), {"opening /dev/no-kvm-here failed", "errno 2", "load kvm_intel or kvm_amd"}));
}

TEST(NoKvm, SaysThatItIsAnotherDevice) {
  const auto machine = kvm::machine::create({memory_bytes, "/dev/null"});
  EXPECT_TRUE(says(machine.why_none(), {"KVM_GET_API_VERSION failed", "errno 25", "/dev/null is no KVM device"}));
}

/// In a process of its own, which is nobody's.
TEST(NoKvm, SaysThatItMayNot) {
  if (access("/dev/kvm", F_OK) != 0) GTEST_SKIP() << "there is no /dev/kvm";
  if (geteuid() != 0) GTEST_SKIP() << "only root can become somebody who may not";
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const pid_t child = fork();
  if (child == 0) {
    const bool is_nobody = setgid(65534) == 0 && setuid(65534) == 0;
    const auto machine = kvm::machine::create({memory_bytes});
    const std::string why = !is_nobody ? "setuid failed" : machine ? "nobody may use /dev/kvm" : machine.why_none();
    static_cast<void>(!write(ends[1], why.data(), why.size()));
    _exit(0);
  }
  close(ends[1]);
  char text[512]{};
  const ssize_t length = read(ends[0], text, sizeof text - 1);
  close(ends[0]);
  waitpid(child, nullptr, 0);
  ASSERT_GT(length, 0);
  const std::string why(text);
  if (why == "nobody may use /dev/kvm" || why == "setuid failed") GTEST_SKIP() << why;
  EXPECT_TRUE(says(why, {"opening /dev/kvm failed: Permission denied (errno 13)", "run as root"}));
}

class Trouble : public Vm {};

TEST_F(Trouble, AGuestThatTripleFaults) {
  for (const bool is_user : {false, true}) {
    small_vm guest({.is_user = is_user});
    ASSERT_TRUE(guest.is_good());
    guest.work_of().what = work::fault;
    const auto left = guest.processor().run(10s);
    ASSERT_TRUE(left) << left.why_none();
    std::printf("ring %d: %s\n", is_user ? 3 : 0, left->text().c_str());
    EXPECT_TRUE(left->kind == kvm::exit_kind::shut_down || left->kind == kvm::exit_kind::internal_error);
  }
}

TEST_F(Trouble, AGuestThatNeverLeavesIsMadeTo) {
  for (const bool is_user : {false, true}) {
    small_vm guest({.is_user = is_user});
    ASSERT_TRUE(guest.is_good());
    guest.work_of().what = work::spin;
    const auto began = std::chrono::steady_clock::now();
    const auto left = guest.processor().run(50ms);
    const auto took = std::chrono::steady_clock::now() - began;
    ASSERT_TRUE(left) << left.why_none();
    EXPECT_EQ(left->kind, kvm::exit_kind::time_over);
    EXPECT_TRUE(says(left->text(), {"did not leave within its limit"}));
    EXPECT_GE(took, 50ms);
    EXPECT_LT(took, 10s);
  }
}

TEST_F(Trouble, AnotherThreadStopsAGuest) {
  small_vm guest;
  ASSERT_TRUE(guest.is_good());
  guest.work_of().what = work::spin;
  std::thread other([&guest] {
    std::this_thread::sleep_for(30ms);
    guest.processor().stop();
  });
  const auto left = guest.processor().run(30s);
  other.join();
  ASSERT_TRUE(left);
  EXPECT_EQ(left->kind, kvm::exit_kind::stopped);
}

TEST_F(Trouble, AnInterruptedRunGoesOn) {
  small_vm guest;
  ASSERT_TRUE(guest.is_good());
  guest.work_of().what = work::spin;
  const pthread_t self = pthread_self();
  struct sigaction counting {};
  static std::atomic<int> signals{0};
  signals = 0;
  counting.sa_handler = [](int) { ++signals; };
  struct sigaction before {};
  sigaction(SIGUSR1, &counting, &before);
  std::thread other([self] {
    for (int turn = 0; turn < 5; ++turn) {
      std::this_thread::sleep_for(5ms);
      pthread_kill(self, SIGUSR1);
    }
  });
  const auto began = std::chrono::steady_clock::now();
  const auto left = guest.processor().run(100ms);
  other.join();
  sigaction(SIGUSR1, &before, nullptr);
  EXPECT_EQ(left->kind, kvm::exit_kind::time_over);
  EXPECT_GE(std::chrono::steady_clock::now() - began, 100ms);
  EXPECT_GE(signals, 1);
}

/// The first thread lets the signal through; the second blocks it, and has one pending. It is not the guest's affair.
TEST_F(Trouble, ASignalThatALaterThreadBlocksDoesNotKeepTheGuestOut) {
  small_vm guest;
  ASSERT_TRUE(guest.is_good());
  ASSERT_TRUE(guest.turn());
  testing::AssertionResult turned = testing::AssertionFailure();
  std::thread later([&guest, &turned] {
    sigset_t only{};
    sigaddset(&only, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &only, nullptr);
    pthread_kill(pthread_self(), SIGUSR1);
    turned = guest.turn(0, 2s);
    const timespec at_once{0, 0};
    EXPECT_EQ(sigtimedwait(&only, nullptr, &at_once), SIGUSR1) << "the signal was taken";
  });
  later.join();
  EXPECT_TRUE(turned);
  EXPECT_LT(guest.processor().run_count(), 100u);
}

TEST_F(Trouble, AStopBeforeASettleIsKept) {
  small_vm guest;
  ASSERT_TRUE(guest.is_good() && guest.turn());
  guest.work_of().what = work::spin;
  guest.processor().stop();
  ASSERT_TRUE(guest.processor().settle());
  const auto left = guest.processor().run(2s);
  ASSERT_TRUE(left) << left.why_none();
  EXPECT_EQ(left->kind, kvm::exit_kind::stopped);
}

TEST_F(Trouble, AProcessorThatNeverRunsHasNoTime) {
  small_vm guest;
  ASSERT_TRUE(guest.is_good());
  EXPECT_EQ(pvclock_reader<x86::ordered_counter>(guest.page()).now().error(), clock_error::bad_multiplier);
  ASSERT_TRUE(guest.processor().settle());
  EXPECT_EQ(pvclock_reader<x86::ordered_counter>(guest.page()).now().error(), clock_error::bad_multiplier)
      << "a page is filled on the way into the guest, not before";
}

TEST_F(Trouble, ARegisterThatIsRefused) {
  small_vm guest({.is_enabled = false});
  ASSERT_TRUE(guest.is_good());
  EXPECT_EQ(kvm::enable(guest.processor().msrs(), kvm::new_msrs, 0x7ff0), kvm::answer::misplaced);
  // Written all the same: an old KVM refuses it, a new one takes it, and fills nothing.
  if (guest.processor().msrs().write(0x4b564d01, 0x7ff1)) {
    ASSERT_TRUE(guest.turn());
    EXPECT_EQ(pvclock_reader<x86::ordered_counter>(guest.machine().at(0x7ff0, 32)).now().error(),
              clock_error::bad_multiplier);
  }
  EXPECT_FALSE(guest.processor().msrs().write(0x4b564dff, 1)) << "KVM takes a register that there is not";
  EXPECT_EQ(guest.processor().msrs().read(0x4b564dff).error(), clock_error::no_clock);
  EXPECT_TRUE(says(guest.processor().tell_stopped().why_none(),
                   {"KVM_KVMCLOCK_CTRL failed", "errno 22", "not enabled its clock"}));
}

TEST_F(Trouble, AHostThatLeavesTheClockOutOfItsCpuid) {
  small_vm guest({.is_user = false, .is_enabled = false});
  ASSERT_TRUE(guest.is_good());
  kvm_enable_cap enforced{};
  enforced.cap = KVM_CAP_ENFORCE_PV_FEATURE_CPUID;
  enforced.args[0] = 1;
  if (guest.processor().descriptor().ioctl(KVM_ENABLE_CAP, &enforced) < 0)
    GTEST_SKIP() << "KVM_CAP_ENFORCE_PV_FEATURE_CPUID is not here";
  EXPECT_EQ(kvm::enable(guest.processor().msrs(), kvm::new_msrs, page_address), kvm::answer::refused);
  guest.work_of().what = work::enable_itself;
  guest.work_of().argument = page_address + 1;
  const auto left = guest.processor().run(10s);
  ASSERT_TRUE(left) << left.why_none();
  EXPECT_NE(left->kind, kvm::exit_kind::out) << "the guest's WRMSR is taken";
  std::printf("its WRMSR: %s\n", left->text().c_str());
}

TEST_F(Trouble, APageWhereThereIsNoMemory) {
  small_vm guest({.is_enabled = false});
  ASSERT_TRUE(guest.is_good());
  const kvm::answer enabled = kvm::enable(guest.processor().msrs(), kvm::new_msrs, memory_bytes + 0x1000);
  guest.work_of().page = memory_bytes + 0x1000;
  const auto left = guest.processor().run(10s);
  ASSERT_TRUE(left) << left.why_none();
  std::printf("enabled there: %s; a read of it: %s\n", name_of(enabled), left->text().c_str());
  EXPECT_NE(left->kind, kvm::exit_kind::out);
  EXPECT_FALSE(kvm::publish_region(guest.machine(), {memory_bytes, page_address, 0}, unix_time()));
}

TEST_F(Trouble, NothingStaysOpenOrMapped) {
  {
    small_vm first;
    ASSERT_TRUE(first.is_good() && first.turn());
  }
  const std::size_t files = open_files();
  const std::size_t mapped = mappings();
  for (int turn = 0; turn < 20; ++turn) {
    small_vm guest({.processors = 2});
    ASSERT_TRUE(guest.is_good() && guest.turn());
    EXPECT_GT(open_files(), files);
    EXPECT_GT(mappings(), mapped);
    const auto again = guest.machine().add_processor(0);
    EXPECT_TRUE(says(again.why_none(), {"KVM_CREATE_VCPU failed", "there is a processor of that number"}));
    static_cast<void>(guest.processor().statistic("exits"));
    static_cast<void>(kvm::machine::create({memory_bytes, "/dev/null"}));
  }
  EXPECT_EQ(open_files(), files);
  EXPECT_EQ(mappings(), mapped);
}

}  // namespace
}  // namespace guestclock::vm
