// The files of the measured experiment, and its speedups as tables, made from
// the records alone.

#ifndef EXPERIMENTS_MEASURED_SPEEDUP_REPORT_H_
#define EXPERIMENTS_MEASURED_SPEEDUP_REPORT_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "analysis/report_files.h"
#include "experiments/measured_speedup/records.h"
#include "experiments/study.h"

namespace local_sgd {

// First, for each data set and step size, the largest speedups at every
// accuracy and batch; then for each accuracy and batch, rows K and columns H:
// T(eps), for tuned step sizes the chosen and the second best one, and the
// speedup without communication, under ring and under star, each with the best
// H for every K; last, where an accuracy and batch has both arms, how many
// times as many iterations the theoretical step sizes take. How step sizes were
// selected stands below the tables of the tuned arm, and below those of the
// other what the records say about the limit that the step sizes of Theorem 2.2
// set. Means are shown with their standard errors where there are any.
std::vector<LabelledTable> SpeedupTables(
    const std::vector<SpeedupRecord>& records);

// All of them for a terminal, one after another.
absl::StatusOr<std::string> SpeedupTablesText(
    const std::vector<SpeedupRecord>& records);

// From measured_speedup.csv in the input folder writes speedup_tables.md, .tex
// and .txt into the output folder, which is made if missing; with `rho`, at
// that price of a vector instead of the recorded one. Returns the paths of the
// files written.
absl::StatusOr<std::vector<std::string>> WriteTables(
    const std::string& input_dir, const std::string& output_dir,
    std::optional<double> rho);

// Its files. Those of what is made of them have names of their own, and prices
// that a user may choose, so WriteTables and //analysis:figures write them.
const Study<MeasuredSpeedup>& MeasuredSpeedupStudy();

}  // namespace local_sgd

#endif  // EXPERIMENTS_MEASURED_SPEEDUP_REPORT_H_
