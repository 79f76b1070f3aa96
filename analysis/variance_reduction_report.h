// Bias and variance against K for a reader: the tables and figures of
// variance_reduction.csv and variance_reduction_findings.csv.

#ifndef ANALYSIS_VARIANCE_REDUCTION_REPORT_H_
#define ANALYSIS_VARIANCE_REDUCTION_REPORT_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "analysis/gnuplot.h"
#include "analysis/report_files.h"
#include "lib/results/finding_record.h"
#include "lib/results/table.h"
#include "lib/results/variance_record.h"

namespace local_sgd {

// First what the findings say about K: the averaged gradient, the slopes, and
// the cost of fewer synchronisations. Then, for each lambda and choice of step
// sizes, at equal T and at equal gradients, last iterate and quadratic average:
// rows K, and for each synchronisation the bias and the variance of f - f*,
// each plus or minus the half-width of its interval of 95 %.
std::vector<Table> VarianceReductionTables(
    const std::vector<VarianceRecord>& records,
    const std::vector<FindingRecord>& findings);

// The same for a terminal.
absl::StatusOr<std::string> VarianceReductionText(
    const std::vector<VarianceRecord>& records,
    const std::vector<FindingRecord>& findings);

// For one iterate, against K, a line for each synchronisation with a band of
// its interval of 95 %, a row for each lambda and choice of step sizes: the
// variance E f(x) - f(E x) and E f(x) - f* at equal T, and E f(x) - f* at equal
// gradients.
Figure VarianceReductionFigure(const std::vector<VarianceRecord>& records,
                               const std::string& iterate);

// What stands below them, paragraphs.
std::vector<std::string> VarianceReductionCaption(
    const std::vector<VarianceRecord>& records);

// From the two files of the folder, with the figures variance_reduction_last
// and variance_reduction_quadratic. NotFound without the files or without
// records in them.
absl::StatusOr<ExperimentReport> ReadVarianceReductionReport(
    const std::string& folder);

// Its files, in the output folder, which is made if missing. Returns the paths.
absl::StatusOr<std::vector<std::string>> WriteVarianceReductionReport(
    const std::string& input_dir, const std::string& output_dir);

}  // namespace local_sgd

#endif  // ANALYSIS_VARIANCE_REDUCTION_REPORT_H_
