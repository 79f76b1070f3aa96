// Figure 2 of the paper, drawn from the records alone.

#ifndef EXPERIMENTS_THEORETICAL_SPEEDUP_FIGURES_H_
#define EXPERIMENTS_THEORETICAL_SPEEDUP_FIGURES_H_

#include <vector>

#include "analysis/report_files.h"
#include "experiments/theoretical_speedup/records.h"

namespace local_sgd {

// figure2a, figure2b, ... for each epsilon in the order of the records; a panel
// for each model and cost model (at epsilon = 0 the models agree: one row).
FigureSet Figure2(const std::vector<ModelledSpeedup>& records);

}  // namespace local_sgd

#endif  // EXPERIMENTS_THEORETICAL_SPEEDUP_FIGURES_H_
