#include "lib/statistics/bias_variance.h"

#include <cmath>
#include <cstdint>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace local_sgd {
namespace {

using ::testing::HasSubstr;
using Points = std::vector<std::vector<double>>;

// f(x) - f* = 3/2 |x - x*|^2, so that both decompositions are known.
double Gap(const std::vector<double>& x, const std::vector<double>& optimum) {
  double square = 0;
  for (size_t j = 0; j < x.size(); ++j) {
    square += (x[j] - optimum[j]) * (x[j] - optimum[j]);
  }
  return 1.5 * square;
}

std::vector<SeedError> ErrorsOf(const Points& points,
                                const std::vector<double>& optimum) {
  std::vector<SeedError> seeds = DistancesOf(points, optimum);
  for (size_t s = 0; s < points.size(); ++s) {
    seeds[s].gap = Gap(points[s], optimum);
    seeds[s].gap_of_others =
        Gap(MeanPoint(points, static_cast<int64_t>(s)), optimum);
    seeds[s].gap_of_mean = Gap(MeanPoint(points, kNone), optimum);
  }
  return seeds;
}

TEST(BiasVarianceTest, ByHand) {
  // x* = 1; x = 3, 5, 7: m = 5, squared errors 4, 16, 36, their mean 56/3.
  // Variance 8 / 2 = 4; bias 16 - 4/3.
  const auto seeds = ErrorsOf({{3}, {5}, {7}}, {1});
  EXPECT_EQ(seeds[0].squared_distance, 4);
  EXPECT_EQ(seeds[0].squared_deviation, 4);
  EXPECT_EQ(seeds[0].variance_of_others, 2);
  auto apart = DistanceBiasVariance(seeds, {0, 1, 2});
  ASSERT_TRUE(apart.ok()) << apart.status();
  EXPECT_DOUBLE_EQ(apart->total, 56.0 / 3);
  EXPECT_DOUBLE_EQ(apart->variance, 4);
  EXPECT_DOUBLE_EQ(apart->bias, 16 - 4.0 / 3);
  // Without the 5: variance 8, bias 16 - 4. Without the 3: 2 and 25 - 1.
  apart = DistanceBiasVariance(seeds, {0, 2});
  ASSERT_TRUE(apart.ok()) << apart.status();
  EXPECT_DOUBLE_EQ(apart->variance, 8);
  EXPECT_DOUBLE_EQ(apart->bias, 12);
  apart = DistanceBiasVariance(seeds, {1, 2});
  ASSERT_TRUE(apart.ok()) << apart.status();
  EXPECT_DOUBLE_EQ(apart->variance, 2);
  EXPECT_DOUBLE_EQ(apart->bias, 24);
}

// The bias is 1e12 times the variance, which is known to the last bits.
TEST(BiasVarianceTest, ASmallVarianceBesideALargeBiasKeepsItsDigits) {
  const double unit = 0x1p-20;
  const auto seeds = ErrorsOf(
      {{1e6 + unit}, {1e6 + 2 * unit}, {1e6 + 4 * unit}, {1e6 + 5 * unit}},
      {0});
  auto apart = DistanceBiasVariance(seeds, {0, 1, 2, 3});
  ASSERT_TRUE(apart.ok()) << apart.status();
  EXPECT_NEAR(apart->variance, 10.0 / 3 * unit * unit, 1e-12 * unit * unit);
  // Without the first: 2, 4 and 5 around 11/3.
  apart = DistanceBiasVariance(seeds, {1, 2, 3});
  ASSERT_TRUE(apart.ok()) << apart.status();
  EXPECT_NEAR(apart->variance, 7.0 / 3 * unit * unit, 1e-12 * unit * unit);
}

TEST(BiasVarianceTest, SeedsThatAgreeHaveNoVariance) {
  // The rounded mean of seven or ten equal numbers is often another number.
  for (const int64_t count : {3, 7, 10}) {
    for (const double x : {0.1, 1.0 / 3.0, 1e24, -0.7, 1e-160}) {
      const std::vector<std::vector<double>> points(count, {x, 2 * x});
      const auto seeds = ErrorsOf(points, {1, x});
      std::vector<int64_t> kept(count);
      std::iota(kept.begin(), kept.end(), 0);
      for (int i = 0; i < 2; ++i, kept.erase(kept.begin() + 1)) {
        const auto distance = DistanceBiasVariance(seeds, kept);
        const auto gap = GapBiasVariance(seeds, kept);
        ASSERT_TRUE(distance.ok() && gap.ok());
        EXPECT_EQ(distance->variance, 0.0);
        EXPECT_EQ(gap->variance, 0.0);
      }
    }
  }
}

TEST(BiasVarianceTest, GapsOfAQuadraticAreTheDistances) {
  const auto seeds = ErrorsOf({{3, 0}, {5, 1}, {7, 1}, {8, -4}}, {1, 2});
  const std::vector<std::vector<int64_t>> all_kept = {
      {0, 1, 2, 3}, {1, 2, 3}, {0, 2, 3}, {0, 1, 3}, {0, 1, 2}};
  for (const auto& kept : all_kept) {
    const auto distance = DistanceBiasVariance(seeds, kept);
    const auto gap = GapBiasVariance(seeds, kept);
    ASSERT_TRUE(distance.ok() && gap.ok());
    EXPECT_NEAR(gap->variance, 1.5 * distance->variance, 1e-12);
    EXPECT_NEAR(gap->bias, 1.5 * distance->bias, 1e-12);
    EXPECT_NEAR(gap->bias + gap->variance, gap->total, 1e-12);
    EXPECT_NEAR(distance->bias + distance->variance, distance->total, 1e-12);
  }
}

// The estimates hit what is known: x = x* + shift + noise. Each is off by its
// own standard error at most a few times, over many repetitions.
TEST(BiasVarianceTest, IsFreeOfBias) {
  std::mt19937_64 random(7);
  std::normal_distribution<double> normal;
  constexpr int kRepetitions = 4000;
  double bias = 0, variance = 0, uncorrected = 0;
  for (int r = 0; r < kRepetitions; ++r) {
    Points points;
    for (int s = 0; s < 4; ++s) {
      points.push_back({1 + 0.1 + normal(random), 2 + 2 * normal(random)});
    }
    const auto seeds = ErrorsOf(points, {1, 2});
    const auto apart = GapBiasVariance(seeds, {0, 1, 2, 3});
    ASSERT_TRUE(apart.ok());
    bias += apart->bias / kRepetitions;
    variance += apart->variance / kRepetitions;
    uncorrected += seeds[0].gap_of_mean / kRepetitions;
  }
  // 3/2 times 0.1^2 and 1 + 4.
  EXPECT_NEAR(bias, 0.015, 0.12);
  EXPECT_NEAR(variance, 7.5, 0.3);
  EXPECT_NEAR(uncorrected, 0.015 + 7.5 / 4, 0.12);
}

TEST(BiasVarianceTest, OtherSeedsAreAnError) {
  const auto seeds = ErrorsOf({{3}, {5}, {7}, {9}}, {1});
  const std::vector<std::vector<int64_t>> wrong = {
      {}, {0}, {0, 1}, {0, 1, 2, 4}, {1, 0, 2, 3}, {0, 1, 2, 3, 3}};
  for (const auto& kept : wrong) {
    EXPECT_THAT(
        std::string(DistanceBiasVariance(seeds, kept).status().message()),
        HasSubstr("of 4 seeds"));
    EXPECT_FALSE(GapBiasVariance(seeds, kept).ok());
  }
}

}  // namespace
}  // namespace local_sgd
