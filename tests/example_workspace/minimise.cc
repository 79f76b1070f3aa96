// Uses @local_sgd//lib/solver from another Bazel workspace: logistic regression
// on data made in code, minimised by local SGD.

#include <iostream>
#include <utility>

#include "lib/dataset/sparse_dataset.h"
#include "lib/objective/logistic_regression.h"
#include "lib/objective/optimum.h"
#include "lib/objective/problem_constants.h"
#include "lib/solver/local_sgd.h"
#include "lib/solver/run.h"
#include "lib/solver/step_rows.h"
#include "lib/theory/step_size.h"
#include "lib/theory/synchronisation_set.h"

int main() {
  // Four samples of two features; the third is an empty row.
  local_sgd::SparseDataset data;
  data.num_features = 2;
  data.labels = {+1, -1, +1, -1};
  data.row_begin = {0, 1, 2, 2, 4};
  data.columns = {0, 1, 0, 1};
  data.values = {1.0, 2.0, -0.5, 1.0};

  const auto rows = local_sgd::MakeStepRows(data);
  const auto problem =
      local_sgd::MakeLogisticRegression(std::move(data), /*lambda=*/0.1);
  if (!rows.ok() || !problem.ok()) return 1;
  const auto optimum = local_sgd::FindOptimum(*problem);
  const auto curvature = local_sgd::ComputeCurvature(*problem);
  if (!optimum.ok() || !curvature.ok()) return 1;

  local_sgd::LocalSgdOptions options;
  options.workers = 4;
  options.averaging_shift =
      local_sgd::TheoremShift(curvature->condition_number, 2);
  options.step_size = local_sgd::TheoremStepSize(curvature->strong_convexity,
                                                 options.averaging_shift);
  options.synchronisation = local_sgd::EveryPeriod(2);
  local_sgd::Termination termination;
  termination.epsilons = {0.001};

  const auto summary = local_sgd::RunLocalSgd(*problem, *rows, optimum->value,
                                              options, termination);
  if (!summary.ok() || summary->reached[0].iterations == 0) {
    std::cerr << "not reached: " << summary.status() << "\n";
    return 1;
  }
  std::cout << "4 workers, 2 local steps a round: f - f* <= 0.001 after "
            << summary->reached[0].iterations << " iterations\n";
  return 0;
}
