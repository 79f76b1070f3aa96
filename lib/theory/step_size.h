// The step sizes of the paper as one value: eta_t = min(cap, numerator /
// (shift + t)), t counted from 0.

#ifndef LIB_THEORY_STEP_SIZE_H_
#define LIB_THEORY_STEP_SIZE_H_

#include <algorithm>
#include <cstdint>
#include <limits>

namespace local_sgd {

struct StepSize {
  double cap = 0.0;
  double numerator = 0.0;
  double shift = 1.0;

  // eta_t of iteration t >= 0.
  double operator()(int64_t t) const {
    return std::min(cap, numerator / (shift + static_cast<double>(t)));
  }
};

// The shift a = max{16 kappa, H} of Theorem 2.2; `gap` is H, the largest gap of
// the synchronisation set.
inline double TheoremShift(double kappa, int64_t gap) {
  return std::max(16.0 * kappa, static_cast<double>(gap));
}

// Theorem 2.2: eta_t = 4 / (mu (a + t)).
inline StepSize TheoremStepSize(double mu, double shift) {
  return {std::numeric_limits<double>::infinity(), 4.0 / mu, shift};
}

// Section 4, first family: eta_t = min(32, c n / (t + 1)).
inline StepSize DecayingStepSize(double c, int64_t n) {
  return {32.0, c * static_cast<double>(n), 1.0};
}

// Section 4, second family (eta = 32 c), or any other constant.
inline StepSize ConstantStepSize(double eta) {
  return {eta, std::numeric_limits<double>::infinity(), 1.0};
}

}  // namespace local_sgd

#endif  // LIB_THEORY_STEP_SIZE_H_
