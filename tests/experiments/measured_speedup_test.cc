#include "experiments/measured_speedup.h"

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "data/open_dataset.h"
#include "experiments/problem.h"
#include "experiments/single_run.h"
#include "gtest/gtest.h"
#include "lib/results/speedup_record.h"
#include "lib/theory/synchronisation_set.h"
#include "tests/testing/synthetic_data.h"

namespace local_sgd {
namespace {

Problem SmallProblem() {
  NamedDataset dataset;
  dataset.name = "small";
  dataset.sha256 = "00";
  dataset.data = MakeSyntheticData({.samples = 80, .features = 6});
  return MakeProblem(std::move(dataset), /*lambda=*/{}).value();
}

MeasuredSpeedupGrid SmallGrid() {
  MeasuredSpeedupGrid grid;
  grid.epsilons = {0.02, 0.005};
  grid.batches = {1, 2};
  grid.periods = {1, 3};
  grid.workers = {1, 4};
  grid.rho = 10.0;
  grid.seeds = 3;
  grid.first_seed = 5;
  grid.max_iterations = 100'000;
  return grid;
}

// T of one configuration and seed, run alone.
double AloneT(const Problem& problem, double epsilon, int64_t b, int64_t K,
              int64_t H, uint64_t seed, int64_t max_iterations) {
  RunSettings settings;
  settings.workers = K;
  settings.batch = b;
  settings.synchronisation = EveryPeriod(H);
  settings.termination.epsilons = {epsilon};
  settings.termination.max_iterations = max_iterations;
  settings.seed = seed;
  return static_cast<double>(
      RunOnce(problem, settings).value().reached[0].iterations);
}

TEST(MeasuredSpeedup, RecordsAreMeansAndRatiosOfTheRuns) {
  const Problem problem = SmallProblem();
  const MeasuredSpeedupGrid grid = SmallGrid();
  const MeasuredSpeedup measured =
      RunMeasuredSpeedup(problem, grid, {}).value();
  ASSERT_EQ(measured.records.size(), 16u);
  // With one worker, one run serves both periods.
  EXPECT_EQ(measured.runs.size(), 2u * (1 + 2) * 3);
  size_t r = 0;
  for (const double epsilon : grid.epsilons) {
    for (const int64_t b : grid.batches) {
      double base = 0.0;
      for (const int64_t K : grid.workers) {
        for (const int64_t H : grid.periods) {
          const SpeedupRecord& record = measured.records[r++];
          EXPECT_EQ(record.epsilon, epsilon);
          EXPECT_EQ(record.batch, b);
          EXPECT_EQ(record.workers, K);
          EXPECT_EQ(record.period, H);
          EXPECT_EQ(record.seeds, 3);
          double T[3];
          for (uint64_t i = 0; i < 3; ++i) {
            T[i] = AloneT(problem, epsilon, b, K, H, 5 + i, 100'000);
            ASSERT_GT(T[i], 0.0);
          }
          const double mean = (T[0] + T[1] + T[2]) / 3.0;
          if (K == 1 && H == 1) base = mean;
          EXPECT_DOUBLE_EQ(record.iterations.value(), mean);
          EXPECT_NEAR(record.iterations_stderr.value(),
                      std::sqrt(((T[0] - mean) * (T[0] - mean) +
                                 (T[1] - mean) * (T[1] - mean) +
                                 (T[2] - mean) * (T[2] - mean)) /
                                6.0),
                      1e-9);
          const double free = base / mean;
          EXPECT_DOUBLE_EQ(record.speedup_free.value(), free);
          const double vectors = 2.0 * (K - 1.0);
          EXPECT_DOUBLE_EQ(record.speedup_star.value(),
                           free / ((b + 10.0 * vectors / H) / b));
          EXPECT_DOUBLE_EQ(record.speedup_ring.value(),
                           free / ((b + 10.0 * vectors / K / H) / b));
        }
      }
    }
  }
}

// Also through the shift of the theoretical step sizes, however large H is.
TEST(RunOnce, OneWorkerHasTheSameTForEverySynchronisationSet) {
  const Problem problem = SmallProblem();
  const double every_step = AloneT(problem, 0.005, 2, 1, /*H=*/1, 5, 100'000);
  EXPECT_GT(every_step, 0.0);
  for (const int64_t H : {3, 1000, 50'000}) {
    EXPECT_EQ(AloneT(problem, 0.005, 2, 1, H, 5, 100'000), every_step);
  }
  EXPECT_EQ(AloneT(problem, 0.005, 2, 1, 1000, 5, 20'000), every_step);
}

TEST(MeasuredSpeedup, ASeedThatMissesTheTargetLeavesNoMean) {
  const Problem problem = SmallProblem();
  MeasuredSpeedupGrid grid = SmallGrid();
  grid.epsilons = {0.02, 1e-12};
  grid.max_iterations = 2000;
  const MeasuredSpeedup measured =
      RunMeasuredSpeedup(problem, grid, {}).value();
  for (const SpeedupRecord& record : measured.records) {
    const bool reachable = record.epsilon == 0.02;
    EXPECT_EQ(record.iterations.has_value(), reachable);
    EXPECT_EQ(record.iterate.has_value(), reachable);
    EXPECT_EQ(record.speedup_free.has_value(), reachable);
    EXPECT_EQ(record.speedup_ring.has_value(), reachable);
  }
}

TEST(MeasuredSpeedup, WithoutOneWorkerThereIsNoSpeedup) {
  const Problem problem = SmallProblem();
  MeasuredSpeedupGrid grid = SmallGrid();
  grid.workers = {2};
  const MeasuredSpeedup measured =
      RunMeasuredSpeedup(problem, grid, {}).value();
  for (const SpeedupRecord& record : measured.records) {
    EXPECT_TRUE(record.iterations.has_value());
    EXPECT_FALSE(record.speedup_free.has_value());
  }
}

}  // namespace
}  // namespace local_sgd
