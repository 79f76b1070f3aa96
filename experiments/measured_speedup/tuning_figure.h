// The tuning behind Figure 3, drawn from the records alone.

#ifndef EXPERIMENTS_MEASURED_SPEEDUP_TUNING_FIGURE_H_
#define EXPERIMENTS_MEASURED_SPEEDUP_TUNING_FIGURE_H_

#include <vector>

#include "analysis/report_files.h"
#include "experiments/measured_speedup/records.h"

namespace local_sgd {

// How far the step sizes of the grid came: the smallest f - f* where each one
// was last looked at against c, a line for each family at the smallest and the
// largest H (for one worker, where H changes nothing, the smallest), a panel
// for each accuracy and batch at the smallest and the largest K; what the tuned
// records chose is circled. No figure without tuned records: they say which
// data the ledger is of.
FigureSet TuningFigure(const std::vector<TuningRecord>& ledger,
                       const std::vector<SpeedupRecord>& records);

}  // namespace local_sgd

#endif  // EXPERIMENTS_MEASURED_SPEEDUP_TUNING_FIGURE_H_
