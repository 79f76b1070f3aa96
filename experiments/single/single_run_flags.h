// The flags of a program that makes one run of Algorithm 1.

#ifndef EXPERIMENTS_SINGLE_SINGLE_RUN_FLAGS_H_
#define EXPERIMENTS_SINGLE_SINGLE_RUN_FLAGS_H_

#include <optional>

#include "absl/status/statusor.h"
#include "experiments/common_flags.h"
#include "experiments/single/single_run.h"

namespace local_sgd {

struct SingleRunFlags {
  RunSettings settings;  // without a progress callback
  std::optional<double> regularization;
};

// --workers, --batch, --step_size, --period, --synchronisation, --epsilon,
// --max_iterations and --regularization, with seed and threads of the common
// ones. Errors name flag and value; answer them with FailUsage.
absl::StatusOr<SingleRunFlags> ReadSingleRunFlags(const CommonFlags& common);

}  // namespace local_sgd

#endif  // EXPERIMENTS_SINGLE_SINGLE_RUN_FLAGS_H_
