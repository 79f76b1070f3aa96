#include "lib/math/portable_log.h"

#include <cmath>
#include <cstdint>
#include <limits>

#include "gtest/gtest.h"

namespace local_sgd {
namespace {

TEST(PortableLogTest, IsTheLogarithm) {
  EXPECT_EQ(PortableLog(1.0), 0.0);
  EXPECT_DOUBLE_EQ(PortableLog(2.0), std::log(2.0));
  EXPECT_DOUBLE_EQ(PortableLog(10.0), std::log(10.0));
  EXPECT_DOUBLE_EQ(PortableLog(std::numeric_limits<double>::denorm_min()),
                   -1074.0 * std::log(2.0));
  double worst = 0.0;
  for (double x = 1e-300; x < 1e300; x *= 1.0137) {
    const double expected = std::log(x);
    worst = std::max(worst, std::abs(PortableLog(x) / expected - 1.0));
  }
  for (double x = 0.5; x < 2.0; x += 1.0 / 4099) {
    const double expected = std::log(x);
    worst = std::max(worst, std::abs(PortableLog(x) / expected - 1.0));
  }
  EXPECT_LT(worst, 1e-15);
}

TEST(PortableLogTest, OfWhatHasNoLogarithmIsNoNumberThatLooksLikeOne) {
  const double infinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(PortableLog(0.0), -infinity);
  EXPECT_EQ(PortableLog(-0.0), -infinity);
  EXPECT_EQ(PortableLog(infinity), infinity);
  for (const double x : {-1e-300, -0.7, -1.0, -infinity,
                         std::numeric_limits<double>::quiet_NaN()}) {
    EXPECT_TRUE(std::isnan(PortableLog(x))) << x;
  }
}

}  // namespace
}  // namespace local_sgd
