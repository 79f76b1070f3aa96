// Which features of a dataset occur in a sample, and a column for each of them.

#ifndef LIB_DATASET_OCCURRING_FEATURES_H_
#define LIB_DATASET_OCCURRING_FEATURES_H_

#include <cstdint>

#include "absl/container/flat_hash_map.h"
#include "lib/dataset/sparse_dataset.h"

namespace local_sgd {

// A set of features that grows one by one. Time and memory are those of the
// features in it, whatever the largest of them is; a feature in the same block
// of 64 as the one before costs no look-up.
class OccurringFeatures {
 public:
  OccurringFeatures() = default;
  OccurringFeatures(const OccurringFeatures&) = delete;
  OccurringFeatures& operator=(const OccurringFeatures&) = delete;

  // `feature` occurs; nothing new if it did before.
  void Add(int32_t feature) {
    const int32_t block = feature / kBlock;
    if (block != last_block_) {
      last_block_ = block;
      last_ = &blocks_[block];
    }
    last_->features |= uint64_t{1} << (feature % kBlock);
  }

  // Turns the columns of `data`, which are features so far and all in the set,
  // into their ranks in it: column j is the j-th feature that occurs. `d`
  // counts the features, those that do not occur included. The set may hold
  // features that `data` lacks, those of other parts of a dataset: all parts
  // get the same columns.
  void NumberColumns(int64_t d, SparseDataset& data);

 private:
  static constexpr int32_t kBlock = 64;

  struct Block {
    uint64_t features = 0;     // bit k for feature kBlock * block + k
    int32_t first_column = 0;  // of its lowest feature, once numbered
  };

  absl::flat_hash_map<int32_t, Block> blocks_;
  int32_t last_block_ = -1;
  Block* last_ = nullptr;  // that block's; no other was added since
};

}  // namespace local_sgd

#endif  // LIB_DATASET_OCCURRING_FEATURES_H_
