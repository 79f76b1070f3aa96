// The rows of a dataset with repeats merged: f sums over samples, so equal rows
// need one evaluation and two counts.

#ifndef LIB_OBJECTIVE_DISTINCT_ROWS_H_
#define LIB_OBJECTIVE_DISTINCT_ROWS_H_

#include <cstdint>
#include <vector>

#include "lib/dataset/sparse_dataset.h"

namespace local_sgd {

// m rows in compressed form, shortest first, then in lexicographic order: an
// order that depends on the set of samples only.
struct DistinctRows {
  std::vector<int64_t> row_begin = {0};  // m + 1 entries
  std::vector<int32_t> columns;
  std::vector<double> values;
  std::vector<double> positives;  // m counts of samples with label +1
  std::vector<double> negatives;  // m counts of samples with label -1

  int64_t num_rows() const { return static_cast<int64_t>(positives.size()); }
};

DistinctRows MergeRows(const SparseDataset& data);

}  // namespace local_sgd

#endif  // LIB_OBJECTIVE_DISTINCT_ROWS_H_
