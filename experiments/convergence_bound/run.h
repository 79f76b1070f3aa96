// Theorem 2.2 against runs: f(xhat_T) - f* along T beside bound (5), term by
// term, for several lambda, K, b and H; and the steps of the proof, measured on
// the way: the drift of the workers and the variance of the averaged gradient.

#ifndef EXPERIMENTS_CONVERGENCE_BOUND_RUN_H_
#define EXPERIMENTS_CONVERGENCE_BOUND_RUN_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "experiments/convergence_bound/records.h"
#include "experiments/experiment.h"

namespace local_sgd {

struct WorkersAndBatch {
  int64_t workers = 1;  // K
  int64_t batch = 1;    // b
};

// The runs on one problem. T is looked at at the last twelve powers of 2 up to
// max_iterations, all in one run of each seed: the step sizes do not depend on
// it.
struct BoundGrid {
  std::optional<double> lambda;  // nothing: 1/n
  std::vector<WorkersAndBatch> configurations;
  std::vector<int64_t> periods;  // H, at most eight; with K = 1 the first only
  int64_t max_iterations = 0;
  int64_t seeds = 0;
};

struct ConvergenceBoundSettings {
  std::vector<BoundGrid> grids;
  uint64_t first_seed = 1;
  int64_t gradient_draws =
      4000;  // for the averaged gradient's variance, a seed
  int threads = 1;
};

// The paper's lambda = 1/n, where the bound says least, and lambda = 0.01,
// where T comes to hundreds of a. Of grids whose lambda is the same on the data
// only the first is run. Runs of one lambda, K, b and seed are side by side in
// lanes.
const Experiment<ConvergenceBoundSettings, ConvergenceBound>&
ConvergenceBoundExperiment();

}  // namespace local_sgd

#endif  // EXPERIMENTS_CONVERGENCE_BOUND_RUN_H_
