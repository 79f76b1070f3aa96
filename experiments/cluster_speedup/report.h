// What communication costs on a real cluster, and whether the paper's model
// says so, for a reader: the tables and the figure of cluster_speedup.csv.

#ifndef EXPERIMENTS_CLUSTER_SPEEDUP_REPORT_H_
#define EXPERIMENTS_CLUSTER_SPEEDUP_REPORT_H_

#include "experiments/cluster_speedup/records.h"
#include "experiments/study.h"

namespace local_sgd {

// The measured times and the rho that follow from them, for each network and
// number of ranks; then for each network the speedups, measured and predicted,
// with the error of the prediction. And the figure of
// experiments/cluster_speedup/figure.h.
const Study<ClusterSpeedup>& ClusterSpeedupStudy();

}  // namespace local_sgd

#endif  // EXPERIMENTS_CLUSTER_SPEEDUP_REPORT_H_
