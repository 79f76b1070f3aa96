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
#include "lib/dataset/sparse_dataset.h"
#include "lib/math/compensated_sum.h"
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

// g_i, the factor of a_i in sample i's gradient of the loss.
std::vector<double> LossSlopes(const SparseDataset& data,
                               absl::Span<const double> x) {
  std::vector<double> slopes(data.num_samples());
  for (int64_t i = 0; i < data.num_samples(); ++i) {
    double inner = 0.0;
    for (int64_t p = data.row_begin[i]; p < data.row_begin[i + 1]; ++p) {
      inner += data.values[p] * x[data.columns[p]];
    }
    slopes[i] = -data.labels[i] * LogisticSlope(data.labels[i] * inner);
  }
  return slopes;
}

// Calls entry(j, g_i a_ij) for each entry of the data, row by row.
template <class Entry>
void ForEachEntry(const SparseDataset& data, const std::vector<double>& slopes,
                  const Entry& entry) {
  for (int64_t i = 0; i < data.num_samples(); ++i) {
    for (int64_t p = data.row_begin[i]; p < data.row_begin[i + 1]; ++p) {
      entry(data.columns[p], slopes[i] * data.values[p]);
    }
  }
}

// The means over all samples of g_i a_ij, one for each column j, as sums
// mean + rest of two numbers each: equal samples deviate from a rounded mean by
// that rounding, which may be more than a small variance.
struct ColumnMeans {
  std::vector<double> mean;
  std::vector<double> rest;
  std::vector<double> entries;  // of the column in the data
  double largest = 0.0;         // |g_i a_ij| of all
};

ColumnMeans MeansOf(const SparseDataset& data,
                    const std::vector<double>& slopes) {
  const double n = static_cast<double>(data.num_samples());
  ColumnMeans means;
  means.mean.resize(data.num_features);
  means.rest.resize(data.num_features);
  means.entries.resize(data.num_features);
  ForEachEntry(data, slopes, [&](int64_t j, double v) {
    means.mean[j] += v;
    means.entries[j] += 1.0;
    means.largest = std::max(means.largest, std::abs(v));
  });
  for (double& mean : means.mean) mean /= n;
  std::vector<double> errors(data.num_features);
  ForEachEntry(data, slopes, [&](int64_t j, double v) {
    AddCompensated(v - means.mean[j], means.rest[j], errors[j]);
  });
  for (int64_t j = 0; j < data.num_features; ++j) {
    means.rest[j] =
        (means.rest[j] - (n - means.entries[j]) * means.mean[j]) / n;
  }
  return means;
}

// sum of weight v^2, of which every 256 terms are compensated for, for |v| of
// about `largest` at the most: in units of a power of two near it, so that no
// square overflows and only those that do not count underflow.
class SumOfSquares {
 public:
  explicit SumOfSquares(double largest)
      : exponent_(largest > 0.0 && std::isfinite(largest)
                      ? std::max(std::ilogb(largest), -1022)
                      : 0),
        unit_(std::ldexp(1.0, -exponent_)) {}

  void Add(double v, double weight) {
    const double scaled = v * unit_;
    part_ += weight * (scaled * scaled);
    if (++terms_ % 256 == 0) EndPart();
  }
  double Over(double divisor) {
    EndPart();
    return std::ldexp(sum_ / divisor, 2 * exponent_);
  }

 private:
  void EndPart() {
    AddCompensated(part_, sum_, error_);
    part_ = 0.0;
  }

  int exponent_;
  double unit_;
  int64_t terms_ = 0;
  double part_ = 0.0;
  double sum_ = 0.0;
  double error_ = 0.0;
};

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
          absl::StrCat("the smoothness constant L, or its square, overflows: ",
                       OverflowCause(problem)));
    }
    const auto coordinates = tridiagonal.eigenvectors().col(m - 1);
    const double residual = beta * std::abs(coordinates(m - 1));
    if (residual <= kRelativeResidual * largest || m == d) {
      Curvature curvature;
      curvature.smoothness = largest;
      curvature.strong_convexity = problem.lambda;
      curvature.condition_number = largest / problem.lambda;
      if (!std::isfinite(curvature.condition_number)) {
        return absl::InvalidArgumentError(
            absl::StrCat("the condition number L/mu overflows: L = ", largest,
                         ", mu = lambda = ", problem.lambda));
      }
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
  // grad f_i(x) = g_i a_i + lambda x with g_i = -y_i sigma(-y_i <a_i, x>). The
  // ridge is the same for every sample, so the variance is that of the vectors
  // v_i = g_i a_i, for each column the mean square of v_ij - m_j, of which the
  // samples without the column have -m_j. No sum has terms of both signs that
  // are large against it, and no square leaves the range of a double.
  const SparseDataset& data = problem.data;
  const double n = static_cast<double>(data.num_samples());
  const std::vector<double> slopes = LossSlopes(data, x);
  const ColumnMeans means = MeansOf(data, slopes);
  SumOfSquares deviations(means.largest);
  ForEachEntry(data, slopes, [&](int64_t j, double v) {
    deviations.Add((v - means.mean[j]) - means.rest[j], 1.0);
  });
  std::vector<double> gradient(x.size());
  double largest_gradient = 0.0;
  for (int64_t j = 0; j < data.num_features; ++j) {
    deviations.Add(means.mean[j] + means.rest[j], n - means.entries[j]);
    gradient[j] = (means.mean[j] + problem.lambda * x[j]) + means.rest[j];
    largest_gradient = std::max(largest_gradient, std::abs(gradient[j]));
  }
  SumOfSquares squared_gradient(largest_gradient);
  for (const double entry : gradient) squared_gradient.Add(entry, 1.0);
  GradientMoments moments;
  moments.variance = deviations.Over(n);
  moments.second_moment = moments.variance + squared_gradient.Over(1.0);
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
