// What every experiment starts from: the data, the objective on it, its optimum
// and its constants, computed once.

#ifndef EXPERIMENTS_PROBLEM_H_
#define EXPERIMENTS_PROBLEM_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "data/open_dataset.h"
#include "lib/objective/logistic_regression.h"
#include "lib/objective/optimum.h"
#include "lib/objective/problem_constants.h"
#include "lib/solver/step_rows.h"

namespace local_sgd {

struct Problem {
  std::string dataset;  // its name in records
  std::string dataset_sha256;
  int index_base = 1;       // what its file counts features from
  int64_t num_samples = 0;  // n; the objective has fewer on a rank with a shard
  LogisticRegression objective;
  StepRows rows;
  Optimum optimum;
  Curvature curvature;
};

// Takes the data over; lambda is 1/n, the paper's, unless given. The optimum
// and the constants are still to come.
absl::StatusOr<Problem> MakeUnsolvedProblem(NamedDataset dataset,
                                            std::optional<double> lambda);

// Finds the optimum and the constants of the problem.
absl::Status SolveProblem(Problem& problem);

// Says on stderr which data with which checksum the program runs on.
void AnnounceDataset(const NamedDataset& dataset);

// "f* is certain to 9e+15, ...": nothing when the certificate of f* is below
// every epsilon, and where there is none.
std::string CertificateWarning(const Problem& problem,
                               absl::Span<const double> epsilons);

// Says so on stderr. Every T(epsilon) is counted against f*.
void WarnOfCertificate(const Problem& problem,
                       absl::Span<const double> epsilons);

// All of these, for a whole dataset.
absl::StatusOr<Problem> MakeProblem(NamedDataset dataset,
                                    std::optional<double> lambda);

// The same data with another lambda.
absl::StatusOr<Problem> WithRegularization(const Problem& problem,
                                           double lambda);

// MakeProblem for --dataset and --index_base.
absl::StatusOr<Problem> OpenProblem(const std::string& dataset, int index_base,
                                    std::optional<double> lambda);

}  // namespace local_sgd

#endif  // EXPERIMENTS_PROBLEM_H_
