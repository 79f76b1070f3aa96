// Labelled samples in compressed sparse rows: what every reader and generator
// of data produces and every objective consumes.

#ifndef LIB_DATASET_SPARSE_DATASET_H_
#define LIB_DATASET_SPARSE_DATASET_H_

#include <cstdint>
#include <vector>

namespace local_sgd {

// n samples a_i in R^d with labels y_i. Row i holds columns and values
// [row_begin[i], row_begin[i + 1]); a row may be empty.
//
// A feature that no sample has needs no column: what is learnt about it stays
// 0. Readers leave such features out, so that vectors have an entry for each
// column, and time and memory follow from the nonzeros and not from d. Columns
// keep the order of the features, so that no sum changes.
struct SparseDataset {
  int64_t num_features = 0;              // those that have a column
  std::vector<double> labels;            // n entries, each -1 or +1
  std::vector<int64_t> row_begin = {0};  // n + 1 entries, from 0 to nonzeros
  std::vector<int32_t> columns;  // below num_features, ascending in a row
  std::vector<double> values;    // finite, one for each column entry

  int64_t num_absent_features = 0;  // those that have none
  // The feature, in [0, d), of each column, ascending; empty where column j is
  // feature j.
  std::vector<int32_t> feature_of_column;

  int64_t num_samples() const { return static_cast<int64_t>(labels.size()); }
  int64_t num_nonzeros() const { return static_cast<int64_t>(columns.size()); }
  // d, whether a sample has them or not.
  int64_t num_all_features() const {
    return num_features + num_absent_features;
  }
  int32_t feature(int32_t column) const {
    return feature_of_column.empty() ? column : feature_of_column[column];
  }
};

}  // namespace local_sgd

#endif  // LIB_DATASET_SPARSE_DATASET_H_
