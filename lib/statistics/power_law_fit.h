// How one quantity grows with others: y = factor x_1^e_1 x_2^e_2 ..., fitted on
// logarithms.

#ifndef LIB_STATISTICS_POWER_LAW_FIT_H_
#define LIB_STATISTICS_POWER_LAW_FIT_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "lib/statistics/interval.h"

namespace local_sgd {

// Intervals are Student's, from the residuals: they show how well the law
// describes the points. Where points share their randomness the residuals do
// not show what another seed would change; see jackknife.h for that.
struct PowerLawFit {
  std::vector<Interval> exponents;  // e_j, in the order of the regressors
  Interval factor;                  // in y's unit, where every x_j = 1
  int64_t degrees_of_freedom = 0;   // m - (regressors) - 1
  double residual_deviation = 0;    // of log y, with that divisor
};

// Least squares of log y_i = c_0 + sum_j e_j log x_ji over i < m. `x` has at
// least one regressor of m values each. InvalidArgument, naming the number,
// unless all numbers are positive and finite, m > regressors + 1, and the
// regressors are neither constant nor collinear.
absl::StatusOr<PowerLawFit> FitPowerLaw(
    const std::vector<std::vector<double>>& x, absl::Span<const double> y);

}  // namespace local_sgd

#endif  // LIB_STATISTICS_POWER_LAW_FIT_H_
