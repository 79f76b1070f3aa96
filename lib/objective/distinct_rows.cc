#include "lib/objective/distinct_rows.h"

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <vector>

#include "lib/dataset/sparse_dataset.h"

namespace local_sgd {
namespace {

// Three-way comparison of rows i and j: length, columns, values.
int CompareRows(const SparseDataset& data, int64_t i, int64_t j) {
  const int64_t length = data.row_begin[i + 1] - data.row_begin[i];
  const int64_t other_length = data.row_begin[j + 1] - data.row_begin[j];
  if (length != other_length) return length < other_length ? -1 : 1;
  for (int64_t p = 0; p < length; ++p) {
    const int32_t a = data.columns[data.row_begin[i] + p];
    const int32_t b = data.columns[data.row_begin[j] + p];
    if (a != b) return a < b ? -1 : 1;
  }
  for (int64_t p = 0; p < length; ++p) {
    const double a = data.values[data.row_begin[i] + p];
    const double b = data.values[data.row_begin[j] + p];
    if (a != b) return a < b ? -1 : 1;
  }
  return 0;
}

}  // namespace

DistinctRows MergeRows(const SparseDataset& data) {
  std::vector<int64_t> order(data.num_samples());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&data](int64_t i, int64_t j) {
    return CompareRows(data, i, j) < 0;
  });
  DistinctRows merged;
  for (size_t p = 0; p < order.size(); ++p) {
    const int64_t i = order[p];
    if (p == 0 || CompareRows(data, order[p - 1], i) != 0) {
      for (int64_t q = data.row_begin[i]; q < data.row_begin[i + 1]; ++q) {
        merged.columns.push_back(data.columns[q]);
        merged.values.push_back(data.values[q]);
      }
      merged.row_begin.push_back(static_cast<int64_t>(merged.columns.size()));
      merged.positives.push_back(0.0);
      merged.negatives.push_back(0.0);
    }
    (data.labels[i] > 0.0 ? merged.positives : merged.negatives).back() += 1.0;
  }
  return merged;
}

}  // namespace local_sgd
