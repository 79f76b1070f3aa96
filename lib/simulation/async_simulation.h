// Algorithm 2 in a simulated cluster: a deterministic event simulation, in
// which every number is exact arithmetic of the algorithm and only time is
// modelled. It tells what the paper asserts only: when asynchrony pays.
//
// A worker that comes to an index of its synchronisation set sends its
// progress, which takes a message's time; there it is added to xbar; xbar is
// read for it and comes back after another message's time. At equal times all
// steps end first, then all adds, worker by worker, then all reads: with
// constant speeds and no delay that is Algorithm 1, up to the rounding of the
// sum.

#ifndef LIB_SIMULATION_ASYNC_SIMULATION_H_
#define LIB_SIMULATION_ASYNC_SIMULATION_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "lib/objective/logistic_regression.h"
#include "lib/simulation/cluster.h"
#include "lib/solver/async_summary.h"
#include "lib/solver/async_worker.h"
#include "lib/solver/local_sgd.h"
#include "lib/solver/run.h"
#include "lib/solver/step_rows.h"

namespace local_sgd {

// What a worker reads when others add at the same time.
enum class ReadOrder {
  kAfterAllAdds,  // all of them
  kAfterOwnAdd,   // its own and those of workers before it
};

class AsyncSimulation {
 public:
  // All workers at x_0 = 0 and time 0; each stops at its own T =
  // max_iterations. `rows` must outlive it; `options` and `cluster` must be
  // valid, options.threads is not used.
  AsyncSimulation(const StepRows& rows, double lambda,
                  const LocalSgdOptions& options,
                  std::vector<SimulatedWorker> cluster, ReadOrder read_order,
                  int64_t max_iterations);

  // Goes on until all workers together have taken `local_steps` steps, to the
  // end of that instant; or until nothing is left to happen.
  void AdvanceTo(int64_t local_steps);

  int64_t local_steps() const { return state_.local_steps; }
  double seconds() const { return state_.seconds; }  // modelled
  const AsyncDelays& Delays() const { return state_.delays; }
  const std::vector<int64_t>& WorkerSteps() const {
    return state_.worker_steps;
  }
  const std::vector<double>& shared_iterate() const { return state_.xbar; }

  // Nothing is left to happen: every worker has died or come to T.
  bool finished() const { return state_.events.empty(); }
  bool all_died() const;

  // xbar and the three averages, as AsyncIterates has them. Does the local
  // steps that have ended but were not yet needed.
  std::vector<double> FourIterates();

  // An event of `worker`: it has taken a step, its progress arrives at xbar, or
  // xbar is read for it. In this order at equal times.
  enum EventKind { kStep = 0, kAdd = 1, kRead = 2 };
  struct Event {
    double seconds = 0.0;
    EventKind kind = kStep;
    int64_t worker = 0;
  };

  // Everything that a later event depends on.
  struct State {
    double seconds = 0.0;
    int64_t local_steps = 0;             // of all workers
    int64_t added = 0;                   // the part of them in xbar
    std::vector<Event> events;           // a heap; at most one for each worker
    std::vector<double> xbar;            // d
    std::vector<int64_t> worker_steps;   // t of each
    std::vector<int64_t> worker_added;   // s: its steps 0..s-1 are in xbar
    std::vector<int64_t> worker_reads;   // how often it has read
    std::vector<int64_t> added_at_read;  // `added` when it last read
    AsyncDelays delays;
    std::vector<AsyncWorker::State> workers;  // filled by Save
  };
  State Save() const;
  void Restore(const State& state);

 private:
  void Push(double seconds, EventKind kind, int64_t k);
  void BeginStep(double start, int64_t k);
  void Happen(const Event& event);
  void Add(int64_t k);
  void Read(int64_t k);

  const LocalSgdOptions options_;
  const std::vector<SimulatedWorker> cluster_;
  const ReadOrder read_order_;
  const int64_t max_iterations_;
  std::vector<AsyncWorker> workers_;
  State state_;
};

// Runs Algorithm 2 on `problem` with rows = MakeStepRows(problem.data) to the
// accuracies of `termination`, or until every worker has taken max_iterations
// steps or died. The accuracy is looked at at the check points of T(eps), c
// being reached when the local steps of all workers come to K c. Seconds are
// modelled. Errors: those of ValidateAsyncOptions, ValidateTermination and
// ValidateCluster.
absl::StatusOr<AsyncSummary> RunAsyncSimulation(
    const LogisticRegression& problem, const StepRows& rows,
    double optimal_value, const LocalSgdOptions& options,
    const std::vector<SimulatedWorker>& cluster, ReadOrder read_order,
    const Termination& termination);

}  // namespace local_sgd

#endif  // LIB_SIMULATION_ASYNC_SIMULATION_H_
