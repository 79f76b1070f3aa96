// bazel run //:verify: what the paper says, and whether our numbers agree.

#include <filesystem>
#include <iostream>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "analysis/claims.h"
#include "experiments/all_experiments.h"
#include "experiments/all_studies.h"
#include "experiments/common_flags.h"
#include "experiments/experiment.h"
#include "experiments/measured_speedup/run.h"
#include "experiments/problem.h"
#include "experiments/resumable.h"
#include "experiments/study.h"
#include "experiments/theoretical_speedup/run.h"
#include "lib/files/output_file.h"
#include "lib/files/path_error.h"
#include "lib/program/build_info.h"
#include "lib/program/command_line.h"
#include "lib/program/derived_files.h"
#include "lib/program/program.h"
#include "lib/program/results_origin.h"
#include "lib/program/version.h"
#include "lib/records/table.h"
#include "lib/status_macros.h"

ABSL_FLAG(std::string, input, "",
          "a results folder to judge; empty: the experiments are run first, "
          "into verify/ of the results folder");
ABSL_FLAG(std::string, seeds, "3",
          "measuring seeds, from --seed on; one has no interval, so it decides "
          "no measured claim");

namespace local_sgd {
namespace {

// Writes the records that the claims are about.
absl::Status RunExperiments(const CommonFlags& flags,
                            const MeasuredSpeedupGrid& grid,
                            const std::string& folder) {
  RETURN_IF_ERROR(EnsureFolder(folder));
  ASSIGN_OR_RETURN(const auto problem,
                   OpenProblem(flags.dataset, flags.index_base, /*lambda=*/{}));
  const TheoreticalSpeedupGrid model;
  std::vector<ResultsOrigin> origins = {
      OriginOf(model), OriginOf(MeasuredSpeedupExperiment(), problem, grid)};
  for (ResultsOrigin& origin : OriginsOfAll(problem, flags, /*quick=*/false)) {
    origins.push_back(std::move(origin));
  }
  ASSIGN_OR_RETURN(const auto replaced,
                   MayReplace(origins, folder, flags.overwrite, std::cerr));
  RETURN_IF_ERROR(WriteTheoreticalSpeedup(model, kVersion, folder).status());
  ASSIGN_OR_RETURN(auto measured,
                   RunExperiment(MeasuredSpeedupExperiment(), problem, grid,
                                 kVersion, folder));
  ASSIGN_OR_RETURN(auto further,
                   RunAll(problem, flags, /*quick=*/false, kVersion, folder));
  RETURN_IF_ERROR(RemoveReplaced(replaced, folder, std::cerr));
  RETURN_IF_ERROR(EndAll(further));
  return EndResumable(measured.journal);
}

int Main(int argc, char** argv) {
  const auto flags = ParseCommonFlags(
      argc, argv,
      "Prints every statement of the paper that the suite checks with our "
      "number, its interval and whether it holds. A statement that does not "
      "hold is a finding, not a failure.");
  if (!flags.ok()) return FailUsage(flags.status());
  const auto seeds =
      ParseInteger("seeds", absl::GetFlag(FLAGS_seeds), 1, 10'000);
  if (!seeds.ok()) return FailUsage(seeds.status());
  std::string folder = absl::GetFlag(FLAGS_input);
  if (folder.empty()) {
    MeasuredSpeedupGrid grid;
    grid.first_seed = flags->seed;
    grid.seeds = *seeds;
    grid.threads = flags->threads;
    grid.build = GetBuildInfo(kVersion);
    if (absl::Status valid = ValidateGridFlags(grid); !valid.ok()) {
      return FailUsage(valid);
    }
    if (absl::Status valid = ValidateSeedOfAll(*flags); !valid.ok()) {
      return FailUsage(valid);
    }
    folder = absl::StrCat(flags->output_dir, "/verify");
    const absl::Status status = RunExperiments(*flags, grid, folder);
    if (!status.ok()) return Fail(status);
  } else {
    const auto input = PathFromUser("input", folder);
    if (!input.ok()) return FailUsage(input.status());
    folder = *input;
    std::error_code error;
    if (!std::filesystem::is_directory(folder, error)) {
      return FailUsage(absl::NotFoundError(absl::StrCat(
          "--input: ", folder, " is not a folder",
          error ? ": " + PathErrorText(folder, error.value()) : "")));
    }
  }
  const std::string output =
      absl::GetFlag(FLAGS_input).empty() || flags->default_output_dir
          ? folder
          : flags->output_dir;
  const auto claims = ParseClaims(ClaimsFile(), kClaimsFileName);
  if (!claims.ok()) return Fail(claims.status());
  const auto results = EvaluateClaims(*claims, folder);
  if (!results.ok()) return Fail(results.status());
  if (absl::Status status = MayShow(folder, output); !status.ok()) {
    return Fail(status);
  }
  const auto csv = ToCsv(ClaimsTable(*results));
  if (!csv.ok()) return Fail(csv.status());
  absl::Status status = EnsureFolder(output);
  const std::string path = output + "/claims.csv";
  if (status.ok()) status = WriteFileAtomically(path, *csv);
  if (status.ok()) {
    status =
        NoteDerivedFiles({path}, folder, ShownRecords(AllStudies()), output);
  }
  if (!status.ok()) return Fail(status);
  const auto text = ClaimsInFormat(*results, flags->format);
  if (!text.ok()) return Fail(text.status());
  std::cout << *text;
  return 0;
}

}  // namespace
}  // namespace local_sgd

int main(int argc, char** argv) {
  return local_sgd::RunProgram(argc, argv, {"verify", local_sgd::kVersion},
                               local_sgd::Main);
}
