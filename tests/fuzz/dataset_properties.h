// What holds of every dataset that a reader returns.

#ifndef TESTS_FUZZ_DATASET_PROPERTIES_H_
#define TESTS_FUZZ_DATASET_PROPERTIES_H_

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "lib/dataset/sparse_dataset.h"
#include "tests/fuzz/fuzz_target.h"

namespace local_sgd {

// The invariants of sparse_dataset.h, both classes, a nonzero, no stored zero,
// and columns for just the features that occur.
inline void RequireValid(const SparseDataset& data) {
  const auto n = static_cast<size_t>(data.num_samples());
  Require(data.row_begin.size() == n + 1 && data.row_begin.front() == 0 &&
              data.row_begin.back() == data.num_nonzeros() &&
              data.values.size() == data.columns.size(),
          "rows that span the nonzeros");
  std::vector<bool> occurs(data.num_features, false);
  bool positive = false, negative = false;
  for (size_t row = 0; row < n; ++row) {
    const double label = data.labels[row];
    Require(label == 1 || label == -1, "labels of -1 and +1");
    (label > 0 ? positive : negative) = true;
    Require(data.row_begin[row] <= data.row_begin[row + 1], "rows in order");
    int32_t previous = -1;
    for (int64_t k = data.row_begin[row]; k < data.row_begin[row + 1]; ++k) {
      Require(data.columns[k] > previous, "ascending columns in a row");
      previous = data.columns[k];
      Require(previous < data.num_features, "columns below their number");
      occurs[previous] = true;
      Require(std::isfinite(data.values[k]) && data.values[k] != 0,
              "finite values, no zeros");
    }
  }
  Require(positive && negative, "two classes");
  Require(data.num_features >= 1, "at least one feature");
  Require(std::find(occurs.begin(), occurs.end(), false) == occurs.end(),
          "columns that occur");
  const std::vector<int32_t>& features = data.feature_of_column;
  Require(data.num_absent_features >= 0, "d of all features");
  if (features.empty()) return;
  Require(static_cast<int64_t>(features.size()) == data.num_features &&
              features.front() >= 0 &&
              features.back() < data.num_all_features() &&
              features.back() >= data.num_features,
          "a feature for each column");
  Require(std::adjacent_find(features.begin(), features.end(),
                             std::greater_equal<>()) == features.end(),
          "ascending features");
}

// Bit for bit.
inline void RequireSame(const SparseDataset& a, const SparseDataset& b) {
  bool same = a.num_features == b.num_features &&
              a.num_absent_features == b.num_absent_features &&
              a.feature_of_column == b.feature_of_column &&
              a.labels == b.labels && a.row_begin == b.row_begin &&
              a.columns == b.columns && a.values.size() == b.values.size();
  for (size_t k = 0; same && k < a.values.size(); ++k) {
    same = std::bit_cast<uint64_t>(a.values[k]) ==
           std::bit_cast<uint64_t>(b.values[k]);
  }
  Require(same, "the same dataset");
}

}  // namespace local_sgd

#endif  // TESTS_FUZZ_DATASET_PROPERTIES_H_
