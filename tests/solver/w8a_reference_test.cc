// T(epsilon) on w8a with the step sizes of Theorem 2.2, b = 4, H = 1, against
// the means that independent programs found: within 3 standard errors of both
// means and 2 %.

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "lib/dataset/libsvm_reader.h"
#include "lib/objective/logistic_regression.h"
#include "lib/objective/optimum.h"
#include "lib/objective/problem_constants.h"
#include "lib/solver/local_sgd.h"
#include "lib/solver/run.h"
#include "lib/solver/step_rows.h"
#include "lib/statistics/mean.h"
#include "lib/theory/step_size.h"
#include "lib/theory/synchronisation_set.h"
#include "tests/dataset/w8a_input.h"

namespace local_sgd {
namespace {

constexpr int64_t kSeeds = 8;

struct ReferenceValue {
  double mean;
  double standard_deviation;
};

struct Reference {
  int64_t workers;
  int64_t seeds;
  ReferenceValue iterations[2];  // T(0.005), T(0.0001)
};

TEST(W8aReference, IterationsOfTheTheoreticalStepSizes) {
  const std::string path = W8aInput();
  if (path.empty()) GTEST_SKIP() << "w8a is not on this machine";
  SparseDataset data = ReadLibsvm(path).value().data;
  const StepRows rows = MakeStepRows(data).value();
  const LogisticRegression problem =
      MakeLogisticRegression(std::move(data), 1.0 / 49749.0).value();
  const double optimal_value = FindOptimum(problem).value().value;
  const Curvature curvature = ComputeCurvature(problem).value();
  const double shift = TheoremShift(curvature.condition_number, 1);

  for (const Reference& reference :
       {Reference{1, 16, {{31.1e3, 2.5e3}, {6.03e5, 0.83e5}}},
        Reference{4, 16, {{21.8e3, 1.2e3}, {3.03e5, 0.15e5}}},
        Reference{32, 8, {{19.6e3, 0.2e3}, {1.87e5, 0.09e5}}}}) {
    std::vector<double> iterations[2];
    for (int64_t seed = 1; seed <= kSeeds; ++seed) {
      LocalSgdOptions options;
      options.workers = reference.workers;
      options.batch = 4;
      options.step_size = TheoremStepSize(curvature.strong_convexity, shift);
      options.averaging_shift = shift;
      options.synchronisation = EveryPeriod(1);
      options.seed = static_cast<uint64_t>(seed);
      const RunSummary summary =
          RunLocalSgd(problem, rows, optimal_value, options,
                      {.epsilons = {0.005, 0.0001}})
              .value();
      for (int e = 0; e < 2; ++e) {
        ASSERT_GT(summary.reached[e].iterations, 0);
        iterations[e].push_back(
            static_cast<double>(summary.reached[e].iterations));
      }
    }
    for (int e = 0; e < 2; ++e) {
      const ReferenceValue& expected = reference.iterations[e];
      const double standard_error =
          std::hypot(*StandardError(iterations[e]),
                     expected.standard_deviation /
                         std::sqrt(static_cast<double>(reference.seeds)));
      EXPECT_NEAR(Mean(iterations[e]), expected.mean,
                  3.0 * standard_error + 0.02 * expected.mean)
          << "K = " << reference.workers << ", target " << e;
      std::printf("K = %d: mean %.0f, standard error %.0f, reference %.0f\n",
                  static_cast<int>(reference.workers), Mean(iterations[e]),
                  *StandardError(iterations[e]), expected.mean);
    }
  }
}

}  // namespace
}  // namespace local_sgd
