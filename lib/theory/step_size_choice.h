// A choice among the step sizes of the paper, and what it is on a problem.

#ifndef LIB_THEORY_STEP_SIZE_CHOICE_H_
#define LIB_THEORY_STEP_SIZE_CHOICE_H_

#include <cstdint>
#include <string>

#include "lib/theory/step_size.h"

namespace local_sgd {

// Those of Theorem 2.2, a constant ETA, or min(32, C n / (t + 1)) of section 4.
struct StepSizeChoice {
  enum Kind { kTheory, kConstant, kDecaying };
  Kind kind = kTheory;
  double parameter = 0.0;       // ETA or C
  std::string text = "theory";  // as a user typed it
};

// Whether both are the same step sizes, however they were typed:
// "constant:0.5" and "constant:0.50".
inline bool AreSame(const StepSizeChoice& a, const StepSizeChoice& b) {
  return a.kind == b.kind && a.parameter == b.parameter;
}

struct ChosenStepSize {
  StepSize step_size;
  double averaging_shift = 1.0;  // a of the weights (a + t)^2
};

// The step sizes for n samples, mu and kappa; `gap` is the H of Theorem 2.2,
// whose shift is the average's, too.
inline ChosenStepSize ChooseStepSize(const StepSizeChoice& choice, int64_t n,
                                     double mu, double kappa, int64_t gap) {
  switch (choice.kind) {
    case StepSizeChoice::kTheory: {
      const double shift = TheoremShift(kappa, gap);
      return {TheoremStepSize(mu, shift), shift};
    }
    case StepSizeChoice::kConstant:
      return {ConstantStepSize(choice.parameter), 1.0};
    case StepSizeChoice::kDecaying:
      return {DecayingStepSize(choice.parameter, n), 1.0};
  }
  return {};
}

}  // namespace local_sgd

#endif  // LIB_THEORY_STEP_SIZE_CHOICE_H_
