#include "analysis/experiment_reports.h"

#include <filesystem>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "analysis/asynchronous_report.h"
#include "analysis/communication_period.h"
#include "analysis/convergence_bound_report.h"
#include "analysis/variance_reduction_report.h"

namespace local_sgd {

absl::StatusOr<std::vector<std::string>> WriteExperimentReports(
    const std::string& input_dir, const std::string& output_dir) {
  struct Report {
    const char* records;  // without which there is nothing to report
    absl::StatusOr<std::vector<std::string>> (*write)(const std::string&,
                                                      const std::string&);
  };
  constexpr Report kReports[] = {
      {"convergence_bound.csv", WriteConvergenceBoundReport},
      {"variance_reduction.csv", WriteVarianceReductionReport},
      {"communication_period.csv", DrawCommunicationPeriod},
      {"asynchronous.csv", WriteAsynchronousReport},
  };
  std::vector<std::string> files;
  for (const Report& report : kReports) {
    if (!std::filesystem::exists(
            absl::StrCat(input_dir, "/", report.records))) {
      continue;
    }
    const auto written = report.write(input_dir, output_dir);
    if (!written.ok()) return written.status();
    files.insert(files.end(), written->begin(), written->end());
  }
  return files;
}

}  // namespace local_sgd
