// bazel run //experiments:variance_reduction

#include <cstdint>
#include <iostream>
#include <limits>
#include <string>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "analysis/variance_reduction_report.h"
#include "experiments/common_flags.h"
#include "experiments/problem.h"
#include "experiments/resumable.h"
#include "experiments/variance_reduction.h"
#include "lib/results/command_line.h"
#include "lib/results/finding_record.h"
#include "lib/results/format.h"
#include "lib/results/program.h"
#include "lib/results/results_origin.h"
#include "lib/results/version.h"
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
  ASSIGN_OR_RETURN(grid.arms,
                   ParseVarianceArms(absl::GetFlag(FLAGS_regularization),
                                     absl::GetFlag(FLAGS_step_size)));
  ASSIGN_OR_RETURN(
      grid.workers,
      ParseIntegers("workers", absl::GetFlag(FLAGS_workers), 1, kMost));
  ASSIGN_OR_RETURN(
      grid.periods,
      ParseIntegers("periods", absl::GetFlag(FLAGS_periods), 1, kMost));
  ASSIGN_OR_RETURN(grid.batch,
                   ParseInteger("batch", absl::GetFlag(FLAGS_batch), 1, kMost));
  ASSIGN_OR_RETURN(grid.iterations,
                   ParseInteger("iterations", absl::GetFlag(FLAGS_iterations),
                                2, kMostWork));
  ASSIGN_OR_RETURN(
      grid.gradients,
      ParseInteger("gradients", absl::GetFlag(FLAGS_gradients), 1, kMostWork));
  ASSIGN_OR_RETURN(
      grid.samples,
      ParseInteger("samples", absl::GetFlag(FLAGS_samples), 1, kMost));
  ASSIGN_OR_RETURN(
      grid.seeds, ParseInteger("seeds", absl::GetFlag(FLAGS_seeds), 3, 10'000));
  return grid;
}

// Defaults that are the same on these data are run once; what was typed is
// refused.
absl::Status CheckTypedArms(const Problem& problem,
                            const VarianceReductionGrid& grid) {
  const std::string text = absl::GetFlag(FLAGS_regularization);
  if (text == kVarianceRegularizations ||
      DistinctArms(problem, grid.arms).size() == grid.arms.size()) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat("--regularization=", text,
                   ": two of these are the same, "
                   "since n = ",
                   problem.objective.num_samples()));
}

int Main(int argc, char** argv) {
  const auto flags = ParseCommonFlags(
      argc, argv,
      "Measures what averaging K workers does to bias and variance and writes "
      "variance_reduction.csv, variance_reduction_gradients.csv and "
      "variance_reduction_findings.csv.");
  if (!flags.ok()) return FailUsage(flags.status());
  const auto grid = GridFromFlags(*flags);
  if (!grid.ok()) return FailUsage(grid.status());
  const auto problem =
      OpenProblem(flags->dataset, flags->index_base, /*lambda=*/{});
  if (!problem.ok()) return Fail(problem.status());
  // What no flag alone can tell.
  absl::Status status = ValidateVarianceReduction(*problem, *grid);
  if (status.ok()) status = CheckTypedArms(*problem, *grid);
  if (absl::IsInvalidArgument(status)) return FailUsage(status);
  const auto replaced =
      MayReplace({OriginOf(*problem, *grid)}, flags->output_dir,
                 flags->overwrite, std::cerr);
  if (!replaced.ok()) return Fail(replaced.status());
  auto written = RunAndWriteVarianceReduction(*problem, *grid, kVersion,
                                              flags->output_dir);
  if (!written.ok()) return Fail(written.status());
  if (absl::Status status =
          RemoveReplaced(*replaced, flags->output_dir, std::cerr);
      !status.ok()) {
    return Fail(status);
  }
  const auto report =
      WriteVarianceReductionReport(flags->output_dir, flags->output_dir);
  if (!report.ok()) return Fail(report.status());
  if (absl::Status status = EndResumable(written->journal); !status.ok()) {
    return Fail(status);
  }
  const VarianceReduction& result = written->result;
  const auto text =
      flags->format == Format::kTable
          ? VarianceReductionText(result.iterates, result.findings)
          : ToFormat(ToTable(FindingSchema(), result.findings), flags->format);
  if (!text.ok()) return Fail(text.status());
  std::cout << *text;
  return 0;
}

}  // namespace
}  // namespace local_sgd

int main(int argc, char** argv) {
  return local_sgd::RunProgram(
      argc, argv, {"variance_reduction", local_sgd::kVersion}, local_sgd::Main);
}
