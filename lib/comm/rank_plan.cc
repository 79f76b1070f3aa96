#include "lib/comm/rank_plan.h"

#include <algorithm>
#include <cstdint>

#include "lib/comm/worker_tree.h"

namespace local_sgd {
namespace {

// The r with worker k in [r K / R, (r + 1) K / R).
int RankOfWorker(int64_t workers, int ranks, int64_t k) {
  return static_cast<int>(((k + 1) * ranks - 1) / workers);
}

// The nodes of the tree over [begin, end) that lie in the block of this rank
// and in no larger one that does.
void CollectNodes(int64_t begin, int64_t end, RankPlan& plan) {
  if (end <= plan.block.begin || begin >= plan.block.end) return;
  if (begin >= plan.block.begin && end <= plan.block.end) {
    plan.nodes.push_back({begin, end});
    return;
  }
  const int64_t right = RightChild(begin, end);
  CollectNodes(begin, right, plan);
  CollectNodes(right, end, plan);
}

// The number of this rank's node that begins at worker `begin`.
int64_t NodeAt(const RankPlan& plan, int64_t begin) {
  const auto node = std::lower_bound(
      plan.nodes.begin(), plan.nodes.end(), begin,
      [](const WorkerRange& range, int64_t k) { return range.begin < k; });
  return node - plan.nodes.begin();
}

// The merges of the tree over [begin, end) that this rank has a part in,
// children before parents.
void CollectMerges(int64_t begin, int64_t end, RankPlan& plan) {
  if (end <= plan.block.begin || begin >= plan.block.end) return;
  const auto rank_of = [&plan](int64_t k) {
    return RankOfWorker(plan.workers, plan.ranks, k);
  };
  if (rank_of(begin) == rank_of(end - 1)) return;  // inside a node
  const int64_t right = RightChild(begin, end);
  CollectMerges(begin, right, plan);
  CollectMerges(right, end, plan);
  const int left_rank = rank_of(begin);
  const int right_rank = rank_of(right);
  if (left_rank == plan.rank && right_rank == plan.rank) {
    plan.merges.push_back({.kind = RankMerge::kAdd,
                           .into = NodeAt(plan, begin),
                           .from = NodeAt(plan, right)});
  } else if (left_rank == plan.rank) {
    plan.merges.push_back({.kind = RankMerge::kReceive,
                           .into = NodeAt(plan, begin),
                           .peer = right_rank});
  } else if (right_rank == plan.rank) {
    plan.merges.push_back({.kind = RankMerge::kSend,
                           .from = NodeAt(plan, right),
                           .peer = left_rank});
  }
}

}  // namespace

WorkerRange WorkersOfRank(int64_t workers, int ranks, int rank) {
  return {rank * workers / ranks, (rank + 1) * workers / ranks};
}

RankPlan MakeRankPlan(int64_t workers, int ranks, int rank) {
  RankPlan plan;
  plan.workers = workers;
  plan.ranks = ranks;
  plan.rank = rank;
  plan.block = WorkersOfRank(workers, ranks, rank);
  CollectNodes(0, workers, plan);
  CollectMerges(0, workers, plan);
  return plan;
}

}  // namespace local_sgd
