// What communication costs on a real cluster, and whether the paper's model
// says so, for a reader: the tables and the figure of cluster_speedup.csv.

#ifndef EXPERIMENTS_CLUSTER_SPEEDUP_REPORT_H_
#define EXPERIMENTS_CLUSTER_SPEEDUP_REPORT_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "analysis/report_files.h"
#include "experiments/cluster_speedup/records.h"
#include "lib/records/table.h"

namespace local_sgd {

// The measured times and the rho that follow from them, for each network and
// number of ranks; then for each network the speedups, measured and predicted,
// with the error of the prediction.
std::vector<Table> ClusterSpeedupTables(
    const std::vector<ClusterRecord>& records);

// The same for a terminal.
absl::StatusOr<std::string> ClusterSpeedupText(
    const std::vector<ClusterRecord>& records);

// From cluster_speedup.csv of the folder. NotFound without the file or without
// records in it.
absl::StatusOr<ExperimentReport> ReadClusterSpeedupReport(
    const std::string& folder);

// The same as files in the output folder, as WriteReportFiles writes them.
absl::StatusOr<std::vector<std::string>> WriteClusterSpeedupReport(
    const std::string& input_dir, const std::string& output_dir);

}  // namespace local_sgd

#endif  // EXPERIMENTS_CLUSTER_SPEEDUP_REPORT_H_
