// When asynchrony pays, for a reader: the tables and the figure of
// asynchronous.csv.

#ifndef EXPERIMENTS_ASYNCHRONOUS_REPORT_H_
#define EXPERIMENTS_ASYNCHRONOUS_REPORT_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "analysis/figures/gnuplot.h"
#include "analysis/report_files.h"
#include "experiments/asynchronous/records.h"
#include "lib/records/table.h"

namespace local_sgd {

// For each data set: T(eps) and modelled seconds of both methods, means over
// seeds, for the clusters of the arm speed and the slowdowns of the arm
// straggler; and the arm delay, its mean error beside Theorem 5.1's bound.
std::vector<Table> AsynchronousTables(
    const std::vector<AsynchronousRecord>& records);

// The same for a terminal.
absl::StatusOr<std::string> AsynchronousText(
    const std::vector<AsynchronousRecord>& records);

// Modelled seconds to each epsilon against the slowdown of the straggler, both
// methods: a panel for each epsilon. At least one record.
Figure AsynchronousFigure(const std::vector<AsynchronousRecord>& records);

// What stands below it, paragraphs.
std::vector<std::string> AsynchronousCaption(
    const std::vector<AsynchronousRecord>& records);

// From asynchronous.csv of the folder. NotFound without the file or without
// records in it.
absl::StatusOr<ExperimentReport> ReadAsynchronousReport(
    const std::string& folder);

// Its files, in the output folder, which is made if missing. Returns the paths.
absl::StatusOr<std::vector<std::string>> WriteAsynchronousReport(
    const std::string& input_dir, const std::string& output_dir);

}  // namespace local_sgd

#endif  // EXPERIMENTS_ASYNCHRONOUS_REPORT_H_
