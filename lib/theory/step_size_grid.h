// The grid of step sizes of section 4: min(32, c n/(t + 1)) and 32 c with c =
// 2^i.

#ifndef LIB_THEORY_STEP_SIZE_GRID_H_
#define LIB_THEORY_STEP_SIZE_GRID_H_

#include <cmath>
#include <cstdint>

#include "lib/theory/step_size.h"

namespace local_sgd {

enum class StepSizeFamily { kConstant, kDecaying };

// "constant", "decaying": as in every record.
inline const char* FamilyName(StepSizeFamily family) {
  return family == StepSizeFamily::kConstant ? "constant" : "decaying";
}

struct StepSizeCandidate {
  StepSizeFamily family = StepSizeFamily::kConstant;
  int exponent = 0;  // i

  friend bool operator==(const StepSizeCandidate&,
                         const StepSizeCandidate&) = default;
};

// n samples.
inline StepSize StepSizeOf(const StepSizeCandidate& candidate, int64_t n) {
  const double c = std::ldexp(1.0, candidate.exponent);
  return candidate.family == StepSizeFamily::kConstant
             ? ConstantStepSize(32.0 * c)
             : DecayingStepSize(c, n);
}

}  // namespace local_sgd

#endif  // LIB_THEORY_STEP_SIZE_GRID_H_
