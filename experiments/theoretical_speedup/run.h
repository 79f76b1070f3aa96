// Figure 2's numbers: the modelled speedup of equation (9), every reading of
// it.

#ifndef EXPERIMENTS_THEORETICAL_SPEEDUP_RUN_H_
#define EXPERIMENTS_THEORETICAL_SPEEDUP_RUN_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "experiments/theoretical_speedup/records.h"
#include "lib/program/results_origin.h"
#include "lib/records/table.h"

namespace local_sgd {

// The paper's grid.
struct TheoreticalSpeedupGrid {
  std::vector<double> epsilons = {0, 0.005};
  std::vector<int64_t> workers = {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024};
  std::vector<int64_t> periods = {1, 2, 4, 8, 16};
  double rho = 25;
};

// By model, cost model, epsilon, K and H, in the grid's order.
std::vector<ModelledSpeedup> TheoreticalSpeedups(
    const TheoreticalSpeedupGrid& grid);

// The same numbers for a reader: a table for each model, cost model and
// epsilon, with a row for each K and a column for each H.
std::vector<Table> TheoreticalSpeedupPages(const TheoreticalSpeedupGrid& grid);

// Which data and settings its files are of.
ResultsOrigin OriginOf(const TheoreticalSpeedupGrid& grid);

// Writes theoretical_speedup.csv and its origin into the folder, which is made
// if missing. Returns the path of the former.
absl::StatusOr<std::vector<std::string>> WriteTheoreticalSpeedup(
    const TheoreticalSpeedupGrid& grid, const std::string& version,
    const std::string& folder);

}  // namespace local_sgd

#endif  // EXPERIMENTS_THEORETICAL_SPEEDUP_RUN_H_
