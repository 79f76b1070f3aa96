// Figures 2 and 3 of the paper, and the tuning behind Figure 3, drawn from the
// records alone.

#ifndef ANALYSIS_FIGURES_H_
#define ANALYSIS_FIGURES_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "analysis/report_files.h"
#include "experiments/measured_speedup/speedup_record.h"
#include "experiments/measured_speedup/tuning_record.h"
#include "lib/records/csv_reader.h"

namespace local_sgd {

// Figure 2: the model of equation (9) from the records of theoretical_speedup.
// figure2a, figure2b, ... for each epsilon in the order of the file; a panel
// for each model and cost model (at epsilon = 0 the models agree: one row).
absl::StatusOr<FigureSet> Figure2(const CsvFile& theoretical_speedup);

// Figure 3: measured speedups against K, a line for each H, a panel for each
// accuracy and batch; a figure for each data set, step size and cost model.
// Bands of one standard error where there are several seeds.
FigureSet Figure3(const std::vector<SpeedupRecord>& records);

// How far the step sizes of the grid came: the smallest f - f* where each one
// was last looked at against c, a line for each family at the smallest and the
// largest H (for one worker, where H changes nothing, the smallest), a panel
// for each accuracy and batch at the smallest and the largest K; what the tuned
// records chose is circled. No figure without tuned records: they say which
// data the ledger is of.
FigureSet TuningFigure(const std::vector<TuningRecord>& ledger,
                       const std::vector<SpeedupRecord>& records);

// All of these, from theoretical_speedup.csv and measured_speedup.csv,
// whichever the folder has (NotFound when neither), and tuning_ledger.csv
// beside the latter; `rho` reprices Figure 3.
absl::StatusOr<FigureSet> PaperFigures(const std::string& folder,
                                       std::optional<double> rho);

// Their files, in the output folder, which is made if missing. Returns the
// paths.
absl::StatusOr<std::vector<std::string>> WriteFigures(
    const std::string& input_dir, const std::string& output_dir,
    std::optional<double> rho);

}  // namespace local_sgd

#endif  // ANALYSIS_FIGURES_H_
