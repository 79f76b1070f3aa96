// Algorithm 2 as one would write it on a blackboard: dense vectors, every
// iterate formed, every average summed, every step that is in xbar remembered
// by itself. A test says who steps, adds and reads when.

#ifndef TESTS_SOLVER_DENSE_ASYNC_SGD_H_
#define TESTS_SOLVER_DENSE_ASYNC_SGD_H_

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

#include "Eigen/Core"
#include "lib/dataset/sparse_dataset.h"
#include "lib/solver/local_sgd.h"
#include "lib/solver/sample_stream.h"
#include "lib/theory/averaging_weights.h"

namespace local_sgd {

class DenseAsyncSgd {
 public:
  DenseAsyncSgd(const SparseDataset& data, double lambda,
                const LocalSgdOptions& options)
      : data_(data),
        lambda_(lambda),
        options_(options),
        xbar_(Eigen::VectorXd::Zero(data.num_features)),
        workers_(options.workers) {
    for (Worker& worker : workers_) {
      worker.x = worker.read = xbar_;
      worker.seen.assign(options.workers, 0);
      for (Eigen::VectorXd& sum : worker.sums) sum = xbar_;
    }
    for (int64_t i = 0; i < data.num_samples(); ++i) {
      rows_.push_back(Eigen::VectorXd::Zero(data.num_features));
      for (int64_t p = data.row_begin[i]; p < data.row_begin[i + 1]; ++p) {
        rows_[i](data.columns[p]) = data.values[p];
      }
    }
  }

  int64_t iteration(int64_t k) const {
    return static_cast<int64_t>(workers_[k].is_added.size());
  }
  int64_t local_steps() const {
    int64_t sum = 0;
    for (const Worker& worker : workers_) {
      sum += static_cast<int64_t>(worker.is_added.size());
    }
    return sum;
  }

  void Step(int64_t k) {
    Worker& worker = workers_[k];
    const int64_t t = iteration(k);
    const int64_t b = options_.batch;
    const std::array<double, kNumAverages> weights =
        AveragingWeights(options_.averaging_shift, t);
    for (int q = 0; q < kNumAverages; ++q) {
      worker.sums[q] += weights[q] * worker.x;
      weight_sums_[q] += weights[q];
    }
    std::vector<uint32_t> drawn(b);
    DrawRows(options_.seed, k, t * b, b, data_.num_samples(), drawn.data());
    Eigen::VectorXd gradient = lambda_ * worker.x;
    for (const uint32_t i : drawn) {
      const double y = data_.labels[i];
      gradient -=
          y / (1.0 + std::exp(y * rows_[i].dot(worker.x))) / b * rows_[i];
    }
    worker.x -= options_.step_size(t) * gradient;
    worker.is_added.push_back(false);
  }

  void Add(int64_t k) {
    Worker& worker = workers_[k];
    int64_t foreign = 0;
    for (int64_t h = 0; h < options_.workers; ++h) {
      const std::vector<bool>& added = workers_[h].is_added;
      const int64_t now = std::count(added.begin(), added.end(), true);
      if (h != k) foreign += now - worker.seen[h];
    }
    foreign_steps.push_back(foreign);
    xbar_ += (worker.x - worker.read) / options_.workers;
    std::fill(worker.is_added.begin(), worker.is_added.end(), true);
  }

  void Read(int64_t k) {
    Worker& worker = workers_[k];
    int64_t tau = 0;
    for (int64_t h = 0; h < options_.workers; ++h) {
      const std::vector<bool>& added = workers_[h].is_added;
      const auto first_missing = std::find(added.begin(), added.end(), false);
      tau = std::max<int64_t>(tau,
                              iteration(k) - (first_missing - added.begin()));
      worker.seen[h] = std::count(added.begin(), added.end(), true);
    }
    taus.push_back(tau);
    worker.x = worker.read = xbar_;
  }

  // xbar and the three averages; zero before the first step.
  std::array<Eigen::VectorXd, 4> Iterates() const {
    std::array<Eigen::VectorXd, 4> result;
    result.fill(Eigen::VectorXd::Zero(xbar_.size()));
    result[0] = xbar_;
    for (const Worker& worker : workers_) {
      for (int q = 0; q < kNumAverages; ++q) {
        if (weight_sums_[q] > 0.0) {
          result[1 + q] += worker.sums[q] / weight_sums_[q];
        }
      }
    }
    return result;
  }

  // The largest difference of any entry of `points` (4 d entries, entry j of
  // iterate q at 4 j + q) from Iterates(), relative to the largest entry of
  // that iterate or 1.
  double LargestError(const std::vector<double>& points) const {
    const std::array<Eigen::VectorXd, 4> dense = Iterates();
    double error = 0.0;
    for (int q = 0; q < 4; ++q) {
      const double largest = std::max(1.0, dense[q].lpNorm<Eigen::Infinity>());
      for (int64_t j = 0; j < xbar_.size(); ++j) {
        const double difference =
            std::abs(points[4 * j + q] - dense[q](j)) / largest;
        // Not std::max, which would lose a NaN.
        if (!(difference <= error)) error = difference;
      }
    }
    return error;
  }

  // In the order in which they happened.
  std::vector<int64_t> taus;
  std::vector<int64_t> foreign_steps;

 private:
  struct Worker {
    Eigen::VectorXd x;
    Eigen::VectorXd read;
    std::array<Eigen::VectorXd, kNumAverages> sums;
    std::vector<bool> is_added;  // of each step taken
    std::vector<int64_t> seen;   // of each worker, steps added at the read
  };

  const SparseDataset& data_;
  const double lambda_;
  const LocalSgdOptions options_;
  Eigen::VectorXd xbar_;
  std::vector<Worker> workers_;
  std::vector<Eigen::VectorXd> rows_;
  std::array<double, kNumAverages> weight_sums_ = {};
};

}  // namespace local_sgd

#endif  // TESTS_SOLVER_DENSE_ASYNC_SGD_H_
