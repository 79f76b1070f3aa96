#include "lib/statistics/paired_ratio.h"

#include <cmath>
#include <random>
#include <vector>

#include "gtest/gtest.h"
#include "lib/statistics/mean.h"

namespace local_sgd {
namespace {

TEST(PairedRatioTest, ByHand) {
  // x = 3, y = 2; s_x^2 = 7, s_y^2 = 1, s_xy = 5/2:
  // (7/4 + 9/16 - 2 * 3 * (5/2) / 8) / 3 = (7/16) / 3.
  const RatioEstimate estimate = PairedRatio({1.0, 2.0, 6.0}, {1.0, 2.0, 3.0});
  EXPECT_EQ(estimate.ratio, 1.5);
  ASSERT_TRUE(estimate.standard_error.has_value());
  EXPECT_DOUBLE_EQ(*estimate.standard_error, std::sqrt(7.0 / 48.0));
}

TEST(PairedRatioTest, OnePairHasNoError) {
  const RatioEstimate estimate = PairedRatio({3.0}, {2.0});
  EXPECT_EQ(estimate.ratio, 1.5);
  EXPECT_FALSE(estimate.standard_error.has_value());
}

TEST(PairedRatioTest, ExactlyProportionalPairsHaveErrorZero) {
  const RatioEstimate estimate =
      PairedRatio({2.0, 6.0, 20.0}, {1.0, 3.0, 10.0});
  EXPECT_EQ(estimate.ratio, 2.0);
  EXPECT_EQ(*estimate.standard_error, 0.0);
}

TEST(PairedRatioTest, AConstantDenominatorOnlyScales) {
  const std::vector<double> x = {1.0, 2.0, 6.0};
  EXPECT_DOUBLE_EQ(*PairedRatio(x, {4.0, 4.0, 4.0}).standard_error,
                   *StandardError(x) / 4.0);
}

// The spread of many estimates from 20 pairs each that share most of what
// varies, against the errors that the estimates state.
TEST(PairedRatioTest, AgreesWithTheSpreadOfManyEstimates) {
  std::mt19937_64 generator(1);
  std::normal_distribution<double> normal;
  std::vector<double> ratios;
  std::vector<double> errors;
  for (int trial = 0; trial < 4000; ++trial) {
    std::vector<double> x;
    std::vector<double> y;
    for (int i = 0; i < 20; ++i) {
      const double common = 2.0 * normal(generator);
      x.push_back(40.0 + 4.0 * common + normal(generator));
      y.push_back(10.0 + common + 0.25 * normal(generator));
    }
    const RatioEstimate estimate = PairedRatio(x, y);
    ratios.push_back(estimate.ratio);
    errors.push_back(*estimate.standard_error);
  }
  const double spread =
      *StandardError(ratios) * std::sqrt(static_cast<double>(ratios.size()));
  EXPECT_NEAR(Mean(errors) / spread, 1.0, 0.05);
  // Without the covariance the error would be eight times as large: the
  // variances are 4^2 2^2 + 1 and 2^2 + 0.25^2, all but 1 and 0.25^2 shared.
  const double unpaired =
      4.0 * std::sqrt((65.0 / 1600.0 + 4.0625 / 100.0) / 20.0);
  EXPECT_GT(unpaired / spread, 7.0);
  EXPECT_NEAR(Mean(ratios), 4.0, 0.01);
}

}  // namespace
}  // namespace local_sgd
