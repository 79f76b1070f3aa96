// bazel run //analysis:report

#include <iostream>
#include <string>

#include "absl/status/status.h"
#include "analysis/programs/analysis_flags.h"
#include "analysis/report/page.h"
#include "experiments/all_studies.h"
#include "lib/program/command_line.h"
#include "lib/program/program.h"
#include "lib/program/results_origin.h"
#include "lib/program/version.h"
#include "lib/records/outside_text.h"

namespace local_sgd {
namespace {

int Main(int argc, char** argv) {
  const auto flags = ParseAnalysisFlags(
      argc, argv,
      "Writes report.html, one page with everything that the results folder "
      "has: findings, the paper's claims, figures, tables and an explorer for "
      "the speedup model.");
  if (!flags.ok()) return FailUsage(flags.status());
  if (absl::Status status = MayShow(flags->input, flags->output);
      !status.ok()) {
    return Fail(status);
  }
  const auto files =
      WriteReport(AllStudies(), flags->input, flags->output, flags->rho);
  if (!files.ok()) return Fail(files.status());
  for (const std::string& file : *files) {
    std::cout << PrintableText(file) << "\n";
  }
  return 0;
}

}  // namespace
}  // namespace local_sgd

int main(int argc, char** argv) {
  return local_sgd::RunProgram(argc, argv, {"report", local_sgd::kVersion},
                               local_sgd::Main);
}
