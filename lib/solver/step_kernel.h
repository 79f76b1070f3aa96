// The sparse stochastic gradient step: what one worker does between two
// synchronisations, in O(nonzeros of the drawn rows).

#ifndef LIB_SOLVER_STEP_KERNEL_H_
#define LIB_SOLVER_STEP_KERNEL_H_

#include <cstdint>

#include "absl/types/span.h"
#include "lib/solver/iterates.h"
#include "lib/solver/step_rows.h"
#include "lib/theory/averaging_weights.h"

namespace local_sgd {

// The scalars of step t, which all workers share.
struct StepScalars {
  double scale = 0.0;                    // s_t
  double descent = 0.0;                  // eta_t / (b s_{t+1})
  double cumulative[kNumAverages] = {};  // C_{t+1}
};

// So many rows ahead of the one in work are asked for: they are drawn from all
// over the data, and waiting for their columns takes a quarter of the time.
inline constexpr int64_t kRowsAhead = 12;

// Asks for a row's columns from memory, for use soon.
inline void PrefetchRow(const StepRows& rows, uint32_t row) {
  const uint32_t* offsets =
      rows.offsets.data() + uint64_t{kRowUnit} * rows.begin[row];
  __builtin_prefetch(offsets);
  __builtin_prefetch(offsets + 16);
  __builtin_prefetch(&rows.labels[row]);
}

// slopes[p] = y_i sigma(-y_i <a_i, x>) of the p-th drawn row i at x = scale
// (common + difference): minus the derivative of its loss. `slopes` has
// drawn.size() entries.
void ComputeSlopes(const StepRows& rows, absl::Span<const uint32_t> drawn,
                   double scale, absl::Span<const double> common,
                   const WorkerColumn* columns, double* slopes);

// v += descent slopes[p] a_i for each drawn row i, and the same into the
// weighted sums with factor C_{t+1}.
void ApplySlopes(const StepRows& rows, absl::Span<const uint32_t> drawn,
                 const StepScalars& scalars, const double* slopes,
                 WorkerColumn* columns);

// One step after the other, ComputeSlopes and ApplySlopes with the next `batch`
// rows of `drawn`, which has steps.size() * batch entries. `slopes` is room for
// `batch` numbers.
void RunSteps(const StepRows& rows, absl::Span<const uint32_t> drawn,
              int64_t batch, absl::Span<const StepScalars> steps,
              absl::Span<const double> common, WorkerColumn* columns,
              double* slopes);

}  // namespace local_sgd

#endif  // LIB_SOLVER_STEP_KERNEL_H_
