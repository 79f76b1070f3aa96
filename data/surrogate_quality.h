// What a stand-in for w8a has to share with it, measured by a short dense
// computation that uses nothing of lib/objective: the fit steers by it, and the
// test of the committed model checks with it independently.

#ifndef DATA_SURROGATE_QUALITY_H_
#define DATA_SURROGATE_QUALITY_H_

#include <cstdint>

#include "Eigen/Core"
#include "lib/dataset/sparse_dataset.h"

namespace local_sgd {

// Of logistic regression without intercept, lambda = 1/n.
struct SurrogateQuality {
  int64_t largest_feature = 0;  // largest index that occurs, counted from 1
  int64_t nonzeros = 0;
  int64_t positives = 0;
  int64_t empty_rows = 0;
  double smoothness = 0;                // L = lambda_max(A'A)/(4n) + lambda
  double optimal_value = 0;             // f*
  Eigen::VectorXd optimal_point;        // x*, d entries
  double second_moment_at_optimum = 0;  // mean_i |grad f_i(x*)|^2
};

SurrogateQuality MeasureQuality(const SparseDataset& data);

}  // namespace local_sgd

#endif  // DATA_SURROGATE_QUALITY_H_
