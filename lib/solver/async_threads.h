// Algorithm 2 on real threads: workers with their own clocks, a shared xbar
// with atomic adds, no locks and no barriers.
//
// A worker is a logical thing here too. Threads take the K workers in rotation
// (a ticket modulo K), run one round of it, up to its next read, and let it go;
// a worker that another thread holds is passed over, never waited for. So K may
// be any number, and every worker gets the same number of turns but for the
// time that a thread holding it does not run. With one thread the workers
// alternate strictly and the bits are reproducible; with more they are not.
//
// Between two checks of the accuracy nothing stops the threads. At a check they
// end their rounds and the clock stands still: an evaluation of f that went on
// beside the run would hold one thread back for thousands of steps, and the
// delays would be those of the measurement.

#ifndef LIB_SOLVER_ASYNC_THREADS_H_
#define LIB_SOLVER_ASYNC_THREADS_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "lib/objective/logistic_regression.h"
#include "lib/solver/async_summary.h"
#include "lib/solver/async_worker.h"
#include "lib/solver/local_sgd.h"
#include "lib/solver/run.h"
#include "lib/solver/shared_point.h"
#include "lib/solver/step_rows.h"

namespace local_sgd {

class AsyncThreads {
 public:
  // Called with every update that worker k has added, by the thread that holds
  // the worker: calls for one worker never overlap, calls for two may.
  using OnAdd = std::function<void(int64_t k, absl::Span<const double> update)>;

  // All workers at x_0 = 0; each stops at its own T = max_iterations. `rows`
  // must outlive it; `options`, with their number of threads, must be valid.
  AsyncThreads(const StepRows& rows, double lambda,
               const LocalSgdOptions& options, int64_t max_iterations,
               OnAdd on_add = nullptr);

  // Runs until all workers together have taken `local_steps` steps, or all have
  // come to T. A round that has begun is ended.
  void AdvanceTo(int64_t local_steps);

  int64_t local_steps() const { return local_steps_.load(); }
  bool finished() const { return num_finished_.load() == num_workers(); }
  int64_t num_workers() const { return static_cast<int64_t>(workers_.size()); }
  int64_t worker_steps(int64_t k) const { return workers_[k].iteration(); }
  int64_t adds() const;

  // Not while it runs:
  std::vector<double> SharedIterate();  // xbar, d entries
  std::vector<double> FourIterates();   // those of AsyncIterates, 4 d entries
  std::vector<int64_t> WorkerSteps() const;
  AsyncDelays Delays() const;

 private:
  // What threads know of each other's workers, and what the holder of one
  // counts.
  struct alignas(64) Slot {
    std::atomic<bool> held{false};
    std::atomic<int64_t> added{0};  // s: steps 0..s-1 have been added
    int64_t added_at_read = 0;      // by all workers, when it last read
    AsyncDelays delays;
  };

  void WorkUntil(int64_t local_steps);
  void TakeTurn(int64_t k);
  void AddAndRead(int64_t k);

  const double averaging_shift_;
  const int threads_;
  const OnAdd on_add_;
  std::vector<AsyncWorker> workers_;
  std::vector<Slot> slots_;
  SharedPoint xbar_;
  const int64_t num_features_;
  std::atomic<uint64_t> ticket_{0};
  std::atomic<int64_t> local_steps_{0};  // of all workers
  std::atomic<int64_t> added_{0};        // the part of them in xbar
  std::atomic<int64_t> num_finished_{0};
};

// Runs Algorithm 2 on `problem` with rows = MakeStepRows(problem.data), on
// options.threads threads, to the accuracies of `termination`, or until every
// worker has taken max_iterations steps. The accuracy is looked at when the
// local steps of all workers first come to K c for a coarse check point c: a
// run on threads cannot be replayed, so there are no fine points. Errors: those
// of ValidateAsyncOptions and ValidateTermination.
absl::StatusOr<AsyncSummary> RunAsyncThreads(const LogisticRegression& problem,
                                             const StepRows& rows,
                                             double optimal_value,
                                             const LocalSgdOptions& options,
                                             const Termination& termination);

}  // namespace local_sgd

#endif  // LIB_SOLVER_ASYNC_THREADS_H_
