// Theory against measurement for a reader: the table and the figure of
// convergence_bound.csv.

#ifndef EXPERIMENTS_CONVERGENCE_BOUND_REPORT_H_
#define EXPERIMENTS_CONVERGENCE_BOUND_REPORT_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "analysis/figures/gnuplot.h"
#include "analysis/report_files.h"
#include "experiments/convergence_bound/records.h"
#include "lib/records/table.h"

namespace local_sgd {

// A table for each data set and lambda: every K, b and H at its last T.
std::vector<Table> ConvergenceBoundTables(
    const std::vector<ConvergenceBoundRecord>& records);

// The same for a terminal.
absl::StatusOr<std::string> ConvergenceBoundText(
    const std::vector<ConvergenceBoundRecord>& records);

// The error along T with a band of one standard error, bound (5) and its three
// terms with the constants of the path, and the whole bound with those a
// priori: a row for each lambda, of at most three panels at b = 1: one worker;
// the most workers with the smallest H and with the largest. At least one
// record.
Figure ConvergenceBoundFigure(
    const std::vector<ConvergenceBoundRecord>& records);

// Bound (5) with the constants of the path as its three terms one on top of
// another, the measured error with its band before them, and below each panel
// the terms' shares of the bound: for each lambda the most workers with the
// smallest H and with the largest, at b = 1. At least one record.
Figure ConvergenceBoundTermsFigure(
    const std::vector<ConvergenceBoundRecord>& records);

// What stands below the first figure and below the second, paragraphs.
std::vector<std::string> ConvergenceBoundCaption(
    const std::vector<ConvergenceBoundRecord>& records);
std::vector<std::string> ConvergenceBoundTermsCaption(
    const std::vector<ConvergenceBoundRecord>& records);

// From convergence_bound.csv of the folder. NotFound without the file or
// without records in it.
absl::StatusOr<ExperimentReport> ReadConvergenceBoundReport(
    const std::string& folder);

// Its files, in the output folder, which is made if missing. Returns the paths.
absl::StatusOr<std::vector<std::string>> WriteConvergenceBoundReport(
    const std::string& input_dir, const std::string& output_dir);

}  // namespace local_sgd

#endif  // EXPERIMENTS_CONVERGENCE_BOUND_REPORT_H_
