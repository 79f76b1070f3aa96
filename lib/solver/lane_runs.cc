#include "lib/solver/lane_runs.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "lib/check.h"
#include "lib/objective/lane_values.h"
#include "lib/objective/lanes.h"
#include "lib/objective/logistic_regression.h"
#include "lib/solver/accuracy.h"
#include "lib/solver/check_points.h"
#include "lib/solver/clock.h"
#include "lib/solver/iterates.h"
#include "lib/solver/lane_iterates.h"
#include "lib/solver/lane_local_sgd.h"
#include "lib/solver/local_sgd.h"
#include "lib/solver/step_rows.h"
#include "lib/status_macros.h"

namespace local_sgd {

void AddTimes(const RunTimes& times, RunTimes& sum) {
  sum.step_seconds += times.step_seconds;
  sum.evaluation_seconds += times.evaluation_seconds;
  sum.gradients += times.gradients;
}

LaneRun StartLaneRun(const StepRows& rows, double lambda,
                     const LocalSgdOptions& options,
                     const std::vector<double>& epsilons) {
  LaneRun run;
  run.options = options;
  run.state = LocalSgd(rows, lambda, options).state();
  for (const double epsilon : epsilons) {
    run.reached.push_back({.epsilon = epsilon});
  }
  return run;
}

absl::Status ValidateLaneRuns(const StepRows& rows,
                              const LocalSgdOptions& options, int64_t count) {
  RETURN_IF_ERROR(ValidateOptions(rows, options));
  const int64_t groups = (count + kLanes - 1) / kLanes;
  // Of a column of a worker: every run's state; every group's lanes, and those
  // of one at the beginning and at the end of an interval.
  const double column_bytes =
      sizeof(WorkerColumn) * static_cast<double>(count) +
      (sizeof(LaneDoubles) + sizeof(LaneWeighted)) *
          static_cast<double>(groups + 2);
  return ValidateMemory(rows, options,
                        column_bytes * static_cast<double>(options.workers) *
                            static_cast<double>(rows.num_features + 1));
}

std::array<Gaps, kLanes> LaneGaps(const LogisticRegression& problem,
                                  double optimal_value,
                                  const LaneLocalSgd& algorithm,
                                  const LaneDoubles& epsilon) {
  const std::array<LaneDoubles, kNumIterates> values = ValuesAtLanes(
      problem, algorithm.MeanIterates(), {optimal_value, epsilon});
  std::array<Gaps, kLanes> gaps = {};
  for (int l = 0; l < kLanes; ++l) {
    for (int q = 0; q < kNumIterates; ++q) {
      gaps[l][q] = values[q][l] - optimal_value;
    }
  }
  return gaps;
}

LaneRuns::LaneRuns(const LogisticRegression& problem, const StepRows& rows,
                   double optimal_value, int64_t max_iterations,
                   std::vector<LaneRun> runs)
    : problem_(problem),
      rows_(rows),
      optimal_value_(optimal_value),
      max_iterations_(max_iterations),
      runs_(std::move(runs)) {
  LOCAL_SGD_CHECK(!runs_.empty());
  iterations_ = runs_[0].iterations;
  Pack();
}

// Fills groups with the running members, in order.
void LaneRuns::Pack() {
  StoreStates();
  groups_.clear();
  std::vector<LaneLocalSgd::Run> lanes;
  std::vector<size_t> members;
  const auto make_group = [&] {
    if (members.empty()) return;
    groups_.push_back(std::make_unique<Group>(rows_, problem_.lambda, lanes));
    groups_.back()->members = members;
    lanes.clear();
    members.clear();
  };
  for (size_t i = 0; i < runs_.size(); ++i) {
    if (!IsRunning(i)) continue;
    lanes.push_back({runs_[i].options, runs_[i].state});
    members.push_back(i);
    if (members.size() == kLanes) make_group();
  }
  make_group();
}

// Whether the running members would fit fewer groups.
bool LaneRuns::IsSparse() const {
  size_t running = 0;
  for (size_t i = 0; i < runs_.size(); ++i) running += IsRunning(i);
  return (running + kLanes - 1) / kLanes < groups_.size();
}

void LaneRuns::StoreStates() {
  for (const std::unique_ptr<Group>& group : groups_) {
    for (size_t l = 0; l < group->members.size(); ++l) {
      const size_t i = group->members[l];
      if (!IsRunning(i)) continue;
      runs_[i].state = group->algorithm.LaneState(static_cast<int>(l));
    }
  }
}

bool LaneRuns::AdvanceInterval() {
  const int64_t coarse = iterations_ == 0 ? 1 : NextCoarsePoint(iterations_);
  if (coarse > max_iterations_) {
    RunToLimit();
    return false;
  }
  if (IsSparse()) Pack();
  for (const std::unique_ptr<Group>& group : groups_) {
    AdvanceGroup(coarse, *group);
  }
  iterations_ = coarse;
  for (size_t i = 0; i < runs_.size(); ++i) {
    if (IsRunning(i)) return true;
  }
  return false;
}

// The rest of the iterations, in which nothing is looked out for.
void LaneRuns::RunToLimit() {
  for (const std::unique_ptr<Group>& group : groups_) {
    AdvanceTo(max_iterations_, *group);
  }
  LookAtRunning();
  for (size_t i = 0; i < runs_.size(); ++i) {
    if (!IsRunning(i)) continue;
    runs_[i].end = max_iterations_;
    End(i, std::isfinite(runs_[i].end_gaps[0]) ? RunOutcome::kLimit
                                               : RunOutcome::kDiverged);
  }
}

// To the coarse point, and for the members that reach another epsilon there
// through the interval once more.
void LaneRuns::AdvanceGroup(int64_t coarse, Group& group) {
  const LaneLocalSgd::State interval_start = group.algorithm.state();
  AdvanceTo(coarse, group);
  const std::array<Gaps, kLanes> gaps = ComputeGaps(group, OpenEpsilons(group));
  bool replay = false;
  for (size_t l = 0; l < group.members.size(); ++l) {
    LaneRun& run = runs_[group.members[l]];
    if (run.outcome != RunOutcome::kRunning) continue;
    run.iterations = coarse;
    run.gap = SmallestGap(gaps[l]);
    replay |= ReachesAnother(run.reached, run.gap);
  }
  if (replay) {
    const LaneLocalSgd::State interval_end = group.algorithm.state();
    group.algorithm.Restore(interval_start);
    ReplayGroup(coarse, gaps, group);
    group.algorithm.Restore(interval_end);
  }
  for (size_t l = 0; l < group.members.size(); ++l) {
    const size_t i = group.members[l];
    if (!IsRunning(i)) continue;
    if (ReachedAll(runs_[i].reached)) {
      End(i, RunOutcome::kReached);
    } else if (!std::isfinite(gaps[l][0])) {
      LaneDoubles all;
      std::fill_n(all.lane, kLanes, std::numeric_limits<double>::infinity());
      runs_[i].end = coarse;
      runs_[i].end_gaps = ComputeGaps(group, all)[l];
      End(i, RunOutcome::kDiverged);
    }
  }
}

void LaneRuns::ReplayGroup(int64_t coarse,
                           const std::array<Gaps, kLanes>& coarse_gaps,
                           Group& group) {
  const auto is_wanted = [&](size_t l) {
    const LaneRun& run = runs_[group.members[l]];
    return run.outcome == RunOutcome::kRunning &&
           ReachesAnother(run.reached, SmallestGap(coarse_gaps[l]));
  };
  const auto some_wanted = [&] {
    for (size_t l = 0; l < group.members.size(); ++l) {
      if (is_wanted(l)) return true;
    }
    return false;
  };
  ReplayThroughFinePoints(
      group.algorithm.iteration(), coarse, some_wanted, [&](int64_t fine) {
        std::array<Gaps, kLanes> gaps = coarse_gaps;
        if (fine != coarse) {
          AdvanceTo(fine, group);
          gaps = ComputeGaps(group, OpenEpsilons(group));
        }
        for (size_t l = 0; l < group.members.size(); ++l) {
          if (!is_wanted(l)) continue;
          LaneRun& run = runs_[group.members[l]];
          NoteReached(fine, gaps[l], SmallestGap(coarse_gaps[l]), run.reached);
          run.end = fine;
          run.end_gaps = gaps[l];
        }
      });
}

void LaneRuns::AdvanceTo(int64_t t, Group& group) {
  const Clock::time_point start = Clock::now();
  int64_t running = 0;
  for (const size_t i : group.members) running += IsRunning(i);
  const LocalSgdOptions& options = runs_[group.members[0]].options;
  times_.gradients += running * (t - group.algorithm.iteration()) *
                      options.workers * options.batch;
  group.algorithm.AdvanceTo(t);
  times_.step_seconds += SecondsSince(start);
}

std::array<Gaps, kLanes> LaneRuns::ComputeGaps(const Group& group,
                                               const LaneDoubles& epsilon) {
  const Clock::time_point start = Clock::now();
  const std::array<Gaps, kLanes> gaps =
      LaneGaps(problem_, optimal_value_, group.algorithm, epsilon);
  times_.evaluation_seconds += SecondsSince(start);
  return gaps;
}

LaneDoubles LaneRuns::OpenEpsilons(const Group& group) const {
  LaneDoubles open;
  std::fill_n(open.lane, kLanes, -1.0);
  for (size_t l = 0; l < group.members.size(); ++l) {
    const size_t i = group.members[l];
    if (!IsRunning(i)) continue;
    for (const Reached& reached : runs_[i].reached) {
      if (reached.iterations != 0) continue;
      double& largest = open[static_cast<int>(l)];
      largest = std::max(largest, reached.epsilon);
    }
  }
  return open;
}

// The run's lane is cleared, so that what it does later costs nothing special.
void LaneRuns::End(size_t i, RunOutcome outcome) {
  for (const std::unique_ptr<Group>& group : groups_) {
    for (size_t l = 0; l < group->members.size(); ++l) {
      if (group->members[l] != i) continue;
      runs_[i].state = group->algorithm.LaneState(static_cast<int>(l));
      group->algorithm.Release(static_cast<int>(l));
    }
  }
  runs_[i].outcome = outcome;
}

void LaneRuns::Stop(size_t i) {
  LOCAL_SGD_CHECK(i < runs_.size());
  if (IsRunning(i)) End(i, RunOutcome::kStopped);
}

size_t LaneRuns::Fork(size_t i, const StepSize& step_size) {
  LOCAL_SGD_CHECK(i < runs_.size() && IsRunning(i));
  StoreStates();
  LaneRun fork = runs_[i];
  fork.options.step_size = step_size;
  runs_.push_back(std::move(fork));
  Pack();
  return runs_.size() - 1;
}

void LaneRuns::LookAtRunning() {
  for (const std::unique_ptr<Group>& group : groups_) {
    LaneDoubles epsilon;
    bool is_running = false;
    for (int l = 0; l < kLanes; ++l) epsilon[l] = -1.0;
    for (size_t l = 0; l < group->members.size(); ++l) {
      if (!IsRunning(group->members[l])) continue;
      epsilon[static_cast<int>(l)] = std::numeric_limits<double>::infinity();
      is_running = true;
    }
    if (!is_running) continue;
    const std::array<Gaps, kLanes> gaps = ComputeGaps(*group, epsilon);
    for (size_t l = 0; l < group->members.size(); ++l) {
      const size_t i = group->members[l];
      if (!IsRunning(i)) continue;
      runs_[i].gap = SmallestGap(gaps[l]);
      runs_[i].end_gaps = gaps[l];
    }
  }
}

std::vector<LaneRun> LaneRuns::Take() {
  StoreStates();
  return std::move(runs_);
}

}  // namespace local_sgd
