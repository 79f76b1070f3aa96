// The model of large clusters, for a reader: where each exchange saturates, and
// which to take for a thousand and for ten thousand workers.

#ifndef EXPERIMENTS_CLUSTER_EXTRAPOLATION_REPORT_H_
#define EXPERIMENTS_CLUSTER_EXTRAPOLATION_REPORT_H_

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "experiments/cluster_extrapolation/records.h"
#include "experiments/study.h"

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

// First, one table with the best exchange and period of each network, workload,
// noise and epsilon; then for each of these every exchange and period, where it
// saturates, and S at K = 1,000 and 10,000 if they are on the grid.
//
// And a figure for each network, cluster_extrapolation_NETWORK: S(K) without
// noise and drift, or else with the least, a row for each workload, a panel for
// each exchange, a line for each period.
const Study<ClusterExtrapolation>& ClusterExtrapolationStudy();

}  // namespace local_sgd

#endif  // EXPERIMENTS_CLUSTER_EXTRAPOLATION_REPORT_H_
