// The speedup of a cluster as a figure: what the clock says beside what the
// paper's model predicts from the price of an exchange.

#ifndef EXPERIMENTS_CLUSTER_SPEEDUP_FIGURE_H_
#define EXPERIMENTS_CLUSTER_SPEEDUP_FIGURE_H_

#include <string>
#include <vector>

#include "analysis/figures/gnuplot.h"
#include "experiments/cluster_speedup/records.h"

namespace local_sgd {

// Measured speedup against the number of ranks with a band between its
// quartiles, and the predictions under star and ring with the network's fitted
// rho: from the fastest network on a panel for each H, of which a row has at
// most four; up to so many each network has a row with axes of its own. At
// least one record.
Figure ClusterSpeedupFigure(const std::vector<ClusterRecord>& records);

// What stands below it, paragraphs.
std::vector<std::string> ClusterSpeedupCaption(
    const std::vector<ClusterRecord>& records);

}  // namespace local_sgd

#endif  // EXPERIMENTS_CLUSTER_SPEEDUP_FIGURE_H_
