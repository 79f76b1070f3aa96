// Runs of Algorithm 1 that share their draws, looked at on their way: at given
// iterations, not when they come to an accuracy.

#ifndef LIB_SOLVER_TRAJECTORIES_H_
#define LIB_SOLVER_TRAJECTORIES_H_

#include <cstdint>
#include <functional>
#include <vector>

#include "absl/types/span.h"
#include "lib/objective/logistic_regression.h"
#include "lib/solver/accuracy.h"
#include "lib/solver/lane_local_sgd.h"
#include "lib/solver/local_sgd.h"
#include "lib/solver/step_rows.h"
#include "lib/theory/step_size_grid.h"

namespace local_sgd {

struct Trajectory {
  LocalSgdOptions options;
  std::vector<int64_t> iterations;  // ascending, from 0; at least one
};

// Up to eight neighbours among the trajectories, all at algorithm.iteration().
// Those to be looked at there are in the `lanes`, ascending.
struct TrajectoryLanes {
  const LaneLocalSgd& algorithm;
  size_t first;  // of the trajectories: lane 0's
  std::vector<int> lanes;

  size_t Place(int lane) const { return first + static_cast<size_t>(lane); }
};

// Takes the runs from x_0 = 0 through their iterations and calls `look` at each
// of them, for eight neighbours at a time, which run side by side on one thread
// with the bits that each has alone. They have valid options and the same
// workers, batch and seed.
void FollowTrajectories(
    const StepRows& rows, double lambda, absl::Span<const Trajectory> runs,
    const std::function<void(const TrajectoryLanes&)>& look);

// One of the four iterates of every lane that is looked at, d entries each.
std::vector<std::vector<double>> MeanIteratesOf(const TrajectoryLanes& at,
                                                Iterate iterate);

// f - f* at each point. Like Value(problem, point) - optimal_value.
std::vector<double> GapsAt(const LogisticRegression& problem,
                           double optimal_value,
                           const std::vector<std::vector<double>>& points);

// The gaps of every run at its iterations, from 1 on, those of RunLocalSgd bit
// for bit.
std::vector<std::vector<Gaps>> GapCurves(const LogisticRegression& problem,
                                         const StepRows& rows,
                                         double optimal_value,
                                         absl::Span<const Trajectory> runs);

// The best of section 4's step sizes at every iteration of one configuration:
// for iterations[i] >= 1 the place of the candidate with the smallest of the
// four gaps there, among equals the first. All of them are run; the step sizes
// of `options` are not used.
std::vector<size_t> BestStepSizes(
    const LogisticRegression& problem, const StepRows& rows,
    double optimal_value, const LocalSgdOptions& options,
    const std::vector<int64_t>& iterations,
    absl::Span<const StepSizeCandidate> candidates);

}  // namespace local_sgd

#endif  // LIB_SOLVER_TRAJECTORIES_H_
