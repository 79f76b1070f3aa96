#include "lib/solver/step_kernel.h"

#include <algorithm>
#include <cstdint>

#include "absl/types/span.h"
#include "lib/objective/logistic_loss.h"
#include "lib/solver/iterates.h"
#include "lib/solver/step_rows.h"

namespace local_sgd {
namespace {

// Everything below is inlined into the three public functions, which are
// compiled for several instruction sets. All do the same IEEE operations in the
// same order (no multiply-add), so the CPU decides the speed and not the bits.
// LOCAL_SGD_BASELINE_CPU leaves one version, for the test of that.
#if defined(__x86_64__) && defined(__gnu_linux__) && \
    !defined(LOCAL_SGD_BASELINE_CPU)
#define LOCAL_SGD_FOR_EVERY_CPU \
  __attribute__((target_clones("default", "avx2")))
#else
#define LOCAL_SGD_FOR_EVERY_CPU
#endif
#define LOCAL_SGD_INLINE inline __attribute__((always_inline))

// The four doubles of a WorkerColumn.
typedef double FourDoubles __attribute__((vector_size(32), may_alias));

// kUnitValues: every stored value is 1, so products with it are left out; the
// bits are the same.
template <bool kUnitValues>
LOCAL_SGD_INLINE double InnerProduct(const StepRows& rows, uint32_t row,
                                     const double* common,
                                     const WorkerColumn* columns) {
  const uint32_t* const offset_of = rows.offsets.data();
  const double* const value_of = rows.values.data();
  const double* const differences = &columns->difference;
  // One sum for each place in a unit shortens the chain of additions.
  double sums[kRowUnit] = {};
  const uint64_t end = uint64_t{kRowUnit} * rows.begin[row + 1];
  for (uint64_t p = uint64_t{kRowUnit} * rows.begin[row]; p < end;
       p += kRowUnit) {
    for (int u = 0; u < kRowUnit; ++u) {
      const uint64_t offset = offset_of[p + u];
      const double v = common[offset / kColumnDoubles] + differences[offset];
      sums[u] += kUnitValues ? v : value_of[p + u] * v;
    }
  }
  return (sums[0] + sums[2]) + (sums[1] + sums[3]);
}

template <bool kUnitValues>
LOCAL_SGD_INLINE void ComputeSlopesOf(const StepRows& rows,
                                      const uint32_t* drawn, int64_t batch,
                                      double scale, const double* common,
                                      const WorkerColumn* columns,
                                      double* slopes) {
  for (int64_t p = 0; p < batch; ++p) {
    const double y = rows.labels[drawn[p]];
    const double inner =
        InnerProduct<kUnitValues>(rows, drawn[p], common, columns);
    slopes[p] = y * LogisticSlope(y * (scale * inner));
  }
}

template <bool kUnitValues>
LOCAL_SGD_INLINE void ApplySlopesOf(const StepRows& rows, const uint32_t* drawn,
                                    int64_t batch, const StepScalars& scalars,
                                    const double* slopes,
                                    WorkerColumn* columns) {
  const uint32_t* const offset_of = rows.offsets.data();
  const double* const value_of = rows.values.data();
  double* const doubles = &columns->difference;
  for (int64_t i = 0; i < batch; ++i) {
    const double delta = scalars.descent * slopes[i];
    const FourDoubles update = {delta, scalars.cumulative[0] * delta,
                                scalars.cumulative[1] * delta,
                                scalars.cumulative[2] * delta};
    const uint64_t end = uint64_t{kRowUnit} * rows.begin[drawn[i] + 1];
    for (uint64_t p = uint64_t{kRowUnit} * rows.begin[drawn[i]]; p < end;
         p += kRowUnit) {
      for (int u = 0; u < kRowUnit; ++u) {
        FourDoubles& column =
            *reinterpret_cast<FourDoubles*>(doubles + offset_of[p + u]);
        column += kUnitValues ? update : value_of[p + u] * update;
      }
    }
    columns[rows.num_features].difference = 0.0;  // the padding
  }
}

template <bool kUnitValues>
LOCAL_SGD_INLINE void RunStepsOf(const StepRows& rows, const uint32_t* drawn,
                                 int64_t batch,
                                 absl::Span<const StepScalars> steps,
                                 const double* common, WorkerColumn* columns,
                                 double* slopes) {
  const int64_t count = batch * static_cast<int64_t>(steps.size());
  int64_t next = std::min(count, kRowsAhead);
  const uint32_t* const first = drawn;
  for (const StepScalars& step : steps) {
    for (const int64_t end = std::min(count, next + batch); next < end;
         ++next) {
      PrefetchRow(rows, first[next]);
    }
    ComputeSlopesOf<kUnitValues>(rows, drawn, batch, step.scale, common,
                                 columns, slopes);
    ApplySlopesOf<kUnitValues>(rows, drawn, batch, step, slopes, columns);
    drawn += batch;
  }
}

}  // namespace

LOCAL_SGD_FOR_EVERY_CPU
void ComputeSlopes(const StepRows& rows, absl::Span<const uint32_t> drawn,
                   double scale, absl::Span<const double> common,
                   const WorkerColumn* columns, double* slopes) {
  const int64_t batch = static_cast<int64_t>(drawn.size());
  if (rows.values.empty()) {
    ComputeSlopesOf<true>(rows, drawn.data(), batch, scale, common.data(),
                          columns, slopes);
  } else {
    ComputeSlopesOf<false>(rows, drawn.data(), batch, scale, common.data(),
                           columns, slopes);
  }
}

LOCAL_SGD_FOR_EVERY_CPU
void ApplySlopes(const StepRows& rows, absl::Span<const uint32_t> drawn,
                 const StepScalars& scalars, const double* slopes,
                 WorkerColumn* columns) {
  const int64_t batch = static_cast<int64_t>(drawn.size());
  if (rows.values.empty()) {
    ApplySlopesOf<true>(rows, drawn.data(), batch, scalars, slopes, columns);
  } else {
    ApplySlopesOf<false>(rows, drawn.data(), batch, scalars, slopes, columns);
  }
}

LOCAL_SGD_FOR_EVERY_CPU
void RunSteps(const StepRows& rows, absl::Span<const uint32_t> drawn,
              int64_t batch, absl::Span<const StepScalars> steps,
              absl::Span<const double> common, WorkerColumn* columns,
              double* slopes) {
  if (rows.values.empty()) {
    RunStepsOf<true>(rows, drawn.data(), batch, steps, common.data(), columns,
                     slopes);
  } else {
    RunStepsOf<false>(rows, drawn.data(), batch, steps, common.data(), columns,
                      slopes);
  }
}

}  // namespace local_sgd
