// bazel run //analysis:figures

#include <iostream>
#include <string>

#include "analysis/analysis_flags.h"
#include "analysis/experiment_reports.h"
#include "analysis/figures.h"
#include "lib/results/command_line.h"

namespace local_sgd {
namespace {

int Main(int argc, char** argv) {
  const auto flags =
      ParseAnalysisFlags(argc, argv,
                         "Draws Figures 2 and 3 from the records of "
                         "theoretical_speedup and measured_speedup, and the "
                         "tuning behind Figure 3 from tuning_ledger.csv; and "
                         "the figures of the experiments beside it.");
  if (!flags.ok()) return FailUsage(flags.status());
  auto files = WriteFigures(flags->input, flags->output, flags->rho);
  if (!files.ok()) return Fail(files.status());
  if (!flags->rho) {  // The price concerns the figures above only.
    const auto reports = WriteExperimentReports(flags->input, flags->output);
    if (!reports.ok()) return Fail(reports.status());
    files->insert(files->end(), reports->begin(), reports->end());
  }
  for (const std::string& file : *files) std::cout << file << "\n";
  return 0;
}

}  // namespace
}  // namespace local_sgd

int main(int argc, char** argv) { return local_sgd::Main(argc, argv); }
