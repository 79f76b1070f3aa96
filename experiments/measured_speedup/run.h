// Figure 3 and the appendix's tables: T(epsilon) and the measured speedup of
// local SGD over a grid of accuracies, mini-batch sizes b, workers K and
// periods H, with given step sizes or with the best of section 4's grid.

#ifndef EXPERIMENTS_MEASURED_SPEEDUP_RUN_H_
#define EXPERIMENTS_MEASURED_SPEEDUP_RUN_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "experiments/experiment.h"
#include "experiments/measured_speedup/records.h"
#include "experiments/run_settings.h"
#include "lib/program/build_info.h"

namespace local_sgd {

// How the best step size of a configuration is found: on a seed of its own, so
// that the smallest of many T does not flatter what is measured. See
// lib/solver/step_size_search.h.
struct TuningSettings {
  std::optional<uint64_t> selection_seed;  // nothing: SelectionSeedFor
  int64_t max_gradients = 400'000'000;     // T K b of one run
  int smallest_exponent = -20;             // i of c = 2^i
  int largest_exponent = 20;
  bool exhaustive = false;
};

// One choice of step sizes, to accuracies of its own.
struct MeasuredArm {
  std::optional<StepSizeChoice> step_size;  // nothing: tuned
  std::vector<double> epsilons;
};

// With the paper's accuracies: 0.00001 only with given step sizes.
inline MeasuredArm TunedArm() { return {std::nullopt, {0.005, 0.0001}}; }
inline MeasuredArm ArmOf(const StepSizeChoice& step_size) {
  return {step_size, {0.005, 0.0001, 0.00001}};
}

struct MeasuredSpeedupGrid {
  std::vector<MeasuredArm> arms = {TunedArm(), ArmOf(StepSizeChoice())};
  std::vector<int64_t> batches = {4, 16};
  std::vector<int64_t> periods = {1, 2, 4, 8, 16};
  std::vector<int64_t> workers = {1, 2, 4, 8, 16, 32};
  double rho = 25.0;
  int64_t seeds = 1;  // measuring ones: first_seed, first_seed + 1, ...
  uint64_t first_seed = 1;
  int64_t max_iterations = 10'000'000;  // with given step sizes
  TuningSettings tuning;                // of a tuned arm
  int threads = 1;
  BuildInfo build;  // stands in the records of runs
};

// InvalidArgument, naming the flag and its value, for what is wrong whatever
// the data are.
absl::Status ValidateGridFlags(const MeasuredSpeedupGrid& grid);

// First step sizes are tuned, for each (b, K, H), then all arms are measured,
// for each (b, K, seed) the runs of all H side by side. With K = 1 a period
// changes nothing: the first one stands for all.
const Experiment<MeasuredSpeedupGrid, MeasuredSpeedup>&
MeasuredSpeedupExperiment();

}  // namespace local_sgd

#endif  // EXPERIMENTS_MEASURED_SPEEDUP_RUN_H_
