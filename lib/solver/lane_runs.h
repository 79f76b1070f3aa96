// Any number of runs of Algorithm 1 to given accuracies, side by side in SIMD
// lanes, from one coarse check point to the next. Each has the T(eps) that
// RunLocalSgd gives it alone.

#ifndef LIB_SOLVER_LANE_RUNS_H_
#define LIB_SOLVER_LANE_RUNS_H_

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "lib/objective/lanes.h"
#include "lib/objective/logistic_regression.h"
#include "lib/solver/accuracy.h"
#include "lib/solver/lane_local_sgd.h"
#include "lib/solver/local_sgd.h"
#include "lib/solver/step_rows.h"

namespace local_sgd {

// Where the time of runs goes.
struct RunTimes {
  double step_seconds = 0.0;  // steps and synchronisations, replays included
  double evaluation_seconds = 0.0;
  int64_t gradients = 0;  // of the runs, replays and unused lanes left out
};

void AddTimes(const RunTimes& times, RunTimes& sum);

enum class RunOutcome {
  kRunning,
  kReached,   // every epsilon
  kDiverged,  // f at the last iterate is not finite
  kLimit,     // max_iterations came first
  kStopped,   // by Stop
};

// One run under way.
struct LaneRun {
  LocalSgdOptions options;
  LocalSgd::State state;         // where it began or ended
  std::vector<Reached> reached;  // in any order of the epsilons
  RunOutcome outcome = RunOutcome::kRunning;
  // The coarse point where it was last looked at, and the smallest gap there or
  // a lower bound of it that reaches no open epsilon.
  int64_t iterations = 0;
  double gap = 0.0;
  // Where it ended, as RunLocalSgd reports it: the check point at which it
  // reached its last epsilon, where it diverged, or max_iterations; and the
  // gaps there. Of a run that has ended, except by Stop.
  int64_t end = 0;
  Gaps end_gaps = {};
};

// A run from x_0 = 0.
LaneRun StartLaneRun(const StepRows& rows, double lambda,
                     const LocalSgdOptions& options,
                     const std::vector<double>& epsilons);

// Like ValidateOptions, for `count` such runs side by side: each keeps its
// state, and so do the lanes.
absl::Status ValidateLaneRuns(const StepRows& rows,
                              const LocalSgdOptions& options, int64_t count);

// The gaps of lane l at l, at the iterates that it has come to: exact up to its
// epsilon, and above that lower bounds, as ValuesAtLanes has them.
std::array<Gaps, kLanes> LaneGaps(const LogisticRegression& problem,
                                  double optimal_value,
                                  const LaneLocalSgd& algorithm,
                                  const LaneDoubles& epsilon);

class LaneRuns {
 public:
  // Runs of one seed, K and b, all at the coarse point `iterations` (0: not
  // begun); at least one. Everything referred to must outlive it.
  LaneRuns(const LogisticRegression& problem, const StepRows& rows,
           double optimal_value, int64_t max_iterations,
           std::vector<LaneRun> runs);

  // Goes on to the next coarse point with every run that is still running and
  // replays, for those that reach another epsilon there, the interval. Returns
  // whether some are running still.
  bool AdvanceInterval();

  const std::vector<LaneRun>& runs() const { return runs_; }
  int64_t iterations() const { return iterations_; }
  const RunTimes& times() const { return times_; }

  // Run i ends here.
  void Stop(size_t i);

  // One more run, which shares its past with run i up to now and goes on with
  // other step sizes. Run i must be running. Returns its index.
  size_t Fork(size_t i, const StepSize& step_size);

  // The exact smallest gap of every run that is running.
  void LookAtRunning();

  // The runs, each with its state. Ends this object's use.
  std::vector<LaneRun> Take();

 private:
  struct Group {
    Group(const StepRows& rows, double lambda,
          const std::vector<LaneLocalSgd::Run>& lanes)
        : algorithm(rows, lambda, lanes) {}
    LaneLocalSgd algorithm;
    std::vector<size_t> members;  // indices of runs, one a lane
  };

  bool IsRunning(size_t i) const {
    return runs_[i].outcome == RunOutcome::kRunning;
  }
  void Pack();
  bool IsSparse() const;
  void StoreStates();
  void AdvanceGroup(int64_t coarse, Group& group);
  void ReplayGroup(int64_t coarse, const std::array<Gaps, kLanes>& coarse_gaps,
                   Group& group);
  void AdvanceTo(int64_t t, Group& group);
  std::array<Gaps, kLanes> ComputeGaps(const Group& group,
                                       const LaneDoubles& epsilon);
  // The largest epsilon that each lane's run has still to reach.
  LaneDoubles OpenEpsilons(const Group& group) const;
  void RunToLimit();
  void End(size_t i, RunOutcome outcome);

  const LogisticRegression& problem_;
  const StepRows& rows_;
  const double optimal_value_;
  const int64_t max_iterations_;
  std::vector<LaneRun> runs_;
  std::vector<std::unique_ptr<Group>> groups_;
  int64_t iterations_ = 0;
  RunTimes times_;
};

}  // namespace local_sgd

#endif  // LIB_SOLVER_LANE_RUNS_H_
