// Labelled samples in compressed sparse rows: what every reader and generator
// of data produces and every objective consumes.

#ifndef LIB_DATASET_SPARSE_DATASET_H_
#define LIB_DATASET_SPARSE_DATASET_H_

#include <cstdint>
#include <vector>

namespace local_sgd {

// n samples a_i in R^d with labels y_i. Row i holds columns and values
// [row_begin[i], row_begin[i + 1]); a row may be empty.
struct SparseDataset {
  int64_t num_features = 0;              // d
  std::vector<double> labels;            // n entries, each -1 or +1
  std::vector<int64_t> row_begin = {0};  // n + 1 entries, from 0 to nonzeros
  std::vector<int32_t> columns;  // in [0, d), strictly ascending in a row
  std::vector<double> values;    // finite, one for each column entry

  int64_t num_samples() const { return static_cast<int64_t>(labels.size()); }
  int64_t num_nonzeros() const { return static_cast<int64_t>(columns.size()); }
};

}  // namespace local_sgd

#endif  // LIB_DATASET_SPARSE_DATASET_H_
