#include "lib/math/portable_atan2.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numbers>
#include <random>

#include "gtest/gtest.h"

namespace local_sgd {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// In [2^low, 2^high), each binade as often.
double Random(int low, int high, std::mt19937_64& random) {
  const double mantissa =
      1.0 + std::ldexp(static_cast<double>(random() >> 12), -52);
  return std::ldexp(mantissa, low + static_cast<int>(random() % (high - low)));
}

TEST(PortableAtan2, IsWithinARoundingOfLongDouble) {
  std::mt19937_64 random(1);
  double largest = 0.0;
  int64_t not_nearest = 0;
  constexpr int kPoints = 1'000'000;
  for (int i = 0; i < kPoints; ++i) {
    const double x = Random(-3, 3, random);
    // Every other one where the halves of pi/2 meet.
    const double y =
        i % 2 == 0 ? x * Random(-60, 60, random) : Random(-4, 4, random);
    const long double exact = std::atan2((long double){y}, (long double){x});
    const double found = PortableAtan2(y, x);
    largest = std::max(largest,
                       static_cast<double>(std::abs((found - exact) / exact)));
    if (found != static_cast<double>(exact)) ++not_nearest;
    ASSERT_EQ(PortableAtan2(-y, x), -found) << y << " " << x;
  }
  EXPECT_LT(largest, 1.2e-16);
  EXPECT_LT(not_nearest, kPoints / 100);
}

TEST(PortableAtan2, DoesNotFall) {
  std::mt19937_64 random(2);
  for (const double around : {0.4142, 1.0, 2.414, 0.0}) {
    for (int i = 0; i < 100'000; ++i) {
      const double y =
          around + std::ldexp(Random(-1, 1, random), around > 0.0 ? -40 : 1);
      ASSERT_LE(PortableAtan2(y, 1.0),
                PortableAtan2(std::nextafter(y, kInfinity), 1.0))
          << y;
    }
    const double y = around;  // where another formula begins
    const double above = std::nextafter(y, kInfinity);
    const double below = std::nextafter(y, -kInfinity);
    EXPECT_LE(PortableAtan2(below, 1.0), PortableAtan2(y, 1.0)) << y;
    EXPECT_LE(PortableAtan2(y, 1.0), PortableAtan2(above, 1.0)) << y;
  }
}

TEST(PortableAtan2, KnowsWhatIsExactAndWhatIsNoNumber) {
  constexpr double kPi = std::numbers::pi;
  EXPECT_EQ(PortableAtan2(1.0, 1.0), kPi / 4);
  EXPECT_EQ(PortableAtan2(3.7, 3.7), kPi / 4);
  EXPECT_EQ(PortableAtan2(kInfinity, 1.0), kPi / 2);
  EXPECT_EQ(PortableAtan2(-kInfinity, 1.0), -kPi / 2);
  EXPECT_EQ(PortableAtan2(1e300, 1e-300), kPi / 2);
  EXPECT_EQ(PortableAtan2(1e-9, 1.0), 1e-9);
  EXPECT_EQ(PortableAtan2(0.0, 2.0), 0.0);
  EXPECT_FALSE(std::signbit(PortableAtan2(0.0, 2.0)));
  EXPECT_TRUE(std::signbit(PortableAtan2(-0.0, 2.0)));
  const double least = std::numeric_limits<double>::denorm_min();
  EXPECT_EQ(PortableAtan2(least, 1.0), least);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_TRUE(std::isnan(PortableAtan2(nan, 1.0)));
  EXPECT_TRUE(std::isnan(PortableAtan2(1.0, nan)));
}

}  // namespace
}  // namespace local_sgd
