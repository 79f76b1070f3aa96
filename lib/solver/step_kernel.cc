#include "lib/solver/step_kernel.h"

#include <cstdint>

#include "absl/types/span.h"
#include "lib/objective/logistic_loss.h"
#include "lib/solver/iterates.h"
#include "lib/solver/step_rows.h"

namespace local_sgd {
namespace {

// kUnitValues: every stored value is 1, so products with it are left out; the
// bits are the same.
template <bool kUnitValues>
inline double InnerProduct(const StepRows& rows, uint32_t row,
                           const double* common, const WorkerColumn* columns) {
  const uint32_t end = rows.begin[row + 1];
  uint32_t p = rows.begin[row];
  // Two sums, over even and odd places, halve the chain of dependent additions.
  double even = 0.0;
  double odd = 0.0;
  const auto term = [&](uint32_t place) {
    const uint32_t j = rows.columns[place];
    const double v = common[j] + columns[j].difference;
    return kUnitValues ? v : rows.values[place] * v;
  };
  for (; p + 1 < end; p += 2) {
    even += term(p);
    odd += term(p + 1);
  }
  if (p < end) even += term(p);
  return even + odd;
}

template <bool kUnitValues>
inline void ComputeSlopesOf(const StepRows& rows, const uint32_t* drawn,
                            int64_t batch, double scale, const double* common,
                            const WorkerColumn* columns, double* slopes) {
  for (int64_t p = 0; p < batch; ++p) {
    const double y = rows.labels[drawn[p]];
    const double inner =
        InnerProduct<kUnitValues>(rows, drawn[p], common, columns);
    slopes[p] = y * LogisticSlope(y * (scale * inner));
  }
}

template <bool kUnitValues>
inline void ApplySlopesOf(const StepRows& rows, const uint32_t* drawn,
                          int64_t batch, const StepScalars& scalars,
                          const double* slopes, WorkerColumn* columns) {
  for (int64_t i = 0; i < batch; ++i) {
    const double delta = scalars.descent * slopes[i];
    const double delta0 = scalars.cumulative[0] * delta;
    const double delta1 = scalars.cumulative[1] * delta;
    const double delta2 = scalars.cumulative[2] * delta;
    const uint32_t end = rows.begin[drawn[i] + 1];
    for (uint32_t p = rows.begin[drawn[i]]; p < end; ++p) {
      WorkerColumn& column = columns[rows.columns[p]];
      const double value = kUnitValues ? 1.0 : rows.values[p];
      column.difference += kUnitValues ? delta : value * delta;
      column.weighted[0] += kUnitValues ? delta0 : value * delta0;
      column.weighted[1] += kUnitValues ? delta1 : value * delta1;
      column.weighted[2] += kUnitValues ? delta2 : value * delta2;
    }
  }
}

template <bool kUnitValues>
void RunStepsOf(const StepRows& rows, const uint32_t* drawn, int64_t batch,
                absl::Span<const StepScalars> steps, const double* common,
                WorkerColumn* columns, double* slopes) {
  for (const StepScalars& step : steps) {
    ComputeSlopesOf<kUnitValues>(rows, drawn, batch, step.scale, common,
                                 columns, slopes);
    ApplySlopesOf<kUnitValues>(rows, drawn, batch, step, slopes, columns);
    drawn += batch;
  }
}

}  // namespace

void ComputeSlopes(const StepRows& rows, absl::Span<const uint32_t> drawn,
                   double scale, absl::Span<const double> common,
                   const WorkerColumn* columns, double* slopes) {
  const auto compute =
      rows.values.empty() ? ComputeSlopesOf<true> : ComputeSlopesOf<false>;
  compute(rows, drawn.data(), static_cast<int64_t>(drawn.size()), scale,
          common.data(), columns, slopes);
}

void ApplySlopes(const StepRows& rows, absl::Span<const uint32_t> drawn,
                 const StepScalars& scalars, const double* slopes,
                 WorkerColumn* columns) {
  const auto apply =
      rows.values.empty() ? ApplySlopesOf<true> : ApplySlopesOf<false>;
  apply(rows, drawn.data(), static_cast<int64_t>(drawn.size()), scalars, slopes,
        columns);
}

void RunSteps(const StepRows& rows, absl::Span<const uint32_t> drawn,
              int64_t batch, absl::Span<const StepScalars> steps,
              absl::Span<const double> common, WorkerColumn* columns,
              double* slopes) {
  const auto run = rows.values.empty() ? RunStepsOf<true> : RunStepsOf<false>;
  run(rows, drawn.data(), batch, steps, common.data(), columns, slopes);
}

}  // namespace local_sgd
