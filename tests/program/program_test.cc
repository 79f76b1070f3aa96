#include "lib/program/program.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "gtest/gtest.h"
#include "lib/files/output_file.h"

namespace local_sgd {
namespace {

using ::testing::ExitedWithCode;
using ::testing::KilledBySignal;

using MainFunction = int(int, char**);

[[noreturn]] void RunHere(MainFunction* main, int failure = 1) {
  char name[] = "program";
  char* argv[] = {name, nullptr};
  std::exit(RunProgram(1, argv, {"program", "abc", failure}, main));
}

// With the file as stdout.
[[noreturn]] void RunTo(const std::string& output, MainFunction* main,
                        int failure = 1) {
  const int descriptor = open(output.c_str(), O_WRONLY | O_CREAT, 0600);
  dup2(descriptor, STDOUT_FILENO);
  close(descriptor);
  RunHere(main, failure);
}

int Nothing(int, char**) { return 0; }

int Seven(int, char**) { return 7; }

int Print(int, char**) {
  std::cout << "result\n";
  return 0;
}

int PrintAndSeven(int, char**) {
  std::cout << "result\n";
  return 7;
}

int PrintMuch(int, char**) {
  std::cout << std::string(1 << 20, 'x');
  return 0;
}

TEST(RunProgramTest, ReturnsTheExitCodeAndPrints) {
  const std::string path = ::testing::TempDir() + "/printed";
  EXPECT_EXIT(RunTo(path, Print), ExitedWithCode(0), "^$");
  EXPECT_EQ(*ReadFile(path), "result\n");
  EXPECT_EXIT(RunTo(path, PrintMuch), ExitedWithCode(0), "^$");
  EXPECT_EQ(*ReadFile(path), std::string(1 << 20, 'x'));
  EXPECT_EXIT(RunTo("/dev/null", Seven), ExitedWithCode(7), "^$");
}

TEST(RunProgramTest, NoticesOutputThatCannotBeWritten) {
  if (access("/dev/full", W_OK) != 0) GTEST_SKIP() << "no /dev/full";
  const char* full =
      "^error: cannot write to standard output: No space left on device\n$";
  EXPECT_EXIT(RunTo("/dev/full", Print), ExitedWithCode(1), full);
  EXPECT_EXIT(RunTo("/dev/full", PrintMuch), ExitedWithCode(1), full);
  EXPECT_EXIT(RunTo("/dev/full", Print, /*failure=*/2), ExitedWithCode(2),
              full);
  // What the program itself says counts more.
  EXPECT_EXIT(RunTo("/dev/full", PrintAndSeven), ExitedWithCode(7), full);
  EXPECT_EXIT(RunTo("/dev/full", Nothing), ExitedWithCode(0), "^$");
}

// Whether the next file gets a number above those of the three.
int OpenOne(int, char**) {
  return open("/dev/null", O_RDONLY) > STDERR_FILENO ? 0 : 3;
}

TEST(RunProgramTest, NoFileTakesThePlaceOfAClosedDescriptor) {
  const auto run = [](int descriptor) {
    close(descriptor);
    RunHere(OpenOne);
  };
  EXPECT_EXIT(run(STDOUT_FILENO), ExitedWithCode(1),
              "^error: standard output is closed\n$");
  EXPECT_EXIT(run(STDIN_FILENO), ExitedWithCode(0), "^$");
  EXPECT_EXIT(run(STDERR_FILENO), ExitedWithCode(0), "^$");
}

TEST(RunProgramTest, AReaderThatLeftEndsItAsEver) {
  const auto run = [] {
    int ends[2];
    if (pipe(ends) != 0) std::abort();
    close(ends[0]);
    dup2(ends[1], STDOUT_FILENO);
    RunHere(Print);
  };
  EXPECT_EXIT(run(), KilledBySignal(SIGPIPE), "^$");
}

std::string LargeFile() { return ::testing::TempDir() + "/large"; }

int WriteLargeFile(int, char**) {
  const rlimit limit = {1024, 1024};
  setrlimit(RLIMIT_FSIZE, &limit);
  const absl::Status status =
      WriteFileAtomically(LargeFile(), std::string(4096, 'x'));
  std::cerr << status.message();
  return status.ok() ? 0 : 1;
}

TEST(RunProgramTest, AFileThatGrowsTooLargeIsAnErrorOfThatFile) {
  ASSERT_TRUE(WriteFileAtomically(LargeFile(), "old").ok());
  EXPECT_EXIT(RunTo("/dev/null", WriteLargeFile), ExitedWithCode(1),
              "^cannot write .*/large: File too large$");
  EXPECT_EQ(*ReadFile(LargeFile()), "old");
}

int Throw(int, char**) { throw std::runtime_error("bo\nom"); }

int ThrowNumber(int, char**) { throw 1; }

int ThrowOnThread(int, char**) {
  std::thread([] { throw std::runtime_error("bo\nom"); }).join();
  return 0;
}

int ThrowInNoexcept(int, char**) {
  const auto thrower = []() noexcept { Throw(0, nullptr); };
  thrower();
  return 0;
}

TEST(RunProgramTest, NoExceptionLeavesIt) {
  const char* boom = "^error: an internal one, bo om\n$";
  EXPECT_EXIT(RunTo("/dev/null", Throw), ExitedWithCode(1), boom);
  EXPECT_EXIT(RunTo("/dev/null", Throw, /*failure=*/2), ExitedWithCode(2),
              boom);
  EXPECT_EXIT(RunTo("/dev/null", ThrowNumber), ExitedWithCode(1),
              "^error: an internal one, of no known type\n$");
  // Where nobody can catch it.
  EXPECT_EXIT(RunTo("/dev/null", ThrowOnThread), ExitedWithCode(1), boom);
  EXPECT_EXIT(RunTo("/dev/null", ThrowInNoexcept), ExitedWithCode(1), boom);
}

int TakeMemory(int, char**) {
  return std::vector<char>(int64_t{1} << 50).empty() ? 0 : 3;
}

TEST(RunProgramTest, SaysThatMemoryRanOut) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "AddressSanitizer has its own allocator";
#endif
  EXPECT_EXIT(RunTo("/dev/null", TakeMemory), ExitedWithCode(1),
              "^error: out of memory\n$");
}

}  // namespace
}  // namespace local_sgd
