// The part of a dataset that one rank of a cluster keeps when no machine holds
// all of it.

#ifndef LIB_DATASET_SHARD_H_
#define LIB_DATASET_SHARD_H_

#include <cstdint>

#include "lib/dataset/sparse_dataset.h"

namespace local_sgd {

// Samples i (from 0) with i mod count = index.
struct Shard {
  int64_t index = 0;
  int64_t count = 1;

  bool Keeps(int64_t i) const { return i % count == index; }
};

// Those samples of `data`, in their order; d and the columns stay, also those
// that only other samples have.
inline SparseDataset SamplesOfShard(const SparseDataset& data, Shard shard) {
  SparseDataset kept;
  kept.num_features = data.num_features;
  kept.num_absent_features = data.num_absent_features;
  kept.feature_of_column = data.feature_of_column;
  for (int64_t i = shard.index; i < data.num_samples(); i += shard.count) {
    const int64_t begin = data.row_begin[i];
    const int64_t end = data.row_begin[i + 1];
    kept.columns.insert(kept.columns.end(), data.columns.begin() + begin,
                        data.columns.begin() + end);
    kept.values.insert(kept.values.end(), data.values.begin() + begin,
                       data.values.begin() + end);
    kept.row_begin.push_back(kept.num_nonzeros());
    kept.labels.push_back(data.labels[i]);
  }
  return kept;
}

}  // namespace local_sgd

#endif  // LIB_DATASET_SHARD_H_
