#include "lib/solver/lane_kernel.h"

#include <algorithm>
#include <bit>
#include <cstdint>

#include "absl/types/span.h"
#include "lib/objective/lanes.h"
#include "lib/solver/lane_iterates.h"
#include "lib/solver/scale_range.h"
#include "lib/solver/step_kernel.h"
#include "lib/solver/step_rows.h"
#include "lib/theory/averaging_weights.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "lib/solver/lane_kernel.cc"
#include "hwy/foreach_target.h"
// After foreach_target.h:
#include "hwy/highway.h"
#include "lib/objective/lane_arithmetic-inl.h"

// Everything does the same IEEE operations in the same order as the code of one
// run, in each lane and for each instruction set.
HWY_BEFORE_NAMESPACE();
namespace local_sgd {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// Doubles of a group of columns, and where a column's lanes begin for its
// offset in StepRows.
constexpr int64_t kLaneColumnDoubles = sizeof(LaneColumn) / sizeof(double);
constexpr int64_t kColumnStride = kLaneColumnDoubles / kColumnDoubles;
constexpr int64_t kCommonStride = kLanes / kColumnDoubles;
static_assert(kCommonStride * kColumnDoubles == kLanes);

// kUnitValues: every stored value is 1. kHasCommon: the common point may be
// other than zero; with one worker it stays zero. What is known is left out of
// the arithmetic, with the same bits.
template <bool kUnitValues, bool kHasCommon>
HWY_INLINE LaneVector InnerProduct(const StepRows& rows, uint32_t row,
                                   const double* common,
                                   const double* columns) {
  const uint32_t* const offset_of = rows.offsets.data();
  const double* const value_of = rows.values.data();
  LaneVector sums[kRowUnit];
  for (LaneVector& sum : sums) sum = LaneArithmetic::Set(0.0);
  const uint64_t end = uint64_t{kRowUnit} * rows.begin[row + 1];
  for (uint64_t p = uint64_t{kRowUnit} * rows.begin[row]; p < end;
       p += kRowUnit) {
    for (int u = 0; u < kRowUnit; ++u) {
      const uint64_t offset = offset_of[p + u];
      LaneVector v = LoadLanes(columns + kColumnStride * offset);
      if (kHasCommon) v = LoadLanes(common + kCommonStride * offset) + v;
      sums[u] = sums[u] +
                (kUnitValues ? v : LaneArithmetic::Set(value_of[p + u]) * v);
    }
  }
  return (sums[0] + sums[2]) + (sums[1] + sums[3]);
}

template <bool kUnitValues, bool kHasCommon>
HWY_INLINE void ComputeSlopesOf(const StepRows& rows, const uint32_t* drawn,
                                int64_t batch, const LaneDoubles& scale,
                                const LaneDoubles* common,
                                const LaneColumn* columns,
                                LaneDoubles* slopes) {
  for (int64_t p = 0; p < batch; ++p) {
    const LaneVector y = LaneArithmetic::Set(rows.labels[drawn[p]]);
    for (int part = 0; part < kLanes; part += kPartLanes) {
      const LaneVector inner = InnerProduct<kUnitValues, kHasCommon>(
          rows, drawn[p], common->lane + part, columns->difference.lane + part);
      const LaneVector margin = y * (LoadLanes(scale.lane + part) * inner);
      StoreLanes(y * LogisticSlopeOf<LaneArithmetic>(margin),
                 slopes[p].lane + part);
    }
  }
}

template <bool kUnitValues>
HWY_INLINE void ApplySlopesOf(const StepRows& rows, const uint32_t* drawn,
                              int64_t batch, const LaneStepScalars& scalars,
                              const LaneDoubles* slopes, LaneColumn* columns) {
  const uint32_t* const offset_of = rows.offsets.data();
  const double* const value_of = rows.values.data();
  for (int64_t i = 0; i < batch; ++i) {
    const uint64_t end = uint64_t{kRowUnit} * rows.begin[drawn[i] + 1];
    for (int part = 0; part < kLanes; part += kPartLanes) {
      double* const doubles = columns->difference.lane + part;
      LaneVector update[1 + kNumAverages];
      update[0] = LoadLanes(scalars.descent.lane + part) *
                  LoadLanes(slopes[i].lane + part);
      for (int q = 0; q < kNumAverages; ++q) {
        update[1 + q] =
            LoadLanes(scalars.cumulative[q].lane + part) * update[0];
      }
      for (uint64_t p = uint64_t{kRowUnit} * rows.begin[drawn[i]]; p < end;
           p += kRowUnit) {
        for (int u = 0; u < kRowUnit; ++u) {
          double* const column = doubles + kColumnStride * offset_of[p + u];
          for (int q = 0; q < 1 + kNumAverages; ++q) {
            const LaneVector change =
                kUnitValues ? update[q]
                            : LaneArithmetic::Set(value_of[p + u]) * update[q];
            StoreLanes(LoadLanes(column + kLanes * q) + change,
                       column + kLanes * q);
          }
        }
      }
      StoreLanes(LaneArithmetic::Set(0.0),  // the padding
                 columns[rows.num_features].difference.lane + part);
    }
  }
}

template <bool kUnitValues, bool kHasCommon>
HWY_INLINE void RunStepsOf(const StepRows& rows, const uint32_t* drawn,
                           int64_t batch,
                           absl::Span<const LaneStepScalars> steps,
                           const LaneDoubles* common, LaneColumn* columns,
                           LaneDoubles* slopes) {
  constexpr int64_t kRowsAhead = 12;  // as in step_kernel.cc
  const int64_t count = batch * static_cast<int64_t>(steps.size());
  int64_t next = std::min(count, kRowsAhead);
  const uint32_t* const first = drawn;
  for (const LaneStepScalars& step : steps) {
    for (const int64_t end = std::min(count, next + batch); next < end;
         ++next) {
      PrefetchRow(rows, first[next]);
    }
    ComputeSlopesOf<kUnitValues, kHasCommon>(rows, drawn, batch, step.scale,
                                             common, columns, slopes);
    ApplySlopesOf<kUnitValues>(rows, drawn, batch, step, slopes, columns);
    drawn += batch;
  }
}

void RunSteps(const StepRows& rows, const uint32_t* drawn, int64_t batch,
              absl::Span<const LaneStepScalars> steps,
              const LaneDoubles* common, LaneColumn* columns,
              LaneDoubles* slopes) {
  if (!rows.values.empty()) {
    RunStepsOf<false, true>(rows, drawn, batch, steps, common, columns, slopes);
  } else if (common != nullptr) {
    RunStepsOf<true, true>(rows, drawn, batch, steps, common, columns, slopes);
  } else {
    RunStepsOf<true, false>(rows, drawn, batch, steps, common, columns, slopes);
  }
}

void ComputeSlopes(const StepRows& rows, const uint32_t* drawn, int64_t batch,
                   const LaneDoubles& scale, const LaneDoubles* common,
                   const LaneColumn* columns, LaneDoubles* slopes) {
  if (rows.values.empty()) {
    ComputeSlopesOf<true, true>(rows, drawn, batch, scale, common, columns,
                                slopes);
  } else {
    ComputeSlopesOf<false, true>(rows, drawn, batch, scale, common, columns,
                                 slopes);
  }
}

void ApplySlopes(const StepRows& rows, const uint32_t* drawn, int64_t batch,
                 const LaneStepScalars& scalars, const LaneDoubles* slopes,
                 LaneColumn* columns) {
  if (rows.values.empty()) {
    ApplySlopesOf<true>(rows, drawn, batch, scalars, slopes, columns);
  } else {
    ApplySlopesOf<false>(rows, drawn, batch, scalars, slopes, columns);
  }
}

// sum += term with Kahan's correction.
HWY_INLINE void AddCompensated(LaneVector term, double* sum, double* error) {
  const LaneVector before = LoadLanes(sum);
  const LaneVector corrected = term - LoadLanes(error);
  const LaneVector next = before + corrected;
  StoreLanes((next - before) - corrected, error);
  StoreLanes(next, sum);
}

int64_t PlanSteps(const LanePolicies& policies, double lambda, int64_t batch,
                  int64_t t, LaneIterates& lanes, LaneStepScalars* plan,
                  int64_t room) {
  const LaneVector one = LaneArithmetic::Set(1.0);
  const LaneVector regularisation = LaneArithmetic::Set(lambda);
  const LaneVector samples = LaneArithmetic::Set(static_cast<double>(batch));
  const LaneVector smallest = LaneArithmetic::Set(kMinScale);
  const LaneVector largest = LaneArithmetic::Set(kMaxScale);
  for (int64_t i = 0; i < room; ++i, ++t) {
    LaneStepScalars& step = plan[i];
    const LaneVector time = LaneArithmetic::Set(static_cast<double>(t));
    LaneDoubles next_scale;
    for (int part = 0; part < kLanes; part += kPartLanes) {
      const LaneVector scale = LoadLanes(lanes.scale.lane + part);
      const LaneVector cap = LoadLanes(policies.cap.lane + part);
      const LaneVector decaying =
          LoadLanes(policies.numerator.lane + part) /
          (LoadLanes(policies.shift.lane + part) + time);
      const LaneVector eta =
          LaneArithmetic::IfLess(decaying, cap, decaying, cap);
      const LaneVector next = (one - eta * regularisation) * scale;
      const LaneVector magnitude = hn::Abs(next);
      if (!hn::AllTrue(LaneTag(), hn::And(hn::Ge(magnitude, smallest),
                                          hn::Le(magnitude, largest)))) {
        return i;
      }
      StoreLanes(scale, step.scale.lane + part);
      StoreLanes(eta / (samples * next), step.descent.lane + part);
      StoreLanes(next, next_scale.lane + part);
    }
    for (int part = 0; part < kLanes; part += kPartLanes) {
      const LaneVector scale = LoadLanes(step.scale.lane + part);
      const LaneVector shifted =
          LoadLanes(policies.averaging_shift.lane + part) + time;
      const LaneVector weights[kNumAverages] = {one, time + one,
                                                shifted * shifted};
      for (int q = 0; q < kNumAverages; ++q) {
        AddCompensated(weights[q] * scale, lanes.cumulative[q].lane + part,
                       lanes.cumulative_error[q].lane + part);
        StoreLanes(LoadLanes(lanes.cumulative[q].lane + part),
                   step.cumulative[q].lane + part);
      }
    }
    lanes.scale = next_scale;
  }
  return room;
}

// Reads the mask as one that is all ones in the chosen lanes.
HWY_INLINE hn::Mask<LaneTag> PartMask(const LaneMask& mask, int part) {
  LaneDoubles chosen;
  for (int l = 0; l < kLanes; ++l) chosen[l] = mask[l] ? 1.0 : 0.0;
  return hn::Gt(LoadLanes(chosen.lane + part), LaneArithmetic::Set(0.0));
}

void AverageColumns(const TouchedColumns& touched, const LaneMask& mask,
                    LaneIterates& iterates) {
  // The sum along the tree over the set bits in ascending order: `sums` are
  // those of complete subtrees, each left of the next; `heights` say how high
  // above the leaves it meets the one before. The tree is the binary trie over
  // k, so k and the leaf before it meet at the highest bit that differs.
  LaneVector sums[1 + 64];
  int heights[1 + 64];
  const LaneVector inverse =
      LaneArithmetic::Set(1.0 / static_cast<double>(iterates.num_workers));
  const int64_t stride = iterates.num_features + 1;
  for (int part = 0; part < kLanes; part += kPartLanes) {
    const auto chosen = PartMask(mask, part);
    for (const uint32_t j : touched.listed) {
      LaneColumn* const column = iterates.columns.data() + j;
      int top = -1;
      int64_t previous = 0;
      for (int64_t word = 0; word < touched.words; ++word) {
        for (uint64_t bits = touched.masks[j * touched.words + word]; bits != 0;
             bits &= bits - 1) {
          const int64_t k = 64 * word + std::countr_zero(bits);
          double* const difference = column[k * stride].difference.lane + part;
          const LaneVector value = LoadLanes(difference);
          StoreLanes(hn::IfThenZeroElse(chosen, value), difference);
          const int height =
              std::bit_width(static_cast<uint64_t>(previous ^ k));
          while (top > 0 && heights[top] < height) {
            sums[top - 1] = sums[top - 1] + sums[top];
            --top;
          }
          ++top;
          sums[top] = hn::IfThenElseZero(chosen, value);
          heights[top] = height;
          previous = k;
        }
      }
      for (; top > 0; --top) sums[top - 1] = sums[top - 1] + sums[top];
      double* const common = iterates.common[j].lane + part;
      StoreLanes(LoadLanes(common) + inverse * sums[0], common);
    }
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace local_sgd
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace local_sgd {
namespace {

HWY_EXPORT(PlanSteps);
HWY_EXPORT(RunSteps);
HWY_EXPORT(ComputeSlopes);
HWY_EXPORT(ApplySlopes);
HWY_EXPORT(AverageColumns);

}  // namespace

int64_t PlanLaneSteps(const LanePolicies& policies, double lambda,
                      int64_t batch, int64_t t, LaneIterates& lanes,
                      absl::Span<LaneStepScalars> plan) {
  return HWY_DYNAMIC_DISPATCH(PlanSteps)(policies, lambda, batch, t, lanes,
                                         plan.data(),
                                         static_cast<int64_t>(plan.size()));
}

void RunLaneSteps(const StepRows& rows, absl::Span<const uint32_t> drawn,
                  int64_t batch, absl::Span<const LaneStepScalars> steps,
                  const LaneDoubles* common, LaneColumn* columns,
                  LaneDoubles* slopes) {
  HWY_DYNAMIC_DISPATCH(RunSteps)
  (rows, drawn.data(), batch, steps, common, columns, slopes);
}

void ComputeLaneSlopes(const StepRows& rows, absl::Span<const uint32_t> drawn,
                       const LaneDoubles& scale,
                       absl::Span<const LaneDoubles> common,
                       const LaneColumn* columns, LaneDoubles* slopes) {
  HWY_DYNAMIC_DISPATCH(ComputeSlopes)
  (rows, drawn.data(), static_cast<int64_t>(drawn.size()), scale, common.data(),
   columns, slopes);
}

void ApplyLaneSlopes(const StepRows& rows, absl::Span<const uint32_t> drawn,
                     const LaneStepScalars& scalars, const LaneDoubles* slopes,
                     LaneColumn* columns) {
  HWY_DYNAMIC_DISPATCH(ApplySlopes)
  (rows, drawn.data(), static_cast<int64_t>(drawn.size()), scalars, slopes,
   columns);
}

void AverageListed(const TouchedColumns& touched, const LaneMask& mask,
                   LaneIterates& iterates) {
  HWY_DYNAMIC_DISPATCH(AverageColumns)(touched, mask, iterates);
}

}  // namespace local_sgd
#endif  // HWY_ONCE
