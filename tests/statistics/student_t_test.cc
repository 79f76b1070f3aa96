#include "lib/statistics/student_t.h"

#include <cmath>
#include <numbers>

#include "gtest/gtest.h"

namespace local_sgd {
namespace {

TEST(StudentTTest, QuantilesAreThoseOfTheTables) {
  EXPECT_NEAR(StudentTQuantile975(1), 12.706204736, 1e-8);
  EXPECT_NEAR(StudentTQuantile975(2), 4.302652730, 1e-8);
  EXPECT_NEAR(StudentTQuantile975(3), 3.182446305, 1e-8);
  EXPECT_NEAR(StudentTQuantile975(9), 2.262157163, 1e-8);
  EXPECT_NEAR(StudentTQuantile975(30), 2.042272456, 1e-8);
  EXPECT_NEAR(StudentTQuantile975(1'000'000), 1.959964, 1e-5);
}

TEST(StudentTTest, ClosedFormsOfOneAndTwoDegrees) {
  EXPECT_NEAR(StudentTQuantile975(1), std::tan(0.475 * std::numbers::pi),
              1e-12);
  for (const double t : {0.0, 0.3, 1.0, 7.0}) {
    EXPECT_NEAR(StudentTProbability(t, 1),
                2.0 / std::numbers::pi * std::atan(t), 1e-15);
    EXPECT_NEAR(StudentTProbability(t, 2), t / std::sqrt(2.0 + t * t), 1e-15);
  }
}

// Against the integral of the density, (1 + t^2 / nu)^(-(nu + 1) / 2) up to a
// factor, by Simpson's rule in theta = arctan(t / sqrt(nu)): cos^(nu - 1).
TEST(StudentTTest, IsTheIntegralOfTheDensity) {
  for (const int nu : {3, 4, 7, 10, 25}) {
    const auto integral = [nu](double end) {
      constexpr int kIntervals = 20000;
      double sum = 0.0;
      for (int i = 0; i <= kIntervals; ++i) {
        const double weight = i == 0 || i == kIntervals ? 1 : i % 2 ? 4 : 2;
        sum += weight * std::pow(std::cos(end * i / kIntervals), nu - 1);
      }
      return sum * end / kIntervals / 3.0;
    };
    for (const double t : {0.5, 1.96, 5.0}) {
      EXPECT_NEAR(StudentTProbability(t, nu),
                  integral(std::atan(t / std::sqrt(nu))) /
                      integral(std::numbers::pi / 2),
                  1e-12)
          << nu << " " << t;
    }
  }
}

}  // namespace
}  // namespace local_sgd
