// The samples laid out for the inner loop of a stochastic gradient step.

#ifndef LIB_SOLVER_STEP_ROWS_H_
#define LIB_SOLVER_STEP_ROWS_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "lib/dataset/sparse_dataset.h"

namespace local_sgd {

// Row i holds columns (and values) [begin[i], begin[i + 1]).
struct StepRows {
  int64_t num_features = 0;  // d
  std::vector<uint32_t> begin;
  std::vector<uint32_t> columns;
  std::vector<double> values;  // empty when every value is 1
  std::vector<double> labels;  // -1 or +1
  double mean_length = 0.0;    // nonzeros per row

  int64_t num_rows() const { return static_cast<int64_t>(labels.size()); }
};

// InvalidArgument when the data have 2^32 nonzeros or more.
absl::StatusOr<StepRows> MakeStepRows(const SparseDataset& data);

}  // namespace local_sgd

#endif  // LIB_SOLVER_STEP_ROWS_H_
