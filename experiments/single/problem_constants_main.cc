// bazel run //experiments:problem_constants

#include <iostream>
#include <string>

#include "absl/flags/flag.h"
#include "absl/status/statusor.h"
#include "experiments/common_flags.h"
#include "experiments/problem.h"
#include "experiments/single/problem_constants.h"
#include "lib/files/output_file.h"
#include "lib/program/command_line.h"
#include "lib/program/program.h"
#include "lib/program/results_origin.h"
#include "lib/program/version.h"
#include "lib/records/format.h"
#include "lib/records/table.h"

ABSL_FLAG(std::string, regularization, "", "lambda; empty: 1/n");

namespace local_sgd {
namespace {

int Main(int argc, char** argv) {
  const auto flags = ParseCommonFlags(
      argc, argv,
      "Prints the constants of the problem (L, mu, kappa, f*, the moments of a "
      "sampled gradient) and writes problem_constants.json.");
  if (!flags.ok()) return FailUsage(flags.status());
  const auto lambda = ParseRegularization(absl::GetFlag(FLAGS_regularization));
  if (!lambda.ok()) return FailUsage(lambda.status());
  const auto problem = OpenProblem(flags->dataset, flags->index_base, *lambda);
  if (!problem.ok()) return Fail(problem.status());
  const auto replaced =
      MayReplace({OriginOfConstants(*problem)}, flags->output_dir,
                 flags->overwrite, std::cerr);
  if (!replaced.ok()) return Fail(replaced.status());
  const Table table = ProblemConstantsTable(*problem);
  const auto text = RecordToFormat(table, flags->format);
  if (!text.ok()) return Fail(text.status());
  const auto json = RecordToFormat(table, Format::kJson);
  if (!json.ok()) return Fail(json.status());
  const absl::Status folder = EnsureFolder(flags->output_dir);
  if (!folder.ok()) return Fail(folder);
  const absl::Status written =
      WriteFileAtomically(flags->output_dir + "/problem_constants.json", *json);
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
  return local_sgd::RunProgram(
      argc, argv, {"problem_constants", local_sgd::kVersion}, local_sgd::Main);
}
