#include "lib/statistics/mean.h"

#include <cmath>
#include <vector>

#include "gtest/gtest.h"

namespace local_sgd {
namespace {

TEST(Mean, IsTheMean) {
  EXPECT_EQ(Mean({3.0}), 3.0);
  EXPECT_EQ(Mean({1.0, 2.0, 6.0}), 3.0);
}

TEST(StandardError, DividesByMMinusOneAndByM) {
  EXPECT_FALSE(StandardError({3.0}).has_value());
  // Squared deviations 4 + 1 + 9 = 14; 14 / 2 / 3.
  EXPECT_DOUBLE_EQ(*StandardError({1.0, 2.0, 6.0}), std::sqrt(14.0 / 6.0));
  EXPECT_EQ(*StandardError({5.0, 5.0}), 0.0);
}

TEST(MeanInterval, IsStudents) {
  // 4.3027 is Student's t with 2 degrees of freedom.
  const Interval interval = MeanInterval({1.0, 2.0, 6.0});
  EXPECT_EQ(interval.value, 3.0);
  EXPECT_NEAR(interval.high, 3.0 + 4.302652730 * std::sqrt(14.0 / 6.0), 1e-8);
  EXPECT_DOUBLE_EQ(interval.value - interval.low,
                   interval.high - interval.value);
  EXPECT_EQ(MeanInterval({3.0}).low, 3.0);
  EXPECT_EQ(MeanInterval({3.0}).high, 3.0);
}

}  // namespace
}  // namespace local_sgd
