// T(epsilon) against its definition, and what a run reports.

#include "lib/solver/run.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/dataset/sparse_dataset.h"
#include "lib/objective/logistic_regression.h"
#include "lib/objective/optimum.h"
#include "lib/solver/local_sgd.h"
#include "lib/solver/step_rows.h"
#include "lib/theory/step_size.h"
#include "lib/theory/synchronisation_set.h"
#include "tests/testing/synthetic_data.h"

namespace local_sgd {
namespace {

using ::testing::HasSubstr;

struct Fixture {
  Fixture() {
    SparseDataset data = MakeSyntheticData({.samples = 200, .features = 10});
    rows = MakeStepRows(data).value();
    problem = MakeLogisticRegression(std::move(data), 0.02).value();
    optimum = FindOptimum(problem).value();
    options.workers = 3;
    options.batch = 2;
    options.step_size = DecayingStepSize(0.02, 200);
    options.synchronisation = EveryPeriod(4);
    options.seed = 7;
  }
  RunSummary Run(const Termination& termination) const {
    return RunLocalSgd(problem, rows, optimum.value, options, termination)
        .value();
  }
  LogisticRegression problem;
  StepRows rows;
  Optimum optimum;
  LocalSgdOptions options;
};

// The gaps after every one of T iterations, index t.
std::vector<Gaps> AllGaps(const Fixture& f, int64_t T) {
  std::vector<Gaps> all(1);
  LocalSgd algorithm(f.rows, f.problem.lambda, f.options);
  for (int64_t t = 1; t <= T; ++t) {
    algorithm.AdvanceTo(t);
    const std::vector<double> points = algorithm.MeanIterates();
    Gaps gaps;
    for (int q = 0; q < kNumIterates; ++q) {
      std::vector<double> x;
      for (int j = 0; j < 10; ++j) x.push_back(points[4 * j + q]);
      gaps[q] = Value(f.problem, x) - f.optimum.value;
    }
    all.push_back(gaps);
  }
  return all;
}

// T(epsilon) in the words of the definition, from the gaps of all iterations;
// 0 when it is not reached.
int64_t DefinedT(const std::vector<Gaps>& all, double epsilon) {
  const auto passes = [&](int64_t t) {
    return *std::min_element(all[t].begin(), all[t].end()) <= epsilon;
  };
  const int64_t T = static_cast<int64_t>(all.size()) - 1;
  int64_t previous = 0;
  for (int64_t c = 1; c <= T;
       c = std::max(c + 1, static_cast<int64_t>(std::floor(c * 11 / 10)))) {
    if (passes(c)) {
      int64_t p = previous;
      do {
        p = std::min(c, std::max(p + 1, p * 101 / 100));
      } while (!passes(p));
      return p;
    }
    previous = c;
  }
  return 0;
}

TEST(RunLocalSgd, TEpsilonIsTheDefinition) {
  Fixture f;
  for (const bool averages_lead : {true, false}) {
    // With the large constant step the averages reach a target first.
    f.options.step_size =
        averages_lead ? ConstantStepSize(1.0) : DecayingStepSize(0.02, 200);
    const std::vector<Gaps> all = AllGaps(f, 6000);
    std::map<Iterate, int> best;
    for (const double epsilon :
         {0.9, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001, 0.0005, 0.0002}) {
      const RunSummary summary =
          f.Run({.epsilons = {epsilon}, .max_iterations = 6000});
      const Reached& reached = summary.reached[0];
      EXPECT_EQ(reached.iterations, DefinedT(all, epsilon)) << epsilon;
      if (reached.iterations == 0) continue;
      // It stops there, and names the iterate with the smallest gap there.
      EXPECT_EQ(summary.iterations, reached.iterations);
      const Gaps& gaps = all[reached.iterations];
      EXPECT_EQ(summary.gaps, gaps);
      EXPECT_EQ(gaps[static_cast<int>(reached.iterate)],
                *std::min_element(gaps.begin(), gaps.end()));
      ++best[reached.iterate];
    }
    EXPECT_GE(best.size(), averages_lead ? 2u : 1u);
  }
}

TEST(RunLocalSgd, SeveralTargetsAreEachAsIfAlone) {
  const Fixture f;
  // Not in order; some are reached in the same coarse interval.
  const std::vector<double> epsilons = {0.01, 0.1, 0.0099, 0.003, 0.0985, 1e-9};
  const RunSummary together =
      f.Run({.epsilons = epsilons, .max_iterations = 3000});
  ASSERT_EQ(together.reached.size(), epsilons.size());
  for (size_t e = 0; e < epsilons.size(); ++e) {
    const RunSummary alone =
        f.Run({.epsilons = {epsilons[e]}, .max_iterations = 3000});
    EXPECT_EQ(together.reached[e].epsilon, epsilons[e]);
    EXPECT_EQ(together.reached[e].iterations, alone.reached[0].iterations);
    EXPECT_EQ(together.reached[e].iterate, alone.reached[0].iterate);
  }
  EXPECT_EQ(together.reached.back().iterations, 0);
  EXPECT_EQ(together.iterations, 3000);
}

// With a constant step the last iterate dips at random: fine points may pass
// for an epsilon that the end of their interval does not reach, and do not
// count.
TEST(RunLocalSgd, CloseTargetsOfANoisyRunAreEachAsIfAlone) {
  Fixture f;
  // A slowly conditioned problem: the averages lag, the last iterate leads.
  f.problem = MakeLogisticRegression(std::move(f.problem.data), 0.001).value();
  f.optimum = FindOptimum(f.problem).value();
  f.options.workers = 1;
  f.options.batch = 1;
  std::vector<double> epsilons;
  for (double epsilon = 0.05; epsilon > 0.0008; epsilon *= 0.95) {
    epsilons.push_back(epsilon);
  }
  for (const double eta : {0.02, 0.05, 0.1, 0.2}) {
    f.options.step_size = ConstantStepSize(eta);
    for (uint64_t seed = 1; seed <= 5; ++seed) {
      f.options.seed = seed;
      const RunSummary together =
          f.Run({.epsilons = epsilons, .max_iterations = 3000});
      const std::vector<Gaps> all = AllGaps(f, 3000);
      for (const Reached& reached : together.reached) {
        EXPECT_EQ(reached.iterations, DefinedT(all, reached.epsilon))
            << "epsilon " << reached.epsilon << ", eta " << eta << ", seed "
            << seed;
      }
    }
  }
}

TEST(RunLocalSgd, OneWorkerHasTheSameTForEveryPeriod) {
  Fixture f;
  f.options.workers = 1;
  const Termination termination = {.epsilons = {0.02, 0.005},
                                   .max_iterations = 20'000};
  f.options.synchronisation = EveryPeriod(1);
  const RunSummary first = f.Run(termination);
  EXPECT_GT(first.reached[1].iterations, 0);
  for (const int64_t period : {2, 4, 8, 16}) {
    f.options.synchronisation = EveryPeriod(period);
    const RunSummary other = f.Run(termination);
    EXPECT_EQ(other.reached[0].iterations, first.reached[0].iterations);
    EXPECT_EQ(other.reached[1].iterations, first.reached[1].iterations);
    EXPECT_EQ(other.gaps, first.gaps);
  }
}

TEST(RunLocalSgd, CountsGradientsAndCommunication) {
  const Fixture f;  // K = 3, b = 2, H = 4, d = 10
  const RunSummary summary = f.Run({.epsilons = {}, .max_iterations = 10});
  EXPECT_EQ(summary.iterations, 10);
  EXPECT_EQ(summary.gradients, 60);
  EXPECT_EQ(summary.rounds, 3);  // 4, 8 and T = 10
  EXPECT_EQ(summary.vectors, 12);
  EXPECT_EQ(summary.bytes, 12 * 10 * 8);
  EXPECT_TRUE(summary.reached.empty());
  EXPECT_FALSE(summary.diverged);
}

TEST(RunLocalSgd, StopsAndSaysSoWhenItDiverges) {
  Fixture f;
  f.options.step_size = ConstantStepSize(1e4);  // eta lambda = 200
  const RunSummary summary =
      f.Run({.epsilons = {0.001}, .max_iterations = 1'000'000});
  EXPECT_TRUE(summary.diverged);
  EXPECT_LT(summary.iterations, 1000);
  EXPECT_EQ(summary.reached[0].iterations, 0);
}

TEST(RunLocalSgd, StopsAndSaysSoWithoutATargetToo) {
  Fixture f;
  f.options.step_size = ConstantStepSize(1e4);
  const RunSummary summary =
      f.Run({.epsilons = {}, .max_iterations = 1'000'000'000});
  EXPECT_TRUE(summary.diverged);
  EXPECT_LT(summary.iterations, 1000);
  EXPECT_EQ(summary.gradients, 6 * summary.iterations);
  EXPECT_FALSE(std::isfinite(summary.gaps[0]));
}

// 2^62 bytes and more: T = 1e9, K = 2^20, d = 2^20, H = 1.
TEST(CountExchange, TheLargestRunsHaveNoNegativeCounts) {
  StepRows rows;
  rows.num_features = 1 << 20;
  LocalSgdOptions options;
  options.workers = 1 << 20;
  RunSummary summary;
  CountExchange(rows, options, 1'000'000'000, summary);
  EXPECT_EQ(summary.gradients, 1'048'576'000'000'000);
  EXPECT_EQ(summary.rounds, 1'000'000'000);
  EXPECT_EQ(summary.vectors, 2'097'150'000'000'000);
  EXPECT_EQ(summary.bytes, std::numeric_limits<int64_t>::max());
  options.workers = 32;
  rows.num_features = 300;
  CountExchange(rows, options, 1'000'000'000, summary);
  EXPECT_EQ(summary.bytes, int64_t{62} * 1'000'000'000 * 300 * 8);
}

TEST(RunLocalSgd, RefusesTerminationsWithoutMeaning) {
  const Fixture f;
  const auto message = [&f](const Termination& termination) {
    return std::string(
        RunLocalSgd(f.problem, f.rows, f.optimum.value, f.options, termination)
            .status()
            .message());
  };
  EXPECT_THAT(message({.epsilons = {0.1, 0.0}, .max_iterations = 10}),
              HasSubstr("epsilon must be positive and finite, but is 0"));
  EXPECT_THAT(message({.epsilons = {std::nan("")}, .max_iterations = 10}),
              HasSubstr("epsilon must be positive"));
  EXPECT_THAT(message({.epsilons = {}, .max_iterations = 0}),
              HasSubstr("max_iterations must be at least 1"));
  EXPECT_THAT(message({.epsilons = {},
                       .max_iterations = std::numeric_limits<int64_t>::max()}),
              HasSubstr("max_iterations"));
}

}  // namespace
}  // namespace local_sgd
