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

// A column's lanes in packed columns, and its weighted sums, begin that many
// times its offset in StepRows.
constexpr int64_t kPackedStride = kLanes / kColumnDoubles;
constexpr int64_t kWeightedStride = kNumAverages * kPackedStride;
static_assert(kPackedStride * kColumnDoubles == kLanes);

// kUnitValues: every stored value is 1. kHasCommon: the common point may be
// other than zero; with one worker it stays zero. What is known is left out of
// the arithmetic, with the same bits.
template <bool kUnitValues, bool kHasCommon>
HWY_INLINE LaneVector InnerProduct(const StepRows& rows, uint32_t row,
                                   const double* common,
                                   const double* differences) {
  const uint32_t* const offset_of = rows.offsets.data();
  const double* const value_of = rows.values.data();
  LaneVector sums[kRowUnit];
  for (LaneVector& sum : sums) sum = LaneArithmetic::Set(0.0);
  const uint64_t end = uint64_t{kRowUnit} * rows.begin[row + 1];
  for (uint64_t p = uint64_t{kRowUnit} * rows.begin[row]; p < end;
       p += kRowUnit) {
    for (int u = 0; u < kRowUnit; ++u) {
      const uint64_t offset = offset_of[p + u];
      LaneVector v = LoadLanes(differences + kPackedStride * offset);
      if (kHasCommon) v = LoadLanes(common + kPackedStride * offset) + v;
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
                                const LaneWorker& worker, LaneDoubles* slopes) {
  for (int64_t p = 0; p < batch; ++p) {
    const LaneVector y = LaneArithmetic::Set(rows.labels[drawn[p]]);
    for (int part = 0; part < kLanes; part += kPartLanes) {
      const LaneVector inner = InnerProduct<kUnitValues, kHasCommon>(
          rows, drawn[p], kHasCommon ? common->lane + part : nullptr,
          worker.differences->lane + part);
      const LaneVector margin = y * (LoadLanes(scale.lane + part) * inner);
      StoreLanes(y * LogisticSlopeOf<LaneArithmetic>(margin),
                 slopes[p].lane + part);
    }
  }
}

template <bool kUnitValues>
HWY_INLINE void ApplySlopesOf(const StepRows& rows, const uint32_t* drawn,
                              int64_t batch, const LaneStepScalars& scalars,
                              const LaneDoubles* slopes,
                              const LaneWorker& worker) {
  const uint32_t* const offset_of = rows.offsets.data();
  const double* const value_of = rows.values.data();
  for (int64_t i = 0; i < batch; ++i) {
    const uint64_t end = uint64_t{kRowUnit} * rows.begin[drawn[i] + 1];
    for (int part = 0; part < kLanes; part += kPartLanes) {
      double* const differences = worker.differences->lane + part;
      double* const weighted = worker.weighted->average[0].lane + part;
      const LaneVector delta = LoadLanes(scalars.descent.lane + part) *
                               LoadLanes(slopes[i].lane + part);
      LaneVector update[kNumAverages];
      for (int q = 0; q < kNumAverages; ++q) {
        update[q] = LoadLanes(scalars.cumulative[q].lane + part) * delta;
      }
      const auto add = [](LaneVector change, double* sum) HWY_ATTR {
        StoreLanes(LoadLanes(sum) + change, sum);
      };
      for (uint64_t p = uint64_t{kRowUnit} * rows.begin[drawn[i]]; p < end;
           p += kRowUnit) {
        for (int u = 0; u < kRowUnit; ++u) {
          const uint64_t offset = offset_of[p + u];
          double* const averages = weighted + kWeightedStride * offset;
          if (kUnitValues) {
            add(delta, differences + kPackedStride * offset);
            for (int q = 0; q < kNumAverages; ++q) {
              add(update[q], averages + int64_t{kLanes} * q);
            }
          } else {
            const LaneVector value = LaneArithmetic::Set(value_of[p + u]);
            add(value * delta, differences + kPackedStride * offset);
            for (int q = 0; q < kNumAverages; ++q) {
              add(value * update[q], averages + int64_t{kLanes} * q);
            }
          }
        }
      }
      StoreLanes(LaneArithmetic::Set(0.0),  // the padding
                 worker.differences[rows.num_features].lane + part);
    }
  }
}

template <bool kUnitValues, bool kHasCommon>
HWY_INLINE void RunStepsOf(const StepRows& rows, const uint32_t* drawn,
                           int64_t batch,
                           absl::Span<const LaneStepScalars> steps,
                           const LaneDoubles* common, const LaneWorker& worker,
                           LaneDoubles* slopes) {
  const int64_t count = batch * static_cast<int64_t>(steps.size());
  int64_t next = std::min(count, kRowsAhead);
  const uint32_t* const first = drawn;
  for (const LaneStepScalars& step : steps) {
    for (const int64_t end = std::min(count, next + batch); next < end;
         ++next) {
      PrefetchRow(rows, first[next]);
    }
    ComputeSlopesOf<kUnitValues, kHasCommon>(rows, drawn, batch, step.scale,
                                             common, worker, slopes);
    ApplySlopesOf<kUnitValues>(rows, drawn, batch, step, slopes, worker);
    drawn += batch;
  }
}

void RunSteps(const StepRows& rows, const uint32_t* drawn, int64_t batch,
              absl::Span<const LaneStepScalars> steps,
              const LaneDoubles* common, const LaneWorker& worker,
              LaneDoubles* slopes) {
  if (!rows.values.empty() && common != nullptr) {
    RunStepsOf<false, true>(rows, drawn, batch, steps, common, worker, slopes);
  } else if (!rows.values.empty()) {
    RunStepsOf<false, false>(rows, drawn, batch, steps, common, worker, slopes);
  } else if (common != nullptr) {
    RunStepsOf<true, true>(rows, drawn, batch, steps, common, worker, slopes);
  } else {
    RunStepsOf<true, false>(rows, drawn, batch, steps, common, worker, slopes);
  }
}

void ComputeSlopes(const StepRows& rows, const uint32_t* drawn, int64_t batch,
                   const LaneDoubles& scale, const LaneDoubles* common,
                   const LaneWorker& worker, LaneDoubles* slopes) {
  if (rows.values.empty()) {
    ComputeSlopesOf<true, true>(rows, drawn, batch, scale, common, worker,
                                slopes);
  } else {
    ComputeSlopesOf<false, true>(rows, drawn, batch, scale, common, worker,
                                 slopes);
  }
}

void ApplySlopes(const StepRows& rows, const uint32_t* drawn, int64_t batch,
                 const LaneStepScalars& scalars, const LaneDoubles* slopes,
                 const LaneWorker& worker) {
  if (rows.values.empty()) {
    ApplySlopesOf<true>(rows, drawn, batch, scalars, slopes, worker);
  } else {
    ApplySlopesOf<false>(rows, drawn, batch, scalars, slopes, worker);
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

// C_{t+1} = C_t + w_t s_t; `time` is t.
HWY_INLINE void AccumulatePart(const LanePolicies& policies, LaneVector time,
                               int part, LaneIterates& lanes) {
  const LaneVector one = LaneArithmetic::Set(1.0);
  const LaneVector scale = LoadLanes(lanes.scale.lane + part);
  const LaneVector shifted =
      LoadLanes(policies.averaging_shift.lane + part) + time;
  const LaneVector weights[kNumAverages] = {one, time + one, shifted * shifted};
  for (int q = 0; q < kNumAverages; ++q) {
    AddCompensated(weights[q] * scale, lanes.cumulative[q].lane + part,
                   lanes.cumulative_error[q].lane + part);
  }
}

void AccumulateWeights(const LanePolicies& policies, int64_t t,
                       LaneIterates& lanes) {
  const LaneVector time = LaneArithmetic::Set(static_cast<double>(t));
  for (int part = 0; part < kLanes; part += kPartLanes) {
    AccumulatePart(policies, time, part, lanes);
  }
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
      AccumulatePart(policies, time, part, lanes);
      for (int q = 0; q < kNumAverages; ++q) {
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

// The sum along the tree over workers of one column's differences, which are
// set to zero in the chosen lanes. `sums` are those of complete subtrees, each
// left of the next; `heights` say how high above the leaves it meets the one
// before. The tree is the binary trie over k, so a leaf and the one before it
// meet at the highest bit in which they differ.
class TreeSum {
 public:
  void Start() { top_ = -1; }

  // Subtree [first, last] of the tree, right of what was added before.
  HWY_INLINE void Add(int64_t first, int64_t last, LaneVector sum) {
    const int height = std::bit_width(static_cast<uint64_t>(previous_ ^ first));
    while (top_ > 0 && heights_[top_] < height) Merge();
    ++top_;
    sums_[top_] = sum;
    heights_[top_] = height;
    previous_ = last;
  }

  HWY_INLINE LaneVector Finish() {
    while (top_ > 0) Merge();
    return sums_[0];
  }

 private:
  HWY_INLINE void Merge() {
    sums_[top_ - 1] = sums_[top_ - 1] + sums_[top_];
    --top_;
  }

  LaneVector sums_[1 + 64];
  int heights_[1 + 64];
  int64_t previous_ = 0;
  int top_ = -1;
};

void AverageColumns(const TouchedColumns& touched, const LaneMask& mask,
                    LaneIterates& iterates) {
  constexpr int kBlock = 8;   // workers whose sum is taken in registers
  constexpr int kFewest = 4;  // touched ones that make this worth while
  const int64_t K = iterates.num_workers;
  const int64_t stride = (iterates.num_features + 1) * kLanes;
  const LaneVector inverse = LaneArithmetic::Set(1.0 / static_cast<double>(K));
  TreeSum tree;
  for (int part = 0; part < kLanes; part += kPartLanes) {
    const auto chosen = PartMask(mask, part);
    const auto take = [&](double* difference) HWY_ATTR {
      const LaneVector value = LoadLanes(difference);
      StoreLanes(hn::IfThenZeroElse(chosen, value), difference);
      return value;
    };
    for (const uint32_t j : touched.listed) {
      double* const column = iterates.differences[j].lane + part;
      tree.Start();
      for (int64_t block = 0; block < K; block += kBlock) {
        uint64_t bits =
            (touched.masks[j * touched.words + block / 64] >> (block % 64)) &
            0xff;
        if (block + kBlock <= K && std::popcount(bits) >= kFewest) {
          double* const first = column + block * stride;
          const auto pair = [&](int64_t k) HWY_ATTR {
            const LaneVector left = take(first + k * stride);
            return left + take(first + (k + 1) * stride);
          };
          const LaneVector left = pair(0) + pair(2);
          const LaneVector right = pair(4) + pair(6);
          tree.Add(block, block + kBlock - 1, left + right);
          continue;
        }
        for (; bits != 0; bits &= bits - 1) {
          const int64_t k = block + std::countr_zero(bits);
          tree.Add(k, k, take(column + k * stride));
        }
      }
      double* const common = iterates.common[j].lane + part;
      const LaneVector mean = inverse * tree.Finish();
      StoreLanes(LoadLanes(common) + hn::IfThenElseZero(chosen, mean), common);
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
HWY_EXPORT(AccumulateWeights);
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

void AccumulateLaneWeights(const LanePolicies& policies, int64_t t,
                           LaneIterates& lanes) {
  HWY_DYNAMIC_DISPATCH(AccumulateWeights)(policies, t, lanes);
}

void RunLaneSteps(const StepRows& rows, absl::Span<const uint32_t> drawn,
                  int64_t batch, absl::Span<const LaneStepScalars> steps,
                  const LaneDoubles* common, const LaneWorker& worker,
                  LaneDoubles* slopes) {
  HWY_DYNAMIC_DISPATCH(RunSteps)
  (rows, drawn.data(), batch, steps, common, worker, slopes);
}

void ComputeLaneSlopes(const StepRows& rows, absl::Span<const uint32_t> drawn,
                       const LaneDoubles& scale,
                       absl::Span<const LaneDoubles> common,
                       const LaneWorker& worker, LaneDoubles* slopes) {
  HWY_DYNAMIC_DISPATCH(ComputeSlopes)
  (rows, drawn.data(), static_cast<int64_t>(drawn.size()), scale, common.data(),
   worker, slopes);
}

void ApplyLaneSlopes(const StepRows& rows, absl::Span<const uint32_t> drawn,
                     const LaneStepScalars& scalars, const LaneDoubles* slopes,
                     const LaneWorker& worker) {
  HWY_DYNAMIC_DISPATCH(ApplySlopes)
  (rows, drawn.data(), static_cast<int64_t>(drawn.size()), scalars, slopes,
   worker);
}

void AverageListed(const TouchedColumns& touched, const LaneMask& mask,
                   LaneIterates& iterates) {
  HWY_DYNAMIC_DISPATCH(AverageColumns)(touched, mask, iterates);
}

}  // namespace local_sgd
#endif  // HWY_ONCE
