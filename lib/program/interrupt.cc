#include "lib/program/interrupt.h"

#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <deque>
#include <string>
#include <utility>

#include "lib/program/progress.h"

namespace local_sgd {
namespace {

constexpr int kPatienceMilliseconds = 500;  // with a stderr that takes nothing
constexpr size_t kLongestMessage = 4000;    // a pipe takes so much or nothing

constexpr char kClearLine[] = "\r\x1b[K";  // progress, and the ^C

std::atomic<const std::string*> prepared_message{nullptr};

// Only async-signal-safe calls.
void SayAndEnd(int signal_number) {
  // Two signals at once say it once.
  if (const std::string* message = prepared_message.exchange(nullptr)) {
    struct pollfd standard_error = {STDERR_FILENO, POLLOUT, 0};
    if (poll(&standard_error, 1, kPatienceMilliseconds) == 1 &&
        write(STDERR_FILENO, message->data(), message->size()) < 0) {
      // Nobody is left to tell.
    }
  }
  raise(signal_number);  // SA_RESETHAND has restored the default
}

void SetHandler(int signal_number, bool say) {
  struct sigaction action = {};
  if (sigaction(signal_number, nullptr, &action) != 0 ||
      action.sa_handler == SIG_IGN) {
    return;
  }
  action = {};
  sigemptyset(&action.sa_mask);
  action.sa_handler = say ? SayAndEnd : SIG_DFL;
  // A second Ctrl-C ends the process whatever the first one is waiting for.
  if (say) action.sa_flags = SA_RESETHAND | SA_NODEFER;
  sigaction(signal_number, &action, nullptr);
}

}  // namespace

void SayOnInterrupt(const std::string& message) {
  if (!message.empty()) {
    std::string line = message.substr(0, kLongestMessage);
    std::replace(line.begin(), line.end(), '\n', ' ');
    line += '\n';
    if (StderrIsTerminal()) line.insert(0, kClearLine);
    // A handler may be reading the old message: all stay.
    static auto* messages = new std::deque<std::string>;
    prepared_message = &messages->emplace_back(std::move(line));
  }
  SetHandler(SIGINT, !message.empty());
  SetHandler(SIGTERM, !message.empty());
}

}  // namespace local_sgd
