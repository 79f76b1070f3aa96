// bazel run //analysis:figures

#include <iostream>
#include <iterator>
#include <string>
#include <utility>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "analysis/figures.h"
#include "analysis/programs/analysis_flags.h"
#include "analysis/report_files.h"
#include "experiments/all_studies.h"
#include "experiments/study.h"
#include "lib/program/command_line.h"
#include "lib/program/program.h"
#include "lib/program/results_origin.h"
#include "lib/program/version.h"
#include "lib/records/outside_text.h"

ABSL_FLAG(std::string, only, "",
          "draw only the figures whose names begin so, such as figure3 or "
          "asynchronous; empty: all");

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
  if (absl::Status status = MayShow(flags->input, flags->output);
      !status.ok()) {
    return Fail(status);
  }
  auto figures = PaperFigures(flags->input, flags->rho);
  // An experiment's folder may have no records of the paper's figures.
  const absl::Status none = figures.status();
  if (absl::IsNotFound(none)) figures = FigureSet();
  if (!figures.ok()) return Fail(figures.status());
  if (!flags->rho) {  // The price concerns the figures above only.
    auto reports = ReadReports(AllStudies(), flags->input);
    if (!reports.ok()) return Fail(reports.status());
    for (ExperimentReport& report : *reports) {
      std::move(report.figures.begin(), report.figures.end(),
                std::back_inserter(*figures));
    }
  }
  if (figures->empty() && !none.ok()) return Fail(none);
  if (const std::string only = absl::GetFlag(FLAGS_only); !only.empty()) {
    figures = SelectFigures(*figures, only);
    if (!figures.ok()) return FailUsage(figures.status());
  }
  const auto files = WriteFigureFiles(*figures, flags->input, flags->output);
  if (!files.ok()) return Fail(files.status());
  for (const std::string& file : *files) {
    std::cout << PrintableText(file) << "\n";
  }
  return 0;
}

}  // namespace
}  // namespace local_sgd

int main(int argc, char** argv) {
  return local_sgd::RunProgram(argc, argv, {"figures", local_sgd::kVersion},
                               local_sgd::Main);
}
