#include "lib/comm/rank_plan.h"

#include <bit>
#include <cmath>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "gtest/gtest.h"
#include "lib/comm/exchange.h"
#include "lib/comm/worker_tree.h"
#include "tests/comm/thread_ranks.h"

namespace local_sgd {
namespace {

// A number of worker k whose sums depend on their order.
double ValueOf(int64_t k) { return std::sin(1.0 + 7.0 * k); }

TEST(RankPlan, BlocksCoverAllWorkersOnce) {
  for (int64_t workers = 1; workers <= 70; ++workers) {
    for (int ranks = 1; ranks <= workers; ++ranks) {
      int64_t next = 0;
      for (int rank = 0; rank < ranks; ++rank) {
        const RankPlan plan = MakeRankPlan(workers, ranks, rank);
        EXPECT_EQ(plan.block.begin, next);
        EXPECT_GT(plan.block.size(), 0);
        for (const WorkerRange& node : plan.nodes) {
          EXPECT_EQ(node.begin, next);
          next = node.end;
        }
        EXPECT_EQ(plan.block.end, next);
      }
      EXPECT_EQ(next, workers);
    }
  }
}

TEST(RankPlan, AnAlignedBlockIsOneNode) {
  for (const int ranks : {1, 2, 4, 8}) {
    for (int rank = 0; rank < ranks; ++rank) {
      EXPECT_EQ(MakeRankPlan(32, ranks, rank).nodes.size(), 1u);
    }
  }
  // And for 4 ranks each sends once at most.
  EXPECT_EQ(MakeRankPlan(32, 4, 0).merges.size(), 2u);
  EXPECT_EQ(MakeRankPlan(32, 4, 1).merges.size(), 1u);
  EXPECT_EQ(MakeRankPlan(32, 4, 2).merges.size(), 2u);
  EXPECT_EQ(MakeRankPlan(32, 4, 3).merges.size(), 1u);
}

TEST(RankPlan, FewNodesWhenBlocksAreNotAligned) {
  for (int rank = 0; rank < 7; ++rank) {
    EXPECT_LE(MakeRankPlan(1000, 7, rank).nodes.size(), 20u);
  }
}

// The same bits as in one process, for aligned blocks and others.
TEST(RankPlan, SumsLikeTheTree) {
  for (const int64_t workers : {1, 2, 3, 5, 8, 13, 16, 31, 32, 33}) {
    const double expected = SumOverWorkers(0, workers, ValueOf);
    for (int ranks = 1; ranks <= std::min<int64_t>(workers, 9); ++ranks) {
      RunOnThreadRanks(ranks, [&](Exchange& exchange) {
        const RankPlan plan = MakeRankPlan(workers, ranks, exchange.rank());
        std::vector<double> sums;
        for (const WorkerRange& node : plan.nodes) {
          sums.push_back(SumOverWorkers(node.begin, node.end, ValueOf));
          sums.push_back(1.0);  // of a vector of two
        }
        std::vector<double> total(2);
        exchange.Sum(plan, absl::MakeSpan(sums), absl::MakeSpan(total));
        EXPECT_EQ(std::bit_cast<uint64_t>(total[0]),
                  std::bit_cast<uint64_t>(expected))
            << workers << " workers on " << ranks << " ranks";
      });
    }
  }
}

TEST(RankPlan, OtherOrdersHaveOtherBits) {
  double forwards = 0.0;
  for (int64_t k = 0; k < 33; ++k) forwards += ValueOf(k);
  EXPECT_NE(forwards, SumOverWorkers(0, 33, ValueOf));
}

}  // namespace
}  // namespace local_sgd
