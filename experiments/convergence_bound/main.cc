// bazel run //experiments:convergence_bound

#include <cstdint>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "experiments/common_flags.h"
#include "experiments/convergence_bound/records.h"
#include "experiments/convergence_bound/report.h"
#include "experiments/convergence_bound/run.h"
#include "experiments/problem.h"
#include "experiments/resumable.h"
#include "lib/files/output_file.h"
#include "lib/program/command_line.h"
#include "lib/program/program.h"
#include "lib/program/results_origin.h"
#include "lib/program/version.h"
#include "lib/records/format.h"
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

absl::StatusOr<ConvergenceBoundSettings> SettingsFromFlags(
    const CommonFlags& common) {
  constexpr int64_t kMost = int64_t{1} << 31;
  ConvergenceBoundSettings settings = absl::GetFlag(FLAGS_quick)
                                          ? QuickConvergenceBound()
                                          : DefaultConvergenceBound();
  settings.first_seed = common.seed;
  settings.threads = common.threads;
  ASSIGN_OR_RETURN(const auto lambda,
                   ParseRegularization(absl::GetFlag(FLAGS_regularization)));
  if (lambda) {  // The well-conditioned problem's runs.
    settings.grids.erase(settings.grids.begin(), settings.grids.end() - 1);
    settings.grids[0].lambda = lambda;
  }
  // nullopt where the flag is empty.
  const auto integers = [](const char* flag, const std::string& text)
      -> absl::StatusOr<std::optional<std::vector<int64_t>>> {
    if (text.empty()) return std::optional<std::vector<int64_t>>();
    ASSIGN_OR_RETURN(const auto values, ParseIntegers(flag, text, 1, kMost));
    return std::optional<std::vector<int64_t>>(values);
  };
  ASSIGN_OR_RETURN(const auto workers,
                   integers("workers", absl::GetFlag(FLAGS_workers)));
  ASSIGN_OR_RETURN(const auto batches,
                   integers("batch", absl::GetFlag(FLAGS_batch)));
  ASSIGN_OR_RETURN(const auto periods,
                   integers("periods", absl::GetFlag(FLAGS_periods)));
  const std::string max_iterations = absl::GetFlag(FLAGS_max_iterations);
  const std::string seeds = absl::GetFlag(FLAGS_seeds);
  for (BoundGrid& grid : settings.grids) {
    if (workers || batches) {
      std::vector<WorkersAndBatch> product;
      std::vector<int64_t> own_workers;
      for (const WorkersAndBatch& c : grid.configurations) {
        if (c.batch == 1) own_workers.push_back(c.workers);
      }
      for (const int64_t b : batches.value_or(std::vector<int64_t>{1})) {
        for (const int64_t K : workers.value_or(own_workers)) {
          product.push_back({K, b});
        }
      }
      grid.configurations = product;
    }
    if (periods) grid.periods = *periods;
    if (!max_iterations.empty()) {
      ASSIGN_OR_RETURN(
          grid.max_iterations,
          ParseInteger("max_iterations", max_iterations, 1, int64_t{1} << 40));
    }
    if (!seeds.empty()) {
      ASSIGN_OR_RETURN(grid.seeds, ParseInteger("seeds", seeds, 1, 10'000));
    }
  }
  RETURN_IF_ERROR(ValidateConvergenceBound(settings));
  return settings;
}

int Main(int argc, char** argv) {
  const auto flags = ParseCommonFlags(
      argc, argv,
      "Measures f(xhat_T) - f* against bound (5) of Theorem 2.2, term by term, "
      "and the steps of its proof, and writes convergence_bound.csv, "
      "convergence_bound_runs.csv, convergence_bound_findings.csv, tables and "
      "a figure.");
  if (!flags.ok()) return FailUsage(flags.status());
  const auto settings = SettingsFromFlags(*flags);
  if (!settings.ok()) return FailUsage(settings.status());
  const absl::Status folder = EnsureFolder(flags->output_dir);
  if (!folder.ok()) return Fail(folder);
  const auto problem =
      OpenProblem(flags->dataset, flags->index_base, /*lambda=*/{});
  if (!problem.ok()) return Fail(problem.status());
  const auto replaced =
      MayReplace({OriginOf(*problem, *settings)}, flags->output_dir,
                 flags->overwrite, std::cerr);
  if (!replaced.ok()) return Fail(replaced.status());
  auto run = RunAndWriteConvergenceBound(*problem, *settings, kVersion,
                                         flags->output_dir);
  if (!run.ok()) return Fail(run.status());
  if (absl::Status status =
          RemoveReplaced(*replaced, flags->output_dir, std::cerr);
      !status.ok()) {
    return Fail(status);
  }
  const auto report =
      WriteConvergenceBoundReport(flags->output_dir, flags->output_dir);
  if (!report.ok()) return Fail(report.status());
  if (absl::Status status = EndResumable(run->journal); !status.ok()) {
    return Fail(status);
  }
  if (flags->format == Format::kTable) {
    const auto text = ConvergenceBoundText(run->records);
    if (!text.ok()) return Fail(text.status());
    std::cout << *text;
    return 0;
  }
  const auto text =
      ToFormat(ToTable(ConvergenceBoundSchema(), run->records), flags->format);
  if (!text.ok()) return Fail(text.status());
  std::cout << *text;
  return 0;
}

}  // namespace
}  // namespace local_sgd

int main(int argc, char** argv) {
  return local_sgd::RunProgram(
      argc, argv, {"convergence_bound", local_sgd::kVersion}, local_sgd::Main);
}
