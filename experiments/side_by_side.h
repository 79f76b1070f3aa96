// Runs of the same seed, K and b: they draw the same rows, so they run side by
// side in SIMD lanes.

#ifndef EXPERIMENTS_SIDE_BY_SIDE_H_
#define EXPERIMENTS_SIDE_BY_SIDE_H_

#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "experiments/problem.h"
#include "experiments/single/single_run.h"
#include "lib/solver/run.h"

namespace local_sgd {

// The error that RunSideBySide would return for settings out of range, without
// a run: ResourceExhausted where all of them take too much memory.
absl::Status ValidateSideBySide(const Problem& problem,
                                const std::vector<RunSettings>& settings);

// Like RunOnce for each of them, with the same numbers, on one thread; only the
// times are those of all runs together. The settings must have the same
// workers, batch, seed and max_iterations, and at least one epsilon each.
absl::StatusOr<std::vector<RunSummary>> RunSideBySide(
    const Problem& problem, const std::vector<RunSettings>& settings);

}  // namespace local_sgd

#endif  // EXPERIMENTS_SIDE_BY_SIDE_H_
