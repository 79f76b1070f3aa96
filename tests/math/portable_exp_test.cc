#include "lib/math/portable_exp.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "gtest/gtest.h"

namespace local_sgd {
namespace {

double RelativeError(double value, long double exact) {
  return static_cast<double>(std::abs((value - exact) / exact));
}

TEST(PortableExp, IsWithinTwoRoundingsOfLongDouble) {
  double largest = 0.0;
  for (int i = -707'000; i <= 708'000; ++i) {
    const double x = i * 1e-3 + i * 1e-9;
    largest = std::max(
        largest, RelativeError(PortableExp(x), std::exp((long double){x})));
  }
  EXPECT_LT(largest, 0x1p-52);
  EXPECT_EQ(PortableExp(0.0), 1.0);
}

TEST(PortableExp, ClampsAndKeepsNaN) {
  const double infinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(PortableExp(-infinity), PortableExp(-708.0));
  EXPECT_EQ(PortableExp(infinity), PortableExp(709.0));
  EXPECT_TRUE(std::isfinite(PortableExp(infinity)));
  EXPECT_GE(PortableExp(-infinity), std::numeric_limits<double>::min());
  EXPECT_TRUE(std::isnan(PortableExp(std::nan(""))));
}

TEST(PortableLog1p, IsWithinThreeRoundingsOfLongDouble) {
  double largest = 0.0;
  for (int i = 1; i <= 1'000'000; ++i) {
    const double u = i * 1e-6;
    largest = std::max(
        largest, RelativeError(PortableLog1p(u), std::log1p((long double){u})));
  }
  for (double u = 1.0; u > 1e-300; u *= 0.37) {
    largest = std::max(
        largest, RelativeError(PortableLog1p(u), std::log1p((long double){u})));
  }
  EXPECT_LT(largest, 0x1p-51);
  EXPECT_EQ(PortableLog1p(0.0), 0.0);
}

}  // namespace
}  // namespace local_sgd
