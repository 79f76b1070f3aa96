#include "lib/solver/worker_measures.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "lib/check.h"
#include "lib/comm/worker_tree.h"
#include "lib/objective/logistic_loss.h"
#include "lib/objective/logistic_regression.h"
#include "lib/objective/problem_constants.h"
#include "lib/objective/vector_operations.h"
#include "lib/solver/iterates.h"
#include "lib/solver/sample_stream.h"

namespace local_sgd {

std::vector<double> WorkerIterate(const Iterates& iterates, int64_t k) {
  LOCAL_SGD_CHECK(k >= 0 && k < iterates.num_workers);
  std::vector<double> x(iterates.num_features);
  const WorkerColumn* const columns = iterates.worker(k);
  for (int64_t j = 0; j < iterates.num_features; ++j) {
    x[j] = iterates.scale * (iterates.common[j] + columns[j].difference);
  }
  return x;
}

// The common point is no part of x^k - xbar.
double WorkerDrift(const Iterates& iterates) {
  const int64_t K = iterates.num_workers;
  const double inverse = 1.0 / static_cast<double>(K);
  double sum = 0.0;
  for (int64_t j = 0; j < iterates.num_features; ++j) {
    const auto difference = [&](int64_t k) {
      return iterates.worker(k)[j].difference;
    };
    const double mean = inverse * SumOverWorkers(0, K, difference);
    sum += SumOverWorkers(0, K, [&](int64_t k) {
      const double deviation = difference(k) - mean;
      return deviation * deviation;
    });
  }
  return iterates.scale * iterates.scale * inverse * sum;
}

WorkerMoments MomentsAtWorkers(const LogisticRegression& problem,
                               const Iterates& iterates, int64_t workers) {
  LOCAL_SGD_CHECK(workers >= 1 && workers <= iterates.num_workers);
  WorkerMoments moments;
  for (int64_t k = 0; k < workers; ++k) {
    const GradientMoments here = MomentsAt(problem, WorkerIterate(iterates, k));
    moments.largest.variance =
        std::max(moments.largest.variance, here.variance);
    moments.largest.second_moment =
        std::max(moments.largest.second_moment, here.second_moment);
    moments.mean_variance += here.variance / static_cast<double>(workers);
  }
  return moments;
}

// The ridge's part lambda x^k is no part of g - E g, and neither is a worker
// whose samples all have one gradient: rounding is all that it would add.
std::vector<double> AveragedGradientDeviations(
    const LogisticRegression& problem, const Iterates& iterates, int64_t batch,
    uint64_t seed, int64_t first_worker, int64_t draws) {
  LOCAL_SGD_CHECK(first_worker >= kFirstMeasuringWorker && batch >= 1 &&
                  draws >= 1);
  const SparseDataset& data = problem.data;
  const int64_t K = iterates.num_workers;
  const double inverse = 1.0 / static_cast<double>(K);
  std::vector<std::vector<double>> points;
  std::vector<std::vector<uint32_t>> drawn(K);
  std::vector<double> mean(problem.num_features(), 0.0);  // E g
  std::vector<int64_t> varying;
  for (int64_t k = 0; k < K; ++k) {
    points.push_back(WorkerIterate(iterates, k));
    if (MomentsAt(problem, points[k]).variance == 0.0) continue;
    varying.push_back(k);
    AddScaled(inverse, LossGradient(problem, points[k]), mean);
    drawn[k].resize(draws * batch);
    DrawRows(seed, first_worker + k, 0, draws * batch, data.num_samples(),
             drawn[k].data());
  }
  std::vector<double> squares;
  std::vector<double> deviation;
  for (int64_t m = 0; m < draws; ++m) {
    deviation.assign(mean.size(), 0.0);
    AddScaled(-1.0, mean, deviation);
    for (const int64_t k : varying) {
      const std::vector<double>& x = points[k];
      for (int64_t p = m * batch; p < (m + 1) * batch; ++p) {
        const int64_t i = drawn[k][p];
        double inner = 0.0;
        for (int64_t q = data.row_begin[i]; q < data.row_begin[i + 1]; ++q) {
          inner += data.values[q] * x[data.columns[q]];
        }
        const double factor = -inverse * data.labels[i] *
                              LogisticSlope(data.labels[i] * inner) /
                              static_cast<double>(batch);
        for (int64_t q = data.row_begin[i]; q < data.row_begin[i + 1]; ++q) {
          deviation[data.columns[q]] += factor * data.values[q];
        }
      }
    }
    squares.push_back(SquaredNorm(deviation));
  }
  return squares;
}

}  // namespace local_sgd
