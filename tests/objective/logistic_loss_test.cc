#include "lib/objective/logistic_loss.h"

#include <cmath>

#include "gtest/gtest.h"

namespace local_sgd {
namespace {

double RelativeError(double value, long double exact) {
  return static_cast<double>(std::abs((value - exact) / exact));
}

TEST(LogisticLoss, NeitherOverflowsNorCancels) {
  for (const double m : {-1e300, -800.0, -40.0, -1.0, -1e-9, 1e-9, 0.3, 30.0}) {
    const long double exact =
        m < -100 ? (long double){-m} : std::log1p(std::exp((long double){-m}));
    EXPECT_LT(RelativeError(LogisticLossesAt(m).positive, exact), 0x1p-50) << m;
  }
  EXPECT_EQ(LogisticLossesAt(0.0).positive, std::log(2.0));
  EXPECT_GE(LogisticLossesAt(1e300).positive, 0.0);
}

TEST(LogisticSlope, IsMinusTheDerivativeOfTheLoss) {
  for (double m = -30.0; m <= 30.0; m += 0.37) {
    const double h = 1e-5;
    const double difference =
        (LogisticLossesAt(m - h).positive - LogisticLossesAt(m + h).positive) /
        (2.0 * h);
    EXPECT_NEAR(LogisticSlope(m), difference, 1e-9) << m;
    EXPECT_NEAR(LogisticSlope(m) + LogisticSlope(-m), 1.0, 1e-15);
  }
}

}  // namespace
}  // namespace local_sgd
