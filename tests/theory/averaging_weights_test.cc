#include "lib/theory/averaging_weights.h"

#include <array>
#include <cstdint>

#include "gtest/gtest.h"

namespace local_sgd {
namespace {

TEST(AveragingWeights, ClosedFormIsTheSum) {
  for (const double a : {1.0, 16.5, 526320.13}) {
    long double sums[kNumAverages] = {};
    for (int64_t t = 0; t <= 3000; ++t) {
      const std::array<double, kNumAverages> closed = AveragingWeightSums(a, t);
      for (int q = 0; q < kNumAverages; ++q) {
        EXPECT_NEAR(closed[q], static_cast<double>(sums[q]),
                    4e-16 * static_cast<double>(sums[q]));
        sums[q] += AveragingWeights(a, t)[q];
      }
    }
    // Theorem 2.2: S_T >= T^3 / 3.
    EXPECT_GE(AveragingWeightSums(a, 3000)[kQuadratic], 9e9);
  }
}

TEST(AveragingWeights, AreOneTPlusOneAndShiftedSquares) {
  EXPECT_EQ(AveragingWeights(3.0, 0),
            (std::array<double, kNumAverages>{1.0, 1.0, 9.0}));
  EXPECT_EQ(AveragingWeights(3.0, 7),
            (std::array<double, kNumAverages>{1.0, 8.0, 100.0}));
}

}  // namespace
}  // namespace local_sgd
