// How the fixed tree over workers (worker_tree.h) is summed when the workers
// live on several ranks: what each rank holds, adds, sends and receives.
//
// Rank r of R holds workers [r K / R, (r + 1) K / R). Inside that block it sums
// the largest nodes of the tree that lie in it: a single one when the block is
// aligned (R a power of two that divides K, say), at most 2 log2 K otherwise.
// The merges above them follow the tree: the rank of the right child sends its
// sum to the rank of the left child, which adds it. The additions are those of
// one process, in value and in order, so the bits are too.

#ifndef LIB_COMM_RANK_PLAN_H_
#define LIB_COMM_RANK_PLAN_H_

#include <algorithm>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"

namespace local_sgd {

// Workers [begin, end).
struct WorkerRange {
  int64_t begin = 0;
  int64_t end = 0;

  int64_t size() const { return end - begin; }
};

// The workers of one rank, 1 <= ranks <= workers.
WorkerRange WorkersOfRank(int64_t workers, int ranks, int rank);

// One merge of the tree in which a rank takes part. Its sums are numbered like
// its nodes.
struct RankMerge {
  enum Kind {
    kAdd,      // sum `into` += sum `from`, both here
    kSend,     // sum `from` goes to `peer`
    kReceive,  // sum `into` += what `peer` sends
  };
  Kind kind = kAdd;
  int64_t into = 0;
  int64_t from = 0;
  int peer = 0;
};

// What one rank does. Every rank's merges are in the order of the tree, so
// blocking sends and receives cannot wait for each other in a circle.
struct RankPlan {
  int64_t workers = 0;  // K, of all ranks
  int ranks = 1;
  int rank = 0;
  WorkerRange block;               // this rank's workers
  std::vector<WorkerRange> nodes;  // the block as nodes of the tree, ascending
  std::vector<RankMerge> merges;   // afterwards rank 0 has the sum, as its 0
};

RankPlan MakeRankPlan(int64_t workers, int ranks, int rank);

// Carries out the merges of `plan`. `sums` has one vector of `length` doubles
// for each node, one after the other; `scratch` has `length`. send(span, peer)
// and receive(span, peer) exchange one vector.
template <class Send, class Receive>
void MergeRanks(const RankPlan& plan, int64_t length, absl::Span<double> sums,
                absl::Span<double> scratch, const Send& send,
                const Receive& receive) {
  for (const RankMerge& merge : plan.merges) {
    double* into = sums.data() + merge.into * length;
    const double* from = sums.data() + merge.from * length;
    if (merge.kind == RankMerge::kSend) {
      send(absl::MakeConstSpan(from, length), merge.peer);
      continue;
    }
    if (merge.kind == RankMerge::kReceive) {
      receive(scratch, merge.peer);
      from = scratch.data();
    }
    for (int64_t j = 0; j < length; ++j) into[j] += from[j];
  }
}

}  // namespace local_sgd

#endif  // LIB_COMM_RANK_PLAN_H_
