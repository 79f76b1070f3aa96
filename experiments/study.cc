#include "experiments/study.h"

#include <filesystem>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "analysis/report_files.h"
#include "lib/status_macros.h"

namespace local_sgd {

std::vector<std::string> ShownRecords(const std::vector<AnyStudy>& studies) {
  std::vector<std::string> all;
  for (const AnyStudy& study : studies) {
    all.insert(all.end(), study.records.begin(), study.records.end());
  }
  return all;
}

absl::StatusOr<std::vector<ExperimentReport>> ReadReports(
    const std::vector<AnyStudy>& studies, const std::string& folder) {
  std::vector<ExperimentReport> reports;
  for (const AnyStudy& study : studies) {
    if (study.read_report == nullptr) continue;
    std::error_code error;
    const auto records = std::filesystem::status(
        absl::StrCat(folder, "/", study.records.front()), error);
    if (records.type() == std::filesystem::file_type::not_found) continue;
    ASSIGN_OR_RETURN(auto report, study.read_report(folder));
    reports.push_back(std::move(report));
  }
  return reports;
}

absl::StatusOr<std::vector<std::string>> WriteReports(
    const std::vector<AnyStudy>& studies, const std::string& input_dir,
    const std::string& output_dir) {
  ASSIGN_OR_RETURN(const auto reports, ReadReports(studies, input_dir));
  std::vector<std::string> files;
  for (const ExperimentReport& report : reports) {
    ASSIGN_OR_RETURN(const auto written,
                     WriteReportFiles(report, input_dir, output_dir));
    files.insert(files.end(), written.begin(), written.end());
  }
  return files;
}

Sentences SentencesOf(const std::vector<AnyStudy>& studies,
                      const Evidence& evidence) {
  Sentences all;
  for (const AnyStudy& study : studies) {
    if (study.sentences == nullptr) continue;
    for (std::string& sentence : study.sentences(evidence)) {
      all.push_back(std::move(sentence));
    }
  }
  return all;
}

}  // namespace local_sgd
