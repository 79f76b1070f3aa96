#include "lib/objective/problem_constants.h"

#include <cmath>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "Eigen/Core"
#include "Eigen/Eigenvalues"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/objective/logistic_regression.h"
#include "tests/testing/synthetic_data.h"

namespace local_sgd {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

Eigen::MatrixXd DenseRows(const SparseDataset& data) {
  Eigen::MatrixXd rows =
      Eigen::MatrixXd::Zero(data.num_samples(), data.num_features);
  for (int64_t i = 0; i < data.num_samples(); ++i) {
    for (int64_t p = data.row_begin[i]; p < data.row_begin[i + 1]; ++p) {
      rows(i, data.columns[p]) = data.values[p];
    }
  }
  return rows;
}

TEST(ComputeCurvature, LanczosAgreesWithADenseEigensolver) {
  for (const bool unit_values : {false, true}) {
    for (const int64_t features : {1, 2, 30, 200}) {
      const SparseDataset data = MakeSyntheticData(
          {.samples = 150, .features = features, .unit_values = unit_values});
      const Eigen::MatrixXd rows = DenseRows(data);
      const double lambda = 0.01;
      const double largest = Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>(
                                 rows.transpose() * rows)
                                 .eigenvalues()(features - 1);
      const Curvature curvature =
          ComputeCurvature(MakeLogisticRegression(data, lambda).value())
              .value();
      const double smoothness = largest / (4.0 * 150.0) + lambda;
      EXPECT_NEAR(curvature.smoothness, smoothness, 1e-12 * smoothness);
      // Restarts find the same.
      EXPECT_NEAR(ComputeCurvature(MakeLogisticRegression(data, lambda).value(),
                                   {.max_basis = 5})
                      .value()
                      .smoothness,
                  smoothness, 1e-12 * smoothness);
      EXPECT_EQ(curvature.strong_convexity, lambda);
      EXPECT_EQ(curvature.condition_number, curvature.smoothness / lambda);
    }
  }
}

TEST(ComputeCurvature, SaysWhichNumberOverflows) {
  const auto message = [](double unit, double lambda) {
    SparseDataset data;
    data.num_features = 2;
    data.columns = {0, 1, 0, 1, 0, 1};
    data.values = {unit, 2.0 * unit, 1.1 * unit, 2.0 * unit, 1.2 * unit, unit};
    data.row_begin = {0, 2, 4, 6};
    data.labels = {1.0, -1.0, 1.0};
    return std::string(
        ComputeCurvature(
            MakeLogisticRegression(std::move(data), lambda).value())
            .status()
            .message());
  };
  EXPECT_THAT(message(1e160, 1e-3),
              EndsWith("the largest |value| of the data is 2e+160"));
  EXPECT_THAT(message(1.0, 1e200), EndsWith("lambda is 1e+200"));
  EXPECT_THAT(message(1.0, 1e-320), HasSubstr("mu = lambda = 9.99"));
}

TEST(MomentsAt, AreTheMeansOverTheSampledGradients) {
  const SparseDataset data = MakeSyntheticData({});
  const Eigen::MatrixXd rows = DenseRows(data);
  const double lambda = 0.05;
  const Eigen::VectorXd x = Eigen::VectorXd::LinSpaced(12, -1.0, 2.0);
  Eigen::MatrixXd gradients(data.num_samples(), 12);
  for (int64_t i = 0; i < data.num_samples(); ++i) {
    const double y = data.labels[i];
    const double slope = -y / (1.0 + std::exp(y * rows.row(i).dot(x)));
    gradients.row(i) = slope * rows.row(i) + lambda * x.transpose();
  }
  const Eigen::RowVectorXd mean = gradients.colwise().mean();
  const GradientMoments moments =
      MomentsAt(MakeLogisticRegression(data, lambda).value(),
                std::vector<double>(x.begin(), x.end()));
  EXPECT_NEAR(moments.second_moment, gradients.rowwise().squaredNorm().mean(),
              1e-13);
  EXPECT_NEAR(moments.variance,
              (gradients.rowwise() - mean).rowwise().squaredNorm().mean(),
              1e-13);
}

// n rows of d columns with the values of `value`(i, j), 0 being no entry, and
// labels of alternating sign.
template <class Value>
SparseDataset DataOf(int64_t n, int64_t d, const Value& value) {
  SparseDataset data;
  data.num_features = d;
  data.row_begin = {0};
  for (int64_t i = 0; i < n; ++i) {
    for (int64_t j = 0; j < d; ++j) {
      if (value(i, j) == 0.0) continue;
      data.columns.push_back(static_cast<int32_t>(j));
      data.values.push_back(value(i, j));
    }
    data.row_begin.push_back(static_cast<int64_t>(data.columns.size()));
    data.labels.push_back(i % 2 == 0 ? 1.0 : -1.0);
  }
  return data;
}

// The moments at 0 in long double, two passes over dense columns; the gradient
// of a sample is -y a / 2 there.
GradientMoments MomentsAtZero(const SparseDataset& data) {
  const Eigen::MatrixXd rows = DenseRows(data);
  const long double n = static_cast<long double>(rows.rows());
  long double variance = 0.0L;
  long double squared_gradient = 0.0L;
  for (int64_t j = 0; j < rows.cols(); ++j) {
    const auto entry = [&](int64_t i) {
      return -0.5L * static_cast<long double>(data.labels[i] * rows(i, j));
    };
    // Above the first entry: a large mean would be rounded.
    const long double first = entry(0);
    long double mean = 0.0L;
    for (int64_t i = 0; i < rows.rows(); ++i) mean += (entry(i) - first) / n;
    for (int64_t i = 0; i < rows.rows(); ++i) {
      const long double deviation = (entry(i) - first) - mean;
      variance += deviation * deviation / n;
    }
    squared_gradient += (first + mean) * (first + mean);
  }
  return {static_cast<double>(variance + squared_gradient),
          static_cast<double>(variance)};
}

GradientMoments ComputedAtZero(const SparseDataset& data) {
  return MomentsAt(MakeLogisticRegression(data, 0.1).value(),
                   std::vector<double>(data.num_features, 0.0));
}

void ExpectRelativelyNear(const GradientMoments& found,
                          const GradientMoments& expected, double tolerance) {
  EXPECT_NEAR(found.variance, expected.variance, tolerance * expected.variance);
  EXPECT_NEAR(found.second_moment, expected.second_moment,
              tolerance * expected.second_moment);
}

TEST(MomentsAt, OfEqualGradientsHaveNoVariance) {
  for (const double unit : {1.0, 0.1, 1e24, 1e-24, 1.0 / 3.0}) {
    for (const int64_t n : {1, 2, 7, 50, 1001}) {
      // y a is the same for every sample, and so is g a, at every x.
      const SparseDataset data = DataOf(n, 4, [&](int64_t i, int64_t j) {
        const double value[] = {0.1, -0.7, 1e6, 0.0};
        return (i % 2 == 0 ? unit : -unit) * value[j];
      });
      const LogisticRegression problem =
          MakeLogisticRegression(data, 1.0 / static_cast<double>(n)).value();
      for (const double x : {0.0, 0.3, -0.01}) {
        const GradientMoments moments =
            MomentsAt(problem, std::vector<double>(4, x / unit));
        EXPECT_GE(moments.variance, 0.0);
        EXPECT_LE(moments.variance, 1e-40 * moments.second_moment)
            << "unit " << unit << ", n " << n << ", x " << x;
      }
    }
  }
}

TEST(MomentsAt, SeeASmallVarianceBesideALargeMean) {
  for (const int64_t n : {2, 10, 999}) {
    const SparseDataset data = DataOf(n, 2, [](int64_t i, int64_t j) {
      const double near = 1e8 + 0x1p-20 * static_cast<double>(i * (j + 2) % 7);
      return i % 2 == 0 ? near : -near;
    });
    const GradientMoments expected = MomentsAtZero(data);
    EXPECT_LT(expected.variance, 1e-10);
    ExpectRelativelyNear(ComputedAtZero(data), expected, 1e-12);
  }
}

TEST(MomentsAt, ScaleWithTheData) {
  const auto value = [](int64_t i, int64_t j) {
    return (i + j) % 3 == 0 ? 0.0 : static_cast<double>(i * 7 % 11 - 3 * j);
  };
  const SparseDataset data = DataOf(30, 5, value);
  const GradientMoments expected = ComputedAtZero(data);
  ExpectRelativelyNear(expected, MomentsAtZero(data), 1e-14);
  for (const int power : {-530, -500, -80, 80, 500}) {
    const GradientMoments scaled =
        ComputedAtZero(DataOf(30, 5, [&](int64_t i, int64_t j) {
          return std::ldexp(value(i, j), power);
        }));
    // Exactly, but for the rounding of numbers below 2^-1022.
    EXPECT_NEAR(scaled.variance, std::ldexp(expected.variance, 2 * power),
                5e-324);
    EXPECT_NEAR(scaled.second_moment,
                std::ldexp(expected.second_moment, 2 * power), 1e-323);
  }
}

TEST(MomentsAt, LoseNothingOverManySamples) {
  const SparseDataset data = DataOf(300'000, 1, [](int64_t i, int64_t) {
    return 0.1 + 1e-3 * static_cast<double>(i * 7919 % 1009);
  });
  ExpectRelativelyNear(ComputedAtZero(data), MomentsAtZero(data), 2e-15);
}

TEST(MomentsAt, OfAnOptimumOfEqualGradientsAreThoseOfItsGradient) {
  // f(x) = log(1 + exp(-x)) + x^2 / 4, near its minimum.
  const LogisticRegression problem =
      MakeLogisticRegression(
          DataOf(2, 1, [](int64_t i, int64_t) { return i == 0 ? 1.0 : -1.0; }),
          0.5)
          .value();
  const std::vector<double> x = {0.67483161434};
  const double gradient = Gradient(problem, x)[0];
  const GradientMoments moments = MomentsAt(problem, x);
  EXPECT_EQ(moments.variance, 0.0);
  EXPECT_NEAR(moments.second_moment, gradient * gradient,
              1e-5 * gradient * gradient);
}

TEST(APrioriMoments, AreTheMeanSquareOfTheNormsPlusTheLargest) {
  // Norms 5, 2 and 0: (10^2 + 7^2 + 5^2) / 3.
  SparseDataset data;
  data.num_features = 3;
  data.row_begin = {0, 2, 3, 3};
  data.columns = {0, 2, 1};
  data.values = {3.0, -4.0, 2.0};
  data.labels = {1.0, -1.0, 1.0};
  const GradientMoments moments =
      APrioriMoments(MakeLogisticRegression(data, 0.1).value());
  EXPECT_DOUBLE_EQ(moments.second_moment, 58.0);
  EXPECT_DOUBLE_EQ(moments.variance, 58.0);
}

TEST(APrioriMoments, AreAboveThoseAtEveryPointThatARunCanReach) {
  const double lambda = 0.5;
  const SparseDataset data = MakeSyntheticData({});
  const LogisticRegression problem =
      MakeLogisticRegression(data, lambda).value();
  const Eigen::MatrixXd rows = DenseRows(data);
  const double largest = rows.rowwise().norm().maxCoeff();
  const GradientMoments bound = APrioriMoments(problem);
  for (int j = 0; j < 12; ++j) {
    std::vector<double> x(12, 0.0);
    x[j] = largest / lambda;  // |lambda x| = R
    EXPECT_LE(MomentsAt(problem, x).second_moment, bound.second_moment);
  }
}

}  // namespace
}  // namespace local_sgd
