#include "lib/theory/step_size_grid.h"

#include <algorithm>
#include <cstdint>

#include "gtest/gtest.h"

namespace local_sgd {
namespace {

TEST(StepSizeGrid, ConstantFamilyIsThirtyTwoC) {
  EXPECT_EQ(StepSizeOf({StepSizeFamily::kConstant, 0}, 1000)(7), 32.0);
  EXPECT_EQ(StepSizeOf({StepSizeFamily::kConstant, -7}, 1000)(7), 0.25);
  EXPECT_EQ(StepSizeOf({StepSizeFamily::kConstant, 3}, 1000)(7), 256.0);
}

TEST(StepSizeGrid, DecayingFamilyIsCappedAndFallsLikeOneOverT) {
  for (const int exponent : {-20, -6, -1, 0, 2, 20}) {
    const StepSize eta = StepSizeOf({StepSizeFamily::kDecaying, exponent}, 300);
    double c = 1.0;
    for (int i = 0; i < exponent; ++i) c *= 2.0;
    for (int i = 0; i > exponent; --i) c /= 2.0;
    for (const int64_t t : {0, 1, 8, 9, 1000, 1'000'000'000}) {
      EXPECT_EQ(eta(t), std::min(32.0, c * 300.0 / (t + 1.0)))
          << exponent << ", t = " << t;
    }
  }
}

// The ends of the widest range that a search takes.
TEST(StepSizeGrid, LargestAndSmallestExponentsAreFinite) {
  for (const int exponent : {-1000, 1000}) {
    const double eta =
        StepSizeOf({StepSizeFamily::kConstant, exponent}, 100)(0);
    EXPECT_GT(eta, 0.0);
    EXPECT_LT(eta, 1e305);
  }
  EXPECT_GT(StepSizeOf({StepSizeFamily::kDecaying, -1000}, 1)(1'000'000), 0.0);
  EXPECT_EQ(StepSizeOf({StepSizeFamily::kDecaying, 1000}, 49749)(1'000'000),
            32.0);
}

TEST(StepSizeGrid, NamesAreThoseOfTheRecords) {
  EXPECT_STREQ(FamilyName(StepSizeFamily::kConstant), "constant");
  EXPECT_STREQ(FamilyName(StepSizeFamily::kDecaying), "decaying");
}

TEST(StepSizeGrid, CandidatesAreEqualByFamilyAndExponent) {
  const StepSizeCandidate constant = {StepSizeFamily::kConstant, 3};
  EXPECT_EQ(constant, (StepSizeCandidate{StepSizeFamily::kConstant, 3}));
  EXPECT_NE(constant, (StepSizeCandidate{StepSizeFamily::kConstant, 2}));
  EXPECT_NE(constant, (StepSizeCandidate{StepSizeFamily::kDecaying, 3}));
}

}  // namespace
}  // namespace local_sgd
