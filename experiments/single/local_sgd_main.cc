// bazel run //experiments:local_sgd

#include <cstdint>
#include <iostream>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "experiments/common_flags.h"
#include "experiments/problem.h"
#include "experiments/single/single_run.h"
#include "experiments/single/single_run_flags.h"
#include "lib/files/output_file.h"
#include "lib/program/build_info.h"
#include "lib/program/command_line.h"
#include "lib/program/program.h"
#include "lib/program/progress.h"
#include "lib/program/results_origin.h"
#include "lib/program/version.h"
#include "lib/records/format.h"
#include "lib/records/table.h"
#include "nlohmann/json.hpp"

namespace local_sgd {
namespace {

int Main(int argc, char** argv) {
  const auto flags = ParseCommonFlags(
      argc, argv,
      "Runs local SGD (Algorithm 1) once and writes local_sgd.json.");
  if (!flags.ok()) return FailUsage(flags.status());
  auto run = ReadSingleRunFlags(*flags);
  if (!run.ok()) return FailUsage(run.status());
  RunSettings& settings = run->settings;
  const absl::Status folder = EnsureFolder(flags->output_dir);
  if (!folder.ok()) return Fail(folder);
  const auto problem =
      OpenProblem(flags->dataset, flags->index_base, run->regularization);
  if (!problem.ok()) return Fail(problem.status());
  const auto replaced =
      MayReplace({OriginOfRun("local_sgd", *problem, settings)},
                 flags->output_dir, flags->overwrite, std::cerr);
  if (!replaced.ok()) return Fail(replaced.status());
  WarnOfCertificate(*problem, settings.termination.epsilons);
  Progress progress("local_sgd",
                    static_cast<double>(settings.termination.max_iterations),
                    std::cerr, StderrIsTerminal());
  settings.termination.progress = [&progress](int64_t t) {
    progress.Update(static_cast<double>(t), absl::StrCat("iteration ", t));
  };
  const auto summary = RunOnce(*problem, settings);
  progress.Finish();
  if (!summary.ok()) return Fail(summary.status());

  const std::string json =
      JsonText(RunRecord(*problem, settings, *summary, GetBuildInfo(kVersion)));
  const absl::StatusOr<std::string> text =
      flags->format == Format::kJson
          ? json
          : ToFormat(RunTable(*problem, settings, *summary), flags->format);
  if (!text.ok()) return Fail(text.status());
  const absl::Status written =
      WriteFileAtomically(flags->output_dir + "/local_sgd.json", json);
  if (!written.ok()) return Fail(written);
  if (absl::Status status =
          RemoveReplaced(*replaced, flags->output_dir, std::cerr);
      !status.ok()) {
    return Fail(status);
  }
  std::cout << *text;
  return 0;
}

}  // namespace
}  // namespace local_sgd

int main(int argc, char** argv) {
  return local_sgd::RunProgram(argc, argv, {"local_sgd", local_sgd::kVersion},
                               local_sgd::Main);
}
