// How the ranks of a run add up and hand around what they hold. A run in one
// process needs none; ranks of an MPI job have MpiExchange (mpi_exchange.h).
// All calls are collective: every rank makes the same ones in the same order.

#ifndef LIB_COMM_EXCHANGE_H_
#define LIB_COMM_EXCHANGE_H_

#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "lib/comm/rank_plan.h"

namespace local_sgd {

class Exchange {
 public:
  virtual ~Exchange() = default;

  virtual int ranks() const = 0;  // R
  virtual int rank() const = 0;   // in [0, R)

  // total = the sum over all workers of all ranks, the same bits on each rank.
  // `sums` holds one vector of total.size() doubles for each of plan.nodes, its
  // sum over the node's workers, one after the other; it is overwritten.
  virtual void Sum(const RankPlan& plan, absl::Span<double> sums,
                   absl::Span<double> total) = 0;

  // The values of all ranks, in the order of the ranks; each may give another
  // number of them.
  virtual std::vector<double> Gather(absl::Span<const double> values) = 0;
};

}  // namespace local_sgd

#endif  // LIB_COMM_EXCHANGE_H_
