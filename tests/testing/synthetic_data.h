// Small random datasets for tests, the same on every machine.

#ifndef TESTS_TESTING_SYNTHETIC_DATA_H_
#define TESTS_TESTING_SYNTHETIC_DATA_H_

#include <cstdint>
#include <random>

#include "lib/dataset/sparse_dataset.h"

namespace local_sgd {

struct SyntheticOptions {
  int64_t samples = 50;
  int64_t features = 12;
  double density = 0.3;
  bool unit_values = false;  // all values 1, else uniform on [-1, 1]
  uint64_t seed = 1;
};

// Labels -1 or +1 with equal probability (both occur); some rows are empty,
// some repeat.
inline SparseDataset MakeSyntheticData(const SyntheticOptions& options) {
  std::mt19937_64 random(options.seed);
  const auto uniform = [&random] {
    return static_cast<double>(random() >> 11) * 0x1p-53;
  };
  SparseDataset data;
  data.num_features = options.features;
  for (int64_t i = 0; i < options.samples; ++i) {
    data.labels.push_back(i == 0            ? 1.0
                          : i == 1          ? -1.0
                          : uniform() < 0.5 ? -1.0
                                            : 1.0);
    if (i % 7 == 6) {  // repeats the row before
      const int64_t begin = data.row_begin[i - 1];
      const int64_t end = data.row_begin[i];
      for (int64_t p = begin; p < end; ++p) {
        data.columns.push_back(data.columns[p]);
        data.values.push_back(data.values[p]);
      }
    } else if (i % 11 != 10) {  // else empty
      for (int64_t j = 0; j < options.features; ++j) {
        if (uniform() >= options.density) continue;
        data.columns.push_back(static_cast<int32_t>(j));
        data.values.push_back(options.unit_values ? 1.0
                                                  : 2.0 * uniform() - 1.0);
      }
    }
    data.row_begin.push_back(static_cast<int64_t>(data.columns.size()));
  }
  return data;
}

}  // namespace local_sgd

#endif  // TESTS_TESTING_SYNTHETIC_DATA_H_
