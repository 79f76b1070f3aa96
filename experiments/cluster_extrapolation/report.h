// The model of large clusters, for a reader: where each exchange saturates, and
// which to take for a thousand and for ten thousand workers.

#ifndef EXPERIMENTS_CLUSTER_EXTRAPOLATION_REPORT_H_
#define EXPERIMENTS_CLUSTER_EXTRAPOLATION_REPORT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "analysis/figures/gnuplot.h"
#include "analysis/report_files.h"
#include "experiments/cluster_extrapolation/records.h"
#include "lib/records/table.h"

namespace local_sgd {

// Where S(K) stops growing, on a grid of K.
struct Saturation {
  double largest = 0.0;         // S(K) on the grid
  int64_t largest_workers = 1;  // where
  // The smallest K with nine tenths of that; nothing when it is more than half
  // of the grid's largest K: then S(K) still grows there.
  std::optional<int64_t> workers;
};

// (K, S(K)), at least one.
Saturation FindSaturation(
    const std::vector<std::pair<int64_t, double>>& speedups);

// For each network, workload, noise and epsilon: every exchange and period,
// where it saturates, and S at K = 1,000 and 10,000 if they are on the grid.
// First, one table with the best exchange and period of each of these.
std::vector<Table> ExtrapolationTables(
    const std::vector<ExtrapolationRecord>& records);

// The same for a terminal.
absl::StatusOr<std::string> ExtrapolationText(
    const std::vector<ExtrapolationRecord>& records);

// S(K) of one network without noise and drift, or else with the least: a row
// for each workload, a panel for each exchange, a line for each period.
Figure ExtrapolationFigure(const std::vector<ExtrapolationRecord>& records,
                           const std::string& network);

// What stands below the figures, paragraphs.
std::vector<std::string> ExtrapolationCaption(
    const std::vector<ExtrapolationRecord>& records);

// From cluster_extrapolation.csv of the folder, with a figure for each network.
// NotFound without the file or without records in it.
absl::StatusOr<ExperimentReport> ReadExtrapolationReport(
    const std::string& folder);

// The same as files in the output folder, as WriteReportFiles writes them.
absl::StatusOr<std::vector<std::string>> WriteExtrapolationReport(
    const std::string& input_dir, const std::string& output_dir);

}  // namespace local_sgd

#endif  // EXPERIMENTS_CLUSTER_EXTRAPOLATION_REPORT_H_
