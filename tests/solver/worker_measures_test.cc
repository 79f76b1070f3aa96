#include "lib/solver/worker_measures.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "gtest/gtest.h"
#include "lib/objective/logistic_regression.h"
#include "lib/objective/problem_constants.h"
#include "lib/solver/local_sgd.h"
#include "lib/solver/sample_stream.h"
#include "lib/solver/step_rows.h"
#include "lib/statistics/mean.h"
#include "lib/theory/convergence_bound.h"
#include "lib/theory/step_size.h"
#include "lib/theory/synchronisation_set.h"
#include "tests/testing/synthetic_data.h"

namespace local_sgd {
namespace {

constexpr double kLambda = 0.05;

LogisticRegression TestProblem() {
  return MakeLogisticRegression(MakeSyntheticData({}), kLambda).value();
}

// Where a run of K workers with b = 2 and H = 4 stands after t steps.
Iterates IteratesAt(const LogisticRegression& problem, int64_t K, int64_t t,
                    const StepSize& step_size = ConstantStepSize(0.5)) {
  const StepRows rows = MakeStepRows(problem.data).value();
  LocalSgdOptions options;
  options.workers = K;
  options.batch = 2;
  options.step_size = step_size;
  options.synchronisation = EveryPeriod(4);
  options.seed = 3;
  LocalSgd algorithm(rows, kLambda, options);
  algorithm.AdvanceTo(t);
  return algorithm.state().iterates;
}

// x^k after t steps of Algorithm 1 as it is written, in dense vectors.
std::vector<std::vector<double>> DenseIterates(
    const LogisticRegression& problem, int64_t K, int64_t t_end) {
  const int64_t d = problem.num_features();
  std::vector<std::vector<double>> x(K, std::vector<double>(d, 0.0));
  for (int64_t t = 0; t < t_end; ++t) {
    for (int64_t k = 0; k < K; ++k) {
      uint32_t drawn[2];
      DrawRows(3, k, t * 2, 2, problem.num_samples(), drawn);
      std::vector<double> gradient(d);
      for (int64_t j = 0; j < d; ++j) gradient[j] = kLambda * x[k][j];
      for (const uint32_t i : drawn) {
        const SparseDataset& data = problem.data;
        double inner = 0.0;
        for (int64_t p = data.row_begin[i]; p < data.row_begin[i + 1]; ++p) {
          inner += data.values[p] * x[k][data.columns[p]];
        }
        const double y = data.labels[i];
        for (int64_t p = data.row_begin[i]; p < data.row_begin[i + 1]; ++p) {
          gradient[data.columns[p]] -=
              y / (1.0 + std::exp(y * inner)) / 2.0 * data.values[p];
        }
      }
      for (int64_t j = 0; j < d; ++j) x[k][j] -= 0.5 * gradient[j];
    }
    if ((t + 1) % 4 != 0) continue;
    for (int64_t j = 0; j < d; ++j) {
      double mean = 0.0;
      for (int64_t k = 0; k < K; ++k) mean += x[k][j] / static_cast<double>(K);
      for (int64_t k = 0; k < K; ++k) x[k][j] = mean;
    }
  }
  return x;
}

TEST(WorkerMeasures, IteratesAndDriftAreThoseOfAlgorithmOne) {
  const LogisticRegression problem = TestProblem();
  for (const int64_t t : {0, 3, 4, 11}) {
    const Iterates iterates = IteratesAt(problem, 5, t);
    const auto dense = DenseIterates(problem, 5, t);
    double drift = 0.0;
    for (int64_t j = 0; j < problem.num_features(); ++j) {
      double mean = 0.0;
      for (int64_t k = 0; k < 5; ++k) {
        EXPECT_NEAR(WorkerIterate(iterates, k)[j], dense[k][j], 1e-12);
        mean += dense[k][j] / 5.0;
      }
      for (int64_t k = 0; k < 5; ++k) {
        drift += (dense[k][j] - mean) * (dense[k][j] - mean) / 5.0;
      }
    }
    EXPECT_NEAR(WorkerDrift(iterates), drift, 1e-12);
    // Right after a synchronisation there is none.
    EXPECT_EQ(WorkerDrift(iterates) == 0.0, t % 4 == 0);
  }
}

TEST(WorkerMeasures, MomentsAreTheLargestAndTheMeanOverWorkers) {
  const LogisticRegression problem = TestProblem();
  const Iterates iterates = IteratesAt(problem, 3, 7);
  const GradientMoments at[] = {MomentsAt(problem, WorkerIterate(iterates, 0)),
                                MomentsAt(problem, WorkerIterate(iterates, 1)),
                                MomentsAt(problem, WorkerIterate(iterates, 2))};
  const WorkerMoments all = MomentsAtWorkers(problem, iterates, 3);
  EXPECT_EQ(all.largest.variance,
            std::max({at[0].variance, at[1].variance, at[2].variance}));
  EXPECT_EQ(all.largest.second_moment,
            std::max({at[0].second_moment, at[1].second_moment,
                      at[2].second_moment}));
  EXPECT_NEAR(all.mean_variance,
              (at[0].variance + at[1].variance + at[2].variance) / 3.0, 1e-14);
  EXPECT_EQ(MomentsAtWorkers(problem, iterates, 1).largest.variance,
            at[0].variance);
}

// The proof's first step: averaging over K workers and b samples divides the
// variance by K b, whatever the workers' iterates are.
TEST(WorkerMeasures, VarianceOfTheAveragedGradientIsSigmaSquareOverKB) {
  const LogisticRegression problem = TestProblem();
  for (const int64_t K : {1, 2, 7}) {
    for (const int64_t b : {1, 3}) {
      const Iterates iterates = IteratesAt(problem, K, 7);
      const double variance =
          MomentsAtWorkers(problem, iterates, K).mean_variance;
      const std::vector<double> squares = AveragedGradientDeviations(
          problem, iterates, b, /*seed=*/1, kFirstMeasuringWorker, 20'000);
      const double scale = static_cast<double>(K * b) / variance;
      const double error = scale * *StandardError(squares);
      EXPECT_LT(error, 0.01);
      // Four standard errors: a seed in 16000 is outside.
      EXPECT_NEAR(scale * Mean(squares), 1.0, 4.0 * error);
    }
  }
}

// One drawing of one worker with one sample, worked out.
TEST(WorkerMeasures, ADeviationIsTheSampledGradientMinusItsMean) {
  const LogisticRegression problem = TestProblem();
  const Iterates iterates = IteratesAt(problem, 1, 7);
  const std::vector<double> x = WorkerIterate(iterates, 0);
  const std::vector<double> mean = Gradient(problem, x);
  uint32_t drawn[3];
  DrawRows(9, kFirstMeasuringWorker + 5, 0, 3, problem.num_samples(), drawn);
  const std::vector<double> squares = AveragedGradientDeviations(
      problem, iterates, 1, 9, kFirstMeasuringWorker + 5, 3);
  for (int m = 0; m < 3; ++m) {
    const SparseDataset& data = problem.data;
    const int64_t i = drawn[m];
    double inner = 0.0;
    for (int64_t p = data.row_begin[i]; p < data.row_begin[i + 1]; ++p) {
      inner += data.values[p] * x[data.columns[p]];
    }
    const double y = data.labels[i];
    std::vector<double> gradient(12);
    for (int j = 0; j < 12; ++j) gradient[j] = kLambda * x[j] - mean[j];
    for (int64_t p = data.row_begin[i]; p < data.row_begin[i + 1]; ++p) {
      gradient[data.columns[p]] -=
          y / (1.0 + std::exp(y * inner)) * data.values[p];
    }
    double square = 0.0;
    for (const double entry : gradient) square += entry * entry;
    EXPECT_NEAR(squares[m], square, 1e-12);
  }
}

// The ridge's part is 1e10 times the gradient, and no part of a deviation.
TEST(WorkerMeasures, EqualGradientsDoNotDeviateUnderALargeRidge) {
  SparseDataset data;
  data.num_features = 2;
  data.row_begin = {0};
  for (const double y : {1.0, -1.0, 1.0}) {
    data.columns.insert(data.columns.end(), {0, 1});
    data.values.insert(data.values.end(), {y * 0.7, y * 0.1});
    data.row_begin.push_back(static_cast<int64_t>(data.columns.size()));
    data.labels.push_back(y);
  }
  const LogisticRegression problem =
      MakeLogisticRegression(data, /*lambda=*/1e12).value();
  Iterates iterates = StartIterates(1, 2);
  iterates.common = {0.01, -0.02};
  EXPECT_EQ(MomentsAtWorkers(problem, iterates, 1).mean_variance, 0.0);
  for (const double square : AveragedGradientDeviations(
           problem, iterates, 2, /*seed=*/1, kFirstMeasuringWorker, 10)) {
    EXPECT_EQ(square, 0.0);
  }
}

// The proof's second step, with the moments measured along the same path.
TEST(WorkerMeasures, DriftIsBelowItsBound) {
  const LogisticRegression problem = TestProblem();
  const Curvature curvature = ComputeCurvature(problem).value();
  const StepSize step_size = TheoremStepSize(
      kLambda, TheoremShift(curvature.condition_number, /*gap=*/4));
  double second_moment = 0.0;
  double largest = 0.0;
  for (int64_t t = 0; t < 64; ++t) {
    const Iterates iterates = IteratesAt(problem, 8, t, step_size);
    second_moment =
        std::max(second_moment,
                 MomentsAtWorkers(problem, iterates, 8).largest.second_moment);
    if (t % 4 == 0) continue;
    const double ratio =
        WorkerDrift(iterates) /
        SynchronousDriftBound(step_size(t), second_moment, /*gap=*/4);
    EXPECT_LT(ratio, 1.0);
    largest = std::max(largest, ratio);
  }
  EXPECT_GT(largest, 0.01);
}

}  // namespace
}  // namespace local_sgd
