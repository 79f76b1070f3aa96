// Figures 2 and 3 of the paper, and the tuning behind Figure 3, of a results
// folder.

#ifndef ANALYSIS_FIGURES_H_
#define ANALYSIS_FIGURES_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "analysis/report_files.h"

namespace local_sgd {

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
