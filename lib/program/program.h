// How every program of the suite begins and ends.

#ifndef LIB_PROGRAM_PROGRAM_H_
#define LIB_PROGRAM_PROGRAM_H_

#include <string>

namespace local_sgd {

struct ProgramInfo {
  std::string name;     // as in its target
  std::string version;  // kVersion of lib/program/version.h
  int failure = 1;      // exit code for what no program expects
};

// The body of main(): runs `main` and returns its exit code. Whatever happens,
// the user hears of it in one line, and no success is reported for output that
// nobody can read:
// - stdout is checked at the end; if it could not be written, the exit code is
//   `failure` where it would be 0. Results are in files before, so nothing else
//   is lost. A closed stdout is refused at the start: the next file that is
//   opened would take its place. A closed stdin or stderr is /dev/null.
// - A file that grows beyond `ulimit -f` is an error of that file, not a
// signal.
// - Memory that runs out, and exceptions on any thread, end the process with
//   `failure`.
// --version says what `info` says. SIGPIPE does what it always does.
int RunProgram(int argc, char** argv, const ProgramInfo& info,
               int (*main)(int, char**));

}  // namespace local_sgd

#endif  // LIB_PROGRAM_PROGRAM_H_
