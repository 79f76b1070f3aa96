// One worker of Algorithm 2, asynchronous local SGD, for all executors: real
// threads (async_threads.h), the ranks of a job (async_ranks.h) and the
// simulator (lib/simulation). The worker takes local steps by its own clock t;
// at the indices of its own synchronisation set it adds the progress since its
// last read to the shared xbar and goes on from what it reads there:
//
//   x_{t+1}^k = x_t^k - eta_t grad f_{i_t^k}(x_t^k)
//   if t+1 in I_T^k:  xbar <- xbar + (1/K) (x_{t+1}^k - x_{r^k}^k)
//                     x_{t+1}^k <- read(xbar),  r^k = t+1
//
// Add and read are the executor's: how they interleave is all that it decides.
// The local steps are Algorithm 1's with one worker and the same draws.

#ifndef LIB_SOLVER_ASYNC_WORKER_H_
#define LIB_SOLVER_ASYNC_WORKER_H_

#include <array>
#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "lib/solver/local_sgd.h"
#include "lib/solver/step_rows.h"
#include "lib/theory/averaging_weights.h"

namespace local_sgd {

// What ValidateOptions asks for, and that the workers fit the memory: an add
// and a read are dense, so everything a worker keeps has d entries.
absl::Status ValidateAsyncOptions(const StepRows& rows,
                                  const LocalSgdOptions& options);

// A turn of a worker ends without a read after so many steps, so that others
// on its thread get theirs when the synchronisations are far apart.
inline constexpr int64_t kMaxTurn = 1024;

class AsyncWorker {
 public:
  // Worker k of options.workers, at x_0 = 0. T = max_iterations >= 1 is where
  // it stops; T belongs to I_T^k. `rows` must outlive it.
  AsyncWorker(const StepRows& rows, double lambda,
              const LocalSgdOptions& options, int64_t k,
              int64_t max_iterations);

  int64_t iteration() const { return algorithm_.iteration(); }  // t

  // The next index of I_T^k after the last read; T + 1, never reached, after
  // the read at T.
  int64_t next_synchronisation() const { return next_synchronisation_; }
  bool finished() const { return next_synchronisation_ > max_iterations_; }

  // Local steps up to t = end <= next_synchronisation().
  void StepTo(int64_t end) { algorithm_.AdvanceTo(end); }

  // (1/K) (x_t - x_r), d entries, to be added to xbar: at a synchronisation
  // index, once. Valid until the next call.
  absl::Span<const double> Update();

  // Where the executor puts what it reads, d entries ...
  absl::Span<double> read_point() { return absl::MakeSpan(read_point_); }
  // ... to go on from: x_t = read_point(), r = t.
  void Read();

  // The 4 d entries of MeanIterates for this worker alone: x_t and its three
  // averages over t' < t. iteration() >= 1.
  std::vector<double> OwnIterates() const { return algorithm_.MeanIterates(); }

  // Everything that a later step depends on.
  struct State {
    LocalSgd::State local;
    int64_t next_synchronisation = 0;
    std::vector<double> read_point;
  };
  State Save() const;
  void Restore(const State& state);

 private:
  LocalSgd algorithm_;  // of this worker alone
  const SynchronisationSet synchronisation_;
  const int64_t workers_;
  const int64_t max_iterations_;
  int64_t next_synchronisation_;
  std::vector<double> read_point_;  // x_r
  std::vector<double> update_;
};

// The four iterates of T(eps) as Algorithm 2 has them: xbar, and the averages
// sum w_t x_t^k over all workers k and each worker's own t, divided by the sum
// of those weights. 4 d entries, as MeanIterates lays them out. `a` is the
// averaging shift. A worker that has taken no step has no part; if none has,
// the averages are x_0 = 0.
std::vector<double> AsyncIterates(const std::vector<AsyncWorker>& workers,
                                  absl::Span<const double> xbar, double a);

// The same in two steps, for workers that are not all here: the weights of
// those that are, for each average; and their part of the averages, `total`
// being the weights of all. The parts have 4 d entries, 0 in place of xbar.
using WeightSums = std::array<double, kNumAverages>;
WeightSums SumsOfWeights(const std::vector<AsyncWorker>& workers, double a);
std::vector<double> PartOfAverages(const std::vector<AsyncWorker>& workers,
                                   const WeightSums& total,
                                   int64_t num_features, double a);

}  // namespace local_sgd

#endif  // LIB_SOLVER_ASYNC_WORKER_H_
