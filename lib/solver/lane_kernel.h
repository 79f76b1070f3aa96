// The inner loops of eight runs of Algorithm 1 in SIMD lanes: like
// step_kernel.h, lane by lane with the same bits, and the columns' part of a
// synchronisation.

#ifndef LIB_SOLVER_LANE_KERNEL_H_
#define LIB_SOLVER_LANE_KERNEL_H_

#include <cstdint>
#include <vector>

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

// C_{t+1} = C_t + w_t s_t in every lane, with Kahan's correction.
void AccumulateLaneWeights(const LanePolicies& policies, int64_t t,
                           LaneIterates& lanes);

// RunSteps in every lane. `common` is null where the common point is zero, as
// with one worker. `slopes` is room for `batch` entries.
void RunLaneSteps(const StepRows& rows, absl::Span<const uint32_t> drawn,
                  int64_t batch, absl::Span<const LaneStepScalars> steps,
                  const LaneDoubles* common, const LaneWorker& worker,
                  LaneDoubles* slopes);

// ComputeSlopes and ApplySlopes in every lane.
void ComputeLaneSlopes(const StepRows& rows, absl::Span<const uint32_t> drawn,
                       const LaneDoubles& scale,
                       absl::Span<const LaneDoubles> common,
                       const LaneWorker& worker, LaneDoubles* slopes);
void ApplyLaneSlopes(const StepRows& rows, absl::Span<const uint32_t> drawn,
                     const LaneStepScalars& scalars, const LaneDoubles* slopes,
                     const LaneWorker& worker);

// Which workers have touched each column since some synchronisation: bit k % 64
// of word k / 64 for worker k.
struct TouchedColumns {
  int64_t words = 0;             // of a column: K / 64, rounded up
  std::vector<uint64_t> masks;   // column j's at j words
  std::vector<uint32_t> listed;  // the columns with a bit set, in any order
  bool is_full = false;          // every bit of every column is
};

// Algorithm 1's averaging in the chosen lanes: to the common point of every
// listed column is added the mean of the workers' differences, summed along the
// fixed tree over workers; the differences become zero. Workers whose bit is
// not set have a zero there, which adds nothing, exactly.
void AverageListed(const TouchedColumns& touched, const LaneMask& mask,
                   LaneIterates& iterates);

}  // namespace local_sgd

#endif  // LIB_SOLVER_LANE_KERNEL_H_
