#include "experiments/single/problem_constants.h"

#include <cmath>
#include <vector>

#include "experiments/problem.h"
#include "lib/objective/problem_constants.h"
#include "lib/objective/vector_operations.h"
#include "lib/records/dataset_notice.h"
#include "lib/records/table.h"
#include "nlohmann/json.hpp"

namespace local_sgd {

Table ProblemConstantsTable(const Problem& problem) {
  const LogisticRegression& objective = problem.objective;
  const std::vector<double> zero(objective.num_features(), 0.0);
  const GradientMoments at_zero = MomentsAt(objective, zero);
  const GradientMoments at_optimum =
      MomentsAt(objective, problem.optimum.point);

  Table table;
  table.title = "Problem constants";
  table.notes_above = DatasetNotice(problem.dataset);
  std::vector<Cell> row;
  const auto add = [&table, &row](const char* name, Cell value) {
    table.columns.push_back({name, name});
    row.push_back(std::move(value));
  };
  add("samples", objective.num_samples());
  add("features", objective.data.num_all_features());
  add("occurring_features", objective.num_features());
  add("nonzeros", objective.data.num_nonzeros());
  add("lambda", objective.lambda);
  add("smoothness", problem.curvature.smoothness);
  add("strong_convexity", problem.curvature.strong_convexity);
  add("condition_number", problem.curvature.condition_number);
  add("optimal_value", problem.optimum.value);
  add("optimal_value_error_bound", problem.optimum.error_bound);
  add("optimal_point_norm", std::sqrt(SquaredNorm(problem.optimum.point)));
  add("second_moment_at_zero", at_zero.second_moment);
  add("variance_at_zero", at_zero.variance);
  add("second_moment_at_optimum", at_optimum.second_moment);
  add("variance_at_optimum", at_optimum.variance);
  add("dataset", problem.dataset);
  add("dataset_sha256", problem.dataset_sha256);
  table.rows.push_back(std::move(row));
  return table;
}

ResultsOrigin OriginOfConstants(const Problem& problem) {
  nlohmann::ordered_json settings;
  settings["lambda"] = problem.objective.lambda;
  return {"problem_constants", problem.dataset, problem.dataset_sha256,
          settings.dump(), /*is_quick=*/true};
}

}  // namespace local_sgd
