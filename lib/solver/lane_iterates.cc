#include "lib/solver/lane_iterates.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "lib/comm/worker_tree.h"
#include "lib/objective/lanes.h"
#include "lib/solver/iterates.h"
#include "lib/theory/averaging_weights.h"

namespace local_sgd {
namespace {

void AddTo(LaneDoubles& sum, const LaneDoubles& addend) {
  for (int l = 0; l < kLanes; ++l) sum[l] += addend[l];
}

// Calls visit(j, sum) for every column j with the sum over workers of
// everything that the workers keep of it.
template <class Visit>
void ForEachColumnSum(const LaneIterates& lanes, Visit&& visit) {
  constexpr int64_t kMaxScratch = int64_t{1} << 16;  // columns, 16 MiB
  const int64_t d = lanes.num_features;
  const int64_t K = lanes.num_workers;
  const int64_t most = std::clamp<int64_t>(kMaxScratch / K, 1, 16);
  std::vector<LaneColumn> sums(K * most);
  for (int64_t first = 0; first < d; first += most) {
    const int64_t width = std::min(most, d - first);
    for (int64_t k = 0; k < K; ++k) {
      std::copy_n(lanes.worker(k) + first, width, sums.data() + k * width);
    }
    ForEachMerge(0, K, /*leaf=*/1,
                 [&sums, width](int64_t begin, int64_t right, int64_t) {
                   for (int64_t j = 0; j < width; ++j) {
                     LaneColumn& to = sums[begin * width + j];
                     const LaneColumn& from = sums[right * width + j];
                     AddTo(to.difference, from.difference);
                     for (int q = 0; q < kNumAverages; ++q) {
                       AddTo(to.weighted[q], from.weighted[q]);
                     }
                   }
                 });
    for (int64_t j = 0; j < width; ++j) visit(first + j, sums[j]);
  }
}

}  // namespace

bool LaneMask::any() const {
  return std::any_of(lane, lane + kLanes, [](bool chosen) { return chosen; });
}

LaneIterates MakeLaneIterates(int64_t num_workers, int64_t num_features) {
  LaneIterates lanes;
  lanes.num_workers = num_workers;
  lanes.num_features = num_features;
  std::fill_n(lanes.scale.lane, kLanes, 1.0);
  lanes.common.resize(num_features + 1);
  lanes.columns.resize(num_workers * (num_features + 1));
  lanes.base.resize(kNumAverages * num_features);
  return lanes;
}

void PutLane(const Iterates& iterates, int lane, LaneIterates& lanes) {
  lanes.scale[lane] = iterates.scale;
  for (int q = 0; q < kNumAverages; ++q) {
    lanes.cumulative[q][lane] = iterates.cumulative[q];
    lanes.cumulative_error[q][lane] = iterates.cumulative_error[q];
  }
  for (size_t j = 0; j < lanes.common.size(); ++j) {
    lanes.common[j][lane] = iterates.common[j];
  }
  for (size_t j = 0; j < lanes.base.size(); ++j) {
    lanes.base[j][lane] = iterates.base[j];
  }
  for (size_t j = 0; j < lanes.columns.size(); ++j) {
    const WorkerColumn& column = iterates.columns[j];
    lanes.columns[j].difference[lane] = column.difference;
    for (int q = 0; q < kNumAverages; ++q) {
      lanes.columns[j].weighted[q][lane] = column.weighted[q];
    }
  }
}

Iterates GetLane(const LaneIterates& lanes, int lane) {
  Iterates iterates = StartIterates(lanes.num_workers, lanes.num_features);
  iterates.scale = lanes.scale[lane];
  for (int q = 0; q < kNumAverages; ++q) {
    iterates.cumulative[q] = lanes.cumulative[q][lane];
    iterates.cumulative_error[q] = lanes.cumulative_error[q][lane];
  }
  for (size_t j = 0; j < lanes.common.size(); ++j) {
    iterates.common[j] = lanes.common[j][lane];
  }
  for (size_t j = 0; j < lanes.base.size(); ++j) {
    iterates.base[j] = lanes.base[j][lane];
  }
  for (size_t j = 0; j < lanes.columns.size(); ++j) {
    WorkerColumn& column = iterates.columns[j];
    column.difference = lanes.columns[j].difference[lane];
    for (int q = 0; q < kNumAverages; ++q) {
      column.weighted[q] = lanes.columns[j].weighted[q][lane];
    }
  }
  return iterates;
}

void RebaseLanes(const LaneMask& mask, const LaneDoubles& shrink,
                 LaneIterates& lanes) {
  const int64_t d = lanes.num_features;
  const double inverse = 1.0 / static_cast<double>(lanes.num_workers);
  ForEachColumnSum(lanes, [&](int64_t j, const LaneColumn& sum) {
    for (int l = 0; l < kLanes; ++l) {
      if (!mask[l]) continue;
      const double mean_v = lanes.common[j][l] + inverse * sum.difference[l];
      for (int q = 0; q < kNumAverages; ++q) {
        lanes.base[q * d + j][l] +=
            lanes.cumulative[q][l] * mean_v - inverse * sum.weighted[q][l];
      }
    }
  });
  for (int l = 0; l < kLanes; ++l) {
    if (!mask[l]) continue;
    const double factor = shrink[l] * lanes.scale[l];
    for (LaneDoubles& v : lanes.common) v[l] *= factor;
    for (LaneColumn& column : lanes.columns) {
      column.difference[l] *= factor;
      for (LaneDoubles& weighted : column.weighted) weighted[l] = 0.0;
    }
    lanes.scale[l] = 1.0;
    for (int q = 0; q < kNumAverages; ++q) {
      lanes.cumulative[q][l] = 0.0;
      lanes.cumulative_error[q][l] = 0.0;
    }
  }
}

std::vector<LaneDoubles> MeanLaneIterates(const LaneIterates& lanes,
                                          const LaneDoubles& a, int64_t t) {
  const int64_t d = lanes.num_features;
  const double inverse = 1.0 / static_cast<double>(lanes.num_workers);
  LaneDoubles weight_sums[kNumAverages];
  for (int l = 0; l < kLanes; ++l) {
    const std::array<double, kNumAverages> sums = AveragingWeightSums(a[l], t);
    for (int q = 0; q < kNumAverages; ++q) weight_sums[q][l] = sums[q];
  }
  std::vector<LaneDoubles> points(4 * d);
  ForEachColumnSum(lanes, [&](int64_t j, const LaneColumn& sum) {
    LaneDoubles mean_v;
    for (int l = 0; l < kLanes; ++l) {
      mean_v[l] = lanes.common[j][l] + inverse * sum.difference[l];
      points[4 * j][l] = lanes.scale[l] * mean_v[l];
    }
    for (int q = 0; q < kNumAverages; ++q) {
      for (int l = 0; l < kLanes; ++l) {
        const double weighted_sum =
            lanes.base[q * d + j][l] +
            (lanes.cumulative[q][l] * mean_v[l] - inverse * sum.weighted[q][l]);
        points[4 * j + 1 + q][l] = weighted_sum / weight_sums[q][l];
      }
    }
  });
  return points;
}

}  // namespace local_sgd
