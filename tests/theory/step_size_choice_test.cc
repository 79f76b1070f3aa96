#include "lib/theory/step_size_choice.h"

#include "gtest/gtest.h"

namespace local_sgd {
namespace {

TEST(ChooseStepSize, TheTheoremsHasItsShiftInTheAverageToo) {
  const StepSizeChoice theory;
  const ChosenStepSize chosen = ChooseStepSize(theory, 100, 0.01, 50.0, 16);
  EXPECT_EQ(chosen.averaging_shift, 800.0);
  EXPECT_DOUBLE_EQ(chosen.step_size(200), 4.0 / (0.01 * 1000.0));
  // A gap above 16 kappa is the shift.
  EXPECT_EQ(ChooseStepSize(theory, 100, 0.01, 50.0, 900).averaging_shift,
            900.0);
}

TEST(ChooseStepSize, TheOthersKnowNoCurvature) {
  const ChosenStepSize constant = ChooseStepSize(
      {StepSizeChoice::kConstant, 0.25, ""}, 100, 0.01, 50.0, 16);
  EXPECT_EQ(constant.step_size(7), 0.25);
  EXPECT_EQ(constant.averaging_shift, 1.0);
  const ChosenStepSize decaying =
      ChooseStepSize({StepSizeChoice::kDecaying, 0.5, ""}, 100, 0.01, 50.0, 16);
  EXPECT_EQ(decaying.step_size(0), 32.0);
  EXPECT_EQ(decaying.step_size(4), 10.0);
  EXPECT_EQ(decaying.averaging_shift, 1.0);
}

}  // namespace
}  // namespace local_sgd
