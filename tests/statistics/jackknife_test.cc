#include "lib/statistics/jackknife.h"

#include <cmath>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "gtest/gtest.h"
#include "lib/statistics/mean.h"

namespace local_sgd {
namespace {

// Student's t at 0.975 with 2 degrees of freedom.
constexpr double kT2 = 4.302652730;

const std::vector<double>& Samples() {
  static const auto& samples = *new std::vector<double>{1.0, 2.0, 6.0};
  return samples;
}

absl::StatusOr<double> MeanOfSamples(Kept kept) {
  return MeanOf(Samples(), kept);
}

TEST(MeanOfTest, IsTheMeanOfThoseKept) {
  EXPECT_EQ(MeanOf(Samples(), {0, 1, 2}), 3.0);
  EXPECT_EQ(MeanOf(Samples(), {0, 2}), 3.5);
  EXPECT_EQ(MeansOf({Samples(), {5.0, 7.0, 1.0}}, {1, 2}),
            (std::vector<double>{4.0, 4.0}));
}

TEST(JackknifeTest, OfAMeanIsItsStandardError) {
  const auto interval = Jackknife(3, MeanOfSamples);
  ASSERT_TRUE(interval.ok()) << interval.status();
  EXPECT_DOUBLE_EQ(interval->value, 3.0);
  const double half_width = kT2 * std::sqrt(14.0 / 6.0);
  EXPECT_NEAR(interval->low, 3.0 - half_width, 1e-8);
  EXPECT_NEAR(interval->high, 3.0 + half_width, 1e-8);
}

TEST(JackknifeTest, OfASquareByHand) {
  // Without one of 1, 2, 6: means 4, 3.5, 1.5; squares 16, 12.25, 2.25, whose
  // mean is 30.5/3. Squared deviations sum to 256 + 150.0625 + 5.0625 -
  // 30.5^2/3 = 101.0416...; times 2/3.
  const auto interval = Jackknife(3, [](Kept kept) -> absl::StatusOr<double> {
    const auto mean = MeanOfSamples(kept);
    return *mean * *mean;
  });
  ASSERT_TRUE(interval.ok()) << interval.status();
  EXPECT_DOUBLE_EQ(interval->value, 9.0);
  const double variance = (411.125 - 30.5 * 30.5 / 3) * 2 / 3;
  EXPECT_NEAR(interval->high, 9.0 + kT2 * std::sqrt(variance), 1e-7);
}

TEST(JackknifeTest, OneSeedHasNoInterval) {
  const auto interval = Jackknife(1, MeanOfSamples);
  ASSERT_TRUE(interval.ok()) << interval.status();
  EXPECT_EQ(interval->value, 1.0);
  EXPECT_EQ(interval->low, 1.0);
  EXPECT_EQ(interval->high, 1.0);
}

TEST(JackknifeTest, PassesErrorsOn) {
  const auto fails_without_seed_1 = [](Kept kept) -> absl::StatusOr<double> {
    if (kept.size() == 2 && kept[1] == 2 && kept[0] == 0) {
      return absl::OutOfRangeError("needs seed 1");
    }
    return 1.0;
  };
  EXPECT_EQ(Jackknife(3, fails_without_seed_1).status(),
            absl::OutOfRangeError("needs seed 1"));
}

}  // namespace
}  // namespace local_sgd
