// The flags that every experiment takes.

#ifndef EXPERIMENTS_COMMON_FLAGS_H_
#define EXPERIMENTS_COMMON_FLAGS_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "lib/results/format.h"

namespace local_sgd {

struct CommonFlags {
  std::string dataset;     // as typed: "w8a", "w8a_surrogate" or a path, which
                           // PathFromUser (lib/results/command_line.h) resolves
  std::string output_dir;  // resolved; may not exist yet
  Format format = Format::kTable;
  bool overwrite = false;  // results of other data or flags
  uint64_t seed = 1;
  int threads = 1;         // at least 1: "all cores" is already a number here
  bool all_cores = false;  // --threads=0 as typed
};

// Parses the whole command line, the program's own flags included, and checks
// these. Errors name flag and value; answer them with FailUsage.
absl::StatusOr<CommonFlags> ParseCommonFlags(int argc, char** argv,
                                             const std::string& usage);

// A --regularization flag: lambda, or nothing for the paper's 1/n when empty.
absl::StatusOr<std::optional<double>> ParseRegularization(
    const std::string& text);

}  // namespace local_sgd

#endif  // EXPERIMENTS_COMMON_FLAGS_H_
