#include "lib/program/program.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <new>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "lib/program/build_info.h"
#include "lib/program/command_line.h"
#include "lib/program/standard_output.h"

namespace local_sgd {
namespace {

int failure_code = 1;

// Returns whether stdout is open; gives the three descriptors a meaning.
bool OpenStandardDescriptors() {
  bool has_stdout = true;
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (fcntl(descriptor, F_GETFD) >= 0 || errno != EBADF) continue;
    if (descriptor == STDOUT_FILENO) has_stdout = false;
    // Gets the lowest number that is free, which is this one.
    open("/dev/null", descriptor == STDIN_FILENO ? O_RDONLY : O_WRONLY);
  }
  return has_stdout;
}

int SayFailure(const absl::Status& status) {
  Fail(status);
  return failure_code;
}

int SayException(const char* what) {
  return SayFailure(
      absl::InternalError(absl::StrCat("an internal one, ", what)));
}

// On whatever thread an exception leaves; nothing may be thrown here.
[[noreturn]] void EndOnUncaughtException() {
  try {
    if (std::current_exception())
      std::rethrow_exception(std::current_exception());
    std::fputs("error: an internal one, std::terminate\n", stderr);
  } catch (const std::exception& e) {
    SayException(e.what());
  } catch (...) {
    SayException("of no known type");
  }
  std::_Exit(failure_code);
}

}  // namespace

int RunProgram(int argc, char** argv, const ProgramInfo& info,
               int (*main)(int, char**)) {
  failure_code = info.failure;
  if (!OpenStandardDescriptors()) {
    return SayFailure(
        absl::FailedPreconditionError("standard output is closed"));
  }
  signal(SIGXFSZ, SIG_IGN);
  // Also where memory runs out on a thread of a parallel region.
  std::set_new_handler([] {
    std::fputs("error: out of memory\n", stderr);
    std::_Exit(failure_code);
  });
  std::set_terminate(EndOnUncaughtException);
  TakeOverStandardOutput();
  SetVersionText(VersionText(info.name, info.version));
  int code = info.failure;
  try {
    code = main(argc, argv);
  } catch (const std::exception& e) {
    return SayException(e.what());
  } catch (...) {
    return SayException("of no known type");
  }
  if (absl::Status written = FlushStandardOutput(); !written.ok()) {
    SayFailure(written);
    if (code == 0) code = info.failure;
  }
  return code;
}

}  // namespace local_sgd
