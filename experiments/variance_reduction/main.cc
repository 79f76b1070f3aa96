// bazel run //experiments:variance_reduction

#include <cstdint>
#include <limits>
#include <string>

#include "absl/flags/flag.h"
#include "absl/status/statusor.h"
#include "experiments/common_flags.h"
#include "experiments/experiment.h"
#include "experiments/variance_reduction/run.h"
#include "lib/program/flag_reader.h"
#include "lib/program/program.h"
#include "lib/program/version.h"
#include "lib/status_macros.h"

ABSL_FLAG(std::string, regularization, local_sgd::kVarianceRegularizations,
          "lambda of each arm: numbers, or 1/n, the paper's");
ABSL_FLAG(std::string, step_size, local_sgd::kVarianceStepSizes,
          "step sizes of each arm, or one for all: theory (Theorem 2.2), "
          "constant:ETA or decaying:C, min(32, C n/(t+1))");
ABSL_FLAG(std::string, workers, "1,2,4,8,16,32", "numbers of workers K");
ABSL_FLAG(std::string, periods, "1,16,256",
          "local steps H between synchronisations; one-shot averaging comes on "
          "top");
ABSL_FLAG(std::string, batch, "1", "mini-batch size b");
ABSL_FLAG(std::string, iterations, "32768",
          "T, where it is the same for every K");
ABSL_FLAG(std::string, gradients, "131072",
          "T K b, where it is the same for every K; a multiple of every K b");
ABSL_FLAG(std::string, samples, "12800",
          "sampled gradients for the variance of their average, at every point "
          "and seed");
ABSL_FLAG(std::string, seeds, "10",
          "runs of each configuration, with seeds from --seed on; at least 3, "
          "since fewer have no spread with an interval");

namespace local_sgd {
namespace {

absl::StatusOr<VarianceReductionGrid> GridFromFlags(const CommonFlags& common) {
  constexpr int64_t kMost = std::numeric_limits<int32_t>::max();
  constexpr int64_t kMostWork = int64_t{1} << 50;
  VarianceReductionGrid grid;
  grid.first_seed = common.seed;
  grid.threads = common.threads;
  const std::string regularization = absl::GetFlag(FLAGS_regularization);
  ASSIGN_OR_RETURN(
      grid.arms,
      ParseVarianceArms(regularization, absl::GetFlag(FLAGS_step_size)));
  if (regularization != kVarianceRegularizations) {
    grid.typed_regularization = regularization;
  }
  FlagReader flags;
  flags.Read(FLAGS_workers, 1, kMost, grid.workers);
  flags.Read(FLAGS_periods, 1, kMost, grid.periods);
  flags.Read(FLAGS_batch, 1, kMost, grid.batch);
  flags.Read(FLAGS_iterations, 2, kMostWork, grid.iterations);
  flags.Read(FLAGS_gradients, 1, kMostWork, grid.gradients);
  flags.Read(FLAGS_samples, 1, kMost, grid.samples);
  flags.Read(FLAGS_seeds, 3, 10'000, grid.seeds);
  if (!flags.status().ok()) return flags.status();
  return grid;
}

int Main(int argc, char** argv) {
  return ExperimentMain(argc, argv, VarianceReductionExperiment(),
                        GridFromFlags);
}

}  // namespace
}  // namespace local_sgd

int main(int argc, char** argv) {
  return local_sgd::RunProgram(
      argc, argv, {"variance_reduction", local_sgd::kVersion}, local_sgd::Main);
}
