// What a caller of lib must keep to, checked where it enters: a condition that
// does not hold is a bug of the caller, never of the user's input, which is
// answered with an absl::Status.

#ifndef LIB_CHECK_H_
#define LIB_CHECK_H_

#include <cstdio>
#include <cstdlib>

namespace local_sgd {

[[noreturn]] inline void CheckFailed(const char* condition, const char* file,
                                     int line) {
  std::fprintf(stderr, "%s:%d: bug: %s does not hold\n", file, line, condition);
  std::abort();
}

}  // namespace local_sgd

// Ends the program, naming place and condition, unless it holds; in every
// build. For entries, not for inner loops.
#define LOCAL_SGD_CHECK(condition) \
  ((condition) ? void(0)           \
               : ::local_sgd::CheckFailed(#condition, __FILE__, __LINE__))

#endif  // LIB_CHECK_H_
