// Runs side by side against RunLocalSgd, one by one.

#include "lib/solver/lane_runs.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "lib/dataset/sparse_dataset.h"
#include "lib/objective/logistic_regression.h"
#include "lib/objective/optimum.h"
#include "lib/solver/accuracy.h"
#include "lib/solver/check_points.h"
#include "lib/solver/local_sgd.h"
#include "lib/solver/run.h"
#include "lib/solver/step_rows.h"
#include "lib/theory/step_size.h"
#include "lib/theory/synchronisation_set.h"
#include "tests/testing/highway_targets.h"
#include "tests/testing/synthetic_data.h"

namespace local_sgd {
namespace {

constexpr int64_t kSamples = 250;

struct Fixture {
  explicit Fixture(bool unit_values = false) {
    SparseDataset data = MakeSyntheticData(
        {.samples = kSamples, .features = 20, .unit_values = unit_values});
    rows = MakeStepRows(data).value();
    problem = MakeLogisticRegression(std::move(data), 0.01).value();
    optimal_value = FindOptimum(problem).value().value;
  }
  LogisticRegression problem;
  StepRows rows;
  double optimal_value = 0.0;
};

// f(0) - f* is 0.03. Two are reached in one coarse interval by most runs, one
// is reached late, one never; not in order.
const std::vector<double> kEpsilons = {0.01, 0.025, 0.0099, 0.002, 1e-12};

// `count` runs of steps and sets of every kind. Some diverge (eta lambda > 2),
// one is so slow that it reaches nothing, some reach all but the last epsilon.
std::vector<LocalSgdOptions> Configurations(int64_t K, int64_t b, int count) {
  const std::vector<StepSize> step_sizes = {DecayingStepSize(0.25, kSamples),
                                            ConstantStepSize(0.5),
                                            ConstantStepSize(1000.0),
                                            DecayingStepSize(2.0, kSamples),
                                            ConstantStepSize(4.0),
                                            ConstantStepSize(1e-5),
                                            TheoremStepSize(0.01, 900.0),
                                            ConstantStepSize(300.0)};
  const std::vector<SynchronisationSet> sets = {
      EveryPeriod(1),  EveryPeriod(2), EveryPeriod(4),          EveryPeriod(8),
      EveryPeriod(16), OnlyFinal(),    GrowingPeriod(2.0, K, b)};
  std::vector<LocalSgdOptions> configurations;
  for (int i = 0; i < count; ++i) {
    LocalSgdOptions options;
    options.workers = K;
    options.batch = b;
    options.step_size = step_sizes[i % step_sizes.size()];
    options.averaging_shift = i % 8 == 6 ? 900.0 : 1.0;
    options.synchronisation = sets[i % sets.size()];
    options.seed = 11;
    configurations.push_back(options);
  }
  return configurations;
}

LaneRuns Begin(const Fixture& f, int64_t max_iterations,
               const std::vector<LocalSgdOptions>& configurations,
               const std::vector<double>& epsilons = kEpsilons) {
  std::vector<LaneRun> runs;
  for (const LocalSgdOptions& options : configurations) {
    runs.push_back(StartLaneRun(f.rows, f.problem.lambda, options, epsilons));
  }
  return LaneRuns(f.problem, f.rows, f.optimal_value, max_iterations,
                  std::move(runs));
}

void ExpectSameReached(const std::vector<Reached>& reached,
                       const std::vector<Reached>& alone) {
  ASSERT_EQ(reached.size(), alone.size());
  for (size_t m = 0; m < alone.size(); ++m) {
    EXPECT_EQ(reached[m].epsilon, alone[m].epsilon);
    EXPECT_EQ(reached[m].iterations, alone[m].iterations) << alone[m].epsilon;
    EXPECT_EQ(reached[m].iterate, alone[m].iterate) << alone[m].epsilon;
  }
}

// What RunLocalSgd says of a run that has ended.
void ExpectAsAlone(const Fixture& f, int64_t max_iterations,
                   const LaneRun& run) {
  std::vector<double> epsilons;
  for (const Reached& reached : run.reached) {
    epsilons.push_back(reached.epsilon);
  }
  const RunSummary alone =
      RunLocalSgd(f.problem, f.rows, f.optimal_value, run.options,
                  {.epsilons = epsilons, .max_iterations = max_iterations})
          .value();
  ExpectSameReached(run.reached, alone.reached);
  EXPECT_EQ(run.outcome, alone.diverged              ? RunOutcome::kDiverged
                         : ReachedAll(alone.reached) ? RunOutcome::kReached
                                                     : RunOutcome::kLimit);
  EXPECT_EQ(run.end, alone.iterations);
  for (int q = 0; q < kNumIterates; ++q) {
    const bool is_number = !std::isnan(alone.gaps[q]);
    EXPECT_EQ(std::isnan(run.end_gaps[q]), !is_number);
    if (is_number) {
      EXPECT_EQ(run.end_gaps[q], alone.gaps[q]) << q;
    }
  }
}

TEST(LaneRuns, EveryRunIsAsAlone) {
  bool is_seen[5] = {};
  for (const auto& [K, b] : {std::pair{1, 1}, {3, 2}, {5, 1}, {2, 4}}) {
    for (const int count : {1, 2, 8, 9, 20}) {
      const Fixture f(/*unit_values=*/count % 2 == 0);
      const int64_t max_iterations = 1500;
      LaneRuns lanes = Begin(f, max_iterations, Configurations(K, b, count));
      while (lanes.AdvanceInterval()) {
      }
      for (int i = 0; i < count; ++i) {
        SCOPED_TRACE(testing::Message() << "K = " << K << ", b = " << b
                                        << ", run " << i << " of " << count);
        const LaneRun& run = lanes.runs()[i];
        ExpectAsAlone(f, max_iterations, run);
        is_seen[0] |= run.outcome == RunOutcome::kDiverged;
        is_seen[1] |= run.outcome == RunOutcome::kLimit;
        is_seen[2] |= run.reached[0].iterations > 0 &&
                      run.reached[0].iterations == run.reached[2].iterations;
        is_seen[3] |= run.reached[0].iterations != run.reached[2].iterations;
        is_seen[4] |= run.reached[3].iterations > 0 &&
                      run.reached[3].iterate != Iterate::kLast;
      }
    }
  }
  for (const bool seen : is_seen) EXPECT_TRUE(seen);
}

// One worker leaves the common point out, whatever the values are.
TEST(LaneRuns, OneWorkerIsAsAlone) {
  for (const bool unit_values : {true, false}) {
    const Fixture f(unit_values);
    LocalSgdOptions options;
    options.step_size = ConstantStepSize(0.1);
    options.synchronisation = EveryPeriod(4);
    LaneRuns lanes = Begin(f, 300, {options, options});
    while (lanes.AdvanceInterval()) {
    }
    for (const LaneRun& run : lanes.runs()) ExpectAsAlone(f, 300, run);
  }
}

// Through all sizes up to where f overflows, at several speeds.
TEST(LaneRuns, DivergesWhereTheRunAloneDoes) {
  const Fixture f(/*unit_values=*/true);
  std::vector<LocalSgdOptions> configurations;
  for (int i = 0; i < 32; ++i) {
    LocalSgdOptions options;
    options.step_size = ConstantStepSize(210.0 + 3.0 * i);
    options.synchronisation = OnlyFinal();
    configurations.push_back(options);
  }
  LaneRuns lanes = Begin(f, 20'000, configurations, {1e-4});
  while (lanes.AdvanceInterval()) {
  }
  for (const LaneRun& run : lanes.runs()) {
    EXPECT_EQ(run.outcome, RunOutcome::kDiverged);
    ExpectAsAlone(f, 20'000, run);
  }
}

// f overflows between the last coarse point and the end.
TEST(LaneRuns, DivergesAfterTheLastCoarsePointToo) {
  const Fixture f(/*unit_values=*/true);
  LocalSgdOptions options;
  options.step_size = ConstantStepSize(700.0);
  int diverged = 0;
  int limit = 0;
  for (int64_t max_iterations = 150; max_iterations < 250; ++max_iterations) {
    LaneRuns lanes = Begin(f, max_iterations, {options, options}, {1e-4});
    while (lanes.AdvanceInterval()) {
    }
    diverged += lanes.runs()[0].outcome == RunOutcome::kDiverged;
    limit += lanes.runs()[0].outcome == RunOutcome::kLimit;
    ExpectAsAlone(f, max_iterations, lanes.runs()[0]);
  }
  EXPECT_GT(diverged, 0);
  EXPECT_GT(limit, 0);
}

// Every epsilon is reached, by some runs sooner than by others: the lanes are
// packed again while the others go on.
TEST(LaneRuns, RunsEndOneByOne) {
  const Fixture f;
  std::vector<LocalSgdOptions> configurations = Configurations(3, 2, 20);
  std::vector<double> scales = {0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0};
  for (size_t i = 0; i < configurations.size(); ++i) {
    configurations[i].step_size = ConstantStepSize(scales[i % scales.size()]);
  }
  LaneRuns lanes = Begin(f, 3000, configurations, {0.02, 0.01});
  std::vector<int64_t> ends;
  while (lanes.AdvanceInterval()) {
  }
  for (const LaneRun& run : lanes.runs()) {
    ExpectAsAlone(f, 3000, run);
    EXPECT_EQ(run.outcome, RunOutcome::kReached);
    ends.push_back(run.iterations);
  }
  std::sort(ends.begin(), ends.end());
  EXPECT_LT(ends.front(), ends.back());
}

// Dips of the last iterate between coarse points do not count, for close
// epsilons of a noisy run.
TEST(LaneRuns, ManyCloseEpsilonsOfNoisyRunsAreAsAlone) {
  const Fixture f;
  std::vector<double> epsilons;
  for (double epsilon = 0.03; epsilon > 0.0005; epsilon *= 0.95) {
    epsilons.push_back(epsilon);
  }
  for (const int count : {1, 2, 8}) {
    for (const int b : {1, 2}) {
      std::reverse(epsilons.begin(), epsilons.end());
      LaneRuns lanes = Begin(f, 2000, Configurations(1, b, count), epsilons);
      while (lanes.AdvanceInterval()) {
      }
      for (const LaneRun& run : lanes.runs()) ExpectAsAlone(f, 2000, run);
    }
  }
}

TEST(LaneRuns, EndsAtTheLimit) {
  const Fixture f;
  for (const int64_t limit : {1, 2, 10, 57, 58, 59, 60, 61, 62, 63, 64}) {
    SCOPED_TRACE(limit);
    LaneRuns lanes = Begin(f, limit, Configurations(2, 1, 9));
    while (lanes.AdvanceInterval()) {
    }
    EXPECT_LE(lanes.iterations(), limit);
    EXPECT_GT(NextCoarsePoint(lanes.iterations()), limit);
    for (const LaneRun& run : lanes.runs()) ExpectAsAlone(f, limit, run);
  }
}

TEST(LaneRuns, EveryInstructionSetGivesTheSame) {
  const Fixture f;
  const std::vector<LocalSgdOptions> configurations = Configurations(3, 2, 9);
  std::vector<RunSummary> alone;
  for (size_t i = 0; i < configurations.size(); ++i) {
    LocalSgdOptions options = configurations[i];
    options.threads = i == 3 ? 2 : 1;  // the same bits
    alone.push_back(RunLocalSgd(f.problem, f.rows, f.optimal_value, options,
                                {.epsilons = kEpsilons, .max_iterations = 150})
                        .value());
  }
  ForEachHighwayTarget([&] {
    LaneRuns lanes = Begin(f, 150, configurations);
    while (lanes.AdvanceInterval()) {
    }
    for (size_t i = 0; i < alone.size(); ++i) {
      ExpectSameReached(lanes.runs()[i].reached, alone[i].reached);
    }
  });
}

// The epsilons that a run has reached by iteration t, as it knows them there.
std::vector<Reached> ReachedBy(std::vector<Reached> reached, int64_t t) {
  for (Reached& r : reached) {
    if (r.iterations > t) r = {.epsilon = r.epsilon};
  }
  return reached;
}

TEST(LaneRuns, AStoppedRunKeepsWhatItHasAndDisturbsNobody) {
  const Fixture f;
  LaneRuns lanes = Begin(f, 1000, Configurations(3, 1, 12));
  const std::vector<std::pair<int64_t, size_t>> stops = {
      {5, 1}, {5, 3}, {20, 0}, {20, 8}, {20, 9}, {20, 11}};
  std::vector<int64_t> stopped_at(12, 0);
  do {
    for (const auto& [t, i] : stops) {
      if (lanes.iterations() >= t && stopped_at[i] == 0) {
        ASSERT_EQ(lanes.runs()[i].outcome, RunOutcome::kRunning);
        lanes.Stop(i);
        stopped_at[i] = lanes.iterations();
        EXPECT_EQ(lanes.runs()[i].state.t, lanes.iterations());
      }
    }
  } while (lanes.AdvanceInterval());
  // One that has ended stays what it is.
  const size_t ended = 2;
  EXPECT_EQ(lanes.runs()[ended].outcome, RunOutcome::kDiverged);
  lanes.Stop(ended);
  EXPECT_EQ(lanes.runs()[ended].outcome, RunOutcome::kDiverged);
  for (size_t i = 0; i < 12; ++i) {
    SCOPED_TRACE(i);
    const LaneRun& run = lanes.runs()[i];
    if (stopped_at[i] == 0) {
      ExpectAsAlone(f, 1000, run);
      continue;
    }
    EXPECT_EQ(run.outcome, RunOutcome::kStopped);
    EXPECT_EQ(run.iterations, stopped_at[i]);
    const RunSummary alone =
        RunLocalSgd(f.problem, f.rows, f.optimal_value, run.options,
                    {.epsilons = kEpsilons, .max_iterations = 1000})
            .value();
    ExpectSameReached(run.reached, ReachedBy(alone.reached, stopped_at[i]));
  }
}

// A capped decaying step is the constant cap up to some iteration; forks before
// it are that run.
TEST(LaneRuns, AForkIsTheRunWithItsStepSizes) {
  const Fixture f;
  for (const double cap : {0.5, 4.0}) {
    std::vector<LocalSgdOptions> configurations = Configurations(3, 2, 4);
    configurations[1].step_size = ConstantStepSize(cap);
    LaneRuns lanes = Begin(f, 1200, configurations);
    // Each leaves the cap before iteration 15, 40, 41, 300.
    const std::vector<double> leave = {15.0, 40.0, 41.0, 300.0};
    std::vector<size_t> forks;
    bool is_running = true;
    while (is_running) {
      const int64_t t = lanes.iterations();
      const int64_t coarse = t == 0 ? 1 : NextCoarsePoint(t);
      while (forks.size() < leave.size() &&
             leave[forks.size()] <= static_cast<double>(coarse)) {
        const StepSize step_size = {cap, cap * leave[forks.size()], 1.0};
        forks.push_back(lanes.Fork(1, step_size));
        EXPECT_EQ(forks.back(), 3 + forks.size());
        EXPECT_EQ(lanes.runs()[forks.back()].options.step_size.numerator,
                  step_size.numerator);
      }
      is_running = lanes.AdvanceInterval();
    }
    ASSERT_EQ(lanes.runs().size(), 8u);
    for (size_t i = 0; i < 8; ++i) {
      SCOPED_TRACE(testing::Message() << "cap " << cap << ", run " << i);
      ExpectAsAlone(f, 1200, lanes.runs()[i]);
    }
    EXPECT_GT(lanes.runs()[5].reached[1].iterations, 0);
  }
}

TEST(LaneRuns, GoesOnInAnother) {
  const Fixture f;
  const std::vector<LocalSgdOptions> configurations = Configurations(4, 1, 11);
  LaneRuns lanes = Begin(f, 1000, configurations);
  std::vector<LaneRun> ended(configurations.size());
  const auto run_until = [&](LaneRuns& some, int64_t t) {
    while (some.iterations() < t && some.AdvanceInterval()) {
    }
  };
  run_until(lanes, 30);
  std::vector<LaneRun> taken = lanes.Take();
  // Those that are running go on in two groups, in another order; one of them
  // with a break more.
  std::vector<size_t> running;
  for (size_t i = 0; i < taken.size(); ++i) {
    if (taken[i].outcome == RunOutcome::kRunning) {
      running.push_back(i);
      EXPECT_EQ(taken[i].iterations, taken[i].state.t);
    } else {
      ended[i] = std::move(taken[i]);
    }
  }
  std::reverse(running.begin(), running.end());
  ASSERT_GE(running.size(), 6u);
  for (const bool is_first : {true, false}) {
    std::vector<size_t> indices(
        is_first ? running.begin() : running.begin() + 3,
        is_first ? running.begin() + 3 : running.end());
    std::vector<LaneRun> runs;
    for (const size_t i : indices) runs.push_back(std::move(taken[i]));
    LaneRuns more(f.problem, f.rows, f.optimal_value, 1000, std::move(runs));
    EXPECT_EQ(more.iterations(), lanes.iterations());
    if (is_first) {
      run_until(more, 200);
      LaneRuns last(f.problem, f.rows, f.optimal_value, 1000, more.Take());
      run_until(last, 1001);
      runs = last.Take();
    } else {
      run_until(more, 1001);
      runs = more.Take();
    }
    for (size_t r = 0; r < indices.size(); ++r) {
      ended[indices[r]] = std::move(runs[r]);
    }
  }
  for (const LaneRun& run : ended) ExpectAsAlone(f, 1000, run);
}

// The exact smallest gap, where otherwise a lower bound would do.
TEST(LaneRuns, LooksAtThoseThatAreRunning) {
  const Fixture f;
  const std::vector<LocalSgdOptions> configurations = Configurations(2, 2, 10);
  LaneRuns lanes = Begin(f, 1000, configurations, {1e-9});
  while (lanes.iterations() < 100) lanes.AdvanceInterval();
  lanes.Stop(4);
  lanes.LookAtRunning();
  const int64_t t = lanes.iterations();
  int compared = 0;
  for (size_t i = 0; i < configurations.size(); ++i) {
    const LaneRun& run = lanes.runs()[i];
    if (run.outcome != RunOutcome::kRunning) continue;
    const RunSummary alone =
        RunLocalSgd(f.problem, f.rows, f.optimal_value, configurations[i],
                    {.epsilons = {}, .max_iterations = t})
            .value();
    EXPECT_EQ(run.gap, SmallestGap(alone.gaps)) << i;
    ++compared;
  }
  EXPECT_GE(compared, 5);
  EXPECT_EQ(lanes.runs()[4].outcome, RunOutcome::kStopped);
}

TEST(LaneRuns, CountsTheGradientsOfRunsThatAreRunning) {
  const Fixture f;
  LaneRuns lanes = Begin(f, 50, Configurations(3, 2, 2), {1e-9});
  lanes.AdvanceInterval();
  EXPECT_EQ(lanes.times().gradients, 2 * 3 * 2);
  lanes.Stop(0);
  lanes.AdvanceInterval();
  EXPECT_EQ(lanes.times().gradients, 3 * 3 * 2);
  EXPECT_GE(lanes.times().step_seconds, 0.0);
}

}  // namespace
}  // namespace local_sgd
