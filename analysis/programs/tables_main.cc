// bazel run //analysis:tables

#include <iostream>
#include <string>

#include "absl/status/status.h"
#include "analysis/programs/analysis_flags.h"
#include "analysis/report_files.h"
#include "experiments/all_studies.h"
#include "experiments/measured_speedup/groups.h"
#include "experiments/measured_speedup/report.h"
#include "experiments/study.h"
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
      "Makes tables from the records of measured_speedup and of the "
      "experiments beside it.");
  if (!flags.ok()) return FailUsage(flags.status());
  if (absl::Status status = MayShow(flags->input, flags->output);
      !status.ok()) {
    return Fail(status);
  }
  const auto records = ReadSpeedups(flags->input, flags->rho);
  if (!records.ok()) return Fail(records.status());
  const auto text = SpeedupTablesText(*records);
  if (!text.ok()) return Fail(text.status());
  auto files = WriteTables(flags->input, flags->output, flags->rho);
  if (!files.ok()) return Fail(files.status());
  if (!flags->rho) {  // The price concerns the tables above only.
    const auto reports = ReadReports(AllStudies(), flags->input);
    if (!reports.ok()) return Fail(reports.status());
    for (const ExperimentReport& report : *reports) {
      const auto written = WriteTableFiles(report, flags->input, flags->output);
      if (!written.ok()) return Fail(written.status());
      files->insert(files->end(), written->begin(), written->end());
    }
  }
  std::cout << *text;
  for (const std::string& file : *files) {
    std::cerr << "wrote " << PrintableText(file) << "\n";
  }
  return 0;
}

}  // namespace
}  // namespace local_sgd

int main(int argc, char** argv) {
  return local_sgd::RunProgram(argc, argv, {"tables", local_sgd::kVersion},
                               local_sgd::Main);
}
