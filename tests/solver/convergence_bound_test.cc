// Bound (5) of Theorem 2.2 against runs in which each of its terms is needed:
// the measured error is below the bound and above what is left without that
// term.

#include "lib/theory/convergence_bound.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "gtest/gtest.h"
#include "lib/dataset/sparse_dataset.h"
#include "lib/objective/logistic_regression.h"
#include "lib/objective/optimum.h"
#include "lib/objective/problem_constants.h"
#include "lib/solver/local_sgd.h"
#include "lib/solver/step_rows.h"
#include "lib/solver/worker_measures.h"
#include "lib/theory/averaging_weights.h"
#include "lib/theory/step_size.h"
#include "lib/theory/synchronisation_set.h"
#include "tests/testing/synthetic_data.h"

namespace local_sgd {
namespace {

struct Comparison {
  double error = 0.0;  // f(xhat_T) - f*, mean over seeds
  BoundTerms bound;    // with the largest moments that were seen
};

struct Experiment {
  SparseDataset data;
  double lambda = 1.0;
  std::vector<double> start;  // x_0; empty: x*
  int64_t workers = 1;
  int64_t period = 1;
  int64_t iterations = 1;
  int64_t seeds = 1;
};

// Moments are looked at in the first two workers, exactly, at a hundred t.
Comparison Compare(const Experiment& experiment) {
  const LogisticRegression problem =
      MakeLogisticRegression(experiment.data, experiment.lambda).value();
  const StepRows rows = MakeStepRows(problem.data).value();
  const Optimum optimum = FindOptimum(problem).value();
  const Curvature curvature = ComputeCurvature(problem).value();
  BoundSettings settings;
  settings.iterations = experiment.iterations;
  settings.workers = experiment.workers;
  settings.shift = TheoremShift(curvature.condition_number, experiment.period);
  settings.strong_convexity = curvature.strong_convexity;
  settings.smoothness = curvature.smoothness;
  std::vector<double> start = experiment.start;
  if (start.empty()) start = optimum.point;
  for (int64_t j = 0; j < problem.num_features(); ++j) {
    const double distance = start[j] - optimum.point[j];
    settings.start_distance_square += distance * distance;
  }
  LocalSgdOptions options;
  options.workers = experiment.workers;
  options.step_size =
      TheoremStepSize(curvature.strong_convexity, settings.shift);
  options.averaging_shift = settings.shift;
  options.synchronisation = EveryPeriod(experiment.period);
  Comparison comparison;
  const int64_t stride = std::max<int64_t>(1, experiment.iterations / 100);
  for (int64_t seed = 1; seed <= experiment.seeds; ++seed) {
    options.seed = static_cast<uint64_t>(seed);
    LocalSgd algorithm(rows, experiment.lambda, options);
    LocalSgd::State state = algorithm.state();
    std::copy(start.begin(), start.end(), state.iterates.common.begin());
    algorithm.Restore(state);
    for (int64_t t = 0; t < experiment.iterations; t += stride) {
      algorithm.AdvanceTo(t);
      const GradientMoments moments =
          MomentsAtWorkers(problem, algorithm.state().iterates,
                           std::min<int64_t>(2, experiment.workers))
              .largest;
      settings.variance = std::max(settings.variance, moments.variance);
      settings.second_moment =
          std::max(settings.second_moment, moments.second_moment);
    }
    algorithm.AdvanceTo(experiment.iterations);
    const std::vector<double> iterates = algorithm.MeanIterates();
    std::vector<double> average(problem.num_features());
    for (size_t j = 0; j < average.size(); ++j) {
      average[j] = iterates[4 * j + 1 + kQuadratic];
    }
    comparison.error += (Value(problem, average) - optimum.value) /
                        static_cast<double>(experiment.seeds);
  }
  comparison.bound = SynchronousBound(settings, experiment.period);
  return comparison;
}

// Far from the optimum the ridge rules: G^2 is lambda^2 |x_0|^2, so that the
// drift term is G^2 / L = lambda |x_0|^2 / kappa, below the error lambda
// |x_0|^2 / 2. (From x_0 = 0 the bias is never needed: f(0) - f* <= |grad
// f(0)|^2 / (2 lambda) and the like keep it below the drift term.)
TEST(ConvergenceBound, TheBiasIsNeededFarFromTheOptimum) {
  Experiment experiment;
  experiment.data = MakeSyntheticData({.samples = 80, .features = 6});
  experiment.lambda = 0.004;
  experiment.start = std::vector<double>(6, 1000.0);
  experiment.iterations = 5;
  experiment.seeds = 10;
  const Comparison comparison = Compare(experiment);
  EXPECT_LT(comparison.error, comparison.bound.total());
  EXPECT_GT(comparison.error,
            1.5 * (comparison.bound.variance + comparison.bound.drift));
}

TEST(ConvergenceBound, TheVarianceIsNeededOnceTIsLarge) {
  Experiment experiment;
  experiment.data = MakeSyntheticData({.samples = 80, .features = 6});
  experiment.lambda = 0.1;
  experiment.start = std::vector<double>(6, 0.0);
  experiment.iterations = 40'000;
  experiment.seeds = 20;
  const Comparison comparison = Compare(experiment);
  EXPECT_LT(comparison.error, comparison.bound.total());
  EXPECT_GT(comparison.error,
            1.5 * (comparison.bound.bias + comparison.bound.drift));
}

// From x_0 = x* nothing is to be forgotten, and 16384 workers leave no
// variance: what remains is that f is not quadratic, so that workers who drift
// apart (one-shot averaging, H = T = a) do not drift around x*.
TEST(ConvergenceBound, TheDriftIsNeededForManyWorkersWithoutSynchronisation) {
  Experiment experiment;
  experiment.data.num_features = 1;
  experiment.data.row_begin = {0};
  for (int64_t i = 0; i < 10; ++i) {
    experiment.data.labels.push_back(i == 0 ? -1.0 : 1.0);
    experiment.data.columns.push_back(0);
    experiment.data.values.push_back(3.0);
    experiment.data.row_begin.push_back(i + 1);
  }
  experiment.lambda = 0.5;
  experiment.workers = 16'384;
  experiment.period = 88;  // 16 kappa
  experiment.iterations = 88;
  const Comparison comparison = Compare(experiment);
  EXPECT_LT(comparison.error, comparison.bound.total());
  EXPECT_EQ(comparison.bound.bias, 0.0);
  EXPECT_GT(comparison.error, 5.0 * comparison.bound.variance);
}

}  // namespace
}  // namespace local_sgd
