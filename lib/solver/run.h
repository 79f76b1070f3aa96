// One run of Algorithm 1 to given accuracies: when it looks, what it reports.

#ifndef LIB_SOLVER_RUN_H_
#define LIB_SOLVER_RUN_H_

#include <cstdint>
#include <functional>
#include <optional>
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
  // empty, at max_iterations. One that diverges stops at the next check.
  std::vector<double> epsilons;  // each positive and finite
  int64_t max_iterations = 10'000'000;
  // Called now and then, if set, with the iteration that the run has come to,
  // more often on ranks. A replay goes through iterations again.
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
  int64_t bytes = 0;                  // of the vectors: vector_bytes.h
  double wall_seconds = 0.0;          // of the whole run, checks included
  double step_seconds = 0.0;          // of steps and synchronisation only
  double gradients_per_second = 0.0;  // in step_seconds, replays counted too
  int64_t runs_side_by_side = 1;      // that share the three times above
  // The four iterates at T, 4 d entries as MeanIterates gives them. Empty where
  // runs went side by side.
  std::vector<double> iterates;
};

// Where a run is: all that it needs to go on to the same bits.
struct RunPosition {
  LocalSgd::State state;
  int64_t next_check = 1;          // the coarse check point that it goes to
  LocalSgd::State interval_start;  // at the one before, for a replay
  std::vector<Reached> reached;
  int64_t computed_iterations = 0;  // with replays
  double step_seconds = 0.0;
  double wall_seconds = 0.0;
};

// How a run is saved on its way. `save` is called after every so many
// synchronisations, but not while an interval is replayed; its error ends the
// run. On ranks all call it at the same iteration, each with its own workers,
// and all must return the same.
struct Checkpoints {
  int64_t every_rounds = 0;  // 0: never
  std::function<absl::Status(const RunPosition&)> save;
  // Where the run goes on; it must have been saved by a run with the same
  // problem, options, termination and number of ranks.
  std::optional<RunPosition> resume_from;
};

// InvalidArgument for a termination out of range, naming it and its value.
absl::Status ValidateTermination(const LocalSgdOptions& options,
                                 const Termination& termination);

// Fills in what T iterations of a run amount to: iterations, gradients, rounds,
// vectors and bytes.
void CountExchange(const StepRows& rows, const LocalSgdOptions& options,
                   int64_t T, RunSummary& summary);

// Runs Algorithm 1 on `problem` with rows = MakeStepRows(problem.data) from x_0
// = 0; `optimal_value` is f*. On ranks all of them come to the same summary,
// but for the times. Errors: those of ValidateOptions, ValidateTermination and
// of saving.
absl::StatusOr<RunSummary> RunLocalSgd(const LogisticRegression& problem,
                                       const StepRows& rows,
                                       double optimal_value,
                                       const LocalSgdOptions& options,
                                       const Termination& termination,
                                       const Checkpoints& checkpoints = {});

}  // namespace local_sgd

#endif  // LIB_SOLVER_RUN_H_
