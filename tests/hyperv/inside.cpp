// SPDX-License-Identifier: BSL-1.0
// What runs as the only program of a Linux kernel that is itself in an emulated machine: it loads that kernel's KVM, and
// runs the tests that are linked into it. What they say goes to the second serial port, where the kernel does not write.
#include <gtest/gtest.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <termios.h>
#include <unistd.h>

namespace {

bool say_to_second_port() {
  const int port = open("/dev/ttyS1", O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (port < 0) return false;
  termios raw{};
  if (tcgetattr(port, &raw) == 0) {
    cfmakeraw(&raw);
    raw.c_cflag |= CLOCAL;
    tcsetattr(port, TCSANOW, &raw);
  }
  return dup2(port, STDOUT_FILENO) >= 0 && dup2(port, STDERR_FILENO) >= 0;
}

/// Empty where it is loaded.
const char* why_not_loaded(const char* module) {
  const int file = open(module, O_RDONLY | O_CLOEXEC);
  if (file < 0) return std::strerror(errno);
  const char* why = syscall(SYS_finit_module, file, "", 0) == 0 ? "" : std::strerror(errno);
  close(file);
  return why;
}

/// Waits, for some seconds at most, until the kernel has measured its counter for the second and last time. A KVM that
/// was loaded before takes the first figure for its guests' frequency; where the two differ by more than 250 ppm, which
/// happens in an emulator, it believes that it has to scale the counter, cannot, and counts the guest's as standing still.
void wait_for_measured_counter() {
  for (int turn = 0; turn < 100; ++turn) {
    char source[32]{};
    const int file = open("/sys/devices/system/clocksource/clocksource0/current_clocksource", O_RDONLY | O_CLOEXEC);
    const bool is_known = file >= 0 && read(file, source, sizeof source - 1) > 0;
    if (file >= 0) close(file);
    if (is_known && std::strncmp(source, "tsc-early", 9) != 0) {
      std::printf("hyperv-table | clock source %s", source);
      return;
    }
    usleep(100'000);
  }
  std::printf("hyperv-trouble | the counter was not measured within 10 s\n");
}

int run_inside(int argc, char** argv) {
  mkdir("/dev", 0755);
  mkdir("/sys", 0755);
  mkdir("/tmp", 0755);
  mount("none", "/dev", "devtmpfs", 0, nullptr);
  mount("none", "/sys", "sysfs", 0, nullptr);
  if (!say_to_second_port()) return 1;
  wait_for_measured_counter();
  for (const char* module : {"/irqbypass.ko", "/kvm.ko", "/kvm-amd.ko"}) {
    if (const char* why = why_not_loaded(module); *why != '\0') {
      std::printf("hyperv-trouble | loading %s: %s\n", module, why);
      return 1;
    }
  }
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}

}  // namespace

int main(int argc, char** argv) {
  if (getpid() != 1) {
    testing::InitGoogleTest(&argc, argv);
    return RUN_ALL_TESTS();
  }
  const int status = run_inside(argc, argv);
  const testing::UnitTest& all = *testing::UnitTest::GetInstance();
  std::printf("hyperv-end | tests %d | passed %d | failed %d | skipped %d\n", all.test_to_run_count(),
              all.successful_test_count(), status == 0 ? 0 : 1 + all.failed_test_count(), all.skipped_test_count());
  std::fflush(stdout);
  tcdrain(STDOUT_FILENO);
  sync();
  reboot(RB_AUTOBOOT);  // the emulator is told to end then
  for (;;) pause();
}
