// The iterates of eight runs of Algorithm 1 in SIMD lanes: like Iterates, but
// every number stands there for each lane. The runs share K and the draws and
// differ in s, in C and in the points.

#ifndef LIB_SOLVER_LANE_ITERATES_H_
#define LIB_SOLVER_LANE_ITERATES_H_

#include <array>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "lib/objective/lanes.h"
#include "lib/solver/iterates.h"
#include "lib/theory/averaging_weights.h"

namespace local_sgd {

// One column's part of the weighted sums.
struct LaneWeighted {
  LaneDoubles average[kNumAverages];
};

// Where one worker's d + 1 columns stand. The differences, which steps and
// synchronisations read, are packed; the weighted sums, which nobody reads
// before a check, stand apart.
struct LaneWorker {
  LaneDoubles* differences = nullptr;
  LaneWeighted* weighted = nullptr;
};

// In the order of Iterates, whatever the padding.
// NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding)
struct LaneIterates {
  int64_t num_workers = 0;                                 // K
  int64_t num_features = 0;                                // d
  LaneDoubles scale;                                       // s
  std::array<LaneDoubles, kNumAverages> cumulative;        // C
  std::array<LaneDoubles, kNumAverages> cumulative_error;  // Kahan's correction
  std::vector<LaneDoubles> common;  // d + 1, the last one for padding
  // Worker k's column j at k (d + 1) + j.
  std::vector<LaneDoubles> differences;
  std::vector<LaneWeighted> weighted;
  std::vector<LaneDoubles> base;  // mean over workers; average q at q d + j

  LaneWorker worker(int64_t k) {
    const int64_t first = k * (num_features + 1);
    return {differences.data() + first, weighted.data() + first};
  }
};

// Lanes chosen by a predicate, for code that treats some of the eight.
struct LaneMask {
  bool lane[kLanes] = {};

  bool& operator[](int l) { return lane[l]; }
  bool operator[](int l) const { return lane[l]; }
  bool any() const;
};

LaneIterates MakeLaneIterates(int64_t num_workers, int64_t num_features);

// Copies one run into a lane and out of it.
void PutLane(const Iterates& iterates, int lane, LaneIterates& lanes);
Iterates GetLane(const LaneIterates& lanes, int lane);

// Like Rebase on the chosen lanes; shrink has an entry for each lane.
void RebaseLanes(const LaneMask& mask, const LaneDoubles& shrink,
                 LaneIterates& lanes);

// Like MeanIterates on every lane, with each lane's own a: 4 d entries, column
// j of iterate q at 4 j + q.
std::vector<LaneDoubles> MeanLaneIterates(const LaneIterates& lanes,
                                          const LaneDoubles& a, int64_t t);

}  // namespace local_sgd

#endif  // LIB_SOLVER_LANE_ITERATES_H_
