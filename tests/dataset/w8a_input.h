// Where a test finds the w8a file that its BUILD target names as
// data = ["@w8a//:w8a"].

#ifndef TESTS_DATASET_W8A_INPUT_H_
#define TESTS_DATASET_W8A_INPUT_H_

#include <unistd.h>

#include <cstdlib>
#include <string>

namespace local_sgd {

// The path of the file, or empty where this machine has none: the test then
// says so and skips.
inline std::string W8aInput() {
  const char* const runfiles = std::getenv("TEST_SRCDIR");
  if (runfiles == nullptr) return "";
  for (const char* place : {"/w8a/file/w8a", "/local_sgd/data/w8a"}) {
    const std::string path = std::string(runfiles) + place;
    if (access(path.c_str(), R_OK) == 0) return path;
  }
  return "";
}

}  // namespace local_sgd

#endif  // TESTS_DATASET_W8A_INPUT_H_
