#include "lib/objective/logistic_regression.h"

#include <array>
#include <cmath>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/dataset/sparse_dataset.h"
#include "lib/objective/distinct_rows.h"
#include "tests/testing/synthetic_data.h"

namespace local_sgd {
namespace {

using ::testing::HasSubstr;

constexpr double kLambda = 0.03;

LogisticRegression MakeProblem() {
  return MakeLogisticRegression(
             MakeSyntheticData({.samples = 700, .features = 12}), kLambda)
      .value();
}

std::vector<double> SomePoint(int64_t d, double seed) {
  std::vector<double> x(d);
  for (int64_t j = 0; j < d; ++j) x[j] = 2.0 * std::sin(seed + 1.7 * j);
  return x;
}

// f as the definition has it: one term a sample.
double PlainValue(const SparseDataset& data, const std::vector<double>& x) {
  long double sum = 0.0;
  for (int64_t i = 0; i < data.num_samples(); ++i) {
    long double inner = 0.0;
    for (int64_t p = data.row_begin[i]; p < data.row_begin[i + 1]; ++p) {
      inner += data.values[p] * x[data.columns[p]];
    }
    sum += std::log1p(std::exp(-data.labels[i] * inner));
  }
  long double square = 0.0;
  for (const double entry : x) square += entry * entry;
  return static_cast<double>(sum / data.num_samples() + kLambda / 2 * square);
}

TEST(LogisticRegression, ValueIsTheDefinition) {
  const LogisticRegression problem = MakeProblem();
  for (const double seed : {0.0, 1.0, 2.0}) {
    const std::vector<double> x = SomePoint(12, seed);
    EXPECT_NEAR(Value(problem, x), PlainValue(problem.data, x), 1e-14);
  }
  EXPECT_NEAR(Value(problem, std::vector<double>(12, 0.0)), std::log(2.0),
              1e-14);
}

// A margin of r terms is rounded r + 2 times on its way: the product of r + 2
// factors 1 + u is above 1 + (r + 2) u, for long rows by more than u.
TEST(LogisticRegression, MarginRoundingAllowsForLongRows) {
  constexpr double kUnitRoundoff = 0x1p-24;
  for (const int r : {1, 100, 8000, 100'000}) {
    SparseDataset data;
    data.num_features = r;
    for (int j = 0; j < r; ++j) {
      data.columns.push_back(j);
      data.values.push_back(0.5);
    }
    data.labels = {1.0};
    data.row_begin = {0, r};
    const LogisticRegression problem =
        MakeLogisticRegression(std::move(data), kLambda).value();
    const double change = std::expm1((r + 2) * std::log1p(kUnitRoundoff));
    for (const double rounding : problem.margin_rounding) {
      EXPECT_GE(rounding, 0.5 * change) << r;
      EXPECT_LE(rounding, 0.5 * 2.0 * (r + 2) * kUnitRoundoff) << r;
    }
  }
}

TEST(LogisticRegression, FourValuesAreFourTimesOneOnAnyThreads) {
  const LogisticRegression problem = MakeProblem();
  std::vector<double> points(4 * 12);
  std::array<double, 4> expected;
  for (int q = 0; q < 4; ++q) {
    const std::vector<double> x = SomePoint(12, q);
    for (int j = 0; j < 12; ++j) points[4 * j + q] = x[j];
    expected[q] = Value(problem, x);
  }
  for (const int threads : {1, 2, 4}) {
    EXPECT_EQ(ValuesAtFour(problem, points, threads), expected);
  }
}

TEST(LogisticRegression, GradientIsTheSlopeOfTheValue) {
  const LogisticRegression problem = MakeProblem();
  const std::vector<double> x = SomePoint(12, 0.5);
  const std::vector<double> gradient = Gradient(problem, x);
  for (int j = 0; j < 12; ++j) {
    const double h = 1e-5;
    std::vector<double> right = x;
    std::vector<double> left = x;
    right[j] += h;
    left[j] -= h;
    EXPECT_NEAR(gradient[j],
                (Value(problem, right) - Value(problem, left)) / (2.0 * h),
                1e-9);
  }
}

TEST(LogisticRegression, HessianIsTheSlopeOfTheGradient) {
  const LogisticRegression problem = MakeProblem();
  const std::vector<double> x = SomePoint(12, 0.5);
  const std::vector<double> v = SomePoint(12, 3.0);
  const std::vector<double> product =
      HessianTimes(problem, HessianWeights(problem, x), v);
  const double h = 1e-5;
  std::vector<double> right = x;
  std::vector<double> left = x;
  for (int j = 0; j < 12; ++j) {
    right[j] += h * v[j];
    left[j] -= h * v[j];
  }
  const std::vector<double> gradient_right = Gradient(problem, right);
  const std::vector<double> gradient_left = Gradient(problem, left);
  for (int j = 0; j < 12; ++j) {
    EXPECT_NEAR(product[j], (gradient_right[j] - gradient_left[j]) / (2.0 * h),
                1e-8);
  }
}

TEST(LogisticRegression, RefusesLambdaThatIsNotPositive) {
  for (const double lambda : {0.0, -1.0, std::nan(""), HUGE_VAL}) {
    EXPECT_THAT(
        std::string(MakeLogisticRegression(MakeSyntheticData({}), lambda)
                        .status()
                        .message()),
        HasSubstr("regularization must be positive and finite, but is"));
  }
  EXPECT_FALSE(MakeLogisticRegression(SparseDataset(), 0.1).ok());
}

TEST(MergeRows, CountsEveryRowOnceUnderItsLabel) {
  SparseDataset data;
  data.num_features = 3;
  // Rows {0}, {}, {0}, {0, 2}, {0} with another value, {}, {0}.
  data.labels = {1, -1, -1, 1, 1, -1, 1};
  data.row_begin = {0, 1, 1, 2, 4, 5, 5, 6};
  data.columns = {0, 0, 0, 2, 0, 0};
  data.values = {1, 1, 1, 1, 2, 1};
  const DistinctRows rows = MergeRows(data);
  EXPECT_EQ(rows.row_begin, (std::vector<int64_t>{0, 0, 1, 2, 4}));
  EXPECT_EQ(rows.columns, (std::vector<int32_t>{0, 0, 0, 2}));
  EXPECT_EQ(rows.values, (std::vector<double>{1, 2, 1, 1}));
  EXPECT_EQ(rows.positives, (std::vector<double>{0, 2, 1, 1}));
  EXPECT_EQ(rows.negatives, (std::vector<double>{2, 1, 0, 0}));
}

}  // namespace
}  // namespace local_sgd
