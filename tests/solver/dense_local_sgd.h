// Algorithm 1 as one would write it on a blackboard: dense vectors, every
// iterate formed, every average summed. The sparse solver must agree with it.

#ifndef TESTS_SOLVER_DENSE_LOCAL_SGD_H_
#define TESTS_SOLVER_DENSE_LOCAL_SGD_H_

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

#include "Eigen/Core"
#include "lib/dataset/sparse_dataset.h"
#include "lib/solver/local_sgd.h"
#include "lib/solver/sample_stream.h"
#include "lib/solver/step_rows.h"
#include "lib/theory/averaging_weights.h"
#include "lib/theory/synchronisation_set.h"

namespace local_sgd {

// The mean over workers of x_T and of the three averages over t < T, in this
// order.
template <class Scalar>
std::array<Eigen::Matrix<Scalar, Eigen::Dynamic, 1>, 4> DenseLocalSgd(
    const SparseDataset& data, Scalar lambda, const LocalSgdOptions& options,
    int64_t T) {
  using Vector = Eigen::Matrix<Scalar, Eigen::Dynamic, 1>;
  const int64_t n = data.num_samples();
  const int64_t d = data.num_features;
  const int64_t K = options.workers;
  const int64_t b = options.batch;
  std::vector<Vector> rows(n, Vector::Zero(d));
  for (int64_t i = 0; i < n; ++i) {
    for (int64_t p = data.row_begin[i]; p < data.row_begin[i + 1]; ++p) {
      rows[i](data.columns[p]) = data.values[p];
    }
  }
  std::vector<Vector> x(K, Vector::Zero(d));
  std::array<Vector, kNumAverages> sums = {Vector::Zero(d), Vector::Zero(d),
                                           Vector::Zero(d)};
  std::array<Scalar, kNumAverages> weight_sums = {};
  std::vector<uint32_t> drawn(b);
  Vector gradient(d);
  int64_t next = NextSynchronisation(options.synchronisation, 0);
  for (int64_t t = 0; t < T; ++t) {
    const Scalar a = options.averaging_shift;
    const std::array<Scalar, kNumAverages> weights = {
        1, static_cast<Scalar>(t + 1), (a + t) * (a + t)};
    for (int q = 0; q < kNumAverages; ++q) weight_sums[q] += weights[q];
    for (int64_t k = 0; k < K; ++k) {
      for (int q = 0; q < kNumAverages; ++q) sums[q] += weights[q] * x[k];
      DrawRows(options.seed, k, t * b, b, n, drawn.data());
      gradient = lambda * x[k];
      for (const uint32_t i : drawn) {
        const Scalar y = data.labels[i];
        gradient -= y / (1 + std::exp(y * rows[i].dot(x[k]))) / b * rows[i];
      }
      x[k] -= static_cast<Scalar>(options.step_size(t)) * gradient;
    }
    if (t + 1 == next) {
      Vector mean = Vector::Zero(d);
      for (const Vector& worker : x) mean += worker / K;
      for (Vector& worker : x) worker = mean;
      next = NextSynchronisation(options.synchronisation, next);
    }
  }
  std::array<Vector, 4> result = {Vector::Zero(d), Vector(d), Vector(d),
                                  Vector(d)};
  for (const Vector& worker : x) result[0] += worker / K;
  for (int q = 0; q < kNumAverages; ++q) {
    result[1 + q] = sums[q] / (weight_sums[q] * K);
  }
  return result;
}

// The largest difference of any entry of any of the four iterates from the
// dense ones, relative to the largest entry of that iterate or 1.
template <class Scalar>
double LargestError(const SparseDataset& data, double lambda,
                    const LocalSgdOptions& options, int64_t T) {
  const StepRows rows = MakeStepRows(data).value();
  LocalSgd algorithm(rows, lambda, options);
  algorithm.AdvanceTo(T);
  const std::vector<double> sparse = algorithm.MeanIterates();
  const auto dense = DenseLocalSgd<Scalar>(data, lambda, options, T);
  double error = 0.0;
  for (int q = 0; q < 4; ++q) {
    double largest = 1.0;
    for (int64_t j = 0; j < data.num_features; ++j) {
      largest = std::max(largest, std::abs(static_cast<double>(dense[q](j))));
    }
    for (int64_t j = 0; j < data.num_features; ++j) {
      const double difference =
          std::abs(sparse[4 * j + q] - static_cast<double>(dense[q](j)));
      // Not std::max, which would lose a NaN.
      if (!(difference / largest <= error)) error = difference / largest;
    }
  }
  return error;
}

}  // namespace local_sgd

#endif  // TESTS_SOLVER_DENSE_LOCAL_SGD_H_
