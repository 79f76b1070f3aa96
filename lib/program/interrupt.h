// Ctrl-C ends a long run at once, with a word on what happens next.

#ifndef LIB_PROGRAM_INTERRUPT_H_
#define LIB_PROGRAM_INTERRUPT_H_

#include <string>

namespace local_sgd {

// From now on SIGINT and SIGTERM write `message` as one line to stderr and end
// the process within a second, by that signal, as the shell expects (it says
// 130 or 143). Nothing else runs: no destructor, no flush, so files must be
// safe at any moment. A signal that was ignored (nohup) stays ignored. A second
// call replaces the message; an empty one restores what the signals do by
// default. For one thread at a time; the signal may come to any.
void SayOnInterrupt(const std::string& message);

}  // namespace local_sgd

#endif  // LIB_PROGRAM_INTERRUPT_H_
