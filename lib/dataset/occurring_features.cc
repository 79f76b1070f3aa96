#include "lib/dataset/occurring_features.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <utility>
#include <vector>

#include "lib/dataset/sparse_dataset.h"

namespace local_sgd {

void OccurringFeatures::NumberColumns(int64_t d, SparseDataset& data) {
  std::vector<int32_t> order;
  order.reserve(blocks_.size());
  for (const auto& [number, block] : blocks_) order.push_back(number);
  std::sort(order.begin(), order.end());
  std::vector<int32_t> features;
  for (const int32_t number : order) {
    Block& block = blocks_[number];
    block.first_column = static_cast<int32_t>(features.size());
    for (uint64_t left = block.features; left != 0; left &= left - 1) {
      features.push_back(number * kBlock + std::countr_zero(left));
    }
  }
  data.num_features = static_cast<int64_t>(features.size());
  data.num_absent_features = d - data.num_features;
  data.feature_of_column.clear();
  if (features.empty() || features.back() + 1 == data.num_features) return;
  for (int32_t& column : data.columns) {
    const Block& block = blocks_[column / kBlock];
    const uint64_t below = (uint64_t{1} << (column % kBlock)) - 1;
    column = block.first_column + std::popcount(block.features & below);
  }
  data.feature_of_column = std::move(features);
}

}  // namespace local_sgd
