// bazel run //experiments:problem_constants

#include <iostream>
#include <optional>
#include <string>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "experiments/common_flags.h"
#include "experiments/problem.h"
#include "experiments/single/problem_constants.h"
#include "experiments/single/single_result.h"
#include "lib/program/command_line.h"
#include "lib/program/program.h"
#include "lib/program/results_origin.h"
#include "lib/program/version.h"
#include "lib/records/format.h"
#include "lib/records/table.h"
#include "lib/status_macros.h"

ABSL_FLAG(std::string, regularization, "", "lambda; empty: 1/n");

namespace local_sgd {
namespace {

absl::Status Show(const CommonFlags& flags, std::optional<double> lambda) {
  ASSIGN_OR_RETURN(const Problem problem,
                   OpenProblem(flags.dataset, flags.index_base, lambda));
  ASSIGN_OR_RETURN(const auto replaced,
                   MayReplace({OriginOfConstants(problem)}, flags.output_dir,
                              flags.overwrite, std::cerr));
  const Table table = ProblemConstantsTable(problem);
  ASSIGN_OR_RETURN(const auto text, RecordToFormat(table, flags.format));
  ASSIGN_OR_RETURN(const auto json, RecordToFormat(table, Format::kJson));
  return WriteAndPrint("problem_constants", json, text, replaced,
                       flags.output_dir);
}

int Main(int argc, char** argv) {
  const auto flags = ParseCommonFlags(
      argc, argv,
      "Prints the constants of the problem (L, mu, kappa, f*, the moments of a "
      "sampled gradient) and writes problem_constants.json.");
  if (!flags.ok()) return FailUsage(flags.status());
  const auto lambda = ParseRegularization(absl::GetFlag(FLAGS_regularization));
  if (!lambda.ok()) return FailUsage(lambda.status());
  const absl::Status status = Show(*flags, *lambda);
  return status.ok() ? 0 : Fail(status);
}

}  // namespace
}  // namespace local_sgd

int main(int argc, char** argv) {
  return local_sgd::RunProgram(
      argc, argv, {"problem_constants", local_sgd::kVersion}, local_sgd::Main);
}
