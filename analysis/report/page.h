// report.html: what a results folder has, as one page that needs no network:
// what was run, the findings in sentences, the paper's claims next to ours,
// every figure and table, and an explorer for equation (9).
//
// Made from the folder's records alone. What is not there is named as missing,
// with the command that makes it.

#ifndef ANALYSIS_REPORT_PAGE_H_
#define ANALYSIS_REPORT_PAGE_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "experiments/study.h"

namespace local_sgd {

inline constexpr char kReportName[] = "report.html";

// The page is smaller than this: tables of records and of experiments are cut
// where they would make it larger, and figures beyond the second number are
// named but not shown.
inline constexpr size_t kMostBytes = 5 * 1024 * 1024;

// The page about what is there of these studies. Tables are priced at `rho`
// where it is given; `figures_dir` is where the figures are, drawn at the same
// price. Errors: NotFound for a folder without any file that the report knows;
// those of the readers, naming file and line, for one that is damaged.
absl::StatusOr<std::string> ReportHtml(const std::vector<AnyStudy>& studies,
                                       const std::string& input_dir,
                                       const std::string& figures_dir,
                                       std::optional<double> rho);

// Writes report.html into the output folder, which is made if missing. Figures
// are those of the input folder, with `rho` those of the output folder. Returns
// the paths of the files written.
absl::StatusOr<std::vector<std::string>> WriteReport(
    const std::vector<AnyStudy>& studies, const std::string& input_dir,
    const std::string& output_dir, std::optional<double> rho);

}  // namespace local_sgd

#endif  // ANALYSIS_REPORT_PAGE_H_
