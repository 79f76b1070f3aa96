// bazel run //experiments:asynchronous

#include <string>

#include "absl/flags/flag.h"
#include "absl/status/statusor.h"
#include "experiments/asynchronous/run.h"
#include "experiments/common_flags.h"
#include "experiments/experiment.h"
#include "experiments/run_settings.h"
#include "lib/program/flag_reader.h"
#include "lib/program/program.h"
#include "lib/program/version.h"
#include "lib/status_macros.h"

ABSL_FLAG(bool, quick, false, "a reduced grid, of a second or two");
ABSL_FLAG(std::string, step_size, local_sgd::kAsynchronousStepSize,
          "step sizes of the runs to an accuracy: theory (Theorem 2.2), "
          "constant:ETA or decaying:C, min(32, C n/(t+1))");
ABSL_FLAG(std::string, slowdowns, "",
          "how many times slower the straggler is, ascending from 1 on; empty: "
          "1,1.25,1.5,2,4,8,16, with --quick 1,4");
ABSL_FLAG(std::string, message_seconds, "8",
          "mean seconds of a message where it takes time; a step takes 1");
ABSL_FLAG(std::string, seeds, "",
          "runs of each configuration to an accuracy, with seeds from --seed "
          "on; one has no interval; empty: 3, with --quick 2");

namespace local_sgd {
namespace {

absl::StatusOr<AsynchronousGrid> GridFromFlags(const CommonFlags& common) {
  AsynchronousGrid grid =
      AsynchronousExperiment().settings(absl::GetFlag(FLAGS_quick));
  grid.first_seed = common.seed;
  grid.threads = common.threads;
  ASSIGN_OR_RETURN(grid.step_size,
                   ParseStepSize(absl::GetFlag(FLAGS_step_size)));
  FlagReader flags;
  flags.Read(FLAGS_slowdowns, 1.0, grid.slowdowns);
  flags.Read(FLAGS_message_seconds, 0.0, grid.message_seconds);
  flags.Read(FLAGS_seeds, 1, 10'000, grid.seeds);
  if (!flags.status().ok()) return flags.status();
  return grid;
}

int Main(int argc, char** argv) {
  return ExperimentMain(argc, argv, AsynchronousExperiment(), GridFromFlags);
}

}  // namespace
}  // namespace local_sgd

int main(int argc, char** argv) {
  return local_sgd::RunProgram(
      argc, argv, {"asynchronous", local_sgd::kVersion}, local_sgd::Main);
}
