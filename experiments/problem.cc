#include "experiments/problem.h"

#include <algorithm>
#include <iostream>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "data/open_dataset.h"
#include "lib/dataset/sparse_dataset.h"
#include "lib/objective/logistic_regression.h"
#include "lib/objective/optimum.h"
#include "lib/objective/problem_constants.h"
#include "lib/records/dataset_notice.h"
#include "lib/records/table.h"
#include "lib/solver/step_rows.h"
#include "lib/status_macros.h"

namespace local_sgd {
namespace {

// The same error, saying which data it is about.
absl::Status WithName(const std::string& dataset, const absl::Status& status) {
  return absl::Status(status.code(),
                      absl::StrCat(dataset, ": ", status.message()));
}

}  // namespace

absl::StatusOr<Problem> MakeUnsolvedProblem(NamedDataset dataset,
                                            std::optional<double> lambda) {
  Problem problem;
  problem.dataset = dataset.name;
  problem.dataset_sha256 = dataset.sha256;
  problem.index_base = dataset.index_base;
  problem.num_samples = dataset.num_samples;
  ASSIGN_OR_RETURN(problem.rows, MakeStepRows(dataset.data));
  const double one_over_n = 1.0 / static_cast<double>(problem.num_samples);
  ASSIGN_OR_RETURN(problem.objective,
                   MakeLogisticRegression(std::move(dataset.data),
                                          lambda.value_or(one_over_n)));
  return problem;
}

absl::Status SolveProblem(Problem& problem) {
  absl::StatusOr<Optimum> optimum = FindOptimum(problem.objective);
  if (!optimum.ok()) return WithName(problem.dataset, optimum.status());
  problem.optimum = *std::move(optimum);
  const absl::StatusOr<Curvature> curvature =
      ComputeCurvature(problem.objective);
  if (!curvature.ok()) return WithName(problem.dataset, curvature.status());
  problem.curvature = *curvature;
  return absl::OkStatus();
}

void AnnounceDataset(const NamedDataset& dataset) {
  std::cerr << "dataset " << dataset.name << ", sha256 " << dataset.sha256
            << ", " << dataset.num_samples << " samples, "
            << dataset.data.num_all_features() << " features";
  if (dataset.data.num_absent_features > 0) {
    std::cerr << ", of which " << dataset.data.num_features << " occur";
  }
  std::cerr << "\n";
  for (const std::string& line : DatasetNotice(dataset.name)) {
    std::cerr << line << "\n";
  }
}

std::string CertificateWarning(const Problem& problem,
                               absl::Span<const double> epsilons) {
  if (epsilons.empty()) return "";
  const double smallest = *std::min_element(epsilons.begin(), epsilons.end());
  const double bound = problem.optimum.error_bound;
  if (!(bound > smallest)) return "";
  return absl::StrCat("f* = ", ShortestText(problem.optimum.value), " of ",
                      problem.dataset, " may be ", ShortestText(bound),
                      " above the minimum, which is more than epsilon = ",
                      ShortestText(smallest), ": T(epsilon) is uncertain");
}

void WarnOfCertificate(const Problem& problem,
                       absl::Span<const double> epsilons) {
  const std::string warning = CertificateWarning(problem, epsilons);
  if (!warning.empty()) std::cerr << "warning: " << warning << "\n";
}

absl::StatusOr<Problem> MakeProblem(NamedDataset dataset,
                                    std::optional<double> lambda) {
  dataset.num_samples = dataset.data.num_samples();
  AnnounceDataset(dataset);
  ASSIGN_OR_RETURN(Problem problem,
                   MakeUnsolvedProblem(std::move(dataset), lambda));
  RETURN_IF_ERROR(SolveProblem(problem));
  return problem;
}

absl::StatusOr<Problem> WithRegularization(const Problem& problem,
                                           double lambda) {
  Problem other = problem;
  ASSIGN_OR_RETURN(other.objective,
                   MakeLogisticRegression(problem.objective.data, lambda));
  RETURN_IF_ERROR(SolveProblem(other));
  return other;
}

absl::StatusOr<Problem> OpenProblem(const std::string& dataset, int index_base,
                                    std::optional<double> lambda) {
  ASSIGN_OR_RETURN(NamedDataset opened,
                   OpenDataset(dataset, DataEnvironment::FromProcess(),
                               /*shard=*/{}, index_base));
  return MakeProblem(std::move(opened), lambda);
}

}  // namespace local_sgd
