// The inner loops of eight runs of Algorithm 1 in SIMD lanes: like
// step_kernel.h, lane by lane with the same bits, and the columns' part of a
// synchronisation.

#ifndef LIB_SOLVER_LANE_KERNEL_H_
#define LIB_SOLVER_LANE_KERNEL_H_

#include <cstdint>

#include "absl/types/span.h"
#include "lib/objective/lanes.h"
#include "lib/solver/lane_iterates.h"
#include "lib/solver/step_rows.h"
#include "lib/theory/averaging_weights.h"

namespace local_sgd {

// StepScalars of each lane.
struct LaneStepScalars {
  LaneDoubles scale;                     // s_t
  LaneDoubles descent;                   // eta_t / (b s_{t+1})
  LaneDoubles cumulative[kNumAverages];  // C_{t+1}
};

// eta_t = min(cap, numerator / (shift + t)) and the weights (a + t)^2 of each
// lane.
struct LanePolicies {
  LaneDoubles cap;
  LaneDoubles numerator;
  LaneDoubles shift;
  LaneDoubles averaging_shift;
};

// The scalars of steps t, t + 1, ... as PlanSteps of one run makes them: as
// many as `plan` has room for, or until in some lane s would leave its range.
// Moves s and C past them and returns how many.
int64_t PlanLaneSteps(const LanePolicies& policies, double lambda,
                      int64_t batch, int64_t t, LaneIterates& lanes,
                      absl::Span<LaneStepScalars> plan);

// RunSteps in every lane. `common` is null where the common point is zero, as
// with one worker. `slopes` is room for `batch` entries.
void RunLaneSteps(const StepRows& rows, absl::Span<const uint32_t> drawn,
                  int64_t batch, absl::Span<const LaneStepScalars> steps,
                  const LaneDoubles* common, LaneColumn* columns,
                  LaneDoubles* slopes);

// ComputeSlopes and ApplySlopes in every lane.
void ComputeLaneSlopes(const StepRows& rows, absl::Span<const uint32_t> drawn,
                       const LaneDoubles& scale,
                       absl::Span<const LaneDoubles> common,
                       const LaneColumn* columns, LaneDoubles* slopes);
void ApplyLaneSlopes(const StepRows& rows, absl::Span<const uint32_t> drawn,
                     const LaneStepScalars& scalars, const LaneDoubles* slopes,
                     LaneColumn* columns);

// For each of the listed columns (some more than once) and the chosen lanes:
// the difference in `from` is added to that in `to` and becomes zero.
void MoveDifferences(absl::Span<const uint32_t> listed, const LaneMask& mask,
                     LaneColumn* to, LaneColumn* from);

// The same, but to the common point and times `inverse`, 1/K.
void MoveToCommon(absl::Span<const uint32_t> listed, const LaneMask& mask,
                  double inverse, LaneDoubles* common, LaneColumn* from);

}  // namespace local_sgd

#endif  // LIB_SOLVER_LANE_KERNEL_H_
