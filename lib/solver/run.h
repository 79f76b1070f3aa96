// One run of Algorithm 1 to given accuracies: when it looks, what it reports.

#ifndef LIB_SOLVER_RUN_H_
#define LIB_SOLVER_RUN_H_

#include <cstdint>
#include <functional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "lib/objective/logistic_regression.h"
#include "lib/solver/accuracy.h"
#include "lib/solver/local_sgd.h"
#include "lib/solver/step_rows.h"

namespace local_sgd {

struct Termination {
  // The run stops at the first check where every epsilon is reached; when
  // empty, at max_iterations.
  std::vector<double> epsilons;  // each positive and finite
  int64_t max_iterations = 10'000'000;
  // Called now and then, if set, with the iteration that the run has come to.
  std::function<void(int64_t)> progress = nullptr;
};

struct RunSummary {
  std::vector<Reached> reached;       // in the order of the epsilons
  int64_t iterations = 0;             // T, where the run stopped
  Gaps gaps = {};                     // at T
  bool diverged = false;              // f at the last iterate was not finite
  int64_t gradients = 0;              // T K b
  int64_t rounds = 0;                 // |I_T|
  int64_t vectors = 0;                // 2 (K - 1) a round, section 4
  int64_t bytes = 0;                  // 8 d a vector
  double wall_seconds = 0.0;          // of the whole run, checks included
  double step_seconds = 0.0;          // of steps and synchronisation only
  double gradients_per_second = 0.0;  // in step_seconds, replays counted too
  int64_t runs_side_by_side = 1;      // that share the three times above
};

// InvalidArgument for a termination out of range, naming it and its value.
absl::Status ValidateTermination(const LocalSgdOptions& options,
                                 const Termination& termination);

// Fills in what T iterations of a run amount to: iterations, gradients, rounds,
// vectors and bytes.
void CountExchange(const StepRows& rows, const LocalSgdOptions& options,
                   int64_t T, RunSummary& summary);

// Runs Algorithm 1 on `problem` with rows = MakeStepRows(problem.data) from x_0
// = 0; `optimal_value` is f*. Errors: those of ValidateOptions and
// ValidateTermination.
absl::StatusOr<RunSummary> RunLocalSgd(const LogisticRegression& problem,
                                       const StepRows& rows,
                                       double optimal_value,
                                       const LocalSgdOptions& options,
                                       const Termination& termination);

}  // namespace local_sgd

#endif  // LIB_SOLVER_RUN_H_
