#include "analysis/experiment_reports.h"

#include <filesystem>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "analysis/report_files.h"
#include "experiments/asynchronous/report.h"
#include "experiments/cluster_extrapolation/report.h"
#include "experiments/cluster_speedup/report.h"
#include "experiments/communication_period/report.h"
#include "experiments/convergence_bound/report.h"
#include "experiments/study.h"
#include "experiments/variance_reduction/report.h"
#include "lib/status_macros.h"

namespace local_sgd {

absl::StatusOr<std::vector<ExperimentReport>> ReadExperimentReports(
    const std::string& folder) {
  struct Source {
    const char* records;  // without which there is nothing to report
    absl::StatusOr<ExperimentReport> (*read)(const std::string&);
  };
  constexpr Source kSources[] = {
      {"convergence_bound.csv",
       [](const std::string& folder) {
         return ReadReport(ConvergenceBoundStudy(), folder);
       }},
      {"variance_reduction.csv",
       [](const std::string& folder) {
         return ReadReport(VarianceReductionStudy(), folder);
       }},
      {"communication_period.csv", ReadCommunicationPeriodReport},
      {"asynchronous.csv", ReadAsynchronousReport},
      {"cluster_extrapolation.csv", ReadExtrapolationReport},
      {"cluster_speedup.csv", ReadClusterSpeedupReport},
  };
  std::vector<ExperimentReport> reports;
  for (const Source& source : kSources) {
    std::error_code error;
    if (std::filesystem::status(absl::StrCat(folder, "/", source.records),
                                error)
            .type() == std::filesystem::file_type::not_found) {
      continue;
    }
    ASSIGN_OR_RETURN(auto report, source.read(folder));
    reports.push_back(std::move(report));
  }
  return reports;
}

absl::StatusOr<std::vector<std::string>> WriteExperimentReports(
    const std::string& input_dir, const std::string& output_dir) {
  ASSIGN_OR_RETURN(const auto reports, ReadExperimentReports(input_dir));
  std::vector<std::string> files;
  for (const ExperimentReport& report : reports) {
    ASSIGN_OR_RETURN(const auto written,
                     WriteReportFiles(report, input_dir, output_dir));
    files.insert(files.end(), written.begin(), written.end());
  }
  return files;
}

}  // namespace local_sgd
