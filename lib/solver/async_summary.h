// What a run of Algorithm 2 reports: from threads, ranks or the simulator.

#ifndef LIB_SOLVER_ASYNC_SUMMARY_H_
#define LIB_SOLVER_ASYNC_SUMMARY_H_

#include <cstdint>
#include <vector>

#include "lib/solver/accuracy.h"
#include "lib/solver/delay_counts.h"
#include "lib/solver/local_sgd.h"
#include "lib/solver/step_rows.h"

namespace local_sgd {

struct AsyncReached {
  double epsilon = 0.0;
  // The local steps that all workers had taken at the check; 0 when not
  // reached.
  int64_t local_steps = 0;
  double iterations = 0.0;           // T(epsilon) = local_steps / K
  double seconds = 0.0;              // at the check; modelled or measured
  Iterate iterate = Iterate::kLast;  // the best of those that reached it
};

// What the delays of a run were.
struct AsyncDelays {
  // One entry for each read, by worker k at its own index t: the largest t - s
  // over workers h, where steps 0..s-1 of h have all been added when the read
  // happens. The largest entry is the tau of Theorem 5.1.
  DelayCounts tau;
  // One entry for each add: the steps of other workers that were added between
  // this worker's last read and its add.
  DelayCounts foreign_steps;
};

struct AsyncSummary {
  std::vector<AsyncReached> reached;  // in the order of the epsilons
  int64_t local_steps = 0;            // of all workers, where the run stopped
  double iterations = 0.0;            // T = local_steps / K
  std::vector<int64_t> worker_steps;  // each worker's own t
  Gaps gaps = {};                     // at the end
  bool diverged = false;              // f at xbar was not finite
  bool all_died = false;              // no worker was left to go on
  int64_t gradients = 0;              // local_steps b
  int64_t adds = 0;                   // each followed by a read
  int64_t vectors = 0;                // 2 an add: one sent, one received
  int64_t bytes = 0;                  // of the vectors: vector_bytes.h
  AsyncDelays delays;
  double seconds = 0.0;       // the run's own clock: modelled, or step_seconds
  double wall_seconds = 0.0;  // really, checks included
  double step_seconds = 0.0;  // really, without checks; replays included
  double gradients_per_second = 0.0;  // in step_seconds, replays counted too
};

// The epsilons of a run and where they were reached.
class AsyncTargets {
 public:
  AsyncTargets(const std::vector<double>& epsilons, int64_t workers);

  // As in accuracy.h.
  bool ReachesAnother(double gap) const;
  bool ReachedAll() const;  // true when there are none

  // Notes a check after `local_steps` of all workers and `seconds` for every
  // epsilon that is reached there for the first time, if the coarse point at
  // the end of the interval, with the gap `coarse_gap`, reaches it too.
  void Note(int64_t local_steps, double seconds, const Gaps& gaps,
            double coarse_gap);

  std::vector<AsyncReached> reached() const;

 private:
  const int64_t workers_;
  std::vector<Reached> reached_;  // `iterations` are local steps here
  std::vector<double> seconds_;
};

// Fills in what follows from local_steps, adds and gaps.
void CompleteSummary(const StepRows& rows, const LocalSgdOptions& options,
                     AsyncSummary& summary);

}  // namespace local_sgd

#endif  // LIB_SOLVER_ASYNC_SUMMARY_H_
