// Figure 3 and the appendix's tables: T(epsilon) and the measured speedup of
// local SGD over a grid of accuracies, mini-batch sizes b, workers K and
// periods H, with given step sizes or with the best of section 4's grid.

#ifndef EXPERIMENTS_MEASURED_SPEEDUP_RUN_H_
#define EXPERIMENTS_MEASURED_SPEEDUP_RUN_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "experiments/measured_speedup/iterations_record.h"
#include "experiments/measured_speedup/speedup_record.h"
#include "experiments/measured_speedup/tuning_record.h"
#include "experiments/pieces.h"
#include "experiments/problem.h"
#include "experiments/run_settings.h"
#include "experiments/single/single_run.h"
#include "lib/program/build_info.h"
#include "lib/solver/run.h"
#include "nlohmann/json_fwd.hpp"

namespace local_sgd {

// How the best step size of a configuration is found: on a seed of its own, so
// that the smallest of many T does not flatter what is measured. See
// lib/solver/step_size_search.h.
struct TuningSettings {
  uint64_t selection_seed = 0;
  int64_t max_gradients = 400'000'000;  // T K b of one run
  int smallest_exponent = -20;          // i of c = 2^i
  int largest_exponent = 20;
  bool exhaustive = false;
};

struct MeasuredSpeedupGrid {
  std::vector<double> epsilons = {0.005, 0.0001, 0.00001};
  std::vector<int64_t> batches = {4, 16};
  std::vector<int64_t> periods = {1, 2, 4, 8, 16};
  std::vector<int64_t> workers = {1, 2, 4, 8, 16, 32};
  double rho = 25.0;
  int64_t seeds = 1;  // measuring ones: first_seed, first_seed + 1, ...
  uint64_t first_seed = 1;
  int64_t max_iterations = 10'000'000;  // with given step sizes
  StepSizeChoice step_size;
  std::optional<TuningSettings> tuning;  // in place of step_size
  int threads = 1;
};

// The paper's accuracies: 0.00001 only with the theoretical step sizes.
inline const std::vector<double>& TunedEpsilons() {
  static const auto& epsilons = *new std::vector<double>{0.005, 0.0001};
  return epsilons;
}

// One run of the grid. With K = 1 a period changes nothing: one run then stands
// for every period and carries the first of them.
struct GridRun {
  std::string arm;  // step_size of the records
  RunSettings settings;
  int64_t period = 1;  // H
  RunSummary summary;
};

struct MeasuredSpeedup {
  std::vector<GridRun> runs;  // on the measuring seeds
  // By epsilon, b, K, H in the grid's order.
  std::vector<SpeedupRecord> records;
  std::vector<IterationsRecord> iterations;  // likewise, then by seed
  std::vector<TuningRecord> ledger;          // with tuning; by candidate
};

// The paper's two arms on one grid of theoretical step sizes: the tuned one,
// with its own accuracies, and the grid itself.
std::vector<MeasuredSpeedupGrid> TunedAndTheoretical(
    const MeasuredSpeedupGrid& theoretical);

// Puts the second after the first: two arms in one set of files.
void Append(MeasuredSpeedup addend, MeasuredSpeedup& sum);

// What the numbers depend on, for the journal: everything but rho and threads.
nlohmann::ordered_json JournalSettings(const Problem& problem,
                                       const MeasuredSpeedupGrid& grid);

// The expected cost of the grid's pieces, in the unit that its progress has.
double ExpectedCost(const MeasuredSpeedupGrid& grid);

// InvalidArgument, naming the flag and its value, for what is wrong whatever
// the data are.
absl::Status ValidateGridFlags(const MeasuredSpeedupGrid& grid);

// The same, or what is wrong with these data: InvalidArgument or
// ResourceExhausted.
absl::Status ValidateGrid(const Problem& problem,
                          const MeasuredSpeedupGrid& grid);

// Runs the grid, several pieces at once on `grid.threads` threads; the numbers
// do not depend on that. Errors: those of ValidateGrid, and of the journal.
absl::StatusOr<MeasuredSpeedup> RunMeasuredSpeedup(
    const Problem& problem, const MeasuredSpeedupGrid& grid,
    const PieceReports& reports);

// measured_speedup.csv (a row for each arm, epsilon, b, K, H),
// measured_iterations.csv (also for each seed), measured_speedup_runs.jsonl (a
// line for each run) and, with tuning, tuning_ledger.csv (a row for each
// candidate) in the folder, which is made if missing. A ledger that is there
// from another experiment is removed. Returns the paths.
absl::StatusOr<std::vector<std::string>> WriteMeasuredSpeedup(
    const Problem& problem, const MeasuredSpeedup& measured,
    const BuildInfo& build, const std::string& output_dir);

}  // namespace local_sgd

#endif  // EXPERIMENTS_MEASURED_SPEEDUP_RUN_H_
