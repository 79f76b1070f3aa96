#include "lib/objective/optimum.h"

#include <cmath>
#include <cstdint>
#include <string>
#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/objective/logistic_regression.h"
#include "lib/objective/vector_operations.h"
#include "tests/testing/synthetic_data.h"

namespace local_sgd {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

TEST(FindOptimum, GradientVanishesAndCertificateHolds) {
  for (const double lambda : {1e-4, 0.01, 10.0}) {
    const LogisticRegression problem =
        MakeLogisticRegression(MakeSyntheticData({.samples = 300}), lambda)
            .value();
    const Optimum optimum = FindOptimum(problem).value();
    EXPECT_LE(optimum.gradient_norm, 1e-12);
    EXPECT_EQ(optimum.gradient_norm,
              std::sqrt(SquaredNorm(Gradient(problem, optimum.point))));
    EXPECT_EQ(optimum.error_bound,
              optimum.gradient_norm * optimum.gradient_norm / (2.0 * lambda));
    EXPECT_EQ(optimum.value, Value(problem, optimum.point));
  }
}

TEST(FindOptimum, FactorisationAndConjugateGradientsAgree) {
  const LogisticRegression problem =
      MakeLogisticRegression(
          MakeSyntheticData({.samples = 500, .features = 80}), 1e-3)
          .value();
  const Optimum dense = FindOptimum(problem).value();
  OptimumOptions options;
  options.max_dense_features = 79;
  const Optimum by_products = FindOptimum(problem, options).value();
  EXPECT_NEAR(dense.value, by_products.value, 1e-15);
  for (int64_t j = 0; j < 80; ++j) {
    EXPECT_NEAR(dense.point[j], by_products.point[j], 1e-9);
  }
}

TEST(FindOptimum, RefusesValuesThatOverflow) {
  for (const double huge : {1e160, 1e200, 1e308}) {
    SparseDataset data = MakeSyntheticData({});
    data.values[3] = huge;
    const LogisticRegression problem =
        MakeLogisticRegression(std::move(data), 1e-3).value();
    EXPECT_EQ(FindOptimum(problem).status().code(),
              absl::StatusCode::kInvalidArgument)
        << huge;
  }
}

TEST(FindOptimum, SaysWhichNumberOverflows) {
  SparseDataset data = MakeSyntheticData({});
  data.values[3] = -1e160;
  EXPECT_THAT(
      std::string(FindOptimum(MakeLogisticRegression(data, 1e-3).value())
                      .status()
                      .message()),
      EndsWith("the largest |value| of the data is 1e+160"));
  // The gradient vanishes to 1e-12 of what it was.
  for (double& value : data.values) value = 1e75;
  EXPECT_THAT(
      std::string(
          FindOptimum(MakeLogisticRegression(std::move(data), 1e-200).value())
              .status()
              .message()),
      HasSubstr("the certificate of f* overflows"));
}

TEST(FindOptimum, SaysWhatHidesTheRidge) {
  SparseDataset data;
  data.num_features = 2;
  data.row_begin = {0, 2, 4, 6};
  data.columns = {0, 1, 0, 1, 0, 1};
  data.values = {1e24, 3e24, -1e24, -3e24, 1e24, 3e24};
  data.labels = {1.0, -1.0, 1.0};
  EXPECT_THAT(std::string(FindOptimum(MakeLogisticRegression(data, 0.5).value())
                              .status()
                              .message()),
              EndsWith("lambda = 0.5 is lost beside the data's largest "
                       "|value|, 3e+24"));
}

TEST(OverflowCause, IsTheLargerPartOfTheCurvature) {
  const SparseDataset data = MakeSyntheticData({});
  EXPECT_EQ(OverflowCause(MakeLogisticRegression(data, 1e300).value()),
            "lambda is 1e+300");
  EXPECT_THAT(OverflowCause(MakeLogisticRegression(data, 1e-3).value()),
              HasSubstr("the largest |value| of the data is "));
}

TEST(FindOptimum, SaysWhenItDoesNotArrive) {
  const LogisticRegression problem =
      MakeLogisticRegression(MakeSyntheticData({}), 1e-3).value();
  OptimumOptions options;
  options.max_newton_steps = 1;
  EXPECT_EQ(FindOptimum(problem, options).status().code(),
            absl::StatusCode::kInternal);
}

}  // namespace
}  // namespace local_sgd
