// bazel run //experiments:local_sgd

#include <iostream>
#include <string>

#include "absl/status/status.h"
#include "experiments/common_flags.h"
#include "experiments/problem.h"
#include "experiments/single/single_result.h"
#include "experiments/single/single_run.h"
#include "experiments/single/single_run_flags.h"
#include "lib/files/output_file.h"
#include "lib/program/build_info.h"
#include "lib/program/command_line.h"
#include "lib/program/program.h"
#include "lib/program/progress.h"
#include "lib/program/results_origin.h"
#include "lib/program/version.h"
#include "lib/records/table.h"
#include "lib/status_macros.h"
#include "nlohmann/json.hpp"

namespace local_sgd {
namespace {

absl::Status RunAndShow(const CommonFlags& flags, SingleRunFlags run) {
  RunSettings& settings = run.settings;
  const std::string& folder = flags.output_dir;
  RETURN_IF_ERROR(EnsureFolder(folder));
  ASSIGN_OR_RETURN(
      const Problem problem,
      OpenProblem(flags.dataset, flags.index_base, run.regularization));
  ASSIGN_OR_RETURN(const auto replaced,
                   MayReplace({OriginOfRun("local_sgd", problem, settings)},
                              folder, flags.overwrite, std::cerr));
  WarnOfCertificate(problem, settings.termination.epsilons);
  Progress progress("local_sgd",
                    static_cast<double>(settings.termination.max_iterations),
                    std::cerr, StderrIsTerminal());
  settings.termination.progress = ReportsIterations(progress);
  const auto summary = RunOnce(problem, settings);
  progress.Finish();
  RETURN_IF_ERROR(summary.status());
  const std::string json =
      JsonText(RunRecord(problem, settings, *summary, GetBuildInfo(kVersion)));
  ASSIGN_OR_RETURN(
      const std::string text,
      RunText(json, RunTable(problem, settings, *summary), flags.format));
  return WriteAndPrint("local_sgd", json, text, replaced, folder);
}

int Main(int argc, char** argv) {
  const auto flags = ParseCommonFlags(
      argc, argv,
      "Runs local SGD (Algorithm 1) once and writes local_sgd.json.");
  if (!flags.ok()) return FailUsage(flags.status());
  const auto run = ReadSingleRunFlags(*flags);
  if (!run.ok()) return FailUsage(run.status());
  const absl::Status status = RunAndShow(*flags, *run);
  return status.ok() ? 0 : Fail(status);
}

}  // namespace
}  // namespace local_sgd

int main(int argc, char** argv) {
  return local_sgd::RunProgram(argc, argv, {"local_sgd", local_sgd::kVersion},
                               local_sgd::Main);
}
