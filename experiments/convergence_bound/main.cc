// bazel run //experiments:convergence_bound

#include <cstdint>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/status/statusor.h"
#include "experiments/common_flags.h"
#include "experiments/convergence_bound/run.h"
#include "experiments/experiment.h"
#include "lib/program/flag_reader.h"
#include "lib/program/program.h"
#include "lib/program/version.h"
#include "lib/status_macros.h"

ABSL_FLAG(bool, quick, false, "a small size, in a few seconds");
ABSL_FLAG(std::string, regularization, "",
          "lambda; empty: 1/n and 0.01, each with runs of its own");
ABSL_FLAG(std::string, workers, "",
          "numbers of workers K; empty: each lambda's own");
ABSL_FLAG(std::string, batch, "",
          "mini-batch sizes b, for every K; empty: each lambda's own");
ABSL_FLAG(std::string, periods, "",
          "local steps H between synchronisations, at most eight; empty: each "
          "lambda's own");
ABSL_FLAG(std::string, max_iterations, "",
          "T is looked at at the powers of 2 up to this; empty: each lambda's "
          "own");
ABSL_FLAG(std::string, seeds, "",
          "runs of each setting, with seeds from --seed on; empty: each "
          "lambda's own");

namespace local_sgd {
namespace {

// All pairs; a list that is empty is the grid's own.
std::vector<WorkersAndBatch> Pairs(const BoundGrid& grid,
                                   std::vector<int64_t> workers,
                                   std::vector<int64_t> batches) {
  if (workers.empty()) {
    for (const WorkersAndBatch& c : grid.configurations) {
      if (c.batch == 1) workers.push_back(c.workers);
    }
  }
  if (batches.empty()) batches = {1};
  std::vector<WorkersAndBatch> pairs;
  for (const int64_t b : batches) {
    for (const int64_t K : workers) pairs.push_back({K, b});
  }
  return pairs;
}

absl::StatusOr<ConvergenceBoundSettings> SettingsFromFlags(
    const CommonFlags& common) {
  constexpr int64_t kMost = int64_t{1} << 31;
  ConvergenceBoundSettings settings =
      ConvergenceBoundExperiment().settings(absl::GetFlag(FLAGS_quick));
  settings.first_seed = common.seed;
  settings.threads = common.threads;
  ASSIGN_OR_RETURN(const auto lambda,
                   ParseRegularization(absl::GetFlag(FLAGS_regularization)));
  if (lambda) {  // The well-conditioned problem's runs.
    settings.grids.erase(settings.grids.begin(), settings.grids.end() - 1);
    settings.grids[0].lambda = lambda;
  }
  FlagReader flags;
  std::vector<int64_t> workers;
  std::vector<int64_t> batches;
  flags.Read(FLAGS_workers, 1, kMost, workers);
  flags.Read(FLAGS_batch, 1, kMost, batches);
  for (BoundGrid& grid : settings.grids) {
    if (!workers.empty() || !batches.empty()) {
      grid.configurations = Pairs(grid, workers, batches);
    }
    flags.Read(FLAGS_periods, 1, kMost, grid.periods);
    flags.Read(FLAGS_max_iterations, 1, int64_t{1} << 40, grid.max_iterations);
    flags.Read(FLAGS_seeds, 1, 10'000, grid.seeds);
  }
  if (!flags.status().ok()) return flags.status();
  return settings;
}

int Main(int argc, char** argv) {
  return ExperimentMain(argc, argv, ConvergenceBoundExperiment(),
                        SettingsFromFlags);
}

}  // namespace
}  // namespace local_sgd

int main(int argc, char** argv) {
  return local_sgd::RunProgram(
      argc, argv, {"convergence_bound", local_sgd::kVersion}, local_sgd::Main);
}
