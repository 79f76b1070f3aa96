#include "data/surrogate_quality.h"

#include <algorithm>
#include <cmath>

#include "Eigen/Cholesky"
#include "Eigen/Eigenvalues"

namespace local_sgd {
namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;

// <a_i, x>
double Product(const SparseDataset& data, int64_t i, const VectorXd& x) {
  double sum = 0;
  for (int64_t e = data.row_begin[i]; e < data.row_begin[i + 1]; ++e) {
    sum += data.values[e] * x[data.columns[e]];
  }
  return sum;
}

// Lower triangle of sum_i weights[i] a_i a_i'.
MatrixXd WeightedGram(const SparseDataset& data, const VectorXd& weights) {
  MatrixXd gram = MatrixXd::Zero(data.num_features, data.num_features);
  for (int64_t i = 0; i < data.num_samples(); ++i) {
    for (int64_t e = data.row_begin[i]; e < data.row_begin[i + 1]; ++e) {
      const double scale = weights[i] * data.values[e];
      for (int64_t r = e; r < data.row_begin[i + 1]; ++r) {
        gram(data.columns[r], data.columns[e]) += scale * data.values[r];
      }
    }
  }
  return gram;
}

double Value(const SparseDataset& data, const VectorXd& x) {
  const double n = static_cast<double>(data.num_samples());
  double sum = 0;
  for (int64_t i = 0; i < data.num_samples(); ++i) {
    const double margin = data.labels[i] * Product(data, i, x);
    sum += std::log1p(std::exp(-std::abs(margin))) + std::max(0.0, -margin);
  }
  return sum / n + x.squaredNorm() / (2 * n);
}

// Derivative of log(1 + exp(-y z)) in z = <a_i, x>.
VectorXd Slopes(const SparseDataset& data, const VectorXd& x) {
  VectorXd slopes(data.num_samples());
  for (int64_t i = 0; i < data.num_samples(); ++i) {
    const double y = data.labels[i];
    slopes[i] = -y / (1 + std::exp(y * Product(data, i, x)));
  }
  return slopes;
}

// Newton's method with backtracking, until it stops reducing f.
VectorXd Minimize(const SparseDataset& data) {
  const double n = static_cast<double>(data.num_samples());
  VectorXd x = VectorXd::Zero(data.num_features);
  double value = Value(data, x);
  while (true) {
    const VectorXd slopes = Slopes(data, x);
    VectorXd gradient = x / n;
    VectorXd curvatures(data.num_samples());
    for (int64_t i = 0; i < data.num_samples(); ++i) {
      const double q = std::abs(slopes[i]);
      curvatures[i] = q * (1 - q) / n;
      for (int64_t e = data.row_begin[i]; e < data.row_begin[i + 1]; ++e) {
        gradient[data.columns[e]] += slopes[i] * data.values[e] / n;
      }
    }
    MatrixXd hessian = WeightedGram(data, curvatures);
    hessian.diagonal().array() += 1 / n;
    const VectorXd step = hessian.llt().solve(gradient);
    double length = 1;
    double next = Value(data, x - step);
    while (next >= value && length > 1e-3) {
      length /= 2;
      next = Value(data, x - length * step);
    }
    if (next >= value) return x;
    x -= length * step;
    value = next;
  }
}

}  // namespace

SurrogateQuality MeasureQuality(const SparseDataset& data) {
  const int64_t samples = data.num_samples();
  const double n = static_cast<double>(samples);
  SurrogateQuality quality;
  quality.nonzeros = data.num_nonzeros();
  for (const int32_t column : data.columns) {
    quality.largest_feature =
        std::max<int64_t>(quality.largest_feature, column + 1);
  }
  for (int64_t i = 0; i < samples; ++i) {
    quality.positives += data.labels[i] > 0 ? 1 : 0;
    quality.empty_rows += data.row_begin[i] == data.row_begin[i + 1] ? 1 : 0;
  }

  const MatrixXd gram = WeightedGram(data, VectorXd::Ones(samples));
  const Eigen::SelfAdjointEigenSolver<MatrixXd> solver(gram,
                                                       Eigen::EigenvaluesOnly);
  quality.smoothness = solver.eigenvalues().maxCoeff() / (4 * n) + 1 / n;

  const VectorXd x = Minimize(data);
  quality.optimal_point = x;
  quality.optimal_value = Value(data, x);

  // grad f_i = slope a_i + x/n.
  const VectorXd slopes = Slopes(data, x);
  double sum = 0;
  for (int64_t i = 0; i < samples; ++i) {
    double squares = 0;
    for (int64_t e = data.row_begin[i]; e < data.row_begin[i + 1]; ++e) {
      squares += data.values[e] * data.values[e];
    }
    sum += slopes[i] * slopes[i] * squares +
           2 * slopes[i] * Product(data, i, x) / n;
  }
  quality.second_moment_at_optimum = sum / n + x.squaredNorm() / (n * n);
  return quality;
}

}  // namespace local_sgd
