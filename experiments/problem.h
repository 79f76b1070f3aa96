// What every experiment starts from: the data, the objective on it, its optimum
// and its constants, computed once.

#ifndef EXPERIMENTS_PROBLEM_H_
#define EXPERIMENTS_PROBLEM_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "data/open_dataset.h"
#include "lib/objective/logistic_regression.h"
#include "lib/objective/optimum.h"
#include "lib/objective/problem_constants.h"
#include "lib/solver/step_rows.h"

namespace local_sgd {

struct Problem {
  std::string dataset;  // its name in records
  std::string dataset_sha256;
  LogisticRegression objective;
  StepRows rows;
  Optimum optimum;
  Curvature curvature;
};

// Takes the data over; lambda is 1/n, the paper's, unless given. Says on stderr
// which data with which checksum the program runs on.
absl::StatusOr<Problem> MakeProblem(NamedDataset dataset,
                                    std::optional<double> lambda);

// The same data with another lambda.
absl::StatusOr<Problem> WithRegularization(const Problem& problem,
                                           double lambda);

// MakeProblem for a --dataset flag as typed.
absl::StatusOr<Problem> OpenProblem(const std::string& dataset,
                                    std::optional<double> lambda);

}  // namespace local_sgd

#endif  // EXPERIMENTS_PROBLEM_H_
