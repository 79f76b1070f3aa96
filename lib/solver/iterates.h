// Where the K iterates and their three running averages stand, so that a step
// costs O(nonzeros) and a synchronisation the touched columns.
//
// Worker k's iterate is x^k = s v^k. The scalar s, common to all workers,
// carries the shrink 1 - eta_t lambda of the regulariser. v^k = common +
// difference^k: the common point is what the last synchronisation left, the
// difference is sparse. With c_t = w_t s_t and C_t = sum_{j<t} c_j the weighted
// sum of iterates
//
//   sum_{j<t} w_j x_j^k = base + C_t v^k - weighted^k,
//
// where a sparse update delta of v at step t adds C_{t+1} delta to weighted^k.
// A synchronisation moves the v^k but not their mean, so with respect to the
// mean over workers, the only thing ever asked for, `weighted` needs no
// exchange.
//
// C v - weighted loses digits as s leaves 1: a rebase adds it to the dense
// `base` and starts again from s = 1, v = x, C = weighted = 0.

#ifndef LIB_SOLVER_ITERATES_H_
#define LIB_SOLVER_ITERATES_H_

#include <array>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "lib/comm/exchange.h"
#include "lib/comm/rank_plan.h"
#include "lib/solver/round_draws.h"
#include "lib/solver/step_rows.h"
#include "lib/theory/averaging_weights.h"

namespace local_sgd {

// What one sparse update of one column touches, in one piece.
struct alignas(32) WorkerColumn {
  double difference = 0.0;
  double weighted[kNumAverages] = {};
};
static_assert(sizeof(WorkerColumn) == kColumnDoubles * sizeof(double));

struct Iterates {
  int64_t num_workers = 0;                           // K, or those of this rank
  int64_t num_features = 0;                          // d
  double scale = 1.0;                                // s
  std::array<double, kNumAverages> cumulative = {};  // C, one for each average
  std::array<double, kNumAverages> cumulative_error = {};  // Kahan's correction
  std::vector<double> common;                              // d + 1
  std::vector<WorkerColumn> columns;  // worker k's column j at k (d + 1) + j
  std::vector<double> base;           // mean over workers; average q at q d + j

  WorkerColumn* worker(int64_t k) {
    return columns.data() + k * (num_features + 1);
  }
  const WorkerColumn* worker(int64_t k) const {
    return columns.data() + k * (num_features + 1);
  }
};

// Where the K workers of a run live: all here, or on the ranks of an exchange.
// What follows is collective then.
struct WorkerGroup {
  RankPlan plan;                 // with plan.block.size() = num_workers
  Exchange* exchange = nullptr;  // nullptr: all here

  int64_t workers() const { return plan.workers; }  // K
};

// All K workers here, or, with an exchange, its ranks' blocks of them.
WorkerGroup MakeWorkerGroup(int64_t workers, Exchange* exchange);

// All workers at x_0 = 0.
Iterates StartIterates(int64_t num_workers, int64_t num_features);

// Algorithm 1's averaging: common += mean of the differences, differences = 0.
// Columns that no worker drew add an exact zero and are passed over. With K = 1
// nothing changes, exactly. Ends the round of `draws`.
void Synchronise(const StepRows& rows, const WorkerGroup& group, int threads,
                 Iterates& iterates, RoundDraws& draws);

// s v -> (shrink s) v in the rebased representation: the weighted sums are
// moved into `base` with s and C as they are, v takes s and `shrink`, and s =
// 1, C = 0.
void Rebase(double shrink, const WorkerGroup& group, int threads,
            Iterates& iterates);

// All workers go on from x = `point` (d entries), whatever they have come to.
// The weighted sums are moved into `base`; s = 1, C = 0.
void MoveTo(absl::Span<const double> point, const WorkerGroup& group,
            int threads, Iterates& iterates);

// The mean over workers of the last iterate and of its averages over t
// iterations with the weights of AveragingWeights(a, .), t >= 1: 4 d entries,
// entry j of iterate q at 4 j + q, in the order of Iterate (last, uniform,
// linear, quadratic).
std::vector<double> MeanIterates(const Iterates& iterates,
                                 const WorkerGroup& group, double a, int64_t t,
                                 int threads);

}  // namespace local_sgd

#endif  // LIB_SOLVER_ITERATES_H_
