// The flags that every experiment takes.

#ifndef EXPERIMENTS_COMMON_FLAGS_H_
#define EXPERIMENTS_COMMON_FLAGS_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "lib/records/format.h"

namespace local_sgd {

struct CommonFlags {
  std::string dataset;     // "w8a", "w8a_surrogate" or a path, as typed but for
                           // a ~, which is expanded
  int index_base = 1;      // 0 or 1: the index of that file's first feature
  std::string output_dir;  // resolved; may not exist yet
  bool default_output_dir = true;  // none was typed
  Format format = Format::kTable;
  bool overwrite = false;  // results of other data or flags
  uint64_t seed = 1;
  int threads = 1;         // that will run, at least 1
  bool all_cores = false;  // one for each core: nobody said how many
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
