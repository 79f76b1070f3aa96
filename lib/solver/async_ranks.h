// Algorithm 2 on the ranks of a job: xbar is a vector that the ranks share
// (lib/comm/shared_vector.h); nobody waits for anybody between two checks of
// the accuracy.
//
// A rank holds a block of the K workers, as for Algorithm 1, and takes them in
// rotation on one thread: a turn is one round of a worker, up to its next read.
// On a single rank that is AsyncThreads on one thread, to the same bits; on
// more no two runs are alike.

#ifndef LIB_SOLVER_ASYNC_RANKS_H_
#define LIB_SOLVER_ASYNC_RANKS_H_

#include <cstdint>
#include <functional>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "lib/comm/exchange.h"
#include "lib/comm/rank_plan.h"
#include "lib/comm/shared_vector.h"
#include "lib/objective/logistic_regression.h"
#include "lib/solver/async_summary.h"
#include "lib/solver/async_worker.h"
#include "lib/solver/local_sgd.h"
#include "lib/solver/run.h"
#include "lib/solver/step_rows.h"

namespace local_sgd {

// What the ranks share, all zero at the start of a run.
struct AsyncShared {
  SharedVector& xbar;  // d entries
  // What ranks know of each other's workers: entry 2 k is how many steps worker
  // k has taken, at the end of its last turn, entry 2 k + 1 the s of which
  // steps 0..s-1 have been added to xbar. 2 K entries, read once a turn.
  SharedVector& steps;
};

// Calls marked collective are made by all ranks.
class AsyncRanks {
 public:
  // Called with every update that worker k, of this rank, has added.
  using OnAdd = std::function<void(int64_t k, absl::Span<const double> update)>;

  // All workers at x_0 = 0; each stops at its own T = max_iterations. `rows`
  // and what `shared` refers to must outlive it; `options`, with their
  // exchange, must be valid.
  AsyncRanks(const StepRows& rows, double lambda,
             const LocalSgdOptions& options, int64_t max_iterations,
             const AsyncShared& shared, OnAdd on_add = nullptr);

  // Collective. Goes on until all workers together have taken `local_steps`
  // steps, as far as a rank has heard at the end of a turn, or all have come to
  // T.
  void AdvanceTo(int64_t local_steps);

  // At the end of the last AdvanceTo, the same on all ranks:
  int64_t local_steps() const { return local_steps_; }  // of all workers
  bool finished() const { return finished_; }

  // Collective, the same on all ranks:
  std::vector<double> SharedIterate() const;  // xbar, d entries
  std::vector<double> FourIterates() const;   // those of AsyncIterates, 4 d
  std::vector<int64_t> WorkerSteps() const;   // t of each of the K workers
  AsyncDelays Delays() const;

 private:
  // What a rank counts for a worker of its own.
  struct Count {
    int64_t added = 0;          // s
    int64_t added_at_read = 0;  // by all workers, when it last read
  };

  void TakeTurn(size_t i);
  void StepTo(AsyncWorker& worker, int64_t end);

  const double averaging_shift_;
  const int64_t num_features_;
  Exchange& exchange_;
  const WorkerRange block_;
  const AsyncShared shared_;
  const OnAdd on_add_;
  std::vector<AsyncWorker> workers_;  // those of the block
  std::vector<Count> counts_;         // likewise
  std::vector<double> seen_steps_;    // shared_.steps as last read
  size_t next_ = 0;                   // whose turn it is, in the block
  int64_t steps_per_pause_ = 1;
  int64_t local_steps_ = 0;
  bool finished_ = false;
  AsyncDelays delays_;  // of the block
};

// RunAsyncThreads on the ranks of options.exchange, options.threads being those
// that evaluate f on a rank. Collective; all ranks come to the same summary,
// but for the times. Errors: those of ValidateAsyncOptions and
// ValidateTermination.
absl::StatusOr<AsyncSummary> RunAsyncRanks(const LogisticRegression& problem,
                                           const StepRows& rows,
                                           double optimal_value,
                                           const LocalSgdOptions& options,
                                           const Termination& termination,
                                           const AsyncShared& shared);

}  // namespace local_sgd

#endif  // LIB_SOLVER_ASYNC_RANKS_H_
