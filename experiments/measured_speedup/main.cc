// bazel run //experiments:measured_speedup

#include <cstdint>
#include <iostream>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "analysis/tables.h"
#include "experiments/common_flags.h"
#include "experiments/measured_speedup/measured_arms.h"
#include "experiments/measured_speedup/run.h"
#include "experiments/measured_speedup/speedup_record.h"
#include "experiments/problem.h"
#include "experiments/resumable.h"
#include "experiments/run_settings.h"
#include "lib/files/output_file.h"
#include "lib/program/build_info.h"
#include "lib/program/command_line.h"
#include "lib/program/program.h"
#include "lib/program/results_origin.h"
#include "lib/program/version.h"
#include "lib/records/format.h"
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

// What all arms share.
absl::StatusOr<MeasuredSpeedupGrid> GridFromFlags(const CommonFlags& common) {
  constexpr int64_t kMost = std::numeric_limits<int32_t>::max();
  MeasuredSpeedupGrid grid;
  grid.first_seed = common.seed;
  grid.threads = common.threads;
  ASSIGN_OR_RETURN(
      grid.batches,
      ParseIntegers("batch", absl::GetFlag(FLAGS_batch), 1, kMost));
  ASSIGN_OR_RETURN(
      grid.periods,
      ParseIntegers("periods", absl::GetFlag(FLAGS_periods), 1, kMost));
  ASSIGN_OR_RETURN(
      grid.workers,
      ParseIntegers("workers", absl::GetFlag(FLAGS_workers), 1, kMost));
  ASSIGN_OR_RETURN(grid.rho, ParseNumber("rho", absl::GetFlag(FLAGS_rho), 0));
  ASSIGN_OR_RETURN(
      grid.seeds, ParseInteger("seeds", absl::GetFlag(FLAGS_seeds), 1, 10'000));
  ASSIGN_OR_RETURN(
      grid.max_iterations,
      ParseInteger("max_iterations", absl::GetFlag(FLAGS_max_iterations), 1,
                   int64_t{1} << 60));
  return grid;
}

absl::StatusOr<TuningSettings> TuningFromFlags(
    const MeasuredSpeedupGrid& grid) {
  TuningSettings tuning;
  tuning.selection_seed = SelectionSeedFor(grid.first_seed, grid.seeds);
  const std::string seed_text = absl::GetFlag(FLAGS_selection_seed);
  if (!seed_text.empty()) {
    ASSIGN_OR_RETURN(const auto seed,
                     ParseInteger("selection_seed", seed_text, 0,
                                  std::numeric_limits<int64_t>::max()));
    tuning.selection_seed = static_cast<uint64_t>(seed);
  }
  ASSIGN_OR_RETURN(
      tuning.max_gradients,
      ParseInteger("max_gradients", absl::GetFlag(FLAGS_max_gradients), 1,
                   int64_t{1} << 60));
  tuning.exhaustive = absl::GetFlag(FLAGS_exhaustive);
  return tuning;
}

absl::StatusOr<std::vector<MeasuredSpeedupGrid>> ArmsFromFlags(
    const CommonFlags& common) {
  ASSIGN_OR_RETURN(const auto shared, GridFromFlags(common));
  std::vector<double> epsilons;
  if (!absl::GetFlag(FLAGS_epsilon).empty()) {
    ASSIGN_OR_RETURN(
        epsilons,
        ParseNumbers("epsilon", absl::GetFlag(FLAGS_epsilon), kAboveZero));
  }
  // Also when no arm is tuned: a wrong value is never passed over.
  ASSIGN_OR_RETURN(const auto tuning, TuningFromFlags(shared));
  std::vector<MeasuredSpeedupGrid> arms;
  const std::vector<std::string> texts =
      absl::StrSplit(absl::GetFlag(FLAGS_step_size), ',');
  for (const std::string& text : texts) {
    MeasuredSpeedupGrid grid = shared;
    if (text == kTunedStepSize) {
      grid.tuning = tuning;
      grid.epsilons = TunedEpsilons();
    } else {
      const auto step_size =
          ParseStepSize(text, absl::GetFlag(FLAGS_step_size));
      if (!step_size.ok()) {
        return absl::InvalidArgumentError(
            absl::StrCat(step_size.status().message(), ", or tuned"));
      }
      grid.step_size = *step_size;
    }
    if (!epsilons.empty()) grid.epsilons = epsilons;
    for (const MeasuredSpeedupGrid& arm : arms) {
      const bool same = arm.tuning.has_value() == grid.tuning.has_value() &&
                        AreSame(arm.step_size, grid.step_size);
      if (!same) continue;
      return absl::InvalidArgumentError(
          absl::StrCat("--step_size=", absl::GetFlag(FLAGS_step_size), ": '",
                       text, "' stands twice"));
    }
    RETURN_IF_ERROR(ValidateGridFlags(grid));
    arms.push_back(std::move(grid));
  }
  return arms;
}

int Main(int argc, char** argv) {
  const auto flags = ParseCommonFlags(
      argc, argv,
      "Measures T(epsilon) and the speedups of local SGD over a grid and "
      "writes measured_speedup.csv, measured_iterations.csv, "
      "measured_speedup_runs.jsonl and, when tuned, tuning_ledger.csv.");
  if (!flags.ok()) return FailUsage(flags.status());
  const auto arms = ArmsFromFlags(*flags);
  if (!arms.ok()) return FailUsage(arms.status());
  const absl::Status folder = EnsureFolder(flags->output_dir);
  if (!folder.ok()) return Fail(folder);
  const auto problem =
      OpenProblem(flags->dataset, flags->index_base, /*lambda=*/{});
  if (!problem.ok()) return Fail(problem.status());
  const ResultsOrigin origin = OriginOf(*problem, *arms);
  const auto replaced =
      MayReplace({origin}, flags->output_dir, flags->overwrite, std::cerr);
  if (!replaced.ok()) return Fail(replaced.status());
  auto run =
      RunArms(*problem, *arms, "measured_speedup", kVersion, flags->output_dir);
  if (!run.ok()) return Fail(run.status());
  const auto files = WriteMeasuredSpeedup(
      *problem, run->measured, GetBuildInfo(kVersion), flags->output_dir);
  if (!files.ok()) return Fail(files.status());
  const absl::Status written =
      WriteOrigin(origin, *files, kVersion, flags->output_dir);
  if (!written.ok()) return Fail(written);
  if (absl::Status status =
          RemoveReplaced(*replaced, flags->output_dir, std::cerr);
      !status.ok()) {
    return Fail(status);
  }
  if (absl::Status status = EndResumable(run->journal); !status.ok()) {
    return Fail(status);
  }
  const auto text = SpeedupsInFormat(run->measured.records, flags->format);
  if (!text.ok()) return Fail(text.status());
  std::cout << *text;
  return 0;
}

}  // namespace
}  // namespace local_sgd

int main(int argc, char** argv) {
  return local_sgd::RunProgram(
      argc, argv, {"measured_speedup", local_sgd::kVersion}, local_sgd::Main);
}
