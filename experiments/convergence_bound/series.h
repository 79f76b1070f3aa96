// The runs of convergence_bound_runs.csv by what they have in common, and bound
// (5) for them.

#ifndef EXPERIMENTS_CONVERGENCE_BOUND_SERIES_H_
#define EXPERIMENTS_CONVERGENCE_BOUND_SERIES_H_

#include <cstdint>
#include <vector>

#include "experiments/convergence_bound/records.h"
#include "lib/theory/convergence_bound.h"

namespace local_sgd {

// All seeds at one T, a number each.
struct BoundPoint {
  int64_t iterations = 0;
  double step_size = 0;  // of the last step
  std::vector<double> errors;
  std::vector<double> drifts;
  std::vector<double> gradient_variance_ratios;  // of those that have one
};

// One K, b and H along T, ascending. All series of a lambda have the same T and
// the same seeds.
struct BoundSeries {
  int64_t workers = 1;
  int64_t batch = 1;
  int64_t period = 1;
  std::vector<BoundPoint> points;
};

// The series of the runs with this lambda, in their order.
std::vector<BoundSeries> SeriesOf(const std::vector<BoundRunRecord>& runs,
                                  double lambda);

// What bound (5) for the series at T depends on, with either of the constants;
// and the bound.
BoundSettings SettingsAt(const BoundSettings& constants,
                         const BoundSeries& series, int64_t T);
BoundTerms BoundOf(const BoundSettings& constants, const BoundSeries& series,
                   int64_t T);

// Mean errors over seeds beside the bound, by lambda, K, b, H and T.
std::vector<ConvergenceBoundRecord> BoundMeans(const ConvergenceBound& data);

}  // namespace local_sgd

#endif  // EXPERIMENTS_CONVERGENCE_BOUND_SERIES_H_
