// The problem constants of w8a against reference values that other
// programs computed independently.

#include <cmath>
#include <vector>

#include "gtest/gtest.h"
#include "lib/dataset/libsvm_reader.h"
#include "lib/objective/logistic_regression.h"
#include "lib/objective/optimum.h"
#include "lib/objective/problem_constants.h"
#include "lib/objective/vector_operations.h"
#include "tests/dataset/w8a_input.h"

namespace local_sgd {
namespace {

TEST(W8aReference, ProblemConstants) {
  const std::string path = W8aInput();
  if (path.empty()) GTEST_SKIP() << "w8a is not on this machine";
  SparseDataset data = ReadLibsvm(path).value().data;
  const LogisticRegression problem =
      MakeLogisticRegression(std::move(data), 1.0 / 49749.0).value();
  const std::vector<double> zero(300, 0.0);
  EXPECT_NEAR(Value(problem, zero), std::log(2.0), 1e-14);

  const Optimum optimum = FindOptimum(problem).value();
  EXPECT_NEAR(optimum.value, 0.126180686510523, 1e-13);
  EXPECT_NEAR(std::sqrt(SquaredNorm(optimum.point)), 27.689598, 5e-7);
  EXPECT_LT(optimum.error_bound, 1e-19);

  const Curvature curvature = ComputeCurvature(problem).value();
  EXPECT_NEAR(curvature.smoothness, 0.661219485401, 5e-13);
  EXPECT_NEAR(curvature.strong_convexity, 2.01009065509e-05, 5e-17);
  EXPECT_NEAR(curvature.condition_number, 32895.008179, 5e-7);

  const GradientMoments at_zero = MomentsAt(problem, zero);
  EXPECT_NEAR(at_zero.second_moment, 2.912551006, 5e-10);
  EXPECT_NEAR(at_zero.variance, 2.596103897, 5e-10);
  const GradientMoments at_optimum = MomentsAt(problem, optimum.point);
  EXPECT_NEAR(at_optimum.second_moment, 0.111868042, 5e-10);
  EXPECT_NEAR(at_optimum.variance, 0.111868042, 5e-10);
}

}  // namespace
}  // namespace local_sgd
