#include "lib/theory/step_size.h"

#include <cmath>

#include "gtest/gtest.h"

namespace local_sgd {
namespace {

TEST(StepSize, TheoremIsFourOverMuTimesShiftPlusT) {
  const StepSize eta = TheoremStepSize(1e-3, 5000.0);
  EXPECT_DOUBLE_EQ(eta(0), 0.8);
  EXPECT_DOUBLE_EQ(eta(5000), 0.4);
}

TEST(StepSize, ShiftIsSixteenKappaUnlessTheGapIsLarger) {
  EXPECT_EQ(TheoremShift(100.0, 16), 1600.0);
  EXPECT_EQ(TheoremShift(100.0, 1601), 1601.0);
}

TEST(StepSize, DecayingIsCappedAtThirtyTwo) {
  const StepSize eta = DecayingStepSize(0.5, 1000);
  EXPECT_EQ(eta(0), 32.0);    // min(32, 500)
  EXPECT_EQ(eta(14), 32.0);   // min(32, 33.3)
  EXPECT_EQ(eta(15), 31.25);  // 500 / 16
  EXPECT_EQ(eta(499), 1.0);
}

TEST(StepSize, ConstantStaysWhatItIs) {
  const StepSize eta = ConstantStepSize(0.25);
  EXPECT_EQ(eta(0), 0.25);
  EXPECT_EQ(eta(1'000'000'000'000), 0.25);
}

}  // namespace
}  // namespace local_sgd
