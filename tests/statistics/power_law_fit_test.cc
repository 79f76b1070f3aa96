#include "lib/statistics/power_law_fit.h"

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace local_sgd {
namespace {

using ::testing::HasSubstr;

// Student's t at 0.975 with 1 and 2 degrees of freedom.
constexpr double kT1 = 12.706204736;
constexpr double kT2 = 4.302652730;

void ExpectNear(const Interval& interval, double value, double half_width) {
  EXPECT_NEAR(interval.value, value, 1e-12);
  EXPECT_NEAR(interval.low, value - half_width, 1e-8);
  EXPECT_NEAR(interval.high, value + half_width, 1e-8);
}

TEST(FitPowerLawTest, FindsAnExactLaw) {
  std::vector<double> t, k, y;
  for (double t_i : {1e3, 2e3, 7e3}) {
    for (double k_i : {1, 4, 32}) {
      t.push_back(t_i);
      k.push_back(k_i);
      y.push_back(3e-5 * std::pow(t_i, -1.0) * std::pow(k_i, -0.5));
    }
  }
  const auto fit = FitPowerLaw({t, k}, y);
  ASSERT_TRUE(fit.ok()) << fit.status();
  ASSERT_EQ(fit->exponents.size(), 2);
  EXPECT_EQ(fit->degrees_of_freedom, 6);
  EXPECT_LT(fit->residual_deviation, 1e-13);
  ExpectNear(fit->exponents[0], -1.0, 0.0);
  ExpectNear(fit->exponents[1], -0.5, 0.0);
  EXPECT_NEAR(fit->factor.value / 3e-5, 1.0, 1e-12);
  EXPECT_NEAR(fit->factor.low / 3e-5, 1.0, 1e-9);
}

TEST(FitPowerLawTest, OneExponentByHand) {
  // In logs to base e: x = 0, 1, 2, 3 and y = 1, 2, 1, 3. Mean x 1.5, y 1.75;
  // S_xx = 5, S_xy = 2.5, slope 0.5, c_0 = 1. Residuals 0, 0.5, -1, 0.5: s^2 =
  // 1.5 / 2.
  const auto e = [](double power) { return std::exp(power); };
  const auto fit =
      FitPowerLaw({{e(0), e(1), e(2), e(3)}}, {e(1), e(2), e(1), e(3)});
  ASSERT_TRUE(fit.ok()) << fit.status();
  EXPECT_EQ(fit->degrees_of_freedom, 2);
  EXPECT_NEAR(fit->residual_deviation, std::sqrt(0.75), 1e-12);
  ExpectNear(fit->exponents[0], 0.5, kT2 * std::sqrt(0.75 / 5));
  // Variance of c_0: s^2 (1/4 + 1.5^2 / 5).
  const double half_width = kT2 * std::sqrt(0.75 * (0.25 + 0.45));
  EXPECT_NEAR(std::log(fit->factor.value), 1.0, 1e-12);
  EXPECT_NEAR(std::log(fit->factor.low), 1.0 - half_width, 1e-8);
  EXPECT_NEAR(std::log(fit->factor.high), 1.0 + half_width, 1e-8);
}

TEST(FitPowerLawTest, TwoCorrelatedExponentsByHand) {
  // In logs: x_1 = 0, 1, 0, 1; x_2 = 0, 1, 1, 2; y = 0, 3, 1, 2. Centred, with
  // halves: x_1'x_1 = 1, x_1'x_2 = 1, x_2'x_2 = 2; x_1'y = 2, x_2'y = 2. The
  // inverse of [1 1; 1 2] is [2 -1; -1 1], so e = (2, 0); residuals from mean
  // 1.5 and centred 2 x_1: -0.5, 0.5, 0.5, -0.5: s^2 = 1 with one degree.
  const auto e = [](double power) { return std::exp(power); };
  const auto fit =
      FitPowerLaw({{e(0), e(1), e(0), e(1)}, {e(0), e(1), e(1), e(2)}},
                  {e(0), e(3), e(1), e(2)});
  ASSERT_TRUE(fit.ok()) << fit.status();
  EXPECT_EQ(fit->degrees_of_freedom, 1);
  EXPECT_NEAR(fit->residual_deviation, 1.0, 1e-12);
  ExpectNear(fit->exponents[0], 2.0, kT1 * std::sqrt(2.0));
  ExpectNear(fit->exponents[1], 0.0, kT1);
  // c_0 = 1.5 - 2 * 0.5; its variance 1/4 + (0.5, 1) [2 -1; -1 1] (0.5, 1)' =
  // 0.25 + 0.5.
  EXPECT_NEAR(std::log(fit->factor.value), 0.5, 1e-12);
  EXPECT_NEAR(std::log(fit->factor.high), 0.5 + kT1 * std::sqrt(0.75), 1e-8);
}

TEST(FitPowerLawTest, ErrorsNameTheNumber) {
  const auto message = [](const std::vector<std::vector<double>>& x,
                          const std::vector<double>& y) {
    return std::string(FitPowerLaw(x, y).status().message());
  };
  EXPECT_THAT(message({{1, 2}}, {1, 2}), HasSubstr("to 2 points"));
  EXPECT_THAT(message({}, {1, 2, 3}), HasSubstr("of 0 exponents"));
  EXPECT_THAT(message({{1, 2, 3}}, {1, -2, 3}), HasSubstr("y[1] is -2"));
  EXPECT_THAT(message({{1, 2, 0}}, {1, 2, 3}), HasSubstr("x[0][2] is 0"));
  const double inf = std::numeric_limits<double>::infinity();
  EXPECT_THAT(message({{1, 2, inf}}, {1, 2, 3}), HasSubstr("x[0][2] is inf"));
  EXPECT_THAT(message({{1, 2}}, {1, 2, 3}),
              HasSubstr("x[0] has 2 values, y has 3"));
  EXPECT_THAT(message({{3, 3, 3}}, {1, 2, 3}), HasSubstr("x[0] is constant"));
  EXPECT_THAT(message({{1, 1, 1}}, {1, 2, 3}), HasSubstr("x[0] is constant"));
  EXPECT_THAT(message({{1, 2, 3, 5}, {2, 8, 18, 50}}, {1, 2, 3, 4}),
              HasSubstr("x[1] is constant or a power law"));
}

}  // namespace
}  // namespace local_sgd
