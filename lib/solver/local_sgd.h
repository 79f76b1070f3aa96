// Algorithm 1, local SGD: K workers run SGD on their own and average their
// iterates at the indices of a synchronisation set. SGD, mini-batch SGD and
// one-shot averaging are settings of it.
//
// A worker is a logical thing: K of them run on any number of threads and of
// ranks with the same bits.

#ifndef LIB_SOLVER_LOCAL_SGD_H_
#define LIB_SOLVER_LOCAL_SGD_H_

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "lib/comm/exchange.h"
#include "lib/solver/iterates.h"
#include "lib/solver/step_kernel.h"
#include "lib/solver/step_rows.h"
#include "lib/theory/step_size.h"
#include "lib/theory/synchronisation_set.h"

namespace local_sgd {

struct LocalSgdOptions {
  int64_t workers = 1;  // K
  int64_t batch = 1;    // b, samples per step and worker
  StepSize step_size;
  // a of the weights (a + t)^2: Theorem 2.2's shift with its step sizes,
  // else 1. Between 1e-100 and 1e100.
  double averaging_shift = 1.0;
  SynchronisationSet synchronisation;
  uint64_t seed = 0;
  int threads = 1;
  // Between the ranks that the K workers are spread over, each with a block of
  // them; nullptr when all are in this process. With an exchange every call
  // below is collective.
  Exchange* exchange = nullptr;
  // Each rank has samples of its own, of which its workers draw: not the
  // paper's uniform sampling from all data.
  bool sharded_data = false;
};

// InvalidArgument for a setting out of range, naming it and its value;
// ResourceExhausted when K d does not fit the memory that is sensible.
absl::Status ValidateOptions(const StepRows& rows,
                             const LocalSgdOptions& options);

// ResourceExhausted when a computation with these options would take more bytes
// than is sensible.
absl::Status ValidateMemory(const StepRows& rows,
                            const LocalSgdOptions& options, double bytes);

class LocalSgd {
 public:
  // At x_0 = 0, iteration 0. `rows` must outlive it; `options` must be valid;
  // lambda > 0 is the regularisation. The workers draw the rows of workers
  // first_worker .. first_worker + K - 1.
  LocalSgd(const StepRows& rows, double lambda, LocalSgdOptions options,
           int64_t first_worker = 0);

  // Runs Algorithm 1 up to iteration `end` (nothing when it is there already).
  void AdvanceTo(int64_t end);

  // All workers go on from x_t = `point`, d entries.
  void MoveTo(absl::Span<const double> point);

  int64_t iteration() const { return state_.t; }

  // 4 d entries: the mean over workers of the last iterate and of its three
  // averages, as MeanIterates gives them. iteration() >= 1.
  std::vector<double> MeanIterates() const;

  // Everything that a later iteration depends on.
  struct State {
    int64_t t = 0;
    int64_t next_synchronisation = 0;
    Iterates iterates;
  };
  const State& state() const { return state_; }
  void Restore(const State& state);

 private:
  void LocalSteps(int64_t end);
  void PlanSteps(int64_t end);
  void RebasingStep();
  int64_t ReserveDraws(int64_t count);

  const StepRows& rows_;
  const double lambda_;
  const LocalSgdOptions options_;
  const WorkerGroup group_;
  const int64_t num_workers_;   // here
  const int64_t first_worker_;  // the number of the first one here
  const int threads_;           // no more than workers here
  State state_;
  RoundDraws draws_;
  std::vector<StepScalars> plan_;
  std::vector<double> slopes_;  // worker k's mini-batch at k b
};

}  // namespace local_sgd

#endif  // LIB_SOLVER_LOCAL_SGD_H_
