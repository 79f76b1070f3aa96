#include "lib/objective/problem_constants.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include "Eigen/Core"
#include "Eigen/Eigenvalues"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "lib/objective/logistic_loss.h"
#include "lib/objective/logistic_regression.h"
#include "lib/objective/vector_operations.h"

namespace local_sgd {
namespace {

// A unit vector without structure, so that no eigenvector of a real dataset is
// orthogonal to it: entries from the SplitMix64 sequence.
std::vector<double> StartVector(int64_t d) {
  std::vector<double> v(d);
  uint64_t state = 0;
  for (double& entry : v) {
    state += 0x9e3779b97f4a7c15u;
    uint64_t z = state;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    entry = 0.5 + static_cast<double>((z ^ (z >> 31)) >> 11) * 0x1.0p-53;
  }
  const double norm = std::sqrt(SquaredNorm(v));
  for (double& entry : v) entry /= norm;
  return v;
}

}  // namespace

absl::StatusOr<Curvature> ComputeCurvature(const LogisticRegression& problem,
                                           const CurvatureOptions& options) {
  constexpr double kRelativeResidual = 1e-11;
  const int64_t d = problem.num_features();
  // The logistic loss has second derivative at most 1/4.
  std::vector<double> weights(problem.distinct.num_rows());
  for (size_t r = 0; r < weights.size(); ++r) {
    weights[r] =
        0.25 * (problem.distinct.positives[r] + problem.distinct.negatives[r]);
  }
  std::vector<std::vector<double>> basis = {StartVector(d)};
  std::vector<double> diagonal;
  std::vector<double> off_diagonal;
  for (int step = 0; step < options.max_products; ++step) {
    const int64_t m = static_cast<int64_t>(basis.size());
    std::vector<double> w = HessianTimes(problem, weights, basis.back());
    diagonal.push_back(Dot(w, basis.back()));
    for (int pass = 0; pass < 2; ++pass) {
      for (const std::vector<double>& q : basis) AddScaled(-Dot(w, q), q, w);
    }
    const double beta = std::sqrt(SquaredNorm(w));
    Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> tridiagonal;
    tridiagonal.computeFromTridiagonal(
        Eigen::Map<const Eigen::VectorXd>(diagonal.data(), m),
        Eigen::Map<const Eigen::VectorXd>(off_diagonal.data(), m - 1));
    const double largest = tridiagonal.eigenvalues()(m - 1);
    if (!std::isfinite(largest)) {
      return absl::InvalidArgumentError(
          "the smoothness constant L overflows: values of the data are too "
          "large");
    }
    const auto coordinates = tridiagonal.eigenvectors().col(m - 1);
    const double residual = beta * std::abs(coordinates(m - 1));
    if (residual <= kRelativeResidual * largest || m == d) {
      Curvature curvature;
      curvature.smoothness = largest;
      curvature.strong_convexity = problem.lambda;
      curvature.condition_number = largest / problem.lambda;
      return curvature;
    }
    if (m < options.max_basis) {
      for (double& entry : w) entry /= beta;
      off_diagonal.push_back(beta);
      basis.push_back(std::move(w));
      continue;
    }
    // The basis is full: start again from the best vector in it.
    std::vector<double> best(d, 0.0);
    for (int64_t i = 0; i < m; ++i) AddScaled(coordinates(i), basis[i], best);
    const double norm = std::sqrt(SquaredNorm(best));
    for (double& entry : best) entry /= norm;
    basis = {std::move(best)};
    diagonal.clear();
    off_diagonal.clear();
  }
  return absl::InternalError(
      absl::StrCat("Lanczos did not find the smoothness constant L in ",
                   options.max_products, " products"));
}

GradientMoments MomentsAt(const LogisticRegression& problem,
                          absl::Span<const double> x) {
  // grad f_i(x) = g_i a_i + lambda x with g_i = -y_i sigma(-y_i <a_i, x>).
  const SparseDataset& data = problem.data;
  const double ridge_square = problem.lambda * problem.lambda * SquaredNorm(x);
  double sum = 0.0;
  for (int64_t i = 0; i < data.num_samples(); ++i) {
    double inner = 0.0;
    double row_square = 0.0;
    for (int64_t p = data.row_begin[i]; p < data.row_begin[i + 1]; ++p) {
      inner += data.values[p] * x[data.columns[p]];
      row_square += data.values[p] * data.values[p];
    }
    const double g = -data.labels[i] * LogisticSlope(data.labels[i] * inner);
    sum += g * g * row_square + 2.0 * g * problem.lambda * inner + ridge_square;
  }
  GradientMoments moments;
  moments.second_moment = sum / static_cast<double>(data.num_samples());
  moments.variance = moments.second_moment - SquaredNorm(Gradient(problem, x));
  return moments;
}

GradientMoments APrioriMoments(const LogisticRegression& problem) {
  const SparseDataset& data = problem.data;
  std::vector<double> norms(data.num_samples());
  double largest = 0.0;
  for (int64_t i = 0; i < data.num_samples(); ++i) {
    double square = 0.0;
    for (int64_t p = data.row_begin[i]; p < data.row_begin[i + 1]; ++p) {
      square += data.values[p] * data.values[p];
    }
    norms[i] = std::sqrt(square);
    largest = std::max(largest, norms[i]);
  }
  double sum = 0.0;
  for (const double norm : norms) sum += (norm + largest) * (norm + largest);
  const double second_moment = sum / static_cast<double>(data.num_samples());
  return {second_moment, second_moment};
}

}  // namespace local_sgd
