// Measured against predicted: what the paper's model says of a cluster whose
// rho was measured, beside what the clock says.

#ifndef EXPERIMENTS_CLUSTER_SPEEDUP_POINTS_H_
#define EXPERIMENTS_CLUSTER_SPEEDUP_POINTS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "experiments/cluster_speedup/records.h"
#include "lib/theory/speedup_model.h"

namespace local_sgd {

// The rho of one network: the least-squares fit of
//
//   exchange_seconds = rho gradient_seconds VectorsPerRound(K)
//
// over the K > 1 that were timed. Nothing when there is none.
std::optional<double> FittedRho(const std::vector<ClusterRecord>& records,
                                const std::string& network,
                                CostModel cost_model);

// One K and H across one network. Times to epsilon are T(epsilon) times that
// of an iteration; both speedups are over one worker with H = 1, so they share
// T(1, 1)/T(K, H), measured, and differ in what communication costs: the
// model's factor here, the clock's there.
struct ClusterPoint {
  std::string network;
  int64_t workers = 1;  // K, one a rank
  int64_t period = 1;   // H
  int64_t cores = 1;    // of the machine of rank 0
  int64_t nodes = 1;
  double seconds = 0.0;  // to epsilon
  double measured_speedup = 0.0;
  double measured_speedup_low = 0.0;  // quartiles of the iteration's time
  double measured_speedup_high = 0.0;
  double predicted_star = 0.0;  // with FittedRho of the network; 0: no fit
  double predicted_ring = 0.0;
};

// Of all records that reached epsilon, in their order. A network without one
// rank takes the one of another network: it exchanges nothing.
std::vector<ClusterPoint> ClusterPoints(
    const std::vector<ClusterRecord>& records);

// The networks of the records, from the fastest exchange to the slowest.
std::vector<std::string> NetworksOf(const std::vector<ClusterRecord>& records);

}  // namespace local_sgd

#endif  // EXPERIMENTS_CLUSTER_SPEEDUP_POINTS_H_
