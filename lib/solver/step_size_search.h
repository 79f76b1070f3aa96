// The best step size of section 4's grid for one configuration: its candidates
// run side by side in SIMD lanes until it is known which reaches epsilon first.
//
// Candidates whose step sizes agree bit for bit up to T(epsilon) are one: the
// decaying ones are capped at 32, so those with a large c begin as the constant
// 32, and where n is a power of two the others begin with another constant.
// They get a run of their own only when they leave it.
//
// A candidate is given up for an epsilon when two others have reached it at an
// earlier or the same coarse point where it has not: it can be neither winner
// nor runner-up.

#ifndef LIB_SOLVER_STEP_SIZE_SEARCH_H_
#define LIB_SOLVER_STEP_SIZE_SEARCH_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "lib/objective/logistic_regression.h"
#include "lib/solver/accuracy.h"
#include "lib/solver/lane_runs.h"
#include "lib/solver/step_rows.h"
#include "lib/theory/step_size_grid.h"
#include "lib/theory/synchronisation_set.h"

namespace local_sgd {

struct StepSizeSearchOptions {
  int64_t workers = 1;  // K
  int64_t batch = 1;    // b
  SynchronisationSet synchronisation;
  uint64_t seed = 0;
  std::vector<double> epsilons;         // strictly descending
  int64_t max_gradients = 400'000'000;  // of one candidate, T K b
  int smallest_exponent = -20;          // i of c = 2^i
  int largest_exponent = 20;
  // Every candidate runs for every epsilon. Otherwise, after the first epsilon,
  // only those around the best of each family do, and more as far as needed:
  // until in each family the two next to its best on either side are worse.
  // After a first epsilon that is reached within a few iterations, which says
  // little about the next, all do.
  bool exhaustive = false;
};

enum class CandidateOutcome {
  kReached,
  kDiverged,
  kLimit,     // max_gradients
  kDropped,   // two others were earlier
  kSame,      // as another candidate, bit for bit
  kNotTried,  // for this epsilon
};
const char* OutcomeName(
    CandidateOutcome outcome);  // "reached", "diverged", ...

struct CandidateResult {
  StepSizeCandidate candidate;
  CandidateOutcome outcome = CandidateOutcome::kNotTried;
  int64_t iterations = 0;            // T(epsilon), or where it ended
  Iterate iterate = Iterate::kLast;  // of kReached
  double gap = 0.0;  // smallest f - f* when last looked at, or a lower bound
  StepSizeCandidate same_as;  // of kSame
};

struct StepSizeSearch {
  double epsilon = 0.0;
  // The constant family by ascending exponent, then the decaying.
  std::vector<CandidateResult> ledger;
  // Indices into the ledger: the smallest T(epsilon); among equals the larger
  // step at t = T(epsilon), then constant.
  std::optional<size_t> winner;
  std::optional<size_t> runner_up;
  // The next smaller distinct candidate of the winner's family lost, and a
  // larger distinct one lost or does not exist; false when the winner stands at
  // an end of the range.
  bool interior = false;
};

// InvalidArgument for options out of range, naming it and its value; the errors
// of ValidateOptions.
absl::Status ValidateSearch(const StepRows& rows,
                            const StepSizeSearchOptions& options);

// One entry for each epsilon. `options` must be valid; `times`, if given, is
// added to.
std::vector<StepSizeSearch> SearchStepSizes(
    const LogisticRegression& problem, const StepRows& rows,
    double optimal_value, const StepSizeSearchOptions& options,
    RunTimes* times);

}  // namespace local_sgd

#endif  // LIB_SOLVER_STEP_SIZE_SEARCH_H_
