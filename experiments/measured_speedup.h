// Figure 3: T(epsilon) and the measured speedup of local SGD over a grid of
// accuracies, mini-batch sizes b, workers K and periods H.

#ifndef EXPERIMENTS_MEASURED_SPEEDUP_H_
#define EXPERIMENTS_MEASURED_SPEEDUP_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "experiments/problem.h"
#include "experiments/run_settings.h"
#include "experiments/single_run.h"
#include "lib/results/build_info.h"
#include "lib/results/progress.h"
#include "lib/results/speedup_record.h"
#include "lib/solver/run.h"

namespace local_sgd {

struct MeasuredSpeedupGrid {
  std::vector<double> epsilons = {0.005, 0.0001, 0.00001};
  std::vector<int64_t> batches = {4, 16};
  std::vector<int64_t> periods = {1, 2, 4, 8, 16};
  std::vector<int64_t> workers = {1, 2, 4, 8, 16, 32};
  double rho = 25.0;
  int64_t seeds = 1;  // seeds first_seed, first_seed + 1, ...
  uint64_t first_seed = 1;
  int64_t max_iterations = 10'000'000;
  StepSizeChoice step_size;
  int threads = 1;
};

// One run of the grid. With K = 1 a period changes nothing: one run then stands
// for every period and carries the first of them.
struct GridRun {
  RunSettings settings;
  int64_t period = 1;  // H
  RunSummary summary;
};

struct MeasuredSpeedup {
  std::vector<GridRun> runs;
  std::vector<SpeedupRecord>
      records;  // by epsilon, b, K, H in the grid's order
};

// Runs the grid, several configurations at once on `grid.threads` threads; the
// numbers do not depend on that. Errors: those of RunLocalSgd.
absl::StatusOr<MeasuredSpeedup> RunMeasuredSpeedup(
    const Problem& problem, const MeasuredSpeedupGrid& grid,
    bool show_progress);

// measured_speedup.csv (a row for each epsilon, b, K, H) and
// measured_speedup_runs.jsonl (a line for each run) in the folder, which is
// made if missing. Returns the paths.
absl::StatusOr<std::vector<std::string>> WriteMeasuredSpeedup(
    const Problem& problem, const MeasuredSpeedup& measured,
    const BuildInfo& build, const std::string& output_dir);

}  // namespace local_sgd

#endif  // EXPERIMENTS_MEASURED_SPEEDUP_H_
