#include "lib/objective/problem_constants.h"

#include <cmath>
#include <cstdint>
#include <vector>

#include "Eigen/Core"
#include "Eigen/Eigenvalues"
#include "gtest/gtest.h"
#include "lib/objective/logistic_regression.h"
#include "tests/testing/synthetic_data.h"

namespace local_sgd {
namespace {

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
