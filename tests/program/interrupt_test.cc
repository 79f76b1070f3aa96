#include "lib/program/interrupt.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <thread>

#include "gtest/gtest.h"

namespace local_sgd {
namespace {

// The ends of a new terminal, ours and the program's; none without /dev/pts.
std::optional<std::array<int, 2>> OpenTerminal() {
  const int ours = posix_openpt(O_RDWR | O_NOCTTY);
  if (ours < 0) return std::nullopt;
  const char* name = ptsname(ours);
  const int other = name != nullptr && grantpt(ours) + unlockpt(ours) == 0
                        ? open(name, O_RDWR | O_NOCTTY)
                        : -1;
  if (other < 0) {
    close(ours);
    return std::nullopt;
  }
  return std::array<int, 2>{ours, other};
}

struct Ending {
  int status = 0;  // as waitpid says
  std::string said;
  double seconds = 0;  // from the signal to the end
};

// Signals a child that has called `prepare` and now works for ever; its stderr
// is the second of `errors`, both ends of which are closed.
Ending EndingAfter(int signal_number, const std::function<void()>& prepare,
                   std::array<int, 2> errors) {
  int ready[2];
  EXPECT_EQ(pipe(ready), 0);
  const pid_t child = fork();
  if (child == 0) {
    dup2(errors[1], STDERR_FILENO);
    close(errors[0]);
    close(errors[1]);
    alarm(10);  // should the signal not end it
    prepare();
    if (write(ready[1], "r", 1) != 1) _exit(1);
    for (;;) pause();
  }
  close(errors[1]);
  close(ready[1]);
  char letter = 0;
  EXPECT_EQ(read(ready[0], &letter, 1), 1);
  close(ready[0]);
  const auto start = std::chrono::steady_clock::now();
  kill(child, signal_number);
  Ending ending;
  EXPECT_EQ(waitpid(child, &ending.status, 0), child);
  ending.seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start)
          .count();
  while (read(errors[0], &letter, 1) == 1) ending.said += letter;
  close(errors[0]);
  return ending;
}

Ending EndingAfter(int signal_number, const std::function<void()>& prepare) {
  std::array<int, 2> errors = {};
  EXPECT_EQ(pipe(errors.data()), 0);
  return EndingAfter(signal_number, prepare, errors);
}

void ExpectEndedBy(const Ending& ending, int signal_number) {
  ASSERT_TRUE(WIFSIGNALED(ending.status)) << ending.status;
  EXPECT_EQ(WTERMSIG(ending.status), signal_number);
  EXPECT_LT(ending.seconds, 1);
}

TEST(InterruptTest, SaysTheMessageAndEndsByTheSignal) {
  for (const int signal_number : {SIGINT, SIGTERM}) {
    const Ending ending = EndingAfter(signal_number, [] {
      SayOnInterrupt("old");
      SayOnInterrupt("same flags\ngo on");
    });
    ExpectEndedBy(ending, signal_number);
    EXPECT_EQ(ending.said, "same flags go on\n");
  }
}

TEST(InterruptTest, ATerminalIsClearedOfProgressFirst) {
  const auto terminal = OpenTerminal();
  if (!terminal) GTEST_SKIP() << "no terminal can be made: no /dev/pts here";
  const Ending ending = EndingAfter(
      SIGINT,
      [] {
        setenv("TERM", "xterm", 1);
        SayOnInterrupt("bye");
      },
      *terminal);
  ExpectEndedBy(ending, SIGINT);
  EXPECT_EQ(ending.said, "\r\x1b[Kbye\r\n");
}

TEST(InterruptTest, EndsWhileThreadsWork) {
  const Ending ending = EndingAfter(SIGINT, [] {
    SayOnInterrupt("bye");
    for (int i = 0; i < 2; ++i) {
      std::thread([] {
        for (std::atomic<int64_t> steps = 0;;) ++steps;
      }).detach();
    }
  });
  ExpectEndedBy(ending, SIGINT);
  EXPECT_EQ(ending.said, "bye\n");
}

TEST(InterruptTest, AnEmptyMessageRestoresTheDefault) {
  const Ending ending = EndingAfter(SIGTERM, [] {
    SayOnInterrupt("bye");
    SayOnInterrupt("");
  });
  ExpectEndedBy(ending, SIGTERM);
  EXPECT_EQ(ending.said, "");
}

TEST(InterruptTest, AStderrThatTakesNothingHoldsNobodyUp) {
  const Ending ending = EndingAfter(SIGINT, [] {
    SayOnInterrupt("bye");
    const std::string filling(1 << 12, 'x');
    fcntl(STDERR_FILENO, F_SETFL, O_NONBLOCK);
    while (write(STDERR_FILENO, filling.data(), filling.size()) > 0) {
    }
    fcntl(STDERR_FILENO, F_SETFL, 0);
  });
  ExpectEndedBy(ending, SIGINT);
}

TEST(InterruptTest, AnIgnoredSignalStaysIgnored) {
  const Ending ending = EndingAfter(SIGINT, [] {
    signal(SIGINT, SIG_IGN);
    SayOnInterrupt("bye");
    raise(SIGINT);
    signal(SIGINT, SIG_DFL);
  });
  ExpectEndedBy(ending, SIGINT);
  EXPECT_EQ(ending.said, "");
}

}  // namespace
}  // namespace local_sgd
