#include "experiments/theoretical_speedup/run.h"

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "experiments/theoretical_speedup/records.h"
#include "lib/files/output_file.h"
#include "lib/program/results_origin.h"
#include "lib/records/table.h"
#include "lib/status_macros.h"
#include "lib/theory/speedup_model.h"
#include "nlohmann/json.hpp"

namespace local_sgd {

std::vector<ModelledSpeedup> TheoreticalSpeedups(
    const TheoreticalSpeedupGrid& grid) {
  std::vector<ModelledSpeedup> records;
  for (IterationModel model : kIterationModels) {
    for (CostModel cost_model : kCostModels) {
      for (double epsilon : grid.epsilons) {
        for (int64_t workers : grid.workers) {
          for (int64_t period : grid.periods) {
            records.push_back({std::string(Name(model)),
                               std::string(Name(cost_model)), grid.rho, epsilon,
                               workers, period,
                               ModelSpeedup(model, cost_model, grid.rho,
                                            epsilon, workers, period)});
          }
        }
      }
    }
  }
  return records;
}

std::vector<Table> TheoreticalSpeedupPages(const TheoreticalSpeedupGrid& grid) {
  std::vector<Table> pages;
  for (const ModelledSpeedup& r : TheoreticalSpeedups(grid)) {
    const std::string title = absl::StrCat(
        "Speedup S(K) of equation (9): model ", r.model, ", cost model ",
        r.cost_model, ", rho = ", ShortestText(r.rho),
        ", eps = ", ShortestText(r.epsilon));
    if (pages.empty() || pages.back().title != title) {
      Table& page = pages.emplace_back();
      page.title = title;
      page.columns.push_back({"workers", "K"});
      for (int64_t period : grid.periods) {
        page.columns.push_back({absl::StrCat("period_", period),
                                absl::StrCat("H = ", period), Decimals(2)});
      }
    }
    auto& rows = pages.back().rows;
    const bool is_full =
        rows.empty() || rows.back().size() > grid.periods.size();
    if (is_full) rows.emplace_back().emplace_back(r.workers);
    rows.back().emplace_back(r.speedup);
  }
  return pages;
}

ResultsOrigin OriginOf(const TheoreticalSpeedupGrid& grid) {
  nlohmann::ordered_json settings;
  settings["epsilon"] = grid.epsilons;
  settings["workers"] = grid.workers;
  settings["periods"] = grid.periods;
  settings["rho"] = grid.rho;
  return {"theoretical_speedup", "", "", settings.dump(), /*is_quick=*/true};
}

absl::StatusOr<std::vector<std::string>> WriteTheoreticalSpeedup(
    const TheoreticalSpeedupGrid& grid, const std::string& version,
    const std::string& folder) {
  RETURN_IF_ERROR(EnsureFolder(folder));
  ASSIGN_OR_RETURN(const auto csv, ToCsv(ToTable(ModelledSpeedupSchema(),
                                                 TheoreticalSpeedups(grid))));
  const std::vector<std::string> files = {folder + "/theoretical_speedup.csv"};
  RETURN_IF_ERROR(WriteFileAtomically(files[0], csv));
  RETURN_IF_ERROR(WriteOrigin(OriginOf(grid), files, version, folder));
  return files;
}

}  // namespace local_sgd
