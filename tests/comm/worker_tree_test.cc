#include "lib/comm/worker_tree.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "gtest/gtest.h"

namespace local_sgd {
namespace {

// Sums the numbers of workers [0, K) along the tree, in blocks of `leaf` first.
double TreeSum(std::vector<double> values, int64_t leaf) {
  const int64_t workers = static_cast<int64_t>(values.size());
  const auto merge = [&values](int64_t begin, int64_t right, int64_t) {
    values[begin] += values[right];
  };
  for (int64_t begin = 0; begin < workers; begin += leaf) {
    ForEachMerge(begin, std::min(begin + leaf, workers), 1, merge);
  }
  ForEachMerge(0, workers, leaf, merge);
  return values[0];
}

TEST(WorkerTree, SplitsAtTheLargestPowerOfTwo) {
  EXPECT_EQ(RightChild(0, 2), 1);
  EXPECT_EQ(RightChild(0, 3), 2);
  EXPECT_EQ(RightChild(0, 4), 2);
  EXPECT_EQ(RightChild(0, 5), 4);
  EXPECT_EQ(RightChild(8, 11), 10);
}

TEST(WorkerTree, VisitsEveryInnerNodeOnceChildrenFirst) {
  std::vector<int64_t> nodes;
  ForEachMerge(0, 5, 1, [&nodes](int64_t begin, int64_t right, int64_t end) {
    nodes.insert(nodes.end(), {begin, right, end});
  });
  EXPECT_EQ(nodes, (std::vector<int64_t>{0, 1, 2, 2, 3, 4, 0, 2, 4, 0, 4, 5}));
}

// Numbers whose sum depends on the order of additions.
TEST(WorkerTree, BlocksOfAnySizeGiveTheSameBits) {
  for (const int64_t workers : {1, 2, 3, 7, 8, 11, 32, 33, 100}) {
    std::vector<double> values;
    for (int64_t k = 0; k < workers; ++k) {
      values.push_back(1.0 / (3.0 + k) * (k % 3 == 0 ? 1e10 : 1.0));
    }
    const double whole = TreeSum(values, 1);
    for (const int64_t leaf : {2, 4, 8, 64}) {
      EXPECT_EQ(TreeSum(values, leaf), whole) << workers << " " << leaf;
    }
  }
}

}  // namespace
}  // namespace local_sgd
