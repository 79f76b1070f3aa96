// One fuzz target: what a reader is asked to do with any bytes at all. The body
// is a library, so that libFuzzer explores it (clang, --config=fuzz) and an
// ordinary test replays its corpus (any compiler).

#ifndef TESTS_FUZZ_FUZZ_TARGET_H_
#define TESTS_FUZZ_FUZZ_TARGET_H_

#include <cstdio>
#include <cstdlib>
#include <string>

#include "absl/strings/string_view.h"

namespace local_sgd {

// Feeds the bytes to the code under test and Requires what must hold of the
// outcome. Each target defines it; a binary links one target.
void FuzzOneInput(absl::string_view bytes);

// Stops the program, with what was expected and anything that tells more, where
// a property does not hold. libFuzzer keeps the input then.
inline void Require(bool holds, absl::string_view expected,
                    absl::string_view details = "") {
  if (holds) return;
  std::fprintf(stderr, "PROPERTY VIOLATED: %s\n%s\n",
               std::string(expected).c_str(), std::string(details).c_str());
  std::abort();
}

}  // namespace local_sgd

#endif  // TESTS_FUZZ_FUZZ_TARGET_H_
