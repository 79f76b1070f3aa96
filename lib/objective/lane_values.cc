#include "lib/objective/lane_values.h"

#include <algorithm>
#include <array>
#include <cstdint>

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
        const LaneDoubles* x = points + kIterates * rows.columns[p];
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

}  // namespace HWY_NAMESPACE
}  // namespace local_sgd
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace local_sgd {
namespace {

HWY_EXPORT(SumLosses);

// Whether every point is above the bound for certain. A value that is not a
// number is.
bool AllAbove(const std::array<LaneDoubles, 4>& values,
              const ValueBound& bound) {
  for (const LaneDoubles& value : values) {
    for (const double v : value.lane) {
      if (v - bound.optimal_value <= bound.epsilon) return false;
    }
  }
  return true;
}

}  // namespace

std::array<LaneDoubles, 4> ValuesAtLanes(const LogisticRegression& problem,
                                         absl::Span<const LaneDoubles> points,
                                         const ValueBound& bound) {
  const DistinctRows& rows = problem.distinct;
  std::array<LaneDoubles, 4> squared_norm = {};
  for (int64_t j = 0; j < problem.num_features(); ++j) {
    for (int q = 0; q < 4; ++q) {
      const LaneDoubles& x = points[4 * j + q];
      for (int l = 0; l < kLanes; ++l) squared_norm[q][l] += x[l] * x[l];
    }
  }
  const double n = static_cast<double>(problem.num_samples());
  std::array<LaneDoubles, 4> loss = {};
  std::array<LaneDoubles, 4> value;
  const auto update_value = [&] {
    for (int q = 0; q < 4; ++q) {
      for (int l = 0; l < kLanes; ++l) {
        value[q][l] =
            loss[q][l] / n + 0.5 * problem.lambda * squared_norm[q][l];
      }
    }
  };
  update_value();
  for (int64_t begin = 0; begin < rows.num_rows() && !AllAbove(value, bound);
       begin += kRowsPerChunk) {
    std::array<LaneDoubles, 4> chunk = {};
    HWY_DYNAMIC_DISPATCH(SumLosses)
    (rows, begin, std::min(begin + kRowsPerChunk, rows.num_rows()),
     points.data(), chunk.data());
    for (int q = 0; q < 4; ++q) {
      for (int l = 0; l < kLanes; ++l) loss[q][l] += chunk[q][l];
    }
    update_value();
  }
  return value;
}

}  // namespace local_sgd
#endif  // HWY_ONCE
