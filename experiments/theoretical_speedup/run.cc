#include "experiments/theoretical_speedup/run.h"

#include "absl/strings/str_cat.h"
#include "lib/files/output_file.h"
#include "lib/status_macros.h"
#include "lib/theory/speedup_model.h"
#include "nlohmann/json.hpp"

namespace local_sgd {

Table TheoreticalSpeedupTable(const TheoreticalSpeedupGrid& grid) {
  Table table;
  table.title = "Speedup S(K) of equation (9)";
  table.columns = {{"model", ""},   {"cost_model", ""}, {"rho", ""},
                   {"epsilon", ""}, {"workers", ""},    {"period", ""},
                   {"speedup", ""}};
  for (IterationModel model : kIterationModels) {
    for (CostModel cost_model : kCostModels) {
      for (double epsilon : grid.epsilons) {
        for (int64_t workers : grid.workers) {
          for (int64_t period : grid.periods) {
            table.rows.push_back({std::string(Name(model)),
                                  std::string(Name(cost_model)), grid.rho,
                                  epsilon, workers, period,
                                  ModelSpeedup(model, cost_model, grid.rho,
                                               epsilon, workers, period)});
          }
        }
      }
    }
  }
  return table;
}

std::vector<Table> TheoreticalSpeedupPages(const TheoreticalSpeedupGrid& grid) {
  std::vector<Table> pages;
  for (IterationModel model : kIterationModels) {
    for (CostModel cost_model : kCostModels) {
      for (double epsilon : grid.epsilons) {
        Table page;
        page.title =
            absl::StrCat("Speedup S(K) of equation (9): model ", Name(model),
                         ", cost model ", Name(cost_model),
                         ", rho = ", ShortestText(grid.rho),
                         ", eps = ", ShortestText(epsilon));
        page.columns.push_back({"workers", "K"});
        for (int64_t period : grid.periods) {
          page.columns.push_back({absl::StrCat("period_", period),
                                  absl::StrCat("H = ", period), Decimals(2)});
        }
        for (int64_t workers : grid.workers) {
          std::vector<Cell> row = {workers};
          for (int64_t period : grid.periods) {
            row.push_back(ModelSpeedup(model, cost_model, grid.rho, epsilon,
                                       workers, period));
          }
          page.rows.push_back(std::move(row));
        }
        pages.push_back(std::move(page));
      }
    }
  }
  return pages;
}

absl::StatusOr<std::vector<std::string>> WriteTheoreticalSpeedup(
    const TheoreticalSpeedupGrid& grid, const std::string& output_dir) {
  RETURN_IF_ERROR(EnsureFolder(output_dir));
  ASSIGN_OR_RETURN(const auto csv, ToCsv(TheoreticalSpeedupTable(grid)));
  const std::string path = output_dir + "/theoretical_speedup.csv";
  RETURN_IF_ERROR(WriteFileAtomically(path, csv));
  return std::vector<std::string>{path};
}

ResultsOrigin OriginOf(const TheoreticalSpeedupGrid& grid) {
  nlohmann::ordered_json settings;
  settings["epsilon"] = grid.epsilons;
  settings["workers"] = grid.workers;
  settings["periods"] = grid.periods;
  settings["rho"] = grid.rho;
  return {"theoretical_speedup", "", "", settings.dump(), /*is_quick=*/true};
}

}  // namespace local_sgd
