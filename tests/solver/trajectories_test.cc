// Runs looked at on their way against the same runs alone.

#include "lib/solver/trajectories.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "lib/dataset/sparse_dataset.h"
#include "lib/objective/logistic_regression.h"
#include "lib/solver/accuracy.h"
#include "lib/solver/local_sgd.h"
#include "lib/solver/run.h"
#include "lib/solver/step_rows.h"
#include "lib/solver/worker_measures.h"
#include "lib/theory/step_size.h"
#include "lib/theory/step_size_grid.h"
#include "lib/theory/synchronisation_set.h"
#include "tests/testing/synthetic_data.h"

namespace local_sgd {
namespace {

constexpr double kOptimalValue = 0.25;  // some number

class Trajectories : public testing::Test {
 protected:
  Trajectories() {
    SparseDataset data = MakeSyntheticData({.samples = 80, .features = 6});
    rows = MakeStepRows(data).value();
    problem = MakeLogisticRegression(std::move(data), 0.01).value();
    // More than there are lanes; ends and looks differ.
    for (int64_t H = 1; H <= 10; ++H) {
      LocalSgdOptions options;
      options.workers = 3;
      options.batch = 2;
      options.synchronisation = EveryPeriod(H);
      options.step_size = ConstantStepSize(0.5);
      options.seed = 7;
      runs.push_back({options, {0, 5, 20 + H}});
    }
  }

  LogisticRegression problem;
  StepRows rows;
  std::vector<Trajectory> runs;
};

TEST_F(Trajectories, GapCurvesAreTheGapsOfEveryRunAlone) {
  for (Trajectory& run : runs) run.iterations.erase(run.iterations.begin());
  const auto curves = GapCurves(problem, rows, kOptimalValue, runs);
  ASSERT_EQ(curves.size(), runs.size());
  for (size_t i = 0; i < runs.size(); ++i) {
    ASSERT_EQ(curves[i].size(), runs[i].iterations.size());
    for (size_t t = 0; t < curves[i].size(); ++t) {
      EXPECT_EQ(
          curves[i][t],
          RunLocalSgd(problem, rows, kOptimalValue, runs[i].options,
                      {.epsilons = {}, .max_iterations = runs[i].iterations[t]})
              .value()
              .gaps)
          << i << " " << t;
    }
  }
}

TEST_F(Trajectories, AreFollowedOnTheWay) {
  std::map<size_t, std::vector<int64_t>> looks;
  FollowTrajectories(
      rows, problem.lambda, runs, [&](const TrajectoryLanes& at) {
        const int64_t t = at.algorithm.iteration();
        std::vector<std::vector<double>> points;
        if (t > 0) points = MeanIteratesOf(at, Iterate::kQuadratic);
        const auto gaps = GapsAt(problem, kOptimalValue, points);
        for (size_t i = 0; i < at.lanes.size(); ++i) {
          const size_t run = at.Place(at.lanes[i]);
          looks[run].push_back(t);
          LocalSgd alone(rows, problem.lambda, runs[run].options);
          alone.AdvanceTo(t);
          EXPECT_EQ(WorkerDrift(at.algorithm.LaneState(at.lanes[i]).iterates),
                    WorkerDrift(alone.state().iterates));
          if (t == 0) continue;
          const std::vector<double> four = alone.MeanIterates();
          for (size_t j = 0; j < points[i].size(); ++j) {
            EXPECT_EQ(points[i][j], four[4 * j + 3]) << run << " " << t;
          }
          EXPECT_EQ(gaps[i], Value(problem, points[i]) - kOptimalValue);
        }
      });
  ASSERT_EQ(looks.size(), runs.size());
  for (size_t i = 0; i < runs.size(); ++i) {
    EXPECT_EQ(looks[i], runs[i].iterations);
  }
}

TEST_F(Trajectories, BestStepSizesHaveTheSmallestGapThere) {
  const std::vector<StepSizeCandidate> candidates = {
      {StepSizeFamily::kConstant, -8},
      {StepSizeFamily::kConstant, -4},
      {StepSizeFamily::kDecaying, 0},
      {StepSizeFamily::kConstant, -4},
      {StepSizeFamily::kDecaying, -9}};
  const std::vector<int64_t> iterations = {1, 10, 1000};
  const std::vector<size_t> best = BestStepSizes(
      problem, rows, kOptimalValue, runs[2].options, iterations, candidates);
  ASSERT_EQ(best.size(), iterations.size());
  for (size_t t = 0; t < iterations.size(); ++t) {
    std::vector<double> gaps;
    for (const StepSizeCandidate& candidate : candidates) {
      LocalSgdOptions options = runs[2].options;
      options.step_size = StepSizeOf(candidate, problem.num_samples());
      gaps.push_back(SmallestGap(
          RunLocalSgd(problem, rows, kOptimalValue, options,
                      {.epsilons = {}, .max_iterations = iterations[t]})
              .value()
              .gaps));
    }
    // The first of the smallest.
    EXPECT_EQ(best[t],
              std::min_element(gaps.begin(), gaps.end()) - gaps.begin());
  }
  EXPECT_NE(best.front(), best.back());
}

}  // namespace
}  // namespace local_sgd
