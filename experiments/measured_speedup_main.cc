// bazel run //experiments:measured_speedup

#include <cstdint>
#include <iostream>
#include <limits>
#include <string>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "analysis/tables.h"
#include "experiments/common_flags.h"
#include "experiments/measured_speedup.h"
#include "experiments/problem.h"
#include "experiments/run_settings.h"
#include "lib/results/build_info.h"
#include "lib/results/command_line.h"
#include "lib/results/format.h"
#include "lib/results/output_file.h"
#include "lib/results/speedup_record.h"
#include "lib/results/version.h"

ABSL_FLAG(std::string, step_size, "theory",
          "theory, constant:ETA or decaying:C, min(32, C n/(t+1))");
ABSL_FLAG(std::string, epsilon, "0.005,0.0001,0.00001",
          "target accuracies f - f*");
ABSL_FLAG(std::string, batch, "4,16", "mini-batch sizes b");
ABSL_FLAG(std::string, periods, "1,2,4,8,16",
          "local steps H between synchronisations");
ABSL_FLAG(std::string, workers, "1,2,4,8,16,32", "numbers of workers K");
ABSL_FLAG(std::string, rho, "25",
          "cost of exchanging one vector, in gradients");
ABSL_FLAG(std::string, seeds, "1",
          "runs of each configuration, with seeds from --seed on");
ABSL_FLAG(std::string, max_iterations, "10000000",
          "most iterations T of a run");

namespace local_sgd {
namespace {

absl::StatusOr<MeasuredSpeedupGrid> GridFromFlags(const CommonFlags& common) {
  constexpr int64_t kMost = std::numeric_limits<int32_t>::max();
  MeasuredSpeedupGrid grid;
  grid.first_seed = common.seed;
  grid.threads = common.threads;
  const auto step_size = ParseStepSize(absl::GetFlag(FLAGS_step_size));
  if (!step_size.ok()) return step_size.status();
  grid.step_size = *step_size;
  const auto epsilons =
      ParseNumbers("epsilon", absl::GetFlag(FLAGS_epsilon), kAboveZero);
  if (!epsilons.ok()) return epsilons.status();
  grid.epsilons = *epsilons;
  const auto batches =
      ParseIntegers("batch", absl::GetFlag(FLAGS_batch), 1, kMost);
  if (!batches.ok()) return batches.status();
  grid.batches = *batches;
  const auto periods =
      ParseIntegers("periods", absl::GetFlag(FLAGS_periods), 1, kMost);
  if (!periods.ok()) return periods.status();
  grid.periods = *periods;
  const auto workers =
      ParseIntegers("workers", absl::GetFlag(FLAGS_workers), 1, kMost);
  if (!workers.ok()) return workers.status();
  grid.workers = *workers;
  const auto rho = ParseNumber("rho", absl::GetFlag(FLAGS_rho), 0);
  if (!rho.ok()) return rho.status();
  grid.rho = *rho;
  const auto seeds =
      ParseInteger("seeds", absl::GetFlag(FLAGS_seeds), 1, 10'000);
  if (!seeds.ok()) return seeds.status();
  grid.seeds = *seeds;
  const auto max_iterations =
      ParseInteger("max_iterations", absl::GetFlag(FLAGS_max_iterations), 1,
                   int64_t{1} << 60);
  if (!max_iterations.ok()) return max_iterations.status();
  grid.max_iterations = *max_iterations;
  return grid;
}

int Main(int argc, char** argv) {
  const auto flags = ParseCommonFlags(
      argc, argv,
      "Measures T(epsilon) and the speedups of local SGD over a grid and "
      "writes measured_speedup.csv and measured_speedup_runs.jsonl.");
  if (!flags.ok()) return FailUsage(flags.status());
  const auto grid = GridFromFlags(*flags);
  if (!grid.ok()) return FailUsage(grid.status());
  const absl::Status folder = EnsureFolder(flags->output_dir);
  if (!folder.ok()) return Fail(folder);
  const auto problem = OpenProblem(flags->dataset, /*lambda=*/{});
  if (!problem.ok()) return Fail(problem.status());
  const auto measured =
      RunMeasuredSpeedup(*problem, *grid, /*show_progress=*/true);
  if (!measured.ok()) return Fail(measured.status());
  const auto files = WriteMeasuredSpeedup(
      *problem, *measured, GetBuildInfo(kVersion), flags->output_dir);
  if (!files.ok()) return Fail(files.status());
  const auto text =
      flags->format == Format::kTable
          ? SpeedupTablesText(measured->records)
          : ToFormat(SpeedupRecordTable(measured->records), flags->format);
  if (!text.ok()) return Fail(text.status());
  std::cout << *text;
  return 0;
}

}  // namespace
}  // namespace local_sgd

int main(int argc, char** argv) { return local_sgd::Main(argc, argv); }
