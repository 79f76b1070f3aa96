#include "lib/objective/lane_values.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <optional>
#include <vector>

#include "absl/types/span.h"
#include "lib/objective/distinct_rows.h"
#include "lib/objective/lanes.h"
#include "lib/objective/logistic_regression.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "lib/objective/lane_values.cc"
#include "hwy/foreach_target.h"
// After foreach_target.h:
#include "hwy/highway.h"
#include "lib/objective/lane_arithmetic-inl.h"

HWY_BEFORE_NAMESPACE();
namespace local_sgd {
namespace HWY_NAMESPACE {

constexpr int kIterates = 4;

// Adds the losses of distinct rows [begin, end), row by row, to `sum`.
void SumLosses(const DistinctRows& rows, int64_t begin, int64_t end,
               const LaneDoubles* points, LaneDoubles* sum) {
  for (int part = 0; part < kLanes; part += kPartLanes) {
    LaneVector total[kIterates];
    for (int q = 0; q < kIterates; ++q)
      total[q] = LoadLanes(&sum[q].lane[part]);
    for (int64_t r = begin; r < end; ++r) {
      LaneVector margin[kIterates];
      for (int q = 0; q < kIterates; ++q) margin[q] = LaneArithmetic::Set(0.0);
      for (int64_t p = rows.row_begin[r]; p < rows.row_begin[r + 1]; ++p) {
        const LaneDoubles* x = points + int64_t{kIterates} * rows.columns[p];
        const LaneVector value = LaneArithmetic::Set(rows.values[p]);
        for (int q = 0; q < kIterates; ++q) {
          margin[q] = margin[q] + value * LoadLanes(&x[q].lane[part]);
        }
      }
      const LaneVector positives = LaneArithmetic::Set(rows.positives[r]);
      const LaneVector negatives = LaneArithmetic::Set(rows.negatives[r]);
      for (int q = 0; q < kIterates; ++q) {
        LaneVector positive;
        LaneVector negative;
        LogisticLossesOf<LaneArithmetic>(margin[q], positive, negative);
        total[q] = total[q] + (positives * positive + negatives * negative);
      }
    }
    for (int q = 0; q < kIterates; ++q)
      StoreLanes(total[q], &sum[q].lane[part]);
  }
}

namespace hn = hwy::HWY_NAMESPACE;

using FloatTag = hn::CappedTag<float, size_t{kIterates} * kLanes>;
using FloatVector = hn::Vec<FloatTag>;

HWY_INLINE FloatVector Constant(float value) {
  return hn::Set(FloatTag(), value);
}

// log(1 + exp(-a)), a >= 0, with a relative error below 4e-6.
HWY_INLINE FloatVector FastSoftplus(FloatVector a) {
  const hn::RebindToSigned<FloatTag> integers;
  const FloatVector x = hn::Max(hn::Neg(a), Constant(-80.0f));
  const FloatVector round = Constant(0x1.8p23f);
  const FloatVector shifted = x * Constant(0x1.715476p+0f) + round;
  const FloatVector k = shifted - round;
  const FloatVector r = (x - k * Constant(0x1.62ep-1f)) -
                        k * Constant(0x1.0bfbe8p-15f);  // |r| <= ln(2) / 2
  FloatVector exp_r = Constant(1.0f / 720.0f);
  for (const float inverse :
       {1.0f / 120.0f, 1.0f / 24.0f, 1.0f / 6.0f, 0.5f, 1.0f, 1.0f}) {
    exp_r = exp_r * r + Constant(inverse);
  }
  const auto power = hn::ShiftLeft<23>(hn::BitCast(integers, shifted)) +
                     hn::BitCast(integers, Constant(1.0f));
  const FloatVector u = exp_r * hn::BitCast(FloatTag(), power);
  // log(1 + u) = 2 artanh(u / (2 + u)); the series, cut off, is below it.
  const FloatVector z = u / (u + Constant(2.0f));
  const FloatVector z2 = z * z;
  FloatVector series = Constant(1.0f / 11.0f);
  for (const float inverse :
       {1.0f / 9.0f, 1.0f / 7.0f, 1.0f / 5.0f, 1.0f / 3.0f, 1.0f}) {
    series = series * z2 + Constant(inverse);
  }
  return Constant(2.0f) * z * series;
}

// Like SumLosses, for points in single precision, entry (j, q, l) at
// 32 j + 8 q + l; sums of one chunk, overwritten.
void SumFastLosses(const DistinctRows& rows, int64_t begin, int64_t end,
                   const float* points, float* sum) {
  constexpr int kFloats = kIterates * kLanes;
  constexpr int kPerVector = hn::MaxLanes(FloatTag());
  constexpr int kVectors = kFloats / kPerVector;
  FloatVector total[kVectors];
  for (FloatVector& t : total) t = Constant(0.0f);
  for (int64_t r = begin; r < end; ++r) {
    FloatVector margin[kVectors];
    for (FloatVector& m : margin) m = Constant(0.0f);
    for (int64_t p = rows.row_begin[r]; p < rows.row_begin[r + 1]; ++p) {
      const float* x = points + int64_t{kFloats} * rows.columns[p];
      const FloatVector value = Constant(static_cast<float>(rows.values[p]));
      for (int v = 0; v < kVectors; ++v) {
        margin[v] = margin[v] +
                    value * hn::Load(FloatTag(), x + int64_t{kPerVector} * v);
      }
    }
    const FloatVector positives =
        Constant(static_cast<float>(rows.positives[r]));
    const FloatVector negatives =
        Constant(static_cast<float>(rows.negatives[r]));
    const FloatVector count = positives + negatives;
    for (int v = 0; v < kVectors; ++v) {
      const FloatVector magnitude = hn::Abs(margin[v]);
      // Either loss is softplus plus, on the wrong side, the magnitude.
      const FloatVector hinge = hn::IfThenElse(
          hn::Lt(margin[v], Constant(0.0f)), positives, negatives);
      total[v] =
          total[v] + (count * FastSoftplus(magnitude) + hinge * magnitude);
    }
  }
  for (int v = 0; v < kVectors; ++v) {
    hn::Store(total[v], FloatTag(), sum + int64_t{kPerVector} * v);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace local_sgd
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace local_sgd {
namespace {

HWY_EXPORT(SumLosses);
HWY_EXPORT(SumFastLosses);

// Of a sum over a chunk in single precision: 256 additions of 2^-24 each and
// the softplus.
constexpr double kFastLossError = 4e-5;

// Whether every point is above the bound for certain. A value that is not a
// number is.
bool AllAbove(const std::array<LaneDoubles, 4>& values,
              const ValueBound& bound) {
  for (const LaneDoubles& value : values) {
    for (int l = 0; l < kLanes; ++l) {
      if (value[l] - bound.optimal_value <= bound.epsilon[l]) return false;
    }
  }
  return true;
}

// f at the points from the sums of losses.
std::array<LaneDoubles, 4> ValuesOf(
    const LogisticRegression& problem, const std::array<LaneDoubles, 4>& loss,
    const std::array<LaneDoubles, 4>& squared_norm) {
  const double n = static_cast<double>(problem.num_samples());
  std::array<LaneDoubles, 4> value;
  for (int q = 0; q < 4; ++q) {
    for (int l = 0; l < kLanes; ++l) {
      value[q][l] = loss[q][l] / n + 0.5 * problem.lambda * squared_norm[q][l];
    }
  }
  return value;
}

// Lower bounds of f at the points that show every one of them to be above the
// bound; nothing when they do not. In single precision.
std::optional<std::array<LaneDoubles, 4>> LowerBoundsAbove(
    const LogisticRegression& problem, absl::Span<const LaneDoubles> points,
    const std::array<LaneDoubles, 4>& squared_norm, const ValueBound& bound) {
  const DistinctRows& rows = problem.distinct;
  std::vector<float> rounded(32 * problem.num_features() + 16);
  // NOLINTNEXTLINE(performance-no-int-to-ptr): a multiple of 64 bytes.
  float* const aligned = reinterpret_cast<float*>(
      (reinterpret_cast<uintptr_t>(rounded.data()) + 63) / 64 * 64);
  std::array<LaneDoubles, 4> rounding = {};
  for (int64_t j = 0; j < problem.num_features(); ++j) {
    for (int q = 0; q < 4; ++q) {
      for (int l = 0; l < kLanes; ++l) {
        const double x = points[4 * j + q][l];
        aligned[32 * j + int64_t{kLanes} * q + l] = static_cast<float>(x);
        rounding[q][l] += problem.margin_rounding[j] * std::abs(x);
      }
    }
  }
  std::array<LaneDoubles, 4> loss = {};
  for (int64_t begin = 0; begin < rows.num_rows(); begin += kRowsPerChunk) {
    alignas(64) float chunk[32];
    HWY_DYNAMIC_DISPATCH(SumFastLosses)
    (rows, begin, std::min(begin + kRowsPerChunk, rows.num_rows()), aligned,
     chunk);
    for (int q = 0; q < 4; ++q) {
      for (int l = 0; l < kLanes; ++l) {
        loss[q][l] +=
            (1.0 - kFastLossError) * static_cast<double>(chunk[kLanes * q + l]);
      }
    }
    std::array<LaneDoubles, 4> value = ValuesOf(problem, loss, squared_norm);
    bool all_above = true;
    for (int q = 0; q < 4; ++q) {
      for (int l = 0; l < kLanes; ++l) {
        value[q][l] -= rounding[q][l];
        // An infinite sum may have overflown in single precision only.
        all_above &= std::isfinite(value[q][l]) &&
                     value[q][l] - bound.optimal_value > bound.epsilon[l];
      }
    }
    if (all_above) return value;
  }
  return std::nullopt;
}

}  // namespace

std::array<LaneDoubles, 4> ValuesAtLanes(const LogisticRegression& problem,
                                         absl::Span<const LaneDoubles> points,
                                         const ValueBound& bound) {
  std::array<LaneDoubles, 4> squared_norm = {};
  for (int64_t j = 0; j < problem.num_features(); ++j) {
    for (int q = 0; q < 4; ++q) {
      const LaneDoubles& x = points[4 * j + q];
      for (int l = 0; l < kLanes; ++l) squared_norm[q][l] += x[l] * x[l];
    }
  }
  const auto* const lanes = bound.epsilon.lane;
  if (std::none_of(lanes, lanes + kLanes,
                   [](double epsilon) { return std::isinf(epsilon); })) {
    const auto bounds = LowerBoundsAbove(problem, points, squared_norm, bound);
    if (bounds) return *bounds;
  }
  const DistinctRows& rows = problem.distinct;
  std::array<LaneDoubles, 4> loss = {};
  std::array<LaneDoubles, 4> value = ValuesOf(problem, loss, squared_norm);
  for (int64_t begin = 0; begin < rows.num_rows() && !AllAbove(value, bound);
       begin += kRowsPerChunk) {
    std::array<LaneDoubles, 4> chunk = {};
    HWY_DYNAMIC_DISPATCH(SumLosses)
    (rows, begin, std::min(begin + kRowsPerChunk, rows.num_rows()),
     points.data(), chunk.data());
    for (int q = 0; q < 4; ++q) {
      for (int l = 0; l < kLanes; ++l) loss[q][l] += chunk[q][l];
    }
    value = ValuesOf(problem, loss, squared_norm);
  }
  return value;
}

}  // namespace local_sgd
#endif  // HWY_ONCE
