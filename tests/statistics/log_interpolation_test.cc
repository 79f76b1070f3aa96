#include "lib/statistics/log_interpolation.h"

#include <cmath>
#include <limits>
#include <vector>

#include "gtest/gtest.h"

namespace local_sgd {
namespace {

TEST(InterpolateLogs, IsExactOnAPowerLaw) {
  EXPECT_NEAR(InterpolateLogs(1.0, 5.0, 16.0, 80.0, 4.0), 20.0, 1e-12);
  EXPECT_NEAR(InterpolateLogs(2.0, 1.0, 8.0, 1.0 / 16, 4.0), 0.25, 1e-15);
  EXPECT_TRUE(std::isnan(InterpolateLogs(1.0, 0.0, 4.0, 1.0, 2.0)));
}

TEST(LargestPeriodWithin, InterpolatesLogRatioInLogPeriod) {
  // From H = 4 to 16 the ratio goes from 1 to 1.21: at the half, H = 8, 1.1.
  const std::vector<LossPoint> curve = {{1, 1.0}, {4, 1.0}, {16, 1.21}};
  const PeriodEstimate estimate = LargestPeriodWithin(curve, 1.1);
  EXPECT_NEAR(estimate.period, 8.0, 1e-12);
  EXPECT_EQ(estimate.censoring, Censoring::kNone);
  // At a point of the curve: that point.
  EXPECT_NEAR(LargestPeriodWithin(curve, 1.0).period, 4.0, 1e-12);
}

TEST(LargestPeriodWithin, EndsWhereTheLimitIsFirstExceeded) {
  // What comes back below the limit later does not count.
  const std::vector<LossPoint> curve = {
      {1, 1.0}, {2, 0.9}, {4, 1.2}, {8, 1.05}, {16, 3.0}};
  const double period = LargestPeriodWithin(curve, 1.1).period;
  EXPECT_NEAR(period,
              2.0 * std::pow(2.0, std::log(1.1 / 0.9) / std::log(1.2 / 0.9)),
              1e-12);
  // A run that diverged is beyond every limit.
  const double infinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(
      LargestPeriodWithin({{{1, 1.0}, {8, 1.01}, {16, infinity}}}, 1.1).period,
      8.0);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(LargestPeriodWithin({{{1, 1.0}, {8, 1.01}, {16, nan}}}, 1.1).period,
            8.0);
}

TEST(LargestPeriodWithin, NeedsNoLogarithmOfARatioThatHasNone) {
  for (const double none : {0.0, -1e-9}) {
    const PeriodEstimate estimate =
        LargestPeriodWithin({{{1, 1.0}, {8, none}, {16, 3.0}}}, 1.1);
    EXPECT_EQ(estimate.period, 8.0);
    EXPECT_EQ(estimate.censoring, Censoring::kNone);
  }
}

TEST(LargestPeriodWithin, IsCensoredAtBothEnds) {
  const PeriodEstimate above =
      LargestPeriodWithin({{{1, 1.0}, {64, 1.09}}}, 1.1);
  EXPECT_EQ(above.censoring, Censoring::kAbove);
  EXPECT_EQ(above.period, 64.0);
  const PeriodEstimate below =
      LargestPeriodWithin({{{1, 1.2}, {64, 1.0}}}, 1.1);
  EXPECT_EQ(below.censoring, Censoring::kBelow);
  EXPECT_EQ(below.period, 1.0);
}

}  // namespace
}  // namespace local_sgd
