// Figure 3 of the paper, drawn from the records alone.

#ifndef EXPERIMENTS_MEASURED_SPEEDUP_FIGURES_H_
#define EXPERIMENTS_MEASURED_SPEEDUP_FIGURES_H_

#include <vector>

#include "analysis/report_files.h"
#include "experiments/measured_speedup/records.h"

namespace local_sgd {

// Measured speedups against K, a line for each H, a panel for each accuracy and
// batch; a figure for each data set, step size and cost model. Bands of one
// standard error where there are several seeds.
FigureSet Figure3(const std::vector<SpeedupRecord>& records);

}  // namespace local_sgd

#endif  // EXPERIMENTS_MEASURED_SPEEDUP_FIGURES_H_
