// bazel run //experiments:measured_speedup

#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "experiments/common_flags.h"
#include "experiments/experiment.h"
#include "experiments/measured_speedup/records.h"
#include "experiments/measured_speedup/run.h"
#include "experiments/run_settings.h"
#include "lib/program/build_info.h"
#include "lib/program/command_line.h"
#include "lib/program/flag_reader.h"
#include "lib/program/program.h"
#include "lib/program/version.h"
#include "lib/status_macros.h"

ABSL_FLAG(std::string, step_size, "theory",
          "tuned (the best of section 4's grid), theory, constant:ETA or "
          "decaying:C, min(32, C n/(t+1)); several, separated by commas, are "
          "measured one after another");
ABSL_FLAG(std::string, epsilon, "",
          "target accuracies f - f*; empty: 0.005,0.0001 and, unless tuned, "
          "0.00001");
ABSL_FLAG(std::string, batch, "4,16", "mini-batch sizes b");
ABSL_FLAG(std::string, periods, "1,2,4,8,16",
          "local steps H between synchronisations");
ABSL_FLAG(std::string, workers, "1,2,4,8,16,32", "numbers of workers K");
ABSL_FLAG(std::string, rho, "25",
          "cost of exchanging one vector, in gradients");
ABSL_FLAG(std::string, seeds, "1",
          "measured runs of each configuration, with seeds from --seed on");
ABSL_FLAG(std::string, max_iterations, "10000000",
          "most iterations T of a run, unless tuned");
ABSL_FLAG(
    std::string, selection_seed, "",
    "tuned: the seed that step sizes are chosen on, none of the measured; "
    "empty: 0, or the one after the measured where 0 is one of them");
ABSL_FLAG(std::string, max_gradients, "400000000",
          "tuned: most gradients T K b of a run");
ABSL_FLAG(bool, exhaustive, false,
          "tuned: try every step size of the grid for every accuracy, not only "
          "those around the best for the one before (twice as slow; on w8a the "
          "same tables)");

namespace local_sgd {
namespace {

// Whether both are the same step sizes, or both are tuned.
bool HaveSameSteps(const MeasuredArm& a, const MeasuredArm& b) {
  if (!a.step_size || !b.step_size) return !a.step_size && !b.step_size;
  return AreSame(*a.step_size, *b.step_size);
}

absl::StatusOr<std::vector<MeasuredArm>> ArmsFromFlags() {
  std::vector<double> epsilons;
  FlagReader flags;
  flags.Read(FLAGS_epsilon, kAboveZero, epsilons);
  if (!flags.status().ok()) return flags.status();
  const std::string all = absl::GetFlag(FLAGS_step_size);
  const std::vector<std::string> texts = absl::StrSplit(all, ',');
  std::vector<MeasuredArm> arms;
  for (const std::string& text : texts) {
    MeasuredArm arm = TunedArm();
    if (text != kTunedStepSize) {
      const auto step_size = ParseStepSize(text, all);
      if (!step_size.ok()) {
        return absl::InvalidArgumentError(
            absl::StrCat(step_size.status().message(), ", or tuned"));
      }
      arm = ArmOf(*step_size);
    }
    if (!epsilons.empty()) arm.epsilons = epsilons;
    for (const MeasuredArm& other : arms) {
      if (!HaveSameSteps(arm, other)) continue;
      return absl::InvalidArgumentError(
          absl::StrCat("--step_size=", all, ": '", text, "' stands twice"));
    }
    arms.push_back(std::move(arm));
  }
  return arms;
}

absl::StatusOr<MeasuredSpeedupGrid> GridFromFlags(const CommonFlags& common) {
  constexpr int64_t kMost = std::numeric_limits<int32_t>::max();
  constexpr int64_t kMostWork = int64_t{1} << 60;
  MeasuredSpeedupGrid grid;
  grid.first_seed = common.seed;
  grid.threads = common.threads;
  grid.build = GetBuildInfo(kVersion);
  FlagReader flags;
  flags.Read(FLAGS_batch, 1, kMost, grid.batches);
  flags.Read(FLAGS_periods, 1, kMost, grid.periods);
  flags.Read(FLAGS_workers, 1, kMost, grid.workers);
  flags.Read(FLAGS_rho, 0, grid.rho);
  flags.Read(FLAGS_seeds, 1, 10'000, grid.seeds);
  flags.Read(FLAGS_max_iterations, 1, kMostWork, grid.max_iterations);
  // Also when no arm is tuned: a wrong value is never passed over.
  flags.Read(FLAGS_max_gradients, 1, kMostWork, grid.tuning.max_gradients);
  int64_t selection_seed = -1;
  flags.Read(FLAGS_selection_seed, 0, std::numeric_limits<int64_t>::max(),
             selection_seed);
  if (!flags.status().ok()) return flags.status();
  if (selection_seed >= 0) {
    grid.tuning.selection_seed = static_cast<uint64_t>(selection_seed);
  }
  grid.tuning.exhaustive = absl::GetFlag(FLAGS_exhaustive);
  ASSIGN_OR_RETURN(grid.arms, ArmsFromFlags());
  RETURN_IF_ERROR(ValidateGridFlags(grid));
  return grid;
}

int Main(int argc, char** argv) {
  return ExperimentMain(argc, argv, MeasuredSpeedupExperiment(), GridFromFlags);
}

}  // namespace
}  // namespace local_sgd

int main(int argc, char** argv) {
  return local_sgd::RunProgram(
      argc, argv, {"measured_speedup", local_sgd::kVersion}, local_sgd::Main);
}
