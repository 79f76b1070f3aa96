// Algorithm 2 on real threads. With several threads no two runs are alike, so
// what is tested is what holds for every run: nothing is lost, nothing arrives
// twice, everybody gets a turn, the accuracy is reached. Under
// ThreadSanitizer: bazel test --config=tsan //tests/solver:async_threads_test

#include "lib/solver/async_threads.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "absl/types/span.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/dataset/sparse_dataset.h"
#include "lib/objective/logistic_regression.h"
#include "lib/objective/optimum.h"
#include "lib/solver/accuracy.h"
#include "lib/solver/async_summary.h"
#include "lib/solver/async_worker.h"
#include "lib/solver/local_sgd.h"
#include "lib/solver/shared_point.h"
#include "lib/solver/step_rows.h"
#include "lib/theory/step_size.h"
#include "lib/theory/synchronisation_set.h"
#include "tests/solver/dense_async_sgd.h"
#include "tests/testing/synthetic_data.h"

namespace local_sgd {
namespace {

using ::testing::HasSubstr;

constexpr int64_t kLong = 1'000'000'000;  // a T that is not reached

LocalSgdOptions SeveralWorkers() {
  LocalSgdOptions options;
  options.workers = 7;
  options.batch = 2;
  options.step_size = DecayingStepSize(0.1, 50);
  options.averaging_shift = 7.5;
  options.synchronisation = EveryPeriod(4);
  options.seed = 11;
  return options;
}

// Small integers, so that every order of the sum gives the same bits. Few
// entries and no work between the adds, and on until the threads have often
// come between each other's adds (or two seconds are over: one core has no such
// thing).
TEST(SharedPoint, EveryAddArrivesExactlyOnce) {
  constexpr int64_t kFeatures = 3;
  constexpr int kThreads = 3;
  constexpr int64_t kAdds = 100'000;  // at least
  constexpr int64_t kMeetings = 2000;
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(2);
  SharedPoint shared(kFeatures);
  std::atomic<int> missed{0};
  std::vector<int64_t> adds(kThreads, 0);
  std::vector<std::thread> threads;
  for (int p = 0; p < kThreads; ++p) {
    threads.emplace_back([&, p] {
      const double step = p + 1.0;
      const std::vector<double> update = {step, 2.0 * step, 3.0 * step};
      std::vector<double> seen(kFeatures, 0.0);
      int64_t meetings = 0;
      int64_t i = 0;
      for (; i < kAdds || meetings < kMeetings; ++i) {
        if (i % 1024 == 0 && std::chrono::steady_clock::now() > end) break;
        const double least = seen[0] + update[0];
        shared.Add(update);
        shared.Read(absl::MakeSpan(seen));
        if (seen[0] > least) ++meetings;
        if (seen[0] < least) ++missed;
      }
      adds[p] = i;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(missed.load(), 0);
  std::vector<double> sum(kFeatures);
  shared.Read(absl::MakeSpan(sum));
  const int64_t expected = adds[0] + 2 * adds[1] + 3 * adds[2];
  for (int64_t j = 0; j < kFeatures; ++j) {
    EXPECT_EQ(sum[j], static_cast<double>(expected * (j + 1)));
  }
}

// One thread takes the workers in strict rotation.
TEST(AsyncThreads, OneThreadAgreesWithTheDenseAlgorithm) {
  const SparseDataset data = MakeSyntheticData({});
  const StepRows rows = MakeStepRows(data).value();
  LocalSgdOptions options = SeveralWorkers();
  for (const SynchronisationSet& set :
       {EveryPeriod(1), EveryPeriod(4), OnlyFinal(), GrowingPeriod(3.0, 7, 2),
        FromList({1, 2, 5, 11, 12, 40})}) {
    options.synchronisation = set;
    constexpr int64_t T = 150;
    AsyncThreads run(rows, 0.02, options, T);
    run.AdvanceTo(kLong);
    DenseAsyncSgd dense(data, 0.02, options);
    for (int64_t t = 0; t < T;) {
      const int64_t next = std::min(NextSynchronisation(set, t), T);
      for (int64_t k = 0; k < options.workers; ++k) {
        for (int64_t step = t; step < next; ++step) dense.Step(k);
        dense.Add(k);
        dense.Read(k);
      }
      t = next;
    }
    EXPECT_TRUE(run.finished());
    EXPECT_EQ(run.local_steps(), 7 * T);
    EXPECT_LT(dense.LargestError(run.FourIterates()), 1e-12);
    const AsyncDelays delays = run.Delays();
    EXPECT_EQ(delays.tau.count(), static_cast<int64_t>(dense.taus.size()));
    EXPECT_EQ(delays.tau.max(),
              *std::max_element(dense.taus.begin(), dense.taus.end()));
    EXPECT_EQ(delays.foreign_steps.max(),
              *std::max_element(dense.foreign_steps.begin(),
                                dense.foreign_steps.end()));
    double sum = 0.0;
    for (const int64_t tau : dense.taus) sum += static_cast<double>(tau);
    EXPECT_NEAR(delays.tau.mean(),
                sum / static_cast<double>(delays.tau.count()), 1e-9);
  }
}

TEST(AsyncThreads, OneWorkerIsSgd) {
  const StepRows rows = MakeStepRows(MakeSyntheticData({})).value();
  LocalSgdOptions options = SeveralWorkers();
  options.workers = 1;
  options.threads = 4;
  AsyncThreads run(rows, 0.02, options, 300);
  run.AdvanceTo(kLong);
  LocalSgd algorithm(rows, 0.02, options);
  algorithm.AdvanceTo(300);
  const std::vector<double> expected = algorithm.MeanIterates();
  const std::vector<double> actual = run.FourIterates();
  for (size_t i = 0; i < expected.size(); ++i) {
    EXPECT_NEAR(actual[i], expected[i], 1e-12);
  }
  EXPECT_EQ(run.Delays().tau.max(), 0);
  EXPECT_EQ(run.Delays().foreign_steps.max(), 0);
}

// xbar = x_0 + the sum of all updates that the workers report, whatever the
// threads do to each other: adds at every step, more threads than cores, more
// workers than threads, in many short runs and one long one.
TEST(AsyncThreads, EveryUpdateArrivesExactlyOnce) {
  const StepRows rows =
      MakeStepRows(MakeSyntheticData({.samples = 100, .features = 40})).value();
  struct Stress {
    int64_t workers;
    int threads;
    int64_t period;
    int64_t iterations;
    int64_t pieces;
  };
  for (const Stress& stress :
       {Stress{2, 2, 1, 2000, 1}, Stress{16, 4, 1, 500, 1},
        Stress{5, 4, 3, 700, 40}, Stress{64, 3, 2, 100, 7}}) {
    LocalSgdOptions options = SeveralWorkers();
    options.workers = stress.workers;
    options.threads = stress.threads;
    options.synchronisation = EveryPeriod(stress.period);
    options.step_size = ConstantStepSize(0.3);
    const int64_t d = rows.num_features;
    std::vector<double> sums(stress.workers * d, 0.0);  // worker k's at k d
    std::vector<double> magnitudes(stress.workers * d, 0.0);
    std::vector<int64_t> adds(stress.workers, 0);
    AsyncThreads run(rows, 0.02, options, stress.iterations,
                     [&](int64_t k, absl::Span<const double> update) {
                       ++adds[k];
                       for (int64_t j = 0; j < d; ++j) {
                         sums[k * d + j] += update[j];
                         magnitudes[k * d + j] += std::abs(update[j]);
                       }
                     });
    const int64_t all = stress.workers * stress.iterations;
    for (int64_t piece = 1; piece <= stress.pieces; ++piece) {
      run.AdvanceTo(all * piece / stress.pieces);
      EXPECT_GE(run.local_steps(), all * piece / stress.pieces);
    }
    run.AdvanceTo(kLong);
    EXPECT_TRUE(run.finished());
    EXPECT_EQ(run.local_steps(), all);
    const std::vector<double> xbar = run.SharedIterate();
    int64_t total_adds = 0;
    for (int64_t k = 0; k < stress.workers; ++k) {
      EXPECT_EQ(run.worker_steps(k), stress.iterations);
      EXPECT_EQ(adds[k],
                CountRounds(options.synchronisation, stress.iterations));
      total_adds += adds[k];
    }
    for (int64_t j = 0; j < d; ++j) {
      double sum = 0.0;
      double magnitude = 0.0;
      for (int64_t k = 0; k < stress.workers; ++k) {
        sum += sums[k * d + j];
        magnitude += magnitudes[k * d + j];
      }
      // Rounding of 2^-53 of the largest partial sum in each addition.
      EXPECT_NEAR(xbar[j], sum,
                  0x1p-52 * static_cast<double>(total_adds) * magnitude)
          << "column " << j;
    }
    const AsyncDelays delays = run.Delays();
    EXPECT_EQ(delays.tau.count(), total_adds);
    EXPECT_EQ(delays.foreign_steps.count(), total_adds);
    EXPECT_LE(delays.tau.max(), stress.iterations);
    EXPECT_GT(delays.foreign_steps.max(), 0);
  }
}

// Turns go around: in the middle of a run no worker is far behind.
TEST(AsyncThreads, EveryWorkerGetsItsTurns) {
  const StepRows rows = MakeStepRows(MakeSyntheticData({})).value();
  LocalSgdOptions options = SeveralWorkers();
  for (const int threads : {1, 2, 5}) {
    options.workers = 13;
    options.threads = threads;
    constexpr int64_t kEach = 20'000;
    AsyncThreads run(rows, 0.02, options, kLong);
    run.AdvanceTo(13 * kEach);
    for (int64_t k = 0; k < 13; ++k) {
      if (threads == 1) {
        EXPECT_NEAR(static_cast<double>(run.worker_steps(k)), kEach, 4.0);
      } else {
        EXPECT_GT(run.worker_steps(k), kEach / 2) << k << " of " << threads;
        EXPECT_LT(run.worker_steps(k), kEach * 2) << k << " of " << threads;
      }
    }
  }
}

struct SmallProblem {
  LogisticRegression problem;
  StepRows rows;
  double optimal_value = 0.0;
};

SmallProblem MakeSmallProblem() {
  SmallProblem small;
  small.problem =
      MakeLogisticRegression(MakeSyntheticData({.samples = 200}), 0.01).value();
  small.rows = MakeStepRows(small.problem.data).value();
  small.optimal_value = FindOptimum(small.problem).value().value;
  return small;
}

TEST(RunAsyncThreads, ReachesTheAccuracy) {
  const SmallProblem small = MakeSmallProblem();
  LocalSgdOptions options = SeveralWorkers();
  options.step_size = DecayingStepSize(0.2, 200);
  for (const int threads : {1, 3}) {
    options.threads = threads;
    const AsyncSummary summary =
        RunAsyncThreads(small.problem, small.rows, small.optimal_value, options,
                        {.epsilons = {0.02, 0.001}, .max_iterations = 200'000})
            .value();
    ASSERT_EQ(summary.reached.size(), 2u);
    EXPECT_GT(summary.reached[0].local_steps, 0);
    EXPECT_GT(summary.reached[1].local_steps, summary.reached[0].local_steps);
    EXPECT_EQ(summary.reached[1].local_steps, summary.local_steps);
    EXPECT_EQ(summary.reached[1].iterations,
              static_cast<double>(summary.local_steps) / 7.0);
    EXPECT_LE(SmallestGap(summary.gaps), 0.001);
    EXPECT_FALSE(summary.diverged);
    int64_t sum = 0;
    for (const int64_t t : summary.worker_steps) sum += t;
    EXPECT_EQ(sum, summary.local_steps);
    EXPECT_EQ(summary.gradients, 2 * sum);
    EXPECT_EQ(summary.vectors, 2 * summary.adds);
    EXPECT_GT(summary.gradients_per_second, 0.0);
  }
}

TEST(RunAsyncThreads, StopsAtMaxIterationsAndWhenItDiverges) {
  const SmallProblem small = MakeSmallProblem();
  LocalSgdOptions options = SeveralWorkers();
  options.threads = 2;
  const AsyncSummary stopped =
      RunAsyncThreads(small.problem, small.rows, small.optimal_value, options,
                      {.epsilons = {1e-12}, .max_iterations = 50})
          .value();
  EXPECT_EQ(stopped.local_steps, 7 * 50);
  EXPECT_EQ(stopped.reached[0].local_steps, 0);
  EXPECT_FALSE(stopped.diverged);
  options.step_size = ConstantStepSize(1e6);  // eta lambda = 1e4
  const AsyncSummary diverged =
      RunAsyncThreads(small.problem, small.rows, small.optimal_value, options,
                      {.epsilons = {1e-12}, .max_iterations = 10'000})
          .value();
  EXPECT_TRUE(diverged.diverged);
  EXPECT_EQ(diverged.reached[0].local_steps, 0);
  EXPECT_LT(diverged.local_steps, 7 * 10'000);
  const AsyncSummary without_target =
      RunAsyncThreads(small.problem, small.rows, small.optimal_value, options,
                      {.epsilons = {}, .max_iterations = 1'000'000})
          .value();
  EXPECT_TRUE(without_target.diverged);
  EXPECT_LT(without_target.local_steps, 7 * 10'000);
}

TEST(RunAsyncThreads, BadInputIsAnError) {
  const SmallProblem small = MakeSmallProblem();
  const auto message = [&](const LocalSgdOptions& options,
                           const Termination& termination) {
    return std::string(RunAsyncThreads(small.problem, small.rows,
                                       small.optimal_value, options,
                                       termination)
                           .status()
                           .message());
  };
  LocalSgdOptions bad = SeveralWorkers();
  bad.threads = -1;
  EXPECT_THAT(message(bad, {}),
              HasSubstr("threads must be at least 1, but is -1"));
  EXPECT_THAT(message(SeveralWorkers(), {.epsilons = {}, .max_iterations = 0}),
              HasSubstr("but is 0"));
  // Fits Algorithm 1, where a worker keeps less.
  bad = SeveralWorkers();
  bad.workers = 1 << 20;
  StepRows wide = small.rows;
  wide.num_features = 150;
  EXPECT_TRUE(ValidateOptions(wide, bad).ok());
  EXPECT_THAT(std::string(ValidateAsyncOptions(wide, bad).message()),
              HasSubstr("workers = 1048576, batch = 2 and 150 features need"));
}

}  // namespace
}  // namespace local_sgd
