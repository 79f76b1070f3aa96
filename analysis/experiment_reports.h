// The tables and figures of the experiments that go beyond the paper's own
// measurement, as many as a results folder has records of.

#ifndef ANALYSIS_EXPERIMENT_REPORTS_H_
#define ANALYSIS_EXPERIMENT_REPORTS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "analysis/report_files.h"

namespace local_sgd {

// Of convergence_bound, variance_reduction, communication_period, asynchronous,
// cluster_extrapolation and cluster_speedup, each from its own records in the
// folder; those without records are passed over.
absl::StatusOr<std::vector<ExperimentReport>> ReadExperimentReports(
    const std::string& folder);

// Their tables and figures, into the output folder. Returns the paths of the
// files written.
absl::StatusOr<std::vector<std::string>> WriteExperimentReports(
    const std::string& input_dir, const std::string& output_dir);

}  // namespace local_sgd

#endif  // ANALYSIS_EXPERIMENT_REPORTS_H_
