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

// One column's sums over the workers.
struct ColumnSum {
  LaneDoubles difference;
  LaneWeighted weighted;
};

// Calls visit(j, sum) for every column j.
template <class Visit>
void ForEachColumnSum(const LaneIterates& lanes, Visit&& visit) {
  constexpr int64_t kMaxScratch = int64_t{1} << 16;  // columns, 16 MiB
  const int64_t d = lanes.num_features;
  const int64_t K = lanes.num_workers;
  const int64_t most = std::clamp<int64_t>(kMaxScratch / K, 1, 16);
  std::vector<ColumnSum> sums(K * most);
  for (int64_t first = 0; first < d; first += most) {
    const int64_t width = std::min(most, d - first);
    for (int64_t k = 0; k < K; ++k) {
      for (int64_t j = 0; j < width; ++j) {
        const int64_t from = k * (d + 1) + first + j;
        sums[k * width + j] = {lanes.differences[from], lanes.weighted[from]};
      }
    }
    ForEachMerge(0, K, /*leaf=*/1,
                 [&sums, width](int64_t begin, int64_t right, int64_t) {
                   for (int64_t j = 0; j < width; ++j) {
                     ColumnSum& to = sums[begin * width + j];
                     const ColumnSum& from = sums[right * width + j];
                     AddTo(to.difference, from.difference);
                     for (int q = 0; q < kNumAverages; ++q) {
                       AddTo(to.weighted.average[q], from.weighted.average[q]);
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
  lanes.differences.resize(num_workers * (num_features + 1));
  lanes.weighted.resize(num_workers * (num_features + 1));
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
  for (size_t j = 0; j < lanes.differences.size(); ++j) {
    const WorkerColumn& column = iterates.columns[j];
    lanes.differences[j][lane] = column.difference;
    for (int q = 0; q < kNumAverages; ++q) {
      lanes.weighted[j].average[q][lane] = column.weighted[q];
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
  for (size_t j = 0; j < lanes.differences.size(); ++j) {
    WorkerColumn& column = iterates.columns[j];
    column.difference = lanes.differences[j][lane];
    for (int q = 0; q < kNumAverages; ++q) {
      column.weighted[q] = lanes.weighted[j].average[q][lane];
    }
  }
  return iterates;
}

void RebaseLanes(const LaneMask& mask, const LaneDoubles& shrink,
                 LaneIterates& lanes) {
  const int64_t d = lanes.num_features;
  const double inverse = 1.0 / static_cast<double>(lanes.num_workers);
  ForEachColumnSum(lanes, [&](int64_t j, const ColumnSum& sum) {
    for (int l = 0; l < kLanes; ++l) {
      if (!mask[l]) continue;
      const double mean_v = lanes.common[j][l] + inverse * sum.difference[l];
      for (int q = 0; q < kNumAverages; ++q) {
        lanes.base[q * d + j][l] += lanes.cumulative[q][l] * mean_v -
                                    inverse * sum.weighted.average[q][l];
      }
    }
  });
  for (int l = 0; l < kLanes; ++l) {
    if (!mask[l]) continue;
    const double factor = shrink[l] * lanes.scale[l];
    for (LaneDoubles& v : lanes.common) v[l] *= factor;
    for (LaneDoubles& difference : lanes.differences) difference[l] *= factor;
    for (LaneWeighted& weighted : lanes.weighted) {
      for (LaneDoubles& average : weighted.average) average[l] = 0.0;
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
  ForEachColumnSum(lanes, [&](int64_t j, const ColumnSum& sum) {
    LaneDoubles mean_v;
    for (int l = 0; l < kLanes; ++l) {
      mean_v[l] = lanes.common[j][l] + inverse * sum.difference[l];
      points[4 * j][l] = lanes.scale[l] * mean_v[l] + 0.0;  // as MeanIterates
    }
    for (int q = 0; q < kNumAverages; ++q) {
      for (int l = 0; l < kLanes; ++l) {
        const double weighted_sum =
            lanes.base[q * d + j][l] + (lanes.cumulative[q][l] * mean_v[l] -
                                        inverse * sum.weighted.average[q][l]);
        points[4 * j + 1 + q][l] = weighted_sum / weight_sums[q][l];
      }
    }
  });
  return points;
}

}  // namespace local_sgd
