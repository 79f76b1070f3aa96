#include "lib/results/build_info.h"

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace {

// How many CPUs the machine below has; 0: those of this one.
int made_up_cpus = 0;

}  // namespace

// In place of the C library's. Every CPU but the first is allowed.
extern "C" int sched_getaffinity(pid_t process, size_t size,
                                 cpu_set_t* allowed) noexcept {
  if (made_up_cpus == 0) {
    const long written =
        syscall(SYS_sched_getaffinity, process, size, allowed);  // in bytes
    if (written < 0) return -1;
    memset(reinterpret_cast<char*>(allowed) + written, 0, size - written);
    return 0;
  }
  if (size < CPU_ALLOC_SIZE(made_up_cpus)) {
    errno = EINVAL;
    return -1;
  }
  CPU_ZERO_S(size, allowed);
  for (int cpu = 1; cpu < made_up_cpus; ++cpu) CPU_SET_S(cpu, size, allowed);
  return 0;
}

namespace local_sgd {
namespace {

TEST(BuildInfoTest, CpuModelIsTheFirstModelName) {
  EXPECT_EQ(CpuModel("processor\t: 0\nmodel\t\t: 85\n"
                     "model name\t: Some CPU @ 2.20GHz\n"
                     "model name\t: Another\n"),
            "Some CPU @ 2.20GHz");
  EXPECT_EQ(CpuModel("model name\t: Last line"), "Last line");
  EXPECT_EQ(CpuModel("processor\t: 0\nBogoMIPS\t: 50.00\n"), "unknown");
  EXPECT_EQ(CpuModel(""), "unknown");
}

TEST(BuildInfoTest, EverythingIsFilledIn) {
  const BuildInfo info = GetBuildInfo("abc-dirty");
  EXPECT_EQ(info.version, "abc-dirty");
  EXPECT_THAT(info.compiler, ::testing::AnyOf(::testing::StartsWith("GCC "),
                                              ::testing::StartsWith("Clang ")));
  EXPECT_FALSE(info.cpu.empty());
  EXPECT_GE(info.cores, 1);
}

TEST(BuildInfoTest, CoresAreThoseThatMayBeUsedOnAnyMachine) {
  for (const int cpus : {3, 1024, 1025, 5000}) {
    made_up_cpus = cpus;
    EXPECT_EQ(AvailableCores(), cpus - 1);
  }
  made_up_cpus = 0;
}

}  // namespace
}  // namespace local_sgd
